"""The findings: a place, a stable code, a message and a remedy. A code never changes its meaning."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"


class Code(NamedTuple):
    """One kind of finding. ``message`` and ``remedy`` may hold ``{detail}`` and ``{hint}``.

    An ``error`` fails on SQLite (or could not be looked at); a ``warning`` may.
    """

    code: str
    name: str
    severity: str
    message: str
    remedy: str


class Finding(NamedTuple):
    """One finding. ``line`` and ``column`` count from 1; 0 where the whole file is meant."""

    code: Code
    path: str
    line: int
    column: int
    detail: str
    hint: str = ""

    @property
    def message(self) -> str:
        return self.code.message.format(detail=self.detail, hint=self.hint)

    @property
    def remedy(self) -> str:
        return self.code.remedy.format(detail=self.detail, hint=self.hint)


NEEDS_BLOCKS = Code(
    "SB001",
    "needs-blocks",
    ERROR,
    "{detail} in need of a batch_alter_table block on SQLite",
    "run sqlite-batchify {hint}",
)
NAMELESS = Code(
    "SB101",
    "nameless-constraint",
    ERROR,
    "{detail} has no name, and batch mode refuses it (Constraint must have a name); none can be worked out: {hint}",
    "give it the name that it has on your other databases",
)
EXPRESSION = Code(
    "SB102",
    "operation-in-expression",
    ERROR,
    "{detail} is part of an expression, so it was left alone",
    "write it as a statement of its own",
)
STAR_ARGUMENTS = Code(
    "SB103",
    "star-arguments",
    ERROR,
    "{detail}: with star-arguments the table cannot be told, so it was left alone",
    "write the arguments out, or write the batch_alter_table block by hand",
)
ARGUMENTS = Code(
    "SB104",
    "arguments",
    ERROR,
    "the arguments are not those that Alembic takes: {detail}",
    "correct the call; the current Alembic raises a TypeError on every database",
)
REFUSED_KEYWORD = Code(
    "SB105",
    "keyword-refused-by-batch-mode",
    ERROR,
    "{detail} cannot be done in a batch_alter_table block, and SQLite cannot do it without one",
    "look with sa.inspect(op.get_bind()) whether it is there, and leave the keyword out",
)
NO_COUNTERPART = Code(
    "SB106",
    "no-counterpart",
    ERROR,
    "{detail}",
    'guard it: if op.get_bind().dialect.name == "postgresql":',
)
PLUGIN = Code(
    "SB107",
    "plugin-operation",
    WARNING,
    "{detail} is not one of Alembic's own operations, so it was left alone",
    "see to it that it runs on SQLite, or guard it with the dialect's name",
)
RAW_SQL = Code(
    "SB108",
    "raw-sql-alter",
    ERROR,
    "raw SQL that SQLite does not take: {detail}",
    "write it as {hint}, or guard it with the dialect's name",
)
SHADOWED = Code(
    "SB109",
    "op-has-another-meaning",
    WARNING,
    "{detail}: this name is not known to be Alembic's op here, so it was left alone",
    "use the op that the script imports, or write the batch_alter_table block by hand",
)
UNKNOWN_CONSTRAINT = Code(
    "SB110",
    "unknown-constraint",
    ERROR,
    "SQLite will not find {detail}",
    "give it this name where it is created, or to the nameless one that is meant by naming_convention={{...}} on the "
    "batch_alter_table block",
)
LEFT_BEHIND_BY_COLUMN = Code(
    "SB111",
    "used-by-dropped-column",
    ERROR,
    "{detail}, which other databases drop with it; on SQLite the copy of the table fails",
    "add above it: {hint}",
)
UNUSED_IGNORE = Code(
    "SB112",
    "unused-ignore",
    WARNING,
    "{detail} silences nothing",
    "remove the comment",
)
UNKNOWN_COMMENT = Code(
    "SB113",
    "unknown-comment",
    WARNING,
    "the comment means nothing: {detail}",
    "write # sqlite-batchify: skip, or # sqlite-batchify: ignore[CODE], on or above a statement",
)
UNSTABLE = Code(
    "SB201",
    "self-check-failed",
    ERROR,
    "the rewritten script did not pass the self-check ({detail}), so the file was left as it was",
    "please report this with the script: it is a defect of sqlite-batchify",
)
INTERNAL = Code(
    "SB202",
    "internal-error",
    ERROR,
    "a defect of sqlite-batchify: {detail}",
    "please report this with the script and with what --traceback shows",
)
UNREADABLE = Code("SB901", "unreadable", ERROR, "cannot be read: {detail}", "check the path and its permissions")
UNDECODABLE = Code(
    "SB902",
    "undecodable",
    ERROR,
    "cannot be decoded: {detail}",
    "save it as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-",
)
UNPARSABLE = Code("SB903", "unparsable", ERROR, "cannot be parsed: {detail}", "correct the syntax")
CONFLICT = Code(
    "SB904", "merge-conflict", ERROR, "holds the marker of a merge conflict: {detail}", "resolve the conflict first"
)
UNWRITABLE = Code("SB905", "unwritable", ERROR, "cannot be written: {detail}", "check the permissions of the file")
NO_SCRIPTS = Code(
    "SB906",
    "no-scripts",
    ERROR,
    "no revision script below this folder",
    "name the folder that Alembic's version_locations names",
)

# What verify finds. ``{name}`` stands for a value of the problem.

ALTER_FAILS = Code(
    "SB301",
    "alter-fails",
    ERROR,
    "{operation} fails on SQLite: {error}",
    "rewrite the script: sqlite-batchify {path}",
)
BATCH_FAILS = Code(
    "SB302",
    "batch-fails",
    ERROR,
    "the batch_alter_table block on {table} fails: {error}",
    "{hint}",
)
FOREIGN_FAILS = Code(
    "SB303",
    "foreign-statement",
    ERROR,
    "SQLite does not take this: {error}",
    'guard what is meant for another database: if op.get_bind().dialect.name == "postgresql":',
)
SCRIPT_FAILS = Code(
    "SB304",
    "script-fails",
    ERROR,
    "the script itself fails: {error}",
    "{hint}",
)
ROWS_LOST = Code(
    "SB401",
    "rows-lost",
    ERROR,
    "the copy of {table} has {after} of {before} rows",
    "leave the PRAGMA, trigger or conflict clause that drops them out of the migration",
)
VALUES_CHANGED = Code(
    "SB402",
    "values-changed",
    ERROR,
    "the copy of {table} turned {column} from {before} into {after}: batch mode copies a new type through CAST",
    'convert the values first: op.execute("UPDATE {table} SET {column} = ..."), or add a new column and fill it',
)
CHILDREN_LOST = Code(
    "SB403",
    "children-lost",
    ERROR,
    "with PRAGMA foreign_keys=ON the change of {parent} takes rows or values from {table}: {after} instead of {before}",
    "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")',
)
FOREIGN_KEYS_FAIL = Code(
    "SB404",
    "foreign-keys-on-fails",
    ERROR,
    "with PRAGMA foreign_keys=ON this fails: {error}",
    "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
    'connection.exec_driver_sql("PRAGMA foreign_keys=OFF")',
)
PARENT_GONE = Code(
    "SB405",
    "foreign-key-to-nothing",
    ERROR,
    "the foreign key ({columns}) of {table} refers to the table {parent}, which is not there any more",
    "drop the foreign key before the table; to replace a table, rename the new one to its name, not the old one away",
)
FOREIGN_KEY_VIOLATED = Code(
    "SB406",
    "foreign-key-violated",
    WARNING,
    "rows of {table} refer to rows of {parent} that are not there any more",
    "delete or update the referring rows first; another database would refuse this, or cascade",
)
TRIGGER_LOST = Code(
    "SB411",
    "trigger-lost",
    ERROR,
    "the copy of {table} lost the trigger {trigger}",
    'create it again after the block: op.execute("""{text}""")',
)
AUTOINCREMENT_LOST = Code(
    "SB413",
    "autoincrement-lost",
    ERROR,
    "the copy of {table} lost AUTOINCREMENT",
    'op.batch_alter_table("{table}", table_kwargs={{"sqlite_autoincrement": True}})',
)
CHECK_LOST = Code(
    "SB414",
    "check-lost",
    ERROR,
    "the copy of {table} lost CHECK ({text})",
    'op.batch_alter_table("{table}", table_args=(sa.CheckConstraint({literal}),))',
)
COLLATION_LOST = Code(
    "SB415",
    "collation-lost",
    ERROR,
    "the copy of {table} lost COLLATE {collation} of {column}",
    'op.batch_alter_table("{table}", reflect_args=[{definition}])',
)
INDEX_LOST = Code(
    "SB416",
    "index-lost",
    ERROR,
    "the copy of {table} lost the index {index}",
    'create it again after the block: op.execute("""{text}""")',
)
EXPRESSION_INDEX_LOST = Code(
    "SB417",
    "expression-index-lost",
    ERROR,
    "the copy of {table} lost the index {index} on an expression",
    'create it again after the block: op.execute("""{text}""")',
)
INDEX_CHANGED = Code(
    "SB418",
    "index-changed",
    ERROR,
    "the copy of {table} lost {what} of the index {index}",
    'after the block: op.drop_index("{index}", "{table}") and op.execute("""{text}""")',
)
UNIQUE_LOST = Code(
    "SB419",
    "unique-lost",
    ERROR,
    "the copy of {table} lost UNIQUE ({columns})",
    'op.batch_alter_table("{table}", table_args=(sa.UniqueConstraint(...),))',
)
ON_CONFLICT_LOST = Code(
    "SB420",
    "on-conflict-lost",
    ERROR,
    "the copy of {table} lost ON CONFLICT {action} of UNIQUE ({columns})",
    'op.batch_alter_table("{table}", copy_from=sa.Table("{table}", sa.MetaData(), ..., '
    'sa.UniqueConstraint(..., sqlite_on_conflict="{action}")))',
)
FOREIGN_KEY_LOST = Code(
    "SB421",
    "foreign-key-lost",
    ERROR,
    "the copy of {table} lost the foreign key ({columns}) to {referred}",
    'op.batch_alter_table("{table}", table_args=(sa.ForeignKeyConstraint(...),))',
)
ACTION_LOST = Code(
    "SB422",
    "foreign-key-action-lost",
    ERROR,
    "the copy of {table} lost {action} of the foreign key ({columns}) to {referred}",
    "drop the constraint and create it again in the block, with its action",
)
OPTION_LOST = Code(
    "SB423",
    "table-option-lost",
    ERROR,
    "the copy of {table} is not {what} any more",
    'op.batch_alter_table("{table}", table_kwargs={{"{option}": ...}})',
)
NOT_THERE = Code(
    "SB431",
    "asked-but-not-there",
    ERROR,
    "nothing failed, but {table} has no {what}",
    "divide the block: what follows on a rename belongs in a block of its own",
)
PARTIAL_UNIQUE = Code(
    "SB432",
    "partial-unique-index-became-full",
    ERROR,
    "postgresql_where is ignored on SQLite, so the unique index {index} of {table} covers all rows there",
    "give the same condition as sqlite_where=",
)
LEFT_BEHIND = Code(
    "SB433",
    "temporary-table-left-behind",
    ERROR,
    "the failed block leaves {leftover} behind, and the next attempt fails with: table already exists",
    'op.execute("DROP TABLE IF EXISTS {leftover}") before the block',
)
INSERT_FAILS = Code(
    "SB434",
    "insert-fails",
    ERROR,
    "an INSERT into {table} fails afterwards: {error}",
    "{hint}",
)
ROUND_TRIP = Code(
    "SB441",
    "round-trip",
    WARNING,
    "the downgrade does not lead back to the schema of before: {differences}",
    "let downgrade() undo what upgrade() does",
)

CODES = {code.code: code for code in tuple(globals().values()) if isinstance(code, Code)}
BROKEN = frozenset({INTERNAL, UNREADABLE, UNDECODABLE, UNPARSABLE, CONFLICT, UNWRITABLE, NO_SCRIPTS})
"""What means that a file could not be looked at or written: exit status 2."""
UNDONE = BROKEN | {UNSTABLE}
"""What means that a file is neither rewritten nor known to be right."""


_LONGEST = 200


def internal_error(path: str, error: Exception) -> Finding:
    """The finding for a script at which the program itself failed; its ``hint`` is the traceback."""
    from traceback import format_exception, format_exception_only

    told = " ".join("".join(format_exception_only(error)).split())
    told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."
    return Finding(INTERNAL, path, 0, 0, told, "".join(format_exception(error)))


def nearest_code(code: str) -> str:
    """``; did you mean CODE?`` if one is near."""
    from difflib import get_close_matches

    close = get_close_matches(code.upper(), CODES, 1)
    return f"; did you mean {close[0]}?" if close else ""
