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
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .edits import Insertion, insert_lines
from .module import Function, Module, calls

_PRAGMA = re.compile(r"""PRAGMA\s+(?:\w+\.)?foreign_keys\s*[=(]\s*['"]?(\w*)""", re.IGNORECASE)
_ON = ("on", "yes", "true", "1")
_OFF = ("off", "no", "false", "0")
_EARLY = ("connect", "first_connect", "checkout", "engine_connect", "do_connect", None)
_EXECUTING = ("execute", "exec_driver_sql", "scalar", "scalars", "begin", "begin_twophase")
_BY_HAND = 'on SQLite connection.exec_driver_sql("PRAGMA foreign_keys=OFF"), outside of any transaction'


@dataclass(frozen=True)
class Placed:
    """What to insert, and what to say about it."""

    insertions: tuple[Insertion, ...] = ()
    notes: tuple[str, ...] = ()


def place(module: Module, call: ast.Call) -> Placed:
    """Turn the PRAGMA off behind a call of ``context.configure``.

    Nothing is placed where the call is handed no connection, or the module does not turn the PRAGMA on, or turns it off
    already.
    """
    connection = _connection(call)
    settings = list(_settings(module))
    if connection is None or not settings or any(value in _OFF for _, value in settings):
        return Placed()
    hindrance = _hindrance(module, call, connection, settings)
    if hindrance:
        return Placed((), (f"{hindrance}; add by hand: {_BY_HAND}",))
    statement = module.statement(call)
    line = module.line_at(module.end(statement))
    name = module.text(connection).decode()
    listens = _listener_of_begin(module)
    execute = "connection.cursor().execute" if listens else "exec_driver_sql"
    indent = module.indent(module.start(statement)).decode("utf-8")
    step = "\t" if indent.startswith("\t") else "    "
    added = (
        f'{indent}if {name}.dialect.name == "sqlite":',
        f"{indent}{step}# or the copy of a table deletes the rows that refer to it",
        f'{indent}{step}{name}.{execute}("PRAGMA foreign_keys=OFF")',
    )
    insertion = insert_lines(module.source, line.end, [each.encode("utf-8") for each in added])
    return Placed((insertion,), tuple(_doubts(module, call, connection)))


def _settings(module: Module) -> Iterator[tuple[ast.Constant, str]]:
    """The strings that set the PRAGMA, and to what ("" if the string does not say), in the order of the text."""
    found = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not isinstance(module.parents[node], ast.Expr)
    ]
    for node in sorted(found, key=lambda each: (each.lineno, each.col_offset)):
        for match in _PRAGMA.finditer(str(node.value)):
            yield node, match.group(1).lower()


def _connection(call: ast.Call) -> ast.expr | None:
    found = next((each.value for each in call.keywords if each.arg == "connection"), None)
    if found is None and call.args and not isinstance(call.args[0], ast.Starred):
        found = call.args[0]
    return None if isinstance(found, ast.Constant) else found


def _hindrance(
    module: Module, call: ast.Call, connection: ast.expr, settings: list[tuple[ast.Constant, str]]
) -> str | None:
    """Why the PRAGMA cannot be placed; None if it can."""
    for node, value in settings:
        if value not in _ON:
            return f"line {node.lineno} sets PRAGMA foreign_keys to what cannot be told from the text"
        event = _event(module, node)
        if event not in _EARLY:
            return f'line {node.lineno} turns PRAGMA foreign_keys on at every "{event}", which comes after'
        if event is None and module.function(node) is module.function(call) and node.lineno > call.lineno:
            return f"line {node.lineno} turns PRAGMA foreign_keys on after context.configure"
    if isinstance(connection, ast.Call | ast.Await | ast.NamedExpr):
        return "the connection has no name"
    begun = _begun(module, call, connection)
    if begun and _listener_of_begin(module):
        return f'{begun}, and a listener for "begin" may have sent BEGIN by then'
    return _layout_hindrance(module, module.statement(call))


def _layout_hindrance(module: Module, statement: ast.stmt) -> str | None:
    line = module.line_at(module.start(statement))
    behind = module.source[module.end(statement) : module.line_at(module.end(statement)).end].strip()
    before = module.source[line.start : module.start(statement)].strip()
    if not isinstance(statement, ast.Expr) or before or (behind and not behind.startswith(b"#")):
        return "context.configure does not stand on lines of its own"
    return None


def _event(module: Module, node: ast.AST) -> str | None:
    """The event at which the function that holds a node is called, None if that is not known."""
    function = module.function(node)
    if isinstance(function, ast.Module):
        return None
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _called(decorator) == "listens_for":
            return _event_name(decorator)
    for call in calls(module.tree):
        if _called(call) == "listen" and any(_is_name(each, function.name) for each in call.args):
            return _event_name(call)
    return None


def _listener_of_begin(module: Module) -> bool:
    listeners = [call for call in calls(module.tree) if _called(call) in ("listen", "listens_for")]
    return any(_event_name(call) == "begin" for call in listeners)


def _event_name(call: ast.Call) -> str | None:
    values = [each.value for each in call.args if isinstance(each, ast.Constant)]
    values += [each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)]
    return next((value for value in values if isinstance(value, str)), None)


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
