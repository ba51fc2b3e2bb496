"""What stands around a block so that its copy of the table loses nothing: statements, or findings that ask for them.

What looks at the table is dropped before the block and created again after it, and so are indexes that Alembic would
not create again as they were; triggers of the table are created again. All of it on SQLite only, for other databases
alter the table in its place. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from .. import findings
from ..history.answers import Copy, Thing
from ..names import UNKNOWN
from ..reading.dialect import sqlite_test
from ..reading.model import NONE, Call, Names, Note, Place
from ..reading.sql.engine import PARAMETER, sequence_moves, words, written_name
from ..reading.sql.objects import EXPRESSION, INDEX, SEARCH, TABLE, TRIGGER
from ..reading.syntax import in_quotes
from .model import NOTHING_KEPT, Kept

_LONGEST = 600  # characters of a remedy
_WIDTH = 100
_QUOTES = '"'
_SEQUENCE = "sequence"
_FIXED = "sqlite-batchify verify --fix writes the keywords of the block that keep it"


class Written(NamedTuple):
    """How a script writes ``op``, and the package SQLAlchemy; None where it has none."""

    op: str | None
    sqlalchemy: str | None = None


class Aside(NamedTuple):
    """What is dropped before a block, and what is created after it; each in the order of creation."""

    dropped: tuple[Thing, ...] = ()
    created: tuple[Thing, ...] = ()


class Gone(NamedTuple):
    """What a block drops or renames of its table, in lower case: columns, and indexes."""

    dropped: Names = NONE
    renamed: Names = NONE
    indexes: Names = NONE


def look_around(
    copies: Sequence[Sequence[Copy]], gone: Gone, written: Written, counts: bool
) -> tuple[Aside, list[Copy]]:
    """What stands around a block, and what has to be said since nothing can.

    ``copies`` is what the history says of its operations, ``gone`` what they do away with; ``counts`` if the block
    keeps AUTOINCREMENT.
    """
    distinct = list(dict.fromkeys(copy for each in copies for copy in each))
    if written.op is None or any(len(each) > 1 for each in copies):
        return Aside(), distinct
    watching = _united(copy.watching for copy in distinct)
    lost, going = _parted(_united(copy.lost for copy in distinct), gone)
    changed = gone.dropped | gone.renamed
    spelled = [copy._replace(watching=(), lost=()) for copy in distinct if copy.spelled]
    watching, lost = ([_changed(each, changed) for each in several] for several in (watching, lost))
    if not all(each.text for each in watching):
        table = next(copy.table for copy in distinct if copy.watching)
        return Aside(), [Copy(table, tuple(watching), tuple(lost)), *spelled]
    again = [each for each in lost if each.text]
    left = tuple(each for each in lost if not each.text)
    dropped = [*(each for each in again if each.kind == INDEX), *going]
    tables = dict.fromkeys(copy.table for copy in distinct if copy.sequence and counts)
    sequences = [Thing(_SEQUENCE, each, each, "", "") for each in tables]
    aside = Aside((*sequences, *watching, *dropped), (*sequences, *watching, *again))
    table = next((copy.table for copy in distinct if copy.lost), "")
    return aside, [*([Copy(table, lost=left)] if left else []), *spelled]


def _parted(lost: Sequence[Thing], gone: Gone) -> tuple[list[Thing], list[Thing]]:
    """What gets lost, and the indexes that other databases drop with a column; without what the block drops itself."""
    lost = [_without(each, gone.dropped) for each in lost]
    lost = [each for each in lost if each.kind != TABLE or each.parts]
    lost = [each for each in lost if each.kind != INDEX or each.name.casefold() not in gone.indexes]
    going = [each for each in lost if each.kind == INDEX and _says(each, gone.dropped)]
    return [each for each in lost if each not in going], going


def _without(thing: Thing, columns: Names) -> Thing:
    return thing._replace(parts=tuple(each for each in thing.parts if each.column.casefold() not in columns))


def _united(several: Iterable[Sequence[Thing]]) -> list[Thing]:
    return list(dict.fromkeys(each for things in several for each in things))


def _says(thing: Thing, columns: Names) -> bool:
    """Whether one of these columns stands in its text, or may."""
    return UNKNOWN in columns or bool(columns and not columns.isdisjoint(map(str.casefold, words(thing.text))))


def _changed(thing: Thing, columns: Names) -> Thing:
    """It, as it is when these columns are gone: nobody knows how it reads then."""
    return thing._replace(text="") if _says(thing, columns) else thing


def drops_what_is_not_reflected(call: Call, copies: Iterable[Copy]) -> bool:
    """Whether an operation drops an index on an expression, which batch mode does not find."""
    if call.description.name != "drop_index":
        return False
    known = {each.name.casefold() for copy in copies for each in copy.lost if each.loses == EXPRESSION}
    return not known.isdisjoint(call.description.ends)


def settled(one: Aside, other: Aside) -> tuple[Aside, Aside]:
    """The same for two blocks that stand one right behind the other: what both have is done once for both."""
    shared = {each for each in one.created if each in other.dropped or each in other.created}
    created = tuple(each for each in one.created if each not in shared)
    return one._replace(created=created), other._replace(
        dropped=tuple(each for each in other.dropped if each not in shared)
    )


def stand_around(aside: Aside, written: Written) -> Kept:
    """The statements around a block."""
    if aside == Aside() or written.op is None:
        return NOTHING_KEPT
    above = [_dropped(each, written.op) for each in reversed(aside.dropped)]
    below = [line for each in aside.created for line in _created(each, written.op, written.sqlalchemy)]
    return Kept(above=tuple(above), below=tuple(below), guard=sqlite_test(written.op))


def _dropped(thing: Thing, op: str) -> str:
    if thing.kind == _SEQUENCE:
        return _execute(sequence_moves(thing.name)[0], op)
    if thing.made is not None:
        return f"{op}.drop_index({_text(thing.name)}, table_name={_text(thing.table)})"
    return _execute(f"DROP {thing.kind.upper()} {written_name(thing.name)}", op)


def _created(thing: Thing, op: str, sqlalchemy: str | None) -> list[str]:
    if thing.kind == _SEQUENCE:
        return [_execute(each, op) for each in sequence_moves(thing.name)[1:]]
    if thing.kind == SEARCH:
        name = written_name(thing.name)
        return [_execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')", op)]
    index = thing.made
    if index is None or sqlalchemy is None:
        return [_execute(thing.text, op)]
    items = (
        _text(name) if name != UNKNOWN else f"{sqlalchemy}.text({_text(sql)})"
        for name, sql in zip(index.columns, index.sql, strict=True)
    )
    given = [_text(thing.name), _text(thing.table), f"[{', '.join(items)}]"]
    given += ["unique=True"] if index.unique else []
    given += [f"sqlite_where={sqlalchemy}.text({_text(index.where)})"] if index.where else []
    return [_call(f"{op}.create_index", given)]


def _text(value: str) -> str:
    return in_quotes(value, _QUOTES)


def _call(function: str, given: Sequence[str]) -> str:
    line = f"{function}({', '.join(given)})"
    return line if len(line) <= _WIDTH else f"{function}(\n" + "".join(f"    {each},\n" for each in given) + ")"


def _execute(sql: str, op: str) -> str:
    """A statement as a script executes it; a long one on more lines than one."""
    text = _bound(sql)
    if "\n" in text and "\\" not in text and '"""' not in text and not text.endswith('"'):
        return f'{op}.execute("""{text}""")'
    line = f"{op}.execute({_text(text)})"
    parts = wrap(text, _WIDTH - 20, drop_whitespace=False, replace_whitespace=False, break_on_hyphens=False)
    if len(line) <= _WIDTH or "".join(parts) != text:
        return line
    return f"{op}.execute(\n" + "".join(f"    {_text(each)}\n" for each in parts) + ")"


