"""Which direct operations a script reaches on SQLite that SQLite cannot do: by running it, as far as it runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from alembic.operations import Operations
from sqlalchemy import Column
from sqlalchemy.dialects import sqlite

from .offline import DIRECTIONS, SCRIPT, Program, World, run
from .places import BATCH_ALTER_TABLE, ON_TABLES
from .remains import ALWAYS, alters
from .stubs import Stub, stand_ins

_CONSTANT = re.compile(r"\(?\s*(?:[+-]?[\d.]+|'.*'|\".*\"|null|true|false)\s*\)?", re.IGNORECASE | re.DOTALL)


def reached(program: Program) -> set[int]:
    """The lines from which an operation that needs a block is called without one."""
    lines: set[int] = set()
    replaced: dict[str, Any] = {name: _watched(name, lines) for name in ON_TABLES}
    replaced[BATCH_ALTER_TABLE] = _block
    with stand_ins(), mock.patch.multiple(Operations, **replaced):
        for direction in DIRECTIONS:
            for world in (World.PRESENT, World.ABSENT):
                run(program, direction, "sqlite", world)
    return lines


@contextmanager
def _block(self: Operations, *args: Any, **kwargs: Any) -> Iterator[Stub]:
    yield Stub("batch_op")


def _watched(name: str, lines: set[int]) -> Callable[..., None]:
    def operation(self: Operations, *args: Any, **kwargs: Any) -> None:
        if _needs_block(name, args, kwargs):
            line = _line()
            if line:
                lines.add(line)

    return operation


def _line() -> int:
    """The line of the script that is running."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename != SCRIPT:
        frame = frame.f_back
    return frame.f_lineno if frame.f_code.co_filename == SCRIPT else 0


def _needs_block(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if name == "alter_column":
        return any(alters(each, repr(value)) for each, value in kwargs.items())
    if name == "add_column":
        column = kwargs.get("column", args[1] if len(args) > 1 else None)
        return isinstance(column, Column) and _refused(column)
    return name in ALWAYS


def _refused(column: Column[Any]) -> bool:
    """Whether SQLite's own ADD COLUMN does not take the column (https://sqlite.org/lang_altertable.html)."""
    if column.computed is not None:
        return bool(column.computed.persisted)
    default = getattr(column.server_default, "arg", "")
    written = "''" if isinstance(default, str) else str(default.compile(dialect=sqlite.dialect()))
    constant = _CONSTANT.fullmatch(written.strip()) is not None
    unique = bool(column.unique) and not column.index
    return bool(column.foreign_keys) or unique or column.primary_key or not constant
