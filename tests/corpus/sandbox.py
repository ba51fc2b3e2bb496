"""Keeps the scripts of others from doing anything but talk to the recorded database."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import random
import sys
import time
import uuid
import warnings
from collections.abc import Iterator
from unittest import mock

from sqlalchemy import Constraint, Index

_FORBIDDEN = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.system", "os.exec", "os.posix_spawn", "os.fork")
_FORBIDDEN_TOO = ("shutil.", "subprocess.", "socket.", "tempfile.", "sqlite3.connect", "ftplib.", "urllib.", "smtplib.")
_state = {"closed": False, "hooked": False}


@contextlib.contextmanager
def sandbox() -> Iterator[None]:
    """While this lasts: no files are written, no processes, no network, no output, no waiting, no chance."""
    if not _state["hooked"]:
        sys.addaudithook(_refuse)
        _state["hooked"] = True
    random.seed(0)
    silent = io.StringIO()
    logging.disable(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(silent))
        stack.enter_context(contextlib.redirect_stderr(silent))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mock.patch.object(time, "sleep"))
        # A table keeps its constraints and indexes in sets, whose order follows from where they are in memory.
        stack.enter_context(mock.patch.object(Constraint, "__hash__", lambda each: hash(type(each).__name__)))
        stack.enter_context(mock.patch.object(Index, "__hash__", lambda index: hash(index.name)))
        stack.enter_context(mock.patch.object(uuid, "uuid4", _seeded_uuid))
        _state["closed"] = True
        try:
            yield
        finally:
            _state["closed"] = False
            logging.disable(logging.NOTSET)


def _seeded_uuid() -> uuid.UUID:
    return uuid.UUID(int=random.getrandbits(128))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if not _state["closed"]:
        return
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event.startswith(_FORBIDDEN) or event.startswith(_FORBIDDEN_TOO):
        raise PermissionError(f"a revision script of the corpus wants {event}")