def _bound(sql: str) -> str:
    """SQL without what sa.text() would take for parameters."""
    return PARAMETER.sub(r"\\:\1", sql)


# What is left to be said


def notes_of_block(copies: Iterable[Copy], gone: Gone, place: Place) -> Iterator[Note]:
    """What is found at a block that stays as it is; ``gone`` is what it does away with."""
    for copy in copies:
        lost, going = _parted(copy.lost, gone)
        changed = gone.dropped | gone.renamed
        watching, lost = ([_changed(each, changed) for each in several] for several in (copy.watching, lost))
        yield from notes_of_copies([copy._replace(watching=tuple(watching), lost=tuple(lost))], place)
        for each in going:
            if each.loses != EXPRESSION:
                detail = f"the index {each.name} uses the column {' and '.join(sorted(gone.dropped))}"

                hint = f"above it: {_on_sqlite([_dropped(each, 'op')])}"
                yield Note(place, findings.LEFT_BEHIND_BY_COLUMN, detail, hint)


def beside_block(table: str) -> str:
    """What keeps the number that AUTOINCREMENT goes on from, around a block that stays as it is."""
    before, *after = (f"op.execute({_text(each)})" for each in sequence_moves(table))
    return f"above it: {_on_sqlite([before])}; and below it: {_on_sqlite(after)}"


