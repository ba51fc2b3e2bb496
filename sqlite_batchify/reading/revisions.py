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
    return _revision(dict(_assigned(list(_statements(text)))))


def revision_in(tree: ast.Module) -> Revision:
    return _revision(dict(_assigned(tree.body)))


def _statements(text: str) -> Iterator[ast.stmt]:
    """The assignments of these names that begin a line, each parsed for itself."""
    for name in _NAMES:
        start = 0 if text.startswith(name) else text.find(f"\n{name}") + 1
        while start or text.startswith(name, start):
            statement = _statement(text, start)
            if statement is not None:
                yield statement
                break
            start = text.find(f"\n{name}", start) + 1


def _statement(text: str, start: int) -> ast.stmt | None:
    """The statement that begins here; as many lines as it takes, up to a few."""
    stop = start
    for _ in range(_MOST_LINES):
        stop = text.find("\n", stop) + 1 or len(text)
        try:
            body = ast.parse(text[start:stop]).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            if stop == len(text):
                return None
            continue
        return body[0] if body and isinstance(body[0], (ast.Assign, ast.AnnAssign)) else None
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
