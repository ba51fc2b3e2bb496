"""Texts in double quotes are told from names by SQLite itself."""

from __future__ import annotations

from typing import Any

import pytest

from sqlite_batchify.verify.quotes import find_quoted_texts, may_hold_texts
from tests.support.helpers import memory

_TABLE = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, "Order" TEXT, "b c" TEXT)'


def _found(sql: str, parameters: Any = ()) -> list[str]:
    connection = memory(_TABLE, 'CREATE VIEW "v w" AS SELECT a AS "x y" FROM t')
    assert may_hold_texts(sql) is ('"' in sql)
    return list(find_quoted_texts(connection, sql, parameters))


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ('UPDATE t SET a = "guest"', ["guest"]),
        ('INSERT INTO t (a, "b c") VALUES ("one", "two")', ["one", "two"]),
        ("""DELETE FROM t WHERE a LIKE "x%" OR "Order" = 'y' OR "a" = "it's" """, ["x%", "it's"]),
        ('UPDATE t SET a = strftime("%Y", a)', ["%Y"]),
        ('SELECT "none", "a" FROM t', ["none"]),
        ('CREATE TABLE u (k TEXT, CHECK (k IN ("a", "b")))', ["a", "b"]),
        ('CREATE INDEX i ON t ("Nope")', ["Nope"]),
        ('CREATE INDEX i ON t (a) WHERE a = "x"', ["x"]),
        ('UPDATE t SET a = "say ""hi"""', ['say "hi"']),
    ],
)
def test_what_names_no_column_is_a_text(sql: str, texts: list[str]) -> None:
    assert _found(sql) == texts


@pytest.mark.parametrize(
    "sql",
    [
        """UPDATE t SET a = '{"x": 1}' WHERE "a" = 'b' -- "no" """,
        'UPDATE "t" SET "ORDER" = \'x\' WHERE "t"."b c" IS NULL /* "no" */',
        'SELECT "s"."a" AS "n", count(*) AS "how many" FROM "t" AS "s" GROUP BY "n" ORDER BY "how many"',
        'INSERT INTO "t" ("a") SELECT "x y" FROM "v w" WHERE "x y" = 1',
        'WITH "c" AS (SELECT "id" AS "i" FROM "t") SELECT "i" FROM "c"',
        'INSERT INTO "t" ("id", "a") VALUES (1, 2) ON CONFLICT ("id") DO UPDATE SET "a" = "excluded"."a"',
        'CREATE TABLE "u v" ("k" TEXT DEFAULT "x", CHECK ("k" <> 1))',
        'ALTER TABLE "t" RENAME COLUMN "a" TO "z"',
        'UPDATE nowhere SET a = "x"',
        'UPDATE t SET nothing = "x"',
        'THIS IS "nothing"',
        'SELECT "a',
    ],
)
def test_names_and_what_fails_by_itself_are_passed_over(sql: str) -> None:
    assert not may_hold_texts(sql) or _found(sql) == []


def test_parameters_are_given() -> None:
    assert _found('UPDATE t SET a = "x" WHERE id = ?', (1,)) == ["x"]
    assert _found('UPDATE t SET a = "x" WHERE id = :id', {"id": 1}) == ["x"]


def test_what_batch_mode_does_is_not_looked_at() -> None:
    assert not may_hold_texts('CREATE TABLE _alembic_tmp_t (a TEXT CHECK (a <> "x"))')
