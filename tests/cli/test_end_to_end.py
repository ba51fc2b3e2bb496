"""A real project from the command line: real `alembic`, a real SQLite file, the installed program."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(program, cwd=project, capture_output=True, text=True, timeout=120, check=False)


def names(database: Path, kind: str) -> set[str]:
    connection = sqlite3.connect(database)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))}
    finally:
        connection.close()


def test_sqlite_refuses_the_project_as_it_stands(shop: Path) -> None:
    done = run(shop, "alembic", "upgrade", "head")
    assert done.returncode != 0
    assert "No support for ALTER of constraints in SQLite dialect" in done.stderr


def test_rewritten_project_goes_up_and_down_on_a_sqlite_file(shop: Path) -> None:
    done = run(shop, "sqlite-batchify", "migrations/versions")
    assert (done.returncode, done.stderr) == (0, "")
    up = run(shop, "alembic", "upgrade", "head")
    assert up.returncode == 0, up.stderr
    assert {"account", "purchase"} <= names(shop / "shop.db", "table")
    connection = sqlite3.connect(shop / "shop.db")
    try:
        sql = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    finally:
        connection.close()
    for name in ("account_email_key", "account_credit_check", "account_referrer_id_fkey"):
        assert f"CONSTRAINT {name} " in sql["account"]
    assert "ON DELETE CASCADE" in sql["purchase"]
    assert "state" not in sql["purchase"]
    down = run(shop, "alembic", "downgrade", "base")
    assert down.returncode == 0, down.stderr
    assert names(shop / "shop.db", "table") == {"alembic_version"}


def test_rewritten_project_keeps_the_rows(shop: Path) -> None:
    run(shop, "sqlite-batchify", "migrations/versions")
    run(shop, "alembic", "upgrade", "0001")
    connection = sqlite3.connect(shop / "shop.db")
    with connection:
        connection.execute("INSERT INTO account (id, name) VALUES (1, 'Ada'), (2, 'Grace')")
        connection.execute("INSERT INTO purchase (id, account_id, total, state) VALUES (7, 2, 300, 'paid')")
    connection.close()
    assert run(shop, "alembic", "upgrade", "head").returncode == 0
    connection = sqlite3.connect(shop / "shop.db")
    try:
        accounts = connection.execute("SELECT id, name, email, balance FROM account ORDER BY id").fetchall()
        purchases = connection.execute("SELECT id, account_id, total FROM purchase").fetchall()
    finally:
        connection.close()
    assert accounts == [(1, "Ada", "Ada@example.org", 0), (2, "Grace", "Grace@example.org", 0)]
    assert purchases == [(7, 2, 300)]


def test_a_second_run_changes_nothing(shop: Path) -> None:
    run(shop, "sqlite-batchify", "migrations")
    done = run(shop, "sqlite-batchify", "--check", "migrations")
    assert (done.returncode, done.stdout) == (0, "4 files left unchanged.\n")
