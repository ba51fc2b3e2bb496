"""What keeps that which the copy of a table would lose: keywords of its block, from what the history tells of it.

What cannot be kept is found at its operation. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .. import findings
from ..history.answers import Answer
from ..history.before import Before
from ..reading.dialect import sqlite_test
from ..reading.kinds import SA
from ..reading.model import NONE, Call, Names, Note, Place
from ..reading.syntax import in_quotes
from .around import beside_block
from .model import NOTHING_KEPT, Kept

_QUOTES = '"'
_AUTOINCREMENT = '{"sqlite_autoincrement": True}'
_ABOVE = ("drop_index(", "alter_column(")
_USUAL = "sa"
_OWN = frozenset({"copy_from", "reflect_kwargs"})
_TABLE, _COLUMNS, _CHECKS = "table_kwargs", "reflect_args", "table_args"
_LOST = {
    _TABLE: "AUTOINCREMENT",
    _COLUMNS: "a collation, a default with a colon, a type or an ON CONFLICT",
    _CHECKS: "a CHECK without a name",
}
"""What a block without this keyword loses."""
_SAFE = '.with_variant(sa.String(), "sqlite")'
Told = Mapping[Place, Before]


def keep(calls: Sequence[Call], told: Told, sqlalchemy: str | None) -> tuple[Kept, list[Note]]:
    """What a block with these operations is given, and what is found at them.

    ``told`` is what is known of the table before each of them, ``sqlalchemy`` what that package is called there, None
    if it is not: then what cannot be written without it is found.
    """
    ordered, known, first = _in_order(calls, told)
    keywords, columns = _keywords(first, known, sqlalchemy or _USUAL) if first is not None else ({}, NONE)
    notes: list[Note] = []
    if sqlalchemy is None and keywords:
        missing = {name: value for name, value in keywords.items() if name != _TABLE}
        keywords = {name: value for name, value in keywords.items() if name == _TABLE}
        notes += _told_missing(missing, known, ordered[0].place)
        columns = NONE
    notes += (note for each in ordered for note in spoiled(each.place, told, columns))
    return Kept(tuple(keywords.items())) if keywords else NOTHING_KEPT, notes


def _in_order(calls: Sequence[Call], told: Told) -> tuple[list[Call], list[Before], Before | None]:
    """The operations as they stand, what is known before each of them, and before the first."""
    ordered = sorted(calls, key=lambda each: each.place)
    known = [told[each.place] for each in ordered if each.place in told]
    return ordered, known, told.get(ordered[0].place) if ordered else None


def _keywords(first: Before, known: Sequence[Before], sqlalchemy: str) -> tuple[dict[str, str], Names]:
    """The keywords of a block as code, and the columns that it gives whole, in lower case."""
    keywords = {}
    if first.autoincrement and not any(each.key for each in known):
        keywords[_TABLE] = _AUTOINCREMENT
    given = _columns(first, known)
    if given:
        keywords[_COLUMNS] = f"[{', '.join(given.values())}]".replace(SA, sqlalchemy)
    checks = [f"{sqlalchemy}.CheckConstraint({in_quotes(sql, _QUOTES)})" for sql in _checks(first, known)]
    if checks:
        keywords[_CHECKS] = f"({', '.join(checks)}{',' if len(checks) == 1 else ''})"
    return keywords, frozenset(map(str.casefold, given))


def _told_missing(
    keywords: Mapping[str, str], known: Sequence[Before], place: Place, tables: Iterable[str] = ()
) -> Iterator[Note]:
    """What a block loses without these keywords, but for what is found at a change of type."""
    retyped = any(each.retyped for each in known)
    for name, value in keywords.items():
        if name != _COLUMNS or not retyped:
            hint = [f"add {name}={value} to batch_alter_table(...)"]
            hint += map(beside_block, tables) if name == _TABLE else ()
            yield Note(place, findings.PARTS_GO, _LOST[name], "; ".join(hint))


def _columns(first: Before, known: Sequence[Before]) -> dict[str, str]:
    """The columns that the copy takes as they stand in the script, by name."""
    dropped = frozenset().union(*(each.dropped for each in known))
    found = dict(first.columns)
    found |= {each.retyped.column: each.retyped.code for each in known if each.retyped is not None}
    return {name: code for name, code in found.items() if code and name.casefold() not in dropped}


def _checks(first: Before, known: Sequence[Before]) -> Iterator[str]:
    """The nameless CHECKs that are still there after the operations of the block, but for those of other types."""
    retyped = frozenset().union(*(each.changed - each.dropped for each in known))
    left = [{check.origin: check.sql for check in each.remaining} for each in known if each.says_something]
    for check in first.checks:
        if all(check.origin in each for each in left) and check.of_column.casefold() not in retyped:
            yield left[-1][check.origin]


def spoiled(place: Place, told: Told, kept: Names) -> Iterator[Note]:
    """What is found at a change of type that spoils values; ``kept`` are the columns that the block gives whole."""
    retyped = told[place].retyped if place in told else None
    if retyped is not None and not retyped.silent and retyped.column.casefold() not in kept:
        before = f" from {retyped.old}" if retyped.old else ""
        detail = f"{retyped.column}{before} to {retyped.new}"
        yield Note(place, findings.VALUES_SPOILED, detail, _SAFE)


def left_out(
    calls: Sequence[Call], told: Told, given: Names | None, place: Place, tables: Iterable[str]
) -> Iterator[Note]:
    """What is found where a block stays as it is that would have been given more.

    ``given`` are its keywords, ``tables`` is its table if AUTOINCREMENT goes on from a number.
    """
    ordered, known, first = _in_order(calls, told)
    if first is None or given is None or not given.isdisjoint(_OWN):
        return
    keywords, _ = _keywords(first, known, next((each.sqlalchemy for each in ordered if each.sqlalchemy), _USUAL))
    missing = {name: value for name, value in keywords.items() if name not in given}
    yield from _told_missing(missing, known, place, tables)


def found_in_copy(calls: Iterable[Call], told: Told, place: Place) -> Iterator[Note]:
    """What is found where a table is copied while the rows of other tables hang on its rows."""
    children = dict.fromkeys(child for each in calls if each.place in told for child in told[each.place].children)
    if children:
        yield Note(place, findings.CHILDREN_GO, " and ".join(children))


def drop_first(call: Call, answer: Answer) -> tuple[str, ...]:
    """The calls that drop what is on a dropped column, as other databases do with it."""
    return tuple(given for _, _, given in answer.left if given) if call.receivers else ()


def with_first(kept: Kept, calls: Sequence[str], first: Call, variable: str | None) -> tuple[Kept, Sequence[str]]:
    """The same with these calls, on SQLite only: those of indexes and of new names above the block, the others in it.

    ``first`` is the first operation of the block, ``variable`` what that is called, None if it stands in the script
    already. Returns the calls that are made, too.
    """
    above = [each for each in calls if each.startswith(_ABOVE)]
    inside = [each for each in calls if each not in above and variable is not None]
    if not (above or inside):
        return kept, ()
    op = min(first.receivers)
    kept = kept._replace(
        above=tuple(f"{op}.{each}" for each in above),
        inside=tuple(f"{variable}.{each}" for each in inside),
        guard=sqlite_test(op),
    )
    return kept, (*above, *inside)


def left_behind(call: Call, answer: Answer, dropped: Sequence[str] = ()) -> list[Note]:
    """What is found on a dropped column, but for what is dropped first."""
    return [
        Note(call.place, findings.LEFT_BEHIND_BY_COLUMN, detail, hint)
        for detail, hint, given in answer.left
        if given not in dropped or not given
    ]
