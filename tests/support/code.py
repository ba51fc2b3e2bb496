"""Code that remedies print, and code of scripts that it goes into."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any


def call_in(code: list[ast.stmt]) -> Any:
    """The call that stands in code."""
    return code[0].value  # type: ignore[attr-defined]


def suites(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            suite = getattr(node, name, None)
            if isinstance(suite, list):
                yield suite


def longest(text: str) -> list[ast.stmt]:
    """The statements that a text begins with."""
    ends = [match.start() for match in re.finditer(r"; | calls |, or |\Z", text)]
    for end in reversed(ends):
        with suppress(SyntaxError):
            return nowhere(ast.parse(text[:end])).body
    raise AssertionError(text)


def nowhere(code: ast.Module) -> ast.Module:
    """Code that has no place in the script yet."""
    for node in ast.walk(code):
        if isinstance(node, ast.stmt):
            node.lineno = node.end_lineno = 0
    return code


def opening(block: ast.With) -> ast.Call:
    calls = (item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call))
    return next(call for call in calls if method(call) == "batch_alter_table")


def method(node: object) -> str:
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def merge(call: ast.Call, given: ast.Call, replaced: bool = False) -> None:
    """Give the opening of a block these keywords; if it is ``replaced`` it has only those that are given."""
    given = filled_call(given, call)
    if replaced:
        call.args, call.keywords = given.args, given.keywords
        return
    if given.args:
        call.args = given.args
        call.keywords = [each for each in call.keywords if each.arg != "table_name"]
    for keyword in given.keywords:
        old = next((each for each in call.keywords if each.arg == keyword.arg), None)
        if old is None:
            call.keywords.append(keyword)
        elif isinstance(old.value, (ast.List, ast.Tuple)) and isinstance(keyword.value, (ast.List, ast.Tuple)):
            new = {sign(each) for each in keyword.value.elts}
            kept = [each for each in old.value.elts if sign(each) not in new]
            old.value.elts = [*kept, *keyword.value.elts]
        elif isinstance(old.value, ast.Dict) and isinstance(keyword.value, ast.Dict):
            old.value.keys += keyword.value.keys
            old.value.values += keyword.value.values
        else:
            old.value = keyword.value


def sign(node: ast.expr) -> str:
    """What two codes for the same column have in common."""
    text = ast.unparse(node)
    return text.partition(",")[0] if text.startswith("sa.Column(") else text


def filled(code: ast.stmt, original: ast.stmt) -> ast.stmt:
    """The code with what stands in the original in place of its ``...``."""
    originals = {method(node): node for node in ast.walk(original) if isinstance(node, ast.Call)}
    for node in ast.walk(code):
        known = originals.get(method(node))
        if isinstance(node, ast.Call) and known is not None:
            filled_call(node, known)
    return code


def filled_call(given: ast.Call, original: ast.Call) -> ast.Call:
    keywords = {each.arg: each.value for each in original.keywords}
    for place, argument in enumerate(given.args):
        if is_open(argument) and place < len(original.args):
            given.args[place] = original.args[place]
    for keyword in given.keywords:
        if is_open(keyword.value) and keyword.arg in keywords:
            keyword.value = keywords[keyword.arg]
    return given


def is_open(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is ...
    return method(node) == "Column" and any(is_open(each) for each in node.args)  # type: ignore[attr-defined]


def alike(node: ast.AST, pattern: ast.AST) -> bool:
    """Whether code is a call that a remedy names."""
    if isinstance(pattern, ast.Constant) and pattern.value is ...:
        return True
    if isinstance(node, ast.Call) and isinstance(pattern, ast.Call):
        given = {each.arg: each.value for each in node.keywords}
        open_end = bool(pattern.args) and is_open(pattern.args[-1])
        return (
            ast.unparse(node.func) == ast.unparse(pattern.func)
            and (len(node.args) == len(pattern.args) or (open_end and len(node.args) >= len(pattern.args) - 1))
            and all(alike(*pair) for pair in zip(node.args, pattern.args, strict=False))
            and all(each.arg in given and alike(given[each.arg], each.value) for each in pattern.keywords)
        )
    return ast.unparse(node) == ast.unparse(pattern)
