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

from sqlite_batchify.reading.sql.foreign import Meaning, meaning_of
from sqlite_batchify.reading.sql.otherwise import said_otherwise, several_otherwise
from sqlite_batchify.reading.sql.rows import Otherwise
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
    "TRUNCATE TABLE t",
    "TRUNCATE t RESTART IDENTITY",
    "UPDATE public.t SET b = 'x', a = 5 WHERE public.t.a > 2",
    'DELETE FROM "public".t WHERE a IN (SELECT u.a FROM Public . u)',
    'INSERT INTO public.t (id, b) SELECT id + 300, d FROM public."u" -- public.x',
    "TRUNCATE TABLE public.t",
    "UPDATE t SET b = 'x'::text WHERE a = ANY (ARRAY[1, 2]) AND b <> ALL (ARRAY['y'::text])",
    "UPDATE t SET b = REPLACE(b, 'x'::text, 'y') WHERE a IN (SELECT DISTINCT a FROM u GROUP BY a)",
)
UNSAFE = (
    "INSERT INTO t (id, a, b, c) SELECT id + 200, a, 'x'::text, 't'::boolean FROM u WHERE a > 1",
    "UPDATE t SET b = LEFT(b, 1) || RIGHT(b, 1)",
    "UPDATE t SET b = SUBSTRING(b FROM 2 FOR 1)",
    "UPDATE t SET b = SUBSTRING(b, 1, 2) || 'x'::text",
    "DELETE FROM t WHERE t.ctid NOT IN (SELECT min(ctid) FROM t GROUP BY a, b, c)",
    "UPDATE t SET b = (SELECT d FROM u WHERE u.a >= 0 ORDER BY u.a DESC, u.id LIMIT 1)::text",
    "UPDATE t SET a = (SELECT max(u.a) FROM u WHERE u.d = t.b::text)",
    "UPDATE t SET b = a::text",
    "UPDATE t SET b = upper(b::text)",
    "UPDATE t SET b = b || 'x'::text || a::varchar",
    "UPDATE t SET b = 'z' WHERE b ILIKE 'X%' OR b ILIKE '%y'",
    "UPDATE t AS one SET b = u.d FROM u WHERE one.a = u.id",
    "UPDATE t one SET b = two.d, c = true FROM u AS two WHERE one.a = two.id AND two.d IS NOT NULL",
    "UPDATE t one SET b = two.d FROM u two JOIN u AS three ON three.id = two.id WHERE one.a = two.id",
    "UPDATE public.t SET b = u.d::text FROM public.u WHERE t.a = u.id",
    "UPDATE t SET b = s.b FROM (SELECT id, TRIM(FROM d || ' ' || d) AS b FROM u WHERE a > 0) AS s WHERE s.id = t.a",
    "DELETE FROM t USING u WHERE t.a = u.a",
    "UPDATE t SET b = s.d FROM (SELECT DISTINCT ON (u.d) u.a, u.d FROM u ORDER BY u.d, u.id DESC) s WHERE s.a = t.a",
    "DELETE FROM t WHERE id NOT IN (SELECT DISTINCT ON (a, c) id FROM t ORDER BY a DESC, c, id)",
    "INSERT INTO t (id, a) SELECT DISTINCT ON (a) u.id + 300 AS id, a FROM u ORDER BY a NULLS FIRST, u.id",
    "DELETE FROM t AS one USING u AS two WHERE one.a = two.id AND two.d = 'x'::text",
)
OF_MYSQL = (
    "UPDATE t JOIN u ON t.a = u.a SET t.b = u.d, t.c = true",
    "UPDATE t AS one, u AS two SET one.b = two.d WHERE one.a = two.a AND two.id > 0",
    "UPDATE t LEFT JOIN u ON t.a = u.a SET t.b = 'none' WHERE u.id IS NULL",
    "UPDATE t one LEFT JOIN u ON one.a = u.a SET one.b = NULL, one.a = one.id WHERE u.id IS NULL AND one.a > 0",
    "UPDATE t LEFT JOIN u ON t.a = u.a JOIN u AS v ON v.id = u.id SET t.b = 'x', t.c = NULL",
    "DELETE t FROM t LEFT JOIN u ON t.a = u.a WHERE u.id IS NULL",
    "DELETE one FROM t AS one LEFT OUTER JOIN u two ON one.a = two.a AND two.d = 'x' WHERE two.id IS NULL",
    "DELETE t FROM t INNER JOIN u ON t.a = u.a WHERE u.d <> 'x'",
)
UNKNOWN = (
    "UPDATE t LEFT JOIN u ON t.a = u.a SET b = 'x'",
    "UPDATE t LEFT JOIN u ON t.a = u.a SET t.b = d",
    "UPDATE t LEFT JOIN u ON t.a = u.a SET u.d = 'x'",
    "UPDATE t LEFT JOIN u ON t.a = u.a SET t.b = t.a, t.a = t.b",
    "UPDATE t LEFT JOIN u USING (a) SET t.b = 'x'",
    "UPDATE t RIGHT JOIN u ON t.a = u.a SET t.b = 'x'",
    "DELETE u FROM t LEFT JOIN u ON t.a = u.a",
    "UPDATE t SET b = b::jsonb ->> 'x'",
    "UPDATE t SET a = b::integer",
    "UPDATE t SET a = a / 2",
    "UPDATE t SET b = 'x'::text WHERE b LIKE 'X%'",
    "UPDATE t SET b = '2020-01-01'::date::text",
    "UPDATE t SET b = '550e8400-e29b-41d4-a716-446655440000'::uuid",
    "UPDATE t SET b = now() - interval '1 month'",
    "UPDATE t SET b = b - interval '1 day', a = 1::integer",
    "UPDATE t SET a = a - '1', b = 'x'::text",
    "UPDATE t SET b = regexp_replace(b, 'x', 'y')",
    "UPDATE t SET b = 'x'::text WHERE a = ANY('{1,2}')",
    "UPDATE t SET b = 'x'::text WHERE a > ANY(ARRAY[1, 2])",
    "UPDATE t SET b = LEFT(b, a)",
    "DELETE FROM t WHERE id IN (SELECT DISTINCT ON (a) id FROM t ORDER BY a, id LIMIT 2)",
    "INSERT INTO t SELECT DISTINCT ON (t.a) * FROM t ORDER BY t.a",
    "DELETE FROM t WHERE id NOT IN (SELECT DISTINCT ON (1) id FROM t ORDER BY 1)",
    "DELETE FROM t WHERE id NOT IN (SELECT DISTINCT ON (b) id FROM t ORDER BY b, (1) DESC)",
    "INSERT INTO t (id) SELECT k FROM (SELECT DISTINCT ON (b) id + 100 AS k, b FROM t ORDER BY b, k DESC) q",
    "UPDATE IGNORE t LEFT JOIN u ON t.a = u.a SET t.b = 'x'",
    "INSERT INTO t (id) SELECT DISTINCT ON (t.a) t.id + 1 FROM t ORDER BY t.a",
    "UPDATE t SET b = LEFT(b, -1)",
    "UPDATE t SET b = ARRAY[b]",
    "UPDATE t LEFT JOIN u ON t.a = u.a SET t.b = u.d",
    "UPDATE t INNER JOIN u ON t.a = u.a SET u.d = t.b",
    "DELETE t, u FROM t INNER JOIN u ON t.a = u.a",
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


def _on_server(connection: sa.Connection, sql: str, rows: _Rows, others: _Rows) -> _Rows:
    for table in ("t", "u"):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    for n, row in enumerate(rows):
        connection.exec_driver_sql("INSERT INTO t VALUES (%s, %s, %s, %s)", (n, *row))
    for n, row in enumerate(others):
        connection.exec_driver_sql("INSERT INTO u VALUES (%s, %s, %s)", (n, *row[:2]))
    if connection.dialect.name == "postgresql":
        schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
        sql = re.sub("public", schema, sql, flags=re.IGNORECASE)
    connection.exec_driver_sql(sql.replace("%", "%%"))
    return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM t ORDER BY id")]


@pytest.mark.parametrize("sql", [*SAFE, *UNSAFE])
def test_the_same_becomes_of_drawn_rows(sql: str, postgresql: Fresh) -> None:
    connection = postgresql()
    connection.exec_driver_sql("SET synchronous_commit = off")
    for each in _TABLES:
        connection.exec_driver_sql(each)
    _check_rows(connection, sql)


@pytest.mark.parametrize("sql", OF_MYSQL)
def test_mariadb_does_the_same_to_drawn_rows(sql: str, mariadb: Fresh) -> None:
    connection = mariadb()
    for each in _TABLES:
        connection.exec_driver_sql(f"{each} COLLATE utf8mb4_nopad_bin")
    _check_rows(connection, sql)


def _check_rows(connection: sa.Connection, sql: str) -> None:
    told = _told(sql)

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rows=_ROWS, others=_ROWS)
    def check(rows: _Rows, others: _Rows) -> None:
        # Of several rows that match, UPDATE FROM may take any, and a subquery for a value must find one.
        apart = list({row[0]: row for row in others if row[0] is not None}.values())
        expected = _on_server(connection, sql, rows, apart)
        assert [tuple(map(_plain, row)) for row in expected] == _on_sqlite(told, rows, apart)

    check()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


