"""What the scripts of a folder say together: many readings in Alembic's order.

``scripts.py`` chooses the scripts that bear on a question (``bearing.py``) and puts them in order, ``replay.py``
replays what they do to tables (``passing.py`` is what it knows and notes), with ``drops.py`` for what a drop means.
``state.py`` holds the database, ``tables.py`` what a table has, ``taken.py`` which names are taken, and ``answers.py``
is what comes out.
"""
