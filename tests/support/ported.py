"""Scripts that are made portable, run for real: on SQLite, and on servers whose catalogs stay the same."""

from __future__ import annotations

import atexit
import sqlite3
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from sqlite_batchify import rewrite_source

from .offline import DIALECTS, ddl
from .servers import Fresh

HEAD = """\
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.dialects.postgresql import JSONB, UUID


def upgrade():
"""


def script_of(*statements: str) -> str:
    return HEAD + "".join(f"    {each}\n" for each in statements) + "\n\ndef downgrade():\n    pass\n"


def table_with(column: str, key: str = "sa.Column('id', sa.Integer(), primary_key=True)") -> str:
    return f"op.create_table('t', {key}, {column})"


def portable(script: str, unsafe: bool = False) -> str:
    """The script made portable; a second run changes nothing, nor does one with all fixes if nothing was left."""
    first = rewrite_source(script.encode(), portable=True, unsafe_fixes=unsafe)
    assert not rewrite_source(first.result, portable=True, unsafe_fixes=unsafe).changed
    assert first.findings or not rewrite_source(first.result, portable=True, unsafe_fixes=True).changed
    return first.result.decode()


def on_sqlite(script: str, *before: str) -> sqlite3.Connection:
    """A database in which the script has run; the one of before is closed."""
    _close()
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.connect() as connection:
        for each in before:
            connection.exec_driver_sql(each)
        run(script, connection)
        driver: Any = connection.connection.driver_connection
        connection.commit()
    assert isinstance(driver, sqlite3.Connection)
    _OPEN.append(driver)
    return driver


_OPEN: list[sqlite3.Connection] = []


@atexit.register
def _close() -> None:
    while _OPEN:
        _OPEN.pop().close()


def run(script: str, connection: sa.Connection, direction: str = "upgrade") -> None:
    module = ModuleType("script")
    with Operations.context(MigrationContext.configure(connection)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(script, module.__dict__)
        getattr(module, direction)()


def check_offline(script: str, unsafe: bool = False) -> str:
    """The script made portable, of which no database but SQLite hears anything else."""
    result = portable(script, unsafe)
    for dialect in DIALECTS:
        assert ddl(result, dialect, "upgrade") == ddl(script, dialect, "upgrade")
        assert ddl(result, dialect, "downgrade") == ddl(script, dialect, "downgrade")
    return result


_PG_CATALOG = (
    "SELECT table_name, column_name, data_type, udt_name, character_maximum_length, collation_name, is_nullable, "
    "replace(column_default, current_schema() || '.', '') FROM information_schema.columns "
    "WHERE table_schema = current_schema() ORDER BY 1, 2",
    "SELECT typname, typtype FROM pg_type WHERE typnamespace = current_schema()::regnamespace ORDER BY 1",
    "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1",
    "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT conname, replace(pg_get_constraintdef(oid), current_schema() || '.', '') FROM pg_constraint "
    "WHERE connamespace = current_schema()::regnamespace ORDER BY 1",
    "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes "
    "WHERE schemaname = current_schema() ORDER BY 1",
    "SELECT objsubid, description FROM pg_description "
    "JOIN pg_class ON pg_class.oid = objoid WHERE relnamespace = current_schema()::regnamespace ORDER BY 1, 2",
    "SELECT relname, relrowsecurity, reloptions, relreplident FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace ORDER BY 1",
)


def _catalog(connection: sa.Connection) -> list[Any]:
    if connection.dialect.name == "postgresql":
        return [connection.exec_driver_sql(query.replace("%", "%%")).fetchall() for query in _PG_CATALOG]
    tables = sa.inspect(connection).get_table_names()
    return [connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").fetchall() for name in tables]


def _schema(connection: sa.Connection) -> str:
    """The schema that stands for ``public``, in which the server looks by itself."""
    name = "current_schema()" if connection.dialect.name == "postgresql" else "database()"
    return str(connection.exec_driver_sql(f"SELECT {name}").scalar_one())


def check_on_server(fresh: Fresh, scripts: Sequence[str], *before: str, unsafe: bool = False) -> None:
    """Each script leaves the same catalog before and after; the schema ``public`` is that of the connection."""
    for script in scripts:
        found = []
        for each in (script, portable(script, unsafe)):
            connection = fresh()
            for statement in before:
                connection.exec_driver_sql(statement)
            run(each.replace("public", _schema(connection)), connection)
            found.append(_catalog(connection))
        assert found[0] == found[1], script
