"""A table as the replay sees it: its constraints and indexes, and what each of them is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..names import CHECK, UNKNOWN, Shape
from ..reading.events import Arms, Constraint, Index, Table, exclusive
from ..reading.model import Place
from ..reading.sql.conditions import columns_in

Origin = tuple[str, Place, Table, int]
"""Which constraint of which call in which script; a call in a loop is one for each table."""


@dataclass(eq=False)
class Known:
    """A constraint in the replay.

    ``given`` is the name in the script; ``told`` the one that a drop elsewhere uses; ``automatic`` the one that it gets
    otherwise, and ``mysql`` the one that MySQL makes up. ``sqlite`` is its name on SQLite, None if it has none there;
    ``lost`` if it is not there any more, as a nameless CHECK after its table has been copied.
    """

    shape: Shape | None
    kind: str
    given: str | None
    origin: Origin
    by_operation: bool
    automatic: str | None
    born: Arms
    created_as: str
    mysql: str = ""
    told: str | None = None
    sqlite: str | None = None
    named_in: Arms = ()
    lost: bool = False
    gone: list[Arms] = field(default_factory=list)

    @property
    def name(self) -> str | None:
        return self.given or self.told or self.automatic

    @property
    def made_up(self) -> bool:
        """Whether the script leaves its name to the database, or gives it the one that PostgreSQL would choose.

        No difference is made between these, so that it does not matter which script is rewritten first.
        """
        return self.given in (None, self.automatic)

    @property
    def columns(self) -> tuple[str, ...]:
        return () if self.shape is None else self.shape.columns

    def seen(self, arms: Arms) -> bool:
        """Whether it is there for an event in these branches."""
        return _seen(self.born, self.gone, arms)


def _seen(born: Arms, gone: Sequence[Arms], arms: Arms) -> bool:
    return not exclusive(born, arms) and all(exclusive(each, arms) for each in gone)


@dataclass(eq=False)
class Present:
    """An index in the replay."""

    index: Index
    born: Arms
    gone: list[Arms] = field(default_factory=list)

    def seen(self, arms: Arms) -> bool:
        return _seen(self.born, self.gone, arms)


@dataclass
class TableState:
    """A table in the replay.

    ``created`` if a script creates it, ``complete`` if all that it comes with is known; ``copied`` if SQLite copies it
    in this direction of this script.
    """

    constraints: list[Known] = field(default_factory=list)
    indexes: list[Present] = field(default_factory=list)
    created: bool = False
    complete: bool = False
    copied: bool = False

    def settled(self) -> TableState:
        """A copy in which what is gone is left out and all branches have been taken."""
        known = [replace(each, born=(), named_in=(), gone=[]) for each in self.constraints if not each.gone]
        for each in known:
            each.lost = each.lost or (self.copied and each.kind == CHECK and each.sqlite is None)
        indexes = [replace(each, born=(), gone=[]) for each in self.indexes if not each.gone]
        return TableState(known, indexes, self.created, self.complete)


State = dict[Table, TableState]


def settled(state: State, touched: set[str]) -> State:
    """The state after a script that touched tables of these names; the others are shared with what was before."""
    every = UNKNOWN in touched
    return {table: each.settled() if every or table.name in touched else each for table, each in state.items()}


def same_shape(one: Shape | None, other: Shape | None) -> bool:
    """Whether two constraints are of one kind and on the same columns."""
    return one is not None and other is not None and (one.kind, one.columns) == (other.kind, other.columns)


def shape_of(constraint: Constraint, table: Table) -> Shape | None:
    """What the name of a constraint is made from, None if that cannot be told."""
    if constraint.kind == CHECK and constraint.columns is None and constraint.condition is not None:
        columns = columns_in(constraint.condition)
        return None if columns is None else Shape(CHECK, table.schema, table.name, columns)
    return constraint.shape(table)
