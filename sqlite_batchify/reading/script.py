"""One script, read: the way from its text to a ``Reading``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from . import words
from .comments import Comments, read_comments
from .depth import too_deep
from .model import Fix, Note, Ported, Replaced, Suite
from .parsing import parse
from .suites import Walked, walk
from .syntax import Lines

if TYPE_CHECKING:
    from .events import Direction


class Reading:
    """What a script says.

    ``suites`` hold its operations and blocks, those inside of another before it, ``notes`` what can be said of it
    without its history, ``asked`` what can be said of names that it asks the database for, as long as the history does
    not know better, and ``fixes`` the operations that can take the place of raw SQL. ``comments`` are those that tell
    the program something. ``directions`` is what it does to tables as Alembic runs it, ``ported`` what makes it run
    on plain SQLite where it is written for another database, and ``replaced`` the raw SQL in whose place SQLite alone
    can be given the operations of ``fixes``. Each is read when it is asked for.
    """

    def __init__(self, text: str) -> None:
        """Read a script. Raises UnparsableError."""
        self._tree = parse(text)
        self._lines = Lines(text)
        self.text = text

    @cached_property
    def comments(self) -> Comments:
        return read_comments(self.text, self._tree)

    @cached_property
    def _walked(self) -> Walked:
        walked = walk(self._tree, self._lines, self.comments.skips, thorough=False)
        if walked.seen >= words.count_mentions(self.text):
            return walked
        again = walk(self._tree, self._lines, self.comments.skips, thorough=True)
        return again._replace(raw=walked.raw, fixes=walked.fixes)

    @property
    def suites(self) -> tuple[Suite, ...]:
        return self._walked.suites

    @property
    def notes(self) -> tuple[Note, ...]:
        return self._walked.notes + self._walked.raw

    @property
    def asked(self) -> tuple[Note, ...]:
        return self._walked.asked

    @property
    def fixes(self) -> tuple[Fix, ...]:
        return self._walked.fixes

    @cached_property
    def directions(self) -> tuple[Direction, ...]:
        from .flow import follow

        return follow(self._tree, self._lines, self.comments)

    @cached_property
    def ported(self) -> Ported:
        from .portable import read_ported

        return read_ported(self._tree, self._lines, self.comments.skips)

    @cached_property
    def replaced(self) -> tuple[Replaced, ...]:
        from .portable import read_replaced

        return tuple(read_replaced(self._tree, self.fixes, self._lines))

    @cached_property
    def too_deep(self) -> int | None:
        """The line of what is nested too deeply for another parser than Python's own, None if nothing is."""
        return too_deep(self._tree, self.text)
