"""Statements about documents do the same with SQLite's functions: on drawn objects, against PostgreSQL."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqlite_batchify.reading.sql.otherwise import said_otherwise
from tests.support.servers import Fresh

KNOWN = (
    "UPDATE t SET d = d || '{\"k\": {}}'::jsonb WHERE NOT d ? 'k'",
    'UPDATE t SET d = d || \'{"k": [1, null], "a": "it is", "x y": true}\'::jsonb',
    "UPDATE t SET d = d - 'k' WHERE d -> 'k' = '{}'::jsonb",
    "UPDATE t SET d = d - 'k' WHERE d ? 'k' AND d->'p' ? 'c'",
    "UPDATE t SET d = jsonb_set(d, '{p,c}', to_json((d->'p'->>'n')::int * 2)::jsonb)",
    "UPDATE t SET d = jsonb_set(d, '{p,n}', to_json((d->'p'->>'n')::int / 2)::jsonb)",
    "UPDATE t SET n = (d->>'n')::int / 2 * 3 WHERE jsonb_typeof(d->'k') = 'number'",
    "UPDATE t SET n = 1 WHERE jsonb_typeof(d->'k') <> 'string' OR jsonb_typeof(d->'a') = 'boolean'",
    "UPDATE t SET d = jsonb_set(d, '{k}', '\"x\"'::jsonb) WHERE jsonb_typeof(d -> 'k') <> 'object'",
    "UPDATE t SET s = 'y' WHERE jsonb_typeof(d->'p'->'c') = 'null' OR jsonb_typeof(d) = 'array'",
    "UPDATE t SET d = jsonb_set(d, '{k}', to_jsonb(false)) WHERE d->'k' IS NULL",
    "UPDATE t SET d = jsonb_set(d, '{p, c}', 'null') WHERE d->'p'->'c' IS NOT NULL",
    "UPDATE t SET s = d->>'s', n = (d->>'n')::integer WHERE d->>'s' = 'x' OR (d->'p'->>'n')::int > 1",
    "UPDATE t SET s = d #>> '{p,s}' WHERE (d->>'b')::boolean",
    "UPDATE t SET n = 7 WHERE d->'b' = 'true'::jsonb OR d->'s' <> '\"x\"'::jsonb",
    "UPDATE t SET d = jsonb_build_array(d) WHERE d ? 'k'",
    "UPDATE t SET d = jsonb_build_array()",
    "UPDATE t SET d = json_build_object('was', d, 'n', 1.5, 'yes', true, 'no', NULL, 's', 'it''s \"')::jsonb",
    "UPDATE t SET d = jsonb_build_object('l', jsonb_build_array(s::text, n::text, '{\"a\": [1]}'::jsonb, 'x'))",
    "UPDATE t SET d = jsonb_build_object()",
    "UPDATE t SET d = d || jsonb_build_object('k', 1, 'new', true, 'n', n::text, 'x y', NULL) WHERE d ? 'k'",
    "UPDATE t SET d = d || jsonb_build_object('was', d)",
    "DELETE FROM t WHERE d->'k' = '[]'::jsonb OR (d ? 's') IS NULL",
    "INSERT INTO t (id, s) SELECT t.id + 500, t.d->>'s' FROM t WHERE t.d ? 's'",
)
UNKNOWN = (
    "UPDATE t SET d = jsonb_build_array(s)",
    "UPDATE t SET d = jsonb_build_array(d -> 'k')",
    "UPDATE t SET d = jsonb_build_object('k', 1, 'k', 2)",
    "UPDATE t SET d = jsonb_build_object('k')",
    "UPDATE t SET d = jsonb_build_object(s, 1)",
    "UPDATE t SET d = jsonb_build_array('{'::jsonb)",
    "UPDATE t SET s = 'x' WHERE d = jsonb_build_array(d)",
    "UPDATE t SET d = COALESCE(d, '{}'::jsonb) || jsonb_build_object('a', 1)",
    "UPDATE t SET d = jsonb_build_object('a', 1) || d",
    "UPDATE t SET d = jsonb_build_object('a', 1) || jsonb_build_object('a', 2)",
    "UPDATE t SET d = d || jsonb_build_array(1)",
    "UPDATE t SET d = jsonb_build_array(true::text)",
    "UPDATE t SET d = jsonb_build_object('a', 1) WHERE d = jsonb_build_object('x', 1)",
    "DELETE FROM t WHERE d IN (jsonb_build_object('x', 1))",
    "UPDATE t SET d = d -> 'k'",
    "UPDATE t SET d = d || s::jsonb",
    "UPDATE t SET d = '{}'::jsonb || d",
    "UPDATE t SET d = d || '[1]'::jsonb",
    "UPDATE t SET d = d || '{\"k\": 1'::jsonb",
    "UPDATE t SET d = d - 'k', s = 'x'::text",
    "UPDATE t SET d = d - 0 WHERE d ? 'k' AND d #- '{k}' IS NULL",
    "UPDATE t SET d = jsonb_set(d, '{0}', '1'::jsonb)",
    "UPDATE t SET d = jsonb_set(d, s, '1'::jsonb)",
    "UPDATE t SET d = jsonb_set(d, '{k}', d->'a')",
    "UPDATE t SET d = jsonb_set(d, '{k}', '1'::jsonb, false)",
    "UPDATE t SET n = 1 WHERE d->s = '{}'::jsonb",
    "UPDATE t SET n = 1 WHERE d->'k' = '{\"a\": 1, \"b\": 2}'::jsonb",
    "UPDATE t SET n = (d->>'n')::int / n, s = 'x'::text",
    "UPDATE t SET n = (d->>'n')::int / 0",
    "UPDATE t SET n = 1 WHERE jsonb_typeof(d) = 'date'",
    "UPDATE t SET n = 1 WHERE d @> '{\"k\": 1}'::jsonb",
    "UPDATE t SET s = (d->>'k')::date",
)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from(["x", "", "y z", "12"]))
_VALUES: st.SearchStrategy[Any] = st.one_of(
    _SCALARS, st.just({}), st.just([]), st.dictionaries(st.sampled_from("ac"), _SCALARS, max_size=2)
)
_PARTS = {"n": st.one_of(st.none(), st.integers(-3, 9)), "s": st.sampled_from(["x", "", "y z", None])}
_INNER = st.fixed_dictionaries({}, optional={**_PARTS, "c": _VALUES})
_OBJECTS = st.fixed_dictionaries(
    {}, optional={**_PARTS, "b": st.booleans(), "k": _VALUES, "a": _VALUES, "p": st.one_of(_INNER, _SCALARS)}
)
_ROWS = st.lists(st.one_of(st.none(), _OBJECTS), max_size=6)
_TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, d {}, n INTEGER, s TEXT)"
_Row = tuple[Any, ...]


def _on_sqlite(sql: str, rows: list[Any]) -> list[_Row]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(_TABLE.format("JSON"))
        values = [(number, None if each is None else json.dumps(each)) for number, each in enumerate(rows)]
        connection.executemany("INSERT INTO t (id, d, n, s) VALUES (?, ?, 0, 'before')", values)
        connection.execute(sql)
        found = connection.execute("SELECT * FROM t ORDER BY id").fetchall()
    return [(id_, None if d is None else json.loads(d), n, s) for id_, d, n, s in found]


def _on_postgresql(connection: sa.Connection, sql: str, rows: list[Any]) -> list[_Row]:
    connection.exec_driver_sql("TRUNCATE t")
    for number, each in enumerate(rows):
        value = None if each is None else json.dumps(each)
        connection.exec_driver_sql("INSERT INTO t (id, d, n, s) VALUES (%s, %s, 0, 'before')", (number, value))
    connection.exec_driver_sql(sql.replace("%", "%%"))
    return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM t ORDER BY id")]


@pytest.mark.parametrize("sql", KNOWN)
def test_the_same_becomes_of_drawn_objects(sql: str, postgresql: Fresh) -> None:
    connection = postgresql()
    connection.exec_driver_sql("SET synchronous_commit = off")
    connection.exec_driver_sql(_TABLE.format("JSONB"))
    told = said_otherwise(sql)
    assert told is not None
    assert not told.safe

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rows=_ROWS)
    def check(rows: list[Any]) -> None:
        assert _on_sqlite(told.sql, rows) == _on_postgresql(connection, sql, rows)

    check()


@pytest.mark.parametrize("sql", UNKNOWN)
def test_nothing_is_guessed(sql: str) -> None:
    assert said_otherwise(sql) is None
