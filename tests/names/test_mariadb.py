"""The names that MariaDB makes up for foreign keys and unique constraints, on generated tables."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from sqlite_batchify.names import (
    CHECK,
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    UNIQUE,
    Shape,
    may_be_mysql_name,
    mysql_name,
)
from tests.support import part
from tests.support.servers import Fresh

_EVERY = 7
_SEEDS = range(part(3, _EVERY))
_TABLES = 30
_COLUMNS = """
    SELECT index_name, column_name FROM information_schema.statistics
    WHERE table_schema = database() AND table_name = %s ORDER BY index_name, seq_in_index
"""
_KEYS = """
    SELECT constraint_name, column_name FROM information_schema.key_column_usage
    WHERE table_schema = database() AND table_name = %s AND referenced_table_name IS NOT NULL
    ORDER BY constraint_name, ordinal_position
"""

_WORDS = ("a", "b", "A_2", "a_3", "Ab", "user group", "say `hi`", "100%", "größe", "ÉTÉ", "価格", "primary", "key", "ß")
_STEMS = ("t", "Order", "user group", "a`b", "100%", "größe", "価格", "a.b", "a-b", "a_2", "x" * 50)


def quoted(*names: str) -> str:
    return ", ".join("`" + name.replace("`", "``") + "`" for name in names)


def _hub(width: int) -> list[str]:
    return [f"c{number}" for number in range(1, width + 1)]


@dataclass(frozen=True)
class Item:
    """A foreign key, a unique constraint or an index to make; without a name MariaDB makes one up."""

    kind: str
    columns: tuple[str, ...]
    name: str | None = None

    @property
    def sql(self) -> str:
        listed, name = quoted(*self.columns), quoted(self.name) if self.name is not None else ""
        if self.kind == INDEX:
            return f"INDEX {name} ({listed})"
        named = f"CONSTRAINT {name} " if name else ""
        if self.kind == UNIQUE:
            return f"{named}UNIQUE ({listed})"
        return f"{named}FOREIGN KEY ({listed}) REFERENCES hub ({', '.join(_hub(len(self.columns)))})"


@dataclass(frozen=True)
class Index:
    """An index; ``made`` if a foreign key made it for itself."""

    columns: tuple[str, ...]
    name: str | None = None
    made: bool = False

    def begins(self, other: Index) -> bool:
        return other.columns[: len(self.columns)] == self.columns


def remaining(indexes: Sequence[Index]) -> list[Index]:
    """Without those that a foreign key made and that others begin with; of two that are alike the later stays."""
    return [
        index
        for place, index in enumerate(indexes)
        if not index.made
        or not any(
            index.begins(other) and (not other.made or len(other.columns) > len(index.columns) or later > place)
            for later, other in enumerate(indexes)
            if later != place
        )
    ]


@dataclass
class Table:
    name: str
    columns: list[str]
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=lambda: {"PRIMARY": Index(("id",), "PRIMARY")})

    def foretell(self, items: Sequence[Item]) -> Iterator[tuple[Shape, str]]:
        """What has no name in this statement, and the name that it gets; the table then has the items."""
        yield from self._foretell_keys([item for item in items if item.kind == FOREIGN_KEY])
        new = [Index(item.columns, item.name, item.kind == FOREIGN_KEY) for item in items]
        indexes = remaining([*self.indexes.values(), *new])
        self.indexes = {}
        for index in indexes:
            shape = Shape(UNIQUE, None, self.name, index.columns)
            name = index.name if index.name is not None else mysql_name(shape, self.indexes)
            if index.name is None and not index.made:
                yield shape, name
            self.indexes[name] = Index(index.columns, name, index.made)

    def _foretell_keys(self, items: Sequence[Item]) -> Iterator[tuple[Shape, str]]:
        taken = [*self.keys]
        for item in items:
            shape = Shape(FOREIGN_KEY, None, self.name, item.columns)
            name = item.name
            if name is None:
                name = mysql_name(shape, taken)
                taken.append(name)
                yield shape, name
            self.keys[name] = item.columns


@dataclass
class World:
    """One database, whose tables are compared after each statement."""

    connection: sa.Connection
    tables: list[Table] = field(default_factory=list)
    compared: list[tuple[Shape, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = ", ".join(f"{each} int" for each in _hub(3))
        self.execute(f"CREATE TABLE hub ({columns}, UNIQUE (c1), UNIQUE (c1, c2), UNIQUE (c1, c2, c3))")

    def execute(self, sql: str) -> None:
        self.connection.execution_options(no_parameters=True).exec_driver_sql(sql)

    def create(self, name: str, columns: Sequence[str], *items: Item) -> Table:
        table = Table(name, list(columns))
        self.tables.append(table)
        parts = ["id int PRIMARY KEY", *(f"{quoted(each)} int" for each in columns), *(item.sql for item in items)]
        self.execute(f"CREATE TABLE {quoted(name)} ({', '.join(parts)})")
        self._compare(table, items)
        return table

    def alter(self, table: Table, *items: Item, drop: str | None = None) -> None:
        dropped = [] if drop is None else [f"DROP FOREIGN KEY {quoted(drop)}"]
        parts = [*dropped, *(f"ADD {item.sql}" for item in items)]
        self.execute(f"ALTER TABLE {quoted(table.name)} {', '.join(parts)}")
        self._compare(table, items, drop)

    def drop_index(self, table: Table, name: str) -> None:
        self.execute(f"ALTER TABLE {quoted(table.name)} DROP INDEX {quoted(name)}")
        del table.indexes[name]

    def rename(self, table: Table, name: str) -> None:
        """MariaDB renames the foreign keys that it has named."""
        self.execute(f"ALTER TABLE {quoted(table.name)} RENAME TO {quoted(name)}")
        for key in [key for key in table.keys if key.startswith(f"{table.name}_ibfk_")]:
            table.keys[name + key.removeprefix(table.name)] = table.keys.pop(key)
        table.name = name
        self._compare(table, [])

    def _compare(self, table: Table, items: Sequence[Item], drop: str | None = None) -> None:
        self.compared += table.foretell(items)
        if drop is not None:
            del table.keys[drop]
        assert self._found(_KEYS, table.name) == table.keys
        assert self.indexes(table.name) == {name: each.columns for name, each in table.indexes.items()}

    def indexes(self, table: str) -> dict[str, tuple[str, ...]]:
        return self._found(_COLUMNS, table)

    def _found(self, query: str, table: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, column in self.connection.exec_driver_sql(query, (table,)):
            found[name] = (*found.get(name, ()), column)
        return found

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.compared]


@pytest.fixture
def world(mariadb: Fresh) -> World:
    return World(mariadb())


class Generator:
    """Makes tables, constraints and indexes by chance, with names that meet."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.ways = itertools.cycle(["add", "drop", "add", "drop and add", "drop index", "rename"])
        self.done: set[str] = set()

    def run(self, tables: int) -> None:
        for number in range(tables):
            columns = self.random.sample(_WORDS, 6)
            items = [self._item(columns) for _ in range(self.random.randint(1, 5))]
            name = f"{self.random.choice(_STEMS)}{number:02}"
            table = self.world.create(name, columns, *_possible(items, set()))
            for _ in range(self.random.randint(0, 2)):
                self._change(table)

    def _change(self, table: Table) -> None:
        way = next(self.ways)
        items = [self._item(table.columns) for _ in range(self.random.randint(1, 3))]
        items = _possible(items, {*table.indexes, *table.keys})
        indexes = [name for name in table.indexes if name != "PRIMARY" and not _needed(table, name)]
        if way == "rename":
            self.world.rename(table, f"{table.name}x")
        elif way == "drop index" and indexes:
            self.world.drop_index(table, self.random.choice(indexes))
        elif way.startswith("drop") and table.keys:
            key = self.random.choice([*table.keys])
            self.world.alter(table, *(items if way == "drop and add" else ()), drop=key)
        else:
            way = "add"
            self.world.alter(table, *items)
        self.done.add(way)

    def _item(self, columns: Sequence[str]) -> Item:
        kind = self.random.choice([FOREIGN_KEY, UNIQUE, UNIQUE, INDEX])
        chosen = tuple(self.random.sample(columns, self.random.choice([1, 1, 2, 3])))
        if kind == INDEX or self.random.random() < 0.1:
            return Item(kind, chosen, self._taking(columns) if kind != FOREIGN_KEY else f"fk{self.random.random()}")
        return Item(kind, chosen)

    def _taking(self, columns: Sequence[str]) -> str:
        """A name that a unique constraint would get."""
        name = self.random.choice(columns)
        name = name if self.random.random() < 0.6 and name != "primary" else f"{name}_2"
        return self.random.choice([name, name.swapcase() if name.isascii() else name])


