"""What a test of the dialect name says on SQLite.

``if bind.dialect.name == "postgresql":`` never runs on SQLite, so what it guards is left alone. Anything that cannot be
told for certain counts as running: a block does no harm on another database.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from .syntax import dotted, literal, terminates

SQLITE = "sqlite"
_DIALECTS = ("dialect", "engine")


class Thing(Enum):
    """What an expression stands for, where it is not simply true or false."""

    DIALECT = "dialect, or an engine: its name is the dialect's too"
    NAME = "name of the dialect"
    URL = "URL of the database as a text, which begins with the dialect's name"


Meaning = Thing | bool | None


@dataclass
class Guards:
    """What the variables and helper functions of a scope say about the dialect.

    ``variables`` are those that the scope itself assigns; the others are found in the ones around it.
    """

    variables: dict[str, Meaning] = field(default_factory=dict)
    functions: dict[str, Meaning] = field(default_factory=dict)
    around: Guards | None = None

    def enter(self, parameters: Sequence[str]) -> Guards:
        """The guards inside a function with these parameters."""
        inner = self.branch()
        for name in parameters:
            inner.variables[name] = None
            if name == "dialect_name":
                inner.variables[name] = Thing.NAME
        return inner

    def branch(self) -> Guards:
        """The guards inside a suite that may not run."""
        return Guards({}, self.functions, self)

    def merge(self, branch: Guards) -> None:
        """What such a suite assigned is not known after it."""
        for name, meaning in branch.variables.items():
            known = self._find(name)
            if known is None or known.variables[name] is not meaning:
                self.variables[name] = None

    def assign(self, target: ast.expr, value: ast.expr | None) -> None:
        """Note an assignment, so that ``dialect = bind.dialect.name`` counts in a later test."""
        if isinstance(target, ast.Name):
            self.variables[target.id] = None if value is None else self.meaning(value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self.assign(element, None)

    def define(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Note a helper such as ``def is_sqlite(): return op.get_bind().dialect.name == "sqlite"``."""
        self.functions.pop(function.name, None)
        returned = None
        for statement in function.body:
            if isinstance(statement, ast.Return):
                returned = statement.value
            elif not isinstance(statement, ast.Expr) or literal(statement.value) is None:
                return
        if returned is not None:
            meaning = self.enter([]).meaning(returned)
            if meaning is not None:
                self.functions[function.name] = meaning

    def truth(self, test: ast.expr) -> bool | None:
        """Whether a test holds on SQLite, None if that cannot be told."""
        meaning = self.meaning(test)
        return meaning if isinstance(meaning, bool) else None

    def meaning(self, node: ast.expr) -> Meaning:
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, ast.BoolOp):
            return self._boolean(node)
        return None

    def matches(self, subject: ast.expr, pattern: ast.pattern) -> bool | None:
        """Whether ``match subject: case pattern`` is taken on SQLite."""
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return True
        if self.meaning(subject) is not Thing.NAME:
            return None
        if isinstance(pattern, ast.MatchValue):
            value = literal(pattern.value)
            return None if value is None else value == SQLITE
        if isinstance(pattern, ast.MatchOr):
            answers = [self.matches(subject, each) for each in pattern.patterns]
            return True if True in answers else None if None in answers else False
        return None

    def _name(self, name: str) -> Meaning:
        known = self._find(name)
        if known is not None:
            return known.variables[name]
        return Thing.DIALECT if name in _DIALECTS else None

    def _find(self, name: str) -> Guards | None:
        """The innermost scope that assigns the name."""
        scope: Guards | None = self
        while scope is not None and name not in scope.variables:
            scope = scope.around
        return scope

    def _attribute(self, node: ast.Attribute) -> Meaning:
        if node.attr in _DIALECTS:
            return Thing.DIALECT
        if node.attr == "url" and self.meaning(node.value) is Thing.DIALECT:
            return Thing.URL
        named = node.attr == "name" and self.meaning(node.value) is Thing.DIALECT
        return Thing.NAME if named else None

    def _call(self, node: ast.Call) -> Meaning:
        if isinstance(node.func, ast.Name):
            is_text = node.func.id == "str" and len(node.args) == 1 and self.meaning(node.args[0]) is Thing.URL
            return Thing.URL if is_text else self.functions.get(node.func.id)
        owner = self.meaning(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if not isinstance(node.func, ast.Attribute) or owner not in (Thing.NAME, Thing.URL):
            return None
        method = node.func.attr
        if method == "lower" and not (node.args or node.keywords):
            return owner
        prefix = literal(node.args[0]) if len(node.args) == 1 and not node.keywords else None
        if method != "startswith" or prefix is None:
            return None
        longer = owner is Thing.URL and prefix.startswith(SQLITE)  # sqlite:///, sqlite+pysqlite://
        return None if longer and prefix != SQLITE else SQLITE.startswith(prefix)

    def _comparison(self, node: ast.Compare) -> Meaning:
        if len(node.comparators) != 1:
            return None
        left, operator, right = node.left, node.ops[0], node.comparators[0]
        if isinstance(operator, (ast.Eq, ast.NotEq)):
            value = literal(right) if self.meaning(left) is Thing.NAME else None
            if value is None and self.meaning(right) is Thing.NAME:
                value = literal(left)
            if value is None:
                return None
            return (value == SQLITE) is isinstance(operator, ast.Eq)
        if isinstance(operator, (ast.Is, ast.IsNot)) and isinstance(right, ast.Constant):
            answer = self.truth(left)
            return None if answer is None else (answer is right.value) is isinstance(operator, ast.Is)
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = self._membership(left, right)
            return found if found is None or isinstance(operator, ast.In) else not found
        return None

    def _membership(self, left: ast.expr, right: ast.expr) -> bool | None:
        part = literal(left)
        if part is not None and self.meaning(right) is Thing.NAME:
            return part in SQLITE
        if part is not None and dotted(right)[-1:] == ("dialect_description",):
            return part in SQLITE or (None if SQLITE in part else False)  # "sqlite+" and the name of a driver
        if self.meaning(left) is not Thing.NAME:
            return None
        text = literal(right)
        if text is not None:  # ("postgresql") is no tuple
            return SQLITE in text
        if not isinstance(right, (ast.Tuple, ast.List, ast.Set)):
            return None
        values = [literal(each) for each in right.elts]
        return True if SQLITE in values else None if None in values else False

    def _boolean(self, node: ast.BoolOp) -> Meaning:
        answers = [self.truth(each) for each in node.values]
        deciding = isinstance(node.op, ast.Or)
        if deciding in answers:
            return deciding
        return None if None in answers else not deciding


def leaves_on_sqlite(statement: ast.stmt, guards: Guards) -> bool:
    """Whether nothing after this statement of a suite runs on SQLite (``if ... == "sqlite": return``)."""
    if not isinstance(statement, ast.If):
        return terminates(statement)
    answer = guards.truth(statement.test)
    if answer is True:
        return terminates(statement.body[-1])
    return (answer is False or terminates(statement.body[-1])) and _leaves(statement.orelse, guards)


def _leaves(other: Sequence[ast.stmt], guards: Guards) -> bool:
    if len(other) == 1 and isinstance(other[0], ast.If):
        return leaves_on_sqlite(other[0], guards)
    return bool(other) and terminates(other[-1])
