"""Remedies as data: what is to be changed at which place of a script, from which both the words and the change come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

NAMED = "the table of the block"
KEYWORDS = "keywords of the block"
WITHOUT_KEYWORD = "leave a keyword of the block out"
FIRST_IN_BLOCK = "first in the block"
IN_BLOCK = "in the block"
BEFORE_BLOCK = "before the block"
BEHIND_BLOCK = "behind the block"
DIVIDE = "begin a new block at"
IN_COPY_FROM = "in the Table of copy_from"
BEFORE = "before it"
INSTEAD = "instead of it"
ARGUMENT = "an argument of a call"
WITHOUT_ARGUMENT = "leave an argument out"
LEAVE_OUT = "leave it out"
AT_END = "at the end of"
"""Where an edit is made in a script, in words: about the block, about a statement, and in a function."""
REWRITTEN = "rewritten"
IN_ENV = "in env.py"
"""Edits that others make: ``sqlite-batchify PATH``, and ``sqlite-batchify init``."""
ELSEWHERE = frozenset({REWRITTEN, IN_ENV})


class Edit(NamedTuple):
    """One change of a script: ``where`` it is made, and the ``code`` that is put there.

    ``code`` is a call of ``op.batch_alter_table`` for NAMED and KEYWORDS, a keyword for an ARGUMENT, items for
    IN_COPY_FROM, and else statements; ``...`` in it stands for what the script has there. It calls Alembic's operations
    ``op`` and SQLAlchemy ``sa``, whatever the script does. ``line`` is that of the statement or block which is meant, 0
    for that of the problem; ``of`` is the name of a keyword, or of what is called.
    """

    where: str
    code: str = ""
    line: int = 0
    of: str = ""

    def at(self, line: int) -> Edit:
        """The same with the line of its problem where it has none of its own."""
        return self if self.line else self._replace(line=line)


class Remedy(str):
    """What helps, in words, and the ``edits`` of the script that do it: none where that is for a person to decide."""

    __slots__ = ("edits",)
    edits: tuple[Edit, ...]

    def __new__(cls, text: str, *edits: Edit) -> Remedy:
        made = super().__new__(cls, text)
        made.edits = edits
        return made


def put(where: str, code: str) -> Remedy:
    """``where: code``"""
    return Remedy(f"{where}: {code}", Edit(where, code))


def joined(*parts: str, by: str = "") -> Remedy:
    """Texts put together, with the edits of those that are remedies."""
    return Remedy(by.join(parts), *edits_of(parts))


def edits_of(texts: Iterable[object]) -> tuple[Edit, ...]:
    """The edits of those texts that are remedies, each once."""
    return tuple(dict.fromkeys(edit for each in texts if isinstance(each, Remedy) for edit in each.edits))
