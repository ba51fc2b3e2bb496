"""What a code is, and what stands behind it."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"
ALTER, BATCH, LOST, FOREIGN, SCRIPT = PROBLEM_CLASSES = ("alter", "batch", "lost", "foreign", "script")
"""The classes of what verify sees go wrong."""


class Explanation(NamedTuple):
    """What stands behind one code.

    ``why`` is prose. ``before`` causes the finding and ``after`` mends it: the statements of an ``upgrade()``, or what
    else fits (whole functions, a command, lines of a file), or nothing. ``given`` are the statements of an earlier
    ``upgrade()`` that one has to know to understand them. ``page`` is the address of what the finding rests on.
    """

    why: str
    before: str
    after: str
    page: str
    given: str = ""


class Code(NamedTuple):
    """One kind of finding. ``message`` and ``remedy`` may hold ``{detail}`` and ``{hint}``.

    An ``error`` fails on SQLite (or could not be looked at); a ``warning`` may. ``texts`` are those of ``explanation``
    as they are indented in this package.
    """

    code: str
    name: str
    severity: str
    message: str
    remedy: str
    texts: Explanation

    @property
    def explanation(self) -> Explanation:
        """What ``explain`` prints: worked out when it is asked for, as most runs explain nothing."""
        from textwrap import dedent

        why, before, after, page, given = self.texts
        before, after, given = (dedent(text).strip("\n") for text in (before, after, given))
        return Explanation(" ".join(why.split()), before, after, page, given)

    def __repr__(self) -> str:
        return f"<{self.code} {self.name}>"
