"""What a script asks for, noted while the real Alembic runs it: the operations, and the statements of its own."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import sqlalchemy as sa
from alembic.operations import ops
from alembic.operations.base import AbstractOperations
from alembic.operations.batch import BatchOperationsImpl
from sqlalchemy.pool import Pool
from sqlalchemy.types import SchemaType

from .looks import tokens

_CHANGING = ("update", "insert", "delete", "replace", "create", "drop", "alter", "with")
_NEW = "+"
_OWN = (ops.ExecuteSQLOp, ops.BulkInsertOp)


@dataclass
class OfTable:
    """What is asked of one table; columns by the names that they had before. ``constraints`` counts drops by kind."""

    dropped: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    checked_types: set[str] = field(default_factory=set)
    nullable: set[str] = field(default_factory=set)
    defaults: set[str] = field(default_factory=set)
    constraints: Counter[str] = field(default_factory=Counter)
    primary_key: bool = False
    placed: bool = False

    names: dict[str, str] = field(default_factory=dict)

    def origin(self, column: str) -> str:
        """What a column was called before; one that is new has a name that no other can have."""
        return self.names.get(column, column)

    def final(self, origin: str) -> str:
        return self.renamed.get(origin, origin.removeprefix(_NEW))

    def add(self, column: str) -> None:
        self.names[column] = _NEW + column

    def rename(self, column: str, new: str) -> None:
        self.names[new] = self.origin(column)
        self.renamed[self.names[new]] = new


@dataclass(frozen=True)
class Made:
    """What is to be there afterwards. ``table`` and ``columns`` by the names that they had before."""

    kind: str
    table: str
    columns: frozenset[str]
    name: str
    where: bool = False


@dataclass
class Asked:
    """What is asked between two looks. ``tables`` by the names that they had before.

    ``failed`` are operations that SQLite does not have: one script swallows that, and what it asks for is not done.
    """

    tables: dict[str, OfTable] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    statements: list[tuple[str, ...]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def origin(self, table: str) -> str:
        return next((old for old, new in self.renamed.items() if new == table), table)

    def of(self, table: str) -> OfTable:
        return self.tables.setdefault(self.origin(table.lower()), OfTable())

    def says(self, name: str) -> bool:
        """Whether a statement of the script's own mentions a name."""
        wanted = tokens(name)
        return any(name in text or (len(wanted) > 1 and _holds(text, wanted)) for text in self.statements)

    def note(self, operation: Any) -> None:
        table = str(getattr(operation, "table_name", "") or "").lower()
        if isinstance(operation, ops.RenameTableOp):
            self.renamed[self.origin(table)] = operation.new_table_name.lower()
        elif isinstance(operation, ops.DropTableOp):
            self.dropped.add(self.origin(table))
        elif isinstance(operation, ops.DropIndexOp):
            self._forget(str(operation.index_name).lower())
            self.indexes.add(str(operation.index_name).lower())
        elif isinstance(operation, ops.DropColumnOp):
            of = self.of(table)
            of.dropped.add(of.origin(operation.column_name.lower()))
        elif isinstance(operation, ops.AddColumnOp):
            self.of(table).add(operation.column.name.lower())
            self._column(table, operation.column)
            self.of(table).placed |= bool(getattr(operation, "kw", {}))
        elif isinstance(operation, ops.DropConstraintOp):
            self._forget(str(operation.constraint_name).lower())
            self.of(table).constraints[str(operation.constraint_type)] += 1
        elif isinstance(operation, ops.CreatePrimaryKeyOp):
            self.of(table).primary_key = True
        elif isinstance(operation, ops.CreateUniqueConstraintOp):
            self._make("unique", table, operation.columns, operation.constraint_name)
        elif isinstance(operation, ops.CreateForeignKeyOp):
            self._make("foreign key", operation.source_table.lower(), operation.local_cols, operation.constraint_name)
        elif isinstance(operation, ops.CreateIndexOp):
            self._index(table, operation)
        elif isinstance(operation, ops.AlterColumnOp):
            self._alter(self.of(table), operation)

    def _make(self, kind: str, table: str, columns: Any, name: object, where: bool = False) -> None:
        of = self.of(table)
        known = frozenset(of.origin(str(each).lower()) for each in columns)
        self.made.append(Made(kind, self.origin(table), known, str(name).lower(), where))

    def _index(self, table: str, operation: Any) -> None:
        """Only of a unique index does it change what can be stored if its WHERE is not there."""
        where = operation.unique and operation.kw.get("postgresql_where") is not None
        self._make("index", table, (), operation.index_name, bool(where))

    def _column(self, table: str, column: Any) -> None:
        if column.unique:
            self._make("unique", table, [column.name], None)
        if column.foreign_keys:
            self._make("foreign key", table, [column.name], None)
        checked = isinstance(column.type, SchemaType) and getattr(column.type, "create_constraint", False)
        if checked and not isinstance(column.type, sa.Boolean):  # which has no CHECK on other databases
            self._make("check", table, [column.name], None)

    def _forget(self, name: str) -> None:
        self.made = [each for each in self.made if each.name != name or name == "none"]

    def _alter(self, of: OfTable, operation: Any) -> None:
        column = of.origin(operation.column_name.lower())
        if operation.modify_type is not None:
            of.types.add(column)
        if isinstance(operation.existing_type, SchemaType):
            of.checked_types.add(column)
        if operation.modify_nullable is not None:
            of.nullable.add(column)
        if operation.modify_server_default is not False:
            of.defaults.add(column)
        if operation.modify_name is not None:
            of.rename(operation.column_name.lower(), operation.modify_name.lower())


