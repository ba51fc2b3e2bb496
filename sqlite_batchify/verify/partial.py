"""Unique indexes that are partial on PostgreSQL only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ..operations import OPERATIONS
from ..planning.edits import ARGUMENT, Edit, Remedy
from .emulation import SUBSTITUTIONS
from .remedies import written

_DIALECT: Any = sqlite.dialect()


def find_partial(args: tuple[Any, ...], keywords: Mapping[str, Any], table: str | None) -> dict[str, str] | None:
    """What to say of a call of create_index, None if its index is no such; ``table`` is that of the block around it."""
    known = OPERATIONS["create_index"]
    positional = known.positional if table is None else known.batch_positional
    given = {**dict(zip(positional, args, strict=False)), **keywords}
    where = given.get("postgresql_where")
    if where is None or given.get("sqlite_where") is not None or not given.get("unique"):
        return None
    names = {"index": str(given.get("index_name")), "table": str(table or given.get("table_name"))}
    condition = f"sa.text({written(_condition(where))})"
    edit = Edit(ARGUMENT, f"sqlite_where={condition}", of="create_index")
    return {**names, "condition": Remedy(condition, edit)}


def _condition(where: Any) -> str:
    """The condition in SQLite's words, without casts to the types of another database."""
    clause = sa.text(where) if isinstance(where, str) else where
    text = str(clause.text) if isinstance(clause, sa.TextClause) else _compiled(clause)
    _, pattern, nothing = SUBSTITUTIONS[0]
    return pattern.sub(nothing, text)


def _compiled(clause: Any) -> str:
    compiler = _DIALECT.statement_compiler(_DIALECT, None)
    return str(compiler.process(clause, include_table=False, literal_binds=True))
