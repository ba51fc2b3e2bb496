"""Keywords of operations that SQLite takes only with others."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

INITIALLY_ALONE = Code(
    "SB133",
    "initially-alone",
    ERROR,
    "{detail} without deferrable=True is a syntax error on SQLite",
    "{hint}; or let --portable tell SQLite alone that it is deferrable",
    Explanation(
        why="""
        On PostgreSQL a constraint that is INITIALLY DEFERRED is deferrable, whether that is said or not. SQLite takes
        INITIALLY only behind DEFERRABLE. Write deferrable=True beside it: PostgreSQL is then told what it does anyway.
        With --portable only SQLite is told.
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_foreign_key(
                "fk", "account", ["age"], ["id"], initially="DEFERRED"
            )
        """,
        after="""
        key = ("fk", "account", ["age"], ["id"])
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_foreign_key(*key, deferrable=True, initially="DEFERRED")
        """,
        page=f"{pages.SQLITE}/foreignkeys.html#fk_deferred",
    ),
)