def _holds(text: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(text[place : place + len(wanted)] == wanted for place in range(len(text)))


class Notes:
    """While ``taken``, notes what scripts ask for; ``take`` gives what has been asked since it was last called."""

    def __init__(self) -> None:
        self._asked = Asked()
        self._depth = 0

    def take(self) -> Asked:
        asked, self._asked = self._asked, Asked()
        return asked

    @contextmanager
    def taken(self) -> Iterator[None]:
        invoke, flush = AbstractOperations.invoke, BatchOperationsImpl.flush

        def noted_invoke(operations: Any, operation: Any) -> Any:
            self._asked.note(operation)
            try:
                with self._within(not isinstance(operation, _OWN)):
                    return invoke(operations, operation)
            except Exception as error:
                if isinstance(error, NotImplementedError) or "syntax error" in str(error):
                    self._asked.failed.append(f"{type(operation).__name__} is beyond SQLite")
                raise

        def noted_flush(block: Any) -> None:
            with self._within(True):
                flush(block)

        sa.event.listen(Pool, "connect", self._listen)
        sa.event.listen(sa.Engine, "before_cursor_execute", self._executed)
        try:
            with (
                mock.patch.object(AbstractOperations, "invoke", noted_invoke),
                mock.patch.object(BatchOperationsImpl, "flush", noted_flush),
            ):
                yield
        finally:
            sa.event.remove(Pool, "connect", self._listen)
            sa.event.remove(sa.Engine, "before_cursor_execute", self._executed)

    @contextmanager
    def _within(self, alembic: bool) -> Iterator[None]:
        self._depth += alembic
        try:
            yield
        finally:
            self._depth -= alembic

    @contextmanager
    def silent(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Note nothing of what is said to a connection."""
        connection.set_trace_callback(None)
        try:
            yield
        finally:
            connection.set_trace_callback(self._statement)

    def _listen(self, connection: sqlite3.Connection, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(self._statement)

    def _executed(self, _connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        """Also where the connection of the driver lives in another thread."""
        self._statement(sql)

    def _statement(self, sql: str) -> None:
        if self._depth or sql.startswith("--"):
            return
        text = tokens(sql)
        if text and text[0] in _CHANGING and "alembic_version" not in text:
            self._asked.statements.append(tuple(each.strip("'").lower() for each in text))
