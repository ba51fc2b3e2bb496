"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from readme import README, ROOT, generated

from sqlite_batchify import rewrite_source

HEAD = b'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "a"\n\n\n'


def fenced(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_generated_parts_are_up_to_date() -> None:
    text = README.read_text()
    assert generated(text) == text, "write them with: python tests/readme.py"


def test_the_example_comes_out_exactly_so() -> None:
    result = rewrite_source(HEAD + fenced("before").encode())
    assert result.result == HEAD + fenced("after").encode()
    assert result.findings == ()


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
