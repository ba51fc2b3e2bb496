"""Which constraint a drop is meant for, and what lets SQLite find it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..names import (
    CHECK,
    FOREIGN_KEY,
    POSTGRESQL_CONVENTION,
    PRIMARY_KEY,
    UNIQUE,
    UNKNOWN,
    Naming,
    from_template,
    literal_template,
    may_be_mysql_name,
)
from ..reading import events as facts
from ..reading.events import Arms, Constraint, Event, Table, exclusive
from ..reading.model import Convention, Place
from .answers import Answer
from .state import Known, TableState, same_shape, shape_of

if TYPE_CHECKING:
    from .replay import Pass


class Drops:
    """The drops in one direction of one script."""

    def __init__(self, around: Pass, events: Sequence[Event]) -> None:
        self.around = around
        self.events = events
        self.counterparts = dict(self._matched())
        self.undone = dict(self._undone())

    def drop(self, event: Event) -> None:
        if event.name is None:
            self._drop_nameless(event)
            return
        table = self.around.table(event)
        known = None if event.name == UNKNOWN else self._resolve(event, table)
        self.around.dropped.append((event.table, event.name, event.kind, known))
        table.copied = True
        if known is None:
            self._note_unknown(event, table)
            return
        self._tell(known, event.name)
        convention, unknown = self._needed(event, table, known, event.name)
        if convention or unknown:
            self.around.answer(event, Answer(convention=convention, unknown=unknown))
        known.gone.append(event.arms)

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
        self.around.dropped.append((event.table, name, event.kind, known))
        if known is None:
            self.around.answer(event, Answer(drops=name))
            return
        convention, unknown = self._needed(event, table, known, name)
        known.gone.append(event.arms)
        self.around.answer(event, Answer(drops=name, convention=convention, unknown=unknown))

    def _like(self, event: Event, table: TableState, constraint: Constraint) -> Known | None:
        shape = shape_of(constraint, event.table)
        seen = [each for each in table.constraints if each.seen(event.arms)]
        return next((each for each in seen if same_shape(each.shape, shape)), None)

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
        nameless = [each for each in self.events if each.action == facts.DROP_CONSTRAINT and each.name is None]
        groups: dict[tuple[Table, str | None], list[Event]] = {}
        for event in nameless:
            untyped = any(each.kind is None and each.table == event.table for each in nameless)
            groups.setdefault((event.table, None if untyped else event.kind), []).append(event)
        for (table, kind), group in groups.items():
            drops = [each for each in self.events if each.action == facts.DROP_CONSTRAINT and each.table == table]
            named = {each.name for each in drops} - {None}
            created = [
                each
                for each in self._created_elsewhere(table)
                if kind in (None, each.kind) and self._name_of(group[0], each) not in named
            ]
            if len(created) == len(group):
                yield from ((event.place, each) for event, each in zip(group, reversed(created), strict=True))
                continue
            reason = f"{len(group)} dropped without a name, {len(created)} created in the other direction"
            yield from ((event.place, reason) for event in group)

    def _undone(self) -> Iterator[tuple[Place, Known]]:
        """The drops of ``downgrade`` by names that nothing else explains: they undo what ``upgrade`` creates nameless.

        MySQL numbers its foreign keys in the order in which they are created.
        """
        for table in {each.table for each in self.events} if self.around.forward is not None else ():
            drops = [each for each in self.events if each.table == table and each.action == facts.DROP_CONSTRAINT]
            names = {each.name for each in drops}
            for kind in (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK):
                created = [
                    each
                    for each in self._created_elsewhere(table)
                    if isinstance(each, Known) and each.kind == kind and each.made_up and each.automatic not in names
                ]
                known = {each.name for each in self.around.table(drops[0]).constraints} if drops else set()
                known -= {each.told for each in created}
                loose = [each for each in drops if each.kind == kind and each.name and each.name not in known]
                if len(loose) == len(created) and (len(loose) == 1 or all(_ibfk(each) for each in loose)):
                    yield from zip([each.place for each in sorted(loose, key=_ibfk)], created, strict=True)

    def _created_elsewhere(self, table: Table) -> list[Known | Constraint]:
        if self.around.forward is not None:
            created = [known for other, known in self.around.forward.created if other == table and known.by_operation]
            return list(dict.fromkeys(created))
        return [
            constraint
            for event in self.around.other
            if event.table == table and event.action in (facts.CREATE_CONSTRAINT, facts.ADD_COLUMN)
            for constraint in event.constraints
            if event.action == facts.CREATE_CONSTRAINT or constraint.by_operation(event.inline)
        ]

    def _resolve(self, event: Event, table: TableState) -> Known | None:
        """Which constraint a drop by name is meant for, None unless there is no doubt."""
        name = event.name or ""
        seen = [each for each in table.constraints if each.seen(event.arms) and event.kind in (None, each.kind)]
        called = [each for each in seen if each.sqlite == name] or [each for each in seen if each.name == name]
        if called:
            return called[0]
        told = self.around.replay.told
        free = [each for each in seen if each.made_up and told.get(each.origin) in (None, name)]
        free = [each for each in free if each.told in (None, name)]
        # Which name a unique constraint gets also hangs on the indexes that foreign keys make for themselves.
        numbered = [each for each in free if each.kind == FOREIGN_KEY and table.complete]
        by_mysql = [each for each in numbered if each.mysql == name]
        if len(by_mysql) == 1:
            return by_mysql[0]
        described = [
            each
            for other in self.around.other
            if other.table == event.table and other.action == facts.CREATE_CONSTRAINT
            for constraint in other.constraints
            if constraint.name == name
            for each in free
            if (each.kind, each.columns) == (constraint.kind, constraint.columns)
        ]
        if len(described) == 1:
            return described[0]
        if event.place in self.undone:
            return self.undone[event.place]
        free = [each for each in free if each.origin not in self.around.replay.claimed or told.get(each.origin) == name]
        if not table.complete or any(each.given == UNKNOWN or each.shape is None for each in seen):
            return None
        alike = [each for each in free if each.shape is not None and may_be_mysql_name(name, each.shape)]
        if not alike and event.kind is not None and not _ibfk(event):
            alike = [each for each in free if _may_mean(name, each)] if len(free) == 1 else []
        return alike[0] if len(alike) == 1 else None

    def _tell(self, known: Known, name: str) -> None:
        self.around.replay.claimed.add(known.origin)
        if known.given is None:
            self.around.replay.told.setdefault(known.origin, name)

    def _needed(self, event: Event, table: TableState, known: Known, name: str) -> tuple[Convention, str]:
        """The naming convention that lets SQLite find the constraint, and why none does."""
        sqlite = None if exclusive(known.named_in, event.arms) else known.sqlite
        if sqlite in (name, UNKNOWN) or known.kind not in (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK):
            return (), ""
        what = f"the constraint {name} of {event.table.name}"
        if known.lost:
            return (), f"{what}: it has no name there, and the copies of the table lose such a CHECK"
        if sqlite is not None:
            return (), f"{what}: its name there is {sqlite}"
        if event.block is not None and event.block.convention is None:
            return (), ""
        if event.block is not None and known.kind in dict(event.block.convention or ()):
            return (), f"{what}: the naming_convention of the block does not give this name"
        template = _template(known, table, event.arms, name, self.around.replay.naming)
        if template is None:
            return (), f"{what}: it was created without a name, as others were that would get the same"
        convention = ((known.kind, template),)
        self.name_all(event, convention)
        return convention, ""

    def name_all(self, event: Event, convention: Convention) -> None:
        """What a block with a naming convention does to the nameless constraints of its table."""
        templates = dict(convention)
        for each in self.around.table(event).constraints:
            if each.sqlite is None and each.kind in templates and each.shape is not None and each.seen(event.arms):
                each.sqlite = from_template(templates[each.kind], each.shape)
                each.named_in = event.arms

    def _note_unknown(self, event: Event, table: TableState) -> None:
        if event.name in (None, UNKNOWN) or any(each.given == UNKNOWN for each in table.constraints):
            return
        if not table.created or (event.block is not None and event.block.convention != ()):
            return
        what = f"the constraint {event.name} of {event.table.name}"
        if table.complete:
            self.around.answer(event, Answer(unknown=f"{what}: no script of the history creates it"))
        elif _looks_automatic(event.name or "", event.table.name):
            reason = "no script of the history creates it, and PostgreSQL or MySQL seem to have made the name up"
            self.around.answer(event, Answer(unknown=f"{what}: {reason}"))


def _template(known: Known, table: TableState, arms: Arms, name: str, naming: Naming) -> str | None:
    """The template that gives the constraint this name and no two constraints of the table the same."""
    # Those that this script has dropped are still there when a block of its reflects the table.
    nameless = [
        each.shape
        for each in table.constraints
        if each.kind == known.kind
        and not exclusive(each.born, arms)
        and (each.sqlite is None or exclusive(each.named_in, arms))
    ]
    taken = {each.sqlite for each in table.constraints if each.sqlite is not None}
    for template in _templates(known, naming):
        given = [None if shape is None else from_template(template, shape) for shape in nameless]
        own = None if known.shape is None else from_template(template, known.shape)
        if own == name and None not in given and len(set(given)) == len(given) and taken.isdisjoint(given):
            return template
    return literal_template(name) if len(nameless) == 1 else None


def _templates(known: Known, naming: Naming) -> Iterator[str]:
    own = naming.template(known.kind)
    if own is not None:
        yield own
    template = POSTGRESQL_CONVENTION.get(known.kind)
    if template is not None:
        yield template
        yield template.replace("%(table_name)s", literal_template(known.created_as))


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
