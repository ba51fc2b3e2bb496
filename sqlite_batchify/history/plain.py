"""Which columns SQLite drops by itself, and what else bears on a column that goes or gets another name.

SQLite's DROP COLUMN leaves all rows where they are, but refuses a column that is a key, unique or indexed, or that
something else of the schema mentions (https://sqlite.org/lang_altertable.html#alter_table_drop_column). A doubt about
an index, a view or a trigger is none here: where one is in the way of DROP COLUMN, it is in the way of a copy as well,
or the copy loses it without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..names import CHECK, PRIMARY_KEY, UNKNOWN, Shape
from ..reading.events import Arms, Constraint, Event
from ..reading.sql.conditions import columns_in
from .answers import NewName, OfColumn
from .objects import find_watching
from .state import State
from .tables import COLUMN, MENTION, Known, TableState

_WORD = re.compile(r"\w+")
_LONGEST = 2_000  # characters of a condition
_NONE: frozenset[str] = frozenset()


def mentioned(constraint: Constraint, shape: Shape | None) -> frozenset[str] | None:
    """The columns that a constraint mentions or may mention, in lower case; None if that cannot be told.

    ``shape`` is what is known of it. The condition that stands at a column may be about others as well.
    """
    known = constraint.columns if shape is None else shape.columns
    told = None if known is None or UNKNOWN in known else frozenset(each.casefold() for each in known)
    if constraint.condition is None or (told is not None and constraint.columns is None):
        return told
    if len(constraint.condition) > _LONGEST:
        return None
    return frozenset(each.casefold() for each in _WORD.findall(constraint.condition)) | (told or _NONE)


def checks_about(table: TableState, column: str, arms: Arms) -> Iterator[Known]:
    """The CHECKs that are about a column, though they stand at another one."""
    for each in list(table.find(MENTION, column.casefold(), arms, CHECK)):
        columns = columns_in(each.condition or "") if column not in each.columns else None
        if column.casefold() in map(str.casefold, columns or ()):
            yield each


def of_dropped(state: State, table: TableState, event: Event, started: int) -> OfColumn:
    """What there is to say of a column that is dropped; ``started`` is when the direction of its script began."""
    name = event.name or UNKNOWN
    number, column = table.columns.get(name, (0, None))
    if column is None or not column.clear or number < table.clouded or table.schema not in (None, "main"):
        return OfColumn()
    return OfColumn(_is_plain(state, table, event, name), _is_before_others(table, number, started))


def of_renamed(state: State, table: TableState, event: Event) -> OfColumn:
    """What there is to say of a column that gets another name."""
    if event.name == event.new:  # a block may say it where SQLite has it already
        return OfColumn()
    found = [each for each in state.referring(table, event.arms) if not each.elsewhere]
    refers = [each for each in found if _refers(each, table, event.name or UNKNOWN)]
    names = NewName(event.table.name, event.name or UNKNOWN, event.new)
    return OfColumn(
        referring=tuple(dict.fromkeys(each.table.name for each in refers)), renamed=None if UNKNOWN in names else names
    )


def _refers(key: Known, table: TableState, column: str) -> bool:
    """Whether a foreign key that refers to the table is about this column; without columns it is about its key."""
    columns = () if key.form is None else key.form.referred_columns
    return column in columns or (not columns and any(table.find(COLUMN, column, (), PRIMARY_KEY)))


def _is_plain(state: State, table: TableState, event: Event, name: str) -> bool:
    mentioning = table.find(MENTION, name.casefold(), event.arms)
    if not all(each.elsewhere for each in mentioning) or any(table.find_indexes(COLUMN, name, event.arms)):
        return False
    return not any(_looking(state, event, name.casefold()))


def _looking(state: State, event: Event, name: str) -> Iterator[bool]:
    """Whether views and triggers about the table may mention the column."""
    for several in find_watching(state.objects, event.table.name.casefold()):
        yield from (each.changed or each.says(name) for each in several)


def _is_before_others(table: TableState, number: int, started: int) -> bool | None:
    """Whether a column stands behind this one that was there before; None if one may."""
    unclear = False
    for other, column in reversed(table.columns.values()):
        if other <= number:
            if table.ordered:
                break
        elif column.clear and other < max(started, table.begun):
            return True
        else:
            unclear = unclear or not column.clear
    return None if unclear else False
