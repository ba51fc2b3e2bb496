"""From a call on ``op`` (or on a block's ``batch_op``) to a description of the operation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import libcst as cst

from .. import findings
from ..findings import Code
from ..operations import (
    BATCH_ALTER_TABLE,
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
from .runs import UNKNOWN, Convention, Description, Host, Names
from .syntax import descendants, dotted, is_none, literal, source

Arguments = dict[str, int]
"""Parameter -> index of the argument in the call."""


class Direct(NamedTuple):
    """A call on ``op`` that concerns one table, as a statement of its own."""

    call: cst.Call
    operation: Operation
    arguments: Arguments
    description: Description


class Problem(NamedTuple):
    """Why an operation stays as it is. ``detail`` completes the message of the code."""

    code: Code
    detail: str


def read_operation(call: cst.Call, bindings: Bindings) -> Direct | Problem | None:
    """Describe a call.

    Returns None if it is no operation on one table, and a Problem if it is one that would fail on SQLite but cannot be
    put into a block.
    """
    name = bindings.method(call.func)
    if name is None:
        return _shadowed(call, bindings)
    operation = OPERATIONS.get(name)
    if operation is None:
        return None if name in OTHER_METHODS else Problem(findings.PLUGIN, f"op.{name}")
    if operation.needs_block == IMPOSSIBLE:
        return Problem(findings.NO_COUNTERPART, f"op.{name}: {operation.reason}")
    arguments = _bind(call.args, operation.positional, operation.keywords, operation.open_keywords)
    if arguments is None or not _complete(arguments, operation.positional[: operation.required]):
        return _not_understood(call, operation)
    if operation.table not in arguments:
        return None
    description = describe(call, operation, arguments, bindings, _table_of(call, operation, arguments))
    refused = [keyword for keyword in operation.refused if _given(call, arguments, keyword)]
    if refused:
        return Problem(findings.REFUSED_KEYWORD, f"op.{name}({refused[0]}=...)") if description.needs_block else None
    return Direct(call, operation, arguments, description)


def read_host(node: cst.With, bindings: Bindings) -> tuple[Host, str] | None:
    """Describe a ``with op.batch_alter_table(...) as NAME:`` that stands in the script. Returns it and the NAME.

    Returns None if the statement is something else.
    """
    call = batch_call(node, bindings)
    if call is None:
        return None
    name = target_name(node.items[0])
    arguments = _bind(call.args, BATCH_ALTER_TABLE_PARAMETERS, (), False)
    if name is None or arguments is None or "table_name" not in arguments or len(node.items) != 1:
        return Host(None, None), name or ""
    schema = _argument(call, arguments, "schema")
    table = _table_key(call.args[arguments["table_name"]].value, schema)
    convention = _convention(_argument(call, arguments, "naming_convention"))
    return Host(table, _hosted(node, name, call, arguments, table, bindings), convention), name


def batch_call(node: cst.With, bindings: Bindings) -> cst.Call | None:
    """The call of ``op.batch_alter_table`` that a ``with`` statement begins with."""
    call = node.items[0].item
    if isinstance(call, cst.Call) and bindings.method(call.func) == BATCH_ALTER_TABLE:
        return call
    return None


def target_name(item: cst.WithItem) -> str | None:
    if item.asname is not None and isinstance(item.asname.name, cst.Name):
        return item.asname.name.value
    return None


def read_batched(call: cst.Call, name: str, table: Hashable, bindings: Bindings) -> Description | None:
    """Describe a call on a block's ``batch_op``; None if it is not understood."""
    if not isinstance(call.func, cst.Attribute) or dotted(call.func.value) != (name,):
        return None
    operation = OPERATIONS.get(call.func.attr.value)
    if operation is None or operation.needs_block == IMPOSSIBLE:
        return None
    arguments = _bind(call.args, operation.batch_positional, operation.batch_keywords, operation.batch_open_keywords)
    if arguments is None or not _complete(arguments, operation.batch_positional[: operation.batch_required]):
        return None
    return describe(call, operation, arguments, bindings, table)


