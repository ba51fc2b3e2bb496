"""Where a script stands while it runs: told by the frames of the interpreter."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

from ..config import BATCH_NAME
from ..reading.handlers import Handled, caught, handlers
from .functions import belongs_to_a_project
from .lines import Lines
from .revisions import Revision


class Places:
    """Of one script."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._path = revision.path
        self._positions = Lines()

    def line(self) -> int:
        """The line of the script that is running, 0 if none is."""
        return next(self._lines(), 0)

    def _lines(self) -> Iterator[int]:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self._path:
                yield self._positions.line_of(frame)
            frame = frame.f_back

    def origin(self, line: int) -> tuple[int, str]:
        """The line and the file where what runs now stands: ``line`` of the script, or a module that it calls."""
        frame = self._frame()
        if frame is None or frame.f_code.co_filename == self._path:
            return line, self._path
        return self._positions.line_of(frame), frame.f_code.co_filename

    def name_of(self, batch_op: Any) -> str:
        """What the block that runs now calls its variable."""
        frame = self._frame()
        names = {} if frame is None else frame.f_locals
        return next((name for name, value in names.items() if value is batch_op), BATCH_NAME)

    def _frame(self) -> FrameType | None:
        """What runs now, of the script or of a module that it calls."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._path:
            if belongs_to_a_project(frame.f_code.co_filename):
                return frame
            frame = frame.f_back
        return frame

    def handler(self, classes: Iterable[str]) -> Handled | None:
        """The ``except`` of the script for an error that is raised now, whose classes have these names."""
        return caught(classes, handlers(self._revision.source), self._lines())