def _possible(items: Sequence[Item], taken: Collection[str]) -> list[Item]:
    """Named ones first, whose names are free: MariaDB takes no name for another that comes later."""
    kept: list[Item] = []
    used = {name.lower() for name in taken}
    for item in sorted(items, key=lambda item: item.name is None):
        if item.name is None or item.name.lower() not in used:
            kept.append(item)
            used |= {item.name.lower()} if item.name is not None else set()
    return kept


def _needed(table: Table, name: str) -> bool:
    return any(table.indexes[name].columns[0] == columns[0] for columns in table.keys.values())


@pytest.mark.parametrize("seed", _SEEDS)
def test_generated_tables_get_the_names_that_were_foretold(seed: int, world: World) -> None:
    generator = Generator(world, seed)
    generator.run(_TABLES)

    assert len(world.tables) == _TABLES
    assert all(may_be_mysql_name(name, shape) for shape, name in world.compared)
    assert generator.done == {"add", "drop", "drop and add", "drop index", "rename"}
    assert {name[-7:] for name in world.names} >= {"_ibfk_1", "_ibfk_2", "_ibfk_3"}
    assert any(name == f"{shape.columns[0]}_2" for shape, name in world.compared)
    assert any(name == f"{shape.columns[0]}_3" for shape, name in world.compared)
    assert any(not name.isascii() for name in world.names)


