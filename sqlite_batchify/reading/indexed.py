"""What stands among the columns of an index, as SQL: texts, expressions of SQLAlchemy's, and columns by name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .sql.engine import written_name
from .syntax import dotted, is_none, last_name, literal
from .values import Values

_NAMING = frozenset({"column", "Column"})
_TEXTS = frozenset({"text", "literal_column"})
_ORDERS = {"desc": " DESC", "asc": ""}


def items_of_index(items: Sequence[ast.expr], values: Values) -> tuple[str, ...]:
    """The SQL of each, empty where it cannot be told; nothing if all are columns by name."""
    if all(values.text(each) is not None for each in items):
        return ()
    return tuple(_sql(each, values) or "" for each in items)


def where_of_index(node: ast.expr | None, values: Values) -> str | None:
    """The condition of a partial index: empty if it has none, None if that cannot be told."""
    node = values.resolved(node)
    if node is None or is_none(node):
        return ""
    return _sql(node, values) if isinstance(node, ast.Call) and last_name(node) in _TEXTS else None


def _sql(node: ast.expr, values: Values) -> str | None:
    name = values.text(node)
    if name is not None:
        return written_name(name)
    call = values.resolved(node)
    if not isinstance(call, ast.Call) or call.keywords:
        return None
    kind, owner = values.kind(call), call.func.value if isinstance(call.func, ast.Attribute) else None
    if kind in _TEXTS or kind in _NAMING:
        text = values.text(call.args[0]) if call.args else None
        return text and (text if kind in _TEXTS else written_name(text))
    if owner is not None and dotted(owner)[-1:] == ("func",):
        given = [_argument(each, values) for each in call.args]
        return None if None in given else f"{kind}({', '.join(each or '' for each in given)})"
    of = call.args if not isinstance(owner, ast.Call) else [owner, *call.args]
    named = kind in _ORDERS and not isinstance(owner, ast.Call) and of  # desc("name") does not quote it
    inner = (values.text(of[0]) if named else None) or (_sql(of[0], values) if of else None)
    if inner is None:
        return None
    if kind in _ORDERS and len(of) == 1:
        return inner + _ORDERS[kind]
    collation = literal(of[1]) if kind == "collate" and len(of) == 2 else None
    return None if collation is None else f"{inner} COLLATE {written_name(collation)}"


def _argument(node: ast.expr, values: Values) -> str | None:
    """What a function of SQL gets: a text is one there, too."""
    text = values.text(node)
    if text is not None:
        return "'" + text.replace("'", "''") + "'"
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return str(node.value)
    return _sql(node, values)
