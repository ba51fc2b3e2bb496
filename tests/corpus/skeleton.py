"""A script without the text of its operations: what the rewriter must leave as it is, byte for byte."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .places import Places

_CUT = "\x01"
_OPERATION = "\x02"
_IMPORT = "\x03"
_BESIDE = " \t\f;"
_SEMICOLON = re.compile(rb"[ \t\f]*;(?:[ \t\f]|\\\r?\n)*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True)
class Line:
    """One line that remains.

    ``inside`` if it stands in a block, where a comment is indented with the operations; ``shared`` if it had a line
    together with other statements, and may have got one of its own.
    """

    text: str
    inside: bool = False
    shared: bool = False

    def stays(self, other: Line) -> bool:
        """Whether this line of the script is that line of the result."""
        if self.text == other.text:
            return True
        mine = self.text.lstrip(" \t")
        if mine.startswith("#"):
            return other.inside and mine == other.text.lstrip(" \t")
        return self.shared and _bare(mine) == _bare(other.text)


def _bare(line: str) -> str:
    return re.sub(r"[ \t\f;]*(#.*?)?[ \t\f\r\n]*\Z", r"\1", line.lstrip(" \t"))


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, with their ends."""
    return _LINE.findall(text)


def comments(text: str, places: Places) -> tuple[list[str], list[str]]:
    """All comments but those on the heads of blocks, in order, and those, which stay with their block."""
    lines = [line.encode() for line in lines_of(text)]
    heads = {_head_stop(lines, block.node)[0] for block in places.blocks}
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    found: tuple[list[str], list[str]] = ([], [])
    for token in tokens:
        if token.type == tokenize.COMMENT:
            found[token.start[0] in heads].append(token.string.rstrip("\r"))
    return found


def skeleton(text: str, places: Places) -> list[Line]:
    """The lines around the operations, with a mark where an operation is.

    Operations that are statements become marks, the heads of blocks, imports from ``alembic.op`` and what separates
    statements on one line are cut out; where something was cut out, the white space and semicolons beside it do not
    count.
    """
    lines = [line.encode() for line in lines_of(text)]
    marks: dict[int, list[tuple[int, int, int, str]]] = {}
    for start, stop, mark in _cuts(lines, places):
        marks.setdefault(start[0], []).append((start[1], stop[0], stop[1], mark))
    inside = _numbers(block.node for block in places.blocks)
    unfolded = _numbers(each for _, each in _sharing(lines, places))
    result: list[Line] = []
    number, column, pending = 1, 0, ""
    while number <= len(lines):
        cut = min((each for each in marks.get(number, ()) if each[0] >= column), default=None)
        if cut is None:
            pending += lines[number - 1][column:].decode()
            shared = _CUT in pending or number in unfolded
            result.extend(Line(part, number in inside, shared) for part in _parts(pending))
            number, column, pending = number + 1, 0, ""
        else:
            marks[number].remove(cut)
            pending += lines[number - 1][column : cut[0]].decode() + _CUT + cut[3] + _CUT
            number, column = cut[1], cut[2]
    return result


def _numbers(nodes: Iterable[ast.stmt]) -> set[int]:
    """The lines on which these statements stand."""
    return {number for node in nodes for number in range(node.lineno, (node.end_lineno or 0) + 1)}


def _cuts(lines: list[bytes], places: Places) -> list[tuple[tuple[int, int], tuple[int, int], str]]:
    cuts = [(_start(each.statement), _stop(each.statement), _OPERATION) for each in places.operations if each.statement]
    cuts += [(_start(each), _stop(each), _IMPORT) for each in places.imports]
    cuts += [(_start(block.node), _head_stop(lines, block.node), "") for block in places.blocks]
    cuts += [(start, _start(each), "") for start, each in _sharing(lines, places)]
    return cuts


def _sharing(lines: list[bytes], places: Places) -> Iterator[tuple[tuple[int, int], ast.stmt]]:
    """The statements that do not begin their line, in suites with operations, and where what is before them ends."""
    own = {id(each.statement) for each in places.operations} | {id(each.node) for each in places.blocks}
    for suite in places.suites:
        if not any(id(each) in own for each in suite):
            continue
        head = lines[suite[0].lineno - 1][: suite[0].col_offset]
        if head.strip():
            yield (suite[0].lineno, len(head.rstrip())), suite[0]
        for one, other in pairwise(suite):
            if _SEMICOLON.fullmatch(_between(lines, _stop(one), _start(other))):
                yield _stop(one), other


def _between(lines: list[bytes], start: tuple[int, int], stop: tuple[int, int]) -> bytes:
    if start[0] == stop[0]:
        return lines[start[0] - 1][start[1] : stop[1]]
    return b"".join([lines[start[0] - 1][start[1] :], *lines[start[0] : stop[0] - 1], lines[stop[0] - 1][: stop[1]]])


def _start(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _stop(node: ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0


def _head_stop(lines: list[bytes], node: ast.With) -> tuple[int, int]:
    """Behind the colon of a ``with`` statement, the first one behind its last item, and the comment there."""
    last = node.items[-1].optional_vars or node.items[-1].context_expr
    line, column = last.end_lineno or 0, last.end_col_offset or 0
    while (found := lines[line - 1].find(b":", column)) < 0:
        line, column = line + 1, 0
    rest = lines[line - 1][found + 1 :].rstrip(b"\r\n")
    return line, found + 1 + (len(rest) if rest.lstrip().startswith(b"#") else 0)


def _parts(line: str) -> list[str]:
    if _CUT not in line:
        return [line]
    end = line[len(line.rstrip("\r\n")) :]
    before, *middle, after = line.rstrip("\r\n").split(_CUT)
    parts = [before.rstrip(_BESIDE), *(part.strip(_BESIDE) for part in middle), after.strip(_BESIDE)]
    return [part + (end or "\n") for part in parts if part]
