"""Every project under fixtures/verify, replayed: exactly what its expected.json lists is reported."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sqlite_batchify.findings import CODES
from sqlite_batchify.verify.history import load_history
from sqlite_batchify.verify.replay import Options, Replay
from sqlite_batchify.verify.results import Problem
from tests.support import FIXTURES
from tests.support.helpers import SQLALCHEMY

PROJECTS = sorted(path.parent for path in FIXTURES.glob("verify/*/expected.json"))
_TESTED_ELSEWHERE = {"SB405": "test_checks.py", "SB435": "test_attempts.py"}
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def _expected(project: Path) -> list[list[object]]:
    return [list(each) for each in json.loads((project / "expected.json").read_text(encoding="utf-8"))]


def _replay(project: Path) -> list[Problem]:
    replay = Replay(load_history(str(project)), Options())
    list(replay.steps())
    return [problem for problem in replay.report.problems if not problem.consequence]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_reports_exactly_what_is_expected(project: Path) -> None:
    needed = project / "needs_sqlalchemy.txt"
    if needed.exists() and tuple(map(int, needed.read_text().split("."))) > SQLALCHEMY:
        pytest.skip(f"this SQLAlchemy is older than {needed.read_text().strip()}")
    problems = _replay(project)

    found = [[each.code.code, each.revision, each.direction, each.line] for each in problems]
    assert sorted(map(str, found)) == sorted(map(str, _expected(project))), [each.message for each in problems]
    for problem in problems:
        assert _PLACEHOLDER.search(problem.message + problem.remedy) is None


def test_there_are_more_clean_projects_than_others() -> None:
    clean = [project for project in PROJECTS if not _expected(project)]

    assert len(clean) > len(PROJECTS) / 2


def test_every_code_of_a_replay_occurs() -> None:
    occurring = {str(each[0]) for project in PROJECTS for each in _expected(project)}

    assert {code for code in CODES if code[2] in "34"} - occurring == set(_TESTED_ELSEWHERE)
