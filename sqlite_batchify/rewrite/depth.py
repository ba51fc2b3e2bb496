"""How deeply a script is nested: what goes down with it calls itself, and Python has a limit for that."""

from __future__ import annotations

import ast
import warnings

_DEEP = 60
"""Levels of the syntax tree; those who write scripts by hand stay far below."""


def is_deep(source: bytes) -> bool:
    """Whether a script is nested so deeply that this may be what a RecursionError or MemoryError comes from."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError) as error:
        return "too many nested" in str(error)
    level: list[ast.AST] = [tree]
    for _ in range(_DEEP):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)
