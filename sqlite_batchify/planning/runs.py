"""Which operations of a suite go into one block. Pure: descriptions in, spans out.

The law: the blocks leave the same schema and the same rows as one block for each operation, in order. Batch mode queues
its operations until the block ends and then applies them to a picture of the table that it reflected once, so a block
ends where a later operation would need to see the effect of an earlier one
(https://alembic.sqlalchemy.org/en/latest/batch.html).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..names import UNKNOWN, Template
from ..operations import AUTOGENERATE, MINIMAL
from ..reading.model import Convention, Description, Names


class Host(NamedTuple):
    """A block that stands in the script already; ``operations`` is None if no other operation may be put into it.

    ``convention`` is the naming convention that it has, None if that cannot be told.
    """

    table: Hashable
    operations: tuple[Description, ...] | None
    convention: Convention | None = ()


Item = Description | Host | None
"""A statement of a suite; None is a barrier."""


class Block(NamedTuple):
    """The items from ``start`` to before ``stop`` belong in one block; ``host`` is the index of the one that exists."""

    start: int
    stop: int
    host: int | None = None


@dataclass
class _Segment:
    """Operations that one block could hold, as far as they have been read, and what they do."""

    table: Hashable
    style: str = MINIMAL
    members: list[int] = field(default_factory=list)
    needing: list[int] = field(default_factory=list)
    native: list[int] = field(default_factory=list)
    defaulted: list[int] = field(default_factory=list)
    host: int | None = None
    closed: bool = False
    moved: set[str] = field(default_factory=set)  # columns added or dropped
    adds: bool = False
    dropped: set[str] = field(default_factory=set)
    retyped: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)  # indexes and constraints
    ended: set[str] = field(default_factory=set)
    nameless_index: bool = False  # it gets a name that only the naming convention of the project tells
    convention: dict[str, Template] | None = field(default_factory=dict)

    def agrees(self, convention: Convention | None) -> bool:
        """Whether one block can have this naming convention and that of the others."""
        if convention is None or self.convention is None:
            return not self.convention and not convention
        return all(self.convention.get(kind, template) == template for kind, template in convention)

    def adopt(self, convention: Convention | None) -> None:
        if convention is None or self.convention is None:
            self.convention = None
        else:
            self.convention.update(convention)

    def admits(self, description: Description) -> bool:
        """Whether the operation means the same inside this block as after it."""
        return not description.starts_block and self.fits(description) and self.keeps_order(description)

    def keeps_order(self, description: Description) -> bool:
        """Whether added columns stay where they come to stand: behind the last one, if that is not dropped then."""
        known = (True, None) if self.style == AUTOGENERATE else (True,)
        return not (self.adds and description.drops) or description.behind in known

    def fits(self, description: Description) -> bool:
        """The same, wherever its arguments are evaluated and its columns come to stand."""
        moved = self.moved - self.dropped if description.keyed else self.moved
        return not (
            _clash(description.adds, moved)
            or _clash(description.drops | description.alters, self.moved)
            or _clash(description.uses, self.dropped)
            or _clash(description.retypes, self.retyped)
            or _clash(description.makes | description.ends, self.made)
            or description.ends & self.ended
            or (description.name == "drop_index" and self.nameless_index)
        )

    def record(self, description: Description) -> None:
        self.moved |= description.adds | description.drops
        self.adds |= bool(description.adds)
        self.dropped |= description.drops
        self.retyped |= description.retypes
        self.made |= description.makes
        self.ended |= description.ends
        self.nameless_index |= description.name == "create_index" and not description.makes
        self.closed = self.closed or description.renames

    def blocks(self) -> Iterator[Block]:
        """The parts of the segment that go into blocks.

        What SQLite does by itself goes into one only where the table is copied anyway.
        """
        if self.style == MINIMAL:
            parts = [[*self.needing, *self.native]] if self.needing else []
        elif self.needing or not (self.native or self.defaulted):
            parts = [self.members]
        else:
            parts = list(_between(self.members, {*self.native, *self.defaulted}))
        for part in parts:
            host = self.host if self.style == MINIMAL or self.host in part else None
            ends = part if host is None else [*part, host]
            if any(index != self.host for index in part):
                yield Block(min(ends), max(ends) + 1, host)


def find_blocks(items: Sequence[Item], style: str = MINIMAL) -> list[Block]:
    """Divide the statements of one suite into blocks.

    ``items`` has one entry for each statement, in order. Returns blocks that do not overlap, in order; what is in none
    of them stays as it is. ``minimal`` makes a block only where SQLite needs one and lets it end with the last
    operation that does; ``autogenerate`` puts every run into a block, as Alembic writes them under
    ``render_as_batch=True``.
    """
    return [block for segment in _segments(items, style) for block in segment.blocks()]


def _between(members: Iterable[int], others: Collection[int]) -> Iterator[list[int]]:
    """The parts of a list between what is also in another one."""
    part: list[int] = []
    for each in members:
        if each in others:
            yield part
            part = []
        else:
            part.append(each)
    yield part


def _segments(items: Sequence[Item], style: str) -> Iterable[_Segment]:
    current: _Segment | None = None
    for index, item in enumerate(items):
        if item is None or not _joins(item):
            if current is not None:
                yield current
            current = None
            continue
        parts = item.operations or () if isinstance(item, Host) else (item,)
        if current is None or not _continues(current, item, parts):
            if current is not None:
                yield current
            current = _Segment(item.table, style)
        current.members.append(index)
        current.adopt(item.convention)
        if isinstance(item, Host):
            current.host = index
        elif item.needs_block:
            current.needing.append(index)
        elif item.native:
            current.native.append(index)
        elif item.defaulted:
            current.defaulted.append(index)
        for part in parts:
            current.record(part)
    if current is not None:
        yield current


def _joins(item: Description | Host) -> bool:
    if not isinstance(item, Host):
        return item.takes_block
    return item.operations is not None and _are_independent(item.operations)


def _are_independent(operations: Iterable[Description]) -> bool:
    """Whether the operations of a block that stands in the script would mean the same if it copied its table."""
    segment = _Segment(None)
    for each in operations:
        if not segment.fits(each):
            return False
        segment.record(each)
    return True


def _continues(segment: _Segment, item: Description | Host, parts: Iterable[Description]) -> bool:
    if segment.closed or item.table is None or segment.table != item.table:
        return False
    if (isinstance(item, Host) and segment.host is not None) or not segment.agrees(item.convention):
        return False
    return all(segment.admits(part) for part in parts)


def _clash(names: Names, others: set[str]) -> bool:
    if not names or not others:
        return False
    return UNKNOWN in names or UNKNOWN in others or not others.isdisjoint(names)
