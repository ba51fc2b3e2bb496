"""Many scripts are shared out over processes: the same files, the same lines in the same order, and an end at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from sqlite_batchify import Rewritten
from sqlite_batchify.cli import sharing
from sqlite_batchify.rewriting import Rewriter
from tests.support.helpers import AFTER, BEFORE, BROKEN, IDLE, NAMELESS, Run

_KINDS = (BEFORE, BEFORE, IDLE, NAMELESS, BEFORE, BROKEN)


def _fill(folder: Path, count: int, kinds: Sequence[bytes] = _KINDS) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"s{number:04d}.py").write_bytes(kinds[number % len(kinds)])
    return folder


@pytest.mark.parametrize("options", [[], ["--check"], ["--diff"], ["-v"], ["--format", "json"]])
def test_the_outcome_is_that_of_one_process(
    options: list[str], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for jobs in ("1", "3"):
        folder = _fill(tmp_path / jobs, 60)
        monkeypatch.chdir(folder)
        outcomes.append((run(*options, "--jobs", jobs, "."), [path.read_bytes() for path in sorted(folder.iterdir())]))

    assert outcomes[0] == outcomes[1]
    (status, out, _), _ = outcomes[0]
    assert status == 2
    assert out


def test_names_do_not_depend_on_the_processes(tmp_path: Path, run: Run) -> None:
    """The history of a folder is read in each of them, whatever the others have rewritten."""
    results = []
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        folder.mkdir()
        for number in range(40):
            text = f'revision = "{number:04d}"\ndown_revision = {f"{number - 1:04d}" if number else None!r}\n'
            text += "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n"
            text += f'    op.create_unique_constraint(None, "t", ["c{number // 2}"])\n'
            (folder / f"{number:04d}.py").write_text(text)
        run("-q", "--jobs", jobs, folder)
        results.append([path.read_text() for path in sorted(folder.iterdir())])

    assert results[0] == results[1]
    assert '"t_c1_key1"' in results[0][3]


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5"])
def test_jobs_is_a_number_of_processes(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    from sqlite_batchify.cli import main

    with pytest.raises(SystemExit):
        main([f"--jobs={jobs}", "a.py"])
    assert f"{jobs!r} is no number of processes" in capsys.readouterr().err


def test_an_interrupt_ends_it_at_once_and_every_file_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    for number in range(2000):
        (folder / f"s{number:04d}.py").write_bytes(BEFORE)
    program = [sys.executable, "-m", "sqlite_batchify", "--jobs", "2", str(folder)]
    with subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What a shell starts in the background ignores the signal, and hands that on.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("rewrote ")
        started = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
        took = time.monotonic() - started

    assert process.returncode == 130
    assert err == "interrupted; every file is whole\n"
    assert took < 5
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    found = [path.read_bytes() for path in folder.iterdir()]
    assert len(found) == 2000
    assert set(found) == {BEFORE, AFTER}


def _spoil(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[str], None]) -> None:
    """Let the processes that scripts are shared with do this before each script, which stands in for a crash there."""
    whole = sharing._rewrite
    first = os.getpid()

    def rewrite(path: str, rewriter: Rewriter) -> Rewritten:
        if os.getpid() != first:
            spoil(path)
        return whole(path, rewriter)

    monkeypatch.setattr(sharing, "_rewrite", rewrite)


@pytest.mark.skipif(sys.platform != "linux", reason="other processes are started anew, without what is set here")
@pytest.mark.parametrize("places", [[0], [17], [59], [16, 17, 18], [0, 30, 59]])
def test_a_script_that_ends_its_process_costs_itself_alone(
    places: list[int], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, alike = (_fill(tmp_path / name, 60, [BEFORE]) for name in ("scripts", "alike"))
    bad = {str(folder / f"s{number:04d}.py") for number in places}
    _spoil(monkeypatch, lambda path: os.kill(os.getpid(), signal.SIGKILL) if path in bad else None)

    status, out, err = run("--jobs", "2", folder)

    assert status == 2
    assert [line.partition(":")[0] for line in err.splitlines()] == sorted(bad)
    assert err.count("SB202 a defect of sqlite-batchify: its process ended with signal 9; ") == len(bad)
    assert f"{60 - len(bad)} files rewritten, {len(bad)} file" in out
    run("--jobs", "1", alike)
    for path in folder.iterdir():
        assert path.read_bytes() == (BEFORE if str(path) in bad else (alike / path.name).read_bytes())


@pytest.mark.skipif(sys.platform != "linux", reason="other processes are started anew, without what is set here")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_ended_from_outside_costs_nothing(
    how: signal.Signals, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, once = _fill(tmp_path / "scripts", 60, [BEFORE]), tmp_path / "once"

    def spoil(path: str) -> None:
        if path.endswith("s0007.py") and not once.exists():
            once.touch()
            os.kill(os.getpid(), how)

    _spoil(monkeypatch, spoil)

    status, out, err = run("--jobs", "2", folder)

    assert once.exists()
    assert (status, err) == (0, "")
    assert out.endswith("60 files rewritten.\n")
    assert {path.read_bytes() for path in folder.iterdir()} == {AFTER}


@pytest.mark.skipif(sys.platform != "linux", reason="process groups")
def test_no_process_outlives_the_first(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "scripts", 2000, [BEFORE])
    program = [sys.executable, "-m", "sqlite_batchify", "--jobs", "2", str(folder)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"rewrote ")
        process.kill()
        _, err = process.communicate(timeout=30)

    assert err == b""
    started = time.monotonic()
    while _is_there(process.pid):
        assert time.monotonic() - started < 10
        time.sleep(0.05)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
