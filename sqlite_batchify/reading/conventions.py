"""The naming conventions that stand in a module as literals, wherever in it.

https://docs.sqlalchemy.org/en/20/core/constraints.html#constraint-naming-conventions.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..names import CHECK, FOREIGN_KEY, INDEX, KINDS, PRIMARY_KEY, TOKEN, UNIQUE, is_template
from ..operations import BATCH_ALTER_TABLE
from .parsing import UnparsableError, parse
from .syntax import descendants, dotted, is_none, keywords_of
from .values import Values

_CLASSES = {
    INDEX: "Index",
    UNIQUE: "UniqueConstraint",
    CHECK: "CheckConstraint",
    FOREIGN_KEY: "ForeignKeyConstraint",
    PRIMARY_KEY: "PrimaryKeyConstraint",
}
"""What can stand for a kind as a key; the kind's own key is stronger."""
_KEYS = frozenset({*KINDS, *_CLASSES.values()})
_KEYWORD = "naming_convention"
_MADE = (ast.JoinedStr, ast.BinOp, ast.Call, ast.IfExp)
_MOST_PARTS = 1_000  # strings that one is put together from


class Written(NamedTuple):
    """A naming convention in a module. The template of a kind is None if only running the project tells it."""

    line: int
    templates: tuple[tuple[str, str | None], ...]


class _Entries(NamedTuple):
    """What a dictionary holds: by key, None where that is not known. ``shows`` if a template stands in it."""

    values: dict[str, ast.expr | None]
    shows: bool


def conventions_in(text: str) -> list[Written]:
    """The conventions in the text of a module, in order; none if it cannot be parsed.

    Left out is what is only a part of another convention, or only for a ``batch_alter_table``.
    """
    try:
        return _Module(parse(text)).conventions()
    except (UnparsableError, RecursionError):
        return []


class _Module:
    """``parts`` and ``part_names`` are the dictionaries that go into others, themselves and by name."""

    def __init__(self, tree: ast.Module) -> None:
        self.nodes = list(descendants(tree))
        self.values = Values(tree)
        self.parts: set[int] = set()
        self.part_names: set[str] = set()
        self._entries: dict[int, _Entries | None] = {}
        self._changes = dict(_changes(tree.body, self.nodes))

    def conventions(self) -> list[Written]:
        found = [node for node in self.nodes if isinstance(node, (ast.Dict, ast.Call, ast.BinOp)) and self._shows(node)]
        left_out = self._left_out() if found else self.parts
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        return [Written(node.lineno, self._templates(node)) for node in found if id(node) not in left_out]

    def _shows(self, node: ast.expr) -> bool:
        entries = self._read(node)
        return entries is not None and entries.shows

    def _left_out(self) -> set[int]:
        """The dictionaries that are no conventions of the project's metadata."""
        left_out, names = set(self.parts), set(self.part_names)
        of_metadata: set[str] = set()
        for node in self.nodes:
            value = keywords_of(node).get(_KEYWORD) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and _opens_block(node):
                left_out.add(id(value))
                names.update(_names(value))
            elif value is not None:
                of_metadata.update(_names(value))
            elif isinstance(node, ast.Assign) and any(_is_metadata(each) for each in node.targets):
                of_metadata.update(_names(node.value))
        names -= of_metadata
        return left_out | {id(value) for node in self.nodes for name, value in _assignments(node) if name in names}

    def _read(self, node: ast.expr) -> _Entries | None:
        """What a dictionary, or a name for one, holds; None if that is not known."""
        if isinstance(node, ast.Name):
            value = self.values.resolved(node)
            self.part_names.add(node.id)
            return None if value is None or isinstance(value, ast.Name) else self._read(value)
        if id(node) not in self._entries:
            self._entries[id(node)] = None  # so much is known of one that hangs on itself
            pairs = _pairs(node)
            if pairs is not None:
                pairs += self._changes.get(id(node), ())
            self._entries[id(node)] = None if pairs is None else self._merged(pairs)
        return self._entries[id(node)]

    def _merged(self, pairs: list[_Pair]) -> _Entries:
        values: dict[str, ast.expr | None] = {}
        shows = False
        for key, value in pairs:
            if key is not None:
                name = self._key(key)
                if name:
                    values[name] = value
                    shows = shows or (name in _KEYS and self._has_token(value))
                continue
            self.parts.add(id(value))
            part = self._read(value)
            values.update(dict.fromkeys(KINDS) if part is None else part.values)
            shows = shows or (part is not None and part.shows)
        return _Entries(values, shows)

    def _key(self, key: ast.expr) -> str:
        text = self.values.text(key)
        if text is not None:
            return "" if text in _CLASSES.values() else text
        name = "".join(dotted(key)[-1:])
        return name if name in _CLASSES.values() else ""

    def _has_token(self, value: ast.expr) -> bool:
        text = self._text(value)
        if text is not None:
            return TOKEN.search(text) is not None
        inside = descendants(value) if isinstance(value, _MADE) else ()
        texts = (each.value for each in inside if isinstance(each, ast.Constant) and isinstance(each.value, str))
        return any(TOKEN.search(text) for text in texts)

    def _templates(self, node: ast.expr) -> tuple[tuple[str, str | None], ...]:
        entries = self._read(node)
        values = {} if entries is None else entries.values
        own = values.keys() - _KEYS
        found: list[tuple[str, str | None]] = []
        for kind in KINDS:
            key = kind if kind in values else _CLASSES[kind]
            if key in values:
                value = values[key]
                text = None if value is None else self._text(value)
                if text != "" and not is_none(value):  # to SQLAlchemy these are as good as none
                    found.append((kind, text if text is not None and is_template(text, own) else None))
        return tuple(found)

    def _text(self, value: ast.expr) -> str | None:
        """The string that an expression makes, from constants of the module too; None if that is not known."""
        pending, parts = [value], []
        for _ in range(_MOST_PARTS):
            node = pending.pop()
            if isinstance(node, ast.Name):
                node = self.values.resolved(node) or node
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                pending += [node.right, node.left]
            else:
                text = None if isinstance(node, ast.Call) else self.values.text(node)
                if text is None:
                    return None
                parts.append(text)
            if not pending:
                return "".join(parts)
        return None


