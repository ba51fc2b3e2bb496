"""What a block has to be given so that its copy of a table loses nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..findings import Code
from .asked import Asked
from .schema import Table
from .written import ON_SQLITE, write_block, write_columns, write_text

Loss = tuple[Code, dict[str, str]]
"""A code and the values for its message."""

COLUMN, REFLECTED, IN_BLOCK = "column", "reflect_args", "in the block"
TABLE_ARGS, TABLE_KWARGS = "table_args", "table_kwargs"


class Found(NamedTuple):
    """A loss, and what keeps it: the name of a COLUMN, or code for a keyword of the block or for the block itself."""

    code: Code
    values: dict[str, str]
    place: str = ""
    item: str = ""


def tell_losses(before: Table, after: Table, asked: Asked, found: Sequence[Found]) -> list[Loss]:
    """The losses of one copy, all with the same opening of the block: one that keeps everything."""
    opening = {"opening": write_opening(before, after, asked, found)} if found else {}
    return [(each.code, {**each.values, **opening}) for each in found]


def write_opening(before: Table, after: Table, asked: Asked, found: Sequence[Found]) -> str:
    """The call that opens the block with the keywords that it needs, and what belongs into the block."""
    if asked.table not in ("", before.name):
        return f"write the name as the table has it, as every database needs it: {write_block(before.name, {})}"
    retyped = ((name, after.column(asked.now(name))) for name in asked.retyped)
    types = {name: column.type for name, column in retyped if column is not None}
    columns = write_columns(before, _of(found, COLUMN), types)
    reflected = [*columns, *_of(found, REFLECTED)]
    keywords = {
        TABLE_KWARGS: _of(found, TABLE_KWARGS),
        REFLECTED: [] if asked.copies_from else reflected,
        TABLE_ARGS: _of(found, TABLE_ARGS),
    }
    given = {key: items for key, items in keywords.items() if items}
    parts = [write_block(before.name, given)] if given else []
    if asked.copies_from and reflected:
        parts.append(f"in the Table of copy_from: {', '.join(reflected)}")
    parts += [f"in the block: {each}" for each in _of(found, IN_BLOCK)]
    return "; ".join(parts)


def _of(found: Iterable[Found], place: str) -> list[str]:
    return list(dict.fromkeys(each.item for each in found if each.place == place))


def keep_sequence(table: str) -> str:
    """How a script keeps the number that AUTOINCREMENT goes on from (https://sqlite.org/autoinc.html)."""
    name, kept = (text.replace("'", "''") for text in (table, f"kept {table}"))
    move = f"UPDATE sqlite_sequence SET name = '{kept}' WHERE name = '{name}'"
    clear = f"DELETE FROM sqlite_sequence WHERE name = '{name}'"
    back = f"UPDATE sqlite_sequence SET name = '{name}' WHERE name = '{kept}'"
    before = f"{ON_SQLITE}op.execute({write_text(move)})"
    behind = f"{ON_SQLITE}op.execute({write_text(clear)}); op.execute({write_text(back)})"
    return f"keep the number in sqlite_sequence: before the block: {before}; and behind the block: {behind}"
