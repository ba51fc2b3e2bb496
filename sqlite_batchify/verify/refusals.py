"""What batch mode or SQLite refuses of the operations of a block, told from them and from the table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ..operations import AT_ONCE
from ..planning.edits import (
    ARGUMENT,
    BEFORE,
    BEHIND_BLOCK,
    FIRST_IN_BLOCK,
    INSTEAD,
    KEYWORDS,
    LEAVE_OUT,
    WITHOUT_KEYWORD,
    Edit,
    Remedy,
    joined,
    put,
)
from ..reading.dialect import copied_on_sqlite, sqlite_test
from ..reading.syntax import in_quotes
from .errors import told
from .failure import Cause, Failure, is_there, look_for, without_argument
from .queues import Queue, kind_of
from .remedies import Call, written
from .sql import tokens, unquote
from .written import ELSEWHERE, ON_SQLITE

_ABOUT_COLUMNS = re.compile(
    r"^KeyError|no such column|duplicate column|CircularDependency|DuplicateColumn|has no column"
)
_NO_COLUMN = re.compile(r"no such column: \"?([^\"]*)\"?$")
_AFTER_DROP = re.compile(r"error in (index|view|trigger|table) (.*) after drop column: no such column: \"?([^\"]*)\"?$")
_NEEDS_COPY = re.compile(r"No support for ALTER|^OperationalError: near ")
_DEFERRED = re.compile('near "(DEFERRABLE|INITIALLY|NOT)": syntax error')
_DEFER = ("deferrable", "initially")
_LISTS = {"index": "get_indexes", "unique": "get_unique_constraints", "check": "get_check_constraints"}
_LISTS |= {"foreignkey": "get_foreign_keys"}
_EXISTS = {
    "add_column": ("if_not_exists", "ADD COLUMN IF NOT EXISTS"),
    "drop_column": ("if_exists", "DROP COLUMN IF EXISTS"),
}


def of_deferred(failure: Failure) -> Cause:
    """DEFERRABLE and INITIALLY, which SQLite takes at foreign keys only, and there not the second without the first."""
    refused = _DEFERRED.search(failure.text)
    if refused is None:
        return {}
    for each in (*failure.calls, failure.call):
        given = {word: each.keywords[word] for word in _DEFER if each.keywords.get(word) is not None}
        if given and each.method in AT_ONCE:
            error = f"SQLite defers foreign keys alone, and {each.method} says {next(iter(given))}"
            hints = (f"{word}=None if {sqlite_test()} else {written(value)}" for word, value in given.items())
            return {"error": error, "hint": f"say it to other databases only: {', '.join(hints)}"}
    if refused[1] != "INITIALLY":
        return {}
    hint = "write deferrable=True beside initially, which PostgreSQL takes for granted"
    error = "INITIALLY stands without DEFERRABLE"
    alone = (each for each in (*failure.calls, failure.call) if each.keywords.get("initially"))
    found = next((each for each in alone if each.keywords.get("deferrable") is None), None)
    if found is None:
        return {"error": error, "hint": hint}
    keyword = f"deferrable=True if {sqlite_test()} else None"
    edit = Edit(ARGUMENT, keyword, found.line, found.method)
    return {"error": f"{found.method}: {error}", "hint": Remedy(f"{hint}; or for SQLite alone: {keyword}", edit)}


def of_columns(failure: Failure) -> Cause:
    """A column that is not there, not yet, not any more, in other letters, or there already."""
    if failure.known is None or not _ABOUT_COLUMNS.search(failure.text):
        return {}
    if "partial_reordering" in failure.call.keywords and "Circular" in failure.text:
        return {
            "error": "partial_reordering asks for an order that contradicts itself",
            "hint": "name each pair of columns in it once",
        }
    return _used_by(failure) or next(_wrong_columns(failure), {})


def _used_by(failure: Failure) -> Cause:
    """An index or a CHECK that uses a column which is dropped."""
    after, absent = _AFTER_DROP.search(failure.text), _NO_COLUMN.search(failure.text)
    column = after[3] if after else absent[1] if absent else ""
    dropped = {str(args[1].name).lower() for operation, args, _ in failure.queue if operation == "drop_column"}
    assert failure.known is not None
    if column.lower() not in dropped or (after and after[1] not in ("index", "table")):
        return {}
    name, ended = failure.called(column), {name.lower() for name in _ended(failure.queue)}
    for index in failure.known.indexes:
        if column.lower() in index.mentioned and index.name.lower() not in ended:
            where = FIRST_IN_BLOCK if failure.is_block else BEFORE
            call = Call("drop_index", (index.name,) if failure.is_block else (index.name, failure.table))
            first = put(where, f"{ON_SQLITE}{call.written(failure.variable)}")
            return {
                "error": f"the index {index.name} uses {name}, which {failure.who} drops",
                "used_by": index.name.lower(),
                "hint": joined("drop the index first, as other databases do by themselves; ", first),
            }
    for check in failure.known.constraints:
        if check.kind == "check" and check.name and column.lower() in _words(check.text):
            if check.name.lower() in ended:
                continue
            error = f"the CHECK {check.name} uses {name}, which {failure.who} drops"
            if not failure.is_block:
                return {"error": error}
            drop = Call("drop_constraint", (check.name,), {"type_": "check"}).written(failure.variable)
            first = put(FIRST_IN_BLOCK, f"{ON_SQLITE}{drop}")
            return {"error": error, "hint": joined("drop it first, as PostgreSQL does by itself; ", first)}
    return {}


def _ended(queue: Queue) -> Iterator[str]:
    yield from (str(args[0].name) for operation, args, _ in queue if operation in ("drop_index", "drop_constraint"))


def _words(text: str) -> set[str]:
    return {unquote(token).lower() for token in tokens(text)}


class _Names:
    """The columns as the operations of a block leave them, one after the other."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.there = list(failure.columns)
        self.renamed: dict[str, str] = {}
        self.added: list[str] = []
        self.dropped: list[str] = []
        self.entry: object = None

    def lacks(self, column: str, does: str) -> Cause:
        """What is wrong with the use of a column, empty if nothing is."""
        table, who = self.failure.table, self.failure.who
        if column in self.there or column in self.added:
            return {}
        if column in self.renamed:
            return {
                "error": f"it {does} {column}, as which it has renamed {self.renamed[column]} before",
                "hint": self.failure.divided(self.entry),
            }
        if column in self.dropped:
            error = f"{who} {does} {column}, which it has dropped before"
            return {"error": error, "hint": "leave one of the two out"}
        alike = [each for each in (*self.there, *self.added) if each.lower() == column.lower()]
        if alike and self.failure.is_block:
            return {
                "error": f"it {does} {column}, and the column of {table} is {alike[0]}, in other letters",
                "hint": f"write {written(alike[0])}, as every database needs it",
            }
        if alike:
            return {}
        return {
            "error": f"{who} {does} {column}, and {table} has no such column; it has {', '.join(self.there)}",
            "hint": f"write the name of a column, or see which earlier revision should have made {column}, or "
            + look_for(column, "get_columns", table, there=True),
        }

    def has(self, column: str) -> bool:
        return column.lower() in {each.lower() for each in (*self.there, *self.added)}