_Pair = tuple[ast.expr | None, ast.expr]
_ANYTHING: _Pair = (None, ast.Constant(None))


def _pairs(node: ast.expr) -> list[_Pair] | None:
    """The keys and values of a dictionary as it is written, None as the key of another one that goes into it."""
    if isinstance(node, ast.Dict):
        return list(zip(node.keys, node.values, strict=True))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        named = [(ast.Constant(each.arg) if each.arg else None, each.value) for each in node.keywords]
        return [*((None, each) for each in node.args), *named]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [(None, node.left), (None, node.right)]
    return None


def _opens_block(call: ast.Call) -> bool:
    """Whether a call is one of ``batch_alter_table``, or hands that on as ``partial`` does."""
    return any(dotted(each)[-1:] == (BATCH_ALTER_TABLE,) for each in (call.func, *call.args))


def _is_metadata(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == _KEYWORD


def _names(value: ast.expr | None) -> tuple[str, ...]:
    return (value.id,) if isinstance(value, ast.Name) else ()


def _assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a node gives a value, with that."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from ((each.id, node.value) for each in targets if isinstance(each, ast.Name))


def _changes(statements: Sequence[ast.stmt], nodes: Sequence[ast.AST]) -> Iterator[tuple[int, list[_Pair]]]:
    """What is put into a dictionary of the module afterwards; what need not be, or may be more, is not known."""
    always = {id(each) for each in statements}
    found: dict[str, list[_Pair]] = {}
    for statement in sorted((each for each in nodes if isinstance(each, ast.stmt)), key=lambda each: each.lineno):
        for name, pairs in _put(statement):
            found.setdefault(name, []).extend(pairs if id(statement) in always else [_ANYTHING])
    assigned = [each for node in nodes for each in _assignments(node)] if found else []
    often = Counter(name for name, _ in assigned)
    yield from ((id(value), found[name]) for name, value in assigned if often[name] == 1 and name in found)


def _put(node: ast.stmt) -> Iterator[tuple[str, list[_Pair]]]:
    """What a statement puts into the dictionary that a variable holds."""
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "update":
        given = ast.Call(ast.Name("dict"), call.args, call.keywords)
        yield from ((name, _pairs(given) or []) for name in _names(call.func.value))
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr):
        for name in _names(node.target):
            yield name, [(None, node.value)]
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                for name in _names(target.value):
                    yield name, [(target.slice, node.value)]
