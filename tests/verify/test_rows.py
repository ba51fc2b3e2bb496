"""Rows that fit a table, whatever it asks for."""

from __future__ import annotations

import sqlite3

import pytest

from sqlite_batchify.verify import rows
from sqlite_batchify.verify.schema import Reader, Schema
from sqlite_batchify.verify.scratch import Scratch
from tests.support.helpers import memory

_PARENT = "CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE)"


def _filled(*statements: str) -> sqlite3.Connection:
    connection = memory(*statements)
    rows.fill(connection, Reader().schema(connection), Schema())
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return connection


@pytest.mark.parametrize(
    "table",
    [
        "(id INTEGER NOT NULL PRIMARY KEY)",
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL)",
        "(a VARCHAR(3) NOT NULL UNIQUE, b CHAR(1) NOT NULL)",
        "(a TEXT NOT NULL CHECK (a IN ('x', 'it''s', 'z')))",
        "(a INTEGER NOT NULL CHECK (a IN (0, 1)))",
        "(a BOOLEAN NOT NULL CHECK (a IN (0, 1)), b VARCHAR(5) NOT NULL, CHECK (b IN ('red', 'green')))",
        "(a TEXT NOT NULL CHECK (\"a\" IN ('x')), b TEXT NOT NULL)",
        "(a INTEGER NOT NULL CHECK (a > 0))",
        "(a INTEGER NOT NULL CHECK (a >= 1000))",
        "(a TEXT NOT NULL CHECK (length(a) > 2))",
        "(a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b))",
        "(a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
        "(a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "(a INTEGER NOT NULL, b REAL, c BLOB, d TEXT, e ANY, f INT NOT NULL) STRICT",
        "(a INTEGER NOT NULL, b INTEGER GENERATED ALWAYS AS (a * 2) STORED, c INTEGER AS (a + 1))",
        "(a JSON NOT NULL CHECK (json_valid(a)), b DATETIME NOT NULL, c DATE, d TIME, e NUMERIC(10, 2), f UUID)",
        '("order" INTEGER, "a ""b" TEXT, "select" BLOB)',
        "(a, b, c)",
    ],
)
def test_three_rows_fit(table: str) -> None:
    connection = _filled(f"CREATE TABLE t {table}")

    assert connection.execute("SELECT count(*) FROM t").fetchone() == (rows.ROWS,)


@pytest.mark.parametrize(
    "child",
    [
        "(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id))",
        "(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent)",
        "(id INTEGER PRIMARY KEY, code TEXT NOT NULL REFERENCES parent (code))",
        "(parent_id INTEGER NOT NULL PRIMARY KEY REFERENCES parent (id))",
        '(id INTEGER PRIMARY KEY, "Parent_Id" INTEGER NOT NULL, FOREIGN KEY (parent_id) REFERENCES PARENT (ID))',
        "(a INTEGER NOT NULL REFERENCES parent (id), b INTEGER NOT NULL REFERENCES parent (id), PRIMARY KEY (a, b))",
    ],
)
def test_children_refer_to_parents_wherever_the_parent_stands(child: str) -> None:
    connection = _filled(f"CREATE TABLE child {child}", _PARENT)

    assert connection.execute("SELECT count(*) FROM child").fetchone() == (rows.ROWS,)
    column = "code" if "code" in child else "a" if "b INTEGER" in child else "parent_id"
    assert connection.execute(f"SELECT count({column}) FROM child").fetchone() == (rows.ROWS,)


def test_composite_foreign_keys() -> None:
    connection = _filled(
        "CREATE TABLE pair (a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b))",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, y TEXT NOT NULL, "
        "FOREIGN KEY (x, y) REFERENCES pair (a, b))",
        "CREATE TABLE other (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, y TEXT NOT NULL, "
        "FOREIGN KEY (x, y) REFERENCES pair)",
    )

    assert connection.execute("SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM other)").fetchone() == (3, 3)


@pytest.mark.parametrize("null", ["", " NOT NULL"])
def test_a_table_that_refers_to_itself(null: str) -> None:
    connection = _filled(f"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, up INTEGER{null} REFERENCES t (id))")

    assert connection.execute("SELECT count(*) FROM t").fetchone() == (rows.ROWS,)


def test_tables_that_refer_to_each_other() -> None:
    connection = _filled(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b (id))",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id))",
    )

    assert connection.execute("SELECT count(*) FROM a").fetchone() == (rows.ROWS,)


