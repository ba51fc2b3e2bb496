"""A database file that Alembic has migrated: only ever a copy of it is opened."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from .revisions import HistoryError
from .scratch import PAGE_SIZE, Scratch

_REMEDY = "name a SQLite database that Alembic has migrated"


def copy_database(path: str, scratch: Scratch, driver: ModuleType) -> None:
    """Read a database file into memory: the file, and the WAL beside it, are copied first and never opened.

    Raises HistoryError.
    """
    with refusals(path, driver), tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        for suffix in ("", "-wal", "-journal"):
            if Path(path + suffix).exists():
                shutil.copyfile(path + suffix, str(copy) + suffix)
        source = driver.connect(str(copy))
        try:
            source.backup(scratch.raw)
        finally:
            source.close()


def page_size(path: str) -> int:
    """The page size of a database file, from its header (https://sqlite.org/fileformat.html). Raises HistoryError."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise HistoryError(f"{path}: this is no file; {_REMEDY}")  # a pipe would be waited for
        with open(path, "rb") as file:
            head = file.read(18)
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror}; {_REMEDY}") from error
    size = int.from_bytes(head[16:18], "big")
    return 65536 if size == 1 else size or PAGE_SIZE


@contextlib.contextmanager
def refusals(path: str, driver: ModuleType) -> Iterator[None]:
    try:
        yield
    except (OSError, driver.Error) as error:
        raise HistoryError(f"{path}: {getattr(error, 'strerror', None) or error}; {_REMEDY}") from error
