"""``verify --fix`` on every project whose history fails or loses something: all is mended but for what is told here,
other databases get what they got, nothing is lost on a real file, and a second run does nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
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
