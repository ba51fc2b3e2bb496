"""What a test of the dialect name says on SQLite.

``if bind.dialect.name == "postgresql":`` never runs on SQLite, so what it guards is left alone. Anything that cannot be
told for certain counts as running: a block does no harm on another database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import libcst as cst

from .syntax import dotted, literal, terminates

SQLITE = "sqlite"
_DIALECTS = ("dialect", "engine")


class Thing(Enum):
    """What an expression stands for, where it is not simply true or false."""

    DIALECT = "dialect, or an engine: its name is the dialect's too"
    NAME = "name of the dialect"


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

    def assign(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        """Note an assignment, so that ``dialect = bind.dialect.name`` counts in a later test."""
        if isinstance(target, cst.Name):
            self.variables[target.value] = None if value is None else self.meaning(value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.assign(element.value, None)

    def define(self, function: cst.FunctionDef) -> None:
        """Note a helper such as ``def is_sqlite(): return op.get_bind().dialect.name == "sqlite"``."""
        self.functions.pop(function.name.value, None)
        if not isinstance(function.body, cst.IndentedBlock):
            return
        returned = None
        for statement in function.body.body:
            if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
                return
            small = statement.body[0]
            if isinstance(small, cst.Return):
                returned = small.value
            elif not isinstance(small, cst.Expr) or literal(small.value) is None:
                return
        if returned is not None:
            meaning = self.enter([]).meaning(returned)
            if meaning is not None:
                self.functions[function.name.value] = meaning

    def truth(self, test: cst.BaseExpression) -> bool | None:
        """Whether a test holds on SQLite, None if that cannot be told."""
        meaning = self.meaning(test)
        return meaning if isinstance(meaning, bool) else None

    def meaning(self, node: cst.BaseExpression) -> Meaning:
        if isinstance(node, cst.Name):
            return self._name(node.value)
        if isinstance(node, cst.Attribute):
            return self._attribute(node)
        if isinstance(node, cst.Call):
            return self._call(node)
        if isinstance(node, cst.Comparison):
            return self._comparison(node)
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            inner = self.truth(node.expression)
            return None if inner is None else not inner
        if isinstance(node, cst.BooleanOperation):
            return self._boolean(node)
        return None

    def matches(self, subject: cst.BaseExpression, pattern: cst.MatchPattern) -> bool | None:
        """Whether ``match subject: case pattern`` is taken on SQLite."""
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
            return True
        if self.meaning(subject) is not Thing.NAME:
            return None
        if isinstance(pattern, cst.MatchValue):
            value = literal(pattern.value)
            return None if value is None else value == SQLITE
        if isinstance(pattern, cst.MatchOr):
            answers = [self.matches(subject, element.pattern) for element in pattern.patterns]
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

    def _attribute(self, node: cst.Attribute) -> Meaning:
        if node.attr.value in _DIALECTS:
            return Thing.DIALECT
        named = node.attr.value == "name" and self.meaning(node.value) is Thing.DIALECT
        return Thing.NAME if named else None

    def _call(self, node: cst.Call) -> Meaning:
        if isinstance(node.func, cst.Name):
            return self.functions.get(node.func.value)
        if isinstance(node.func, cst.Attribute) and self.meaning(node.func.value) is Thing.NAME:
            method = node.func.attr.value
            if method == "lower" and not node.args:
                return Thing.NAME
            prefix = literal(node.args[0].value) if len(node.args) == 1 else None
            if method == "startswith" and prefix is not None:
                return SQLITE.startswith(prefix)
        return None

    def _comparison(self, node: cst.Comparison) -> Meaning:
        if len(node.comparisons) != 1:
            return None
        left, operator, right = node.left, node.comparisons[0].operator, node.comparisons[0].comparator
        if isinstance(operator, (cst.Equal, cst.NotEqual)):
            value = literal(right) if self.meaning(left) is Thing.NAME else None
            if value is None and self.meaning(right) is Thing.NAME:
                value = literal(left)
            if value is None:
                return None
            return (value == SQLITE) is isinstance(operator, cst.Equal)
        if isinstance(operator, (cst.In, cst.NotIn)):
            found = self._membership(left, right)
            return found if found is None or isinstance(operator, cst.In) else not found
        return None

    def _membership(self, left: cst.BaseExpression, right: cst.BaseExpression) -> bool | None:
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
        if not isinstance(right, (cst.Tuple, cst.List, cst.Set)):
            return None
        values = [literal(element.value) for element in right.elements]
        return True if SQLITE in values else None if None in values else False

    def _boolean(self, node: cst.BooleanOperation) -> Meaning:
        answers = (self.truth(node.left), self.truth(node.right))
        deciding = isinstance(node.operator, cst.Or)
        if deciding in answers:
            return deciding
        return None if None in answers else not deciding


def leaves_on_sqlite(statement: cst.BaseStatement, guards: Guards) -> bool:
    """Whether nothing after this statement of a suite runs on SQLite (``if ... == "sqlite": return``)."""
    if not isinstance(statement, cst.If):
        return terminates(statement)
    answer = guards.truth(statement.test)
    other = statement.orelse
    if answer is True or (answer is None and _ends(statement.body)):
        if answer is True:
            return _ends(statement.body)
        return _leaves(other, guards)
    return answer is False and _leaves(other, guards)


def _leaves(other: cst.If | cst.Else | None, guards: Guards) -> bool:
    if isinstance(other, cst.If):
        return leaves_on_sqlite(other, guards)
    return other is not None and _ends(other.body)


def _ends(suite: cst.BaseSuite) -> bool:
    return bool(suite.body) and terminates(suite.body[-1])
