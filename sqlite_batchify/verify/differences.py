"""In which ways two schemas differ, in words. Spelling, the order of constraints and the like do not count."""

from __future__ import annotations

from collections.abc import Iterator

from .declared import reflected, spelled
from .schema import Column, Schema, Table
from .sql import Constraint

_MOST = 4


def describe(before: Schema, after: Schema) -> str:
    """The differences from ``before`` to ``after`` in one line, ``""`` if there are none."""
    found = list(_between(before, after))
    text = "; ".join(found[:_MOST])
    return f"{text}; and {len(found) - _MOST} more" if len(found) > _MOST else text


def _between(before: Schema, after: Schema) -> Iterator[str]:
    unknown = {*before.virtual, *after.virtual}
    yield from _names("table", before.tables.keys() - unknown, after.tables.keys() - unknown)
    yield from _names("view", set(before.views), set(after.views))
    yield from _names("trigger", set(before.triggers), set(after.triggers))
    for name in sorted(before.tables.keys() & after.tables.keys()):
        if before.tables[name] is not after.tables[name]:
            yield from _of_table(before.tables[name], after.tables[name])


def _of_table(before: Table, after: Table) -> Iterator[str]:
    old = {column.name.lower(): column for column in before.columns}
    new = {column.name.lower(): column for column in after.columns}
    yield from _names(f"column of {before.name}", set(old), set(new))
    for name in sorted(old.keys() & new.keys()):
        yield from _of_column(f"{before.name}.{name}", old[name], new[name])
    indexes = ({index.name.lower() for index in table.indexes} for table in (before, after))
    yield from _names("index", *indexes)
    keys = ({f"{', '.join(k.columns)} to {k.table}" for k in table.foreign_keys} for table in (before, after))
    yield from _names(f"foreign key of {before.name}", *keys)
    for kind in ("unique", "check"):
        texts = ({_text(each) for each in table.constraints if each.kind == kind} for table in (before, after))
        yield from _names(f"{kind} of {before.name}", *texts)


def _of_column(place: str, old: Column, new: Column) -> Iterator[str]:
    if spelled(new.type) not in (spelled(old.type), reflected(old.type)):
        yield f"{place} is {new.type} instead of {old.type}"
    if old.not_null != new.not_null and not (old.key or new.key):
        yield f"{place} is {'NOT NULL' if new.not_null else 'nullable'}"
    if _default(old.default) != _default(new.default):
        yield f"{place} has {_of_default(new.default)} instead of {_of_default(old.default)}"


def _of_default(default: str | None) -> str:
    return "no default" if default is None else f"default {default}"


def _default(default: str | None) -> str | None:
    return None if default is None else default.strip("()'\" ").lower()


def _text(constraint: Constraint) -> str:
    return f"({constraint.text or ', '.join(sorted(constraint.columns))})"


def _names(what: str, old: set[str], new: set[str]) -> Iterator[str]:
    for name in sorted(old - new):
        yield f"{what} {name} is missing"
    for name in sorted(new - old):
        yield f"{what} {name} is still there"
