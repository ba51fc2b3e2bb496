"""What verify sees the columns of a table lose when it is copied. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

KEY_LOST = Code(
    "SB424",
    "primary-key-lost",
    ERROR,
    "the copy of {table} lost PRIMARY KEY ({columns})",
    "{opening}",
    Explanation(
        why="""
        The copied table has the primary key that the block knows of. With copy_from or reflect_args that is what the
        script gives, whatever the database has; and if the block names the table in another case than its own, the key
        is not found. Afterwards rows may be there twice. Say which columns are the key, and write the table's name as
        it is.
        """,
        given="""
        op.create_table(
            "Tag",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text()),
        )
        """,
        before="""
        with op.batch_alter_table("tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        after="""
        with op.batch_alter_table("Tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        page=f"{pages.BATCH}#controlling-table-reflection",
    ),
)
DEFAULT_CHANGED = Code(
    "SB425",
    "default-changed",
    ERROR,
    "the copy of {table} changed the default of {column} from {before} to {after}",
    "{opening}",
    Explanation(
        why="""
        No operation asked for another default. Alembic takes the defaults that it reads from the database for SQL text,
        in which SQLAlchemy sees a parameter where a colon and a word stand, and writes NULL in its place; and with
        copy_from or reflect_args a column has the default that the script gives. Give the block the whole column in
        reflect_args, with the default as a plain string.
        """,
        given="""
        op.create_table(
            "profile",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("theme", sa.Text(), server_default='{"dark":true}'),
            sa.Column("age", sa.Integer()),
        )
        """,
        before="""
        with op.batch_alter_table("profile") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        theme = sa.Column("theme", sa.Text(), server_default='{"dark":true}')
        with op.batch_alter_table("profile", reflect_args=[theme]) as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=f"{pages.BATCH}#controlling-table-reflection",
    ),
)
TYPE_LOST = Code(
    "SB426",
    "declared-type-lost",
    ERROR,
    "the copy of {table} declares {column} {after} instead of {before}",
    "{opening}",
    Explanation(
        why="""
        Alembic reads the columns from the database before it copies the table. Of a type that SQLAlchemy does not know
        by name it keeps the affinity only: UUID becomes NUMERIC, and whoever reads the schema afterwards, a later copy
        or autogenerate among them, takes the column for numbers. Give the block the whole column in reflect_args.
        """,
        given="""
        op.create_table(
            "document",
            sa.Column("id", sa.UUID(), primary_key=True),
            sa.Column("title", sa.Text()),
        )
        """,
        before="""
        with op.batch_alter_table("document") as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        after="""
        key = sa.Column("id", sa.UUID(), primary_key=True)
        with op.batch_alter_table("document", reflect_args=[key]) as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        page=f"{pages.BATCH}#controlling-table-reflection",
    ),
)
NOT_NULL_LOST = Code(
    "SB427",
    "not-null-lost",
    ERROR,
    "the copy of {table} lost NOT NULL of {column}",
    "{opening}",
    Explanation(
        why="""
        A column of reflect_args or copy_from is taken as it stands there, whatever the database has. If it does not say
        nullable=False, the column may be NULL from then on. Give the whole column.
        """,
        given="""
        op.create_table(
            "tag",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text(), nullable=False),
        )
        """,
        before="""
        name = sa.Column("name", sa.Text(collation="NOCASE"))
        with op.batch_alter_table("tag", reflect_args=[name]) as batch_op:
            batch_op.alter_column("id", type_=sa.BigInteger())
        """,
        after="""
        name = sa.Column("name", sa.Text(collation="NOCASE"), nullable=False)
        with op.batch_alter_table("tag", reflect_args=[name]) as batch_op:
            batch_op.alter_column("id", type_=sa.BigInteger())
        """,
        page=f"{pages.BATCH}#controlling-table-reflection",
    ),
)
COLUMNS_MOVED = Code(
    "SB428",
    "columns-moved",
    ERROR,
    "the columns of {table} stand in another order than on other databases: {after} instead of {before}",
    "divide the block: begin a new one at {where}",
    Explanation(
        why="""
        A new column goes to the end of its table. If the same block then drops the column that was the last, Alembic
        does not know any more where the new one belongs, and puts it before others. An INSERT that names no columns
        then swaps values without an error. Begin a new block where the last column is dropped.
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.add_column(sa.Column("kind", sa.Text()))
            batch_op.drop_column("age")
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.add_column(sa.Column("kind", sa.Text()))
        with op.batch_alter_table("account") as batch_op:
            batch_op.drop_column("age")
        """,
        page=pages.BATCH,
    ),
)
TABLE_RENAMED = Code(
    "SB429",
    "table-in-another-case",
    ERROR,
    "the block names {named}, but the table is called {table}; after the copy it is called {named}",
    "{opening}",
    Explanation(
        why="""
        SQLite takes names that differ in upper and lower case for the same, so a block on users copies Users. The copy
        has the name that the block says, and what SQLAlchemy looks for under that name is not found: the primary key,
        constraints. Other databases do not find the table at all. Write the name as the table has it.
        """,
        given="""
        op.create_table("Tag", sa.Column("name", sa.Text()))
        """,
        before="""
        with op.batch_alter_table("tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        after="""
        with op.batch_alter_table("Tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        page=pages.BATCH,
    ),
)
