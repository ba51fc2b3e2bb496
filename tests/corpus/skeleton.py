"""A script without the text of its operations: what the rewriter must leave as it is, byte for byte."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from .places import Places

_CUT = "\x01"
_OPERATION = "\x02"
_IMPORT = "\x03"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True)
class Line:
    """One line that remains; ``inside`` if it stands in a block, where a comment is indented with the operations."""

    text: str
    inside: bool

    def stays(self, other: Line) -> bool:
        """Whether this line of the script is that line of the result."""
        if self.text == other.text:
            return True
        mine = self.text.lstrip(" \t")
        return other.inside and mine.startswith("#") and mine == other.text.lstrip(" \t")


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, with their ends."""
    return _LINE.findall(text)


def comments(text: str) -> list[str]:
    """All comments, in order."""
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return [token.string.rstrip("\r") for token in tokens if token.type == tokenize.COMMENT]


def skeleton(text: str, places: Places) -> list[Line]:
    """The lines around the operations, with a mark where an operation is.

    Operations that are statements become marks, the heads of blocks and imports from ``alembic.op`` are cut out; where
    something was cut out, the white space and semicolons beside it do not count.
    """
    lines = [line.encode() for line in lines_of(text)]
    marks: dict[int, list[tuple[int, int, int, str]]] = {}
    for start, stop, mark in _cuts(lines, places):
        marks.setdefault(start[0], []).append((start[1], stop[0], stop[1], mark))
    inside = {
        number for block in places.blocks for number in range(block.node.lineno, (block.node.end_lineno or 0) + 1)
    }
    result: list[Line] = []
    number, column, pending = 1, 0, ""
    while number <= len(lines):
        cut = min((each for each in marks.get(number, ()) if each[0] >= column), default=None)
        if cut is None:
            pending += lines[number - 1][column:].decode()
            result.extend(Line(part, number in inside) for part in _parts(pending))
            number, column, pending = number + 1, 0, ""
        else:
            pending += lines[number - 1][column : cut[0]].decode() + _CUT + cut[3] + _CUT
            number, column = cut[1], cut[2]
    return result


def _cuts(lines: list[bytes], places: Places) -> list[tuple[tuple[int, int], tuple[int, int], str]]:
    cuts = [(_start(each.statement), _stop(each.statement), _OPERATION) for each in places.operations if each.statement]
    cuts += [(_start(each), _stop(each), _IMPORT) for each in places.imports]
    cuts += [(_start(block.node), _head_stop(lines, block.node), "") for block in places.blocks]
    return cuts


def _start(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _stop(node: ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


def _head_stop(lines: list[bytes], node: ast.With) -> tuple[int, int]:
    """Behind the colon of a ``with`` statement: the first one behind its last item."""
    last = node.items[-1].optional_vars or node.items[-1].context_expr
    line, column = last.end_lineno or 0, last.end_col_offset or 0
    while (found := lines[line - 1].find(b":", column)) < 0:
        line, column = line + 1, 0
    return line, found + 1


def _parts(line: str) -> list[str]:
    if _CUT not in line:
        return [line]
    end = line[len(line.rstrip("\r\n")) :]
    before, *middle, after = line.rstrip("\r\n").split(_CUT)
    parts = [before.rstrip(" \t;"), *(part.strip(" \t;") for part in middle), after.strip(" \t;")]
    return [part + (end or "\n") for part in parts if part]
