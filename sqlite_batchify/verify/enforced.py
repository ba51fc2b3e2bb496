"""What is lost where foreign keys are enforced: the same statements once more, with PRAGMA foreign_keys=ON.

A copy drops the old table, and under the PRAGMA that deletes its rows first
(https://sqlite.org/foreignkeys.html#fk_schemacommands).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from .. import findings
from . import errors
from .recorder import Recorder
from .results import LOST, SCRIPT
from .schema import Schema, Table, quote
from .scratch import COMMIT, Statement, replay
from .sql import NAME, read_rename, unquote
from .undone import keys_of

_DESTROYS = re.compile(
    r"\s*(?:(DROP\s+TABLE(?:\s+IF\s+EXISTS)?)|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?|(?:INSERT\s+OR\s+)?REPLACE\s+INTO)"
    rf"\s+{NAME}",
    re.IGNORECASE,
)
_TURNS_OFF = re.compile(r"\s*PRAGMA\s+(?:\w+\.)?foreign_keys\s*[=(]\s*[\"']?(?:off|0|no|false)\b", re.IGNORECASE)


class Destruction(NamedTuple):
    """A statement that takes rows of a table; ``table`` is its name in the end, in lower case."""

    number: int
    table: str
    drops: bool
    line: int


def find_destructions(statements: Sequence[Statement], *schemas: Schema) -> list[Destruction]:
    """The statements that take rows of tables to which keys of these schemas refer."""
    referred = {key.table for schema in schemas for table in schema.tables.values() for key in table.foreign_keys}
    return [each for each in _destructions(statements) if each.table in referred]


def _destructions(statements: Sequence[Statement]) -> list[Destruction]:
    found: list[Destruction] = []
    for number, statement in enumerate(statements):
        match = _DESTROYS.match(statement.sql)
        if match is not None:
            found.append(Destruction(number, unquote(match[2]).lower(), match[1] is not None, statement.line))
            continue
        renamed = read_rename(statement.sql)
        if renamed is not None:
            old, new = map(str.lower, renamed)
            found = [each._replace(table=new) if each.table == old else each for each in found]
    return found


def look_enforced(
    recorder: Recorder,
    plain: Any,
    statements: Sequence[Statement],
    destructions: Sequence[Destruction],
    before: Schema,
    after: Schema,
) -> None:
    """Run these statements on the database of ``recorder``, which is as it was before them, and note what is lost.

    ``plain`` is a connection to the database on which they ran without the PRAGMA.
    """
    raw = recorder.scratch.raw
    raw.silent("PRAGMA foreign_keys=ON")
    failure = replay(raw, list(statements))
    raw.silent("PRAGMA foreign_keys=OFF")
    if failure is not None:
        _note_refused(recorder, [*statements, COMMIT], destructions, *failure, before)
        return
    drops = [each for each in destructions if each.drops]
    for table in after.tables.values():
        if table.foreign_keys:
            _compare_children(recorder, plain, table, drops, statements)


def _note_refused(
    recorder: Recorder,
    statements: Sequence[Statement],
    destructions: Iterable[Destruction],
    number: int,
    error: Exception,
    before: Schema,
) -> None:
    """Note a statement that fails only where foreign keys are enforced.

    That a table cannot be dropped, and so not be copied, is the business of batch mode; what else the keys refuse is
    that of the script. A commit is refused for what was done before it.
    """
    at = [each for each in destructions if each.number == number]
    if statements[number] == COMMIT:
        at = [each for each in destructions if each.number < number][-1:]
    table, line = (at[0].table, at[0].line) if at else ("", statements[number].line)
    kind = LOST if at and at[0].drops else SCRIPT
    children = [each.name for each in before.tables.values() if any(key.table == table for key in each.foreign_keys)]
    kept = bool(children) and recorder.failed.issuperset(map(keys_of, children))
    consequence = kept or errors.is_consequence(error, recorder.failed)
    values = {"error": errors.describe(error)}
    recorder.note(findings.FOREIGN_KEYS_FAIL, kind, line, values, consequence=consequence, foreign_keys=True)


def _compare_children(
    recorder: Recorder, plain: Any, table: Table, drops: Sequence[Destruction], statements: Sequence[Statement]
) -> None:
    """Compare what is left of a table with foreign keys, with the PRAGMA on and off."""
    parents = {key.table for key in table.foreign_keys}
    caused = [each for each in drops if each.table in parents]
    if not caused:
        return  # the script's own DELETE or UPDATE: what the keys say of it is meant
    for key in table.foreign_keys:
        try:
            on, off = (_references(database, table, key.columns) for database in (recorder.scratch.raw, plain))
        except Exception:
            continue  # it could not be made where foreign keys are enforced
        if on == off:
            continue
        values = {"parent": caused[0].table, "table": table.name, "before": f"{off[0]} rows", "after": f"{on[0]} rows"}
        if on[0] == off[0]:
            values |= {"before": f"{off[1]} references", "after": f"{on[1]} references"}
        values["late"] = "".join(_too_late(statements[: caused[0].number]))
        consequence = keys_of(table.name) in recorder.failed
        recorder.note(findings.CHILDREN_LOST, LOST, caused[0].line, values, consequence=consequence, foreign_keys=True)
        return


def _too_late(statements: Sequence[Statement]) -> Iterator[str]:
    """What to say of a PRAGMA that should have prevented it."""
    line = next((each.line for each in reversed(statements) if _TURNS_OFF.match(each.sql)), None)
    if line is not None:
        yield f"; the PRAGMA in line {line} does nothing, as a statement before it has begun a transaction"


def _references(database: Any, table: Table, columns: tuple[str, ...]) -> tuple[int, int]:
    """How many rows a table has, and how many of them refer to a parent."""
    filled = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
    total = database.execute(f"SELECT count(*) FROM {quote(table.name)}").fetchone()[0]
    referring = database.execute(f"SELECT count(*) FROM {quote(table.name)} WHERE {filled}").fetchone()[0]
    return total, referring
