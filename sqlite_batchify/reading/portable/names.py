"""What the names of a script stand for, with the module that they come from."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from ..syntax import descendants, dotted

_DIALECTS = ("sqlalchemy", "dialects")


class Imported:
    """The names that imports bring in, wherever they stand; none that the script gives another meaning as well."""

    def __init__(self, tree: ast.Module) -> None:
        paths: dict[str, set[str]] = {}
        for node in descendants(tree):
            for name, path in _brought_in(node):
                paths.setdefault(name, set()).add(path)
        bound = Counter(_bound(tree))
        self._paths = {name: min(found) for name, found in paths.items() if len(found) == 1 and name not in bound}
        for name, path in _aliases(tree, self):
            if bound[name] == 1:
                self._paths[name] = path

    def path(self, node: ast.expr) -> str:
        """``sqlalchemy.dialects.postgresql.ARRAY`` for whatever leads there; empty if it is not known."""
        first, *rest = dotted(node) or ("",)
        known = self._paths.get(first, "")
        return ".".join([known, *rest]) if known else ""

    def member(self, node: ast.expr) -> tuple[str, str]:
        """The dialect whose package it comes from and its name: ``("postgresql", "ARRAY")``.

        Of what SQLAlchemy has for all databases the dialect is empty, of what comes from elsewhere it is that package.
        """
        package, *parts = self.path(node).split(".")
        if package != "sqlalchemy" or not parts:
            return package, parts[-1] if parts else ""
        return (parts[1] if parts[0] == _DIALECTS[1] and len(parts) > 2 else ""), parts[-1]


def _brought_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for each in node.names:
            yield (each.asname, each.name) if each.asname else (each.name.partition(".")[0],) * 2
    elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
        for each in node.names:
            yield each.asname or each.name, f"{node.module}.{each.name}"


def _bound(tree: ast.Module) -> Iterator[str]:
    """What the script itself gives a meaning."""
    for node in descendants(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name


def _aliases(tree: ast.Module, known: Imported) -> Iterator[tuple[str, str]]:
    """``JSON = postgresql.JSONB`` at the top of the script."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            path = known.path(statement.value)
            if path:
                yield statement.targets[0].id, path
