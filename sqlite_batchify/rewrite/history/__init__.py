"""The scripts beside a script, and what they say about names.

``scripts.py`` chooses those that bear on a question and puts them in order, ``reader.py`` reads each into the events of
``facts.py``, ``replay.py`` replays these in names, with ``drops.py``, and ``answers.py`` is what comes out, the only
part that the rest of the rewriter knows. ``state.py`` holds what a database has, ``tables.py`` what each table has, to
be looked up, and ``taken.py`` the names.
"""