def notes_of_copies(copies: Iterable[Copy], place: Place) -> Iterator[Note]:
    """What is found where a table is copied and nothing keeps this."""
    for copy in copies:
        if copy.watching:
            yield Note(place, findings.LOOKED_AT, *_told_of_watching(copy))
        triggers = [each for each in copy.lost if each.kind == TRIGGER]
        if triggers:
            listed = " and ".join(each.name for each in triggers)
            yield Note(place, findings.TRIGGER_GOES, f"{listed} of {copy.table}", f"below it: {_again(triggers)}")
        for each in copy.lost:
            if each.kind == INDEX:
                what = "all" if each.loses == EXPRESSION else "DESC and COLLATE"
                hint = f"above it: {_on_sqlite([_dropped(each, 'op')])}; and below it: {_again([each])}"
                yield Note(place, findings.INDEX_GOES, f"{what} of the index {each.name} of {copy.table}", hint)
            elif each.kind == TABLE:
                detail = f"{', '.join(map(str, each.parts))} in {each.where}"
                yield Note(place, findings.PARTS_GO, detail, _FIXED)
            elif each.kind == SEARCH:
                again = _on_sqlite(_created(each, "op", None))
                yield Note(
                    place, findings.ROWS_NOT_FOUND, f"{each.name} finds its rows by the rowids of {copy.table}", again
                )
        if copy.spelled is not None:
            yield Note(place, findings.IN_ANOTHER_CASE, copy.table, copy.spelled)


def _told_of_watching(copy: Copy) -> tuple[str, str]:
    watching = copy.watching
    listed = " and ".join(f"the {each.kind} {each.name}" for each in watching)
    above = _on_sqlite(_dropped(each, "op") for each in reversed(watching))
    what = f"{listed} {'looks' if len(watching) == 1 else 'look'} at the table {copy.table}"
    return what, f"above it: {above}; and below it: {_again(watching)}"


def _again(things: Sequence[Thing]) -> str:
    """How they are created again."""
    if any(not each.text for each in things) or sum(len(each.text) for each in things) > _LONGEST:
        return " and ".join(f"{each.where}, in the form that it has by then" for each in things)
    return _on_sqlite(f"op.execute({_text(_bound(each.text))})" for each in things)


def _on_sqlite(statements: Iterable[str]) -> str:
    return f"if {sqlite_test()}: {'; '.join(statements)}"
