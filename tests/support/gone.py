"""What is gone between two looks at a database though nobody has asked for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .asked import Asked, Made, OfTable
from .looks import NO_KEY, Look, Part, Table

_REBUILDING = ("drop", "alter", "create")


def gone(before: Look, after: Look, asked: Asked) -> list[str]:
    """One line for each loss."""
    return list(dict.fromkeys(_gone(before, after, asked)))


def _gone(before: Look, after: Look, asked: Asked) -> Iterator[str]:
    yield from asked.failed
    for name in after.leftovers:
        if name not in before.tables:
            yield f"{name} is left behind"
    for name in sorted({*before.views, *before.virtual} - {*after.views, *after.virtual}):
        if not asked.says(name) and name not in asked.dropped:
            yield f"view or virtual table {name} is gone"
    names = {**asked.renamed, **{old: new for each in asked.tables.values() for old, new in each.renamed.items()}}
    for name, text in before.views.items():
        said = after.views.get(name, text)
        if said != text and not asked.says(name) and said != tuple(names.get(each, each) for each in text):
            yield f"view {name} says something else: {' '.join(said)}"
    for (name, statement), error in after.broken.items():
        created = name in after.views and name not in before.views
        if (name, statement) not in before.broken and not created:
            yield f"{statement} fails: {error}"
    yield from _of_references(before, after, asked)
    for name, table in before.tables.items():
        if name in asked.dropped or name in before.leftovers:
            continue
        now = after.tables.get(asked.renamed.get(name, name))
        if now is None:
            if not asked.says(name):
                yield f"table {name} is gone"
        elif not _rebuilt(asked, name):
            yield from _of_table(table, now, asked, asked.tables.get(name, OfTable()), before)
    for made in asked.made:
        now = after.tables.get(asked.renamed.get(made.table, made.table))
        of = asked.tables.get(made.table, OfTable())
        if now and not made.columns & of.dropped and not _is_there(made, now, of):
            columns = ", ".join(sorted(made.columns))
            yield f"{now.name}: {made.kind} {made.name} ({columns}) was asked for and is not there"


def _is_there(made: Made, now: Table, of: OfTable) -> bool:
    if made.kind == "index":
        found = [part for part in now.parts if part.kind == "index" and part.name == made.name]
        return bool(found) and (not made.where or "where" in found[0].text)
    columns = frozenset(map(of.final, made.columns))
    kinds = ("unique", "index") if made.kind == "unique" else (made.kind,)
    return any(part.kind in kinds and part.columns == columns for part in now.parts)


def _of_references(before: Look, after: Look, asked: Asked) -> Iterator[str]:
    """Rows that refer to none. A new key says nothing: the rows were not made for it."""
    for (child, parent, columns), count in after.violations.items():
        origin = asked.origin(child)
        if origin not in before.tables or _written(asked, child, parent):
            continue
        of = asked.tables.get(origin, OfTable())
        known = frozenset(map(of.origin, columns))
        keys = [part for part in before.tables[origin].parts if part.kind == "foreign key"]
        was_there = any(part.columns == known and part.text[0] == asked.origin(parent) for part in keys)
        held = before.violations.get((origin, asked.origin(parent), known), 0)
        if count > held and (was_there or (parent == NO_KEY and keys)):
            yield f"{child} refers to rows of {parent} that are gone"


def _written(asked: Asked, *names: str) -> bool:
    """Whether a statement of the script's own changes rows of one of these tables."""
    return any(asked.says(each) for each in names)


def _rebuilt(asked: Asked, name: str) -> bool:
    """Whether the script's own statements have dropped, made or altered the table."""
    return any(text[0] in _REBUILDING and text[1:2] == ("table",) and name in text for text in asked.statements)


def _of_table(before: Table, now: Table, asked: Asked, of: OfTable, look: Look) -> Iterator[str]:
    where = before.name
    columns = {each: of.renamed.get(each, each) for each in before.columns if each not in of.dropped}
    for old, new in columns.items():
        if new not in now.columns:
            yield f"{where}.{old} is gone"
    columns = {old: new for old, new in columns.items() if new in now.columns}
    names = {**asked.renamed, **{old: new for each in asked.tables.values() for old, new in each.renamed.items()}}
    names.update(of.renamed)
    kept = {(part.kind, part.columns, part.text) for part in now.parts}
    named = {(part.kind, part.name) for part in now.parts if part.name}
    for part in before.parts:
        forms = {part, part.renamed(of.renamed, names), part.renamed(of.renamed, {})}
        keys = {(each.kind, each.columns, each.text) for each in forms} & kept
        is_there = (part.kind, part.name) in named if part.name else bool(keys)
        is_there = is_there and bool(keys)
        if not is_there and not _asked_for(part, asked, of):
            yield f"{where}: {part} {' '.join(part.text)} is gone"
    yield from _of_types(before, now, of, columns)
    order = [old for old in before.columns if old in columns]
    place = {name: number for number, name in enumerate(now.columns)}
    places = [place[columns[old]] for old in order]
    if not of.placed and places != list(range(len(places))):
        yield f"{where}: the columns are in another order"
    known = set(columns.values())
    if not of.placed and any(each in known for each in list(now.columns)[len(known) :]):
        yield f"{where}: new columns stand before those that were there"
    for column, value in before.fresh.items():
        new = columns.get(column, "")
        asks = column in of.defaults | of.types
        if now.fresh and not asks and new in now.columns and repr(now.fresh.get(new)) != repr(value):
            yield f"{where}.{column}: the default {value!r} has become {now.fresh.get(new)!r}"
    if now.sequence < before.sequence and _has(now, "autoincrement"):
        yield f"{where}: its sequence begins again"
    leaning = [each for each in look.leaning_on(before.name) if not asked.says(each)]
    if before.rowids != now.rowids and leaning and not _written(asked, before.name.lower()):
        yield f"{where}: its rowids have changed"
    yield from _of_rows(before, now, asked, of, columns)