@pytest.mark.parametrize("sql", SAFE)
def test_what_is_sure_is_told_so(sql: str) -> None:
    found = said_otherwise(sql)

    assert found is not None
    assert found.safe


@pytest.mark.parametrize("sql", [*UNSAFE, *OF_MYSQL])
def test_what_hangs_on_the_values_is_not_sure(sql: str) -> None:
    found = said_otherwise(sql)

    assert found is not None
    assert not found.safe


@pytest.mark.parametrize("sql", UNKNOWN)
def test_nothing_is_guessed(sql: str) -> None:
    assert said_otherwise(sql) is None


_TRIGGER = "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; DELETE FROM u; END"
SEVERAL: dict[str, tuple[tuple[str, ...], bool] | None] = {
    "UPDATE t SET a = 1; DELETE FROM t WHERE b = 'x;y'": (
        ("UPDATE t SET a = 1", "DELETE FROM t WHERE b = 'x;y'"),
        True,
    ),
    "SET lock_timeout = 0; UPDATE t SET a = 1 -- all; of them\n;": (("UPDATE t SET a = 1",), True),
    "TRUNCATE t; UPDATE t SET b = b::text": (("DELETE FROM t", "UPDATE t SET b = CAST(b AS TEXT)"), False),
    "UPDATE t SET a = 1;": None,
    "SET lock_timeout = 0; SET x = 1": None,
    "UPDATE t SET a = 1; UPDATE t SET a = b::integer": None,
    "UPDATE t SET a = 1; SELECT 1 FROM; DELETE FROM t": None,
    f"{_TRIGGER}; TRUNCATE t": ((_TRIGGER, "DELETE FROM t"), True),
}


