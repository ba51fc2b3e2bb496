"""The history, replayed in names.

A constraint that an operation creates without a name gets one from the rewriter, so a later drop finds it. One that
came with ``create_table`` stays nameless on SQLite; PostgreSQL and MySQL made a name up, and a drop by that name needs
a naming convention on its block (https://alembic.sqlalchemy.org/en/latest/batch.html#dropping-unnamed-or-named-foreign-keys).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from ..names import (
    CHECK,
    FOREIGN_KEY,
    MYSQL_PRIMARY_KEY,
    PRIMARY_KEY,
    UNIQUE,
    UNKNOWN,
    Naming,
    Shape,
    cut_names,
    may_be_cut,
)
from ..reading import events as facts
from ..reading.events import Column, Constraint, Direction, Event, Index, Table, exclusive
from ..reading.sql.objects import INDEX, read_index, read_object
from ..reading.sql.renamings import renamed_by
from .answers import Answer
from .checks import TypeChecks
from .copies import Copies
from .drops import Drops, all_named
from .following import follow
from .hanging import as_dropped, constraint_of, rename
from .passing import ALTERING, Knowledge, Pass
from .plain import checks_about, mentioned, of_dropped, of_renamed
from .state import State
from .tables import BRANCH, COLUMN, NAME, Known, Origin, Present, TableState, oldest, shape_of

_EVERYWHERE = (facts.DROP_INDEX, facts.EXECUTE)
"""What may concern any table."""


class Replay(Knowledge):
    """One replay of the scripts that bear on some tables."""

    def run(self, scripts: Iterable[tuple[str, Sequence[Direction]]], tables: set[str]) -> None:
        """Replay the scripts, in the order of the history, as far as they concern tables of these names."""
        states: defaultdict[str, State] = defaultdict(State)
        for script, directions in scripts:
            for direction in directions:
                state = states[direction.database]
                if any(each.table.name == UNKNOWN and each.action in ALTERING for each in direction.upgrade):
                    state.doubt_all()
                up, down = (
                    [each for each in events if each.table.name in tables or each.action in _EVERYWHERE]
                    for events in (direction.upgrade, direction.downgrade)
                )
                try:
                    self._replay(script, state, up, down)
                except Exception as error:
                    self.failed[script] = error
                finally:
                    state.take_back()

    def _replay(self, script: str, state: State, up: Sequence[Event], down: Sequence[Event]) -> None:
        forward = Steps(self, script, state, down)
        forward.run(up)
        state.settle()
        back = Steps(self, script, state, up, forward)
        back.run(down)


class Steps(Pass):
    """One direction of one script, event by event."""

    def run(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.action in (facts.DROP_INDEX, facts.DROP_CONSTRAINT):
                self.dropped_last[event.name] = max(event.place, self.dropped_last.get(event.name, event.place))
            elif event.action == facts.CREATE_CONSTRAINT:
                self.creating.update((event.table, each.kind) for each in event.constraints)
        self.checks = TypeChecks(self)
        self.copies = Copies(self, events)
        drops = Drops(self, events)
        steps: dict[str, Callable[[Event], None]] = {
            facts.CREATE_TABLE: self._create_table,
            facts.DROP_TABLE: self._drop_table,
            facts.RENAME_TABLE: self._rename_table,
            facts.ADD_COLUMN: self._add_column,
            facts.ALTER_COLUMN: self._alter_column,
            facts.DROP_COLUMN: self._drop_column,
            facts.RENAME_COLUMN: self._rename_column,
            facts.CREATE_CONSTRAINT: self._create_constraint,
            facts.DROP_CONSTRAINT: drops.drop,
            facts.CREATE_INDEX: self._create_index,
            facts.DROP_INDEX: self._drop_index,
            facts.EXECUTE: self._execute,
        }
        for number, event in enumerate(events):
            if event.block is not None and not event.block.reflects:
                self.state.rebuild(self.table(event))
            if event.block is not None and event.block.convention:
                drops.name_all(event, event.block.convention)
            self.copies.look(number, event)
            follow(self, event, steps[event.action])

    def _create_table(self, event: Event) -> None:
        table = self.state.create_table(event.table, event.complete, event.certain)
        for column in event.columns:
            self._make_column(event, table, column)
        table.begun = self.state.now()
        for number, constraint in enumerate(event.constraints):
            self._add(event, table, constraint, number, by_operation=False)
        self._create_index(event)

    def _make_column(self, event: Event, table: TableState, column: Column) -> None:
        self.state.set_column(table, replace(column, clear=column.clear and event.complete and event.certain))

    def _drop_table(self, event: Event) -> None:
        table = self.table(event)
        for column in table.told:
            self.state.drop_column(table, column.name)
        for each in table.items():
            self.state.drop(each, event.arms)
        self.state.doubt(table)
        self.state.objects.change_table(event.table.name.casefold(), "")

    def _rename_table(self, event: Event) -> None:
        self.state.rename_table(event.table, event.new)
        self.state.objects.change_table(event.table.name.casefold(), event.new.casefold())

    def _add_column(self, event: Event) -> None:
        table = self.table(event)
        names: list[str | None] = []
        unique = check = None
        nameless = False
        for number, constraint in enumerate(event.constraints):
            of_type = self.checks.may_name(event, constraint, self._origin(event, constraint, number))
            by_operation = of_type or constraint.by_operation(event.inline)
            if by_operation:
                self.state.copy(table)
            known = self._add(event, table, constraint, number, by_operation)
            name = known.name if by_operation and constraint.name is None else None
            nameless = nameless or (by_operation and constraint.name is None)
            if constraint.kind == FOREIGN_KEY:
                names.append(name)
            elif constraint.kind == UNIQUE:
                unique = name
            elif of_type:
                self.checks.note_named(event, known)
                check = name
        self._create_index(event)
        for column in event.columns:
            self._make_column(event, table, column)
        if nameless:
            self.answer(event, Answer(tuple(names), unique, check, reason=_why_nameless(event, self.replay.naming)))

    def _alter_column(self, event: Event) -> None:
        table = self.table(event)
        if any(column.type is not None for column in event.columns):
            self.checks.change(event, table)
        self.state.copy(table)
        for column in event.columns:
            self.state.set_column(table, column)
        for number, constraint in enumerate(event.constraints):
            self._add(event, table, constraint, number, by_operation=False)

    def _drop_column(self, event: Event) -> None:
        table = self.table(event)
        told = of_dropped(self.state, table, event, self.started)
        self.tell(event, told)
        if not (told.plain and self.replay.drops_natively and event.block is None):
            self.state.copy(table)
        left: list[tuple[str, str, str]] = []
        taken = None
        schema = f', schema="{event.table.schema}"' if event.table.schema else ""
        column = event.name or UNKNOWN
        self.copies.drop_column(event)
        self.state.drop_column(table, column)
        for each in list(table.find_indexes(COLUMN, column, event.arms)):
            name = each.index.name
            if UNKNOWN not in (name, *each.index.columns) and not self._dropped_soon(event, name):
                given = f'drop_index("{name}", table_name="{event.table.name}"{schema}'
                line = f"above it: op.{given})"
                left.append((f"the index {name} uses the column {event.name}", line, f"{given}, if_exists=True)"))
            self.state.drop(each, event.arms)
        for known in [*table.find(COLUMN, column, event.arms), *checks_about(table, column, event.arms)]:
            name = known.sqlite or UNKNOWN
            if known.of is not None and taken is None and not self._dropped_soon(event, name):
                taken = self.checks.take(event, known)
            elif known.kind == CHECK and name != UNKNOWN and not self._dropped_soon(event, name):
                line = f'above it: op.drop_constraint("{name}", "{event.table.name}", type_="check"{schema})'
                again = any(made.name == name for each in self.other for made in each.constraints)
                given = f'drop_constraint("{name}", type_="check")' if known.certain and again else ""
                left.append((f"the CHECK {name} uses the column {event.name}", line, given))
            self.state.drop(known, event.arms)
        if column == UNKNOWN:
            self.checks.drop_any(event, table)
        if left or taken:
            self.answer(event, Answer(left=tuple(left), taken=taken))

    def _dropped_soon(self, event: Event, name: str | None) -> bool:
        """Whether the block goes on to drop this index or constraint itself."""
        last = (self.dropped_last.get(each) for each in (name, UNKNOWN))
        return any(place is not None and place > event.place for place in last)

    def _rename_column(self, event: Event) -> None:
        table = self.table(event)
        self.tell(event, of_renamed(self.state, table, event))
        self.checks.change(event, table)
        self.copies.change_column(event.table.name, event.name)
        self.state.rename_column(table, event.name or UNKNOWN, event.new)

    def _create_index(self, event: Event) -> None:
        table = self.table(event)
        others = {} if self.forward is None else self.forward.other_names
        for index in event.indexes:
            whole = others.get((event.table, index.name)) if event.action == facts.CREATE_INDEX else None
            if event.action == facts.CREATE_INDEX:
                self._create_as_dropped(event, index.name)
            if whole is not None:
                self.answer(event, Answer(on_sqlite=(index.name, whole)))
            self.state.add(Present(table, replace(index, name=whole or index.name), event.arms, event.certain))
        self.copies.create_indexes(event)

    def _drop_index(self, event: Event) -> None:
        """Without a table, the index of any table; without a name, all that could be meant."""
        self.copies.drop_index(event)
        if may_be_cut(event.name or "") and event.table.name != UNKNOWN:
            event = self._with_whole_name(event)
        if event.table.name != UNKNOWN:
            tables = [self.table(event)]
            self._drop_constraint_of(event)
        elif event.name != UNKNOWN:
            for each in self.state.indexes_called(event.name or ""):
                self.state.drop(each, event.arms)
            return
        else:
            tables = list(self.state.tables.values())
        for table in tables:
            names = table.indexes if event.name == UNKNOWN else [(NAME, event.name)]
            for key in [key for key in names if key[0] == NAME]:
                for each in list(table.indexes.get(key, ())):
                    self.state.drop(each, event.arms)

    def _drop_constraint_of(self, event: Event) -> None:
        """The drop of an index may mean a constraint."""
        meant, known = constraint_of(self.state, event)
        self.tell_meant(event, meant)
        if known is not None and known.kind == UNIQUE:
            self.taken_for[event.table, event.name] = UNIQUE
            if known.given is None:
                self.claim(known, event.name or "")
            self.state.drop(known, event.arms)

    def _create_as_dropped(self, event: Event, name: str | None) -> None:
        """What has been dropped as something else is made so again."""
        kind = None if self.forward is None else self.forward.taken_for.get((event.table, name))
        self.tell_meant(event, None if kind is None else as_dropped(event, kind))

    def _with_whole_name(self, event: Event) -> Event:
        """The same by the name that SQLite has not cut."""
        named = {str(each) for what, each in self.table(event).indexes if what == NAME}
        whole = [each for each in named if event.name in cut_names(each)]
        if event.name in named or len(whole) != 1:
            return event
        self.answer(event, Answer(on_sqlite=(event.name or "", whole[0])))
        self.other_names[event.table, event.name] = whole[0]
        return replace(event, name=whole[0])

    def _execute(self, event: Event) -> None:
        self.copies.execute(event)
        sql = event.name or ""
        if event.elsewhere:
            return
        changed = renamed_by(sql)
        if changed is not None:
            told, constraint = rename(self.state, event, changed)
            self.tell_meant(event, told)
            if constraint is not None:
                table = Table(None, changed.table)
                self._add(replace(event, table=table), self.state.table(table), constraint, 0, by_operation=True)
            return
        made, done = (read_index(sql), read_object(sql)) if "INDEX" in sql.upper() else (None, None)
        if made is not None:
            index = Index(made.name, made.columns, unique=made.unique, where=None if made.partial else "")
            self.state.add(Present(self.state.table(Table(None, made.table)), index, event.arms, event.certain))
        elif done is not None and done.kind == INDEX and done.text is None:
            for each in self.state.indexes_called(done.name):
                self.state.drop(each, event.arms)

    def _create_constraint(self, event: Event) -> None:
        table = self.table(event)
        self.state.copy(table)
        constraint = event.constraints[0]
        self._create_as_dropped(event, constraint.name)
        known = self._add(event, table, constraint, 0, by_operation=True)
        others = {} if self.forward is None else self.forward.other_names
        primary = others.get((event.table, None)) if constraint.kind == PRIMARY_KEY else None
        other = primary or others.get((event.table, constraint.name))
        if other not in (None, constraint.name) and constraint.name is not None and constraint.on_sqlite is None:
            self.state.name_on_sqlite(known, other, event.arms)
            self.answer(event, Answer(on_sqlite=(constraint.name, other or "")))
        elif constraint.name == UNKNOWN:
            self.answer(event, Answer(named=all_named(replace(event, kind=constraint.kind), table)))
        elif constraint.name is None:
            self.answer(event, Answer((known.name,), reason=_why_nameless(event, self.replay.naming)))

    def _add(self, event: Event, table: TableState, constraint: Constraint, number: int, by_operation: bool) -> Known:
        shape = shape_of(constraint, event.table)
        known = self._twin(event, table, constraint, shape)
        if known is None:
            known = self._new(event, table, constraint, self._origin(event, constraint, number), by_operation)
            self.state.add(known)
        else:
            known.elsewhere = known.elsewhere and event.elsewhere
        self.created[event.table][known] = None
        return known

    def _origin(self, event: Event, constraint: Constraint, number: int) -> Origin:
        return self.script, event.place, event.table, number, constraint.columns or ()

    def _new(
        self, event: Event, table: TableState, constraint: Constraint, origin: Origin, by_operation: bool
    ) -> Known:
        shape = shape_of(constraint, event.table)
        known = Known(
            *(table, shape, constraint.kind, constraint.name, origin, by_operation),
            automatic=None if shape is None else self.automatic(event, shape, by_operation),
            born=event.arms,
            created_as=event.table.name,
            number=next(self.replay.numbers),
            of=constraint.of,
            condition=constraint.condition,
            options=constraint.options,
            block=event.block and event.block.place,
            elsewhere=event.elsewhere and constraint.name not in self.replay.left,
            claimed=origin in self.replay.claimed,
            meant=self.replay.told.get(origin),
        )
        mentions = mentioned(constraint, shape)
        if mentions is None and not event.elsewhere:
            self.state.cloud(table)
        known.mentions = mentions or known.mentions
        known.told = known.meant
        if constraint.name is None and by_operation:
            known.told = self._told(event, known)
        known.sqlite = constraint.on_sqlite or (known.name if by_operation else constraint.name)
        nameless = known.sqlite is None and self.replay.naming.leaves_nameless(known.kind)
        known.certain = not (event.arms or event.elsewhere) and (known.sqlite is not None or nameless)
        if known.kind == PRIMARY_KEY:
            known.mysql = MYSQL_PRIMARY_KEY
        elif known.kind == FOREIGN_KEY and known.form is not None:
            given = known.given or known.told
            made_up = given in (None, known.automatic)
            known.mysql = table.mysql_keys.next(event.table.name, event.arms) if made_up else given or ""
        return known

    def _twin(self, event: Event, table: TableState, constraint: Constraint, shape: Shape | None) -> Known | None:
        """The same constraint, created in a branch that is taken if this one is not."""
        if shape is None:
            return None
        keys = ((BRANCH, (shape.kind, shape.columns, mark)) for mark, _ in event.arms)
        return oldest(
            each
            for each in chain.from_iterable(table.constraints.get(key, {}) for key in keys)
            if exclusive(each.born, event.arms)
            and not each.gone
            and each.shape == shape
            and constraint.name in (None, each.name)
        )

    def _told(self, event: Event, known: Known) -> str | None:
        """The name that something else in the history uses for a constraint that is created without one."""
        if self.forward is not None:
            name = self.forward.dropped.get((event.table, known.kind, known.columns))
            if name is not None and known.form is not None:
                whole = self.forward.other_names.get((event.table, name), "")
                return whole if name in cut_names(whole) else name
            loose = self.forward.dropped_unknown.get((event.table, known.kind), [])
            if len(loose) == 1 and self.creating[event.table, known.kind] == 1:
                return loose[0]
        return self.replay.told.get(known.origin)


def _why_nameless(event: Event, naming: Naming) -> str:
    """Why a constraint gets no name, if it gets none."""
    lacking = next((each.kind for each in event.constraints if each.name is None and naming.governs(each.kind)), None)
    if lacking is not None:
        return naming.lacks(lacking)
    if any(each.kind == CHECK for each in event.constraints):
        return "the columns of its condition cannot be told"
    if any(each.columns == () for each in event.constraints):
        return "it has no columns"
    return "its columns are not literals"
