"""A table as the replay sees it: its constraints and indexes, and what each of them is called.

A table may have as many constraints as there are scripts, so they are looked up and never searched for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from ..names import CHECK, UNKNOWN, Shape, cut_names
from ..reading.events import Arms, CheckedType, Column, Constraint, Index, Table, exclusive
from ..reading.model import Place
from ..reading.sql.conditions import columns_in
from ..reading.whole import Whole
from .taken import MysqlKeys

Origin = tuple[str, Place, Table, int, tuple[str, ...]]
"""Which constraint of which call in which script; a call in a loop is one for each table and its columns."""

NAME, SQLITE, MYSQL, CUT, MEANT, SHAPE, TWIN, BRANCH, COLUMN, MENTION, OPAQUE, LOOSE = range(12)
"""What a constraint is looked up by: its name, that on SQLite, that which MySQL made up, those that SQLAlchemy has cut
for other databases, and that by which a drop means it; its kind and columns, also with what they refer to, by which
SQLAlchemy looks it up, and with each statement that it was created in a branch of; each of its columns; what it
mentions or may mention, in lower case; its kind, if not all of it can be told; its kind, or that and its first column,
if it has a name that the database made up and no drop is known to mean it."""


Key = tuple[int, Hashable]
"""One of these ways, and what is looked up."""


def _seen(born: Arms, gone: Iterable[Arms], arms: Arms) -> bool:
    return not exclusive(born, arms) and all(exclusive(each, arms) for each in gone)


@dataclass(eq=False)
class Known:
    """A constraint in the replay.

    ``form`` is its shape but for the name of its table; ``given`` is the name in the script, ``told`` the one that a
    drop elsewhere uses, ``automatic`` the one that it gets otherwise, and ``mysql`` the one that MySQL makes up for a
    foreign key. ``claimed`` if a drop is known to mean it, and ``meant`` is then the name that it uses. ``sqlite`` is
    its name on SQLite, None if it has none there; ``lost`` if it is not there any more, as a nameless CHECK after its
    table has been copied. ``certain`` if it is surely there, by this name or without one; ``hidden`` if a block sees
    another over the same columns in its place. ``number`` says which is the older one; ``block`` is that in which it
    was created, ``of`` the type whose CHECK it is, ``condition`` the SQL of another one, and ``options`` what else a
    foreign key says. ``mentions`` are the columns that it may mention, in lower case.
    """

    table: TableState
    form: Shape | None
    kind: str
    given: str | None
    origin: Origin
    by_operation: bool
    automatic: str | None
    born: Arms
    created_as: str
    number: int
    mysql: str = ""
    told: str | None = None
    claimed: bool = False
    meant: str | None = None
    sqlite: str | None = None
    named_in: Arms = ()
    lost: bool = False
    certain: bool = False
    hidden: bool = False
    elsewhere: bool = False
    gone: list[Arms] = field(default_factory=list)
    of: CheckedType | None = None
    block: Place | None = None
    mentions: frozenset[str] = frozenset()
    condition: str | None = None
    options: str | None = ""

    @property
    def is_told(self) -> bool:
        """Whether a foreign key is surely there as it is told."""
        told = self.form is not None and UNKNOWN not in (self.form.referred_table, self.sqlite)
        return told and self.options is not None and not (self.born or self.gone or self.elsewhere)

    @property
    def name(self) -> str | None:
        return self.given or self.told or self.automatic

    @property
    def shape(self) -> Shape | None:
        return self.form and self.form._replace(table=self.table.name)

    @property
    def made_up(self) -> bool:
        """Whether the script leaves its name to the database, or gives it the one that PostgreSQL would choose.

        No difference is made between these, so that it does not matter which script is rewritten first.
        """
        return self.given in (None, self.automatic)

    @property
    def columns(self) -> tuple[str, ...]:
        return () if self.form is None else self.form.columns

    @property
    def signature(self) -> Hashable:
        """By what SQLAlchemy looks it up on SQLite."""
        return None if self.form is None else (self.kind, self.form.columns, *self.form[4:])

    def seen(self, arms: Arms) -> bool:
        """Whether it is there for an event in these branches."""
        return _seen(self.born, self.gone, arms)

    def lookups(self) -> Iterator[Key]:
        """What it is looked up by."""
        yield NAME, self.name
        yield SQLITE, self.sqlite
        yield MYSQL, self.mysql
        yield from ((CUT, each) for each in cut_names(self.name or ""))
        yield from ((MENTION, each) for each in self.mentions)
        if self.given == UNKNOWN or self.form is None:
            yield OPAQUE, self.kind
        if self.form is not None:
            yield SHAPE, (self.kind, self.form.columns)
            if not self.hidden:
                yield TWIN, self.signature
            yield from ((BRANCH, (self.kind, self.form.columns, mark)) for mark, _ in self.born)
            yield from ((COLUMN, each) for each in dict.fromkeys(self.form.columns))
        if self.made_up and self.claimed:
            yield MEANT, self.meant
        elif self.made_up and self.told is None:
            yield LOOSE, self.kind
            yield LOOSE, (self.kind, self.columns[0].lower() if self.columns else "")


@dataclass(eq=False)
class Present:
    """An index in the replay; ``certain`` if it is surely there on SQLite."""

    table: TableState
    index: Index
    born: Arms
    certain: bool
    gone: list[Arms] = field(default_factory=list)

    def seen(self, arms: Arms) -> bool:
        """Whether it is there for an event in these branches."""
        return _seen(self.born, self.gone, arms)

    def lookups(self) -> Iterator[Key]:
        """What it is looked up by."""
        yield NAME, self.index.name
        yield from ((COLUMN, each) for each in dict.fromkeys(self.index.columns))


@dataclass(eq=False)
class TableState:
    """A table in the replay.

    ``created`` if a script creates it, ``complete`` if all that it comes with is known; ``copied`` if SQLite copies it
    in this direction of this script, ``sure`` if it is surely there on SQLite; ``rebuilt`` if something else than what
    was reflected may be in it. What is dropped stays in ``nameless`` (by kind) and ``named`` (by name) until the script
    ends, for a block that reflects the table still sees it; ``branched`` are those that a block in a branch has named,
    ``fragile`` the CHECKs that a copy may lose, ``losing`` those of them that a block of this script loses. ``columns``
    are those that are told of, by name, each with a number that gives their order; those from before ``begun`` have
    come with the table, those from before ``clouded`` may have got something that cannot be told. ``ordered`` if they
    are held in their order. ``fitting`` remembers what naming conventions do here until the table changes.

    ``wholes`` are the columns as SQLite has them, None for one of which that is not sure, ``inline`` those whose
    references are a part of the column; ``autoincrement`` is None if it is not sure. ``doubtful`` if something that
    cannot be told may have been done to the table; ``scripts`` are those that have a say in it, ``block`` is the one
    that the last operation stood in, and ``number`` tells when the table was created.
    """

    name: str
    schema: str | None
    created: bool = False
    complete: bool = False
    copied: bool = False
    rebuilt: bool = False
    sure: bool = False
    begun: int = 0
    clouded: int = 0
    ordered: bool = True
    columns: dict[str, tuple[int, Column]] = field(default_factory=dict)
    wholes: dict[str, Whole | None] = field(default_factory=dict)
    inline: dict[str, None] = field(default_factory=dict)
    autoincrement: bool | None = None
    doubtful: bool = False
    number: int = 0
    block: Place | None = None
    scripts: dict[str, None] = field(default_factory=dict)
    constraints: defaultdict[Key, dict[Known, None]] = field(default_factory=lambda: defaultdict(dict))
    indexes: defaultdict[Key, dict[Present, None]] = field(default_factory=lambda: defaultdict(dict))
    mysql_keys: MysqlKeys = field(default_factory=MysqlKeys)
    nameless: defaultdict[str, dict[Known, None]] = field(default_factory=lambda: defaultdict(dict))
    named: defaultdict[str, dict[Known, None]] = field(default_factory=lambda: defaultdict(dict))
    branched: dict[Known, None] = field(default_factory=dict)
    fragile: dict[Known, None] = field(default_factory=dict)
    losing: dict[Known, None] = field(default_factory=dict)
    fitting: dict[Hashable, bool] = field(default_factory=dict)
    born: Arms = ()
    gone: list[Arms] = field(default_factory=list)

    @property
    def told(self) -> list[Column]:
        """The columns that scripts tell of, in their order."""
        return [column for _, column in sorted(self.columns.values(), key=lambda placed: placed[0])]

    def seen(self, arms: Arms) -> bool:
        """Its name stays taken."""
        return True

    def find(self, what: int, value: Hashable, arms: Arms, kind: str | None = None) -> Iterator[Known]:
        """The constraints that are there for an event in these branches; ``kind`` is None for any."""
        found = self.constraints.get((what, value), {})
        return (each for each in found if kind in (None, each.kind) and each.seen(arms))

    def items(self) -> list[Known | Present]:
        """All constraints and indexes that somebody sees."""
        known = [each for (what, _), found in self.constraints.items() if what == NAME for each in found]
        return [*known, *(each for (what, _), found in self.indexes.items() if what == NAME for each in found)]

    def find_indexes(self, what: int, value: str, arms: Arms) -> Iterator[Present]:
        """The same for indexes, which are looked up by their names or columns."""
        return (each for each in self.indexes.get((what, value), {}) if each.seen(arms))


def is_whole(present: Present) -> bool:
    """Whether an index can be created again from what is known: on columns by name, and certain."""
    index, table = present.index, present.table
    known = index.where == "" and not index.sql and bool(index.columns) and UNKNOWN not in (*index.columns, table.name)
    return known and present.certain and not present.born and table.schema is None


def oldest(found: Iterable[Known]) -> Known | None:
    """The constraint that was created first."""
    return min(found, key=lambda each: each.number, default=None)


def told_of(known: Column, said: Column) -> Column:
    """A column with what is said of it now."""
    return Column(
        said.name,
        said.type if said.type is not None else known.type,
        said.nullable if said.nullable is not None else known.nullable,
        said.default if said.default is not None else known.default,
        said.generated or known.generated,
        known.clear,
    )


def place_column(table: TableState, name: str, placed: tuple[int, Column] | None) -> None:
    table.columns.pop(name, None)
    if placed is not None:
        table.ordered = table.ordered and placed[0] > next(reversed(table.columns.values()), (0,))[0]
        table.columns[name] = placed


def shape_of(constraint: Constraint, table: Table) -> Shape | None:
    """What the name of a constraint is made from, None if that cannot be told."""
    if constraint.kind == CHECK and constraint.columns is None and constraint.condition is not None:
        columns = columns_in(constraint.condition)
        return None if columns is None else Shape(CHECK, table.schema, table.name, columns)
    return constraint.shape(table)
