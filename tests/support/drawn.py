"""Revision scripts that hypothesis draws, written as people write them, and the same with a block for each operation.

Both texts come from one tree of statements, so that nothing of the rewriter is needed to tell what a block of its own
is. Which operations SQLite cannot do is known from the way they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

_T = TypeVar("_T")
_INDENT = "    "
_COMMENTS = ("# why", "#  op.drop_column('t', 'a')", "# - a list\n#   of two lines")
_HEADERS = ("if True:", "for _ in range(1):", "with nullcontext():", "while not done:", "try:")
_ONLINE = 'if sa.inspect(op.get_bind()).has_table("r"):'
_SHORT = "sa.String(30)"
_NUMBER = "sa.Integer()"
_PLAIN = {
    "plain": "",
    "constant": ', server_default="7"',
    "not null": ', server_default=sa.text("7"), nullable=False',
    "filled": ", default=5",
    "unique": ", unique=True",
}
_TYPES = (_NUMBER, _SHORT, "sa.Text()")
HEAD = """\
from contextlib import nullcontext

from alembic import op
import sqlalchemy as sa

revision = "a"
down_revision = None
done = []
"""


@dataclass(frozen=True)
class Operation:
    """A call: the arguments around the table, which is an expression; ``needs_block`` on SQLite."""

    name: str
    table: str
    ahead: tuple[str, ...]
    behind: tuple[str, ...]
    needs_block: bool = True

    def direct(self) -> str:
        table = f"table_name={self.table}" if self.name == "drop_index" else self.table
        return f"op.{self.name}({', '.join([*self.ahead, table, *self.behind])})"

    def batched(self, name: str) -> str:
        return f"{name}.{self.name}({', '.join([*self.ahead, *self.behind])})"

    def lines(self, apart: bool) -> Iterator[str]:
        if apart and self.needs_block:
            yield f"with op.batch_alter_table({self.table}) as batch_op:"
            yield _INDENT + self.batched("batch_op")
        else:
            yield self.direct()


@dataclass(frozen=True)
class Plain:
    """Lines that are in both texts."""

    text: str

    def lines(self, apart: bool) -> Iterator[str]:
        yield from self.text.split("\n")


@dataclass(frozen=True)
class OneLine:
    """Operations with semicolons between them."""

    operations: tuple[Operation, ...]

    def lines(self, apart: bool) -> Iterator[str]:
        if not apart:
            yield "; ".join(each.direct() for each in self.operations)
            return
        for each in self.operations:
            yield from each.lines(apart)


@dataclass(frozen=True)
class Handwritten:
    """A block that the author of the script has written: it is a block in both texts."""

    table: str
    options: str
    operations: tuple[Operation, ...]

    def lines(self, apart: bool) -> Iterator[str]:
        yield f"with op.batch_alter_table({self.table}{self.options}) as b:"
        for each in self.operations:
            yield _INDENT + each.batched("b")


@dataclass(frozen=True)
class Suite:
    """A header and what stands under it; ``footer`` are lines behind it."""

    header: str
    body: tuple[Statement, ...]
    footer: str = ""

    def lines(self, apart: bool) -> Iterator[str]:
        yield self.header
        yield from _indented(self.body, apart)
        if self.footer:
            yield from self.footer.split("\n")


Statement = Operation | Plain | OneLine | Handwritten | Suite


def _indented(body: tuple[Statement, ...], apart: bool) -> Iterator[str]:
    for statement in body:
        for line in statement.lines(apart):
            yield _INDENT + line if line else ""


@dataclass(frozen=True)
class Script:
    """The functions of a script."""

    functions: tuple[Suite, ...]

    def text(self, apart: bool = False) -> str:
        parts = ["\n".join(function.lines(apart)) for function in self.functions]
        return HEAD + "".join(f"\n\n{part}\n" for part in parts)


@dataclass
class Table:
    """What a table has at one place of a script. ``filled`` are the columns without NULL.

    Constraints have a kind and columns, indexes a column.
    """

    name: str
    columns: dict[str, str]
    filled: set[str]
    free: list[str]
    constraints: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    indexes: dict[str, str] = field(default_factory=dict)
    index_names: list[str] = field(default_factory=list)


def tables() -> list[Table]:
    """Those that TABLES makes. ``id`` stays as it is, since others refer to it."""
    r = Table("r", {"g": _NUMBER, "h": _SHORT}, {"g", "h"}, ["i", "j"], {"uq_g": ("unique", ("g",))})
    t = Table("t", {"a": _NUMBER, "b": _SHORT, "c": _NUMBER}, {"a", "b", "c"}, ["d", "e", "f"])
    t.constraints = {"uq_a": ("unique", ("a",)), "fk_c": ("foreignkey", ("c",))}
    t.indexes = {"ix_b": "b"}
    u = Table("u", {"k": _NUMBER, "l": _NUMBER}, {"k", "l"}, ["m", "n"], {"fk_k": ("foreignkey", ("k",))})
    u.indexes = {"ix_l": "l"}
    for table in (r, t, u):
        table.names = [f"{table.name}_n{number}" for number in range(4)]
        table.index_names = [f"ix_{table.name}{number}" for number in range(2)]
    return [r, t, u]


@dataclass
class Writer:
    """Draws one script, statement by statement, and keeps track of the tables.

    ``portable`` leaves out what only SQLite takes, or what only runs on a real connection. ``nameless`` lets some
    constraints have no name.
    """

    draw: st.DrawFn
    portable: bool = False
    nameless: bool = False
    tables: list[Table] = field(default_factory=tables)
    helpers: list[Suite] = field(default_factory=list)

    def one(self, options: list[_T] | tuple[_T, ...]) -> _T:
        return self.draw(st.sampled_from(options))

    def chance(self, parts: int) -> bool:
        """True once in so many times; hypothesis shrinks towards False."""
        return self.draw(st.integers(0, parts - 1)) == parts - 1

    def script(self) -> Script:
        functions = [self._function("upgrade"), self._function("downgrade")]
        return Script((*self.helpers, *functions))

    def _function(self, name: str) -> Suite:
        body: list[Statement] = []
        for _ in range(self.draw(st.integers(2, 5))):
            body += self._statement(depth=2)
        return Suite(f"def {name}():", (*body, Plain("done.append(1)")))

    # Statements

    def _statement(self, depth: int) -> list[Statement]:
        table = self.one([*self.tables, self.tables[1], self.tables[1]])
        kinds: list[Callable[[Table], list[Statement]]] = [self._run, self._run, self._run, self._run]
        kinds += [self._barrier, self._semicolons, self._handwritten, self._loop_over_columns, self._helper]
        if depth and self.chance(4):
            return [self._suite(depth - 1)]
        found = self.one(kinds)(table)
        if self.chance(3):
            found = [Plain(self.one(_COMMENTS)), *found] if self.chance(2) else [*found, Plain("")]
        return found

    def _suite(self, depth: int) -> Suite:
        header = self.one(_HEADERS if self.portable else (*_HEADERS, _ONLINE))
        body: list[Statement] = []
        for _ in range(self.draw(st.integers(1, 2))):
            body += self._statement(depth)
        body.append(Plain("break" if header.startswith("while") else "done.clear()"))
        return Suite(header, tuple(body), "finally:\n    pass" if header == "try:" else "")

    def _run(self, table: Table) -> list[Statement]:
        return list(self._operations(table, self.draw(st.integers(1, 4))))

    def _operations(self, table: Table, count: int, expression: str | None = None) -> Iterator[Operation]:
        for _ in range(count):
            operation = self.operation(table, expression or f'"{table.name}"')
            if operation is not None:
                yield operation

    def _barrier(self, table: Table) -> list[Statement]:
        column = self.one(sorted(table.columns))
        value = "id" if table.columns[column] == _NUMBER else "'x'"
        table.filled.add(column)
        lines = [f'op.execute("UPDATE {table.name} SET {column} = {value} WHERE {column} IS NULL")', "done.clear()"]
        lines.append(
            f'op.execute("DELETE FROM {table.name} WHERE id = 3")' if table.name == "u" else "op.get_context()"
        )
        return [Plain(self.one(lines[:1] if column not in table.filled else lines))]

    def _semicolons(self, table: Table) -> list[Statement]:
        return [OneLine(found)] if (found := tuple(self._operations(table, 2))) else []

    def _handwritten(self, table: Table) -> list[Statement]:
        found = tuple(self._operations(table, self.draw(st.integers(1, 2))))
        always = "" if self.portable else ", recreate='always'"
        options = self.one(["", always, ", naming_convention={'uq': 'uq_%(table_name)s'}"])
        return [Handwritten(f'"{table.name}"', options, found)] if found else []

    def _loop_over_columns(self, table: Table) -> list[Statement]:
        if len(table.columns) < 3:
            return []
        names = sorted(table.columns)[: self.draw(st.integers(1, 2))]
        if self.chance(2) and not set(names) & set(table.indexes.values()):
            body = Operation("drop_column", f'"{table.name}"', (), ("name",))
            for name in names:
                self._forget(table, name)
        else:
            body = Operation("alter_column", "table", (), ("name", f"existing_type={_NUMBER}", 'server_default="9"'))
        header = f'for table, name in [("{table.name}", each) for each in {names}]:'
        return [Suite(header, (body,))]

    def _helper(self, table: Table) -> list[Statement]:
        """Operations in a function of their own, on the table that it is given."""
        name = f"helper_{len(self.helpers)}"
        found = tuple(self._operations(table, self.draw(st.integers(1, 3)), "table"))
        if not found:
            return []
        self.helpers.append(Suite(f"def {name}(table):", found))
        return [Plain(f'{name}("{table.name}")')]

    # Operations

    def operation(self, table: Table, expression: str) -> Operation | None:
        """One that a database takes that has the tables as they are now, None if the kind drawn is not possible."""
        kinds = [self._drop, self._add, self._alter, self._rename, self._unique, self._foreign_key]
        kinds += [self._drop_constraint, self._index, self._drop_index]
        return self.one(kinds)(table, expression)

    def _take(self, items: list[str]) -> str:
        item = self.one(items)
        items.remove(item)
        return item

    def _name(self, table: Table, kind: str, columns: tuple[str, ...]) -> str:
        """A name as it is written, for a constraint that the table has from now on."""
        if self.nameless and self.chance(2):
            return "None"
        name = self._take(table.names)
        table.constraints[name] = (kind, columns)
        return f'op.f("{name}")' if self.chance(4) else f'"{name}"'

    def _forget(self, table: Table, column: str) -> None:
        del table.columns[column]
        table.filled.discard(column)
        table.free.append(column)
        gone = [name for name, (_, columns) in table.constraints.items() if column in columns]
        for name in gone:
            del table.constraints[name]

    def _drop(self, table: Table, expression: str) -> Operation | None:
        # Batch mode makes an index again whose column it has just dropped, and fails.
        columns = sorted(set(table.columns) - set(table.indexes.values()))
        if len(table.columns) < 2 or not columns:
            return None
        column = self.one(columns)
        self._forget(table, column)
        return Operation("drop_column", expression, (), (f'"{column}"',))

    def _add(self, table: Table, expression: str) -> Operation | None:
        if not table.free or not table.names:
            return None
        column = self._take(table.free)
        kinds = ["plain", "constant", "now", "reference", "reference", "filled", "not null"]
        kind = self.one([*kinds, "unique" if self.nameless else "plain"])
        table.columns[column] = _NUMBER
        if kind in ("constant", "not null", "now"):
            table.filled.add(column)
        more = _PLAIN.get(kind, "")
        type_ = _NUMBER
        if kind == "now":
            table.columns[column] = type_ = "sa.DateTime()"
            more = ", server_default=sa.func.now()"
        elif kind == "reference":
            name = self._name(table, "foreignkey", (column,))
            given = "" if name == "None" else f", name={name}"
            more = f', sa.ForeignKey("{self._other(table)}.id"{given})'
        return Operation(
            "add_column",
            expression,
            (),
            (f'sa.Column("{column}", {type_}{more})',),
            needs_block=kind not in _PLAIN or kind == "unique",
        )

    def _other(self, table: Table) -> str:
        return self.one([each.name for each in self.tables if each is not table])

    def _alter(self, table: Table, expression: str) -> Operation | None:
        column = self.one(sorted(table.columns))
        existing = f"existing_type={table.columns[column]}"
        bound = any(column in columns for _, columns in table.constraints.values())
        options = [*self._retyped(table, column, bound), "nullable=True", 'comment="why"']
        if column in table.filled:
            options.append("nullable=False")
        if table.columns[column] != "sa.DateTime()":
            options += ['server_default="9"', "server_default=None"]
        option = self.one(options)
        if option.startswith("type_="):
            table.columns[column] = option.removeprefix("type_=").partition(", nullable")[0]
        return Operation("alter_column", expression, (), (f'"{column}"', existing, option))

    def _retyped(self, table: Table, column: str, bound: bool) -> list[str]:
        if table.columns[column] == "sa.DateTime()" or (self.portable and bound):
            return []
        types = [each for each in _TYPES if not self.portable or each == _SHORT]
        return [f"type_={each}{more}" for each in types for more in ("", ", nullable=True")]

    def _rename(self, table: Table, expression: str) -> Operation | None:
        if not table.free:
            return None
        old, new = self.one(sorted(table.columns)), self._take(table.free)
        existing = table.columns[new] = table.columns.pop(old)
        table.free.append(old)
        if old in table.filled:
            table.filled = table.filled - {old} | {new}
        table.indexes = {name: new if column == old else column for name, column in table.indexes.items()}
        for name, (kind, columns) in table.constraints.items():
            table.constraints[name] = (kind, tuple(new if each == old else each for each in columns))
        more = ("nullable=True",) if self.chance(3) else ()
        arguments = (f'"{old}"', f'new_column_name="{new}"', f"existing_type={existing}", *more)
        return Operation("alter_column", expression, (), arguments, needs_block=bool(more))

    def _free_columns(self, table: Table, kind: str) -> list[str]:
        """Columns without such a constraint.

        SQLAlchemy reflects only one of two on the same columns, so that it is the block for each operation that loses
        the other.
        """
        known = {each for what, columns in table.constraints.values() for each in columns if what == kind}
        return sorted(set(table.columns) - known)

    def _unique(self, table: Table, expression: str) -> Operation | None:
        free = [each for each in self._free_columns(table, "unique") if table.columns[each] != "sa.Text()"]
        if not free or not table.names:
            return None
        columns: tuple[str, ...] = (self.one(free),)
        if len(free) > 1 and self.chance(3):
            columns = tuple(free[:2])
        name = self._name(table, "unique", columns)
        return Operation("create_unique_constraint", expression, (name,), (_listed(columns),))

    def _foreign_key(self, table: Table, expression: str) -> Operation | None:
        free = [each for each in self._free_columns(table, "foreignkey") if table.columns[each] == _NUMBER]
        if not free or not table.names:
            return None
        column = self.one(free)
        name = self._name(table, "foreignkey", (column,))
        more = ('ondelete="CASCADE"',) if self.chance(3) else ()
        behind = (f'"{self._other(table)}"', _listed((column,)), '["id"]', *more)
        return Operation("create_foreign_key", expression, (name,), behind)

    def _drop_constraint(self, table: Table, expression: str) -> Operation | None:
        if not table.constraints:
            return None
        name = self.one(sorted(table.constraints))
        kind, _ = table.constraints.pop(name)
        table.names.append(name)
        return Operation("drop_constraint", expression, (f'"{name}"',), (f'type_="{kind}"',))

    def _index(self, table: Table, expression: str) -> Operation | None:
        if not table.index_names:
            return None
        column = self.one(sorted(each for each in table.columns if table.columns[each] != "sa.Text()") or ["id"])
        name = self._take(table.index_names)
        table.indexes[name] = column
        more = ("unique=True",) if self.chance(5) else ()
        behind = (_listed((column,)), *more)
        return Operation("create_index", expression, (f'"{name}"',), behind, needs_block=False)

    def _drop_index(self, table: Table, expression: str) -> Operation | None:
        if not table.indexes:
            return None
        name = self.one(sorted(table.indexes))
        del table.indexes[name]
        table.index_names.append(name)
        return Operation("drop_index", expression, (f'"{name}"',), (), needs_block=False)


def _listed(columns: tuple[str, ...]) -> str:
    return f"[{', '.join(f'{chr(34)}{each}{chr(34)}' for each in columns)}]"


@st.composite
def scripts(draw: st.DrawFn, portable: bool = False, nameless: bool = False) -> Script:
    """Scripts for the tables of ``tables``."""
    return Writer(draw, portable, nameless).script()
