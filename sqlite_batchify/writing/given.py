"""Arguments that are added to those of a call that stands in a script."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..planning.placing import PlacingError
from . import blocks
from .calls import dotted, with_keyword

_Display = (cst.Dict, cst.List, cst.Tuple)


def named(arg: cst.Arg) -> str | None:
    """The keyword of an argument, None if it has none."""
    return None if arg.keyword is None else arg.keyword.value


def give_keywords(opening: cst.Call, given: Sequence[cst.Arg]) -> cst.Call:
    """The call that opens a block with the keywords of another, of which these are the arguments.

    A column takes the place of that by the same name in a list; a display is added to, anything else is replaced.
    ``...`` stands for what is there. Raises PlacingError where something else than a display is in the way of one.
    """
    for arg in given:
        name = named(arg)
        if name is not None:
            opening = _give(opening, name, arg.value)
    return opening


def with_table(opening: cst.Call, table: cst.BaseExpression) -> cst.Call:
    """The call that opens a block with another name of its table."""
    place = next(n for n, each in enumerate(opening.args) if named(each) in (None, "table_name"))
    args = list(opening.args)
    args[place] = args[place].with_changes(value=table)
    return opening.with_changes(args=args)


def _give(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    if isinstance(value, cst.Ellipsis):
        return call
    place = next((number for number, each in enumerate(call.args) if named(each) == name), None)
    if place is None:
        return with_keyword(call, name, value)
    known = call.args[place].value
    try:
        joined = blocks.joined_displays(_replaced(known, value), value) if isinstance(value, _Display) else value
    except TypeError as error:
        raise PlacingError(f"what the block has as {name} is not written out") from error
    args = list(call.args)
    args[place] = args[place].with_changes(value=joined)
    return call.with_changes(args=args)


def _replaced(known: cst.BaseExpression, given: cst.BaseExpression) -> cst.BaseExpression:
    """A list or tuple in which columns have the form that they are given."""
    if not isinstance(known, (cst.List, cst.Tuple)) or not isinstance(given, (cst.List, cst.Tuple)):
        return known
    new = {column: each.value for each in given.elements if (column := _column(each.value)) is not None}
    elements = [
        each.with_changes(value=new[column]) if (column := _column(each.value)) in new and column else each
        for each in known.elements
    ]
    return known.with_changes(elements=elements)


def with_items(table: cst.Call, items: Sequence[cst.Arg]) -> cst.Call:
    """A Table with more items behind those that it has; a column takes the place of that by the same name."""
    place = next((n for n, each in enumerate(table.args) if named(each) is not None or each.star), len(table.args))
    new = {column: each.value for each in items if (column := _column(each.value)) is not None}
    known = [
        each.with_changes(value=new[column]) if (column := _column(each.value)) in new and column else each
        for each in table.args[:place]
    ]
    there = [*map(_column, map(_value, known)), *map(blocks.code_of, map(_value, known))]
    added = [each for each in items if _column(each.value) is None and blocks.code_of(each.value) not in there]
    added += [each for each in items if _column(each.value) is not None and _column(each.value) not in there]
    more = blocks.appended(known, added, table.whitespace_before_args) if added else known
    return table.with_changes(args=[*more, *table.args[place:]])


def _value(arg: cst.Arg) -> cst.BaseExpression:
    return arg.value


def _column(node: cst.BaseExpression) -> str | None:
    """The name of a column."""
    if isinstance(node, cst.Call) and dotted(node.func).rpartition(".")[2] == "Column" and node.args:
        first = node.args[0].value
        return str(first.evaluated_value) if isinstance(first, cst.SimpleString) else None
    return None


def give_argument(statement: cst.SimpleStatementLine, of: str, arg: cst.Arg) -> cst.SimpleStatementLine:
    """A statement whose only call of this name has one more keyword. Raises PlacingError if there is no such."""
    giving = _Giving(of, arg)
    changed = statement.visit(giving)
    if giving.found != 1:
        raise PlacingError(f"the statement does not call {of} once")
    return cst.ensure_type(changed, cst.SimpleStatementLine)


class _Giving(cst.CSTTransformer):
    def __init__(self, of: str, arg: cst.Arg) -> None:
        super().__init__()
        self.of, self.arg, self.found = of, arg, 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        if dotted(updated_node.func).rpartition(".")[2] != self.of:
            return updated_node
        self.found += 1
        return _give(updated_node, named(self.arg) or "", self.arg.value)
