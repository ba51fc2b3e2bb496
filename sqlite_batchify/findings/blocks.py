"""What the rewriter finds in blocks and in what they copy, and in raw SQL about indexes."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

NEVER_RECREATED = Code(
    "SB115",
    "never-recreated",
    ERROR,
    "{detail} keeps SQLite from copying the table, and without a copy it cannot do what the block asks for",
    "leave {detail} out; it makes no difference on other databases",
    Explanation(
        why="""
        SQLite cannot change columns or constraints of a table, so batch mode copies the table. With recreate="never" it
        sends the ALTER instead, as to every other database, and that ends in a syntax error or in NotImplementedError.
        Leave it out: the default copies the table on SQLite, where an operation asks for that, and on no other
        database.
        """,
        before="""
        with op.batch_alter_table("account", recreate="never") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=pages.BLOCK,
    ),
)
RAW_INDEX = Code(
    "SB116",
    "raw-sql-index",
    ERROR,
    "raw SQL about an index that SQLite does not take: {detail}",
    "write {hint}",
    Explanation(
        why="""
        The statement is spelled as another database wants it: the first characters of a column, DROP INDEX with its
        table, a method, CONCURRENTLY. SQL that a script sends as text goes to SQLite as it is, and fails there. Write
        the operation of Alembic that does the same, whose keywords for one database mean nothing to the others; or let
        it run on that database only.
        """,
        before="""
        op.execute("CREATE INDEX ix_account_name ON account (name(10))")
        """,
        after="""
        op.create_index("ix_account_name", "account", ["name"], mysql_length=10)
        """,
        page=f"{pages.SQLITE}/lang_createindex.html",
    ),
)