def copies_table(block: cst.With, bindings: Bindings) -> bool:
    """Whether a block that stands in the script makes a copy of its table on SQLite."""
    opening = cst.ensure_type(block.items[0].item, cst.Call)
    name = target_name(block.items[0])
    given = {arg.keyword.value: arg.value for arg in opening.args if arg.keyword is not None}
    if "recreate" in given and literal(given["recreate"]) != "auto":
        return literal(given["recreate"]) == "always"
    calls = (each for each in descendants(block.body) if isinstance(each, cst.Call))
    described = (read_batched(each, name, None, bindings) for each in calls) if name is not None else ()
    return any(each is not None and each.needs_block for each in described)


def index_on_expression(call: cst.Call) -> Names:
    """The name of the index that a ``create_index`` makes, if it is on an expression or may be."""
    if dotted(call.func)[-1:] != ("create_index",):
        return frozenset()
    positional = [arg.value for arg in call.args if arg.keyword is None]
    given = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    name = positional[0] if positional else given.get("index_name")
    if name is None or UNKNOWN not in columns.names_in(given.get("columns", positional[-1] if positional else None)):
        return frozenset()
    if isinstance(name, cst.Call) and dotted(name.func)[-1:] == ("f",) and len(name.args) == 1:
        name = name.args[0].value
    return columns.name_of(name) - {UNKNOWN}


def _hosted(
    node: cst.With, name: str, call: cst.Call, arguments: Arguments, table: Hashable, bindings: Bindings
) -> tuple[Description, ...] | None:
    """The operations of a block, None if another operation cannot safely be put into it."""
    if set(arguments) - {"table_name", "schema", "naming_convention", "recreate"}:
        return None
    recreate = _argument(call, arguments, "recreate")
    if recreate is not None and literal(recreate) not in ("auto", "always"):
        return None
    if not isinstance(node.body, cst.IndentedBlock):
        return None
    described: list[Description] = []
    for line in node.body.body:
        if not isinstance(line, cst.SimpleStatementLine):
            return None
        for small in line.body:
            if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
                return None
            description = read_batched(small.value, name, table, bindings)
            if description is None or not description.takes_block:
                return None
            described.append(description)
    return tuple(described)


def _convention(node: cst.BaseExpression | None) -> Convention | None:
    if node is None or is_none(node):
        return ()
    if not isinstance(node, cst.Dict):
        return None
    found: dict[str, str] = {}
    for element in node.elements:
        key = literal(element.key) if isinstance(element, cst.DictElement) else None
        value = literal(element.value)
        if key is None or value is None:
            return None
        found[key] = value
    return tuple(found.items())


def _shadowed(call: cst.Call, bindings: Bindings) -> Problem | None:
    if not bindings.shadows(call.func) or not isinstance(call.func, cst.Attribute):
        return None
    operation = OPERATIONS.get(call.func.attr.value)
    if operation is None or operation.needs_block == NEVER:
        return None
    arguments = _bind(call.args, operation.positional, operation.keywords, operation.open_keywords)
    if arguments is None or not _complete(arguments, operation.positional[: operation.required]):
        return None
    return Problem(findings.SHADOWED, f"{source(call.func)}(...)")


def _not_understood(call: cst.Call, operation: Operation) -> Problem | None:
    if operation.needs_block == NEVER:
        return None
    starred = next((arg for arg in call.args if arg.star), None)
    if starred is not None:
        return Problem(findings.STAR_ARGUMENTS, f"op.{operation.name}({starred.star}{source(starred.value)})")
    return Problem(findings.ARGUMENTS, f"op.{operation.name}({', '.join(operation.positional)}, ...)")


