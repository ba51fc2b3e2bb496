"""Keywords of operations that reach SQLite as SQL which it does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ...operations import AT_ONCE
from ..expressions import live_parts
from ..guards import Guards
from ..sql.engine import refusal, table_for
from ..syntax import is_true, keywords_of, last_name, literal, unwrapped

_CONDITIONS = {"add_column": "if_not_exists", "drop_column": "if_exists"}
_DEFERRED, _DEFERRABLE = "initially", "deferrable"
_INDEXES, _WHERE = frozenset({"create_index", "Index"}), "postgresql_where"
_KEYS = frozenset({"create_foreign_key", "ForeignKey", "ForeignKeyConstraint"})
_AT_ONCE = AT_ONCE | {"UniqueConstraint", "PrimaryKeyConstraint", "CheckConstraint"}


class Condition(NamedTuple):
    """``if_exists=True``: the value, which is to hold on other databases only."""

    value: ast.expr


class Deferred(NamedTuple):
    """``initially="DEFERRED"`` alone, which SQLite takes only behind DEFERRABLE."""

    value: ast.expr


class AtOnce(NamedTuple):
    """A keyword that defers a constraint which SQLite checks at once: its value."""

    value: ast.expr


class Partial(NamedTuple):
    """``postgresql_where`` of a unique index alone, whose condition SQLite takes as well."""

    value: ast.expr


def find_keywords(node: ast.AST, guards: Guards) -> Iterator[Condition | Deferred | AtOnce | Partial]:
    if isinstance(node, ast.Call):
        given, name = keywords_of(node), last_name(node)
        condition = given.get(_CONDITIONS.get(name, ""))
        if condition is not None and is_true(condition):
            yield Condition(condition)
        if name in _KEYS and literal(given.get(_DEFERRED)) is not None and _DEFERRABLE not in given:
            yield Deferred(given[_DEFERRED])
        for each in (given[word] for word in (_DEFERRABLE, _DEFERRED) if name in _AT_ONCE and word in given):
            if isinstance(each, ast.Constant) and each.value is not None:
                yield AtOnce(each)
        if name in _INDEXES and is_true(given.get("unique")) and _WHERE in given and "sqlite_where" not in given:
            told = literal(unwrapped(given[_WHERE], "text"))
            if told is not None and _is_taken(told):
                yield Partial(given[_WHERE])
    for part in live_parts(node, guards)[0]:
        yield from find_keywords(part, guards)


def _is_taken(condition: str) -> bool:
    index = f"CREATE INDEX i ON t (x) WHERE {condition}"
    return refusal(index, table_for("t", f"x {condition}")) is None
