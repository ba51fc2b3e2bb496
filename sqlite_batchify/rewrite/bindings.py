"""What the names of a scope stand for: Alembic's ``op``, its methods, and calls that only build schema objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from ..operations import BATCH_ALTER_TABLE
from .syntax import descendants, dotted, literal

_BUILDERS = frozenset({"sqlalchemy", "sqlmodel", "sqlalchemy_utils", "geoalchemy2", "pgvector", "datetime", "uuid"})
_BUILTINS = frozenset({"bool", "dict", "float", "int", "len", "list", "repr", "set", "sorted", "str", "tuple"})


@dataclass
class Bindings:
    """The names that lead to Alembic's operations in one scope.

    ``op`` are names of ``alembic.op``, ``packages`` names of ``alembic``, ``functions`` maps names that were imported
    from ``alembic.op`` to the operations, ``imports`` to the statement that did. ``shadowed`` are names of ``op`` that
    mean something else here.
    """

    op: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)
    imports: dict[str, cst.ImportFrom] = field(default_factory=dict)
    builders: set[str] = field(default_factory=set)
    shadowed: set[str] = field(default_factory=set)

    def enter(self, parameters: Iterable[str] = (), entry_point: bool = False) -> Bindings:
        """The bindings inside a function with these parameters; Alembic calls an entry point (``upgrade``) itself."""
        inner = Bindings(
            *(set(self.op), set(self.packages), dict(self.functions), dict(self.imports)),
            *(set(self.builders), set(self.shadowed)),
        )
        for name in parameters:
            if name == "op" and entry_point:
                inner.op.add(name)
            else:
                inner.forget(name)
        return inner

    def forget(self, name: str) -> None:
        """The name has been given another meaning."""
        if name in self.op:
            self.op.discard(name)
            self.shadowed.add(name)
        self.packages.discard(name)
        self.functions.pop(name, None)
        self.builders.discard(name)

    def learn(self, statement: cst.Import | cst.ImportFrom) -> None:
        """Note what an import brings in."""
        if isinstance(statement, cst.Import):
            for alias in statement.names:
                self._learn_module(dotted(alias.name), alias.evaluated_alias)
        elif not isinstance(statement.names, cst.ImportStar):
            module = () if statement.module is None or statement.relative else dotted(statement.module)
            for alias in statement.names:
                name = alias.evaluated_alias or alias.evaluated_name
                self._learn_member(module, alias.evaluated_name, name)
                if name in self.functions:
                    self.imports[name] = statement

    def _learn_module(self, module: tuple[str, ...], asname: str | None) -> None:
        name = asname or module[0]
        self.forget(name)
        if module == ("alembic", "op") and asname:
            self.op.add(name)
        elif module[0] == "alembic" and (not asname or len(module) == 1):
            self.packages.add(name)
        elif module[0] in _BUILDERS:
            self.builders.add(name)

    def _learn_member(self, module: tuple[str, ...], member: str, name: str) -> None:
        self.forget(name)
        if module == ("alembic",) and member == "op":
            self.op.add(name)
            self.shadowed.discard(name)
        elif module == ("alembic", "op"):
            self.functions[name] = member
        elif module and module[0] in _BUILDERS:
            self.builders.add(name)

    def method(self, function: cst.BaseExpression) -> str | None:
        """The name of the method of ``op`` that is called, None if it is not one."""
        if isinstance(function, cst.Name):
            return self.functions.get(function.value)
        if isinstance(function, cst.Attribute) and self._is_op(function.value):
            return function.attr.value
        return None

    def shadows(self, function: cst.BaseExpression) -> bool:
        """Whether the call goes through a name of ``op`` that means something else here."""
        return (
            isinstance(function, cst.Attribute)
            and isinstance(function.value, cst.Name)
            and function.value.value in self.shadowed
        )

    def _is_op(self, node: cst.BaseExpression) -> bool:
        parts = dotted(node)
        return (len(parts) == 1 and parts[0] in self.op) or (
            len(parts) == 2 and parts[0] in self.packages and parts[1] == "op"
        )

    def batch_alter_table(self, call: cst.Call) -> cst.BaseExpression:
        """The expression for ``op.batch_alter_table``, reached as this call reaches its operation."""
        name = cst.Name(BATCH_ALTER_TABLE)
        if isinstance(call.func, cst.Attribute):
            return cst.Attribute(call.func.value, name)
        if self.op:
            return cst.Attribute(cst.Name(min(self.op)), name)
        for alias, member in self.functions.items():
            if member == BATCH_ALTER_TABLE:
                return cst.Name(alias)
        return name

    def builds(self, node: cst.CSTNode) -> bool:
        """Whether an expression only builds something: no call in it can look at the database or change anything."""
        return all(self._harmless(part) for part in descendants(node))

    def _harmless(self, node: cst.CSTNode) -> bool:
        if isinstance(node, (cst.Await, cst.Yield, cst.NamedExpr)):
            return False
        if not isinstance(node, cst.Call):
            return True
        if self.method(node.func) in ("f", "inline_literal"):
            return True
        parts = dotted(node.func)
        if parts:
            known = parts[0] in self.builders or (len(parts) == 1 and parts[0] in _BUILTINS)
            return known or parts[-1][:1].isupper()
        return isinstance(node.func, cst.Attribute) and (
            literal(node.func.value) is not None
            or (isinstance(node.func.value, cst.Call) and self._harmless(node.func.value))
        )