def _wrong_columns(failure: Failure) -> Iterator[Cause]:
    names = _Names(failure)
    for names.entry in failure.queue:
        operation, args, keywords = names.entry
        if operation == "alter_column":
            yield from filter(None, (_alter(names, str(args[1]), keywords),))
        elif operation == "drop_column":
            name = str(args[1].name)
            yield from filter(None, (names.lacks(name, "drops"),))
            names.there = [each for each in names.there if each != name]
            names.dropped.append(name)
        elif operation == "add_column":
            yield from filter(None, (_add(names, str(args[1].name), keywords),))
        elif operation == "create_index":
            yield from _index(names, args[0])
        elif operation == "add_constraint" and kind_of(args[0]) == "check":
            text = str(args[0].sqltext)
            absent = _NO_COLUMN.search(failure.text)
            if absent and absent[1].lower() in _words(text):
                yield from filter(None, (names.lacks(absent[1], f"makes a CHECK ({text}) on"),))


def _alter(names: _Names, column: str, keywords: Mapping[str, Any]) -> Cause:
    cause = names.lacks(column, "alters")
    if cause:
        return cause
    if column in names.added and keywords.get("type_") is not None:
        return {
            "error": f"it adds {column} and changes its type",
            "hint": names.failure.divided(names.entry),
        }
    new = keywords.get("name")
    if not new or str(new) == column:
        return {}
    if names.has(str(new)) and str(new).lower() != column.lower():
        return {
            "error": f"{names.failure.who} renames {column} to {new}, which {names.failure.table} has already",
            "hint": f"drop {new} in a block before, or leave the rename out",
        }
    names.renamed[str(new)] = column
    return {}


