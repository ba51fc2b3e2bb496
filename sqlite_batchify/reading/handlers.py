"""Where a script is prepared for what fails."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

_TELLING = frozenset(
    {"print", "log", "debug", "info", "warning", "warn", "error", "exception", "critical", "write", "echo", "rollback"}
)


class Handled(NamedTuple):
    """Lines whose exceptions of these classes a script catches; ``swallows`` if it does nothing about them.

    Without ``classes`` it catches everything. They are in the order in which the handlers are asked.
    """

    lines: range
    classes: frozenset[str]
    swallows: bool


@cache
def handlers(source: bytes) -> tuple[Handled, ...]:
    """What a script catches, the inner before the outer. Raises SyntaxError if it is no Python."""
    found: list[Handled] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Try):
            lines = _lines(node.body)
            found += [Handled(lines, _classes(each.type), all(map(_is_idle, each.body))) for each in node.handlers]
        elif isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and "suppress" in ast.dump(call.func):
                    classes = frozenset().union(*map(_classes, call.args))
                    found.append(Handled(_lines(node.body), classes, True))
    return tuple(sorted(found, key=lambda each: len(each.lines)))


def caught(names: Iterable[str], known: tuple[Handled, ...], lines: Iterable[int]) -> Handled | None:
    """What catches an error whose classes have these names and that is raised where these lines run, the innermost
    first."""
    classes = {*names, "?"}
    for line in lines:
        for handled in known:
            if line in handled.lines and (not handled.classes or handled.classes & classes):
                return handled
    return None


def _lines(body: list[ast.stmt]) -> range:
    return range(body[0].lineno, (body[-1].end_lineno or body[-1].lineno) + 1)


def _classes(node: ast.expr | None) -> frozenset[str]:
    """The last parts of the names of exceptions, ``?`` for what is no name."""
    if node is None:
        return frozenset()
    if isinstance(node, ast.Tuple):
        return frozenset().union(*map(_classes, node.elts))
    return frozenset({node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "?"})


def _is_idle(statement: ast.stmt) -> bool:
    """Whether a statement of a handler does nothing but to tell."""
    if isinstance(statement, (ast.Pass, ast.Continue, ast.Break)):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    if not isinstance(statement, ast.Expr):
        return False
    call = statement.value
    if isinstance(call, ast.Constant):
        return True
    return isinstance(call, ast.Call) and _classes(call.func) <= _TELLING
