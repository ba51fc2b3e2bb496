"""Edits of calls: names put in, arguments taken out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from ..names import parts_of
from ..planning.model import Apart, Edits
from ..reading.model import Names
from ..reading.syntax import in_quotes

Layout = cst.BaseParenthesizableWhitespace
_SPACES = (cst.BaseParenthesizableWhitespace, cst.TrailingWhitespace, cst.EmptyLine, cst.Comment, cst.Newline)


def with_names(call: cst.Call, edits: Edits, wrap: cst.BaseExpression | None) -> cst.Call:
    """An operation with the names that it gets, and without the flags that its column loses.

    Names stand in a call of ``wrap`` (``op.f``) if there is one.
    """
    changed = call
    if edits.name is not None:
        place, name = edits.name
        changed = _with_value(changed, place, _text(name, quotes_of(call), wrap))
    if edits.on_sqlite is not None:
        place, name, op = edits.on_sqlite
        quotes = quotes_of(call)
        known = cst.Module([]).code_for_node(call.args[place].value)
        test = f"{op}.get_context().dialect.name == {in_quotes('sqlite', quotes)}"
        value = cst.parse_expression(f"{in_quotes(name, quotes)} if {test} else {known}")
        changed = _with_value(changed, place, value)
    if edits.column is not None:
        column = cst.ensure_type(call.args[edits.column].value, cst.Call)
        changed = _with_value(changed, edits.column, with_column_names(column, edits, call, wrap))
    if edits.taken is not None:
        type_, name, sqlalchemy = edits.taken
        code = type_.written(sqlalchemy, name, quotes_of(call))
        changed = with_keyword(changed, "existing_type", cst.parse_expression(code))
    return changed


def with_column_names(column: cst.Call, edits: Edits, near: cst.CSTNode, wrap: cst.BaseExpression | None) -> cst.Call:
    """The same for a column; ``near`` is the code whose quotes are used."""
    quotes = quotes_of(near)
    args = list(column.args)
    for place, name in edits.keys:
        key = _with_name(cst.ensure_type(args[place].value, cst.Call), _text(name, quotes, wrap))
        args[place] = args[place].with_changes(value=key)
    changed = column.with_changes(args=args)
    return without_arguments(changed, edits.flags) if edits.flags else changed


def created_apart(
    apart: Apart, call: cst.Call, edits: Edits, wrap: cst.BaseExpression | None, around: Collection[int] = ()
) -> cst.Call:
    """The operation that creates what a column of ``call`` asked for by a flag.

    ``around`` are the places of arguments that only its direct form takes. What is called is still to be said.
    """
    quotes = quotes_of(call)
    name = cst.Name("None") if apart.name is None else _text(apart.name, quotes, wrap)
    column: cst.BaseExpression = cst.SimpleString(in_quotes(apart.column or "", quotes))
    if apart.column is None and edits.column is not None:
        column = _name_of(cst.ensure_type(call.args[edits.column].value, cst.Call))
    args = [cst.Arg(name)]
    positional = [place for place in around if call.args[place].keyword is None]
    args += [cst.Arg(call.args[place].value) for place in positional]
    args.append(cst.Arg(cst.List([cst.Element(column)])))
    args += [
        keyword(str(_keyword(call.args[each])), call.args[each].value) for each in around if each not in positional
    ]
    if apart.unique:
        args.append(keyword("unique", cst.Name("True")))
    return cst.Call(cst.Name(apart.operation), args)


def _keyword(arg: cst.Arg) -> str | None:
    return None if arg.keyword is None else arg.keyword.value


def on(receiver: cst.BaseExpression | None, method: str) -> cst.BaseExpression:
    """``receiver.method``, or the bare name if nothing is before it."""
    return cst.Name(method) if receiver is None else cst.Attribute(receiver, cst.Name(method))


def receiver_of(call: cst.Call) -> cst.BaseExpression | None:
    return call.func.value if isinstance(call.func, cst.Attribute) else None


def dotted(node: cst.BaseExpression) -> str:
    """``sa.dialects.mysql`` as a text; empty for anything but names and attributes of names."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else ""


def with_names_of_the_block(node: cst.BaseExpression, variable: str, receivers: Names) -> cst.BaseExpression:
    """``op.f(...)`` as ``batch_op.f(...)``, wherever it stands among the arguments."""
    if isinstance(node, cst.Call):
        args = [arg.with_changes(value=with_names_of_the_block(arg.value, variable, receivers)) for arg in node.args]
        func = node.func
        if isinstance(func, cst.Attribute) and func.attr.value == "f" and dotted(func.value) in receivers:
            func = func.with_changes(value=cst.Name(variable))
        return node.with_changes(func=func, args=args)
    if isinstance(node, (cst.List, cst.Tuple)):
        elements = [
            each.with_changes(value=with_names_of_the_block(each.value, variable, receivers)) for each in node.elements
        ]
        return node.with_changes(elements=elements)
    return node


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=equal)


