"""What one script says: its text, read once.

``script.py`` takes a text to a ``Reading`` (``model.py``): suites of statements, each with its way down, and for each
statement the operation or the block that it is. ``parsing.py`` is Python's own parser, ``bindings.py``, ``guards.py``
and ``scopes.py`` tell what names stand for, ``calls.py`` and ``columns.py`` what an operation does, ``raw_sql.py`` and
``sql/`` what text in SQL does. ``flow.py`` follows the script as it runs, through loops and helpers, and says what it
does to tables (``events.py``). ``words.py`` knows by a script's bytes alone that there is nothing to do.
``conventions.py`` reads the project's own modules, for the naming conventions in them.

``ast`` is imported here, and sqlglot in ``sql/``; nothing that leaves this folder has a node of theirs.
"""
