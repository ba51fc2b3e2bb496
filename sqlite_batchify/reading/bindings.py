"""What the names of a scope stand for: Alembic's ``op``, its methods, and calls that only build schema objects."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..operations import BATCH_ALTER_TABLE, OPERATIONS, OTHER_METHODS
from .model import Way
from .syntax import descendants, dotted, literal

_OP = "op"
_BUILDERS = frozenset({"sqlalchemy", "sqlmodel", "sqlalchemy_utils", "geoalchemy2", "pgvector", "datetime", "uuid"})
_BUILTINS = frozenset({"bool", "dict", "float", "int", "len", "list", "repr", "set", "sorted", "str", "tuple"})


@dataclass
class Bindings:
    """The names that lead to Alembic's operations in one scope.

    ``op`` are names of ``alembic.op``, ``packages`` names of ``alembic``, ``functions`` maps names that were imported
    from ``alembic.op`` to the operations, ``imports`` to the statement that did. ``builders`` are names from packages
    that only build, each with what it is called there, ``sqlalchemy`` those of the package itself. ``shadowed`` are
    names of ``op`` that mean something else here; ``stars`` if names may have come in that are not known.
    """

    op: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)
    imports: dict[str, Way] = field(default_factory=dict)
    builders: dict[str, str] = field(default_factory=dict)
    sqlalchemy: set[str] = field(default_factory=set)
    shadowed: set[str] = field(default_factory=set)
    stars: bool = False

    def enter(self, parameters: Iterable[str] = (), entry_point: bool = False) -> Bindings:
        """The bindings inside a function with these parameters; Alembic calls an entry point (``upgrade``) itself."""
        inner = Bindings(
            *(set(self.op), set(self.packages), dict(self.functions), dict(self.imports)),
            *(dict(self.builders), self.sqlalchemy, set(self.shadowed), self.stars),
        )
        for name in parameters:
            if name == _OP and entry_point:
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
        self.builders.pop(name, None)

    def assign(self, target: ast.expr, value: ast.expr | None) -> None:
        """Note an assignment; ``op = alembic.op`` makes another name of ``op``."""
        leads = isinstance(target, ast.Name) and value is not None and self.is_op(value)
        for node in descendants(target):
            if isinstance(node, ast.Name):
                self.forget(node.id)
        if leads and isinstance(target, ast.Name):
            self._add_op(target.id)

    def learn(self, statement: ast.Import | ast.ImportFrom, way: Way) -> None:
        """Note what an import brings in."""
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                self._learn_module(tuple(alias.name.split(".")), alias.asname)
            return
        module = () if statement.module is None or statement.level else tuple(statement.module.split("."))
        for alias in statement.names:
            if alias.name == "*":
                self._learn_all(module)
                continue
            name = alias.asname or alias.name
            self._learn_member(module, alias.name, name)
            if name in self.functions:
                self.imports[name] = way

    def _learn_module(self, module: tuple[str, ...], asname: str | None) -> None:
        name = asname or module[0]
        self.forget(name)
        if module == ("alembic", _OP) and asname:
            self._add_op(name)
        elif module[0] == "alembic" and (not asname or len(module) == 1):
            self.packages.add(name)
        elif module[0] in _BUILDERS:
            self.builders[name] = module[-1]
            if module == ("sqlalchemy",):
                self.sqlalchemy.add(name)

    def _learn_member(self, module: tuple[str, ...], member: str, name: str) -> None:
        self.forget(name)
        if module == ("alembic",) and member == _OP:
            self._add_op(name)
        elif module == ("alembic", _OP):
            self.functions[name] = member
        elif module and module[0] in _BUILDERS:
            self.builders[name] = member
        elif member == _OP:
            self.shadowed.add(name)

    def _learn_all(self, module: tuple[str, ...]) -> None:
        if module == ("alembic",):
            self._add_op(_OP)
        elif module == ("alembic", _OP):
            self.functions.update({name: name for name in (*OPERATIONS, *OTHER_METHODS)})
        else:
            self.stars = True

    def _add_op(self, name: str) -> None:
        self.op.add(name)
        self.shadowed.discard(name)

    def method(self, function: ast.expr) -> str | None:
        """The name of the method of ``op`` that is called, None if it is not one."""
        if isinstance(function, ast.Name):
            return self.functions.get(function.id)
        if isinstance(function, ast.Attribute) and self.is_op(function.value):
            return function.attr
        return None

    def shadows(self, function: ast.expr) -> bool:
        """Whether the call goes through a name of ``op`` that means something else here, or is not known."""
        if not isinstance(function, ast.Attribute):
            return False
        parts = dotted(function.value)
        if len(parts) == 1:
            return parts[0] in self.shadowed or (self.stars and parts[0] == _OP)
        return parts[-1:] == (_OP,)

    def is_op(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.op
        return (
            isinstance(node, ast.Attribute)
            and node.attr == _OP
            and isinstance(node.value, ast.Name)
            and node.value.id in self.packages
        )

    @property
    def receivers(self) -> frozenset[str]:
        """How ``op`` is written here."""
        return frozenset(self.op).union(f"{package}.{_OP}" for package in self.packages)

    @property
    def package(self) -> str | None:
        """What SQLAlchemy is called here."""
        return min(self.sqlalchemy.intersection(self.builders), default=None)

    def opening(self, call: ast.Call) -> str | None:
        """How ``batch_alter_table`` is written for an operation, None if as a method of the same object."""
        if isinstance(call.func, ast.Attribute):
            return None
        if self.op:
            return f"{min(self.op)}.{BATCH_ALTER_TABLE}"
        known = (alias for alias, member in self.functions.items() if member == BATCH_ALTER_TABLE)
        return next(known, BATCH_ALTER_TABLE)

    def wanted_import(self, call: ast.Call) -> Way | None:
        """The import that has to bring in ``batch_alter_table`` for a block around this operation."""
        if not isinstance(call.func, ast.Name) or self.op or BATCH_ALTER_TABLE in self.functions.values():
            return None
        return self.imports.get(call.func.id)

    def kind(self, function: ast.expr) -> str:
        """What is called, by its own name: ``ForeignKey`` for ``sa.ForeignKey`` and for an alias of its import."""
        if isinstance(function, ast.Name):
            return self.builders.get(function.id, function.id)
        return function.attr if isinstance(function, ast.Attribute) and dotted(function) else ""

    def origin(self, node: ast.expr) -> tuple[str, ...]:
        """The package and the name of what a type is made by, () if that is none of a package that only builds."""
        parts = dotted(node)
        known = bool(parts) and parts[0] in self.builders
        return ("sqlalchemy", parts[-1] if len(parts) > 1 else self.builders[parts[0]]) if known else ()

    def builds(self, node: ast.AST) -> bool:
        """Whether an expression only builds something: no call in it can look at the database or change anything."""
        if isinstance(node, (ast.Constant, ast.Name)):
            return True
        return all(self._harmless(part) for part in descendants(node))

    def _harmless(self, node: ast.AST) -> bool:
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
        if not isinstance(node, ast.Call):
            return True
        if self.method(node.func) in ("f", "inline_literal", "get_context"):
            return True
        parts = dotted(node.func)
        if parts:
            known = parts[0] in self.builders or (len(parts) == 1 and parts[0] in _BUILTINS)
            return known or parts[-1][:1].isupper()
        return isinstance(node.func, ast.Attribute) and (
            literal(node.func.value) is not None
            or (isinstance(node.func.value, ast.Call) and self._harmless(node.func.value))
        )
