"""What a reading is made of. Data only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..findings import Code
from ..names import Template
from ..operations import IN_PLACE

if TYPE_CHECKING:
    from .sql.renamings import NameChange

Way = tuple[str | int, ...]
"""The way down to a suite or a statement: ``("body", 2, "orelse")`` is the other suite of the module's third statement.

Statements are counted as ``ast`` counts them: those on one line each for itself, and an ``elif`` as the only statement
of the suite of its ``if``'s other case.
"""

Convention = tuple[tuple[str, Template], ...]
"""A naming convention for a block: the kind of constraint, and its template."""

Names = frozenset[str]
NONE: Names = frozenset()


class Place(NamedTuple):
    """Where something begins: the line from 1, the column from 0, in characters."""

    line: int
    column: int


class Note(NamedTuple):
    """A finding of the reading."""

    place: Place
    code: Code
    detail: str
    hint: str = ""


class Fix(NamedTuple):
    """A statement to be replaced: from where to where it goes, and by what; ``op`` is how that is written there.

    ``here`` if only on SQLite: on other databases these would not do the same. ``safe`` if they surely do on SQLite,
    ``package`` if the script has imported all that they name.
    """

    start: Place
    stop: Place
    statements: tuple[str, ...]
    op: str
    here: bool = False
    safe: bool = True
    package: bool = True


class Edit(NamedTuple):
    """Text to be put in the place of another, or before a place where that is empty."""

    start: Place
    stop: Place
    text: str


class Guarded(NamedTuple):
    """Lines, the first and the last, that are to be put under a test. What spans lines as a text stays as it is.

    ``otherwise`` are the statements that run where the test does not hold; without a test they stand in their place.
    """

    first: int
    last: int
    test: str
    otherwise: tuple[str, ...] = ()


class Replaced(NamedTuple):
    """Raw SQL that SQLite gets operations for; ``safe`` if they surely do the same, ``imported`` is what they need."""

    guarded: Guarded
    safe: bool
    imported: Edit | None


class Hanging(NamedTuple):
    """A statement for which SQLite gets what hangs on the history: it renames, drops or creates an index or constraint.

    It is at ``place``, and ``guarded`` are its lines; ``op`` is what the operations stand on there, which leave out the
    table ``in_block``. ``change`` is the new name, if that is what it gives; ``note`` is what is found if the history
    does not tell enough, if anything is. ``creates`` if it may make again what the other direction drops.
    """

    place: Place
    op: str
    guarded: Guarded
    change: NameChange | None = None
    note: Note | None = None
    in_block: bool = False
    creates: bool = False


class Ported(NamedTuple):
    """What makes a script run on plain SQLite: edits of expressions, statements to be guarded, and what remains.

    ``unsafe`` are edits that may do something else on SQLite than elsewhere, each with the note of what it mends, and
    ``replaced`` statements of which the same holds; ``hanging`` are for the history to say what they are about.
    """

    edits: tuple[Edit, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    notes: tuple[Note, ...] = ()
    unsafe: tuple[tuple[Edit, Note], ...] = ()
    replaced: tuple[tuple[Guarded, Note], ...] = ()
    hanging: tuple[Hanging, ...] = ()

    def with_unsafe(self) -> Ported:
        """The same with these edits among the others."""
        mended = {note for _, note in (*self.unsafe, *self.replaced)}
        edits = tuple(sorted([*self.edits, *(edit for edit, _ in self.unsafe)]))
        ported = self._replace(edits=edits, unsafe=(), replaced=())
        return ported.with_guarded([each for each, _ in self.replaced], mended)

    def with_guarded(self, guarded: Collection[Guarded], mended: Collection[Note] = ()) -> Ported:
        """The same with these statements among those that are guarded, and without these notes.

        A statement in which something is edited stays as it is.
        """
        edited = {line for each in self.edits for line in range(each.start.line, each.stop.line + 1)}
        edited |= {line for each in self.guarded for line in range(each.first, each.last + 1)}
        added = [each for each in guarded if edited.isdisjoint(range(each.first, each.last + 1))]
        notes = tuple(each for each in self.notes if each not in mended)
        return self._replace(guarded=tuple(sorted([*self.guarded, *added])), notes=notes)

    def with_replaced(self, replaced: Collection[Replaced]) -> Ported:
        """The same with these statements guarded."""
        ported = self.with_guarded([each.guarded for each in replaced])
        done = [each for each in replaced if each.guarded in ported.guarded]
        imported = {each.imported for each in done if each.imported is not None} - set(self.edits)
        return ported._replace(edits=tuple(sorted([*self.edits, *imported])))

    @property
    def places(self) -> int:
        return len(self.edits) + len(self.guarded)


class Description(NamedTuple):
    """What an operation does to its table, in names (folded to lower case, as SQLite compares them).

    ``table`` is equal for operations on the same table and schema, None if evaluating it could have a side effect.
    ``takes_block``: batch mode can do it together with others. ``starts_block``: its arguments call something that may
    look at the database, so everything before it must have happened. ``native``: SQLite does it by itself, where a
    block would copy the table. ``behind`` if a column that has long been there stands behind the one that is dropped,
    None if that is not known. ``keyed`` if the column that is added is the primary key, ``defaulted`` if it has a
    default for which batch mode copies the table. ``convention`` is the naming convention that its block needs.
    """

    name: str
    table: Hashable
    needs_block: bool
    takes_block: bool = True
    starts_block: bool = False
    native: bool = False
    behind: bool | None = None
    renames: bool = False
    adds: Names = NONE
    drops: Names = NONE
    alters: Names = NONE
    retypes: Names = NONE
    uses: Names = NONE
    makes: Names = NONE
    ends: Names = NONE
    keyed: bool = False
    defaulted: bool = False
    convention: Convention = ()

    @property
    def copies_table(self) -> bool:
        """Whether a block that holds it copies its table on SQLite; for a key that is added, it does not."""
        return self.name not in IN_PLACE or (self.needs_block and not self.keyed)


class Added(NamedTuple):
    """A column that ``add_column`` adds, as it stands in the script.

    ``argument`` is its place among those of the operation, ``way`` leads to the statement that assigns it where a
    variable holds it; ``fixed`` if it is made in a place that serves for more, so that nothing can be changed there.
    ``text`` is its name where that is a literal. ``keys`` are its foreign keys: their place among the column's
    arguments, None if that is not where they are made, and whether they have no name. ``unique_flag`` and
    ``index_flag`` are the places of flags that say True, ``check`` that of a type whose CHECK has no name and may get
    one. ``keyed`` if it is the primary key, ``defaulted`` if it has a server default that is no plain text.

    The rest is what SQLite's ADD COLUMN makes of it: ``refused`` if it does not take the column whatever becomes of its
    flags and keys, ``indexed`` and ``inline`` where flags may ask for an index and for references as part of the
    column, ``filled`` if a copy of the table would fill it where ADD COLUMN does not.
    """

    argument: int
    name: Names
    text: str | None = None
    way: Way | None = None
    fixed: bool = False
    keys: tuple[tuple[int | None, bool], ...] = ()
    unique_flag: int | None = None
    index_flag: int | None = None
    check: int | None = None
    refused: bool = False
    may_be_unique: bool = False
    indexed: bool = False
    inline: bool = False
    filled: bool = False
    keyed: bool = False
    defaulted: bool = False
    makes: Names = NONE


class Call(NamedTuple):
    """A call of an operation as a statement of its own, on ``op`` or on the variable of a block.

    ``arguments`` maps parameters to the places of arguments. ``nameless`` is the place of a constraint's name that says
    None, ``named`` that of one that is a literal, and the name. ``receivers`` is how ``op`` is written here,
    ``opening`` how ``batch_alter_table`` is, None if as a method of the same object, and ``imported`` the statement
    that has to import it for a new block. ``sqlalchemy`` is what that package is called here. ``casts`` if it gives a
    column a type under which a copy may spoil values, by what the call says, ``told`` what fails on SQLite in a block
    as well.
    """

    place: Place
    description: Description
    arguments: Mapping[str, int]
    nameless: int | None = None
    named: tuple[int, str] | None = None
    added: Added | None = None
    receivers: Names = NONE
    opening: str | None = None
    imported: Way | None = None
    sqlalchemy: str | None = None
    casts: bool = False
    told: Note | None = None


class Host(NamedTuple):
    """A block that stands in the script; ``item`` is which item of its ``with`` it is, ``variable`` what it is called.

    Its call stands at ``place``. ``joins`` if other operations may be put into it, as far as its keywords and the
    form of its body tell; ``convention`` is the naming convention that it has, None if that cannot be told.
    ``copies`` if it says or shows that it copies its table on SQLite, ``stays`` if it surely does not. ``whole`` are
    the columns that it gives whole, ``keywords`` the names of all that it gives, None if those cannot be told.
    """

    table: Hashable
    item: int
    variable: str
    joins: bool
    convention: Convention | None
    copies: bool
    place: Place
    receivers: Names = NONE
    stays: bool = False
    whole: Names = NONE
    keywords: Names | None = None


class Suite(NamedTuple):
    """The statements of one suite that are operations or blocks, by their number.

    ``length`` is how many statements it has. ``block`` is the way to the innermost block around it, if it stands in
    one; then ``batched`` are the operations of its variable. ``free_name`` makes of a name one that means
    nothing here, so that a new block can bind it.
    """

    way: Way
    length: int
    calls: Mapping[int, Call]
    hosts: Mapping[int, Host]
    batched: Mapping[int, Call]
    block: Way | None
    free_name: Callable[[str], str]


class Revision(NamedTuple):
    """What a script says of its place in the history; all empty if it says nothing that can be told."""

    revision: str = ""
    down_revisions: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
