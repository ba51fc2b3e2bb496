"""What SQLite gets for a statement that renames an index or a constraint, or drops one as the other. Pure.

SQLite gives neither another name (https://www.postgresql.org/docs/current/sql-alterindex.html), and a unique constraint
is no index by its name (https://sqlite.org/lang_createtable.html), as it is on MySQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .. import findings
from ..history.answers import Meant
from ..names import CHECK, CREATES, FOREIGN_KEY, UNIQUE
from ..reading.events import Constraint
from ..reading.model import Call, Hanging, Note, Place, Ported
from ..reading.sql.renamings import FROM_INDEX, NameChange
from ..reading.syntax import in_quotes

_QUOTES = '"'
_CREATES = {kind: operation for operation, kind in CREATES.items()}
_TYPES = {FOREIGN_KEY: "foreignkey", UNIQUE: "unique", CHECK: "check"}


def with_meant(ported: Ported, told: Mapping[Place, Meant]) -> Ported:
    """What makes a script portable, with the statements that hang on the history where that tells enough.

    What has no name on SQLite is left to other databases.
    """
    known = [(each, told[each.place]) for each in ported.hanging if each.place in told]
    guarded = [each.guarded._replace(otherwise=tuple(_on_sqlite(each, meant))) for each, meant in known]
    return ported.with_guarded(guarded, [each.note for each, _ in known if each.note is not None])


def note_of_index(call: Call, meant: Meant) -> Note:
    """What is found where a constraint is dropped that is an index on SQLite."""
    drop = f"op.drop_index({_text(meant.name)}, table_name={_text(meant.table)})"
    return Note(call.place, findings.INDEX_FOR_CONSTRAINT, f"{meant.name} of {meant.table}", drop)


def _on_sqlite(hanging: Hanging, meant: Meant) -> Iterator[str]:
    op, made = hanging.op, meant.made
    if hanging.change is not None:
        yield from _renamed(op, hanging.change, meant)
        return
    named = f"{_text(meant.name)}{'' if hanging.in_block else f', {_text(meant.table)}'}"
    if hanging.creates and isinstance(made, Constraint):
        yield f"{op}.{_CREATES[made.kind]}({named}, {_definition(made)})"
    elif hanging.creates and made is not None:
        yield f"{op}.create_index({named}, {_listed(made.columns or ())}, unique=True)"
    elif isinstance(made, Constraint) and meant.sure:
        yield f"{op}.drop_constraint({named}, type_={_text(_TYPES[made.kind])})"
    else:
        yield from _asked(op, meant, named)


def _asked(op: str, meant: Meant, named: str) -> Iterator[str]:
    """The drop of an index, if SQLite has one of this name."""
    drop, made = f"{op}.drop_index({named})", meant.made
    if meant.sure:
        yield drop
        return
    bind = f"{op}.get_bind()"
    names = f'{{each["name"] for each in {bind}.dialect.get_indexes({bind}, {_text(meant.table)})}}'
    yield f"if {_text(meant.name)} in {names}:"
    yield f"    {drop}"
    if isinstance(made, Constraint):
        yield "else:"
        yield f"    {op}.drop_constraint({named}, type_={_text(_TYPES[made.kind])})"


def _renamed(op: str, change: NameChange, meant: Meant) -> Iterator[str]:
    """It is dropped, and made again under its new name."""
    old, new, table, made = _text(change.old), _text(change.new), _text(meant.table), meant.made
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
