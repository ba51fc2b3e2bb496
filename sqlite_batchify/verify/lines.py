"""Which line a frame is at. ``f_lineno`` counts from the start of a function each time, so that long ones take long."""

from __future__ import annotations

from bisect import bisect_right
from types import CodeType, FrameType

_Table = tuple[CodeType, list[int], list[int]]


class Lines:
    """The lines of functions, each counted once."""

    def __init__(self) -> None:
        self._tables: dict[int, _Table] = {}  # by identity, since a hash of code looks at all of it

    def line_of(self, frame: FrameType) -> int:
        """The line that the frame is at, 0 if it is at none."""
        code = frame.f_code
        if id(code) not in self._tables:
            self._tables[id(code)] = _table_of(code)
        _, starts, lines = self._tables[id(code)]
        return lines[bisect_right(starts, max(frame.f_lasti, 0)) - 1] if lines else 0


def _table_of(code: CodeType) -> _Table:
    """Where each line starts (https://docs.python.org/3/reference/datamodel.html#codeobject.co_lines)."""
    places = [(start, line) for start, _, line in code.co_lines() if line is not None]
    return code, [start for start, _ in places], [line for _, line in places]
