"""Exit status 0 if and only if the real commands run through on a SQLite file with rows in it, and nothing is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.support import FIXTURES, ROOT, part
from tests.support.drawn import Script, scripts
from tests.support.helpers import OLD
from tests.support.laid_out import lay_out
from tests.support.real import run_program, run_really
from tests.verify.law import EXCEPTIONS, drawn_histories, histories, judge, with_tables

PROJECTS = dict(histories(FIXTURES / name for name in ("verify", "histories", "projects")))
SEEDS = range(part(10, 30))
_form = pytest.mark.parametrize("rewritten", [False, True], ids=["as it is", "rewritten"])


@_form
@pytest.mark.parametrize("name", PROJECTS)
def test_law_holds_for_projects(name: str, rewritten: bool) -> None:
    if OLD and name == "checks_of_types":
        pytest.skip("this Alembic copies the CHECKs of types twice, and drops one of both")
    judged = judge(name, PROJECTS[name], rewritten)

    assert judged.agrees, str(judged)


@_form
@pytest.mark.parametrize("seed", SEEDS)
def test_law_holds_for_generated_histories(seed: int, rewritten: bool) -> None:
    for name, folder in drawn_histories(seed, 1):
        judged = judge(name, folder, rewritten)

        assert judged.agrees, str(judged)


@_form
@settings(max_examples=part(8, 20), deadline=None, derandomize=True)
@given(script=scripts())
def test_law_holds_for_scripts_that_are_drawn(script: Script, rewritten: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        judged = judge("drawn", with_tables(script, Path(folder)), rewritten)

        assert judged.agrees, f"{judged}\n{script.text()}"


@pytest.mark.parametrize("name", ["linear", "merged", "raises_in_a_block", "direct_alter", "no_downgrade"])
def test_the_program_does_what_its_functions_do(name: str, tmp_path: Path) -> None:
    """The law is tried by calling Alembic's functions, with two hooks in env.py; here is the program without any."""
    project = lay_out(PROJECTS[name], tmp_path / "project")

    called, left = run_really(project), project.dump()
    started = run_program(project)

    assert (started.failed_at, project.dump()) == (called.failed_at, left)


def test_readme_names_every_exception() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

    assert [each for each in EXCEPTIONS.values() if each not in text] == []
