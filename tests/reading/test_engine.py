"""What SQLite is asked of a user's statement: whether it compiles, and nothing is run or opened for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify.reading.sql.engine import refusal

_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


@pytest.mark.parametrize(
    "sql",
    [
        f"{_ENDLESS} SELECT max(i) FROM n",
        f"{_ENDLESS} SELECT i FROM n ORDER BY i",
        f"CREATE TABLE t AS {_ENDLESS} SELECT max(i) FROM n",
        f"EXPLAIN {_ENDLESS} SELECT max(i) FROM n",
        f"explain query plan {_ENDLESS} SELECT max(i) FROM n",
    ],
)
def test_a_statement_without_an_end_is_not_run(sql: str) -> None:
    assert refusal(sql) is None


@pytest.mark.parametrize("sql", ["ATTACH DATABASE 'other.db' AS other", "VACUUM INTO 'other.db'"])
def test_no_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert refusal(sql) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("CREATE EXTENSION citext", 'near "EXTENSION": syntax error'),
        ("SELECT '{}'::jsonb", 'unrecognized token: ":"'),
        ("SELECT now()", "no such function: now"),
        ("INSERT INTO missing VALUES (1)", "no such table: missing"),
        ("SELECT 1; SELECT 2", "You can only execute one statement at a time."),
    ],
)
def test_the_error_is_that_of_the_statement_itself(sql: str, error: str) -> None:
    assert refusal(sql) == error