@pytest.mark.parametrize("sql", SEVERAL)
def test_statements_of_one_text_are_told_one_by_one(sql: str) -> None:
    assert several_otherwise(sql) == SEVERAL[sql]


_COLUMN = "SELECT {} FROM information_schema.columns WHERE table_name = {} AND column_name = {}"
ASKED = {
    (_COLUMN.format("1", "'t'", "'b'"), True): [(1,)],
    (_COLUMN.format("1", "'t'", "'z'"), True): [],
    (_COLUMN.format("column_name", "'t'", "'b'") + " LIMIT 1", True): [("b",)],
    (
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 't'",
        True,
    ): [
        ("id",),
        ("a",),
        ("b",),
        ("c",),
    ],
    ("SELECT COUNT(*) FROM information_schema . tables WHERE table_name='t'", True): [(1,)],
    ("SELECT table_name FROM information_schema.tables WHERE table_name = 'nothing'", True): [],
    ("SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'u')", False): [(True,)],
    ("SELECT EXISTS(SELECT 1 FROM information_schema.columns WHERE table_name = 'u' AND column_name = 'b')", False): [
        (False,)
    ],
    ("SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass('ix')", False): [(True,)],
    ("SELECT i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = 'gone'", False): [],
}
NOT_ASKED = (
    "SELECT data_type FROM information_schema.columns WHERE table_name = 't'",
    "SELECT 1 FROM information_schema.columns WHERE table_name = 't' OR column_name = 'b'",
    "SELECT 1 FROM information_schema.columns WHERE table_name LIKE 't%'",
    "SELECT 1 FROM information_schema.columns WHERE column_name = 'b'",
    "SELECT 1 FROM information_schema.tables WHERE table_name = 't' AND table_schema = 'other'",
    "SELECT 1 FROM information_schema.tables WHERE table_name = 't' AND table_name = 'u'",
    "SELECT 1 FROM information_schema.tables WHERE table_schema = :schema AND table_name = 't'",
    "SELECT table_name FROM information_schema.columns WHERE column_name = 'b'",
    "SELECT constraint_name FROM information_schema.key_column_usage WHERE table_name = 't'",
    "SELECT count(*) FROM pg_index",
)


