"""Rows to lose: a few in every table, that fit it, so that parents have children.

The errors of a driver are taken from its connection, since it need not be the interpreter's ``sqlite3``
(https://peps.python.org/pep-0249/#optional-db-api-extensions).
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from .declared import affinity
from .schema import Column, ForeignKey, Schema, Table, key_of, quote
from .sql import tokens

ROWS = 3
_LENGTH = re.compile(r"\(\s*(\d+)")
_ATTEMPTS = 4

Values = dict[str, Any]


def fill(connection: sqlite3.Connection, schema: Schema, known: Schema) -> None:
    """Put rows into the tables that are new since ``known``, and values into their new columns.

    What cannot be filled (a CHECK that no value at hand fits) stays empty; that is no failure of the script.
    """
    changed = [table for name, table in schema.tables.items() if known.tables.get(name) is not table]
    for table in _parents_first(changed):
        if table.name == "alembic_version":
            continue
        with contextlib.suppress(connection.Error):
            _fill_table(connection, table, known.tables.get(table.name))


def _fill_table(connection: sqlite3.Connection, table: Table, before: Table | None) -> None:
    if connection.execute(f"SELECT 1 FROM {quote(table.name)} LIMIT 1").fetchone() is None:
        for number in range(1, ROWS + 1):
            insert(connection, table, number)
    elif before is not None:
        new = [column for column in table.columns if before.column(column.name) is None]
        _fill_columns(connection, table, new)
    if table.autoincrement:  # as if the last row had been deleted
        highest = f"(SELECT max(rowid) FROM {quote(table.name)})"
        connection.execute(
            f"UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ? AND seq = {highest}", (table.name,)
        )


def fill_dates(connection: Any, table: Table, columns: Iterable[str]) -> None:
    """Let text columns that are about to become dates hold texts that look like dates, in place of ours."""
    begun = connection.in_transaction
    for column in filter(None, map(table.column, columns)):
        if affinity(column.type) == "TEXT":
            name, days = quote(column.name), "1" if table.without_rowid else "rowid"
            changed = f"UPDATE {quote(table.name)} SET {name} = date('2026-03-16', {days} || ' days')"
            with contextlib.suppress(connection.Error):
                connection.execute(f"{changed} WHERE {name} GLOB ?", (f"{column.name} [0-9]*",))
    if not begun:
        connection.plain_commit()


def insert(connection: sqlite3.Connection, table: Table, number: int) -> Exception | None:
    """Insert one row. Returns the last error if none of the attempts fits."""
    error: Exception | None = None
    for attempt in range(_ATTEMPTS):
        values = _row(connection, table, number, attempt)
        names = ", ".join(map(quote, values))
        marks = ", ".join("?" * len(values))
        try:
            connection.execute(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", list(values.values()))
        except connection.IntegrityError as raised:
            error = raised
        except connection.Error as raised:
            return raised
        else:
            return None
    return error


def _fill_columns(connection: sqlite3.Connection, table: Table, columns: Iterable[Column]) -> None:
    key = ["rowid"]
    if table.without_rowid:
        key = [quote(column.name) for column in table.columns if column.key]
    places = connection.execute(f"SELECT {', '.join(key)} FROM {quote(table.name)} LIMIT 100").fetchall()
    here = " AND ".join(f"{name} = ?" for name in key)
    values = [_row(connection, table, number, 0) for number in range(1, len(places) + 1)]
    for column in columns:
        name = quote(column.name)
        sql = f"UPDATE {quote(table.name)} SET {name} = ? WHERE {here} AND {name} IS NULL"
        wanted = [(row[column.name], *place) for row, place in zip(values, places, strict=True) if column.name in row]
        with contextlib.suppress(connection.IntegrityError):
            for value, *place in wanted:
                if value is not None:
                    connection.execute(sql, (value, *place))


def _parents_first(tables: list[Table]) -> Iterator[Table]:
    """Each table after those that it refers to; of a circle one has to come first."""
    pending = {table.name.lower(): table for table in tables}
    while pending:
        waiting = [next(iter(pending))]
        met = set(waiting)
        while waiting:
            parents = [key.table for key in pending[waiting[-1]].foreign_keys if key.table in pending]
            unmet = [parent for parent in parents if parent not in met]
            if unmet:
                waiting.append(unmet[0])
                met.add(unmet[0])
            else:
                yield pending.pop(waiting.pop())


def _row(connection: sqlite3.Connection, table: Table, number: int, attempt: int) -> Values:
    values: Values = {}
    allowed = _allowed(table)
    for column in table.columns:
        if not column.generated:
            values[column.name] = _value(column, allowed.get(column.name.lower(), []), number, attempt)
    for key in table.foreign_keys:
        _refer(connection, table, key, number, values)
    return values


def _refer(connection: sqlite3.Connection, table: Table, key: ForeignKey, number: int, values: Values) -> None:
    """Let the columns of a foreign key hold what a row of the parent holds; NULL where there is none.

    In a table that refers to itself each row refers to the one before it, and the first to none, or else to itself.
    """
    to_itself = key.table == table.name.lower()
    referred = [name for name in key.referred if name is not None] or key_of(connection, key.table)
    columns = ", ".join(map(quote, referred))
    offset = number - 2 if to_itself else (number - 1) % ROWS
    row = None
    with contextlib.suppress(connection.Error):
        if offset >= 0:
            row = connection.execute(f"SELECT {columns} FROM {quote(key.table)} LIMIT 1 OFFSET {offset}").fetchone()
    for position, name in enumerate(key.columns):
        own = table.column(name)
        if own is None or own.generated:
            continue
        value = row[position] if row is not None and position < len(row) else None
        if value is None and to_itself and own.not_null and position < len(referred):
            to = table.column(referred[position])
            value = None if to is None else values.get(to.name)
        values[own.name] = value


def _value(column: Column, allowed: list[str | int], number: int, attempt: int) -> Any:
    if allowed and attempt < _ATTEMPTS - 1:
        return allowed[(number + attempt - 1) % len(allowed)]
    if attempt == 1:
        return number % 2
    if attempt == 2:
        return None if not column.not_null else 1000 + number
    return typed_value(column.type, column.name, number)


def typed_value(declared: str, name: str, number: int) -> Any:
    """A value of a declared type, another for each number (https://sqlite.org/datatype3.html)."""
    kind = declared.upper()
    if "JSON" in kind:
        return f'{{"{name}": {number}}}'
    if "BOOL" in kind:
        return number % 2
    if "DATETIME" in kind or "TIMESTAMP" in kind:
        return f"2026-01-{number % 28 + 1:02d} 12:30:00.000000"
    if kind.startswith("DATE"):
        return f"2026-01-{number % 28 + 1:02d}"
    if kind.startswith("TIME"):
        return f"12:30:{number % 60:02d}.000000"
    if "INT" in kind:
        return number
    if "BLOB" in kind or "BINARY" in kind:
        return bytes([number % 256, 255])
    if any(part in kind for part in ("REAL", "FLOA", "DOUB", "NUM", "DEC")):
        return number + 0.5
    length = _LENGTH.search(kind)
    if kind.startswith(("CHAR(32)", "UUID")):
        return f"a{number:031x}"  # with a letter, so that no affinity makes a number of it
    text = f"{name} {number}"
    if length and len(text) > int(length.group(1)):
        text = str(number)[: int(length.group(1))]
    return text


def _allowed(table: Table) -> dict[str, list[str | int]]:
    """The values that the first CHECK of the form ``column IN ('a', 'b')`` lists for each column."""
    found: dict[str, list[str | int]] = {}
    for constraint in table.constraints:
        parts = tokens(constraint.text) if constraint.kind == "check" else []
        if "in" in parts:
            texts = [part[1:-1].replace("''", "'") for part in parts if part.startswith("'")]
            values: list[str | int] = [*texts, *(int(part) for part in parts if part.isdecimal())]
            for name in set(parts):
                if table.column(name) is not None:
                    found.setdefault(name, values)
    return found
