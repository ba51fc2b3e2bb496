"""What holds at one place of a script: names, guards, the block around it, and what its function does with a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import NamedTuple, Protocol

from ..operations import BATCH_ALTER_TABLE
from .bindings import Bindings
from .guards import Guards
from .holdings import Holdings
from .model import NONE, Names, Way
from .syntax import literal, suites_of

_MOST_LEVELS = 101
"""Python indents no deeper than this: so many names are enough for blocks in one another."""
Root = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef
Functions = Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]
"""The functions of the module, by name."""


class Held(NamedTuple):
    """What a variable holds. ``way`` leads to the statement that assigns it; None if it is used elsewhere as well."""

    value: ast.expr
    way: Way | None


class Visitor(Protocol):
    """Gets to see each statement that SQLite may get to, and hears of lines that it does not get to after all."""

    def look(self, statement: ast.stmt, scope: Scope) -> None: ...

    def forget(self, first: int, last: int) -> None: ...


class Opened(NamedTuple):
    """A ``batch_alter_table`` among the items of a ``with``: its number, the call, and its variable if it has one."""

    item: int
    call: ast.Call
    variable: str | None


@dataclass
class Scope:
    """``way`` leads to ``root``; ``batch_names`` are the variables of the blocks around, ``block`` the way to the
    innermost. ``handed`` are parameters of the function that hold blocks."""

    text: str
    root: Root
    way: Way
    functions: Functions
    bindings: Bindings
    guards: Guards
    asked: Holdings
    batch_names: Names = NONE
    block: Way | None = None
    handed: Names = NONE
    uses: list[_Uses] = field(default_factory=list)

    def within(self, way: Way, variables: Names) -> Scope:
        """The scope inside a block that stands in the script."""
        return replace(self, batch_names=self.batch_names | variables, block=way)

    def branch(self) -> Scope:
        """The scope inside a suite that may not run."""
        return replace(self, guards=self.guards.branch(), asked=self.asked.branch())

    def free_name(self, name: str) -> str:
        """What a new block here can call its variable: this, or with a number."""
        return next(each for each in self._uses.free_names(name, self.text) if each not in self.batch_names)

    def held(self, name: str) -> Held | None:
        """The call that a variable holds; None unless it is assigned just once in the same function, or the module."""
        found = self._uses.assigned(name)
        if found is None or self._uses.loads.get(name, 0) < 2:
            return found
        return found._replace(way=None)

    def returned(self, node: ast.expr) -> ast.Call | None:
        """The call that a function of the script returns, where this is a call of one that does nothing else."""
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        function = self.functions.get(name)
        if function is None or name in self.bindings.builders:
            return None
        *before, last = function.body
        plain = all(isinstance(each, ast.Expr) and literal(each.value) is not None for each in before)
        returned = last.value if plain and isinstance(last, ast.Return) else None
        return returned if isinstance(returned, ast.Call) else None

    @property
    def _uses(self) -> _Uses:
        if not self.uses:
            self.uses.append(_Uses(self.root, self.way, self.bindings))
        return self.uses[0]


def opened(statement: ast.stmt, bindings: Bindings) -> Iterator[Opened]:
    """The blocks that a ``with`` statement opens."""
    for number, item in enumerate(statement.items if isinstance(statement, ast.With) else ()):
        call = item.context_expr
        if isinstance(call, ast.Call) and bindings.method(call.func) == BATCH_ALTER_TABLE:
            target = item.optional_vars
            yield Opened(number, call, target.id if isinstance(target, ast.Name) else None)


class _Uses:
    """The names of one function: what is assigned to them, and where they stand.

    ``elsewhere`` are names that stand outside of the blocks that bind them, ``loads`` says how often each is read.
    """

    def __init__(self, root: Root, way: Way, bindings: Bindings) -> None:
        self.bindings = bindings
        self.elsewhere: set[str] = set()
        self.loads: dict[str, int] = {}
        self._stores: dict[str, int] = {}
        self._values: dict[str, Held] = {}
        self._free: dict[str, tuple[str, ...]] = {}
        arguments = () if isinstance(root, ast.Module) else [root.args, *root.decorator_list]
        for each in arguments:
            self._look(each, NONE)
        self._suite(root.body, (*way, "body"), NONE)

    def free_names(self, name: str, text: str) -> tuple[str, ...]:
        """This name and those with a number that mean nothing elsewhere, as many as there can be blocks around."""
        if name not in self._free:
            numbered = (name if number == 1 else f"{name}_{number}" for number in count(1))
            used = self.elsewhere if name in text else NONE
            self._free[name] = tuple(islice((each for each in numbered if each not in used), _MOST_LEVELS))
        return self._free[name]

    def assigned(self, name: str) -> Held | None:
        return self._values.get(name) if self._stores.get(name) == 1 else None

    def _suite(self, statements: Sequence[ast.stmt], way: Way, bound: Names) -> None:
        for number, statement in enumerate(statements):
            inside = bound.union(each.variable for each in opened(statement, self.bindings) if each.variable)
            self._note_value(statement, (*way, number))
            self._look_at_head(statement, inside)
            for steps, suite in suites_of(statement):
                self._suite(suite, (*way, number, *steps), inside)

    def _note_value(self, statement: ast.stmt, way: Way) -> None:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target: ast.expr = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            return
        if isinstance(target, ast.Name) and isinstance(statement.value, ast.Call):
            self._values[target.id] = Held(statement.value, way)

    def _look_at_head(self, statement: ast.stmt, bound: Names) -> None:
        """All of a statement but its suites."""
        for name in statement._fields:
            value = None if name in ("body", "orelse", "finalbody") else getattr(statement, name, None)
            for each in value if isinstance(value, list) else (value,):
                if isinstance(each, ast.ExceptHandler):
                    self._store(each.name, bound)
                    heads: list[ast.AST | None] = [each.type]
                else:
                    heads = [each.pattern, each.guard] if isinstance(each, ast.match_case) else [each]
                for head in heads:
                    if isinstance(head, ast.AST):
                        self._look(head, bound)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._store(statement.name, bound)
        elif isinstance(statement, (ast.Global, ast.Nonlocal)):
            for name in statement.names:
                self._store(name, bound)

    def _look(self, root: ast.AST, bound: Names) -> None:
        for node in ast.walk(root):
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    self.loads[node.id] = self.loads.get(node.id, 0) + 1
                else:
                    self._stores[node.id] = self._stores.get(node.id, 0) + 1
                if node.id not in bound:
                    self.elsewhere.add(node.id)
            elif isinstance(node, ast.arg):
                self._store(node.arg, bound)
            elif isinstance(node, ast.alias):
                self._store(node.asname or node.name.partition(".")[0], bound)
            elif isinstance(node, (ast.MatchAs, ast.MatchStar)):
                self._store(node.name, bound)

    def _store(self, name: str | None, bound: Names) -> None:
        if name is not None:
            self._stores[name] = self._stores.get(name, 0) + 1
            if name not in bound:
                self.elsewhere.add(name)
