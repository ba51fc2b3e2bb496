"""A normalised picture of a SQLite schema, read from sqlite_master and the PRAGMAs and not through reflection."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import WeakValueDictionary

from . import sql
from .sql import Constraint

TEMPORARY = "_alembic_tmp_"


@dataclass(frozen=True)
class Column:
    """A column as PRAGMA table_xinfo tells it. ``collation`` is written at it; ``generated`` columns hold no values."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int
    generated: bool
    collation: str


@dataclass(frozen=True)
class Index:
    """An index that was created by CREATE INDEX.

    ``columns`` are (name or None for an expression, DESC, collation), ``text`` is what stands behind the table's name
    in one spelling, ``sql`` the whole statement.
    """

    name: str
    unique: bool
    columns: tuple[tuple[str | None, bool, str], ...]
    text: str
    sql: str

    @property
    def where(self) -> str:
        return self.text.partition(" where ")[2]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in self.columns if name is not None)

    @property
    def mentioned(self) -> frozenset[str]:
        """All words of its columns and expressions, in lower case."""
        return frozenset(sql.unquote(token).lower() for token in sql.tokens(self.text))


@dataclass(frozen=True)
class ForeignKey:
    """``deferral`` is its DEFERRABLE clause; ``name`` and ``target`` (TABLE.COLUMN) are as its author spelled them."""

    columns: tuple[str, ...]
    table: str
    referred: tuple[str | None, ...]
    on_update: str
    on_delete: str
    deferral: str = ""
    name: str | None = field(default=None, compare=False)
    target: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    constraints: tuple[Constraint, ...]
    autoincrement: bool
    strict: bool
    without_rowid: bool

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name.lower(): column for column in self.columns}

    def column(self, name: str) -> Column | None:
        return self._by_name.get(name.lower())


@dataclass(frozen=True)
class Schema:
    """Everything in a database. ``triggers`` maps a name to its table and its text, ``views`` a name to its text.

    ``virtual`` maps the names of virtual tables, and of those that could not be read, to their texts; of them nothing
    else is known.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    triggers: dict[str, tuple[str, str]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    virtual: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        """The table of a name, in whatever case."""
        found = self.tables.get(name)
        return found or next((table for key, table in self.tables.items() if key.lower() == name.lower()), None)

    @property
    def leftovers(self) -> list[str]:
        """The temporary tables of batch mode that are still there."""
        return [name for name in self.tables if name.startswith(TEMPORARY)]

    def without_leftovers(self) -> Schema:
        tables = {name: table for name, table in self.tables.items() if not name.startswith(TEMPORARY)}
        return replace(self, tables=tables)


class Reader:
    """Reads schemas. A table whose text has not changed keeps its picture for as long as somebody holds one.

    ``defects`` are what was raised over tables that could not be read, by their names.
    """

    def __init__(self) -> None:
        self._known: WeakValueDictionary[tuple[Any, ...], Table] = WeakValueDictionary()
        self.defects: dict[str, Exception] = {}

    def schema(self, connection: sqlite3.Connection, only: str | None = None) -> Schema:
        """The schema of a database, or with ``only`` the part of it that belongs to that table, and virtual tables."""
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        if only is None:
            rows = connection.execute(query + " ORDER BY rowid").fetchall()
        else:
            query += (
                " AND (tbl_name = ? COLLATE NOCASE OR type = 'table' AND sql LIKE 'CREATE VIRTUAL %') ORDER BY rowid"
            )
            rows = connection.execute(query, (only,)).fetchall()
        result = Schema()
        indexes: dict[str, list[tuple[str, str]]] = {}
        for kind, name, owner, text in rows:
            if kind == "index":
                indexes.setdefault(owner, []).append((name, text))
            elif kind == "trigger":
                result.triggers[name] = (owner, text)
            elif kind == "view":
                result.views[name] = text
        for kind, name, _, text in rows:
            if kind == "table" and text.upper().startswith("CREATE VIRTUAL"):
                result.virtual[name] = text
            elif kind == "table":
                table = self._table(connection, name, text, tuple(indexes.get(name, ())))
                if table is None:
                    result.virtual[name] = text
                else:
                    result.tables[name] = table
        return result

    def _table(self, connection: sqlite3.Connection, *key: Any) -> Table | None:
        """The picture of a table with this name, text and (name, text) of its indexes, None if it cannot be read."""
        table = self._known.get(key)
        if table is None:
            try:
                table = self._known[key] = _read_table(connection, *key)
            except Exception as error:
                self.defects[key[0]] = error
        return table


def _read_table(
    connection: sqlite3.Connection, name: str, text: str, index_texts: tuple[tuple[str, str], ...]
) -> Table:
    written = sql.parse_table(text)
    collations = dict(written.collations)
    quoted = quote(name)
    columns = tuple(
        Column(
            name=column,
            type=kind,
            not_null=bool(not_null),
            default=default,
            key=key,
            generated=hidden in (2, 3),
            collation=collations.get(column.lower(), ""),
        )
        for _, column, kind, not_null, default, key, hidden in connection.execute(f"PRAGMA table_xinfo({quoted})")
        if hidden != 1
    )
    return Table(
        name=name,
        columns=columns,
        indexes=tuple(_read_indexes(connection, name, dict(index_texts))),
        foreign_keys=tuple(_read_foreign_keys(connection, name, written.constraints)),
        constraints=written.constraints,
        autoincrement=written.autoincrement,
        strict=written.strict,
        without_rowid=written.without_rowid,
    )


def _read_indexes(connection: sqlite3.Connection, table: str, texts: dict[str, str]) -> list[Index]:
    listed = connection.execute(f"PRAGMA index_list({quote(table)})").fetchall()
    found = []
    for row in listed:
        name, unique, origin = row[1], row[2], row[3]
        if origin != "c":
            continue
        columns = tuple(
            (None if column is None else column.lower(), bool(descending), collation.lower())
            for _, _, column, descending, collation, is_key in connection.execute(f"PRAGMA index_xinfo({quote(name)})")
            if is_key
        )
        found.append(Index(name, bool(unique), columns, sql.index_text(texts[name]), texts[name]))
    return sorted(found, key=lambda index: index.name)


def _read_foreign_keys(
    connection: sqlite3.Connection, table: str, constraints: tuple[Constraint, ...]
) -> list[ForeignKey]:
    grouped: dict[int, list[Any]] = {}
    for row in connection.execute(f"PRAGMA foreign_key_list({quote(table)})"):
        grouped.setdefault(row[0], []).append(row)
    written = {each.columns: each for each in constraints if each.kind == "foreign key"}
    found = []
    for rows in grouped.values():
        columns = tuple(row[3].lower() for row in rows)
        text, parent = written.get(columns), rows[0][2]
        referred = [row[4] for row in rows if row[4] is not None] or key_of(connection, parent)
        found.append(
            ForeignKey(
                columns=columns,
                table=parent.lower(),
                referred=tuple(None if row[4] is None else row[4].lower() for row in rows),
                on_update=rows[0][5],
                on_delete=rows[0][6],
                deferral="" if text is None else text.text,
                name=None if text is None else text.name,
                target=tuple(f"{parent}.{column}" for column in referred),
            )
        )
    return found


def key_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of the primary key."""
    columns = connection.execute(f"PRAGMA table_info({quote(table)})").fetchall()
    return [str(row[1]) for row in sorted(columns, key=lambda row: int(row[5])) if row[5]]


def quote(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
