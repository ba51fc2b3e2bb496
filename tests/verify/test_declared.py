"""Declared types: what a copy makes of them, whether that says less, and how a script writes them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from sqlite_batchify.verify.declared import is_date, is_lost, is_unknown, reflected, spelled, write_type

SAME = [
    *("INT", "integer", "BIGINT UNSIGNED", "UNSIGNED BIG INT", "INT8", "TINYINT(1)", "MEDIUMINT", "DOUBLE PRECISION"),
    *("VARCHAR", "varchar(20)", "CHARACTER VARYING(20)", "NVARCHAR(5)", "MEDIUMTEXT", "CITEXT", "CLOB", "CHAR(32)"),
    *("DEC(5,2)", "NUMBER(10, 2)", "DECIMAL", "BOOL", "BOOLEAN", "JSON", "DATETIME(6)", "TIMESTAMP", "FLOAT(53)"),
    *("DOUBLE", "REAL", "BLOB", "TIMESTAMP WITHOUT TIME ZONE", "NUMERIC(10,2)", "DATE", "TIME", ""),
]
LESS = ["UUID", "VECTOR(3)", "INET", "MONEY", "BYTEA", "INTERVAL", "POINT", "TIMESTAMP WITH TIME ZONE", "YEAR"]


@pytest.mark.parametrize("declared", SAME)
def test_another_spelling_is_no_loss(declared: str) -> None:
    assert not is_lost(declared, reflected(declared))


@pytest.mark.parametrize("declared", LESS)
def test_a_word_of_which_only_the_affinity_is_left_is_lost(declared: str) -> None:
    assert is_lost(declared, reflected(declared))


@pytest.mark.parametrize("declared", ["", "LONGBLOB", "TINYBLOB"])
def test_what_batch_mode_cannot_write(declared: str) -> None:
    assert is_unknown(declared)
    assert not is_unknown("BLOB")


@pytest.mark.parametrize("declared", [*filter(None, SAME), *LESS, "LONGBLOB", "SELECT x", "a(b)"])
def test_a_type_that_is_written_is_declared_as_it_was(declared: str) -> None:
    type_ = eval(write_type(declared), {"sa": sa})
    text = type_.compile(dialect=sqlite.dialect())

    assert spelled(text).strip('"') == spelled(declared)


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("VARCHAR(20)", "sa.String(20, collation='NOCASE')"),
        ("TEXT", "sa.Text(collation='NOCASE')"),
        ("", "sa.Text(collation='NOCASE')"),
    ],
)
def test_a_text_has_its_collation(declared: str, code: str) -> None:
    assert write_type(declared, "NOCASE") == code


def test_a_number_has_its_collation_as_well() -> None:
    type_ = eval(write_type("INTEGER", "NOCASE"), {"sa": sa})

    assert type_.compile(dialect=sqlite.dialect()) == "INTEGER COLLATE NOCASE"


def test_dates() -> None:
    assert all(map(is_date, (sa.Date, sa.DateTime(timezone=True), sa.TIMESTAMP(), sa.Time)))
    assert not any(map(is_date, (sa.String, sa.Integer(), None)))
