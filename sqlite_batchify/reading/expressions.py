"""Calls inside of expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .guards import Guards


def live_calls(root: ast.AST, guards: Guards, dead: list[ast.AST]) -> Iterator[ast.Call]:
    """The calls in an expression that SQLite may get to; to ``dead`` is added what it does not.

    ``A if TEST else B`` and ``TEST and A`` are guards as an ``if`` is.
    """
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call):
            yield node
        live, gone = live_parts(node, guards)
        dead += gone
        pending += live


def live_parts(node: ast.AST, guards: Guards) -> tuple[list[ast.AST], list[ast.AST]]:
    """The parts of an expression that SQLite may get to, and those that it does not."""
    if isinstance(node, ast.IfExp):
        answer = guards.truth(node.test)
        if answer is not None:
            taken, other = (node.body, node.orelse) if answer else (node.orelse, node.body)
            return [node.test, taken], [other]
    elif isinstance(node, ast.BoolOp):
        deciding = isinstance(node.op, ast.Or)
        for number, each in enumerate(node.values):
            if guards.truth(each) is deciding:
                return [*node.values[: number + 1]], [*node.values[number + 1 :]]
    return list(ast.iter_child_nodes(node)), []
