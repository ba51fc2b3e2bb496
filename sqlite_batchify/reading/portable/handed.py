"""Texts that a script hands to its own functions, which execute them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..executed import EXECUTING
from ..model import NONE, Names
from ..scopes import Functions
from ..syntax import descendants, has_stars, keywords_of, last_name, parameters_of

_MOST_ROUNDS = 10  # functions that hand a text on


def handed_texts(functions: Functions) -> dict[str, Names]:
    """The parameters whose value is executed as it is, by function."""
    calls = {name: _calls(each) for name, each in functions.items() if parameters_of(each)}
    known: dict[str, Names] = {}
    for _ in range(_MOST_ROUNDS):
        found = {name: _executed(functions[name], calls[name], functions, known) for name in calls}
        if found == known:
            break
        known = found
    return {name: parameters for name, parameters in known.items() if parameters}


def given_to(call: ast.Call, functions: Functions, known: Mapping[str, Names]) -> list[ast.expr]:
    """The arguments of a call that are executed."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    wanted = known.get(name, NONE)
    if not wanted or has_stars(call):
        return []
    given = dict(zip(parameters_of(functions[name]), call.args, strict=False)) | keywords_of(call)
    return [value for parameter, value in given.items() if parameter in wanted]


def _calls(function: ast.AST) -> list[ast.Call]:
    return [each for each in descendants(function) if isinstance(each, ast.Call)]


def _executed(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    calls: list[ast.Call],
    functions: Functions,
    known: Mapping[str, Names],
) -> Names:
    bound = {
        node.id for node in descendants(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    executed: set[str] = set()
    for call in calls:
        first = call.args[:1] if last_name(call) in EXECUTING else []
        for each in (*first, *given_to(call, functions, known)):
            inner = each.args[0] if isinstance(each, ast.Call) and last_name(each) == "text" and each.args else each
            executed.update(filter(None, [inner.id if isinstance(inner, ast.Name) else None]))
    return frozenset(executed.intersection(parameters_of(function)) - bound)
