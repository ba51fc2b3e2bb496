"""What SQLite does by itself, so that its table need not be copied; and what is copied only if the block says so.

https://sqlite.org/lang_altertable.html; ``SQLiteImpl.requires_recreate_in_batch`` in alembic/ddl/sqlite.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from .. import findings
from ..history.answers import NewName, OfColumn
from ..history.before import Before
from ..reading.dialect import copied_on_sqlite
from ..reading.model import Call, Description, Names, Note, Place
from ..reading.syntax import in_quotes
from .model import OnSqlite

Version = tuple[int, int]
_UNKNOWN = OfColumn()
_DROPS_COLUMNS: Version = (3, 35)
_CHANGES_NOT_NULL: Version = (3, 53)
_RECREATE = "recreate"
_QUOTES = '"'
_WORD = re.compile(r"\w+")


def drops_columns(minimum: Version) -> bool:
    """Whether SQLite drops a plain column by itself from this version on."""
    return minimum >= _DROPS_COLUMNS


def described(call: Call, columns: Mapping[Place, OfColumn], minimum: Version) -> Description:
    """What an operation does on SQLite of at least this version, as the history tells it."""
    description = call.description
    told = columns.get(call.place, _UNKNOWN)
    if description.drops:
        plain = told.plain and "if_exists" not in call.arguments and drops_columns(minimum)
        return description._replace(behind=told.behind, needs_block=not plain, native=plain)
    if description.name == "alter_column" and description.needs_block and _is_about_not_null(call):
        native = minimum >= _CHANGES_NOT_NULL
        return description._replace(needs_block=not native, native=native)
    if description.defaulted and not drops_columns(minimum):  # then all goes into blocks, as Alembic writes them
        return description._replace(defaulted=False)
    if description.renames and (told.referring or not description.needs_block):
        return description._replace(takes_block=False)
    return description


def described_in_block(call: Call, columns: Mapping[Place, OfColumn]) -> Description:
    """The same in a block, where what needs no copy is copied as well."""
    return call.description._replace(behind=columns.get(call.place, _UNKNOWN).behind)


def _is_about_not_null(call: Call) -> bool:
    """Whether it changes that and nothing else, which is what Alembic sends by itself."""
    asked = {name for name in call.arguments if not name.startswith("existing_")}
    return asked - {"table_name", "column_name", "schema"} == {"nullable"}


def note_of_rename(call: Call, columns: Mapping[Place, OfColumn]) -> Note | None:
    """What there is to say of a rename that would be done by a copy, and would leave other tables' keys behind."""
    told = columns.get(call.place, _UNKNOWN)
    if not (call.description.renames and told.referring):
        return None
    listed = " and ".join(told.referring)
    detail = f"a foreign key of {listed} refers to the column"
    return Note(call.place, findings.RENAMED_PARENT, detail, f"op.{_renaming(told.renamed)}")


def rename_first(
    call: Call, columns: Mapping[Place, OfColumn], before: Mapping[Place, Before]
) -> tuple[OnSqlite, str] | None:
    """The two steps of a rename that changes something else as well, where other tables' keys refer to the column.

    On SQLite a call in front of the block gives the column its new name, so that those keys follow, and the block finds
    it by that: the name is returned, and the call. None if that cannot be, since the block has to be given what says
    the old name.
    """
    told = columns.get(call.place, _UNKNOWN)
    if not (told.referring and told.renamed and call.receivers) or "schema" in call.arguments:
        return None
    known = before.get(call.place)
    words = {each.casefold() for code in (() if known is None else known.codes) for each in _WORD.findall(code)}
    if not words.isdisjoint(map(str.casefold, _WORD.findall(told.renamed.old))):
        return None
    return OnSqlite(call.arguments["column_name"], told.renamed.new, min(call.receivers)), _renaming(told.renamed)


def _renaming(names: NewName | None) -> str:
    """The call that gives a column its new name and does nothing else."""
    known = ("TABLE", "COLUMN", "NEW") if names is None else (in_quotes(each, _QUOTES) for each in names)
    table, old, new = known
    return f"alter_column({table}, {old}, new_column_name={new})"


def note_of_key(place: Place, receivers: Names) -> Note:
    """What there is to say of a block that adds a key and nothing for which it copies its table."""
    return Note(place, findings.KEY_WITHOUT_COPY, "", f"{_RECREATE}={copied_on_sqlite(min(receivers, default='op'))}")


def lacks_copy(described: Iterable[Description]) -> bool:
    """Whether a block of these operations adds a key and does not copy its table, which that takes on SQLite."""
    every = tuple(described)
    return any(each.keyed for each in every) and not any(each.copies_table for each in every)


def recreating(receivers: Names) -> Iterator[tuple[str, str]]:
    """The keyword that makes a block copy its table on SQLite, and only there; ``receivers`` are names of ``op``."""
    yield _RECREATE, copied_on_sqlite(min(receivers))
