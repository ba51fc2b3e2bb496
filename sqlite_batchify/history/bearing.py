"""Which tables, names and scripts have a say in the names of a table."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from ..names import FOREIGN_KEY, UNKNOWN, may_be_cut, postgresql_name
from ..reading import events as facts
from ..reading.events import Constraint, Direction, Event, Table
from ..reading.sql.objects import INDEX, SEARCH, TRIGGER, VIEW, SchemaObject, read_object, read_tables, table_of
from ..reading.sql.renamings import NameChange, renamed_by
from .repeated import Facts
from .tables import shape_of

ASKING = frozenset(
    {facts.ADD_COLUMN, facts.CREATE_CONSTRAINT, facts.DROP_CONSTRAINT, facts.DROP_COLUMN, facts.RENAME_COLUMN}
    | {facts.DROP_INDEX}
)
"""What other scripts may have something to say of."""


def asks(event: Event) -> bool:
    """Whether other scripts may have something to say of an event."""
    if event.action == facts.CREATE_INDEX:
        return any(may_be_cut(each.name) for each in event.indexes)
    return event.action in ASKING


def asks_for_a_name(event: Event) -> bool:
    if event.action == facts.DROP_CONSTRAINT:
        return True
    nameless = [each for each in event.constraints if each.name is None]
    if event.action == facts.ADD_COLUMN:
        return any(each.by_operation(event.inline) for each in nameless)
    return event.action == facts.CREATE_CONSTRAINT and bool(nameless)


def tables_of(loaded: Iterable[Facts]) -> set[str]:
    return {event.table.name for facts in loaded for event in events_of(facts)} - {UNKNOWN}


def names_in(facts: Facts, tables: set[str]) -> Iterator[str]:
    for event in events_of(facts):
        if event.table.name in tables:
            for constraint in event.constraints:
                yield from base_names(constraint, event.table)


def events_of(directions: Iterable[Direction]) -> Iterator[Event]:
    for direction in directions:
        yield from direction.upgrade
        yield from direction.downgrade


def columns_of(directions: Iterable[Direction]) -> Iterator[Event]:
    """The events that drop or rename a column of a table whose name can be told."""
    asking = (facts.DROP_COLUMN, facts.RENAME_COLUMN)
    return (each for each in events_of(directions) if each.action in asking and each.table.name != UNKNOWN)


def renamed_in(events: Iterable[Event]) -> dict[str, set[str]]:
    """The columns that get another name, by their tables."""
    found: dict[str, set[str]] = {}
    for event in events:
        if event.action == facts.RENAME_COLUMN and event.name is not None:
            found.setdefault(event.table.name, set()).add(event.name)
    return found


def referring(loaded: Iterable[Facts], tables: Container[str]) -> Iterator[str]:
    """The tables that have foreign keys to one of these."""
    for directions in loaded:
        for event in events_of(directions):
            if any(each.kind == FOREIGN_KEY and each.referred_table in tables for each in event.constraints):
                yield event.table.name


def prefixes(names: Iterable[str]) -> Iterator[str]:
    """The tables whose constraints could have one of these names."""
    for name in names:
        parts = name.split("_")
        yield from ("_".join(parts[:number]) for number in range(1, len(parts)))


def linked(loaded: Iterable[Facts], tables: set[str]) -> Iterator[str]:
    for directions in loaded:
        for event in events_of(directions):
            if event.action == facts.RENAME_TABLE and (event.table.name in tables or event.new in tables):
                yield from (event.table.name, event.new)


def colliding(loaded: Iterable[Facts], names: set[str]) -> Iterator[str]:
    for directions in loaded:
        for event in events_of(directions):
            for constraint in event.constraints:
                if _stem(constraint.name or "") in names or names & set(base_names(constraint, event.table)):
                    yield event.table.name
            if any(_stem(index.name) in names for index in event.indexes):
                yield event.table.name


def read_together(loaded: Iterable[Facts], tables: set[str]) -> Iterator[str]:
    """The views about these tables, and all that views and triggers about them are about, in lower case."""
    names = {table.casefold() for table in tables}
    for made in _made(loaded):
        if made.kind in (VIEW, TRIGGER):
            reads = {*read_tables(made), table_of(made) if made.kind == TRIGGER else ""} - {""}
            if reads & names:
                yield from reads
                yield made.name.casefold()


def indexes_of(loaded: Sequence[Facts], tables: set[str]) -> Iterator[str]:
    """The names of indexes that a copy of these tables may lose, and of full-text tables."""
    for event in (event for directions in loaded for event in events_of(directions)):
        if event.table.name in tables:
            yield from (index.name for index in event.indexes if index.sql)
    yield from (made.name for made in _made(loaded) if made.kind in (INDEX, SEARCH))


def tables_renamed_in(own: Facts, mentioning: Callable[[str], Iterable[Facts]]) -> Iterator[str]:
    """The tables of what raw SQL of a script gives another name; ``mentioning`` gives others by a word.

    An index may have had other names before.
    """
    changes = [change for event in events_of(own) if (change := _change_of(event)) is not None]
    yield from (each.table for each in changes if each.table)
    pending = {each.old for each in changes}
    done: set[str] = set()
    while pending:
        name = pending.pop()
        done.add(name)
        for event in (event for directions in (own, *mentioning(name)) for event in events_of(directions)):
            change = _change_of(event)
            if change is not None and change.new == name:
                pending |= {change.old} - done
                if change.table:
                    yield change.table
            names = {*(each.name for each in event.indexes), *(each.name for each in event.constraints)}
            if name in names - {None, UNKNOWN} and event.table.name != UNKNOWN:
                yield event.table.name


def _change_of(event: Event) -> NameChange | None:
    return renamed_by(event.name or "") if event.action == facts.EXECUTE else None


def _made(loaded: Iterable[Facts]) -> Iterator[SchemaObject]:
    for event in (event for directions in loaded for event in events_of(directions)):
        made = read_object(event.name or "") if event.action == facts.EXECUTE else None
        if made is not None and made.text is not None:
            yield made


def _stem(name: str) -> str:
    return name.rstrip("0123456789")


def base_names(constraint: Constraint, table: Table) -> set[str]:
    """The name that PostgreSQL gives a nameless constraint as long as it is not taken."""
    shape = shape_of(constraint, table)
    return set() if shape is None or constraint.name is not None else {postgresql_name(shape)}
