"""The names that PostgreSQL makes up for constraints, on generated tables: PostgreSQL is asked, one by one."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from sqlite_batchify.names import (
    CHECK,
    FOREIGN_KEY,
    POSTGRESQL_CONVENTION,
    PRIMARY_KEY,
    UNIQUE,
    Shape,
    from_template,
    postgresql_name,
)
from tests.support.servers import Fresh

_SEEDS = range(7)
_TABLES = 30
_KINDS = {"f": FOREIGN_KEY, "u": UNIQUE, "p": PRIMARY_KEY, "c": CHECK}
_LABELS = {FOREIGN_KEY: "fkey", UNIQUE: "key", PRIMARY_KEY: "pkey", CHECK: "check"}
_CONSTRAINTS = """
    SELECT c.oid::bigint, c.conname::text, c.contype::text, r.relname::text, c.conkey, i.relname::text
    FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid LEFT JOIN pg_class i ON i.oid = c.conindid
    WHERE c.connamespace = current_schema()::regnamespace ORDER BY c.oid
"""
_RELATIONS = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace"

_SHORT = (
    "a",
    "b",
    "c",
    "a_b",
    "b_c",
    "a_b_c",
    "id",
    "Order",
    "user group",
    'say "hi"',
    "100%",
    "é",
    "数",
    "key",
    "fkey",
)
_ALPHABETS = ("abcdefgh_", "aBcDeFgH", 'a "%(b)s', "aéüßñ", "éüßñ", "a数価格", "数価格", "a😀𝄞", "😀𝄞")
_SIZES = (*range(1, 12), *range(24, 33), *range(44, 70))


def quoted(*names: str) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def stored(name: str) -> str:
    """The name as PostgreSQL keeps it, where it is an identifier of its own."""
    return name.encode()[:63].decode(errors="ignore")


@dataclass(frozen=True)
class Item:
    """A constraint to make; without a name PostgreSQL makes one up."""

    kind: str
    columns: tuple[str, ...]
    name: str | None = None

    @property
    def sql(self) -> str:
        listed = quoted(*self.columns)
        text = {
            FOREIGN_KEY: f"FOREIGN KEY ({listed}) REFERENCES hub ({', '.join(_hub(len(self.columns)))})",
            UNIQUE: f"UNIQUE ({listed})",
            PRIMARY_KEY: f"PRIMARY KEY ({listed})",
            CHECK: f"CHECK ({self.condition})",
        }[self.kind]
        return text if self.name is None else f"CONSTRAINT {quoted(self.name)} {text}"

    @property
    def condition(self) -> str:
        """It looks at each column twice: a column counts once."""
        return " AND ".join(f"{quoted(each)} > 0 AND {quoted(each)} < 9" for each in self.columns) or "1 = 1"

    @property
    def inline(self) -> str:
        if self.kind == FOREIGN_KEY:
            return "REFERENCES hub (c1)"
        return {UNIQUE: "UNIQUE", PRIMARY_KEY: "PRIMARY KEY", CHECK: f"CHECK ({self.condition})"}[self.kind]


def _hub(width: int) -> list[str]:
    return [f"c{number}" for number in range(1, width + 1)]


@dataclass(frozen=True)
class Compared:
    shape: Shape
    taken: frozenset[str]
    name: str

    @property
    def whole(self) -> str:
        """What the name would be if it were neither cut nor numbered."""
        columns = [] if self.shape.kind == PRIMARY_KEY else self.shape.columns
        named = [] if self.shape.kind == CHECK and len(columns) != 1 else columns
        return "_".join([self.shape.table, *named, _LABELS[self.shape.kind]])

    @property
    def number(self) -> int:
        found = re.search(rf"_{_LABELS[self.shape.kind]}(\d+)$", self.name)
        return int(found.group(1)) if found else 0


@dataclass
class World:
    """One schema, whose nameless constraints are compared after each statement."""

    connection: sa.Connection
    tables: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.connection.execution_options(no_parameters=True)
        assert self.connection.exec_driver_sql("SHOW server_encoding").scalar() == "UTF8"
        uniques = (f"CONSTRAINT hub{width} UNIQUE ({', '.join(_hub(width))})" for width in range(1, 6))
        self.execute(f"CREATE TABLE hub ({' int, '.join(_hub(5))} int, {', '.join(uniques)})")
        self.compare(named=[f"hub{width}" for width in range(1, 6)])

    def execute(self, sql: str) -> None:
        self.connection.exec_driver_sql(sql)

    def relations(self) -> set[str]:
        return set(self.connection.exec_driver_sql(_RELATIONS).scalars())

    def constraints(self) -> set[str]:
        return {row[1] for row in self.connection.exec_driver_sql(_CONSTRAINTS)}

    def taken(self, kind: str) -> set[str]:
        return self.constraints() | (self.relations() if kind in (UNIQUE, PRIMARY_KEY) else set())

    def create(
        self, table: str, columns: Sequence[str], items: Iterable[Item] = (), inline: Iterable[Item] = ()
    ) -> None:
        self.tables[stored(table)] = table, list(columns)
        beside = list(inline)
        definitions = [
            " ".join([quoted(each), "int", *(item.inline for item in beside if item.columns[0] == each)])
            for each in columns
        ]
        parts = [*definitions, *(item.sql for item in items)]
        self.execute(f"CREATE TABLE {quoted(table)} ({', '.join(parts)})")
        self.compare(_named(items))

    def alter(self, table: str, *items: Item) -> None:
        self.execute(f"ALTER TABLE {quoted(table)} {', '.join(f'ADD {item.sql}' for item in items)}")
        self.compare(_named(items))

    def drop(self, table: str, name: str) -> None:
        self.execute(f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}")

    def compare(self, named: Collection[str] = ()) -> None:
        """Each new constraint, in the order in which PostgreSQL made them."""
        rows = self.connection.exec_driver_sql(_CONSTRAINTS).all()
        indexes = {row[5] for row in rows if row[0] not in self.seen and row[2] in "up"}
        relations, known = self.relations() - indexes, set[str]()
        for oid, name, code, table, numbers, _ in rows:
            if oid not in self.seen and code in _KINDS and name not in named:
                written, columns = self.tables[table]
                chosen = tuple(columns[number - 1] for number in numbers or ())
                shape = Shape(_KINDS[code], None, written, chosen)
                taken = known | (relations if shape.kind in (UNIQUE, PRIMARY_KEY) else set())
                assert postgresql_name(shape, taken) == name, (shape, sorted(taken))
                self.compared.append(Compared(shape, frozenset(taken), name))
            self.seen.add(oid)
            known.add(name)
            relations |= {name} if code in "up" else set()


def _named(items: Iterable[Item]) -> set[str]:
    return {stored(item.name) for item in items if item.name is not None}


@pytest.fixture
def world(postgresql: Fresh) -> Iterator[World]:
    connection = postgresql()
    connection.exec_driver_sql("BEGIN")  # one transaction is faster than many
    yield World(connection)
    connection.exec_driver_sql("ROLLBACK")


class Generator:
    """Makes tables and constraints by chance, but with long names and names that meet."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.occupied: dict[str, int] = {}

    def run(self, tables: int) -> None:
        for _ in range(tables):
            table, columns = self._create()
            for _ in range(self.random.randint(0, 2)):
                self._change(table, columns)

    def _create(self) -> tuple[str, list[str]]:
        table = self._name(self.world.relations())
        columns: list[str] = []
        for _ in range(self.random.randint(3, 8)):
            columns.append(self._name({stored(each) for each in columns}))
        inline = [Item(self._kind(), (self.random.choice(columns),)) for _ in range(self.random.randint(0, 2))]
        items = [self._item(columns) for _ in range(self.random.randint(1, 5))]
        every = _distinct([*inline, *items])
        self.world.create(
            *(table, columns),
            items=[each for each in every if each in items],
            inline=[each for each in every if each not in items],
        )
        return table, columns

    def _change(self, table: str, columns: Sequence[str]) -> None:
        of_table = [each for each in self.world.compared if each.shape.table == table]
        if of_table and self.random.random() < 0.15:
            dropped = self.random.choice(of_table)
            if dropped.name in self.world.constraints() and dropped.shape.kind != PRIMARY_KEY:
                self.world.drop(table, dropped.name)
        items = [self._item(columns, primary=False) for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.4:
            self._occupy(table, columns, items[0])
        self.world.alter(table, *items)

    def _occupy(self, table: str, columns: Sequence[str], item: Item) -> None:
        """Take the name that the constraint would get, by something else."""
        name = postgresql_name(Shape(item.kind, None, table, item.columns), self.world.taken(item.kind))
        if name in self.world.relations() | self.world.constraints():
            return
        column = quoted(self.random.choice(columns))
        way = self.random.choice(["constraint", "constraint", "INDEX", "TABLE", "SEQUENCE", "VIEW"])
        rest = {"INDEX": f" ON {quoted(table)} ({column})", "TABLE": " ()", "VIEW": " AS SELECT 1 AS one"}
        if way == "constraint":
            self.world.alter(table, Item(CHECK, (), name))
        else:
            self.world.execute(f"CREATE {way} {quoted(name)}{rest.get(way, '')}")
        self.occupied[way] = self.occupied.get(way, 0) + 1

    def _kind(self) -> str:
        return self.random.choice([FOREIGN_KEY, UNIQUE, CHECK])

    def _item(self, columns: Sequence[str], primary: bool = True) -> Item:
        kind = PRIMARY_KEY if primary and self.random.random() < 0.3 else self._kind()
        least, most = (0, 2) if kind == CHECK else (1, 5)
        width = min(self.random.choice([1, 1, 1, *range(least, most + 1)]), len(columns))
        return Item(kind, tuple(self.random.sample(columns, width)))

    def _name(self, taken: Collection[str]) -> str:
        while True:
            name = self.random.choice(_SHORT) if self.random.random() < 0.4 else self._long()
            if stored(name) not in taken:
                return name

    def _long(self) -> str:
        alphabet, size = self.random.choice(_ALPHABETS), self.random.choice(_SIZES)
        name = "x"
        while len(name.encode()) < size:
            name += self.random.choice(alphabet)
        return name


def _distinct(items: Iterable[Item]) -> list[Item]:
    """One primary key; and no two unique constraints alike, which PostgreSQL takes for one."""
    kept: list[Item] = []
    for item in items:
        alike = [each for each in kept if each.kind in (UNIQUE, PRIMARY_KEY) and each.columns == item.columns]
        primary = item.kind == PRIMARY_KEY and any(each.kind == PRIMARY_KEY for each in kept)
        if not primary and not (alike and item.kind in (UNIQUE, PRIMARY_KEY)):
            kept.append(item)
    return kept


@pytest.mark.parametrize("seed", _SEEDS)
def test_generated_tables_get_the_names_that_were_foretold(seed: int, world: World) -> None:
    generator = Generator(world, seed)
    generator.run(_TABLES)

    assert len(world.tables) == _TABLES
    assert_difficult(world.compared)
    assert "constraint" in generator.occupied
    assert generator.occupied.keys() & {"INDEX", "TABLE", "SEQUENCE", "VIEW"}


def assert_difficult(compared: Sequence[Compared]) -> None:
    """That every difficulty came up."""
    cut = [each for each in compared if len(each.whole.encode()) > 63]
    assert {each.shape.kind for each in cut} == {FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK}
    assert any(len(each.name.encode()) == 63 for each in cut)
    assert any(len(each.name.encode()) < 63 for each in cut), "none is cut in the middle of a character"
    for size in (2, 3, 4):
        assert any(len(char.encode()) == size for each in cut for char in each.name)
    assert {each.number for each in compared} >= {0, 1, 2}
    assert any(each.number and len(each.whole.encode()) > 63 for each in compared)
    assert any(len(part.encode()) > 63 for each in compared for part in (each.shape.table, *each.shape.columns))
    assert {len(each.shape.columns) for each in compared if each.shape.kind == CHECK} == {0, 1, 2}
    assert max(len(each.shape.columns) for each in compared) == 5
    assert any('"' in each.name or " " in each.name for each in compared)
    assert any(each.name != each.name.lower() for each in compared)


def test_at_least_200_tables_are_compared() -> None:
    assert len(_SEEDS) * _TABLES >= 200


@pytest.mark.parametrize("kind", [FOREIGN_KEY, UNIQUE, CHECK])
def test_another_split_of_the_same_words_gets_a_number(kind: str, world: World) -> None:
    for table, column in [("a", "b_c_d"), ("a_b", "c_d"), ("a_b_c", "d")]:
        world.create(table, [column], [Item(kind, (column,))])

    label = _LABELS[kind]
    assert [each.name for each in world.compared] == [f"a_b_c_d_{label}", f"a_b_c_d_{label}1", f"a_b_c_d_{label}2"]


def test_two_foreign_keys_on_one_column_get_numbers(world: World) -> None:
    world.create("t", ["a"], inline=[Item(FOREIGN_KEY, ("a",))] * 2)
    world.alter("t", *[Item(FOREIGN_KEY, ("a",))] * 2)

    assert [each.name for each in world.compared] == ["t_a_fkey", "t_a_fkey1", "t_a_fkey2", "t_a_fkey3"]


def test_the_name_of_a_dropped_constraint_is_free_again(world: World) -> None:
    world.create("t", ["a"], [Item(FOREIGN_KEY, ("a",))] * 3)
    world.drop("t", "t_a_fkey1")
    world.alter("t", Item(FOREIGN_KEY, ("a",)))

    assert world.compared[-1].name == "t_a_fkey1"


def test_the_constraints_of_other_tables_count(world: World) -> None:
    world.create("u", ["b"], [Item(CHECK, (), "t_a_fkey"), Item(CHECK, (), "t_a_key"), Item(CHECK, (), "t_pkey")])
    world.create("t", ["a"], [Item(FOREIGN_KEY, ("a",)), Item(UNIQUE, ("a",))])
    world.alter("t", Item(PRIMARY_KEY, ("a",)))

    assert {each.name for each in world.compared} == {"t_a_fkey1", "t_a_key1", "t_pkey1"}


@pytest.mark.parametrize(
    "relation", ["TABLE {} ()", "SEQUENCE {}", "VIEW {} AS SELECT 1 AS one", "INDEX {} ON hub (c1)"]
)
def test_relations_take_the_names_of_indexes_alone(relation: str, world: World) -> None:
    for name in ("t_a_key", "t_pkey", "t_a_fkey", "t_a_check"):
        world.execute(f"CREATE {relation.format(name)}")
    world.create("t", ["a"], [Item(kind, ("a",)) for kind in (UNIQUE, FOREIGN_KEY, CHECK)])
    world.alter("t", Item(PRIMARY_KEY, ("a",)))

    assert {each.name for each in world.compared} == {"t_a_key1", "t_pkey1", "t_a_fkey", "t_a_check"}


def test_a_table_that_was_renamed_keeps_its_names(world: World) -> None:
    world.create("t", ["a"], [Item(UNIQUE, ("a",))])
    world.execute("ALTER TABLE t RENAME TO old")
    world.tables["old"] = "old", ["a"]
    world.create("t", ["a"], [Item(UNIQUE, ("a",))])

    assert [each.name for each in world.compared] == ["t_a_key", "t_a_key1"]


@pytest.mark.parametrize("char", ["x", "é", "数", "😀"])
def test_every_length_around_the_limits(char: str, world: World) -> None:
    """What is longer is cut, of two that are as long the columns; ASCII before the others moves the cut."""
    size = len(char.encode())
    for length in (*range(24, 33), *range(56, 68)):
        table = "t" * (length % size + size) + char * (length // size - 1)
        first, second = "c" + char * ((length - 1) // size), char * (24 // size)
        items = [Item(FOREIGN_KEY, (first,)), Item(UNIQUE, (first, second)), Item(CHECK, (first,)), Item(CHECK, ())]
        world.create(table, [first, second], [*items, Item(PRIMARY_KEY, (second,))])
        world.alter(table, *items)
        world.execute(f"DROP TABLE {quoted(table)}")


# Without a server


@pytest.mark.parametrize("kind", [FOREIGN_KEY, UNIQUE, PRIMARY_KEY])
@pytest.mark.parametrize("columns", [("a",), ("a", "B"), ("größe", "100%", 'say "hi"')])
def test_the_convention_gives_these_names_as_long_as_they_are_short_and_free(
    kind: str, columns: tuple[str, ...]
) -> None:
    shape = Shape(kind, None, "user group", columns)

    assert from_template(POSTGRESQL_CONVENTION[kind], shape) == postgresql_name(shape)


def test_a_character_that_no_database_takes_is_no_crash() -> None:
    assert postgresql_name(Shape(UNIQUE, None, "t", ("a\ud800",))) == "t_a?_key"
