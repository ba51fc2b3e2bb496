"""Indexes and constraints that raw SQL gives another name, or a drop takes for each other: what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE, UNKNOWN, may_be_mysql_name
from ..reading.events import Constraint, Event, Index, Table
from ..reading.sql.renamings import CONSTRAINT, FROM_INDEX, NameChange
from .answers import Meant
from .state import State
from .tables import LOOSE, NAME, Known, Present, TableState, is_whole


def rename(state: State, event: Event, change: NameChange) -> tuple[Meant | None, Constraint | None]:
    """What is known of it, None if that is not enough; and the constraint that is to be there under the new name."""
    if change.what == CONSTRAINT:
        return _rename_constraint(state, event, change)
    return _rename_index(state, event, change)


def _rename_index(state: State, event: Event, change: NameChange) -> tuple[Meant | None, Constraint | None]:
    """An index of this name, or of a primary key, which has one on PostgreSQL; a constraint may be made from it."""
    found = [each for each in state.indexes_called(change.old) if each.seen(event.arms)]
    keyed = state.keyed_by(change.old, event.arms)
    made = change.what == FROM_INDEX
    told = None
    if len(found) == 1 and not keyed and event.certain and is_whole(found[0]):
        index = found[0].index
        fits = not made or (index.unique and found[0].table.name == change.table)
        told = Meant(found[0].table.name, change.old, index) if fits else None
    elif len(keyed) == 1 and not found and event.certain and not made:
        told = Meant(keyed[0].name, change.old, None)
        state.call_key(change.new, keyed[0])
    for each in found:
        state.drop(each, event.arms)
        if not made:
            index, certain = replace(each.index, name=change.new), each.certain and event.certain
            state.add(Present(each.table, index, event.arms, certain))
    known = told.made if made and told is not None else None
    return told, Constraint(UNIQUE, known.columns, change.new) if isinstance(known, Index) else None


def _rename_constraint(state: State, event: Event, change: NameChange) -> tuple[Meant | None, Constraint | None]:
    table = state.table(Table(None, change.table))
    keyed = state.keyed_by(change.old, event.arms)
    if keyed:
        known = event.certain and keyed == [table]
        state.call_key(change.new, table)
        return Meant(table.name, change.old, None) if known else None, None
    found = list(table.find(NAME, change.old, event.arms))
    if len(found) != 1:
        return None, None
    made = _again(found[0], change)
    sure = event.certain and found[0].certain and found[0].sqlite == change.old
    state.drop(found[0], event.arms)
    return Meant(table.name, change.old, made) if sure and made is not None else None, made


def index_of(table: TableState, event: Event) -> Present | None:
    """The index that a drop of a constraint means on SQLite, as MySQL takes a unique one for either."""
    found = list(table.find_indexes(NAME, event.name or "", event.arms))
    fits = len(found) == 1 and found[0].index.unique and event.kind in (None, UNIQUE) and found[0].certain
    return found[0] if fits and _is_sure(event, table) else None


def constraint_of(state: State, event: Event) -> tuple[Meant | None, Known | None]:
    """What a drop of an index means that is a constraint on SQLite, as MySQL makes one for each of these.

    An index may be there of which no script tells, but for one with the name of a unique constraint.
    """
    table, name = state.table(event.table), event.name or ""
    there = next(table.find_indexes(NAME, name, event.arms), None) is not None
    if there or event.elsewhere or event.asked or not _is_sure(event, table):
        return None, None
    called = list(table.find(NAME, name, event.arms)) or list(_called_by_mysql(table, event))
    known = called[0] if len(called) == 1 else None
    if known is None or known.kind not in (UNIQUE, FOREIGN_KEY) or not known.certain:
        return None, None
    made = Constraint(UNIQUE, known.columns, name) if known.kind == UNIQUE else None
    return Meant(table.name, name, made, sure=known.given == name and known.kind == UNIQUE), known


def as_dropped(event: Event, kind: str) -> Meant | None:
    """What a downgrade creates in the place of what its upgrade has dropped as something else, of this kind."""
    if event.elsewhere or event.table.name == UNKNOWN or event.table.schema is not None:
        return None
    if kind == UNIQUE and event.indexes:
        index = event.indexes[0]
        whole = index.unique and index.where == "" and not index.sql and UNKNOWN not in index.columns
        return Meant(event.table.name, index.name, Constraint(UNIQUE, index.columns, index.name)) if whole else None
    unique = event.constraints[0] if event.constraints else None
    if kind != UNIQUE and unique is not None and unique.kind == UNIQUE and unique.columns and unique.name:
        known = UNKNOWN not in unique.columns
        index = Index(unique.name, unique.columns, unique=True)
        return Meant(event.table.name, unique.name, index) if known else None
    return None


def _called_by_mysql(table: TableState, event: Event) -> Iterator[Known]:
    """The constraints without a name that MySQL may have given this one."""
    name = event.name or ""
    told = table.complete and not table.indexes.get((NAME, UNKNOWN))
    firsts = dict.fromkeys((name.lower(), name.lower().rpartition("_")[0])) if told else ()
    loose = (each for first in firsts for each in table.find(LOOSE, (UNIQUE, first), event.arms))
    return (each for each in loose if each.shape is not None and may_be_mysql_name(name, each.shape))


def _is_sure(event: Event, table: TableState) -> bool:
    """Whether the table is surely there, and the name is known."""
    return table.created and table.sure and table.schema is None and UNKNOWN not in (event.name, event.table.name)


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
