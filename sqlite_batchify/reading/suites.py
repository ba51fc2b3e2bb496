"""The walk through the suites of a script: which statements are operations or blocks, as far as SQLite gets there."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .. import findings
from ..operations import BATCH_ALTER_TABLE, NEVER, OPERATIONS
from . import raw_sql
from .asked import Asking
from .bindings import Bindings
from .calls import (
    Heading,
    Problem,
    indexes_on_expressions,
    only_by_a_copy,
    place_of,
    read_batched,
    read_heading,
    read_operation,
    read_partly,
    whole_columns,
)
from .expressions import live_calls
from .guards import Guards, leaves_on_sqlite
from .handed import handed_blocks
from .holdings import Holdings
from .model import NONE, Call, Fix, Host, Note, Suite, Way
from .scopes import Functions, Opened, Scope, Visitor, opened
from .sql.indexes import may_hold_index
from .sql.scan import may_hold_alter
from .syntax import Lines, calls_in, descendants, has_stars, keywords_of, literal, parameters_of, suites_of
from .values import Values

_ENTRY_POINTS = ("upgrade", "downgrade")
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


class Walked(NamedTuple):
    """What a walk has found; the suites that stand inside of another come before it.

    ``seen`` says how many operations are statements; ``raw`` are the notes about SQL, ``fixes`` what can take the place
    of some, and ``asked`` the notes about names that the database is asked for.
    """

    suites: tuple[Suite, ...]
    notes: tuple[Note, ...]
    seen: int
    raw: tuple[Note, ...]
    fixes: tuple[Fix, ...]
    asked: tuple[Note, ...]


@dataclass
class _Found:
    """The statements of the suite that is being walked."""

    calls: dict[int, Call] = field(default_factory=dict)
    hosts: dict[int, Host] = field(default_factory=dict)
    batched: dict[int, Call] = field(default_factory=dict)


def walk(
    tree: ast.Module, lines: Lines, skips: frozenset[int], thorough: bool, visitor: Visitor | None = None
) -> Walked:
    """Walk through a script.

    ``skips`` are the lines on which statements begin that are left alone. If ``thorough``, operations are looked for in
    expressions, and SQL is not.
    """
    walking = _Walk(tree, lines, skips, thorough, visitor)
    guards = Guards()
    for function in walking.functions.values():
        guards.define(function)
    asking = Asking(tree, lines.text)
    scope = Scope(lines.text, tree, (), walking.functions, Bindings(), guards, Holdings(asking))
    walking.suite(tree.body, ("body",), scope)
    walking.asked += asking.notes(lines)
    walking.leave_out_what_never_runs()
    return Walked(
        *(tuple(walking.suites), tuple(walking.notes), walking.seen, tuple(walking.raw), tuple(walking.fixes)),
        tuple(walking.asked),
    )


class _Walk:
    def __init__(
        self, tree: ast.Module, lines: Lines, skips: frozenset[int], thorough: bool, visitor: Visitor | None
    ) -> None:
        self.tree = tree
        self.visitor = visitor
        self.lines = lines
        self.skips = skips
        self.thorough = thorough
        self.functions: Functions = {
            node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self.handed = handed_blocks(tree, self.functions) if BATCH_ALTER_TABLE in lines.text else {}
        self.holds_raw_sql = not thorough and (may_hold_alter(lines.text) or may_hold_index(lines.text))
        self.values = Values(tree) if self.holds_raw_sql else None
        self.looped: dict[str, str] = {}
        self.on_expressions = frozenset(indexes_on_expressions(tree)) if "drop_index" in lines.text else NONE
        self.suites: list[Suite] = []
        self.notes: list[Note] = []
        self.raw: list[Note] = []
        self.fixes: list[Fix] = []
        self.asked: list[Note] = []
        self.seen = 0
        self.dead: list[ast.AST] = []

    # Suites

    def suite(self, statements: Sequence[ast.stmt], way: Way, scope: Scope) -> None:
        found = _Found()
        for number, statement in enumerate(statements):
            if statement.lineno not in self.skips:
                self._statement(statement, (*way, number), number, scope, found)
            if leaves_on_sqlite(statement, scope.guards):
                self.dead += statements[number + 1 :]
                break
        if found.calls or found.hosts or found.batched:
            batched = (found.calls, found.hosts, found.batched)
            self.suites.append(Suite(way, len(statements), *batched, scope.block, scope.free_name))

    def _branch(self, statements: Sequence[ast.stmt], way: Way, scope: Scope, test: ast.expr | None = None) -> None:
        """A suite that may not run, and only where a test holds if there is one."""
        if statements:
            inner = scope.branch()
            if test is not None:
                inner.asked.learn(test, True)
            self._inner(statements, way, scope, inner)
            scope.asked.join([inner.asked, *inner.asked.left, scope.asked.branch()])

    def _inner(self, statements: Sequence[ast.stmt], way: Way, scope: Scope, inner: Scope) -> None:
        self.suite(statements, way, inner)
        scope.guards.merge(inner.guards)

    def _statement(self, statement: ast.stmt, way: Way, number: int, scope: Scope, found: _Found) -> None:
        scope.asked.pass_over(statement, scope.guards)
        if self.visitor is not None:
            self.visitor.look(statement, scope)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            if not self._operation(statement, statement.value, number, scope, found):
                self._simple(statement, way, scope)
        elif isinstance(statement, ast.With):
            self._with(statement, way, number, scope, found)
        elif hasattr(statement, "body") or isinstance(statement, ast.Match):
            self._compound(statement, way, scope)
        else:
            self._simple(statement, way, scope)

    # Simple statements

    def _operation(self, statement: ast.Expr, call: ast.Call, number: int, scope: Scope, found: _Found) -> bool:
        """Whether a call is an operation, which is noted then."""
        of_block = _receiver(call) in scope.handed
        read = None if of_block else read_operation(call, scope, self.lines)
        if isinstance(read, Problem):
            self.seen += 1
            self.notes.append(Note(place_of(call, self.lines), *read))
            return True
        if read is not None:
            description = read.description
            self.seen += OPERATIONS[description.name].needs_block != NEVER
            # Of such an index SQLAlchemy reflects nothing on SQLite, and a block drops only what was reflected.
            if description.name == "drop_index" and description.ends & self.on_expressions:
                read = read._replace(description=description._replace(takes_block=False))
            found.calls[number] = read
            self.notes += () if read.told is None else (read.told,)
            for each in (*call.args, *call.keywords):
                self._search(each, scope)
            return True
        if scope.batch_names:
            batched = read_batched(call, scope.batch_names, None, scope, self.lines)
            batched = batched or read_partly(call, scope.batch_names, scope, self.lines)
            if batched is not None:
                self.seen += OPERATIONS[batched.description.name].needs_block != NEVER
                found.batched[number] = batched
                self.notes += () if batched.told is None else (batched.told,)
        return False

    def _simple(self, statement: ast.stmt, way: Way, scope: Scope) -> None:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            scope.bindings.learn(statement, way)
        elif isinstance(statement, _ASSIGNMENTS):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if not (isinstance(statement, ast.AnnAssign) and statement.value is None):
                for target in targets:
                    self._assign(target, None if isinstance(statement, ast.AugAssign) else statement.value, scope)
        if self.holds_raw_sql:
            found = raw_sql.look(statement, scope.bindings, self.lines, self._text_of)
            self.raw += found.notes
            self.fixes += () if found.fix is None else (found.fix,)
        self._search(statement, scope)

    def _text_of(self, name: ast.Name) -> str:
        """The text that a name stands for, or the texts that a loop gives it; empty if that is not known."""
        if name.id in self.looped:
            return self.looped[name.id]
        return (None if self.values is None else self.values.text(name)) or ""

    def _assign(self, target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
        scope.guards.assign(target, value)
        scope.bindings.assign(target, value)

    def _search(self, node: ast.AST, scope: Scope) -> None:
        """Note operations that are part of an expression."""
        if not self.thorough:
            return
        for call in live_calls(node, scope.guards, self.dead):
            read = read_operation(call, scope, self.lines)
            if isinstance(read, Problem):
                self.notes.append(Note(place_of(call, self.lines), *read))
            elif read is not None and read.description.needs_block:
                detail = f"op.{read.description.name}"
                self.notes.append(Note(place_of(call, self.lines), findings.EXPRESSION, detail))

    # Compound statements

    def _with(self, statement: ast.With, way: Way, number: int, scope: Scope, found: _Found) -> None:
        self._search_head(statement, scope)
        for item in statement.items:
            if item.optional_vars is not None:
                self._assign(item.optional_vars, None, scope)
        blocks = list(opened(statement, scope.bindings))
        if not blocks:
            self.suite(statement.body, (*way, "body"), scope)
            return
        variables = frozenset(each.variable or "" for each in blocks)
        before = len(self.suites)
        self.suite(statement.body, (*way, "body"), scope.within(way, variables))
        heading = read_heading(blocks[0], len(statement.items) == 1, scope.guards)
        inside = (each for suite in self.suites[before:] if suite.block == way for each in suite.batched.values())
        if heading.recreate == "never" and any(only_by_a_copy(each) for each in inside):
            place = place_of(blocks[0].call, self.lines)
            self.notes.append(Note(place, findings.NEVER_RECREATED, 'recreate="never"'))
        found.hosts[number] = self._host(statement, blocks, heading, scope)

    def _host(self, statement: ast.With, blocks: Sequence[Opened], heading: Heading, scope: Scope) -> Host:
        block = blocks[0]
        variable = block.variable or ""
        own_lines = not self.lines.line(statement.body[0].lineno)[: statement.body[0].col_offset].strip()
        joins = heading.joins and own_lines and all(_is_call_on(each, variable) for each in statement.body)
        copies = heading.recreate == "always"
        if heading.recreate == "auto":
            calls = (call for each in statement.body for call in calls_in(each))
            read = (read_batched(each, frozenset({variable}), None, scope, self.lines) for each in calls)
            copies = any(each is not None and each.description.copies_table for each in read)
        receivers = scope.bindings.receivers
        place = place_of(block.call, self.lines)
        stays = heading.recreate is not None and not copies
        keywords = None if has_stars(block.call) else frozenset(keywords_of(block.call))
        kept = (joins, heading.convention, copies, place, receivers, stays, whole_columns(block), keywords)
        return Host(heading.table, block.item, variable, *kept)

    def _compound(self, statement: ast.stmt, way: Way, scope: Scope) -> None:
        self._search_head(statement, scope)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._function(statement, way, scope)
        elif isinstance(statement, ast.ClassDef):
            scope.bindings.forget(statement.name)
            inner = scope.branch()
            inner.bindings = scope.bindings.enter()
            self._branch(statement.body, (*way, "body"), inner)
        elif isinstance(statement, ast.If):
            self._if(statement, way, scope)
        elif isinstance(statement, ast.Match):
            self._match(statement, way, scope)
        elif isinstance(statement, ast.AsyncWith):
            self.suite(statement.body, (*way, "body"), scope)
        else:
            if isinstance(statement, (ast.For, ast.AsyncFor)):
                self._assign(statement.target, None, scope)
            outer, self.looped = self.looped, {**self.looped, **_texts_of_loop(statement)}
            for steps, suite in _in_order(statement):
                held = statement.test if isinstance(statement, ast.While) and steps == ("body",) else None
                self._branch(suite, (*way, *steps), scope, held)
            self.looped = outer

    def _function(self, function: ast.FunctionDef | ast.AsyncFunctionDef, way: Way, scope: Scope) -> None:
        scope.bindings.forget(function.name)
        scope.guards.define(function)
        parameters = parameters_of(function)
        known = self.functions.get(function.name) is function
        handed = self.handed.get(function.name, NONE) if known else NONE
        inner = Scope(
            *(scope.text, function, way, scope.functions),
            bindings=scope.bindings.enter(parameters, function.name in _ENTRY_POINTS),
            guards=scope.guards.enter(parameters),
            asked=scope.asked.enter(function),
            handed=handed,
            batch_names=handed,
        )
        self._branch(function.body, (*way, "body"), inner)

    def _if(self, statement: ast.If, way: Way, scope: Scope) -> None:
        answer = scope.guards.truth(statement.test)
        ways: list[tuple[Holdings, Sequence[ast.stmt]]] = []
        for name, dead, suite in (("body", False, statement.body), ("orelse", True, statement.orelse)):
            if answer is dead:
                self.dead += suite
                continue
            inner = scope.branch()
            inner.asked.learn(statement.test, not dead)
            self._inner(suite, (*way, name), scope, inner)
            ways.append((inner.asked, suite))
        scope.asked.choose(ways)

    def _match(self, statement: ast.Match, way: Way, scope: Scope) -> None:
        for number, case in enumerate(statement.cases):
            answer = scope.guards.matches(statement.subject, case.pattern)
            if answer is False:
                self.dead += case.body
                continue
            if case.guard is not None:
                self._search(case.guard, scope)
            self._branch(case.body, (*way, "cases", number, "body"), scope)
            if answer is True and case.guard is None:
                self.dead += [each for other in statement.cases[number + 1 :] for each in other.body]
                break

    def _search_head(self, statement: ast.stmt, scope: Scope) -> None:
        if not self.thorough:
            return
        inside = {id(each) for _, suite in suites_of(statement) for each in suite}
        for name in statement._fields:
            value = getattr(statement, name, None)
            for each in value if isinstance(value, list) else (value,):
                known = id(each) in inside or isinstance(each, (ast.ExceptHandler, ast.match_case))
                if isinstance(each, ast.AST) and not known:
                    self._search(each, scope)

    # What never runs on SQLite

    def leave_out_what_never_runs(self) -> None:
        """Forget what was found in functions that only dead code calls."""
        helpers = {name: node for name, node in self.functions.items() if not name.startswith(_ENTRY_POINTS)}
        if not self.dead or not helpers:
            return
        used = _names_in([self.tree])
        dead = _names_in(self.dead)
        gone: dict[str, ast.AST] = {}
        while more := {name: node for name, node in helpers.items() if 0 < used[name] == dead[name]}.keys() - gone:
            for name in more:
                gone[name] = helpers[name]
                dead += _names_in([helpers[name]])
        for node in gone.values():
            self._forget(node)

    def _forget(self, function: ast.AST) -> None:
        way: Way = ("body", next(number for number, each in enumerate(self.tree.body) if each is function))
        first, last = getattr(function, "lineno", 0), getattr(function, "end_lineno", 0)
        self.suites = [each for each in self.suites if each.way[: len(way)] != way]
        self.notes = [each for each in self.notes if not first <= each.place.line <= last]
        self.raw = [each for each in self.raw if not first <= each.place.line <= last]
        self.asked = [each for each in self.asked if not first <= each.place.line <= last]
        self.fixes = [each for each in self.fixes if not first <= each.start.line <= last]
        if self.visitor is not None:
            self.visitor.forget(first, last)


def _texts_of_loop(statement: ast.stmt) -> Mapping[str, str]:
    """What the variable of a loop holds, one after another, if these are literal texts."""
    if not isinstance(statement, ast.For) or not isinstance(statement.target, ast.Name):
        return {}
    listed = statement.iter.elts if isinstance(statement.iter, (ast.List, ast.Tuple)) else []
    texts = [text for text in map(literal, listed) if text is not None]
    return {statement.target.id: ";".join(texts)} if texts else {}


def _names_in(roots: Sequence[ast.AST]) -> Counter[str]:
    """How often each name is read."""
    nodes = (node for root in roots for node in descendants(root))
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _in_order(statement: ast.stmt) -> Iterator[tuple[Way, Sequence[ast.stmt]]]:
    """The suites of a loop or a ``try`` as they stand."""
    suites = dict(suites_of(statement))
    order = {"body": 0, "handlers": 1, "orelse": 2, "finalbody": 3}
    yield from sorted(suites.items(), key=lambda item: (order[str(item[0][0])], item[0][1:2]))


def _is_call_on(statement: ast.stmt, variable: str) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and _receiver(call) == variable


def _receiver(call: ast.Call) -> str | None:
    """The variable whose method is called."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else None
