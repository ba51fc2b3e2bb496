"""Which class an error has, whether it only follows from another, and what can be done about it."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import ArgumentError, CompileError, DBAPIError, NoSuchTableError

from sqlite_batchify.verify.errors import ANYTHING, BLOCK, RAW, WHOLE, classify, describe, hint, is_consequence

_SYNTAX = sqlite3.OperationalError('near "ALTER": syntax error')
_NO_ALTER = NotImplementedError("No support for ALTER of constraints in SQLite dialect.")
_NULL = sqlite3.IntegrityError("NOT NULL constraint failed: _alembic_tmp_t.a")
_ABSENT = sqlite3.OperationalError("no such table: account")
_FUNCTION = sqlite3.OperationalError("no such function: array_agg")


def _framed(error: Exception) -> DBAPIError:
    """An error of SQLite as SQLAlchemy raises it."""
    return DBAPIError("SELECT 1", (), error)


@pytest.mark.parametrize(
    ("error", "place", "code", "kind"),
    [
        (_SYNTAX, "alter_column", "SB301", "alter"),
        (_NO_ALTER, "create_foreign_key", "SB301", "alter"),
        (sqlite3.OperationalError("Cannot add a UNIQUE column"), "add_column", "SB301", "alter"),
        (
            sqlite3.OperationalError('error in index ix after drop column: no such column: "a"'),
            "drop_column",
            "SB301",
            "alter",
        ),
        (sqlite3.OperationalError("duplicate column name: a"), "add_column", "SB304", "script"),
        (
            sqlite3.OperationalError("Cannot add a NOT NULL column with default value NULL"),
            "add_column",
            "SB304",
            "script",
        ),
        (ArgumentError("Column must be constructed with a non-blank name"), "add_column", "SB304", "script"),
        (_ABSENT, "drop_table", "SB304", "script"),
        (TypeError("drop_column() got an unexpected keyword argument"), "drop_column", "SB304", "script"),
        (sqlite3.OperationalError("unknown database public"), "create_table", "SB303", "foreign"),
        (CompileError("can't render element of type Thing"), "create_table", "SB303", "foreign"),
        (ValueError("Constraint must have a name"), BLOCK, "SB302", "batch"),
        (KeyError("a"), BLOCK, "SB302", "batch"),
        (sqlite3.OperationalError("error in view v: no such table: main.t"), BLOCK, "SB302", "batch"),
        (sqlite3.OperationalError("no such table: crm.account"), RAW, "SB303", "foreign"),
        (NoSuchTableError("crm.account"), BLOCK, "SB303", "foreign"),
        (sqlite3.OperationalError("no such table: information_schema.columns"), RAW, "SB303", "foreign"),
        (_NO_ALTER, "create_exclude_constraint", "SB303", "foreign"),
        (_NULL, BLOCK, "SB302", "script"),
        (NoSuchTableError("account"), BLOCK, "SB302", "script"),
        (_SYNTAX, RAW, "SB303", "foreign"),
        (_FUNCTION, RAW, "SB303", "foreign"),
        (_ABSENT, RAW, "SB304", "script"),
        (_NULL, RAW, "SB304", "script"),
        (ModuleNotFoundError("No module named 'app'"), WHOLE, "SB304", "script"),
    ],
)
def test_classes(error: Exception, place: str, code: str, kind: str) -> None:
    for each in (error, _framed(error)) if isinstance(error, sqlite3.Error) else (error,):
        found, found_kind = classify(each, place)
        assert (found.code, found_kind) == (code, kind)


@pytest.mark.parametrize(
    "error",
    [
        _ABSENT,
        NoSuchTableError("account"),
        KeyError("account"),
        sqlite3.OperationalError("table account already exists"),
        sqlite3.OperationalError("table other has no column named account"),
        sqlite3.OperationalError("duplicate column name: Account"),
        ValueError("No such constraint: 'account'"),
    ],
)
def test_consequences(error: Exception) -> None:
    assert is_consequence(error, {"account"})
    assert not is_consequence(error, {"accounts"})
    assert not is_consequence(error, set())


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("no such table: account", True),
        ("no such index: ix_account", True),
        ("error in view v: no such table: main.account", False),
        ("no such column: name", False),
        ("table account already exists", False),
    ],
)
def test_after_a_script_that_cannot_be_imported_any_table_may_be_missing(text: str, follows: bool) -> None:
    assert is_consequence(sqlite3.OperationalError(text), {ANYTHING}) is follows


@pytest.mark.parametrize("error", [_SYNTAX, _NO_ALTER, _NULL, ValueError("account is not what it was")])
def test_what_is_never_a_consequence(error: Exception) -> None:
    assert not is_consequence(error, {"account", "alter", "null", "a", "near", "constraint"})


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (KeyError("fullname"), "case"),
        (KeyError("expr"), "divide the block"),
        (NoSuchTableError("account"), "earlier revision"),
        (sqlite3.OperationalError("error in view v: no such table: main.t"), "drop the view"),
        (sqlite3.OperationalError('cannot INSERT into generated column "b"'), "generated column"),
        (sqlite3.OperationalError("table _alembic_tmp_t already exists"), "DROP TABLE IF EXISTS"),
        (sqlite3.OperationalError("index ix_t already exists"), "earlier operation"),
        (_NULL, "UPDATE"),
        (sqlite3.OperationalError("Cannot add a NOT NULL column with default value NULL"), "server_default"),
        (sqlite3.OperationalError("unknown database public"), "schema"),
        (RuntimeError("something else"), "mend what stands at this line"),
    ],
)
def test_hints(error: Exception, word: str) -> None:
    assert word in hint(error)


def test_a_description_is_one_short_line() -> None:
    assert describe(_framed(_SYNTAX)) == 'near "ALTER": syntax error'
    assert describe(ValueError("a\n  b")) == "ValueError: a b"
    assert describe(ValueError()) == "ValueError"
    assert len(describe(RuntimeError("x" * 1000))) < 220
    assert describe(RuntimeError("<Table object at 0x7fd3ed12e550> (Background on this error at: x)")) == (
        "RuntimeError: <Table object>"
    )
