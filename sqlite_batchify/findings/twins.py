"""What the rewriter finds in constraints that are there twice."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

TWIN = Code(
    "SB120",
    "twin-constraint",
    ERROR,
    "SQLite will not find {detail}: another one covers the same columns, and batch mode sees only one of the two (No "
    "such constraint)",
    'drop it on other databases only, where both are: if op.get_context().dialect.name != "sqlite":',
    Explanation(
        why="""
        Batch mode copies what SQLAlchemy reflects, and of two unique constraints over the same columns, or two foreign
        keys from the same columns to the same others, SQLAlchemy reflects one only on SQLite. The other cannot be
        dropped by its name, and the next copy of the table does without it. So leave SQLite out where it is dropped, or
        do not create it: the one that is there does the same.
        """,
        given="""
        op.create_unique_constraint("uq_email", "account", ["email"])
        op.create_unique_constraint("uq_account", "account", ["email"])
        """,
        before="""
        op.drop_constraint("uq_account", "account", type_="unique")
        """,
        after="""
        if op.get_context().dialect.name != "sqlite":
            op.drop_constraint("uq_account", "account", type_="unique")
        """,
        page=f"{pages.BATCH}#dropping-unnamed-or-named-foreign-key-constraints",
    ),
)
