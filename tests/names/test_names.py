"""Names of constraints, without a database."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from sqlite_batchify.names import (
    CHECK,
    FOREIGN_KEY,
    PRIMARY_KEY,
    UNIQUE,
    ConventionError,
    Naming,
    Shape,
    from_template,
    literal_template,
    may_be_mysql_name,
    mysql_name,
    postgresql_name,
    read_naming,
)
from tests.support.helpers import SQLALCHEMY


@pytest.mark.parametrize(
    ("shape", "taken", "name"),
    [
        (Shape(FOREIGN_KEY, None, "t", ("a", "b")), (), "t_a_b_fkey"),
        (Shape(UNIQUE, None, "t", ("a",)), ("t_a_key", "t_a_key1"), "t_a_key2"),
        (Shape(PRIMARY_KEY, None, "t", ("a", "b")), (), "t_pkey"),
        (Shape(CHECK, None, "t", ("a",)), (), "t_a_check"),
        (Shape(CHECK, None, "t", ("a", "b")), (), "t_check"),
        (Shape(CHECK, None, "t", ()), ("t_check",), "t_check1"),
        (Shape(UNIQUE, None, "t" * 40, ("c" * 40,)), (), "t" * 29 + "_" + "c" * 29 + "_key"),
        (Shape(UNIQUE, None, "t" * 10, ("c" * 60,)), (), "t" * 10 + "_" + "c" * 48 + "_key"),
        (Shape(PRIMARY_KEY, None, "t" * 70, ()), (), "t" * 58 + "_pkey"),
        (Shape(UNIQUE, None, "é" * 20, ("é" * 31,)), (), "é" * 14 + "_" + "é" * 14 + "_key"),
    ],
)
def test_postgresql_cuts_and_numbers(shape: Shape, taken: tuple[str, ...], name: str) -> None:
    assert postgresql_name(shape, taken) == name
    assert len(name.encode()) <= 63


_TOKENS = (
    *("table_name", "column_0_name", "column_1_name", "column_7_name", "column_0N_name", "column_0_N_name"),
    *("column_0_key", "column_0_label", "column_0N_label", "column_0_N_label"),
)
_REFERRED = ("referred_table_name", "referred_column_0_name", "referred_column_0N_name", "referred_column_0_N_name")


@pytest.mark.parametrize("schema", [None, "shop", "database.shop"])
@pytest.mark.parametrize(("first", "second"), list(itertools.product((*_TOKENS, *_REFERRED), repeat=2)))
def test_templates_give_the_names_that_sqlalchemy_gives(first: str, second: str, schema: str | None) -> None:
    if schema == "database.shop" and SQLALCHEMY < (2, 1):
        pytest.skip("this SQLAlchemy takes the last part of such a schema for the table")
    template = f"x%%_%({first})s_%({second})s"
    kinds = {FOREIGN_KEY} if {first, second} & set(_REFERRED) else {FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK}
    metadata = sa.MetaData(naming_convention=dict.fromkeys(kinds, template))
    sa.Table("other", metadata, sa.Column("c", sa.Integer()), sa.Column("d", sa.Integer()), schema=schema)
    prefix = f"{schema}." if schema else ""
    constraints: dict[str, sa.Constraint] = {
        FOREIGN_KEY: sa.ForeignKeyConstraint(["a", "b"], [f"{prefix}other.c", f"{prefix}other.d"]),
        UNIQUE: sa.UniqueConstraint("a", "b"),
        PRIMARY_KEY: sa.PrimaryKeyConstraint("a", "b"),
        CHECK: sa.CheckConstraint("a > b"),
    }
    sa.Table(
        "t", metadata, sa.Column("a", sa.Integer()), sa.Column("b", sa.Integer()), *constraints.values(), schema=schema
    )

    for kind in kinds:
        referred = ("other", ("c", "d")) if kind == FOREIGN_KEY else ("", ())
        assert from_template(template, Shape(kind, schema, "t", ("a", "b"), *referred)) == constraints[kind].name


def test_no_name_from_what_only_a_named_constraint_has() -> None:
    assert from_template("ck_%(table_name)s_%(constraint_name)s", Shape(CHECK, None, "t", ("a",))) is None


@pytest.mark.parametrize("token", _REFERRED)
def test_no_name_from_what_only_a_foreign_key_has(token: str) -> None:
    assert from_template(f"uq_%(table_name)s_%({token})s", Shape(UNIQUE, None, "t", ("a",))) is None


def test_no_name_from_a_referred_column_that_is_not_there() -> None:
    shape = Shape(FOREIGN_KEY, None, "t", ("a",), "other", ("c",))

    assert from_template("fk_%(referred_column_0_name)s", shape) == "fk_c"
    assert from_template("fk_%(referred_column_1_name)s", shape) is None


@pytest.mark.parametrize("name", ["t_a_fkey", "100%", "%(table_name)s", "%%"])
def test_a_literal_template_gives_its_name(name: str) -> None:
    assert from_template(literal_template(name), Shape(UNIQUE, None, "t", ("a",))) == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("postgres", "'postgres' is neither auto, postgresql, keep nor a table"),
        ("app.models:convention", "a convention in Python has to be written out here"),
        (True, "True is neither auto"),
        ({}, "the table is empty"),
        ({"fkey": "x"}, "'fkey' is not one of ix, uq, ck, fk, pk"),
        ({"fk": len}, "a function cannot be worked out without running it"),
        ({"fk": "fk_%(guid)s"}, "%(guid)s is not a token of SQLAlchemy's; one that is a function cannot be worked out"),
        ({"uq": "uq_%(column_x_name)s"}, "%(column_x_name)s is not a token"),
        ({"uq": "100%"}, "write %% for a percent sign"),
        ({"uq": "uq_%(table_name)d"}, "write %% for a percent sign"),
        ({"ck": "ck_%s"}, "ck: 'ck_%s' has a % that begins no token"),
        ({"pk": "pk_%(table_name"}, "pk: 'pk_%(table_name' has a % that begins no token"),
        ({"fk": None}, "fk is None, not a text"),
        ({1: "x"}, "1 is not one of ix, uq, ck, fk, pk"),
        (None, "None is neither auto"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(value: object, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        read_naming(value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_is_read() -> None:
    templates = {"fk": "fk_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"}

    assert read_naming(templates) == Naming("", tuple(templates.items()))
    assert read_naming("keep") == Naming("keep")


def test_other_names_are_not_mysqls() -> None:
    assert not may_be_mysql_name("t_ibfk_x", Shape(FOREIGN_KEY, None, "t", ("a",)))
    assert not may_be_mysql_name("other_ibfk_1", Shape(FOREIGN_KEY, None, "t", ("a",)))
    assert not may_be_mysql_name("b", Shape(UNIQUE, None, "t", ("a", "b")))
    assert not may_be_mysql_name("t_pkey", Shape(PRIMARY_KEY, None, "t", ("a",)))


@pytest.mark.parametrize(
    "template", ["%", "%d", "%s", "%(", "%(table_name)d", "%(table_name)99999999999s", f"%(column_{'9' * 5000}_name)s"]
)
def test_what_is_no_template_gives_no_name(template: str) -> None:
    assert from_template(template, Shape("uq", None, "t", ("a",))) is None


def test_number_that_mysql_did_not_give_is_part_of_a_name() -> None:
    taken = [f"t_ibfk_{'9' * 5000}", "t_ibfk_3"]

    assert mysql_name(Shape("fk", None, "t", ("a",)), taken) == "t_ibfk_4"
