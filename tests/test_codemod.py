"""The codemod as people run it: `python -m libcst.tool codemod`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import FIXTURES, SHOP
from tests.support.helpers import AFTER, BEFORE, HEAD, IDLE, NAMELESS, write

HISTORY = FIXTURES / "histories" / "told_by_the_history"
COMMAND = "sqlite_batchify.codemod.BatchifyCommand"


def codemod(folder: Path, *arguments: object, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    tool = [sys.executable, "-m", "libcst.tool", "codemod", "--hide-progress", "--no-format", "-x", COMMAND]
    return subprocess.run(
        [*tool, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def batchify(folder: Path, *arguments: object) -> None:
    run = [sys.executable, "-m", "sqlite_batchify", "-q", *map(str, arguments)]
    assert subprocess.run(run, cwd=folder, timeout=120, check=False).returncode == 0


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}


_WAYS = {"minimal": [], "autogenerate": ["--style", "autogenerate"], "portable": ["--portable"]}


@pytest.mark.parametrize("arguments", _WAYS.values(), ids=_WAYS)
def test_a_folder_becomes_what_the_program_makes_of_it(tmp_path: Path, arguments: list[str]) -> None:
    ours = Path(shutil.copytree(SHOP, tmp_path / "ours"))
    theirs = Path(shutil.copytree(SHOP, tmp_path / "theirs"))
    done = codemod(ours, *arguments, "migrations")
    assert done.returncode == 0, done.stderr.decode()
    assert b"5 files successfully" in done.stderr
    batchify(theirs, *arguments, "migrations")
    assert files(ours) == files(theirs) != files(SHOP)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    codemod(shop, "migrations")
    once = files(shop)
    done = codemod(shop, "--unified-diff", "--", "migrations")
    assert (done.returncode, done.stdout) == (0, b"")
    assert files(shop) == once


def test_the_other_scripts_of_the_folder_tell_names(tmp_path: Path) -> None:
    scripts = sorted((HISTORY / "before").glob("*.py"))
    assert len(scripts) > 1
    for script in scripts:
        shutil.copyfile(script, tmp_path / script.name)
    whole = Path(shutil.copytree(tmp_path, tmp_path.parent / f"{tmp_path.name}_whole"))
    for script in scripts:
        assert codemod(tmp_path, script.name).returncode == 0
    batchify(whole, ".")
    assert files(tmp_path) == files(whole) != {script.name: script.read_bytes() for script in scripts}


def test_the_naming_convention_is_taken(tmp_path: Path) -> None:
    script = write(tmp_path / "a.py", (HEAD + '    op.create_unique_constraint(None, "t", ["x"])\n').encode())
    done = codemod(tmp_path, "--naming-convention", '{ uq = "uq_%(table_name)s_%(column_0_name)s" }', "a.py")
    assert done.returncode == 0, done.stderr.decode()
    assert b'batch_op.create_unique_constraint(batch_op.f("uq_t_x"), ["x"])' in script.read_bytes()


def test_an_unusable_naming_convention_is_an_error_of_usage(tmp_path: Path) -> None:
    script = write(tmp_path / "a.py")
    done = codemod(tmp_path, "--naming-convention", "baroque", "a.py")
    assert done.returncode == 2
    assert b"error: argument --naming-convention: 'baroque' is neither" in done.stderr
    assert script.read_bytes() == BEFORE


def test_the_project_s_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.sqlite-batchify]\nstyle = "autogenerate"\nexclude = ["b.py"]\n')
    scripts = [write(tmp_path / name, IDLE) for name in ("a.py", "b.py")]
    assert codemod(tmp_path, ".").returncode == 0
    assert b"with op.batch_alter_table" in scripts[0].read_bytes()
    assert scripts[1].read_bytes() == IDLE


def test_settings_that_cannot_be_used_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.sqlite-batchify]\nstlye = "minimal"\n')
    script = write(tmp_path / "a.py")
    done = codemod(tmp_path, "a.py")
    assert b"Skipped codemodding " in done.stderr
    assert b"[tool.sqlite-batchify] has no key 'stlye'; did you mean style?" in done.stderr
    assert b"Traceback" not in done.stderr
    assert script.read_bytes() == BEFORE


def test_modules_that_are_no_revision_scripts_are_left_alone(tmp_path: Path) -> None:
    module = write(tmp_path / "models.py", BEFORE.replace(b"revision = ", b"edition = "))
    source = module.read_bytes()
    assert codemod(tmp_path, ".").returncode == 0
    assert module.read_bytes() == source


def test_what_remains_is_a_warning(tmp_path: Path) -> None:
    script = write(tmp_path / "a.py", NAMELESS + b'    op.drop_column("t", "x")\n')
    done = codemod(tmp_path, "a.py")
    assert done.returncode == 0
    assert f"WARNING: {script.resolve()}:9:9: SB101 ".encode() in done.stderr
    assert b" - 1 warnings were generated." in done.stderr
    assert b'batch_op.drop_column("x")' in script.read_bytes()


def test_what_libcst_would_not_write_back_is_skipped(tmp_path: Path) -> None:
    source = BEFORE + b"\n\n\x0cdef downgrade():\n    pass\n"
    script = write(tmp_path / "a.py", source)
    done = codemod(tmp_path, "a.py")
    assert b"LibCST does not give all of its bytes back; run sqlite-batchify on it" in done.stderr
    assert b" - Skipped 1 files." in done.stderr
    assert script.read_bytes() == source


@pytest.mark.parametrize(
    "dress",
    [
        lambda source: b"\xef\xbb\xbf# first\n" + source,
        lambda source: source.replace(b"\n", b"\r\n"),
        lambda source: b"# -*- coding: latin-1 -*-\n# d\xe9j\xe0 vu\n" + source,
        lambda source: source.rstrip(b"\n"),
    ],
    ids=["bom", "crlf", "latin-1", "no-final-newline"],
)
def test_the_bytes_around_stay(tmp_path: Path, dress: Callable[[bytes], bytes]) -> None:
    script = write(tmp_path / "a.py", dress(BEFORE))
    assert codemod(tmp_path, "a.py").returncode == 0
    assert script.read_bytes() == dress(AFTER)


@pytest.mark.parametrize("head", ["", "# -*- coding: latin-1 -*-\n# déjà vu\n"], ids=["plain", "latin-1"])
def test_standard_input(tmp_path: Path, head: str) -> None:
    done = codemod(tmp_path, "-", stdin=head.encode() + BEFORE)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.rstrip(b"\n") == head.encode() + AFTER.rstrip(b"\n")


def test_standard_input_that_cannot_be_done_is_a_warning(tmp_path: Path) -> None:
    done = codemod(tmp_path, "-", stdin=b"# coding: unicode_escape\n" + BEFORE)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"WARNING: <stdin>:1: SB902 cannot be decoded" in done.stderr
    assert b"Failed to codemod from stdin" in done.stderr


def test_the_tool_lists_it(tmp_path: Path) -> None:
    (tmp_path / ".libcst.codemod.yaml").write_text("modules: ['sqlite_batchify']\nrepo_root: '.'\n")
    run = [sys.executable, "-m", "libcst.tool", "list"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "codemod.BatchifyCommand - Put Alembic operations that SQLite cannot do" in done.stdout