def _add(names: _Names, column: str, keywords: Mapping[str, Any]) -> Cause:
    failure = names.failure
    if names.has(column):
        look = look_for(column, "get_columns", failure.table)
        return {
            "error": f"{failure.who} adds {column}, which {failure.table} has already",
            "hint": f"leave it out, or {look}",
        }
    for where in ("insert_before", "insert_after"):
        if keywords.get(where) and keywords[where] not in (*names.there, *names.added):
            return names.lacks(keywords[where], f"puts {column} {where[7:]}")
    names.added.append(column)
    return {}


def _index(names: _Names, index: Any) -> Iterator[Cause]:
    failure = names.failure
    for each in index.expressions:
        column = str(getattr(each, "name", None) or each)
        if isinstance(each, sa.Column):
            yield from filter(None, (names.lacks(column, f"makes the index {index.name} on"),))
        elif failure.is_block:
            listed = [
                written(part.name if isinstance(part, sa.Column) else sa.text(str(part))) for part in index.expressions
            ]
            unique = ", unique=True" if index.unique else ""
            code = (
                f"op.create_index({written(str(index.name))}, {written(failure.table)}, [{', '.join(listed)}]{unique})"
            )
            error = f"it makes the index {index.name} on the expression {each} while it copies the table"
            taken = Edit(LEAVE_OUT, line=failure.call_of(names.entry).line)
            what = f"make it behind the block and not in it: {code}"
            yield {"error": error, "hint": Remedy(what, taken, Edit(BEHIND_BLOCK, code))}


def of_indexes(failure: Failure) -> Cause:
    """An index that is to be dropped and is not there."""
    found = re.search(r"[Nn]o such index: '?([^']*)'?$", failure.text)
    if found is None or failure.known is None:
        return {}
    for each in failure.known.constraints:
        if each.kind == "unique" and (each.name or "").lower() == found[1].lower():
            return _is_constraint(failure, found[1])
    there = ", ".join(f"{each.name} ({', '.join(sorted(each.names))})" for each in failure.known.indexes)
    look = look_for(found[1], "get_indexes", failure.table, there=True)
    return {
        "error": f"{failure.who} drops the index {found[1]}, and {failure.table} has {there or 'no index'}",
        "hint": f"drop it by the name that it has, or leave it out, or {look}",
    }


def _is_constraint(failure: Failure, name: str) -> Cause:
    """A unique constraint that is dropped as MySQL does it, where it is an index."""
    entry = next((each for each in failure.queue if each[0] == "drop_index" and str(each[1][0].name) == name), None)
    call, dropped = failure.call_of(entry), f'drop_constraint({written(name)}, type_="unique")'
    block = f"with op.batch_alter_table({written(failure.table)}) as batch_op:"
    here = (
        [f"    {failure.variable}.{dropped}"] if failure.is_block else [f"    {block}", f"        batch_op.{dropped}"]
    )
    code = [ELSEWHERE.rstrip(), f"    {call.written(failure.variable)}", "else:", *here]
    return {
        "error": f"{failure.who} drops the index {name}, which is a unique constraint of {failure.table} on SQLite",
        "hint": Remedy(
            f"on SQLite drop that: {' '.join(each.strip() for each in here)}", Edit(INSTEAD, "\n".join(code), call.line)
        ),
    }


