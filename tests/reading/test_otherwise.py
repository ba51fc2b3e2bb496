"""Statements about rows that SQLite says in other words do the same there: on drawn rows, against PostgreSQL."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqlite_batchify.reading.sql.otherwise import said_otherwise
from tests.support.servers import Fresh

SAFE = (
    "UPDATE t SET b = 'x'::text WHERE a > 2",
    "UPDATE t SET b = 'x'::character varying(20)",
    "UPDATE t SET b = CAST('x' AS varchar) WHERE b IS NULL",
    "UPDATE t SET c = 't'::boolean WHERE a IN (1, 2)",
    "UPDATE t SET c = 'no'::boolean WHERE c IS NOT TRUE",
    "UPDATE t SET b = NULL::text WHERE a BETWEEN 1 AND 3 OR NOT c",
    "UPDATE t SET a = 7::integer, c = false WHERE b = 'x'::text",
    "UPDATE t SET b = COALESCE(b, 'none'::text), a = a * 2 - 1",
    "UPDATE t SET b = CASE WHEN c THEN 'yes'::text ELSE 'no'::text END",
    "UPDATE t SET b = (SELECT u.d FROM u WHERE u.a = t.a AND u.d <> 'y'::text) WHERE a < 100",
    "UPDATE t SET b = 'it''s; é'::text WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.d = 'x'::text)",
    "DELETE FROM t WHERE b = 'x'::text OR a IS NULL",
    "DELETE FROM t WHERE a IN (SELECT a FROM u WHERE d = 'x'::text)",
    "INSERT INTO t (id, a, b) VALUES (100, 1, 'x'::text), (101, NULL, NULL::text)",
    "INSERT INTO t (id, a, b, c) SELECT id + 200, a, 'x'::text, 't'::boolean FROM u WHERE a > 1",
    "TRUNCATE TABLE t",
    "TRUNCATE t RESTART IDENTITY",
    "UPDATE public.t SET b = 'x', a = 5 WHERE public.t.a > 2",
    'DELETE FROM "public".t WHERE a IN (SELECT u.a FROM Public . u)',
    'INSERT INTO public.t (id, b) SELECT id + 300, d FROM public."u" -- public.x',
    "TRUNCATE TABLE public.t",
)
UNSAFE = (
    "UPDATE t SET b = a::text",
    "UPDATE t SET b = upper(b::text)",
    "UPDATE t SET b = b || 'x'::text || a::varchar",
    "UPDATE t SET b = 'z' WHERE b ILIKE 'X%' OR b ILIKE '%y'",
    "UPDATE t AS one SET b = u.d FROM u WHERE one.a = u.id",
    "UPDATE t one SET b = two.d, c = true FROM u AS two WHERE one.a = two.id AND two.d IS NOT NULL",
    "UPDATE t one SET b = two.d FROM u two JOIN u AS three ON three.id = two.id WHERE one.a = two.id",
    "UPDATE public.t SET b = u.d::text FROM public.u WHERE t.a = u.id",
    "DELETE FROM t USING u WHERE t.a = u.a",
    "DELETE FROM t AS one USING u AS two WHERE one.a = two.id AND two.d = 'x'::text",
)
UNKNOWN = (
    "UPDATE t SET b = b::jsonb ->> 'x'",
    "UPDATE t SET a = b::integer",
    "UPDATE t SET a = a / 2",
    "UPDATE t SET b = 'x'::text WHERE b LIKE 'X%'",
    "UPDATE t SET b = '2020-01-01'::date::text",
    "UPDATE t SET b = '550e8400-e29b-41d4-a716-446655440000'::uuid",
    "UPDATE t SET b = now() - interval '1 day'",
    "UPDATE t SET b = regexp_replace(b, 'x', 'y')",
    "UPDATE t SET b = 'x'::text WHERE a = ANY(ARRAY[1, 2])",
    "UPDATE app.t SET b = t.b::text FROM app.u WHERE app.t.a = 1",
    "UPDATE app.public.t SET b = 'x'",
    "UPDATE public.t SET a = b::integer",
    "INSERT INTO t (a) VALUES (1::integer) ON CONFLICT DO NOTHING",
    "INSERT INTO t (a) VALUES (1::integer) RETURNING id",
    "WITH x AS (SELECT 1) UPDATE t SET a = 1::integer",
    "UPDATE t SET b = :b::text",
    "UPDATE t SET b = 'x'::text; DELETE FROM t",
    "TRUNCATE t CASCADE",
    "TRUNCATE t, u",
)
_ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-5, 9)),
        st.one_of(st.none(), st.sampled_from(["x", "X", "xy", "y", "", "12"])),
        st.one_of(st.none(), st.booleans()),
    ),
    max_size=6,
)
_TABLES = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR(40), c BOOLEAN)",
    "CREATE TABLE u (id INTEGER PRIMARY KEY, a INTEGER, d VARCHAR(40))",
)
_Rows = list[tuple[Any, ...]]


def _told(sql: str) -> str:
    found = said_otherwise(sql)
    assert found is not None
    return found.sql


def _on_sqlite(sql: str, rows: _Rows, others: _Rows) -> _Rows:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for each in _TABLES:
            connection.execute(each)
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
        connection.executemany("INSERT INTO u VALUES (?, ?, ?)", [(n, *row[:2]) for n, row in enumerate(others)])
        connection.execute(sql)
        return connection.execute("SELECT * FROM t ORDER BY id").fetchall()


def _on_postgresql(connection: sa.Connection, sql: str, rows: _Rows, others: _Rows) -> _Rows:
    connection.exec_driver_sql("TRUNCATE t, u")
    for n, row in enumerate(rows):
        connection.exec_driver_sql("INSERT INTO t VALUES (%s, %s, %s, %s)", (n, *row))
    for n, row in enumerate(others):
        connection.exec_driver_sql("INSERT INTO u VALUES (%s, %s, %s)", (n, *row[:2]))
    schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    connection.exec_driver_sql(re.sub("public", schema, sql, flags=re.IGNORECASE).replace("%", "%%"))
    return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM t ORDER BY id")]


@pytest.mark.parametrize("sql", [*SAFE, *UNSAFE])
def test_the_same_becomes_of_drawn_rows(sql: str, postgresql: Fresh) -> None:
    connection = postgresql()
    connection.exec_driver_sql("SET synchronous_commit = off")
    for each in _TABLES:
        connection.exec_driver_sql(each)
    told = _told(sql)

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rows=_ROWS, others=_ROWS)
    def check(rows: _Rows, others: _Rows) -> None:
        # Of several rows that match, UPDATE FROM may take any, and a subquery for a value must find one.
        apart = list({row[0]: row for row in others if row[0] is not None}.values())
        expected = _on_postgresql(connection, sql, rows, apart)
        assert [tuple(map(_plain, row)) for row in expected] == _on_sqlite(told, rows, apart)

    check()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


@pytest.mark.parametrize("sql", SAFE)
def test_what_is_sure_is_told_so(sql: str) -> None:
    found = said_otherwise(sql)

    assert found is not None
    assert found.safe


@pytest.mark.parametrize("sql", UNSAFE)
def test_what_hangs_on_the_values_is_not_sure(sql: str) -> None:
    found = said_otherwise(sql)

    assert found is not None
    assert not found.safe


@pytest.mark.parametrize("sql", UNKNOWN)
def test_nothing_is_guessed(sql: str) -> None:
    assert said_otherwise(sql) is None


def test_the_time_and_names_of_rows_are_sqlites() -> None:
    assert _told("UPDATE t SET b = now()") == "UPDATE t SET b = CURRENT_TIMESTAMP"
    assert _told("UPDATE t SET b = gen_random_uuid()") == "UPDATE t SET b = (lower(hex(randomblob(16))))"
    assert _told("UPDATE t SET b = '{a,b}'::text[]") == """UPDATE t SET b = '["a", "b"]'"""
    assert _told("UPDATE t SET b = '{}'::jsonb") == "UPDATE t SET b = '{}'"
    assert _told('UPDATE "user" SET "B" = \'x\'::status') == 'UPDATE "user" SET "B" = \'x\''
