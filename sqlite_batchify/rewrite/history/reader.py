"""What a script does to tables, constraints and indexes, read from its text.

This reads more loosely than the rewriter, which decides what is touched: any call of a method with an operation's name
counts, wherever ``upgrade`` or ``downgrade`` leads to it. What is no literal is UNKNOWN. ``ast`` and not libcst, for a
question about one table may lead through many scripts.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...operations import BATCH_ALTER_TABLE, BATCH_ALTER_TABLE_PARAMETERS, OPERATIONS
from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE
from ..runs import UNKNOWN, Convention
from .answers import Place
from .facts import (
    ADD_COLUMN,
    ALTER_COLUMN,
    CREATE_CONSTRAINT,
    CREATE_INDEX,
    CREATE_TABLE,
    DROP_COLUMN,
    DROP_CONSTRAINT,
    DROP_INDEX,
    DROP_TABLE,
    RENAME_COLUMN,
    RENAME_TABLE,
    Arms,
    Block,
    Constraint,
    Direction,
    Event,
    Index,
    Table,
)


def read_facts(text: str) -> tuple[Direction, ...]:
    """What a script does, nothing if it cannot be parsed by this Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return _Reader(tree, text).directions()


_KINDS = {"foreignkey": FOREIGN_KEY, "unique": UNIQUE, "primary": PRIMARY_KEY, "check": CHECK}
_CREATES = {
    "create_foreign_key": FOREIGN_KEY,
    "create_unique_constraint": UNIQUE,
    "create_primary_key": PRIMARY_KEY,
    "create_check_constraint": CHECK,
}
_TABLE_METHODS: dict[str, tuple[str, ...]] = {
    "create_table": ("table_name",),
    "drop_table": ("table_name",),
    "rename_table": ("old_table_name", "new_table_name", "schema"),
}
_OBJECT_METHODS = {"create": CREATE_TABLE, "drop": DROP_TABLE}
"""Those of a ``Table`` that do what an operation does."""
_ENTRY = re.compile(r"(upgrade|downgrade)(?:_(\w+))?")
_MOST_ROUNDS = 100
"""How often the same statements are followed, as the body of loops or of a function."""
_MOST_LEVELS = 100
"""Suites in one another, those of functions that are called included; also branches that returned, in one function."""
_LONGEST = 10_000  # characters that f-strings make
_NEWLINE = re.compile(r"\r\n|\r|\n")
_Given = Mapping[str, ast.expr]
_Blocks = dict[str, tuple[Table, Block]]


