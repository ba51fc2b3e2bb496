"""The views, triggers, indexes and tables of one database that a copy of a table has to do with.

There may be as many as there are scripts, so they are looked up by the tables that they are about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from ..reading.events import Index
from ..reading.model import Place
from ..reading.sql.engine import words
from ..reading.sql.objects import INDEX, SEARCH, TABLE, VIEW, SchemaObject, read_tables, table_of
from ..reading.sql.parts import Part

Key = tuple[str, str]
"""The kind of an object, and its name in lower case."""


@dataclass(frozen=True)
class Held:
    """A view, a trigger, an index that a copy loses, a full-text table, or a table by a text: where it is created.

    ``number`` says which is the older one, ``renamed`` which tables have got other names since. ``changed`` if its text
    is not that any more which stands in the script. Of an index, ``index`` is what an operation has made it from,
    ``loses`` what of it a copy loses, and ``spelled`` is how its table is written. Of a table, ``parts`` are
    those that a copy loses.
    """

    made: SchemaObject
    script: str
    place: Place
    number: int = 0
    renamed: tuple[tuple[str, str], ...] = ()
    changed: bool = False
    index: Index | None = None
    loses: str = ""
    spelled: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def key(self) -> Key:
        return self.made.kind, self.made.name.casefold()

    @cached_property
    def reads(self) -> frozenset[str]:
        names = frozenset() if self.made.kind in (INDEX, SEARCH, TABLE) else read_tables(self.made)
        for old, new in self.renamed:
            names = names - {old} | {new} if old in names else names
        return names

    @cached_property
    def table(self) -> str:
        """That of a trigger or an index, the content of a full-text table, or itself."""
        name = "" if self.made.kind == VIEW else table_of(self.made)
        for old, new in self.renamed:
            name = new if name == old else name
        return name

    def with_renamed(self, old: str, new: str) -> Held:
        return replace(self, renamed=(*self.renamed, (old, new)), changed=True)

    def says(self, column: str) -> bool:
        """Whether this may be a column in its text."""
        return column.casefold() in (each.casefold() for each in words(self.made.text or ""))


class Objects:
    """What a database holds of them. ``note`` is told how each change is undone."""

    def __init__(self, note: Callable[..., None]) -> None:
        self._note = note
        self._held: dict[Key, Held] = {}
        self._about: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self._new: dict[Key, None] = {}
        self._numbers = count(1)

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Held | None:
        return self._held.get(key)

    def hold(self, held: Held) -> None:
        """Something is created, or is another one now; ``number`` is 0 if it is new."""
        self._put(held.key, held if held.number else replace(held, number=next(self._numbers)))

    def let_go(self, keys: Iterable[Key]) -> None:
        """These are dropped."""
        for key in list(keys):
            self._put(key, None)

    def change_table(self, old: str, new: str) -> None:
        """A table is renamed, or dropped if there is no new name: what looks at it follows, or goes with it."""
        self.let_go([(SEARCH, old)])
        for each in self.about(old) if self else ():
            if new or each.table == old:
                self._put(each.key, each.with_renamed(old, new) if new else None)

    def _put(self, key: Key, held: Held | None) -> None:
        before = self._held.get(key)
        if before is not held:
            self._note(self._place, key, before)
            self._place(key, held)

    def _place(self, key: Key, held: Held | None) -> None:
        before = self._held.pop(key, None)
        if before is not None and self._new.pop(key, self) is self:
            for name in (*before.reads, before.table):
                self._about[name].pop(key, None)
        if held is not None:
            self._held[key] = held
            self._new[key] = None

    def about(self, table: str) -> list[Held]:
        """What reads a table or view of this name, or is on it."""
        for key in self._new:  # to read SQL takes long, and many are never asked for
            for name in (*self._held[key].reads, self._held[key].table):
                self._about[name][key] = None
        self._new.clear()
        return [self._held[key] for key in self._about.get(table, ())]


def find_watching(objects: Objects, table: str) -> tuple[list[Held], list[Held]]:
    """What is in the way of a copy of this table, and what gets lost with it; each in the order of creation."""
    names, pending = {table}, [table] if objects else []
    found: dict[int, Held] = {}
    while pending:
        for each in objects.about(pending.pop()):
            found[each.number] = each
            name = each.made.name.casefold()
            if each.made.kind == VIEW and name not in names:
                names.add(name)
                pending.append(name)
    ordered = [found[number] for number in sorted(found)]
    return [each for each in ordered if each.table != table], [each for each in ordered if each.table == table]
