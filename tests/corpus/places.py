"""Where operations stand in a script, found with Python's own ``ast``."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field

from alembic.operations import BatchOperations, Operations

TABLES = ("table_name", "source_table")
SCHEMAS = ("schema", "source_schema")
BATCH_ALTER_TABLE = "batch_alter_table"
_SIGNATURES = {
    name: inspect.signature(getattr(Operations, name))
    for name in dir(Operations)
    if not name.startswith("_") and callable(getattr(Operations, name))
}
ON_TABLES = frozenset(
    name
    for name, signature in _SIGNATURES.items()
    if name != BATCH_ALTER_TABLE and hasattr(BatchOperations, name) and set(TABLES) & set(signature.parameters)
)
"""The operations that have a form with the table and one in a block, as the installed Alembic has them."""


@dataclass(frozen=True)
class Block:
    """A ``with op.batch_alter_table(...) as NAME:``."""

    node: ast.With
    call: ast.Call
    name: str


@dataclass(frozen=True)
class Place:
    """One operation: its call, the block if it is a call on one, the statement if it is one of its own."""

    name: str
    call: ast.Call
    block: Block | None
    statement: ast.Expr | None


@dataclass
class Places:
    """The operations and the blocks of a script, in the order of the text, and its imports from ``alembic.op``.

    ``suites`` are all its statements, suite by suite, ``op`` the expressions by which it reaches ``alembic.op``.
    """

    operations: list[Place] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    imports: list[ast.ImportFrom] = field(default_factory=list)
    suites: list[list[ast.stmt]] = field(default_factory=list)
    op: set[str] = field(default_factory=set)


@dataclass
class Names:
    """What leads to Alembic's ``op`` anywhere in a script."""

    op: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)

    def method(self, function: ast.expr) -> str | None:
        if isinstance(function, ast.Name):
            return self.functions.get(function.id)
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) in self.op:
            return function.attr
        return None


def names(tree: ast.Module) -> Names:
    """The names by which a script reaches ``alembic.op``; some applications hand it over themselves."""
    found = Names()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in ("upgrade", "downgrade"):
            found.op |= {each.arg for each in node.args.args if each.arg == "op"}
        elif isinstance(node, ast.ImportFrom) and node.module == "alembic":
            found.op |= {alias.asname or "op" for alias in node.names if alias.name == "op"}
        elif isinstance(node, ast.ImportFrom) and node.module == "alembic.op":
            found.functions |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "alembic.op" and alias.asname:
                    found.op.add(alias.asname)
                elif alias.name.split(".")[0] == "alembic":
                    found.op.add(f"{alias.asname or 'alembic'}.op")
    return found


def places(tree: ast.Module) -> Places:
    """Find every operation and every block; of two operations, the one that ends first is done first."""
    known = names(tree)
    found = Places(op=known.op)
    _visit(tree, known, {}, None, found)
    found.operations.sort(key=lambda place: (place.call.end_lineno or 0, place.call.end_col_offset or 0))
    return found


def _visit(node: ast.AST, known: Names, blocks: dict[str, Block], statement: ast.Expr | None, found: Places) -> None:
    if isinstance(node, ast.With):
        block = _block(node, known)
        if block is not None:
            found.blocks.append(block)
            blocks = {**blocks, block.name: block}
    elif isinstance(node, ast.ImportFrom) and node.module == "alembic.op":
        found.imports.append(node)
    elif isinstance(node, ast.Call):
        place = _place(node, known, blocks, statement)
        if place is not None:
            found.operations.append(place)
    suites = (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
    found.suites += [suite for suite in suites if isinstance(suite, list) and suite]
    own = node if isinstance(node, ast.Expr) else None
    for child in ast.iter_child_nodes(node):
        _visit(child, known, blocks, own, found)


def _block(node: ast.With, known: Names) -> Block | None:
    item = node.items[0]
    call, name = item.context_expr, item.optional_vars
    if isinstance(call, ast.Call) and known.method(call.func) == BATCH_ALTER_TABLE and isinstance(name, ast.Name):
        return Block(node, call, name.id)
    return None


def _place(call: ast.Call, known: Names, blocks: dict[str, Block], statement: ast.Expr | None) -> Place | None:
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id in blocks:
        block = blocks[function.value.id]
        return Place(function.attr, call, block, statement) if function.attr in ON_TABLES else None
    name = known.method(function)
    return Place(name, call, None, statement) if name in ON_TABLES and name is not None else None


def arguments(place: Place) -> dict[str, ast.expr] | None:
    """Parameter of the operation on ``op`` -> argument, with table and schema put back from the block.

    None if it depends on star-arguments or if the call does not fit.
    """
    owner = Operations if place.block is None else BatchOperations
    given = _bind(place.call, inspect.signature(getattr(owner, place.name)))
    if given is None or place.block is None:
        return given
    header = _bind(place.block.call, _SIGNATURES[BATCH_ALTER_TABLE])
    if header is None:
        return None
    parameters = _SIGNATURES[place.name].parameters
    for candidates, source in ((TABLES, "table_name"), (SCHEMAS, "schema")):
        target = next((name for name in candidates if name in parameters), None)
        if target is not None and source in header:
            given[target] = header[source]
    return given


def _bind(call: ast.Call, signature: inspect.Signature) -> dict[str, ast.expr] | None:
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(each.arg is None for each in call.keywords):
        return None
    keywords = {each.arg: each.value for each in call.keywords if each.arg is not None}
    try:
        bound = signature.bind(None, *call.args, **keywords).arguments
    except TypeError:
        return None
    bound.pop("self", None)
    rest = next((name for name, each in signature.parameters.items() if each.kind is each.VAR_KEYWORD), "")
    more = bound.pop(rest, {})
    return {**bound, **more}
