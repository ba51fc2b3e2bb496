"""The SQLite databases that a history is replayed on: in memory, copied in one go, and remembering every statement."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, cast
from weakref import WeakSet

from sqlalchemy import create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteTypeCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from .attached import leaving_out
from .emulation import FUNCTIONS, SUBSTITUTIONS, TYPES
from .sql import with_values


class Statement(NamedTuple):
    """A statement that changed something, and the line of the script that was running."""

    sql: str
    parameters: Any
    line: int


COMMIT = Statement("COMMIT", None, 0)

TYPE, STATEMENT = "type", "statement"
"""What is emulated."""

PAGE_SIZE = 1024
"""Bytes. Small pages, since most tables of a scratch database hold a few rows and all of them are copied often."""

_REMEMBERED = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER", "WITH")
_LONG = 1_000_000  # instructions of SQLite's virtual machine
_SETTINGS = ("foreign_keys", "legacy_alter_table", "defer_foreign_keys")


def load_driver(name: str | None) -> ModuleType:
    """The DB-API module for SQLite: the interpreter's, or another such as ``pysqlite3``. Raises ImportError."""
    if name is None:
        return sqlite3
    try:
        return importlib.import_module(f"{name}.dbapi2")
    except (TypeError, ValueError) as error:
        raise ImportError(f"{name!r} is no name of a module") from error


@cache
def functions_of(driver: ModuleType) -> frozenset[str]:
    """The functions that SQLite has by itself, in lower case."""
    connection = driver.connect(":memory:")
    try:
        return frozenset(row[0].lower() for row in connection.execute("SELECT name FROM pragma_function_list"))
    finally:
        connection.close()


class _TypeCompiler(SQLiteTypeCompiler):
    """Types of other databases become types that SQLite has, where they are emulated."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        dialect: Any = self.dialect
        if not name.startswith("visit_") or not dialect.emulates:
            raise AttributeError(name)
        kind = name.removeprefix("visit_")

        def visit(type_: Any, **_: Any) -> str:
            dialect.note_type(kind)
            text = TYPES.get(kind.upper(), "TEXT")
            length = getattr(type_, "length", None)
            return f"{text}({length})" if text == "VARCHAR" and isinstance(length, int) else text

        return visit


class ScratchDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for SQLite, with the types of other databases if it ``emulates`` them."""

    supports_statement_cache = True
    type_compiler_cls = _TypeCompiler
    emulates = False
    note_type: Callable[[str], None] = staticmethod(lambda name: None)


class _Pool(StaticPool):
    """Of the one connection that holds the database, which no script can end."""

    def dispose(self) -> None:
        pass


registry.register("sqlite.batchify_scratch", __name__, "ScratchDialect")


