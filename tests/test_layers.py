"""The house: imports point down, each library has its room, and no module is long."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sqlite_batchify

PACKAGE = Path(sqlite_batchify.__file__).parent
NAME = "sqlite_batchify"
MODULES = {
    ".".join((NAME, *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
_every_module = pytest.mark.parametrize("module", MODULES)


def _imported(module: str) -> set[str]:
    """The full names of all modules, and of what is imported from them, wherever in the module the import stands."""
    return set(_names_in(module, ast.parse(MODULES[module].read_bytes())))


def _names_in(module: str, tree: ast.Module) -> Iterator[str]:
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _inside(name: str, *layers: str) -> bool:
    return any(name == layer or name.startswith(f"{layer}.") for layer in layers)


def _uses(module: str, *layers: str) -> set[str]:
    return {name for name in _imported(module) if _inside(name, *layers)}


def _part(name: str) -> str:
    return f"{NAME}.{name}"


ROOMS = (
    ("__main__", "testing", "codemod"),
    ("cli",),
    ("report",),
    ("setup",),
    ("rewriting",),
    ("verify",),
    ("writing",),
    ("planning",),
    ("history",),
    ("cache",),
    ("project",),
    ("metadata", "foreign_keys"),
    ("reading",),
    ("config",),
    ("rewritten",),
    ("findings",),
    ("names",),
    ("locations", "modules"),
    ("operations", "sources", "locate"),
)
"""From top to bottom: what stands in one line does not know each other."""
FLOOR = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}
LIBRARIES = {
    "ast": ("reading", "setup"),
    "libcst": ("writing", "codemod"),
    "sqlglot": ("reading.sql",),
    "alembic": ("verify", "testing"),
    "sqlalchemy": ("verify", "testing"),
}
"""Where a library may be imported."""
LONGEST = 400
DATA = {"operations"}
"""Modules that are tables of data."""


def _room(module: str) -> str:
    return module.removeprefix(f"{NAME}.").partition(".")[0]


def test_the_modules_are_found() -> None:
    assert {_room(module) for module in MODULES} == {*FLOOR, NAME}
    assert _part("rewriting") in _imported(_part("cli.rewriting"))
    assert _part("reading.model") in _imported(_part("planning.runs"))


@_every_module
def test_imports_point_down(module: str) -> None:
    known = {_room(name) for name in _uses(module, NAME)} & set(FLOOR)
    above = {room for room in known if module != NAME and FLOOR[room] <= FLOOR[_room(module)]}

    assert above <= {_room(module)}


@pytest.mark.parametrize("library", LIBRARIES)
@_every_module
def test_a_library_has_its_rooms(module: str, library: str) -> None:
    assert _inside(module, *map(_part, LIBRARIES[library])) or not _uses(module, library)


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """A module and the package that it lies in do not count: the one is a part of the other."""
    graph = {
        module: {_module(name) for name in _uses(module, NAME) if not _inside(module, _module(name))}
        for module in MODULES
    }

    assert list(TopologicalSorter(graph).static_order())


def _module(name: str) -> str:
    """The module that a name is, or comes from."""
    return name if name in MODULES else name.rpartition(".")[0]


@_every_module
def test_a_module_is_short(module: str) -> None:
    assert _inside(module, *map(_part, DATA)) or len(MODULES[module].read_text().splitlines()) <= LONGEST


def test_runs_and_names_are_pure() -> None:
    assert not _uses(_part("planning.runs"), _part("findings"), _part("sources"))
    assert not _uses(_part("names"), NAME)
