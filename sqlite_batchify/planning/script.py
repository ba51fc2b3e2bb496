"""One script: a reading, and what its history says of names -> a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import NamedTuple, TypeVar

from .. import findings
from ..history.answers import Answer, Copy, Meant, Names
from ..names import Template
from ..reading.exact import convention_code
from ..reading.model import NONE, Call, Convention, Description, Host, Note, Place, Suite, Way
from ..reading.script import Reading
from . import native, runs
from .around import (
    Aside,
    Gone,
    Written,
    drops_what_is_not_reflected,
    look_around,
    notes_of_block,
    notes_of_copies,
    settled,
    stand_around,
)
from .asking import calls_of
from .hanging import note_of_index
from .keeping import drop_first, found_in_copy, keep, left_behind, left_out, spoiled, with_first
from .model import NO_EDITS, NOTHING_KEPT, BlockPlan, ColumnPlan, Entry, Kept, Plan, SuitePlan
from .naming import Named, asks_for_more, give_names, take_along, with_index_apart
from .native import Version
from .runs import Block, Item, find_blocks

_Told = TypeVar("_Told")
_COPYLESS = frozenset({"create_index", "drop_index"})
"""What a block does without a copy; what it adds may be one of these, but then nothing is lost that is given again."""
_QUOTES = '"'
_SOME = "naming_convention={...}"
_NOWHERE = "its table is not a literal, or neither upgrade nor downgrade leads here"


def plan_script(reading: Reading, names: Names, style: str, batch_name: str, minimum: Version) -> Plan:
    """Say what is to become of a script.

    ``names`` is what its history tells, ``style`` how much goes into blocks, ``batch_name`` what the variable of a new
    block is called, ``minimum`` the oldest SQLite that it shall run on.
    """
    planning = _Planning(reading.suites, names, style, batch_name, minimum)
    for suite in reading.suites:
        planning.suite(suite)
    planning.notes += (each for each in reading.asked if not names.answers.get(each.place, Answer()).named)
    return Plan(
        tuple(planning.suites),
        planning.columns,
        tuple(planning.imports),
        names.marked,
        tuple(planning.notes),
        planning.blocks,
        planning.operations,
        planning.aparts,
    )


def answers_after(before: Reading, names: Names, plan: Plan, after: Reading) -> Names | None:
    """The answers by the places of the operations in a script to which a plan has been carried out.

    None if its operations are not those that the plan has led to.
    """
    old = sorted(each.place for each in calls_of(before))
    expected = [place for place in old for _ in range(1 + plan.aparts.get(place, 0))]
    new = sorted(each.place for each in calls_of(after))
    if len(expected) != len(new):
        return None
    first = dict(reversed(list(zip(expected, new, strict=True))))
    return names._replace(
        answers=_moved(names.answers, first),
        copied=_moved(names.copied, first),
        before=_moved(names.before, first),
        columns=_moved(names.columns, first),
        meant={},  # what is known of them has been written before
    )


def _moved(told: Mapping[Place, _Told], places: Mapping[Place, Place]) -> dict[Place, _Told]:
    """What is told of places that have become others."""
    return {places[place]: each for place, each in told.items() if place in places}


def _operations(item: Item) -> Sequence[Description]:
    """What an item of a suite does to its table."""
    if isinstance(item, runs.Host):
        return item.operations or ()
    return () if item is None else (item,)


def _gone(described: Sequence[Description]) -> Gone:
    """What operations do away with."""
    renamed = NONE.union(*(each.alters for each in described if each.renames))
    indexes = NONE.union(*(each.ends for each in described if each.name == "drop_index"))
    return Gone(NONE.union(*(each.drops for each in described)), renamed, indexes)


def _asks_its_block(call: Call, answer: Answer) -> Note:
    """What a function drops in a block that it is handed."""
    name = call.named[1] if call.named is not None else answer.drops
    detail = f"the constraint {name}: it was created without a name, and its block is opened in another function"
    hint = f"naming_convention={convention_code(dict(answer.convention), _QUOTES)}"
    return Note(call.place, findings.UNKNOWN_CONSTRAINT, detail, hint)


class _Part(NamedTuple):
    """An entry, what it is for runs, and if it goes into a block: findings, and what SQLite has to do before."""

    entry: Entry
    item: Item
    notes: Sequence[Note] = ()
    first: tuple[str, ...] = ()


@dataclass
class _Body:
    """The operations of a block that stands in the script, None if one is not understood, and what they need.

    ``copied`` is what there is to keep if it copies its table, ``calls`` are those that are understood as they are
    read, and ``described`` what they do.
    """

    operations: list[Description] | None = None
    convention: dict[str, Template] = field(default_factory=dict)
    copied: list[Sequence[Copy]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    described: list[Description] = field(default_factory=list)


class _Planning:
    def __init__(self, suites: Sequence[Suite], names: Names, style: str, batch_name: str, minimum: Version) -> None:
        self.names = names
        self.minimum = minimum
        self.style = style
        self.batch_name = batch_name
        self.hosts: Mapping[Way, Host] = {
            (*suite.way, number): host for suite in suites for number, host in suite.hosts.items()
        }
        self.bodies: dict[Way, _Body] = {way: _Body() for way in self.hosts}
        self.suites: list[SuitePlan] = []
        self.columns: dict[Way, ColumnPlan] = {}
        self.imports: dict[Way, None] = {}
        self.aparts: dict[Place, int] = {}
        self.notes: list[Note] = []
        self.blocks = 0
        self.operations = 0

    def suite(self, suite: Suite) -> None:
        parts: list[_Part] = []
        conventions: dict[int, tuple[int, Convention]] = {}
        for number in range(suite.length):
            if number in suite.calls:
                parts += self._direct(number, suite.calls[number])
            elif number in suite.batched:
                parts += self._batched(number, suite.batched[number], suite)
            elif number in suite.hosts:
                host = suite.hosts[number]
                item, wanted = self._host(host, (*suite.way, number))
                parts.append(_Part(Entry(number), item, self._spoiled(host, (*suite.way, number))))
                if wanted:
                    conventions[number] = (host.item, wanted)
            else:
                parts.append(_Part(Entry(number), None))
        found = find_blocks([each.item for each in parts], self.style)
        blocks = self._blocks(found, parts, suite)
        inside = {number for each in found for number in range(each.start, each.stop)}
        for number, each in enumerate(parts):
            if number not in inside and each.entry.statement in suite.hosts:
                self.notes += each.notes
                self._note_copies((*suite.way, each.entry.statement))
        if suite.way[:-1] in self.bodies and len(suite.batched) < suite.length:
            self.bodies[suite.way[:-1]].operations = None
        planned = SuitePlan(suite.way, tuple(each.entry for each in parts), blocks, conventions)
        if planned.changes:
            self.suites.append(planned)

    # Operations

    def _direct(self, number: int, call: Call) -> list[_Part]:
        """A direct operation with a name for what it creates or drops without one."""
        description = native.described(call, self.names.columns, self.minimum)
        if drops_what_is_not_reflected(call, self.names.copied.get(call.place, ())):
            description = description._replace(takes_block=False)
        meant = self._index_of(call)
        if meant is not None:
            self.notes.append(note_of_index(call, meant))
            return [_Part(Entry(number, call), description._replace(needs_block=False, takes_block=False))]
        steps = None
        if description.needs_block:
            steps = native.rename_first(call, self.names.columns, self.names.before)
            if steps is None:
                self._note_rename(call)
            else:
                description = description._replace(takes_block=call.description.takes_block, starts_block=True)
        in_block = description.needs_block and description.takes_block
        if not (in_block or asks_for_more(call) or self._answer(call).on_sqlite):
            return [_Part(Entry(number, call), description)]
        named, answer, notes = self._named(call._replace(description=description))
        if call.added is not None and description.needs_block:
            named = with_index_apart(named, call.added)
        self._note_column(call, named)
        items = [named.description._replace(convention=answer.convention), *named.apart]
        if description.table is None and named.apart:  # what tells it must be called once, so all go into one block
            items = [each._replace(table=call.place, needs_block=True) for each in items]
        entries = [
            Entry(number, call, named.edits),
            *(Entry(number, call, named.edits, n) for n, _ in enumerate(named.apart)),
        ]
        first = drop_first(call, answer)
        if steps is not None:
            entries = [each._replace(edits=each.edits._replace(on_sqlite=steps[0])) for each in entries]
            first = (*first, steps[1])
        return [_Part(entry, item, notes, first) for entry, item in zip(entries, items, strict=True)]

    def _batched(self, number: int, call: Call, suite: Suite) -> list[_Part]:
        """The same for an operation in a block that stands in the script already."""
        described = native.described_in_block(call, self.names.columns)
        named, answer, notes = self._named(call._replace(description=described))
        self._note_rename(call)
        meant = self._index_of(call)
        self.notes += (*notes, *left_behind(call, answer), *([] if meant is None else [note_of_index(call, meant)]))
        block = None if suite.block is None else self.hosts[suite.block]
        if call.added is not None and block is not None and block.copies:
            named = with_index_apart(named, call.added)
        self._note_column(call, named)
        if suite.block is None and answer.convention:
            self.notes.append(_asks_its_block(call, answer))
        elif suite.block is not None:
            body = self.bodies[suite.block]
            body.convention.update(answer.convention)
            body.calls.append(call)
            body.copied.append(self.names.copied.get(call.place, ()))
            body.described += [named.description, *named.apart]
            if suite.way == (*suite.block, "body"):
                body.operations = body.operations or []
                body.operations += [named.description, *named.apart]
        entries = [
            Entry(number, None, named.edits),
            *(Entry(number, None, named.edits, each) for each, _ in enumerate(named.apart)),
        ]
        return [_Part(entry, None) for entry in entries]

    def _note_rename(self, call: Call) -> None:
        note = native.note_of_rename(call, self.names.columns)
        self.notes += () if note is None else (note,)

    def _note_column(self, call: Call, named: Named) -> None:
        """The column that a variable holds changes where it is assigned."""
        self.aparts[call.place] = len(named.apart)
        if call.added is not None and call.added.way is not None and named.edits.in_column:
            self.columns[call.added.way] = ColumnPlan(named.edits, min(call.receivers, default="op"))

    def _index_of(self, call: Call) -> Meant | None:
        """The index that a drop of a constraint means."""
        return self.names.meant.get(call.place) if call.description.name == "drop_constraint" else None

    def _answer(self, call: Call) -> Answer:
        return self.names.answers.get(call.place, Answer())

    def _named(self, call: Call) -> tuple[Named, Answer, list[Note]]:
        answer = self._answer(call)
        notes: list[Note] = []
        if answer.taken is not None:
            taking = take_along(call, *answer.taken)
            notes += [taking] if isinstance(taking, Note) else []
            left = Answer(left=answer.left)
            return Named(NO_EDITS if isinstance(taking, Note) else taking, call.description), left, notes
        named = give_names(call, answer)
        reason = answer.reason or _NOWHERE
        if not self.names.keep:
            notes += [Note(call.place, findings.NAMELESS, detail, why or reason) for detail, why in named.lacking]
        if answer.unknown and named.edits.on_sqlite is None:
            notes.append(Note(call.place, findings.UNKNOWN_CONSTRAINT, answer.unknown, answer.remedy or _SOME))
        if answer.hidden:
            notes.append(Note(call.place, findings.TWIN, answer.hidden))
        return named, answer, notes

    # Blocks

    def _host(self, host: Host, way: Way) -> tuple[runs.Host, Convention]:
        """A block that stands in the script, with the naming convention that its operations need besides its own."""
        body = self.bodies[way]
        known = host.convention
        if host.copies:
            self.notes += found_in_copy(body.calls, self.names.before, host.place)
        elif host.stays and native.lacks_copy(body.operations or ()):
            self.notes.append(native.note_of_key(host.place, host.receivers))
        wanted = {kind: each for kind, each in body.convention.items() if kind not in dict(known or ())}
        if wanted and known is not None:
            known = (*known, *wanted.items())
        operations = body.operations if host.joins else None
        if operations is not None and any(not each.takes_block for each in operations):
            operations = None
        return runs.Host(host.table, None if operations is None else tuple(operations), known), tuple(wanted.items())

    def _spoiled(self, host: Host, way: Way) -> list[Note]:
        """What is found at changes of type in a block that stands in the script."""
        calls = self.bodies[way].calls if host.copies else []
        return [note for each in calls for note in spoiled(each.place, self.names.before, host.whole)]

    def _note_copies(self, way: Way) -> None:
        """What is found where a block that stays as it is copies its table."""
        host, body = self.hosts[way], self.bodies[way]
        if host.copies:
            copies = dict.fromkeys(chain.from_iterable(body.copied))
            self.notes += notes_of_block(copies, _gone(body.described), host.place)
            tables = dict.fromkeys(each.table for each in copies if each.sequence)
            self.notes += left_out(body.calls, self.names.before, host.keywords, host.place, tables)

    def _around(self, block: Block, parts: Sequence[_Part], suite: Suite, kept: Kept) -> tuple[Aside, Written]:
        """What stands around a block that is made or extended; what cannot is found."""
        members = parts[block.start : block.stop]
        calls = [each.entry.call for each in members if each.entry.call is not None]
        described = [each for part in members for each in _operations(part.item)]
        written = Written(min(calls[0].receivers, default=None), calls[0].sqlalchemy)
        copies: list[Sequence[Copy]] = [self.names.copied.get(each.place, ()) for each in calls]
        copying = any(each.needs_block for each in described)
        if block.host is not None:
            way = (*suite.way, parts[block.host].entry.statement)
            copies += self.bodies[way].copied
            copying = copying or self.hosts[way].copies
        if not copying:
            return Aside(), written
        aside, left = look_around(copies, _gone(described), written, kept.counts)
        self.notes += notes_of_copies(left, calls[0].place)
        return aside, written

    def _blocks(self, found: Sequence[Block], parts: Sequence[_Part], suite: Suite) -> tuple[BlockPlan, ...]:
        plans = [self._block(each, parts, suite) for each in found]
        around = [self._around(each, parts, suite, plan.kept) for each, plan in zip(found, plans, strict=True)]
        asides = [aside for aside, _ in around]
        for number, (one, other) in enumerate(pairwise(found)):
            if one.stop == other.start:
                asides[number : number + 2] = settled(*asides[number : number + 2])
        stands = (stand_around(aside, written) for aside, (_, written) in zip(asides, around, strict=True))
        return tuple(plan._replace(kept=plan.kept.within(kept)) for plan, kept in zip(plans, stands, strict=True))

    def _block(self, block: Block, parts: Sequence[_Part], suite: Suite) -> BlockPlan:
        members = parts[block.start : block.stop]
        calls = [each.entry.call for each in members if each.entry.call is not None]
        kept = NOTHING_KEPT
        self.blocks += 1
        self.operations += len(calls)
        for each in members:
            self.notes += each.notes if each.entry.call is not None or each.entry.apart is not None else ()
        items = [each.item for each in members]
        described = [each for item in items for each in _operations(item)]
        if any(each.description.name not in _COPYLESS for each in calls):
            kept, notes = self._kept(block, calls, parts, suite)
            self.notes += notes
        if calls and any(isinstance(each, Description) and each.needs_block for each in items):
            self.notes += found_in_copy(calls, self.names.before, calls[0].place)
        needed = [pair for each in items if isinstance(each, Description) for pair in each.convention]
        convention = tuple(dict(needed).items())
        if block.host is not None:
            host = suite.hosts[parts[block.host].entry.statement]
            if host.stays and native.lacks_copy(described):
                self.notes.append(native.note_of_key(host.place, host.receivers))
            return BlockPlan(block.start, block.stop, block.host, host.variable, convention, kept)
        if native.lacks_copy(described) and calls[0].receivers:
            kept = kept._replace(keywords=(*kept.keywords, *native.recreating(calls[0].receivers)))
        elif native.lacks_copy(described):
            self.notes.append(native.note_of_key(calls[0].place, calls[0].receivers))
        if calls[0].imported is not None:
            self.imports[calls[0].imported] = None
        return BlockPlan(block.start, block.stop, None, suite.free_name(self.batch_name), convention, kept)

    def _kept(
        self, block: Block, calls: Sequence[Call], parts: Sequence[_Part], suite: Suite
    ) -> tuple[Kept, list[Note]]:
        """What keeps that which the block would lose, with the operations that stand in it already."""
        own: list[Call] = []
        if block.host is not None:
            way = (*suite.way, parts[block.host].entry.statement)
            own = self.bodies[way].calls
        kept, notes = keep([*calls, *own], self.names.before, calls[0].sqlalchemy)
        members = parts[block.start : block.stop]
        first = dict.fromkeys(line for each in members for line in each.first)
        kept, left = with_first(kept, tuple(first), calls[0], None if own else suite.free_name(self.batch_name))
        for each in members:
            if each.entry.call is not None and each.entry.apart is None:
                notes += left_behind(each.entry.call, self._answer(each.entry.call), left)
        return kept, notes
