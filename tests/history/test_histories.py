"""Histories whose names only all scripts together tell, under fixtures/histories."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlite_batchify.history import scripts
from sqlite_batchify.history.scripts import History
from sqlite_batchify.names import Naming
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.helpers import Run
from tests.support.histories import FOLDER, Migration, Named, rewritten_location

CASES = sorted(path.name for path in FOLDER.iterdir())
_NOT_ON_SQLITE = {"check_lost_by_a_copy", "naming_convention"}
"""The first has its CHECK twice when it comes down: by the name that the last script gives it, and without one."""
_NOT_ON_POSTGRESQL = {"mysql_names", "naming_convention"}
_every_case = pytest.mark.parametrize("case", CASES)


def _scripts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.py"))}


def _after(case: str) -> dict[str, str]:
    return _scripts(FOLDER / case / "before") | _scripts(FOLDER / case / "after")


@pytest.fixture
def before(case: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER / case / "before", tmp_path / "before"))


@pytest.fixture
def memory() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@_every_case
def test_comes_out_byte_for_byte(case: str, before: Path, run: Run) -> None:
    listed = FOLDER / case / "findings.txt"
    expected = listed.read_text().splitlines() if listed.exists() else []

    status, out, err = run("-q", "--check", before)
    found = [line.removeprefix(f"{before}/") for line in out.splitlines()]
    run(before)

    assert status == 1
    assert (err == "") == (expected == [])
    assert [f"{line.split(':', 2)[0]}:{line.split(':')[1]} {line.split(' ')[1]}" for line in found] == expected
    assert _scripts(before) == _after(case)


@_every_case
def test_one_by_one_in_any_order_is_the_same(case: str, before: Path, run: Run) -> None:
    orders = [sorted(before.glob("*.py"), reverse=True), sorted(before.glob("*.py"))]
    orders += [random.Random(seed).sample(orders[0], len(orders[0])) for seed in range(3)]
    original = _scripts(before)
    for order in orders:
        for path in order:
            path.write_text(original[path.name])
        for path in order:
            run(path)
        assert _scripts(before) == _after(case)


@_every_case
def test_second_run_changes_nothing(case: str, tmp_path: Path, run: Run) -> None:
    _, out, _ = run("--check", rewritten_location(case, tmp_path / "migrations") / "versions")

    assert "would be rewritten" not in out


@pytest.mark.parametrize("case", [case for case in CASES if case not in _NOT_ON_SQLITE])
def test_goes_up_and_down_on_sqlite(case: str, tmp_path: Path, memory: sa.Connection) -> None:
    migration = Migration(rewritten_location(case, tmp_path / "migrations"), memory)
    states = [migration.constraints(), *(migration.constraints() for _ in migration.upgrades())]
    back = [migration.constraints() for _ in migration.downgrades()]

    assert states[0] == back[-1] == {}
    assert [_without_names(state) for state in back] == [_without_names(state) for state in states[-2::-1]]


def _without_names(state: dict[str, set[Named]]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {table: sorted((each.kind, each.columns) for each in names) for table, names in state.items()}


def test_project_looks_a_folder_up_once(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER / "created_with_the_table" / "before", tmp_path / "before")
    rewriter = Rewriter(Project())
    first = rewriter.rewrite((folder / "0002.py").read_bytes(), str(folder / "0002.py"))
    (folder / "0001.py").unlink()

    assert b"naming_convention" in first.result
    assert rewriter.rewrite((folder / "0002.py").read_bytes(), str(folder / "0002.py")).result == first.result


def test_revisions_in_a_circle_are_taken_in_the_order_of_their_names(tmp_path: Path) -> None:
    head = 'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "{}"\ndown_revision = "{}"\n\n\n'
    head += "def upgrade():\n    "
    create = 'op.create_table("t", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a"))\n'
    (tmp_path / "1.py").write_text(head.format("a", "b") + create)
    second = tmp_path / "2.py"
    second.write_text(head.format("b", "a") + 'op.drop_constraint("t_a_key", "t", type_="unique")\n')

    assert b"naming_convention=" in Rewriter(Project()).rewrite(second.read_bytes(), str(second)).result


@_every_case
def test_all_questions_at_once_are_answered_as_one_by_one(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {path.name: path.read_bytes() for path in sorted((FOLDER / case / "before").glob("*.py"))}
    answers = []
    for few in (-1, 1_000_000):
        monkeypatch.setattr(scripts, "_FEW", few)
        history = History(sources.copy)
        answers.append([history.names(name, source, Naming("postgresql")) for name, source in sources.items()])

    assert answers[0] == answers[1]
    assert any(names is not None and names.answers for names in answers[0])
