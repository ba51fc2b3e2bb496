"""What the variables at one place of a script hold of what the database was asked for, and what is not None there."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .asked import USES, Asking
from .expressions import live_parts
from .guards import Guards
from .nones import Key, Tests, first_name, key_of, record_of
from .syntax import is_none, last_name, leaves, literal, parameters_of
from .terms import (
    ASKING,
    ATTRIBUTES,
    CALLED,
    ITEM,
    KEY_NAME,
    LISTED,
    METADATA,
    NAME,
    NAMED,
    SURE,
    TABLE,
    Parameter,
    Question,
    Result,
    Term,
    Value,
    stepped,
    united,
)

_SAME = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "dict", "copy", "deepcopy"}
    | {"f", "conv", "quoted_name"}
)
_PAIRS = frozenset({"enumerate", "zip"})
_ADDING = {"append": (LISTED,), "add": (LISTED,), "insert": (LISTED,), "extend": (), "update": ()}
_MOST_LEVELS = 50
_MOST_KEYS = 20  # that begin with the same variable
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


class Holdings:
    """``values`` are those of variables that this suite assigns, ``known`` what is not None, by variable; the others
    are found in the suites around it. ``left`` are suites in it that have been left for the end of a loop."""

    def __init__(self, asking: Asking, function: str = "", around: Holdings | None = None) -> None:
        self.asking = asking
        self.function = function
        self.around = around
        self.values: dict[str, Value] = {}
        self.known: dict[str, frozenset[str]] = {}
        self.left: list[Holdings] = []
        self.guards: Guards = Guards() if around is None else around.guards

    def branch(self) -> Holdings:
        """A suite that may not run."""
        return Holdings(self.asking, self.function, self)

    def enter(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Holdings:
        """The body of a function, whatever it gets."""
        inner = Holdings(self.asking, function.name, self)
        for number, name in enumerate(parameters_of(function)):
            inner.values[name] = (Term(Parameter(function.name, number, name)),)
            inner.known[name] = frozenset()
        return inner

    def join(self, ways: Sequence[Holdings]) -> None:
        """One of these branches has been taken and come to its end."""
        names = {name for way in ways for name in (*way.values, *way.known)}
        values = {name: united(*(way._value(name) for way in ways)) for name in names}
        known = {name: frozenset.intersection(*(way._known(name) for way in ways)) for name in names}
        self.values.update(values)
        self.known.update(known)

    def choose(self, ways: Sequence[tuple[Holdings, Sequence[ast.stmt]]]) -> None:
        """One of these suites has been taken, if it has come to its end."""
        self.join([way for way, suite in ways if not leaves(suite)])
        for way, suite in ways:
            self.left += way.left
            if suite and isinstance(suite[-1], (ast.Break, ast.Continue)):
                self.left.append(way)

    def learn(self, test: ast.expr, truth: bool) -> None:
        """From here on a test has had this outcome."""
        if self.asking.active:
            self._exclude(self._tests.excluded(test, truth))

    def pass_over(self, statement: ast.stmt, guards: Guards) -> None:
        """Note what a statement does, but for its suites."""
        if not self.asking.active:
            return
        self.guards = guards
        if isinstance(statement, ast.Assign):
            value = self._of(statement.value)
            for target in statement.targets:
                self._assign(target, value, statement.value)
        elif isinstance(statement, ast.AnnAssign):
            if statement.value is not None:
                self._assign(statement.target, self._of(statement.value), statement.value)
        elif isinstance(statement, ast.AugAssign):
            both = united(self._of(statement.target), self._of(statement.value))
            self._assign(statement.target, both, statement.value)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            self._assign(statement.target, stepped(self._of(statement.iter), ITEM), None)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            for item in statement.items:
                self._of(item.context_expr)
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, (), None)
        elif isinstance(statement, ast.Return):
            self.asking.give_back(self.function, self._of(statement.value))
        elif isinstance(statement, (ast.If, ast.While)):
            self._of(statement.test)
        elif isinstance(statement, ast.Assert):
            self._of(statement.test)
            self.learn(statement.test, True)
        elif isinstance(statement, ast.Match):
            self._of(statement.subject)
            self._exclude(self._tests.mentioned(statement.subject))
        elif isinstance(statement, ast.Expr):
            self._of(statement.value)

    @property
    def _tests(self) -> Tests:
        return Tests(self.asking.looks_at_names, self.guards.truth)

    # Variables

    def _value(self, name: str) -> Value:
        scope: Holdings | None = self
        while scope is not None and name not in scope.values:
            scope = scope.around
        return () if scope is None else scope.values[name]

    def _known(self, name: str) -> frozenset[str]:
        scope: Holdings | None = self
        while scope is not None and name not in scope.known:
            scope = scope.around
        return frozenset() if scope is None else scope.known[name]

    def _is_known(self, node: ast.expr) -> bool:
        known = self._known(first_name(node))
        key = key_of(node) if known else None
        return key is not None and key[1] in known

    def _sure(self, node: ast.expr, value: Value) -> Value:
        return stepped(value, SURE) if value and self._is_known(node) else value

    def _exclude(self, keys: set[Key]) -> None:
        for name, text in sorted(keys):
            known = self._known(name)
            if len(known) < _MOST_KEYS:
                self.known[name] = known | {text}

    def _assign(self, target: ast.expr, value: Value, node: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.values[target.id] = value
            self.known[target.id] = frozenset() if value else frozenset({target.id})
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
            if len(parts) == len(target.elts):
                for each, part in zip(target.elts, parts, strict=True):
                    self._assign(each, self._of(part), part)
                return
            for each in target.elts:
                self._assign(each, stepped(value, ITEM), None)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, stepped(value, LISTED), None)
        elif isinstance(target, ast.Subscript):
            key = key_of(target)
            if key is not None and not is_none(node) and not value:
                self._exclude({key})
            self._add(target.value, stepped(value, LISTED))

    def _add(self, owner: ast.expr, value: Value) -> None:
        """Put something into what a variable holds."""
        if isinstance(owner, ast.Name) and value:
            self.values[owner.id] = united(self._value(owner.id), value)

    # Expressions

    def _of(self, node: ast.expr | None, level: int = 0) -> Value:
        """What an expression is worth; what it does is noted."""
        if node is None or level > _MOST_LEVELS:
            return ()
        if isinstance(node, ast.Name):
            return self._variable(node.id)
        record = record_of(node)
        if record is not None:
            step = NAME if isinstance(node, ast.Attribute) else KEY_NAME
            found = stepped(self._of(record, level + 1), step, read=node, function=self.function)
            return () if self._is_known(node) else found
        if isinstance(node, ast.Call):
            return self._sure(node, self._call(node, level + 1))
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node, level + 1)
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            return self._choice(node, level + 1)
        if isinstance(node, ast.NamedExpr):
            value = self._of(node.value, level + 1)
            self._assign(node.target, value, node.value)
            return value
        if isinstance(node, ast.Dict):
            return self._dictionary(node, level + 1)
        return self._composed(node, level + 1)

    def _variable(self, name: str) -> Value:
        known = self._known(name)
        marks = [mark for mark, text in ((SURE, name), (NAMED, f"{name}.name")) if text in known]
        return stepped(self._value(name), *marks)

    def _composed(self, node: ast.expr, level: int) -> Value:
        parts = [self._of(each, level) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        if isinstance(node, ast.Attribute):
            step = f".{node.attr}"
            return stepped(parts[0], step) if step in ATTRIBUTES else ()
        if isinstance(node, ast.Subscript):
            return parts[0] if isinstance(node.slice, ast.Slice) else self._sure(node, stepped(parts[0], ITEM))
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            pairs = zip(node.elts, parts, strict=True)
            return united(*(part if isinstance(each, ast.Starred) else stepped(part, LISTED) for each, part in pairs))
        if isinstance(node, ast.Yield):
            self.asking.give_back(self.function, stepped(united(*parts), LISTED))
        elif isinstance(node, ast.YieldFrom):
            self.asking.give_back(self.function, parts[0])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.BitOr)):
            return stepped(united(*parts), SURE)
        elif isinstance(node, (ast.Starred, ast.Await)):
            return parts[0]
        return ()

    def _dictionary(self, node: ast.Dict, level: int) -> Value:
        found: list[Value] = []
        for key, each in zip(node.keys, node.values, strict=True):
            value = self._of(each, level)
            if key is not None:
                value = stepped(value, CALLED if literal(key) == "name" else LISTED)
                found.append(stepped(self._of(key, level), LISTED))
            found.append(value)
        return united(*found)

    def _choice(self, node: ast.IfExp | ast.BoolOp, level: int) -> Value:
        live = [each for each in live_parts(node, self.guards)[0] if isinstance(each, ast.expr)]
        values: list[Value] = []
        if isinstance(node, ast.IfExp):
            self._of(node.test, level)
            for each in live:
                if each is not node.test:
                    inner = self.branch()
                    inner.learn(node.test, each is node.body)
                    values.append(inner._of(each, level))
                    self._take(inner)
            return united(*values)
        inner = self.branch()
        for each in live:
            values.append(inner._of(each, level))
            inner.learn(each, isinstance(node.op, ast.And))
        self._take(inner)
        *before, last = values
        return last if isinstance(node.op, ast.And) else united(*(stepped(each, SURE) for each in before), last)

    def _take(self, inner: Holdings) -> None:
        """The variables that an expression has assigned."""
        self.values.update(inner.values)
        self.known.update(dict.fromkeys(inner.values, frozenset()))

    def _comprehension(self, node: _Comprehension, level: int) -> Value:
        inner = self.branch()
        for each in node.generators:
            inner._assign(each.target, stepped(inner._of(each.iter, level), ITEM), None)
            for test in each.ifs:
                inner._of(test, level)
                inner.learn(test, True)
        if isinstance(node, ast.DictComp):
            return stepped(united(inner._of(node.key, level), inner._of(node.value, level)), LISTED)
        return stepped(inner._of(node.elt, level), LISTED)

    def _call(self, call: ast.Call, level: int) -> Value:
        name = last_name(call)
        spelled_out = _spelled_out(call, name)
        if spelled_out is not None:
            return self._comprehension(spelled_out, level)
        owner = self._of(call.func.value, level) if isinstance(call.func, ast.Attribute) else ()
        given = [self._of(each, level) for each in call.args]
        named = {each.arg: self._of(each.value, level) for each in call.keywords}
        first = given[0] if given else ()
        if isinstance(call.func, ast.Name) and name in self.asking.functions:
            for key, value in (*enumerate(given), *named.items()):
                if key is not None:
                    self.asking.give(name, key, value)
            return (Term(Result(name)),)
        if name in USES:
            self.asking.use(call, first or named.get("constraint_name", ()), self.function)
            return ()
        if isinstance(call.func, ast.Attribute):
            if name in ASKING:
                return (Term(Question(call, *ASKING[name], self.function)),)
            if name in _ADDING and given:
                self._add(call.func.value, stepped(given[-1], *_ADDING[name]))
            if name in ("remove", "discard") and call.args and is_none(call.args[0]):
                self._assign(call.func.value, (), None)
            if name == "items":
                return stepped(owner, ITEM, LISTED, LISTED)
            if name in ("values", "copy"):
                return owner
            if name in ("get", "pop"):
                return united(stepped(owner, ITEM), *given[1:])
        return self._of_function(call, name, given, named)

    def _of_function(self, call: ast.Call, name: str, given: list[Value], named: dict[str | None, Value]) -> Value:
        """What a function gives that is none of the script's."""
        first = given[0] if given else ()
        if name in _SAME:
            return first
        if name == "next":
            return united(stepped(first, ITEM), *given[1:])
        if name in _PAIRS:
            return stepped(united(*given), ITEM, LISTED, LISTED)
        if name in ("chain", "cast"):
            return united(*given)
        if name == "from_iterable":
            return stepped(first, ITEM)
        if name == "MetaData" and "naming_convention" not in named:
            return (Term(Question(call, METADATA, "", self.function)),)
        if name == "Table" and any((each or "").startswith("autoload") for each in named):
            metadata = united(*given[1:2], named.get("metadata", ()))
            if any(each.leads == METADATA for each in metadata):
                return (Term(Question(call, TABLE, "", self.function)),)
        return ()


def _spelled_out(call: ast.Call, name: str) -> ast.ListComp | None:
    """``filter`` and ``map`` as the comprehension that does the same."""
    if name not in ("filter", "map") or not isinstance(call.func, ast.Name) or len(call.args) != 2:
        return None
    function, items = call.args
    item: ast.expr = ast.Name("item", ast.Load())
    made: ast.expr = item
    if isinstance(function, ast.Lambda) and len(function.args.args) == 1:
        item, made = ast.Name(function.args.args[0].arg, ast.Load()), function.body
    elif not (name == "filter" and is_none(function)):
        return None
    loop = ast.comprehension(target=item, iter=items, ifs=[made] if name == "filter" else [], is_async=0)
    return ast.ListComp(item if name == "filter" else made, [loop])
