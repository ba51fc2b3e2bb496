"""What the rewriter finds that a copied table would lose, and cannot be kept by keywords of the block."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

VALUES_SPOILED = Code(
    "SB121",
    "values-spoiled-by-type",
    ERROR,
    "the change of {detail} spoils values on SQLite: the copy goes through CAST, which takes the beginning of a text "
    "that looks like a number, and makes 0 of the rest",
    "add {hint} to type_=..., which lets SQLite keep them as text; or convert them before",
    Explanation(
        why="""
        When the type of a column changes, a block copies its values through CAST, which makes a number of a text:
        2026-03-17 becomes 2026 and n/a becomes 0, without an error. Where the history tells all of the column, the
        program gives the block the whole column with its new type, under which nothing is cast; here it does not. Give
        the type a variant for SQLite under which the values stay text; the SQL for other databases stays the same. If
        you convert the values before, ignore this.
        """,
        given="""
        op.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at TEXT)")
        """,
        before="""
        op.alter_column("visit", "at", existing_type=sa.Text(), type_=sa.Date())
        """,
        after="""
        date = sa.Date().with_variant(sa.Text(), "sqlite")
        op.alter_column("visit", "at", existing_type=sa.Text(), type_=date)
        """,
        page=f"{pages.SQLITE}/lang_expr.html#castexpr",
    ),
)
CHILDREN_GO = Code(
    "SB122",
    "children-of-copied-table",
    ERROR,
    "SQLite drops the old table when it is copied, and PRAGMA foreign_keys is on: that takes rows or "
    "values from {detail}",
    "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF"); sqlite-batchify init writes it',
    Explanation(
        why="""
        A block drops the old table, and under PRAGMA foreign_keys=ON that deletes its rows first: ON DELETE CASCADE
        takes the rows that refer to them, SET NULL their references. Nothing is reported when it happens. Turn the
        PRAGMA off around migrations, in env.py; within a transaction it has no effect, so a script needs an
        autocommit_block.
        """,
        given="""
        author = sa.ForeignKey("account.id", ondelete="CASCADE")
        op.create_table("post", sa.Column("author", sa.Integer(), author))
        op.execute("PRAGMA foreign_keys=ON")
        """,
        before="""
        op.alter_column("account", "age", type_=sa.BigInteger())
        """,
        after="""
        with op.get_context().autocommit_block():
            op.execute("PRAGMA foreign_keys=OFF")
            op.alter_column("account", "age", type_=sa.BigInteger())
        """,
        page=f"{pages.SQLITE}/foreignkeys.html#fk_actions",
    ),
)
