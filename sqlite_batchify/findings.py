"""The findings: a place, a stable code, a message and a remedy. A code never changes its meaning."""

from __future__ import annotations

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Code:
    """One kind of finding. ``message`` and ``remedy`` may hold ``{detail}``.

    An ``error`` fails on SQLite (or could not be looked at); a ``warning`` may.
    """

    code: str
    name: str
    severity: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """One finding. ``line`` and ``column`` count from 1; 0 where the whole file is meant."""

    code: Code
    path: str
    line: int
    column: int
    detail: str

    @property
    def message(self) -> str:
        return self.code.message.format(detail=self.detail)

    @property
    def remedy(self) -> str:
        return self.code.remedy.format(detail=self.detail)


NAMELESS = Code(
    "SB101",
    "nameless-constraint",
    ERROR,
    "{detail} has no name, and batch mode refuses it: Constraint must have a name",
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
    "write it as an operation (op.alter_column, op.create_foreign_key, ...), or guard it with the dialect's name",
)
SHADOWED = Code(
    "SB109",
    "op-has-another-meaning",
    WARNING,
    "{detail}: this name is not known to be Alembic's op here, so it was left alone",
    "use the op that the script imports, or write the batch_alter_table block by hand",
)
UNSTABLE = Code(
    "SB201",
    "self-check-failed",
    ERROR,
    "the rewritten script did not pass the self-check ({detail}), so the file was left as it was",
    "please report this with the script: it is a defect of sqlite-batchify",
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

CODES = {
    code.code: code
    for code in (
        *(NAMELESS, EXPRESSION, STAR_ARGUMENTS, ARGUMENTS, REFUSED_KEYWORD, NO_COUNTERPART, PLUGIN, RAW_SQL, SHADOWED),
        *(UNSTABLE, UNREADABLE, UNDECODABLE, UNPARSABLE, CONFLICT, UNWRITABLE, NO_SCRIPTS),
    )
}
BROKEN = frozenset({UNREADABLE, UNDECODABLE, UNPARSABLE, CONFLICT, UNWRITABLE, NO_SCRIPTS})
"""What means that a file could not be looked at or written: exit status 2."""
