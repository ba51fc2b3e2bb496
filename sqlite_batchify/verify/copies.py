"""One copy of a table by a block: what was there before it, and what of that is gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import findings
from ..planning.edits import BEHIND_BLOCK, LEAVE_OUT, WITHOUT_ARGUMENT, Edit, Remedy, joined
from . import causes, losses
from .asked import Asked
from .declared import is_lost, is_unknown, reflected
from .errors import told
from .mending import Loss, give_keywords, keep_sequence, run_behind
from .queues import read_queue
from .remedies import Block, Call
from .results import Problem
from .rows import fill_dates
from .schema import Reader, Schema, Table
from .scratch import Statement
from .sql import read_rename, tokens, unquote, word
from .values import Rows, first_change, read_rows
from .written import write_columns, write_execute, write_sa_type

_CONTENT = re.compile(r"content\s*=\s*(.+)", re.IGNORECASE | re.DOTALL)
_ROWID = re.compile(r"content_rowid\s*=\s*(.+)", re.IGNORECASE | re.DOTALL)
_ROWIDS = ("rowid", "oid", "_rowid_")
_TYPES_REFUSED: dict[str, Callable[[str], bool]] = {
    "Can't generate DDL for NullType": is_unknown,
    "unknown datatype for": lambda declared: is_lost(declared, reflected(declared)),  # of a STRICT table
}
_REMEDY_APART = ("opening", "again", "sequence", "rename")


@dataclass
class Copy:
    """A table before the block that copies it with these ``calls``, and what was noted; ``mark`` statements had run
    when that was done."""

    before: Schema
    table: Table
    rows: Rows
    asked: Asked
    sequence: int
    line: int
    calls: list[Call] = field(default_factory=list)
    mark: int = 0
    noted: list[tuple[Loss, Problem]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.asked.table


def ask(block: Block, variable: str) -> Asked:
    """What a block asks for."""
    given = block.opening.keywords
    asked = Asked(table=str(block.batch_op.impl.table_name), variable=variable)
    asked.copies_from = given.get("copy_from") is not None
    asked.arranged = bool(given.get("partial_reordering"))
    lines = {id(entry): call.line for call in block.calls for entry in call.queued}
    return read_queue(block.batch_op.impl.batch, asked, lines)


def look_before(
    raw: Any, reader: Reader, asked: Asked, sequence: Callable[[str], int], line: int, calls: list[Call]
) -> Copy | None:
    """The table as it is before its block runs, None if it is not there; ``sequence`` tells its number from before the
    script."""
    before = reader.schema(raw, asked.table)
    table = before.table(asked.table)
    if table is None:
        return None
    if asked.dated:
        fill_dates(raw, table, asked.dated)
    number = sequence(table.name.lower()) if table.autoincrement else 0
    return Copy(before, table, read_rows(raw, table), asked, number, line, calls)


def find_sequence(sequences: dict[str, int], done: Sequence[Statement], name: str) -> int:
    """The number of a table, by the name that it had before these statements; 0 if it had none."""
    former = (each for each in sequences if now_called(each, done).lower() == name)
    return sequences.get(next(former, name), 0)


def read_sequences(raw: Any) -> dict[str, int]:
    """The numbers that AUTOINCREMENT goes on from, by tables."""
    if raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone() is None:
        return {}
    found = raw.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    return {str(name).lower(): seq for name, seq in found if isinstance(seq, int)}


def find_lost(copy: Copy, reader: Reader, raw: Any, later: Sequence[Statement] = ()) -> list[Loss] | None:
    """What a table has lost, None if it is not there to be looked at; ``later`` has run behind its block."""
    name = now_called(copy.name, later)
    after = reader.schema(raw, name)
    table = after.table(name)
    if table is None:
        return None
    found = losses.find_losses(copy.table, table, copy.asked)
    found += losses.find_lost_triggers(copy.before, after, copy.name)
    found += _lost_sequence(copy, table, raw)
    found += _lost_rowids(copy, table, later)
    if copy.asked.renamed:
        found += _keys_left(copy, table, reader.schema(raw))
    return found


def now_called(name: str, later: Iterable[Statement]) -> str:
    """What a table is called behind these statements."""
    for statement in later:
        renamed = read_rename(statement.sql)
        if renamed is not None and renamed[0].lower() == name.lower():
            name = renamed[1]
    return name


def words_of(loss: Loss) -> tuple[str, ...]:
    """What tells one loss from others, whatever is said against it."""
    code, values = loss
    if code is findings.COLUMNS_MOVED:
        return (code.code, values["table"])  # the order is not made good by columns that come and go
    return (code.code, *(value for key, value in values.items() if key not in _REMEDY_APART))


def _lost_sequence(copy: Copy, table: Table, raw: Any) -> Iterator[Loss]:
    if not (copy.sequence and copy.table.autoincrement and table.autoincrement):
        return
    now = read_sequences(raw).get(table.name.lower(), 0)
    if now < copy.sequence:
        values = {"table": copy.name, "before": str(copy.sequence), "after": str(now)}
        yield findings.SEQUENCE_BACK, {**values, "sequence": keep_sequence(copy.table.name)}


def _lost_rowids(copy: Copy, table: Table, later: Sequence[Statement]) -> Iterator[Loss]:
    """Virtual tables that find rows by rowids, which the copy of a table without INTEGER PRIMARY KEY numbers anew."""
    if copy.table.without_rowid or _has_row_key(copy.table):
        return
    for name, text in copy.before.virtual.items():
        if _depends(text, copy.table) and not any(_makes_good(statement, name) for statement in later):
            again = f"INSERT INTO {word(name)} ({word(name)}) VALUES ('rebuild')"
            yield (
                findings.ROWIDS_CHANGED,
                {"table": copy.name, "virtual": name, "again": run_behind(write_execute(again))},
            )


def _has_row_key(table: Table) -> bool:
    keyed = [column for column in table.columns if column.key]
    return len(keyed) == 1 and keyed[0].type.upper() == "INTEGER"


def _depends(text: str, table: Table) -> bool:
    """Whether a virtual table has this one as its content, and finds it by its rowid."""
    content = rowid = ""
    for argument in _arguments(text):
        if match := _CONTENT.fullmatch(argument):
            content = _value(match[1])
        elif match := _ROWID.fullmatch(argument):
            rowid = _value(match[1])
    if content.lower() != table.name.lower():
        return False
    return not rowid or (rowid.lower() in _ROWIDS and table.column(rowid) is None)


def _arguments(text: str) -> Iterator[str]:
    """What stands between the commas in the parentheses of a CREATE VIRTUAL TABLE."""
    parts = tokens(text)
    argument: list[str] = []
    for part in parts[parts.index("(") + 1 :] if "(" in parts else ():
        if part in (",", ")"):
            yield " ".join(argument)
            argument = []
        else:
            argument.append(part)


def _value(written: str) -> str:
    written = written.strip()
    return written[1:-1].replace("''", "'") if written.startswith("'") else unquote(written)


def _makes_good(statement: Statement, virtual: str) -> bool:
    """Whether a statement builds the index of a virtual table anew, or drops the table."""
    words = [_value(part).lower() for part in tokens(statement.sql)]
    name = virtual.lower()
    if words[:2] == ["drop", "table"]:
        return name in words
    values = statement.parameters if isinstance(statement.parameters, (tuple, list)) else ()
    return words[:3] == ["insert", "into", name] and "rebuild" in (*words, *values)


def _keys_left(copy: Copy, table: Table, schema: Schema) -> Iterator[Loss]:
    """Foreign keys that still refer to a column by the name that it had before its block renamed it."""
    gone = {name for name in copy.asked.renamed if table.column(name) is None}
    for other in schema.tables.values():
        for key in other.foreign_keys:
            if key.table == table.name.lower() and not gone.isdisjoint(filter(None, key.referred)):
                old = next(name for name in key.referred if name in gone)
                column = copy.table.column(old)
                now = table.column(copy.asked.now(old))
                if column is not None and now is not None:
                    rename = _rename(copy, table.name, column.name, now.name)
                    values = {"table": table.name, "column": column.name, "now": now.name, "rename": rename}
                    columns = ", ".join(key.columns)
                    yield findings.KEY_LEFT, {**values, "child": other.name, "columns": columns}


def _rename(copy: Copy, table: str, column: str, now: str) -> str:
    """The rename outside of the block, with what its call tells other databases of the column."""
    told, line = {}, 0
    for call in copy.calls:
        if any(name == "alter_column" and args[1] == column and "name" in given for name, args, given in call.queued):
            told, line = dict(call.keywords), call.line
    as_it_is = {
        f"existing_{key.rstrip('_')}": told[key] for key in ("type_", "nullable", "server_default") if key in told
    }
    keywords = {key: value for key, value in told.items() if key.startswith("existing_")} | as_it_is
    types = {key: write_sa_type(value) for key, value in keywords.items() if key == "existing_type"}
    code = Call("alter_column", (table, column), {"new_column_name": now, **keywords}).written("op", **types)
    alone = all(key.startswith("existing_") or key == "new_column_name" for key in told)
    taken = Edit(LEAVE_OUT if alone else WITHOUT_ARGUMENT, line=line, of="new_column_name")
    what = f"{code}; other databases get a statement of its own for it" if as_it_is else code
    return Remedy(what, taken, Edit(BEHIND_BLOCK, code))


def compare_rows(copy: Copy, raw: Any, table: Table) -> Iterator[Loss]:
    """Rows that are gone, and values that did not survive."""
    count, old = copy.rows
    new_count, new = read_rows(raw, table)
    if count != new_count:
        yield findings.ROWS_LOST, {"table": table.name, "before": str(count), "after": str(new_count)}
        return
    changed = {
        column: change
        for name in sorted(set(old[0]) - copy.asked.dropped if old else ())
        if (change := first_change(old, new, name, copy.asked.now(name))) is not None
        and (column := table.column(copy.asked.now(name))) is not None
    }
    if not changed:
        return
    was = {now: name for name, now in copy.asked.renamed.items()}
    types = {was.get(column.name.lower(), column.name.lower()): column.type for column in changed}
    opening = give_keywords(copy.table.name, {"reflect_args": write_columns(copy.table, types, types)})
    for column, (before, after) in changed.items():
        values = {"table": table.name, "column": column.name, "before": repr(before), "after": repr(after)}
        yield (
            findings.VALUES_CHANGED,
            {**values, **causes.of_changed(table.name, column.name.lower(), copy.asked, opening)},
        )


def type_remedy(error: Exception, copy: Copy | None) -> dict[str, str]:
    """What helps a block that fails over a column whose type SQLAlchemy does not know."""
    text = told(error)
    tells = next((each for part, each in _TYPES_REFUSED.items() if part in text), None)
    unknown = [column.name for column in copy.table.columns if tells(column.type)] if copy and tells else []
    if copy is None or not unknown:
        return {}
    opening = give_keywords(copy.table.name, {"reflect_args": write_columns(copy.table, unknown, {})})
    return {
        "error": f"SQLAlchemy knows no type for the column {' and '.join(unknown)}",
        "hint": joined("give the block the whole column: ", opening),
    }
