"""What stands for PostgreSQL and MySQL on the scratch database gives what they give."""

from __future__ import annotations

import re
import sqlite3

import pytest

from sqlite_batchify.verify.emulation import FUNCTIONS
from sqlite_batchify.verify.scratch import Scratch, functions_of

_TIME = r"\d\d:\d\d:\d\d"
_DATE = r"\d{4}-\d\d-\d\d"


def _value(sql: str) -> object:
    scratch = Scratch(tolerant=True)
    try:
        return scratch.raw.execute(f"SELECT {sql}").fetchone()[0]
    finally:
        scratch.close()


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("concat('a', NULL, 1)", "a1"),
        ("greatest(1, NULL, 3)", 3),
        ("greatest(NULL, NULL)", None),
        ("least(2, NULL, 3)", 2),
        ("least(NULL)", None),
        ("\"left\"('abc', 2)", "ab"),
        ("\"left\"('abc', -1)", "ab"),
        ("\"left\"('abc', 0)", ""),
        ('"left"(NULL, 2)', None),
        ("\"right\"('abc', 2)", "bc"),
        ("\"right\"('abc', -1)", "bc"),
        ("\"right\"('abc', 0)", ""),
        ('"right"(NULL, 2)', None),
        ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("md5(NULL)", None),
        ("split_part('a,b', ',', 1)", "a"),
        ("split_part('a,b', ',', 2)", "b"),
        ("split_part('a,b', ',', 3)", ""),
        ("split_part('a,b', ',', -1)", "b"),
        ("split_part('a,b', ',', -3)", ""),
        ("split_part('a', ',', 1)", "a"),
        ("split_part('a', ',', 2)", ""),
        ("split_part('a,b', '', 1)", "a,b"),
        ("split_part(NULL, ',', 1)", None),
        ("date_trunc('day', '2026-01-02')", "2026-01-02"),
        ("timezone('utc', '2026-01-02')", "2026-01-02"),
        ("timezone()", None),
        ("to_char(5, '99')", "5"),
        ("to_char(NULL, '99')", None),
        ("to_jsonb('a')", "a"),
        ("to_timestamp('2026-01-02', 'YYYY-MM-DD')", "2026-01-02"),
        ("jsonb_build_object('a', 1)", "{}"),
    ],
)
def test_functions(sql: str, value: object) -> None:
    assert _value(sql) == value


@pytest.mark.parametrize(
    ("sql", "form"),
    [
        ("now()", f"{_DATE} {_TIME}.\\d{{6}}"),
        ("curdate()", _DATE),
        ("curtime()", _TIME),
        ("gen_random_uuid()", "[0-9a-f]{32}"),
        ("unix_timestamp()", r"\d{10}"),
        ("nextval('account_id_seq')", r"\d{1,9}"),
    ],
)
def test_functions_that_give_another_value_each_time(sql: str, form: str) -> None:
    assert re.fullmatch(form, str(_value(sql)))


def test_a_function_that_was_called_is_named() -> None:
    scratch = Scratch(tolerant=True)
    scratch.raw.execute("SELECT md5('a'), md5('b'), lower('c')")

    assert scratch.emulated == {"md5()": 2}
    scratch.close()


def test_types_are_made_up_and_nothing_else_of_the_compiler_is() -> None:
    scratch, plain = Scratch(tolerant=True), Scratch()

    assert hasattr(scratch.engine.dialect.type_compiler_instance, "visit_geometry")
    assert not hasattr(scratch.engine.dialect.type_compiler_instance, "geometry")
    assert not hasattr(plain.engine.dialect.type_compiler_instance, "visit_geometry")
    scratch.close()
    plain.close()


def test_without_tolerance_it_is_sqlite_and_nothing_else() -> None:
    scratch = Scratch()

    for name in FUNCTIONS.keys() - functions_of(sqlite3):
        with pytest.raises(sqlite3.OperationalError, match="no such function"):
            scratch.raw.execute(f'SELECT "{name}"()')
    scratch.close()
