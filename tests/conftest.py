from __future__ import annotations

import importlib
import os
import sys
import uuid
from collections.abc import Iterator

if os.environ.get("SQLITE_BATCHIFY_TEST_SQLITE"):
    # Another SQLite than the interpreter's, for everything: SQLAlchemy, Alembic, the tests themselves.
    module = importlib.import_module(os.environ["SQLITE_BATCHIFY_TEST_SQLITE"])
    sys.modules.update({"sqlite3": module, "sqlite3.dbapi2": importlib.import_module(f"{module.__name__}.dbapi2")})

import pytest
from helpers import CONNECTIONS, Run
from servers import MARIADB, POSTGRESQL, Fresh, fresh_schemas

from sqlite_batchify.cli import main


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command line in this process: exit status, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capsysbinary.readouterr()
        return status, captured.out.decode(), captured.err.decode()

    return run


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each test its own, also for the programs that it starts."""
    monkeypatch.setenv("SQLITE_BATCHIFY_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache" / uuid.uuid4().hex))


@pytest.fixture(autouse=True)
def _connections() -> Iterator[None]:
    yield
    while CONNECTIONS:
        CONNECTIONS.pop().close()


@pytest.fixture
def postgresql() -> Iterator[Fresh]:
    yield from fresh_schemas(POSTGRESQL)


@pytest.fixture
def mariadb() -> Iterator[Fresh]:
    yield from fresh_schemas(MARIADB)
