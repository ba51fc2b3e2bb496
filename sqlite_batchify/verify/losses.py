"""What a block took from a table though none of its operations asked for it, and what was asked for and is not there.

Pure: pictures of the table before and after, and what was asked, go in; (code, values for its message) comes out. What
a copied table loses is told in Alembic's documentation (https://alembic.sqlalchemy.org/en/latest/batch.html).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .. import findings
from .asked import Asked
from .columns import lost_conflict_clauses, lost_of_columns
from .mending import (
    COLUMN,
    IN_BLOCK,
    REFLECTED,
    TABLE_ARGS,
    TABLE_KWARGS,
    Found,
    Loss,
    keep_sequence,
    run_behind,
    tell_losses,
)
from .schema import ForeignKey, Index, Schema, Table
from .sql import Constraint, normalise, renamed_tokens, spaced, tokens, unquote
from .written import (
    ON_SQLITE,
    make_check_again,
    make_unique_again,
    write_check,
    write_execute,
    write_foreign_key,
    write_string,
    write_unique,
)


def find_losses(before: Table, after: Table, asked: Asked) -> list[Loss]:
    """What is gone from the table itself, and how the block keeps it."""
    return tell_losses(before, after, asked, list(_find(before, after, asked)))


def _find(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    table = before.name
    if after.name != table and after.name == asked.table:
        yield Found(findings.TABLE_RENAMED, {"table": table, "named": after.name})
    if before.autoincrement and not after.autoincrement and not asked.changes_key():
        values = {"table": table, "sequence": keep_sequence(table)}
        yield Found(findings.AUTOINCREMENT_LOST, values, TABLE_KWARGS, '"sqlite_autoincrement": True')
    if before.strict and not after.strict:
        values = {"table": table, "what": "STRICT"}
        yield Found(findings.OPTION_LOST, values, TABLE_KWARGS, '"sqlite_strict": True')
    if before.without_rowid and not after.without_rowid:
        values = {"table": table, "what": "WITHOUT ROWID"}
        yield Found(findings.OPTION_LOST, values, TABLE_KWARGS, '"sqlite_with_rowid": False')
    yield from lost_of_columns(before, after, asked)
    yield from lost_conflict_clauses(before, after, asked)
    yield from _lost_constraints(before, after, asked)
    yield from _lost_foreign_keys(before, after, asked)
    yield from _lost_indexes(before, after, asked)


def find_doubles(before: Table, after: Table) -> Iterator[Loss]:
    """The named constraints that are there twice now: batch mode copies them, whatever the block gives besides."""
    then, now = (Counter(each.name.lower() for each in table.constraints if each.name) for table in (before, after))
    for each in after.constraints:
        if each.name and now[each.name.lower()] > max(1, then[each.name.lower()]):
            now[each.name.lower()] = 1
            yield findings.MADE_TWICE, {"table": after.name, "what": f"{each.kind.upper()} {each.name}"}


def find_lost_triggers(before: Schema, after: Schema, table: str) -> Iterator[Loss]:
    """The triggers on the table that are gone."""
    for name, (owner, text) in before.triggers.items():
        if name not in after.triggers and owner.lower() == table.lower():
            values = {"table": table, "trigger": name, "again": run_behind(write_execute(text))}
            yield findings.TRIGGER_LOST, values


def find_missing(after: Table, asked: Asked) -> Iterator[Loss]:
    """What was asked for and is not there, although nothing failed."""
    for column in sorted(asked.added - asked.dropped):
        if after.column(asked.now(column)) is None:
            yield _missing(after, f"column {column}")
    for column in sorted(asked.dropped - asked.added - set(asked.renamed.values())):
        if after.column(column) is not None:
            yield _missing(after, f"column {column} dropped")
    for column in asked.renamed.values():
        if after.column(column) is None:
            yield _missing(after, f"column {column}")
    for name, nullable in asked.nullable.items():
        found = after.column(asked.now(name))
        if found is not None and found.not_null is nullable and not found.key:
            yield _missing(after, f"column {name} {'NULL' if nullable else 'NOT NULL'}")
    for name, has_default in asked.defaults.items():
        found = after.column(asked.now(name))
        if found is not None and (found.default is not None) is not has_default:
            yield _missing(after, f"column {name} {'with a' if has_default else 'without'} default")
    there = _things(after) if asked.made else frozenset()
    for kind, made_name, columns in asked.made:
        if not asked.dropped.isdisjoint(columns):
            continue  # it goes with the column
        wanted = tuple(asked.now(column) for column in columns)
        if (made_name or "").lower() not in asked.ended and there.isdisjoint(_signs(kind, made_name, wanted)):
            yield _missing(after, f"{kind} {made_name or ''}({', '.join(wanted)})", wanted, made_name)


def _missing(table: Table, what: str, named: Iterable[str] = (), made: str | None = None) -> Loss:
    """``named`` are the columns it needs, ``made`` the name that it should have."""
    values = {"table": table.name, "what": what, "named": " ".join(named), "made": (made or "").lower()}
    return findings.NOT_THERE, values


def _signs(kind: str, name: str | None, columns: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """What tells that an index or a constraint is there, each by itself: its name, or its columns."""
    if kind in ("index", "unique", "check") and name is not None:
        yield kind, name.lower()
    if kind in ("unique", "primary key"):
        yield kind, frozenset(columns)
    if kind == "foreign key":
        yield kind, columns


def _things(table: Table) -> frozenset[tuple[str, object]]:
    """The signs of all that a table has."""
    found = {sign for each in table.constraints for sign in _signs(each.kind, each.name, each.columns)}
    found.update(("index", index.name.lower()) for index in table.indexes)
    found.update(("foreign key", key.columns) for key in table.foreign_keys)
    found.add(("primary key", frozenset(column.name.lower() for column in table.columns if column.key)))
    return frozenset(found)


def _lost_constraints(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    remaining = Counter(_identity(constraint, Asked()) for constraint in after.constraints)
    kept: set[tuple[str, tuple[str, ...], str, str]] = set()
    unknown = asked.ended_checks - _names(before)
    ends = {"unique": asked.dropped, "check": asked.dropped | asked.retyped}
    for constraint in before.constraints:
        if constraint.kind not in ends:
            continue
        if (constraint.name or "").lower() in asked.ended and constraint.name:
            continue
        if not ends[constraint.kind].isdisjoint(_columns_of(constraint, before)):
            continue
        identity = _identity(constraint, asked)
        if remaining[identity] or identity in kept:  # a copy makes one of several that say the same
            remaining[identity] -= 1
            kept.add(identity)
            continue
        without_action = (*identity[:3], "")
        values = {"table": before.name, "columns": ", ".join(constraint.columns)}
        if constraint.kind == "check" and constraint.name is None and unknown:
            continue  # dropped through the block's naming convention
        if constraint.kind == "check":
            yield _lost_check(constraint, values, after, asked)
        elif remaining[without_action]:
            values |= {"action": constraint.on_conflict, "what": f"UNIQUE ({values['columns']})"}
            again = make_unique_again(asked.variable, before, constraint) if constraint.name else ""
            place = (IN_BLOCK, again) if again else (REFLECTED, write_unique(before, constraint))
            yield Found(findings.ON_CONFLICT_LOST, values, *place)
        elif not _implicitly_dropped(constraint, asked):
            yield Found(findings.UNIQUE_LOST, values, TABLE_ARGS, write_unique(before, constraint))


def _lost_check(constraint: Constraint, values: dict[str, str], after: Table, asked: Asked) -> Found:
    """One that is there under its name, with another condition, has to be made again; another is given besides."""
    written = tokens(constraint.written)
    names = {old: now.name for old in asked.renamed if (now := after.column(asked.now(old))) is not None}
    condition = spaced(renamed_tokens(written, names))
    values |= {"text": spaced(written)}
    name = constraint.name
    if name is not None and name.lower() in _names(after):
        return Found(findings.CHECK_LOST, values, IN_BLOCK, make_check_again(asked.variable, name, condition))
    return Found(findings.CHECK_LOST, values, TABLE_ARGS, write_check(name, condition))


def _names(table: Table) -> set[str]:
    return {constraint.name.lower() for constraint in table.constraints if constraint.name}


def _implicitly_dropped(constraint: Constraint, asked: Asked) -> bool:
    """A nameless constraint may have been dropped through the block's naming convention."""
    return constraint.name is None and bool(asked.ended)


