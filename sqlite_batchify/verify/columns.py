"""What a copy took from the columns of a table: types, defaults, NOT NULL, collations, the key, their order. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .. import findings
from ..planning.edits import DIVIDE, Edit, Remedy, joined
from .asked import Asked
from .declared import is_lost
from .mending import COLUMN, Found
from .schema import Column, Table
from .sql import Constraint
from .written import write_string


def lost_of_columns(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    """What is gone from columns that are still there."""
    if before.columns == after.columns:
        return
    for column in before.columns:
        then = after.column(asked.now(column.name))
        if then is not None and not column.generated and column.name.lower() not in asked.dropped | asked.added:
            yield from _changed(before.name, column, then, asked)
    yield from _lost_key(before, after, asked)
    yield from _moved(before, after, asked)


def _changed(table: str, column: Column, then: Column, asked: Asked) -> Iterator[Found]:
    name = column.name.lower()
    values = {"table": table, "column": then.name}
    if name not in asked.retyped:
        if column.collation and not then.collation:
            lost = {**values, "collation": column.collation.upper()}
            yield Found(findings.COLLATION_LOST, lost, COLUMN, name)
        if column.type != then.type and is_lost(column.type, then.type):
            lost = {**values, "before": column.type or "no type", "after": then.type or "no type"}
            yield Found(findings.TYPE_LOST, lost, COLUMN, name)
    if name not in asked.defaults and _bare(column.default) != _bare(then.default):
        lost = {**values, "before": _told(column.default), "after": _told(then.default)}
        yield Found(findings.DEFAULT_CHANGED, lost, COLUMN, name)
    if name not in asked.nullable and column.not_null and not (then.not_null or column.key or then.key):
        yield Found(findings.NOT_NULL_LOST, values, COLUMN, name)


def _bare(default: str | None) -> str | None:
    """A default without the parentheses around it."""
    while default is not None and default.startswith("(") and _closes(default) == len(default) - 1:
        default = default[1:-1].strip()
    return default


def _closes(text: str) -> int:
    """Where the first parenthesis ends, -1 if a text is in the way of saying it."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character in "'\"":
            return -1
        if depth == 0:
            return position
    return -1


def _told(default: str | None) -> str:
    return "none" if default is None else default


def _lost_key(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    keyed = [column.name for column in before.columns if column.key and column.name.lower() not in asked.dropped]
    there = {column.name.lower() for column in after.columns if column.key}
    key = next((each for each in before.constraints if each.kind == "primary key"), Constraint("primary key", None))
    if asked.changes_key() or asked.may_have_ended(key.name) or {asked.now(name) for name in keyed} <= there:
        return
    values = {"table": before.name, "columns": ", ".join(keyed)}
    yield from (Found(findings.KEY_LOST, values, COLUMN, name.lower()) for name in keyed[:1])


def lost_conflict_clauses(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    """ON CONFLICT of NOT NULL and PRIMARY KEY; that of UNIQUE is looked for with the constraint."""
    clauses = [each for each in before.constraints if each.on_conflict and each.kind in ("not null", "primary key")]
    if not clauses:
        return
    there = {(each.kind, each.columns, each.on_conflict) for each in after.constraints if each.on_conflict}
    for each in clauses:
        columns = tuple(asked.now(name) for name in each.columns)
        meant = asked.changes_key() or asked.may_have_ended(each.name) if each.kind == "primary key" else False
        meant |= not asked.dropped.isdisjoint(each.columns) or not asked.nullable.keys().isdisjoint(each.columns)
        if not meant and (each.kind, columns, each.on_conflict) not in there:
            what = f"NOT NULL of {columns[0]}" if each.kind == "not null" else f"PRIMARY KEY ({', '.join(columns)})"
            values = {"table": before.name, "what": what, "action": each.on_conflict}
            yield Found(findings.ON_CONFLICT_LOST, values, COLUMN, each.columns[0])


def _moved(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    if asked.arranged or asked.copies_from:
        return
    stays = [asked.now(column.name) for column in before.columns if column.name.lower() not in asked.dropped]
    new = [name.lower() for adds, name, _ in asked.moves if adds]
    last = [name for place, name in enumerate(new) if name not in new[place + 1 :]]
    expected = [name for name in dict.fromkeys((*stays, *last)) if after.column(name) is not None]
    found = [column.name.lower() for column in after.columns if column.name.lower() in expected]
    if found != [name for name in expected if name in found]:
        values = {"table": before.name, "after": ", ".join(found), "before": ", ".join(expected)}
        values["where"] = joined(*_cuts(before, asked), by=" and at ") or "each of its operations"
        yield Found(findings.COLUMNS_MOVED, values)


def _cuts(before: Table, asked: Asked) -> Iterator[str]:
    """Where a block has to be divided: at the drop of a column behind which one was added."""
    there = [column.name.lower() for column in before.columns]
    anchors: set[str] = set()
    for adds, name, line in asked.moves:
        if adds and there:
            anchors.add(there[-1])
        elif not adds and name.lower() in anchors:
            yield Remedy(f"{asked.variable}.drop_column({write_string(name)})", Edit(DIVIDE, line=line))
            there += [added.lower() for is_new, added, _ in asked.moves if is_new]
            anchors.clear()
        if not adds and name.lower() in there:
            there.remove(name.lower())
