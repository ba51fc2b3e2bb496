"""``PRAGMA foreign_keys=OFF`` around migrations, for an env.py that turns it ON.

With the PRAGMA on, the DROP TABLE of a table copy deletes the rows of the table first, and ON DELETE CASCADE takes the
referring rows along (https://www.sqlite.org/foreignkeys.html#fk_schemacommands). It is a no-op inside a transaction
(https://www.sqlite.org/pragma.html#pragma_foreign_keys), so it has to stand in front of the first one. Yet in front of
``context.configure`` it would do harm: executing begins a transaction of SQLAlchemy's, ``configure`` takes that for one
of the application's, and then Alembic commits nothing. Behind ``configure`` Alembic commits it as its own, and sqlite3
has sent no BEGIN yet, because it does that in front of the first INSERT, UPDATE or DELETE.

A listener for "begin" that sends BEGIN itself (the recipe for transactional DDL of SQLAlchemy's pysqlite page) changes
that; there the PRAGMA goes to the connection of the driver, of which SQLAlchemy's transactions know nothing.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass

from ..foreign_keys import ForeignKeys, Place
from .edits import Edited, Insertion, insert_lines
from .module import Function, Module, calls

OFF = "PRAGMA foreign_keys=OFF"
_EARLY = ("connect", "first_connect", "checkout", "engine_connect", "do_connect")
_EXECUTING = ("execute", "exec_driver_sql", "scalar", "scalars", "begin", "begin_twophase")
_BY_HAND = 'on SQLite connection.exec_driver_sql("PRAGMA foreign_keys=OFF"), outside of any transaction'


def summary(path: str, keys: ForeignKeys, edited: Edited) -> str:
    """The line about the PRAGMA that is there in any case: where it is turned on, and what is done or left to do."""
    said = f"PRAGMA foreign_keys is {keys}"
    if not keys.enforced:
        return said if keys.unread else f"{said}; nothing to do"
    if OFF in edited.what:
        return f"{said}; what is added to {path} turns it off for migrations"
    by_hand = "" if any(_BY_HAND in note for note in edited.notes) else f", behind context.configure: {_BY_HAND}"
    return f"{said}; turn it off for migrations by hand in {path}{by_hand}"


@dataclass(frozen=True)
class Placed:
    """What to insert, and what to say about it."""

    insertions: tuple[Insertion, ...] = ()
    notes: tuple[str, ...] = ()


def place(module: Module, call: ast.Call, path: str, keys: ForeignKeys) -> Placed:
    """Turn the PRAGMA off behind a call of ``context.configure``.

    Nothing is placed where the call is handed no connection, or the project does not turn the PRAGMA on, or turns it
    off already.
    """
    connection = _connection(call)
    if connection is None or not keys.enforced:
        return Placed()
    hindrance = _hindrance(module, call, connection, path, keys)
    if hindrance:
        return Placed((), (f"{hindrance}; add by hand: {_BY_HAND}",))
    statement = module.statement(call)
    line = module.line_at(module.end(statement))
    name = module.text(connection).decode()
    execute = "connection.cursor().execute" if keys.begins else "exec_driver_sql"
    indent = module.indent(module.start(statement)).decode("utf-8")
    step = "\t" if indent.startswith("\t") else "    "
    added = (
        f'{indent}if {name}.dialect.name == "sqlite":',
        f"{indent}{step}# or the copy of a table deletes the rows that refer to it",
        f'{indent}{step}{name}.{execute}("PRAGMA foreign_keys=OFF")',
    )
    insertion = insert_lines(module.source, line.end, [each.encode("utf-8") for each in added])
    return Placed((insertion,), tuple(_doubts(module, call, connection)))


def _connection(call: ast.Call) -> ast.expr | None:
    found = next((each.value for each in call.keywords if each.arg == "connection"), None)
    if found is None and call.args and not isinstance(call.args[0], ast.Starred):
        found = call.args[0]
    return None if isinstance(found, ast.Constant) else found


def _hindrance(module: Module, call: ast.Call, connection: ast.expr, path: str, keys: ForeignKeys) -> str | None:
    """Why the PRAGMA cannot be placed; None if it can."""
    for place in keys.on:
        own = place.path == os.path.realpath(path)
        where = f"line {place.line}" if own else str(place)
        if own and not place.told:
            return f"{where} sets PRAGMA foreign_keys to what cannot be told from the text"
        if place.event and place.event not in _EARLY:
            return f'{where} turns PRAGMA foreign_keys on at every "{place.event}", which comes after'
        if (
            own
            and not place.event
            and place.line > call.lineno
            and _function_at(module, place) is module.function(call)
        ):
            return f"{where} turns PRAGMA foreign_keys on after context.configure"
    if isinstance(connection, ast.Call | ast.Await | ast.NamedExpr):
        return "the connection has no name"
    begun = _begun(module, call, connection)
    if begun and keys.begins:
        return f'{begun}, and a listener for "begin" may have sent BEGIN by then'
    return _layout_hindrance(module, module.statement(call))


def _function_at(module: Module, place: Place) -> Function | ast.Module:
    """The innermost function that holds the line of a place, else the module."""
    lines = ((each.lineno, each) for each in ast.walk(module.tree) if isinstance(each, Function))
    holding = [(line, each) for line, each in lines if line <= place.line <= (each.end_lineno or line)]
    return max(holding, key=lambda each: each[0])[1] if holding else module.tree


def _layout_hindrance(module: Module, statement: ast.stmt) -> str | None:
    line = module.line_at(module.start(statement))
    behind = module.source[module.end(statement) : module.line_at(module.end(statement)).end].strip()
    before = module.source[line.start : module.start(statement)].strip()
    if not isinstance(statement, ast.Expr) or before or (behind and not behind.startswith(b"#")):
        return "context.configure does not stand on lines of its own"
    return None


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _doubts(module: Module, call: ast.Call, connection: ast.expr) -> Iterator[str]:
    """What may make the PRAGMA a no-op, or let it last longer than the migrations."""
    begun = _begun(module, call, connection)
    if begun is not None:
        yield (
            f"{begun}, and PRAGMA foreign_keys=OFF is a no-op inside a transaction (sqlite3 sends BEGIN no sooner than "
            "the first INSERT, unless autocommit=False or a listener changes that); read the PRAGMA to be sure"
        )
    if b"NullPool" not in module.source:
        yield (
            "the connection may go back to a pool with PRAGMA foreign_keys=OFF; if the application goes on in the same "
            "process, turn it ON after the migrations"
        )


def _begun(module: Module, call: ast.Call, connection: ast.expr) -> str | None:
    """Why the connection may be in a transaction already, None if the text shows that it is not."""
    own = module.function(call)
    functions = [own]
    for function in functions:
        made = [each for each in calls(function) if module.function(each) is function]
        if function is own:
            made = [each for each in made if each.lineno < call.lineno]
        for each in made:
            if isinstance(each.func, ast.Attribute) and each.func.attr in _EXECUTING:
                return f"line {each.lineno} calls {each.func.attr}()"
        if any(_called(each) == "connect" for each in made):
            return None
        if isinstance(function, Function):
            functions += [each for each in _callers(module, function.name) if each not in functions]
    return f"it cannot be told whether {module.text(connection).decode()} is in a transaction"


def _callers(module: Module, name: str) -> list[Function | ast.Module]:
    """Where a function is called, or handed to a call such as ``run_sync``."""
    return [
        module.function(call)
        for call in calls(module.tree)
        if _is_name(call.func, name) or any(_is_name(each, name) for each in call.args)
    ]
