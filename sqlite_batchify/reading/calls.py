"""From a call on ``op`` (or on a block's ``batch_op``) to a description of the operation."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .. import findings
from ..findings import Code
from ..names import UNKNOWN, may_be_cut
from ..operations import (
    AT_ONCE,
    BATCH_ALTER_TABLE_PARAMETERS,
    BY_COLUMN,
    IMPOSSIBLE,
    NEVER,
    OPERATIONS,
    OTHER_METHODS,
    UNLESS_RENAME,
    Operation,
)
from . import columns
from .bindings import Bindings
from .dialect import sqlite_test
from .exact import read_convention
from .guards import Guards
from .kinds import Kind, read_kind, spoils
from .model import Added, Call, Convention, Description, Names, Note, Place
from .scopes import Opened, Scope
from .sql.objects import INDEX, lost_of_index, read_object, table_of
from .syntax import Lines, arguments, dotted, is_none, is_set, keywords_of, last_name, literal, suites_of, unwrapped

Arguments = dict[str, int]
"""Parameter -> index of the argument in the call."""
_GENERATING = frozenset({"Identity", "Computed"})
_GENERATED = "op.alter_column: SQLite cannot let an existing column make its own values"
_DEFERRED = "write deferrable=True beside it, which PostgreSQL takes for granted"
_FOR_SQLITE = 'let it be an Integer there: .with_variant(sa.Integer(), "sqlite") behind the type'
_INDEXES = frozenset({"create_index", "drop_index"})
_FILLED = "add it nullable and without primary_key=True, fill it, and make it the key then"
_IMMEDIATE = "leave it out, as every database takes it for granted"
_BLOCK_KEYWORDS = frozenset({"table_name", "schema", "naming_convention", "recreate"})


class Problem(NamedTuple):
    """Why an operation stays as it is. ``detail`` completes the message of the code, ``hint`` that of the remedy."""

    code: Code
    detail: str
    hint: str = ""


class Heading(NamedTuple):
    """What a ``batch_alter_table(...)`` says. ``joins`` if it has no keyword under which another operation may differ.

    ``convention`` is None if it cannot be told, and so is ``recreate``, which says whether the table is copied on
    SQLite: "always", "never", or "auto" if that depends.
    """

    table: Hashable
    joins: bool
    convention: Convention | None
    recreate: str | None


def read_operation(call: ast.Call, scope: Scope, lines: Lines) -> Call | Problem | None:
    """Describe a call.

    Returns None if it is no operation on one table, and a Problem if it is one that would fail on SQLite but cannot be
    put into a block.
    """
    bindings = scope.bindings
    name = bindings.method(call.func)
    if name is None:
        return _shadowed(call, bindings)
    operation = OPERATIONS.get(name)
    if operation is None:
        return None if name in OTHER_METHODS else Problem(findings.PLUGIN, f"op.{name}")
    if operation.needs_block == IMPOSSIBLE:
        return Problem(findings.NO_COUNTERPART, f"op.{name}: {operation.reason}")
    bound = bind(call, operation.positional, operation.keywords, operation.open_keywords)
    if bound is None or not _complete(bound, operation.positional[: operation.required]):
        return _not_understood(call, operation, lines)
    if operation.table not in bound:
        return None
    given = _values(call, bound)
    table = _table_key(given[operation.table], given.get(operation.schema))
    read = _describe(call, operation, bound, given, table, scope, lines)
    refused = [keyword for keyword in operation.refused if _is_set_on_sqlite(given.get(keyword))]
    if refused:
        needs = read.description.needs_block or name == "add_column"  # SQLite has no condition there
        return Problem(findings.REFUSED_KEYWORD, f"op.{name}({refused[0]}=...)") if needs else None
    if read.added is not None and read.added.inline and read.description.needs_block:
        return Problem(findings.REFUSED_KEYWORD, f"op.{name}(inline_references=...)")
    return read._replace(opening=bindings.opening(call), imported=bindings.wanted_import(call))


def _told(name: str, given: dict[str, ast.expr], scope: Scope) -> Problem | None:
    """What fails on SQLite in a block as well."""
    bindings = scope.bindings
    default = given.get("server_default") if name == "alter_column" else None
    if isinstance(default, ast.Call) and bindings.kind(default.func) in _GENERATING:
        return Problem(findings.NO_COUNTERPART, _GENERATED)
    if name == "create_foreign_key" and is_set(given.get("initially")) and "deferrable" not in given:
        when = literal(given["initially"]) or ""
        hint = _IMMEDIATE if when.upper() == "IMMEDIATE" else _DEFERRED
        return Problem(findings.INITIALLY_ALONE, f"initially={ast.unparse(given['initially'])}", hint)
    if name in AT_ONCE:
        deferring = [each for each in ("deferrable", "initially") if _is_told(given.get(each))]
        if deferring:
            test = sqlite_test(min(bindings.receivers, default="op"))
            hints = (f"{each}=None if {test} else {ast.unparse(given[each])}" for each in deferring)
            return Problem(findings.NOT_DEFERRABLE, f"{name}({deferring[0]}=...)", ", ".join(hints))
    key = columns.key_without_values(given, scope) if name == "add_column" else None
    if key is not None:
        return Problem(findings.KEY_WITHOUT_VALUES, key.name, _FOR_SQLITE if key.is_whole else _FILLED)
    return None


def _is_told(node: ast.expr | None) -> bool:
    """Whether a keyword surely says something to SQLite; False is NOT DEFERRABLE."""
    said = None if node is None else _chosen(node, Guards())
    return isinstance(said, ast.Constant) and said.value is not None


def _is_set_on_sqlite(node: ast.expr | None) -> bool:
    return is_set(node) and node is not None and Guards().truth(node) is not False


def read_batched(call: ast.Call, names: Names, table: Hashable, scope: Scope, lines: Lines) -> Call | None:
    """Describe a call on the variable of a block; None if it is not understood."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return None
    operation = OPERATIONS.get(call.func.attr) if call.func.value.id in names else None
    if operation is None or operation.needs_block == IMPOSSIBLE:
        return None
    bound = bind(call, operation.batch_positional, operation.batch_keywords, operation.batch_open_keywords)
    if bound is None or not _complete(bound, operation.batch_positional[: operation.batch_required]):
        return None
    return _describe(call, operation, bound, _values(call, bound), table, scope, lines)


