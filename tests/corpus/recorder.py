"""A database that takes everything, writes down what it was sent, and has no rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Column, String, event
from sqlalchemy.engine import Connection, Dialect, Engine, Inspector, make_url
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.pool import StaticPool

from .stubs import Answers

_FLEETING = re.compile(r" at 0x[0-9a-f]+|datetime\.datetime\([^)]*\)|\d{4}-\d\d-\d\d[T ]\d[\d:.+]*")
_VERSIONS = {
    "postgresql": (16, 0),
    "mysql": (8, 0, 36),
    "mssql": (15, 0, 0, 0),
    "oracle": (19, 0),
    "sqlite": (3, 40, 1),
}


class _Cursor:
    """Writes the statements down. ``columns`` are those that SQLAlchemy expects of the next one."""

    rowcount = 0
    lastrowid = 1
    arraysize = 1

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.columns: Sequence[str] = ()
        self.description: list[tuple[Any, ...]] | None = None

    def execute(self, statement: str, parameters: Any = None) -> None:
        self.log.append(statement)
        if parameters:
            self.log.append(_FLEETING.sub("", repr(parameters)))
        self.description = [(name, *[None] * 6) for name in self.columns] or None

    executemany = execute

    def fetchone(self) -> None:
        return None

    def fetchmany(self, size: int = 1) -> list[Any]:
        return []

    def fetchall(self) -> list[Any]:
        return []

    def setinputsizes(self, *sizes: Any, **named: Any) -> None:
        return None

    def close(self) -> None:
        return None


class _DriverConnection:
    autocommit = False

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def cursor(self, *args: Any, **kwargs: Any) -> _Cursor:
        return _Cursor(self.log)

    def commit(self) -> None:
        self.log.append("COMMIT")

    def rollback(self) -> None:
        self.log.append("ROLLBACK")

    def close(self) -> None:
        return None


class _Driver:
    """As much of a DBAPI module as SQLAlchemy looks at."""

    paramstyle = "named"
    version = version_info = (99,)

    class Error(Exception):
        """Nothing raises it."""

    def __getattr__(self, name: str) -> Any:
        return None


class RecordedInspector(Inspector):
    """Says that everything that the script names is there, or that nothing is, as ``Answers`` has it."""

    names: tuple[str, ...] = ()

    def _there(self) -> bool:
        Answers.asked = True
        return Answers.value

    def _each(self, **fields: Any) -> list[Any]:
        return [{"name": name, **fields} for name in self.names] if self._there() else []

    def has_table(self, *args: Any, **kwargs: Any) -> bool:
        return self._there()

    has_index = has_schema = has_sequence = has_table

    def get_table_names(self, *args: Any, **kwargs: Any) -> list[str]:
        return list(self.names) if self._there() else []

    get_view_names = get_schema_names = get_table_names

    def get_columns(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._each(type=String(), nullable=True, default=None)

    def get_indexes(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._each(column_names=list(self.names), unique=False)

    def get_unique_constraints(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._each(column_names=list(self.names))

    def get_check_constraints(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._each(sqltext="")

    def get_foreign_keys(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._each(
            constrained_columns=list(self.names),
            referred_table="parent",
            referred_schema=None,
            referred_columns=[],
            options={},
        )

    def get_pk_constraint(self, *args: Any, **kwargs: Any) -> Any:
        return {"name": "primary", "constrained_columns": list(self.names) if self._there() else []}

    def reflect_table(self, table: Any, *args: Any, **kwargs: Any) -> None:
        if not self._there():
            raise NoSuchTableError(table.name)
        for name in self.names:
            table.append_column(Column(name, String()))


def record(dialect: Dialect, log: list[str], names: Iterable[str]) -> Connection:
    """A connection of this dialect that writes into the log; ``names`` are what its inspector can know."""
    dialect.dbapi = _Driver()  # type: ignore[assignment]
    version: Any = _VERSIONS[dialect.name]
    dialect.server_version_info = version
    # SQLAlchemy builds what sa.inspect(connection) gives from this attribute of the dialect.
    inspector: Any = type("Inspector", (RecordedInspector,), {"names": tuple(names)})
    cast(Any, dialect).inspector = inspector
    pool = StaticPool(lambda: _DriverConnection(log), reset_on_return=None)  # type: ignore[arg-type]
    engine = Engine(pool, dialect, make_url(f"{dialect.name}://"))
    event.listen(engine, "before_cursor_execute", _expect_columns)
    connection = engine.connect()
    connection.begin()  # as Alembic has begun one when it runs a script
    return connection


def _expect_columns(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    Answers.asked = True
    compiled = getattr(context, "compiled", None)
    known = [entry.keyname for entry in getattr(compiled, "_result_columns", ())]
    reads = statement.lstrip().lower().startswith(("select", "with", "show"))
    cursor.columns = known or (["column_1"] if reads else [])
