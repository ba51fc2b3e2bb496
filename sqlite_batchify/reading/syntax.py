"""Small questions about the nodes of ``ast``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

_SIMPLE = (ast.Expr, ast.Assign, ast.Return, ast.ImportFrom, ast.Import, ast.Pass, ast.AnnAssign, ast.Raise)
_Node = TypeVar("_Node", bound="ast.expr | None")
NEWLINE = re.compile(r"\r\n|\r|\n")
Given = Mapping[str, ast.expr]
"""The arguments of a call by the names of its parameters."""


def literal(node: ast.expr | None) -> str | None:
    """The text of a string literal (also of several written one after another), None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def dotted(node: ast.expr) -> tuple[str, ...]:
    """``sa.dialects.mysql`` as its parts, () for anything but names and attributes of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ()
    parts.append(node.id)
    parts.reverse()
    return tuple(parts)


def last_name(call: ast.Call) -> str:
    """The last name of what is called, however it is reached; empty if it has none."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def unwrapped(node: _Node, name: str) -> _Node | ast.expr:
    """The argument where this is a call of ``name``, however that is reached, with just one; else the node itself."""
    if isinstance(node, ast.Call) and last_name(node) == name and len(node.args) == 1:
        return node.args[0]
    return node


def in_quotes(value: str, quotes: str) -> str:
    """The value as a string literal, in these quotes unless there are some in it."""
    written = repr(value)
    return written if quotes == "'" or "'" in value or '"' in value else f'"{written[1:-1]}"'


def is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def is_set(node: ast.expr | None) -> bool:
    """Whether a flag is given and may be true."""
    return node is not None and not (isinstance(node, ast.Constant) and node.value in (None, False))


def arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    """The arguments of a call in the order in which they stand."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return sorted([*call.args, *call.keywords], key=_place)
    return [*call.args, *call.keywords]


def _place(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def has_stars(call: ast.Call) -> bool:
    """Whether not all arguments of a call can be told: ``*these`` or ``**those``."""
    return any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords)


def parameters_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of all parameters of a function."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [each.arg for each in every if each is not None]


def keywords_of(call: ast.Call) -> dict[str, ast.expr]:
    return {each.arg: each.value for each in call.keywords if each.arg is not None}


def descendants(root: ast.AST) -> Iterator[ast.AST]:
    """This node and all below it, in no particular order. As ast.walk, which takes three times as long."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending.extend(each for each in value if isinstance(each, ast.AST))
            elif isinstance(value, ast.AST) and name != "ctx":
                pending.append(value)


def calls_in(root: ast.AST) -> list[ast.Call]:
    """All calls in an expression or a statement, as they stand in the text."""
    calls = [node for node in descendants(root) if isinstance(node, ast.Call)]
    return sorted(calls, key=_place) if len(calls) > 1 else calls


def terminates(statement: ast.stmt) -> bool:
    """Whether control never gets past this simple statement."""
    return isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break))


def leaves(suite: Sequence[ast.stmt]) -> bool:
    """Whether control never comes to the end of a suite, whatever its tests say."""
    while suite and isinstance(suite[-1], ast.If):
        if not (suite[-1].orelse and leaves(suite[-1].body)):
            return False
        suite = suite[-1].orelse
    return bool(suite) and terminates(suite[-1])


def suites_of(statement: ast.stmt) -> Iterator[tuple[tuple[str | int, ...], list[ast.stmt]]]:
    """The suites of a compound statement, each with the steps that lead to it."""
    if isinstance(statement, _SIMPLE):
        return
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(statement, name, None)
        if suite and isinstance(suite, list):
            yield (name,), suite
    for field in ("handlers", "cases"):
        for number, part in enumerate(getattr(statement, field, ())):
            yield (field, number, "body"), part.body


class Lines:
    """The lines of a text, for places in characters: ``ast`` counts columns in bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        if self._lines is None:
            self._lines = NEWLINE.split(self.text)
        return self._lines[number - 1]

    def column(self, number: int, offset: int) -> int:
        """The column in characters, from 0, for one in bytes."""
        if not offset or self.text.isascii():
            return offset
        line = self.line(number)
        return offset if line.isascii() else len(line.encode()[:offset].decode(errors="ignore"))

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The code of one node."""
        first, last = node.lineno, node.end_lineno or node.lineno
        start, stop = self.column(first, node.col_offset), self.column(last, node.end_col_offset or 0)
        if first == last:
            return self.line(first)[start:stop]
        between = [self.line(number) for number in range(first + 1, last)]
        return "\n".join([self.line(first)[start:], *between, self.line(last)[:stop]])
