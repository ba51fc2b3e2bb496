"""What verify sees fail. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

ALTER_FAILS = Code(
    "SB301",
    "alter-fails",
    ERROR,
    "{operation} fails on SQLite: {error}",
    "rewrite the script: sqlite-batchify {path}",
    Explanation(
        why="""
        SQLite has no statement for what this operation does, so that Alembic or SQLite refuses it. In a
        batch_alter_table block the table is copied instead, and for other databases nothing changes. Run
        sqlite-batchify on the script; what cannot be rewritten it reports with a code of its own.
        """,
        before="""
        op.create_unique_constraint("uq_account_email", "account", ["email"])
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint("uq_account_email", ["email"])
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#otheralter",
    ),
)
BATCH_FAILS = Code(
    "SB302",
    "batch-fails",
    ERROR,
    "the batch_alter_table block on {table} fails: {error}",
    "{hint}",
    Explanation(
        why="""
        The operation stands in a block, and the block fails: batch mode refuses an operation (one on a constraint
        without a name, or on one that SQLite does not have), or the copy of the table does not work out (a view or an
        index still uses what is gone, a row does not fit any more). Nothing after the block runs. The message tells
        which, and the remedy says what helps there.
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint(None, ["email"])
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint("uq_account_email", ["email"])
        """,
        page=f"{pages.BATCH}#dealing-with-constraints",
    ),
)
FOREIGN_FAILS = Code(
    "SB303",
    "foreign-statement",
    ERROR,
    "SQLite does not take this: {error}",
    'guard what is meant for another database: if op.get_context().dialect.name != "sqlite":',
    Explanation(
        why="""
        The statement is written for another database: SQLite does not know its syntax, its function, its type or its
        schema. Batch mode cannot help, as it does not look at SQL. Guard what only another database needs, which
        sqlite-batchify --portable does; what SQLite needs as well has to be said in a way that it understands.
        """,
        before="""
        op.execute("CREATE EXTENSION citext")
        """,
        after="""
        if op.get_context().dialect.name == "postgresql":
            op.execute("CREATE EXTENSION citext")
        """,
        page=f"{pages.SQLITE}/lang.html",
    ),
)
SCRIPT_FAILS = Code(
    "SB304",
    "script-fails",
    ERROR,
    "the script itself fails: {error}",
    "{hint}",
    Explanation(
        why="""
        The script fails, and not for want of an ALTER: a module is missing, a table is not there, rows stand in the way
        of what it asks for. Most of these fail on every database as soon as its tables have rows, as they have here.
        Mend the script as the remedy says.
        """,
        before="""
        op.add_column("account", sa.Column("kind", sa.Text(), nullable=False))
        """,
        after="""
        kind = sa.Column("kind", sa.Text(), nullable=False, server_default="")
        op.add_column("account", kind)
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#alter_table_add_column",
    ),
)
FOREIGN_TYPE = Code(
    "SB305",
    "foreign-type-or-default",
    ERROR,
    "SQLite does not have {what}",
    "{hint}",
    Explanation(
        why="""
        The type or the default is one of another database. SQLAlchemy knows no name for the type on SQLite and stops
        there; a default that calls a function which SQLite does not have passes, and the first INSERT fails, in the
        application. Give the type a variant for SQLite, and take a default that every database has, such as
        sa.func.now(), or let it depend on the dialect's name. sqlite-batchify --portable does so with SQLAlchemy's own
        types, and with the defaults that it knows.
        """,
        before="""
        from sqlalchemy.dialects import postgresql

        tags = sa.Column("tags", postgresql.ARRAY(sa.Text()))
        op.create_table("post", sa.Column("id", sa.Integer()), tags)
        """,
        after="""
        from sqlalchemy.dialects import postgresql

        type_ = postgresql.ARRAY(sa.Text()).with_variant(sa.JSON(), "sqlite")
        tags = sa.Column("tags", type_)
        op.create_table("post", sa.Column("id", sa.Integer()), tags)
        """,
        page=f"{pages.SQLALCHEMY}/core/type_api.html#sqlalchemy.types.TypeEngine.with_variant",
    ),
)
