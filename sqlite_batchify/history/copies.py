"""What there is to say if SQLite copies the table of an operation: of views, triggers, and of the table's name.

A copy is renamed in the end, and SQLite then looks through all views and triggers (https://sqlite.org/lang_altertable.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .. import findings
from ..reading.events import Event
from ..reading.model import Note, Place
from ..reading.sql.engine import quoted
from ..reading.sql.objects import TRIGGER, SchemaObject, read_tables, table_of
from ..reading.syntax import in_quotes

Scripts = frozenset[str]
_LONGEST = 600  # characters
_QUOTES = '"'


@dataclass(frozen=True)
class Held:
    """A view or trigger in the replay: where it is created, and which tables have got other names since.

    ``changed`` if SQLite has changed its text with the name of a table or a column.
    """

    made: SchemaObject
    script: str
    place: Place
    renamed: tuple[tuple[str, str], ...] = ()
    changed: bool = False

    @property
    def reads(self) -> frozenset[str]:
        names = read_tables(self.made)
        for old, new in self.renamed:
            names = names - {old} | {new} if old in names else names
        return names

    @property
    def table(self) -> str:
        """That of a trigger."""
        name = table_of(self.made) if self.made.kind == TRIGGER else ""
        for old, new in self.renamed:
            name = new if name == old else name
        return name

    def with_renamed(self, old: str, new: str) -> Held:
        if old not in self.reads and old != self.table:
            return self
        return replace(self, renamed=(*self.renamed, (old, new)), changed=True)


def find_watching(held: Sequence[Held], table: str) -> tuple[list[Held], list[Held]]:
    """What is in the way of a copy of this table, and the triggers that go with it; each in the order of creation."""
    names, known = {table}, -1
    while known != len(names):
        known = len(names)
        names |= {each.made.name.casefold() for each in held if each.made.kind != TRIGGER and names & each.reads}
    lost = [each for each in held if each.table == table]
    views = names - {table}
    watching = [
        each
        for each in held
        if each not in lost and (each.made.name.casefold() in views or each.table in views or names & each.reads)
    ]
    return watching, lost


def notes_of_copy(
    event: Event, watching: Sequence[Held], lost: Sequence[Held], spelled: str | None, script: str
) -> Iterator[tuple[Note, Scripts]]:
    """What is found if the table of this operation is copied, with what is in the way and what gets lost.

    ``spelled`` is how the name of the table is written. Each comes with the scripts that create what it is about.
    """
    table = event.table.name
    if watching:
        listed = " and ".join(f"the {each.made.kind} {each.made.name}" for each in watching)
        what = f"{listed} {'looks' if len(watching) == 1 else 'look'} at the table {table}"
        above = _executed(f"DROP {each.made.kind.upper()} {_name(each)}" for each in reversed(watching))
        hint = f"above it: {above}; and below it: {_again(watching, script)}"
        yield Note(event.place, findings.LOOKED_AT, what, hint), _scripts(watching)
    if lost:
        listed = " and ".join(each.made.name for each in lost)
        note = Note(event.place, findings.TRIGGER_GOES, f"{listed} of {table}", f"below it: {_again(lost, script)}")
        yield note, _scripts(lost)
    if spelled is not None:
        yield Note(event.place, findings.IN_ANOTHER_CASE, table, spelled), frozenset()


def _scripts(several: Iterable[Held]) -> Scripts:
    return frozenset(each.script for each in several)


def _name(each: Held) -> str:
    name = each.made.name
    return name if name.isidentifier() else quoted(name)


def _again(several: Sequence[Held], script: str) -> str:
    """How they are created again."""
    texts = [(each.made.text or "").rstrip("; \n\t") for each in several]
    if any(each.changed for each in several) or sum(map(len, texts)) > _LONGEST:
        return " and ".join(_where(each, script) for each in several)
    return _executed(texts)


def _where(each: Held, script: str) -> str:
    what = f"CREATE {each.made.kind.upper()} {_name(each)}"
    file = "" if each.script == script else f"{each.script}, "
    return f"{what} (see {file}line {each.place.line}), in the form that it has by then"


def _executed(statements: Iterable[str]) -> str:
    calls = (f"op.execute({in_quotes(each, _QUOTES)})" for each in statements)
    return f'if op.get_context().dialect.name == "sqlite": {"; ".join(calls)}'
