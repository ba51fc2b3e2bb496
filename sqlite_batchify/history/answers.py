"""What the history of a script says about its operations. Data only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..reading.events import CheckedType, Constraint, Index
from ..reading.model import Convention, Place
from ..reading.sql.parts import Part
from .before import Before


class Answer(NamedTuple):
    """What the history says about one operation.

    ``names`` are for the constraint that it creates, or for the foreign keys of an added column in order, ``unique``
    for the column's unique constraint, ``check`` for that of its type; None where one has a name or cannot get one, and
    then ``reason`` says why. ``drops`` is the name for a drop without one; ``named`` if all constraints have names on
    SQLite that a drop may mean whose name only running the script can tell. ``convention`` is what the block of a drop
    needs. ``unknown`` says what a drop will not find on SQLite, and why, ``remedy`` the naming convention that would
    help, and ``on_sqlite`` the name of the drop and that by which SQLite would find it; ``left`` are the indexes and
    CHECKs that would be in the way of a dropped column, each as text for a finding, what to add, and the call that
    drops it on SQLite (an index above the block, a CHECK in it), empty if that is not sure. ``taken`` is the type of a
    dropped column and the name of its CHECK, which the drop has to take along. ``hidden`` is what a block does not see
    beside another over the same columns.
    """

    names: tuple[str | None, ...] = ()
    unique: str | None = None
    check: str | None = None
    drops: str | None = None
    convention: Convention = ()
    reason: str = ""
    unknown: str = ""
    remedy: str = ""
    on_sqlite: tuple[str, str] | None = None
    left: tuple[tuple[str, str, str], ...] = ()
    named: bool = False
    taken: tuple[CheckedType, str] | None = None
    hidden: str = ""


class NewName(NamedTuple):
    """What a column of a table is called, and will be."""

    table: str
    old: str
    new: str


class OfColumn(NamedTuple):
    """What the history says of a column that is dropped, or that gets another name.

    ``plain`` if SQLite drops it by itself. ``behind`` if a column stands behind it that is older than the script, None
    if that is not known. ``referring`` are the other tables whose foreign keys refer to it, ``renamed`` is its new
    name, None if that or the old one is not known.
    """

    plain: bool = False
    behind: bool | None = None
    referring: tuple[str, ...] = ()
    renamed: NewName | None = None

    def joined(self, other: OfColumn) -> OfColumn:
        """What holds of both: one call may be about several columns."""
        behind = self.behind if self.behind is other.behind else None
        referring = tuple(dict.fromkeys((*self.referring, *other.referring)))
        renamed = self.renamed if self.renamed == other.renamed else None
        return OfColumn(self.plain and other.plain, behind, referring, renamed)


class Thing(NamedTuple):
    """A view, a trigger or an index, as it is created; or a table by a text, of which a copy loses ``parts``.

    ``text`` is the SQL, empty where it cannot be told any more in the form that it has by then, and ``made`` what an
    operation makes it from; ``table`` is that of an index, ``loses`` what of it a copy loses. ``where`` says where it
    is created, ``script`` in which script.
    """

    kind: str
    name: str
    text: str
    where: str
    script: str
    table: str = ""
    loses: str = ""
    made: Index | None = None
    parts: tuple[Part, ...] = ()


class Meant(NamedTuple):
    """An index or a constraint that a statement renames or drops: its table, its name, and what SQLite made it from.

    None if that has no name there: the index of a primary key, or that which MySQL makes for a foreign key. ``sure``
    unless SQLite may have an index of this name all the same, of which no script tells.
    """

    table: str
    name: str
    made: Index | Constraint | None
    sure: bool = True


class Copy(NamedTuple):
    """What there is to keep, and to say, where SQLite copies the table of an operation.

    ``watching`` are in the way, ``lost`` go with the old table; both in the order in which they were created.
    ``sequence`` if the table may have AUTOINCREMENT, whose number is lost. ``spelled`` is how the name of the table is
    written if this one is wrong.
    """

    table: str
    watching: tuple[Thing, ...] = ()
    lost: tuple[Thing, ...] = ()
    sequence: bool = False
    spelled: str | None = None

    @property
    def says_nothing(self) -> bool:
        return not (self.watching or self.lost or self.sequence or self.spelled)

    def known_from(self, scripts: Collection[str]) -> Copy:
        """As much of it as comes from these scripts."""
        watching, lost = (
            tuple(each for each in several if each.script in scripts) for several in (self.watching, self.lost)
        )
        return self._replace(watching=watching, lost=lost)


class Names(NamedTuple):
    """What is known of the names of constraints in one script.

    ``answers`` are those of the history, by the places of the operations. With ``keep``, what has no name needs none;
    with ``marked``, new ones stand in ``op.f(...)``, as Alembic writes those of a naming convention. ``failed`` are
    other scripts that have a say in them, but say nothing, for the program failed at them. ``searched`` if the naming
    convention of the project had a say, which its modules may show; ``where`` says where that stands. ``copied`` is
    what there is to keep where the table of an operation is copied, by its place: more than one thing if that differs
    each time that it runs. ``before`` is what is known of that table, ``columns`` what is known of columns that are
    dropped or renamed, ``meant`` which indexes and constraints raw SQL gives another name, or a drop means that calls
    one the other. ``alone`` if no other script has been asked.
    """

    answers: Mapping[Place, Answer]
    keep: bool = False
    marked: bool = False
    failed: Mapping[str, Exception] = MappingProxyType({})
    searched: bool = False
    where: str = ""
    copied: Mapping[Place, tuple[Copy, ...]] = MappingProxyType({})
    before: Mapping[Place, Before] = MappingProxyType({})
    columns: Mapping[Place, OfColumn] = MappingProxyType({})
    meant: Mapping[Place, Meant] = MappingProxyType({})
    alone: bool = False


NO_NAMES = Names({})
