"""What is looked at after a revision has run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from alembic.script import Script

from sqlite_batchify.verify import checks
from sqlite_batchify.verify.enforced import find_destructions
from sqlite_batchify.verify.recorder import Recorder
from sqlite_batchify.verify.results import Problem
from sqlite_batchify.verify.revisions import Revision
from sqlite_batchify.verify.schema import ForeignKey, Reader, Schema, Table
from sqlite_batchify.verify.scratch import Scratch, Statement

_TABLES = (
    "CREATE TABLE author (id INTEGER PRIMARY KEY)",
    "CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author (id))",
)
_MODULE = ModuleType("a1")
_MODULE.__dict__["down_revision"] = None


def _revision(text: str) -> Revision:
    return Revision(Script(_MODULE, "a1", __file__), None, text.encode())


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    scratch = Scratch()
    for statement in _TABLES:
        scratch.raw.execute(statement)
    yield scratch
    scratch.close()


def _recorder(scratch: Scratch) -> Recorder:
    return Recorder(scratch, Reader(), _revision(""), "upgrade", set())


def _check_parents(scratch: Scratch, *statements: str) -> list[Problem]:
    recorder = _recorder(scratch)
    before = recorder.reader.schema(scratch.raw)
    for statement in statements:
        scratch.raw.execute(statement)
    checks.check_parents(recorder, before, recorder.reader.schema(scratch.raw), 7)
    return recorder.problems


def test_a_parent_that_was_renamed_away_and_dropped(scratch: Scratch) -> None:
    (problem,) = _check_parents(
        scratch,
        "ALTER TABLE author RENAME TO author_old",
        "CREATE TABLE author (id INTEGER PRIMARY KEY)",
        "DROP TABLE author_old",
    )

    assert (problem.code.code, problem.line) == ("SB405", 7)
    assert "(author_id) of book refers to the table author_old" in problem.message


def test_a_parent_that_was_dropped(scratch: Scratch) -> None:
    (problem,) = _check_parents(scratch, "DROP TABLE author")

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
def test_parents_that_are_there(scratch: Scratch, statements: tuple[str, ...]) -> None:
    assert _check_parents(scratch, *statements) == []


def test_rows_that_refer_to_nothing_are_counted(scratch: Scratch) -> None:
    scratch.raw.execute("INSERT INTO book VALUES (1, 7), (2, 8), (3, NULL)")
    schema = Reader().schema(scratch.raw)

    assert checks.count_violations(scratch.raw, schema, _revision("author")) == {("book", "author"): 2}
    assert checks.count_violations(scratch.raw, schema, _revision("another")) == {}


def test_a_parent_without_such_a_key_hides_no_other_table(scratch: Scratch) -> None:
    scratch.raw.execute("CREATE TABLE alias (author_name TEXT REFERENCES author (name))")
    scratch.raw.execute("INSERT INTO alias VALUES ('x')")
    scratch.raw.execute("INSERT INTO book VALUES (1, 7)")
    schema = Reader().schema(scratch.raw)

    assert checks.count_violations(scratch.raw, schema, _revision("alias book")) == {("book", "author"): 1}


@pytest.mark.parametrize(
    ("held", "now", "codes"),
    [
        ({}, {("book", "author"): 1}, ["SB406"]),
        ({("book", "author"): 1}, {("book", "author"): 2}, ["SB406"]),
        ({("book", "author"): 2}, {("book", "author"): 2}, []),
        ({}, {("author", "book"): 1}, []),
        ({}, {("never", "author"): 1}, []),
    ],
    ids=["violated", "more", "as before", "new key", "new table"],
)
def test_violations_of_keys_that_were_there(
    scratch: Scratch, held: checks.Violations, now: checks.Violations, codes: list[str]
) -> None:
    recorder = _recorder(scratch)
    schema = recorder.reader.schema(scratch.raw)
    checks.check_violations(recorder, held, now, schema, schema, 7)

    assert [problem.code.code for problem in recorder.problems] == codes


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
    key = ForeignKey(("a",), "author", ("id",), "NO ACTION", "NO ACTION")
    child = Table("child", (), (), (key, replace(key, table="order item")), (), False, False, False)
    found = find_destructions([Statement(sql, (), 1)], Schema({"child": child}))

    assert [each.table for each in found] == [table] * bool(table)
