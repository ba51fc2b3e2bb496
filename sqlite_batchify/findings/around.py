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
ROWS_NOT_FOUND = Code(
    "SB127",
    "rowids-of-copied-table",
    ERROR,
    "{detail}, which a copy of the table gives out anew",
    "write below it: {hint}",
    Explanation(
        why="""
        A table without an INTEGER PRIMARY KEY has rowids of its own, which a copy gives out anew, without the gaps of
        deleted rows. A full-text table with this one as its content then finds other rows than those that hold the
        words. Rebuild it after the block. The program does so where it makes the block.
        """,
        given="""
        key = sa.Column("slug", sa.Text(), primary_key=True)
        op.create_table("page", key, sa.Column("body", sa.Text()))
        op.execute("CREATE VIRTUAL TABLE search USING fts5(body, content='page')")
        """,
        before="""
        with op.batch_alter_table("page") as batch_op:
            batch_op.alter_column("slug", server_default="none")
        """,
        after="""
        with op.batch_alter_table("page") as batch_op:
            batch_op.alter_column("slug", server_default="none")
        op.execute("INSERT INTO search (search) VALUES ('rebuild')")
        """,
        page=f"{pages.SQLITE}/fts5.html#external_content_tables",
    ),
)
PARTS_GO = Code(
    "SB128",
    "parts-of-copied-table",
    ERROR,
    "{detail} is gone when SQLite has copied the table: Alembic does not reflect it",
    "{hint}",
    Explanation(
        why="""
        A block makes a new table of what Alembic has reflected of the old one. On SQLite that is neither AUTOINCREMENT,
        COLLATE and ON CONFLICT nor a CHECK without a name, and of a foreign key that stands at its column neither ON
        DELETE nor DEFERRABLE. Nothing fails: the copy does without. Give the block what is lost by its keywords
        table_kwargs, table_args and reflect_args. The program does so where it makes the block and an operation has
        created the table; for a table that a text of SQL creates, verify --fix does, and for a block that stands in the
        script it says so.
        """,
        given="""
        op.execute(
            "CREATE TABLE ticket (id INTEGER PRIMARY KEY AUTOINCREMENT, size INT)"
        )
        """,
        before="""
        with op.batch_alter_table("ticket") as batch_op:
            batch_op.alter_column("size", nullable=False)
        """,
        after="""
        kept = {"sqlite_autoincrement": True}
        with op.batch_alter_table("ticket", table_kwargs=kept) as batch_op:
            batch_op.alter_column("size", nullable=False)
        """,
        page=pages.BATCH,
    ),
)
