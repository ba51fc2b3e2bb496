"""Histories that are written while they run on a real database, so that drops have the names that it made up."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.support.histories import SCRIPT, Named, constraints

_SHORT = (
    "account",
    "order",
    "Order",
    "item",
    "größe",
    "naïveté",
    "価格",
    "user group",
    "a",
    "b",
    "a_b",
    "b_c",
    "id",
    "key",
)
_LONG = ("relationship", "identifier_of_the_person", "ubergeordnete_organisationseinheiten", "x" * 40, "数" * 12)
_WORDS = (*_SHORT, *_LONG)


@dataclass
class Table:
    name: str
    columns: list[str]
    droppable: set[str] = field(default_factory=set)


@dataclass
class Generated:
    """The scripts by file name, and the constraints that the database had after each of them."""

    scripts: dict[str, str] = field(default_factory=dict)
    states: list[dict[str, set[Named]]] = field(default_factory=list)
    tables: int = 0

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, text in self.scripts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder


class Generator:
    """Writes one history and runs it on a connection as it goes along.

    ``wordy`` chooses names that PostgreSQL cuts and that collide. On MySQL a table is created with one foreign key and
    one unique column at most: its name does not tell a naming convention which is meant.
    """

    def __init__(self, connection: sa.Connection, seed: int, wordy: bool = True) -> None:
        self.random = random.Random(seed)
        self.connection = connection
        self.wordy = wordy
        self.mysql = connection.dialect.name == "mysql"
        context = MigrationContext.configure(connection)
        self.names = {"op": Operations(context), "sa": sa}
        self.tables: list[Table] = []
        self.back: list[str] = []

    def history(self, scripts: int, tables: int) -> Generated:
        result = Generated()
        for revision in range(1, scripts + 1):
            self.back = []
            lines = [line for _ in range(tables) for line in self._new_table()]
            lines += [line for _ in range(3 * tables) for line in self._change()]
            text = SCRIPT.format(
                revision=revision,
                before=f'"{revision - 1:04d}"' if revision > 1 else None,
                upgrade="\n    ".join(lines),
                downgrade="\n    ".join(self.back[::-1]),
            )
            result.scripts[f"{revision:04d}.py"] = text
            result.states.append(constraints(self.connection))
        result.tables = len(self.tables)
        return result

    def _run(self, line: str) -> str:
        exec(line, self.names)
        return line

    def _name(self, taken: list[str]) -> str:
        folded = {name.casefold() for name in taken}
        while True:
            words = self.random.sample(_WORDS, self.random.randint(1, 3)) if self.wordy else ["t", str(len(taken))]
            name = "_".join(words)
            while len(name.encode()) > 63:
                name = name[:-1]
            if name.casefold() not in folded:
                return name
            if not self.wordy:
                return f"t_{len(taken)}_{self.random.randint(0, 10**9)}"

    def _new_table(self) -> Iterator[str]:
        table = Table(self._name([each.name for each in self.tables]), ["id"])
        for _ in range(self.random.randint(3, 6)):
            table.columns.append(self._name(table.columns))
        parts = ['sa.Column("id", sa.Integer(), nullable=False)']
        referring = uniques = 0
        for column in table.columns[1:]:
            reference = ""
            if self.tables and self.random.random() < 0.4 and not (self.mysql and referring):
                referring += 1
                reference = f', sa.ForeignKey("{self.random.choice(self.tables).name}.id")'
            single = self.random.random() < 0.2 and not reference and not (self.mysql and uniques)
            unique = ", unique=True" if single else ""
            uniques += single
            parts.append(f'sa.Column("{column}", sa.Integer(){reference}{unique})')
        parts.append('sa.PrimaryKeyConstraint("id")')
        if self.random.random() < 0.4 and not self.mysql:
            parts.append(f"sa.UniqueConstraint({self._listed(table)})")
        yield self._run(f'op.create_table("{table.name}", {", ".join(parts)})')
        self.back.append(f'op.drop_table("{table.name}")')
        # Two that get the same name from a naming convention, or one that is cut, are what a finding is for.
        names = [each for each in self._constraints(table) if each.name and not each.name[-1].isdigit()]
        table.droppable = {each.name or "" for each in names if len((each.name or "").encode()) < 58}
        if self.mysql:
            table.droppable = {each.name or "" for each in self._constraints(table)}
        self.tables.append(table)

    def _listed(self, table: Table) -> str:
        columns = self.random.sample(table.columns[1:], self.random.randint(1, min(3, len(table.columns) - 1)))
        return ", ".join(f'"{column}"' for column in columns)

    def _constraints(self, table: Table) -> set[Named]:
        return constraints(self.connection, table.name)[table.name]

    def _change(self) -> Iterator[str]:
        table = self.random.choice(self.tables)
        changes: list[Callable[[Table], Iterator[str]]] = [self._reference, self._unique, self._column, self._drop]
        if not self.mysql:
            changes += [self._check, self._explicit]
        yield from self.random.choice(changes)(table)

    def _created(self, table: Table, line: str) -> Iterator[str]:
        """Run what creates constraints, and note how they are dropped again by the names that they have got."""
        before = self._constraints(table)
        yield self._run(line)
        for each in self._constraints(table) - before:
            table.droppable.add(each.name or "")
            self.back.append(f'op.drop_constraint("{each.name}", "{table.name}", type_="{_TYPES[each.kind]}")')

    def _reference(self, table: Table) -> Iterator[str]:
        column, other = self.random.choice(table.columns[1:]), self.random.choice(self.tables)
        known = self._constraints(table)
        # SQLAlchemy reflects equal constraints of SQLite but once.
        if any(each.columns == (column,) and (self.mysql or each.referred == other.name) for each in known):
            return
        yield from self._created(
            table, f'op.create_foreign_key(None, "{table.name}", "{other.name}", ["{column}"], ["id"])'
        )

    def _unique(self, table: Table) -> Iterator[str]:
        columns = self._listed(table)
        if not self._is_new(table, columns):
            return
        yield from self._created(table, f'op.create_unique_constraint(None, "{table.name}", [{columns}])')

    def _is_new(self, table: Table, columns: str) -> bool:
        first = columns.split('"')[1]
        return not any(
            set(each.columns) == set(columns.split('"')[1::2]) or (self.mysql and first in each.columns)
            for each in self._constraints(table)
            if each.kind == "uq" or self.mysql
        )

    def _check(self, table: Table) -> Iterator[str]:
        one, other = (self.random.choice(table.columns) for _ in range(2))
        condition = f"""'"{one}" + "{other}" > {self.random.randint(-9, 0)}'"""
        yield from self._created(table, f'op.create_check_constraint(None, "{table.name}", {condition})')

    def _explicit(self, table: Table) -> Iterator[str]:
        """A name that PostgreSQL would have chosen for another."""
        column = self.random.choice(table.columns)
        name = f"{table.name}_{column}_key"
        known = {each.name for other in self.tables for each in self._constraints(other)}
        columns = self._listed(table)
        if len(name.encode()) <= 63 and name not in known and self._is_new(table, columns):
            yield from self._created(table, f'op.create_unique_constraint("{name}", "{table.name}", [{columns}])')

    def _column(self, table: Table) -> Iterator[str]:
        column = self._name(table.columns)
        reference = (
            f', sa.ForeignKey("{self.random.choice(self.tables).name}.id")' if self.random.random() < 0.6 else ""
        )
        unique = ", unique=True" if not reference or (self.random.random() < 0.3 and not self.mysql) else ""
        before = self._constraints(table)
        yield self._run(f'op.add_column("{table.name}", sa.Column("{column}", sa.Integer(){reference}{unique}))')
        table.columns.append(column)
        self.back.append(f'op.drop_column("{table.name}", "{column}")')
        for each in self._constraints(table) - before:
            table.droppable.add(each.name or "")
            self.back.append(f'op.drop_constraint("{each.name}", "{table.name}", type_="{_TYPES[each.kind]}")')

    def _drop(self, table: Table) -> Iterator[str]:
        choice = [
            each for each in self._constraints(table) if each.name in table.droppable and each.kind in ("fk", "uq")
        ]
        if not choice:
            return
        each = self.random.choice(sorted(choice, key=repr))
        yield self._run(f'op.drop_constraint("{each.name}", "{table.name}", type_="{_TYPES[each.kind]}")')
        columns = ", ".join(f'"{column}"' for column in each.columns)
        name = f'"{each.name}"' if self.random.random() < 0.5 else None
        if each.kind == "uq":
            self.back.append(f'op.create_unique_constraint({name}, "{table.name}", [{columns}])')
        else:
            other = f'"{each.referred}", [{columns}], ["id"]'
            self.back.append(f'op.create_foreign_key({name}, "{table.name}", {other})')


_TYPES = {"fk": "foreignkey", "uq": "unique", "ck": "check", "pk": "primary"}
