"""Edits of the syntax tree: an operation in its batch form, a block around a run, a block that takes in more."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..operations import BATCH_ALTER_TABLE
from .bindings import Bindings
from .calls import Direct
from .syntax import descendants, literal

_CONVENTION = "naming_convention"

Layout = cst.BaseParenthesizableWhitespace


def batched(
    direct: Direct, line: cst.SimpleStatementLine, name: str, margin: str, bindings: Bindings
) -> cst.SimpleStatementLine:
    """The line with the operation as a method of the block, without the arguments that only the direct one takes."""
    operation = direct.operation
    # A refused keyword is here only where it says None or False, and even that the batch method does not take.
    named = (operation.table, operation.schema, *operation.refused)
    call = without_arguments(direct.call, {direct.arguments[name] for name in named if name in direct.arguments})
    args = [arg.with_changes(value=_batched_names(arg.value, name, bindings)) for arg in call.args]
    call = call.with_changes(func=cst.Attribute(cst.Name(name), cst.Name(operation.name)), args=args)
    leading_lines = moved_in(line.leading_lines, margin)
    return line.with_changes(body=[line.body[0].with_changes(value=call)], leading_lines=leading_lines)


def moved_in(lines: Sequence[cst.EmptyLine], margin: str) -> list[cst.EmptyLine]:
    """Lines that get into a block out of a suite with this indentation: comments are indented, blank lines stay."""
    return [
        line.with_changes(indent=False, whitespace=cst.SimpleWhitespace(margin + line.whitespace.value))
        if line.indent and line.comment is None
        else line
        for line in lines
    ]


def new_block(
    directs: Sequence[Direct],
    lines: Sequence[cst.SimpleStatementLine],
    name: str,
    indent: str | None,
    margin: str,
    bindings: Bindings,
) -> cst.With:
    """``with op.batch_alter_table(TABLE) as NAME:`` around these operations, each on its line."""
    first = directs[0]
    args = [cst.Arg(first.call.args[first.arguments[first.operation.table]].value)]
    schema = next(filter(None, map(_schema, directs)), None)
    if schema is not None:
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        args.append(cst.Arg(schema, keyword=cst.Name("schema"), equal=equal))
    opening = cst.Call(bindings.batch_alter_table(first.call), args)
    item = cst.WithItem(
        opening,
        cst.AsName(cst.Name(name), cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" ")),
    )
    body = [batched(direct, line, name, margin, bindings) for direct, line in zip(directs, lines, strict=True)]
    body[0] = body[0].with_changes(leading_lines=[])
    block = cst.With([item], cst.IndentedBlock(body, indent=indent), leading_lines=lines[0].leading_lines)
    return with_convention(block, [each for direct in directs for each in direct.description.convention])


def with_convention(block: cst.With, convention: Sequence[tuple[str, str]]) -> cst.With:
    """The block with ``naming_convention={...}`` for these kinds of constraints, added to what it has."""
    item = block.items[0]
    call = cst.ensure_type(item.item, cst.Call)
    given = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == _CONVENTION), None)
    wanted = dict(convention)
    if given is not None and isinstance(given.value, cst.Dict):
        known = [literal(each.key) for each in given.value.elements if isinstance(each, cst.DictElement)]
        wanted = {kind: template for kind, template in wanted.items() if kind not in known}
    if not wanted:
        return block
    pairs = ", ".join(f"{quoted(kind, call)}: {quoted(template, call)}" for kind, template in wanted.items())
    value = cst.ensure_type(cst.parse_expression(f"{{{pairs}}}"), cst.Dict)
    if given is None:
        call = with_keyword(call, _CONVENTION, value)
    else:
        if isinstance(given.value, cst.Dict):
            value = _joined(given.value, value)
        call = call.with_changes(args=[arg.with_changes(value=value) if arg is given else arg for arg in call.args])
    return block.with_changes(items=[item.with_changes(item=call), *block.items[1:]])


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=equal)


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
        comma=cst.Comma(whitespace_after=_without_comments(between)), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return call.with_changes(args=[*args, added])


def quoted(value: str, near: cst.CSTNode) -> str:
    """The value as a string literal in the quotes that the code nearby uses."""
    return in_quotes(value, quotes_of(near))


def quotes_of(node: cst.CSTNode) -> str:
    """The quotes that a piece of code uses: double ones if it has no others."""
    single = any(isinstance(part, cst.SimpleString) and part.quote == "'" for part in descendants(node))
    return "'" if single else '"'


def in_quotes(value: str, quotes: str) -> str:
    """The value as a string literal, in these quotes unless there are some in it."""
    written = repr(value)
    return written if quotes == "'" or "'" in value or '"' in value else f'"{written[1:-1]}"'


def _joined(one: cst.Dict, other: cst.Dict) -> cst.Dict:
    """Two dictionaries in one, laid out as the first is."""
    if not one.elements:
        return one.with_changes(elements=other.elements)
    *first, last = one.elements
    *more, final = other.elements
    between = one.lbrace.whitespace_after
    if first:
        between = cst.ensure_type(first[-1].comma, cst.Comma).whitespace_after
    space = cst.SimpleWhitespace(" ") if between.empty else _without_comments(between)
    last, final = last.with_changes(comma=cst.Comma(whitespace_after=space)), final.with_changes(comma=last.comma)
    return one.with_changes(elements=[*first, last, *more, final])


def extend_block(
    block: cst.With,
    before: Sequence[cst.SimpleStatementLine],
    after: Sequence[cst.SimpleStatementLine],
    margin: str,
) -> cst.With:
    """A block that stands in the script, with more lines in front of and behind those that it has."""
    suite = block.body
    assert isinstance(suite, cst.IndentedBlock)
    own = list(suite.body)
    leading = block.leading_lines
    footer = suite.footer
    if before:
        leading = before[0].leading_lines
        before = [before[0].with_changes(leading_lines=[]), *before[1:]]
        first = own[0]
        assert isinstance(first, cst.SimpleStatementLine)
        own[0] = first.with_changes(leading_lines=[*moved_in(block.leading_lines, margin), *first.leading_lines])
    if after:
        after = [after[0].with_changes(leading_lines=[*footer, *after[0].leading_lines]), *after[1:]]
        footer = []
    body = suite.with_changes(body=[*before, *own, *after], footer=footer)
    return block.with_changes(body=body, leading_lines=leading)


def unfolded(
    smalls: Sequence[cst.BaseSmallStatement],
    leading_lines: Sequence[cst.EmptyLine],
    trailing_whitespace: cst.TrailingWhitespace,
) -> list[cst.SimpleStatementLine]:
    """Statements that stand on one line, each on a line of its own."""
    lines = [cst.SimpleStatementLine([small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)]) for small in smalls]
    last = smalls[-1].semicolon
    if isinstance(last, cst.Semicolon) and trailing_whitespace.comment is not None:
        trailing_whitespace = trailing_whitespace.with_changes(whitespace=last.whitespace_after)
    lines[0] = lines[0].with_changes(leading_lines=leading_lines)
    lines[-1] = lines[-1].with_changes(trailing_whitespace=trailing_whitespace)
    return lines


def with_import(statement: cst.ImportFrom) -> cst.ImportFrom:
    """``from alembic.op import add_column`` with ``batch_alter_table`` added, in alphabetical order if that is kept."""
    assert not isinstance(statement.names, cst.ImportStar)
    names = list(statement.names)
    known = [alias.evaluated_name for alias in names]
    place = len(names)
    if known == sorted(known):
        place = sum(name < BATCH_ALTER_TABLE for name in known)
    between: Layout = cst.SimpleWhitespace(" ")
    if len(names) > 1 and isinstance(names[0].comma, cst.Comma):
        between = _without_comments(names[0].comma.whitespace_after)
    elif statement.lpar is not None and not statement.lpar.whitespace_after.empty:
        between = _without_comments(statement.lpar.whitespace_after)
    if place < len(names):
        names.insert(place, cst.ImportAlias(cst.Name(BATCH_ALTER_TABLE), comma=cst.Comma(whitespace_after=between)))
        return statement.with_changes(names=names)
    comma, behind = names[-1].comma, between
    if isinstance(comma, cst.Comma):
        behind = _merge(comma.whitespace_after, between, closing=True)
        comma = comma.with_changes(whitespace_after=_without_comments(comma.whitespace_after))
    names[-1] = names[-1].with_changes(comma=cst.Comma(whitespace_after=behind))
    names.append(cst.ImportAlias(cst.Name(BATCH_ALTER_TABLE), comma=comma))
    return statement.with_changes(names=names)


def _schema(direct: Direct) -> cst.BaseExpression | None:
    index = direct.arguments.get(direct.operation.schema)
    return None if index is None else direct.call.args[index].value


def _batched_names(node: cst.BaseExpression, name: str, bindings: Bindings) -> cst.BaseExpression:
    """``op.f(...)`` as ``batch_op.f(...)``, wherever it stands among the arguments."""
    if isinstance(node, cst.Call):
        args = [arg.with_changes(value=_batched_names(arg.value, name, bindings)) for arg in node.args]
        func = node.func
        if isinstance(func, cst.Attribute) and bindings.method(func) == "f":
            func = func.with_changes(value=cst.Name(name))
        return node.with_changes(func=func, args=args)
    if isinstance(node, (cst.List, cst.Tuple)):
        elements = [each.with_changes(value=_batched_names(each.value, name, bindings)) for each in node.elements]
        return node.with_changes(elements=elements)
    return node


def without_arguments(call: cst.Call, indexes: set[int]) -> cst.Call:
    """The call without these arguments; comments beside them stay."""
    args = list(call.args)
    opening = call.whitespace_before_args
    for index in sorted(indexes, reverse=True):
        arg = args.pop(index)
        closing = index == len(args)
        ahead = _layout_behind(args[index - 1]) if index else opening
        merged = _merge(ahead, _layout_behind(arg), closing)
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


def _merge(ahead: Layout, behind: Layout, closing: bool) -> Layout:
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


def _without_comments(layout: Layout) -> Layout:
    if not isinstance(layout, cst.ParenthesizedWhitespace):
        return layout
    return layout.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
