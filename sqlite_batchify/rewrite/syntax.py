"""Small questions about libcst nodes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TypeVar

import libcst as cst

_Node = TypeVar("_Node", bound=cst.CSTNode)
_LAYOUT = (cst.BaseParenthesizableWhitespace, cst.TrailingWhitespace, cst.EmptyLine, cst.Comment, cst.Newline)


def literal(node: cst.BaseExpression) -> str | None:
    """The text of a string literal (also of several written one after another), None for anything else."""
    if not isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes, which Python itself warns of
            value = node.evaluated_value
    except (SyntaxError, ValueError):  # libcst also reads what Python does not: a NUL, half an escape
        return None
    return value if isinstance(value, str) else None


def dotted(node: cst.BaseExpression) -> tuple[str, ...]:
    """``sa.dialects.mysql`` as its parts, () for anything but names and attributes of names."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ()
    parts.append(node.value)
    return tuple(reversed(parts))


def source(node: cst.CSTNode) -> str:
    """The code of one node."""
    return cst.Module([]).code_for_node(node)


def is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly below this one, but for white space and comments."""
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        for child in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(child, cst.CSTNode) and not isinstance(child, _LAYOUT):
                yield child


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """This node and all below it, but for white space and comments, in no particular order."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def replaced(node: _Node, new: Mapping[cst.CSTNode, cst.CSTNode]) -> _Node:
    """A statement, or what holds statements, with some of these replaced; all others are the very same objects."""
    changes: dict[str, object] = {}
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        value = getattr(node, name, None)
        items = value if isinstance(value, (tuple, list)) else [value]
        others = [replaced(new.get(each, each), new) if isinstance(each, cst.CSTNode) else each for each in items]
        if any(other is not each for other, each in zip(others, items, strict=True)):
            changes[name] = others if isinstance(value, (tuple, list)) else others[0]
    return node.with_changes(**changes) if changes else node


def terminates(statement: cst.CSTNode) -> bool:
    """Whether control never gets past this simple statement."""
    if isinstance(statement, cst.SimpleStatementLine):
        return terminates(statement.body[-1])
    return isinstance(statement, (cst.Return, cst.Raise, cst.Continue, cst.Break))
