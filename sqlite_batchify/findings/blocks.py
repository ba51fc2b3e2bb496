"""What the rewriter finds in blocks and in what they copy, and in raw SQL about indexes."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

NEVER_RECREATED = Code(
    "SB115",
    "never-recreated",
    ERROR,
    "{detail} keeps SQLite from copying the table, and without a copy it cannot do what the block asks for",
    "leave {detail} out; it makes no difference on other databases",
    Explanation(
        why="""
        SQLite cannot change columns or constraints of a table, so batch mode copies the table. With recreate="never" it
        sends the ALTER instead, as to every other database, and that ends in a syntax error or in NotImplementedError.
        Leave it out: the default copies the table on SQLite, where an operation asks for that, and on no other
        database.
        """,
        before="""
        with op.batch_alter_table("account", recreate="never") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=pages.BLOCK,
    ),
)
RAW_INDEX = Code(
    "SB116",
    "raw-sql-index",
    ERROR,
    "raw SQL about an index that SQLite does not take: {detail}",
    "write {hint}",
    Explanation(
        why="""
        The statement is spelled as another database wants it: the first characters of a column, DROP INDEX with its
        table, a method, CONCURRENTLY. SQL that a script sends as text goes to SQLite as it is, and fails there. Write
        the operation of Alembic that does the same, whose keywords for one database mean nothing to the others; or let
        it run on that database only.
        """,
        before="""
        op.execute("CREATE INDEX ix_account_name ON account (name(10))")
        """,
        after="""
        op.create_index("ix_account_name", "account", ["name"], mysql_length=10)
        """,
        page=f"{pages.SQLITE}/lang_createindex.html",
    ),
)
LOOKED_AT = Code(
    "SB117",
    "looked-at-table",
    ERROR,
    "{detail}, and SQLite cannot put the copy of the table in its place while that is so (error in view or trigger: no "
    "such table)",
    "write {hint}",
    Explanation(
        why="""
        A block copies the table, drops it, and gives the copy its name. At that point SQLite looks through all views
        and triggers, and refuses if one of them, even by way of another view, is about a table that is not there. Drop
        it before the block and create it again behind it, on SQLite only: other databases alter the table in its place.
        The program writes that around the blocks that it makes, where the scripts tell the text of the view.
        """,
        given="""
        op.execute("CREATE VIEW grown AS SELECT id FROM account WHERE age > 17")
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        """,
        after="""
        op.execute("DROP VIEW grown")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        op.execute("CREATE VIEW grown AS SELECT id FROM account WHERE age > 17")
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#altertabrename",
    ),
)
TRIGGER_GOES = Code(
    "SB118",
    "trigger-of-copied-table",
    ERROR,
    "SQLite drops the trigger {detail} with the old table when it is copied",
    "write {hint}",
    Explanation(
        why="""
        A block drops the old table, and SQLite drops its triggers with it. Alembic does not know triggers, so it does
        not create them again, and nothing fails: what the trigger was to do is not done any more. Create it again after
        the block, on SQLite only. The program writes that behind the blocks that it makes, where the scripts tell the
        text of the trigger.
        """,
        given="""
        op.execute(
            "CREATE TRIGGER sign AFTER INSERT ON account "
            "BEGIN UPDATE account SET email = 'none' WHERE id = new.id; END"
        )
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        op.execute(
            "CREATE TRIGGER IF NOT EXISTS sign AFTER INSERT ON account "
            "BEGIN UPDATE account SET email = 'none' WHERE id = new.id; END"
        )
        """,
        page=f"{pages.SQLITE}/lang_droptable.html",
    ),
)
IN_ANOTHER_CASE = Code(
    "SB119",
    "copied-in-another-case",
    ERROR,
    "the table is created as {hint}, and not {detail}: SQLite takes both for the same, but a copy loses the primary "
    "key and the name, and other databases do not find it",
    'write its name as "{hint}"',
    Explanation(
        why="""
        SQLite does not tell capital letters from small ones in names, but Alembic does when it reflects a table. Under
        a name in another case it sees no primary key, so the copy has none, and is called by that name. PostgreSQL
        finds no such table at all. Write the name as the table was created.
        """,
        given="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        op.create_table("Person", key, sa.Column("age", sa.Integer()))
        """,
        before="""
        op.alter_column("person", "age", nullable=False)
        """,
        after="""
        op.alter_column("Person", "age", nullable=False)
        """,
        page=f"{pages.SQLITE}/lang_keywords.html",
    ),
)
