"""What takes no time: the usual run of a hook imports next to nothing, and says the same as any other run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sqlite_batchify.cli import rewriting
from sqlite_batchify.cli.quick import settles
from tests.support.cases import CASES, Case
from tests.support.helpers import IDLE, NAMELESS, Run, write

_IDLE = [
    case
    for case in CASES
    if case.style == "minimal" and case.naming == "auto" and case.after == case.before and not case.portable
]
_HEAVY = {"alembic", "argparse", "dataclasses", "inspect", "libcst", "rich", "sqlalchemy", "sqlglot", "typing"}


def _imported(*arguments: str | Path) -> set[str]:
    """The top packages that a run imports."""
    run = [sys.executable, "-I", "-X", "importtime", "-m", "sqlite_batchify", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    told = subprocess.run(run, env=environment, capture_output=True, text=True, check=False).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines() if "|" in line}


@pytest.mark.parametrize("options", [[], ["--check"], ["-q"], ["--quiet", "--check"]])
def test_one_script_with_nothing_to_do_imports_next_to_nothing(options: list[str], tmp_path: Path) -> None:
    script = write(tmp_path / "a.py", IDLE)

    assert settles([*options, str(script)])
    assert not _HEAVY & _imported(*options, script)


def test_many_scripts_with_nothing_to_do_do_not_import_libcst(tmp_path: Path) -> None:
    scripts = [write(tmp_path / f"a{number}.py", IDLE) for number in range(3)]

    imported = _imported(*scripts)

    assert "argparse" in imported
    assert not {"alembic", "dataclasses", "libcst", "rich", "sqlalchemy", "sqlglot"} & imported


@pytest.mark.parametrize("options", [[], ["--check"], ["-q"]])
@pytest.mark.parametrize("case", _IDLE, ids=lambda case: case.name)
def test_the_quick_answer_is_the_answer(
    case: Case, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = write(tmp_path / "a.py", case.before)
    arguments = [*options, str(script)]
    if settles(arguments):
        quick = capsys.readouterr()
        assert rewriting.run(arguments) == 0
        assert capsys.readouterr() == quick


def test_the_quick_answer_is_given(tmp_path: Path) -> None:
    """Wherever none of the words stands that mean work."""
    quick = {case.name for case in _IDLE if settles(["-q", str(write(tmp_path / "a.py", case.before))])}

    assert quick == {"operations/create_index_alone", "operations/drop_index_alone"}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.py", NAMELESS, []),
        ("a.py", IDLE, ["-v"]),
        ("a.py", IDLE, ["--diff"]),
        ("missing.py", None, []),
        (".", None, []),
        ("-", None, []),
    ],
)
def test_everything_else_is_for_the_rest_of_the_program(
    name: str, content: bytes | None, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_bytes(content)

    assert not settles([*options, name])


def test_a_configured_project_is_for_the_rest_of_the_program(tmp_path: Path, run: Run) -> None:
    script = write(tmp_path / "a.py", IDLE)
    (tmp_path / "pyproject.toml").write_text('[tool.sqlite-batchify]\nstyle = "autogenerate"\n')

    assert not settles([str(script)])
    assert run("--check", script)[0] == 1
