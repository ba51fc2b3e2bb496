"""Which databases env.py attaches, and under which names (https://sqlite.org/lang_attach.html)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .syntax import descendants

_ATTACH = re.compile(r"\bATTACH\b.*?\bAS\s+(?:[\"'`\[]?(\w+)|\{|%|\?|:|$)", re.IGNORECASE | re.DOTALL)
_HOLE = "{}"
_WORD = re.compile(r"\w+\Z")


def read_attached(source: bytes) -> frozenset[str]:
    """The names, in lower case. One that is put into the text is one of those that are listed in the file.

    Raises SyntaxError if it is no Python.
    """
    tree = ast.parse(source)
    found: set[str] = set()
    for text in _texts(tree):
        for name in _ATTACH.findall(text):
            found |= {name.lower()} if name else set(_listed(tree))
    return frozenset(found - {"main", "temp"})


def _texts(tree: ast.AST) -> Iterator[str]:
    """The texts in it; what is put into one is a pair of braces."""
    for node in descendants(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else _HOLE for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _listed(tree: ast.AST) -> Iterator[str]:
    for node in descendants(tree):
        listed = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else []
        listed = [each for each in node.keys if each is not None] if isinstance(node, ast.Dict) else listed
        for each in listed:
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and _WORD.match(each.value):
                yield each.value.lower()
