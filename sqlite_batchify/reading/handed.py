"""The blocks that a script hands to its functions: which parameters are variables of blocks."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ..operations import BATCH_ALTER_TABLE
from .model import NONE, Names
from .scopes import Functions
from .syntax import keywords_of, last_name, parameters_of

_MOST_ROUNDS = 10  # functions that hand a block on
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def handed_blocks(tree: ast.Module, functions: Functions) -> dict[str, Names]:
    """The parameters that get a block at every call, by function."""
    known: dict[str, Names] = {}
    functions = {name: each for name, each in functions.items() if parameters_of(each)}
    for _ in range(_MOST_ROUNDS if functions else 0):
        found = _look(tree, functions, known)
        if found == known:
            break
        known = found
    return known


def _look(tree: ast.Module, functions: Functions, known: Mapping[str, Names]) -> dict[str, Names]:
    blocks: defaultdict[str, set[str]] = defaultdict(set)
    others: defaultdict[str, set[str]] = defaultdict(set)
    for name, call, variables in _calls(tree, functions, known):
        parameters = list(parameters_of(functions[name]))
        for parameter, value in (dict(zip(parameters, call.args, strict=False)) | keywords_of(call)).items():
            is_block = isinstance(value, ast.Name) and value.id in variables
            (blocks if is_block else others)[name].add(parameter)
    return {name: frozenset(found - others[name]) for name, found in blocks.items() if found - others[name]}


def _calls(tree: ast.Module, functions: Functions, known: Mapping[str, Names]) -> Iterator[tuple[str, ast.Call, Names]]:
    """The calls of functions of the script, each with the variables of the blocks around it."""
    pending: list[tuple[ast.AST, Names]] = [(tree, NONE)]
    while pending:
        node, variables = pending.pop()
        if isinstance(node, _FUNCTIONS):
            name = "" if isinstance(node, ast.Lambda) else node.name
            variables = known.get(name, NONE) if functions.get(name) is node else NONE
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            variables |= frozenset(_opened(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            yield node.func.id, node, variables
        pending += ((each, variables) for each in ast.iter_child_nodes(node))


def _opened(statement: ast.With | ast.AsyncWith) -> Iterator[str]:
    for item in statement.items:
        call, target = item.context_expr, item.optional_vars
        if isinstance(call, ast.Call) and last_name(call) == BATCH_ALTER_TABLE and isinstance(target, ast.Name):
            yield target.id
