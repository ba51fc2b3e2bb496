"""What a block has to be given so that its copy of a table loses nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..findings import Code
from ..planning import edits
from ..planning.edits import BEFORE_BLOCK, BEHIND_BLOCK, KEYWORDS, Edit, Remedy, put
from ..reading.sql.engine import sequence_moves
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
        opening = write_block(before.name, {})
        what = f"write the name as the table has it, as every database needs it: {opening}"
        return Remedy(what, Edit(edits.NAMED, opening))
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
    parts: list[str] = [give_keywords(before.name, given)] if given else []
    if asked.copies_from and reflected:
        parts.append(put(edits.IN_COPY_FROM, ", ".join(reflected)))
    parts += [put(edits.IN_BLOCK, each) for each in _of(found, IN_BLOCK)]
    return edits.joined(*parts, by="; ")


def give_keywords(table: str, keywords: Mapping[str, Iterable[str]]) -> Remedy:
    """The call that opens a block with these lists for its keywords."""
    opening = write_block(table, keywords)
    return Remedy(opening, Edit(KEYWORDS, opening))


def _of(found: Iterable[Found], place: str) -> list[str]:
    return list(dict.fromkeys(each.item for each in found if each.place == place))


def run_behind(code: str) -> Remedy:
    """Statements for behind the block; where they go, the message says."""
    return Remedy(code, Edit(BEHIND_BLOCK, code))


def keep_sequence(table: str) -> str:
    """How a script keeps the number that AUTOINCREMENT goes on from."""
    move, clear, back = sequence_moves(table)
    before = f"{ON_SQLITE}op.execute({write_text(move)})"
    behind = f"{ON_SQLITE}op.execute({write_text(clear)}); op.execute({write_text(back)})"
    what = "keep the number in sqlite_sequence: "
    return edits.joined(what, put(BEFORE_BLOCK, before), "; and ", put(BEHIND_BLOCK, behind))
