"""What the rewriter finds where SQLite does by itself what a copy of the table would do differently, or not at all."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

RENAMED_PARENT = Code(
    "SB123",
    "renamed-parent-column",
    ERROR,
    "{detail}, and a copy of the table would leave it behind with the old name (foreign key mismatch)",
    "rename the column in an operation of its own with the same existing_ keywords, outside of a block and in front of "
    "it: {hint}",
    Explanation(
        why="""
        SQLite's own RENAME COLUMN takes the foreign keys of other tables along that refer to the column. A block copies
        the table instead, and they go on to refer to a column that is not there any more: with foreign keys on, every
        INSERT into the other table fails. A rename that changes something else as well is done in two steps for SQLite,
        but not where it stands in a block already, or where the block has to be given what says the old name. Write it
        as two operations; on MySQL, the one CHANGE becomes two.
        """,
        given="""
        op.create_table(
            "transfer",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("payer", sa.Integer()),
            sa.ForeignKeyConstraint(["payer"], ["account.id"], name="fk_payer"),
        )
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column(
                "id", new_column_name="number", type_=sa.BigInteger()
            )
        """,
        after="""
        op.alter_column("account", "id", new_column_name="number")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("number", type_=sa.BigInteger())
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#alter_table_rename_column",
    ),
)
KEY_WITHOUT_COPY = Code(
    "SB124",
    "key-without-copy",
    ERROR,
    "the block adds a primary key and does not copy its table, and SQLite adds no such column without a copy (Cannot "
    "add a PRIMARY KEY column)",
    "copy the table on SQLite, and only there: {hint}",
    Explanation(
        why="""
        SQLite's ADD COLUMN takes no PRIMARY KEY. Batch mode copies the table for most operations, but sends an
        add_column as it is, also that of a key. Say that it has to copy the table on SQLite, and only there: on other
        databases "always" would make a copy too, where an ALTER does.
        """,
        given="""
        op.create_table("label", sa.Column("text", sa.Text()))
        """,
        before="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        with op.batch_alter_table("label") as batch_op:
            batch_op.add_column(key)
        """,
        after="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        sqlite = op.get_context().dialect.name == "sqlite"
        recreate = "always" if sqlite else "auto"
        with op.batch_alter_table("label", recreate=recreate) as batch_op:
            batch_op.add_column(key)
        """,
        page=f"{pages.BLOCK}.params.recreate",
    ),
)
KEY_WITHOUT_VALUES = Code(
    "SB125",
    "key-without-values",
    ERROR,
    "SQLite makes no values for a primary key of the type {detail}: this fails where the table has rows (NOT NULL "
    "constraint failed)",
    "{hint}",
    Explanation(
        why="""
        The rows that are there get values for a new primary key on SQLite only if its type is INTEGER, which is another
        name for the rowid. PostgreSQL numbers them for a BigInteger as well. Let the column be an Integer on SQLite;
        what other databases get stays as it is.
        """,
        given="""
        op.create_table("label", sa.Column("text", sa.Text()))
        op.execute("INSERT INTO label VALUES ('red')")
        """,
        before="""
        key = sa.Column("id", sa.BigInteger(), primary_key=True)
        with op.batch_alter_table("label", recreate="always") as batch_op:
            batch_op.add_column(key)
        """,
        after="""
        number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
        key = sa.Column("id", number, primary_key=True)
        with op.batch_alter_table("label", recreate="always") as batch_op:
            batch_op.add_column(key)
        """,
        page=f"{pages.SQLITE}/lang_createtable.html#rowid",
    ),
)