class Scratch:
    """One database in memory.

    ``raw`` is its DB-API connection, ``connection`` the SQLAlchemy connection on it. ``statements`` are those that
    changed something since ``forget``, in order; ``reads`` if one has read rows of a table. ``line`` tells which line
    of the script is running, and in ``own_work`` is done what no script is to blame for. ``check_text`` sees each
    statement before it runs.

    It is SQLite and nothing else, unless it is ``tolerant``: then it has types, functions and spellings of other
    databases too, and ``foreign`` is told of each type and each statement that needs one. ``forgive`` is asked when a
    statement of a script itself fails all the same: if it returns True the statement counts as done and gives no rows.
    """

    def __init__(self, driver: ModuleType = sqlite3, page_size: int = PAGE_SIZE, tolerant: bool = False) -> None:
        self.statements: list[Statement] = []
        self.emulated: dict[str, int] = {}
        self.tolerant = tolerant
        self.reads = False
        self.forgive: Callable[[Exception, str], bool] = lambda error, sql: False
        self.foreign: Callable[[str, str, str], None] = lambda what, told, sql: None
        self.line: Callable[[], int] = lambda: 0
        self.attached: frozenset[str] = frozenset()
        self.own_work: Callable[[], AbstractContextManager[None]] = nullcontext
        self.check_text: Callable[[str, Any], None] = lambda sql, parameters: None
        self.depth = 0
        self._beyond = ""
        self._called: list[str] = []
        self.raw: Any = driver.connect(":memory:", factory=_connection_class(driver), check_same_thread=False)
        self.raw.scratch = self
        self.raw.set_progress_handler(lambda: 0, _LONG)  # so that an interrupt is seen, and ends the statement
        self._blank: Any = driver.connect(":memory:")
        for connection in (self.raw, self._blank):
            connection.execute(f"PRAGMA page_size={page_size}")
        # Batch mode compiles each statement once, for a copy of a table that is gone afterwards.
        self.engine = create_engine(
            "sqlite+batchify_scratch://",
            creator=self._open,
            poolclass=_Pool,
            module=driver,
            query_cache_size=0,
        )
        dialect = cast(ScratchDialect, self.engine.dialect)
        dialect.emulates, dialect.note_type = tolerant, self._note_type
        for name in FUNCTIONS.keys() - functions_of(driver) if tolerant else ():
            self.raw.create_function(name, -1, self._noting(name, FUNCTIONS[name]))
        self.connection: Connection = self.engine.connect()

    def settle(self, failed: bool) -> None:
        """After a script: what it has left open is committed, or rolled back if it ``failed``; what it has closed is
        open again, and the PRAGMAs are as they were."""
        self.raw.closed = False
        try:
            (self.connection.rollback if failed else self.connection.commit)()
            lost = self.connection.connection.dbapi_connection is not self.raw
        except Exception:  # the script has taken away what is under it
            lost = True
        if lost:
            with suppress(Exception):
                self.connection.close()
            self.raw.closed = False
            self.connection = self.engine.connect()
        (self.raw.rollback if failed else self.raw.plain_commit)()
        self.raw.silent("PRAGMA foreign_keys=OFF")

    def _open(self) -> Any:
        self.raw.closed = False
        return self.raw

    def note(self, name: str) -> None:
        """Remember that something of another database was emulated."""
        self.emulated[name] = self.emulated.get(name, 0) + 1

    def forget(self) -> list[Statement]:
        """The statements so far, which are then forgotten."""
        done, self.statements = self.statements, []
        return done

    def clear(self) -> None:
        """Become empty."""
        self.raw.release()
        self._blank.backup(self.raw)

    def copy_from(self, other: Scratch) -> None:
        """Become a copy of another database (https://sqlite.org/backup.html)."""
        self.raw.release()
        other.raw.release()
        other.raw.backup(self.raw)

    def close(self) -> None:
        self.connection.close()
        self.raw.end()
        self._blank.close()

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Where this is tolerant, undo what was done inside if it fails; statements inside are not forgiven."""
        if not self.tolerant:
            yield
            return
        self.depth += 1
        name = f"batchify_{self.depth}"
        self.raw.silent(f"SAVEPOINT {name}")
        mark = len(self.statements)
        try:
            yield
        except BaseException:
            del self.statements[mark:]
            self._end(f"ROLLBACK TO {name}")
            raise
        finally:
            self.depth -= 1
            self._end(f"RELEASE {name}")

    def _end(self, savepoint: str) -> None:
        with suppress(self.raw.Error):  # what commits or rolls back inside ends it first
            self.raw.silent(savepoint)

    def run(self, execute: Callable[..., Any], sql: str, parameters: Any, written: str = "") -> Any:
        """Execute a statement; if SQLite refuses it and this is tolerant, once more in a spelling that SQLite knows
        (``written`` is the one that it had)."""
        self._beyond = ""
        self.check_text(sql, parameters)
        self._called.clear()
        sql = leaving_out(self.attached)(sql)
        try:
            result = execute(sql, parameters)
        except Exception as error:
            if not self.tolerant:
                raise
            spelled = sql
            with self.own_work():
                spelled = self._respelled(sql)
            if spelled != sql:
                self.foreign(STATEMENT, str(error), written or sql)
                return self.run(execute, spelled, parameters, written or sql)
            refused = self._as_without_emulation(error)
            if self.depth or not self.forgive(refused, with_values(sql, parameters)):
                raise refused from None
            return execute("SELECT NULL WHERE 0", ())
        if self._called:
            self.foreign(STATEMENT, f"no such function: {self._called[0]}", written or sql)
        self.reads |= sql.lstrip()[:6].upper() == "SELECT" and "sqlite_" not in sql
        if _changes(sql):
            self.statements.append(Statement(sql, parameters, self.line()))
        return result

    def _respelled(self, sql: str) -> str:
        for name, pattern, replacement in SUBSTITUTIONS:
            if pattern.search(sql):
                self.note(name)
                sql = pattern.sub(replacement, sql)
        return sql

    def _note_type(self, kind: str) -> None:
        self.note(kind)
        self.foreign(TYPE, kind, "")

    def _noting(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            self.note(f"{name}()")
            self._called.append(name)
            try:
                return function(*values)
            except Exception:
                self._beyond = name
                raise

        return call

    def _as_without_emulation(self, error: Exception) -> Exception:
        """The error of a statement, or what SQLite itself says where an emulated function cannot take the values."""
        return self.raw.OperationalError(f"no such function: {self._beyond}") if self._beyond else error


def replay(raw: Any, statements: list[Statement]) -> tuple[int, Exception] | None:
    """Run remembered statements on a database, and commit.

    Returns the index of the first that fails (of the one behind the last for the commit) and its error, or None.
    """
    done = 0
    try:
        for statement in (*statements, COMMIT):
            _repeat(raw, statement)
            done += 1
    except Exception as error:
        raw.rollback()
        return done, error
    return None


def _repeat(raw: Any, statement: Statement) -> None:
    if statement.sql == COMMIT.sql:
        raw.plain_commit()
    elif isinstance(statement.parameters, _Many):
        raw.plain_cursor().executemany(statement.sql, statement.parameters.rows)
    else:
        raw.plain_cursor().execute(statement.sql, statement.parameters)


class _Many:
    """The parameters of an executemany."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows


