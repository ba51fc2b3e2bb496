"""Types of other databases, and what SQLite has in their place.

A type that SQLAlchemy's compiler for SQLite has no word for, or one that SQLite takes for a number (``UUID``), gets a
variant where it stands (https://docs.sqlalchemy.org/en/20/core/type_api.html#sqlalchemy.types.TypeEngine.with_variant).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..expressions import live_parts
from ..guards import SQLITE, Guards
from ..sql.types import COLLATIONS, OF_LENGTH, OF_VALUES, TEXT, TYPES, UUID
from ..syntax import Lines, is_true, keywords_of, last_name, literal
from .names import Imported

_TEXTS = frozenset({"String", "Text", "Unicode", "UnicodeText", "VARCHAR", "NVARCHAR", "CHAR", "NCHAR", "TEXT", "CLOB"})
_COLUMNS = frozenset({"Column", "column", "mapped_column"})
_OF_SECOND = frozenset({"cast", "Cast", "type_coerce", "bindparam", "literal", "try_cast"})
_KEYWORDS = frozenset({"type_", "existing_type"})
_WRAPPING = "as_mutable"
_VARIANT = "with_variant"


class Variant(NamedTuple):
    """A type that gets a variant: what stands there, whether it has to be called first, and the variant's code."""

    node: ast.expr
    called: bool
    type_: str


class Types(NamedTuple):
    names: Imported
    lines: Lines

    def find(self, node: ast.AST, guards: Guards, is_type: bool = False) -> Iterator[Variant]:
        """The types in an expression that need a variant; ``is_type`` if it stands where a type is expected."""
        if isinstance(node, ast.Call):
            yield from self._call(node, guards)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            if is_type and (generic := self._generic(node, None)) is not None:
                yield Variant(node, True, generic)
        else:
            below = is_type and isinstance(node, (ast.IfExp, ast.BoolOp, ast.Starred))
            tests = (node.test,) if isinstance(node, ast.IfExp) else ()
            for each in live_parts(node, guards)[0]:
                yield from self.find(each, guards, below and each not in tests)

    def kind(self, node: ast.expr | None) -> tuple[str, str]:
        """The dialect and the name of a type, of which this may be a call."""
        node = without_variants(node)
        function = node.func if isinstance(node, ast.Call) else node
        return ("", "") if function is None else self.names.member(function)

    def _call(self, call: ast.Call, guards: Guards) -> Iterator[Variant]:
        if isinstance(call.func, ast.Attribute) and call.func.attr == _VARIANT:
            if not _is_for_sqlite(call) and (generic := self._of_chain(call)) is not None:
                yield Variant(call, False, generic)
            return
        generic = self._generic(call.func, call)
        if generic is not None:
            yield Variant(call, False, generic)
            return
        if isinstance(call.func, ast.Attribute) and self._generic_of(call.func.value) is None:
            yield from self.find(call.func.value, guards)
        if not self._takes_types(call):
            return
        name = last_name(call)
        for place, each in enumerate(call.args):
            typed = name in _COLUMNS or name == _WRAPPING or (name in _OF_SECOND and place == 1)
            yield from self.find(each, guards, typed)
        for keyword in call.keywords:
            yield from self.find(keyword.value, guards, keyword.arg in _KEYWORDS)

    def _of_chain(self, call: ast.Call) -> str | None:
        """What the type at the beginning of ``T().with_variant(...).with_variant(...)`` needs."""
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else call
        if isinstance(receiver, ast.Call) and last_name(receiver) == _VARIANT:
            return None if _is_for_sqlite(receiver) else self._of_chain(receiver)
        return self._generic_of(receiver)

    def _generic_of(self, node: ast.expr) -> str | None:
        return self._generic(node.func, node) if isinstance(node, ast.Call) else None

    def _takes_types(self, call: ast.Call) -> bool:
        """Whether a type may be handed on: not to a class that is not known, which may make a type of its own of it."""
        package, name = self.names.member(call.func)
        return not last_name(call)[:1].isupper() or (package == "" and name != "" and not name.isupper())

    def _generic(self, function: ast.expr, call: ast.Call | None) -> str | None:
        """The code of the type that does on SQLite, without the name of the package; None if there is no need."""
        dialect, name = self.names.member(function)
        found = TYPES.get(dialect, {}).get(name)
        if found == UUID:
            return f"Uuid({self._argument(call, 'as_uuid', 'as_uuid=')})"
        if found == OF_LENGTH:
            return f"String({self._argument(call, 'length')})"
        if found == OF_VALUES:
            return _text_for(call)
        return found or (self._collated(name, call) if dialect in ("", "mysql") else None)

    def _collated(self, name: str, call: ast.Call | None) -> str | None:
        """A text that is sorted in a way that SQLite does not know."""
        collation = literal(keywords_of(call).get("collation")) if call is not None and name in _TEXTS else None
        if collation is None or collation.upper() in COLLATIONS:
            return None
        if name in ("Text", "UnicodeText", "TEXT", "CLOB"):
            return TEXT
        return f"String({self._argument(call, 'length')})"

    def _argument(self, call: ast.Call | None, name: str, before: str = "") -> str:
        """The first argument, or that of this name, as it is to be written again."""
        if call is None:
            return ""
        value = call.args[0] if call.args else keywords_of(call).get(name)
        return "" if value is None or is_true(value) else before + self.lines.segment(value)


def _is_for_sqlite(call: ast.Call) -> bool:
    """Whether a call of ``with_variant`` may be about SQLite."""
    names = call.args[1:]
    return not names or any(literal(each) in (None, SQLITE) for each in names)


def _text_for(call: ast.Call | None) -> str:
    """The type of a text that holds the longest of some values."""
    values = [] if call is None else list(map(literal, call.args))
    return f"String({max(map(len, filter(None, values)), default=1)})" if values and None not in values else TEXT


def without_variants(node: ast.expr | None) -> ast.expr | None:
    """A type without the ``.with_variant(...)`` behind it."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == _VARIANT:
        node = node.func.value
    return node
