"""What verify sees after the operations of a revision have run. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, WARNING, Code, Explanation

NOT_THERE = Code(
    "SB431",
    "asked-but-not-there",
    ERROR,
    "nothing failed, but {table} has no {what}",
    "divide the block: what follows on a rename belongs in a block of its own",
    Explanation(
        why="""
        A block collects its operations and works them into one copy of the table. An operation that builds on an
        earlier one of the same block may then not find what it needs: no error, and no result. This happens above all
        after a rename, since the copy still goes by the old name. Divide the block.
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("email", new_column_name="mail")
            batch_op.create_unique_constraint("uq_account_mail", ["mail"])
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("email", new_column_name="mail")
        with op.batch_alter_table("account") as batch_op:
            batch_op.create_unique_constraint("uq_account_mail", ["mail"])
        """,
        page=pages.BATCH,
    ),
)
PARTIAL_UNIQUE = Code(
    "SB432",
    "partial-unique-index-became-full",
    ERROR,
    "postgresql_where is ignored on SQLite, so the unique index {index} of {table} covers all rows there",
    "give the same condition as sqlite_where=",
    Explanation(
        why="""
        postgresql_where makes an index partial on PostgreSQL only. SQLite has partial indexes too, but takes the
        condition from sqlite_where; without it the unique index covers all rows, and refuses some that PostgreSQL
        takes. Give the condition for both.
        """,
        before="""
        adults = sa.text("age > 17")
        op.create_index(
            "uq_email", "account", ["email"], unique=True, postgresql_where=adults
        )
        """,
        after="""
        adults = sa.text("age > 17")
        where = {"postgresql_where": adults, "sqlite_where": adults}
        op.create_index("uq_email", "account", ["email"], unique=True, **where)
        """,
        page=f"{pages.SQLALCHEMY}/dialects/sqlite.html#partial-indexes",
    ),
)
LEFT_BEHIND = Code(
    "SB433",
    "temporary-table-left-behind",
    ERROR,
    "the failed block leaves {leftover} behind, and the next attempt fails with: table already exists",
    'op.execute("DROP TABLE IF EXISTS {leftover}") before the block',
    Explanation(
        why="""
        A block copies the rows into _alembic_tmp_TABLE and then renames it. If it fails between the two, that table
        stays, since Python's sqlite3 does not undo DDL by default. Every later attempt fails with: table already
        exists, whatever has been mended. Drop it before the block; on a database without it that does nothing.
        """,
        given="""
        op.execute("CREATE VIEW adult AS SELECT id FROM account WHERE age > 17")
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        op.execute("DROP TABLE IF EXISTS _alembic_tmp_account")
        op.execute("DROP VIEW adult")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        op.execute("CREATE VIEW adult AS SELECT id FROM account WHERE age > 17")
        """,
        page=f"{pages.SQLALCHEMY}/dialects/sqlite.html#sqlite-transactions",
    ),
)
INSERT_FAILS = Code(
    "SB434",
    "insert-fails",
    ERROR,
    "an INSERT into {table} fails afterwards: {error}",
    "{hint}",
    Explanation(
        why="""
        SQLite does not look into a default, a trigger or a view before it is used. So the migration passes, and the
        first INSERT fails, in the application. A default has to be one that every database has: sa.func.now() becomes
        CURRENT_TIMESTAMP where that is its name. A trigger or view that names what is gone has to be created anew.
        """,
        before="""
        now = sa.text("(now())")
        op.create_table("event", sa.Column("at", sa.DateTime(), server_default=now))
        """,
        after="""
        now = sa.func.now()
        op.create_table("event", sa.Column("at", sa.DateTime(), server_default=now))
        """,
        page=f"{pages.SQLITE}/lang_createtable.html#the_default_clause",
    ),
)
ROUND_TRIP = Code(
    "SB441",
    "round-trip",
    WARNING,
    "the downgrade does not lead back to the schema of before: {differences}",
    "let downgrade() undo what upgrade() does",
    Explanation(
        why="""
        After the upgrade and the downgrade the schema is not what it was before. The next upgrade then starts from
        something else, or fails, as the column is there already. Let downgrade() undo all that upgrade() does. If your
        project never downgrades, ignore this, or raise NotImplementedError there. It fails verify only with --strict.
        """,
        before="""
        def upgrade():
            op.add_column("account", sa.Column("kind", sa.Text()))


        def downgrade():
            pass
        """,
        after="""
        def upgrade():
            op.add_column("account", sa.Column("kind", sa.Text()))


        def downgrade():
            with op.batch_alter_table("account") as batch_op:
                batch_op.drop_column("kind")
        """,
        page=f"{pages.ALEMBIC}/tutorial.html#downgrading",
    ),
)
