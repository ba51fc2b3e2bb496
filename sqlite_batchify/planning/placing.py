"""Edits, and the script that they are for -> which of its blocks, statements and functions change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..reading.model import Way
from ..reading.standing import Block, Standing, Text
from . import edits
from .edits import Edit

_SA = "sa"
_OP = "op"
_OF_BLOCKS = frozenset(
    {
        *(edits.NAMED, edits.KEYWORDS, edits.WITHOUT_KEYWORD, edits.IN_COPY_FROM, edits.DIVIDE),
        *(edits.BEFORE_BLOCK, edits.FIRST_IN_BLOCK, edits.IN_BLOCK, edits.BEHIND_BLOCK),
    }
)


class PlacingError(Exception):
    """An edit has no place in the script; the message says why."""


class Placed(NamedTuple):
    """The edits of one block, statement or function. Of a block, ``item`` says which of the ``with`` opens it, and
    ``divided`` are the numbers of the statements in it at which new blocks begin."""

    edits: tuple[Edit, ...] = ()
    item: int = 0
    divided: tuple[int, ...] = ()

    def to(self, where: str) -> list[Edit]:
        """Those that are made there."""
        return [each for each in self.edits if each.where == where]

    def codes(self, where: str) -> list[str]:
        return [each.code for each in self.to(where)]


class EditPlan(NamedTuple):
    """What becomes of a script: of its blocks, of its other statements, and of the suites of functions at their end.

    ``op`` and ``sqlalchemy`` are what these are called there, None if the first has no name; ``imported`` is the number
    of the statement in front of which SQLAlchemy has to be imported where an edit names it, None if it is.
    """

    blocks: Mapping[Way, Placed]
    statements: Mapping[Way, Placed]
    ends: Mapping[Way, Placed]
    op: str | None
    sqlalchemy: str
    imported: int | None


def place_edits(text: str, given: Iterable[Edit]) -> EditPlan:
    """Find the places of edits, all of which say their lines. Raises PlacingError, or UnparsableError."""
    script = Text(text)
    blocks: dict[Way, Placed] = {}
    statements: dict[Way, Placed] = {}
    ends: dict[Way, Placed] = {}
    for edit in given:
        standing = script.at(edit.line)
        if edit.where in _OF_BLOCKS:
            block = _block(standing)
            known = blocks.get(block.way, Placed(item=block.item))
            if edit.where == edits.DIVIDE:
                known = known._replace(divided=tuple({*known.divided, _divides(standing, block)}))
            blocks[block.way] = _with(known, edit)
        elif edit.where == edits.AT_END:
            way = (*_way(standing.function, "function"), "body")
            ends[way] = _with(ends.get(way, Placed()), edit)
        else:
            way = _way(standing.statement, "statement")
            statements[way] = _with(statements.get(way, Placed()), edit)
    op = script.op or (_OP if script.uses(_OP) else None)
    if not script.sqlalchemy and script.uses(_SA):
        raise PlacingError("the name sa means something else in the script")
    imported = None if script.sqlalchemy else script.behind_imports
    return EditPlan(blocks, statements, ends, op, script.sqlalchemy or _SA, imported)


def _with(known: Placed, edit: Edit) -> Placed:
    """One more edit, if the same is not there yet."""
    same = any(each._replace(line=0) == edit._replace(line=0) for each in known.edits)
    return known if same else known._replace(edits=(*known.edits, edit))


def _way(found: Way | None, what: str) -> Way:
    if found is None:
        raise PlacingError(f"the {what} stands elsewhere")
    return found


def _block(standing: Standing) -> Block:
    if standing.block is None:
        raise PlacingError("the block is opened elsewhere")
    if standing.block.table is None:
        raise PlacingError("the table of the block is not written out")
    return standing.block


def _divides(standing: Standing, block: Block) -> int:
    *suite, number = standing.statement or block.way
    inside = tuple(suite) == (*block.way, "body") and block.alone
    if not inside or not isinstance(number, int) or not number:
        raise PlacingError("the block cannot be divided there")
    return number
