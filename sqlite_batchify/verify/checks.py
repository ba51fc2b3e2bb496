"""What is looked at in a database after a revision has run on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

from .. import findings
from . import errors, rows
from .recorder import Recorder
from .results import FOREIGN, LOST, SCRIPT
from .revisions import Revision
from .schema import Schema, Table, quote
from .scratch import Statement
from .sql import unquote
from .undone import keys_of

_FUNCTION = re.compile(r"\b([a-z_]\w*)\s*\(", re.IGNORECASE)
_DESTROYS = re.compile(
    r"\s*(?:(?P<drop>DROP\s+TABLE(?:\s+IF\s+EXISTS)?)|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?|(?:INSERT\s+OR\s+)?REPLACE\s+INTO)"
    r"""\s+(?P<table>"[^"]+"|`[^`]+`|\[[^\]]+\]|[^\s;("`\[]+)""",
    re.IGNORECASE,
)
Violations = dict[tuple[str, str], int]
Drops = dict[str, tuple[int, int]]

_STRING = re.compile(r"'[^']*(?:''[^']*)*'")


def check_defaults(recorder: Recorder, table: Table, known: Table | None, line: int, driver: ModuleType) -> None:
    """Note defaults that call a function which SQLite does not have: the DDL passes, the first INSERT fails."""
    for column in table.columns:
        before = None if known is None else known.column(column.name)
        if column.default is None or (before is not None and before.default == column.default):
            continue
        called = set(_FUNCTION.findall(_STRING.sub("''", column.default)))
        for name in sorted(name for name in called if name.lower() not in _functions(driver)):
            values = {
                "table": table.name,
                "error": f"the default of {column.name} calls {name}(), which SQLite does not have",
                "hint": "use sa.func.now() or another default that every database has, or set it in the application",
            }
            recorder.note(findings.INSERT_FAILS, FOREIGN, line, values)


@cache
def _functions(driver: ModuleType) -> frozenset[str]:
    """The functions that SQLite has by itself."""
    connection = driver.connect(":memory:")
    try:
        return frozenset(row[0].lower() for row in connection.execute("SELECT name FROM pragma_function_list"))
    finally:
        connection.close()


def check_insert(recorder: Recorder, raw: Any, table: Table, line: int) -> None:
    """Try an INSERT and take it back. A constraint that refuses our values is no failure; anything else is."""
    raw.silent("SAVEPOINT batchify_insert")
    try:
        error = rows.insert(raw, table, rows.ROWS + 50)
    finally:
        raw.silent("ROLLBACK TO batchify_insert")
        raw.silent("RELEASE batchify_insert")
    if error is not None and type(error).__name__ != "IntegrityError":
        values = {"table": table.name, "error": str(error), "hint": "repair the trigger or view that the error names"}
        consequence = errors.is_consequence(error, recorder.failed)
        recorder.note(findings.INSERT_FAILS, LOST, line, values, consequence=consequence)


def count_violations(raw: Any, schema: Schema, revision: Revision) -> Violations:
    """How many rows refer to a row that is not there, by (table, parent), where the revision may touch either
    (https://sqlite.org/pragma.html#pragma_foreign_key_check)."""
    found: Violations = {}
    for name, table in schema.tables.items():
        if table.foreign_keys and any(map(revision.mentions, (name, *(key.table for key in table.foreign_keys)))):
            try:
                rows_found = raw.execute(f"PRAGMA foreign_key_check({quote(name)})").fetchall()
            except Exception:
                continue  # a parent has no such key
            for _, _, parent, _ in rows_found:
                found[name, parent] = found.get((name, parent), 0) + 1
    return found


def check_violations(recorder: Recorder, held: Violations, now: Violations, before: Schema, line: int) -> None:
    """Note keys that held before and are violated now. A new key says nothing: our rows were not made for it."""
    for (name, parent), count in now.items():
        known = before.tables.get(name)
        if known is None or parent.lower() not in {key.table for key in known.foreign_keys}:
            continue
        if count > held.get((name, parent), 0):
            values = {"table": name, "parent": parent}
            consequence = keys_of(name) in recorder.failed
            recorder.note(findings.FOREIGN_KEY_VIOLATED, SCRIPT, line, values, consequence=consequence)


def note_refused(recorder: Recorder, statement: Statement, error: Exception, before: Schema) -> None:
    """Note a statement that fails only where foreign keys are enforced.

    That a table cannot be dropped, and so not be copied, is the business of batch mode; what else the keys refuse is
    that of the script.
    """
    kind = LOST if _dropped(statement.sql) else SCRIPT
    parent = destroyed(statement.sql)
    children = [
        table.name for table in before.tables.values() if any(key.table == parent for key in table.foreign_keys)
    ]
    kept = bool(children) and recorder.failed.issuperset(map(keys_of, children))
    consequence = kept or errors.is_consequence(error, recorder.failed)
    values = {"error": errors.describe(error)}
    recorder.note(findings.FOREIGN_KEYS_FAIL, kind, statement.line, values, consequence=consequence, foreign_keys=True)


def first_drops(statements: Sequence[Statement]) -> Drops:
    """The first statement that drops each table (in lower case): which one it is, and its line."""
    found: Drops = {}
    for number, statement in enumerate(statements):
        found.setdefault(_dropped(statement.sql), (number, statement.line))
    return found


def compare_children(recorder: Recorder, keyed: Any, plain: Any, table: Table, dropped: Drops) -> None:
    """Compare what is left of a table with foreign keys after the same statements, with the PRAGMA on and off."""
    parents = {key.table for key in table.foreign_keys}
    for key in table.foreign_keys:
        try:
            on, off = (_references(database, table, key.columns) for database in (keyed, plain))
        except Exception:
            continue  # the revision dropped or renamed the table or the columns
        if on == off:
            continue
        caused = [(*dropped[parent], parent) for parent in parents if parent in dropped]
        if not caused:
            return  # the script's own DELETE or UPDATE: what the keys say of it is meant
        _, line, parent = min(caused)
        values = {"parent": parent, "table": table.name, "before": f"{off[0]} rows", "after": f"{on[0]} rows"}
        if on[0] == off[0]:
            values |= {"before": f"{off[1]} references", "after": f"{on[1]} references"}
        consequence = keys_of(table.name) in recorder.failed
        recorder.note(findings.CHILDREN_LOST, LOST, line, values, consequence=consequence, foreign_keys=True)
        return


def _references(database: Any, table: Table, columns: tuple[str, ...]) -> tuple[int, int]:
    """How many rows a table has, and how many of them refer to a parent."""
    filled = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
    total = database.execute(f"SELECT count(*) FROM {quote(table.name)}").fetchone()[0]
    referring = database.execute(f"SELECT count(*) FROM {quote(table.name)} WHERE {filled}").fetchone()[0]
    return total, referring


def destroyed(sql: str) -> str:
    """The table (in lower case) whose rows a statement drops, deletes or replaces, ``""`` if it does none of these."""
    match = _DESTROYS.match(sql)
    return "" if match is None else unquote(match["table"]).lower()


def _dropped(sql: str) -> str:
    """The table (in lower case) that a statement drops, ``""`` if none."""
    match = _DESTROYS.match(sql)
    return destroyed(sql) if match is not None and match["drop"] else ""


def check_parents(recorder: Recorder, before: Schema, after: Schema, line: int) -> None:
    """Note foreign keys whose parent table is gone: the next INSERT fails where foreign keys are enforced.

    ALTER TABLE ... RENAME rewrites the keys of the children, so that they may refer to a table that is dropped then.
    """
    there, was_there = ({name.lower() for name in (*schema.tables, *schema.virtual)} for schema in (after, before))
    for name, table in after.tables.items():
        known = before.tables.get(name)
        for key in table.foreign_keys:
            if key.table in there or known is None:
                continue
            parents = {each.table for each in known.foreign_keys if each.columns == key.columns}
            if parents & was_there:
                values = {"table": name, "columns": ", ".join(key.columns), "parent": key.table}
                consequence = not recorder.failed.isdisjoint((key.table, keys_of(name)))
                recorder.note(findings.PARENT_GONE, LOST, line, values, consequence=consequence)
