"""What becomes of columns, CHECKs and AUTOINCREMENT on SQLite, where an operation copies its table or may.

An operation outside of a block is taken for one that the program puts into a block that loses nothing which can be
told; one in a block for what that says.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..names import CHECK, FOREIGN_KEY, UNKNOWN
from ..reading import events as facts
from ..reading.events import Event, Given
from ..reading.kinds import SA
from ..reading.sql.engine import tables_touched, with_renamed
from ..reading.whole import Whole
from .before import changes_key, check_sql, children_of, read_before, told_checks
from .passing import COPYING, Pass
from .state import State
from .tables import COLUMN, TableState

_INDEXES = frozenset({facts.CREATE_INDEX, facts.DROP_INDEX})
_RAW = re.compile(r"(?i)\b(?:ALTER|CREATE|DROP)\s+(?:TEMP\s+|TEMPORARY\s+)?TABLE\b|\bwritable_schema\b")
_KEYS = re.compile(r"(?i)\bPRAGMA\s+(?:main\s*\.\s*)?foreign_keys\s*[=(]\s*'?(\w+)")
_OFF = frozenset({"off", "0", "false", "no"})
_UPDATE = re.compile(r"(?i)\bUPDATE\b")
_WORDS = re.compile(r"\w+")


def follow(around: Pass, event: Event, step: Callable[[Event], None]) -> None:
    """Take a step, and note what is known of the table before and after."""
    state = around.state
    if event.elsewhere:
        step(event)
        return
    if event.action not in COPYING:
        step(event)
        _follow_table(around, event)
        return
    table = around.table(event)
    block = event.block
    if block is not None and block.place != table.block:
        _enter(state, table, block.given)
    state.mark(table, block=None if block is None else block.place)
    before = read_before(event, table, state.is_sure(table), around.updated)
    if around.keys is not False:
        children = children_of(state.referring(table, event.arms, own=True))
        before = before._replace(children=children, enforced=around.keys is True)
    changes = changes_key(event, table)
    step(event)
    if before.says_something:
        around.note_before(event, before._replace(remaining=tuple(told_checks(table, event.arms))))
    elif before.changed or before.key:
        around.note_before(event, before)
    _follow_column(state, table, event)
    if event.action not in _INDEXES:
        _follow_copy(state, table, event, changes)
    state.put(table.scripts, around.script, None)


def _follow_table(around: Pass, event: Event) -> None:
    state = around.state
    if event.action == facts.EXECUTE:
        words = tables_touched(event.name or "") if _RAW.search(event.name or "") else ()
        around.keys = _keys_after(event.name or "", around.keys)
        around.updated.update(each.casefold() for each in _words_of_updates(event.name or ""))
        for each in [found for word in words for found in state.in_any_case(word)]:
            state.mark(each, doubtful=True)
        return
    renamed = event.action == facts.RENAME_TABLE
    table = state.tables.get(event.table._replace(name=event.new) if renamed else event.table)
    if table is None:
        return
    if event.action == facts.CREATE_TABLE:
        state.mark(table, autoincrement=event.autoincrement)
        for column in event.columns:
            state.put(table.wholes, column.name, column.whole)
    elif not event.certain:
        state.mark(table, doubtful=True)
    state.put(table.scripts, around.script, None)


def _keys_after(sql: str, keys: bool | None) -> bool | None:
    """Whether foreign keys are on after some SQL, None if that is up to the project; ``keys`` is the same before.

    What turns them on again may be too late, within a transaction: that is as the project has it.
    """
    said = _KEYS.search(sql)
    if said is None:
        return keys
    if said[1].lower() in _OFF:
        return False
    return None if keys is False else True


def _words_of_updates(sql: str) -> set[str]:
    return set(_WORDS.findall(sql)) if _UPDATE.search(sql) else set()


def _enter(state: State, table: TableState, given: Given | None) -> None:
    """A block opens, which may say itself what is in the copy."""
    if given is None:
        state.mark(table, doubtful=True)
        return
    for name, whole in given.columns:
        if name in table.wholes:
            state.put(table.wholes, name, whole)


def _follow_column(state: State, table: TableState, event: Event) -> None:
    name = event.name or UNKNOWN
    if event.action not in (facts.ADD_COLUMN, facts.ALTER_COLUMN, facts.DROP_COLUMN, facts.RENAME_COLUMN):
        return
    if name == UNKNOWN or (event.action == facts.RENAME_COLUMN and event.new == UNKNOWN):
        state.mark(table, doubtful=True)
        return
    whole: Whole | None = table.wholes.get(name)
    said = event.columns[0].whole if event.columns else Whole()
    if not event.certain:
        state.put(table.wholes, name, None)
        if event.action == facts.RENAME_COLUMN:
            state.put(table.wholes, event.new, None)
    elif event.action == facts.ADD_COLUMN:
        state.put(table.wholes, name, said)
        if event.inline and any(each.kind == FOREIGN_KEY and each.options for each in event.constraints):
            state.put(table.inline, name, None)
    elif event.action == facts.ALTER_COLUMN:
        state.put(table.wholes, name, None if whole is None else whole.altered(said))
    else:
        state.put(table.wholes, name)
        inline = name in table.inline
        state.put(table.inline, name)
        if event.action == facts.RENAME_COLUMN:
            state.put(table.wholes, event.new, None if whole is None else whole.altered(said))
            if inline:
                state.put(table.inline, event.new, None)
            _rename_in_checks(state, table, event)


def _rename_in_checks(state: State, table: TableState, event: Event) -> None:
    """SQLite writes the new name into the SQL of a CHECK."""
    for known in list(table.find(COLUMN, event.new, event.arms, CHECK)):
        if known.condition is not None:
            state.alter_condition(known, with_renamed(known.condition, event.name or UNKNOWN, event.new))


def _follow_copy(state: State, table: TableState, event: Event, changes: bool) -> None:
    """What the copy of a table loses, or may."""
    given = None if event.block is None else event.block.given
    if changes and table.autoincrement:
        state.mark(table, autoincrement=None)
    copies = is_copied(event)
    surely = copies is True and event.certain
    if copies is False or (event.block is None and not table.copied):
        return
    if event.block is None:
        lost = [each for each in table.fragile if check_sql(each) is None] if table.copied else []
    else:
        kept = frozenset() if given is None else given.checks
        lost = [each for each in table.fragile if check_sql(each) not in kept] if table.copied else []
        named = frozenset() if given is None else frozenset(name for name, _ in given.columns)
        if table.autoincrement and not (given is not None and given.autoincrement):
            state.mark(table, autoincrement=False if surely else None)
        for name, whole in list(table.wholes.items()):
            if whole is not None and whole.suffers and name not in named:
                state.put(table.wholes, name, whole.copied() if surely else None)
    if surely:
        for name in list(table.inline):
            state.put(table.inline, name)
    for each in lost:
        state.put(table.losing, each, None)


def is_copied(event: Event) -> bool | None:
    """Whether a block with this operation copies its table on SQLite, None if that depends."""
    if event.action != facts.ADD_COLUMN:
        return event.action not in _INDEXES
    if any(each.by_operation(event.inline) for each in event.constraints):
        return True
    plain = all(each.whole.plain and not (each.whole.default or "").startswith(SA) for each in event.columns)
    return False if plain and all(each.name != UNKNOWN for each in event.columns) else None
