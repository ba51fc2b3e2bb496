"""Edits of statements: a block around a run, a block that takes in more, an import that brings in one name more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

from ..operations import BATCH_ALTER_TABLE, OPERATIONS, UNNAMED_WARNING
from ..planning.model import BlockPlan
from ..reading.exact import convention_code
from ..reading.model import Call, Convention
from ..reading.syntax import in_quotes
from .calls import (
    Layout,
    keyword,
    merged_layout,
    on,
    quotes_of,
    receiver_of,
    with_keyword,
    with_names_of_the_block,
    without_arguments,
    without_comments,
)

_CONVENTION = "naming_convention"


def batched(line: cst.SimpleStatementLine, call: Call, variable: str, margin: str) -> cst.SimpleStatementLine:
    """The line with the operation as a method of the block, without the arguments that only the direct one takes."""
    statement = cst.ensure_type(line.body[0], cst.Expr)
    node = cst.ensure_type(statement.value, cst.Call)
    operation = OPERATIONS[call.description.name]
    # A refused keyword is here only where it says None or False, and even that the batch method does not take.
    named = (operation.table, operation.schema, *operation.refused)
    node = without_arguments(node, {call.arguments[name] for name in named if name in call.arguments})
    args = [arg.with_changes(value=with_names_of_the_block(arg.value, variable, call.receivers)) for arg in node.args]
    node = node.with_changes(func=on(cst.Name(variable), operation.name), args=args)
    return line.with_changes(
        body=[statement.with_changes(value=node)], leading_lines=moved_in(line.leading_lines, margin)
    )


def moved_in(lines: Sequence[cst.EmptyLine], margin: str) -> list[cst.EmptyLine]:
    """Lines that get into a block out of a suite with this indentation: comments are indented, blank lines stay."""
    return [
        line.with_changes(indent=False, whitespace=cst.SimpleWhitespace(margin + line.whitespace.value))
        if line.indent and line.comment is None
        else line
        for line in lines
    ]


def without_warning(lines: Sequence[cst.EmptyLine]) -> Sequence[cst.EmptyLine]:
    """The lines above an operation that gets a name, without Alembic's own comment that it has none."""
    wanted, kept = list(UNNAMED_WARNING), []
    for line in reversed(lines):
        if wanted and line.comment is not None and line.comment.value == wanted[-1]:
            wanted.pop()
        else:
            kept.append(line)
    return lines if wanted else kept[::-1]


def new_block(
    first: cst.Call,
    call: Call,
    schema: cst.BaseExpression | None,
    lines: Sequence[cst.SimpleStatementLine],
    block: BlockPlan,
    indent: str | None,
) -> cst.With:
    """``with op.batch_alter_table(TABLE) as NAME:`` around lines that are methods of the block already.

    ``first`` is the operation that begins it, and ``call`` what is read of it; its comments still have to go in front.
    """
    args = [cst.Arg(first.args[call.arguments[OPERATIONS[call.description.name].table]].value)]
    if schema is not None:
        args.append(keyword("schema", schema))
    opening = on(receiver_of(first), BATCH_ALTER_TABLE)
    if call.opening is not None:
        opening = cst.parse_expression(call.opening)
    name = cst.AsName(cst.Name(block.variable), cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" "))
    item = cst.WithItem(cst.Call(opening, args), name)
    body = [lines[0].with_changes(leading_lines=[]), *lines[1:]]
    made = with_convention(cst.With([item], cst.IndentedBlock(body, indent=indent)), 0, block.convention)
    return with_keywords(made, 0, block.kept.keywords)


def with_convention(block: cst.With, number: int, convention: Convention) -> cst.With:
    """The block with ``naming_convention={...}`` for these kinds of constraints, added to what it has.

    ``number`` is which item of the ``with`` opens it.
    """
    if not convention:
        return block
    quotes = quotes_of(block.items[number].item)
    return with_keywords(block, number, [(_CONVENTION, convention_code(dict(convention), quotes))])


def with_keywords(block: cst.With, number: int, keywords: Sequence[tuple[str, str]]) -> cst.With:
    """The block with these keywords, each a display as code; what one has already is added to.

    ``number`` is which item of the ``with`` opens it. An entry of a dictionary whose key is there stays as it is, so
    does an item of a list or tuple that is there in the same words. Raises TypeError for what is no such display.
    """
    item = block.items[number]
    call = cst.ensure_type(item.item, cst.Call)
    for name, code in keywords:
        call = _with_display(call, name, cst.parse_expression(code))
    if call is item.item:
        return block
    items = [item.with_changes(item=call) if each is item else each for each in block.items]
    return block.with_changes(items=items)


def _with_display(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    given = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)
    if given is None:
        return with_keyword(call, name, value)
    joined = joined_displays(given.value, value)
    if joined is given.value:
        return call
    return call.with_changes(args=[arg.with_changes(value=joined) if arg is given else arg for arg in call.args])


def _literal(node: cst.BaseExpression) -> str | None:
    return str(node.evaluated_value) if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)) else None