def test_a_key_to_a_table_that_is_not_there_stays_empty() -> None:
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER REFERENCES never (id))")

    assert connection.execute("SELECT x FROM t").fetchall() == [(None,)] * rows.ROWS


def test_a_check_that_nothing_fits_leaves_the_table_empty() -> None:
    connection = _filled("CREATE TABLE t (a INTEGER NOT NULL CHECK (a = 123456789))")

    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_new_columns_are_filled_and_old_values_stay() -> None:
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)")
    reader = Reader()
    known = reader.schema(connection)
    before = connection.execute("SELECT id, a FROM t").fetchall()
    connection.execute("ALTER TABLE t ADD COLUMN b TEXT")

    rows.fill(connection, reader.schema(connection), known)

    assert connection.execute("SELECT id, a FROM t").fetchall() == before
    assert connection.execute("SELECT count(DISTINCT b) FROM t").fetchone() == (rows.ROWS,)


def test_new_columns_of_a_table_without_rowid() -> None:
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT) WITHOUT ROWID")
    reader = Reader()
    known = reader.schema(connection)
    connection.execute("ALTER TABLE t ADD COLUMN b TEXT")

    rows.fill(connection, reader.schema(connection), known)

    assert connection.execute("SELECT count(DISTINCT b) FROM t").fetchone() == (rows.ROWS,)


def test_a_uuid_is_no_number_for_any_affinity() -> None:
    connection = _filled("CREATE TABLE t (a UUID, b CHAR(32))")

    assert connection.execute("SELECT DISTINCT typeof(a), typeof(b), length(a) FROM t").fetchall() == [
        ("text", "text", 32)
    ]


def test_the_table_of_alembic_gets_no_rows() -> None:
    connection = _filled("CREATE TABLE alembic_version (version_num VARCHAR(64) NOT NULL PRIMARY KEY)")

    assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (0,)


def test_a_key_on_a_generated_column_is_left_to_sqlite() -> None:
    connection = _filled(
        _PARENT, "CREATE TABLE child (id INTEGER PRIMARY KEY, up INTEGER AS (id) STORED REFERENCES parent (id))"
    )

    assert connection.execute("SELECT up FROM child").fetchall() == [(1,), (2,), (3,)]


def test_a_trigger_that_fails_on_insert_leaves_its_table_empty_and_the_others_are_filled() -> None:
    trigger = "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO never VALUES (1); END"
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY)", trigger, _PARENT)

    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert connection.execute("SELECT count(*) FROM parent").fetchone() == (rows.ROWS,)


@pytest.mark.parametrize(
    ("trigger", "column"),
    [
        (None, "INTEGER CHECK (b > 5)"),
        ("CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO never VALUES (1); END", "INTEGER"),
    ],
    ids=["check", "trigger"],
)
def test_a_new_column_that_cannot_be_filled_stays_empty(trigger: str | None, column: str) -> None:
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY)", *([trigger] if trigger else []))
    reader = Reader()
    known = reader.schema(connection)
    connection.execute(f"ALTER TABLE t ADD COLUMN b {column}")

    rows.fill(connection, reader.schema(connection), known)

    assert connection.execute("SELECT b FROM t").fetchall() == [(None,)] * rows.ROWS


def test_a_number_that_autoincrement_goes_on_from_is_that_of_a_row_that_is_gone() -> None:
    connection = _filled("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)")

    assert connection.execute("SELECT seq, (SELECT max(id) FROM t) FROM sqlite_sequence").fetchone() == (4, 3)


def test_texts_that_become_dates_look_like_dates_if_they_are_ours() -> None:
    scratch = Scratch()
    scratch.raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, due VARCHAR(20) UNIQUE, n INTEGER)")
    scratch.raw.execute("INSERT INTO t VALUES (1, 'due 1', 1), (2, 'due 2', 2), (3, 'in May', 3), (4, NULL, 4)")
    scratch.raw.plain_commit()

    rows.fill_dates(scratch.raw, Reader().schema(scratch.raw).tables["t"], ["due", "n", "never"])

    assert [due for (due,) in scratch.raw.execute("SELECT due FROM t ORDER BY id")] == [
        "2026-03-17",
        "2026-03-18",
        "in May",
        None,
    ]
    assert not scratch.raw.in_transaction
    scratch.close()