def _identity(constraint: Constraint, asked: Asked) -> tuple[str, tuple[str, ...], str, str]:
    columns = tuple(asked.now(column) for column in constraint.columns)
    text = constraint.text
    if asked.renamed:
        text = normalise(renamed_tokens(tokens(constraint.written), asked.renamed))
    return constraint.kind, columns, text, constraint.on_conflict


def _columns_of(constraint: Constraint, table: Table) -> set[str]:
    if constraint.kind != "check":
        return set(constraint.columns)
    words = {unquote(token).lower() for token in tokens(constraint.text)}
    return {word for word in words if table.column(word) is not None}


def _lost_foreign_keys(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    names, now = _names_of_keys(before), _by_columns(after.foreign_keys)
    for key in before.foreign_keys:
        if set(key.columns) & asked.dropped or _was_ended(names.get(key.columns, set()), asked):
            continue
        columns = tuple(asked.now(column) for column in key.columns)
        values = {"table": before.name, "columns": ", ".join(columns), "referred": key.table}
        same = now.get((columns, key.table))
        if not same:
            yield Found(findings.FOREIGN_KEY_LOST, values, REFLECTED, write_foreign_key(before, key))
        elif not any(_acts_like(each, key) for each in same) and not _made_again(columns, asked):
            yield Found(findings.ACTION_LOST, {**values, "action": _action(key, same[0])}, COLUMN, key.columns[0])


def _acts_like(key: ForeignKey, other: ForeignKey) -> bool:
    return _acts(key) == _acts(other)


def _acts(key: ForeignKey) -> tuple[str, str, str]:
    return (
        f"ON DELETE {key.on_delete}",
        f"ON UPDATE {key.on_update}",
        key.deferral.removesuffix(" INITIALLY IMMEDIATE"),
    )


def _action(key: ForeignKey, now: ForeignKey) -> str:
    """What a foreign key does that the one in its place does not."""
    return " ".join(was for was, became in zip(_acts(key), _acts(now), strict=True) if was and was != became)


def _by_columns(keys: Iterable[ForeignKey]) -> dict[tuple[tuple[str, ...], str], list[ForeignKey]]:
    """Foreign keys by their columns and the table that they refer to."""
    found: dict[tuple[tuple[str, ...], str], list[ForeignKey]] = {}
    for key in keys:
        found.setdefault((key.columns, key.table), []).append(key)
    return found


def _names_of_keys(table: Table) -> dict[tuple[str, ...], set[str | None]]:
    """The names of the foreign keys with the same columns."""
    found: dict[tuple[str, ...], set[str | None]] = {}
    for constraint in table.constraints:
        if constraint.kind == "foreign key":
            found.setdefault(constraint.columns, set()).add(constraint.name.lower() if constraint.name else None)
    return found


def _was_ended(names: set[str | None], asked: Asked) -> bool:
    return bool(names & asked.ended) or (None in names and bool(asked.ended))


def _made_again(columns: tuple[str, ...], asked: Asked) -> bool:
    return any(kind == "foreign key" and made == columns for kind, _, made in asked.made)


def _lost_indexes(before: Table, after: Table, asked: Asked) -> Iterator[Found]:
    now = {index.name.lower(): index for index in after.indexes}
    for index in before.indexes:
        if index.name.lower() in asked.ended or index.mentioned & asked.dropped:
            continue
        drop = f"op.drop_index({write_string(index.name)}, {write_string(before.name)})"
        again = write_execute(index.sql)
        values = {"table": before.name, "index": index.name, "again": run_behind(again)}
        then = now.get(index.name.lower())
        if then is None:
            expression = any(name is None for name, _, _ in index.columns)
            yield Found(findings.EXPRESSION_INDEX_LOST if expression else findings.INDEX_LOST, values)
        else:
            values["again"] = run_behind(again.replace(ON_SQLITE, f"{ON_SQLITE}{drop}; ", 1))
            yield from _changed_index(index, then, asked, values)


def _changed_index(index: Index, then: Index, asked: Asked, values: dict[str, str]) -> Iterator[Found]:
    if [descending for _, descending, _ in index.columns] != [descending for _, descending, _ in then.columns]:
        yield Found(findings.INDEX_CHANGED, {**values, "what": "DESC"})
    collations = [(asked.now(name or ""), collation) for name, _, collation in index.columns]
    if collations != [(name or "", collation) for name, _, collation in then.columns]:
        yield Found(findings.INDEX_CHANGED, {**values, "what": "COLLATE"})
    if index.where and normalise(renamed_tokens(tokens(index.where), asked.renamed)) != then.where:
        yield Found(findings.INDEX_CHANGED, {**values, "what": f"WHERE {index.where}"})
