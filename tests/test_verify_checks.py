"""What is looked at after a revision has run."""

from __future__ import annotations

import pytest

from sqlite_batchify.verify import checks
from sqlite_batchify.verify.recorder import Recorder
from sqlite_batchify.verify.results import Problem
from sqlite_batchify.verify.schema import Reader
from sqlite_batchify.verify.scratch import Scratch

_TABLES = (
    "CREATE TABLE author (id INTEGER PRIMARY KEY)",
    "CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author (id))",
)


def _check_parents(*statements: str) -> list[Problem]:
    scratch, reader = Scratch(), Reader()
    try:
        for statement in _TABLES:
            scratch.raw.execute(statement)
        before = reader.schema(scratch.raw)
        for statement in statements:
            scratch.raw.execute(statement)
        recorder = Recorder(scratch, reader, "a1", "upgrade", __file__, set())
        checks.check_parents(recorder, before, reader.schema(scratch.raw), 7)
        return recorder.problems
    finally:
        scratch.close()


def test_a_parent_that_was_renamed_away_and_dropped() -> None:
    (problem,) = _check_parents(
        "ALTER TABLE author RENAME TO author_old",
        "CREATE TABLE author (id INTEGER PRIMARY KEY)",
        "DROP TABLE author_old",
    )

    assert (problem.code.code, problem.line) == ("SB405", 7)
    assert "(author_id) of book refers to the table author_old" in problem.message


def test_a_parent_that_was_dropped() -> None:
    (problem,) = _check_parents("DROP TABLE author")

    assert problem.code.code == "SB405"


@pytest.mark.parametrize(
    "statements",
    [
        (),
        ("ALTER TABLE author RENAME TO writer",),
        ("DROP TABLE author", "DROP TABLE book"),
        ("CREATE TABLE new (id INTEGER PRIMARY KEY)", "DROP TABLE author", "ALTER TABLE new RENAME TO author"),
        ("CREATE TABLE early (id INTEGER REFERENCES later (id))",),
        ("DROP TABLE book", "CREATE TABLE book (id INTEGER, author_id INTEGER)", "DROP TABLE author"),
    ],
)
def test_parents_that_are_there(statements: tuple[str, ...]) -> None:
    assert _check_parents(*statements) == []


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("DROP TABLE author", "author"),
        ("DROP TABLE IF EXISTS author", "author"),
        ('\nDROP TABLE "Order Item"', "order item"),
        ("drop table [author];", "author"),
        ("DELETE FROM `author` WHERE id = 1", "author"),
        ("UPDATE author SET id = 2", "author"),
        ("UPDATE OR REPLACE author SET id = 2", "author"),
        ("INSERT OR REPLACE INTO author(id) VALUES (1)", "author"),
        ("REPLACE INTO author VALUES (1)", "author"),
        ("INSERT INTO author VALUES (1)", ""),
        ("CREATE TABLE author (id)", ""),
        ("SELECT 'DROP TABLE author'", ""),
    ],
)
def test_the_table_whose_rows_a_statement_destroys(sql: str, table: str) -> None:
    assert checks.destroyed(sql) == table
