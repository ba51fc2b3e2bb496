"""Raw SQL that gives an index another name: SQLite has no such statement, and creates the index anew. Pure.

https://www.postgresql.org/docs/current/sql-alterindex.html, https://sqlite.org/lang_createindex.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..history.answers import Renamed
from ..reading.model import Place, Ported, Renaming
from ..reading.syntax import in_quotes

_QUOTES = '"'


def with_renamed_indexes(ported: Ported, told: Mapping[Place, Renamed | None]) -> Ported:
    """What makes a script portable, with the statements that rename an index of which the history tells enough.

    The index of a primary key has no name on SQLite, so there is nothing to do about it.
    """
    known = [(each, renamed) for each in ported.renamings if (renamed := told.get(each.place)) is not None]
    guarded = [each.guarded._replace(otherwise=tuple(_again(each, renamed))) for each, renamed in known]
    return ported.with_guarded(guarded, [each.note for each, _ in known])


def _again(renaming: Renaming, renamed: Renamed) -> Iterator[str]:
    index = renamed.made
    if index is not None:
        old, new, table = map(_text, (renaming.old, renaming.new, renamed.table))
        columns = ", ".join(map(_text, index.columns))
        yield f"{renaming.op}.drop_index({old}, table_name={table})"
        yield f"{renaming.op}.create_index({new}, {table}, [{columns}]{', unique=True' if index.unique else ''})"


def _text(value: str) -> str:
    return in_quotes(value, _QUOTES)
