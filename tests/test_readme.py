"""What the README shows is what happens."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from readme import README, ROOT, generated

from sqlite_batchify import rewrite_source
from sqlite_batchify.config import find_config

HEAD = b'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "a"\n\n\n'


def fenced(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_generated_parts_are_up_to_date() -> None:
    text = README.read_text()
    assert generated(text) == text, "write them with: python tests/readme.py"


@pytest.mark.parametrize("example", ["", "names "])
def test_the_examples_come_out_exactly_so(example: str) -> None:
    result = rewrite_source(HEAD + fenced(f"{example}before").encode())
    assert result.result == HEAD + fenced(f"{example}after").encode()
    assert result.findings == ()


def test_the_configuration_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(fenced("configuration"))
    config = find_config(str(tmp_path))
    assert config.style == "minimal"
    assert set(config.naming_convention) == {"fk", "uq"}


def test_the_main_job_runs_on_the_fixtures() -> None:
    command = fenced("the main job").strip().rpartition("&& .venv/bin/")[2]
    program = Path(sys.executable).parent
    done = subprocess.run(
        f"{program}/{command}", shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0
    assert "+    with op.batch_alter_table(" in done.stdout


def test_ci_takes_its_test_command_from_here() -> None:
    assert "pytest" in fenced("the tests")
    assert "<!-- the tests -->" in (ROOT / ".ci" / "run").read_text()


def test_the_lines_for_pytest_run(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "projects" / "shop", tmp_path, dirs_exist_ok=True)
    (tmp_path / "test_migrations.py").write_text(fenced("pytest"))
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_migrations.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "3 failed, 1 passed" in done.stdout


def test_the_documented_shape_of_the_json_is_the_real_one(tmp_path: Path) -> None:
    shop = str(ROOT / "fixtures" / "projects" / "shop" / "migrations")
    run = [sys.executable, "-m", "sqlite_batchify", "verify", "--rewritten", "--format", "json", shop]
    shape = json.loads(subprocess.run(run, capture_output=True, text=True, timeout=120, check=False).stdout)
    paragraph = README.read_text().partition("`--format json` prints one object:")[2].partition("\n\n")[0]
    documented = set(re.findall(r"`(\w+)`", paragraph))
    step = shape["revisions"][2]
    keys = {*shape, *shape["ddl"], *step, *step["problems"][0]}
    assert keys == documented
