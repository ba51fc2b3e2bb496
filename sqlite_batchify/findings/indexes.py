"""Indexes and constraints that are taken for each other."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

INDEX_FOR_CONSTRAINT = Code(
    "SB135",
    "index-for-constraint",
    ERROR,
    "a constraint is dropped that is an index on SQLite: {detail}",
    "drop that there, and the constraint elsewhere, as --portable does: {hint}",
    Explanation(
        why="""
        MySQL makes no difference between a unique index and a unique constraint, and drops either as the other. SQLite
        does: a block does not find the index among the constraints. What is created by create_index is dropped by
        drop_index there, which MySQL takes as well. Where the script has to stay as it is for another database,
        --portable puts both under a test for the name of the dialect.
        """,
        given="""
        email = sa.Column("email", sa.String(99), primary_key=True)
        op.create_table("member", email)
        op.create_index("uq_email", "member", ["email"], unique=True)
        """,
        before="""
        op.drop_constraint("uq_email", "member", type_="unique")
        """,
        after="""
        op.drop_index("uq_email", table_name="member")
        """,
        page=pages.BATCH,
    ),
)
