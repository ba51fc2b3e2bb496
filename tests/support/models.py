"""Pairs of SQLAlchemy models, so that Alembic can write what leads from the one to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
OTHER_SCHEMA = "other"


@dataclass(frozen=True)
class Pair:
    """Two models; ``title`` says what the second has that the first has not, or the other way round."""

    title: str
    before: MetaData
    after: MetaData


Spec = Callable[[MetaData], sa.Table]


def table(name: str, *items: SchemaItem, **options: Any) -> Spec:
    """A table with an ``id`` and these items."""
    return lambda metadata: sa.Table(name, metadata, Column("id", Integer, primary_key=True), *items, **options)


def bare(name: str, *items: SchemaItem, **options: Any) -> Spec:
    """A table with these items only."""
    return lambda metadata: sa.Table(name, metadata, *items, **options)


def named_by_convention(model: MetaData) -> MetaData:
    """A copy in which what has no name gets the one of a naming convention."""
    copy = MetaData(naming_convention=CONVENTION)
    for each in model.tables.values():
        each.to_metadata(copy)
    return copy


def tables(title: str, before: Sequence[Spec], after: Sequence[Spec]) -> Pair:
    return Pair(title, _model(before), _model(after))


def items(title: str, before: Sequence[SchemaItem], after: Sequence[SchemaItem], **options: Any) -> Pair:
    """One table that changes, beside two that do not."""
    return Pair(
        title,
        _model([*_others(), table("t", *before, **options)]),
        _model([*_others(), table("t", *after, **options)]),
    )


def _others() -> list[Spec]:
    return [
        table("r", Column("code", String(9), unique=True)),
        bare("pair", Column("x", Integer, primary_key=True), Column("y", Integer, primary_key=True)),
    ]


def _model(specs: Sequence[Spec]) -> MetaData:
    metadata = MetaData()
    for spec in specs:
        spec(metadata)
    return metadata


def a(type_: TypeEngine[Any] | type[TypeEngine[Any]] = Integer, *args: SchemaItem, **options: Any) -> Column[Any]:
    return Column("a", type_, *args, **options)


def b(type_: TypeEngine[Any] | type[TypeEngine[Any]] = Integer, *args: SchemaItem, **options: Any) -> Column[Any]:
    return Column("b", type_, *args, **options)


_TYPES: tuple[TypeEngine[Any], ...] = (
    sa.Integer(),
    sa.BigInteger(),
    sa.SmallInteger(),
    sa.String(20),
    sa.String(20, collation="NOCASE"),
    sa.Unicode(5),
    sa.Text(),
    sa.Numeric(10, 2),
    sa.Float(),
    sa.Double(),
    sa.Boolean(),
    sa.Boolean(create_constraint=True, name="a_is_boolean"),
    sa.Enum("x", "it's", name="letters"),
    sa.Enum("x", "y", name="letters", create_constraint=True, native_enum=False),
    sa.Date(),
    sa.DateTime(),
    sa.DateTime(timezone=True),
    sa.Time(),
    sa.Interval(),
    sa.LargeBinary(),
    sa.JSON(),
    sa.Uuid(),
    sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
)
_RETYPED: tuple[tuple[TypeEngine[Any], TypeEngine[Any]], ...] = (
    (sa.Integer(), sa.BigInteger()),
    (sa.Integer(), sa.String(20)),
    (sa.String(20), sa.String(30)),
    (sa.String(20), sa.Text()),
    (sa.Numeric(10, 2), sa.Numeric(12, 4)),
    (sa.DateTime(), sa.Date()),
    (sa.Boolean(), sa.SmallInteger()),
    (sa.Enum("x", "y", name="letters", native_enum=False), sa.Text()),
    (sa.Enum("x", native_enum=False), sa.Enum("x", "longer", native_enum=False)),
    (sa.LargeBinary(), sa.Text()),
    (sa.Float(), sa.Numeric(8, 3)),
    (sa.JSON(), sa.Text()),
    (sa.Uuid(), sa.String(36)),
    (sa.Text(), sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
)
_DEFAULTS: tuple[Any, ...] = (
    "x",
    "it's",
    "7",
    text("7"),
    text("(1 + 2)"),
    text("'a%b'"),
    sa.func.now(),
    sa.text("CURRENT_TIMESTAMP"),
    sa.true(),
    sa.literal('say "hi" it\'s'),
)
_REFERENCES: tuple[dict[str, Any], ...] = (
    {},
    {"ondelete": "CASCADE"},
    {"ondelete": "SET NULL", "onupdate": "CASCADE"},
    {"onupdate": "RESTRICT"},
    {"deferrable": True, "initially": "DEFERRED"},
    {"name": "fk_a"},
    {"name": "fk_a", "ondelete": "CASCADE", "deferrable": True, "initially": "IMMEDIATE"},
)
_NAMES = ("Order", "user group", 'say "hi"', "it's", "100%", "é", "数", "select", "a.b", "n" * 63, "back\\slash", "_")


def _columns() -> list[Pair]:
    return [
        *(items(f"a column of type {type_!r}", [], [a(type_)]) for type_ in _TYPES),
        *(items(f"a column with default {each!s}", [b()], [b(), a(Text, server_default=each)]) for each in _DEFAULTS),
        *(
            items(f"a column with a reference {each}", [], [a(Integer, ForeignKey("r.id", **each))])
            for each in _REFERENCES
        ),
        items("a column that is not null", [], [a(nullable=False)]),
        items("a column with a comment", [], [a(comment='it\'s "so"')]),
        items("a column with an index", [], [a(index=True)]),
        items("a unique column", [], [a(unique=True)]),
        items("a column with a unique index", [], [a(unique=True, index=True)]),
        items(
            "a unique column with a reference and an index",
            [],
            [a(Integer, ForeignKey("r.id"), index=True, unique=True)],
        ),
        items("a column that is computed", [b()], [b(), a(Integer, Computed("b * 2"))]),
        items("a column that is computed and virtual", [b()], [b(), a(Integer, Computed("b * 2", persisted=False))]),
        items("a column that is computed and stored", [b()], [b(), a(Integer, Computed("b * 2", persisted=True))]),
        items("a column that the database fills", [b()], [b(), a(Integer, server_default=sa.FetchedValue())]),
        items("an identity", [b()], [b(), a(Integer, Identity(start=5), nullable=False)]),
        items("a column whose key is another", [], [Column("a", Integer, key="other_key", index=True)]),
        items("a column of the system", [b()], [b(), Column("xmin", Integer, system=True), a()]),
        items("two columns", [], [a(), b(String(5), nullable=False, server_default="")]),
        items("one column for another", [a()], [b()]),
        items("two columns for one", [a(index=True)], [b(unique=True), Column("c", Integer, ForeignKey("r.id"))]),
        items("many columns", [], [Column(f"c{number}", Integer, index=number % 2 == 0) for number in range(12)]),
    ]


def _alterations() -> list[Pair]:
    return [
        *(items(f"{old!r} becomes {new!r}", [a(old)], [a(new)]) for old, new in _RETYPED),
        *(items(f"default {each!s} is set", [a(Text)], [a(Text, server_default=each)]) for each in _DEFAULTS),
        items("null is allowed", [a(nullable=False)], [a()]),
        items(
            "null is refused where there is a default", [a(server_default="1")], [a(nullable=False, server_default="1")]
        ),
        items("another default", [a(server_default="1")], [a(server_default="2")]),
        items("another default in text", [a(Text, server_default="one")], [a(Text, server_default=text("'two'"))]),
        items("type and null", [a(Integer)], [a(Text, nullable=False)]),
        items("type and default", [a(Integer, server_default="1")], [a(Text, server_default="x")]),
        items("type, null and default", [a(Integer)], [a(Text, nullable=False, server_default="x")]),
        items(
            "a default that stays, while null changes",
            [a(Text, server_default="x")],
            [a(Text, server_default="x", nullable=False)],
        ),
        items(
            "a function that stays as default",
            [a(sa.DateTime, server_default=sa.func.now())],
            [a(sa.DateTime, server_default=sa.func.now(), nullable=False)],
        ),
        items("two columns altered", [a(), b(nullable=False)], [a(Text), b()]),
        items("one altered, one added, one dropped", [a(), b()], [a(Text), Column("c", Integer)]),
        items("altered under an index", [a(index=True)], [a(Text, index=True)]),
        items("altered and indexed", [a()], [a(Text, nullable=False, index=True)]),
        items("altered and unique", [a()], [a(Text, unique=True)]),
        items(
            "altered and a reference", [a(Text)], [a(Integer, ForeignKey("r.id", ondelete="CASCADE"), nullable=False)]
        ),
        items("altered and a reference less", [a(Integer, ForeignKey("r.id", name="fk_a"))], [a(Text)]),
        items(
            "all columns altered",
            [Column(f"c{n}", Integer) for n in range(9)],
            [Column(f"c{n}", Text, nullable=False) for n in range(9)],
        ),
    ]


def _indexes() -> list[Pair]:
    def on(*indexes: Index) -> list[SchemaItem]:
        return [a(Text), b(), *indexes]

    return [
        items("an index", on(), on(Index("ix", "a"))),
        items("an index without a name", on(), on(Index(None, "a"))),
        items("an index of two columns", on(), on(Index("ix", "a", "b"))),
        items("a unique index", on(), on(Index("ix", "a", unique=True))),
        items("an index of another name", on(Index("ix", "a")), on(Index("xi", "a"))),
        items("an index of other columns", on(Index("ix", "a")), on(Index("ix", "b"))),
        items("an index of more columns", on(Index("ix", "a")), on(Index("ix", "a", "b"))),
        items("an index in another order", on(Index("ix", "a", "b")), on(Index("ix", "b", "a"))),
        items("an index that becomes unique", on(Index("ix", "a")), on(Index("ix", "a", unique=True))),
        items("two indexes", on(), on(Index("ix", "a"), Index("xi", "b", unique=True))),
        items("two indexes for one", on(Index("ix", "a")), on(Index("x1", "a"), Index("x2", "b"))),
        items(
            "a partial index", on(), on(Index("ix", "a", sqlite_where=text("b > 0"), postgresql_where=text("b > 0")))
        ),
        items("a partial unique index", on(), on(Index("ix", "a", unique=True, sqlite_where=text("b > 0")))),
        items("an index with a method", on(), on(Index("ix", "a", postgresql_using="hash", mysql_length=10))),
        items("an index with operator classes", on(), on(Index("ix", "a", postgresql_ops={"a": "text_pattern_ops"}))),
        items("an index that includes", on(), on(Index("ix", "a", postgresql_include=["b"]))),
        items("an index for a unique constraint", on(), [*on(), Index("ix", "a")]),
        items(
            "a unique constraint becomes an index",
            [a(), UniqueConstraint("a", name="uq")],
            [a(), Index("uq", "a", unique=True)],
        ),
        items("an index on a column that is new", [], [a(), Index("ix", "a")]),
        items("an index on new and old", [b()], [b(), a(), Index("ix", "b", "a")]),
        items("an index grows by a new column", [b(), Index("ix", "b")], [b(), a(), Index("ix", "b", "a")]),
        items("an index stays, its neighbour goes", [a(), b(index=True)], [b(index=True)]),
    ]


def _uniques() -> list[Pair]:
    def on(*constraints: UniqueConstraint) -> list[SchemaItem]:
        return [a(), b(), *constraints]

    return [
        items("unique", on(), on(UniqueConstraint("a"))),
        items("unique with a name", on(), on(UniqueConstraint("a", name="uq"))),
        items("unique together", on(), on(UniqueConstraint("a", "b"))),
        items("unique together with a name", on(), on(UniqueConstraint("a", "b", name="uq"))),
        items("unique by another name", on(UniqueConstraint("a", name="uq")), on(UniqueConstraint("a", name="qu"))),
        items("unique in other columns", on(UniqueConstraint("a", name="uq")), on(UniqueConstraint("b", name="uq"))),
        items(
            "unique in more columns", on(UniqueConstraint("a", name="uq")), on(UniqueConstraint("a", "b", name="uq"))
        ),
        items("unique in other columns, nameless", on(UniqueConstraint("a")), on(UniqueConstraint("b"))),
        items("unique twice", on(), on(UniqueConstraint("a", name="u1"), UniqueConstraint("b"))),
        items("unique with a new column", [b()], [b(), a(), UniqueConstraint("b", "a", name="uq")]),
        items(
            "unique grows by a new column",
            [b(), UniqueConstraint("b", name="uq")],
            [b(), a(), UniqueConstraint("b", "a", name="uq")],
        ),
        items("unique of a column that changes", [a()], [a(Text, nullable=False), UniqueConstraint("a", name="uq")]),
        items(
            "unique and null not distinct",
            on(),
            on(UniqueConstraint("a", name="uq", postgresql_nulls_not_distinct=True)),
        ),
        items("unique on conflict", on(), on(UniqueConstraint("a", name="uq", sqlite_on_conflict="IGNORE"))),
    ]


def _foreign_keys() -> list[Pair]:
    def to(**options: Any) -> list[SchemaItem]:
        return [a(), b(), ForeignKeyConstraint(["a"], ["r.id"], **options)]

    plain: list[SchemaItem] = [a(), b()]
    return [
        *(items(f"a foreign key {each}", [a(), b()], to(**each)) for each in _REFERENCES),
        *(
            items(f"a foreign key that gets {each}", to(name="fk"), to(**{"name": "fk", **each}))
            for each in _REFERENCES
            if set(each) - {"name"}
        ),
        items("a foreign key without a name that gets an action", to(), to(ondelete="CASCADE")),
        items(
            "a foreign key with another action", to(name="fk", ondelete="CASCADE"), to(name="fk", ondelete="SET NULL")
        ),
        items("a foreign key by another name and action", to(name="fk"), to(name="kf", ondelete="CASCADE")),
        items(
            "a foreign key of another column",
            to(name="fk"),
            [a(), b(), ForeignKeyConstraint(["b"], ["r.id"], name="fk")],
        ),
        items(
            "a foreign key to another column",
            to(name="fk"),
            [a(), b(), ForeignKeyConstraint(["a"], ["r.code"], name="fk")],
        ),
        items(
            "a foreign key to another table",
            to(name="fk"),
            [a(), b(), ForeignKeyConstraint(["a"], ["pair.x"], name="fk")],
        ),
        items(
            "a foreign key of two columns", plain, [a(), b(), ForeignKeyConstraint(["a", "b"], ["pair.x", "pair.y"])]
        ),
        items(
            "a foreign key of two columns with a name",
            [a(), b()],
            [a(), b(), ForeignKeyConstraint(["a", "b"], ["pair.y", "pair.x"], name="fk", ondelete="CASCADE")],
        ),
        items(
            "a foreign key of two new columns", [], [a(), b(), ForeignKeyConstraint(["a", "b"], ["pair.x", "pair.y"])]
        ),
        items(
            "a foreign key of an old and a new column",
            [a()],
            [a(), b(), ForeignKeyConstraint(["a", "b"], ["pair.x", "pair.y"])],
        ),
        items(
            "two foreign keys to one table",
            [a(), b()],
            [a(Integer, ForeignKey("r.id")), b(Integer, ForeignKey("r.id"))],
        ),
        items(
            "two foreign keys with names",
            [a(), b()],
            [a(Integer, ForeignKey("r.id", name="f1")), b(Integer, ForeignKey("pair.x", name="f2"))],
        ),
        items("a reference to itself", [a()], [a(Integer, ForeignKey("t.id"))]),
        items(
            "a reference to itself with a name", [a()], [a(Integer, ForeignKey("t.id", name="fk", ondelete="SET NULL"))]
        ),
        items("a new reference to itself", [], [a(Integer, ForeignKey("t.id"), index=True)]),
        items("a foreign key apart from its table", [a()], [a(Integer, ForeignKey("r.id", name="fk", use_alter=True))]),
        items("a foreign key that matches in full", [a()], [a(Integer, ForeignKey("r.id", name="fk", match="FULL"))]),
        items(
            "a foreign key, an index and unique",
            [a()],
            [a(Integer, ForeignKey("r.id"), index=True), UniqueConstraint("a", name="uq")],
        ),
        tables(
            "a reference to a new table",
            [table("t", a())],
            [table("t", a(Integer, ForeignKey("n.id"))), table("n")],
        ),
        tables(
            "a reference with a name, and its table",
            [table("t")],
            [table("n", a(index=True)), table("t", a(Integer, ForeignKey("n.id", name="fk")))],
        ),
        tables(
            "references in a circle",
            [table("t"), table("s")],
            [
                table("t", a(Integer, ForeignKey("s.id", name="f1"))),
                table("s", b(Integer, ForeignKey("t.id", name="f2", use_alter=True))),
            ],
        ),
    ]


def _tables() -> list[Pair]:
    return [
        tables("a table", [], [table("t")]),
        tables("a table with an index", [], [table("t", a(index=True), b(), Index("ix", "a", "b"))]),
        tables(
            "a table with unique constraints",
            [],
            [table("t", a(unique=True), b(), UniqueConstraint("a", "b", name="uq"))],
        ),
        tables(
            "a table with checks", [], [table("t", a(), CheckConstraint("a > 0"), CheckConstraint("a < 9", name="ck"))]
        ),
        tables(
            "a table with a reference",
            [table("r")],
            [table("r"), table("t", a(Integer, ForeignKey("r.id"), index=True))],
        ),
        tables("a table with a reference to itself", [], [table("t", a(Integer, ForeignKey("t.id")))]),
        tables("a table with a key of two columns", [], [bare("t", a(primary_key=True), b(Text, primary_key=True))]),
        tables("a table with a named key", [], [bare("t", a(), b(), PrimaryKeyConstraint("a", "b", name="pk"))]),
        tables("a table without a key", [], [bare("t", a(), b())]),
        tables("a table with a prefix and a comment", [], [table("t", a(comment="c"), comment="it's", info={"x": 1})]),
        tables(
            "a table of many types",
            [],
            [
                table(
                    "t",
                    *(
                        Column(f"c{n}", each)
                        for n, each in enumerate(_TYPES)
                        if "constraint=True" not in repr(each) and n != 12
                    ),
                )
            ],
        ),
        tables(
            "a table of many defaults",
            [],
            [table("t", *(Column(f"c{n}", Text, server_default=each) for n, each in enumerate(_DEFAULTS)))],
        ),
        tables("a table that is computed", [], [table("t", a(), b(Integer, Computed("a + 1", persisted=True)))]),
        tables("a table under another name", [table("t", a(index=True))], [table("s", a(index=True))]),
        tables(
            "a table under another name, with a reference to it",
            [table("t"), table("u", a(Integer, ForeignKey("t.id", name="f")))],
            [table("s"), table("u", a(Integer, ForeignKey("s.id", name="f")))],
        ),
        tables("two tables", [], [table("s", a(unique=True)), table("t", a(Integer, ForeignKey("s.id"), index=True))]),
        tables(
            "many to many",
            [table("s"), table("t")],
            [
                table("s"),
                table("t"),
                bare(
                    "st",
                    Column("s_id", ForeignKey("s.id"), primary_key=True),
                    Column("t_id", ForeignKey("t.id", ondelete="CASCADE"), primary_key=True),
                ),
            ],
        ),
        tables("a table and a column", [table("s")], [table("s", a()), table("t")]),
        tables(
            "a table, and a column with an index in its neighbours",
            [table("s"), table("u")],
            [table("s", a(index=True)), table("t", a(index=True)), table("u", a(index=True))],
        ),
        tables(
            "changes in two tables",
            [table("s", a()), table("t", a())],
            [table("s", a(Text)), table("t", a(Text, nullable=False))],
        ),
        tables(
            "changes in three tables",
            [table(n, a(), b()) for n in "stu"],
            [table("s", b()), table("t", a(Text), b()), table("u", a(), b(unique=True))],
        ),
        tables(
            "one table less, changes in others", [table(n, a()) for n in "stu"], [table("s", a(index=True)), table("u")]
        ),
        tables(
            "references between changed tables",
            [table("s"), table("t")],
            [table("s", a()), table("t", a(Integer, ForeignKey("s.id")), b(Text))],
        ),
        tables(
            "tables in a chain",
            [],
            [table("s"), table("t", a(Integer, ForeignKey("s.id"))), table("u", a(Integer, ForeignKey("t.id")))],
        ),
        tables("a table with autoincrement", [], [table("t", a(), sqlite_autoincrement=True, mysql_engine="InnoDB")]),
        tables(
            "another key",
            [bare("t", a(primary_key=True), b())],
            [bare("t", a(primary_key=True), b(nullable=False), Column("c", Integer))],
        ),
        tables(
            "an enumeration in a table", [], [table("t", a(Enum("x", "y", name="letters", create_constraint=True)))]
        ),
        tables(
            "a number in a table",
            [table("t", a(Numeric(10, 2)))],
            [table("t", a(Numeric(12, 2))), table("s", a(Numeric(1, 0)))],
        ),
    ]


def _naming() -> list[Pair]:
    return [
        *(tables(f"a column in a table {name}", [table(name)], [table(name, a(index=True))]) for name in _NAMES),
        *(
            items(f"a column {name}", [b()], [b(), Column(name, Integer, index=True)])
            for name in _NAMES
            if name != "n" * 63
        ),
        *(
            items(
                f"a constraint {name}",
                [a()],
                [a(Integer, ForeignKey("r.id", name=name)), UniqueConstraint("a", name=name + "u")],
            )
            for name in _NAMES[:8]
        ),
        items("names that must be quoted", [], [Column(sa.sql.quoted_name("a", True), Integer, unique=True)]),
        items(
            "names in other cases",
            [Column("Name", Text)],
            [Column("Name", Text, nullable=False), Column("Other", Text)],
        ),
        items("names that are marked", [a()], [a(), Index(sa.sql.elements.conv("ix_marked"), "a")]),
    ]


def _schemas() -> list[Pair]:
    def other(*items: SchemaItem, name: str = "t") -> Spec:
        return table(name, *items, schema=OTHER_SCHEMA)

    to = f"{OTHER_SCHEMA}.t.id"
    return [
        tables("a table in a schema", [], [other(a(index=True))]),
        tables("a column in a schema", [other()], [other(a())]),
        tables(
            "a column with everything in a schema",
            [other()],
            [other(a(Integer, ForeignKey(to), nullable=False, index=True), b(unique=True))],
        ),
        tables("a type in a schema", [other(a())], [other(a(Text, nullable=False))]),
        tables("a default in a schema", [other(a(Text))], [other(a(Text, server_default="x"))]),
        tables("an index in a schema", [other(a(), b())], [other(a(), b(), Index("ix", "a", "b", unique=True))]),
        tables("a unique constraint in a schema", [other(a())], [other(a(), UniqueConstraint("a", name="uq"))]),
        tables(
            "a foreign key in a schema",
            [other(a())],
            [other(a(Integer, ForeignKey(to, name="fk", ondelete="CASCADE")))],
        ),
        tables(
            "a foreign key within a schema",
            [other(), other(a(), name="s")],
            [other(), other(a(Integer, ForeignKey(to)), name="s")],
        ),
        tables("one table in two schemas", [other(a()), table("t", a())], [other(a(Text)), table("t", a(Text))]),
        tables("from one schema to another", [table("t", a(index=True))], [other(a(index=True))]),
        tables(
            "all at once in a schema",
            [other(a(), b())],
            [other(b(Text, index=True), Column("c", Integer), UniqueConstraint("b", name="uq"))],
        ),
    ]


def _comments() -> list[Pair]:
    mine = 'it\'s "mine"'
    return [
        tables("a comment", [table("t")], [table("t", comment=mine)]),
        tables("another comment", [table("t", comment="old")], [table("t", comment=mine)]),
        tables("a comment and a column", [table("t")], [table("t", a(index=True), comment=mine)]),
        tables(
            "comments in a schema",
            [table("t", a(), schema=OTHER_SCHEMA)],
            [table("t", a(comment="c"), schema=OTHER_SCHEMA, comment=mine)],
        ),
        items("a comment of a column", [a()], [a(comment=mine)]),
        items("another comment of a column", [a(comment="old")], [a(comment=mine)]),
        items("a comment of a column of another type", [a(Text)], [a(String(9), nullable=False, comment=mine)]),
        items("a comment that stays", [a(comment=mine)], [a(Text, comment=mine)]),
    ]


def _expressions() -> list[Pair]:
    def on(*indexes: Index) -> list[SchemaItem]:
        return [a(Text), b(), *indexes]

    lower = text("lower(a)")
    return [
        items("an index on an expression", on(), on(Index("ix", lower))),
        items("an index on a column and an expression", on(), on(Index("ix", "b", lower))),
        items(
            "an index on a function", on(), [column := a(Text), b(), Index("ix", sa.func.lower(column), unique=True)]
        ),
        items("an index that descends", on(), [column := a(Text), b(), Index("ix", column.desc())]),
        items("an index that gets an expression", on(Index("ix", "a")), on(Index("ix", lower))),
        items("an index on an expression, and a column", [a(Text)], [a(Text), b(), Index("ix", lower)]),
        items("an index on an expression of a new column", [], [a(Text), Index("ix", lower)]),
        items(
            "an index on an expression amid others",
            [a(Text)],
            [*on(Index("i1", "a"), Index("i2", lower)), Index("i3", "b"), Column("c", Integer, ForeignKey("r.id"))],
        ),
        tables(
            "an index on an expression of a new table",
            [],
            [table("t", a(Text), b(), Index("i1", "b"), Index("i2", lower), Index("i3", "a"))],
        ),
        tables(
            "an index on an expression in a schema",
            [table("t", a(Text), schema=OTHER_SCHEMA)],
            [table("t", a(Text), b(), Index("ix", lower, "a", postgresql_where=text("a > ''")), schema=OTHER_SCHEMA)],
        ),
    ]


def _of_postgresql() -> list[Pair]:
    types: tuple[TypeEngine[Any], ...] = (
        postgresql.ARRAY(Integer),
        postgresql.ARRAY(String(5), dimensions=2),
        postgresql.JSONB(),
        postgresql.UUID(),
        postgresql.INET(),
        postgresql.TSVECTOR(),
        postgresql.INTERVAL(fields="DAY TO SECOND"),
        postgresql.TIMESTAMP(timezone=True, precision=3),
        postgresql.INT4RANGE(),
        postgresql.BIT(3),
        postgresql.ENUM("x", "y", name="letters", create_type=False),
        postgresql.DOMAIN("positive", Integer, check=text("VALUE > 0"), create_type=False),
    )
    return [
        *(items(f"a column of type {type_!r}", [], [a(type_)]) for type_ in types[:-2]),
        *(items(f"text becomes {type_!r}", [a(Text)], [a(type_, nullable=False)]) for type_ in types[:-2]),
        tables("a table of an enumeration", [], [table("t", a(postgresql.ENUM("x", "y", name="letters")))]),
        tables(
            "a table of a domain", [], [table("t", a(postgresql.DOMAIN("positive", Integer, check=text("VALUE > 0"))))]
        ),
        items(
            "unique and deferrable",
            [a()],
            [a(), UniqueConstraint("a", name="uq", deferrable=True, initially="DEFERRED")],
        ),
        items("unique and deferrable without a name", [a()], [a(), UniqueConstraint("a", deferrable=True)]),
        items(
            "unique and null not distinct",
            [a()],
            [a(), UniqueConstraint("a", name="uq", postgresql_nulls_not_distinct=True)],
        ),
        items(
            "unique with more in its index",
            [a(), b()],
            [a(), b(), UniqueConstraint("a", name="uq", postgresql_include=["b"])],
        ),
        items(
            "an index of a method",
            [a(postgresql.JSONB())],
            [a(postgresql.JSONB()), Index("ix", "a", postgresql_using="gin")],
        ),
        items(
            "an index with operator classes",
            [a(Text)],
            [a(Text), Index("ix", "a", postgresql_ops={"a": "text_pattern_ops"})],
        ),
        items(
            "an index that includes",
            [a(), b()],
            [a(), b(), Index("ix", "a", postgresql_include=["b"], postgresql_with={"fillfactor": 50})],
        ),
        items("a partial index", [a()], [a(), Index("ix", "a", unique=True, postgresql_where=text("a > 0"))]),
        items(
            "an index where null is not distinct",
            [a()],
            [a(), Index("ix", "a", unique=True, postgresql_nulls_not_distinct=True)],
        ),
        items(
            "an identity instead of nothing",
            [a(nullable=False)],
            [a(Integer, Identity(always=True, start=3), nullable=False)],
        ),
        items(
            "another identity",
            [a(Integer, Identity(), nullable=False)],
            [a(Integer, Identity(always=True, increment=2), nullable=False)],
        ),
        items("a serial column", [b()], [b(), a(autoincrement=True)]),
        items("a function as default", [a(sa.Uuid())], [a(sa.Uuid(), server_default=text("gen_random_uuid()"))]),
        items(
            "a default with a cast",
            [a(postgresql.JSONB())],
            [a(postgresql.JSONB(), server_default=text("'{}'::jsonb"), nullable=False)],
        ),
        items(
            "a foreign key that sets some columns null",
            [a(), b()],
            [a(), b(), ForeignKeyConstraint(["a", "b"], ["pair.x", "pair.y"], name="fk", ondelete="SET NULL (a)")],
        ),
        items("a foreign key that matches in full", [a()], [a(Integer, ForeignKey("r.id", name="fk", match="FULL"))]),
        items(
            "a foreign key that is not valid",
            [a()],
            [a(Integer, ForeignKey("r.id", name="fk", postgresql_not_valid=True))],
        ),
        items(
            "a column that is computed by a function",
            [b(Text)],
            [b(Text), a(Text, Computed("lower(b)", persisted=True))],
        ),
        tables(
            "a table with exclusion",
            [],
            [table("t", a(postgresql.INT4RANGE()), postgresql.ExcludeConstraint(("a", "&&"), name="ex"))],
        ),
        tables(
            "a table with a check",
            [],
            [table("t", a(), CheckConstraint("a > 0", name="ck", postgresql_not_valid=True))],
        ),
        tables(
            "a reference into a schema",
            [table("s", schema=OTHER_SCHEMA), table("t", a())],
            [table("s", schema=OTHER_SCHEMA), table("t", a(Integer, ForeignKey(f"{OTHER_SCHEMA}.s.id", name="fk")))],
        ),
        tables(
            "a reference out of a schema",
            [table("s"), table("t", a(), schema=OTHER_SCHEMA)],
            [
                table("s"),
                table("t", a(Integer, ForeignKey("s.id", ondelete="CASCADE"), unique=True), schema=OTHER_SCHEMA),
            ],
        ),
    ]


PAIRS = [
    *_columns(),
    *_alterations(),
    *_indexes(),
    *_uniques(),
    *_foreign_keys(),
    *_tables(),
    *_naming(),
    *_schemas(),
]
"""What SQLite reflects."""

ON_POSTGRESQL = [*_comments(), *_expressions(), *_of_postgresql()]
"""What only PostgreSQL does."""
