"""env.py: what new scripts and table copies need. It is read, never run."""

from __future__ import annotations

import ast

from ..foreign_keys import ForeignKeys, foreign_keys_in
from ..sources import SourceError
from . import batch, pragmas
from .edits import Edited, Insertion, insert
from .module import Module, calls, parse_module

BY_HAND = f"add {batch.KEYWORD}=True to context.configure(...)"


def add_settings(path: str, source: bytes, keys: ForeignKeys | None = None) -> Edited:
    """Set ``render_as_batch`` and, where the PRAGMA is turned on, turn foreign keys off, in every context.configure.

    ``keys`` are what the project does with the PRAGMA, None for what this file does.
    """
    keys = foreign_keys_in(path, source) if keys is None else keys
    try:
        module = parse_module(source)
    except SourceError as error:
        return Edited(source, (), (f"{path}: {error.reason}; {BY_HAND}",))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        return Edited(source, (), (f"{path}:{line}: cannot be parsed; correct the syntax, or {BY_HAND}",))
    configures = _configures(module)
    if not configures:
        return Edited(source, (), (f"{path}: calls no context.configure of Alembic's; {BY_HAND}, wherever it is",))
    insertions: list[Insertion] = []
    what: list[str] = []
    notes: list[str] = []
    for call in configures:
        found, added, said = _batch(module, call)
        insertions += found
        what += added
        notes += [f"{path}:{call.lineno}: {note}" for note in said]
        placed = pragmas.place(module, call, path, keys)
        insertions += placed.insertions
        what += [pragmas.OFF] * len(placed.insertions)
        notes += [f"{path}:{call.lineno}: {note}" for note in placed.notes]
    after = module.encode(insert(module.source, insertions))
    if not _still_parses(after):
        return Edited(source, (), (f"{path}: is written in a way that is not understood; {BY_HAND}",))
    return Edited(after, tuple(dict.fromkeys(what)), tuple(notes))


def _configures(module: Module) -> list[ast.Call]:
    """The calls of ``context.configure``, by whatever name the module knows Alembic's ``context``."""
    names = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "alembic":
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "context"}
        elif isinstance(node, ast.Import):
            names |= {_context_of(alias) for alias in node.names if alias.name in ("alembic", "alembic.context")}
    return [
        call
        for call in calls(module.tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "configure"
        and ast.unparse(call.func.value) in names
    ]


def _context_of(alias: ast.alias) -> str:
    if alias.asname is None:
        return "alembic.context"
    return alias.asname if alias.name == "alembic.context" else f"{alias.asname}.context"


def _batch(module: Module, call: ast.Call) -> tuple[list[Insertion], list[str], list[str]]:
    """Insertions, what they add, and what there is to say."""
    if batch.turned_off(call):
        return [], [], [f"{batch.KEYWORD} is turned off, so it was left so; set it to True"]
    if batch.is_configured(module, call):
        return [], [], []
    insertions = batch.place(module, call)
    if insertions is None:
        return [], [], [f"keywords come through several * or **, so nothing was added; {BY_HAND} or to one of them"]
    spread = batch.spread_name(module, call)
    if spread is None:
        return insertions, [f"{batch.KEYWORD}=True"], []
    note = f"{batch.KEYWORD}=True holds unless {spread} has it too; with Flask-Migrate, Migrate(...) must not say False"
    return insertions, [f"{batch.KEYWORD}=True"], [note]


def _still_parses(source: bytes) -> bool:
    try:
        parse_module(source)
    except (SourceError, SyntaxError, ValueError):
        return False
    return True
