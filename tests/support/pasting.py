"""Puts the remedies that verify prints into the script, each at the place that it names, by the form that it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlite_batchify.verify.results import Problem
from tests.support.code import alike, call_in, filled, filled_call, longest, merge, method, opening, sign, suites

_PLACES = re.compile(
    r"(?:(first in the block|in the block|behind the block and not in it|behind the block|after the block"
    r"|before the block|before it|instead of it|at the end of (?P<function>\w+)\(\)|before the table (?P<table>\w+)"
    r"|the name \w+|by its name|behind the column and without its unique=True|leave it out): )"
    r"|(?=op\.batch_alter_table\()"
)
_OF_A_COLUMN = re.compile(r"""in sa\.Column\("([^"]*)", \.\.\.\): (server_default=.*?)(?=; |\Z)""")


class _Place:
    """Where a problem is: in which statement of which suite, and in which block."""

    def __init__(self, tree: ast.Module, problem: Problem) -> None:
        self.tree = tree
        self.line = problem.line
        self.problem = problem

    @property
    def statement(self) -> ast.stmt:
        """The innermost statement of the line that is no suite."""
        found = [each for each in ast.walk(self.tree) if isinstance(each, ast.stmt) and self._covers(each)]
        return min(found, key=lambda each: (each.end_lineno or 0) - each.lineno)

    @property
    def block(self) -> ast.With:
        found = [each for each in ast.walk(self.tree) if isinstance(each, ast.With) and self._covers(each)]
        return found[-1]

    @property
    def block_line(self) -> int:
        """The line where the block begins, 0 if there is none."""
        blocks = (each for each in ast.walk(self.tree) if isinstance(each, ast.With) and self._covers(each))
        return max((each.lineno for each in blocks), default=0)

    def _covers(self, node: ast.stmt) -> bool:
        return getattr(node, "lineno", 0) <= self.line <= (getattr(node, "end_lineno", None) or 0)

    def suite_of(self, statement: ast.stmt) -> list[ast.stmt]:
        return next(body for body in suites(self.tree) if statement in body)

    def put(self, statement: ast.stmt, code: list[ast.stmt], *, behind: bool = False, instead: bool = False) -> None:
        suite = self.suite_of(statement)
        at = suite.index(statement)
        suite[at + behind : at + (behind or instead)] = code

    def function(self, name: str) -> ast.FunctionDef:
        found = (each for each in self.tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
        return next(found)


def paste(source: str, problems: Iterable[Problem]) -> str:
    """The script with the remedies of these problems; the same remedy of a block is taken once.

    Raises LookupError for a remedy that has no form in which it could be pasted.
    """
    tree = ast.parse(source)
    seen = set()
    for problem in problems:
        place = _Place(tree, problem)
        where = (place.block_line, problem.remedy)
        if where not in seen or not place.block_line:
            _paste(place)
        seen.add(where)
    if not any(isinstance(node, ast.alias) and (node.asname or node.name) == "sa" for node in ast.walk(tree)):
        tree.body.insert(_behind_docstring(tree), ast.parse("import sqlalchemy as sa").body[0])
    return ast.unparse(ast.fix_missing_locations(tree))


def _behind_docstring(tree: ast.Module) -> int:
    future = [number for number, each in enumerate(tree.body, 1) if getattr(each, "module", "") == "__future__"]
    return max([int(ast.get_docstring(tree) is not None), *future])


def _paste(place: _Place) -> None:
    remedy = place.problem.remedy
    for form, way in _FORMS:
        match = re.search(form, remedy)
        if match is not None:
            way(place, match)
            return
    if _PLACES.search(remedy) is None:
        raise LookupError(remedy)
    for match in _PLACES.finditer(remedy):
        _put(place, match, remedy[match.end() :])


# By the place that a remedy names


def _put(place: _Place, match: re.Match[str], text: str) -> None:
    where = match[1] or ""
    if where == "instead of it":
        parts = [each for part in text.split("; and ") for each in longest(part)]
        whole = _meant(place, parts[0])
        place.put(whole, [filled(each, whole) for each in parts], instead=True)
        return
    code = longest(text)
    if where in ("", "leave it out"):
        merge(opening(place.block), call_in(code), replaced=bool(where))
    elif where == "first in the block":
        place.block.body[:0] = code
    elif where == "in the block":
        place.block.body.extend(code)
    elif where == "behind the column and without its unique=True":
        _take_unique(place.block)
        place.block.body.extend(code)
    elif where == "before the block":
        place.put(place.block, code)
    elif where in ("behind the block", "after the block", "behind the block and not in it"):
        place.put(place.block, code, behind=True)
        if where.endswith("not in it"):
            _take_out(place, code)
    elif where == "before it":
        place.put(place.statement, code)
    elif match["function"]:
        place.function(match["function"]).body.extend(code)
    elif match["table"]:
        place.put(_drop_of(place, match["table"]), code)
    else:
        _rename(place, code)


def _meant(place: _Place, code: ast.stmt) -> ast.stmt:
    """The statement that this code is for: that of the line, or of the block that stands there."""
    whole = place.statement
    calls = [node for node in ast.walk(code) if isinstance(node, ast.Call)]
    for each in whole.body if isinstance(whole, ast.With) else ():
        if any(alike(getattr(each, "value", each), call) for call in calls):
            return each
    return whole


# Forms of their own


def _guard(place: _Place, match: re.Match[str]) -> None:
    """The statement under the condition, with those behind it that use what it sets."""
    statement = place.statement
    suite = place.suite_of(statement)
    start = suite.index(statement)
    used, last = _set_by(statement), start
    for number, each in enumerate(suite[start + 1 :], start + 1):
        names = {node.id for node in ast.walk(each) if isinstance(node, ast.Name)}
        if "all that uses" in match[0] and names & used:
            used |= _set_by(each)
            last = number
    guard = ast.parse(f"{match[1]}\n    pass").body[0]
    guard.body = suite[start : last + 1]  # type: ignore[attr-defined]
    suite[start : last + 1] = [guard]


def _set_by(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


class _Variants(ast.NodeTransformer):
    """Puts a call behind each type of a name."""

    def __init__(self, kind: str, call: ast.Call) -> None:
        self.kind, self.given = kind, call

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else method(node)
        if name.upper() != self.kind:
            return self.generic_visit(node)
        function = ast.Attribute(value=node, attr="with_variant", ctx=ast.Load())
        return ast.Call(func=function, args=self.given.args, keywords=self.given.keywords)


def _variant(place: _Place, match: re.Match[str]) -> None:
    kind = place.problem.message.rpartition(" ")[2]
    _Variants(kind, call_in(longest(f"x{match[1]}"))).visit(place.statement)


def _write_literal(place: _Place, match: re.Match[str]) -> None:
    text = place.problem.message.partition(" names no column")[0]
    for node in ast.walk(place.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = node.value.replace(text, match[1])


def _write_name(place: _Place, match: re.Match[str]) -> None:
    name = ast.literal_eval(match[1])
    for node in ast.walk(place.block):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == name.lower():
            node.value = name


def _divide(place: _Place, match: re.Match[str]) -> None:
    block = place.block
    calls = [ast.parse(call).body[0].value for call in match[1].split(" and at ")]  # type: ignore[attr-defined]
    parts: list[list[ast.stmt]] = [[]]
    for statement in block.body:
        if parts[-1] and any(alike(statement.value, call) for call in calls if isinstance(statement, ast.Expr)):
            parts.append([])
        parts[-1].append(statement)
    assert len(parts) == len(calls) + 1
    divided: list[ast.stmt] = [ast.With(items=block.items, body=part, type_comment=None) for part in parts]
    place.put(block, divided, instead=True)


def _set_defaults(place: _Place, match: re.Match[str]) -> None:
    for name, code in _OF_A_COLUMN.findall(place.problem.remedy):
        given: Any = ast.parse(f"x({code})").body[0]
        for node in ast.walk(place.statement):
            if method(node) == "Column" and ast.unparse(node.args[0]) == repr(name):  # type: ignore[attr-defined]
                merge(node, given.value)  # type: ignore[arg-type]


def _set_column(place: _Place, match: re.Match[str]) -> None:
    given = call_in(longest(match[1]))
    for node in ast.walk(place.statement):
        if method(node) == "Column" and ast.unparse(node.args[0]) == ast.unparse(given.args[0]):  # type: ignore[attr-defined]
            merge(node, ast.Call(func=given.func, args=[], keywords=given.keywords))  # type: ignore[arg-type]


def _set_where(place: _Place, match: re.Match[str]) -> None:
    given: Any = ast.parse(f"x({match[1]})").body[0]
    call = next(node for node in ast.walk(place.statement) if method(node) == "create_index")
    merge(call, given.value)  # type: ignore[arg-type]


def _leave_out_of_table_args(place: _Place, _: re.Match[str]) -> None:
    call = opening(place.block)
    call.keywords = [each for each in call.keywords if each.arg != "table_args"]


def _leave_out(place: _Place, _: re.Match[str]) -> None:
    place.put(place.statement, [ast.Pass()], instead=True)


def _leave_keyword_out(place: _Place, match: re.Match[str]) -> None:
    for node in ast.walk(place.statement):
        if isinstance(node, ast.Call):
            node.keywords = [each for each in node.keywords if each.arg != match[1]]


def _in_copy_from(place: _Place, match: re.Match[str]) -> None:
    """The opening, and what belongs into the Table."""
    table = next(node for node in ast.walk(place.tree) if isinstance(node, ast.Call) and method(node) == "Table")
    items: Any = ast.parse(f"x({match[2]})").body[0]
    new = {sign(each) for each in items.value.args}
    table.args = [*(each for each in table.args if sign(each) not in new), *items.value.args]
    if match[1]:
        merge(opening(place.block), call_in(longest(match[1])))


def _rename(place: _Place, code: list[ast.stmt]) -> None:
    """Give a call of the block that creates or drops something without a name the name that stands in the code."""
    given: Any = call_in(code)
    for statement in place.block.body:
        call: Any = getattr(statement, "value", None)
        if method(call) == method(given) and _is_nameless(call):
            place.block.body[place.block.body.index(statement)] = code[0]
            filled_call(given, call)
            return
    for node in ast.walk(place.block):
        if isinstance(node, ast.Call) and method(node) == given.func.id and _is_nameless(node):
            node.keywords += [each for each in given.keywords if each.arg == "name"]
            return
    raise AssertionError(ast.unparse(code[0]))


def _is_nameless(call: Any) -> bool:
    named = [each.value for each in call.keywords if each.arg in ("name", "constraint_name")]
    if method(call) == "ForeignKey":
        return not named
    return ast.unparse((named or call.args)[0]) == "None"


def _take_unique(block: ast.With) -> None:
    for node in ast.walk(block):
        if method(node) == "Column":
            node.keywords = [each for each in node.keywords if each.arg != "unique"]  # type: ignore[attr-defined]


def _take_out(place: _Place, code: list[ast.stmt]) -> None:
    """Take from the block what stands behind it now: an index, or a rename."""
    block, given = place.block, call_in(code)
    if method(given) == "create_index":
        index = ast.unparse(given.args[0])
        kept = [each for each in block.body if not _creates(each, index)]
    else:
        kept = list(_without_rename(block.body, code))
    if kept:
        block.body = kept
    else:
        place.suite_of(block).remove(block)


def _creates(statement: ast.stmt, index: str) -> bool:
    call = getattr(statement, "value", None)
    return method(call) == "create_index" and ast.unparse(call.args[0]) == index  # type: ignore[union-attr]


def _without_rename(body: list[ast.stmt], rename: list[ast.stmt]) -> Iterator[ast.stmt]:
    column = ast.unparse(rename[0].value.args[1])  # type: ignore[attr-defined]
    for statement in body:
        call = getattr(statement, "value", None)
        if isinstance(call, ast.Call) and call.args and ast.unparse(call.args[0]) == column:
            filled_call(call_in(rename), call)
            call.keywords = [each for each in call.keywords if each.arg != "new_column_name"]
            if all((each.arg or "").startswith("existing_") for each in call.keywords):
                continue
        yield statement


def _drop_of(place: _Place, table: str) -> ast.stmt:
    found = (each for each in ast.walk(place.tree) if isinstance(each, ast.Expr) and method(each.value) == "drop_table")
    return next(each for each in found if ast.unparse(each.value.args[0]).strip("'").lower() == table)  # type: ignore[attr-defined]


_FORMS: tuple[tuple[str, Callable[[_Place, re.Match[str]], None]], ...] = (
    (r"guard what is meant for another database[^:]*: (if .*:)\Z", _guard),
    (r"for other databases only: (if .*:)\Z", _guard),
    (r"give the type a variant[^:]*: (\.with_variant\(.*\))\Z", _variant),
    (r"\Awrite ('.*'), as every database needs it, or the name", _write_literal),
    (r'\Awrite ("[^"]*"), as every database', _write_name),
    (r"begin a new one at (.*)\Z", _divide),
    (_OF_A_COLUMN.pattern, _set_defaults),
    (r"(sqlite_where=.*)\Z", _set_where),
    (r"a server_default, as every database needs it here: (.*)", _set_column),
    (r"\Aleave it out of table_args", _leave_out_of_table_args),
    (r"\Aleave it out, or", _leave_out),
    (r"\Aleave (\w+)= out\Z", _leave_keyword_out),
    (r"(.*)(?:; |\A)in the Table of copy_from: (.*)\Z", _in_copy_from),
)