@pytest.mark.parametrize("asked", ASKED)
def test_sqlite_says_what_there_is(asked: tuple[str, bool], postgresql: Fresh) -> None:
    connection = postgresql()
    sql, safe = asked
    told = said_otherwise(sql)
    with contextlib.closing(sqlite3.connect(":memory:")) as raw:
        for each in (*_TABLES, "CREATE INDEX ix ON t (a)"):
            raw.execute(each)
            connection.exec_driver_sql(each)
        assert told is not None
        assert raw.execute(told.sql).fetchall() == ASKED[asked]

    # Where no schema is asked for, others of the server have their say.
    here = sql if "schema =" in sql else sql.replace(" WHERE ", " WHERE table_schema = current_schema() AND ")
    here = sql if "pg_" in sql else here
    assert [tuple(row) for row in connection.exec_driver_sql(here)] == ASKED[asked]
    assert told.safe is safe
    assert meaning_of(sql) is Meaning.REFUSED


@pytest.mark.parametrize("sql", NOT_ASKED)
def test_what_sqlite_does_not_know_is_not_asked(sql: str) -> None:
    assert said_otherwise(sql) is None


def test_names_may_be_parameters() -> None:
    told = _told(_COLUMN.format("1", ":table", ":column"))
    assert told == "SELECT 1 FROM pragma_table_info(:table) WHERE name = :column"


@pytest.mark.parametrize(
    ("span", "here"),
    [
        ("now() - interval '6 hours'", "datetime('now', '-6 hours')"),
        ("now() + '1 week 2 minutes'::interval", "datetime('now', '+7 days', '+2 minutes')"),
        ("CURRENT_TIMESTAMP + INTERVAL '30 days'", "datetime('now', '+30 days')"),
    ],
)
def test_so_long_ago_is_the_same_time(span: str, here: str, postgresql: Fresh) -> None:
    told = said_otherwise(f"UPDATE t SET b = {span}")
    assert told is not None
    assert told == Otherwise(f"UPDATE t SET b = ({here})", False)
    with contextlib.closing(sqlite3.connect(":memory:")) as raw:
        seconds = raw.execute(f"SELECT strftime('%s', {here}) - strftime('%s', 'now')").fetchone()[0]
    apart = f"SELECT round(extract(epoch FROM {span}) - extract(epoch FROM now()))"
    assert abs(seconds - int(postgresql().exec_driver_sql(apart).scalar_one())) <= 1


def test_the_time_and_names_of_rows_are_sqlites() -> None:
    assert _told("UPDATE t SET b = now()") == "UPDATE t SET b = CURRENT_TIMESTAMP"
    assert _told("UPDATE t SET b = gen_random_uuid()") == "UPDATE t SET b = (lower(hex(randomblob(16))))"
    assert _told("UPDATE t SET b = '{a,b}'::text[]") == """UPDATE t SET b = '["a", "b"]'"""
    assert _told("UPDATE t SET b = '{}'::jsonb") == "UPDATE t SET b = '{}'"
    assert _told('UPDATE "user" SET "B" = \'x\'::status') == 'UPDATE "user" SET "B" = \'x\''
