"""The history, replayed in names: which constraints and indexes a table has, and what each of them is called. Pure.

A constraint that an operation creates without a name gets one from the rewriter, so a later drop finds it. One that
came with ``create_table`` stays nameless on SQLite; PostgreSQL and MySQL made a name up, and a drop by that name needs
a naming convention on its block (https://alembic.sqlalchemy.org/en/latest/batch.html#dropping-unnamed-or-named-foreign-keys).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import facts
from .conditions import columns_in
from .facts import Arms, Constraint, Direction, Event, Index, Place, Table, exclusive
from .names import (
    CHECK,
    FOREIGN_KEY,
    POSTGRESQL_CONVENTION,
    PRIMARY_KEY,
    UNIQUE,
    Naming,
    Shape,
    from_template,
    literal_template,
    may_be_mysql_name,
    mysql_name,
    postgresql_name,
)
from .runs import UNKNOWN, Convention

Origin = tuple[str, Place, int]
"""Which constraint of which call in which script."""


@dataclass(frozen=True)
class Answer:
    """What the history says about one operation.

    ``names`` are for the constraint that it creates, or for the foreign keys of an added column in order, ``unique``
    for the column's unique constraint; None where one has a name or cannot get one, and then ``reason`` says why.
    ``drops`` is the name for a drop without one; ``convention`` is what the block of a drop needs. ``unknown`` says
    what a drop will not find on SQLite, and why; ``left`` are the indexes and CHECKs that would be in the way of a
    dropped column, each as text for a finding, and the operation that drops it.
    """

    names: tuple[str | None, ...] = ()
    unique: str | None = None
    drops: str | None = None
    convention: Convention = ()
    reason: str = ""
    unknown: str = ""
    left: tuple[tuple[str, str], ...] = ()


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


@dataclass
class Replay:
    """One replay of the scripts that bear on some tables.

    ``told`` are the names that the drops of an earlier replay gave to nameless constraints, ``claimed`` those that a
    drop was surely meant for: a second replay knows more.
    """

    naming: Naming
    told: dict[Origin, str] = field(default_factory=dict)
    claimed: set[Origin] = field(default_factory=set)
    answers: dict[tuple[str, Place], Answer] = field(default_factory=dict)

    def run(self, scripts: Iterable[tuple[str, Sequence[Direction]]], tables: set[str]) -> None:
        """Replay the scripts, in the order of the history, as far as they concern tables of these names."""
        states: dict[str, State] = {}
        for script, directions in scripts:
            for direction in directions:
                state = states.get(direction.database, {})
                up, down = (
                    [each for each in events if each.table.name in tables or each.action == facts.DROP_INDEX]
                    for events in (direction.upgrade, direction.downgrade)
                )
                forward = _Pass(self, script, state, down)
                forward.run(up)
                state = _settled(state)
                states[direction.database] = state
                back = _Pass(self, script, _settled(state), up, forward)
                back.run(down)


def _settled(state: State) -> State:
    return {table: each.settled() for table, each in state.items()}


class _Pass:
    """One direction of one script."""

    def __init__(
        self, replay: Replay, script: str, state: State, other: Sequence[Event], forward: _Pass | None = None
    ) -> None:
        self.replay = replay
        self.script = script
        self.state = state
        self.other = other
        self.forward = forward
        self.created: list[tuple[Table, Known]] = []
        self.dropped: list[tuple[Table, str, str | None, Known | None]] = []
        self.counterparts: dict[Place, Known | Constraint | str] = {}
        self.undone: dict[Place, Known] = {}

    def run(self, events: Sequence[Event]) -> None:
        self.events = events
        self.counterparts = dict(self._matched(events))
        self.undone = dict(self._undone(events))
        steps = {
            facts.CREATE_TABLE: self._create_table,
            facts.DROP_TABLE: self._drop_table,
            facts.RENAME_TABLE: self._rename_table,
            facts.ADD_COLUMN: self._add_column,
            facts.ALTER_COLUMN: self._copy,
            facts.DROP_COLUMN: self._drop_column,
            facts.RENAME_COLUMN: self._rename_column,
            facts.CREATE_CONSTRAINT: self._create_constraint,
            facts.DROP_CONSTRAINT: self._drop_constraint,
            facts.CREATE_INDEX: self._create_index,
            facts.DROP_INDEX: self._drop_index,
        }
        for event in events:
            if event.block is not None and event.block.convention:
                self._name_all(event, event.block.convention)
            steps[event.action](event)

    def _table(self, event: Event) -> TableState:
        return self.state.setdefault(event.table, TableState())

    def _answer(self, event: Event, answer: Answer) -> None:
        key = (self.script, event.place)
        known = self.replay.answers.setdefault(key, answer)
        if known != answer:  # a helper that is called twice, to different effect
            self.replay.answers[key] = Answer(reason="it is called more than once, to different effect")

    # Tables and columns

    def _create_table(self, event: Event) -> None:
        table = TableState(created=True, complete=event.complete)
        self.state[event.table] = table
        for number, constraint in enumerate(event.constraints):
            self._add(event, table, constraint, number, by_operation=False)
        table.indexes += [Present(index, event.arms) for index in event.indexes]

    def _drop_table(self, event: Event) -> None:
        table = self._table(event)
        for gone in (*(each.gone for each in table.constraints), *(each.gone for each in table.indexes)):
            gone.append(event.arms)

    def _rename_table(self, event: Event) -> None:
        table = self.state.pop(event.table, None)
        if table is not None:
            to = Table(event.table.schema, event.new)
            self.state[to] = table
            for each in table.constraints:
                if each.shape is not None:
                    each.shape = replace(each.shape, table=event.new)

    def _add_column(self, event: Event) -> None:
        table = self._table(event)
        names: list[str | None] = []
        unique = None
        for number, constraint in enumerate(event.constraints):
            by_operation = constraint.kind in (FOREIGN_KEY, UNIQUE) and not event.inline
            table.copied = table.copied or by_operation
            known = self._add(event, table, constraint, number, by_operation)
            name = known.name if by_operation and constraint.name is None else None
            if constraint.kind == FOREIGN_KEY:
                names.append(name)
            elif constraint.kind == UNIQUE:
                unique = name
        table.indexes += [Present(index, event.arms) for index in event.indexes]
        if any((*names, unique)):
            self._answer(event, Answer(tuple(names), unique, reason=_why_nameless(event, self.replay.naming)))

    def _copy(self, event: Event) -> None:
        self._table(event).copied = True

    def _drop_column(self, event: Event) -> None:
        table = self._table(event)
        table.copied = True
        left: list[tuple[str, str]] = []
        schema = f', schema="{event.table.schema}"' if event.table.schema else ""
        for each in table.indexes:
            if event.name in each.index.columns and each.seen(event.arms):
                if UNKNOWN not in (each.index.name, *each.index.columns) and not self._dropped_soon(
                    event, each.index.name
                ):
                    line = f'op.drop_index("{each.index.name}", table_name="{event.table.name}"{schema})'
                    left.append((f"the index {each.index.name} uses the column {event.name}", line))
                each.gone.append(event.arms)
        for known in table.constraints:
            if known.columns and event.name in known.columns and known.seen(event.arms):
                name = known.sqlite
                if known.kind == CHECK and name not in (None, UNKNOWN) and not self._dropped_soon(event, name):
                    line = f'op.drop_constraint("{name}", "{event.table.name}", type_="check"{schema})'
                    left.append((f"the CHECK {name} uses the column {event.name}", line))
                known.gone.append(event.arms)
        if left:
            self._answer(event, Answer(left=tuple(left)))

    def _dropped_soon(self, event: Event, name: str | None) -> bool:
        """Whether the block goes on to drop this index or constraint itself."""
        return any(
            each.name in (name, UNKNOWN)
            and each.action in (facts.DROP_INDEX, facts.DROP_CONSTRAINT)
            and each.place > event.place
            for each in self.events
        )

    def _rename_column(self, event: Event) -> None:
        table = self._table(event)
        for known in table.constraints:
            if known.shape is not None:
                columns = tuple(event.new if each == event.name else each for each in known.shape.columns)
                known.shape = replace(known.shape, columns=columns)
        for each in table.indexes:
            columns = tuple(event.new if name == event.name else name for name in each.index.columns)
            each.index = replace(each.index, columns=columns)

    def _create_index(self, event: Event) -> None:
        self._table(event).indexes += [Present(index, event.arms) for index in event.indexes]

    def _drop_index(self, event: Event) -> None:
        tables = self.state.values() if event.table.name == UNKNOWN else [self._table(event)]
        for table in tables:
            for each in table.indexes:
                if event.name in (each.index.name, UNKNOWN):
                    each.gone.append(event.arms)

    # Constraints that are created

    def _create_constraint(self, event: Event) -> None:
        table = self._table(event)
        table.copied = True
        known = self._add(event, table, event.constraints[0], 0, by_operation=True)
        if event.constraints[0].name is None:
            self._answer(event, Answer((known.name,), reason=_why_nameless(event, self.replay.naming)))

    def _add(self, event: Event, table: TableState, constraint: Constraint, number: int, by_operation: bool) -> Known:
        shape = _shape(constraint, event.table)
        twin = self._twin(event, table, constraint, shape)
        if twin is not None:
            self.created.append((event.table, twin))
            return twin
        origin = (self.script, event.place, number)
        known = Known(
            *(shape, constraint.kind, constraint.name, origin, by_operation),
            automatic=None if shape is None else self._automatic(event, shape, by_operation),
            born=event.arms,
            created_as=event.table.name,
        )
        if constraint.name is None and by_operation:
            known.told = self._told(event, known)
        else:
            known.told = self.replay.told.get(origin)
        known.mysql = self._mysql(event, table, known)
        known.sqlite = known.name if by_operation else constraint.name
        table.constraints.append(known)
        self.created.append((event.table, known))
        return known

    def _twin(self, event: Event, table: TableState, constraint: Constraint, shape: Shape | None) -> Known | None:
        """The same constraint, created in a branch that is taken if this one is not."""
        others = [each for each in table.constraints if exclusive(each.born, event.arms) and not each.gone]
        alike = [each for each in others if each.shape == shape and constraint.name in (None, each.name)]
        return alike[0] if alike and shape is not None else None

    def _automatic(self, event: Event, shape: Shape, by_operation: bool) -> str | None:
        naming = self.replay.naming
        if naming.templates:
            template = naming.template(shape.kind)
            name = None if template is None else from_template(template, shape)
            if name is not None or by_operation:
                return name
        return postgresql_name(shape, set(self._taken(event, shape)))

    def _taken(self, event: Event, shape: Shape) -> Iterator[str]:
        for table, state in self.state.items():
            if table.schema != event.table.schema:
                continue
            for known in state.constraints:
                if known.name and known.seen(event.arms):
                    yield known.name
            if shape.kind in (UNIQUE, PRIMARY_KEY):
                yield table.name
                yield from (each.index.name for each in state.indexes if each.seen(event.arms))

    def _mysql(self, event: Event, table: TableState, known: Known) -> str:
        name = known.given or known.told
        if name not in (None, known.automatic) or known.shape is None or known.kind not in (FOREIGN_KEY, UNIQUE):
            return name or ""
        taken = [each.mysql for each in table.constraints if each.kind == known.kind and each.seen(event.arms)]
        if known.kind == UNIQUE:
            taken += [each.index.name for each in table.indexes if each.seen(event.arms)]
        return mysql_name(known.shape, taken)

    def _told(self, event: Event, known: Known) -> str | None:
        """The name that something else in the history uses for a constraint that is created without one."""
        if self.forward is not None:
            for table, name, _, dropped in self.forward.dropped:
                if table == event.table and dropped is not None and _alike(dropped.shape, known.shape):
                    return name
            loose = [
                name
                for table, name, kind, dropped in self.forward.dropped
                if table == event.table and dropped is None and kind == known.kind
            ]
            alike = [
                each
                for other in self.events
                if other.table == event.table and other.action == facts.CREATE_CONSTRAINT
                for each in other.constraints
                if each.kind == known.kind
            ]
            if len(loose) == 1 and len(alike) == 1:
                return loose[0]
        return self.replay.told.get(known.origin)

    # Constraints that are dropped

    def _drop_constraint(self, event: Event) -> None:
        if event.name is None:
            self._drop_nameless(event)
            return
        table = self._table(event)
        known = None if event.name == UNKNOWN else self._resolve(event, table)
        self.dropped.append((event.table, event.name, event.kind, known))
        table.copied = True
        if known is None:
            self._note_unknown(event, table)
            return
        self._tell(known, event.name)
        convention, unknown = self._needed(event, table, known, event.name)
        if convention or unknown:
            self._answer(event, Answer(convention=convention, unknown=unknown))
        known.gone.append(event.arms)

    def _drop_nameless(self, event: Event) -> None:
        table = self._table(event)
        match = self.counterparts.get(event.place)
        if match is None or isinstance(match, str):
            self._answer(event, Answer(reason=match or "nothing in the other direction creates it"))
            return
        known = match if isinstance(match, Known) else self._like(event, table, match)
        name = known.name if known is not None else self._name_of(event, match)
        if name is None or name == UNKNOWN:
            self._answer(event, Answer(reason="the name of its counterpart cannot be told"))
            return
        self.dropped.append((event.table, name, event.kind, known))
        if known is None:
            self._answer(event, Answer(drops=name))
            return
        convention, unknown = self._needed(event, table, known, name)
        known.gone.append(event.arms)
        self._answer(event, Answer(drops=name, convention=convention, unknown=unknown))

    def _like(self, event: Event, table: TableState, constraint: Constraint) -> Known | None:
        shape = _shape(constraint, event.table)
        seen = [each for each in table.constraints if each.seen(event.arms)]
        return next((each for each in seen if _alike(each.shape, shape)), None)

    def _name_of(self, event: Event, match: Known | Constraint) -> str | None:
        if isinstance(match, Known):
            return match.name
        shape = _shape(match, event.table)
        if match.name is not None or shape is None:
            return match.name
        return self._automatic(event, shape, by_operation=True)

    def _matched(self, events: Sequence[Event]) -> Iterator[tuple[Place, Known | Constraint | str]]:
        """What the drops without a name are meant for, or why that cannot be told.

        They undo what the other direction creates. Where as many are dropped as are created, it does not matter which
        is dropped first; Alembic writes them the other way round.
        """
        nameless = [each for each in events if each.action == facts.DROP_CONSTRAINT and each.name is None]
        groups: dict[tuple[Table, str | None], list[Event]] = {}
        for event in nameless:
            untyped = any(each.kind is None and each.table == event.table for each in nameless)
            groups.setdefault((event.table, None if untyped else event.kind), []).append(event)
        for (table, kind), group in groups.items():
            named = {each.name for each in events if each.action == facts.DROP_CONSTRAINT and each.table == table}
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

    def _undone(self, events: Sequence[Event]) -> Iterator[tuple[Place, Known]]:
        """The drops of ``downgrade`` by names that nothing else explains: they undo what ``upgrade`` creates nameless.

        MySQL numbers its foreign keys in the order in which they are created.
        """
        for table in {each.table for each in events} if self.forward is not None else ():
            drops = [each for each in events if each.table == table and each.action == facts.DROP_CONSTRAINT]
            names = {each.name for each in drops}
            for kind in (FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK):
                created = [
                    each
                    for each in self._created_elsewhere(table)
                    if isinstance(each, Known) and each.kind == kind and each.made_up and each.automatic not in names
                ]
                known = {each.name for each in self._table(drops[0]).constraints} if drops else set()
                known -= {each.told for each in created}
                loose = [each for each in drops if each.kind == kind and each.name and each.name not in known]
                if len(loose) == len(created) and (len(loose) == 1 or all(_ibfk(each) for each in loose)):
                    yield from zip([each.place for each in sorted(loose, key=_ibfk)], created, strict=True)

    def _created_elsewhere(self, table: Table) -> list[Known | Constraint]:
        if self.forward is not None:
            created = [known for other, known in self.forward.created if other == table and known.by_operation]
            return list(dict.fromkeys(created))
        return [
            constraint
            for event in self.other
            if event.table == table and event.action in (facts.CREATE_CONSTRAINT, facts.ADD_COLUMN) and not event.inline
            for constraint in event.constraints
            if event.action == facts.CREATE_CONSTRAINT or constraint.kind in (FOREIGN_KEY, UNIQUE)
        ]

    def _resolve(self, event: Event, table: TableState) -> Known | None:
        """Which constraint a drop by name is meant for, None unless there is no doubt."""
        name = event.name or ""
        seen = [each for each in table.constraints if each.seen(event.arms) and event.kind in (None, each.kind)]
        called = [each for each in seen if each.sqlite == name] or [each for each in seen if each.name == name]
        if called:
            return called[0]
        told = self.replay.told
        free = [each for each in seen if each.made_up and told.get(each.origin) in (None, name)]
        free = [each for each in free if each.told in (None, name)]
        by_mysql = [each for each in free if each.mysql == name and table.complete]
        if len(by_mysql) == 1:
            return by_mysql[0]
        described = [
            each
            for other in self.other
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
        free = [each for each in free if each.origin not in self.replay.claimed or told.get(each.origin) == name]
        if not table.complete or any(each.given == UNKNOWN or each.shape is None for each in seen):
            return None
        alike = [each for each in free if each.shape is not None and may_be_mysql_name(name, each.shape)]
        if not alike and event.kind is not None and not _ibfk(event):
            alike = [each for each in free if _may_mean(name, each)] if len(free) == 1 else []
        return alike[0] if len(alike) == 1 else None

    def _tell(self, known: Known, name: str) -> None:
        self.replay.claimed.add(known.origin)
        if known.given is None:
            self.replay.told.setdefault(known.origin, name)

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
        if event.block is not None and event.block.convention:
            return (), f"{what}: the naming_convention of the block does not give this name"
        template = _template(known, table, event.arms, name, self.replay.naming)
        if template is None:
            return (), f"{what}: it was created without a name, as others were that would get the same"
        convention = ((known.kind, template),)
        self._name_all(event, convention)
        return convention, ""

    def _name_all(self, event: Event, convention: Convention) -> None:
        """What a block with a naming convention does to the nameless constraints of its table."""
        templates = dict(convention)
        for each in self._table(event).constraints:
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
            self._answer(event, Answer(unknown=f"{what}: no script of the history creates it"))
        elif _looks_automatic(event.name or "", event.table.name):
            reason = "no script of the history creates it, and PostgreSQL or MySQL seem to have made the name up"
            self._answer(event, Answer(unknown=f"{what}: {reason}"))


def _shape(constraint: Constraint, table: Table) -> Shape | None:
    if constraint.kind == CHECK and constraint.columns is None and constraint.condition is not None:
        columns = columns_in(constraint.condition)
        return None if columns is None else Shape(CHECK, table.schema, table.name, columns)
    return constraint.shape(table)


def _alike(one: Shape | None, other: Shape | None) -> bool:
    return one is not None and other is not None and (one.kind, one.columns) == (other.kind, other.columns)


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
    found = re.fullmatch(rf"{re.escape(event.table.name)}_ibfk_(\d+)", event.name or "", re.IGNORECASE)
    return int(found.group(1)) if found else 0


def _looks_automatic(name: str, table: str) -> bool:
    return name.startswith(f"{table}_") and (name.endswith(("_fkey", "_key", "_pkey", "_check")) or "_ibfk_" in name)


def _may_mean(name: str, known: Known) -> bool:
    """Whether the name can be that of the constraint: what PostgreSQL made up names its first column."""
    if not _looks_automatic(name, known.created_as) or not known.columns:
        return True
    return name.startswith(f"{known.created_as}_{known.columns[0]}_")


def _why_nameless(event: Event, naming: Naming) -> str:
    """Why a constraint gets no name, if it gets none."""
    if UNKNOWN in event.table:
        return "its table is not a literal"
    if naming.templates:
        return "the naming convention has no name for it"
    if any(each.kind == CHECK for each in event.constraints):
        return "the columns of its condition cannot be told"
    return "its columns are not literals"


def base_names(constraint: Constraint, table: Table) -> Mapping[str, None]:
    """The name that PostgreSQL gives a nameless constraint as long as it is not taken."""
    shape = _shape(constraint, table)
    return {} if shape is None or constraint.name is not None else {postgresql_name(shape): None}
