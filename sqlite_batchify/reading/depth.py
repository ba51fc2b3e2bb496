"""How deeply a script is nested. What goes down into it calls itself, and Python has a limit for that.

libcst takes longer for each level than for the one above it, and for each level of a ``case`` several times as long.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

_MOST = 500
"""Levels of the syntax tree; beyond them libcst has always come to Python's limit."""
_MOST_IN_A_CASE = 6
_SUSPICIOUS = 60
"""Levels that may already be too many; those who write scripts by hand stay far below."""
_OPENING, _CLOSING = "([{", ")]}"
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LAYOUT = frozenset({tokenize.NL, tokenize.COMMENT})


def too_deep(tree: ast.Module, text: str) -> int | None:
    """The line of what is nested too deeply in a script to be read by libcst, None if nothing is."""
    line = _deeper(tree, _MOST)
    return _deep_case(tree, text) if line is None else line


def may_be_too_deep(source: bytes) -> bool:
    """Whether a script is nested so deeply that a RecursionError or MemoryError may come from that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError) as error:
        return "too many nested" in str(error)
    return _deeper(tree, _SUSPICIOUS) is not None or _most_strings(source) > _SUSPICIOUS


def _deeper(tree: ast.AST, most: int) -> int | None:
    """The line of what has more levels than these; libcst nests what ast has in one list of terms or loops."""
    level: list[ast.AST] = [tree]
    line = 1
    for _ in range(most):
        for node in level:
            if isinstance(node, (ast.BoolOp, *_COMPREHENSIONS)) and len(_parts(node)) > most:
                return node.lineno
        level = list(_below(level))
        if not level:
            return None
        line = getattr(level[0], "lineno", line)
    return line


def _parts(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = getattr(node, "values", None) or getattr(node, "generators", [])
    return found


def _most_strings(source: bytes) -> int:
    """How many strings stand one behind another, at most: libcst nests these, to ast they are one."""
    runs = groupby(_are_strings(_until_error(tokenize.tokenize(io.BytesIO(source).readline))))
    return max((len(list(same)) for is_string, same in runs if is_string), default=0)


def _are_strings(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[bool]:
    """Whether each token is a string; since Python 3.12 an f-string is several."""
    inside = 0
    for token in tokens:
        name = tokenize.tok_name[token.type]
        inside += (name == "FSTRING_START") - (name == "FSTRING_END")
        if not inside and token.type not in _LAYOUT:
            yield name in ("STRING", "FSTRING_END")


def _until_error(tokens: Iterator[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    with suppress(tokenize.TokenError, SyntaxError):
        yield from tokens


def _below(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """As ast.iter_child_nodes, for all of them."""
    for node in nodes:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                yield from (each for each in value if isinstance(each, ast.AST))
            elif isinstance(value, ast.AST):
                yield value


def _deep_case(tree: ast.Module, text: str) -> int | None:
    """The line of a ``case`` with too many brackets in one another; ast drops some of them."""
    if "case" not in text or not any(isinstance(node, ast.Match) for node in ast.walk(tree)):
        return None
    depth, inside, begins = 0, False, True
    for token in _until_error(tokenize.generate_tokens(io.StringIO(text).readline)):
        inside = (inside and token.type != tokenize.NEWLINE) or (begins and token.string == "case")
        depth += (token.string in _OPENING) - (token.string in _CLOSING) if token.type == tokenize.OP else 0
        if inside and depth > _MOST_IN_A_CASE:
            return token.start[0]
        begins = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    return None
