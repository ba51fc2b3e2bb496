"""Where a script is prepared for what fails."""

from __future__ import annotations

import ast
from functools import cache


@cache
def handled_lines(source: bytes) -> frozenset[int]:
    """The lines of a script that stand in a ``try`` with an ``except``, or in ``with suppress(...)``.

    Raises SyntaxError if it is no Python.
    """
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        handled = isinstance(node, ast.Try) and bool(node.handlers)
        if isinstance(node, ast.With):
            handled = any("suppress" in ast.dump(item.context_expr) for item in node.items)
        if handled and isinstance(node, (ast.Try, ast.With)):
            found.update(range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1))
    return frozenset(found)
