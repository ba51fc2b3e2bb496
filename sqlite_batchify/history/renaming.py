"""Raw SQL that gives an index or a constraint another name: what is known of it then, and is there from then on."""

from __future__ import annotations

from dataclasses import replace

from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE, UNKNOWN
from ..reading.events import Constraint, Event, Index, Table
from ..reading.sql.renamings import CONSTRAINT, FROM_INDEX, NameChange
from .answers import Renamed
from .state import State
from .tables import NAME, Known, Present, is_whole


def rename(state: State, event: Event, change: NameChange) -> tuple[Renamed | None, Constraint | None]:
    """What is known of it, None if that is not enough; and the constraint that is to be there under the new name."""
    if change.what == CONSTRAINT:
        return _rename_constraint(state, event, change)
    return _rename_index(state, event, change)


def _rename_index(state: State, event: Event, change: NameChange) -> tuple[Renamed | None, Constraint | None]:
    """An index of this name, or of a primary key, which has one on PostgreSQL; a constraint may be made from it."""
    found = [each for each in state.indexes_called(change.old) if each.seen(event.arms)]
    keyed = state.keyed_by(change.old, event.arms)
    made = change.what == FROM_INDEX
    told = None
    if len(found) == 1 and not keyed and event.certain and is_whole(found[0]):
        index = found[0].index
        fits = not made or (index.unique and found[0].table.name == change.table)
        told = Renamed(found[0].table.name, index) if fits else None
    elif len(keyed) == 1 and not found and event.certain and not made:
        told = Renamed(keyed[0].name, None)
        state.call_key(change.new, keyed[0])
    for each in found:
        state.drop(each, event.arms)
        if not made:
            state.add(Present(each.table, replace(each.index, name=change.new), event.arms))
    known = told.made if made and told is not None else None
    return told, Constraint(UNIQUE, known.columns, change.new) if isinstance(known, Index) else None


def _rename_constraint(state: State, event: Event, change: NameChange) -> tuple[Renamed | None, Constraint | None]:
    table = state.table(Table(None, change.table))
    keyed = state.keyed_by(change.old, event.arms)
    if keyed:
        known = event.certain and keyed == [table]
        state.call_key(change.new, table)
        return Renamed(table.name, None) if known else None, None
    found = list(table.find(NAME, change.old, event.arms))
    if len(found) != 1:
        return None, None
    made = _again(found[0], change)
    sure = event.certain and found[0].certain and found[0].sqlite == change.old
    state.drop(found[0], event.arms)
    return Renamed(table.name, made) if sure and made is not None else None, made


def _again(known: Known, change: NameChange) -> Constraint | None:
    """The constraint under its new name, as far as it is known."""
    if known.form is None or known.kind == PRIMARY_KEY or UNKNOWN in known.columns or known.of is not None:
        return None
    if known.kind == CHECK:
        return None if known.condition is None else Constraint(CHECK, None, change.new, condition=known.condition)
    made = Constraint(known.kind, known.columns, change.new)
    if known.kind != FOREIGN_KEY:
        return made
    table, columns = known.form.referred_table, known.form.referred_columns
    whole = known.is_told and bool(columns) and {"", UNKNOWN}.isdisjoint((table, *columns))
    return replace(made, referred_table=table, referred_columns=columns, options=known.options) if whole else None
