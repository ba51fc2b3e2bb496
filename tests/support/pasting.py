"""Puts the remedies that verify prints into the script, each at the place that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from sqlite_batchify.verify.results import Problem

_PLACES = re.compile(
    r"(in the block: )|(before the block )|(behind it |after the block: |behind the block and not in it: )"
    r"|(?=(op\.batch_alter_table\())"
)


def paste(source: str, problems: Iterable[Problem]) -> str:
    """The script with the remedies of these problems."""
    tree = ast.parse(source)
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    wanted: dict[tuple[ast.With, str], Problem] = {}
    for problem in problems:
        if problem.code.name == "text-in-double-quotes":
            text = problem.message.partition(" names no column")[0]
            literal = problem.remedy.removeprefix("write ").partition(", or the name")[0]
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    node.value = node.value.replace(text, literal)
            continue
        (block,) = (each for each in blocks if each.lineno <= problem.line <= (each.end_lineno or 0))
        wanted.setdefault((block, problem.remedy), problem)
    for (block, remedy), problem in wanted.items():
        _paste(tree, block, remedy, problem)
    return ast.unparse(ast.fix_missing_locations(tree))


def _paste(tree: ast.Module, block: ast.With, remedy: str, problem: Problem) -> None:
    suite = next(body for body in _suites(tree) if block in body)
    if problem.code.name == "constraint-made-twice":
        call = _opening(block)
        call.keywords = [each for each in call.keywords if each.arg != "table_args"]
    if problem.code.name == "columns-moved":
        _divide(suite, block, remedy.partition(" at ")[2].split(" and at "))
    for match in _PLACES.finditer(remedy):
        code = _longest(remedy[match.end() :])
        if match[1]:
            block.body.extend(code)
        elif match[2]:
            suite[suite.index(block) : suite.index(block)] = code
        elif match[3]:
            suite[suite.index(block) + 1 : suite.index(block) + 1] = code
            if "not in it" in match[3]:
                block.body = list(_without_rename(block.body, code))
                suite[:] = [each for each in suite if each is not block or block.body]
        else:
            (statement,) = code
            _merge(_opening(block), statement.value)  # type: ignore[attr-defined]


def _suites(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            suite = getattr(node, name, None)
            if isinstance(suite, list):
                yield suite


def _longest(text: str) -> list[ast.stmt]:
    """The statements that a text begins with."""
    ends = [match.start() for match in re.finditer(r"; |\Z", text)]
    for end in reversed(ends):
        with suppress(SyntaxError):
            return ast.parse(text[:end]).body
    raise AssertionError(text)


def _opening(block: ast.With) -> ast.Call:
    call = block.items[0].context_expr
    assert isinstance(call, ast.Call)
    return call


def _merge(call: ast.Call, given: ast.Call) -> None:
    call.args = given.args
    for keyword in given.keywords:
        old = next((each for each in call.keywords if each.arg == keyword.arg), None)
        if old is None:
            call.keywords.append(keyword)
        elif isinstance(old.value, (ast.List, ast.Tuple)) and isinstance(keyword.value, (ast.List, ast.Tuple)):
            new = {_sign(each) for each in keyword.value.elts}
            kept = [each for each in old.value.elts if _sign(each) not in new]
            old.value.elts = [*kept, *keyword.value.elts]
        else:
            assert isinstance(old.value, ast.Dict)
            assert isinstance(keyword.value, ast.Dict)
            old.value.keys += keyword.value.keys
            old.value.values += keyword.value.values


def _sign(node: ast.expr) -> str:
    """What two codes for the same column have in common."""
    text = ast.unparse(node)
    return text.partition(",")[0] if text.startswith("sa.Column(") else text


def _divide(suite: list[ast.stmt], block: ast.With, calls: list[str]) -> None:
    parts: list[list[ast.stmt]] = [[]]
    for statement in block.body:
        if any(ast.unparse(statement).startswith(ast.unparse(ast.parse(call)).rstrip(")")) for call in calls):
            parts.append([])
        parts[-1].append(statement)
    assert len(parts) == len(calls) + 1
    at = suite.index(block)
    suite[at : at + 1] = [ast.With(items=block.items, body=part, type_comment=None) for part in parts]


def _without_rename(body: list[ast.stmt], rename: list[ast.stmt]) -> Iterator[ast.stmt]:
    column = ast.unparse(rename[0].value.args[1])  # type: ignore[attr-defined]
    for statement in body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and call.args and ast.unparse(call.args[0]) == column:
            call.keywords = [each for each in call.keywords if each.arg != "new_column_name"]
            if all((each.arg or "").startswith("existing_") for each in call.keywords):
                continue
        yield statement
