"""Raw SQL that ALTERs in a way that SQLite does not take (https://sqlite.org/lang_altertable.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from .syntax import descendants, literal

_NAME = r"""(?:[\w.$]+|"[^"]*"|`[^`]*`|\[[^\]]*\]|\{\})+"""
_STATEMENT = re.compile(r"(?:^|;|\bBEGIN\b)\s*(ALTER\s+\w+[^;]*)", re.IGNORECASE)
_ALTER = re.compile(r"\bALTER\s+\w", re.IGNORECASE)
_CONSTRAINT = r"(?:CONSTRAINT|PRIMARY|FOREIGN|UNIQUE|CHECK|INDEX|KEY|FULLTEXT|SPATIAL|EXCLUDE|PARTITION)\b"
_SQLITE_TAKES = re.compile(
    rf"ALTER\s+TABLE\s+{_NAME}\s+(?:RENAME\s|(?:ADD|DROP)\s+(?:COLUMN\s+)?(?!{_CONSTRAINT}|IF\s+(?:NOT\s+)?EXISTS\b)[^,]*$)",
    re.IGNORECASE,
)
_DETAIL = 72


def may_hold(text: str) -> bool:
    """Whether it is worth looking for such SQL in a script with this text."""
    return _ALTER.search(text) is not None


def find(small: cst.BaseSmallStatement) -> Iterator[tuple[cst.Call, str]]:
    """The calls of an ``execute`` in this statement that hold such SQL, and the SQL's beginning."""
    for node in descendants(small):
        if isinstance(node, cst.Call) and _is_execute(node.func):
            for statement in _STATEMENT.findall(_text(node)):
                if not _SQLITE_TAKES.match(statement):
                    yield node, _shorten(statement)


def _is_execute(function: cst.BaseExpression) -> bool:
    name = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(name, cst.Name) and name.value in ("execute", "exec_driver_sql", "scalar")


def _text(call: cst.Call) -> str:
    """The text of the strings among the arguments; ``{}`` stands for what an f-string fills in."""
    return ";".join(_pieces(arg.value) for arg in call.args)


def _pieces(node: cst.CSTNode) -> str:
    if isinstance(node, cst.SimpleString):
        return literal(node) or ""
    if isinstance(node, cst.FormattedStringText):
        return node.value
    if isinstance(node, cst.FormattedStringExpression):
        return "{}"
    if isinstance(node, cst.FormattedString):
        return "".join(map(_pieces, node.parts))
    if isinstance(node, cst.ConcatenatedString):
        return _pieces(node.left) + _pieces(node.right)
    if isinstance(node, cst.Call):
        return ";".join(_pieces(arg.value) for arg in node.args)
    if isinstance(node, cst.BinaryOperation):
        return _pieces(node.left) + _pieces(node.right)
    return ""


def _shorten(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 3] + "..."
