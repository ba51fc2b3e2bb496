"""Tables, views, triggers, indexes and generated columns that are in the way of a block or an operation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..planning.edits import BEFORE_BLOCK, BEHIND_BLOCK, FIRST_IN_BLOCK, IN_BLOCK, joined, put
from .emulation import is_catalog
from .failure import Cause, Failure, is_there, look_for, without_argument
from .remedies import Call, written
from .schema import TEMPORARY
from .sql import tokens, unquote, word
from .written import ELSEWHERE, ON_SQLITE, write_computed, write_execute

_VIEW = re.compile(r"error in (view|trigger) (.*?)(?: after (?:rename|drop column|add column))?: ")
_GENERATED = re.compile(r'cannot INSERT into generated column "(.*)"')
_INDEX = re.compile(r"index (.*) already exists")
_TABLE = re.compile(r"table (.*) already exists")
_ABSENT = re.compile(r"NoSuchTableError: (.*)|no such table: (.*)")
_IS_VIEW = re.compile(r"use DROP VIEW to delete view (.*)")
_ELEMENT = re.compile(r"can't render element of type <class '(?:[\w.]*\.)?(\w+)'>")


def of_things(failure: Failure) -> Cause:
    """What is in the way, or not there."""
    for pattern, way in _WAYS:
        found = pattern.search(failure.text)
        if found is not None:
            return way(failure, next(filter(None, found.groups()[::-1]), ""))
    return {}


def _views(failure: Failure, name: str) -> Cause:
    """Views and triggers that look at the table: all of them have to go before a copy."""
    kind = "trigger" if name in failure.schema.triggers else "view"
    if "after drop column" in failure.text:
        return {
            "error": f"the {kind} {name} uses the column",
            "hint": f"drop the {kind} and create it again behind it, without the column; before it: "
            f"{write_execute(f'DROP {kind.upper()} {word(name)}')}",
        }
    texts = _looking(failure)
    if name not in texts:
        return {}
    drops = write_execute(*(f"DROP {kind} {word(each)}" for each, (kind, _) in reversed(texts.items())))
    used = {unquote(token).lower() for _, text in texts.values() for token in tokens(text)}
    gone = [each for each in _gone(failure) if each.lower() in used]
    what, before = f"drop the {kind} and create it again; ", put(BEFORE_BLOCK, drops)
    if gone:
        hint = f"{what}{before}; {BEHIND_BLOCK}: as it is to be without {', '.join(gone)}"
    else:
        hint = joined(what, before, "; ", put(BEHIND_BLOCK, write_execute(*(text for _, text in texts.values()))))
    return {
        "error": f"the {kind} {name} looks at {failure.table}, and SQLite renames no table while something looks at "
        "one that is gone",
        "hint": hint,
    }


def _gone(failure: Failure) -> Iterator[str]:
    """The names of columns that a block takes away."""
    for operation, args, keywords in failure.queue:
        if operation == "drop_column":
            yield str(args[1].name)
        elif operation == "alter_column" and keywords.get("name"):
            yield str(args[1])


def _looking(failure: Failure) -> dict[str, tuple[str, str]]:
    """The views that read the table, directly or through one another, and the triggers of other tables that name it."""
    names, found = {failure.table.lower()}, {}
    for name, text in failure.schema.views.items():
        if names & {unquote(token).lower() for token in tokens(text)[3:]}:
            names.add(name.lower())
            found[name] = ("VIEW", text)
    for name, (owner, text) in failure.schema.triggers.items():
        if owner.lower() != failure.table.lower() and names & {unquote(token).lower() for token in tokens(text)[3:]}:
            found[name] = ("TRIGGER", text)
    return found


def _generated(failure: Failure, column: str) -> Cause:
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    text = failure.ask(query, (failure.table,)).fetchone()
    if text is None or failure.known is None:
        return {}
    columns, variable = failure.known.columns, failure.variable
    drops, adds = [], []
    for place, each in enumerate(columns):
        if each.generated:
            where = Call(
                "", (), {"insert_after": columns[place - 1].name} if place else {"insert_before": columns[1].name}
            )
            drops.append(f"{variable}.drop_column({written(each.name)})")
            adds.append(f"{variable}.add_column({write_computed(each, text[0])}, {where.written('').strip('.()')})")
    first, last = (f"{ON_SQLITE}{'; '.join(each)}" for each in (drops, adds))
    return {
        "error": f"{failure.table} has the generated column {column}, and batch mode copies into it",
        "hint": joined("make it anew; ", put(FIRST_IN_BLOCK, first), "; ", put(IN_BLOCK, last)),
    }


def _index_there(failure: Failure, index: str) -> Cause:
    query = "SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND name = ? COLLATE NOCASE"
    owner = failure.ask(query, (index,)).fetchone()
    if owner is None:
        return {}
    where = "in the whole database" if owner[0].lower() != failure.table.lower() else "in a table"
    return {
        "error": f"{failure.who} makes the index {index}, which {owner[0]} has already; a name is there once {where}",
        "hint": f"leave it out, or give it another name, or {look_for(index, 'get_indexes', owner[0])}",
    }


def _table_there(failure: Failure, table: str) -> Cause:
    table = unquote(table)
    if table.startswith(TEMPORARY):
        return {
            "error": f"{table} is there already, left by the script or by an attempt that failed",
            "hint": put(BEFORE_BLOCK, write_execute(f"DROP TABLE IF EXISTS {word(table)}")),
        }
    return {
        "error": f"the table {table} is there already",
        "hint": "leave it out, or drop it where it is made before, or look first (not for --sql, "
        f"where there is no connection): if not sa.inspect(op.get_bind()).has_table({written(table)}):",
    }


def _absent(failure: Failure, name: str) -> Cause:
    if is_catalog(name) or "." in name or name.lower() != failure.table.lower():
        return {}
    if name.startswith(TEMPORARY):
        code = write_execute(f"DROP TABLE IF EXISTS {word(name)}")
        return {"error": f"there is no table {name}", "hint": f"leave it out, or instead of it: {code}"}
    return {
        "error": f"there is no table {name}",
        "hint": "see why no earlier revision has created the table, or under which other name",
    }


def _is_view(failure: Failure, name: str) -> Cause:
    text = failure.schema.views.get(name, "")
    drop = f"op.execute({written(f'DROP VIEW {word(name)}')})"
    return {
        "error": f"{name} is a view, and batch mode copies tables",
        "hint": f"instead of the block drop the view and create it as it is to be: {drop}; it is {text}",
    }


def _unknown_element(failure: Failure, name: str) -> Cause:
    return {
        "error": f"SQLite has no {name}",
        "hint": f"do this for other databases only: {ELSEWHERE.rstrip()}",
    }


def _no_constraint_of_this_kind(failure: Failure, _: str) -> Cause:
    if failure.call.method != "create_exclude_constraint":
        return {}
    return _unknown_element(failure, "ExcludeConstraint")


def _index_keyword(failure: Failure, keyword: str) -> Cause:
    """``if_exists`` and ``if_not_exists`` of indexes, which a block that copies its table does not take."""
    for entry in failure.queue:
        operation, args, keywords = entry
        if operation in ("create_index", "drop_index") and keyword in keywords:
            there = is_there(str(args[0].name), "get_indexes", failure.table, operation == "drop_index")
            return {
                "error": f"its {operation} takes no {keyword} while it copies the table",
                "hint": failure.without(entry, keyword, there),
            }
    return {"error": f"it takes no {keyword}", "hint": without_argument(keyword)}


_WAYS = (
    (_VIEW, _views),
    (_GENERATED, _generated),
    (_INDEX, _index_there),
    (_TABLE, _table_there),
    (_ABSENT, _absent),
    (_IS_VIEW, _is_view),
    (_ELEMENT, _unknown_element),
    (re.compile(r"(No support for ALTER of constraints)"), _no_constraint_of_this_kind),
    (re.compile(r"^TypeError: .*got an unexpected keyword argument '(\w+)'"), _index_keyword),
)
