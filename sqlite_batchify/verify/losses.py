"""What a block took from a table though none of its operations asked for it, and what was asked for and is not there.

Pure: pictures of the table before and after, and what was asked, go in; (code, values for its message) comes out. What
a copied table loses is told in Alembic's documentation (https://alembic.sqlalchemy.org/en/latest/batch.html).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .. import findings
from ..findings import Code
from .schema import Column, ForeignKey, Index, Schema, Table
from .sql import Constraint, tokens, unquote

_LENGTH = re.compile(r"\(\s*(\d+)\s*\)")

Loss = tuple[Code, dict[str, str]]
Made = tuple[str, str | None, tuple[str, ...]]
"""Kind, name, columns."""


@dataclass
class Asked:
    """What the operations of one block ask for, in order; names are folded to lower case.

    ``made`` are constraints and indexes, ``ended`` the names of dropped ones and ``ended_checks`` those of CHECKs among
    them.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    retyped: set[str] = field(default_factory=set)
    nullable: dict[str, bool] = field(default_factory=dict)
    defaults: dict[str, bool] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    ended_checks: set[str] = field(default_factory=set)

    def now(self, column: str) -> str:
        """The name that a column of before has in the end."""
        return self.renamed.get(column.lower(), column.lower())

    def changes_key(self) -> bool:
        return any(kind == "primary key" for kind, _, _ in self.made)


def find_losses(before: Table, after: Table, asked: Asked) -> Iterator[Loss]:
    """What is gone from the table itself."""
    table = before.name
    if before.autoincrement and not after.autoincrement and not asked.changes_key():
        yield findings.AUTOINCREMENT_LOST, {"table": table}
    if before.strict and not after.strict:
        yield findings.OPTION_LOST, {"table": table, "what": "STRICT", "option": "sqlite_strict"}
    if before.without_rowid and not after.without_rowid:
        yield findings.OPTION_LOST, {"table": table, "what": "WITHOUT ROWID", "option": "sqlite_with_rowid"}
    yield from _lost_collations(before, after, asked)
    yield from _lost_constraints(before, after, asked)
    yield from _lost_foreign_keys(before, after, asked)
    yield from _lost_indexes(before, after, asked)


def find_lost_triggers(before: Schema, after: Schema, table: str) -> Iterator[Loss]:
    """The triggers on the table that are gone."""
    for name, (owner, text) in before.triggers.items():
        if name not in after.triggers and owner.lower() == table.lower():
            yield findings.TRIGGER_LOST, {"table": table, "trigger": name, "text": text}


def find_missing(after: Table, asked: Asked) -> Iterator[Loss]:
    """What was asked for and is not there, although nothing failed."""
    for column in sorted(asked.added - asked.dropped):
        if after.column(asked.now(column)) is None:
            yield _missing(after, f"column {column}")
    for column in sorted(asked.dropped - asked.added):
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


def _lost_collations(before: Table, after: Table, asked: Asked) -> Iterator[Loss]:
    for column in before.columns:
        then = after.column(asked.now(column.name))
        if column.collation and then is not None and column.name.lower() not in asked.retyped and not then.collation:
            yield (
                findings.COLLATION_LOST,
                {
                    "table": before.name,
                    "column": then.name,
                    "collation": column.collation.upper(),
                    "definition": _definition(then, column.collation.upper()),
                },
            )


def _definition(column: Column, collation: str) -> str:
    """A column of text as a script writes it; what reflect_args gives takes the place of all that was reflected."""
    length = _LENGTH.search(column.type)
    arguments = [
        repr(column.name),
        f"sa.String({length.group(1)}, collation={collation!r})" if length else f"sa.Text(collation={collation!r})",
        f"nullable={not column.not_null}",
    ]
    if column.default is not None:
        arguments.append(f"server_default=sa.text({column.default!r})")
    return f"sa.Column({', '.join(arguments)})"


