"""Names for nameless constraints, put into the calls that create or drop them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from . import blocks
from .history.state import Answer
from .syntax import dotted, is_none


@dataclass(frozen=True)
class Named:
    """A call with the names that could be given.

    ``unique`` are the name and the column of a constraint that is to be created in an operation of its own;
    ``lacking`` says what is still without a name, as text for a finding.
    """

    call: cst.Call
    unique: tuple[cst.BaseExpression, cst.BaseExpression] | None = None
    lacking: tuple[str, ...] = ()


def give_names(
    call: cst.Call, positional: Sequence[str], name: str, answer: Answer, wrap: cst.BaseExpression | None
) -> Named:
    """Name what an operation creates or drops without a name.

    ``positional`` are the parameters of the direct or of the batch form, ``name`` is the operation's, ``answer`` holds
    the names; they stand in a call of ``wrap`` (``op.f``) if there is one.
    """
    if any(arg.star for arg in call.args):
        return Named(call)
    places = {
        arg.keyword.value if arg.keyword is not None else positional[index]: index
        for index, arg in enumerate(call.args)
        if arg.keyword is not None or index < len(positional)
    }
    if "constraint_name" in positional:
        place = places["constraint_name"]
        if not is_none(call.args[place].value):
            return Named(call)
        given = answer.drops if name == "drop_constraint" else next(iter(answer.names), None)
        if given is None:
            return Named(call, lacking=(f"the constraint of {name}",))
        return Named(_with_value(call, place, text(given, call, wrap)))
    if name == "add_column" and isinstance(call.args[places["column"]].value, cst.Call):
        return _with_column(call, places["column"], answer, wrap)
    return Named(call)


def text(value: str, near: cst.CSTNode, wrap: cst.BaseExpression | None = None) -> cst.BaseExpression:
    """A string literal in the quotes that the code nearby uses, in ``wrap(...)`` if that is given."""
    string = cst.SimpleString(blocks.quoted(value, near))
    return string if wrap is None else cst.Call(wrap, [cst.Arg(string)])


def unique_constraint(
    unique: tuple[cst.BaseExpression, cst.BaseExpression], function: cst.BaseExpression, table: Sequence[cst.Arg] = ()
) -> cst.Call:
    """The operation that creates such a constraint; ``table`` are the arguments that only its direct form takes."""
    name, column = unique
    args = [cst.Arg(name), cst.Arg(cst.List([cst.Element(column)]))]
    return cst.Call(function, [*args, *(cst.Arg(each.value, keyword=each.keyword) for each in table)])


def _with_value(call: cst.Call, place: int, value: cst.BaseExpression) -> cst.Call:
    args = list(call.args)
    args[place] = args[place].with_changes(value=value)
    return call.with_changes(args=args)


def _with_column(call: cst.Call, place: int, answer: Answer, wrap: cst.BaseExpression | None) -> Named:
    column = cst.ensure_type(call.args[place].value, cst.Call)
    lacking: list[str] = []
    changed = False
    names = iter(answer.names)
    args = list(column.args)
    for index, arg in enumerate(args):
        if arg.keyword is None and isinstance(arg.value, cst.Call) and dotted(arg.value.func)[-1:] == ("ForeignKey",):
            name = next(names, None)
            if not _is_nameless(arg.value):
                continue
            if name is None:
                lacking.append("the ForeignKey of the column")
            else:
                args[index] = arg.with_changes(value=_with_name(arg.value, text(name, call, wrap)))
                changed = True
    column = column.with_changes(args=args)
    unique = None
    flag = _unique_flag(column)
    if flag is not None:
        if answer.unique is None:
            lacking.append("the unique constraint of the column (unique=True)")
        else:
            named = next((arg for arg in args if arg.keyword is not None and arg.keyword.value == "name"), args[0])
            unique = text(answer.unique, call, wrap), named.value
            column = blocks.without_arguments(column, {flag})
    changed = changed or unique is not None
    return Named(_with_value(call, place, column) if changed else call, unique, tuple(lacking))


def _is_nameless(call: cst.Call) -> bool:
    named = {each.keyword.value: each.value for each in call.args if each.keyword is not None}
    return not any(each.star for each in call.args) and ("name" not in named or is_none(named["name"]))


def _with_name(call: cst.Call, name: cst.BaseExpression) -> cst.Call:
    for index, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == "name":
            return _with_value(call, index, name)
    return blocks.with_keyword(call, "name", name)


def _unique_flag(column: cst.Call) -> int | None:
    """Where the column says ``unique=True``, if that makes a constraint and not an index."""
    flags = {arg.keyword.value: index for index, arg in enumerate(column.args) if arg.keyword is not None}
    if "unique" in flags and _is_true(column.args[flags["unique"]].value):
        indexed = "index" in flags and _is_true(column.args[flags["index"]].value)
        return None if indexed else flags["unique"]
    return None


def _is_true(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "True"