def test_at_least_200_tables_are_compared_where_all_is_drawn() -> None:
    assert _EVERY * _TABLES >= 200


def _key(*columns: str, name: str | None = None) -> Item:
    return Item(FOREIGN_KEY, columns, name)


def _unique(*columns: str, name: str | None = None) -> Item:
    return Item(UNIQUE, columns, name)


# Foreign keys


def test_the_number_of_a_foreign_key_follows_the_highest(world: World) -> None:
    table = world.create("t", ["a", "b"], _key("a"), _key("b"), _key("a"))
    world.alter(table, drop="t_ibfk_2")
    world.alter(table, _key("b"))
    world.alter(table, drop="t_ibfk_4")
    world.alter(table, _key("b"))

    assert world.names == ["t_ibfk_1", "t_ibfk_2", "t_ibfk_3", "t_ibfk_4", "t_ibfk_4"]


def test_a_foreign_key_that_the_statement_drops_still_counts(world: World) -> None:
    table = world.create("t", ["a"], _key("a"))
    world.alter(table, _key("a"), drop="t_ibfk_1")

    assert world.names[-1] == "t_ibfk_2"


def test_a_named_foreign_key_counts_from_the_next_statement_on(world: World) -> None:
    table = world.create("t", ["a", "b"], _key("a", name="t_ibfk_7"), _key("b"))
    world.alter(table, _key("a", name="t_ibfk_9"), _key("b"))
    world.alter(table, _key("b"))

    assert world.names == ["t_ibfk_1", "t_ibfk_8", "t_ibfk_10"]


@pytest.mark.parametrize("name", ["T_ibfk_7", "t_ibfk_07", "t_ibfk_0", "t_ibfk_", "t_ibfk_7x", "t_ibfk_٧", "t_7"])
def test_other_names_of_foreign_keys_do_not_count(name: str, world: World) -> None:
    table = world.create("t", ["a"], _key("a", name=name))
    world.alter(table, _key("a"))

    assert world.names == ["t_ibfk_1"]
    assert not may_be_mysql_name(name, Shape(FOREIGN_KEY, None, "t", ("a",))) or name == "T_ibfk_7"


def test_a_table_whose_name_looks_like_a_foreign_key(world: World) -> None:
    world.create("t", ["a"], _key("a"))
    table = world.create("t_ibfk_1", ["a"], _key("a"))
    world.alter(table, _key("a"))

    assert world.names == ["t_ibfk_1", "t_ibfk_1_ibfk_1", "t_ibfk_1_ibfk_2"]


def test_names_of_foreign_keys_are_never_cut(world: World) -> None:
    world.create("x" * 56, ["a"], _key("a"))
    with pytest.raises(sa.exc.DatabaseError, match="is too long"):
        world.create("x" * 58, ["a"], _key("a"))


# Unique constraints


def test_unique_constraints_are_numbered_from_2(world: World) -> None:
    table = world.create("t", ["a", "b", "a_2"], _unique("a"), _unique("a", "b"), _unique("a_2"), _unique("a_2", "b"))
    world.alter(table, _unique("a"))
    world.drop_index(table, "a")
    world.alter(table, _unique("a", "b"))

    assert world.names == ["a", "a_2", "a_2_2", "a_2_3", "a_3", "a"]