def of_options(failure: Failure) -> Cause:
    """A block that may not copy its table, and a default that it cannot make."""
    if not failure.is_block:
        return _exists_clause(failure)
    args, keywords = failure.call.args, dict(failure.call.keywords)
    recreate = keywords.get("recreate", args[2] if len(args) > 2 else "auto")
    if recreate == "never" and _NEEDS_COPY.search(failure.text):
        keywords.pop("recreate", None)
        args = (*args[:2], "auto", *args[3:]) if len(args) > 2 else args
        what = f"leave it out: {Call('batch_alter_table', args, keywords).written('op')}"
        return {
            "error": 'recreate="never" keeps SQLite from copying the table, and it has no other way to do this',
            "hint": Remedy(what, Edit(WITHOUT_KEYWORD, of="recreate")),
        }
    if "Cannot add a PRIMARY KEY column" in failure.text:
        opening = failure.call.written("op", None, recreate=copied_on_sqlite())
        return {
            "error": "it adds a column as primary key, for which the table has to be copied",
            "hint": Remedy(f"copy it on SQLite: {opening}", Edit(KEYWORDS, opening)),
        }
    for entry in failure.queue:
        operation, given, kept = entry
        default = kept.get("server_default")
        if operation == "alter_column" and isinstance(default, (sa.Identity, sa.Computed)):
            kind, column, call = type(default).__name__, str(given[1]), failure.call_of(entry)
            code = f"{ELSEWHERE}{call.written(failure.variable)}"
            other = "numbers an INTEGER PRIMARY KEY by itself" if kind == "Identity" else "computes new columns only"
            return {
                "error": f"batch mode cannot give {column} the default sa.{kind}; SQLite {other}",
                "hint": Remedy(f"for other databases only, instead of it: {code}", Edit(INSTEAD, code, call.line)),
            }
    return _exists_clause(failure)


def _exists_clause(failure: Failure) -> Cause:
    """ADD COLUMN IF NOT EXISTS and DROP COLUMN IF EXISTS, which SQLite does not have."""
    if 'near "EXISTS"' not in failure.text:
        return {}
    for entry in failure.queue:
        operation, args, keywords = entry
        keyword, what = _EXISTS.get(operation, ("", ""))
        if keyword and keywords.get(keyword):
            there = is_there(str(args[1].name), "get_columns", failure.table, operation == "drop_column")
            return {"error": f"SQLite has no {what}", "hint": failure.without(entry, keyword, there)}
    return {}


def of_keyword(call: Call, keyword: str, table: str, given: Mapping[str, Any], variable: str) -> Cause:
    """A keyword that an operation does not take."""
    operation, receiver = call.method, "op's" if variable == "op" else "a block's"
    error = f"{receiver} {operation} takes no {keyword}"
    thing = str(given.get("constraint_name") or given.get("index_name") or given.get("column_name") or "")
    thing = thing or str(getattr(given.get("column"), "name", ""))
    listed = _LISTS.get(str(given.get("type_") or ""), "")
    if operation.endswith("_index"):
        listed = "get_indexes"
    elif operation.endswith("_column"):
        listed = "get_columns"
    plain = replace(call, keywords={key: value for key, value in call.keywords.items() if key != keyword})
    if keyword in ("if_exists", "if_not_exists") and thing and listed:
        instead = put(
            INSTEAD, f"if {is_there(thing, listed, table, keyword == 'if_exists')}: {plain.written(variable)}"
        )
        what = "without it, and look first (not for --sql, where there is no connection); "
        return {"error": error, "hint": joined(what, instead)}
    return {"error": error, "hint": without_argument(keyword)}


def of_position(error: Exception, table: str) -> Cause:
    """``insert_after`` in a block that sends ALTER."""
    if "insert_before or insert_after" not in told(error):
        return {}
    return {
        "error": "insert_before and insert_after need a block that copies the table",
        "hint": "leave them out, so that the column is the last, as on other databases, or copy the table on all of "
        f'them: op.batch_alter_table({in_quotes(table, chr(34))}, recreate="always")',
    }


def queue_of(operation: str, table: str, given: Mapping[str, Any]) -> Queue:
    """The operation as a block would have queued it, as far as columns are concerned."""
    if operation == "add_column" and given.get("column") is not None:
        return [("add_column", (table, given["column"]), given)]
    if operation == "drop_column":
        return [("drop_column", (table, sa.column(str(given.get("column_name")))), given)]
    if operation == "alter_column":
        column = str(given.get("column_name"))
        return [("alter_column", (table, column), {**given, "name": given.get("new_column_name")})]
    if operation == "create_index":
        columns = given.get("columns") or ()
        index = _Index(
            str(given.get("index_name")), [sa.Column(each) if isinstance(each, str) else each for each in columns]
        )
        return [("create_index", (index,), given)]
    return []


@dataclass(frozen=True)
class _Index:
    name: str
    expressions: list[Any]
    unique: bool = False
