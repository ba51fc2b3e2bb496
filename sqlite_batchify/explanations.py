"""Why each finding exists, by an example: what ``explain`` prints. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import cleandoc

_ALEMBIC = "https://alembic.sqlalchemy.org/en/latest"
_BATCH = f"{_ALEMBIC}/batch.html"
_OPERATIONS = f"{_ALEMBIC}/ops.html#alembic.operations"
_BLOCK = f"{_OPERATIONS}.Operations.batch_alter_table"
_SQLALCHEMY = "https://docs.sqlalchemy.org/en/20"
_SQLITE = "https://sqlite.org"
_PYTHON = "https://docs.python.org/3"


@dataclass(frozen=True)
class Explanation:
    """What stands behind one code.

    ``why`` is prose. ``before`` causes the finding and ``after`` mends it: the statements of an ``upgrade()``, or what
    else fits (whole functions, a command, lines of a file), or nothing. ``given`` are the statements of an earlier
    ``upgrade()`` that one has to know to understand them. ``page`` is the address of what the finding rests on.
    """

    why: str
    before: str
    after: str
    page: str
    given: str = ""


def _explain(why: str, before: str, after: str, page: str, given: str = "") -> Explanation:
    """An explanation from texts that are indented as this module is."""
    return Explanation(" ".join(why.split()), cleandoc(before), cleandoc(after), page, cleandoc(given))


EXPLANATIONS: dict[str, Explanation] = {
    "SB001": _explain(
        why="""
        The script has operations that SQLite cannot do outside of a batch_alter_table block. In a block Alembic copies
        the table into a new one that has the change; other databases get the same ALTERs as without it. This code
        stands only in what --format json, github and sarif report under --check or --diff, once for each script that
        would be rewritten. Run sqlite-batchify without these two, and it writes the blocks.
        """,
        before="""
        op.alter_column("account", "age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=_BATCH,
    ),
    "SB101": _explain(
        why="""
        Batch mode finds constraints by their names, and refuses to create or drop one that has none (Constraint must
        have a name). Otherwise the program takes the name that PostgreSQL would choose; here the script does not tell
        the table, the columns or which constraint is meant. Write the name that it has on your other databases. This
        may be ignored if the project's metadata has a naming convention, from which Alembic fills the name in.
        """,
        before="""
        for table in ("orders", "invoice"):
            op.create_unique_constraint(None, table, ["number"])
        """,
        after="""
        for table in ("orders", "invoice"):
            name = f"{table}_number_key"
            op.create_unique_constraint(name, table, ["number"])
        """,
        page=f"{_BATCH}#dealing-with-constraints",
    ),
    "SB102": _explain(
        why="""
        Only a statement can be put into a block. Here the call is part of an expression (a comprehension, a lambda, an
        assignment, a tuple that a stray comma makes), so it stays as it is, and SQLite fails on it. Write it as a
        statement of its own. This may be ignored if the line never runs on SQLite.
        """,
        before="""
        [op.drop_column("account", name) for name in ("age", "email")]
        """,
        after="""
        for name in ("age", "email"):
            op.drop_column("account", name)
        """,
        page=_BLOCK,
    ),
    "SB103": _explain(
        why="""
        A block names its table once, and its operations leave it out. With star-arguments the program cannot tell
        which argument is the table, or whether one is there that batch mode refuses. Write the arguments out, or write
        the block by hand.
        """,
        before="""
        place = ("account", "age")
        op.drop_column(*place)
        """,
        after="""
        table, column = "account", "age"
        op.drop_column(table, column)
        """,
        page=_BLOCK,
    ),
    "SB104": _explain(
        why="""
        The call does not fit the signature of the operation: an argument is missing or one too many, or a keyword comes
        from an old release of Alembic. The current one raises a TypeError, on every database. Correct the call, and the
        program can rewrite it.
        """,
        before="""
        op.drop_constraint("uq_age", tablename="account", type="unique")
        """,
        after="""
        op.drop_constraint("uq_age", "account", type_="unique")
        """,
        page=f"{_OPERATIONS}.Operations.drop_constraint",
    ),
    "SB105": _explain(
        why="""
        The operation needs a block on SQLite, but its counterpart in a block does not take if_exists or if_not_exists.
        Left alone, it fails on SQLite as every ALTER does that SQLite does not have. Look first whether the constraint
        or the column is there, and leave the keyword out.
        """,
        before="""
        op.drop_constraint("uq_age", "account", type_="unique", if_exists=True)
        """,
        after="""
        existing = sa.inspect(op.get_bind()).get_unique_constraints("account")
        if "uq_age" in [constraint["name"] for constraint in existing]:
            op.drop_constraint("uq_age", "account", type_="unique")
        """,
        page=f"{_OPERATIONS}.BatchOperations.drop_constraint",
    ),
    "SB106": _explain(
        why="""
        SQLite has nothing like this operation, with or without a block: an EXCLUDE constraint exists on PostgreSQL
        only. Let it run there only, and see to it in the application that SQLite can do without. A guard as below is
        understood, and what it guards is not reported any more.
        """,
        before="""
        op.create_exclude_constraint("no_overlap", "booking", ("during", "&&"))
        """,
        after="""
        if op.get_bind().dialect.name == "postgresql":
            op.create_exclude_constraint("no_overlap", "booking", ("during", "&&"))
        """,
        page=f"{_OPERATIONS}.Operations.create_exclude_constraint",
    ),
    "SB107": _explain(
        why="""
        This is not one of Alembic's own operations: a plug-in or the project has registered it, and what it sends to
        the database cannot be told from the script. So it stays where it is, and no block reaches across it. If it runs
        on SQLite, ignore this; if not, guard it or write it in another way.
        """,
        before="""
        op.create_view("adult", "SELECT id FROM account WHERE age > 17")
        """,
        after="""
        op.execute("CREATE VIEW adult AS SELECT id FROM account WHERE age > 17")
        """,
        page=f"{_ALEMBIC}/api/operations.html#operation-plugins",
    ),
    "SB108": _explain(
        why="""
        SQLite's ALTER TABLE renames tables and columns and adds and drops columns, and does little else. SQL that a
        script sends as text goes to SQLite as it is, and ends in a syntax error. Write it as operations of Alembic,
        which the program can put into blocks; where it understands the SQL, the remedy names them. If it is meant for
        another database only, guard it with the dialect's name.
        """,
        before="""
        op.execute("ALTER TABLE account ALTER COLUMN age TYPE bigint")
        """,
        after="""
        op.alter_column("account", "age", type_=sa.BigInteger())
        """,
        page=f"{_SQLITE}/lang_altertable.html",
    ),
    "SB109": _explain(
        why="""
        The call looks like an operation, but its name need not be Alembic's op here: it is a parameter, or something
        else was assigned to it. So it was left alone, and may fail on SQLite. Use the op that the script imports, or
        write the block by hand. This may be ignored if the object is not Alembic's.
        """,
        before="""
        def drop_age(op, table):
            op.drop_column(table, "age")

        drop_age(op, "account")
        """,
        after="""
        def drop_age(table):
            op.drop_column(table, "age")

        drop_age("account")
        """,
        page=f"{_ALEMBIC}/ops.html",
    ),
    "SB110": _explain(
        why="""
        A name that another database makes up for a constraint does not exist on SQLite, where a constraint without a
        name stays without one. The program finds out which is meant if the name is one that PostgreSQL or MySQL would
        choose and only one constraint fits it. Here none does, or more than one. Name the constraint where it is
        created, or give the block a naming convention by which it is found.
        """,
        given="""
        op.create_table(
            "transfer",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("payer", sa.Integer(), sa.ForeignKey("account.id")),
            sa.Column("payee", sa.Integer(), sa.ForeignKey("account.id")),
        )
        """,
        before="""
        op.drop_constraint("transfer_ibfk_1", "transfer", type_="foreignkey")
        """,
        after="""
        mysql = op.get_bind().dialect.name == "mysql"
        name = "transfer_ibfk_1" if mysql else "transfer_payer_fkey"
        names = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
        with op.batch_alter_table("transfer", naming_convention=names) as batch_op:
            batch_op.drop_constraint(name, type_="foreignkey")
        """,
        page=f"{_BATCH}#dropping-unnamed-or-named-foreign-key-constraints",
    ),
    "SB111": _explain(
        why="""
        Other databases drop the indexes and constraints on a column together with it. On SQLite the block copies the
        table without the column and then tries to make them again, which fails with: no such column. Drop them first;
        for the other databases that makes no difference.
        """,
        given="""
        op.create_index("ix_account_age", "account", ["age"])
        """,
        before="""
        op.drop_column("account", "age")
        """,
        after="""
        op.drop_index("ix_account_age", "account")
        op.drop_column("account", "age")
        """,
        page=f"{_BATCH}#including-check-constraints",
    ),
    "SB112": _explain(
        why="""
        The comment silences a finding that does not occur where it stands, since the script or the program has changed.
        Left there, it would hide the next real one. Remove it, or the code that is not needed any more.
        """,
        before="""
        op.rename_table("account", "user")  # sqlite-batchify: ignore[SB108]
        """,
        after="""
        op.rename_table("account", "user")
        """,
        page=f"{_PYTHON}/reference/lexical_analysis.html#comments",
    ),
    "SB113": _explain(
        why="""
        The comment begins as one for this program does, and goes on with a word or a code that it does not know. So it
        has no effect, although it looks as if it had. The two that there are: skip leaves a statement alone, and
        ignore[CODE] silences a finding.
        """,
        before="""
        op.drop_column("account", "age")  # sqlite-batchify: leave
        """,
        after="""
        op.drop_column("account", "age")  # sqlite-batchify: skip
        """,
        page=f"{_PYTHON}/reference/lexical_analysis.html#comments",
    ),
    "SB201": _explain(
        why="""
        Before a file is written, the new script is parsed and rewritten once more, which must change nothing. One of
        the two failed, so the file is as it was. This is a defect of the program: please report it with the script.
        Until it is mended, write the block by hand and let a comment leave it alone.
        """,
        before="",
        after="""
        with op.batch_alter_table("account") as batch_op:  # sqlite-batchify: skip
            batch_op.drop_column("age")
        """,
        page=_BLOCK,
    ),
    "SB202": _explain(
        why="""
        The program failed at this script, through a defect of its own; the script is as it was, and all others are
        done. The message names the kind of error, and --traceback prints where it happened. Please report both with the
        script. Until it is mended, leave the script out of the run (exclude in pyproject.toml), or write the block by
        hand and let a comment leave the statement alone.
        """,
        before="",
        after="""
        with op.batch_alter_table("account") as batch_op:  # sqlite-batchify: skip
            batch_op.drop_column("age")
        """,
        page=_BLOCK,
    ),
    "SB301": _explain(
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
        page=f"{_SQLITE}/lang_altertable.html#otheralter",
    ),
    "SB302": _explain(
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
        page=f"{_BATCH}#dealing-with-constraints",
    ),
    "SB303": _explain(
        why="""
        The statement is written for another database: SQLite does not know its syntax, its function, its type or its
        schema. Batch mode cannot help, as it does not look at SQL. Guard what only another database needs; what SQLite
        needs as well has to be said in a way that it understands. It fails verify only with --strict.
        """,
        before="""
        op.execute("CREATE EXTENSION citext")
        """,
        after="""
        if op.get_bind().dialect.name == "postgresql":
            op.execute("CREATE EXTENSION citext")
        """,
        page=f"{_SQLITE}/lang.html",
    ),
    "SB304": _explain(
        why="""
        The script fails, and not for want of an ALTER: a module is missing, a table is not there, rows stand in the way
        of what it asks for. Most of these fail on every database as soon as its tables have rows, as they have here.
        Mend the script as the remedy says. It fails verify only with --strict.
        """,
        before="""
        op.add_column("account", sa.Column("kind", sa.Text(), nullable=False))
        """,
        after="""
        kind = sa.Column("kind", sa.Text(), nullable=False, server_default="")
        op.add_column("account", kind)
        """,
        page=f"{_SQLITE}/lang_altertable.html#alter_table_add_column",
    ),
    "SB401": _explain(
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
        page=f"{_SQLITE}/lang_conflict.html",
    ),
    "SB402": _explain(
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
        page=f"{_SQLITE}/lang_expr.html#castexpr",
    ),
    "SB403": _explain(
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
        page=f"{_BATCH}#dealing-with-referencing-foreign-keys",
    ),
    "SB404": _explain(
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
        page=f"{_SQLITE}/pragma.html#pragma_foreign_keys",
    ),
    "SB405": _explain(
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
        page=f"{_SQLITE}/lang_altertable.html#alter_table_rename",
    ),
    "SB406": _explain(
        why="""
        The script deletes or changes rows that others refer to. Other databases refuse it, or pass it on (ON DELETE);
        SQLite does neither unless PRAGMA foreign_keys is ON, so the references are left to point nowhere. Delete or
        update the referring rows first. It fails verify only with --strict.
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
        page=f"{_SQLITE}/pragma.html#pragma_foreign_key_check",
    ),
    "SB411": _explain(
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
        page=f"{_SQLITE}/lang_droptable.html",
    ),
    "SB413": _explain(
        why="""
        Alembic reads the table from the database before it copies it, and AUTOINCREMENT is not among what it reads. The
        new table has an ordinary key, which may give the number of a deleted row to a new one. Name the option for the
        block. If numbers may be used again, ignore this.
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
        options = {"sqlite_autoincrement": True}
        with op.batch_alter_table("ticket", table_kwargs=options) as batch_op:
            batch_op.alter_column("title", type_=sa.String(80))
        """,
        page=f"{_SQLITE}/autoinc.html",
    ),
    "SB414": _explain(
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
        page=f"{_BATCH}#including-check-constraints",
    ),
    "SB415": _explain(
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
        page=f"{_BATCH}#controlling-table-reflection",
    ),
    "SB416": _explain(
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
        page=f"{_BATCH}#working-in-offline-mode",
    ),
    "SB417": _explain(
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
        page=f"{_SQLITE}/expridx.html",
    ),
    "SB418": _explain(
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
        page=f"{_SQLITE}/lang_createindex.html",
    ),
    "SB419": _explain(
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
        page=f"{_BATCH}#including-unnamed-unique-constraints",
    ),
    "SB420": _explain(
        why="""
        Alembic reads unique constraints from the database before it copies the table, but not what they do ON CONFLICT.
        An INSERT that replaced a row, or was passed over, fails from then on. Give the block the whole table in
        copy_from, with the clause.
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
        key = sa.Column("id", sa.Integer(), primary_key=True)
        name = sa.Column("name", sa.Text())
        unique = sa.UniqueConstraint("name", sqlite_on_conflict="IGNORE")
        tag = sa.Table("tag", sa.MetaData(), key, name, unique)
        with op.batch_alter_table("tag", copy_from=tag) as batch_op:
            batch_op.alter_column("name", type_=sa.String(80))
        """,
        page=f"{_SQLALCHEMY}/dialects/sqlite.html#on-conflict-support-for-constraints",
    ),
    "SB421": _explain(
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
        page=f"{_BATCH}#working-in-offline-mode",
    ),
    "SB422": _explain(
        why="""
        SQLAlchemy reads foreign keys from the text of the table, and passes over the ON DELETE and ON UPDATE of a
        REFERENCES that stands at its column. (Those that SQLAlchemy writes itself stand apart, and stay.) After the
        copy, deleting a parent is refused, or leaves its children behind. Give the block the whole column in
        reflect_args, or drop the constraint and create it again in the block.
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
        page=f"{_SQLITE}/foreignkeys.html#fk_actions",
    ),
    "SB423": _explain(
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
        page=f"{_SQLALCHEMY}/dialects/sqlite.html#sqlite-specific-table-options",
    ),
    "SB431": _explain(
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
        page=_BATCH,
    ),
    "SB432": _explain(
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
        page=f"{_SQLALCHEMY}/dialects/sqlite.html#partial-indexes",
    ),
    "SB433": _explain(
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
        page=f"{_SQLALCHEMY}/dialects/sqlite.html#sqlite-transactions",
    ),
    "SB434": _explain(
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
        page=f"{_SQLITE}/lang_createtable.html#the_default_clause",
    ),
    "SB441": _explain(
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
        page=f"{_ALEMBIC}/tutorial.html#downgrading",
    ),
    "SB901": _explain(
        why="""
        The file is not there, or the system does not let it be read. The other files are done, and the exit status is
        2. Check the path and its permissions.
        """,
        before="""
        $ sqlite-batchify migrations/version/0001_accounts.py
        """,
        after="""
        $ sqlite-batchify migrations/versions/0001_accounts.py
        """,
        page=f"{_PYTHON}/library/exceptions.html#os-exceptions",
    ),
    "SB902": _explain(
        why="""
        Python reads a script as UTF-8 unless its first or second line names another encoding, and the bytes of this one
        do not fit. Python would not import it either. Save it as UTF-8, or name the encoding that it has.
        """,
        before='''
        """Prices in €, saved as cp1252"""
        ''',
        after='''
        # -*- coding: cp1252 -*-
        """Prices in €, saved as cp1252"""
        ''',
        page=f"{_PYTHON}/reference/lexical_analysis.html#encoding-declarations",
    ),
    "SB903": _explain(
        why="""
        The file is not valid Python, so its statements cannot be told apart, and Alembic could not load it either.
        Nothing was changed. Correct the syntax; the message says where the parser gave up.
        """,
        before="""
        op.drop_column("account", "age"
        """,
        after="""
        op.drop_column("account", "age")
        """,
        page=f"{_PYTHON}/tutorial/errors.html#syntax-errors",
    ),
    "SB904": _explain(
        why="""
        The file still holds the marker of a merge conflict, so that it is two scripts at once, and neither can be
        rewritten. Resolve the conflict first. If both sides have added a revision, keep both files and join them with
        alembic merge, or let one follow the other.
        """,
        before="""
        <<<<<<< HEAD
        down_revision = "a1"
        =======
        down_revision = "b1"
        >>>>>>> feature
        """,
        after="""
        down_revision = ("a1", "b1")
        """,
        page=f"{_ALEMBIC}/branches.html#merging-branches",
    ),
    "SB905": _explain(
        why="""
        The new script is written beside the old one and then takes its place, so that a file is never half written. The
        folder or the file does not permit it, or the disk is full. The old file is whole. Mend the permissions and run
        the program again.
        """,
        before="""
        $ ls -ld migrations/versions
        dr-xr-xr-x 2 ann ann 4096 migrations/versions
        """,
        after="""
        $ chmod u+w migrations/versions
        """,
        page=f"{_PYTHON}/library/os.html#os.replace",
    ),
    "SB906": _explain(
        why="""
        A folder stands for the revision scripts below it: the Python files that name a revision, as Alembic asks. There
        are none below this one. Name the script location, or the folder that version_locations names.
        """,
        before="""
        $ sqlite-batchify src
        """,
        after="""
        $ sqlite-batchify migrations/versions
        """,
        page=f"{_ALEMBIC}/tutorial.html#the-migration-environment",
    ),
}
"""For each code of ``findings.CODES``."""
