"""Which constraint a drop is meant for, and what lets SQLite find it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from ..names import (
    CHECK,
    FOREIGN_KEY,
    KEEP,
    MYSQL_PRIMARY_KEY,
    PRIMARY_KEY,
    UNIQUE,
    UNKNOWN,
    from_template,
    may_be_mysql_name,
)
from ..reading import events as facts
from ..reading.events import Constraint, Event, Table, exclusive
from ..reading.model import Convention, Place
from ..reading.sql.objects import INDEX
from .answers import Answer, Meant
from .hanging import index_of
from .passing import Pass
from .tables import CUT, LOOSE, MEANT, MYSQL, NAME, OPAQUE, SHAPE, SQLITE, Known, TableState, oldest, shape_of
from .templates import nameless, template_for


class Drops:
    """The drops in one direction of one script."""

    def __init__(self, around: Pass, events: Sequence[Event]) -> None:
        self.around = around
        self.of_table: defaultdict[Table, list[Event]] = defaultdict(list)
        for event in events:
            if event.action == facts.DROP_CONSTRAINT:
                self.of_table[event.table].append(event)
        dropped = {(each.table, each.name) for each in events if each.action == facts.DROP_COLUMN}
        self.with_columns = {
            (each.table, constraint.kind, constraint.columns)
            for each in around.other
            if each.action == facts.ADD_COLUMN and (each.table, each.name) in dropped
            for constraint in each.constraints
        }
        self.created_elsewhere = dict(self._created_elsewhere())
        self.described = dict(self._described())
        self.counterparts = dict(self._matched())
        self.undone = dict(self._undone())
        self.indexes: set[Place] = set()

    def drop(self, event: Event) -> None:
        if event.name is None:
            self._drop_nameless(event)
            return
        table = self.around.table(event)
        known = None if event.name == UNKNOWN else self._resolve(event, table)
        if event.place in self.indexes and known is None:
            return
        self.around.tell_meant(event, None)
        self.around.note_drop(event, event.name, known)
        if event.elsewhere:
            self.around.replay.left.add(event.name)
        self.around.state.copy(table)
        if event.name == UNKNOWN:
            self.around.answer(event, Answer(named=all_named(event, table)))
        if known is None:
            self.around.state.rebuild(table)
            self._note_unknown(event, table)
            return
        if not event.certain:  # it may stay
            self.around.state.cloud(table)
        if self._is_hidden(event, known):
            self.around.answer(event, Answer(hidden=_what(event, event.name)))
            self.around.state.drop(known, event.arms)
            return
        self.around.claim(known, event.name)
        convention, unknown = self._needed(event, table, known, event.name)
        kept = self.around.replay.naming.mode == KEEP
        other = None if kept or exclusive(known.named_in, event.arms) else known.sqlite
        if other not in (None, event.name, UNKNOWN):
            self.around.other_names[event.table, event.name] = other or ""
        if not kept and known.kind == PRIMARY_KEY and event.name == MYSQL_PRIMARY_KEY:
            self.around.other_names[event.table, None] = other or event.name
        if unknown and other not in (None, event.name) and not known.lost and event.on_sqlite is None:
            self.around.answer(event, Answer(unknown=unknown, on_sqlite=(event.name, other or "")))
        elif convention or unknown:
            told = (convention, unknown)
            answer = self._kept(event, known, *told) if kept else Answer(convention=convention, unknown=unknown)
            self.around.answer(event, answer)
        self.around.state.drop(known, event.arms)

    def _drop_nameless(self, event: Event) -> None:
        table = self.around.table(event)
        match = self.counterparts.get(event.place)
        if match is None or isinstance(match, str):
            self.around.answer(event, Answer(reason=match or "nothing in the other direction creates it"))
            return
        known = match if isinstance(match, Known) else self._like(event, table, match)
        name = known.name if known is not None else self._name_of(event, match)
        if name is None or name == UNKNOWN:
            self.around.answer(event, Answer(reason="the name of its counterpart cannot be told"))
            return
        self.around.note_drop(event, name, known)
        if known is None:
            self.around.answer(event, Answer(drops=name))
            return
        if self._is_hidden(event, known):
            self.around.answer(event, Answer(drops=name, hidden=_what(event, name)))
            self.around.state.drop(known, event.arms)
            return
        convention, unknown = self._needed(event, table, known, name)
        self.around.state.drop(known, event.arms)
        self.around.answer(event, Answer(drops=name, convention=convention, unknown=unknown))

    def _like(self, event: Event, table: TableState, constraint: Constraint) -> Known | None:
        shape = shape_of(constraint, event.table)
        return None if shape is None else oldest(table.find(SHAPE, (shape.kind, shape.columns), event.arms))

    def _name_of(self, event: Event, match: Known | Constraint) -> str | None:
        if isinstance(match, Known):
            return match.name
        shape = shape_of(match, event.table)
        if match.name is not None or shape is None:
            return match.name
        return self.around.automatic(event, shape, by_operation=True)

    def _matched(self) -> Iterator[tuple[Place, Known | Constraint | str]]:
        """What the drops without a name are meant for, or why that cannot be told.

        They undo what the other direction creates. Where as many are dropped as are created, it does not matter which
        is dropped first; Alembic writes them the other way round.
        """
        for table, drops in self.of_table.items():
            nameless = [each for each in drops if each.name is None]
            named = {each.name for each in drops} - {None}
            untyped = any(each.kind is None for each in nameless)
            groups: dict[str | None, list[Event]] = {}
            for event in nameless:
                groups.setdefault(None if untyped else event.kind, []).append(event)
            for kind, group in groups.items():
                created = [
                    each
                    for each in self.created_elsewhere.get(table, ())
                    if kind in (None, each.kind) and self._name_of(group[0], each) not in named
                ]
                if len(created) > len(group):  # what comes with a column goes with it
                    created = [each for each in created if (table, each.kind, each.columns) not in self.with_columns]
                if len(created) == len(group):
                    yield from ((event.place, each) for event, each in zip(group, reversed(created), strict=True))
                    continue
                reason = f"{len(group)} dropped without a name, {len(created)} created in the other direction"
                yield from ((event.place, reason) for event in group)

    def _undone(self) -> Iterator[tuple[Place, Known]]:
        """The drops of ``downgrade`` by names that nothing else explains: they undo what ``upgrade`` creates nameless.

        MySQL numbers its foreign keys in the order in which they are created.
        """
        for table, drops in self.of_table.items() if self.around.forward is not None else ():
            names = {each.name for each in drops}
            for kind in (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK):
                created = [
                    each
                    for each in self.created_elsewhere.get(table, ())
                    if isinstance(each, Known) and each.kind == kind and each.made_up and each.automatic not in names
                ]
                told = {each.told for each in created}
                known = self.around.table(drops[0]).constraints
                loose = [
                    each
                    for each in drops
                    if each.kind == kind and each.name and (each.name in told or not known.get((NAME, each.name)))
                ]
                if len(loose) == len(created) and (len(loose) == 1 or all(_ibfk(each) for each in loose)):
                    yield from zip([each.place for each in sorted(loose, key=_ibfk)], created, strict=True)

    def _created_elsewhere(self) -> Iterator[tuple[Table, list[Known | Constraint]]]:
        """What operations of the other direction create, by table."""
        if self.around.forward is not None:
            for table, known in self.around.forward.created.items():
                yield table, [each for each in known if each.by_operation and each.of is None]
            return
        found: defaultdict[Table, list[Known | Constraint]] = defaultdict(list)
        for event in self.around.other:
            if event.action in (facts.CREATE_CONSTRAINT, facts.ADD_COLUMN):
                found[event.table] += [
                    constraint
                    for constraint in event.constraints
                    if event.action == facts.CREATE_CONSTRAINT or constraint.by_operation(event.inline)
                ]
        yield from found.items()

    def _described(self) -> Iterator[tuple[tuple[Table, str], list[Constraint]]]:
        """The constraints that the other direction creates by a name."""
        found: defaultdict[tuple[Table, str], list[Constraint]] = defaultdict(list)
        for event in self.around.other:
            if event.action == facts.CREATE_CONSTRAINT:
                for constraint in event.constraints:
                    if constraint.name is not None:
                        found[event.table, constraint.name].append(constraint)
        yield from found.items()

    def _resolve(self, event: Event, table: TableState) -> Known | None:
        """Which constraint a drop by name is meant for, None unless there is no doubt."""
        name, arms, kind = event.name or "", event.arms, event.kind
        ways = [(SQLITE, event.on_sqlite or name), (NAME, event.on_sqlite), (NAME, name), (CUT, name)]
        called = (oldest(table.find(way, each, arms, kind)) for way, each in ways if each is not None)
        found = next((each for each in called if each is not None), None)
        if found is not None or self._means_an_index(event, table):
            return found
        # Which name a unique constraint gets also hangs on the indexes that foreign keys make for themselves.
        by_mysql = [
            each
            for each in table.find(MYSQL, name, arms, kind)
            if each.kind == PRIMARY_KEY or (table.complete and _may_be_called(each, name))
        ]
        if len(by_mysql) == 1:
            return by_mysql[0]
        described = [
            each
            for constraint in self.described.get((event.table, name), ())
            for each in table.find(SHAPE, (constraint.kind, constraint.columns), arms, kind)
            if _may_be_called(each, name)
        ]
        if len(described) == 1:
            return described[0]
        if event.place in self.undone:
            return self.undone[event.place]
        if not table.complete or any(any(table.find(OPAQUE, each, arms)) for each in _kinds(kind)):
            return None
        return self._loose(event, table)

    def _means_an_index(self, event: Event, table: TableState) -> bool:
        present = index_of(table, event)
        if present is not None:
            self.indexes.add(event.place)
        if present is not None and not (event.elsewhere or event.asked):
            self.around.tell_meant(event, Meant(table.name, event.name or "", present.index))
            self.around.taken_for[event.table, event.name] = INDEX
            self.around.state.drop(present, event.arms)
        return present is not None

    def _loose(self, event: Event, table: TableState) -> Known | None:
        """The one constraint with a name that a database made up that can be meant, if no drop is known to mean it."""
        name, arms = event.name or "", event.arms
        meant = [each for each in table.find(MEANT, name, arms, event.kind) if _may_be_called(each, name)]
        firsts = {name.lower(): None, name.lower().rpartition("_")[0]: None}
        ways = [FOREIGN_KEY, *((UNIQUE, first) for first in firsts)]
        loose = (islice(table.find(LOOSE, way, arms, event.kind), 2) for way in ways)
        alike = [each for each in chain(meant, *loose) if each.shape and may_be_mysql_name(name, each.shape)]
        if not alike and event.kind is not None and not _ibfk(event):
            free = [*meant, *islice(table.find(LOOSE, event.kind, arms), 2)]
            alike = [each for each in free if _may_mean(name, each)] if len(free) == 1 else []
        return alike[0] if len(alike) == 1 else None

    def _is_hidden(self, event: Event, known: Known) -> bool:
        """Whether a block surely does not see it, since another one covers the same columns."""
        unsure = event.arms or event.asked or event.elsewhere or (event.block is not None and not event.block.reflects)
        apart = event.block is None or event.block.place != known.block
        return not unsure and self.around.state.is_hidden(known, apart)

    def _needed(self, event: Event, table: TableState, known: Known, name: str) -> tuple[Convention, str]:
        """The naming convention that lets SQLite find the constraint, and why none does."""
        sqlite = None if exclusive(known.named_in, event.arms) else known.sqlite
        what = _what(event, name)
        if known.elsewhere and not (event.elsewhere or event.asked):
            return (), f"{what}: it is created on other databases only"
        if sqlite in (event.on_sqlite or name, UNKNOWN) or known.kind not in (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK):
            return (), ""
        if known.lost:
            return (), f"{what}: it has no name there, and the copies of the table lose such a CHECK"
        if sqlite is not None:
            return (), f"{what}: its name there is {sqlite}"
        name = event.on_sqlite or name
        if event.block is not None and event.block.convention is None:
            return (), ""
        if event.block is not None and known.kind in dict(event.block.convention or ()):
            return (), f"{what}: the naming_convention of the block does not give this name"
        template = template_for(known, table, event.arms, name, self.around.replay.naming)
        if template is None:
            return (), f"{what}: it was created without a name, as others were that would get the same"
        convention = ((known.kind, template),)
        self.name_all(event, convention)
        return convention, ""

    def _kept(self, event: Event, known: Known, convention: Convention, unknown: str) -> Answer:
        """What is told where names are kept: the metadata gives none of those that a database makes up."""
        name = event.name or ""
        made_up = name == known.automatic or (known.shape is not None and may_be_mysql_name(name, known.shape))
        if not made_up or known.by_operation:
            return Answer()
        listed = ", ".join(f'"{kind}": "{template}"' for kind, template in convention)
        remedy = f"naming_convention={{{listed}}}" if listed else ""
        what = f"{_what(event, name)}: it was created without a name"
        return Answer(unknown=unknown or what, remedy=remedy)

    def name_all(self, event: Event, convention: Convention) -> None:
        """What a block with a naming convention does to the nameless constraints of its table."""
        table = self.around.table(event)
        arms = event.arms if event.block is None else event.block.arms
        for kind, template in dict(convention).items():
            done = ("named", kind, template, arms)
            for each in [] if done in table.fitting else list(table.nameless.get(kind, ())):
                name = None if each.shape is None else from_template(template, each.shape)
                if name is not None and each.seen(arms):
                    self.around.state.name_on_sqlite(each, name, arms)
            table.fitting[done] = True

    def _note_unknown(self, event: Event, table: TableState) -> None:
        if (
            event.asked
            or event.name in (None, UNKNOWN)
            or table.named.get(UNKNOWN)
            or self.around.replay.naming.mode == KEEP
        ):
            return
        if not table.created or (event.block is not None and event.block.convention != ()):
            return
        what = _what(event, event.name or "")
        if table.complete:
            self.around.answer(event, Answer(unknown=f"{what}: no script of the history creates it"))
        elif _looks_automatic(event.name or "", event.table.name):
            reason = "no script of the history creates it, and PostgreSQL or MySQL seem to have made the name up"
            self.around.answer(event, Answer(unknown=f"{what}: {reason}"))


def _what(event: Event, name: str) -> str:
    return f"the constraint {name} of {event.table.name}"


def _kinds(kind: str | None) -> tuple[str, ...]:
    return (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK) if kind is None else (kind,)


def _may_be_called(known: Known, name: str) -> bool:
    """Whether a database may have made this name up for it, as far as the drops tell."""
    return known.made_up and known.meant in (None, name) and known.told in (None, name)


def all_named(event: Event, table: TableState) -> bool:
    """Whether all constraints had names on SQLite before this block; a name may have been asked for before a drop."""
    if not (table.created and table.complete) or (event.block is not None and event.block.convention != ()):
        return False
    found = chain.from_iterable(nameless(table, kind, event.arms) for kind in _kinds(event.kind))
    return not any(each.seen(event.arms) or event.action == facts.CREATE_CONSTRAINT for each in found)


def _ibfk(event: Event) -> int:
    """The number that MySQL gave to a foreign key, 0 if the name is none of its making."""
    found = re.fullmatch(rf"{re.escape(event.table.name)}_ibfk_([0-9]{{1,10}})", event.name or "", re.IGNORECASE)
    return int(found.group(1)) if found else 0


def _looks_automatic(name: str, table: str) -> bool:
    return name.startswith(f"{table}_") and (name.endswith(("_fkey", "_key", "_pkey", "_check")) or "_ibfk_" in name)


def _may_mean(name: str, known: Known) -> bool:
    """Whether the name can be that of the constraint: what PostgreSQL made up names its first column."""
    if not _looks_automatic(name, known.created_as) or not known.columns:
        return True
    return name.startswith(f"{known.created_as}_{known.columns[0]}_")
