"""An operation that stands in a module of the project is named by that module, also in the remedy."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.verify import verify_history

_SHARED = """\
from alembic import op
import sqlalchemy as sa


def stricter(table):
    op.alter_column(table, "name", existing_type=sa.String(20), nullable=False)
"""
_HEAD = (
    'from alembic import op\nimport sqlalchemy as sa\nimport shared_steps\n\nrevision = "{}"\ndown_revision = {}\n\n\n'
)
_TABLE = 'def upgrade():\n    op.create_table("team", sa.Column("name", sa.String(20)))\n'
_STEP = 'def upgrade():\n    shared_steps.stricter("team")\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shared_steps.py").write_text(_SHARED)
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "1.py").write_text(_HEAD.format("1", None) + _TABLE)
    (versions / "2.py").write_text(_HEAD.format("2", "'1'") + _STEP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shared_steps", raising=False)
    return versions


def test_the_place_is_where_the_operation_stands(project: Path) -> None:
    (problem,) = verify_history(str(project), foreign_keys="off").problems

    assert (problem.path, problem.line, problem.revision) == ("shared_steps.py", 6, "2")
    assert problem.remedy == "rewrite the script: sqlite-batchify shared_steps.py"


def test_the_remedy_works(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["-q", "shared_steps.py"]) == 0
    monkeypatch.delitem(sys.modules, "shared_steps", raising=False)

    assert verify_history(str(project), foreign_keys="off").problems == []
