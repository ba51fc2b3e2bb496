"""Rows that do not fit what a block or an operation asks of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..planning.edits import IN_ENV, Edit, Remedy
from ..reading.syntax import in_quotes
from .failure import Cause, Failure
from .queues import kind_of
from .schema import Column
from .sql import word
from .written import write_with_default

_FAILED = re.compile(r"(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?$")
_NO_DEFAULT = re.compile(r"Cannot add a NOT NULL column with default value NULL")
_NUMBERS = re.compile(r"INT|REAL|FLOA|DOUB|NUM|DEC|BOOL", re.IGNORECASE)
_OFF = "PRAGMA foreign_keys=OFF"
_EVERYWHERE = "as every database needs it here"


def of_rows(failure: Failure) -> Cause:
    """Rows that are alike, have NULL, do not fulfil a CHECK, or refer to nothing."""
    if _NO_DEFAULT.search(failure.text):
        column = next((args[1] for kind, args, _ in failure.queue if kind == "add_column" and _bare(args[1])), None)
        return {} if column is None else _without_default(failure, column)
    found = _FAILED.search(failure.text)
    if found is None or failure.known is None:
        return {}
    if found[1] == "CHECK":
        return _check(failure, found[2] or "")
    if found[1] == "FOREIGN KEY":
        return _key(failure)
    columns = [each.rpartition(".")[2] for each in (found[2] or "").split(", ")]
    old = {str(keywords["name"]): str(args[1]) for kind, args, keywords in failure.queue if keywords.get("name")}
    columns = [old.get(column, column) for column in columns]
    return _alike(failure, columns) if found[1] == "UNIQUE" else _null(failure, columns[0])


def _bare(column: object) -> bool:
    return not getattr(column, "nullable", True) and getattr(column, "server_default", None) is None


def _added(failure: Failure) -> dict[str, Any]:
    return {str(args[1].name): args[1] for kind, args, _ in failure.queue if kind == "add_column"}


def _without_default(failure: Failure, column: Any) -> Cause:
    filled = "add it nullable, fill it, and make it NOT NULL then"
    given = f"give {column.name} a server_default, {_EVERYWHERE}: {write_with_default(column)}; or {filled}"
    needs_values = column.foreign_keys or column.unique or column.primary_key
    who, table = failure.who, failure.table
    return {
        "error": f"{who} adds {column.name}, which is NOT NULL and has no default, and {table} has rows",
        "hint": filled if needs_values else given,
    }


def _alike(failure: Failure, columns: Sequence[str]) -> Cause:
    named, table = ", ".join(columns), word(failure.table)
    new = [column for column in columns if column in _added(failure)]
    if new:
        return {
            "error": f"it adds {', '.join(new)}, and all rows of {failure.table} get the same value, so that they are "
            f"alike in {named}, which is to be unique",
            "hint": f"add {', '.join(new)} first, fill it, and make it unique then",
        }
    listed = ", ".join(map(word, columns))
    key = [column for column in failure.known.columns if column.key] if failure.known else []
    hint = f"make the values of {named} different before"
    if len(key) == 1 and key[0].name not in columns:
        own = word(key[0].name)
        kept = f"SELECT kept FROM (SELECT min({own}) AS kept FROM {table} GROUP BY {listed}) AS firsts"
        code = in_quotes(f"DELETE FROM {table} WHERE {own} NOT IN ({kept})", '"')
        hint += f", or delete all but the first of them if they are not needed, {_place(failure)}: op.execute({code})"
    return {"error": f"rows of {failure.table} are alike in {named}, which is to be unique", "hint": hint}


def _null(failure: Failure, column: str) -> Cause:
    added = _added(failure)
    if column in added:
        return _without_default(failure, added[column])
    known = failure.known.column(column) if failure.known else None
    update = f"UPDATE {word(failure.table)} SET {word(column)} = {_value(known)} WHERE {word(column)} IS NULL"
    return {
        "error": f"rows of {failure.table} have NULL in {column}, which is to be NOT NULL",
        "hint": f"give these rows a value first, {_place(failure)}: op.execute({in_quotes(update, chr(34))})",
    }


def _value(column: Column | None) -> str:
    if column is None or column.type == "":
        return "''"
    if _NUMBERS.search(column.type):
        return "0"
    if column.type.upper().startswith("DATE") or column.type.upper().startswith("TIMESTAMP"):
        return "CURRENT_TIMESTAMP" if "TIME" in column.type.upper() else "CURRENT_DATE"
    return "''"


def _check(failure: Failure, name: str) -> Cause:
    made = next(
        (
            str(args[0].sqltext)
            for kind, args, _ in failure.queue
            if kind == "add_constraint" and kind_of(args[0]) == "check" and str(args[0].name) == name
        ),
        None,
    )
    known = failure.known.constraints if failure.known else ()
    there = next((each.written for each in known if each.kind == "check" and each.name == name), None)
    text = made or there or name
    named = f"{name} ({text})" if text != name else name
    return {
        "error": f"rows of {failure.table} do not fulfil the CHECK {named}",
        "hint": f"change these rows before: those of {failure.table} WHERE NOT ({text})"
        if text != name
        else "change these rows before",
    }


def _key(failure: Failure) -> Cause:
    for kind, args, _ in failure.queue:
        if kind == "add_constraint" and kind_of(args[0]) == "foreign key":
            key = args[0]
            parent, referred = str(key.elements[0].target_fullname).rsplit(".", 1)
            column = str(key.column_keys[0])
            lost = f"{word(column)} NOT IN (SELECT {word(referred)} FROM {word(parent)})"
            if len(key.elements) == 1 and _any(failure, f"SELECT 1 FROM {word(failure.table)} WHERE {lost}"):
                code = in_quotes(f"UPDATE {word(failure.table)} SET {word(column)} = NULL WHERE {lost}", '"')
                return {
                    "error": f"rows of {failure.table} refer by {column} to rows of {parent} that are not there",
                    "hint": f"let them refer to nothing first, {_place(failure)}: op.execute({code})",
                }
    children = sorted(
        name
        for name, table in failure.schema.tables.items()
        if any(key.table == failure.table.lower() for key in table.foreign_keys)
    )
    if not children:
        return {}
    return {
        "error": f"rows of {', '.join(children)} refer to {failure.table}, which the copy drops while PRAGMA "
        "foreign_keys is ON",
        "hint": Remedy(
            "turn the PRAGMA off in env.py, between context.configure and context.begin_transaction: "
            f'connection.exec_driver_sql("{_OFF}")',
            Edit(IN_ENV),
        ),
    }


def _place(failure: Failure) -> str:
    return f"{_EVERYWHERE}; before {'the block' if failure.is_block else 'it'}"


def _any(failure: Failure, query: str) -> bool:
    try:
        return failure.ask(f"{query} LIMIT 1").fetchone() is not None
    except Exception:
        return False
