"""What expressions of a script are worth, as far as its text tells it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ..names import UNKNOWN
from .exact import read_convention
from .guards import Guards
from .model import Convention
from .scopes import Functions
from .syntax import descendants, dotted, has_stars, is_none, last_name, parameters_of, suites_of

_SAME_TEXT = frozenset({"f", "conv", "quoted_name"})
"""Functions that return the text that they get."""
_Made = TypeVar("_Made")
_LONGEST = 10_000  # characters that f-strings make


class Values:
    """The names of a script that have one value, and those that loops and calls of helpers give one for a while."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: Functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self._aliases: dict[str, str] = {}
        self._imported: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, ast.expr | None] = {}
        self._texts: dict[str, str | None] = {}
        bound: Counter[str] = Counter()
        self._learn(tree.body, bound)
        self._known = {name: value for name, value in self._known.items() if bound[name] == 1}

    def _learn(self, statements: Sequence[ast.stmt], bound: Counter[str]) -> None:
        for statement in statements:
            if isinstance(statement, ast.ImportFrom):
                self._aliases.update({each.asname: each.name for each in statement.names if each.asname})
                module = tuple((statement.module or "").split(".")) if not statement.level else ("",)
                self._imported.update({each.asname or each.name: (*module, each.name) for each in statement.names})
            elif isinstance(statement, ast.Import):
                for each in statement.names:
                    path = tuple(each.name.split("."))
                    self._imported[each.asname or path[0]] = path if each.asname else path[:1]
            elif isinstance(statement, ast.AugAssign):
                bound.update(_targets(statement.target))
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                bound.update(name for each in targets for name in _targets(each))
                if isinstance(targets[0], ast.Name):
                    self._known[targets[0].id] = statement.value
            else:
                bound.update(_bound_by(statement))
            for _, suite in suites_of(statement):
                self._learn(suite, bound)

    @contextmanager
    def given(self, values: Mapping[str, ast.expr | None]) -> Iterator[None]:
        """While this lasts, these names have these values; None where a value is not known."""
        outer = {name: self._known.get(name) for name in values}
        self._set(values)
        try:
            yield
        finally:
            self._set(outer)

    def _set(self, values: Mapping[str, ast.expr | None]) -> None:
        self._known.update(values)
        self._texts.clear()

    def arguments(self, function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> dict[str, ast.expr | None]:
        """The parameters of a function with what a call gives them."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        every = [each.arg for each in (*parameters, *function.args.kwonlyargs)]
        given: dict[str, ast.expr | None] = dict.fromkeys(every)
        defaults = function.args.defaults
        given.update(zip(every[len(parameters) - len(defaults) : len(parameters)], defaults, strict=True))
        pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        given.update({each.arg: value for each, value in pairs if value is not None})
        if has_stars(call):
            return dict.fromkeys(every)
        told = dict(zip(every, call.args, strict=False)) | {each.arg: each.value for each in call.keywords if each.arg}
        given.update({name: self._settled(each, every) for name, each in told.items() if name in given})
        return given

    def _settled(self, node: ast.expr, changing: Collection[str]) -> ast.expr | None:
        """An expression that means the same where these names mean something else, None if there is none."""
        text = self.text(node)
        if text is not None:
            return ast.Constant(text)
        value = self.resolved(node)
        names = () if value is None else (each.id for each in descendants(value) if isinstance(each, ast.Name))
        return None if any(name in changing for name in names) else value

    def resolved(self, node: ast.expr | None) -> ast.expr | None:
        """What a name stands for, None if that is not known; any other expression is itself."""
        return self._known.get(node.id) if isinstance(node, ast.Name) else node

    def here(self, node: ast.expr | None) -> ast.expr | None:
        """The part of ``A if DIALECT == "sqlite" else B`` that is taken on SQLite; any other expression is itself."""
        known = self.resolved(node)
        while isinstance(known, ast.IfExp):
            test = self.resolved(known.test)
            holds = None if test is None else Guards().truth(test)
            if holds is None:
                break
            node = known.body if holds else known.orelse
            known = self.resolved(node)
        return node

    def kind(self, call: ast.Call) -> str:
        """The last name of what is called, by its own name if an import gave it another."""
        name = last_name(call)
        return self._aliases.get(name, name) if isinstance(call.func, ast.Name) else name

    def origin(self, node: ast.expr) -> tuple[str, ...]:
        """The modules and the name that something was imported by, () if it was not."""
        first, *rest = dotted(node) or ("",)
        found = self._imported.get(first, ())
        return (*found, *rest) if found else ()

    def built(self, node: ast.expr | None, use: Callable[[ast.expr | None], _Made]) -> _Made:
        """What can be made of what a name stands for, or of what a function of the script returns.

        While that is made, the parameters of the function have their values.
        """
        node = self.resolved(node)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return use(node)
        function = self.functions.get(node.func.id)
        last = function.body[-1] if function is not None else None
        if function is None or not isinstance(last, ast.Return):
            return use(node)
        with self.given(self.arguments(function, node)):
            return use(last.value)

    def text(self, node: ast.expr | None) -> str | None:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            if node.id not in self._texts:
                self._texts[node.id] = None  # so much is known of a name that hangs on itself
                value = self._known.get(node.id)
                self._texts[node.id] = None if isinstance(value, ast.Name) else self.text(value)
            return self._texts[node.id]
        if isinstance(node, ast.JoinedStr):
            plain = all(isinstance(each, ast.Constant) or _is_plain(each) for each in node.values)
            parts = [self.text(each.value if isinstance(each, ast.FormattedValue) else each) for each in node.values]
            text = "".join(part or "" for part in parts)
            return text if plain and None not in parts and len(text) <= _LONGEST else None
        if isinstance(node, ast.IfExp):
            taken = self.here(node)
            return None if isinstance(taken, ast.IfExp) else self.text(taken)
        if isinstance(node, ast.Call) and node.args and last_name(node) in _SAME_TEXT:
            return self.text(node.args[0])
        return None

    def name(self, node: ast.expr | None) -> str | None:
        """The name that an argument gives: None if it gives none, UNKNOWN if it is not known."""
        node = self.here(node)
        if node is None or is_none(node):
            return None
        return self.text(node) or UNKNOWN

    def names(self, node: ast.expr | None) -> tuple[str | None, str | None]:
        """The same, and the name on SQLite where that is another: ``"a" if DIALECT == "sqlite" else "b"``."""
        known = self.resolved(node)
        test = self.resolved(known.test) if isinstance(known, ast.IfExp) else None
        on_sqlite = None if test is None else Guards().truth(test)
        if on_sqlite is None or not isinstance(known, ast.IfExp):
            return self.name(node), None
        ways = (known.orelse, known.body) if on_sqlite else (known.body, known.orelse)
        return self.name(ways[0]), self.name(ways[1])

    def is_marked(self, node: ast.expr | None) -> bool:
        """Whether a name stands in ``op.f(...)``."""
        node = self.resolved(node)
        return isinstance(node, ast.Call) and last_name(node) == "f"

    def texts(self, node: ast.expr | None) -> tuple[str, ...] | None:
        node = self.resolved(node)
        if not isinstance(node, (ast.List, ast.Tuple)):
            return None
        return tuple(self.text(each) or UNKNOWN for each in node.elts)

    def convention(self, node: ast.expr | None) -> Convention | None:
        if node is None or is_none(node):
            return ()
        node = self.resolved(node)
        if not isinstance(node, ast.Dict):
            return None
        return read_convention(node, self.text).convention


def assigned(target: ast.expr, item: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that one round of a loop gives a value, and the value if it can be told."""
    if isinstance(target, ast.Name):
        yield target.id, item
        return
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    values: Sequence[ast.expr | None] = [None] * len(parts)
    if isinstance(item, (ast.Tuple, ast.List)) and len(item.elts) == len(parts):
        values = item.elts
    for part, value in zip(parts, values, strict=True):
        yield from assigned(part, value)


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a compound statement binds in its head, or a definition for its own suite."""
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        yield from _targets(statement.target)
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars)
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from parameters_of(statement)
    elif isinstance(statement, ast.Delete):
        for target in statement.targets:
            yield from _targets(target)


def _targets(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for each in target.elts:
            yield from _targets(each)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None