def quotes_of(node: cst.CSTNode) -> str:
    """The quotes that a piece of code uses: double ones if it has no others."""
    single = any(isinstance(part, cst.SimpleString) and part.quote == "'" for part in _descendants(node))
    return "'" if single else '"'


def _descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(child for child in current.children if not isinstance(child, _SPACES))


def _text(value: str, quotes: str, wrap: cst.BaseExpression | None) -> cst.BaseExpression:
    """A name; with variables of the script in it, it is an f-string."""
    parts = parts_of(value)
    string: cst.BaseExpression = cst.SimpleString(in_quotes(value, quotes))
    if len(parts) > 1:
        plain = [part.replace("{", "{{").replace("}", "}}") for part in parts]
        made = "".join(f"{{{part}}}" if number % 2 else part for number, part in enumerate(plain))
        string = cst.parse_expression(f"f{in_quotes(made, quotes)}")
    return string if wrap is None else cst.Call(wrap, [cst.Arg(string)])


def _with_value(call: cst.Call, place: int, value: cst.BaseExpression) -> cst.Call:
    args = list(call.args)
    args[place] = args[place].with_changes(value=value)
    return call.with_changes(args=args)


def _with_name(call: cst.Call, name: cst.BaseExpression) -> cst.Call:
    for index, arg in enumerate(call.args):
        if _keyword(arg) == "name":
            return _with_value(call, index, name)
    return with_keyword(call, "name", name)


def _name_of(column: cst.Call) -> cst.BaseExpression:
    named = (arg.value for arg in column.args if _keyword(arg) == "name")
    return next(named, column.args[0].value)


def with_keyword(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """The call with one more argument at its end, laid out as the others are."""
    added = keyword(name, value)
    args = list(call.args)
    if not args:
        return call.with_changes(args=[added])
    last = args[-1]
    if isinstance(last.comma, cst.Comma):
        between = call.whitespace_before_args if len(args) == 1 else _layout_behind(args[-2])
        added = added.with_changes(comma=last.comma)
    else:
        between = cst.SimpleWhitespace(" ") if len(args) == 1 else _layout_behind(args[-2])
        added = added.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    args[-1] = last.with_changes(
        comma=cst.Comma(whitespace_after=without_comments(between)), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return call.with_changes(args=[*args, added])


def without_arguments(call: cst.Call, indexes: Collection[int]) -> cst.Call:
    """The call without these arguments; comments beside them stay."""
    args = list(call.args)
    opening = call.whitespace_before_args
    for index in sorted(indexes, reverse=True):
        arg = args.pop(index)
        closing = index == len(args)
        ahead = _layout_behind(args[index - 1]) if index else opening
        merged = merged_layout(ahead, _layout_behind(arg), closing)
        if not index:
            opening = merged if args or _has_comment(merged) else cst.SimpleWhitespace("")
            continue
        if closing:
            args[-1] = args[-1].with_changes(comma=arg.comma)
        args[index - 1] = _with_layout_behind(args[index - 1], merged)
    return call.with_changes(args=args, whitespace_before_args=opening)


def _layout_behind(arg: cst.Arg) -> Layout:
    return arg.comma.whitespace_after if isinstance(arg.comma, cst.Comma) else arg.whitespace_after_arg


def _with_layout_behind(arg: cst.Arg, layout: Layout) -> cst.Arg:
    if isinstance(arg.comma, cst.Comma):
        return arg.with_changes(comma=arg.comma.with_changes(whitespace_after=layout))
    return arg.with_changes(whitespace_after_arg=layout)


def merged_layout(ahead: Layout, behind: Layout, closing: bool) -> Layout:
    """The white space that remains where an item stood between two, the second of them being the end if ``closing``.

    Without comments that is the white space in front of the item, or what stood before the end.
    """
    keep = behind if closing else ahead
    if not (_has_comment(ahead) or _has_comment(behind)):
        return keep
    if not isinstance(ahead, cst.ParenthesizedWhitespace):
        return behind
    if not isinstance(behind, cst.ParenthesizedWhitespace):
        return ahead.with_changes(last_line=cst.SimpleWhitespace("")) if closing else ahead
    assert isinstance(keep, cst.ParenthesizedWhitespace)
    comment = behind.first_line.comment
    moved = [] if comment is None else [cst.EmptyLine(ahead.indent, ahead.last_line, comment)]
    lines = [*ahead.empty_lines, *moved, *behind.empty_lines]
    return ahead.with_changes(empty_lines=lines, indent=keep.indent, last_line=keep.last_line)


def _has_comment(layout: Layout) -> bool:
    if not isinstance(layout, cst.ParenthesizedWhitespace):
        return False
    return layout.first_line.comment is not None or any(line.comment is not None for line in layout.empty_lines)


def without_comments(layout: Layout) -> Layout:
    if not isinstance(layout, cst.ParenthesizedWhitespace):
        return layout
    return layout.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