class _Reader:
    def __init__(self, tree: ast.Module, text: str) -> None:
        self.lines = _NEWLINE.split(text)
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        constants, self.called = _names(tree)
        self.values: dict[str, ast.expr | None] = dict(constants)
        self.texts: dict[str, str | None] = {}
        self.inside: list[str] = []
        self.calls: Counter[str] = Counter()
        self.rounds = 1
        self.level = 0

    def directions(self) -> tuple[Direction, ...]:
        found: dict[str, dict[str, tuple[Event, ...]]] = {}
        for name, function in self.functions.items():
            entry = _ENTRY.fullmatch(name)
            if entry is not None and (entry.group(2) is None or name not in self.called):
                found.setdefault(entry.group(2) or "", {})[entry.group(1)] = tuple(self._function(function, {}, ()))
        return tuple(
            Direction(database, events.get("upgrade", ()), events.get("downgrade", ()))
            for database, events in found.items()
        )

    # Statements

    def _function(self, function: ast.FunctionDef, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        self.inside.append(function.name)
        yield from self._suite(function.body, dict(blocks), arms)
        self.inside.pop()

    def _follow(self, name: str, arms: Arms) -> Iterator[Event]:
        """What a function of the script does that is called, unless that leads on and on."""
        function = self.functions.get(name)
        self.calls[name] += 1
        if function is None or name in self.inside:
            return
        if self.calls[name] <= _MOST_ROUNDS and self.level < _MOST_LEVELS:
            yield from self._function(function, {}, arms)

    def _suite(self, statements: Sequence[ast.stmt], blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        self.level += 1
        yield from self._statements(statements, blocks, arms)
        self.level -= 1

    def _statements(self, statements: Sequence[ast.stmt], blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        for statement in statements:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            if isinstance(statement, ast.If):
                yield from self._calls([statement.test], blocks, arms)
                mark = statement.lineno * 1000 + statement.col_offset
                yield from self._suite(statement.body, blocks, (*arms, (mark, 0)))
                yield from self._suite(statement.orelse, blocks, (*arms, (mark, 1)))
                for branch, suite in ((1, statement.body), (0, statement.orelse)):
                    if suite and isinstance(suite[-1], (ast.Return, ast.Raise)) and len(arms) < _MOST_LEVELS:
                        arms = (*arms, (mark, branch))
            elif isinstance(statement, ast.Match):
                for number, case in enumerate(statement.cases):
                    mark = statement.lineno * 1000 + statement.col_offset
                    yield from self._suite(case.body, blocks, (*arms, (mark, number)))
            else:
                yield from self._other(statement, blocks, arms)

    def _other(self, statement: ast.stmt, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        suites = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
        handlers = [handler.body for handler in getattr(statement, "handlers", [])]
        if not any((*suites, *handlers)):
            yield from self._calls([statement], blocks, arms)
            return
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            for item in statement.items:
                self._enter(item, blocks)
            yield from self._calls([item.context_expr for item in statement.items], blocks, arms)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            yield from self._calls([statement.iter], blocks, arms)
            yield from self._loop(statement, blocks, arms)
            return
        for suite in (suites[0], *handlers, *suites[1:]):
            yield from self._suite(suite, blocks, arms)

    def _loop(self, loop: ast.For | ast.AsyncFor, blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        """The body once for each item of a list that stands in the script, else once with names that are not known."""
        outer = {name: self.values.get(name) for name, _ in _assigned(loop.target, None)}
        listed = self._resolved(loop.iter)
        items = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else [None]
        if len(items) * self.rounds > _MOST_ROUNDS:
            items = [None]
        self.rounds *= max(1, len(items))
        for item in items:
            self._set(dict(_assigned(loop.target, None if item is None else self._resolved(item))))
            yield from self._suite(loop.body, blocks, arms)
        self.rounds //= max(1, len(items))
        self._set(outer)
        yield from self._suite(loop.orelse, blocks, arms)

    def _set(self, values: Mapping[str, ast.expr | None]) -> None:
        self.values.update(values)
        self.texts.clear()

    def _resolved(self, node: ast.expr) -> ast.expr | None:
        return self.values.get(node.id) if isinstance(node, ast.Name) else node

    def _enter(self, item: ast.withitem, blocks: _Blocks) -> None:
        call = item.context_expr
        if not isinstance(item.optional_vars, ast.Name):
            return
        if not isinstance(call, ast.Call) or _method(call) != BATCH_ALTER_TABLE:
            blocks.pop(item.optional_vars.id, None)
            return
        given = _bound(call, BATCH_ALTER_TABLE_PARAMETERS) or {}
        block = Block(self._place(call), self._convention(given.get("naming_convention")))
        blocks[item.optional_vars.id] = self._table(given), block

    def _calls(self, roots: Iterable[ast.AST], blocks: _Blocks, arms: Arms) -> Iterator[Event]:
        calls = [node for root in roots for node in _walk(root) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            event = self._event(call, blocks, arms)
            if event is not None:
                yield event
            elif isinstance(call.func, ast.Name):
                yield from self._follow(call.func.id, arms)

    # Calls

    def _event(self, call: ast.Call, blocks: _Blocks, arms: Arms) -> Event | None:
        method = _method(call)
        if method in _TABLE_METHODS:
            return self._of_table(call, method, arms)
        if method in _OBJECT_METHODS and isinstance(call.func, ast.Attribute):
            return self._of_table_object(call, call.func.value, arms)
        operation = OPERATIONS.get(method)
        if operation is None:
            return None
        batched = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        target = blocks.get(call.func.value.id) if batched else None  # type: ignore[attr-defined]
        given = _bound(call, operation.positional if target is None else operation.batch_positional)
        if given is None:
            return None
        if target is None:
            table, block = self._table(given, operation.table, operation.schema), None
        else:
            table, block = target
        return self._of_operation(method, given, Event("", table, self._place(call), block, arms))

    def _of_operation(self, method: str, given: _Given, event: Event) -> Event | None:
        if method in _CREATES:
            constraint = self._created(_CREATES[method], given)
            return _with(event, CREATE_CONSTRAINT, constraints=(constraint,))
        if method == "drop_constraint":
            kind = self._text(given.get("type_"))
            name = self._name(given.get("constraint_name"))
            return _with(event, DROP_CONSTRAINT, name=name, kind=_KINDS.get(kind or ""))
        if method == "add_column":
            parts = self._column(given.get("column"), event.table)
            inline = _is_true(given.get("inline_references"))
            return _with(event, ADD_COLUMN, inline=inline, **parts)
        if method == "drop_column":
            return _with(event, DROP_COLUMN, name=self._text(given.get("column_name")) or UNKNOWN)
        if method == "alter_column":
            new = given.get("new_column_name")
            if new is None or _is_none(new):
                return _with(event, ALTER_COLUMN)
            old = self._text(given.get("column_name")) or UNKNOWN
            return _with(event, RENAME_COLUMN, name=old, new=self._text(new) or UNKNOWN)
        if method == "create_index":
            index = self._index(given.get("index_name"), self._texts(given.get("columns")), event.table)
            return _with(event, CREATE_INDEX, indexes=(index,))
        if method == "drop_index":
            return _with(event, DROP_INDEX, name=self._name(given.get("index_name")) or UNKNOWN)
        return None

    def _of_table(self, call: ast.Call, method: str, arms: Arms) -> Event | None:
        positional = _TABLE_METHODS[method]
        rest = call.args[1:] if method == "create_table" else []
        given = _bound(ast.Call(call.func, call.args[:1] if rest else call.args, call.keywords), positional)
        if given is None:
            return None
        table = self._table(given, positional[0])
        event = Event(method, table, self._place(call), None, arms)
        if method == "rename_table":
            return _with(event, RENAME_TABLE, new=self._text(given.get("new_table_name")) or UNKNOWN)
        return event if method == DROP_TABLE else self._created_table(event, rest)

    def _of_table_object(self, call: ast.Call, owner: ast.expr, arms: Arms) -> Event | None:
        """``sa.Table(NAME, metadata, ...).create(bind)``, also where a variable holds the table."""
        table = self._resolved(owner)
        if not isinstance(table, ast.Call) or _method(table) != "Table":
            return None
        given = _bound(ast.Call(table.func, table.args[:2], table.keywords), ("name", "metadata"))
        method = _OBJECT_METHODS[_method(call)]
        event = Event(method, self._table(given or {}, "name"), self._place(call), None, arms)
        return self._created_table(event, table.args[2:]) if method == CREATE_TABLE else event

    def _created_table(self, event: Event, items: Sequence[ast.expr]) -> Event:
        constraints: list[Constraint] = []
        indexes: list[Index] = []
        key: list[str] = []
        complete = True
        for item in items:
            kind = _method(item) if isinstance(item, ast.Call) else ""
            if kind == "Column":
                parts = self._column(item, event.table)
                constraints += [each for each in parts["constraints"] if each.kind != PRIMARY_KEY]
                key += [
                    name for each in parts["constraints"] if each.kind == PRIMARY_KEY for name in each.columns or ()
                ]
                indexes += parts["indexes"]
            elif isinstance(item, ast.Call) and kind == "Index":
                names = self._texts(ast.List(item.args[1:]))
                indexes.append(self._index(item.args[0] if item.args else None, names, event.table))
            elif isinstance(item, ast.Call) and kind in _TABLE_CONSTRAINTS:
                constraints.append(self._table_constraint(_TABLE_CONSTRAINTS[kind], item))
            else:
                complete = False
        if key and not any(each.kind == PRIMARY_KEY for each in constraints):
            constraints.insert(0, Constraint(PRIMARY_KEY, (), None))
        # One without columns is that of the columns that say primary_key=True.
        bare = (PRIMARY_KEY, ())
        constraints = [replace(e, columns=tuple(key)) if (e.kind, e.columns) == bare else e for e in constraints]
        return _with(event, CREATE_TABLE, constraints=tuple(constraints), indexes=tuple(indexes), complete=complete)

    # Parts of a table

    def _column(self, node: ast.expr | None, table: Table) -> dict[str, Any]:
        """The fields of the event that adds such a column."""
        if not isinstance(node, ast.Call) or _method(node) != "Column":
            return {"name": UNKNOWN, "constraints": (), "indexes": ()}
        keywords = {each.arg: each.value for each in node.keywords if each.arg}
        name = self._text(node.args[0] if node.args else keywords.get("name")) or UNKNOWN
        constraints = [each for item in node.args[1:] for each in self._column_constraint(item, name)]
        indexes = []
        if _is_true(keywords.get("index")):
            indexes.append(self._index(None, (name,), table))
        elif _is_true(keywords.get("unique")):
            constraints.append(Constraint(UNIQUE, (name,), None))
        if _is_true(keywords.get("primary_key")):
            constraints.append(Constraint(PRIMARY_KEY, (name,), None))
        return {"name": name, "constraints": tuple(constraints), "indexes": tuple(indexes)}

    def _column_constraint(self, item: ast.expr, column: str) -> Iterator[Constraint]:
        if not isinstance(item, ast.Call):
            return
        keywords = {each.arg: each.value for each in item.keywords if each.arg}
        name = self._name(keywords.get("name"))
        if _method(item) == "ForeignKey":
            referred = self._text(item.args[0] if item.args else keywords.get("column")) or ""
            table, _, other = referred.rpartition(".")
            yield Constraint(FOREIGN_KEY, (column,), name, table.rpartition(".")[2], (other,))
        elif _method(item) == "CheckConstraint" or _is_true(keywords.get("create_constraint")):
            condition = self._text(item.args[0]) if item.args and _method(item) == "CheckConstraint" else None
            yield Constraint(CHECK, (column,), name, condition=condition)

    def _table_constraint(self, kind: str, call: ast.Call) -> Constraint:
        keywords = {each.arg: each.value for each in call.keywords if each.arg}
        name = self._name(keywords.get("name"))
        if kind == CHECK:
            return self._check(call.args[0] if call.args else keywords.get("sqltext"), name)
        if kind != FOREIGN_KEY:
            return Constraint(kind, self._texts(ast.List(call.args)), name)
        given = dict(zip(("columns", "refcolumns", "name"), call.args, strict=False))
        referred = self._texts(given.get("refcolumns", keywords.get("refcolumns"))) or ("",)
        table = referred[0].rpartition(".")[0].rpartition(".")[2]
        columns = self._texts(given.get("columns", keywords.get("columns")))
        others = tuple(each.rpartition(".")[2] for each in referred)
        return Constraint(kind, columns, self._name(given["name"]) if "name" in given else name, table, others)

    def _created(self, kind: str, given: _Given) -> Constraint:
        name = self._name(given.get("constraint_name"))
        if kind == CHECK:
            return self._check(given.get("condition"), name)
        columns = self._texts(given.get("columns", given.get("local_cols")))
        if kind != FOREIGN_KEY:
            return Constraint(kind, columns, name)
        referred = self._texts(given.get("remote_cols")) or ()
        return Constraint(kind, columns, name, self._text(given.get("referent_table")) or "", referred)

    def _check(self, condition: ast.expr | None, name: str | None) -> Constraint:
        if isinstance(condition, ast.Call) and _method(condition) == "text" and len(condition.args) == 1:
            condition = condition.args[0]
        text = self._text(condition)
        if text is not None:
            return Constraint(CHECK, None, name, condition=text)
        return Constraint(CHECK, self._columns_of_expression(condition), name)

    def _columns_of_expression(self, node: ast.expr | None) -> tuple[str, ...] | None:
        """The columns in an expression of SQLAlchemy's, None if anything in it is not known."""
        if node is None:
            return None
        found: dict[str, None] = {}
        roots: set[int] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                if not (_method(part) in _HARMLESS or "func" in ast.unparse(part.func).split(".")):
                    return None
                roots.update(id(each) for each in ast.walk(part.func) if isinstance(each, ast.Name))
                if _method(part) in ("column", "Column"):
                    name = self._text(part.args[0]) if part.args else None
                    if name is None:
                        return None
                    found[name] = None
        if any(isinstance(part, ast.Name) and id(part) not in roots for part in ast.walk(node)):
            return None
        return tuple(found)

    def _index(self, name: ast.expr | None, columns: tuple[str, ...] | None, table: Table) -> Index:
        known = columns or (UNKNOWN,)
        if name is None or _is_none(name):
            prefix = f"{table.schema}_{table.name}" if table.schema else table.name
            return Index(f"ix_{prefix}_{known[0]}", known)
        return Index(self._name(name) or UNKNOWN, known)

    # Values

    def _place(self, node: ast.expr) -> Place:
        line = self.lines[node.lineno - 1]
        if line.isascii():
            return Place(node.lineno, node.col_offset)
        return Place(node.lineno, len(line.encode()[: node.col_offset].decode(errors="ignore")))

    def _table(self, given: _Given, name: str = "table_name", schema: str = "schema") -> Table:
        within = given.get(schema)
        known = None if within is None or _is_none(within) else self._text(within) or UNKNOWN
        return Table(known, self._text(given.get(name)) or UNKNOWN)

    def _text(self, node: ast.expr | None) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in self.texts:
                self.texts[node.id] = None  # so much is known of a name that hangs on itself
                value = self.values.get(node.id)
                self.texts[node.id] = None if isinstance(value, ast.Name) else self._text(value)
            return self.texts[node.id]
        if isinstance(node, ast.JoinedStr):
            parts = [self._text(each.value if isinstance(each, ast.FormattedValue) else each) for each in node.values]
            plain = all(isinstance(each, ast.Constant) or _is_plain(each) for each in node.values)
            text = "".join(part or "" for part in parts)
            return text if plain and None not in parts and len(text) <= _LONGEST else None
        if isinstance(node, ast.Call) and _method(node) in ("f", "conv", "quoted_name") and node.args:
            return self._text(node.args[0])
        return None

    def _name(self, node: ast.expr | None) -> str | None:
        if node is None or _is_none(node):
            return None
        return self._text(node) or UNKNOWN

    def _texts(self, node: ast.expr | None) -> tuple[str, ...] | None:
        node = None if node is None else self._resolved(node)
        if not isinstance(node, (ast.List, ast.Tuple)):
            return None
        return tuple(self._text(each) or UNKNOWN for each in node.elts)

    def _convention(self, node: ast.expr | None) -> Convention | None:
        if node is None or _is_none(node):
            return ()
        node = self._resolved(node)
        if not isinstance(node, ast.Dict):
            return None
        pairs = [(self._text(key), self._text(value)) for key, value in zip(node.keys, node.values, strict=True)]
        return tuple((key, value) for key, value in pairs if key is not None and value is not None)


_HARMLESS = frozenset(
    {
        *("and_", "between", "cast", "collate", "column", "Column", "contains", "endswith", "ilike", "in_", "is_"),
        *("is_not", "isnot", "like", "literal", "not_", "not_in", "notin_", "or_", "startswith"),
    }
)
"""Methods in an expression that bring in no column but those of their arguments."""

_TABLE_CONSTRAINTS = {
    "ForeignKeyConstraint": FOREIGN_KEY,
    "UniqueConstraint": UNIQUE,
    "PrimaryKeyConstraint": PRIMARY_KEY,
    "CheckConstraint": CHECK,
}


def _with(event: Event, action: str, **fields: Any) -> Event:
    return replace(event, action=action, **fields)


def _walk(root: ast.AST) -> Iterator[ast.AST]:
    """All nodes, in no order. As ast.walk, which takes three times as long."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending.extend(each for each in value if isinstance(each, ast.AST))
            elif isinstance(value, ast.AST) and name != "ctx":
                pending.append(value)


def _names(tree: ast.Module) -> tuple[Iterator[tuple[str, ast.expr]], set[str]]:
    """The names that get their value in one place of the script, with it, and those that are called."""
    values: dict[str, ast.expr] = {}
    bound: list[str] = []
    called: set[str] = set()
    for node in _walk(tree):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.append(node.id)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                called.add(node.func.id)
        elif isinstance(node, ast.arg):
            bound.append(node.arg)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            values[node.target.id] = node.value
    counts = Counter(bound)
    return ((name, value) for name, value in values.items() if counts[name] == 1), called


def _method(call: ast.Call) -> str:
    """The last name of what is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _bound(call: ast.Call, positional: Sequence[str]) -> dict[str, ast.expr] | None:
    """The arguments by the names of their parameters, None if that depends on a star."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or len(call.args) > len(positional):
        return None
    given = dict(zip(positional, call.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None})
    return given


def _assigned(target: ast.expr, item: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that one round of a loop gives a value, and the value if it can be told."""
    if isinstance(target, ast.Name):
        yield target.id, item
        return
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    values = (
        item.elts if isinstance(item, (ast.Tuple, ast.List)) and len(item.elts) == len(parts) else [None] * len(parts)
    )
    for part, value in zip(parts, values, strict=True):
        yield from _assigned(part, value)


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
