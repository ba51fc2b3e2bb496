"""What stands at a line of a script: the statement, the block and the function, by the ways that lead there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..operations import BATCH_ALTER_TABLE
from .bindings import Bindings
from .model import Way
from .parsing import parse
from .syntax import last_name, literal, suites_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Block(NamedTuple):
    """A block: the way to its ``with``, which of its items opens it and whether it is the only one, and its table, None
    if that is no literal."""

    way: Way
    item: int
    alone: bool
    table: str | None


class Standing(NamedTuple):
    """What stands at a line: the innermost statement, and the innermost block and function around it or there."""

    statement: Way | None = None
    block: Block | None = None
    function: Way | None = None


class Text:
    """The text of a script, asked by lines. ``op`` and ``sqlalchemy`` are what these are called in it, None if there is
    no name for them; ``behind_imports`` is the number of the statement behind those that a module begins with."""

    def __init__(self, text: str) -> None:
        """Raises UnparsableError."""
        self._tree = parse(text)
        bindings = Bindings()
        for number, statement in enumerate(self._tree.body):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                bindings.learn(statement, ("body", number))
        self.op = min(bindings.receivers, key=lambda name: (len(name), name), default=None)
        self.sqlalchemy = bindings.package
        self.behind_imports = _behind_imports(self._tree.body)

    def at(self, line: int) -> Standing:
        """What stands at a line."""
        found = Standing()
        for way, statement in _down(self._tree.body, ("body",), line):
            found = found._replace(statement=way)
            if isinstance(statement, _FUNCTIONS):
                found = Standing(way, None, way)
            elif isinstance(statement, ast.With) and (opened := _opened(statement)) is not None:
                found = found._replace(block=Block(way, *opened))
        return found

    def uses(self, name: str) -> bool:
        """Whether a name means something anywhere in the script."""
        return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(self._tree))


def _down(suite: Sequence[ast.stmt], way: Way, line: int) -> Iterator[tuple[Way, ast.stmt]]:
    """The statements that a line belongs to, the outermost first."""
    for number, statement in enumerate(suite):
        if _begins(statement) <= line <= (statement.end_lineno or 0):
            yield (*way, number), statement
            for steps, inner in suites_of(statement):
                yield from _down(inner, (*way, number, *steps), line)
            return


def _begins(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", ())
    return min(statement.lineno, *(each.lineno for each in decorators)) if decorators else statement.lineno


def _opened(statement: ast.With) -> tuple[int, bool, str | None] | None:
    for number, item in enumerate(statement.items):
        call = item.context_expr
        if isinstance(call, ast.Call) and last_name(call) == BATCH_ALTER_TABLE:
            named = [each.value for each in call.keywords if each.arg == "table_name"]
            return number, len(statement.items) == 1, literal(next(iter((*call.args, *named)), None))
    return None


def _behind_imports(suite: Sequence[ast.stmt]) -> int:
    """Behind the imports at the top; or behind the docstring, if there are none."""
    last = 0
    for number, statement in enumerate(suite):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            last = number + 1
        elif not (number == 0 and isinstance(statement, ast.Expr)):
            break
    return last or int(bool(suite) and isinstance(suite[0], ast.Expr) and literal(suite[0].value) is not None)