def _lost_constraints(before: Table, after: Table, asked: Asked) -> Iterator[Loss]:
    remaining = Counter(_identity(constraint, Asked()) for constraint in after.constraints)
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
        if remaining[identity]:
            remaining[identity] -= 1
            continue
        without_action = (*identity[:3], "")
        values = {"table": before.name, "columns": ", ".join(constraint.columns)}
        if constraint.kind == "check" and constraint.name is None and unknown:
            continue  # dropped through the block's naming convention
        if constraint.kind == "check":
            yield findings.CHECK_LOST, {**values, "text": constraint.written, "literal": repr(constraint.written)}
        elif remaining[without_action]:
            yield findings.ON_CONFLICT_LOST, {**values, "action": constraint.on_conflict}
        elif not _implicitly_dropped(constraint, asked):
            yield findings.UNIQUE_LOST, values


def _names(table: Table) -> set[str]:
    return {constraint.name.lower() for constraint in table.constraints if constraint.name}


def _implicitly_dropped(constraint: Constraint, asked: Asked) -> bool:
    """A nameless constraint may have been dropped through the block's naming convention."""
    return constraint.name is None and bool(asked.ended)


def _identity(constraint: Constraint, asked: Asked) -> tuple[str, tuple[str, ...], str, str]:
    columns = tuple(asked.now(column) for column in constraint.columns)
    words = [asked.renamed.get(word, word) for word in constraint.text.split(" ")]
    return constraint.kind, columns, " ".join(words), constraint.on_conflict


def _columns_of(constraint: Constraint, table: Table) -> set[str]:
    if constraint.kind != "check":
        return set(constraint.columns)
    words = {unquote(token).lower() for token in tokens(constraint.text)}
    return {word for word in words if table.column(word) is not None}


def _lost_foreign_keys(before: Table, after: Table, asked: Asked) -> Iterator[Loss]:
    names, now = _names_of_keys(before), _by_columns(after.foreign_keys)
    for key in before.foreign_keys:
        if set(key.columns) & asked.dropped or _was_ended(names.get(key.columns, set()), asked):
            continue
        columns = tuple(asked.now(column) for column in key.columns)
        values = {"table": before.name, "columns": ", ".join(columns), "referred": key.table}
        same = now.get((columns, key.table))
        if not same:
            yield findings.FOREIGN_KEY_LOST, values
        elif not any(_acts_like(each, key) for each in same) and not _made_again(columns, asked):
            action = f"ON DELETE {key.on_delete}" if same[0].on_delete != key.on_delete else ""
            yield findings.ACTION_LOST, {**values, "action": action or f"ON UPDATE {key.on_update}"}


def _acts_like(key: ForeignKey, other: ForeignKey) -> bool:
    return (key.on_delete, key.on_update) == (other.on_delete, other.on_update)


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


def _lost_indexes(before: Table, after: Table, asked: Asked) -> Iterator[Loss]:
    now = {index.name.lower(): index for index in after.indexes}
    for index in before.indexes:
        if index.name.lower() in asked.ended or index.names & asked.dropped:
            continue
        values = {"table": before.name, "index": index.name, "text": index.sql}
        then = now.get(index.name.lower())
        if then is None:
            expression = any(name is None for name, _, _ in index.columns)
            yield (findings.EXPRESSION_INDEX_LOST if expression else findings.INDEX_LOST), values
        else:
            yield from _changed_index(index, then, asked, values)


def _changed_index(index: Index, then: Index, asked: Asked, values: dict[str, str]) -> Iterator[Loss]:
    if [descending for _, descending, _ in index.columns] != [descending for _, descending, _ in then.columns]:
        yield findings.INDEX_CHANGED, {**values, "what": "DESC"}
    collations = [(asked.now(name or ""), collation) for name, _, collation in index.columns]
    if collations != [(name or "", collation) for name, _, collation in then.columns]:
        yield findings.INDEX_CHANGED, {**values, "what": "COLLATE"}
    if index.where and not then.where:
        yield findings.INDEX_CHANGED, {**values, "what": "WHERE"}
