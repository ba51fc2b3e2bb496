"""What scripts do to tables, constraints and indexes, as events. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..names import CHECK, FOREIGN_KEY, UNIQUE, UNKNOWN, Shape
from .kinds import Kind
from .model import Convention, Place
from .syntax import in_quotes
from .whole import Whole

CREATE_TABLE, DROP_TABLE, RENAME_TABLE = "create_table", "drop_table", "rename_table"
ADD_COLUMN, ALTER_COLUMN, DROP_COLUMN, RENAME_COLUMN = "add_column", "alter_column", "drop_column", "rename_column"
CREATE_CONSTRAINT, DROP_CONSTRAINT = "create_constraint", "drop_constraint"
CREATE_INDEX, DROP_INDEX = "create_index", "drop_index"
EXECUTE = "execute"
BOOLEAN, ENUM = "Boolean", "Enum"
"""The types of SQLAlchemy that can make a CHECK."""

Arms = tuple[tuple[int, int], ...]
"""The branches of ``if`` and ``match`` around an event: the statement, and which branch of it."""


class Table(NamedTuple):
    schema: str | None
    name: str


class Given(NamedTuple):
    """What a block gives its copy besides what it reflects: whole columns, AUTOINCREMENT, CHECKs by their SQL."""

    columns: tuple[tuple[str, Whole], ...] = ()
    autoincrement: bool = False
    checks: frozenset[str] = frozenset()


class Block(NamedTuple):
    """A ``batch_alter_table`` block in the script; ``convention`` is None if it cannot be told from the text.

    ``variable`` is that which holds the name of its table, in the function that this many others are called on the way
    to; "" if it is another expression. ``reflects`` unless the script says what is in the copy. ``given`` is what it
    says of that, None if it cannot be told. ``arms`` are the branches around it.
    """

    place: Place
    convention: Convention | None
    variable: str = ""
    depth: int = 0
    reflects: bool = True
    given: Given | None = Given()
    arms: Arms = ()


class CheckedType(NamedTuple):
    """A type that makes a CHECK for its column (``create_constraint=True``): Boolean, or Enum with these values.

    ``only_checked`` if its name is that of the CHECK and of nothing else.
    """

    kind: str
    values: tuple[str, ...]
    only_checked: bool

    def written(self, sqlalchemy: str, name: str, quotes: str) -> str:
        """It as code, with this name; ``sqlalchemy`` is what that package is called."""
        values = [in_quotes(each, quotes) for each in self.values]
        kept = ["native_enum=False"] if self.kind == ENUM and self.only_checked else []
        given = ", ".join([*values, *kept, "create_constraint=True", f"name={in_quotes(name, quotes)}"])
        return f"{sqlalchemy}.{self.kind}({given})"


@dataclass(frozen=True)
class Constraint:
    """A constraint that is created. ``name`` is None if it has none, UNKNOWN if it is no literal.

    ``marked`` if the name stands in ``op.f(...)``, as Alembic writes those of a naming convention; ``on_sqlite`` is the
    name there if the script has another for it. ``columns`` is None where they cannot be told; for a CHECK,
    ``condition`` is its SQL where that is a literal, and ``of`` the type that makes it. ``options`` is what else a
    foreign key says, as code of keywords, None if that cannot be told.
    """

    kind: str
    columns: tuple[str, ...] | None
    name: str | None
    referred_table: str = ""
    referred_columns: tuple[str, ...] = ()
    condition: str | None = None
    marked: bool = False
    on_sqlite: str | None = None
    of: CheckedType | None = None
    options: str | None = ""

    def by_operation(self, inline: bool) -> bool:
        """Whether it comes apart from the column that ``add_column`` adds with it; ``inline`` is what that says."""
        return self.kind == UNIQUE or (self.kind == FOREIGN_KEY and not inline)

    def shape(self, table: Table) -> Shape | None:
        """What its name is made from, None if that cannot be told or if it has no columns to have one for."""
        if self.columns is None or UNKNOWN in self.columns or not (self.columns or self.kind == CHECK):
            return None
        referred = () if {"", UNKNOWN} & set(self.referred_columns) else self.referred_columns
        of_type = self.of is not None
        return Shape(self.kind, table.schema, table.name, self.columns, self.referred_table, referred, of_type)


@dataclass(frozen=True)
class Index:
    """An index that is created.

    ``sql`` is what each of its columns is in SQL if not all are names, empty for one that cannot be told; ``where`` is
    the condition on SQLite, empty if it has none, None if that, or whether it is ``unique``, cannot be told.
    """

    name: str
    columns: tuple[str, ...]
    sql: tuple[str, ...] = ()
    unique: bool = False
    where: str | None = ""


@dataclass(frozen=True)
class Column:
    """A column as far as a script tells it.

    ``type`` is how the script writes its type, ``default`` its server default: SQL where that is a text, else as the
    script writes it. None: nothing is said of it. ``clear`` if it surely comes with nothing but what is told. ``whole``
    is the same so that it can be written again.
    """

    name: str
    type: str | None = None
    nullable: bool | None = None
    default: str | None = None
    generated: bool = False
    clear: bool = field(default=False, compare=False)
    whole: Whole = field(default=Whole(), compare=False)


@dataclass(frozen=True)
class Event:
    """One thing that a script does to a table.

    ``name`` is that of the column, index or constraint concerned (None: a constraint that is dropped without a name),
    ``new`` the new name of what is renamed, ``kind`` that of a constraint that is dropped, if the script says it.
    ``columns`` are those that are created, or that which is altered, with what is said of it. ``complete`` is False for
    a table whose parts cannot all be told, ``autoincrement`` is None if that cannot be told of one. With ``execute``,
    ``name`` is the SQL, empty for one that cannot be told and may drop views or triggers. ``on_sqlite`` is the name by
    which a script drops a constraint there, if that is another. ``existing`` is the type that ``existing_type`` says a
    column has, ``converted`` if the script says how PostgreSQL makes values of the new type. ``takes`` is the name of
    the type that ``existing_type`` gives a column, empty if it says none, None if there is no such keyword but may be.
    ``variables`` are those that hold the name of the table and of the only column that is created or gets a constraint,
    "" where it is another expression. ``asked`` if a drop stands under a test that holds its name; ``elsewhere`` if it
    never happens on SQLite, ``certain`` if it surely does.
    """

    action: str
    table: Table
    place: Place
    block: Block | None
    arms: Arms
    name: str | None = None
    new: str = ""
    kind: str | None = None
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    columns: tuple[Column, ...] = ()
    inline: bool = False
    complete: bool = True
    autoincrement: bool | None = False
    existing: Kind | None = None
    converted: bool = False
    on_sqlite: str | None = None
    takes: str | None = None
    variables: tuple[str, str] = ("", "")
    asked: bool = False
    elsewhere: bool = False
    certain: bool = True

    @property
    def retypes(self) -> bool:
        """Whether it gives a column another type, and a new name or not."""
        altered = self.columns if self.action in (ALTER_COLUMN, RENAME_COLUMN) else ()
        return any(each.whole.retyped for each in altered)


@dataclass(frozen=True)
class Direction:
    """One pair of ``upgrade`` and ``downgrade``; ``database`` is what follows on ``upgrade_`` in a multidb script."""

    database: str
    upgrade: tuple[Event, ...]
    downgrade: tuple[Event, ...]


def exclusive(one: Arms, other: Arms) -> bool:
    """Whether two events stand in branches of which only one is taken."""
    taken = dict(one)
    return any(taken.get(statement, branch) != branch for statement, branch in other)
