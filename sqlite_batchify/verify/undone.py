"""What a failure leaves undone, in names: by them another failure is known to follow from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import schema as sa

from ..names import FOREIGN_KEY, PRIMARY_KEY, UNIQUE, Shape, postgresql_name
from ..operations import OPERATIONS
from .queues import Queue, kind_of

_NAMES_OF = ("constraint_name", "index_name", "table_name", "column_name", "new_column_name", "new_table_name")
_KINDS = {"foreign key": FOREIGN_KEY, "unique": UNIQUE, "primary key": PRIMARY_KEY}
_BEFORE_A_NAME = ("IF", "NOT", "EXISTS", "ONLY")


def keys_of(table: str) -> str:
    """Stands for those foreign keys of a table that should be gone."""
    return f"foreign keys of {table.lower()}"


def creation_of(table: str) -> str:
    """Stands for a table that should be as its script creates it."""
    return f"creation of {table.lower()}"


def of_queue(queue: Queue, table: str) -> Iterator[str]:
    """What a block on this table would have done."""
    for operation, args, keywords in queue:
        yield from _names((*args[1:], *(getattr(arg, "name", None) for arg in args), keywords.get("name")))
        kind = _KINDS.get(kind_of(args[0]) or "") if operation == "add_constraint" else None
        if kind is not None and args[0].name is None:
            shape = Shape(kind, None, table, tuple(args[0].columns.keys()))
            yield postgresql_name(shape).lower()  # under which a downgrade drops it
        dropped = operation == "drop_constraint" and kind_of(args[0]) in (None, "foreign key")
        if dropped or operation == "drop_column":
            yield keys_of(table)


def of_call(
    operation: str, args: tuple[Any, ...], keywords: Mapping[str, Any], table: str | None = None
) -> Iterator[str]:
    """What a call of an operation would have done; ``table`` is that of the block if it is one on its variable."""
    yield from _names((*args[:4], *(keywords.get(each) for each in _NAMES_OF)))
    if operation == "create_table":
        yield from map(creation_of, _names((*args[:1], keywords.get("table_name"))))
    if operation in ("drop_constraint", "drop_column"):
        known = OPERATIONS[operation]
        positional = known.positional if table is None else known.batch_positional
        given = {known.table: table, **dict(zip(positional, args, strict=False)), **keywords}
        if given.get("type_") in (None, "foreignkey") and given[known.table] is not None:
            yield keys_of(str(given[known.table]))


def of_statement(sql: str) -> Iterator[str]:
    """What a statement would have made or changed."""
    words = sql.split()
    named = [word for word in words[2:] if word.upper() not in _BEFORE_A_NAME]
    if named and words[0].upper() in ("CREATE", "ALTER"):
        name = named[0].rpartition(".")[2].strip('"`(;').lower()
        yield name
        if words[0].upper() == "ALTER" and "DROP" in map(str.upper, named):
            yield keys_of(name)


def _names(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, (str, sa.Column)):
            yield str(value if isinstance(value, str) else value.name).lower()
