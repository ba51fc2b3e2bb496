"""What makes a script run on plain SQLite, put into its text."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from ..reading.model import Edit, Guarded, Place, Ported
from ..reading.syntax import NEWLINE
from .fixes import Fixed, apply_edits
from .text import LINE

_STEP = "    "
_OPENING = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
_CLOSING = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}


def apply_ported(text: str, ported: Ported) -> Fixed:
    """Put a script's edits into it, and its statements under tests."""
    edits = list(ported.edits)
    if ported.guarded:
        lines = LINE.findall(text)
        inside = _within_texts(text)
        newline = (NEWLINE.search(text) or [""])[0] or "\n"
        for each in ported.guarded:
            edits += _under_test(each, lines, inside, newline)
    return apply_edits(text, edits)


def _under_test(guarded: Guarded, lines: list[str], inside: set[int], newline: str) -> Iterator[Edit]:
    """The test, and an indent for each line that does not begin within a text."""
    first = lines[guarded.first - 1]
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    step = "\t" if "\t" in margin else _STEP
    above = Place(guarded.first, 0)
    last = Place(guarded.last, len(lines[guarded.last - 1].rstrip("\r\n")))
    if not guarded.test:
        yield Edit(Place(guarded.first, len(margin)), last, f"{newline}{margin}".join(guarded.otherwise))
        return
    yield Edit(above, above, f"{margin}if {guarded.test}:{newline}{step}")
    for number in range(guarded.first + 1, guarded.last + 1):
        if number not in inside and lines[number - 1].strip():
            place = Place(number, 0)
            yield Edit(place, place, step)
    if guarded.otherwise:
        other = "".join(f"{newline}{margin}{step}{each}" for each in guarded.otherwise)
        yield Edit(last, last, f"{newline}{margin}else:{other}")


def _within_texts(text: str) -> set[int]:
    """The lines that begin within a text."""
    found: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type in _OPENING:
            opened.append(token.start[0])
        elif token.type in _CLOSING:
            found.update(range(opened.pop() + 1, token.end[0] + 1))
        elif token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
    return found
