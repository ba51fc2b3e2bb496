"""A script's place in the history: ``revision``, ``down_revision`` and ``depends_on``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .model import Revision
from .syntax import literal

_NAMES = ("revision", "down_revision", "depends_on")
_MOST_LINES = 50


def read_revision(text: str) -> Revision:
    """The place of a script with this text, found without parsing all of it."""
    starts = [start for name in _NAMES for start in _places(text, name)]
    lines = [text[start : text.find("\n", start) + 1 or len(text)] for start in starts]
    body = _parsed("".join(lines))
    if body is None:  # one takes more than its line
        body = [each for start in starts for each in _statement(text, start)]
    return _revision(dict(_assigned(body)))


def revision_in(tree: ast.Module) -> Revision:
    return _revision(dict(_assigned(tree.body)))


def _places(text: str, name: str) -> Iterator[int]:
    """Where lines begin with a name."""
    if text.startswith(name):
        yield 0
    start = text.find(f"\n{name}") + 1
    while start:
        yield start
        start = text.find(f"\n{name}", start) + 1


def _statement(text: str, start: int) -> list[ast.stmt]:
    """The statement that begins here; as many lines as it takes, up to a few."""
    stop = start
    for _ in range(_MOST_LINES):
        stop = text.find("\n", stop) + 1 or len(text)
        body = _parsed(text[start:stop])
        if body is not None or stop == len(text):
            return body or []
    return []


def _parsed(text: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _assigned(statements: list[ast.stmt]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for statement in statements:
        target: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        if isinstance(target, ast.Name) and target.id in _NAMES:
            value = getattr(statement, "value", None)
            listed = value.elts if isinstance(value, (ast.Tuple, ast.List, ast.Set)) else [value]
            yield target.id, tuple(text for each in listed if (text := literal(each)) is not None)


def _revision(found: dict[str, tuple[str, ...]]) -> Revision:
    own = found.get("revision", ())
    return Revision(own[0] if own else "", found.get("down_revision", ()), found.get("depends_on", ()))
