"""What a script does to tables, constraints and indexes, as Alembic runs it: through loops, helpers and blocks.

Any call of a method with an operation's name counts, wherever ``upgrade`` or ``downgrade`` leads to it: a helper may
get ``op`` under any name. What is no literal is UNKNOWN.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..names import CHECK, CREATES, FOREIGN_KEY, PRIMARY_KEY, UNIQUE, UNKNOWN
from ..operations import BATCH_ALTER_TABLE, BATCH_ALTER_TABLE_PARAMETERS, OPERATIONS
from . import events
from .calls import place_of
from .comments import Comments, skipped_lines
from .events import Arms, Block, Direction, Event, Table
from .executed import EXECUTING, executed_sql, may_change_views
from .given import read_autoincrement, read_given
from .guards import Guards, leaves_on_sqlite
from .model import Place
from .syntax import (
    Given,
    Lines,
    calls_in,
    descendants,
    is_none,
    is_true,
    keywords_of,
    last_name,
    parameters_of,
    suites_of,
)
from .tables import altered_column, column_constraints, column_parts, created_constraint, created_index, table_parts
from .values import Values, assigned
from .whole import existing_kind

_KINDS = {"foreignkey": FOREIGN_KEY, "unique": UNIQUE, "primary": PRIMARY_KEY, "check": CHECK}
_TABLE_METHODS: dict[str, tuple[str, ...]] = {
    "create_table": ("table_name",),
    "drop_table": ("table_name",),
    "rename_table": ("old_table_name", "new_table_name", "schema"),
}
_OWN_COPY = frozenset({"copy_from", "table_args", "reflect_args", "reflect_kwargs"})
"""Keywords of a block that say what is in the copy, or may."""
_OBJECT_METHODS = {"create": events.CREATE_TABLE, "drop": events.DROP_TABLE}
"""Those of a ``Table`` that do what an operation does."""
_ENTRY = re.compile(r"(upgrade|downgrade)(?:_(\w+))?")
_MOST_ROUNDS = 100
"""How often the same statements are followed, as the body of loops or of a function."""
_MOST_LEVELS = 100
"""Suites in one another, those of functions that are called included; also branches that returned, in one function."""
_NOTHING = ast.Constant(None)
_Blocks = dict[str, tuple[Table, Block]]


def follow(tree: ast.Module, lines: Lines, comments: Comments) -> tuple[Direction, ...]:
    """What a script does."""
    return _Flow(tree, lines, comments).directions()


class _Flow:
    def __init__(self, tree: ast.Module, lines: Lines, comments: Comments) -> None:
        self.tree = tree
        self.lines = lines
        self.untouched = comments.whole
        self.skipped = set(skipped_lines(tree, comments.skips) if comments.skips else ())
        self.values = Values(tree)
        self.inside: list[str] = []
        self.tested: list[set[str]] = []
        self.guards = Guards()
        for each in self.values.functions.values():
            self.guards.define(each)
        self.elsewhere = 0
        self.unsure = 0
        self.called: Counter[str] = Counter()
        self.rounds = 1
        self.level = 0

    def directions(self) -> tuple[Direction, ...]:
        found: dict[str, dict[str, tuple[Event, ...]]] = {}
        called: set[str] | None = None
        for name, function in self.values.functions.items():
            entry = _ENTRY.fullmatch(name)
            if entry is None:
                continue
            if entry.group(2) is not None:
                called = _called(self.tree) if called is None else called
                if name in called:
                    continue
            found.setdefault(entry.group(2) or "", {})[entry.group(1)] = tuple(self._function(function, {}, ()))
        return tuple(
            Direction(database, told.get("upgrade", ()), told.get("downgrade", ())) for database, told in found.items()
        )

    # Statements

    def _function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, blocks: _Blocks, arms: Arms
    ) -> Iterator[Event]:
        self.inside.append(function.name)
        outer, self.guards = self.guards, self.guards.enter(parameters_of(function))
        yield from self._suite(function.body, dict(blocks), arms)
        self.guards = outer
        self.inside.pop()

    def _suite(self, suite: Sequence[ast.stmt], blocks: _Blocks, arms: Arms, unsure: bool = False) -> Iterator[Event]:
        """``unsure`` if it may not run."""
        outer = self.elsewhere, self.unsure
        self.level += 1
        self.unsure += unsure
        yield from self._statements(suite, blocks, arms)
        self.level -= 1
        self.elsewhere, self.unsure = outer

    def _statements(self, statements: Sequence[ast.stmt], blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            if isinstance(statement, ast.If):
                yield from self._calls([statement.test], blocks, arms)
                mark = statement.lineno * 1000 + statement.col_offset
                on_sqlite = self.guards.truth(statement.test)
                self.tested.append(_texts(statement.test))
                yield from self._branch(statement.body, blocks, (*arms, (mark, 0)), on_sqlite, True)
                self.tested.pop()
                yield from self._branch(statement.orelse, blocks, (*arms, (mark, 1)), on_sqlite, False)
                for branch, suite in ((1, statement.body), (0, statement.orelse)):
                    if suite and isinstance(suite[-1], (ast.Return, ast.Raise)) and len(arms) < _MOST_LEVELS:
                        arms = (*arms, (mark, branch))
                        self.unsure += on_sqlite is None
            elif isinstance(statement, ast.Match):
                mark = statement.lineno * 1000 + statement.col_offset
                for number, case in enumerate(statement.cases):
                    yield from self._suite(case.body, blocks, (*arms, (mark, number)), unsure=True)
            else:
                yield from self._other(statement, blocks, arms)
            self.elsewhere += leaves_on_sqlite(statement, self.guards)

    def _branch(
        self, statements: Sequence[ast.stmt], blocks: _Blocks, arms: Arms, on_sqlite: bool | None, wanted: bool
    ) -> Iterator[Event]:
        """A suite that runs if a test has the wanted outcome; on SQLite it has this one, None if that depends."""
        outer, self.guards = self.guards, self.guards.branch()
        elsewhere = on_sqlite is (not wanted)
        self.elsewhere += elsewhere
        yield from self._suite(statements, blocks, arms, unsure=on_sqlite is None)
        self.elsewhere -= elsewhere
        outer.merge(self.guards)
        self.guards = outer

    def _other(self, statement: ast.stmt, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        suites = dict(suites_of(statement))
        if not suites:
            for target in statement.targets if isinstance(statement, ast.Assign) else ():
                self.guards.assign(target, statement.value)  # type: ignore[attr-defined]
            yield from self._calls([statement], blocks, arms)
            return
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            for item in statement.items:
                self._enter(item, blocks, arms)
            yield from self._calls([item.context_expr for item in statement.items], blocks, arms)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            yield from self._calls([statement.iter], blocks, arms)
            yield from self._loop(statement, blocks, arms)
            return
        first = suites.pop(("body",), ())
        handlers = [suite for steps, suite in suites.items() if steps[0] == "handlers"]
        others = [suite for steps, suite in suites.items() if steps[0] != "handlers"]
        # Where every handler raises, nothing behind it runs unless the whole suite has run.
        goes_on = any(not isinstance(suite[-1], ast.Raise) for suite in handlers)
        unsure = goes_on or isinstance(statement, ast.While)
        for suite in (first, *handlers, *others):
            yield from self._suite(suite, blocks, arms, unsure or any(suite is each for each in handlers))

    def _loop(self, loop: ast.For | ast.AsyncFor, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        """The body once for each item of a list that stands in the script, else once with names that are not known."""
        listed = self.values.resolved(loop.iter)
        items: Sequence[ast.expr | None] = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else [None]
        if len(items) * self.rounds > _MOST_ROUNDS:
            items = [None]
        self.rounds *= max(1, len(items))
        for item in items:
            with self.values.given(dict(assigned(loop.target, self.values.resolved(item)))):
                yield from self._suite(loop.body, blocks, arms, unsure=item is None)
        self.rounds //= max(1, len(items))
        yield from self._suite(loop.orelse, blocks, arms)

    def _enter(self, item: ast.withitem, blocks: _Blocks, arms: Arms) -> None:
        call = item.context_expr
        if not isinstance(item.optional_vars, ast.Name):
            return
        if not isinstance(call, ast.Call) or last_name(call) != BATCH_ALTER_TABLE:
            blocks.pop(item.optional_vars.id, None)
            return
        given = _bound(call, BATCH_ALTER_TABLE_PARAMETERS) or {}
        convention = self.values.convention(given.get("naming_convention"))
        variable = _variable(given.get("table_name"))
        reflects = _OWN_COPY.isdisjoint(given) and all(each.arg for each in call.keywords)
        told = read_given(call, given, self.values)
        block = Block(place_of(call, self.lines), convention, variable, len(self.inside), reflects, told, arms)
        blocks[item.optional_vars.id] = self._table(given), block

    def _calls(self, roots: Iterable[ast.AST], blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        for call in (call for root in roots for call in _calls_in(root)):
            event = self._event(call, blocks, arms)
            if event is not None:
                yield event
            elif isinstance(call.func, ast.Name) and call.func.id in self.values.functions:
                yield from self._follow(call.func.id, call, blocks, arms)

    def _follow(self, name: str, call: ast.Call, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        """What a function of the script does that is called, unless that leads on and on."""
        function = self.values.functions[name]
        self.called[name] += 1
        if name in self.inside:
            return
        if self.called[name] <= _MOST_ROUNDS and self.level < _MOST_LEVELS:
            with self.values.given(self.values.arguments(function, call)):
                yield from self._function(function, self._passed(function, call, blocks), arms)

    def _passed(self, function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, blocks: _Blocks) -> _Blocks:
        """The variables of blocks that a helper gets, by the names of its parameters."""
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        given = dict(zip(names, call.args, strict=False)) | keywords_of(call)
        return {
            name: blocks[each.id] for name, each in given.items() if isinstance(each, ast.Name) and each.id in blocks
        }

    # Calls

    def _event(self, call: ast.Call, blocks: _Blocks, arms: Arms) -> Event | None:
        method = last_name(call)
        if method in _TABLE_METHODS:
            return self._of_table(call, method, arms)
        if method in _OBJECT_METHODS and isinstance(call.func, ast.Attribute):
            return self._of_table_object(call, call.func.value, arms)
        if method in EXECUTING:
            return self._sql(executed_sql(call, self.values, self.lines), call, arms)
        operation = OPERATIONS.get(method)
        if operation is None:
            return self._sql("", call, arms) if may_change_views(method, self.values) else None
        batched = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        target = blocks.get(call.func.value.id) if batched else None  # type: ignore[attr-defined]
        given = _bound(call, operation.positional if target is None else operation.batch_positional)
        if given is None:
            return None
        if target is None:
            table, block = self._table(given, operation.table, operation.schema), None
            variable = _variable(given.get(operation.table))
        else:
            table, block = target
            variable = block.variable if block.depth == len(self.inside) else ""
        variables = (variable, _variable(_only_column(given)))
        elsewhere = self.elsewhere > 0
        event = Event("", table, place_of(call, self.lines), block, arms, variables=variables, elsewhere=elsewhere)
        return self._of_operation(method, given, replace(event, certain=self._is_certain))

    def _of_operation(self, method: str, given: Given, event: Event) -> Event | None:
        values = self.values
        if method in CREATES:
            constraint = created_constraint(CREATES[method], given, values)
            return _with(event, events.CREATE_CONSTRAINT, constraints=(constraint,))
        if method == "drop_constraint":
            kind = values.text(given.get("type_"))
            name, on_sqlite = values.names(given.get("constraint_name"))
            kind = _KINDS.get(kind or "")
            asked = self._is_asked(name)
            return _with(event, events.DROP_CONSTRAINT, name=name, on_sqlite=on_sqlite, kind=kind, asked=asked)
        if method == "add_column":
            parts = column_parts(given.get("column"), event.table, values)
            inline = is_true(given.get("inline_references"))
            made = {"columns": parts.columns, "constraints": parts.constraints, "indexes": parts.indexes}
            return _with(event, events.ADD_COLUMN, name=parts.columns[0].name, inline=inline, **made)
        if method == "drop_column":
            name = values.text(given.get("column_name")) or UNKNOWN
            return _with(event, events.DROP_COLUMN, name=name, takes=self._taken(given, event.place))
        if method == "alter_column":
            return self._altered(given, event)
        if method == "create_index":
            return _with(event, events.CREATE_INDEX, indexes=(created_index(given, event.table, values),))
        if method == "drop_index":
            name = values.name(given.get("index_name")) or UNKNOWN
            return _with(event, events.DROP_INDEX, name=name, asked=self._is_asked(name))
        return None

    def _taken(self, given: Given, place: Place) -> str | None:
        """The name of the existing type, empty if that says none, None if nothing is said of it but may be."""
        if "existing_type" not in given:
            return "" if self.untouched or place.line in self.skipped else None
        type_ = self.values.resolved(given["existing_type"])
        return (self.values.name(keywords_of(type_).get("name")) or "") if isinstance(type_, ast.Call) else UNKNOWN

    def _altered(self, given: Given, event: Event) -> Event:
        new = given.get("new_column_name")
        old = self.values.text(given.get("column_name")) or UNKNOWN
        type_ = None if is_none(given.get("type_")) or "type_" not in given else ast.unparse(given["type_"])
        columns = (altered_column(old, type_, given, self.values),)
        converted = not is_none(given.get("postgresql_using", _NOTHING))
        event = replace(event, existing=existing_kind(given, self.values), converted=converted)
        if new is None or is_none(new):
            made = () if type_ is None else column_constraints(given["type_"], old, self.values)
            told = {"columns": columns, "constraints": tuple(made), "takes": self._taken(given, event.place)}
            return _with(event, events.ALTER_COLUMN, name=old, **told)
        return _with(event, events.RENAME_COLUMN, name=old, new=self.values.text(new) or UNKNOWN, columns=columns)

    def _sql(self, text: str | None, call: ast.Call, arms: Arms) -> Event | None:
        event = Event(events.EXECUTE, Table(None, UNKNOWN), place_of(call, self.lines), None, arms, name=text)
        certain = self._is_certain
        return None if text is None else replace(event, elsewhere=self.elsewhere > 0, certain=certain)

    @property
    def _is_certain(self) -> bool:
        """Whether SQLite surely gets here."""
        return not (self.unsure or self.elsewhere)

    def _is_asked(self, name: str | None) -> bool:
        """Whether this stands under a test that holds the name."""
        return any(name in texts for texts in self.tested)

    def _of_table(self, call: ast.Call, method: str, arms: Arms) -> Event | None:
        positional = _TABLE_METHODS[method]
        rest = call.args[1:] if method == events.CREATE_TABLE else []
        given = _bound(ast.Call(call.func, call.args[:1] if rest else call.args, call.keywords), positional)
        if given is None:
            return None
        table = self._table(given, positional[0])
        event = Event(method, table, place_of(call, self.lines), None, arms, certain=self._is_certain)
        if method == events.RENAME_TABLE:
            new = self.values.text(given.get("new_table_name")) or UNKNOWN
            return _with(event, events.RENAME_TABLE, new=new)
        return event if method == events.DROP_TABLE else self._created_table(event, rest, call)

    def _of_table_object(self, call: ast.Call, owner: ast.expr, arms: Arms) -> Event | None:
        """``sa.Table(NAME, metadata, ...).create(bind)``, also where a variable holds the table."""
        table = self.values.resolved(owner)
        if not isinstance(table, ast.Call) or last_name(table) != "Table":
            return None
        given = _bound(ast.Call(table.func, table.args[:2], table.keywords), ("name", "metadata"))
        method = _OBJECT_METHODS[last_name(call)]
        event = Event(method, self._table(given or {}, "name"), place_of(call, self.lines), None, arms)
        return self._created_table(event, table.args[2:], table) if method == events.CREATE_TABLE else event

    def _created_table(self, event: Event, items: Sequence[ast.expr], call: ast.Call) -> Event:
        parts = table_parts(items, event.table, self.values)
        return _with(event, events.CREATE_TABLE, **parts._asdict(), autoincrement=read_autoincrement(call))

    def _table(self, given: Given, name: str = "table_name", schema: str = "schema") -> Table:
        within = given.get(schema)
        known = None if within is None or is_none(within) else self.values.text(within) or UNKNOWN
        return Table(known, self.values.text(given.get(name)) or UNKNOWN)


def _texts(test: ast.expr) -> set[str]:
    """The texts that stand in a test."""
    return {node.value for node in descendants(test) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _variable(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _only_column(given: Given) -> ast.expr | None:
    """The name of the column that an operation creates, or gives a constraint."""
    column = given.get("column")
    if isinstance(column, ast.Call):
        return column.args[0] if column.args and last_name(column) == "Column" else None
    listed = given.get("columns", given.get("local_cols"))
    return listed.elts[0] if isinstance(listed, (ast.List, ast.Tuple)) and len(listed.elts) == 1 else None


def _with(event: Event, action: str, **fields: Any) -> Event:
    return replace(event, action=action, **fields)


def _calls_in(root: ast.AST) -> Sequence[ast.Call]:
    """The calls that may do something: in the arguments of an operation on tables there are none."""
    call = root.value if isinstance(root, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return [call] if call.func.attr in _TABLE_METHODS else calls_in(call)
    return calls_in(root)


def _called(tree: ast.Module) -> set[str]:
    """The names that are called anywhere."""
    calls = (node for node in descendants(tree) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _bound(call: ast.Call, positional: Sequence[str]) -> dict[str, ast.expr] | None:
    """The arguments by the names of their parameters, None if that depends on a star."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or len(call.args) > len(positional):
        return None
    return dict(zip(positional, call.args, strict=False)) | keywords_of(call)
