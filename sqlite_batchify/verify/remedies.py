"""What helps a block that fails for the name of a constraint, told from its calls and from the table on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Inspector, TextClause, inspect

from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE, Shape, postgresql_name
from ..planning.edits import KEYWORDS, Edit, Remedy, joined
from ..reading.syntax import in_quotes
from .errors import told
from .naming import KINDS, Sought, There, describe_constraints, find_meant, is_made_up, write_convention
from .queues import Queue, kind_of
from .schema import quote
from .sql import tokens, unquote
from .written import ELSEWHERE

_FAILURES = ("Constraint must have a name", "No such constraint")
_METADATA = "or pass --metadata MODULE:ATTRIBUTE if env.py's target_metadata has a naming convention"
_KEYS = {"foreign key": FOREIGN_KEY, "unique": UNIQUE, "primary key": PRIMARY_KEY, "check": CHECK}


@dataclass(frozen=True)
class Call:
    """A call that a script makes, what it has put into the queue of its block, and its line there (0: not known)."""

    method: str
    args: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    queued: Queue = field(default_factory=list)
    line: int = 0

    def written(self, receiver: str, name: str | None = None, **code: str) -> str:
        """The call with this name for its constraint and these keywords; ``...`` stands for what is no literal."""
        args = [*map(written, self.args)]
        keywords = {key: written(value) for key, value in self.keywords.items()}
        if name is not None:
            args[:1], named = ([written(name)], {}) if args else ([], {"constraint_name": written(name)})
            keywords |= named
        keywords |= code
        return f"{receiver}.{self.method}({', '.join((*args, *map('='.join, keywords.items())))})"


@dataclass(frozen=True)
class Block:
    """A block that runs: what its variable holds, the call that has opened it, and those on its variable so far."""

    batch_op: Any
    opening: Call
    calls: list[Call] = field(default_factory=list)


def written(value: Any) -> str:
    """A value as code, ``...`` where that is not known."""
    if isinstance(value, str):
        return in_quotes(str(value), '"')
    if isinstance(value, TextClause):
        return f"sa.text({written(value.text)})"
    if isinstance(value, Column):
        return f"sa.Column({written(value.name)}, ...)"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{written(key)}: {written(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    return repr(value) if value is None or isinstance(value, (bool, int)) else "..."


def name_remedy(error: Exception, block: Block, variable: str) -> str | None:
    """What helps a block that has failed, None if not for the name of a constraint.

    ``variable`` is what the script calls ``batch_op``.
    """
    if not any(text in told(error) for text in _FAILURES):
        return None
    failed = _Failed(block, variable)
    parts = [*failed.name_created(), *failed.find_dropped()]
    if failed.may_have_a_convention:
        parts.append(_METADATA)
    return joined(*parts, by="; ")


class _Failed:
    """A block that has failed: what its table has, and what it asks for.

    ``created`` are the constraints that it creates without a name, ``dropped`` the kinds that it drops without one, and
    ``sought`` what it drops by a name that is not there.
    """

    def __init__(self, block: Block, variable: str) -> None:
        self.impl: Any = block.batch_op.impl
        connection: Connection = self.impl.operations.get_bind()
        inspector = inspect(connection)
        self.block = block
        self.variable = variable
        self.table = str(self.impl.table_name)
        self.convention = self.impl.naming_convention or {}
        self.columns = [column["name"] for column in inspector.get_columns(self.table)]
        self.there = list(_constraints(inspector, self.table, self.columns))
        self.in_order = _is_in_order(connection, self.table)
        self.made: dict[str, tuple[str, ...]] = {}
        self.created: list[tuple[Call, Any]] = []
        self.dropped: list[tuple[Call, str | None]] = []
        self.sought: list[Sought] = []
        for call in block.calls:
            for operation, args, _ in call.queued:
                if operation == "add_constraint":
                    self._create(call, args[0])
                elif operation == "drop_constraint":
                    self._drop(call, args[0])
        self.sought = [each._replace(columns=self.made.get(each.name)) for each in self.sought]

    def _create(self, call: Call, item: Any) -> None:
        if kind_of(item) not in _KEYS:
            return  # a constraint of another database
        if item.name is None:
            self.created.append((call, item))
        elif isinstance(item.name, str):
            self.made[str(item.name)] = self._shape(item).columns

    def _drop(self, call: Call, item: Any) -> None:
        kind = _KEYS.get(kind_of(item) or "")
        if not item.name:
            self.dropped.append((call, kind))
        elif item.name not in self.made and all(each.name != item.name for each in self.there):
            self.sought.append(Sought(str(item.name), kind))

    def _shape(self, item: Any) -> Shape:
        kind = _KEYS[kind_of(item) or ""]
        columns = _used(str(item.sqltext), self.columns) if kind == CHECK else tuple(item.columns.keys())
        return Shape(kind, None, self.table, columns)

    @property
    def may_have_a_convention(self) -> bool:
        """Whether the names may come from a naming convention of the project that was not given."""
        if self.impl.operations.migration_context.opts.get("target_metadata") is not None:
            return False
        by_name = any(not is_made_up(each.name, self.table) for each in self.sought)
        return bool(self.created or self.dropped) or by_name

    def name_created(self) -> Iterator[str]:
        """For each constraint that is created without a name the one that PostgreSQL gives."""
        beside = (each for each in self.there if each.kind != PRIMARY_KEY)  # whose place a new one takes
        taken = {*self.made, *(each.name or postgresql_name(each.shape) for each in beside)}
        for call, item in self.created:
            shape = self._shape(item)
            name = postgresql_name(shape, taken)
            taken.add(name)
            given = f"the {KINDS[shape.kind]} the name {name}"
            if call.method != "add_column":
                yield f"give {given}: {call.written(self.variable, name)}"
            elif shape.kind == FOREIGN_KEY:
                yield f"give {given}: ForeignKey(..., name={written(name)})"
            else:
                behind = Call("create_unique_constraint", (None, shape.columns)).written(self.variable, name)
                yield f"give {given}, behind the column and without its unique=True: {behind}"

    def find_dropped(self) -> Iterator[str]:
        """What the table has, how its nameless constraints get the names by which they are dropped, and the drops."""
        if not (self.dropped or self.sought):
            return
        if self.impl.copy_from is not None:
            yield "give the constraint its name in the table that copy_from has"
            return
        yield describe_constraints(self.table, self.there)
        meant = self._meant()
        taken = self.made.keys() - {each.name for each in self.sought}
        convention = write_convention(meant, self.there, taken, self.convention) if meant else None
        if convention is not None:
            called = " and ".join(f"the {each} {name}" for each, name in meant.items())
            opening = self.block.opening.written("op", naming_convention=convention)
            yield Remedy(f"{opening} calls {called}", Edit(KEYWORDS, opening))
        elsewhere = [each for each in self.sought if each.name not in meant.values()]
        for call in self.block.calls:
            if any(
                operation == "drop_constraint" and str(args[0].name) == each.name
                for operation, args, _ in call.queued
                for each in elsewhere
            ):
                yield f"if it is there on other databases only, instead of it: {ELSEWHERE}{call.written(self.variable)}"
        for call, kind in self.dropped:
            alike = [each for each in self.there if kind in (None, each.kind)]
            if len(alike) == 1 and (alike[0].name or convention is not None):
                name = alike[0].name or meant[alike[0]]
                yield f"drop it by its name: {call.written(self.variable, name)}"
                yield f"a name that an inspector gives is None here: ... or {written(name)}"

    def _meant(self) -> dict[There, str]:
        """The nameless constraints that are dropped, or may be, and the names that they need."""
        meant = {
            each: postgresql_name(each.shape)
            for _, kind in self.dropped
            for each in self.there
            if not each.name and kind in (None, each.kind)
        }
        for sought in self.sought:
            found = find_meant(sought, self.there, self.convention, self.in_order)
            if found is not None:
                meant[found] = sought.name
        return meant


def _constraints(inspector: Inspector, table: str, columns: Sequence[str]) -> Iterator[There]:
    """The constraints that batch mode sees on a table, each kind in the order in which they are written."""
    for key in inspector.get_foreign_keys(table):
        referred = key["referred_table"], tuple(key["referred_columns"])
        yield There(key["name"], Shape(FOREIGN_KEY, None, table, tuple(key["constrained_columns"]), *referred))
    for unique in inspector.get_unique_constraints(table):
        yield There(unique["name"], Shape(UNIQUE, None, table, tuple(unique["column_names"])))
    for check in inspector.get_check_constraints(table):
        yield There(check["name"], Shape(CHECK, None, table, _used(check["sqltext"], columns)))
    primary = inspector.get_pk_constraint(table)
    if primary["constrained_columns"]:
        yield There(primary["name"], Shape(PRIMARY_KEY, None, table, tuple(primary["constrained_columns"])))


def _used(text: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Those columns that stand in the text of a CHECK."""
    words = {unquote(token).lower() for token in tokens(text)}
    return tuple(column for column in columns if column.lower() in words)


def _is_in_order(connection: Connection, table: str) -> bool:
    """Whether the constraints of a table stand in the order of their creation.

    A copy by batch mode mixes them; the table then has its name in quotes, from ALTER TABLE ... RENAME.
    """
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    text = connection.exec_driver_sql(query, (table,)).scalar()
    return isinstance(text, str) and not text.startswith(f"CREATE TABLE {quote(table)}")
