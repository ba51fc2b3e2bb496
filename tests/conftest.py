from __future__ import annotations

import importlib
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

if os.environ.get("SQLITE_BATCHIFY_TEST_SQLITE"):
    # Another SQLite than the interpreter's, for everything: SQLAlchemy, Alembic, the tests themselves.
    module = importlib.import_module(os.environ["SQLITE_BATCHIFY_TEST_SQLITE"])
    sys.modules.update({"sqlite3": module, "sqlite3.dbapi2": importlib.import_module(f"{module.__name__}.dbapi2")})

import pytest

from sqlite_batchify.cli import main
from tests.support import SHOP
from tests.support.helpers import CONNECTIONS, Run
from tests.support.servers import MARIADB, POSTGRESQL, Fresh, fresh_schemas


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
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shop project, in which the test then runs."""
    folder = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def postgresql() -> Iterator[Fresh]:
    yield from fresh_schemas(POSTGRESQL)


@pytest.fixture
def mariadb() -> Iterator[Fresh]:
    yield from fresh_schemas(MARIADB)
