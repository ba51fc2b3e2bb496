"""What the rewriter finds in a script: what it would do, and what it leaves alone."""

from __future__ import annotations

from . import pages
from .code import ERROR, WARNING, Code, Explanation

NEEDS_BLOCKS = Code(
    "SB001",
    "needs-blocks",
    ERROR,
    "to be rewritten for SQLite: {detail}",
    "run sqlite-batchify {hint}",
    Explanation(
        why="""
        The script has operations that SQLite cannot do outside of a batch_alter_table block. In a block Alembic copies
        the table into a new one that has the change; other databases get the same ALTERs as without it. Or it has
        blocks already, and constraints in them that have no name, at least on SQLite. This code stands only in what
        --format json, github and sarif report under --check or --diff, once for each script that would be rewritten.
        Run sqlite-batchify without these two, and it writes the blocks and the names.
        """,
        before="""
        op.alter_column("account", "age", type_=sa.BigInteger())
        """,
        after="""
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", type_=sa.BigInteger())
        """,
        page=pages.BATCH,
    ),
)
NAMELESS = Code(
    "SB101",
    "nameless-constraint",
    ERROR,
    "{detail} has no name, and batch mode refuses it (Constraint must have a name); none can be worked out: {hint}",
    "give it the name that it has on your other databases",
    Explanation(
        why="""
        Batch mode finds constraints by their names, and refuses to create or drop one that has none (Constraint must
        have a name). Otherwise the program takes the name of the project's naming convention, or that which PostgreSQL
        would choose; here the script does not tell the table, the columns or which constraint is meant. Write the name
        that it has on your other databases. This may be ignored if the project's metadata has a naming convention, from
        which Alembic fills the name in.
        """,
        before="""
        for table in sa.inspect(op.get_bind()).get_table_names():
            op.create_unique_constraint(None, table, ["number"])
        """,
        after="""
        for table in sa.inspect(op.get_bind()).get_table_names():
            name = f"{table}_number_key"
            op.create_unique_constraint(name, table, ["number"])
        """,
        page=f"{pages.BATCH}#dealing-with-constraints",
    ),
)
EXPRESSION = Code(
    "SB102",
    "operation-in-expression",
    ERROR,
    "{detail} is part of an expression, so it was left alone",
    "write it as a statement of its own",
    Explanation(
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
        page=pages.BLOCK,
    ),
)
STAR_ARGUMENTS = Code(
    "SB103",
    "star-arguments",
    ERROR,
    "{detail}: with star-arguments the table cannot be told, so it was left alone",
    "write the arguments out, or write the batch_alter_table block by hand",
    Explanation(
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
        page=pages.BLOCK,
    ),
)
ARGUMENTS = Code(
    "SB104",
    "arguments",
    ERROR,
    "the arguments are not those that Alembic takes: {detail}",
    "correct the call; the current Alembic raises a TypeError on every database",
    Explanation(
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
        page=f"{pages.OPERATIONS}.Operations.drop_constraint",
    ),
)
REFUSED_KEYWORD = Code(
    "SB105",
    "keyword-refused-by-batch-mode",
    ERROR,
    "{detail} cannot be done in a batch_alter_table block, and SQLite cannot do it without one",
    "look with sa.inspect(op.get_bind()) whether it is there, and leave the keyword out",
    Explanation(
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
        page=f"{pages.OPERATIONS}.BatchOperations.drop_constraint",
    ),
)
NO_COUNTERPART = Code(
    "SB106",
    "no-counterpart",
    ERROR,
    "{detail}",
    'guard it: if op.get_context().dialect.name == "postgresql":',
    Explanation(
        why="""
        SQLite has nothing like this operation, with or without a block: an EXCLUDE constraint exists on PostgreSQL
        only. Let it run there only, and see to it in the application that SQLite can do without. A guard as below is
        understood, and what it guards is not reported any more.
        """,
        before="""
        op.create_exclude_constraint("no_overlap", "booking", ("during", "&&"))
        """,
        after="""
        if op.get_context().dialect.name == "postgresql":
            op.create_exclude_constraint("no_overlap", "booking", ("during", "&&"))
        """,
        page=f"{pages.OPERATIONS}.Operations.create_exclude_constraint",
    ),
)
PLUGIN = Code(
    "SB107",
    "plugin-operation",
    WARNING,
    "{detail} is not one of Alembic's own operations, so it was left alone",
    "see to it that it runs on SQLite, or guard it with the dialect's name",
    Explanation(
        why="""
        This is not one of Alembic's own operations: a plug-in or the project has registered it, and what it sends to
        the database cannot be told from the script. So it stays where it is, and no block reaches across it. If it runs
        on SQLite, ignore this; if not, guard it or write it in another way. ``--portable`` guards those that plug-ins
        have for functions, triggers and enums of PostgreSQL (``op.create_entity``, ``op.sync_enum_values``).
        """,
        before="""
        op.create_view("adult", "SELECT id FROM account WHERE age > 17")
        """,
        after="""
        op.execute("CREATE VIEW adult AS SELECT id FROM account WHERE age > 17")
        """,
        page=f"{pages.ALEMBIC}/api/operations.html#operation-plugins",
    ),
)
RAW_SQL = Code(
    "SB108",
    "raw-sql-alter",
    ERROR,
    "raw SQL that SQLite does not take: {detail}",
    "write it as {hint}, or guard it with the dialect's name",
    Explanation(
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
        page=f"{pages.SQLITE}/lang_altertable.html",
    ),
)
SHADOWED = Code(
    "SB109",
    "op-has-another-meaning",
    ERROR,
    "{detail}: this name is not known to be Alembic's op here, so it was left alone",
    "use the op of: from alembic import op, or write the batch_alter_table block by hand",
    Explanation(
        why="""
        The call looks like an operation, but its name need not be Alembic's op here: it is a parameter, it comes from
        another module, or something else was assigned to it. So it was left alone, and fails on SQLite if it is
        Alembic's after all. Import op from alembic in the script itself, or write the block by hand. This may be
        ignored if the object is not Alembic's.
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
        page=f"{pages.ALEMBIC}/ops.html",
    ),
)
UNKNOWN_CONSTRAINT = Code(
    "SB110",
    "unknown-constraint",
    ERROR,
    "SQLite will not find {detail}",
    "give it this name where it is created, or to the nameless one that is meant by {hint} on the batch_alter_table "
    "block",
    Explanation(
        why="""
        A name that another database makes up for a constraint does not exist on SQLite, where a constraint without a
        name stays without one. The program finds out which is meant if the name is one that PostgreSQL or MySQL would
        choose and only one constraint fits it. Here none does, or it has another name on SQLite. Name the constraint
        where it is created, give the block a naming convention by which it is found, or drop it on SQLite by the name
        that it has there.
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
        op.drop_constraint("transfer_ibfk_1", "transfer", type_="foreignkey")
        """,
        after="""
        mysql = op.get_context().dialect.name == "mysql"
        name = "transfer_ibfk_1" if mysql else "fk_payer"
        with op.batch_alter_table("transfer") as batch_op:
            batch_op.drop_constraint(name, type_="foreignkey")
        """,
        page=f"{pages.BATCH}#dropping-unnamed-or-named-foreign-key-constraints",
    ),
)
LEFT_BEHIND_BY_COLUMN = Code(
    "SB111",
    "used-by-dropped-column",
    ERROR,
    "{detail}, which other databases drop with it; on SQLite the copy of the table fails",
    "add {hint}",
    Explanation(
        why="""
        Other databases drop the indexes and constraints on a column together with it. On SQLite the block copies the
        table without the column and then tries to make them again, which fails with: no such column. The program drops
        them first, on SQLite only, in blocks of its own making where the history shows that they are there, also when
        the upgrade runs again. Else drop them yourself. The CHECK of a Boolean or an Enum goes along if the drop says
        existing_type with its name, which the program writes where it can; PostgreSQL may have no such CHECK to drop.
        """,
        given="""
        op.create_check_constraint("ck_age", "account", "age > 0")
        """,
        before="""
        op.drop_column("account", "age")
        """,
        after="""
        op.drop_constraint("ck_age", "account", type_="check")
        op.drop_column("account", "age")
        """,
        page=f"{pages.BATCH}#including-check-constraints",
    ),
)