@pytest.mark.parametrize(
    ("column", "index", "name"),
    [
        ("a", "A", "a_2"),
        ("é", "É", "é_2"),
        ("é", "e", "é"),
        ("ß", "ss", "ß"),
        ("a", "a_2", "a"),
        ("primary", "other", "primary_2"),
        ("Primary", "primary_2", "Primary_3"),
    ],
)
def test_an_index_takes_a_name_in_any_letter_case(column: str, index: str, name: str, world: World) -> None:
    world.create("t", [column, "spare"], Item(INDEX, ("spare",), index), _unique(column))

    assert world.names == [name]


def test_no_unique_constraint_is_called_primary_even_without_a_primary_key(world: World) -> None:
    world.execute("CREATE TABLE t (`Primary` int, UNIQUE (`Primary`))")

    assert {mysql_name(Shape(UNIQUE, None, "t", ("Primary",)))} == world.indexes("t").keys()


def test_the_index_of_a_foreign_key_takes_a_name(world: World) -> None:
    table = world.create("t", ["a", "b", "c"], _key("a", "b"))
    world.alter(table, _unique("a", "c"))
    world.create("u", ["a", "b", "c"], _key("a", "b"), _unique("a", "c"))
    world.create("v", ["a", "b"], _key("a", name="b"))
    world.alter(world.tables[-1], _unique("b"))

    assert [name for shape, name in world.compared if shape.kind == UNIQUE] == ["a_2", "a_2", "b_2"]


def test_a_unique_constraint_before_the_foreign_key_has_its_name(world: World) -> None:
    world.create("t", ["a", "b", "c"], _unique("a", "c"), _key("a", "b"))

    assert world.tables[0].indexes.keys() == {"PRIMARY", "a", "a_2"}
    assert world.tables[0].indexes["a"].columns == ("a", "c")


@pytest.mark.parametrize("dropped", [False, True])
def test_the_index_of_a_foreign_key_gives_way_to_one_that_begins_with_it(dropped: bool, world: World) -> None:
    table = world.create("t", ["a", "b", "c"], _key("a", "b"))
    if dropped:
        world.alter(table, drop="t_ibfk_1")
    world.alter(table, _unique("a", "b", "c"))

    assert world.names[-1] == "a"
    assert table.indexes.keys() == {"PRIMARY", "a"}


def test_a_foreign_key_makes_no_index_where_one_is_there(world: World) -> None:
    table = world.create("t", ["a", "b", "c"], Item(INDEX, ("a", "b"), "other"), _key("a"))
    world.alter(table, _unique("a", "c"))

    assert world.names[-1] == "a"


def test_a_table_of_another_name_keeps_the_numbers(world: World) -> None:
    table = world.create("t", ["a"], _key("a"), _unique("a"))
    world.rename(table, "u")
    world.alter(table, _key("a"), _unique("a"))

    assert world.names == ["t_ibfk_1", "a", "u_ibfk_2", "a_2"]


# Without a server


@pytest.mark.parametrize("name", ["t.x_ibfk_1", "t.x_ibfk_12", "T.X_IBFK_3"])
def test_these_are_names_of_foreign_keys(name: str) -> None:
    assert may_be_mysql_name(name, Shape(FOREIGN_KEY, None, "t.x", ("a",)))


@pytest.mark.parametrize(
    "name", ["t.x_ibfk_", "t.x_ibfk_0", "t.x_ibfk_01", "t.x_ibfk_1a", "t-x_ibfk_1", "a", "t.x_a_fkey"]
)
def test_these_are_no_names_of_foreign_keys(name: str) -> None:
    assert not may_be_mysql_name(name, Shape(FOREIGN_KEY, None, "t.x", ("a",)))


@pytest.mark.parametrize("name", ["a", "A", "a_2", "a_10", "a_64"])
def test_these_are_names_of_unique_constraints(name: str) -> None:
    assert may_be_mysql_name(name, Shape(UNIQUE, None, "t", ("a", "b")))


@pytest.mark.parametrize("name", ["b", "a_0", "a_1", "a_02", "a_٢", "a_b", "a_100", "aa", "t_a_key", "a_2\n", ""])
def test_these_are_no_names_of_unique_constraints(name: str) -> None:
    assert not may_be_mysql_name(name, Shape(UNIQUE, None, "t", ("a", "b")))


@pytest.mark.parametrize("kind", [CHECK, PRIMARY_KEY])
def test_nothing_else_has_such_names(kind: str) -> None:
    assert not may_be_mysql_name("a", Shape(kind, None, "t", ("a",)))
    assert not may_be_mysql_name("t_ibfk_1", Shape(kind, None, "t", ("a",)))


def test_a_unique_constraint_over_nothing_has_no_such_name() -> None:
    assert not may_be_mysql_name("", Shape(UNIQUE, None, "t", ()))
