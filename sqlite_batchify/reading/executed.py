"""The SQL that a script executes, as far as its text tells it, for the views and triggers that it makes and drops."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from .syntax import Lines, descendants, last_name, literal, unwrapped
from .values import Values

EXECUTING = frozenset({"execute", "exec_driver_sql"})
_ABOUT = re.compile(r"(?i)view|trigger|\.sql\b|\bread_text\b|\bopen\b|\bread_sql")
"""What stands in a script that may execute SQL about views or triggers without showing it."""
_ROWS = re.compile(r"(?i)\s*(?:SELECT|INSERT|UPDATE|DELETE)\s")
_BUILT = frozenset({"insert", "update", "delete", "select", "values", "where", "func"})
_CHANGING = re.compile(r"(?i)_*(?:create|replace|add|install|restore|drop|remove|delete)\w*(?:view|trigger|entit)")


def executed_sql(call: ast.Call, values: Values, lines: Lines) -> str | None:
    """SQL as text, also in ``sa.text(...)``; empty if it cannot be told and may be about views or triggers."""
    given = call.args[0] if len(call.args) == 1 else None
    text = _joined(unwrapped(unwrapped(given, "text"), "dedent"), values)
    if text is not None or not call.args or not _may_be_about_views(lines.text):
        return text
    node = values.resolved(call.args[0])
    return None if _is_built(node) or _is_about_rows(node, values) else ""


@lru_cache(maxsize=4)
def _may_be_about_views(script: str) -> bool:
    return _ABOUT.search(script) is not None


def _is_built(node: ast.expr | None) -> bool:
    """Whether SQLAlchemy builds the statement, about rows."""
    nodes = () if node is None else descendants(node)
    return any(isinstance(each, ast.Attribute) and each.attr in _BUILT for each in nodes) or (
        isinstance(node, ast.Call) and last_name(node) in _BUILT
    )


def _is_about_rows(node: ast.expr | None, values: Values) -> bool:
    """Whether a text is put together that begins as a statement about rows does: SQLite takes one at a time."""
    node = values.resolved(unwrapped(node, "text"))
    while isinstance(node, ast.BinOp) or (isinstance(node, ast.JoinedStr) and node.values):
        node = values.resolved(node.left if isinstance(node, ast.BinOp) else node.values[0])
    return _ROWS.match(literal(node) or "") is not None


def may_change_views(function: str, values: Values) -> bool:
    """Whether a function of this name, which is none of the script's, may create or drop views or triggers."""
    return _CHANGING.match(function) is not None and function not in values.functions


def _joined(node: ast.expr | None, values: Values) -> str | None:
    """A text, also one that is put together with ``+``."""
    behind: list[str | None] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        behind.append(values.text(node.right))
        node = node.left
    parts = [values.text(node), *reversed(behind)]
    return None if None in parts else "".join(part or "" for part in parts)
