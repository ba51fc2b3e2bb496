"""What the rewriter finds in names that a script asks the database for."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

ASKED_NAME = Code(
    "SB114",
    "asked-name",
    ERROR,
    "{detail} is None on SQLite if the constraint was created without a name, and batch mode refuses it (Constraint "
    "must have a name)",
    "see to it that the name is not None: write {hint}",
    Explanation(
        why="""
        Other databases make up a name for a constraint that is created without one; on SQLite it has none, and an
        inspector says None for it. Batch mode refuses to drop by that, or to create. Give the block a naming
        convention, and where the database has no name, the one that this convention makes: other databases go on by
        their own. A test of the name before that is understood, and this may be ignored if all constraints have
        names, as the metadata's naming convention may see to.
        """,
        given="""
        op.create_table(
            "post",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("author", sa.Integer(), sa.ForeignKey("account.id")),
        )
        """,
        before="""
        for key in sa.inspect(op.get_bind()).get_foreign_keys("post"):
            op.drop_constraint(key["name"], "post", type_="foreignkey")
        """,
        after="""
        names = {"fk": "%(table_name)s_%(column_0_N_name)s_fkey"}
        for key in sa.inspect(op.get_bind()).get_foreign_keys("post"):
            made = "post_" + "_".join(key["constrained_columns"]) + "_fkey"
            with op.batch_alter_table("post", naming_convention=names) as batch_op:
                batch_op.drop_constraint(key["name"] or made, type_="foreignkey")
        """,
        page=f"{pages.BATCH}#dropping-unnamed-or-named-foreign-key-constraints",
    ),
)
