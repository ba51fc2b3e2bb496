"""Two constraints of one kind over the same columns: of these a block sees one only, and its copy loses the other.

SQLAlchemy looks them up by their columns and takes the first in the text of the table (``get_unique_constraints`` and
``get_foreign_keys`` in sqlalchemy/dialects/sqlite/base.py). Alembic writes a copy with the named ones in front, in
their order, the new ones behind these, and the nameless ones at the end (``ApplyBatchImpl`` in
alembic/operations/batch.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..names import FOREIGN_KEY, UNIQUE, UNKNOWN
from .tables import TWIN, Known

_MOST = 20  # over the same columns


class Twins:
    """Those that one script makes. Which one is seen shows only when it ends: till then both may be in one block."""

    def __init__(self) -> None:
        self._pairs: dict[Known, Known] = {}
        self._named: set[Known] = set()
        self._unclear: list[Known] = []

    def add(self, known: Known) -> None:
        """One is created: note which is behind which."""
        alike = _alike(known)
        there = [each for each in alike if each not in self._pairs]
        names = {each.sqlite for each in there}
        if not alike or (known.sqlite in names and known.sqlite is not None):
            return  # it takes the place of the one with this name
        several = len(names) != 1 or (len(there) > 1 and None in names)
        if several or not all(map(_is_known, (known, *alike))) or not _is_ordered(there[0], known):
            self._unclear += (known, *alike)
            return
        first, second = (known, there[0]) if there[0].sqlite is None else (there[0], known)
        self._pairs[second] = first

    def name(self, known: Known) -> None:
        """A block gives one a name: whether before or after the other comes, hangs on where blocks begin."""
        self._named.add(known)

    def is_behind(self, known: Known) -> bool:
        """Whether one that this script has created is not seen when it drops it, which takes a block of its own."""
        first = self._pairs.get(known)
        return first is not None and first.number < known.number and self._holds(first, known)

    def settle(self) -> Iterator[Known]:
        """The script ends. Returns what is not seen any more."""
        for second, first in self._pairs.items():
            if self._holds(first, second):
                yield second
            else:
                self._unclear += (first, second)
        for known in self._unclear:
            known.certain = False
        self.forget()

    def _holds(self, first: Known, second: Known) -> bool:
        gone = first.gone or second.gone
        return not (gone or first.table.rebuilt) and self._named.isdisjoint((first, second))

    def forget(self) -> None:
        self._pairs.clear()
        self._named.clear()
        self._unclear.clear()


def _alike(known: Known) -> list[Known]:
    """The others over the same columns that a block may see."""
    if known.kind not in (UNIQUE, FOREIGN_KEY) or known.form is None or known.table.schema is not None:
        return []
    alike = islice(known.table.constraints.get((TWIN, known.signature), {}), _MOST)
    return [each for each in alike if each is not known and not each.gone]


def _is_known(known: Known) -> bool:
    refers = known.kind != FOREIGN_KEY or (known.form is not None and known.form.referred_columns)
    return known.certain and known.sqlite != UNKNOWN and bool(refers)


def _is_ordered(one: Known, other: Known) -> bool:
    """Whether one surely comes before the other: within a table, what columns bring along follows on the rest."""
    apart = one.origin[:2] != other.origin[:2]
    return apart or (one.kind == UNIQUE and None not in (one.sqlite, other.sqlite))
