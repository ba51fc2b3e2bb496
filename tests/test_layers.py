"""Imports point downwards only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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


def test_the_modules_are_found() -> None:
    assert {_part("cli.rewriting"), _part("rewrite"), _part("rewrite.script"), _part("findings")} <= set(MODULES)
    assert _part("rewrite") in _imported(_part("cli.rewriting"))
    assert _part("rewrite.runs") in _imported(_part("rewrite.script"))


@_every_module
def test_libcst_lives_in_rewrite_and_the_codemod_only(module: str) -> None:
    assert _inside(module, _part("rewrite"), _part("codemod")) or not _uses(module, "libcst")


@_every_module
def test_nobody_imports_the_codemod(module: str) -> None:
    assert _part("codemod") in MODULES
    assert not _uses(module, _part("codemod"))


@_every_module
def test_alembic_and_sqlalchemy_live_in_verify_only(module: str) -> None:
    assert _inside(module, _part("verify")) or not _uses(module, "alembic", "sqlalchemy")


@_every_module
def test_nobody_imports_the_command_line(module: str) -> None:
    assert _inside(module, _part("__main__"), _part("cli")) or not _uses(module, _part("cli"))


@_every_module
def test_rewrite_looks_down(module: str) -> None:
    above = ("verify", "report", "cli", "config")
    assert not _inside(module, _part("rewrite")) or not _uses(module, *map(_part, above))


@_every_module
def test_the_set_up_looks_down(module: str) -> None:
    below = [_part(name) for name in ("setup", "sources", "__version__")]
    others = [name for name in _uses(module, NAME) if name != NAME and not _inside(name, *below)]
    assert not _inside(module, _part("setup")) or not others
    assert _inside(module, _part("setup"), _part("cli")) or not _uses(module, _part("setup"))


@pytest.mark.parametrize("module", [_part("findings"), _part("operations"), _part("sources")])
def test_the_ground_floor_imports_no_other_floor(module: str) -> None:
    assert not _uses(module, *map(_part, ("rewrite", "verify", "report", "cli")))


def test_runs_are_pure() -> None:
    assert not _uses(_part("rewrite.runs"), "libcst", _part("findings"), _part("sources"))


@pytest.mark.parametrize("module", [name for name in MODULES if not _inside(name, _part("rewrite"))])
def test_the_parts_of_rewrite_are_its_own(module: str) -> None:
    assert _uses(module, _part("rewrite")) & set(MODULES) <= {_part("rewrite")}


def test_names_and_the_history_know_no_syntax_tree_of_the_rewriter() -> None:
    parts = [name for name in MODULES if _inside(name, _part("rewrite.names"), _part("rewrite.history"))]
    assert len(parts) > 5
    assert not [name for name in parts if _uses(name, "libcst")]
