"""Keywords of operations that SQLite does not take, or only with others."""

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
NOT_DEFERRABLE = Code(
    "SB134",
    "not-deferrable",
    ERROR,
    "{detail}: SQLite defers foreign keys alone, and the words for it are a syntax error at another constraint",
    "say it to other databases only, as --portable does: {hint}",
    Explanation(
        why="""
        On PostgreSQL unique constraints and primary keys can be checked at the end of a transaction. SQLite checks them
        at once, and does not take DEFERRABLE or INITIALLY there. Leave the keywords out for SQLite by the name of the
        dialect; --portable does that.
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint("uq", ["age"], deferrable=True)
        """,
        after="""
        deferrable = None if op.get_context().dialect.name == "sqlite" else True
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint("uq", ["age"], deferrable=deferrable)
        """,
        page=f"{pages.SQLITE}/lang_createtable.html#constraints",
    ),
)
