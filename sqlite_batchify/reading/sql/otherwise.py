"""Statements that SQLite says in other words."""

from __future__ import annotations

import re

from .engine import quoted
from .indexes import index_on_sqlite, may_hold_index

_NAME = r"""("[^"]+"|`[^`]+`|\w+)"""
_TRUNCATE = re.compile(
    rf"TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?{_NAME}(?:\s+(?:RESTART|CONTINUE)\s+IDENTITY)?", re.IGNORECASE
)


def on_sqlite(sql: str) -> str | None:
    """The SQL that does the same on SQLite; None if that is not known."""
    plain = sql.strip().rstrip("; \n")
    if ";" in plain:
        return None
    if may_hold_index(plain):
        return index_on_sqlite(plain)
    found = _TRUNCATE.fullmatch(plain)
    if found is None:
        return None
    name = found[1]
    return f"DELETE FROM {name if name.isidentifier() else quoted(name[1:-1])}"
