"""What verify sees rows lose. ``{name}`` stands for a value of the problem."""

from __future__ import annotations

from . import pages
from .code import ERROR, WARNING, Code, Explanation

ROWS_LOST = Code(
    "SB401",
    "rows-lost",
    ERROR,
    "the copy of {table} has {after} of {before} rows",
    "leave the PRAGMA, trigger or conflict clause that drops them out of the migration",
    Explanation(
        why="""
        A block fills the new table by INSERT from SELECT. Something made SQLite leave rows out without an error: an ON
        CONFLICT clause, a trigger or a PRAGMA. The rows are gone with the old table. Decide in the migration itself
        which rows go, by a DELETE before the block.
        """,
        given="""
        tag = op.create_table(
            "tag",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text()),
        )
        op.bulk_insert(tag, [{"name": "red"}, {"name": "red"}])
        """,
        before="""
        with op.batch_alter_table("tag") as batch_op:
            batch_op.create_unique_constraint(
                "uq_tag_name", ["name"], sqlite_on_conflict="IGNORE"
            )
        """,
        after="""
        op.execute(
            "DELETE FROM tag"
            " WHERE id NOT IN (SELECT min(id) FROM tag GROUP BY name)"
        )
        with op.batch_alter_table("tag") as batch_op:
            batch_op.create_unique_constraint("uq_tag_name", ["name"])
        """,
        page=f"{pages.SQLITE}/lang_conflict.html",
    ),
)
VALUES_CHANGED = Code(
    "SB402",
    "values-changed",
    ERROR,
    "the copy of {table} turned {column} from {before} into {after}: {why}",
    "{hint}",
    Explanation(
        why="""
        When the type of a column changes, a block copies its values through CAST. SQLite's CAST never fails: it takes
        what it can from the beginning of a text and makes 0 of the rest, where PostgreSQL would refuse. Convert the
        values before the block, or add a new column and fill it. If the new values are those that you want, ignore
        this.
        """,
        given="""
        answer = op.create_table(
            "answer",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("given", sa.Text()),
        )
        op.bulk_insert(answer, [{"given": "yes"}, {"given": "no"}])
        """,
        before="""
        with op.batch_alter_table("answer") as batch_op:
            batch_op.alter_column("given", type_=sa.Integer())
        """,
        after="""
        op.execute(
            "UPDATE answer"
            " SET given = CASE WHEN given = 'yes' THEN '1' ELSE '0' END"
        )
        with op.batch_alter_table("answer") as batch_op:
            batch_op.alter_column("given", type_=sa.Integer())
        """,
        page=f"{pages.SQLITE}/lang_expr.html#castexpr",
    ),
)
CHILDREN_LOST = Code(
    "SB403",
    "children-lost",
    ERROR,
    "with PRAGMA foreign_keys=ON the change of {parent} takes rows or values from {table}: {after} instead of "
    "{before}{late}",
    "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")',
    Explanation(
        why="""
        A block drops the old table, and under PRAGMA foreign_keys=ON that deletes its rows first: ON DELETE CASCADE
        takes the rows that refer to them, SET NULL their references. Nothing is reported when it happens. Turn the
        PRAGMA off around migrations, best in env.py; within a transaction it has no effect, so a script needs an
        autocommit_block. If your application never turns it on, ignore this.
        """,
        given="""
        author = sa.ForeignKey("account.id", ondelete="CASCADE")
        op.create_table(
            "post",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("author", sa.Integer(), author),
        )
        """,
        before="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.get_context().autocommit_block():
            op.execute("PRAGMA foreign_keys=OFF")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        with op.get_context().autocommit_block():
            op.execute("PRAGMA foreign_keys=ON")
        """,
        page=f"{pages.BATCH}#dealing-with-referencing-foreign-keys",
    ),
)
FOREIGN_KEYS_FAIL = Code(
    "SB404",
    "foreign-keys-on-fails",
    ERROR,
    "with PRAGMA foreign_keys=ON this fails: {error}",
    "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")',
    Explanation(
        why="""
        A block drops the old table, and under PRAGMA foreign_keys=ON SQLite refuses that while rows of another table
        (or of the same one) refer to it. Turn the PRAGMA off around migrations, best in env.py; within a transaction it
        has no effect, so a script needs an autocommit_block. If your application never turns it on, ignore this.
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
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        after="""
        with op.get_context().autocommit_block():
            op.execute("PRAGMA foreign_keys=OFF")
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        with op.get_context().autocommit_block():
            op.execute("PRAGMA foreign_keys=ON")
        """,
        page=f"{pages.SQLITE}/pragma.html#pragma_foreign_keys",
    ),
)
PARENT_GONE = Code(
    "SB405",
    "foreign-key-to-nothing",
    ERROR,
    "the foreign key ({columns}) of {table} refers to the table {parent}, which is not there any more",
    "drop the foreign key before the table; to replace a table, rename the new one to its name, not the old one away",
    Explanation(
        why="""
        A foreign key refers to a table that the revision removed. SQLite allows that, and fails at the next INSERT once
        foreign keys are enforced. It also happens where a table is renamed away and replaced: SQLite changes the
        foreign keys of other tables so that they follow the old one. Make the new table under another name, drop the
        old one, and rename the new one.
        """,
        given="""
        op.create_table("tag", sa.Column("name", sa.Text(), primary_key=True))
        op.create_table(
            "label",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("tag", sa.Text(), sa.ForeignKey("tag.name")),
        )
        """,
        before="""
        op.rename_table("tag", "tag_old")
        op.create_table("tag", sa.Column("name", sa.Text(), primary_key=True))
        op.execute("INSERT INTO tag SELECT name FROM tag_old")
        op.drop_table("tag_old")
        """,
        after="""
        op.create_table("tag_new", sa.Column("name", sa.Text(), primary_key=True))
        op.execute("INSERT INTO tag_new SELECT name FROM tag")
        op.drop_table("tag")
        op.rename_table("tag_new", "tag")
        """,
        page=f"{pages.SQLITE}/lang_altertable.html#alter_table_rename",
    ),
)
FOREIGN_KEY_VIOLATED = Code(
    "SB406",
    "foreign-key-violated",
    WARNING,
    "rows of {table} refer to rows of {parent} that are not there any more",
    "delete or update the referring rows, at the end of {direction}: {again}; another database would refuse this, or "
    "cascade",
    Explanation(
        why="""
        The script deletes or changes rows that others refer to. Other databases refuse it, or pass it on (ON DELETE);
        SQLite does neither unless PRAGMA foreign_keys is ON, so the references are left to point nowhere. Delete or
        update the referring rows first.
        """,
        given="""
        op.create_table(
            "post",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("author", sa.Integer(), sa.ForeignKey("account.id")),
        )
        """,
        before="""
        op.execute("DELETE FROM account WHERE id = 1")
        """,
        after="""
        op.execute("DELETE FROM post WHERE author = 1")
        op.execute("DELETE FROM account WHERE id = 1")
        """,
        page=f"{pages.SQLITE}/pragma.html#pragma_foreign_key_check",
    ),
)
SEQUENCE_BACK = Code(
    "SB408",
    "sequence-goes-back",
    ERROR,
    "the copy of {table} sets its number in sqlite_sequence back from {before} to {after}: ids are given out again",
    "{sequence}",
    Explanation(
        why="""
        AUTOINCREMENT never gives the id of a deleted row to another, as it keeps the last one in sqlite_sequence. That
        row goes with the old table, and for the new one SQLite starts from the highest id that is left. Move the row
        out of the way before the block, and back behind it. If ids may be used again, ignore this.
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
        options = {"sqlite_autoincrement": True}
        with op.batch_alter_table("ticket", table_kwargs=options) as batch_op:
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
ROWIDS_CHANGED = Code(
    "SB409",
    "rowids-changed",
    ERROR,
    "the copy of {table} numbers its rowids anew, by which {virtual} finds its rows",
    "after the block: {again}",
    Explanation(
        why="""
        A table without an INTEGER PRIMARY KEY has rowids of its own, which a copy gives out anew, without the gaps of
        deleted rows. A full-text table with this one as its content then finds other rows than those that hold the
        words. Rebuild it after the block.
        """,
        given="""
        key = sa.Column("slug", sa.Text(), primary_key=True)
        op.create_table("page", key, sa.Column("body", sa.Text()))
        op.execute("CREATE VIRTUAL TABLE search USING fts5(body, content='page')")
        """,
        before="""
        with op.batch_alter_table("page") as batch_op:
            batch_op.alter_column("slug", type_=sa.String(80))
        """,
        after="""
        with op.batch_alter_table("page") as batch_op:
            batch_op.alter_column("slug", type_=sa.String(80))
        op.execute("INSERT INTO search (search) VALUES ('rebuild')")
        """,
        page=f"{pages.SQLITE}/fts5.html#external_content_tables",
    ),
)
