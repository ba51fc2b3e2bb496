"""One script: walks its suites of statements, finds the runs in each, and puts the blocks in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .. import findings
from ..findings import Code, Finding
from ..operations import NEVER, OPERATIONS, Operation
from . import blocks, naming, raw_sql
from .bindings import Bindings
from .calls import (
    Direct,
    Problem,
    batch_call,
    copies_table,
    describe,
    index_on_expression,
    read_host,
    read_operation,
    target_name,
)
from .fixes import Fix
from .guards import Guards, leaves_on_sqlite
from .history.answers import NO_NAMES, Answer, Names, Place
from .runs import NONE, Block, Item, find_blocks
from .runs import Names as Folded
from .sql.scan import may_hold_alter
from .syntax import children, descendants, dotted, replaced

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_MOST_LEVELS = 101
"""Python indents no deeper than this: so many names are enough for blocks in one another."""
_WITH_SUITES = (
    *(cst.BaseSuite, cst.BaseStatement, cst.Else, cst.Finally, cst.ExceptHandler, cst.ExceptStarHandler),
    cst.MatchCase,
)


class Outcome(NamedTuple):
    """A script as it is to be (the module passed in if nothing changes), what was done, and what was found.

    ``fixes`` are yet to be made; ``answered`` are the calls in the module that the history has said something of.
    """

    module: cst.Module
    blocks: int
    operations: int
    findings: tuple[Finding, ...]
    changed: bool
    fixes: tuple[Fix, ...] = ()
    answered: Mapping[cst.BaseExpression, Answer] = MappingProxyType({})

    def answers(self) -> Mapping[Place, Answer]:
        """What the history has said, by the places in the module."""
        places = _places(self.module) if self.answered else {}
        return {places[call]: answer for call, answer in self.answered.items()}


class How(NamedTuple):
    """How a script is rewritten.

    ``skips`` are the lines where statements begin that are left alone; ``unsafe_fixes`` asks for the operations that
    can take the place of raw SQL.
    """

    style: str
    batch_name: str
    skips: frozenset[int] = frozenset()
    unsafe_fixes: bool = False


class _Note(NamedTuple):
    """A finding whose place is that of a node."""

    node: cst.CSTNode
    code: Code
    detail: str
    hint: str = ""


@dataclass
class _Scope:
    """What holds at one place of the script.

    ``indent`` is the last step of its indentation, None if it is the usual one, ``margin`` all of it; ``convention`` is
    what ``block``, the one around it, needs.
    """

    root: cst.CSTNode
    bindings: Bindings
    guards: Guards
    indent: str | None = None
    margin: str = ""
    batch_names: frozenset[str] = frozenset()
    block: cst.With | None = None
    convention: dict[str, str] = field(default_factory=dict)


@dataclass
class _Entry:
    """One statement of a suite: what it means for runs, and the statement that stands for it in the end.

    ``notes`` are findings that hold if it goes into a block; ``edited`` if the statement is not the script's own.
    """

    item: Item
    statement: Statement
    line: int
    direct: Direct | None = None
    host_name: str = ""
    notes: Sequence[_Note] = ()
    edited: bool = False


@dataclass
class _Walk:
    """The state of one walk over a script; ``on_expressions`` are its indexes on expressions."""

    how: How
    text: str
    thorough: bool
    names: Names
    has_raw_sql: bool
    places: Mapping[cst.CSTNode, Place]
    usual_indent: str
    on_expressions: Folded = NONE
    noted: list[_Note] = field(default_factory=list)
    seen: int = 0
    blocks: int = 0
    operations: int = 0
    wanting_import: set[cst.ImportFrom] = field(default_factory=set)
    sqlalchemy: set[str] = field(default_factory=set)
    replacements: list[raw_sql.Replacement] = field(default_factory=list)
    free_names: dict[cst.CSTNode, tuple[str, ...]] = field(default_factory=dict)
    answered: dict[cst.BaseExpression, Answer] = field(default_factory=dict)

    # Suites

    def statements(self, statements: Sequence[cst.BaseStatement], scope: _Scope) -> Sequence[cst.BaseStatement]:
        """The statements of a suite with blocks in place; the very same object if nothing changes."""
        entries: list[_Entry] = []
        changed = False
        for line, statement in enumerate(statements):
            if self._is_skipped(statement):
                entries.append(_Entry(None, statement, line))  # type: ignore[arg-type]
            elif isinstance(statement, cst.SimpleStatementLine):
                simple = self._simple(statement, line, scope)
                changed = changed or any(entry.edited for entry in simple)
                entries.extend(simple)
            else:
                entry = self._compound(statement, line, scope)
                changed = changed or entry.statement is not statement
                entries.append(entry)
            if leaves_on_sqlite(statement, scope.guards):
                rest = enumerate(statements[line + 1 :], line + 1)
                entries.extend(_Entry(None, each, number) for number, each in rest)  # type: ignore[arg-type]
                break
        found = find_blocks([entry.item for entry in entries], self.how.style)
        if not found and not changed:
            return statements
        return self._assemble(statements, entries, found, scope)

    def _is_skipped(self, statement: cst.BaseStatement) -> bool:
        place = self.places.get(statement) if self.how.skips else None
        return place is not None and place.line in self.how.skips

    def _assemble(
        self, statements: Sequence[cst.BaseStatement], entries: list[_Entry], found: list[Block], scope: _Scope
    ) -> list[cst.BaseStatement]:
        unfolded = {entries[index].line for block in found for index in range(block.start, block.stop)}
        unfolded |= {entry.line for entry in entries if entry.edited}
        starts = {block.start: block for block in found}
        result: list[cst.BaseStatement] = []
        index = 0
        while index < len(entries):
            entry = entries[index]
            if index in starts:
                block = starts[index]
                result.append(self._block(entries[block.start : block.stop], block, scope))
                index = block.stop
                continue
            if entry.line in unfolded or not isinstance(entry.statement, cst.SimpleStatementLine):
                result.append(entry.statement)
            elif index == 0 or entries[index - 1].line != entry.line:
                result.append(statements[entry.line])
            index += 1
        return result

    def _block(self, members: list[_Entry], block: Block, scope: _Scope) -> cst.With:
        operations = [(entry.direct, entry.statement) for entry in members if entry.direct is not None]
        self.blocks += 1
        self.operations += len(operations)
        for entry in members:
            self.noted += entry.notes
        if block.host is None:
            name = self._free_name(scope)
            directs = [direct for direct, _ in operations]
            lines = [line for _, line in operations if isinstance(line, cst.SimpleStatementLine)]
            result = blocks.new_block(directs, lines, name, scope.indent, scope.margin, scope.bindings)
            for direct, moved_in in zip(directs, result.body.body, strict=True):
                self._became(direct.call, moved_in)
            self._want_import(directs[0].call.func, result.items[0].item, scope)
            return result
        position = block.host - block.start
        host = members[position]
        assert isinstance(host.statement, cst.With)
        moved = [
            blocks.batched(entry.direct, entry.statement, host.host_name, scope.margin, scope.bindings)
            if entry.direct is not None and isinstance(entry.statement, cst.SimpleStatementLine)
            else None
            for entry in members
        ]
        for entry, line in zip(members, moved, strict=True):
            if entry.direct is not None and line is not None:
                self._became(entry.direct.call, line)
        before = [line for line in moved[:position] if line is not None]
        after = [line for line in moved[position + 1 :] if line is not None]
        extended = blocks.extend_block(host.statement, before, after, scope.margin)
        wanted = [each for direct, _ in operations for each in direct.description.convention]
        return blocks.with_convention(extended, wanted)

    def _became(self, call: cst.BaseExpression, line: cst.CSTNode) -> None:
        """An operation has become the one on this line."""
        if call in self.answered:
            small = cst.ensure_type(cst.ensure_type(line, cst.SimpleStatementLine).body[0], cst.Expr)
            self.answered[small.value] = self.answered.pop(call)

    def _want_import(self, operation: cst.BaseExpression, opening: cst.BaseExpression, scope: _Scope) -> None:
        """Where ``batch_alter_table`` is a bare name that nothing brings in, the import of the operation shall."""
        assert isinstance(opening, cst.Call)
        if isinstance(operation, cst.Name) and scope.bindings.method(opening.func) is None:
            self.wanting_import.add(scope.bindings.imports[operation.value])

    def _suite(self, suite: cst.BaseSuite, scope: _Scope) -> cst.BaseSuite:
        inner = replace(scope, guards=scope.guards.branch())
        changed = self._branch(suite, inner)
        scope.guards.merge(inner.guards)
        return changed

    def _branch(self, suite: cst.BaseSuite, scope: _Scope) -> cst.BaseSuite:
        if isinstance(suite, cst.IndentedBlock):
            step = self.usual_indent if suite.indent is None else suite.indent
            inner = replace(scope, indent=suite.indent, margin=scope.margin + step)
            body = self.statements(suite.body, inner)
            return suite if body is suite.body else suite.with_changes(body=body)
        assert isinstance(suite, cst.SimpleStatementSuite)
        lines = blocks.unfolded(suite.body, [], suite.trailing_whitespace)
        body = self.statements(lines, scope)
        return suite if body is lines else cst.IndentedBlock(body, indent=scope.indent)

    # Simple statements

    def _simple(self, line: cst.SimpleStatementLine, number: int, scope: _Scope) -> list[_Entry]:
        alone = len(line.body) == 1
        lines = [line] if alone else blocks.unfolded(line.body, line.leading_lines, line.trailing_whitespace)
        entries = []
        for small, own_line in zip(line.body, lines, strict=True):
            direct = self._small(small, scope)
            if direct is not None:
                entries += self._named(direct, own_line, number, scope)
            elif scope.batch_names and isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                entries += self._named_in_block(small.value, own_line, number, scope)
            else:
                entries.append(_Entry(None, own_line, number))
        return entries

    def _small(self, small: cst.BaseSmallStatement, scope: _Scope) -> Direct | None:
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
            read = read_operation(small.value, scope.bindings)
            if isinstance(read, Direct):
                self.seen += read.operation.needs_block != NEVER
                for arg in small.value.args:
                    self._search(arg, scope)
                # Of such an index SQLAlchemy reflects nothing on SQLite, and a block drops only what was reflected.
                if read.operation.name == "drop_index" and read.description.ends & self.on_expressions:
                    return read._replace(description=read.description._replace(takes_block=False))
                return read
            if read is not None:
                self.seen += 1
                self.noted.append(_Note(small.value, read.code, read.detail))
                return None
        elif isinstance(small, (cst.Import, cst.ImportFrom)):
            scope.bindings.learn(small)
        self._learn_assignment(small, scope)
        if self.has_raw_sql:
            self._look_for_raw_sql(small, scope)
        self._search(small, scope)
        return None

    def _look_for_raw_sql(self, small: cst.BaseSmallStatement, scope: _Scope) -> None:
        self.sqlalchemy |= raw_sql.sqlalchemy_names(small)
        sqlalchemy = min(self.sqlalchemy & scope.bindings.builders, default=None)
        replacement = raw_sql.replacement(small, scope.bindings, sqlalchemy)
        for call, detail, hint in raw_sql.find(small, scope.bindings, sqlalchemy):
            hint += " (as --unsafe-fixes does)" if replacement is not None else ""
            self.noted.append(_Note(call, findings.RAW_SQL, detail, hint))
        if replacement is not None:
            self.replacements.append(replacement)

    def _learn_assignment(self, small: cst.BaseSmallStatement, scope: _Scope) -> None:
        if isinstance(small, cst.Assign):
            for each in small.targets:
                self._assign(each.target, small.value, scope)
        elif isinstance(small, cst.AnnAssign) and small.value is not None:
            self._assign(small.target, small.value, scope)
        elif isinstance(small, cst.AugAssign):
            self._assign(small.target, None, scope)

    def _assign(self, target: cst.BaseExpression, value: cst.BaseExpression | None, scope: _Scope) -> None:
        scope.guards.assign(target, value)
        for node in descendants(target):
            if isinstance(node, cst.Name):
                scope.bindings.forget(node.value)

    def _search(self, node: cst.CSTNode, scope: _Scope) -> None:
        """Note operations that are part of an expression; only where the text has more of them than statements."""
        if not self.thorough:
            return
        for part in descendants(node):
            if not isinstance(part, cst.Call):
                continue
            read = read_operation(part, scope.bindings)
            if isinstance(read, Problem):
                self.noted.append(_Note(part, read.code, read.detail))
            elif read is not None and read.description.needs_block:
                self.noted.append(_Note(part, findings.EXPRESSION, f"op.{read.operation.name}"))

    # Names

    def _named(self, direct: Direct, line: cst.SimpleStatementLine, number: int, scope: _Scope) -> list[_Entry]:
        """A direct operation with a name for what it creates or drops without one."""
        call, description = direct.call, direct.description
        if not description.needs_block or not description.takes_block:
            return [_Entry(description, line, number, direct)]
        named, answer, notes = self._give_names(call, direct.operation, direct.operation.positional, scope)
        if direct.operation.name == "add_column":
            named = naming.with_index_apart(named, direct.operation.positional)
        if named.call is not call:
            read = read_operation(named.call, scope.bindings)
            assert isinstance(read, Direct)
            direct, line = read, _with_value(line, named.call)
            self._became(call, line)
        direct = direct._replace(description=direct.description._replace(convention=answer.convention))
        entries = [_Entry(direct.description, line, number, direct, notes=notes)]
        around = {key: call.args[index] for key, index in direct.arguments.items() if key in ("table_name", "schema")}
        for each in named.apart:
            operation = OPERATIONS[each.operation]
            added = each.call(call.func, list(around.values()))
            names = (operation.positional[0], "columns", *around, *(("unique",) if each.unique else ()))
            arguments = dict(zip(names, range(len(added.args)), strict=True))
            described = describe(added, operation, arguments, scope.bindings, description.table)
            described = described._replace(needs_block=True)
            own = cst.SimpleStatementLine([cst.Expr(added)])
            entries.append(_Entry(described, own, number, Direct(added, operation, arguments, described)))
        return entries

    def _named_in_block(
        self, call: cst.Call, line: cst.SimpleStatementLine, number: int, scope: _Scope
    ) -> list[_Entry]:
        """The same for an operation in a block that stands in the script already."""
        method = call.func
        receiver = dotted(method.value) if isinstance(method, cst.Attribute) else ()
        operation = OPERATIONS.get(method.attr.value) if isinstance(method, cst.Attribute) else None
        if (
            operation is None
            or operation.needs_block == NEVER
            or receiver not in {(name,) for name in scope.batch_names}
        ):
            return [_Entry(None, line, number)]
        named, answer, notes = self._give_names(call, operation, operation.batch_positional, scope)
        if operation.name == "add_column" and scope.block is not None and copies_table(scope.block, scope.bindings):
            named = naming.with_index_apart(named, operation.batch_positional)
        self.noted += notes
        scope.convention.update(answer.convention)
        if named.call is call:
            return [_Entry(None, line, number)]
        entries = [_Entry(None, _with_value(line, named.call), number, edited=True)]
        self._became(call, entries[0].statement)
        for each in named.apart:
            added = each.call(cst.Attribute(cst.Name(receiver[0]), cst.Name(each.operation)))
            entries.append(_Entry(None, cst.SimpleStatementLine([cst.Expr(added)]), number, edited=True))
        return entries

    def _give_names(
        self, call: cst.Call, operation: Operation, positional: Sequence[str], scope: _Scope
    ) -> tuple[naming.Named, Answer, list[_Note]]:
        answer = Answer()
        if self.names.answers and self.places[call] in self.names.answers:
            answer = self.answered[call] = self.names.answers[self.places[call]]
        notes = [_Note(call, findings.LEFT_BEHIND_BY_COLUMN, detail, hint) for detail, hint in answer.left]
        if self.names.keep:
            return naming.Named(call), Answer(), notes
        wrap = None
        if self.names.marked and isinstance(call.func, cst.Attribute):
            wrap = cst.Attribute(call.func.value, cst.Name("f"))
        named = naming.give_names(call, positional, operation.name, answer, wrap)
        reason = answer.reason or "its table is not a literal, or neither upgrade nor downgrade leads here"
        notes += [_Note(call, findings.NAMELESS, detail, reason) for detail in named.lacking]
        if answer.unknown:
            notes.append(_Note(call, findings.UNKNOWN_CONSTRAINT, answer.unknown))
        return named, answer, notes

    def _free_name(self, scope: _Scope) -> str:
        """A name for the block that means nothing else in this scope."""
        if scope.root not in self.free_names:
            name = self.how.batch_name
            used = set(_other_uses(scope, name)) if name in self.text else set()
            numbered = (name if number == 1 else f"{name}_{number}" for number in count(1))
            free = (each for each in numbered if each not in used)
            self.free_names[scope.root] = tuple(islice(free, _MOST_LEVELS))
        return next(name for name in self.free_names[scope.root] if name not in scope.batch_names)

    # Compound statements

    def _compound(self, statement: cst.BaseStatement, line: int, scope: _Scope) -> _Entry:
        if self.thorough:
            for part in children(statement):
                if not isinstance(part, _WITH_SUITES):
                    self._search(part, scope)
        if isinstance(statement, cst.With):
            return self._with(statement, line, scope)
        changed: cst.BaseStatement
        if isinstance(statement, cst.FunctionDef):
            changed = self._function(statement, scope)
        elif isinstance(statement, cst.ClassDef):
            scope.bindings.forget(statement.name.value)
            inner = replace(scope, bindings=scope.bindings.enter())
            changed = _with_body(statement, self._suite(statement.body, inner))
        elif isinstance(statement, cst.If):
            changed = self._if(statement, scope)
        elif isinstance(statement, (cst.For, cst.While)):
            if isinstance(statement, cst.For):
                self._assign(statement.target, None, scope)
            changed = self._or_else(_with_body(statement, self._suite(statement.body, scope)), scope)
        elif isinstance(statement, (cst.Try, cst.TryStar)):
            changed = self._try(statement, scope)
        elif isinstance(statement, cst.Match):
            changed = self._match(statement, scope)
        else:
            changed = statement
        assert isinstance(changed, cst.BaseCompoundStatement)
        return _Entry(None, changed, line)

    def _with(self, statement: cst.With, line: int, scope: _Scope) -> _Entry:
        is_block = batch_call(statement, scope.bindings) is not None
        inner = scope
        for item in statement.items:
            if item.asname is not None:
                self._assign(item.asname.name, None, scope)
        if is_block:
            name = target_name(statement.items[0])
            inner = replace(scope, batch_names=scope.batch_names | {name or ""}, block=statement, convention={})
        changed = _with_body(statement, self._branch(statement.body, inner))
        if inner.convention:
            changed = blocks.with_convention(changed, list(inner.convention.items()))
        host = read_host(changed, scope.bindings)
        return _Entry(None, changed, line) if host is None else _Entry(host[0], changed, line, host_name=host[1])

    def _function(self, function: cst.FunctionDef, scope: _Scope) -> cst.FunctionDef:
        scope.bindings.forget(function.name.value)
        scope.guards.define(function)
        parameters = _parameters(function.params)
        inner = _Scope(
            root=function,
            bindings=scope.bindings.enter(parameters, function.name.value in ("upgrade", "downgrade")),
            guards=scope.guards.enter(parameters),
            indent=scope.indent,
            margin=scope.margin,
        )
        return _with_body(function, self._suite(function.body, inner))

    def _if(self, statement: cst.If, scope: _Scope) -> cst.If:
        answer = scope.guards.truth(statement.test)
        if answer is not False:
            statement = _with_body(statement, self._suite(statement.body, scope))
        if answer is True:
            return statement
        if isinstance(statement.orelse, cst.If):
            if self._is_skipped(statement.orelse):
                return statement
            self._search(statement.orelse.test, scope)
            other = self._if(statement.orelse, scope)
            return statement if other is statement.orelse else statement.with_changes(orelse=other)
        return self._or_else(statement, scope)

    def _or_else(self, statement: _OrElse, scope: _Scope) -> _OrElse:
        branch = statement.orelse
        if not isinstance(branch, cst.Else):
            return statement
        other = _with_body(branch, self._suite(branch.body, scope))
        return statement if other is branch else cst.ensure_type(statement.with_changes(orelse=other), type(statement))

    def _try(self, statement: cst.Try | cst.TryStar, scope: _Scope) -> cst.Try | cst.TryStar:
        result = _with_body(statement, self._suite(statement.body, scope))
        handlers = [_with_body(handler, self._suite(handler.body, scope)) for handler in statement.handlers]
        if any(new is not old for new, old in zip(handlers, statement.handlers, strict=True)):
            result = result.with_changes(handlers=handlers)
        result = self._or_else(result, scope)
        if statement.finalbody is not None:
            final = _with_body(statement.finalbody, self._suite(statement.finalbody.body, scope))
            if final is not statement.finalbody:
                result = result.with_changes(finalbody=final)
        return result

    def _match(self, statement: cst.Match, scope: _Scope) -> cst.Match:
        cases = list(statement.cases)
        for number, case in enumerate(statement.cases):
            answer = scope.guards.matches(statement.subject, case.pattern)
            if answer is not False:
                if case.guard is not None:
                    self._search(case.guard, scope)
                cases[number] = _with_body(case, self._suite(case.body, scope))
            if answer is True and case.guard is None:
                break
        if all(new is old for new, old in zip(cases, statement.cases, strict=True)):
            return statement
        return statement.with_changes(cases=cases)


_OrElse = TypeVar("_OrElse", bound=cst.If | cst.For | cst.While | cst.Try | cst.TryStar)
_Bodied = TypeVar("_Bodied", bound=cst.CSTNode)


def rewrite_module(module: cst.Module, text: str, how: How, path: str, mentions: int, names: Names | None) -> Outcome:
    """Rewrite one parsed script.

    ``mentions`` is how many calls of operations the text seems to hold: if the statements account for fewer, the
    expressions are searched too. Returns the new module (the same object if nothing changes) and the findings.
    """
    names = names or NO_NAMES
    places = _places(module) if names.answers or how.skips else {}
    on_expressions = frozenset(_indexes_on_expressions(module)) if "drop_index" in text else NONE
    walk = _Walk(how, text, False, names, may_hold_alter(text), places, module.default_indent, on_expressions)
    body = walk.statements(module.body, _module_scope(module))
    if walk.seen < mentions:
        fresh = _Walk(how, text, True, names, walk.has_raw_sql, places, walk.usual_indent, on_expressions)
        walk = replace(fresh, free_names=walk.free_names)
        body = walk.statements(module.body, _module_scope(module))
    changed = module if body is module.body else module.with_changes(body=body)
    if walk.wanting_import:
        changed = replaced(changed, {each: blocks.with_import(each) for each in walk.wanting_import})
    found = _findings(walk.noted, places or (_places(module) if walk.noted else {}), path)
    fixes = _fixes(walk.replacements, module) if how.unsafe_fixes and walk.replacements else ()
    return Outcome(changed, walk.blocks, walk.operations, found, changed is not module, fixes, walk.answered)


def _module_scope(module: cst.Module) -> _Scope:
    guards = Guards()
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef):
            guards.define(statement)
    return _Scope(module, Bindings(), guards)


def _indexes_on_expressions(module: cst.Module) -> Iterator[str]:
    pending: list[cst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            for small in node.body:
                if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                    yield from index_on_expression(small.value)
        else:
            pending.extend(child for child in children(node) if isinstance(child, _WITH_SUITES))


def _places(module: cst.Module) -> Mapping[cst.CSTNode, Place]:
    """Where each node of the module begins."""
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    return {node: Place(each.start.line, each.start.column) for node, each in positions.items()}


def _fixes(replacements: Sequence[raw_sql.Replacement], module: cst.Module) -> tuple[Fix, ...]:
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    ranges = ((positions[call], operations) for call, operations in replacements)
    return tuple(
        Fix((each.start.line, each.start.column), (each.end.line, each.end.column), operations)
        for each, operations in ranges
    )


def _findings(noted: list[_Note], places: Mapping[cst.CSTNode, Place], path: str) -> tuple[Finding, ...]:
    found = set()
    for node, code, detail, hint in noted:
        line, column = places[node]
        found.add(Finding(code, path, line, column + 1, detail, hint))
    return tuple(sorted(found, key=lambda each: (each.line, each.column, each.code.code, each.detail)))


def _parameters(parameters: cst.Parameters) -> list[str]:
    every = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    every += [star for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
    return [parameter.name.value for parameter in every]


def _with_value(line: cst.SimpleStatementLine, call: cst.Call) -> cst.SimpleStatementLine:
    return line.with_changes(body=[line.body[0].with_changes(value=call)])


def _with_body(node: _Bodied, body: cst.BaseSuite) -> _Bodied:
    return node if body is getattr(node, "body") else node.with_changes(body=body)  # noqa: B009


def _other_uses(scope: _Scope, start: str) -> Iterator[str]:
    """The names that begin so, of those that occur outside the blocks that bind them."""
    pending: list[tuple[cst.CSTNode, frozenset[str]]] = [(scope.root, frozenset())]
    while pending:
        node, bound = pending.pop()
        if isinstance(node, cst.With) and batch_call(node, scope.bindings):
            bound |= {target_name(node.items[0]) or ""}
        elif isinstance(node, cst.Name) and node.value.startswith(start) and node.value not in bound:
            yield node.value
        pending.extend((child, bound) for child in children(node))
