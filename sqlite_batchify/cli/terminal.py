"""What all commands do with a terminal: help, complaints, colour, progress, bytes."""

from __future__ import annotations

import gc
import os
import sys
import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

from .status import FAILED

PROGRAM = "sqlite-batchify"
_Item = TypeVar("_Item")
_MANY = 100_000  # objects
_PATIENCE = 0.5  # seconds before a progress bar shows


class HelpFormatter(RawDescriptionHelpFormatter):
    """That of argparse, which is also made for each option, but without the import of shutil for the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As shutil.get_terminal_size tells it."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def complain(message: str, command: str = "") -> int:
    """Say on stderr why nothing could be done. Returns the exit status."""
    print(f"{PROGRAM}{command and ' ' + command}: {message}", file=sys.stderr)
    return FAILED


@contextmanager
def less_garbage() -> Iterator[None]:
    """While this lasts, Python seldom looks for garbage: there is next to none, and it takes a tenth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(_MANY)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*usual)


def write_bytes(data: bytes) -> None:
    """Write to stdout what has an encoding of its own."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether people look at it; there is none at all where it was closed from the start."""
    return stream is not None and stream.isatty()


def wants_colour(stream: TextIO | None) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def with_progress(items: Iterable[_Item], total: int, title: str, quiet: bool) -> Iterator[_Item]:
    """The items, with a progress bar on a terminal once it has taken a while."""
    items = iter(items)
    if not quiet and total > 1 and is_terminal(sys.stderr):
        started = time.monotonic()
        for number, item in enumerate(items, 1):
            yield item
            if time.monotonic() - started > _PATIENCE:
                from rich.console import Console
                from rich.progress import track

                yield from track(items, title, total, number, console=Console(stderr=True), transient=True)
                return
    yield from items
