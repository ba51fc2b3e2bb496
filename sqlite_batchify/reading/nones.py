"""What is surely not None where a test holds, or where it does not.

What looks at an expression in a way that is not understood counts as having found out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from .syntax import descendants, is_none, literal

Key = tuple[str, str]
"""A variable, and the text of an expression that begins with it: ``x["name"]``, ``x.get("name")`` and ``x.name`` are
the same."""
_MOST_LEVELS = 20


def record_of(node: ast.AST) -> ast.expr | None:
    """That whose name an expression is, None if it is no name of something."""
    if isinstance(node, ast.Subscript):
        return node.value if literal(node.slice) == "name" else None
    if isinstance(node, ast.Attribute):
        return node.value if node.attr == "name" else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        return node.func.value if node.args and literal(node.args[0]) == "name" else None
    return None


def key_of(node: ast.AST) -> Key | None:
    """The key of an expression that begins with a variable, or with a call of a function; None for any other."""
    if isinstance(node, ast.Name):
        return node.id, node.id
    record = record_of(node)
    if record is not None:
        return name_key(record)
    return _key(node) if isinstance(node, (ast.Subscript, ast.Call)) else None


def name_key(record: ast.expr) -> Key | None:
    """The key of the name of this."""
    key = _key(record)
    return None if key is None else (key[0], f"{key[1]}.name")


def first_name(node: ast.AST) -> str:
    """The variable or function that an expression begins with, empty if it begins with anything else."""
    for _ in range(_MOST_LEVELS):
        if isinstance(node, ast.Name):
            return node.id
        node = getattr(node, "func", getattr(node, "value", node))
    return ""


def _key(node: ast.AST) -> Key | None:
    first = first_name(node)
    return (first, ast.unparse(node)) if first and _is_shallow(node) else None


def _is_plain_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and record_of(node) is None


def _is_shallow(node: ast.AST) -> bool:
    level = [node]
    for _ in range(_MOST_LEVELS):
        level = [child for each in level for child in ast.iter_child_nodes(each)]
    return not level


class Tests:
    """``looks`` tells whether a function of the script looks at the name of what it gets, ``truth`` whether a test
    surely holds, or surely does not."""

    def __init__(self, looks: Callable[[str], bool], truth: Callable[[ast.expr], bool | None]) -> None:
        self._looks = looks
        self._truth = truth

    def excluded(self, test: ast.expr, truth: bool, level: int = 0) -> set[Key]:
        """What is not None where a test is true, or false."""
        if level > _MOST_LEVELS:
            return set()
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.excluded(test.operand, not truth, level + 1)
        if isinstance(test, ast.BoolOp):
            both = isinstance(test.op, ast.And)
            open_ = [each for each in test.values if self._truth(each) is not both]
            parts = [self.excluded(each, truth, level + 1) for each in open_]
            return set().union(*parts) if both is truth or not parts else set.intersection(*parts)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._compared(test.left, test.ops[0], test.comparators[0], truth)
        return self._leaf(test, truth)

    def mentioned(self, node: ast.AST) -> set[Key]:
        """All that an expression looks at."""
        return set(self._mentioned(node))

    def _mentioned(self, root: ast.AST) -> Iterator[Key]:
        for node in descendants(root):
            keys = [] if _is_plain_call(node) else [key_of(node)]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self._looks(node.func.id):
                keys = [name_key(each) for each in (*node.args, *(each.value for each in node.keywords))]
            yield from (each for each in keys if each is not None)

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, truth: bool) -> set[Key]:
        holds = truth is isinstance(operator, (ast.Eq, ast.Is, ast.In))
        if isinstance(operator, (ast.In, ast.NotIn)):
            listed = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else []
            return self._leaf(left, holds is not any(map(is_none, listed))) | self.mentioned(right)
        if not isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
            return self.mentioned(left) | self.mentioned(right)
        return self._leaf(left, holds is not is_none(right)) | self._leaf(right, holds is not is_none(left))

    def _leaf(self, node: ast.expr, is_something: bool) -> set[Key]:
        """``is_something`` if it is like what is not None, or unlike None."""
        if isinstance(node, ast.NamedExpr):
            return self._leaf(node.target, is_something) | self._leaf(node.value, is_something)
        key = key_of(node)
        found = {key} if key is not None and is_something else set()
        return found if key is not None and not _is_plain_call(node) else found | self.mentioned(node)