def _has(table: Table, kind: str) -> bool:
    return any(part.kind == kind for part in table.parts)


def _asked_for(part: Part, asked: Asked, of: OfTable) -> bool:
    if part.columns & of.dropped or (part.name and (part.name in asked.indexes or asked.says(part.name))):
        return True
    if part.kind == "not null":
        return bool(part.columns & of.nullable) or of.primary_key or of.constraints["primary"] > 0
    if part.kind == "default":
        return bool(part.columns & (of.defaults | of.types))
    if part.kind == "collate" and part.columns & of.types:
        return True  # PostgreSQL sets it back as well
    if part.kind in ("primary key", "autoincrement"):
        return of.primary_key or of.constraints["primary"] > 0
    if part.kind == "check" and part.columns & of.checked_types:
        return True
    return _dropped(part.kind, of)


def _dropped(kind: str, of: OfTable) -> bool:
    """Whether one more of this kind has been dropped, or one of which the kind is not told."""
    told = {"foreign key": "foreignkey"}.get(kind, kind.split()[0])
    for each in (told, "None") if told in ("foreignkey", "unique", "check") else ():
        if of.constraints[each] > 0:
            of.constraints[each] -= 1
            return True
    return False


def _of_types(before: Table, now: Table, of: OfTable, columns: dict[str, str]) -> Iterator[str]:
    for old, new in columns.items():
        was, became = before.columns[old], now.columns[new]
        unknown = became.upper() == "NUMERIC" and not was.upper().startswith(("NUM", "DEC"))
        if old not in of.types and (unknown or affinity(was) != affinity(became)):
            yield f"{before.name}.{old}: the type {was or '(none)'} has become {became or '(none)'}"


def affinity(declared: str) -> str:
    """https://sqlite.org/datatype3.html#determination_of_column_affinity"""
    kind = declared.upper()
    if "INT" in kind:
        return "integer"
    if any(part in kind for part in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if "BLOB" in kind or not kind:
        return "blob"
    return "real" if any(part in kind for part in ("REAL", "FLOA", "DOUB")) else "numeric"


def _of_rows(before: Table, now: Table, asked: Asked, of: OfTable, columns: dict[str, str]) -> Iterator[str]:
    """What a statement of the script's own deletes or sets is left out; where it inserts, all of it."""
    names = {before.name.lower(), now.name.lower()}
    own = [text for text in asked.statements if names & set(text)]
    if any(text[0] not in ("update", "delete") for text in own):
        return
    deleted = any(text[0] == "delete" for text in own)
    if len(now.rows) < len(before.rows) and not deleted:
        yield f"{before.name}: {len(before.rows)} rows have become {len(now.rows)}"
        return
    said = {word for text in own if text[0] == "update" for word in text}
    plain = {old: new for old, new in columns.items() if old not in of.types and not {old, new} & said}
    known = Counter(tuple(_shown(row[old]) for old in plain) for row in before.rows)
    found = Counter(tuple(_shown(row[new]) for new in plain.values()) for row in now.rows)
    missing = found - known if deleted else known - found
    if missing:
        yield f"{before.name}: {dict(zip(plain, next(iter(missing)), strict=True))} is gone"
    for old in of.types & columns.keys():
        for one, other in _pairs(before, now):
            value = other[columns[old]]
            if not _same(one[old], value) and (old not in said or value == _cast(one[old])):
                yield f"{before.name}.{old}: {one[old]!r} has become {other[columns[old]]!r}"
                break


def _cast(value: Any) -> Any:
    """What CAST makes of a text: the number that it begins with (https://sqlite.org/lang_expr.html#castexpr)."""
    number = re.match(r"\s*[-+]?\d+(?:\.\d+)?", value) if isinstance(value, str) else None
    return float(number[0]) if number else 0


def _pairs(before: Table, now: Table) -> Iterator[tuple[Any, Any]]:
    """The rows that are the same, by their rowids, or else by their order if none is gone."""
    if before.rowids and not now.numbered:
        kept = dict(zip(now.rowids, now.rows, strict=True))
        yield from ((row, kept[key]) for key, row in zip(before.rowids, before.rows, strict=True) if key in kept)
    elif len(before.rows) == len(now.rows):
        yield from zip(before.rows, now.rows, strict=True)


def _shown(value: Any) -> str:
    return repr(value)


def _same(*pair: Any) -> bool:
    """Whether a value still says what it said, in whatever type."""
    before, after = (each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else each for each in pair)
    if before == after or str(before) == str(after):
        return True
    try:
        return float(before) == float(after)
    except (TypeError, ValueError):
        return False
