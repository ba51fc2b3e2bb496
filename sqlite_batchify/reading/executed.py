"""The SQL that a script executes, as far as its text tells it, for the views and triggers that it makes and drops."""

from __future__ import annotations

import ast
import re

from .syntax import Lines, unwrapped
from .values import Values

EXECUTING = frozenset({"execute", "exec_driver_sql"})
_CHANGES = re.compile(r"(?i)(?:create|drop)\w*[\s\S]{0,40}(?:view|trigger)|(?:view|trigger)\w*(?:create|drop)")
"""How code looks that executes SQL about views or triggers."""
_CHANGING = re.compile(r"(?i)_*(?:create|replace|add|install|restore|drop|remove|delete)\w*(?:view|trigger|entit)")


def executed_sql(call: ast.Call, values: Values, lines: Lines) -> str | None:
    """SQL as text, also in ``sa.text(...)``; empty if it cannot be told but is about views, None if it does not."""
    sql = unwrapped(call.args[0] if len(call.args) == 1 else None, "text")
    text = _joined(unwrapped(sql, "dedent"), values)
    return "" if text is None and sql is not None and _CHANGES.search(lines.segment(sql)) else text


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
