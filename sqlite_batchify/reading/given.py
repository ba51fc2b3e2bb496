"""What the keywords of a table and of a block say of the copy that SQLite makes."""

from __future__ import annotations

import ast

from .events import Given, Table
from .syntax import Given as Arguments
from .syntax import has_stars, is_none, keywords_of, literal, unwrapped
from .tables import column_parts
from .values import Values
from .whole import Whole

AUTOINCREMENT = "sqlite_autoincrement"
_NO_TABLE = Table(None, "")
_KEYWORDS = frozenset({"reflect_args", "table_args", "table_kwargs", "copy_from", "reflect_kwargs"})


def read_autoincrement(call: ast.Call) -> bool | None:
    """Whether a table gets AUTOINCREMENT on SQLite, None if that cannot be told."""
    if has_stars(call):
        return None
    return _flag(keywords_of(call).get(AUTOINCREMENT))


def _flag(node: ast.expr | None) -> bool | None:
    if node is None:
        return False
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def read_given(call: ast.Call, arguments: Arguments, values: Values) -> Given | None:
    """What a block gives its copy, None if not all of it can be told."""
    if has_stars(call):
        return None
    given = {name: arguments[name] for name in _KEYWORDS & set(arguments) if not is_none(arguments[name])}
    if not given:
        return Given()
    if {"copy_from", "reflect_kwargs"} & set(given):
        return None
    columns = _columns(given.get("reflect_args"), values)
    checks = _checks(given.get("table_args"), values)
    autoincrement = _autoincrement(given.get("table_kwargs"), values)
    if columns is None or checks is None or autoincrement is None:
        return None
    return Given(columns, autoincrement, checks)


def _items(node: ast.expr | None, values: Values) -> list[ast.Call] | None:
    node = values.resolved(node)
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    found = [values.resolved(each) for each in node.elts]
    calls = [each for each in found if isinstance(each, ast.Call)]
    return calls if len(calls) == len(found) else None


def _columns(node: ast.expr | None, values: Values) -> tuple[tuple[str, Whole], ...] | None:
    """The columns that are given whole."""
    calls = [] if node is None else _items(node, values)
    if calls is None:
        return None
    parts = [column_parts(each, _NO_TABLE, values) for each in calls if values.kind(each) == "Column"]
    known = tuple((part.columns[0].name, part.columns[0].whole) for part in parts if part.complete)
    return known if len(known) == len(calls) else None


def _checks(node: ast.expr | None, values: Values) -> frozenset[str] | None:
    """The SQL of the CHECKs that are given."""
    calls = [] if node is None else _items(node, values)
    if calls is None:
        return None
    texts = [
        values.text(unwrapped(each.args[0], "text"))
        for each in calls
        if values.kind(each) == "CheckConstraint" and each.args
    ]
    known = frozenset(each for each in texts if each is not None)
    return known if len(known) == len(calls) else None


def _autoincrement(node: ast.expr | None, values: Values) -> bool | None:
    node = values.resolved(node)
    if node is None:
        return False
    if not isinstance(node, ast.Dict) or None in node.keys:
        return None
    said = [value for key, value in zip(node.keys, node.values, strict=True) if literal(key) == AUTOINCREMENT]
    return _flag(said[0]) if said else False
