"""One script: the plan carried out on LibCST's tree, by the way down its suites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import libcst as cst

from ..operations import OPERATIONS
from ..planning.model import NO_EDITS, BlockPlan, Entry, Kept, Plan, SuitePlan
from ..reading.model import Way
from . import blocks, calls, text


def write_script(source: str, plan: Plan) -> str:
    """The text of a script with the plan carried out. Raises UnparsableError."""
    head, tail = text.split_tail(source)
    module = text.parse(head)
    writer = Writer(plan, module.default_indent, module.default_newline)
    body = writer.statements(module.body, ("body",), Margin(None, ""))
    return text.spliced(head, module, module.with_changes(body=body)) + tail


class Margin(NamedTuple):
    """The indentation of a suite: ``step`` is the last step of it, None if it is the usual one, ``whole`` all of it."""

    step: str | None
    whole: str


class Flat(NamedTuple):
    """A statement on a line of its own, and the number of the line that it comes from."""

    line: int
    statement: cst.BaseStatement


class Writer:
    def __init__(self, plan: Plan, usual_indent: str, newline: str) -> None:
        self.plan = plan
        self.usual_indent = usual_indent
        self.newline = newline
        self.suites = {each.way: each for each in plan.suites}
        ways = [*self.suites, *(way[:-1] for way in (*plan.columns, *plan.imports))]
        self.on_the_way = {way[:length] for way in ways for length in range(1, len(way) + 1)}

    # Suites

    def statements(self, lines: Sequence[cst.BaseStatement], way: Way, margin: Margin) -> Sequence[cst.BaseStatement]:
        """The statements of a suite as they are to be; the very same object if nothing changes."""
        if way not in self.on_the_way:
            return lines
        flat = list(flattened(lines))
        changed: set[int] = set()
        for number, (line, statement) in enumerate(flat):
            new = self._statement(statement, (*way, number), margin)
            if new is not statement:
                flat[number] = Flat(line, new)
                changed.add(line)
        planned = self.suites.get(way)
        if planned is None:
            return _folded(lines, flat, changed) if changed else lines
        return self._assembled(lines, flat, changed, planned, margin)

    def _assembled(
        self,
        lines: Sequence[cst.BaseStatement],
        flat: list[Flat],
        changed: set[int],
        planned: SuitePlan,
        margin: Margin,
    ) -> list[cst.BaseStatement]:
        """The statements with blocks in place; a line that is not concerned stays as it is."""
        for number, (item, convention) in planned.conventions.items():
            host = cst.ensure_type(flat[number].statement, cst.With)
            flat[number] = Flat(flat[number].line, blocks.with_convention(host, item, convention))
        entries = planned.entries
        starts = {block.start: block for block in planned.blocks}
        inside = {index for block in planned.blocks for index in range(block.start, block.stop)}
        changed |= {
            flat[each.statement].line for index, each in enumerate(entries) if index in inside or each.edits != NO_EDITS
        }
        result: list[cst.BaseStatement] = []
        before: int | None = None
        for index, entry in enumerate(entries):
            line, statement = flat[entry.statement]
            if index in starts:
                result += self._with_kept(self._block(starts[index], entries, flat, margin), starts[index].kept, margin)
            elif index not in inside and line in changed:
                result.append(self._edited(entry, statement))
            elif index not in inside and line != before:
                result.append(lines[line] if isinstance(statement, cst.SimpleStatementLine) else statement)
            before = line
        return result

    # Statements

    def _statement(self, statement: cst.BaseStatement, way: Way, margin: Margin) -> cst.BaseStatement:
        """A statement with what changes inside of it."""
        if not isinstance(statement, cst.SimpleStatementLine):
            return self._compound(statement, way, margin) if way in self.on_the_way else statement
        (small,) = statement.body
        if way in self.plan.imports and isinstance(small, cst.ImportFrom):
            return statement.with_changes(body=[blocks.with_import(small)])
        if way in self.plan.columns and isinstance(small, (cst.Assign, cst.AnnAssign)):
            column = cst.ensure_type(small.value, cst.Call)
            edits, op = self.plan.columns[way]
            wrap = calls.on(cst.parse_expression(op), "f") if self.plan.marked else None
            value = calls.with_column_names(column, edits, column, wrap)
            return statement.with_changes(body=[small.with_changes(value=value)])
        return statement

    def _compound(self, node: cst.CSTNode, way: Way, margin: Margin) -> cst.BaseStatement:
        changes: dict[str, object] = {}
        body = getattr(node, "body", None)
        if isinstance(body, cst.BaseSuite):
            changes["body"] = self._suite(body, (*way, "body"), margin)
        other = getattr(node, "orelse", None)
        if isinstance(other, cst.If):
            changes["orelse"] = self._compound(other, (*way, "orelse", 0), margin)
        elif isinstance(other, cst.Else):
            changes["orelse"] = self._with_body(other, (*way, "orelse"), margin)
        final = getattr(node, "finalbody", None)
        if isinstance(final, cst.Finally):
            changes["finalbody"] = self._with_body(final, (*way, "finalbody"), margin)
        for field in ("handlers", "cases"):
            parts: Sequence[cst.CSTNode] = getattr(node, field, ())
            new = [self._with_body(each, (*way, field, number, "body"), margin) for number, each in enumerate(parts)]
            if any(one is not other for one, other in zip(new, parts, strict=True)):
                changes[field] = new
        changes = {name: value for name, value in changes.items() if value is not getattr(node, name)}
        result = node.with_changes(**changes) if changes else node
        assert isinstance(result, cst.BaseCompoundStatement)
        return result

    def _with_body(self, node: cst.CSTNode, way: Way, margin: Margin) -> cst.CSTNode:
        body = getattr(node, "body")  # noqa: B009
        new = self._suite(body, way, margin)
        return node if new is body else node.with_changes(body=new)

    def _suite(self, suite: cst.BaseSuite, way: Way, margin: Margin) -> cst.BaseSuite:
        if way not in self.on_the_way:
            return suite
        if isinstance(suite, cst.IndentedBlock):
            step = self.usual_indent if suite.indent is None else suite.indent
            body = self.statements(suite.body, way, Margin(suite.indent, margin.whole + step))
            return suite if body is suite.body else suite.with_changes(body=body)
        assert isinstance(suite, cst.SimpleStatementSuite)
        lines = blocks.unfolded(suite.body, [], suite.trailing_whitespace)
        planned = self.suites.get(way)
        moved = set() if planned is None else planned.moved
        lines = [
            line if number in moved else blocks.with_its_own_margin(line, margin.whole)
            for number, line in enumerate(lines)
        ]
        body = self.statements(lines, way, margin)
        return suite if body is lines else cst.IndentedBlock(body, indent=margin.step)

    # Operations

    def _edited(self, entry: Entry, statement: cst.BaseStatement) -> cst.BaseStatement:
        """A statement that stays where it is, with its names, or the operation that follows on it."""
        if entry.edits == NO_EDITS:
            return statement
        if entry.apart is None:
            return self._named(entry, statement)
        _, node = _call_of(statement)
        return cst.SimpleStatementLine([cst.Expr(self._apart(entry, node, calls.receiver_of(node), direct=True))])

    def _named(self, entry: Entry, statement: cst.BaseStatement) -> cst.SimpleStatementLine:
        """An operation with its names."""
        line, node = _call_of(statement)
        named = calls.with_names(node, entry.edits, self._wrap(calls.receiver_of(node)))
        above = line.leading_lines if entry.edits.name is None else blocks.without_warning(line.leading_lines)
        return line.with_changes(body=[line.body[0].with_changes(value=named)], leading_lines=above)

    def _apart(self, entry: Entry, node: cst.Call, receiver: cst.BaseExpression | None, direct: bool) -> cst.Call:
        assert entry.apart is not None
        apart = entry.edits.apart[entry.apart]
        around: list[int] = []
        if direct and entry.call is not None:
            operation = OPERATIONS[entry.call.description.name]
            known = entry.call.arguments
            around = [known[name] for name in (operation.table, operation.schema) if name in known]
        made = calls.created_apart(apart, node, entry.edits, self._wrap(receiver), around)
        return made.with_changes(func=calls.on(receiver, apart.operation))

    def _wrap(self, receiver: cst.BaseExpression | None) -> cst.BaseExpression | None:
        """What a name stands in a call of."""
        return calls.on(receiver, "f") if self.plan.marked and receiver is not None else None

    # Blocks

    def _block(self, block: BlockPlan, entries: Sequence[Entry], flat: list[Flat], margin: Margin) -> cst.With:
        moved = {
            index: self._moved(entries[index], flat[entries[index].statement].statement, block.variable, margin)
            for index in range(block.start, block.stop)
            if index != block.host and entries[index].call is not None
        }
        if block.host is not None:
            host = cst.ensure_type(flat[entries[block.host].statement].statement, cst.With)
            before = [line for index, line in moved.items() if index < block.host]
            after = [line for index, line in moved.items() if index > block.host]
            extended = blocks.extend_block(host, before, after, margin.whole)
            extended = blocks.with_convention(extended, 0, block.convention)
            return blocks.with_keywords(extended, 0, block.kept.keywords)
        members = [entries[index] for index in moved]
        call = members[0].call
        assert call is not None
        statement = flat[members[0].statement].statement
        _, first = _call_of(statement)
        schemas = (self._schema(each, flat) for each in members)
        schema = next((each for each in schemas if each is not None), None)
        made = blocks.new_block(first, call, schema, list(moved.values()), block, margin.step)
        if members[0].apart is not None:
            return made
        return made.with_changes(leading_lines=self._named(members[0], statement).leading_lines)

    def _with_kept(self, block: cst.With, kept: Kept, margin: Margin) -> list[cst.BaseStatement]:
        """The block between the statements that keep what its copy of the table loses, and with those that begin it."""
        if not (kept.above or kept.inside or kept.below):
            return [block]
        style = calls.quotes_of(block.items[0].item), self.newline
        above, inside, below = (
            blocks.kept_statements(each, kept.guard, margin.step, *style)
            for each in (kept.above, kept.inside, kept.below)
        )
        if inside:
            block = blocks.begun_with(block, inside)
        if above:
            above[0] = above[0].with_changes(leading_lines=block.leading_lines)
            block = block.with_changes(leading_lines=[])
        return [*above, block, *below]

    def _moved(
        self, entry: Entry, statement: cst.BaseStatement, variable: str, margin: Margin
    ) -> cst.SimpleStatementLine:
        """An operation as it stands in a block."""
        if entry.apart is not None:
            _, node = _call_of(statement)
            made = self._apart(entry, node, cst.Name(variable), direct=False)
            return cst.SimpleStatementLine([cst.Expr(made)])
        assert entry.call is not None
        return blocks.batched(self._named(entry, statement), entry.call, variable, margin.whole)

    def _schema(self, entry: Entry, flat: list[Flat]) -> cst.BaseExpression | None:
        if entry.call is None:
            return None
        place = entry.call.arguments.get(OPERATIONS[entry.call.description.name].schema)
        _, node = _call_of(flat[entry.statement].statement)
        return None if place is None else node.args[place].value


def _call_of(statement: cst.BaseStatement) -> tuple[cst.SimpleStatementLine, cst.Call]:
    line = cst.ensure_type(statement, cst.SimpleStatementLine)
    return line, cst.ensure_type(cst.ensure_type(line.body[0], cst.Expr).value, cst.Call)


def flattened(lines: Sequence[cst.BaseStatement]) -> Iterator[Flat]:
    """Each statement on a line of its own, as ``ast`` counts them."""
    for number, line in enumerate(lines):
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) > 1:
            apart = blocks.unfolded(line.body, line.leading_lines, line.trailing_whitespace)
            yield from (Flat(number, each) for each in apart)
        else:
            yield Flat(number, line)


def _folded(lines: Sequence[cst.BaseStatement], flat: Sequence[Flat], changed: set[int]) -> list[cst.BaseStatement]:
    """The lines of a suite in which only single statements change."""
    result: list[cst.BaseStatement] = []
    of_line = {number: [each.statement for each in own] for number, own in groupby(flat, key=lambda each: each.line)}
    for number, line in enumerate(lines):
        own = of_line[number] if number in changed else [line]
        if len(own) > 1 and isinstance(line, cst.SimpleStatementLine):
            smalls = [
                cst.ensure_type(each, cst.SimpleStatementLine).body[0].with_changes(semicolon=old.semicolon)
                for each, old in zip(own, line.body, strict=True)
            ]
            own = [line.with_changes(body=smalls)]
        result += own
    return result
