"""Histories as they are written for PostgreSQL, with rows in the tables; PostgreSQL decides which operations it takes.

Every row has its number in its key, and every other column is empty, has one value in all rows, or the number of the
row: so it can be unique, or refer to another table, and a column that is dropped can be filled again.

The column that was the last when another one was added is not dropped in the same revision: of a block that does both,
Alembic puts the new column anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError

from tests.support.histories import SCRIPT

_ROWS = (1, 2, 3)


@dataclass(frozen=True)
class Kind:
    """A type as scripts write it, what can stand in a column of it, and its defaults as they are written."""

    written: str
    family: str
    filling: str
    defaults: tuple[str, ...]

    def literal(self, row: int) -> str:
        return {"id": str(row), "'' || id": f"'{row}'"}.get(self.filling, self.filling)


_NUMBERS = ('"1"', 'sa.text("2")')
_TEXTS = ('"1"', "sa.text(\"'22'\")")
_KINDS = {
    "INTEGER": Kind("sa.Integer()", "number", "id", _NUMBERS),
    "BIGINT": Kind("sa.BigInteger()", "number", "id", _NUMBERS),
    "SMALLINT": Kind("sa.SmallInteger()", "number", "id", _NUMBERS),
    "VARCHAR(20)": Kind("sa.String(20)", "text", "'' || id", _TEXTS),
    "VARCHAR(40)": Kind("sa.String(length=40)", "text", "'' || id", _TEXTS),
    "TEXT": Kind("sa.Text()", "text", "'' || id", _TEXTS),
    "NUMERIC(10, 2)": Kind("sa.Numeric(10, 2)", "decimal", "id", _NUMBERS),
    "BOOLEAN": Kind("sa.Boolean()", "truth", "true", ("sa.true()", "sa.false()", 'sa.text("true")')),
    "DATE": Kind("sa.Date()", "date", "'2024-01-02'", ('sa.text("CURRENT_DATE")',)),
    "TIMESTAMP": Kind("sa.DateTime()", "moment", "'2024-01-02'", ("sa.func.now()", 'sa.text("CURRENT_TIMESTAMP")')),
}
_CONVERTED = {"numbertext": "text", "textnumber": "integer"}
_ACTIONS = ("", ', ondelete="CASCADE"', ', ondelete="SET NULL"', ', onupdate="CASCADE", ondelete="RESTRICT"')
_OTHER = {"CASCADE", "SET NULL", "RESTRICT"}


@dataclass
class Step:
    """Lines that do something, and those that undo it."""

    forth: list[str]
    back: list[str] = field(default_factory=list)


class Changing:
    """Writes one history and runs it on a connection as it goes along.

    ``counts`` tells how often an operation stands there.
    """

    def __init__(self, connection: sa.Connection, seed: int) -> None:
        self.random = random.Random(seed)
        self.connection = connection
        self.names = {"op": Operations(MigrationContext.configure(connection)), "sa": sa}
        self.serial = 0
        self.known: sa.Inspector | None = None
        self.counts: dict[str, int] = {}
        self.followed: set[str] = set()

    def write(self, folder: Path, revisions: int, tables: int, changes: int) -> Path:
        folder.mkdir(parents=True)
        for revision in range(1, revisions + 1):
            self.followed.clear()
            steps = [self._kept(self._new_table()) for _ in range(tables)]
            steps += [self._kept(self._change()) for _ in range(changes)]
            text = SCRIPT.format(
                revision=revision,
                before=f'"{revision - 1:04d}"' if revision > 1 else None,
                upgrade="\n    ".join(line for step in steps for line in step.forth),
                downgrade="\n    ".join(line for step in steps[::-1] for line in step.back),
            )
            (folder / f"{revision:04d}.py").write_text(text, encoding="utf-8")
        return folder

    def _kept(self, step: Step) -> Step:
        """The step, run; an empty one if PostgreSQL refuses it or its way back."""
        try:
            with self._undone():
                self._run([*step.forth, *step.back])
        except DBAPIError:
            return Step([])
        self._run(step.forth)
        for line in step.forth:
            name = line.partition("(")[0].removeprefix("op.")
            self.counts[name] = self.counts.get(name, 0) + 1
        return step

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self.connection.exec_driver_sql("BEGIN")
        try:
            yield
        finally:
            self.connection.exec_driver_sql("ROLLBACK")
            self.known = None

    def _run(self, lines: list[str]) -> None:
        self.known = None
        for line in lines:
            exec(line, self.names)

    def _fresh(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    @property
    def _inspector(self) -> sa.Inspector:
        self.known = self.known or sa.inspect(self.connection)
        return self.known

    def _tables(self) -> list[str]:
        return sorted(self._inspector.get_table_names())

    def _columns(self, table: str) -> dict[str, Any]:
        """The columns but the key."""
        key = self._inspector.get_pk_constraint(table)["constrained_columns"]
        columns = self._inspector.get_columns(table)
        return {column["name"]: column for column in columns if column["name"] not in key}

    def _new_table(self) -> Step:
        table = self._fresh("t")
        columns = [self._fresh("c") for _ in range(self.random.randint(3, 6))]
        kinds = {column: self._kind() for column in columns}
        parts = ['sa.Column("id", sa.Integer(), nullable=False)']
        parts += [self._column_of_new_table(column, kinds, table) for column in columns]
        composite = self.random.random() < 0.2
        keys = f'"id", "{columns[0]}"' if composite else '"id"'
        parts.append(f"sa.PrimaryKeyConstraint({keys})")
        if composite and self.random.random() < 0.7:
            parts.append('sa.UniqueConstraint("id")')
        if self.random.random() < 0.3:
            parts.append(f'sa.UniqueConstraint("{columns[1]}", "{columns[2]}")')
        forth = [f'op.create_table("{table}", {", ".join(parts)})']
        names = ", ".join(["id", *columns])
        for row in _ROWS:
            values = ", ".join([str(row), *(kinds[column].literal(row) for column in columns)])
            forth.append(f"""op.execute("INSERT INTO {table} ({names}) VALUES ({values})")""")
        return Step(forth, [f'op.drop_table("{table}")'])

    def _column_of_new_table(self, column: str, kinds: dict[str, Kind], table: str) -> str:
        extra = ""
        if self.random.random() < 0.3:
            other = self.random.choice([*self._tables(), table])
            kinds[column] = _KINDS["INTEGER"]
            extra += f', sa.ForeignKey("{other}.id"{self.random.choice(_ACTIONS)})'
        if self.random.random() < 0.4:
            extra += ", nullable=False"
        if self.random.random() < 0.2:
            extra += f", server_default={self.random.choice(kinds[column].defaults)}"
        if self.random.random() < 0.2:
            extra += ", unique=True"
        return f'sa.Column("{column}", {kinds[column].written}{extra})'

    def _kind(self) -> Kind:
        return self.random.choice(list(_KINDS.values()))

    def _change(self) -> Step:
        table = self.random.choice(self._tables())
        changes: list[Callable[[str], Step | None]] = [
            *(self._add_column, self._add_reference, self._add_filled, self._drop_column, self._drop_column),
            *(self._retype, self._nullable, self._redefault, self._several, self._rename_column, self._rename_table),
            *(self._index, self._drop_index, self._unique, self._reference, self._reference),
            *(self._drop_constraint, self._drop_constraint),
            *(self._composite_reference, self._primary),
        ]
        return self.random.choice(changes)(table) or Step([])

    def _add_column(self, table: str) -> Step:
        column, kind = self._fresh("c"), self._kind()
        default = f", server_default={self.random.choice(kind.defaults)}" if self.random.random() < 0.6 else ""
        nullable = ", nullable=False" if default and self.random.random() < 0.6 else ""
        unique = ", unique=True" if not default and self.random.random() < 0.3 else ""
        return self._maybe_indexed(table, column, f"{kind.written}{default}{nullable}{unique}")

    def _maybe_indexed(self, table: str, column: str, definition: str) -> Step:
        if self.random.random() < 0.7:
            return self._added(table, column, definition)
        step = self._added(table, column, f"{definition}, index=True")
        step.back.insert(0, f'op.drop_index("ix_{table}_{column}", table_name="{table}")')
        return step

    def _added(self, table: str, column: str, definition: str) -> Step:
        self.followed.add(self._inspector.get_columns(table)[-1]["name"])
        forth = f'op.add_column("{table}", sa.Column("{column}", {definition}))'
        return Step([forth], [f'op.drop_column("{table}", "{column}")'])

    def _add_reference(self, table: str) -> Step:
        column, other = self._fresh("c"), self.random.choice(self._tables())
        default = ', server_default="1", nullable=False' if self.random.random() < 0.4 else ""
        key = f'sa.ForeignKey("{other}.id"{self.random.choice(_ACTIONS)})'
        return self._maybe_indexed(table, column, f"sa.Integer(), {key}{default}")

    def _add_filled(self, table: str) -> Step:
        """The three steps of a column that every row must have."""
        column = self._fresh("c")
        step = self._added(table, column, "sa.Integer()")
        step.forth.append(f'op.execute("UPDATE {table} SET {column} = id")')
        step.forth.append(f'op.alter_column("{table}", "{column}", existing_type=sa.Integer(), nullable=False)')
        if self.random.random() < 0.5:
            step.forth.append(f'op.create_unique_constraint(None, "{table}", ["{column}"])')
        return step

    def _drop_column(self, table: str) -> Step | None:
        column = self._any_column(table)
        if column is None or column["name"] in self.followed:
            return None
        definition = f"{_kind_of(column).written}{_default_of(column)}"
        name = column["name"]
        step = Step([f'op.drop_column("{table}", "{name}")'])
        step.back.append(f'op.add_column("{table}", sa.Column("{name}", {definition}))')
        step.back.append(f'op.execute("UPDATE {table} SET {name} = {_kind_of(column).filling}")')
        if not column["nullable"]:
            type_ = _kind_of(column).written
            step.back.append(f'op.alter_column("{table}", "{name}", existing_type={type_}, nullable=False)')
        for index in self._own_indexes(table):
            if name in index["column_names"]:
                step.forth.insert(0, f'op.drop_index("{index["name"]}", table_name="{table}")')
                step.back.append(_create_index(table, index))
        step.back += [line for line, columns in self._constraints(table) if name in columns]
        return step

    def _constraints(self, table: str) -> Iterator[tuple[str, list[str]]]:
        """What creates the constraints of the table, and their columns."""
        for unique in self._inspector.get_unique_constraints(table):
            columns = unique["column_names"]
            name = self._name(table, unique, columns, "key")
            yield f'op.create_unique_constraint({name}, "{table}", {_listed(columns)})', columns
        for key in self._inspector.get_foreign_keys(table):
            yield self._create_foreign_key(table, key), key["constrained_columns"]

    def _name(self, table: str, constraint: Any, columns: list[str], suffix: str) -> str | None:
        """None if PostgreSQL chooses the same again, which it does not after a rename."""
        automatic = constraint["name"] == "_".join([table, *columns, suffix])
        return None if automatic and self.random.random() < 0.5 else f'"{constraint["name"]}"'

    def _create_foreign_key(self, table: str, key: Any) -> str:
        columns, referred = key["constrained_columns"], _listed(key["referred_columns"])
        name = self._name(table, key, columns, "fkey")
        options = "".join(f', {name}="{value}"' for name, value in sorted(key["options"].items()) if value in _OTHER)
        where = f'"{table}", "{key["referred_table"]}", {_listed(columns)}, {referred}'
        return f"op.create_foreign_key({name}, {where}{options})"

    def _any_column(self, table: str) -> Any:
        columns = self._columns(table)
        return columns[self.random.choice(sorted(columns))] if len(columns) > 1 else None

    def _retype(self, table: str) -> Step | None:
        column = self._any_column(table)
        if column is None:
            return None
        old, new = _kind_of(column), self._kind()
        families = old.family + new.family
        # PostgreSQL converts no default.
        if old.family != new.family and (column["default"] or families not in _CONVERTED):
            return None
        return self._altered(table, column, _to(column, old, new), _to(column, new, old))

    def _altered(self, table: str, column: Any, forth: str, back: str, existing: str = "") -> Step:
        target = f'op.alter_column("{table}", "{column["name"]}"'
        return Step([f"{target}, {forth}{existing})"], [f"{target}, {back}{existing})"])

    def _nullable(self, table: str) -> Step | None:
        column = self._any_column(table)
        if column is None:
            return None
        now = column["nullable"]
        existing = f", existing_type={_kind_of(column).written}" if self.random.random() < 0.7 else ""
        return self._altered(table, column, f"nullable={not now}", f"nullable={now}", existing)

    def _redefault(self, table: str) -> Step | None:
        column = self._any_column(table)
        if column is None:
            return None
        new = (
            None if column["default"] and self.random.random() < 0.5 else self.random.choice(_kind_of(column).defaults)
        )
        old = _default_of(column).removeprefix(", server_default=") or None
        return self._altered(table, column, f"server_default={new}", f"server_default={old}")

    def _several(self, table: str) -> Step | None:
        """A default and NOT NULL in one call, and another column in the same block."""
        column = self._any_column(table)
        if column is None:
            return None
        default = self.random.choice(_kind_of(column).defaults)
        old = _default_of(column).removeprefix(", server_default=") or None
        forth = f"server_default={default}, nullable=False"
        step = self._altered(table, column, forth, f"server_default={old}, nullable={column['nullable']}")
        other = self._add_reference(table)
        return Step(step.forth + other.forth, other.back + step.back)

    def _rename_column(self, table: str) -> Step | None:
        column = self._any_column(table)
        if column is None:
            return None
        new = self._fresh("c")
        step = self._altered(table, column, f'new_column_name="{new}"', f'new_column_name="{column["name"]}"')
        step.back = [step.back[0].replace(f'"{column["name"]}"', f'"{new}"', 1)]
        return step

    def _rename_table(self, table: str) -> Step:
        new = self._fresh("t")
        return Step([f'op.rename_table("{table}", "{new}")'], [f'op.rename_table("{new}", "{table}")'])

    def _own_indexes(self, table: str) -> list[Any]:
        return [each for each in self._inspector.get_indexes(table) if not each.get("duplicates_constraint")]

    def _index(self, table: str) -> Step:
        columns = sorted(self._columns(table))
        chosen = self.random.sample(columns, min(len(columns), self.random.choice((1, 1, 2, 3))))
        index: dict[str, Any] = {"name": self._fresh("ix_"), "column_names": chosen, "unique": False}
        index["unique"] = self.random.random() < 0.4
        if self.random.random() < 0.3:
            index["dialect_options"] = {"postgresql_where": f"{chosen[0]} IS NOT NULL"}
        drop = f'op.drop_index("{index["name"]}", table_name="{table}")'
        return Step([_create_index(table, index)], [drop])

    def _drop_index(self, table: str) -> Step | None:
        indexes = self._own_indexes(table)
        if not indexes:
            return None
        index = self.random.choice(indexes)
        return Step([f'op.drop_index("{index["name"]}", table_name="{table}")'], [_create_index(table, index)])

    def _unique(self, table: str) -> Step | None:
        columns = sorted(self._columns(table))
        chosen = self.random.sample(columns, min(len(columns), self.random.choice((1, 2))))
        if any(set(each["column_names"]) == set(chosen) for each in self._inspector.get_unique_constraints(table)):
            return None
        return self._created(table, f'op.create_unique_constraint(None, "{table}", {_listed(chosen)})')

    def _reference(self, table: str) -> Step | None:
        column, other = self._any_column(table), self.random.choice(self._tables())
        # SQLAlchemy reflects two equal constraints of SQLite as one.
        if column is None or self._refers(table, [column["name"]]):
            return None
        where = f'"{table}", "{other}", ["{column["name"]}"], ["id"]'
        return self._created(table, f"op.create_foreign_key(None, {where}{self.random.choice(_ACTIONS)})")

    def _composite_reference(self, table: str) -> Step | None:
        """To the two columns of another table's key."""
        for other in self._tables():
            key = self._inspector.get_pk_constraint(other)["constrained_columns"]
            columns = sorted(self._columns(table))
            if len(key) == 2 and len(columns) >= 2:
                chosen = self.random.sample(columns, 2)
                if self._refers(table, chosen):
                    return None
                where = f'"{table}", "{other}", {_listed(chosen)}, {_listed(key)}'
                return self._created(table, f"op.create_foreign_key(None, {where})")
        return None

    def _refers(self, table: str, columns: list[str]) -> bool:
        keys = self._inspector.get_foreign_keys(table)
        return any(set(key["constrained_columns"]) == set(columns) for key in keys)

    def _created(self, table: str, line: str) -> Step | None:
        """With a drop by the name that PostgreSQL makes up."""
        before = dict(self._named(table))
        try:
            with self._undone():
                self._run([line])
                new = [(name, kind) for name, kind in self._named(table) if name not in before]
        except DBAPIError:
            return None
        return Step([line], [f'op.drop_constraint("{name}", "{table}", type_="{kind}")' for name, kind in new])

    def _named(self, table: str) -> Iterator[tuple[str, str]]:
        inspector = self._inspector
        yield from ((str(unique["name"]), "unique") for unique in inspector.get_unique_constraints(table))
        yield from ((str(key["name"]), "foreignkey") for key in inspector.get_foreign_keys(table))

    def _drop_constraint(self, table: str) -> Step | None:
        """By the name that PostgreSQL made up."""
        both = zip(self._named(table), self._constraints(table), strict=True)
        # A renamed column leaves its old name in that of its constraint, which the tool may have to report.
        named = sorted(each for each in both if all(column in each[0][0] for column in each[1][1]))
        if not named:
            return None
        (name, kind), (back, _) = self.random.choice(named)
        return Step([f'op.drop_constraint("{name}", "{table}", type_="{kind}")'], [back])

    def _primary(self, table: str) -> Step | None:
        """The key gets another column, or loses it."""
        key = self._inspector.get_pk_constraint(table)
        columns = self._columns(table)
        if not columns or key["name"] != f"{table}_pkey":
            return None
        new = ["id", self.random.choice(sorted(columns))] if key["constrained_columns"] == ["id"] else ["id"]
        drop = f'op.drop_constraint("{key["name"]}", "{table}", type_="primary")'
        # PostgreSQL makes the columns of a new key NOT NULL by itself, batch mode does not.
        required = f'op.alter_column("{table}", "{new[-1]}", nullable=False)'
        old = f'op.create_primary_key("{key["name"]}", "{table}", {_listed(key["constrained_columns"])})'
        return Step([drop, required, f'op.create_primary_key(None, "{table}", {_listed(new)})'], [drop, old])


def _kind_of(column: Any) -> Kind:
    return _KINDS[str(column["type"])]


def _default_of(column: Any) -> str:
    """As it stands in a call, with the comma before it."""
    text = str(column["default"] or "").partition("::")[0]
    if not text or text.startswith("nextval"):
        return ""
    return ", server_default=" + ("sa.func.now()" if text == "now()" else f'sa.text("{text}")')


def _to(column: Any, old: Kind, new: Kind) -> str:
    sql = _CONVERTED.get(old.family + new.family)
    using = f', postgresql_using="{column["name"]}::{sql}"' if sql else ""
    return f"type_={new.written}, existing_type={old.written}{using}"


def _listed(columns: list[str]) -> str:
    return "[" + ", ".join(f'"{column}"' for column in columns) + "]"


def _create_index(table: str, index: Any) -> str:
    unique = ", unique=True" if index["unique"] else ""
    where = index.get("dialect_options", {}).get("postgresql_where")
    partial = f', postgresql_where=sa.text("{where}"), sqlite_where=sa.text("{where}")' if where else ""
    return f'op.create_index("{index["name"]}", "{table}", {_listed(index["column_names"])}{unique}{partial})'
