"""The history, replayed in names.

A constraint that an operation creates without a name gets one from the rewriter, so a later drop finds it. One that
came with ``create_table`` stays nameless on SQLite; PostgreSQL and MySQL made a name up, and a drop by that name needs
a naming convention on its block (https://alembic.sqlalchemy.org/en/latest/batch.html#dropping-unnamed-or-named-foreign-keys).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..names import (
    CHECK,
    FOREIGN_KEY,
    PRIMARY_KEY,
    UNIQUE,
    UNKNOWN,
    Naming,
    Shape,
    from_template,
    mysql_name,
    postgresql_name,
)
from ..reading import events as facts
from ..reading.events import Constraint, Direction, Event, Table, exclusive
from ..reading.model import Place
from .answers import Answer
from .drops import Drops
from .state import Known, Origin, Present, State, TableState, same_shape, settled, shape_of


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
                touched = {name for event in (*up, *down) for name in (event.table.name, event.new)}
                forward = Pass(self, script, state, down)
                forward.run(up)
                state = settled(state, touched)
                states[direction.database] = state
                back = Pass(self, script, settled(state, touched), up, forward)
                back.run(down)


class Pass:
    """One direction of one script."""

    def __init__(
        self, replay: Replay, script: str, state: State, other: Sequence[Event], forward: Pass | None = None
    ) -> None:
        self.replay = replay
        self.script = script
        self.state = state
        self.other = other
        self.forward = forward
        self.created: list[tuple[Table, Known]] = []
        self.dropped: list[tuple[Table, str, str | None, Known | None]] = []

    def run(self, events: Sequence[Event]) -> None:
        self.events = events
        drops = Drops(self, events)
        steps = {
            facts.CREATE_TABLE: self._create_table,
            facts.DROP_TABLE: self._drop_table,
            facts.RENAME_TABLE: self._rename_table,
            facts.ADD_COLUMN: self._add_column,
            facts.ALTER_COLUMN: self._copy,
            facts.DROP_COLUMN: self._drop_column,
            facts.RENAME_COLUMN: self._rename_column,
            facts.CREATE_CONSTRAINT: self._create_constraint,
            facts.DROP_CONSTRAINT: drops.drop,
            facts.CREATE_INDEX: self._create_index,
            facts.DROP_INDEX: self._drop_index,
        }
        for event in events:
            if event.block is not None and event.block.convention:
                drops.name_all(event, event.block.convention)
            if event.action in steps:
                steps[event.action](event)

    def table(self, event: Event) -> TableState:
        return self.state.setdefault(event.table, TableState())

    def answer(self, event: Event, answer: Answer) -> None:
        key = (self.script, event.place)
        known = self.replay.answers.setdefault(key, answer)
        if known != answer:  # a helper that is called twice, to different effect
            self.replay.answers[key] = Answer(reason="it is called more than once, to different effect")

    def _create_table(self, event: Event) -> None:
        table = TableState(created=True, complete=event.complete)
        self.state[event.table] = table
        for number, constraint in enumerate(event.constraints):
            self._add(event, table, constraint, number, by_operation=False)
        table.indexes += [Present(index, event.arms) for index in event.indexes]

    def _drop_table(self, event: Event) -> None:
        table = self.table(event)
        for gone in (*(each.gone for each in table.constraints), *(each.gone for each in table.indexes)):
            gone.append(event.arms)

    def _rename_table(self, event: Event) -> None:
        table = self.state.pop(event.table, None)
        if table is not None:
            to = Table(event.table.schema, event.new)
            self.state[to] = table
            for each in table.constraints:
                if each.shape is not None:
                    each.shape = each.shape._replace(table=event.new)

    def _add_column(self, event: Event) -> None:
        table = self.table(event)
        names: list[str | None] = []
        unique = None
        nameless = False
        for number, constraint in enumerate(event.constraints):
            by_operation = constraint.by_operation(event.inline)
            table.copied = table.copied or by_operation
            known = self._add(event, table, constraint, number, by_operation)
            name = known.name if by_operation and constraint.name is None else None
            nameless = nameless or (by_operation and constraint.name is None)
            if constraint.kind == FOREIGN_KEY:
                names.append(name)
            elif constraint.kind == UNIQUE:
                unique = name
        table.indexes += [Present(index, event.arms) for index in event.indexes]
        if nameless:
            self.answer(event, Answer(tuple(names), unique, reason=_why_nameless(event, self.replay.naming)))

    def _copy(self, event: Event) -> None:
        self.table(event).copied = True

    def _drop_column(self, event: Event) -> None:
        table = self.table(event)
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
            self.answer(event, Answer(left=tuple(left)))

    def _dropped_soon(self, event: Event, name: str | None) -> bool:
        """Whether the block goes on to drop this index or constraint itself."""
        return any(
            each.name in (name, UNKNOWN)
            and each.action in (facts.DROP_INDEX, facts.DROP_CONSTRAINT)
            and each.place > event.place
            for each in self.events
        )

    def _rename_column(self, event: Event) -> None:
        table = self.table(event)
        for known in table.constraints:
            if known.shape is not None:
                columns = tuple(event.new if each == event.name else each for each in known.shape.columns)
                known.shape = known.shape._replace(columns=columns)
        for each in table.indexes:
            columns = tuple(event.new if name == event.name else name for name in each.index.columns)
            each.index = replace(each.index, columns=columns)

    def _create_index(self, event: Event) -> None:
        self.table(event).indexes += [Present(index, event.arms) for index in event.indexes]

    def _drop_index(self, event: Event) -> None:
        tables = self.state.values() if event.table.name == UNKNOWN else [self.table(event)]
        for table in tables:
            for each in table.indexes:
                if event.name in (each.index.name, UNKNOWN):
                    each.gone.append(event.arms)

    def _create_constraint(self, event: Event) -> None:
        table = self.table(event)
        table.copied = True
        known = self._add(event, table, event.constraints[0], 0, by_operation=True)
        if event.constraints[0].name is None:
            self.answer(event, Answer((known.name,), reason=_why_nameless(event, self.replay.naming)))

    def _add(self, event: Event, table: TableState, constraint: Constraint, number: int, by_operation: bool) -> Known:
        shape = shape_of(constraint, event.table)
        twin = self._twin(event, table, constraint, shape)
        if twin is not None:
            self.created.append((event.table, twin))
            return twin
        origin = (self.script, event.place, event.table, number)
        known = Known(
            *(shape, constraint.kind, constraint.name, origin, by_operation),
            automatic=None if shape is None else self.automatic(event, shape, by_operation),
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

    def automatic(self, event: Event, shape: Shape, by_operation: bool) -> str | None:
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
                if table == event.table and dropped is not None and same_shape(dropped.shape, known.shape):
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


def _why_nameless(event: Event, naming: Naming) -> str:
    """Why a constraint gets no name, if it gets none."""
    if naming.templates:
        return "the naming convention has no name for it, or not all that it takes is a literal"
    if any(each.kind == CHECK for each in event.constraints):
        return "the columns of its condition cannot be told"
    if any(each.columns == () for each in event.constraints):
        return "it has no columns"
    return "its columns are not literals"
