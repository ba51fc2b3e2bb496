"""Names for nameless constraints, put into the calls that create or drop them.

What a column asks for by a flag (``unique=True``, ``index=True``) gets an operation of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from . import blocks
from .history.answers import Answer
from .syntax import dotted, is_none


class Apart(NamedTuple):
    """What a column asks for by a flag, to be created in an operation of its own."""

    operation: str
    name: cst.BaseExpression
    column: cst.BaseExpression
    unique: bool = False

    def call(self, function: cst.BaseExpression, table: Sequence[cst.Arg] = ()) -> cst.Call:
        """The operation; ``table`` are the arguments that only its direct form takes."""
        args = [cst.Arg(self.name), cst.Arg(cst.List([cst.Element(self.column)]))]
        args += [cst.Arg(each.value, keyword=each.keyword) for each in table]
        if self.unique:
            args.append(blocks.keyword("unique", cst.Name("True")))
        return cst.Call(function, args)


class Named(NamedTuple):
    """A call with the names that could be given.

    ``apart`` is what gets an operation of its own; ``lacking`` is what is still without a name, as text for a finding.
    """

    call: cst.Call
    apart: tuple[Apart, ...] = ()
    lacking: tuple[str, ...] = ()


def give_names(
    call: cst.Call, positional: Sequence[str], name: str, answer: Answer, wrap: cst.BaseExpression | None
) -> Named:
    """Name what an operation creates or drops without a name.

    ``positional`` are the parameters of the direct or of the batch form, ``name`` is the operation's, ``answer`` holds
    the names; they stand in a call of ``wrap`` (``op.f``) if there is one.
    """
    places = _places(call, positional)
    if "constraint_name" in positional:
        place = places.get("constraint_name")
        if place is None or not is_none(call.args[place].value):
            return Named(call)
        given = answer.drops if name == "drop_constraint" else next(iter(answer.names), None)
        if given is None:
            return Named(call, lacking=(f"the constraint of {name}",))
        return Named(_with_value(call, place, _text(given, blocks.quotes_of(call), wrap)))
    place = places.get("column") if name == "add_column" else None
    if place is not None and isinstance(call.args[place].value, cst.Call):
        return _with_column(call, place, answer, wrap)
    return Named(call)


def with_index_apart(named: Named, positional: Sequence[str]) -> Named:
    """The same, with the index of a column that ``add_column`` adds in an operation of its own.

    A copied table would get the index under the name of the table's copy as well. Without a name, the index gets that
    which it had from the flag: whatever the naming convention of the project says. On other databases the statements
    are the same; only a comment on the column comes before the index and not after it.
    """
    place = _places(named.call, positional).get("column")
    column = None if place is None else named.call.args[place].value
    if place is None or not isinstance(column, cst.Call):
        return named
    flags = _flags(column)
    if not _is_set(column, flags, "index"):
        return named
    unique = _is_set(column, flags, "unique")
    index = Apart("create_index", cst.Name("None"), _name_of(column), unique)
    column = blocks.without_arguments(column, {flags["index"], *((flags["unique"],) if unique else ())})
    return named._replace(call=_with_value(named.call, place, column), apart=(*named.apart, index))


def _text(value: str, quotes: str, wrap: cst.BaseExpression | None) -> cst.BaseExpression:
    """A string literal, in ``wrap(...)`` if that is given."""
    string = cst.SimpleString(blocks.in_quotes(value, quotes))
    return string if wrap is None else cst.Call(wrap, [cst.Arg(string)])


def _places(call: cst.Call, positional: Sequence[str]) -> dict[str, int]:
    """Where the arguments stand, as far as no star in front of them hides it."""
    plain = itertools.takewhile(lambda arg: not arg.star and arg.keyword is None, call.args)
    places = {name: index for index, (name, _) in enumerate(zip(positional, plain, strict=False))}
    return places | {arg.keyword.value: index for index, arg in enumerate(call.args) if arg.keyword is not None}


def _with_value(call: cst.Call, place: int, value: cst.BaseExpression) -> cst.Call:
    args = list(call.args)
    args[place] = args[place].with_changes(value=value)
    return call.with_changes(args=args)


def _with_column(call: cst.Call, place: int, answer: Answer, wrap: cst.BaseExpression | None) -> Named:
    column = cst.ensure_type(call.args[place].value, cst.Call)
    lacking: list[str] = []
    changed = False
    quotes = blocks.quotes_of(call)
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
                args[index] = arg.with_changes(value=_with_name(arg.value, _text(name, quotes, wrap)))
                changed = True
    column = column.with_changes(args=args)
    apart: tuple[Apart, ...] = ()
    flags = _flags(column)
    if _is_set(column, flags, "unique") and not _is_set(column, flags, "index"):
        if answer.unique is None:
            lacking.append("the unique constraint of the column (unique=True)")
        else:
            apart = (Apart("create_unique_constraint", _text(answer.unique, quotes, wrap), _name_of(column)),)
            column = blocks.without_arguments(column, {flags["unique"]})
    return Named(_with_value(call, place, column) if changed or apart else call, apart, tuple(lacking))


def _is_nameless(call: cst.Call) -> bool:
    named = {each.keyword.value: each.value for each in call.args if each.keyword is not None}
    return not any(each.star for each in call.args) and ("name" not in named or is_none(named["name"]))


def _with_name(call: cst.Call, name: cst.BaseExpression) -> cst.Call:
    for index, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == "name":
            return _with_value(call, index, name)
    return blocks.with_keyword(call, "name", name)


def _flags(column: cst.Call) -> dict[str, int]:
    return {arg.keyword.value: index for index, arg in enumerate(column.args) if arg.keyword is not None}


def _is_set(column: cst.Call, flags: dict[str, int], name: str) -> bool:
    value = column.args[flags[name]].value if name in flags else None
    return isinstance(value, cst.Name) and value.value == "True"


def _name_of(column: cst.Call) -> cst.BaseExpression:
    return column.args[_flags(column).get("name", 0)].value
