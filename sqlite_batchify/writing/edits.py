"""One script with edits carried out on LibCST's tree: around, in and instead of its blocks and statements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import TypeVar

import libcst as cst

from ..planning import edits
from ..planning.model import Plan
from ..planning.placing import EditPlan, Placed, PlacingError
from ..reading.model import Way
from . import calls, text
from .codes import Codes
from .given import give_argument, give_keywords, named, with_items, with_table
from .script import Margin, Writer, flattened

_NO_TABLE = "the Table of copy_from stands elsewhere"
_Holding = TypeVar("_Holding", cst.Assign, cst.Return)
_NO_PLAN = Plan((), {}, (), False, (), 0, 0, {})


def write_edits(source: str, plan: EditPlan) -> str:
    """The text of a script with its edits. Raises UnparsableError; PlacingError where code does not fit to code."""
    head, tail = text.split_tail(source)
    module = text.parse(head)
    editor = _Editor(plan, module, _usual_quotes(head))
    body = list(editor.statements(module.body, ("body",), Margin(None, "")))
    if editor.codes.builds and plan.imported is not None:
        body[plan.imported : plan.imported] = editor.codes.statements("import sqlalchemy as sa", None)
    edited = module.with_changes(body=body)
    for name, items in editor.tables:
        edited = _with_table(edited, name, items)
    return text.spliced(head, module, edited) + tail


class _Editor(Writer):
    """``starts`` says where the statements of a suite begin among those that it has become, ``left`` holds comments of
    statements that are gone, ``tables`` the names of Tables and what they get."""

    def __init__(self, plan: EditPlan, module: cst.Module, quotes: str) -> None:
        super().__init__(_NO_PLAN, module.default_indent, module.default_newline)
        self.edits = plan
        self.codes = Codes(plan.op, plan.sqlalchemy, quotes)
        self.starts: dict[Way, list[int]] = {}
        self.left: list[cst.EmptyLine] = []
        self.tables: list[tuple[str, Sequence[cst.Arg]]] = []
        inside = ((*way, "body") for way in plan.blocks)
        ways = [*(way[:-1] for way in (*plan.blocks, *plan.statements)), *plan.ends, *inside]
        self.on_the_way = {way[:length] for way in ways for length in range(1, len(way) + 1)}

    def statements(self, lines: Sequence[cst.BaseStatement], way: Way, margin: Margin) -> Sequence[cst.BaseStatement]:
        """The statements of a suite as they are to be."""
        if way not in self.on_the_way:
            return lines
        flat = list(flattened(lines))
        became = [self._became(each.statement, (*way, number), margin) for number, each in enumerate(flat)]
        changed = {each.line for each, parts in zip(flat, became, strict=True) if parts is not None}
        result: list[cst.BaseStatement] = []
        starts: list[int] = []
        before: int | None = None
        for (line, statement), parts in zip(flat, became, strict=True):
            starts.append(len(result))
            if line in changed:
                result += [statement] if parts is None else parts
            elif line != before:
                result.append(lines[line])
            before = line
        self.starts[way] = starts
        return [*result, *self._all(self.edits.ends.get(way, Placed()), edits.AT_END, margin)]

    def _became(self, statement: cst.BaseStatement, way: Way, margin: Margin) -> list[cst.BaseStatement] | None:
        """What a statement has become, None if it stays."""
        inner = self._statement(statement, way, margin)
        if way in self.edits.blocks:
            return self._blocks(cst.ensure_type(inner, cst.With), way, margin)
        if way in self.edits.statements:
            return self._instead(inner, self.edits.statements[way], margin)
        return None if inner is statement else [inner]

    # Blocks

    def _blocks(self, block: cst.With, way: Way, margin: Margin) -> list[cst.BaseStatement]:
        placed = self.edits.blocks[way]
        comments, self.left = self.left, []
        above, below = (self._all(placed, where, margin) for where in (edits.BEFORE_BLOCK, edits.BEHIND_BLOCK))
        found = self._divided(self._opened(block, placed), way, placed, margin)
        if comments and below:
            below[0] = below[0].with_changes(leading_lines=comments)
        if found and above:
            found[0] = found[0].with_changes(leading_lines=[])
        result: list[cst.BaseStatement] = [*above, *found, *below]
        if result and (above or not found):
            own = getattr(result[0], "leading_lines", ())
            result[0] = result[0].with_changes(leading_lines=[*block.leading_lines, *own])
        return result

    def _opened(self, block: cst.With, placed: Placed) -> cst.With:
        """The block with its keywords."""
        item = block.items[placed.item]
        opening = cst.ensure_type(item.item, cst.Call)
        for edit in placed.to(edits.WITHOUT_KEYWORD):
            opening = _without(opening, edit.of)
        for code in placed.codes(edits.NAMED):
            opening = with_table(opening, self.codes.arguments(code)[0].value)
        for code in placed.codes(edits.KEYWORDS):
            opening = give_keywords(opening, self.codes.arguments(code))
        for code in placed.codes(edits.IN_COPY_FROM):
            opening = self._tabled(opening, self.codes.arguments(f"x({code})"))
        items = [each.with_changes(item=opening) if each is item else each for each in block.items]
        return block.with_changes(items=items)

    def _tabled(self, opening: cst.Call, items: Sequence[cst.Arg]) -> cst.Call:
        """The opening with these items in the Table of its copy_from; one that a name holds gets them later."""
        place = next((number for number, each in enumerate(opening.args) if named(each) == "copy_from"), None)
        given = None if place is None else opening.args[place].value
        called = given.func if isinstance(given, cst.Call) else given
        if isinstance(called, cst.Name) and called.value != "Table":
            self.tables.append((called.value, items))
            return opening
        if place is None or not isinstance(given, cst.Call):
            raise PlacingError(_NO_TABLE)
        args = list(opening.args)
        args[place] = args[place].with_changes(value=with_items(given, items))
        return opening.with_changes(args=args)

    def _divided(self, block: cst.With, way: Way, placed: Placed, margin: Margin) -> list[cst.With]:
        """The block, or the blocks into which it is divided; none if nothing stays in it."""
        suite = cst.ensure_type(block.body, cst.IndentedBlock)
        inside: Way = (*way, "body")
        starts = self.starts[inside]
        cuts = [0, *(starts[number] for number in sorted(placed.divided)), len(suite.body)]
        parts = [list(suite.body[start:stop]) for start, stop in pairwise(cuts)]
        inner = Margin(suite.indent, margin.whole)
        parts[0][:0] = self._all(placed, edits.FIRST_IN_BLOCK, inner)
        parts[-1] += self._all(placed, edits.IN_BLOCK, inner)
        full = [part for part in parts if part]
        found = []
        for number, part in enumerate(full):
            blank, part[0] = _without_blank(part[0]) if number else ([], part[0])
            body = suite.with_changes(body=part, footer=suite.footer if number == len(full) - 1 else [])
            found.append(block.with_changes(body=body, leading_lines=block.leading_lines if number == 0 else blank))
        return found

    def _all(self, placed: Placed, where: str, margin: Margin) -> list[cst.BaseStatement]:
        """The code that is put there."""
        made = (each for code in placed.codes(where) for each in self.codes.statements(code, margin.step))
        return self.codes.merged(made)

    # Statements

    def _instead(self, statement: cst.BaseStatement, placed: Placed, margin: Margin) -> list[cst.BaseStatement]:
        above = self._all(placed, edits.BEFORE, margin)
        if placed.to(edits.LEAVE_OUT):
            self.left += _comments_of(statement)
            return above
        if not isinstance(statement, cst.SimpleStatementLine):
            if len(above) and len(placed.edits) == len(placed.to(edits.BEFORE)):
                return [*above, statement]
            raise PlacingError("the statement is a compound one")
        changed = statement
        for edit in placed.to(edits.ARGUMENT):
            changed = give_argument(changed, edit.of, self.codes.arguments(f"x({edit.code})")[0])
        for edit in placed.to(edits.WITHOUT_ARGUMENT):
            changed = _without_argument(changed, edit.of)
        codes = placed.codes(edits.INSTEAD)
        if not codes:
            return [*above, changed]
        made = [each for code in codes for each in self.codes.statements(code, margin.step)]
        made = [self.codes.filled(each, changed) for each in made]
        made[0] = made[0].with_changes(leading_lines=_comments_of(statement, blank=True))
        return [*above, *made]


def _without_blank(statement: cst.BaseStatement) -> tuple[list[cst.EmptyLine], cst.BaseStatement]:
    """The blank lines above a statement, and the statement with the comments that come then."""
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    blank = list(takewhile(lambda line: line.comment is None, lines))
    return blank, statement.with_changes(leading_lines=lines[len(blank) :]) if blank else statement


def _comments_of(statement: cst.BaseStatement, blank: bool = False) -> list[cst.EmptyLine]:
    """The comments above and behind a statement, each on a line of its own; with blank lines if these count."""
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    found = [line for line in lines if blank or line.comment is not None]
    behind = getattr(statement, "trailing_whitespace", None)
    if behind is not None and behind.comment is not None:
        found.append(cst.EmptyLine(comment=behind.comment))
    return found


def _usual_quotes(source: str) -> str:
    return "'" if source.count("'") > source.count('"') else '"'


def _without(call: cst.Call, name: str) -> cst.Call:
    places = {number for number, each in enumerate(call.args) if named(each) == name}
    if not places:
        raise PlacingError(f"the call has no {name}=")
    return calls.without_arguments(call, places)


def _without_argument(line: cst.SimpleStatementLine, name: str) -> cst.SimpleStatementLine:
    small = line.body[0]
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        raise PlacingError("the statement is no call")
    return line.with_changes(body=[small.with_changes(value=_without(small.value, name))])


def _with_table(module: cst.Module, name: str, items: Sequence[cst.Arg]) -> cst.Module:
    """The module with these items in the Table that a variable holds, or a function returns."""
    finder = _Table(name, items)
    changed = module.visit(finder)
    if finder.found != 1:
        raise PlacingError(_NO_TABLE)
    return changed


class _Table(cst.CSTTransformer):
    """Gives items to the Table that a variable holds, or a function of this name returns."""

    def __init__(self, name: str, items: Sequence[cst.Arg]) -> None:
        super().__init__()
        self.name, self.items, self.found = name, items, 0
        self.functions: list[str] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        self.functions.append(node.name.value)

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self.functions.pop()
        return updated_node

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:  # noqa: N802
        return self._filled(updated_node) if self.functions[-1:] == [self.name] else updated_node

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:  # noqa: N802
        names = [calls.dotted(each.target) for each in updated_node.targets]
        return self._filled(updated_node) if self.name in names else updated_node

    def _filled(self, node: _Holding) -> _Holding:
        self.found += 1
        if not isinstance(node.value, cst.Call) or calls.dotted(node.value.func).rpartition(".")[2] != "Table":
            raise PlacingError(_NO_TABLE)
        return node.with_changes(value=with_items(node.value, self.items))
