"""Raw SQL that a script executes: which of it means nothing on SQLite."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import count
from string import Formatter
from typing import NamedTuple

from ..executed import EXECUTING
from ..sql.foreign import FILLED, Meaning, meaning_of
from ..syntax import descendants, has_stars, last_name, unwrapped
from ..values import Values
from .handed import given_to, handed_texts, names_bound_by

_CREATED = re.compile(r"(?i)\bCREATE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?([\w`\"]+)")
_DROPPED = re.compile(r"(?i)DROP\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(?:\w+\.)?([\w`\"]+)\s*;?")
_PERCENT = re.compile(r"%(?:\(\w+\))?[sdr]")
_SAME = frozenset({"text", "DDL", "dedent", "cleandoc"})
_SAME_ITEMS = frozenset({"reversed", "sorted", "list", "tuple"})
_TRIMMED = frozenset({"strip", "lstrip", "rstrip"})
_BUILT = {"CreateSequence": "CREATE SEQUENCE", "DropSequence": "DROP SEQUENCE"} | {
    "CreateSchema": "CREATE SCHEMA",
    "DropSchema": "DROP SCHEMA",
}


class Executed(NamedTuple):
    """A call that executes SQL, and what that means on SQLite; ``alone`` if nothing is done with what it returns.

    ``given`` is what is executed, ``argument`` where the text stands, if there is just one. ``handed`` if a function of
    the script executes it.
    """

    call: ast.Call
    sql: str
    meaning: Meaning
    alone: bool
    given: ast.expr
    argument: ast.expr | None
    handed: bool = False


class Texts:
    """The texts that expressions are worth; ``looped`` are those that a loop gives its variable."""

    def __init__(self, tree: ast.Module, values: Values) -> None:
        self.values = values
        self.handed = handed_texts(tree, values)
        self.looped: dict[str, list[tuple[range, list[str]]]] = {}

    def enter(self, loop: ast.For) -> None:
        """Note what a loop gives its variables, for its lines."""
        listed = loop.iter
        while isinstance(listed, ast.Call) and last_name(listed) in _SAME_ITEMS and len(listed.args) == 1:
            listed = listed.args[0]
        known = self.values.resolved(listed)
        items = known.elts if isinstance(known, (ast.List, ast.Tuple)) else []
        if isinstance(loop.target, ast.Name) and items:
            self._give(loop, loop.target.id, items)
        names = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        rows = [each.elts for each in items if isinstance(each, (ast.List, ast.Tuple)) and len(each.elts) == len(names)]
        for place, name in enumerate(names if rows and len(rows) == len(items) else ()):
            if isinstance(name, ast.Name):
                self._give(loop, name.id, [row[place] for row in rows])

    def _give(self, loop: ast.For, name: str, values: Sequence[ast.expr]) -> None:
        if not any(name in names_bound_by(node) for each in loop.body for node in descendants(each)):
            lines = range(loop.lineno, (loop.body[-1].end_lineno or loop.lineno) + 1)
            self.looped.setdefault(name, []).append((lines, [self.text(each) for each in values]))

    def of(self, node: ast.expr) -> list[str]:
        """The texts that an argument may be; FILLED stands for what is not known."""
        node = unwrapped_text(node)
        if isinstance(node, ast.Name):
            given = (texts for lines, texts in self.looped.get(node.id, ()) if node.lineno in lines)
            return next(given, None) or [self.text(node)]
        return [self.text(node)]

    def is_text(self, node: ast.expr) -> bool:
        """Whether an expression is surely a text, and nothing that is made of one."""
        return not isinstance(node, (ast.Name, ast.Call)) or self.values.text(node) is not None

    def text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else FILLED
        if isinstance(node, ast.Name):
            return self.values.text(node) or self._resolved(node)
        if isinstance(node, ast.JoinedStr):
            return "".join(self.text(each) for each in node.values)
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value)
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Mod):
                return _PERCENT.sub(FILLED, self.text(node.left))
            return self.text(node.left) + self.text(node.right) if isinstance(node.op, ast.Add) else FILLED
        return self._called(node) if isinstance(node, ast.Call) else FILLED

    def _resolved(self, node: ast.Name) -> str:
        value = self.values.resolved(node)
        return FILLED if value is None or isinstance(value, ast.Name) else self.text(value)

    def _called(self, call: ast.Call) -> str:
        name = last_name(call)
        if name in _SAME and call.args:
            return self.text(call.args[0])
        if isinstance(call.func, ast.Attribute) and name in _TRIMMED and not call.args:
            return self.text(call.func.value)
        if isinstance(call.func, ast.Attribute) and name == "format":
            return self._formatted(call)
        return f"{_BUILT[name]} {FILLED}" if name in _BUILT else FILLED

    def _formatted(self, call: ast.Call) -> str:
        """``"...".format(...)``: with what is a text, where it is put in as it is."""
        assert isinstance(call.func, ast.Attribute)
        given = {each.arg: each.value for each in call.keywords} | {str(n): each for n, each in enumerate(call.args)}
        made, automatic = "", count()
        try:
            for before, field, how, conversion in Formatter().parse(self.text(call.func.value)):
                made += before
                if field is not None:
                    value = given.get(field or str(next(automatic)))
                    made += FILLED if value is None or how or conversion else self.text(value)
        except ValueError:
            return FILLED
        return made


def unwrapped_text(node: ast.expr) -> ast.expr:
    """What stands in ``sa.text(...)`` and its like."""
    while isinstance(node, ast.Call) and last_name(node) in _SAME and node.args:
        node = node.args[0]
    return node


def created_indexes(sql: str) -> list[str]:
    """The names of the indexes that a text creates."""
    return [each.strip('"`').lower() for each in _CREATED.findall(sql)]


def dropped_index(call: ast.Call, texts: Texts) -> str | None:
    """The name of the index that a call drops, as an operation or in raw SQL."""
    if not call.args:
        return None
    if last_name(call) == "drop_index":
        return texts.text(unwrapped(call.args[0], "f")).lower()
    found = _DROPPED.fullmatch(texts.text(call.args[0]).strip()) if last_name(call) in EXECUTING else None
    return None if found is None else found[1].strip('"`').lower()


def has_condition(call: ast.Call) -> bool:
    """Whether an operation is done if something is there, or is not, or as keywords say that are not seen."""
    return has_stars(call) or any(each.arg in ("if_exists", "if_not_exists") for each in call.keywords)


def executed(statement: ast.stmt, nodes: Sequence[ast.AST], texts: Texts) -> list[Executed]:
    """The calls in these parts of a statement that execute SQL which SQLite does not take."""
    alone = _outermost(statement)
    found = []
    for call in (each for node in nodes for each in descendants(node)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, (ast.Attribute, ast.Name)):
            continue
        is_own = isinstance(call.func, ast.Name) and call.func.id in texts.values.functions
        own = call.args[:1] if last_name(call) in EXECUTING and not is_own else []
        for given in own or given_to(call, texts.values.functions, texts.handed):
            told = texts.of(given)
            meanings = {meaning_of(each) for each in told}
            if meanings == {None}:
                continue
            some = Meaning.NOTHING in meanings and len(meanings) > 1
            meaning = Meaning.SOME if some else next(filter(None, meanings))
            sql = next(each for each in told if meaning_of(each) is not None)
            argument = unwrapped_text(given) if len(told) == 1 else None
            if not own and (argument is None or not texts.is_text(argument)):
                continue
            is_alone = call is alone if own else isinstance(statement, ast.Expr) and statement.value is call
            found.append(Executed(call, sql, meaning, is_alone, given, argument, not own))
    return found


def _outermost(statement: ast.stmt) -> ast.AST | None:
    """The executing call that a statement is, or of whose result it calls a method."""
    node = statement.value if isinstance(statement, ast.Expr) else None
    while isinstance(node, ast.Call) and last_name(node) not in EXECUTING:
        node = node.func.value if isinstance(node.func, ast.Attribute) else None
    return node


def is_autocommit(statement: ast.stmt) -> bool:
    """``with op.get_context().autocommit_block():``"""
    if not isinstance(statement, ast.With) or len(statement.items) != 1:
        return False
    item = statement.items[0]
    call = item.context_expr
    return item.optional_vars is None and isinstance(call, ast.Call) and last_name(call) == "autocommit_block"