def joined_displays(one: cst.BaseExpression, other: cst.BaseExpression) -> cst.BaseExpression:
    """Two displays in one, laid out as the first is; the very same if that has it all. ``None`` says nothing."""
    if isinstance(one, cst.Name) and one.value == "None":
        return other
    if isinstance(one, cst.Dict) and isinstance(other, cst.Dict):
        known = {_literal(each.key) for each in one.elements if isinstance(each, cst.DictElement)}
        added = [
            each for each in other.elements if not isinstance(each, cst.DictElement) or _literal(each.key) not in known
        ]
        return one.with_changes(elements=appended(one.elements, added, one.lbrace.whitespace_after)) if added else one
    if isinstance(one, (cst.List, cst.Tuple)) and isinstance(other, (cst.List, cst.Tuple)):
        written = {code_of(each.value) for each in one.elements}
        more = [each for each in other.elements if code_of(each.value) not in written]
        opening = one.lbracket.whitespace_after if isinstance(one, cst.List) else cst.SimpleWhitespace("")
        return one.with_changes(elements=appended(one.elements, more, opening)) if more else one
    raise TypeError(f"{code_of(one)} is not to be joined with {code_of(other)}")


_Element = TypeVar("_Element", bound=cst.CSTNode)


def appended(first: Sequence[_Element], added: Sequence[_Element], opening: Layout) -> list[_Element]:
    """The elements of a display with more behind them, each laid out as those before it."""
    if not first:
        return list(added)
    *before, last = first
    between: Layout = opening
    if before:
        between = cst.ensure_type(before[-1].comma, cst.Comma).whitespace_after  # type: ignore[attr-defined]
    space = cst.SimpleWhitespace(" ") if between.empty else without_comments(between)
    *inner, final = added
    comma = cst.Comma(whitespace_after=space)
    inner = [each.with_changes(comma=comma) for each in inner]
    final = final.with_changes(comma=last.comma)  # type: ignore[attr-defined]
    return [*before, last.with_changes(comma=comma), *inner, final]


def code_of(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def kept_statements(
    statements: Sequence[str], guard: str, indent: str | None, quotes: str, newline: str = "\n"
) -> list[cst.BaseStatement]:
    """Statements that run on SQLite only, under one ``if``; texts stand in these quotes where they can."""
    if not statements:
        return []
    config = cst.PartialParserConfig()
    told = _Told(quotes, newline)
    parsed = [cst.parse_statement(each, config).visit(told) for each in statements]
    body = [cst.ensure_type(each, cst.SimpleStatementLine) for each in parsed]
    test = cst.ensure_type(cst.parse_expression(guard).visit(told), cst.Comparison)
    return [cst.If(test, cst.IndentedBlock(body, indent=indent))]


class _Told(cst.CSTTransformer):
    """Writes texts in the quotes and with the line ends of a script."""

    def __init__(self, quotes: str, newline: str) -> None:
        super().__init__()
        self.quotes = quotes
        self.newline = newline

    def leave_SimpleString(  # noqa: N802
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        if "\n" in updated_node.value:
            return updated_node.with_changes(value=updated_node.value.replace("\n", self.newline))
        return updated_node.with_changes(value=in_quotes(str(updated_node.evaluated_value), self.quotes))


def begun_with(block: cst.With, statements: Sequence[cst.BaseStatement]) -> cst.With:
    """A block with statements in front of those that it has."""
    suite = cst.ensure_type(block.body, cst.IndentedBlock)
    return block.with_changes(body=suite.with_changes(body=[*statements, *suite.body]))


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


def with_its_own_margin(line: cst.SimpleStatementLine, margin: str) -> cst.SimpleStatementLine:
    """A statement whose further lines stay where they are, whatever suite it comes to stand in.

    ``margin`` is the indentation of the suite that it stands in now.
    """
    kept = line.visit(_OwnMargin(margin))
    return cst.ensure_type(kept, cst.SimpleStatementLine)


class _OwnMargin(cst.CSTTransformer):
    def __init__(self, margin: str) -> None:
        super().__init__()
        self.margin = margin

    def leave_ParenthesizedWhitespace(  # noqa: N802
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        lines = [self._fixed(each) for each in updated_node.empty_lines]
        last = updated_node.last_line
        if updated_node.indent:
            last = last.with_changes(value=self.margin + last.value)
        return updated_node.with_changes(empty_lines=lines, indent=False, last_line=last)

    def _fixed(self, line: cst.EmptyLine) -> cst.EmptyLine:
        if not line.indent:
            return line
        return line.with_changes(indent=False, whitespace=cst.SimpleWhitespace(self.margin + line.whitespace.value))


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
        between = without_comments(names[0].comma.whitespace_after)
    elif statement.lpar is not None and not statement.lpar.whitespace_after.empty:
        between = without_comments(statement.lpar.whitespace_after)
    if place < len(names):
        names.insert(place, cst.ImportAlias(cst.Name(BATCH_ALTER_TABLE), comma=cst.Comma(whitespace_after=between)))
        return statement.with_changes(names=names)
    comma, behind = names[-1].comma, between
    if isinstance(comma, cst.Comma):
        behind = merged_layout(comma.whitespace_after, between, closing=True)
        comma = comma.with_changes(whitespace_after=without_comments(comma.whitespace_after))
    names[-1] = names[-1].with_changes(comma=cst.Comma(whitespace_after=behind))
    names.append(cst.ImportAlias(cst.Name(BATCH_ALTER_TABLE), comma=comma))
    return statement.with_changes(names=names)
