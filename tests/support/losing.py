"""Histories with all that a table copy loses, generated from a number, as trees that can be made smaller.

What is asked is what PostgreSQL would do; values may be such that PostgreSQL would refuse them. Names of columns tell
what ``put`` fills them with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from .asked import Asked
from .drawn import Handwritten, Operation, Plain, Statement
from .histories import lay
from .looks import tokens

_COLUMNS = {
    "born": ("sa.String(60)", "sa.DateTime()"),
    "due": ("sa.Text()", "sa.Date()"),
    "hour": ("sa.String(60)", "sa.Time()"),
    "price": ("sa.Text()", "sa.Numeric(10, 2)", "sa.Float()"),
    "amount": ("sa.String(60)", "sa.Integer()", "sa.BigInteger()"),
    "flag": ("sa.String(60)", "sa.Boolean()"),
    "doc": ("sa.Text()", "sa.JSON()"),
    "token": ("sa.String(60)", "sa.Uuid()"),
    "note": ("sa.Text()", "sa.String(60)"),
    "data": ("sa.LargeBinary()",),
}
"""What a column of a name is, and what it may become."""
_CONVERTED = {
    "born": ("sa.DateTime()", "sa.Date()", "sa.DateTime(timezone=True)"),
    "due": ("sa.Date()", "sa.DateTime()"),
    "hour": ("sa.Time()", "sa.String(80)"),
    "price": ("sa.Numeric(10, 2)", "sa.Float()", "sa.Integer()", "sa.Text()"),
    "amount": ("sa.Integer()", "sa.BigInteger()", "sa.Numeric(10, 2)", "sa.Text()", "sa.Boolean()"),
    "flag": ("sa.Boolean()", "sa.Integer()", "sa.Text()"),
    "doc": ("sa.JSON()", "sa.Text()", "sa.String(200)"),
    "token": ("sa.Uuid()", "sa.Text()"),
    "note": ("sa.Text()", "sa.String(200)", "sa.LargeBinary()", "sa.Unicode(200)"),
    "data": ("sa.Text()", "sa.LargeBinary()"),
}
_DEFAULTS = {
    "born": ("sa.func.now()", '"2026-01-01 00:00:00"', 'sa.text("CURRENT_TIMESTAMP")'),
    "due": ('"2026-01-01"',),
    "hour": ('"12:30"', "sa.text(\"'12:30:15'\")"),
    "price": ('"7"', 'sa.text("0")'),
    "amount": ('"7"', 'sa.text("42")'),
    "flag": ('"0"', "sa.false()"),
    "doc": ("'{}'", "'{\"dark\": true}'", "sa.text(\"'[\\\\:a]'\")"),
    "token": ('"-"',),
    "note": ("''", '"it\'s"', '"a:b"', '"50%"'),
    "data": (),
}
_TEXTUAL = ("sa.String(60)", "sa.Text()")
_RAW = {
    "sa.String(60)": "VARCHAR(60)",
    "sa.Text()": "TEXT",
    "sa.DateTime()": "DATETIME",
    "sa.Date()": "DATE",
    "sa.Time()": "TIME",
    "sa.Numeric(10, 2)": "NUMERIC(10, 2)",
    "sa.Float()": "FLOAT",
    "sa.Integer()": "INTEGER",
    "sa.BigInteger()": "BIGINT",
    "sa.Boolean()": "BOOLEAN",
    "sa.JSON()": "JSON",
    "sa.Uuid()": "CHAR(32)",
    "sa.LargeBinary()": "BLOB",
}
_RAW_EXTRAS = (" COLLATE NOCASE", " DEFAULT 'x:y'", " CHECK ({0} <> 'zzz')", " NOT NULL ON CONFLICT IGNORE", "")
_REFERENCES = ('ondelete="CASCADE"', 'ondelete="SET NULL"', "", 'deferrable=True, initially="DEFERRED"')
_CHECKS = ("id > 0", "id <> -7", "length(id) < 99")
_EXECUTED = re.compile(r'op\.execute\("+(.*?)"+\)')
_EXISTING = ("existing_type", "existing_nullable", "existing_server_default")


class Step(NamedTuple):
    """What one revision does at one place, and what its downgrade does to take it back."""

    up: tuple[Statement, ...]
    down: tuple[Statement, ...]


History = tuple[tuple[Step, ...], ...]
"""The revisions."""


@dataclass
class Column:
    type: str
    nullable: bool = True
    default: str = ""

    def code(self, name: str, *more: str) -> str:
        parts = [f'"{name}"', self.type, *more]
        if self.default:
            parts.append(f"server_default={self.default}")
        if not self.nullable:
            parts.append("nullable=False")
        return f"sa.Column({', '.join(parts)})"


@dataclass
class Table:
    """``uses`` are the columns of each constraint, index and view by its name; ``made`` how it is made again."""

    name: str
    key: str = "id"
    columns: dict[str, Column] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)
    constraints: dict[str, tuple[str, Operation]] = field(default_factory=dict)
    indexes: dict[str, Operation] = field(default_factory=dict)

    def free(self, *, keyed: bool = True) -> list[str]:
        """Columns that nothing stands on."""
        used = set().union(*self.uses.values()) if self.uses else set()
        return [each for each in self.columns if each not in used and (keyed or not each.startswith("ref"))]


class Generator:
    """Writes one history, and keeps track of what there is."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rare = self.random.choice((2, 4, 9))
        self.tables: dict[str, Table] = {}
        self.parents: dict[str, set[str]] = {}
        self.count = 0

    def history(self) -> History:
        revisions = [tuple(self._create(name) for name in ("team", "member", "entry"))]
        for _ in range(self.random.randint(2, 3)):
            steps: list[Step] = []
            for _ in range(self.random.randint(1, 3)):
                steps += self._steps()
            revisions.append(tuple(steps))
        return tuple(revisions)

    def _one(self, options: tuple[str, ...] | list[str]) -> str:
        return self.random.choice(options)

    def _chance(self, parts: int) -> bool:
        return self.random.randrange(parts) == 0

    def _number(self) -> int:
        self.count += 1
        return self.count

    # Tables

    def _create(self, name: str) -> Step:
        table = self.tables[name] = Table(name)
        for kind in self.random.sample(list(_COLUMNS), 3):
            self._new_column(table, kind)
        raw = self._chance(4)
        parts = self._in_sql(table) if raw else self._in_calls(table)
        after = [Plain(each) for each in self._on_table(table)]
        made = f'op.execute("""CREATE TABLE {name} ({", ".join(parts)})""")'
        if not raw:
            made = f'op.create_table("{name}", {", ".join(parts)})'
        views = [Plain(f'op.execute("DROP VIEW v_{name}")')] if any("VIEW" in each.text for each in after) else []
        return Step((Plain(made), *after), (*views, Plain(f'op.drop_table("{name}")')))

    def _new_column(self, table: Table, kind: str) -> str:
        name = f"{kind}_{self._number()}" + ("_n" if self._chance(2) else "")
        column = Column(self._one(_COLUMNS[kind]))
        if self._chance(3) and _DEFAULTS[kind]:
            column.default = self._one(_DEFAULTS[kind])
        column.nullable = name.endswith("_n") or self._chance(2)
        table.columns[name] = column
        return name

    def _in_calls(self, table: Table) -> list[str]:
        counted = self._chance(self.rare)
        parts = ['sa.Column("id", sa.Integer(), primary_key=True)']
        parts += [column.code(name, *self._of_type(column)) for name, column in table.columns.items()]
        if self._chance(self.rare):
            parts.append(
                'sa.Column("state_0", sa.Enum("new", "done", name="state", native_enum=False, create_constraint=True))'
            )
            table.columns["state_0"] = Column('sa.Enum("new", "done", name="state", native_enum=False)')
            table.uses["the type of state_0"] = {"state_0"}
        for other in self._parent_of(table):
            action = self._one(_REFERENCES)
            table.columns["ref_0"] = Column("sa.Integer()")
            named = f'name="fk_{table.name}"'
            parts.append('sa.Column("ref_0", sa.Integer())')
            parts.append(f'sa.ForeignKeyConstraint(["ref_0"], ["{other}.id"], {named}{", " * bool(action)}{action})')
            behind = (f'"{other}"', '["ref_0"]', '["id"]', *([action] if action else []))
            made = Operation("create_foreign_key", f'"{table.name}"', (f'"fk_{table.name}"',), behind)
            table.constraints[f"fk_{table.name}"] = ("foreignkey", made)
            table.uses[f"fk_{table.name}"] = {"ref_0"}
        if self._chance(self.rare):
            named = self._one([f', name="ck_{table.name}"', ""])
            column = self._one(list(table.columns))
            parts.append(f'sa.CheckConstraint("{self._one([*_CHECKS, f"{column} <> 77"])}"{named})')
            table.uses["ck"] = {column}
        if self._chance(self.rare) and (free := [each for each in table.free() if self._distinct(each)]):
            parts.append(f'sa.UniqueConstraint("{free[0]}", name="uq_{table.name}")')
            made = Operation(
                "create_unique_constraint", f'"{table.name}"', (f'"uq_{table.name}"',), (f'["{free[0]}"]',)
            )
            table.constraints[f"uq_{table.name}"] = ("unique", made)
            table.uses[f"uq_{table.name}"] = {free[0]}
        return [*parts, "sqlite_autoincrement=True"] if counted else parts

    def _of_type(self, column: Column) -> list[str]:
        """The same type with a collation or a CHECK."""
        if self._chance(2 * self.rare) and column.type == "sa.String(60)":
            column.type = 'sa.String(60, collation="NOCASE")'
        if self._chance(2 * self.rare) and column.type == "sa.Boolean()":
            column.type = "sa.Boolean(create_constraint=True)"
        return []

    def _distinct(self, column: str) -> bool:
        return not column.startswith(("flag", "state", "ref"))

    def _parent_of(self, table: Table) -> list[str]:
        others = [each for each in self.tables if each != table.name]
        if not others or self._chance(4):
            return []
        other = self._one(others)
        self.parents.setdefault(other, set()).add(table.name)
        return [other]

    def _in_sql(self, table: Table) -> list[str]:
        counted = " AUTOINCREMENT" if self._chance(self.rare) else ""
        parts = [f"id INTEGER NOT NULL PRIMARY KEY{counted}"]
        for name, column in table.columns.items():
            column.default, column.nullable = "", True
            extra = self._one(_RAW_EXTRAS).format(name) if self._chance(2) and column.type in _TEXTUAL else ""
            if "NOT NULL" in extra and name.endswith("_n"):
                extra = ""
            if "CHECK" in extra:
                table.uses[f"CHECK of {name}"] = {name}
            column.nullable = "NOT NULL" not in extra
            column.default = '"x:y"' if "DEFAULT" in extra else ""
            parts.append(f"{name} {_RAW[column.type]}{extra}")
        for other in self._parent_of(table):
            action = self._one(["", " ON DELETE CASCADE", " ON DELETE SET NULL", " DEFERRABLE INITIALLY DEFERRED"])
            table.columns["ref_0"] = Column("sa.Integer()")
            table.uses["fk"] = {"ref_0"}
            parts.append(f"ref_0 INTEGER REFERENCES {other} (id){action}")
        return parts

    def _on_table(self, table: Table) -> Iterator[str]:
        """Indexes, views and triggers that are there from the beginning."""
        name, column = table.name, self._one(list(table.columns))
        if self._chance(self.rare):
            text = self._one(
                [
                    f"CREATE INDEX ix_{name} ON {name} ({column})",
                    f"CREATE INDEX ix_{name} ON {name} ({column} DESC)",
                    f"CREATE INDEX ix_{name} ON {name} (lower({column}))",
                    f"CREATE INDEX ix_{name} ON {name} ({column} COLLATE NOCASE)",
                    f"CREATE INDEX ix_{name} ON {name} ({column}) WHERE {column} IS NOT NULL",
                ]
            )
            plain = text.endswith(f"({column})")
            if plain:
                made = Operation("create_index", f'"{name}"', (f'"ix_{name}"',), (f'["{column}"]',), needs_block=False)
                table.indexes[f"ix_{name}"] = made
            table.uses[f"ix_{name}"] = {column}
            yield f'op.create_index("ix_{name}", "{name}", ["{column}"])' if plain else f'op.execute("{text}")'
        if self._chance(2 * self.rare):
            table.uses[f"v_{name}"] = {column}
            yield f'op.execute("CREATE VIEW v_{name} AS SELECT id, {column} FROM {name}")'
        if self._chance(2 * self.rare):
            table.uses[f"tr_{name}"] = {column}
            changed = f"UPDATE {name} SET {column} = {column} WHERE id = -1"
            yield f'op.execute("CREATE TRIGGER tr_{name} AFTER UPDATE ON {name} BEGIN {changed}; END")'

    # Steps

    def _steps(self) -> Iterator[Step]:
        table = self.random.choice(list(self.tables.values()))
        if self._chance(6):
            yield self._statement(table)
        kinds: list[Callable[[Table], list[Step]]] = [self._add, self._add, self._drop, self._drop, self._retype]
        kinds += [self._retype, self._retype, self._null, self._default, self._rename, self._unique, self._check]
        kinds += [self._drop_constraint, self._index, self._drop_index, self._foreign_key, self._swap, self._key]
        found: list[Step] = []
        for _ in range(self.random.randint(1, 3)):
            found += self.random.choice(kinds)(table)
        if self._chance(5) and found:
            yield self._handwritten(table, found)
        else:
            yield from found

    def _statement(self, table: Table) -> Step:
        column = self._one(list(table.columns))
        lines = [f'op.execute("UPDATE {table.name} SET {column} = {column} WHERE {table.key} = 1")', "op.get_bind()"]
        return Step((Plain(self._one(lines)),), ())

    def _handwritten(self, table: Table, found: list[Step]) -> Step:
        options = ', recreate="always"' if self._chance(3) else ""
        ups = [each for step in found for each in step.up if isinstance(each, Operation)]
        downs = [each for step in found[::-1] for each in step.down if isinstance(each, Operation)]
        name = f'"{table.name}"'
        renames = any("new_column_name" in str(each.behind) for each in ups)
        if renames or len(ups) != len(found):
            ups, downs = ups[:1], downs[-1:]
            return Step(
                tuple(each for step in found for each in step.up),
                tuple(each for step in found[::-1] for each in step.down),
            )
        return Step((Handwritten(name, options, tuple(ups)),), (Handwritten(name, options, tuple(downs)),))

    def _made(self, table: Table, up: tuple[str, str], down: tuple[str, str]) -> list[Step]:
        name = f'"{table.name}"'
        one, other = (Operation(method, name, (), (behind,)) for method, behind in (up, down))
        return [Step((one,), (other,))]

    def _add(self, table: Table) -> list[Step]:
        name = self._new_column(table, self._one(list(_COLUMNS)))
        column = table.columns[name]
        if not column.nullable and (not column.default or "sa." in column.default):
            column.nullable = True
        if column.type == "sa.Boolean()" and self._chance(self.rare):
            named = self._one([f', name="ck_{name}"', ""])
            written = Column(f"sa.Boolean(create_constraint=True{named})", column.nullable, column.default)
            table.uses[f"CHECK of {name}"] = {name}
            return self._made(table, ("add_column", written.code(name)), ("drop_column", f'"{name}"'))
        return self._made(table, ("add_column", column.code(name)), ("drop_column", f'"{name}"'))

    def _droppable(self, table: Table) -> list[str]:
        """Columns without a view or trigger; PostgreSQL drops indexes and constraints along."""
        held = set().union(*(table.uses[each] for each in table.uses if each.startswith(("v_", "tr_"))), set())
        return [each for each in table.columns if each not in held]

    def _drop(self, table: Table, name: str = "") -> list[Step]:
        names = self._droppable(table)
        if len(table.columns) < 2 or not names:
            return self._add(table)
        free = [each for each in names if each in table.free()]
        name = name or self._one(free if free and not self._chance(4) else names)
        column = table.columns.pop(name)
        before: list[Step] = []
        for constraint, columns in list(table.uses.items()):
            if name not in columns:
                continue
            del table.uses[constraint]
            if constraint in table.constraints and self._chance(2):
                before.append(self._without(table, constraint))
            table.constraints.pop(constraint, None)
            table.indexes.pop(constraint, None)
        back = Column(column.type, column.nullable or not column.default, column.default)
        if "func" in back.default or "CURRENT" in back.default:
            back = Column(column.type)
        return [*before, *self._made(table, ("drop_column", f'"{name}"'), ("add_column", back.code(name)))]

    def _swap(self, table: Table) -> list[Step]:
        """A column is added, and the last one goes."""
        last = list(table.columns)[-1]
        if last not in self._droppable(table) or last not in table.free():
            return self._add(table)
        added = self._add(table)
        return [*added, *self._drop(table, last)]

    def _key(self, table: Table) -> list[Step]:
        """The key column goes and comes again with the same name."""
        if (
            table.name in self.parents
            or table.key != "id"
            or any("ck" in each or "CHECK" in each for each in table.uses)
        ):
            return self._null(table)
        if any(each.startswith(("v_", "tr_")) for each in table.uses):
            return self._null(table)
        dropped = Operation("drop_column", f'"{table.name}"', (), ('"id"',))
        added = ('sa.Column("id", sa.Integer(), primary_key=True)', "inline_primary_key=True")
        return [Step((dropped, Operation("add_column", f'"{table.name}"', (), added)), ())]

    def _existing(self, column: Column, leave_out: str = "") -> list[str]:
        """What a call may say of what is there; also nothing."""
        told = {"existing_type": column.type.replace(', collation="NOCASE"', "")}
        told["existing_nullable"] = str(column.nullable)
        if column.default and not column.default.startswith("sa.text(\"'["):
            told["existing_server_default"] = column.default
        return [f"{key}={told[key]}" for key in _EXISTING if key in told and key != leave_out and not self._chance(2)]

    def _alter(self, table: Table, name: str, up: str, down: str, old: Column, leave_out: str = "") -> list[Step]:
        new = table.columns[name]
        one = ", ".join([f'"{name}"', up, *self._existing(old, leave_out)])
        other = ", ".join([f'"{name}"', down, *self._existing(new, leave_out)])
        return self._made(table, ("alter_column", one), ("alter_column", other))

    def _retype(self, table: Table) -> list[Step]:
        names = [each for each in table.columns if each.partition("_")[0] in _CONVERTED]
        names = [each for each in names if "create_constraint" not in table.columns[each].type]
        names = [each for each in names if not any(each in table.uses[it] for it in table.uses if "CHECK" in it)]
        if not names:
            return self._add(table)
        name = self._one(names)
        column = table.columns[name]
        kinds = [each for each in _CONVERTED[name.partition("_")[0]] if each != column.type]
        new = Column(self._one(kinds), column.nullable, column.default)
        table.columns[name] = new
        return self._alter(table, name, f"type_={new.type}", f"type_={column.type}", column)

    def _null(self, table: Table) -> list[Step]:
        names = [each for each in table.columns if not each.endswith("_n") and each.partition("_")[0] in _COLUMNS]
        if not names:
            return self._add(table)
        name = self._one(names)
        old = table.columns[name]
        table.columns[name] = Column(old.type, not old.nullable, old.default)
        return self._alter(
            table, name, f"nullable={not old.nullable}", f"nullable={old.nullable}", old, "existing_nullable"
        )

    def _default(self, table: Table) -> list[Step]:
        names = [each for each in table.columns if _DEFAULTS.get(each.partition("_")[0])]
        if not names:
            return self._add(table)
        name = self._one(names)
        old = table.columns[name]
        default = "" if old.default else self._one(_DEFAULTS[name.partition("_")[0]])
        table.columns[name] = Column(old.type, old.nullable, default)
        up, down = (f"server_default={each or None}" for each in (default, old.default))
        return self._alter(table, name, up, down, old, "existing_server_default")

    def _rename(self, table: Table) -> list[Step]:
        key = table.name in self.parents and not self._chance(3)
        free = [table.key] if key else [each for each in table.columns if each.partition("_")[0] in _COLUMNS]
        if not free or (key and any("ck" in each for each in table.uses)):
            return self._add(table)
        name = self._one(free)
        new = f"{table.name}_no_{self._number()}" if key else f"{name.partition('_')[0]}_{self._number()}"
        new += "_n" if name.endswith("_n") else ""
        old = Column("sa.Integer()", False) if key else table.columns[name]
        more = ", type_=sa.BigInteger(), existing_type=sa.Integer()" if key and self._chance(3) else ""
        back = more.replace("BigInteger", "Int").replace("Integer", "BigInteger").replace("sa.Int(", "sa.Integer(")
        if not key and self._chance(3) and not name.endswith("_n"):
            more, back = (f", nullable={each}, existing_type={old.type}" for each in (not old.nullable, old.nullable))
            table.columns[name] = Column(old.type, not old.nullable, old.default)
        if key:
            table.key = new
        else:
            table.columns = {new if each == name else each: kept for each, kept in table.columns.items()}
        for constraint in list(table.uses):
            table.uses[constraint] = {new if each == name else each for each in table.uses[constraint]}
        table.constraints = {each: kept for each, kept in table.constraints.items() if name not in str(kept)}
        table.indexes = {each: kept for each, kept in table.indexes.items() if name not in str(kept)}
        up, down = f'"{name}", new_column_name="{new}"{more}', f'"{new}", new_column_name="{name}"{back}'
        return self._made(table, ("alter_column", up), ("alter_column", down))

    # Constraints and indexes

    def _constraint(self, table: Table, kind: str, made: Operation, columns: set[str]) -> list[Step]:
        name = made.ahead[0].strip('"')
        table.uses[name] = columns
        table.constraints[name] = (kind, made)
        return [Step((made,), (_dropped(table, name, kind),))]

    def _unique(self, table: Table) -> list[Step]:
        names = [each for each in table.columns if self._distinct(each) and each in table.free()]
        if not names:
            return self._check(table)
        column, name = self._one(names), f'"uq_{self._number()}"'
        made = Operation("create_unique_constraint", f'"{table.name}"', (name,), (f'["{column}"]',))
        return self._constraint(table, "unique", made, {column})

    def _check(self, table: Table) -> list[Step]:
        name, condition = f'"ck_{self._number()}"', self._one(_CHECKS).replace("id", table.key)
        made = Operation("create_check_constraint", f'"{table.name}"', (name,), (f'"{condition}"',))
        return self._constraint(table, "check", made, {table.key})

    def _foreign_key(self, table: Table) -> list[Step]:
        others = [each for each in self.tables.values() if each is not table and each.name not in self.parents]
        others = [each for each in others if table.name not in self.parents or each.key == "id"]
        if not others:
            return self._unique(table)
        other, column, name = self.random.choice(others), f"ref_{self._number()}", f"fk_{self.count}"
        action = self._one(_REFERENCES[:3])
        self.parents.setdefault(other.name, set()).add(table.name)
        table.columns[column] = Column("sa.Integer()")
        table.uses[name] = {column}
        key = f'sa.ForeignKey("{other.name}.{other.key}", name="{name}"{", " * bool(action)}{action})'
        steps = self._made(
            table, ("add_column", table.columns[column].code(column, key)), ("drop_column", f'"{column}"')
        )
        if self._chance(2):  # as autogenerate writes it
            added = self._made(
                table, ("add_column", table.columns[column].code(column)), ("drop_column", f'"{column}"')
            )
            behind = (f'"{other.name}"', f'["{column}"]', f'["{other.key}"]', *([action] if action else []))
            made = Operation("create_foreign_key", f'"{table.name}"', (f'"{name}"',), behind)
            steps = [*added, *self._constraint(table, "foreignkey", made, {column})]
        return steps

    def _without(self, table: Table, name: str) -> Step:
        kind, made = table.constraints[name]
        return Step((_dropped(table, name, kind),), (made,))

    def _drop_constraint(self, table: Table) -> list[Step]:
        if not table.constraints:
            return self._unique(table)
        name = self._one(sorted(table.constraints))
        step = self._without(table, name)
        del table.constraints[name]
        table.uses.pop(name, None)
        return [step]

    def _index(self, table: Table) -> list[Step]:
        name, column = f"ix_{self._number()}", self._one(list(table.columns))
        listed = self._one(
            [f'["{column}"]', f'["{column}"]', f'[sa.text("{column} DESC")]', f'[sa.text("lower({column})")]']
        )
        more = ""
        if self._chance(4):
            more = f', sqlite_where=sa.text("{column} IS NOT NULL"), postgresql_where=sa.text("{column} IS NOT NULL")'
        made = Operation("create_index", f'"{table.name}"', (f'"{name}"',), (listed + more,), needs_block=False)
        table.uses[name] = {column}
        table.indexes[name] = made
        return [Step((made,), (_dropped(table, name, "index"),))]

    def _drop_index(self, table: Table) -> list[Step]:
        if not table.indexes:
            return self._index(table)
        name = self._one(sorted(table.indexes))
        made = table.indexes.pop(name)
        table.uses.pop(name, None)
        return [Step((_dropped(table, name, "index"),), (made,))]


