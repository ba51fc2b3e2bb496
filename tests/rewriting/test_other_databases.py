"""The other databases notice nothing: the same DDL for those of generated scripts, and the same catalogs."""

from __future__ import annotations

import re
import warnings
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings

from sqlite_batchify import rewrite_source
from sqlite_batchify.operations import STYLES
from tests.support import part
from tests.support.drawn import Script, scripts
from tests.support.offline import DIALECTS, DIRECTIONS, ddl
from tests.support.servers import Fresh


def _on_a_server(examples: int) -> settings:
    fixtures = [HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=fixtures)


_CATALOG = (
    """SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable,
    column_default FROM information_schema.columns WHERE table_schema = current_schema()""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace""",
    """SELECT tablename, indexname, replace(indexdef, current_schema() || '.', '')
    FROM pg_indexes WHERE schemaname = current_schema()""",
    """SELECT adrelid::regclass::text, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef
    JOIN pg_class ON pg_class.oid = adrelid WHERE relnamespace = current_schema()::regnamespace""",
    """SELECT objoid::regclass::text, objsubid, description FROM pg_description
    JOIN pg_class ON pg_class.oid = objoid WHERE relnamespace = current_schema()::regnamespace""",
)
_NAME = re.compile(r"CONSTRAINT \S+ (?=UNIQUE|FOREIGN KEY)")


def _rewritten(script: Script, style: str, naming: str) -> str:
    return rewrite_source(script.text().encode(), style=style, naming=naming).result.decode()


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=part(25, 60), deadline=None, derandomize=True)
@given(script=scripts(portable=True))
def test_the_ddl_is_the_same_text(script: Script, style: str) -> None:
    result = _rewritten(script, style, "keep")
    for dialect in DIALECTS:
        for direction in DIRECTIONS:
            before = ddl(script.text(), dialect, direction)
            assert before is not None or "comment=" in script.text()  # SQL Server takes none offline
            assert ddl(result, dialect, direction) == before, result


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=part(25, 60), deadline=None, derandomize=True)
@given(script=scripts(portable=True, nameless=True))
def test_only_names_are_added_to_the_ddl(script: Script, style: str) -> None:
    result = _rewritten(script, style, "postgresql")
    for dialect in DIALECTS:
        for direction in DIRECTIONS:
            before, after = ddl(script.text(), dialect, direction), ddl(result, dialect, direction)
            assert (before is None) == (after is None)
            assert _NAME.sub("", after or "") == _NAME.sub("", before or ""), result


def _metadata() -> sa.MetaData:
    """The tables of ``drawn.tables``."""
    metadata = sa.MetaData()

    def table(name: str, *items: Any) -> sa.Table:
        return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), *items)

    unique, key = sa.UniqueConstraint, sa.ForeignKeyConstraint
    numbers = {name: sa.Column(name, sa.Integer) for name in "gakl"}
    table("r", numbers["g"], sa.Column("h", sa.String(30)), unique("g", name="uq_g"))
    c = sa.Column("c", sa.Integer, server_default="7")
    references = unique("a", name="uq_a"), key(["c"], ["r.id"], name="fk_c", ondelete="CASCADE")
    table("t", numbers["a"], sa.Column("b", sa.String(30)), c, *references, sa.Index("ix_b", "b"))
    table("u", numbers["k"], numbers["l"], key(["k"], ["t.id"], name="fk_k"), sa.Index("ix_l", "l"))
    return metadata


_ROWS = {
    "r": ((1, 1, "x"), (2, 2, "y"), (3, 3, "5")),
    "t": ((1, 1, "x", 1), (2, 2, "y", 2), (3, 3, "5", 3)),
    "u": ((1, 3, 1), (2, 2, 2), (3, 1, 3)),
}
"""Every number is one that a foreign key can refer to."""


def _renew(connection: sa.Connection) -> None:
    """Make the tables as they are before a script."""
    inspector = sa.inspect(connection)
    for (_, table), keys in inspector.get_multi_foreign_keys().items():
        for key in keys:
            kind = "CONSTRAINT" if connection.dialect.name == "postgresql" else "FOREIGN KEY"
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP {kind} {key['name']}")
    for table in inspector.get_table_names():
        connection.exec_driver_sql(f"DROP TABLE {table}")
    metadata = _metadata()
    metadata.create_all(connection)
    for name, rows in _ROWS.items():
        for row in rows:
            connection.execute(metadata.tables[name].insert().values(row))


def _catalog(connection: sa.Connection) -> list[Any]:
    """What the server says of its tables, and their rows but for the time of day."""
    names = sorted(sa.inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        found = [sorted(map(repr, connection.exec_driver_sql(query))) for query in _CATALOG]
    else:
        found = [list(map(repr, connection.exec_driver_sql(f"SHOW CREATE TABLE {name}"))) for name in names]
    rows = [connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in names]
    return [*found, *(re.sub(r"datetime\([^)]*\)", "now", repr(each)) for each in rows)]


Outcome = list[tuple[str, list[Any]]]


def _run(connection: sa.Connection, source: str) -> Outcome:
    """For each direction the error that ended it ("" if none), and what it left."""
    _renew(connection)
    module = ModuleType("script")
    exec(source, module.__dict__)
    outcome = []
    for direction in DIRECTIONS:
        error = ""
        with Operations.context(MigrationContext.configure(connection)), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                getattr(module, direction)()
            except sa.exc.DBAPIError as raised:
                error = str(raised.orig)
        outcome.append((error, _catalog(connection)))
    return outcome


def check(connection: sa.Connection, script: Script) -> list[str]:
    """Compare a script with what it is rewritten to, both styles. Returns the errors of its directions."""
    before = _run(connection, script.text())
    for result in {_rewritten(script, style, "keep") for style in STYLES} - {script.text()}:
        assert _run(connection, result) == before, result
    return [error for error, _ in before]


@_on_a_server(25)
@given(script=scripts(portable=True))
def test_postgresql_has_the_same_catalog(postgresql: Fresh, script: Script) -> None:
    check(_connection(postgresql), script)


@_on_a_server(8)
@given(script=scripts(portable=True))
def test_mariadb_has_the_same_catalog(mariadb: Fresh, script: Script) -> None:
    check(_connection(mariadb), script)


_CONNECTIONS: dict[Fresh, sa.Connection] = {}


def _connection(fresh: Fresh) -> sa.Connection:
    """One schema for all examples of a test."""
    if fresh not in _CONNECTIONS:
        _CONNECTIONS.clear()
        connection = _CONNECTIONS[fresh] = fresh()
        driver: Any = connection.connection.driver_connection
        driver.prepare_threshold = None  # psycopg prepares what it runs often, and the tables change under it
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET synchronous_commit = off")
    return _CONNECTIONS[fresh]
