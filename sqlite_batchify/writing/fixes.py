"""Statements of a script replaced by others, in its text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from ..findings import Finding
from ..reading.model import Edit, Fix
from ..reading.syntax import NEWLINE
from .text import LINE


class Fixed:
    """A script with its fixes. ``spans`` says where each begins and ends in ``text`` and in the script before."""

    def __init__(self, text: str, before: str, spans: Sequence[tuple[int, int, int, int]]) -> None:
        self.text = text
        self._spans = spans
        self._span_starts = [start for start, *_ in spans]
        self._starts, self._starts_before = _starts(text), _starts(before)

    def moved_back(self, finding: Finding) -> Finding:
        """A finding in ``text`` with the place in the script before that belongs to its own."""
        if not finding.line:
            return finding
        place = self._starts[finding.line - 1] + finding.column - 1
        number = bisect_right(self._span_starts, place) - 1
        if number >= 0:
            _, stop, old_start, old_stop = self._spans[number]
            place = old_start if place < stop else place + old_stop - stop
        line = bisect_right(self._starts_before, place)
        return finding._replace(line=line, column=place - self._starts_before[line - 1] + 1)


def apply_fixes(text: str, fixes: Iterable[Fix]) -> Fixed:
    """Replace statements. What takes the place of one that has its lines for itself gets lines of its own."""
    starts = _starts(text)
    edits = []
    for fix in fixes:
        start, stop = (starts[line - 1] + column for line, column in (fix.start, fix.stop))
        written = _divider(text, starts[fix.start[0] - 1], start, stop).join(fix.statements)
        edits.append(Edit(fix.start, fix.stop, written))
    return apply_edits(text, edits)


def apply_edits(text: str, edits: Iterable[Edit]) -> Fixed:
    """Put texts into the places of others; those for the same place one after another."""
    starts = _starts(text)
    parts, length, done = [], 0, 0
    spans = []
    for edit in sorted(edits, key=lambda each: (each.start, each.stop)):
        start, stop = (starts[line - 1] + column for line, column in (edit.start, edit.stop))
        written = edit.text
        parts += [text[done:start], written]
        length += start - done
        spans.append((length, length + len(written), start, stop))
        length += len(written)
        done = stop
    return Fixed("".join([*parts, text[done:]]), text, spans)


def _divider(text: str, line: int, start: int, stop: int) -> str:
    """What stands between the statements that go between these places; ``line`` is where their line begins."""
    margin, rest = text[line:start], LINE.match(text, stop).group()  # type: ignore[union-attr]
    if margin.strip() or not (rest.strip() or "#").startswith("#"):
        return "; "
    newline = NEWLINE.search(rest) or NEWLINE.search(text)
    return ("\n" if newline is None else newline.group()) + margin


def _starts(text: str) -> list[int]:
    return list(accumulate(map(len, LINE.findall(text)[:-1]), initial=0))
