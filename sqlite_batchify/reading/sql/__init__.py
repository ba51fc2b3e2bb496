"""SQL as text: ALTER TABLE statements as the operations of Alembic that do the same, and the columns of a condition.

sqlglot reads it (https://sqlglot.com). It is imported here and nowhere else, and only for SQL that asks for it.
"""
