"""What is looked at in a database after a revision has run on it."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from .. import findings
from ..names import FOREIGN_KEY, POSTGRESQL_CONVENTION, Shape, postgresql_name
from . import errors, rows
from .foreign import of_default
from .recorder import Recorder
from .results import FOREIGN, LOST, SCRIPT
from .revisions import Revision
from .schema import ForeignKey, Schema, Table, quote
from .scratch import functions_of
from .sql import word
from .undone import keys_of
from .written import write_execute, write_string

_FUNCTION = re.compile(r"\b([a-z_]\w*)\s*\(", re.IGNORECASE)
Violations = dict[tuple[str, str], int]

_STRING = re.compile(r"'[^']*(?:''[^']*)*'")


def check_defaults(recorder: Recorder, table: Table, known: Table | None, line: int, driver: ModuleType) -> None:
    """Note defaults that call a function which SQLite does not have: the DDL passes, the first INSERT fails."""
    for column in table.columns:
        before = None if known is None else known.column(column.name)
        if column.default is None or (before is not None and before.default == column.default):
            continue
        called = set(_FUNCTION.findall(_STRING.sub("''", column.default)))
        for name in sorted(name for name in called if name.lower() not in functions_of(driver)):
            values = {
                "what": f"{name}(), which the default of {table.name}.{column.name} calls: the first INSERT fails",
                "hint": f"{of_default(column.name, column.default)}; or set it in the application",
            }
            recorder.note(findings.FOREIGN_TYPE, FOREIGN, line, values)


def check_insert(recorder: Recorder, raw: Any, table: Table, line: int) -> None:
    """Try an INSERT and take it back. A constraint that refuses our values is no failure; anything else is."""
    raw.silent("SAVEPOINT batchify_insert")
    try:
        error = rows.insert(raw, table, rows.ROWS + 50)
    finally:
        raw.silent("ROLLBACK TO batchify_insert")
        raw.silent("RELEASE batchify_insert")
    if error is not None and type(error).__name__ != "IntegrityError":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
        triggers = " or ".join(name for (name,) in raw.execute(query, (table.name,)))
        hint = f"repair the trigger {triggers}" if triggers else "repair the view or the default that the error names"
        values = {"table": table.name, "error": str(error), "hint": f"{hint}, or make first what it needs"}
        consequence = errors.is_consequence(error, recorder.failed)
        recorder.note(findings.INSERT_FAILS, LOST, line, values, consequence=consequence)


def _drop_key(table: Table, key: ForeignKey) -> str:
    name = key.name or postgresql_name(Shape(FOREIGN_KEY, None, table.name, key.columns))
    convention = "" if key.name else f', naming_convention={{"fk": {write_string(POSTGRESQL_CONVENTION[FOREIGN_KEY])}}}'
    return (
        f"drop the foreign key before the table {key.table}: "
        f"with op.batch_alter_table({write_string(table.name)}{convention}) as batch_op: "
        f'batch_op.drop_constraint({write_string(name)}, type_="foreignkey")'
    )


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


def check_violations(
    recorder: Recorder, held: Violations, now: Violations, before: Schema, schema: Schema, line: int
) -> None:
    """Note keys that held before and are violated now. A new key says nothing: our rows were not made for it."""
    for (name, parent), count in now.items():
        known = before.tables.get(name)
        if known is None or parent.lower() not in {key.table for key in known.foreign_keys}:
            continue
        if count > held.get((name, parent), 0):
            keys = [key for key in schema.tables[name].foreign_keys if key.table == parent.lower()]
            again = write_execute(*(_without_parent(schema.tables[name], key, parent) for key in keys))
            values = {"table": name, "parent": parent, "direction": f"{recorder.direction}()", "again": again}
            consequence = keys_of(name) in recorder.failed
            recorder.note(findings.FOREIGN_KEY_VIOLATED, SCRIPT, line, values, consequence=consequence)


def _without_parent(table: Table, key: ForeignKey, parent: str) -> str:
    """What ends the rows that refer to nothing, as the foreign key would have done."""
    columns = [word(column) for column in key.columns]
    referred = [word(target.rpartition(".")[2]) for target in key.target]
    pairs = (f"parent.{there} = {word(table.name)}.{here}" for here, there in zip(columns, referred, strict=True))
    lost = f"NOT EXISTS (SELECT 1 FROM {word(parent)} AS parent WHERE {' AND '.join(pairs)})"
    where = f"{' AND '.join(f'{column} IS NOT NULL' for column in columns)} AND {lost}"
    known = [table.column(column) for column in key.columns]
    if key.on_delete == "CASCADE" or any(column is None or column.not_null or column.key for column in known):
        return f"DELETE FROM {word(table.name)} WHERE {where}"
    return f"UPDATE {word(table.name)} SET {', '.join(f'{column} = NULL' for column in columns)} WHERE {where}"


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
                if key.table in was_there:
                    values["hint"] = _drop_key(table, key)
                consequence = not recorder.failed.isdisjoint((key.table, keys_of(name)))
                recorder.note(findings.PARENT_GONE, LOST, line, values, consequence=consequence)
