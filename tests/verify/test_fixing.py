"""``verify --fix`` on every project whose history fails or loses something: all is mended but for what is told here,
other databases get what they got, nothing is lost on a real file, and a second run does nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
from tests.cli.test_verifying import write
from tests.support import FIXTURES
from tests.support.helpers import OLD
from tests.support.laid_out import lay_out
from tests.support.offline import DIALECTS, DIRECTIONS, ddl
from tests.support.real import run_really

_CODES = frozenset({"SB301", "SB302", *(f"SB{number}" for number in range(411, 442))})
_AUTHOR = "its remedy is for somebody who knows what is meant"
_ENV = "it is mended in env.py: sqlite-batchify init"
_TYPE_ERROR = "what other databases get cannot be compared: with --sql the script ends with TypeError"
_SQL = "the edit changes the SQL for postgresql"
LEFT: dict[str, list[str]] = {
    "column_in_another_case": [_AUTHOR],
    "direct_alter": [_ENV, _ENV],
    "if_exists_in_a_block": [
        _SQL,
        "what other databases get cannot be compared: with --sql the script ends with TypeError",
    ],
    "not_null_over_nulls": [_AUTHOR],
    "table_in_another_case": [_SQL, _SQL],
    "temporary_table_in_the_way": [
        "the edit leads to another problem: SB304 the script itself fails: there is no table _alembic_tmp_product"
    ],
    "temporary_table_left_by_the_script": [
        "the edit leads to another problem: SB304 the script itself fails: there is no table _alembic_tmp_account"
    ],
    "trigger_that_fails": [_AUTHOR],
}
"""What is not mended, and why: a name that other databases write otherwise; PRAGMA foreign_keys, which is a matter of
env.py; a call that fails on every database; values that only their owner knows; a script that has plans of its own with
the temporary table of batch mode."""


def _is_concerned(project: Path) -> bool:
    return any(each[0] in _CODES for each in json.loads((project / "expected.json").read_text(encoding="utf-8")))


PROJECTS = [path.parent for path in sorted(FIXTURES.glob("verify/*/expected.json")) if _is_concerned(path.parent)]
MENDED = [project for project in PROJECTS if project.name not in LEFT]


def _scripts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.py"))}


def _fix(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """The exit status, and why each problem is left that is."""
    capsys.readouterr()
    status = main(["verify", "--fix", "--format", "json", str(folder)])
    left = json.loads(capsys.readouterr().out)["fix"]["left"]
    return status, sorted(each["reason"] for each in left)


def _rewritten(project: Path, folder: Path) -> Path:
    copied = shutil.copytree(project, folder, ignore=shutil.ignore_patterns("__pycache__"))
    main(["-q", "--no-cache", str(copied)])
    return copied


def _needs_a_newer_library(project: Path) -> bool:
    return OLD and ((project / "needs_sqlalchemy.txt").exists() or project.name == "copied_from_too_little")


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_projects_are_mended(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if _needs_a_newer_library(project):
        pytest.skip("needs a newer SQLAlchemy")
    folder = _rewritten(project, tmp_path / "project")
    before = _scripts(folder)

    status, left = _fix(folder, capsys)

    after = _scripts(folder)
    assert left == sorted(LEFT.get(project.name, []))
    assert status == (1 if left else 0)
    for name, source in before.items():
        for sent, now in _sent(source.decode(), after[name].decode()):
            assert now == sent, name
    assert main(["--check", "-q", "--no-cache", str(folder)]) in (0, 1)
    assert "would be rewritten" not in capsys.readouterr().out

    assert _fix(folder, capsys) == (status, left)
    assert _scripts(folder) == after, "a second run changes nothing"


def _sent(before: str, after: str) -> Iterator[tuple[str, str | None]]:
    """What other databases get, where they get anything without a connection."""
    for dialect in DIALECTS:
        for direction in DIRECTIONS:
            sent = ddl(before, dialect, direction)
            if sent is not None:
                yield sent, ddl(after, dialect, direction)


@pytest.mark.parametrize("project", MENDED, ids=lambda project: project.name)
def test_nothing_is_lost_on_a_real_file(project: Path, tmp_path: Path) -> None:
    """Looked at by the eyes of the tests, with the commands of Alembic."""
    if _needs_a_newer_library(project):
        pytest.skip("needs a newer SQLAlchemy")
    folder = _rewritten(project, tmp_path / "project")
    main(["verify", "--fix", "-q", str(folder)])

    outcome = run_really(lay_out(folder, tmp_path / "laid out"))

    assert outcome.fine or outcome.refused, outcome.reasons


_PARENT = """op.create_table("team", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("team_id", sa.Integer(), sa.ForeignKey("team.id", name="fk_member_team")),
    )"""
_RENAMED = """with op.batch_alter_table("team") as batch_op:
        batch_op.alter_column("name", existing_type=sa.Text(), nullable={})
        batch_op.alter_column("{}", new_column_name="{}", existing_type=sa.Integer())"""


def test_what_is_left_to_env_py_keeps_nothing_from_being_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key of the child goes along, and now the downgrade gets as far as to be refused with foreign keys on too."""
    write(tmp_path, "a1", None, _PARENT, 'op.drop_table("member")\n    op.drop_table("team")')
    write(tmp_path, "a2", "a1", _RENAMED.format(False, "id", "team_no"), _RENAMED.format(True, "team_no", "id"))

    status, left = _fix(tmp_path, capsys)

    assert (status, set(left)) == (1, {_ENV})
    mended = (tmp_path / "a2.py").read_text()
    assert 'op.alter_column("team", "id", new_column_name="team_no", existing_type=sa.Integer())' in mended
    assert main(["verify", "-q", "--foreign-keys", "off", str(tmp_path)]) == 0