def first_parameters(parameters: Any) -> Any:
    """Those of a statement's first run."""
    return next(iter(parameters.rows), ()) if isinstance(parameters, _Many) else parameters


def _changes(sql: str) -> bool:
    head = sql.lstrip()[:9].upper()
    if head.startswith("PRAGMA"):
        return any(setting in sql.lower() for setting in _SETTINGS)
    return head.startswith(_REMEMBERED)


_CLASSES: dict[str, type] = {}


def _connection_class(driver: ModuleType) -> type:
    if driver.__name__ not in _CLASSES:
        _CLASSES[driver.__name__] = _make_connection_class(driver)
    return _CLASSES[driver.__name__]


def _make_connection_class(driver: ModuleType) -> type:
    base: Any = driver.Connection
    base_cursor: Any = driver.Cursor

    class ScratchCursor(base_cursor):  # type: ignore[misc]
        def execute(self, sql: str, parameters: Any = ()) -> Any:
            return self.connection.scratch.run(super().execute, sql, parameters)

        def executemany(self, sql: str, parameters: Any) -> Any:
            rows = _Many(list(parameters))
            execute = super().executemany
            return self.connection.scratch.run(lambda sql, many: execute(sql, many.rows if many else ()), sql, rows)

    class ScratchConnection(base):  # type: ignore[misc]
        """What scripts use is refused once one has closed it; ``plain_cursor`` and what is made of it go on."""

        scratch: Scratch
        closed = False

        def __init__(self, *args: Any, **keywords: Any) -> None:
            super().__init__(*args, **keywords)
            self._cursors: WeakSet[Any] = WeakSet()

        def cursor(self, factory: Any = ScratchCursor) -> Any:
            if self.closed:
                raise driver.ProgrammingError("Cannot operate on a closed database.")
            return self._noted(super().cursor(factory))

        def _noted(self, cursor: Any) -> Any:
            self._cursors.add(cursor)
            return cursor

        def release(self) -> None:
            """End what is open: statements in the middle of their rows, and a transaction. Either stalls a backup."""
            for cursor in list(self._cursors):
                cursor.close()
            self._cursors.clear()
            super().rollback()

        def close(self) -> None:
            super().rollback()
            self.closed = True

        def end(self) -> None:
            super().close()

        def plain_cursor(self) -> Any:
            return self._noted(super().cursor(base_cursor))

        def execute(self, sql: str, parameters: Any = ()) -> Any:
            return self.plain_cursor().execute(sql, parameters)

        def silent(self, sql: str) -> None:
            self.plain_cursor().execute(sql)

        def plain_commit(self) -> None:
            super().commit()

        def commit(self) -> None:
            if self.closed:
                raise driver.ProgrammingError("Cannot operate on a closed database.")
            if self.in_transaction:
                self.scratch.statements.append(COMMIT)
            super().commit()

    return ScratchConnection
