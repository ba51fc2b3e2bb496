"""Each direction is run as Alembic runs it: its transactions, and what a failed attempt leaves behind."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import LOST, Problem
from tests.support.histories import lay

TABLE = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(40)))'
BLOCK = """with op.batch_alter_table("{}") as batch_op:
        batch_op.{}"""
WIDER = 'alter_column("name", type_=sa.String(80))'
UNIQUE = BLOCK.format("page", 'create_unique_constraint("uq_page_name", ["name"])')
KEY = 'sa.ForeignKeyConstraint(["team"], ["{}.id"], name="fk_member_team", ondelete="CASCADE")'
MEMBER = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("team", sa.Integer()), {})'
TEAMS = f"{TABLE.format('team')}; {MEMBER.format('member', KEY.format('team'))}"


def codes(folder: Path, revision: str = "0002", **options: Any) -> set[tuple[str, str, bool]]:
    """(code, direction, consequence) of the problems of one revision."""
    problems = verify_history(str(folder), **options).problems
    return {(each.code.code, each.direction, each.consequence) for each in problems if each.revision == revision}


def problem_of(folder: Path, code: str) -> Problem:
    report = verify_history(str(folder), foreign_keys="on")
    return next(each for each in report.problems if each.code.code == code)


# What is left behind


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    """A history of two tables, in the second of which all rows have the same name."""
    lay(tmp_path, 1, f"{TABLE.format('account')}; {TABLE.format('page')}")
    lay(tmp_path, 2, "op.execute(\"UPDATE page SET name = 'same'\")")
    return tmp_path


@pytest.mark.parametrize("drop", ["", 'op.execute("DROP TABLE IF EXISTS _alembic_tmp_account")'])
def test_a_temporary_table_of_another_block_stays_and_stops_the_next_attempt(alike: Path, drop: str) -> None:
    lay(alike, 3, f"{drop or 'pass'}\n    {BLOCK.format('account', WIDER)}\n    {UNIQUE}")
    found = codes(alike, "0003")

    assert ("SB302", "upgrade", False) in found
    assert (("SB433", "upgrade", False) in found) is (not drop), "the remedy helps"


def test_a_query_that_is_left_open_is_in_nobody_s_way(alike: Path) -> None:
    query = 'left = op.get_bind().connection.cursor(); left.execute("SELECT name FROM account, page")'
    lay(alike, 3, f"{query}\n    {BLOCK.format('account', WIDER)}\n    globals()['kept'] = left\n    {UNIQUE}")

    assert ("SB302", "upgrade", False) in codes(alike, "0003")
    assert verify_history(str(alike)).unseen == []


def test_the_temporary_table_of_the_block_that_fails_follows_from_that(alike: Path) -> None:
    lay(alike, 3, UNIQUE)

    assert codes(alike, "0003") >= {("SB302", "upgrade", False), ("SB433", "upgrade", True)}


def test_a_temporary_table_is_gone_where_a_transaction_took_it_back(alike: Path) -> None:
    lay(alike, 3, f'op.execute("UPDATE page SET name = name")\n    {UNIQUE}')

    assert {code for code, direction, _ in codes(alike, "0003") if direction == "upgrade"} == {"SB302"}


def test_what_was_committed_before_the_failure_is_told(tmp_path: Path) -> None:
    lay(tmp_path, 1, TABLE.format("account"))
    required = 'op.add_column("account", sa.Column("kind", sa.Text(), nullable=False))'
    lay(tmp_path, 2, f"{TABLE.format('page')}\n    {required}")

    assert codes(tmp_path) >= {("SB304", "upgrade", False), ("SB435", "upgrade", True)}
    assert "table page is still there; the next one starts from there" in problem_of(tmp_path, "SB435").message


# Transactions


@pytest.mark.parametrize(
    ("first", "lost"),
    [
        ('op.execute("UPDATE team SET name = name")', True),
        ('op.bulk_insert(sa.table("team", sa.column("name")), [{"name": "last"}])', True),
        ('op.execute("SELECT name FROM team")', False),
        ('op.add_column("team", sa.Column("more", sa.Text()))', False),
        ('op.execute("CREATE INDEX by_name ON team (name)")', False),
    ],
)
def test_a_pragma_within_a_transaction_does_nothing(tmp_path: Path, first: str, lost: bool) -> None:
    lay(tmp_path, 1, TEAMS)
    lay(tmp_path, 2, f'{first}\n    op.execute("PRAGMA foreign_keys=OFF")\n    {BLOCK.format("team", WIDER)}')

    assert (("SB403", "upgrade", False) in codes(tmp_path, foreign_keys="on")) is lost
    if lost:
        assert "the PRAGMA in line 12 does nothing" in problem_of(tmp_path, "SB403").message


@pytest.mark.parametrize(
    "steps",
    [
        ['op.rename_table("team", "squad")', BLOCK.format("squad", WIDER)],
        [BLOCK.format("team", WIDER), 'op.rename_table("team", "squad")'],
        [BLOCK.format("team", WIDER), 'op.rename_table("member", "player")'],
        ['op.rename_table("member", "player")', BLOCK.format("team", WIDER)],
        ['op.execute("ALTER TABLE team RENAME TO `a squad`")', BLOCK.format("a squad", WIDER)],
    ],
)
def test_children_that_go_are_seen_whatever_the_tables_are_called_then(tmp_path: Path, steps: list[str]) -> None:
    lay(tmp_path, 1, TEAMS)
    lay(tmp_path, 2, "\n    ".join(steps))

    assert problem_of(tmp_path, "SB403").kind == LOST


def test_rows_that_the_revision_itself_has_made_are_looked_at(tmp_path: Path) -> None:
    lay(tmp_path, 1, TABLE.format("other"))
    rows = ("INSERT INTO team VALUES (1, 'a')", "INSERT INTO member VALUES (1, 1)")
    inserts = "\n    ".join(f'op.execute("{each}")' for each in rows)
    lay(tmp_path, 2, f"{TEAMS}\n    {inserts}\n    {BLOCK.format('team', WIDER)}")

    assert problem_of(tmp_path, "SB403").message.endswith("takes rows or values from member: 0 rows instead of 1 rows")


def test_a_trigger_on_a_table_that_stays_as_it_is_is_tried(tmp_path: Path) -> None:
    lay(tmp_path, 1, TABLE.format("team"))
    body = "INSERT INTO no_such_log VALUES (new.id)"
    lay(tmp_path, 2, f'op.execute("CREATE TRIGGER t AFTER INSERT ON team BEGIN {body}; END")')

    assert codes(tmp_path) >= {("SB434", "upgrade", False)}


# Scripts are imported as the commands import them


@pytest.mark.parametrize(
    "top",
    [
        "connection = op.get_bind()",
        "connection = op.get_context().bind",
        "from alembic import context; connection = context.get_bind()",
        "connection = op.get_bind(); inspector = sa.inspect(connection)",
    ],
)
def test_a_module_may_use_the_database_while_it_is_imported(tmp_path: Path, top: str) -> None:
    lay(tmp_path, 1, TABLE.format("team"))
    trigger = "CREATE TRIGGER t AFTER INSERT ON team BEGIN UPDATE team SET name = 1; END"
    lay(tmp_path, 2, f"connection.execute(sa.text({trigger!r}))", top=top)
    lay(tmp_path, 3, BLOCK.format("team", WIDER))

    assert codes(tmp_path, "0003") >= {("SB411", "upgrade", False)}


def test_a_module_that_fails_over_the_database_as_it_is_before_all_cannot_be_imported(tmp_path: Path) -> None:
    lay(tmp_path, 1, TABLE.format("team"))
    lay(tmp_path, 2, "pass", top='op.get_bind().execute(sa.text("SELECT * FROM team"))')

    assert main(["verify", "-q", str(tmp_path)]) == 2
    database = tmp_path / "app.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE team (id INTEGER PRIMARY KEY, name VARCHAR(40))")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    connection.close()
    assert main(["verify", "-q", "--database", str(database), str(tmp_path)]) == 0


# Nothing that makes Alembic stop is passed over


@pytest.mark.parametrize(
    ("upgrade", "code"),
    [
        ('op.execute("UPDATE team SET name = now() WHERE 1 = 0")', "SB303"),
        ('op.execute("SELECT 1::text")', "SB303"),
        ('op.add_column("team", sa.Column("at", sa.dialects.postgresql.INET()))', "SB305"),
        ('op.create_table("x", sa.Column("at", sa.dialects.mysql.LONGTEXT()))', "SB305"),
        ('op.execute("CREATE TABLE x (a INTEGER CHECK (gen_random_uuid() = 1))")', "SB303"),
        ("raise SystemExit(3)", "SB304"),
    ],
)
def test_what_stops_alembic_counts(tmp_path: Path, upgrade: str, code: str) -> None:
    lay(tmp_path, 1, TABLE.format("team"))
    lay(tmp_path, 2, upgrade, top="import sqlalchemy.dialects.postgresql, sqlalchemy.dialects.mysql")

    assert (code, "upgrade", False) in codes(tmp_path)
    assert main(["verify", "-q", str(tmp_path)]) == 1
