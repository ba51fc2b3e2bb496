"""What the scripts of a folder say together: many readings in Alembic's order.

``scripts.py`` chooses the scripts that bear on a question and puts them in order, ``replay.py`` replays what they do to
tables, with ``state.py`` and ``drops.py``, and ``answers.py`` is what comes out.
"""
