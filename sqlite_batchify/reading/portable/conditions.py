"""Conditions of CHECKs and values of computed columns, where they stand in a script."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..expressions import live_parts
from ..guards import Guards
from ..sql.definitions import condition_on_sqlite
from ..sql.rows import Otherwise
from ..syntax import keywords_of, last_name, unwrapped
from ..values import Values

_CHECK, _COMPUTED, _CREATED = "CheckConstraint", "Computed", "create_check_constraint"
_FIRST, _CONDITION = "sqltext", "condition"


class Checked(NamedTuple):
    """SQL that SQLite does not take there, and what it gets in its place; ``text`` is the expression that holds it."""

    text: ast.expr
    sql: str
    here: Otherwise


def find_conditions(node: ast.AST, guards: Guards, values: Values) -> Iterator[Checked]:
    """The conditions in an expression that SQLite does not take."""
    if isinstance(node, ast.Call):
        name = last_name(node)
        given = _condition_of(node) if name in (_CHECK, _COMPUTED, _CREATED) else None
        text = None if given is None else unwrapped(given, "text")
        sql = values.text(text)
        here = None if sql is None else condition_on_sqlite(sql, name == _COMPUTED)
        if text is not None and sql is not None and here is not None:
            yield Checked(text, sql, here)
    for each in live_parts(node, guards)[0]:
        yield from find_conditions(each, guards, values)


def _condition_of(call: ast.Call) -> ast.expr | None:
    """The argument that holds it: of ``create_check_constraint`` the last of three, or of two in a block."""
    given = keywords_of(call)
    if last_name(call) != _CREATED:
        return call.args[0] if call.args else given.get(_FIRST)
    return given.get(_CONDITION) or (call.args[-1] if len(call.args) in (2, 3) else None)