def read_partly(call: ast.Call, names: Names, scope: Scope, lines: Lines) -> Call | None:
    """Of an operation in a block whose arguments cannot all be told, as much as it takes to name constraints."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return None
    operation = OPERATIONS.get(call.func.attr) if call.func.value.id in names else None
    if operation is None or operation.needs_block in (NEVER, IMPOSSIBLE):
        return None
    plain = itertools.takewhile(lambda each: not isinstance(each, ast.Starred), call.args)
    bound = {name: place for place, (name, _) in enumerate(zip(operation.batch_positional, plain, strict=False))}
    given = arguments(call)
    bound |= {each.arg: place for place, each in enumerate(given) if isinstance(each, ast.keyword) and each.arg}
    values = {name: _value(given[place]) for name, place in bound.items()}
    place = bound.get("constraint_name") if "constraint_name" in operation.batch_positional else None
    name = values.get("constraint_name")
    added = None
    if operation.needs_block == BY_COLUMN and "column" in bound:
        added = columns.read_added(values, bound["column"], scope)
    described = Description(operation.name, None, False, takes_block=False)
    return Call(place_of(call, lines), described, bound, *_named(place, name), added, scope.bindings.receivers)


def read_heading(block: Opened, only: bool, guards: Guards) -> Heading:
    """What opens a block that stands in the script; ``only`` if its ``with`` has no other item."""
    bound = bind(block.call, BATCH_ALTER_TABLE_PARAMETERS, (), False)
    if bound is None or "table_name" not in bound:
        return Heading(None, False, None, None)
    given = _values(block.call, bound)
    recreate = given.get("recreate")
    said = "auto" if recreate is None else literal(recreate)
    on_sqlite = said if recreate is None else literal(_chosen(recreate, guards))
    joins = only and block.variable is not None and said == "auto" and set(bound) <= _BLOCK_KEYWORDS
    table = _table_key(given["table_name"], given.get("schema"))
    return Heading(table, joins, _convention(given.get("naming_convention")), on_sqlite)


def _chosen(node: ast.expr, guards: Guards) -> ast.expr:
    """What an expression is on SQLite: the part of ``... if ... else ...`` that is taken there."""
    while isinstance(node, ast.IfExp):
        holds = guards.truth(node.test)
        if holds is None:
            break
        node = node.body if holds else node.orelse
    return node


def whole_columns(block: Opened) -> Names:
    """The columns that a block gives whole."""
    listed = keywords_of(block.call).get("reflect_args")
    items = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else []
    calls = (each for each in items if isinstance(each, ast.Call) and last_name(each) == columns.COLUMN and each.args)
    return frozenset().union(*(columns.name_of(each.args[0]) for each in calls))


def only_by_a_copy(call: Call) -> bool:
    """Whether SQLite surely does not do an operation of a block unless it copies the table.

    It drops a plain column without a copy, and what cannot be told of a column that is added may be fine as well.
    """
    added = call.added
    if added is None:
        return call.description.needs_block and call.description.name != "drop_column"
    return not added.inline and bool(added.keys or (added.unique_flag is not None and not added.indexed))


def place_of(node: ast.expr | ast.stmt, lines: Lines) -> Place:
    return Place(node.lineno, lines.column(node.lineno, node.col_offset))


def indexes_on_expressions(tree: ast.Module) -> Iterator[str]:
    pending: list[Sequence[ast.stmt]] = [tree.body]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield from _index_on_expression(statement.value)
            pending.extend(suite for _, suite in suites_of(statement))


def _index_on_expression(call: ast.Call) -> Names:
    """The name of the index that a ``create_index`` makes, if it is on an expression or may be; or that SQL makes."""
    if last_name(call) == "execute" and call.args:
        made = read_object(literal(call.args[0]) or "")
        if made is None or made.kind != INDEX or not made.text or not lost_of_index(made.text, table_of(made)):
            return frozenset()
        return frozenset({made.name.lower()})
    if last_name(call) != "create_index":
        return frozenset()
    given = keywords_of(call)
    name = call.args[0] if call.args else given.get("index_name")
    listed = given.get("columns", call.args[-1] if call.args else None)
    if name is None or UNKNOWN not in columns.names_in(listed):
        return frozenset()
    return columns.name_of(unwrapped(name, "f")) - {UNKNOWN}


def bind(call: ast.Call, positional: Sequence[str], keywords: Sequence[str], open_keywords: bool) -> Arguments | None:
    """Which parameter each argument goes to, None if Python could not bind them or if it depends on a star."""
    if len(call.args) > len(positional) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    bound: Arguments = dict(zip(positional, range(len(call.args)), strict=False))
    for index, keyword in enumerate(call.keywords, len(call.args)):
        name = keyword.arg
        if name is None or name in bound:
            return None
        if name not in positional and name not in keywords and not open_keywords:
            return None
        bound[name] = index
    return bound


def _values(call: ast.Call, bound: Mapping[str, int]) -> dict[str, ast.expr]:
    given = [*call.args, *(each.value for each in call.keywords)]
    return {name: given[index] for name, index in bound.items()}


def _value(argument: ast.expr | ast.keyword) -> ast.expr:
    return argument.value if isinstance(argument, ast.keyword) else argument


def _complete(bound: Arguments, required: Sequence[str]) -> bool:
    return all(name in bound for name in required)


def _convention(node: ast.expr | None) -> Convention | None:
    if node is None or is_none(node):
        return ()
    if not isinstance(node, ast.Dict):
        return None
    told = read_convention(node, literal)
    return told.convention if told.whole else None


def _shadowed(call: ast.Call, bindings: Bindings) -> Problem | None:
    if not isinstance(call.func, ast.Attribute) or not bindings.shadows(call.func):
        return None
    operation = OPERATIONS.get(call.func.attr)
    if operation is None or operation.needs_block == NEVER:
        return None
    bound = bind(call, operation.positional, operation.keywords, operation.open_keywords)
    if bound is None or not _complete(bound, operation.positional[: operation.required]):
        return None
    return Problem(findings.SHADOWED, f"{'.'.join(dotted(call.func))}(...)")


def _not_understood(call: ast.Call, operation: Operation, lines: Lines) -> Problem | None:
    if operation.needs_block == NEVER:
        return None
    for each in arguments(call):
        if isinstance(each, ast.Starred):
            return Problem(findings.STAR_ARGUMENTS, f"op.{operation.name}(*{lines.segment(each.value)})")
        if isinstance(each, ast.keyword) and each.arg is None:
            return Problem(findings.STAR_ARGUMENTS, f"op.{operation.name}(**{lines.segment(each.value)})")
    return Problem(findings.ARGUMENTS, f"op.{operation.name}({', '.join(operation.positional)}, ...)")


def _table_key(table: ast.expr, schema: ast.expr | None) -> Hashable:
    """Equal for expressions that surely name the same table, None if evaluating one could have a side effect."""
    named = _expression_key(table)
    if schema is None or is_none(schema):
        return named and (named, None)
    within = _expression_key(schema)
    return named and within and (named, within)


def _expression_key(node: ast.expr) -> Hashable:
    value = literal(node)
    if value is not None:
        return ("literal", value)
    parts = dotted(node)
    if parts:
        return ("expression", ".".join(parts))
    if isinstance(node, ast.JoinedStr) and all(_is_plain_part(each) for each in node.values):
        return ("expression", ast.unparse(node))
    if isinstance(node, ast.IfExp) and Guards().truth(node.test) is not None:
        ways = [is_none(each) or _expression_key(each) for each in (node.body, node.orelse)]
        return ("choice", ast.unparse(node.test), *ways) if all(ways) else None
    return None


def _is_plain_part(part: ast.expr) -> bool:
    if isinstance(part, ast.FormattedValue):
        return bool(dotted(part.value)) and part.format_spec is None
    return True


def _describe(
    call: ast.Call,
    operation: Operation,
    bound: Arguments,
    given: dict[str, ast.expr],
    table: Hashable,
    scope: Scope,
    lines: Lines,
) -> Call:
    """What the operation does; ``bound`` may be those of the direct or of the batch form."""
    bindings = scope.bindings
    around = (operation.table, operation.schema)
    starts_block = not all(bindings.builds(value) for name, value in given.items() if name not in around)
    added: Added | None = None
    if operation.needs_block == BY_COLUMN:
        added = columns.read_added(given, bound["column"], scope)
        traits = columns.traits_of(added)
    elif operation.needs_block == UNLESS_RENAME:
        traits = columns.of_altered_column(given)
    else:
        traits = _traits(operation, given)
    named = _named(bound.get("constraint_name"), given.get("constraint_name"))
    if operation.name in _INDEXES and may_be_cut(literal(unwrapped(given["index_name"], "f")) or ""):
        named = _named(bound["index_name"], given["index_name"])
    described = Description(operation.name, table, starts_block=starts_block, **traits)
    casts = bool(described.retypes) and _casts(given, scope)
    place, package = place_of(call, lines), bindings.package
    read = Call(place, described, bound, *named, added, bindings.receivers, sqlalchemy=package, casts=casts)
    told = _told(operation.name, given, scope)
    return read if told is None else read._replace(told=Note(read.place, *told))


def _casts(given: dict[str, ast.expr], scope: Scope) -> bool:
    """Whether a change of type may spoil values, as far as the call tells it."""
    new, old = (_kind(given.get(name), scope) for name in ("type_", "existing_type"))
    return new is not None and not new.takes_all and (old is None or spoils(old, new))


def _kind(node: ast.expr | None, scope: Scope) -> Kind | None:
    held = scope.held(node.id) if isinstance(node, ast.Name) else None
    return read_kind(node if held is None else held.value, scope.bindings.origin)


def _named(place: int | None, name: ast.expr | None) -> tuple[int | None, tuple[int, str] | None]:
    """The place of a constraint's name if that says None, and the place and the name if it is a literal."""
    text = literal(unwrapped(name, "f"))
    if place is None:
        return None, None
    return place if is_none(name) else None, None if text is None else (place, text)


def _traits(operation: Operation, given: dict[str, ast.expr]) -> columns.Traits:
    traits: columns.Traits = {"needs_block": operation.needs_block != NEVER}
    if "column_name" in given:
        traits["drops"] = columns.name_of(given["column_name"])
    name = given.get("constraint_name", given.get("index_name"))
    if name is not None:
        traits["ends" if operation.name.startswith("drop_") else "makes"] = _constraint_name(name)
    if operation.name == "create_index":
        uses = columns.names_in(given.get("columns"))
        return {**traits, "uses": uses, "takes_block": UNKNOWN not in uses}
    if operation.name.startswith("create_") and operation.name != "create_table_comment":
        local = given.get("columns", given.get("local_cols"))
        traits["uses"] = columns.names_in(local) | columns.names_in(given.get("remote_cols", local))
    return traits


def _constraint_name(node: ast.expr) -> Names:
    name = unwrapped(node, "f")
    return frozenset() if is_none(name) else columns.name_of(name)