def _dropped(table: Table, name: str, kind: str) -> Operation:
    if kind == "index":
        return Operation("drop_index", f'"{table.name}"', (f'"{name}"',), (), needs_block=False)
    return Operation("drop_constraint", f'"{table.name}"', (f'"{name}"',), (f'type_="{kind}"',))


def write(history: History, folder: Path, apart: bool = False) -> Path:
    """Write the scripts. ``apart``: something stands between any two operations, so that each gets its own block."""
    for number, steps in enumerate(history, 1):
        ups = [each for step in steps for each in step.up]
        downs = [each for step in steps[::-1] for each in step.down]
        lay(folder, number, *("\n    ".join(_lines(each, apart)) or "pass" for each in (ups, downs)))
    return folder


def _lines(statements: list[Statement], apart: bool) -> Iterator[str]:
    for statement in statements:
        yield from statement.lines(apart=False)
        if apart:
            yield "pass"


def smaller(history: History) -> Iterator[History]:
    """The same without a revision, without a step, and without an operation of a block."""
    for number, steps in enumerate(history):
        around = history[:number], history[number + 1 :]
        if number:
            yield (*around[0], *around[1])
        for place, step in enumerate(steps):
            yield (*around[0], (*steps[:place], *steps[place + 1 :]), *around[1])
            for less in _less(step) if number else ():
                yield (*around[0], (*steps[:place], less, *steps[place + 1 :]), *around[1])


