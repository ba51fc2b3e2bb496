"""What is remembered of scripts that stay as they are, and when it does not hold any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sqlite_batchify.cache import Cache
from sqlite_batchify.project import Project
from tests.support.helpers import BROKEN, HEAD, IDLE, Run, write

_RAW = (HEAD + '    op.execute("ALTER TABLE t ALTER COLUMN c TYPE integer USING 1")\n').encode()
_DROP = (
    HEAD + '    with op.batch_alter_table("t") as b:\n        b.drop_constraint("t_c_key", type_="unique")\n'
).encode()
_CREATE = """
revision = "a0"
from alembic import op
import sqlalchemy as sa


def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("c", sa.Integer(){}))
"""


@pytest.fixture
def cache() -> Path:
    return Path(os.environ["SQLITE_BATCHIFY_CACHE_DIR"])


def _known(path: Path) -> object:
    return Cache(Project()).find(str(path), path.read_bytes())


def _reads(*arguments: object) -> bool:
    run = [sys.executable, "-X", "importtime", "-m", "sqlite_batchify", *map(str, arguments)]
    return "sqlite_batchify.reading.script" in subprocess.run(run, capture_output=True, text=True, check=False).stderr


def test_a_second_run_says_the_same_and_imports_nothing(tmp_path: Path, run: Run, cache: Path) -> None:
    script, idle = write(tmp_path / "a.py", _RAW), write(tmp_path / "b.py", IDLE)
    first = run(script, idle)

    assert first[0] == 1
    assert len(list(cache.iterdir())) == 1
    assert run(script, idle) == first
    assert not _reads(script, idle)
    assert _reads("--no-cache", script, idle)


def test_findings_have_the_path_that_is_given(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    script = write(tmp_path / "a.py", _RAW)
    run(script)
    monkeypatch.chdir(tmp_path)

    assert run("-q", "a.py")[1].startswith("a.py:8:5: SB108 ")


def test_another_script_is_looked_at(tmp_path: Path, run: Run) -> None:
    script = write(tmp_path / "a.py", _RAW)
    run(script)
    assert _known(script) is not None

    write(script, _RAW.replace(b"integer", b"numeric"))
    assert _known(script) is None
    assert "numeric" in run(script)[1]


def test_other_settings_are_looked_at(tmp_path: Path, run: Run) -> None:
    script = write(tmp_path / "a.py", IDLE)
    run("-v", script)
    assert _known(script) == ()

    assert run("--check", "--style", "autogenerate", script)[0] == 1
    assert Cache(Project(minimum_sqlite="3.34")).find(str(script), IDLE) is None
    (tmp_path / "pyproject.toml").write_text('[tool.sqlite-batchify]\nstyle = "autogenerate"\n')
    assert _known(script) is None
    assert run("--check", script)[0] == 1


def test_another_history_is_looked_at(tmp_path: Path, run: Run) -> None:
    """Whether SQLite finds a constraint is told by the script that creates it."""
    script, before = write(tmp_path / "a1.py", _DROP), tmp_path / "a0.py"
    before.write_text(_CREATE.format(""))
    status, out, _ = run("-q", "--check", tmp_path)
    assert (status, "SB110" in out) == (1, True)
    assert run("-q", "--check", tmp_path)[1] == out

    before.write_text(_CREATE.format(", unique=True"))
    assert _known(script) is None
    assert run("-q", "--check", tmp_path)[1] != out


def test_what_changes_or_could_not_be_done_is_not_remembered(tmp_path: Path, run: Run) -> None:
    script = write(tmp_path / "a.py", BROKEN)
    run(script)
    assert _known(script) is None

    changing = write(tmp_path / "b.py", (HEAD + '    op.drop_column("t", "a")\n').encode())
    run("--check", changing)
    assert _known(changing) is None


def test_scripts_that_are_gone_are_forgotten(tmp_path: Path, run: Run, cache: Path) -> None:
    gone, script = write(tmp_path / "a.py", _RAW), write(tmp_path / "b.py", _RAW)
    run(gone, script)
    gone.unlink()
    write(script, _RAW + b"\n")
    run(script)

    (file,) = cache.iterdir()
    assert '"b.py"' in file.read_text()
    assert '"a.py"' not in file.read_text()


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"conditions": 1, "scripts": 2}', "\0"])
def test_a_damaged_cache_is_made_anew(content: str, tmp_path: Path, run: Run, cache: Path) -> None:
    script = write(tmp_path / "a.py", _RAW)
    first = run(script)
    (file,) = cache.iterdir()
    whole = file.read_text()
    file.write_text(content)

    assert run(script) == first
    assert file.read_text() == whole


def test_without_a_place_for_it_there_is_none(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "file")
    monkeypatch.setenv("SQLITE_BATCHIFY_CACHE_DIR", str(tmp_path / "file" / "cache"))
    script = write(tmp_path / "a.py", _RAW)

    assert run(script) == run(script)
    assert _known(script) is None


def test_no_cache_leaves_none(tmp_path: Path, run: Run, cache: Path) -> None:
    run("--no-cache", write(tmp_path / "a.py", _RAW))

    assert not cache.exists()


@pytest.mark.parametrize("content", ["[1]", '{"conditions": 1}', "[" * 100_000, ""])
def test_a_cache_that_is_none_is_done_without(content: str, run: Run, tmp_path: Path, cache: Path) -> None:
    path = write(tmp_path / "a.py", _RAW)
    before = run(path)
    (file,) = cache.iterdir()
    file.write_text(content)

    assert run(path) == before


@pytest.mark.parametrize("entry", [[], [1, 2, 3], ["DIGEST", "", [["SB999", [1, 1], ["", ""]]]], ["DIGEST", "", 5]])
def test_an_entry_that_is_none_is_done_without(entry: list[object], run: Run, tmp_path: Path, cache: Path) -> None:
    path = write(tmp_path / "a.py", _RAW)
    before = run(path)
    (file,) = cache.iterdir()
    known = json.loads(file.read_text())
    digest = known["scripts"]["a.py"][0]
    known["scripts"]["a.py"] = [digest if each == "DIGEST" else each for each in entry]
    file.write_text(json.dumps(known))

    assert run(path) == before
