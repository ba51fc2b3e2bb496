"""What goes with a table that is copied and cannot be created again by the program."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

INDEX_GOES = Code(
    "SB126",
    "index-of-copied-table",
    ERROR,
    "{detail} is gone when SQLite has copied the table: Alembic does not reflect it",
    "write {hint}",
    Explanation(
        why="""
        A block drops the old table with its indexes, and Alembic creates those again that it has reflected. On SQLite
        it reflects no index on an expression, and of the others neither DESC nor COLLATE. Nothing fails: the index is
        not there any more, or another than it was. Drop it before the block and create it again behind it, on SQLite
        only. The program does so where it makes the block and knows the index; of a block that stands in the script it
        says so.
        """,
        given="""
        op.create_index("ix_account_email", "account", [sa.text("lower(email)")])
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        """,
        after="""
        op.drop_index("ix_account_email", "account")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        op.create_index("ix_account_email", "account", [sa.text("lower(email)")])
        """,
        page=f"{pages.SQLITE}/lang_createindex.html",
    ),
)
