"""Why a block, an operation or a statement fails, in the words of its author, and what helps there.

What is found stands for ``{error}`` and ``{hint}`` in the messages of findings/failures.py; where nothing is found, the
error speaks for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .. import findings
from ..operations import OPERATIONS
from ..planning.edits import AT_END, BEFORE_BLOCK, REWRITTEN, Edit, Remedy, joined
from . import errors, foreign, refusals, rows_in_the_way, things_in_the_way, undone
from .asked import Asked
from .errors import told
from .failure import Cause, Failure, divide_at, look_for
from .remedies import Block, Call, name_remedy
from .schema import Reader, Table
from .sql import word
from .written import write_execute

_KEYWORD = re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'")
_NO_OPERATION = re.compile(r"(?:module 'alembic\.op'|'\w*Operations' object) has no attribute '(\w+)'")
_NO_ROWS = re.compile(r"NoneType|list index out of range|No row was found|tuple index out of range")
_PARAMETER = re.compile(r"A value is required for bind parameter '([^']*)'")
_LOOKED = ("TypeError", "AttributeError", "IndexError", "NoResultFound")
_WAYS = (
    foreign.of_schema,
    refusals.of_options,
    refusals.of_deferred,
    things_in_the_way.of_things,
    refusals.of_columns,
    rows_in_the_way.of_rows,
    refusals.of_indexes,
)


def of_block(reader: Reader, error: Exception, block: Block, variable: str) -> Cause:
    """Why the end of a block fails; ``variable`` is what the script calls ``batch_op``."""
    impl = block.batch_op.impl
    table, queue = str(impl.table_name), list(impl.batch)
    failure = _failure(reader, error, impl.operations, table, queue, block.opening, variable, block.calls)
    named = name_remedy(error, block, variable)
    if named is not None:
        return {"hint": named}
    return _first(failure)


def of_call(reader: Reader, error: Exception, target: Any, variable: str, call: Call) -> Cause:
    """Why an operation fails, or a call on the variable of a block."""
    name, args, keywords = call.method, call.args, call.keywords
    if name in ("execute", "bulk_insert"):
        return of_statement(error, text_of(args[0]) if args else "")
    known, impl = OPERATIONS.get(name), target.impl if hasattr(target.impl, "batch") else None
    positional = ("table_name",) if known is None else known.positional if impl is None else known.batch_positional
    given = {**dict(zip(positional, args, strict=False)), **keywords}
    table = str(given.get("table_name") or given.get("source_table") or "" if impl is None else impl.table_name)
    refused = _KEYWORD.search(told(error)) if isinstance(error, TypeError) else None
    if refused is not None and table:
        return {"table": table, **refusals.of_keyword(call, refused[2], table, given, variable)}
    if impl is not None:
        return {"table": table, **refusals.of_position(error, table)}
    queue = refusals.queue_of(name, table, given)
    return _first(_failure(reader, error, target, table, queue, call, variable))


def of_statement(error: Exception, sql: str) -> Cause:
    """Why a statement of the script itself fails."""
    parameter = _PARAMETER.search(told(error))
    if parameter is not None:
        return foreign.of_parameter(parameter[1], sql or getattr(error, "statement", None) or "")
    return foreign.of_statement(errors.describe(error), sql)


def of_missing(table: Table, values: Cause, block: Block, variable: str) -> Cause:
    """Why something is not there that a block was to make, though nothing failed."""
    absent = [name for name in values["named"].split() if table.column(name) is None]
    if not absent:
        words = {values["made"], *values["named"].split(), *values["what"].lower().split()}
        asking = [call for call in block.calls if words & set(undone.of_queue(call.queued, table.name))]
        if not asking:
            return {"hint": "divide the block: begin a new one at what follows on a rename"}
        return {"hint": divide_at(asking[-1], variable)}
    there = ", ".join(column.name for column in table.columns)
    return {
        "what": f"{values['what']}, since it has no column {', '.join(absent)}",
        "hint": f"write the names of columns that the table has after the block: {there}; what follows on a rename "
        "belongs in a block of its own",
    }


def of_changed(table: str, column: str, asked: Asked, opening: str) -> Cause:
    """Why a block changed the values of a column; ``opening`` is that of a block that does not."""
    if column in asked.added:
        look = look_for(column, "get_columns", table)
        return {"why": f"the block adds {column}, which the table has already", "hint": f"leave it out, or {look}"}
    return {
        "why": "batch mode copies a new type through CAST",
        "hint": joined("keep them as they are, without a CAST: ", opening, "; or convert them before the block"),
    }


def of_leftover(name: str, left_by: str) -> Cause:
    """A temporary table of batch mode that stays behind: of a function of the script, or of an attempt that failed."""
    again = write_execute(f"DROP TABLE IF EXISTS {word(name)}")
    where = f"at the end of {left_by}()" if left_by else BEFORE_BLOCK
    edit = Edit(AT_END if left_by else BEFORE_BLOCK, again)
    values = {"left_by": "the script" if left_by else "the failed attempt", "where": where, "leftover": name}
    return {**values, "again": Remedy(again, edit)}


def of_check_left_out(given: Mapping[str, Any], path: str) -> Cause:
    """A column whose type has a CHECK, which Alembic's own add_column leaves out."""
    hint = Remedy(findings.ALTER_FAILS.remedy.format(path=path), Edit(REWRITTEN))
    what = f"CHECK for the type of {given['column'].name}"
    return {"table": str(given["table_name"]), "what": what, "hint": hint}


def of_script(error: BaseException) -> Cause:
    """Why a script stops."""
    missing = _NO_OPERATION.search(told(error))
    if missing is not None and isinstance(error, AttributeError):
        return {
            "error": f"there is no operation {missing[1]}",
            "hint": "if it comes from a plug-in, install and import that where sqlite-batchify verify runs; "
            "else see how Alembic spells it",
        }
    statement = getattr(error, "statement", None)
    return of_statement(error, statement) if isinstance(error, Exception) and isinstance(statement, str) else {}


def wants_rows(error: BaseException) -> bool:
    """Whether an error may come from a query that found no row."""
    if isinstance(error, StopIteration):
        return True
    return type(error).__name__ in _LOOKED and _NO_ROWS.search(told(error)) is not None


def _failure(
    reader: Reader,
    error: Exception,
    operations: Any,
    table: str,
    queue: Any,
    call: Call,
    variable: str,
    calls: Sequence[Call] = (),
) -> Failure:
    connection = operations.get_bind()
    raw = connection.connection.dbapi_connection
    return Failure(error, table, partial(reader.schema, raw), queue, call, variable, raw.execute, calls)


def _first(failure: Failure) -> Cause:
    return next((cause for way in _WAYS if (cause := way(failure))), {})


def text_of(statement: Any) -> str:
    """The SQL of what is executed, as far as it is text."""
    text = statement if isinstance(statement, str) else getattr(statement, "text", "")
    return text if isinstance(text, str) else ""
