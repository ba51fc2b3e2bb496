"""Keywords of operations that reach SQLite as SQL which it does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..expressions import live_parts
from ..guards import Guards
from ..syntax import is_true, keywords_of, last_name, literal

_CONDITIONS = {"add_column": "if_not_exists", "drop_column": "if_exists"}
_DEFERRED, _DEFERRABLE = "initially", "deferrable"
_KEYS = frozenset({"create_foreign_key", "ForeignKey", "ForeignKeyConstraint", "create_unique_constraint"})


class Condition(NamedTuple):
    """``if_exists=True``: the value, which is to hold on other databases only."""

    value: ast.expr


class Deferred(NamedTuple):
    """``initially="DEFERRED"`` alone, which SQLite takes only behind DEFERRABLE."""

    value: ast.expr


def find_keywords(node: ast.AST, guards: Guards) -> Iterator[Condition | Deferred]:
    if isinstance(node, ast.Call):
        given, name = keywords_of(node), last_name(node)
        condition = given.get(_CONDITIONS.get(name, ""))
        if condition is not None and is_true(condition):
            yield Condition(condition)
        if name in _KEYS and literal(given.get(_DEFERRED)) is not None and _DEFERRABLE not in given:
            yield Deferred(given[_DEFERRED])
    for each in live_parts(node, guards)[0]:
        yield from find_keywords(each, guards)
