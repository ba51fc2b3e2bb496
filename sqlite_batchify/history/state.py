"""What a database holds as the replay sees it, and all that changes it.

Changes are noted, so that they can be taken back: those of a ``downgrade``, and those of a script that fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TypeVar

from ..names import CHECK, PRIMARY_KEY, Shape
from ..reading.events import Arms, Column, Table
from .objects import Objects
from .tables import COLUMN, MENTION, NAME, Key, Known, Present, TableState, place_column, told_of
from .taken import Taken
from .twins import Twins

Item = Known | Present
_Name = TypeVar("_Name")
_Told = TypeVar("_Told")


class State:
    """The tables of one database."""

    def __init__(self) -> None:
        self.tables: dict[Table, TableState] = {}
        self._taken: defaultdict[str | None, Taken] = defaultdict(Taken)
        self._indexes: defaultdict[str, dict[Present, None]] = defaultdict(dict)
        self._touched: dict[Item, None] = {}
        self._copied: dict[TableState, None] = {}
        self._searched: set[str | None] = set()
        self._undo: list[Callable[[], object]] = []
        self._referring: defaultdict[str, dict[Known, None]] = defaultdict(dict)
        self._numbers = count(1)
        self._twins = Twins()
        self.objects = Objects(self._note)
        self._loose = -1
        self._keys_called: dict[str, TableState] = {}
        self._spellings: defaultdict[tuple[str | None, str], dict[Table, None]] = defaultdict(dict)

    def settle(self) -> None:
        """A script ends: what is gone is left out, and all branches have been taken."""
        for each in self._touched:
            if each.gone:
                self._unlink(each)
                if isinstance(each, Known):
                    self._disappear(each)
            self._alter(each, "born", ())
            if isinstance(each, Known):
                each.named_in = ()
            each.table.branched.clear()
            each.table.fitting.clear()
        for table in self._copied:
            for check in table.losing:
                check.lost = True
                table.fragile.pop(check, None)
            table.losing.clear()
            table.copied = False
        for known in self._twins.settle():
            self._disappear(known)
            self._alter(known, "hidden", True)
        self._forget()

    def take_back(self) -> None:
        """Undo all that was done since the last script ended."""
        while self._undo:
            self._undo.pop()()
        for each in self._touched:
            each.table.fitting.clear()
        self._forget()

    def _forget(self) -> None:
        for schema in self._searched:
            self._taken[schema].settle()
        self._searched.clear()
        self._touched.clear()
        self._copied.clear()
        self._undo.clear()
        self._twins.forget()

    def _note(self, undo: Callable[..., object], *args: object) -> None:
        self._undo.append(partial(undo, *args))

    # Tables

    def table(self, key: Table) -> TableState:
        """The table of this name, which is there from now on if it was not."""
        if key not in self.tables:
            self._replace(key, TableState(key.name, key.schema))
        return self.tables[key]

    def create_table(self, key: Table, complete: bool, sure: bool) -> TableState:
        table = TableState(key.name, key.schema, created=True, complete=complete, sure=sure)
        table.number = next(self._numbers)
        self._replace(key, table)
        return table

    def rename_table(self, key: Table, new: str) -> None:
        table = self.tables.get(key)
        if table is not None:
            self._note(self._put, key, self._put(key, None))
            self._note(setattr, table, "name", table.name)
            table.name = new
            self._replace(Table(key.schema, new), table)

    def copy(self, table: TableState) -> None:
        """SQLite copies the table in this script."""
        if not table.copied:
            self._note(setattr, table, "copied", False)
            table.copied = True
            self._copied[table] = None

    def rebuild(self, table: TableState) -> None:
        """Something is done to the constraints of the table that cannot be told."""
        if not table.rebuilt:
            self._note(setattr, table, "rebuilt", False)
            table.rebuilt = True

    def cloud(self, table: TableState) -> None:
        """Its columns may get a constraint, or lose one, and that cannot be told."""
        self._note(setattr, table, "clouded", table.clouded)
        table.clouded = self.now()

    def now(self) -> int:
        """A number above those of all columns that there are."""
        return next(self._numbers)

    def _replace(self, key: Table, table: TableState) -> None:
        before = self._put(key, table)
        self._note(self._put, key, before)
        if before is not None:
            for each in before.items():
                self._unlink(each)
                self._note(self._link, each)

    def _put(self, key: Table, table: TableState | None) -> TableState | None:
        before = self.tables.pop(key, None)
        taken = self._taken[key.schema]
        spellings = self._spellings[key.schema, key.name.casefold()]
        if before is not None:
            taken.remove(before, key.name, True)
            spellings.pop(key, None)
        if table is not None:
            self.tables[key] = table
            spellings[key] = None
            taken.add(table, key.name, True)
        return before

    # Columns

    def set_column(self, table: TableState, column: Column) -> None:
        """A column that is created, or what is said of one that is altered; what is not said stays as it was."""
        known = table.columns.get(column.name)
        placed = (next(self._numbers), column) if known is None else (known[0], told_of(known[1], column))
        self._put_column(table, column.name, placed)

    def drop_column(self, table: TableState, name: str) -> None:
        self._put_column(table, name, None)

    def _put_column(self, table: TableState, name: str, placed: tuple[int, Column] | None) -> None:
        self._note(place_column, table, name, table.columns.get(name))
        place_column(table, name, placed)

    # References and names

    def spelled(self, key: Table) -> str | None:
        """How the name of a table is written that this one can only be; None if it is written so."""
        known = self._spellings.get((key.schema, key.name.casefold()), {})
        if key in self.tables and self.tables[key].created:
            return None
        others = [each.name for each in known if each != key and self.tables[each].sure]
        return others[0] if len(others) == 1 else None

    def in_any_case(self, name: str) -> list[TableState]:
        """The tables of this name, however it is written."""
        return [self.tables[each] for each in self._spellings.get((None, name.casefold()), ())]

    def is_sure(self, table: TableState) -> bool:
        """Whether a table is known as SQLite has it, but for what is marked."""
        return table.created and table.sure and not table.doubtful and table.number > self._loose

    def call_key(self, name: str, table: TableState) -> None:
        """Raw SQL gives the index of a primary key this name, which SQLite does not see."""
        self._note(self._keys_called.pop, name, None)
        self._keys_called[name] = table

    def keyed_by(self, name: str, arms: Arms) -> list[TableState]:
        """The tables whose primary key, or its index, has this name."""
        named = (each for each in self._taken[None].constraints_called(name) if isinstance(each, Known))
        found = [each.table for each in named if each.kind == PRIMARY_KEY and each.seen(arms)]
        return found + ([self._keys_called[name]] if name in self._keys_called else [])

    def doubt_all(self) -> None:
        """Something is done to tables that cannot be told."""
        self._note(setattr, self, "_loose", self._loose)
        self._loose = next(self._numbers)

    def mark(self, table: TableState, **fields: object) -> None:
        """Note what is known of a table as SQLite has it."""
        for name, value in fields.items():
            self._note(setattr, table, name, getattr(table, name))
            setattr(table, name, value)

    def alter_condition(self, known: Known, condition: str | None) -> None:
        """The SQL of a CHECK is another one now, None if it cannot be told."""
        self._note(setattr, known, "condition", known.condition)
        known.condition = condition

    def put(self, known: dict[_Name, _Told], name: _Name, *value: _Told) -> None:
        """Note something of a table by its name, or that there is no such thing any more."""
        if name in known:
            self._note(known.__setitem__, name, known.pop(name))
        if value:
            known[name] = value[0]
            self._note(known.pop, name, None)

    def doubt(self, table: TableState) -> None:
        """It is not sure any more that the table is there."""
        self._note(setattr, table, "sure", table.sure)
        table.sure = False

    def referring(self, table: TableState, arms: Arms, *, own: bool = False) -> list[Known]:
        """The foreign keys of other tables that refer to this one, for an event in these branches; also its ``own``."""
        found = self._referring.get(table.name, {})
        return [each for each in found if (own or each.table is not table) and each.seen(arms)]

    # Constraints and indexes

    def add(self, each: Item) -> None:
        self._touched[each] = None
        self._link(each)
        self._note(self._unlink, each)
        if isinstance(each, Known):
            self._appear(each)
            self._note(self._disappear, each)
            self._twins.add(each)

    def drop(self, each: Item, arms: Arms) -> None:
        """It is gone for what follows, but in other branches."""
        self._touched[each] = None
        each.gone.append(arms)
        self._note(each.gone.pop)
        if not _is_linked(each):
            return
        if arms in ((), each.born):
            self._unlink(each)
            self._note(self._link, each)
        else:
            self._free(each)

    def rename_column(self, table: TableState, old: str, new: str) -> None:
        for known in list(table.constraints.get((COLUMN, old), ())):
            assert known.form is not None  # else it could not be looked up by a column
            columns = tuple(new if each == old else each for each in known.form.columns)
            self._change(known, "form", known.form._replace(columns=columns))
        for present in list(table.indexes.get((COLUMN, old), ())):
            columns = tuple(new if each == old else each for each in present.index.columns)
            self._change(present, "index", replace(present.index, columns=columns))
        for known in list(self._referring.get(table.name, ())):
            assert known.form is not None  # else nothing is known of what it refers to
            if old in known.form.referred_columns:
                referred = tuple(new if each == old else each for each in known.form.referred_columns)
                self._change(known, "form", known.form._replace(referred_columns=referred))
        placed = table.columns.get(old)
        if placed is not None:
            self._put_column(table, old, None)
            self._put_column(table, new, (placed[0], replace(placed[1], name=new)))
        for known in list(table.constraints.get((MENTION, old.casefold()), ())):
            self._change(known, "mentions", known.mentions | {new.casefold()})

    def name_on_sqlite(self, known: Known, name: str | None, arms: Arms) -> None:
        """The naming convention of a block gives a constraint this name."""
        self._touched[known] = None
        self._twins.name(known)
        self._disappear(known)
        self._note(self._appear, known)
        self._note(setattr, known, "named_in", known.named_in)
        known.named_in = arms
        self._change(known, "sqlite", name)
        self._appear(known)
        self._note(self._disappear, known)
        if arms:
            known.table.branched[known] = None
            self._note(known.table.branched.pop, known, None)

    def is_hidden(self, known: Known, apart: bool) -> bool:
        """Whether a block does not see it, since another covers the same columns.

        ``apart`` if that is not the block in which it was created.
        """
        return not known.table.rebuilt and (known.hidden or (apart and self._twins.is_behind(known)))

    def claim(self, known: Known, name: str | None) -> None:
        """A drop means it, by this name. That is not taken back: what is known stays known."""
        self._alter(known, "claimed", True)
        self._alter(known, "meant", name)

    def first_free(self, shape: Shape, schema: str | None, arms: Arms) -> str:
        """The name that PostgreSQL would give a constraint."""
        self._searched.add(schema)
        return self._taken[schema].first_free(shape, arms)

    def indexes_called(self, name: str) -> list[Present]:
        """Those of any table."""
        return list(self._indexes.get(name, ()))

    def _change(self, each: Item, attribute: str, value: object) -> None:
        self._note(self._alter, each, attribute, self._alter(each, attribute, value))

    def _alter(self, each: Item, attribute: str, value: object) -> object:
        """Give it another value of what it is looked up by, if it can be; returns the one before."""
        register, linked = _register(each), _is_linked(each)
        if linked:
            for key in each.lookups():
                register[key].pop(each, None)
        before = getattr(each, attribute)
        setattr(each, attribute, value)
        if linked:
            for key in each.lookups():
                register[key][each] = None
        return before

    def _link(self, each: Item) -> None:
        register = _register(each)
        for key in each.lookups():
            register[key][each] = None
        name, is_index = _name(each), isinstance(each, Present)
        if name is not None:
            self._taken[each.table.schema].add(each, name, is_index)
        if isinstance(each, Present):
            self._indexes[each.index.name][each] = None
        else:
            each.table.mysql_keys.add(each, each.mysql, each.created_as)
            if each.form is not None and each.form.referred_table:
                self._referring[each.form.referred_table][each] = None

    def _unlink(self, each: Item) -> None:
        register = _register(each)
        for key in each.lookups():
            register[key].pop(each, None)
        name, is_index = _name(each), isinstance(each, Present)
        if name is not None:
            self._taken[each.table.schema].remove(each, name, is_index)
        if isinstance(each, Present):
            self._indexes[each.index.name].pop(each, None)
        else:
            each.table.mysql_keys.remove(each, each.mysql)
            if each.form is not None:
                self._referring[each.form.referred_table].pop(each, None)

    def _free(self, each: Item) -> None:
        name = _name(each)
        if name is not None:
            self._taken[each.table.schema].freed(name)
        each.table.mysql_keys.freed()

    def _appear(self, known: Known) -> None:
        """In what a block finds when it reflects the table."""
        table = known.table
        table.fitting.clear()
        if known.hidden:
            return
        if known.sqlite is not None:
            table.named[known.sqlite][known] = None
            return
        table.nameless[known.kind][known] = None
        if known.kind == CHECK and not known.lost:
            table.fragile[known] = None

    def _disappear(self, known: Known) -> None:
        table = known.table
        table.fitting.clear()
        table.nameless[known.kind].pop(known, None)
        table.fragile.pop(known, None)
        if known.sqlite is not None:
            table.named[known.sqlite].pop(known, None)


def _register(each: Item) -> defaultdict[Key, dict[Item, None]]:
    return each.table.constraints if isinstance(each, Known) else each.table.indexes  # type: ignore[return-value]


def _is_linked(each: Item) -> bool:
    """Whether anybody sees it."""
    return each in _register(each).get((NAME, _name(each)), {})


def _name(each: Item) -> str | None:
    return each.name if isinstance(each, Known) else each.index.name
