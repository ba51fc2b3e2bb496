"""Statements of a script replaced by others, in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from ..findings import Finding
from ..reading.model import Fix
from .text import LINE

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Fixed:
    """A script with its fixes. ``spans`` says where each begins and ends in ``text`` and in ``before``."""

    text: str
    before: str
    spans: tuple[tuple[int, int, int, int], ...]

    def moved_back(self, finding: Finding) -> Finding:
        """A finding in ``text`` with the place in ``before`` that belongs to its own."""
        if not finding.line:
            return finding
        place = _starts(self.text)[finding.line - 1] + finding.column - 1
        moved = 0
        for start, stop, old_start, old_stop in self.spans:
            if place < start:
                break
            moved = old_start - place if place < stop else old_stop - stop
        starts = _starts(self.before)
        line = sum(start <= place + moved for start in starts)
        return finding._replace(line=line, column=place + moved - starts[line - 1] + 1)


def apply_fixes(text: str, fixes: Iterable[Fix]) -> Fixed:
    """Replace statements. What takes the place of one that has its lines for itself gets lines of its own."""
    starts = _starts(text)
    result, done = "", 0
    spans = []
    for fix in sorted(fixes):
        start, stop = (starts[line - 1] + column for line, column in (fix.start, fix.stop))
        result += text[done:start]
        written = _divider(text, starts[fix.start[0] - 1], start, stop).join(fix.statements)
        spans.append((len(result), len(result) + len(written), start, stop))
        result += written
        done = stop
    return Fixed(result + text[done:], text, tuple(spans))


def _divider(text: str, line: int, start: int, stop: int) -> str:
    """What stands between the statements that go between these places; ``line`` is where their line begins."""
    margin, rest = text[line:start], LINE.match(text, stop).group()  # type: ignore[union-attr]
    if margin.strip() or not (rest.strip() or "#").startswith("#"):
        return "; "
    newlines: list[str] = _NEWLINE.findall(rest) or _NEWLINE.findall(text) or ["\n"]
    return newlines[0] + margin


def _starts(text: str) -> list[int]:
    return list(accumulate(map(len, LINE.findall(text)[:-1]), initial=0))
