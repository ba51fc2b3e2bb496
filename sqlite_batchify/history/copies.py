"""What a copy of a table has to do with: what is in its way, and what goes with the old table.

A copy is renamed in the end, and SQLite then looks through all views and triggers (https://sqlite.org/lang_altertable.html).
The triggers of the table are dropped with it, and its indexes come back as far as Alembic has reflected them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from ..names import PRIMARY_KEY, UNKNOWN
from ..reading import events as facts
from ..reading.events import Event, Given, Index, Table
from ..reading.model import Place
from ..reading.sql.engine import tables_touched, words, written_name
from ..reading.sql.objects import (
    INDEX,
    SEARCH,
    TABLE,
    SchemaObject,
    changed_column,
    changed_table,
    is_made_on_sqlite,
    legacy_alter_table,
    lost_of_index,
    read_object,
    rebuilt_table,
)
from ..reading.sql.parts import AUTOINCREMENT, CHECK, Part, unreflected_parts
from .answers import Copy, Thing
from .objects import Held, Key, find_watching
from .passing import COPYING, Pass
from .tables import NAME, TableState

_SURELY_COPYING = frozenset({facts.ALTER_COLUMN, facts.CREATE_CONSTRAINT, facts.DROP_CONSTRAINT})
_SEQUENCES = "sqlite_sequence"
_INTEGER = re.compile(r"(?<![A-Za-z])(?:Integer|INTEGER|INT)\b")
"""A type under which a primary key is the rowid, or may be."""


class Copies:
    """What one direction of one script does to views, triggers and indexes, and what its copies do to them.

    ``legacy`` if a PRAGMA has turned on that SQLite does not look at views. ``coming`` are the events that create or
    drop something, by what it is, and whether they create it; ``unknown`` is the last that may. ``extended`` are the
    blocks beside which stands what goes into them. ``counting`` if SQL of the script's own is about the numbers of
    AUTOINCREMENT.
    """

    def __init__(self, steps: Pass, events: Sequence[Event]) -> None:
        self.steps = steps
        self.state = steps.state
        self.objects = steps.state.objects
        self.legacy = False
        self.coming: defaultdict[Key, list[tuple[int, bool]]] = defaultdict(list)
        self.unknown = -1
        self.extended = set(_extended(events))
        self.counting = any(_SEQUENCES in (event.name or "") for event in events if event.action == facts.EXECUTE)
        for number, event in enumerate(events):
            self._note(number, event)

    def _note(self, number: int, event: Event) -> None:
        if event.action == facts.EXECUTE:
            sql = event.name or ""
            made, rebuilt = read_object(sql), rebuilt_table(sql)
            if not sql:
                self.unknown = number
            elif made is not None:
                self.coming[made.kind, made.name.casefold()].append((number, made.text is not None))
            elif rebuilt is not None:
                self.coming[SEARCH, rebuilt].append((number, True))
        elif event.action == facts.DROP_INDEX:
            self.coming[INDEX, (event.name or "").casefold()].append((number, False))
        for index in event.indexes:
            self.coming[INDEX, index.name.casefold()].append((number, True))

    def look(self, number: int, event: Event) -> None:
        """Note what there is to keep, and to say, if SQLite copies the table here."""
        if event.action not in COPYING or event.elsewhere:
            return
        table = event.table.name
        known = self.steps.replay.copied[self.steps.script, event.place]
        if UNKNOWN in table or event.table.schema not in (None, "main"):
            known[Copy(table)] = None
            return
        watching, lost = find_watching(self.objects, table.casefold())
        found = self.state.tables.get(event.table)
        if any(each.made.kind == SEARCH for each in lost) and (found is None or not _renumbers(found)):
            lost = [each for each in lost if each.made.kind != SEARCH]
        given = None if event.block is None else event.block.given
        tables = [each for each in lost if each.made.kind == TABLE]
        lost = [left for each in lost if (left := _left(each, event)) is not None]
        again = [each for each in lost if self._is_made_after(number, each)]
        losing = tuple(self._thing(each) for each in lost if each not in again)
        watched = () if self.legacy else tuple(map(self._thing, watching))
        spelled = self.state.spelled(event.table)
        sequence = found is not None and found.autoincrement is True and not self.counting
        known[Copy(table, watched, losing, sequence, spelled)] = None
        if event.certain and event.action in _SURELY_COPYING:
            kept = event.block is None or event.block.place in self.extended
            going = [each for each in lost if each.made.kind not in (SEARCH, TABLE)]
            self.objects.let_go(each.key for each in going if each.changed or each in again or not kept)
            for each in tables:
                kept_parts = () if given is None else (part for part in each.parts if _is_given(part, given))
                self._hold_parts(each, (part for part in kept_parts if not part.of_key))

    def _is_made_after(self, number: int, held: Held) -> bool:
        """Whether such an object is created later in this direction before it is dropped, or may be.

        SQL that is not known is taken to make again what SQL has made.
        """
        next_ = next((creates for at, creates in self.coming[held.key] if at > number), False)
        return next_ or (held.index is None and self.unknown > number)

    def _thing(self, held: Held) -> Thing:
        made = held.made
        file = "" if held.script == self.steps.script else f"{held.script}, "
        where = f"CREATE {made.kind.upper()} {written_name(made.name)} (see {file}line {held.place.line})"
        text = "" if held.changed or made.kind == TABLE else (made.text or "").rstrip("; \n\t")
        return Thing(made.kind, made.name, text, where, held.script, held.spelled, held.loses, held.index, held.parts)

    # What changes them

    def execute(self, event: Event) -> None:
        """What a statement of SQL does to them, and to the names of tables."""
        sql = event.name or ""
        for word in tables_touched(sql):
            table = self.state.tables.get(Table(None, word))
            if table is not None:
                self.state.rebuild(table)
                if not event.elsewhere:
                    self.state.cloud(table)
        if event.elsewhere:
            return
        if not sql:
            self.objects.let_go(each.key for each in self.objects if each.index is None)
            return
        made, changed, legacy = read_object(sql), changed_table(sql), legacy_alter_table(sql)
        if changed is not None:
            self.objects.change_table(*changed)
            for table in [each for key, each in self.state.tables.items() if key.name.casefold() in changed]:
                self.state.doubt(table)
        elif legacy is not None:
            self.legacy = legacy
        elif made is not None and made.text is None:
            self.objects.let_go((made.kind, each.casefold()) for each in words(sql))
        elif made is not None and is_made_on_sqlite(made):
            self._hold(event, Held(made, self.steps.script, event.place), made.replaces)
        elif (column := changed_column(sql)) is not None:
            self.change_column(*column)

    def create_indexes(self, event: Event) -> None:
        """Those that an operation makes: what a copy does not lose of them does not matter."""
        for index in () if event.elsewhere else event.indexes:
            text = _written(index, event.table) if index.sql else ""
            if text and index.name != UNKNOWN and UNKNOWN not in event.table.name:
                made = SchemaObject(INDEX, index.name, text)
                held = Held(made, self.steps.script, event.place, changed=index.where is None, index=index)
                if is_made_on_sqlite(made):
                    self._hold(event, replace(held, spelled=event.table.name), True)

    def _hold(self, event: Event, held: Held, replaces: bool) -> None:
        if held.made.kind == INDEX:
            loses = lost_of_index(held.made.text or "", held.table)
            if not loses:
                return
            held = replace(held, loses=loses, spelled=held.spelled or held.table)
        if held.made.kind == TABLE:
            held = replace(held, parts=unreflected_parts(held.made.text or ""))
            if not held.parts:
                return
        if not event.certain:
            self.objects.let_go([held.key])
        elif replaces or self.objects.get(held.key) is None:
            self.objects.hold(held)

    def _hold_parts(self, held: Held, parts: Iterable[Part]) -> None:
        """What is left of a table by a text that a copy loses."""
        left = replace(held, parts=tuple(parts))
        if left.parts:
            self.objects.hold(left)
        else:
            self.objects.let_go([held.key])

    def drop_index(self, event: Event) -> None:
        if not event.elsewhere:
            name = (event.name or "").casefold()
            every = (each.key for each in self.objects if each.made.kind == INDEX)
            self.objects.let_go(every if event.name == UNKNOWN else [(INDEX, name)])

    def change_column(self, table: str, column: str | None) -> None:
        """A column is dropped, or gets another name: what says the old one is not what it was any more."""
        watching, lost = find_watching(self.objects, table.casefold())
        for each in (*watching, *lost):
            if each.made.kind == TABLE:
                gone = UNKNOWN if column is None else column.casefold()
                self._hold_parts(each, [part for part in each.parts if gone not in (UNKNOWN, part.column.casefold())])
            elif column in (None, UNKNOWN) or each.says(column or ""):
                self.objects.hold(replace(each, changed=True))

    def drop_column(self, event: Event) -> None:
        """Its indexes go with it, and what else says its name cannot stay as it is."""
        if event.elsewhere:
            return
        _, lost = find_watching(self.objects, event.table.name.casefold())
        column = event.name or UNKNOWN
        indexes = [each for each in lost if each.made.kind == INDEX]
        self.objects.let_go(each.key for each in indexes if column == UNKNOWN or each.says(column))
        self.change_column(event.table.name, column)


def _left(held: Held, event: Event) -> Held | None:
    """It without what its block gives the copy; None if nothing of it is left, or if that cannot be told."""
    if held.made.kind != TABLE or event.block is None:
        return held
    given = event.block.given
    parts = () if given is None else tuple(each for each in held.parts if not _is_given(each, given))
    return replace(held, parts=parts) if parts else None


def _is_given(part: Part, given: Given) -> bool:
    """Whether a block gives this part of a table to its copy."""
    if part.what == CHECK:
        return bool(given.checks)
    if part.what == AUTOINCREMENT:
        return given.autoincrement
    return part.column.casefold() in (name.casefold() for name, _ in given.columns)


def _extended(events: Sequence[Event]) -> Iterable[Place]:
    """The blocks beside which an operation on their table stands."""
    for one, other in pairwise(events):
        for block, beside in ((one.block, other), (other.block, one)):
            joins = block is not None and beside.block is None and beside.action in _SURELY_COPYING
            if joins and block is not None and one.table == other.table:
                yield block.place


def _renumbers(table: TableState) -> bool:
    """Whether a copy of the table surely gives its rows other rowids: they are no column of it."""
    found = (each for (what, _), several in table.constraints.items() if what == NAME for each in several)
    columns = [each.columns for each in found if each.kind == PRIMARY_KEY and each.seen(())]
    if not (table.created and table.complete and table.sure) or len(columns) > 1:
        return False
    if not columns or len(columns[0]) > 1:
        return True
    _, column = table.columns.get(columns[0][0] if columns[0] else "", (0, None))
    return column is not None and column.type is not None and _INTEGER.search(column.type) is None


def _written(index: Index, table: Table) -> str:
    """The statement that SQLAlchemy makes of an operation; empty if not all of it can be told."""
    if "" in index.sql:
        return ""
    unique = "UNIQUE " if index.unique else ""
    names = f"{written_name(index.name)} ON {written_name(table.name)}"
    where = f" WHERE {index.where}" if index.where else ""
    return f"CREATE {unique}INDEX {names} ({', '.join(index.sql)}){where}"
