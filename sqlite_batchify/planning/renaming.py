"""Raw SQL that gives an index or a constraint another name: SQLite has no such statement, and makes it anew. Pure.

https://www.postgresql.org/docs/current/sql-alterindex.html, https://sqlite.org/lang_createindex.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..history.answers import Renamed
from ..names import CHECK, CREATES, FOREIGN_KEY, UNIQUE
from ..reading.events import Constraint
from ..reading.model import Place, Ported, Renaming
from ..reading.sql.renamings import FROM_INDEX
from ..reading.syntax import in_quotes

_QUOTES = '"'
_CREATES = {kind: operation for operation, kind in CREATES.items()}
_TYPES = {FOREIGN_KEY: "foreignkey", UNIQUE: "unique", CHECK: "check"}


def with_renamed(ported: Ported, told: Mapping[Place, Renamed | None]) -> Ported:
    """What makes a script portable, with the statements that rename something of which the history tells enough.

    The index of a primary key has no name on SQLite, so there is nothing to do about it.
    """
    known = [(each, renamed) for each in ported.renamings if (renamed := told.get(each.place)) is not None]
    guarded = [each.guarded._replace(otherwise=tuple(_again(each, renamed))) for each, renamed in known]
    return ported.with_guarded(guarded, [each.note for each, _ in known])


def _again(renaming: Renaming, renamed: Renamed) -> Iterator[str]:
    op, change, made = renaming.op, renaming.change, renamed.made
    old, new, table = map(_text, (change.old, change.new, renamed.table))
    if isinstance(made, Constraint):
        yield f"{op}.drop_constraint({old}, {table}, type_={_text(_TYPES[made.kind])})"
        yield f"{op}.{_CREATES[made.kind]}({new}, {table}, {_definition(made)})"
    elif made is not None:
        columns = _listed(made.columns)
        yield f"{op}.drop_index({old}, table_name={table})"
        if change.what == FROM_INDEX:
            yield f"{op}.create_unique_constraint({new}, {table}, {columns})"
        else:
            yield f"{op}.create_index({new}, {table}, {columns}{', unique=True' if made.unique else ''})"


def _definition(constraint: Constraint) -> str:
    """What stands behind the name and the table."""
    if constraint.kind == CHECK:
        return _text(constraint.condition or "")
    columns = _listed(constraint.columns or ())
    if constraint.kind != FOREIGN_KEY:
        return columns
    told = [_text(constraint.referred_table), columns, _listed(constraint.referred_columns)]
    return ", ".join([*told, *filter(None, [constraint.options])])


def _listed(columns: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, columns))}]"


def _text(value: str) -> str:
    return in_quotes(value, _QUOTES)
