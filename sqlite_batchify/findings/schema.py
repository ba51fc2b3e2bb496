"""What verify sees a table lose when it is copied. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

TRIGGER_LOST = Code(
    "SB411",
    "trigger-lost",
    ERROR,
    "the copy of {table} lost the trigger {trigger}",
    "create it again after the block: {again}",
    Explanation(
        why="""
        A block drops the old table, and SQLite drops its triggers with it. Alembic does not know triggers, so it does
        not create them again, and nothing fails. Create the trigger again after the block.
        """,
        given="""
        op.execute(
            "CREATE TRIGGER lower_email AFTER INSERT ON account BEGIN"
            " UPDATE account SET email = lower(email); END"
        )
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        op.execute(
            "CREATE TRIGGER lower_email AFTER INSERT ON account BEGIN"
            " UPDATE account SET email = lower(email); END"
        )
        """,
        page=f"{pages.SQLITE}/lang_droptable.html",
    ),
)
AUTOINCREMENT_LOST = Code(
    "SB413",
    "autoincrement-lost",
    ERROR,
    "the copy of {table} lost AUTOINCREMENT",
    "{opening}; and {sequence}",
    Explanation(
        why="""
        Alembic reads the table from the database before it copies it, and AUTOINCREMENT is not among what it reads. The
        new table has an ordinary key, which may give the number of a deleted row to a new one. Name the option for the
        block, and keep the last number: it stands in sqlite_sequence and goes with the old table. If numbers may be
        used again, ignore this.
        """,
        given="""
        op.create_table(
            "ticket",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("title", sa.Text()),
            sqlite_autoincrement=True,
        )
        """,
        before="""
        with op.batch_alter_table("ticket") as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        after="""
        op.execute("UPDATE sqlite_sequence SET name = 'x' WHERE name = 'ticket'")
        options = {"sqlite_autoincrement": True}
        with op.batch_alter_table("ticket", table_kwargs=options) as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'ticket'")
        op.execute("UPDATE sqlite_sequence SET name = 'ticket' WHERE name = 'x'")
        """,
        page=f"{pages.SQLITE}/autoinc.html",
    ),
)
CHECK_LOST = Code(
    "SB414",
    "check-lost",
    ERROR,
    "the copy of {table} lost CHECK ({text})",
    "{opening}",
    Explanation(
        why="""
        A block takes CHECK constraints that have a name along and leaves out those that have none, as these may belong
        to a type such as Boolean or Enum. Afterwards the table takes rows that it refused before. Give the block the
        constraint in table_args, best with a name, so that it stays from then on.
        """,
        given="""
        op.create_table(
            "product",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("price", sa.Integer()),
            sa.CheckConstraint("price > 0"),
        )
        """,
        before="""
        with op.batch_alter_table("product") as batch_op:
            batch_op.add_column(sa.Column("name", sa.Text()))
            batch_op.alter_column("price", nullable=False)
        """,
        after="""
        check = sa.CheckConstraint("price > 0", name="product_price_check")
        with op.batch_alter_table("product", table_args=[check]) as batch_op:
            batch_op.add_column(sa.Column("name", sa.Text()))
            batch_op.alter_column("price", nullable=False)
        """,
        page=f"{pages.BATCH}#including-check-constraints",
    ),
)
COLLATION_LOST = Code(
    "SB415",
    "collation-lost",
    ERROR,
    "the copy of {table} lost COLLATE {collation} of {column}",
    "{opening}",
    Explanation(
        why="""
        Alembic reads the columns from the database before it copies the table, and their collations are not among what
        it reads. With the default BINARY in place of NOCASE, comparisons, sorting and UNIQUE tell upper and lower case
        apart. Give the block the whole column in reflect_args.
        """,
        given="""
        op.create_table(
            "member",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.String(80, collation="NOCASE")),
            sa.Column("age", sa.Integer()),
        )
        """,
        before="""
        with op.batch_alter_table("member") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        name = sa.Column("name", sa.String(80, collation="NOCASE"))
        with op.batch_alter_table("member", reflect_args=[name]) as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=f"{pages.BATCH}#controlling-table-reflection",
    ),
)
INDEX_LOST = Code(
    "SB416",
    "index-lost",
    ERROR,
    "the copy of {table} lost the index {index}",
    "create it again after the block: {again}",
    Explanation(
        why="""
        A block creates again the indexes that it knows of. With copy_from that are those of the Table that the script
        gives, whatever the database has. Leave copy_from out, so that the table is read from the database, or add the
        index to the Table.
        """,
        given="""
        op.create_index("ix_account_age", "account", ["age"])
        """,
        before="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        names = [sa.Column(name, sa.Text()) for name in ("name", "email")]
        age = sa.Column("age", sa.Integer())
        account = sa.Table("account", sa.MetaData(), key, *names, age)
        with op.batch_alter_table("account", copy_from=account) as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=f"{pages.BATCH}#working-in-offline-mode",
    ),
)
EXPRESSION_INDEX_LOST = Code(
    "SB417",
    "expression-index-lost",
    ERROR,
    "the copy of {table} lost the index {index} on an expression",
    "create it again after the block: {again}",
    Explanation(
        why="""
        Alembic reads the indexes from the database before it copies the table, and an index on an expression is not
        among what it reads. The copy does without it: queries get slow, and if it was unique, it does not guard the
        rows any more. Create it again after the block.
        """,
        given="""
        op.create_index("ix_email", "account", [sa.text("lower(email)")])
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        op.create_index("ix_email", "account", [sa.text("lower(email)")])
        """,
        page=f"{pages.SQLITE}/expridx.html",
    ),
)
INDEX_CHANGED = Code(
    "SB418",
    "index-changed",
    ERROR,
    "the copy of {table} lost {what} of the index {index}",
    "after the block: {again}",
    Explanation(
        why="""
        Of an index, Alembic reads the columns, UNIQUE and WHERE from the database, but not DESC and COLLATE, so the
        copied table has another index under the same name. SQLite may not use it any more for what it was made for.
        Drop it after the block and create it as it was.
        """,
        given="""
        op.create_index("ix_age", "account", [sa.text("age DESC")])
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        op.drop_index("ix_age", "account")
        op.create_index("ix_age", "account", [sa.text("age DESC")])
        """,
        page=f"{pages.SQLITE}/lang_createindex.html",
    ),
)
UNIQUE_LOST = Code(
    "SB419",
    "unique-lost",
    ERROR,
    "the copy of {table} lost UNIQUE ({columns})",
    "{opening}",
    Explanation(
        why="""
        The copied table has every unique constraint that the block knows of. With copy_from that are those of the Table
        that the script gives, whatever the database has. Leave copy_from out, so that the table is read from the
        database, or add the constraint to the Table or to table_args.
        """,
        given="""
        op.create_table(
            "tag",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text()),
            sa.UniqueConstraint("name", name="uq_tag_name"),
        )
        """,
        before="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        tag = sa.Table("tag", sa.MetaData(), key, sa.Column("name", sa.Text()))
        with op.batch_alter_table("tag", copy_from=tag) as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        after="""
        with op.batch_alter_table("tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        page=f"{pages.BATCH}#including-unnamed-unique-constraints",
    ),
)
ON_CONFLICT_LOST = Code(
    "SB420",
    "on-conflict-lost",
    ERROR,
    "the copy of {table} lost ON CONFLICT {action} of {what}",
    "{opening}",
    Explanation(
        why="""
        Alembic reads the table from the database before it copies it, but not what UNIQUE, NOT NULL and PRIMARY KEY do
        ON CONFLICT. An INSERT that replaced a row, or was passed over, fails from then on. Give the block the column or
        the constraint with the clause in reflect_args; a UNIQUE that has a name has to be dropped and created again.
        """,
        given="""
        op.create_table(
            "tag",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text()),
            sa.UniqueConstraint("name", sqlite_on_conflict="IGNORE"),
        )
        """,
        before="""
        with op.batch_alter_table("tag") as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        after="""
        unique = sa.UniqueConstraint("name", sqlite_on_conflict="IGNORE")
        with op.batch_alter_table("tag", reflect_args=[unique]) as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        page=f"{pages.SQLALCHEMY}/dialects/sqlite.html#on-conflict-support-for-constraints",
    ),
)
FOREIGN_KEY_LOST = Code(
    "SB421",
    "foreign-key-lost",
    ERROR,
    "the copy of {table} lost the foreign key ({columns}) to {referred}",
    "{opening}",
    Explanation(
        why="""
        The copied table has every foreign key that the block knows of. With copy_from that are those of the Table that
        the script gives, whatever the database has. Leave copy_from out, so that the table is read from the database,
        or add the foreign key to the Table or to table_args.
        """,
        given="""
        op.create_table(
            "post",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("author", sa.Integer(), sa.ForeignKey("account.id")),
        )
        """,
        before="""
        key = sa.Column("id", sa.Integer(), primary_key=True)
        author = sa.Column("author", sa.Integer())
        post = sa.Table("post", sa.MetaData(), key, author)
        with op.batch_alter_table("post", copy_from=post) as batch_op:
            batch_op.alter_column("author", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("post") as batch_op:
            batch_op.alter_column("author", type_=sa.BigInteger())
        """,
        page=f"{pages.BATCH}#working-in-offline-mode",
    ),
)
ACTION_LOST = Code(
    "SB422",
    "foreign-key-action-lost",
    ERROR,
    "the copy of {table} lost {action} of the foreign key ({columns}) to {referred}",
    "{opening}",
    Explanation(
        why="""
        SQLAlchemy reads foreign keys from the text of the table, and passes over the ON DELETE, ON UPDATE and
        DEFERRABLE of a REFERENCES that stands at its column. (Those that SQLAlchemy writes itself stand apart, and
        stay.) After the copy, deleting a parent is refused, or leaves its children behind. Give the block the whole
        column in reflect_args, or drop the constraint and create it again in the block.
        """,
        given="""
        op.execute(
            "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT,"
            " author INTEGER REFERENCES account (id) ON DELETE CASCADE)"
        )
        """,
        before="""
        with op.batch_alter_table("post") as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        after="""
        account = sa.ForeignKey("account.id", ondelete="CASCADE")
        author = sa.Column("author", sa.Integer(), account)
        with op.batch_alter_table("post", reflect_args=[author]) as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        page=f"{pages.SQLITE}/foreignkeys.html#fk_actions",
    ),
)
OPTION_LOST = Code(
    "SB423",
    "table-option-lost",
    ERROR,
    "the copy of {table} is not {what} any more",
    "{opening}",
    Explanation(
        why="""
        The copied table is STRICT or WITHOUT ROWID only if the block knows of it. With copy_from it has what the Table
        says that the script gives, and an old SQLAlchemy does not read these options from the database. Name the option
        in the Table or in table_kwargs: sqlite_strict=True, sqlite_with_rowid=False.
        """,
        given="""
        op.execute(
            "CREATE TABLE unit (name TEXT PRIMARY KEY NOT NULL, size INTEGER)"
            " WITHOUT ROWID"
        )
        """,
        before="""
        key = sa.Column("name", sa.Text(), primary_key=True)
        size = sa.Column("size", sa.Integer())
        unit = sa.Table("unit", sa.MetaData(), key, size)
        with op.batch_alter_table("unit", copy_from=unit) as batch_op:
            batch_op.alter_column("size", type_=sa.BigInteger())
        """,
        after="""
        key = sa.Column("name", sa.Text(), primary_key=True)
        size = sa.Column("size", sa.Integer())
        unit = sa.Table("unit", sa.MetaData(), key, size, sqlite_with_rowid=False)
        with op.batch_alter_table("unit", copy_from=unit) as batch_op:
            batch_op.alter_column("size", type_=sa.BigInteger())
        """,
        page=f"{pages.SQLALCHEMY}/dialects/sqlite.html#sqlite-specific-table-options",
    ),
)
