"""What a plan is made of. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..reading.events import CheckedType
from ..reading.model import Call, Convention, Note, Place, Way


class Apart(NamedTuple):
    """What a column asks for by a flag, to be created in an operation of its own.

    ``name`` is None where Alembic gives one; ``column`` is the name of the column where the call that asks for it does
    not say it.
    """

    operation: str
    name: str | None
    unique: bool = False
    column: str | None = None


class OnSqlite(NamedTuple):
    """The name of a constraint on SQLite, in the argument at this place; ``op`` is how ``op`` is written there."""

    place: int
    name: str
    op: str


class Taken(NamedTuple):
    """A CHECK that goes with a dropped column: its type, its name, and what SQLAlchemy is called there."""

    type: CheckedType
    name: str
    sqlalchemy: str


class Edits(NamedTuple):
    """What changes in the arguments of one call, by their places.

    ``name`` is that of the constraint, ``on_sqlite`` the one that it has there beside the one that stands; ``keys`` are
    those of a column's foreign keys and of its type, and ``flags`` are what it does without. ``column`` is the place of
    the column, None if it does not change or a variable holds it. ``apart`` is what gets an operation of its own.
    """

    name: tuple[int, str] | None = None
    on_sqlite: OnSqlite | None = None
    column: int | None = None
    keys: tuple[tuple[int, str], ...] = ()
    flags: tuple[int, ...] = ()
    apart: tuple[Apart, ...] = ()
    taken: Taken | None = None

    @property
    def in_column(self) -> bool:
        return bool(self.keys or self.flags)

    @property
    def names(self) -> int:
        """How many names are given."""
        return (self.name is not None) + len(self.keys) + sum(each.name is not None for each in self.apart)


NO_EDITS = Edits()


class Entry(NamedTuple):
    """A statement of a suite, or an operation that follows on it: ``apart`` counts those from 0.

    ``call`` is the operation that it is, None if it is none or stands in a block already.
    """

    statement: int
    call: Call | None = None
    edits: Edits = NO_EDITS
    apart: int | None = None


class Kept(NamedTuple):
    """What keeps that which the copy of a table would lose, as code.

    ``keywords`` are those of the block with their displays (``table_kwargs``, ``{"sqlite_autoincrement": True}``), to
    be added to what it has. ``above`` and ``below`` are statements that run on SQLite only, each a call or more, and
    ``inside`` those that begin the block, if it is a new one; ``guard`` is the test that they stand under.
    """

    keywords: tuple[tuple[str, str], ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    guard: str = ""

    def within(self, other: Kept) -> Kept:
        """This, between what stands above and below in the other."""
        above, below = (*other.above, *self.above), (*self.below, *other.below)
        return self._replace(above=above, below=below, guard=self.guard or other.guard)

    @property
    def counts(self) -> bool:
        """Whether the block keeps AUTOINCREMENT."""
        return any("sqlite_autoincrement" in display for _, display in self.keywords)


NOTHING_KEPT = Kept()


class BlockPlan(NamedTuple):
    """The entries from ``start`` to before ``stop`` go into one block; ``host`` is the one that exists among them.

    ``variable`` is what it is called, ``convention`` what it needs besides what it has, ``kept`` what else.
    """

    start: int
    stop: int
    host: int | None
    variable: str
    convention: Convention
    kept: Kept = NOTHING_KEPT


class SuitePlan(NamedTuple):
    """What becomes of one suite. ``conventions`` are what blocks that stand in it need besides what they have.

    They are by the number of their statement, each with the item of its ``with``.
    """

    way: Way
    entries: tuple[Entry, ...]
    blocks: tuple[BlockPlan, ...]
    conventions: Mapping[int, tuple[int, Convention]]

    @property
    def moved(self) -> set[int]:
        """The numbers of the statements that go into blocks."""
        return {each.statement for block in self.blocks for each in self.entries[block.start : block.stop]}

    @property
    def extended(self) -> set[int]:
        """The numbers of the blocks that get more operations."""
        return {self.entries[block.host].statement for block in self.blocks if block.host is not None}

    @property
    def changes(self) -> bool:
        return bool(self.blocks or self.conventions) or any(each.edits != NO_EDITS for each in self.entries)


class ColumnPlan(NamedTuple):
    """What changes in a column that a variable holds; ``op`` is how ``op`` is written there."""

    edits: Edits
    op: str


class Plan(NamedTuple):
    """What becomes of a script.

    ``suites`` are those that change, ``columns`` the edits of columns that variables hold, by their statements.
    ``imports`` lead to the statements that have to import ``batch_alter_table``. Names stand in a call of ``f`` if
    ``marked``. ``notes`` are findings; ``blocks`` and ``operations`` count what is made. ``aparts`` says how many
    operations follow on one that there was, by its place.
    """

    suites: tuple[SuitePlan, ...]
    columns: Mapping[Way, ColumnPlan]
    imports: tuple[Way, ...]
    marked: bool
    notes: tuple[Note, ...]
    blocks: int
    operations: int
    aparts: Mapping[Place, int]

    @property
    def changes(self) -> bool:
        return bool(self.suites)

    @property
    def names(self) -> int:
        """How many names are given to constraints."""
        return sum(each.edits.names for suite in self.suites for each in suite.entries if each.apart is None)

    @property
    def added(self) -> int:
        """How many operations follow on others in blocks that stand in the script."""
        entries = (each for suite in self.suites for each in suite.entries)
        return sum(each.call is None and each.apart is not None for each in entries)

    @property
    def conventions(self) -> int:
        """How many blocks get a naming convention and no more operations."""
        return sum(len(suite.conventions.keys() - suite.extended) for suite in self.suites)
