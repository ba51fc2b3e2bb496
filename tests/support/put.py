"""Rows as applications leave them: values of every kind, also such as a change of type cannot read.

The kind of what a text column holds is told by its name, up to the first "_": ``price_2`` holds prices. A column whose
name ends in ``_n`` holds NULL in one row.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

from .looks import Look, Table, look, quote

_DOCUMENTS = ('{"dark": true, "a:b": [1, ":c"]}', '"x:y"', "[]", "null")
_TEXTS: dict[str, tuple[Any, ...]] = {
    "born": ("2026-03-17 09:12:44.000000", "2026-03-18T10:00:00+00:00", "17.3.2026", "2026-03-20 00:00:00"),
    "due": ("2026-03-17", "2026-02-01", "n/a", "1999-12-31"),
    "hour": ("09:12:44.000000", "23:59", "noon", "00:00:00"),
    "price": ("3.25", "3,25", "12", "-0.10"),
    "amount": ("12", "n/a", "9007199254740993", "-7"),
    "flag": ("1", "0", "true", "no"),
    "doc": _DOCUMENTS,
    "token": (
        "12345678123456781234567812345678",
        "0b6fbb2a61e94f0fa1a6cbb18b6b1a01",
        "0b6fbb2a-61e9-4f0f-a1a6-cbb18b6b1a02",
        "none",
    ),
}
_FREE = ("a\x00b", "x:y", "", "it's 5% of :n")
_BY_TYPE: dict[str, tuple[Any, ...]] = {
    "INTEGER": (1, 2**40, -5, 0),
    "SMALLINT": (1, 2, -5, 0),
    "BIGINT": (1, 2**62, -(2**63), 9007199254740993),
    "NUMERIC": (3.25, 12, -0.5, 100),
    "FLOAT": (0.1, 2.0, 1e300, -1.5),
    "BOOLEAN": (1, 0, 1, 0),
    "DATETIME": (
        "2026-03-17 09:12:44.000000",
        "2026-03-18 00:00:00.000000",
        "1970-01-01 00:00:00.000001",
        "2026-03-20",
    ),
    "DATE": ("2026-03-17", "2026-03-18", "1969-12-31", "2026-03-20"),
    "TIME": ("09:12:44.000000", "23:59:00.000000", "00:00:00.000000", "12:00:00"),
    "BLOB": (b"\x00\x01\xff", b"12", b"", "text"),
    "JSON": _DOCUMENTS,
    "UUID": _TEXTS["token"],
}
ROWS = 4
_STATES = ("new", "done")


def put(raw: sqlite3.Connection, before: Look) -> None:
    """Fill the tables and the columns that have come since ``before``; what a constraint refuses stays as it is.

    Of a table with AUTOINCREMENT the last row is deleted again: its id is never to be given out once more.
    """
    now = look(raw)
    for name, table in _parents_first(now):
        known = before.tables.get(name)
        with contextlib.suppress(sqlite3.Error):
            if not table.rows:
                _insert(raw, now, table)
            elif known is not None:
                _update(raw, now, table, [each for each in table.columns if each not in known.columns])
    raw.commit()


def _parents_first(found: Look) -> list[tuple[str, Table]]:
    """Those that nobody refers to come last; a circle is not cared for."""
    done: list[tuple[str, Table]] = []
    waiting = dict(found.tables)
    while waiting:
        free = [name for name, table in waiting.items() if not (set(_parents(table).values()) - {name}) & set(waiting)]
        done += [(name, waiting.pop(name)) for name in free or list(waiting)[:1]]
    return done


def _parents(table: Table) -> dict[str, str]:
    """The table that each column with a foreign key of its own refers to."""
    keys = [part for part in table.parts if part.kind == "foreign key" and len(part.columns) == 1]
    return {next(iter(key.columns)): key.text[0] for key in keys}


def _insert(raw: sqlite3.Connection, now: Look, table: Table) -> None:
    columns = [each for each in table.columns if each not in _counted(table)]
    for number in range(ROWS):
        values = [_value(raw, now, table, each, number) for each in columns]
        marks, names = ", ".join("?" * len(columns)) or "NULL", ", ".join(map(quote, columns))
        with contextlib.suppress(sqlite3.IntegrityError):
            raw.execute(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", values)
    if any(part.kind == "autoincrement" for part in table.parts):
        key = quote(next(iter(_counted(table))))
        raw.execute(f"DELETE FROM {quote(table.name)} WHERE {key} = (SELECT max({key}) FROM {quote(table.name)})")


def _counted(table: Table) -> set[str]:
    """The column that is given out by SQLite."""
    keys = [part.columns for part in table.parts if part.kind == "primary key" and len(part.columns) == 1]
    return {column for key in keys for column in key if table.columns[column].upper() == "INTEGER"}


def _update(raw: sqlite3.Connection, now: Look, table: Table, columns: list[str]) -> None:
    key = quote(next(iter(_counted(table)), "rowid"))
    places = [row[0] for row in raw.execute(f"SELECT {key} FROM {quote(table.name)} ORDER BY {key}")]
    for column in columns:
        if len({repr(row[column]) for row in table.rows}) > 1:
            continue  # it has got another name
        for number, place in enumerate(places):
            value = _value(raw, now, table, column, number % ROWS)
            with contextlib.suppress(sqlite3.IntegrityError):
                sql = f"UPDATE {quote(table.name)} SET {quote(column)} = ? WHERE {key} = ?"
                raw.execute(sql, (value, place))


def _value(raw: sqlite3.Connection, now: Look, table: Table, column: str, number: int) -> Any:
    if column.endswith("_n") and number == ROWS - 1:
        return None
    parent = _parents(table).get(column)
    if parent is not None and parent in now.tables and parent != table.name.lower():
        key = next(iter(_counted(now.tables[parent])), "rowid")
        ids = [row[0] for row in raw.execute(f"SELECT {quote(key)} FROM {quote(now.tables[parent].name)} ORDER BY 1")]
        return ids[number % len(ids)] if ids else None
    if column.startswith("state"):
        return _STATES[number % 2]
    declared = table.columns[column].upper().partition("(")[0].strip()
    if any(each in declared for each in ("CHAR", "TEXT")):
        return _TEXTS.get(column.partition("_")[0], _FREE)[number]
    return _BY_TYPE.get(declared, _BY_TYPE["INTEGER"])[number]
