"""Pictures of a schema on PostgreSQL and on SQLite that are equal if both databases have the same.

What the two cannot have alike is left out of the picture of both, by the rules that stand here:

- PostgreSQL has types that SQLite lacks: a type is told by what it holds and by its length, not by its name.
- A sequence that counts the keys up is PostgreSQL's; SQLite does that without a default.
- Nameless CHECKs get lost in batch mode, which says so in a warning, so CHECKs are not looked at.
- The names of constraints are the matter of other tests.
- Dates and times are not compared among the values: a default takes them from the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

Picture = dict[str, Any]
"""What there is, as ``kind table name``, and what it is like."""

_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.SmallInteger, "small integer"),
    (sa.BigInteger, "big integer"),
    (sa.Integer, "integer"),
    (sa.Boolean, "boolean"),
    (sa.DateTime, "date and time"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.Float, "floating point"),
    (sa.Numeric, "decimal"),
    (sa.JSON, "JSON"),
    (sa.LargeBinary, "bytes"),
    (sa.Text, "text"),
    (sa.String, "string"),
)
_MOMENTS = (sa.Date, sa.DateTime, sa.Time)
_CAST = re.compile(r"::(?:character varying|timestamp(?: with(?:out)? time zone)?|double precision|\w+)(?:\([\d,]+\))?")
_SEQUENCE = re.compile(r"nextval\(.*\)", re.IGNORECASE)
_NUMBER = re.compile(r"'([+-]?\d+(?:\.\d+)?)'")
_WORDS = {"true": "1", "false": "0", "now()": "CURRENT_TIMESTAMP"}


def picture(connection: sa.Connection, rows: bool = True) -> Picture:
    """All that is to be the same in the default schema; ``rows`` includes what stands in the tables."""
    inspector = sa.inspect(connection)
    found: Picture = {}
    primary = inspector.get_multi_pk_constraint()
    sqlite = connection.dialect.name == "sqlite"
    uniques = {} if sqlite else inspector.get_multi_unique_constraints()
    foreign = {} if sqlite else inspector.get_multi_foreign_keys()
    indexes = inspector.get_multi_indexes()
    for where, columns in inspector.get_multi_columns().items():
        table = where[1]
        if table == "alembic_version":
            continue
        found[f"table {table}"] = [column["name"] for column in columns]
        found[f"primary key {table}"] = primary[where]["constrained_columns"]
        found.update(_column(table, column) for column in columns)
        found.update(_unique(table, unique["column_names"]) for unique in uniques.get(where, ()))
        found.update(_foreign_key(table, key) for key in foreign.get(where, ()))
        if sqlite:
            found.update(_unique(table, unique) for unique in _sqlite_uniques(connection, table))
            found.update(_foreign_key(table, key) for key in _sqlite_foreign_keys(connection, table))
        found.update(_index(table, index) for index in indexes.get(where, ()) if not index.get("duplicates_constraint"))
        if rows:
            values = [column["name"] for column in columns if not isinstance(column["type"], _MOMENTS)]
            found[f"rows {table}"] = _rows(connection, table, values)
    return found


def differences(expected: Picture, found: Picture) -> list[str]:
    """What is not the same, one line each."""
    keys = dict.fromkeys([*expected, *found])
    return [
        f"{key}: {expected.get(key, 'nothing')} became {found.get(key, 'nothing')}"
        for key in keys
        if expected.get(key) != found.get(key)
    ]


def _column(table: str, column: Any) -> tuple[str, Any]:
    what = (_type(column["type"]), column["nullable"], _expression(column["default"]))
    return f"column {table} {column['name']}", what


def _unique(table: str, columns: list[str]) -> tuple[str, Any]:
    return f"unique {table} {sorted(columns)}", "there"


def _sqlite_uniques(connection: sa.Connection, table: str) -> Iterator[list[str]]:
    """From SQLite itself: SQLAlchemy, and so batch mode, reads them off the text of the table."""
    for _, name, _, origin, _ in connection.exec_driver_sql(f'PRAGMA index_list("{table}")').all():
        if origin == "u":
            yield [row[2] for row in connection.exec_driver_sql(f'PRAGMA index_info("{name}")')]


def _sqlite_foreign_keys(connection: sa.Connection, table: str) -> Iterator[dict[str, Any]]:
    rows = connection.exec_driver_sql(f'PRAGMA foreign_key_list("{table}")').mappings().all()
    for number in {row["id"] for row in rows}:
        parts = [row for row in rows if row["id"] == number]
        yield {
            "constrained_columns": [row["from"] for row in parts],
            "referred_columns": [row["to"] for row in parts],
            "referred_table": parts[0]["table"],
            "options": {"ondelete": parts[0]["on_delete"], "onupdate": parts[0]["on_update"]},
        }


def _foreign_key(table: str, key: Any) -> tuple[str, Any]:
    referred = dict(zip(key["constrained_columns"], key["referred_columns"], strict=True))
    options = {name: key["options"].get(name) or "NO ACTION" for name in ("ondelete", "onupdate")}
    return f"foreign key {table} {sorted(referred.items())} {key['referred_table']}", options


def _index(table: str, index: Any) -> tuple[str, Any]:
    options: Mapping[str, Any] = index.get("dialect_options", {})
    where = next((str(value) for name, value in options.items() if name.endswith("_where")), None)
    columns = index.get("expressions") or index["column_names"]
    return f"index {table} {index['name']}", (columns, bool(index["unique"]), _expression(where))


def _type(type_: sa.types.TypeEngine[Any]) -> tuple[Any, ...]:
    kind = next((kind for base, kind in _KINDS if isinstance(type_, base)), type_.__visit_name__)
    if isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float):
        return (kind, type_.precision, type_.scale)
    return (kind, getattr(type_, "length", None))


def _expression(text: str | None) -> str | None:
    """A default or a condition in one spelling, None if there is none."""
    if text is None or _SEQUENCE.fullmatch(text):
        return None
    plain = _NUMBER.sub(r"\1", _CAST.sub("", text)).replace('"', "")
    while plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1]
    return _WORDS.get(plain.lower(), plain)


def _rows(connection: sa.Connection, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    rows: sa.Result[Any] = connection.execute(sa.select(*map(sa.column, columns)).select_from(sa.table(table)))
    return sorted((tuple(map(_value, row)) for row in rows), key=repr)


def _value(value: Any) -> str | None:
    """Numbers and booleans alike, as SQLite has no types for them."""
    if value is None or isinstance(value, str):
        return value
    return f"{float(value):g}"
