"""The database servers that some tests need, each test in a schema or database of its own.

Their addresses come from environment variables. Without a server such a test is skipped; in CI it fails.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

POSTGRESQL = "SQLITE_BATCHIFY_TEST_POSTGRESQL"
MARIADB = "SQLITE_BATCHIFY_TEST_MARIADB"
_DEFAULTS = {
    POSTGRESQL: "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    MARIADB: "mysql+pymysql://root@127.0.0.1:3306/test",
}

Fresh = Callable[[], sa.Connection]
"""Gives a connection, in autocommit mode, that sees a new and empty schema."""


def fresh_schemas(variable: str) -> Iterator[Fresh]:
    """A source of connections to the server that this environment variable names, for a fixture."""
    url = sa.make_url(os.environ.get(variable) or _DEFAULTS[variable])
    server = sa.create_engine(url, connect_args={"connect_timeout": 5}, isolation_level="AUTOCOMMIT")
    try:
        server.connect().close()
    except OperationalError as error:
        reason = f"no server at {url.render_as_string()}: {error.orig}; {variable} says where one is"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_schema(server))
    server.dispose()


@contextmanager
def _schema(server: sa.Engine) -> Iterator[sa.Connection]:
    name = f"batchify_{uuid.uuid4().hex[:12]}"
    postgresql = server.dialect.name == "postgresql"
    with server.connect() as connection:
        charset = "" if postgresql else " CHARACTER SET utf8mb4"
        connection.exec_driver_sql(f"CREATE SCHEMA {name}{charset}")
    options = {"options": f"-csearch_path={name}"} if postgresql else {}
    url = server.url if postgresql else server.url.set(database=name)
    engine = sa.create_engine(url, connect_args=options, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name}{' CASCADE' if postgresql else ''}")
