"""The names that are taken in one schema, and the first free one of those that a database tries."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import Protocol

from ..names import PRIMARY_KEY, UNIQUE, Shape, mysql_key_name, mysql_key_number, tried_name
from ..reading.events import Arms

_Base = tuple[str, str, tuple[str, ...]]
"""What the names that PostgreSQL tries one after another have in common."""


class Holder(Protocol):
    """What has a name: a table, an index or a constraint."""

    born: Arms
    gone: list[Arms]

    def seen(self, arms: Arms) -> bool:
        """Whether it is there for an event in these branches."""


class Taken:
    """The names of one schema, and who has them.

    The numbers of a base below ``_floor`` are known to be taken, so that of many constraints that would have one name
    none tries the numbers of all the others. In a branch those may be free that another branch has taken: ``_lowest``
    is where to begin there, by the mark of the ``if``, and ``_next`` where the last search in the branches has ended.
    """

    def __init__(self) -> None:
        self._constraints: defaultdict[str, dict[Holder, None]] = defaultdict(dict)
        self._relations: defaultdict[str, dict[Holder, None]] = defaultdict(dict)
        self._floor: dict[_Base, int] = {}
        self._lowest: defaultdict[_Base, dict[int, int]] = defaultdict(dict)
        self._next: defaultdict[_Base, dict[Arms, int]] = defaultdict(dict)
        self._tried: defaultdict[str, dict[_Base, int]] = defaultdict(dict)

    def add(self, holder: Holder, name: str, is_relation: bool) -> None:
        """Note a name; tables and indexes are relations."""
        (self._relations if is_relation else self._constraints)[name][holder] = None

    def remove(self, holder: Holder, name: str, is_relation: bool) -> None:
        (self._relations if is_relation else self._constraints)[name].pop(holder, None)
        self.freed(name)

    def constraints_called(self, name: str) -> list[Holder]:
        return list(self._constraints.get(name, ()))

    def freed(self, name: str) -> None:
        """The name is free again, at least in some branches."""
        for base, number in self._tried.pop(name, {}).items():
            self._floor[base] = min(self._floor.get(base, 0), number)
            self._next.pop(base, None)

    def settle(self) -> None:
        """All branches have been taken."""
        self._lowest.clear()
        self._next.clear()

    def first_free(self, shape: Shape, arms: Arms) -> str:
        """The name that PostgreSQL gives a constraint that is created in these branches."""
        base = (shape.kind, shape.table, shape.columns)
        lowest, following = self._lowest[base], self._next[base]
        floor = self._floor.get(base, 0)
        number = following.get(arms, min((lowest[mark] for mark, _ in arms if mark in lowest), default=floor))
        while holder := self._holder(name := tried_name(shape, number), shape.kind, arms):
            self._tried[name][base] = number
            for mark, _ in holder.born:
                lowest[mark] = min(lowest.get(mark, number), number)
            if number == floor and not holder.gone:
                floor = self._floor[base] = number + 1
            number += 1
        following[arms] = number
        return name

    def _holder(self, name: str, kind: str, arms: Arms) -> Holder | None:
        """One who has the name for an event in these branches, first one who is gone in no other."""
        seen = [each for each in self._constraints.get(name, ()) if each.seen(arms)]
        if kind in (UNIQUE, PRIMARY_KEY):  # these make an index of their name
            seen += [each for each in self._relations.get(name, ()) if each.seen(arms)]
        return min(seen, key=lambda each: len(each.gone), default=None)


class MysqlKeys:
    """The foreign keys of one table that MySQL numbers (``t_ibfk_1``); a table that is renamed begins again."""

    def __init__(self) -> None:
        self._holders: defaultdict[str, dict[Holder, None]] = defaultdict(dict)
        self._numbers: defaultdict[str, list[int]] = defaultdict(list)
        self._highest: tuple[str, Arms, int] | None = None
        """What the last search has found, for which table and in which branches."""

    def add(self, holder: Holder, name: str, table: str) -> None:
        """Note the name of a foreign key that was created when the table had this one."""
        number = mysql_key_number(name, table)
        if number:
            self._holders[name][holder] = None
            heappush(self._numbers[table], -number)
            known = self._highest
            same = known is not None and known[:2] == (table, holder.born)
            self._highest = (table, holder.born, max(number, known[2])) if known is not None and same else None

    def remove(self, holder: Holder, name: str) -> None:
        self._holders[name].pop(holder, None)
        self.freed()

    def freed(self) -> None:
        """A number is free again, at least in some branches."""
        self._highest = None

    def next(self, table: str, arms: Arms) -> str:
        """The name of the next one that is created in these branches."""
        if self._highest is None or self._highest[:2] != (table, arms):
            self._highest = (table, arms, self._search(table, arms))
        return mysql_key_name(table, self._highest[2] + 1)

    def _search(self, table: str, arms: Arms) -> int:
        numbers, unseen = self._numbers[table], []
        found = 0
        while numbers and not found:
            holders = self._holders.get(mysql_key_name(table, -numbers[0]), {})
            if any(each.seen(arms) for each in holders):
                found = -numbers[0]
            else:
                number = heappop(numbers)
                unseen += [number] if holders else []
        for number in unseen:
            heappush(numbers, number)
        return found
