"""Histories with what a copy of a table loses, and with changes that may do so; generated from a number."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.histories import lay

_TYPES = {
    "sa.Integer()": ("sa.BigInteger()", "sa.Text()"),
    "sa.String(40)": ("sa.String(80)", "sa.Text()", "sa.Integer()", "sa.DateTime()"),
    "sa.Text()": ("sa.String(40)",),
    "sa.Numeric(10, 2)": ("sa.Float()",),
    "sa.Boolean()": ("sa.Integer()",),
    "sa.DateTime()": ("sa.Date()", "sa.Text()"),
}
_SQL_TYPES = {
    "sa.Integer()": "INTEGER",
    "sa.String(40)": "VARCHAR(40)",
    "sa.Text()": "TEXT",
    "sa.Numeric(10, 2)": "NUMERIC(10, 2)",
    "sa.Boolean()": "BOOLEAN",
    "sa.DateTime()": "DATETIME",
}
_DEFAULTS = {
    "sa.Integer()": '"7"',
    "sa.Text()": '"x"',
    "sa.String(40)": "sa.text(\"'a'\")",
    "sa.DateTime()": "sa.func.now()",
}
_OF_COLUMN = (
    " COLLATE NOCASE",
    " DEFAULT 'x:y'",
    " DEFAULT 'x'",
    " CHECK ({name} <> 'z')",
    " UNIQUE",
    " NOT NULL",
    " NOT NULL ON CONFLICT REPLACE DEFAULT 'q'",
)
_OF_KEY = " AUTOINCREMENT"
_OF_REFERENCE = (" ON DELETE CASCADE", " DEFERRABLE INITIALLY DEFERRED")
_COLUMNS = ("name", "city", "size", "born", "note", "Kind", "rank", "price")
_AFTERWARDS = (
    "CREATE TRIGGER tr_{table} AFTER UPDATE ON {quoted} BEGIN UPDATE {quoted} SET {column} = NULL WHERE id = -1; END",
    "CREATE VIEW v_{table} AS SELECT id, {column} FROM {quoted}",
    "CREATE INDEX ix_{table} ON {quoted} ({column})",
    "CREATE INDEX ix_{table}_desc ON {quoted} ({column} DESC)",
    "CREATE INDEX ix_{table}_lower ON {quoted} (lower({column}))",
    "CREATE UNIQUE INDEX ux_{table} ON {quoted} ({column}) WHERE id > 100",
)
_DIFFERENT = ("sa.Integer()", "sa.Text()", "sa.String(40)")
_NATIVELY = {"add_column", "drop_column", "create_index", "drop_index"}
_INDENT = "\n    "
Change = tuple[str, str]
"""An operation, and what takes it back; both as methods of an object."""


@dataclass
class Table:
    name: str
    columns: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    indexes: list[str] = field(default_factory=list)


class Generator:
    """Writes one history, and keeps track of what there is.

    About one in ``rare`` of the things that a copy could lose is there, so that most histories have few of them.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rare = self.random.choice((4, 10, 40))
        self.tables: list[Table] = []
        self.count = 0

    def write(self, folder: Path, revisions: int = 4) -> Path:
        ups = [_INDENT.join(line for name in ("person", "pet", "order") for line in self._new(name))]
        downs = [_INDENT.join(f'op.drop_table("{table.name}")' for table in self.tables[::-1])]
        views = [f'op.execute("DROP VIEW IF EXISTS v_{table.name}")' for table in self.tables]
        downs[0] = _INDENT.join([*views, downs[0]])
        for _ in range(revisions - 1):
            up, down = self._revision()
            ups.append(up)
            downs.append(down)
        for number, (up, down) in enumerate(zip(ups, downs, strict=True), 1):
            lay(folder, number, up, down)
        return folder

    def _one(self, options: tuple[str, ...] | list[str]) -> str:
        return self.random.choice(options)

    def _chance(self, parts: int) -> bool:
        return self.random.randrange(parts) == 0

    def _new(self, name: str) -> Iterator[str]:
        table = Table(name, {each: self._one(list(_TYPES)) for each in self.random.sample(_COLUMNS, 3)})
        counted = _OF_KEY if self._chance(self.rare) else ""
        written = [f"id INTEGER NOT NULL PRIMARY KEY{counted}"]
        for column, kind in table.columns.items():
            text = kind in ("sa.Text()", "sa.String(40)")
            more = self._one(_OF_COLUMN).format(name=column) if text and self._chance(self.rare // 2) else ""
            written.append(f"{column} {_SQL_TYPES[kind]}{more}")
        if self.tables and not self._chance(3):
            parent = self._one([each.name for each in self.tables])
            more = self._one(_OF_REFERENCE) if self._chance(self.rare) else ""
            written.append(f'parent_id INTEGER REFERENCES "{parent}" (id){more}')
        if self._chance(3):
            table.constraints[f"ck_{name}"] = "check"
            written.append(f"CONSTRAINT ck_{name} CHECK (id > 0)")
        yield f'op.execute("""CREATE TABLE "{name}" ({", ".join(written)})""")'
        self.tables.append(table)
        if self._chance(self.rare // 2):
            column, quoted = self._one(list(table.columns)), f'"{name}"'
            yield f'op.execute("""{self._one(_AFTERWARDS).format(table=name, quoted=quoted, column=column)} """)'

    def _revision(self) -> Change:
        up, down = list[str](), list[str]()
        for _ in range(self.random.randint(1, 2)):
            table = self.random.choice(self.tables)
            if self._chance(5):
                up.insert(0, self._statement(table))
            changes = [self._change(table) for _ in range(self.random.randint(1, 2))]
            if "new_column_name" in changes[0][0] or self._chance(2):  # what follows in the block would miss the name
                changes = changes[:1]
            names = {each.partition("(")[0] for change in changes for each in change}
            natively = names <= _NATIVELY and "ForeignKey" not in str(changes)
            if self._chance(2 if natively else 20):
                done, back = ([each[side] for each in changes] for side in (0, 1))
                up += [_direct(table.name, each) for each in done]
                down = [*(_direct(table.name, each) for each in back[::-1]), *down]
            else:
                up += _block(table.name, [each[0] for each in changes])
                down = [*_block(table.name, [each[1] for each in changes[::-1]]), *down]
        if self._chance(10):
            down = ['raise NotImplementedError("no way back")']
        elif self._chance(10):
            down = ["pass"]
        return _INDENT.join(up), _INDENT.join(down)

    def _statement(self, table: Table) -> str:
        column = self._one(list(table.columns))
        return self._one(
            [
                f"""op.execute('UPDATE "{table.name}" SET {column} = 5 WHERE id = 1')""",
                f"""op.execute('DELETE FROM "{table.name}" WHERE id = 2')""",
                f'op.execute("DROP TRIGGER IF EXISTS tr_{table.name}")',
                f'op.execute("DROP VIEW IF EXISTS v_{table.name}")',
                f'op.execute("DROP INDEX IF EXISTS ix_{table.name}_lower")',
                'op.execute("PRAGMA foreign_keys=OFF")',
            ]
        )

    def _change(self, table: Table) -> Change:
        kinds = [self._add, self._drop, self._retype, self._null, self._default, self._unique, self._check]
        kinds += [self._foreign_key, self._index, self._rename]
        return self.random.choice(kinds)(table)

    def _number(self) -> int:
        self.count += 1
        return self.count

    def _add(self, table: Table) -> Change:
        name, kind = f"c{self._number()}", self._one(list(_TYPES))
        default = _DEFAULTS.get(kind)
        more = f", server_default={default}" if default and self._chance(2) else ""
        more += ", nullable=False" if more and "func" not in more and self._chance(2) else ""
        table.columns[name] = kind
        return f'add_column(sa.Column("{name}", {kind}{more}))', f'drop_column("{name}")'

    def _drop(self, table: Table) -> Change:
        if len(table.columns) < 2:
            return self._add(table)
        name = self._one(list(table.columns))
        return f'drop_column("{name}")', f'add_column(sa.Column("{name}", {table.columns.pop(name)}))'

    def _alter(self, table: Table, name: str, up: str, down: str) -> Change:
        known = f"existing_type={table.columns[name]}"
        return (
            f'alter_column("{name}", {"" if "type_" in up else f"{known}, "}{up})',
            f'alter_column("{name}", {"" if "type_" in down else f"{known}, "}{down})',
        )

    def _retype(self, table: Table) -> Change:
        name = self._one(list(table.columns))
        kind = table.columns[name]
        if kind not in _TYPES:
            return self._null(table)
        new = _TYPES[kind][0] if self._chance(2) else self._one(_TYPES[kind])
        both = self._alter(table, name, f"type_={new}, existing_type={kind}", f"type_={kind}, existing_type={new}")
        table.columns[name] = new
        return both

    def _null(self, table: Table) -> Change:
        return self._alter(table, self._one(list(table.columns)), "nullable=False", "nullable=True")

    def _default(self, table: Table) -> Change:
        return self._alter(table, self._one(list(table.columns)), 'server_default="3"', "server_default=None")

    def _unique(self, table: Table) -> Change:
        name = f"uq_{self._number()}"
        column = self._one(["id", *(each for each, kind in table.columns.items() if kind in _DIFFERENT)])
        return f'create_unique_constraint("{name}", ["{column}"])', f'drop_constraint("{name}", type_="unique")'

    def _check(self, table: Table) -> Change:
        name = f"ck_{self._number()}"
        return f'create_check_constraint("{name}", "id > -9")', f'drop_constraint("{name}", type_="check")'

    def _foreign_key(self, table: Table) -> Change:
        name, column = f"fk_{self._number()}", f"r{self.count}"
        other = self._one([each.name for each in self.tables])
        key = f'sa.ForeignKey("{other}.id", name="{name}")'
        return f'add_column(sa.Column("{column}", sa.Integer(), {key}))', f'drop_column("{column}")'

    def _index(self, table: Table) -> Change:
        name, column = f"ix_{self._number()}", self._one(list(table.columns))
        return f'create_index("{name}", ["{column}"])', f'drop_index("{name}")'

    def _rename(self, table: Table) -> Change:
        name, new = self._one(list(table.columns)), f"n{self._number()}"
        both = self._alter(table, name, f'new_column_name="{new}"', "")
        kind = table.columns.pop(name)
        table.columns[new] = kind
        return both[0], f'alter_column("{new}", existing_type={kind}, new_column_name="{name}")'


def _direct(table: str, change: str) -> str:
    name, _, arguments = change.partition("(")
    if name == "drop_index":
        return f'op.drop_index({arguments[:-1]}, table_name="{table}")'
    if name in ("create_unique_constraint", "create_check_constraint", "drop_constraint", "create_index"):
        first, _, rest = arguments.partition(", ")
        return f'op.{name}({first}, "{table}", {rest}'
    return f'op.{name}("{table}", {arguments}'


def _block(table: str, changes: list[str]) -> list[str]:
    return [f'with op.batch_alter_table("{table}") as batch_op:', *(f"    batch_op.{each}" for each in changes)]
