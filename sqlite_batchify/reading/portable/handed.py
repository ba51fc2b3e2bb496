"""Texts that a script hands to its own functions, which execute them and do nothing else with them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from ..executed import EXECUTING
from ..model import NONE, Names
from ..scopes import Functions
from ..syntax import descendants, dotted, has_stars, keywords_of, last_name, parameters_of, unwrapped
from ..values import Values

_MOST_ROUNDS = 10  # functions that hand a text on
_TELLING = frozenset({"print", "debug", "info", "warning", "error", "exception", "critical", "log"})
"""What may be done with a text besides."""


def handed_texts(tree: ast.Module, values: Values) -> dict[str, Names]:
    """The parameters whose value is executed as it is, by function; only of functions whose name means nothing else."""
    functions = {name: each for name, each in values.functions.items() if _is_plain(each)}
    known: dict[str, Names] = {}
    for _ in range(_MOST_ROUNDS if functions else 0):
        found = {name: _executed(each, functions, known, values) for name, each in functions.items()}
        if found == known:
            break
        known = found
    executing = {name: parameters for name, parameters in known.items() if parameters}
    bound = (
        Counter(name for node in descendants(tree) for name in names_bound_by(node)) if executing else Counter[str]()
    )
    return {name: parameters for name, parameters in executing.items() if bound[name] == 1}


def given_to(call: ast.Call, functions: Functions, known: Mapping[str, Names]) -> list[ast.expr]:
    """The arguments of a call that are executed."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    wanted = known.get(name, NONE)
    if not wanted or has_stars(call):
        return []
    given = dict(zip(parameters_of(functions[name]), call.args, strict=False)) | keywords_of(call)
    return [value for parameter, value in given.items() if parameter in wanted]


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """The names to which a part of a script gives a meaning."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
        yield node.name


def _is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(parameters_of(function)) and not function.decorator_list


def _executed(
    function: ast.FunctionDef | ast.AsyncFunctionDef, functions: Functions, known: Mapping[str, Names], values: Values
) -> Names:
    nodes = list(descendants(function))
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    executed = Counter(_names(each for call in calls for each in _given(call, functions, known, values)))
    told = [each for each in nodes if isinstance(each, ast.Raise) or _tells(each)]
    seen = {id(node) for each in told for node in descendants(each)}
    used = Counter(each.id for each in nodes if isinstance(each, ast.Name) and id(each) not in seen)
    parameters = parameters_of(function)
    return frozenset(name for name, times in executed.items() if name in parameters and times == used[name])


def _given(call: ast.Call, functions: Functions, known: Mapping[str, Names], values: Values) -> list[ast.expr]:
    """What a call executes."""
    if last_name(call) not in EXECUTING:
        return given_to(call, functions, known)
    alone = len(call.args) == 1 and not call.keywords and not has_stars(call)
    return call.args if alone and isinstance(call.func, ast.Attribute) and _is_bound(call.func.value, values) else []


def _is_bound(receiver: ast.expr, values: Values) -> bool:
    """Whether it is Alembic's ``op``, or its connection."""
    resolved = values.resolved(receiver)
    of_bind = isinstance(resolved, ast.Call) and last_name(resolved) == "get_bind"
    return of_bind or (dotted(receiver) or ("",))[-1] == "op"


def _names(given: Iterator[ast.expr]) -> Iterator[str]:
    for each in given:
        inner = unwrapped(each, "text")
        if isinstance(inner, ast.Name):
            yield inner.id


def _tells(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value) in _TELLING
