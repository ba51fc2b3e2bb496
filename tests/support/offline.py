"""What a revision script sends to other databases: the offline DDL, through a real MigrationContext."""

from __future__ import annotations

import inspect
import io
import warnings
from collections.abc import Callable
from typing import Any

from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations

DIALECTS = ("postgresql", "mysql", "mssql", "oracle")
DIRECTIONS = ("upgrade", "downgrade")


def ddl(script: str, dialect: str, direction: str) -> str | None:
    """The DDL text of one direction (and of what the module itself does), None if it cannot be run offline."""
    buffer = io.StringIO()
    context = MigrationContext.configure(dialect_name=dialect, opts={"as_sql": True, "output_buffer": buffer})
    namespace: dict[str, Any] = {"__name__": "revision"}
    with Operations.context(context), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(script, "script.py", "exec"), namespace)
            run: Callable[..., None] = namespace[direction]
            run(*_arguments(run))
        except Exception:
            return None
    return buffer.getvalue()


def _arguments(function: Callable[..., None]) -> list[object]:
    return [op if name == "op" else "engine1" for name in inspect.signature(function).parameters]
