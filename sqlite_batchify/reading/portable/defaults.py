"""Server defaults of other databases, where they stand in a script."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..expressions import live_parts
from ..guards import Guards
from ..sql.defaults import (
    ARRAY,
    BOOLEAN,
    DATE,
    HSTORE,
    NOTHING,
    NOW,
    TIME,
    UNKNOWN,
    Here,
    array_of,
    literal_sql,
    of_text,
    on_sqlite,
    unquoted,
)
from ..syntax import in_quotes, is_true, keywords_of, last_name, literal
from ..values import Values
from .types import Types, without_variants

_KINDS = {"ARRAY": ARRAY, "HSTORE": HSTORE, "Boolean": BOOLEAN, "BOOLEAN": BOOLEAN} | {
    "Date": DATE,
    "DATE": DATE,
    "Time": TIME,
    "TIME": TIME,
}
_COLUMN, _ALTER, _KEY = "Column", "alter_column", "PrimaryKeyConstraint"
_GENERIC = frozenset({"now", "current_timestamp", "current_date", "current_time"})
_TEXTS = frozenset({"text", "literal_column"})
_IDENTITY = "Identity"
_NEXT = "next_value"  # of a sequence
_QUOTES = '"'
SQLALCHEMY = "{sqlalchemy}"
"""Stands for the name of that package."""


class Default(NamedTuple):
    """A server default that SQLite does not take: where it stands, and what to say to SQLite.

    ``code`` has SQLALCHEMY for the name of that package; it is None if it is not known. ``within`` if it is
    part of a choice.
    """

    node: ast.expr
    code: str | None
    sql: str
    within: bool = False


class Defaults(NamedTuple):
    types: Types
    values: Values

    def find(self, node: ast.AST, guards: Guards, keys: frozenset[str] = frozenset()) -> Iterator[Default]:
        """``keys`` are the columns that make the primary key of the table around."""
        if isinstance(node, ast.Call):
            given = keywords_of(node)
            keys = keys | _keys_of(node)
            if "server_default" in given:
                yield from self._of_call(node, given, guards, keys)
        for each in live_parts(node, guards)[0]:
            yield from self.find(each, guards, keys)

    def _of_call(
        self, call: ast.Call, given: dict[str, ast.expr], guards: Guards, keys: frozenset[str]
    ) -> Iterator[Default]:
        alters = last_name(call) == _ALTER
        named = [given.get("type_"), given.get("existing_type")] if alters else [*call.args[:2], given.get("type_")]
        kind = next(filter(None, (self._kind(self.values.resolved(each)) for each in named)), "")
        is_key = is_true(given.get("primary_key")) or (bool(call.args) and literal(call.args[0]) in keys)
        for value, within in _choices(given["server_default"], guards):
            found = self._default(value, kind)
            if found is None:
                if alters and self.types.kind(value) == ("", _IDENTITY):
                    yield Default(value, "False", _IDENTITY, within)
                continue
            here, sql = found
            code = None if here == UNKNOWN or (here.text == NOTHING and not is_key) else _code(here, kind)
            yield Default(value, code, sql, within)

    def _kind(self, type_: ast.expr | None) -> str:
        """The kind of a column of this type, empty if that does not count."""
        kind = _KINDS.get(self.types.kind(type_)[1], "")
        type_ = without_variants(type_)
        given = (*type_.args[:1], keywords_of(type_).get("item_type")) if isinstance(type_, ast.Call) else ()
        item = next(filter(None, given), None) if kind == ARRAY else None
        return kind if item is None else array_of(self.types.kind(self.values.resolved(item))[1])

    def _default(self, node: ast.expr, kind: str) -> tuple[Here, str] | None:
        """What to say to SQLite in place of a default, and its SQL; None if SQLite takes it."""
        node = self.values.resolved(node) or node
        text = self.values.text(node)
        if text is not None:
            here = of_text(text, kind)
            return None if here is None else (here, text)
        if not isinstance(node, ast.Call):
            return None
        if last_name(node) == _NEXT and not node.args:
            return Here(NOTHING), f"{_NEXT}()"
        if last_name(node) in _TEXTS and len(node.args) == 1 and not node.keywords:
            sql = self.values.text(node.args[0])
        else:
            sql = self._called(node)
        here = None if sql is None else on_sqlite(sql, kind)
        return None if here is None or sql is None else (here, sql)

    def _called(self, call: ast.Call) -> str | None:
        """The SQL of ``sa.func.name(...)``, where its arguments are literals; None for what every database has."""
        function = call.func
        owner = function.value if isinstance(function, ast.Attribute) else None
        is_func = owner is not None and self.types.names.path(owner).rpartition(".")[2] == "func"
        if not is_func or not isinstance(function, ast.Attribute) or function.attr in _GENERIC or call.keywords:
            return None
        given = [
            literal_sql(each.value) if isinstance(each, ast.Constant) else self._called_within(each)
            for each in call.args
        ]
        return None if None in given else f"{function.attr}({', '.join(filter(None, given))})"

    def _called_within(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Call) and last_name(node) in _GENERIC:
            return f"{last_name(node)}()"
        return self._called(node) if isinstance(node, ast.Call) else None


def _choices(node: ast.expr, guards: Guards, within: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """The values that SQLite may get to, and whether each is part of a choice."""
    if isinstance(node, ast.IfExp):
        answer = guards.truth(node.test)
        for taken, value in ((True, node.body), (False, node.orelse)):
            if answer is None or answer is taken:
                yield from _choices(value, guards, True)
    else:
        yield node, within


def _keys_of(call: ast.Call) -> frozenset[str]:
    keys = [each for each in call.args if isinstance(each, ast.Call) and last_name(each) == _KEY]
    names = [literal(each) for key in keys for each in key.args]
    return frozenset(name for name in names if name is not None) if len(names) == 1 else frozenset()


def _code(here: Here, kind: str) -> str:
    if here.text in (NOW, NOTHING):
        return f"{SQLALCHEMY}.func.now()" if here.text == NOW else "None"
    if kind == BOOLEAN and here.text in ("0", "1"):
        return f"{SQLALCHEMY}.true()" if here.text == "1" else f"{SQLALCHEMY}.false()"
    plain = unquoted(here.text)
    return f"{SQLALCHEMY}.text({in_quotes(here.text, _QUOTES)})" if plain is None else in_quotes(plain, _QUOTES)