def _bind(
    args: Sequence[cst.Arg], positional: Sequence[str], keywords: Sequence[str], open_keywords: bool
) -> Arguments | None:
    """Which parameter each argument goes to, None if Python could not bind them or if it depends on a star."""
    bound: Arguments = {}
    for index, arg in enumerate(args):
        if arg.star:
            return None
        if arg.keyword is None:
            if index >= len(positional):
                return None
            name = positional[index]
        else:
            name = arg.keyword.value
            if name not in positional and name not in keywords and not open_keywords:
                return None
        if name in bound:
            return None
        bound[name] = index
    return bound


def _complete(arguments: Arguments, required: Sequence[str]) -> bool:
    return all(name in arguments for name in required)


def _argument(call: cst.Call, arguments: Arguments, name: str) -> cst.BaseExpression | None:
    index = arguments.get(name)
    return None if index is None else call.args[index].value


def _given(call: cst.Call, arguments: Arguments, name: str) -> bool:
    """Whether a keyword is there with another value than None or False."""
    value = _argument(call, arguments, name)
    return value is not None and not (isinstance(value, cst.Name) and value.value in ("None", "False"))


def _table_of(call: cst.Call, operation: Operation, arguments: Arguments) -> Hashable:
    table = call.args[arguments[operation.table]].value
    return _table_key(table, _argument(call, arguments, operation.schema))


def _table_key(table: cst.BaseExpression, schema: cst.BaseExpression | None) -> Hashable:
    """Equal for expressions that surely name the same table, None if evaluating one could have a side effect."""
    named = _expression_key(table)
    if schema is None or is_none(schema):
        return named and (named, None)
    within = _expression_key(schema)
    return named and within and (named, within)


def _expression_key(node: cst.BaseExpression) -> Hashable:
    value = literal(node)
    if value is not None:
        return ("literal", value)
    if dotted(node):
        return ("expression", ".".join(dotted(node)))
    if isinstance(node, cst.FormattedString) and all(_plain_part(part) for part in node.parts):
        return ("expression", source(node))
    return None


def _plain_part(part: cst.BaseFormattedStringContent) -> bool:
    if isinstance(part, cst.FormattedStringExpression):
        return bool(dotted(part.expression)) and not part.format_spec
    return True


def describe(
    call: cst.Call, operation: Operation, arguments: Arguments, bindings: Bindings, table: Hashable
) -> Description:
    """What the operation does; ``arguments`` may be those of the direct or of the batch form."""
    given = {name: call.args[index].value for name, index in arguments.items()}
    starts_block = not all(
        bindings.builds(value) for name, value in given.items() if name not in (operation.table, operation.schema)
    )
    traits = _traits(operation, given, bindings)
    return Description(operation.name, table, starts_block=starts_block, **traits)


def _traits(operation: Operation, given: dict[str, cst.BaseExpression], bindings: Bindings) -> columns.Traits:
    if operation.needs_block == BY_COLUMN:
        return columns.of_added_column(given, bindings)
    if operation.needs_block == UNLESS_RENAME:
        return columns.of_altered_column(given)
    traits: columns.Traits = {"needs_block": operation.needs_block != NEVER}
    if "column_name" in given:
        traits["drops"] = columns.name_of(given["column_name"])
    name = given.get("constraint_name", given.get("index_name"))
    if name is not None:
        traits["ends" if operation.name.startswith("drop_") else "makes"] = _constraint_name(name, bindings)
    if operation.name == "create_index":
        uses = columns.names_in(given.get("columns"))
        return {**traits, "uses": uses, "takes_block": UNKNOWN not in uses}
    if operation.name.startswith("create_") and operation.name != "create_table_comment":
        local = given.get("columns", given.get("local_cols"))
        traits["uses"] = columns.names_in(local) | columns.names_in(given.get("remote_cols", local))
    return traits


def _constraint_name(node: cst.BaseExpression, bindings: Bindings) -> Names:
    if isinstance(node, cst.Call) and bindings.method(node.func) == "f" and len(node.args) == 1:
        node = node.args[0].value
    if is_none(node):
        return frozenset()
    return columns.name_of(node)
