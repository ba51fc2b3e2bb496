"""What a schema that has not come back is said to lack, and what does not count."""

from __future__ import annotations

import pytest

from sqlite_batchify.verify.differences import describe
from sqlite_batchify.verify.schema import Reader, Schema
from tests.support.helpers import memory


def _schema(*statements: str) -> Schema:
    return Reader().schema(memory(*statements))


def _describe(before: str, after: str) -> str:
    return describe(_schema(f"CREATE TABLE t ({before})"), _schema(f"CREATE TABLE t ({after})"))


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("a TEXT", "a INTEGER", "t.a is INTEGER instead of TEXT"),
        ("a VARCHAR(20)", "a VARCHAR(30)", "t.a is VARCHAR(30) instead of VARCHAR(20)"),
        ("a CITEXT", "a INTEGER", "t.a is INTEGER instead of CITEXT"),
        ("a TEXT NOT NULL", "a TEXT", "t.a is nullable"),
        ("a TEXT", "a TEXT NOT NULL", "t.a is NOT NULL"),
        ("a TEXT DEFAULT 'x'", "a TEXT DEFAULT 'y'", "t.a has default 'y' instead of default 'x'"),
        ("a TEXT DEFAULT 'x'", "a TEXT", "t.a has no default instead of default 'x'"),
        ("a TEXT", "a TEXT DEFAULT 'x'", "t.a has default 'x' instead of no default"),
        ("a TEXT, b TEXT", "a TEXT", "column of t b is missing"),
        ("a TEXT", "a TEXT, b TEXT", "column of t b is still there"),
        ("a TEXT, UNIQUE (a)", "a TEXT", "unique of t (a) is missing"),
        ("a TEXT", "a TEXT, CHECK (a > 'b')", "check of t (a > 'b') is still there"),
        ("a INTEGER REFERENCES o", "a INTEGER", "foreign key of t a to o is missing"),
    ],
)
def test_what_differs(before: str, after: str, text: str) -> None:
    assert _describe(before, after) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a TEXT, b TEXT", "b TEXT, A TEXT"),
        ("a NUMERIC(10, 2)", "a numeric(10,2)"),
        ("a TEXT DEFAULT ('x')", "a TEXT DEFAULT 'x'"),
        ("a TEXT, b TEXT, UNIQUE (a, b)", "a TEXT, b TEXT, CONSTRAINT uq UNIQUE (b, a)"),
        ("a INTEGER PRIMARY KEY", "a INTEGER NOT NULL PRIMARY KEY"),
        ("a CITEXT", "a TEXT"),
        ("a MEDIUMINT", "a INTEGER"),
        ("a LONGBLOB", "a BLOB"),
        ("a DOUBLE PRECISION", "a REAL"),
        ("a MONEY", "a NUMERIC"),
    ],
)
def test_what_a_copy_of_the_table_writes_in_another_way(before: str, after: str) -> None:
    assert _describe(before, after) == ""


def test_tables_indexes_triggers_and_views() -> None:
    one = _schema("CREATE TABLE t (a)", "CREATE TABLE u (a)", "CREATE INDEX ix ON t (a)")
    other = _schema(
        "CREATE TABLE t (a)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
    )

    assert describe(one, other) == (
        "table u is missing; view v is still there; trigger tr is still there; index ix is missing"
    )


def test_many_differences_are_counted() -> None:
    assert _describe("a", "a, b, c, d, e, f, g").endswith("column of t e is still there; and 2 more")
