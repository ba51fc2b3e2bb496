"""What verify sees after the operations of a revision have run. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, WARNING, Code, Explanation

NOT_THERE = Code(
    "SB431",
    "asked-but-not-there",
    ERROR,
    "nothing failed, but {table} has no {what}",
    "{hint}",
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
    "give the same condition for SQLite: sqlite_where={condition}",
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
    "{left_by} leaves {leftover} behind, and the next one that needs it fails with: table already exists",
    "{where}: {again}",
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
        SQLite does not look into a trigger or a view before it is used. So the migration passes, and the first INSERT
        fails, in the application. A trigger or view that names what is not there has to be created anew, or what it
        names first.
        """,
        before="""
        op.execute(
            "CREATE TRIGGER log_account AFTER INSERT ON account BEGIN"
            " INSERT INTO account_log (account) VALUES (new.id); END"
        )
        """,
        after="""
        op.create_table("account_log", sa.Column("account", sa.Integer()))
        op.execute(
            "CREATE TRIGGER log_account AFTER INSERT ON account BEGIN"
            " INSERT INTO account_log (account) VALUES (new.id); END"
        )
        """,
        page=f"{pages.SQLITE}/lang_createtrigger.html",
    ),
)
HALF_DONE = Code(
    "SB435",
    "half-done",
    WARNING,
    "the failed attempt is not taken back: {differences}; the next one starts from there",
    "mend what fails, and go on from a copy of the database of before the attempt",
    Explanation(
        why="""
        Python's sqlite3 commits DDL as soon as it has run, as long as no INSERT, UPDATE or DELETE has begun a
        transaction. Where a revision fails after that, Alembic takes back what it can: what was made before stays,
        the revision counts as not done, and the next attempt meets what is there already. Mend the revision, and go on
        from a copy of the database of before.
        """,
        before="""
        op.create_table("tag", sa.Column("id", sa.Integer(), primary_key=True))
        op.add_column("account", sa.Column("kind", sa.Text(), nullable=False))
        """,
        after="""
        op.create_table("tag", sa.Column("id", sa.Integer(), primary_key=True))
        kind = sa.Column("kind", sa.Text(), nullable=False, server_default="")
        op.add_column("account", kind)
        """,
        page=f"{pages.SQLALCHEMY}/dialects/sqlite.html#sqlite-transactions",
    ),
)
KEY_LEFT = Code(
    "SB436",
    "foreign-key-left-on-a-renamed-column",
    ERROR,
    "the foreign key ({columns}) of {child} still refers to {column} of {table}, which is called {now} now",
    "rename it behind the block and not in it: {rename}",
    Explanation(
        why="""
        A block renames a column while it copies the table, and the foreign keys of other tables stay as they are
        written. They refer to a column that is not there any more: where foreign keys are enforced, every INSERT into
        those tables fails with: foreign key mismatch. SQLite renames a column itself, without a block, and takes the
        keys along.
        """,
        given="""
        op.create_table(
            "post",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("author", sa.Integer(), sa.ForeignKey("account.id")),
        )
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("id", new_column_name="no", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("id", type_=sa.BigInteger())
        op.alter_column("account", "id", new_column_name="no")
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#alter_table_rename_column",
    ),
)
MADE_TWICE = Code(
    "SB437",
    "constraint-made-twice",
    WARNING,
    "after the copy {table} has the {what} twice",
    "leave it out of table_args: batch mode copies what has a name",
    Explanation(
        why="""
        Batch mode takes the constraints along that have a name. Given once more in table_args, the constraint is there
        twice. That does no harm until somebody drops it, and one of the two stays. Give only those that have no name.
        """,
        given="""
        op.create_table(
            "product",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("price", sa.Integer()),
            sa.CheckConstraint("price > 0", name="product_price_check"),
        )
        """,
        before="""
        check = sa.CheckConstraint("price > 0", name="product_price_check")
        with op.batch_alter_table("product", table_args=[check]) as batch_op:
            batch_op.alter_column("price", nullable=False)
        """,
        after="""
        with op.batch_alter_table("product") as batch_op:
            batch_op.alter_column("price", nullable=False)
        """,
        page=f"{pages.BATCH}#including-check-constraints",
    ),
)
TEXT_IN_DOUBLE_QUOTES = Code(
    "SB438",
    "text-in-double-quotes",
    WARNING,
    '"{text}" names no column; it is taken for a text, but not by every SQLite, and by no other database but MySQL',
    "write {literal}, as every database needs it, or the name of a column if one is meant",
    Explanation(
        why="""
        In SQL, double quotes are for names, and texts stand in single ones. SQLite takes a name that there is not for a
        text, unless it was built without that leniency, as some distributions build it: there, and on PostgreSQL, the
        statement fails with: no such column. Write single quotes.
        """,
        before="""
        op.execute('UPDATE account SET name = "guest" WHERE name IS NULL')
        """,
        after="""
        op.execute("UPDATE account SET name = 'guest' WHERE name IS NULL")
        """,
        page=f"{pages.SQLITE}/quirks.html#double_quoted_string_literals_are_accepted",
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
        project never downgrades, ignore this, or raise NotImplementedError there.
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
