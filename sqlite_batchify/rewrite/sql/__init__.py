"""ALTER statements: where they stand (``scan.py``), and as the operations of Alembic that do the same.

sqlglot (https://sqlglot.com) reads the latter; it is imported by ``statements.py``.
"""