def test_what_an_edit_brings_to_light_is_mended_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The block failed; now it runs, and would lose a trigger and a CHECK."""
    table = (
        'op.execute("CREATE TABLE page (id INTEGER PRIMARY KEY, title TEXT, rank INTEGER, no INT, CHECK (rank > 0))")\n'
        '    op.execute("CREATE INDEX ix_title ON page (title)")\n'
        '    op.execute("CREATE TRIGGER ranked AFTER INSERT ON page BEGIN UPDATE page SET rank = 1; END")'
    )
    block = (
        'with op.batch_alter_table("page") as b:\n        b.drop_column("title")\n'
        '        b.alter_column("no", existing_type=sa.Integer(), type_=sa.BigInteger())'
    )
    write(tmp_path, "a1", None, table, 'op.drop_table("page")')
    write(tmp_path, "a2", "a1", block, "raise NotImplementedError")

    assert _fix(tmp_path, capsys) == (0, [])

    mended = (tmp_path / "a2.py").read_text()
    assert all(words in mended for words in ('b.drop_index("ix_title")', "CREATE TRIGGER ranked", "rank > 0"))


def test_what_is_kept_in_one_block_is_kept_in_all_that_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That the next block would lose it comes to light when the one before it does not any more."""
    table = (
        'op.execute("CREATE TABLE page (id INTEGER PRIMARY KEY, rank INTEGER DEFAULT 0)")\n'
        '    op.execute("CREATE INDEX ix_rank ON page (abs(rank))")'
    )
    write(tmp_path, "a00", None, table, 'op.drop_table("page")')
    for number in range(1, 12):
        block = 'with op.batch_alter_table("page") as b:\n        b.alter_column("rank", server_default="{}")'
        down = block.format(number - 1)
        write(tmp_path, f"a{number:02}", f"a{number - 1:02}", block.format(number), down)

    assert _fix(tmp_path, capsys) == (0, [])

    mended = [path.read_text().count('op.execute("CREATE INDEX ix_rank') for path in sorted(tmp_path.glob("a*.py"))]
    assert mended == [1, *[2] * 11]


def test_an_edit_is_not_kept_if_it_leads_to_a_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The block fails loudly for an index; what it would lose then cannot be kept, so it goes on failing."""
    table = (
        'op.execute("CREATE TABLE page (id INTEGER PRIMARY KEY, title TEXT, rank TEXT)")\n'
        '    op.execute("CREATE INDEX ix_title ON page (title)")\n'
        "    op.execute(\"INSERT INTO page VALUES (1, 'x', 'ten')\")"
    )
    block = (
        'columns = []\n    with op.batch_alter_table("page", reflect_args=columns) as b:\n'
        '        b.drop_column("title")\n'
        '        b.alter_column("rank", existing_type=sa.Text(), type_=sa.Integer())'
    )
    write(tmp_path, "a1", None, table, 'op.drop_table("page")')
    write(tmp_path, "a2", "a1", block, "raise NotImplementedError")
    before = _scripts(tmp_path)

    status, left = _fix(tmp_path, capsys)

    assert status == 1
    assert [why.partition(": SB402")[0] for why in left] == ["the edit leads to another problem"]
    assert _scripts(tmp_path) == before


def test_a_block_in_a_loop_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One table has AUTOINCREMENT and the other not: what the one needs would change the other."""
    tables = """for name, numbered in (("one", True), ("two", False)):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("x", sa.Text()),
            sqlite_autoincrement=numbered,
        )"""
    blocks = """for name in ("one", "two"):
        with op.batch_alter_table(name) as batch_op:
            batch_op.alter_column("x", existing_type=sa.Text(), nullable=False)"""
    write(tmp_path, "a1", None, tables, "raise NotImplementedError")
    write(tmp_path, "a2", "a1", blocks, "raise NotImplementedError")
    before = _scripts(tmp_path)

    assert _fix(tmp_path, capsys) == (1, ["the table of the block is not written out"])
    assert _scripts(tmp_path) == before


def test_only_what_helps_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two scripts, tried together first, one cannot be mended without a change for other databases. That the first
    revision does not take back what it does is seen only where nothing else is wrong."""
    columns = "(id INTEGER PRIMARY KEY, title TEXT COLLATE NOCASE)"
    write(
        tmp_path, "a1", None, "\n    ".join(f'op.execute("CREATE TABLE {each} {columns}")' for each in ("Box", "Page"))
    )
    alter = (
        'with op.batch_alter_table("{}") as b:\n'
        '        b.alter_column("id", existing_type=sa.Integer(), nullable=False)'
    )
    write(tmp_path, "a2", "a1", alter.format("Box"))
    write(tmp_path, "a3", "a2", alter.format("page"))
    before = _scripts(tmp_path)

    status, left = _fix(tmp_path, capsys)

    after = _scripts(tmp_path)
    assert status == 1
    assert sorted(left) == [_SQL, _SQL, "the edit does not help"]
    assert [name for name in after if after[name] != before[name]] == ["a2.py"]
    assert b'collation="NOCASE"' in after["a2.py"]