def _less(step: Step) -> Iterator[Step]:
    """Without the way back; without one of its statements; without one operation of a block, there and back."""
    if step.down:
        yield Step(step.up, ())
    if len(step.up) > 1:
        yield from (Step((*step.up[:n], *step.up[n + 1 :]), step.down) for n in range(1, len(step.up)))
    if len(step.up) == 1 and isinstance(step.up[0], Handwritten):
        block = step.up[0]
        for number in range(len(block.operations)):
            left = block.operations[:number] + block.operations[number + 1 :]
            if left:
                yield Step((Handwritten(block.table, block.options, left),), ())


def own(history: History) -> Callable[[str, Asked], Asked]:
    """What leaves of what a revision asks for only what stands in the history, not what has been written into it."""
    texts: dict[str, set[tuple[str, ...]]] = {}
    indexes: dict[str, set[str]] = {}
    for number, steps in enumerate(history, 1):
        statements = [each for step in steps for each in (*step.up, *step.down)]
        lines = [each.text for each in statements if isinstance(each, Plain)]
        told = [sql for line in lines for sql in _EXECUTED.findall(line)]
        texts[f"{number:04d}"] = {tuple(each.strip("'").lower() for each in tokens(sql)) for sql in told}
        operations = [each for each in statements if isinstance(each, Operation)]
        operations += [each for block in statements if isinstance(block, Handwritten) for each in block.operations]
        dropped = {each.ahead[0].strip('"').lower() for each in operations if each.name == "drop_index"}
        indexes[f"{number:04d}"] = dropped

    def left(revision: str, asked: Asked) -> Asked:
        statements = [each for each in asked.statements if each in texts[revision]]
        return replace(asked, statements=statements, indexes=asked.indexes & indexes[revision])

    return left
