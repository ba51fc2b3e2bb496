"""What the README shows is what happens."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sqlite_batchify import __version__, rewrite_source
from sqlite_batchify.config import VerifyConfig, find_config
from sqlite_batchify.setup import plan_setup
from tests.support import ROOT, SHOP, screens
from tests.support.readme import README, generated

_HOOKS = ROOT / ".pre-commit-hooks.yaml"
HEAD = b'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "a"\n\n\n'


def fenced(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_generated_parts_are_up_to_date() -> None:
    text = README.read_text()
    assert generated(text) == text, "write them with: python -m tests.support.readme"


@pytest.mark.parametrize("example", ["", "names "])
def test_the_examples_come_out_exactly_so(example: str) -> None:
    result = rewrite_source(HEAD + fenced(f"{example}before").encode())
    assert result.result == HEAD + fenced(f"{example}after").encode()
    assert result.findings == ()


def test_the_portable_example_is_what_comes_out() -> None:
    head = HEAD + b"from sqlalchemy.dialects import postgresql\n\n\n"
    result = rewrite_source(head + fenced("portable before").encode(), portable=True)
    assert result.result == head + fenced("portable after").encode()
    assert result.findings == ()


def test_the_configuration_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(fenced("configuration"))
    config = find_config(str(tmp_path))
    assert config.style == "minimal"
    assert set(config.naming_convention) == {"fk", "uq"}
    assert config.excludes(str(tmp_path / "app" / "old" / "a.py"))
    assert config.ignored(str(tmp_path / "migrations" / "versions" / "0001.py")) == {"SB108"}
    assert config.verify == VerifyConfig(target="migrations", foreign_keys="off")


def test_the_commands_run_from_top_to_bottom(tmp_path: Path) -> None:
    """In a new environment, and one after another, as somebody pastes them who has just got the checkout."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    lines = [f"PATH={Path(sys.executable).resolve().parent}:$PATH"]
    for block in re.findall(r"(?<!<!-- the tests -->\n)```console\n(.*?)```", README.read_text(), re.DOTALL):
        shown = [line for line in block.splitlines() if line.startswith("$ ")] or block.splitlines()
        lines += [line.removeprefix("$ ") for line in shown]
    assert len(lines) > 10
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    run = ["bash", "-euxo", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (new,) = (tmp_path / "shop" / "migrations" / "versions").glob("*the_next_change.py")
    assert new.read_text().startswith('"""the next change')


def test_the_library_does_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(fenced("doctest"), {}, "README.md", None, 0)
    result = doctest.DocTestRunner().run(example)
    assert result.attempted > 8
    assert result.failed == 0


@pytest.mark.parametrize("name", ["alembic.ini", "pyproject.toml"])
def test_the_hooks_of_alembic_are_those_that_init_writes(name: str, tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    if name == "pyproject.toml":
        (tmp_path / "alembic.ini").unlink()
        (tmp_path / name).write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (change,) = [each for each in plan_setup(str(tmp_path)).changes if each.path.endswith(name)]
    assert fenced(f"hook in {name}").strip() in change.after.decode()


def test_the_hooks_of_pre_commit_exist() -> None:
    shown, there = (re.findall(r"- id: (\S+)", text) for text in (fenced("pre-commit"), _HOOKS.read_text()))
    assert shown == there
    assert f"rev: v{__version__}" in fenced("pre-commit")


@pytest.mark.skipif(int(version("rich").split(".")[0]) < 15, reason="this rich draws otherwise")
@pytest.mark.parametrize("name", screens.SCREENS)
def test_the_pictures_are_up_to_date(name: str) -> None:
    assert f"fixtures/screens/{name}.svg" in README.read_text()
    kept = (screens.FOLDER / f"{name}.svg").read_text()
    assert kept == screens.picture(name), "draw them with: python -m tests.support.screens"


@pytest.mark.parametrize("columns", [80, 120])
def test_help_fits_the_terminal(columns: int) -> None:
    for command in ([], ["verify"], ["explain"], ["init"]):
        run = [sys.executable, "-m", "sqlite_batchify", *command, "--help"]
        environment = {**os.environ, "COLUMNS": str(columns)}
        shown = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
        assert "examples:" in shown
        assert len(shown.splitlines()) <= 50
        assert max(map(len, shown.splitlines())) <= columns


def test_ci_takes_its_test_command_from_here() -> None:
    assert "pytest" in fenced("the tests")
    assert "<!-- the tests -->" in (ROOT / ".ci" / "run").read_text()


def test_the_lines_for_pytest_run(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    (tmp_path / "test_migrations.py").write_text(fenced("pytest"))
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_migrations.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "3 failed, 1 passed" in done.stdout


def test_the_documented_shape_of_the_json_is_the_real_one(tmp_path: Path) -> None:
    shop = str(SHOP / "migrations")
    run = [sys.executable, "-m", "sqlite_batchify", "verify", "--rewritten", "--format", "json", shop]
    shape = json.loads(subprocess.run(run, capture_output=True, text=True, timeout=120, check=False).stdout)
    paragraph = README.read_text().partition("`--format json` prints one object:")[2].partition("\n\n")[0]
    documented = set(re.findall(r"`(\w+)`", paragraph))
    step = shape["before"]["revisions"][2]
    keys = {*shape, *shape["pragma"], *shape["ddl"], *step, *step["problems"][0]}
    assert keys == documented


def test_the_documented_shape_of_what_is_fixed_is_the_real_one(tmp_path: Path) -> None:
    shop = str(shutil.copytree(SHOP / "migrations", tmp_path / "migrations"))
    run = [sys.executable, "-m", "sqlite_batchify", "verify", "--fix", "--format", "json", shop]
    shape = json.loads(subprocess.run(run, capture_output=True, text=True, timeout=120, check=False).stdout)["fix"]
    sentence = README.read_text().partition("it has `fix` besides:")[2].partition("\n\n")[0]
    assert {*shape, *shape["left"][0]} == set(re.findall(r"`(\w+)`", sentence))


def test_the_documented_shape_of_the_findings_is_the_real_one(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_bytes(HEAD + b'def upgrade():\n    op.execute("ALTER TABLE t ALTER COLUMN c TYPE integer USING 1")\n')
    run = [sys.executable, "-m", "sqlite_batchify", "--format", "json", str(script)]
    shape = json.loads(subprocess.run(run, capture_output=True, text=True, timeout=120, check=False).stdout)
    paragraph = README.read_text().partition("are for other programs. The JSON has")[2].partition("\n\n")[0]
    (file,) = shape["files"]
    assert {*shape, *file, *file["findings"][0]} == set(re.findall(r"`(\w+)`", paragraph))
