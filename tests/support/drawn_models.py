"""Pairs of models that hypothesis draws: the second is the first with some of its parts drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from tests.support.models import CONVENTION, OTHER_SCHEMA, Pair

Choices = Mapping[str, Any]
"""What a table is made of; a part that is None is not there."""

_KINDS: tuple[tuple[sa.types.TypeEngine[Any], tuple[Any, ...]], ...] = (
    (sa.Integer(), (None, "1", sa.text("2"))),
    (sa.BigInteger(), (None, "3")),
    (sa.String(20), (None, "", "it's")),
    (sa.Text(), (None, "x", sa.text("'y'"))),
    (sa.Numeric(10, 2), (None, "1.5")),
    (sa.Boolean(), (None, sa.true(), sa.false())),
    (sa.DateTime(), (None, sa.func.now())),
    (sa.Enum("x", "y", name="letters", native_enum=False), (None, "x")),
    (sa.LargeBinary(), (None,)),
)
_COLUMNS = ("a", "b", "Name", "it's")
_WHERE: tuple[Choices, ...] = (
    {},
    {},
    {"postgresql_where": sa.text("id > 0"), "sqlite_where": sa.text("id > 0")},
    {"postgresql_using": "btree"},
)
_ACTIONS: tuple[Choices, ...] = (
    {},
    {"ondelete": "CASCADE"},
    {"onupdate": "SET NULL", "ondelete": "SET NULL"},
    {"deferrable": True, "initially": "DEFERRED"},
)
_TABLES = (("t", None), ("s", None), ("T u", None), ("t", OTHER_SCHEMA))


def _column() -> st.SearchStrategy[Choices]:
    kinds = [(type_, default) for type_, defaults in _KINDS for default in defaults]
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(kinds),
            "nullable": st.booleans(),
            "index": st.sampled_from([None, None, True]),
            "unique": st.sampled_from([None, None, True]),
            "comment": st.sampled_from([None, None, "it's", "other"]),
        }
    )


_PARTS: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.none() | _column() for name in _COLUMNS},
    "reference": st.none()
    | st.tuples(st.sampled_from(["r", "t"]), st.sampled_from([None, "fk"]), st.sampled_from(_ACTIONS)),
    "references": st.none() | st.tuples(st.sampled_from([None, "fk 2"]), st.sampled_from(_ACTIONS)),
    "unique": st.none() | st.tuples(st.sampled_from([None, "uq"]), st.lists(st.sampled_from(_COLUMNS), unique=True)),
    "index": st.none()
    | st.tuples(st.lists(st.sampled_from([*_COLUMNS, "id % 3"]), unique=True), st.booleans(), st.sampled_from(_WHERE)),
    "comment": st.sampled_from([None, None, "c", "it's"]),
}


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    naming = draw(st.sampled_from([None, CONVENTION]))
    before, after = (sa.MetaData(naming_convention=naming) for _ in range(2))
    for metadata in (before, after):
        sa.Table("r", metadata, sa.Column("x", sa.Integer, primary_key=True), sa.Column("y", sa.Integer, unique=True))
    for name, schema in _TABLES:
        old = draw(st.none() | st.fixed_dictionaries(_PARTS))
        new = draw(_next(old))
        for metadata, choices in ((before, old), (after, new)):
            if choices is not None:
                _table(metadata, name, schema, choices)
    return Pair("drawn", before, after)


def _next(old: Choices | None) -> st.SearchStrategy[Choices | None]:
    if old is None:
        return st.none() | st.fixed_dictionaries(_PARTS)
    changed = st.fixed_dictionaries({name: st.just(old[name]) | part for name, part in _PARTS.items()})
    return changed | changed | changed | st.none()


def _table(metadata: sa.MetaData, name: str, schema: str | None, choices: Choices) -> None:
    items: list[sa.schema.SchemaItem] = [sa.Column("id", sa.Integer, primary_key=True)]
    for column in _COLUMNS:
        drawn = choices[column]
        if drawn is not None:
            (type_, default), options = drawn["kind"], {key: drawn[key] for key in drawn if key != "kind"}
            items.append(sa.Column(column, type_, server_default=default, **options))
    items += _foreign_keys(name, schema, choices)
    if choices["unique"] is not None:
        unique, on = choices["unique"]
        on = [each for each in on if choices[each] is not None]
        items += [sa.UniqueConstraint(*on, name=unique and f"{unique} {name}")] if on else []
    table = sa.Table(name, metadata, *items, schema=schema, comment=choices["comment"])
    if choices["index"] is not None:
        on, unique, options = choices["index"]
        listed = [sa.text("(id % 3)") if each == "id % 3" else table.c[each] for each in on if choices.get(each, 1)]
        if listed:
            sa.Index(f"ix {name}", *listed, unique=unique, _table=table, **options)


def _foreign_keys(name: str, schema: str | None, choices: Choices) -> list[sa.schema.SchemaItem]:
    items: list[sa.schema.SchemaItem] = []
    if choices["reference"] is not None:
        target, constraint, actions = choices["reference"]
        own = f"{schema}.{name}.id" if schema else f"{name}.id"
        # SQLite has no reference from one database file into another.
        to = own if schema or target == "t" else "r.x"
        reference = sa.ForeignKey(to, name=constraint and f"{constraint} {name}", **actions)
        items.append(sa.Column("to", sa.Integer, reference))
    if choices["references"] is not None and not schema:
        constraint, actions = choices["references"]
        items += [
            sa.Column("y", sa.Integer),
            sa.ForeignKeyConstraint(["y"], ["r.y"], name=constraint and f"{constraint} {name}", **actions),
        ]
    return items
