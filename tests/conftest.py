from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers import Run
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


@pytest.fixture
def postgresql() -> Iterator[Fresh]:
    yield from fresh_schemas(POSTGRESQL)


@pytest.fixture
def mariadb() -> Iterator[Fresh]:
    yield from fresh_schemas(MARIADB)
