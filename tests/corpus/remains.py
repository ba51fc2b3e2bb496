"""Operations that SQLite cannot do and that are left outside of a block, although they may run there.

Simple on purpose: what is not surely kept from SQLite by a test of the dialect's name counts as running there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .places import Place, arguments

ALWAYS = frozenset(
    {
        *("create_check_constraint", "create_foreign_key", "create_primary_key", "create_unique_constraint"),
        *("drop_column", "drop_constraint"),
    }
)
_HARMLESS = ("table_name", "column_name", "new_column_name", "schema")
_NAMES = ("dialect.name", "engine.name", "dialect_name", "engine_name")


def needs_block(place: Place) -> bool:
    """Whether it is a direct operation that SQLite can never do."""
    if place.block is not None:
        return False
    if place.name == "alter_column":
        given = arguments(place) or {}
        return any(alters(name, ast.unparse(value)) for name, value in given.items())
    return place.name in ALWAYS


def alters(name: str, value: str) -> bool:
    """Whether this argument of ``alter_column`` (its source or its ``repr``) asks for what SQLite cannot do."""
    if name.startswith("existing_") or name in _HARMLESS:
        return False
    return value != ("False" if name in ("server_default", "comment") else "None")


def guarded(tree: ast.Module) -> set[ast.Call]:
    """The calls that never run on SQLite."""
    found: set[ast.Call] = set()
    known = dict(_variables(tree))
    _visit(tree.body, known, found)
    for function in tree.body:  # a helper that is called only where SQLite does not come
        if isinstance(function, ast.FunctionDef):
            callers = [call for call in _calls(tree.body) if ast.unparse(call.func) == function.name]
            found |= _calls(function.body) if callers and found.issuperset(callers) else set()
    return found


def _variables(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The names that are assigned once in the script (or always the same), with their values, and ``name()`` for a
    function that only returns a value."""
    assigned: dict[str, set[str]] = {}
    values: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            assigned.setdefault(name, set()).add(_dialect_or_text(node.value))
            values[name] = node.value
    for name, texts in assigned.items():
        if len(texts) == 1:
            yield name, values[name]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], ast.Return) and node.body[0].value:
            yield f"{node.name}()", node.body[0].value


def _dialect_or_text(value: ast.expr) -> str:
    text = ast.unparse(value)
    return next((name for name in _NAMES if text.endswith(name)), text)


def _visit(body: Sequence[ast.stmt], known: dict[str, ast.expr], found: set[ast.Call]) -> None:
    for number, statement in enumerate(body):
        if isinstance(statement, ast.If):
            answer = _truth(statement.test, known)
            for branch, taken in ((statement.body, answer), (statement.orelse, None if answer is None else not answer)):
                if taken is False:
                    found |= _calls(branch)
                else:
                    _visit(branch, known, found)
                if taken is True and branch and isinstance(branch[-1], (ast.Return, ast.Raise)):
                    found |= _calls(body[number + 1 :])
                    return
            continue
        for name in ("body", "orelse", "finalbody"):
            _visit(getattr(statement, name, ()), known, found)
        for name in ("handlers", "cases"):
            for part in getattr(statement, name, ()):
                _visit(part.body, known, found)


def _calls(body: Sequence[ast.stmt]) -> set[ast.Call]:
    return {node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Call)}


def _truth(test: ast.expr, known: dict[str, ast.expr]) -> bool | None:
    """Whether a test holds on SQLite; None if it cannot be told."""
    if isinstance(test, (ast.Name, ast.Call)) and (own := ast.unparse(test)) in known:
        return _truth(known[own], {name: value for name, value in known.items() if name != own})
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        answer = _truth(test.operand, known)
        return None if answer is None else not answer
    if isinstance(test, ast.BoolOp):
        answers = [_truth(each, known) for each in test.values]
        deciding = isinstance(test.op, ast.Or)
        return deciding if deciding in answers else None if None in answers else not deciding
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        operator, right = test.ops[0], test.comparators[0]
        if _is_name(test.left, known):
            return _compared(operator, right)
        if isinstance(operator, (ast.In, ast.NotIn)) and ast.unparse(right).endswith("dialect.dialect_description"):
            return (ast.unparse(test.left) in ("'sqlite'", "'pysqlite'")) is isinstance(operator, ast.In)
    return None


def _is_name(node: ast.expr, known: dict[str, ast.expr]) -> bool:
    if isinstance(node, ast.Name) and node.id in known:
        node = known[node.id]
    return ast.unparse(node).endswith(_NAMES)


def _compared(operator: ast.cmpop, value: ast.expr) -> bool | None:
    try:
        literal = ast.literal_eval(value)
    except ValueError:
        return None
    if isinstance(operator, (ast.Eq, ast.NotEq)) and isinstance(literal, str):
        return (literal == "sqlite") is isinstance(operator, ast.Eq)
    if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(literal, (tuple, list, set)):
        return ("sqlite" in literal) is isinstance(operator, ast.In)
    return None
