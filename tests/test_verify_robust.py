"""No script ends a replay, and no defect of the program keeps it from the other revisions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from histories import SCRIPT

from sqlite_batchify.cli import main
from sqlite_batchify.verify import verify_history

CREATE = 'op.create_table("{0}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()))'
DROP = 'op.drop_table("{0}")'


def lay(folder: Path, number: int, upgrade: str, downgrade: str = "pass", top: str = "") -> Path:
    """One script of a linear history; ``top`` stands at the end of it, outside of its functions."""
    folder.mkdir(parents=True, exist_ok=True)
    before = repr(f"{number - 1:04d}") if number > 1 else None
    path = folder / f"{number:04d}.py"
    text = SCRIPT.format(revision=number, before=before, upgrade=upgrade, downgrade=downgrade)
    path.write_text(text + (f"\n\n{top}\n" if top else ""))
    return path


def lay_around(folder: Path, upgrade: str, downgrade: str = "pass", top: str = "") -> Path:
    """A table, a script of the test's, and a block that is fine."""
    lay(folder, 1, CREATE.format("loan"), DROP.format("loan"))
    path = lay(folder, 2, upgrade, downgrade, top)
    block = 'with op.batch_alter_table("loan") as batch_op:\n        batch_op.alter_column("x", nullable={})'
    lay(folder, 3, block.format(False), block.format(True))
    return path


def found(folder: Path) -> set[tuple[str, str, str]]:
    """The revision, code and direction of the problems."""
    return {(each.revision, each.code.code, each.direction) for each in verify_history(str(folder)).problems}


UNUSUAL_ENDS = {
    "exits": "import sys; sys.exit(3)",
    "exits without a fault": "raise SystemExit",
    "interrupts itself": "raise KeyboardInterrupt",
    "ends a generator": "raise GeneratorExit",
    "raises what nobody catches": 'raise type("Own", (BaseException,), {})()',
    "cannot tell its error": 'raise type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})()',
    "says a lot": 'raise ValueError("_alembic_tmp_" * 200_000)',
    "recurses without end": "upgrade()",
    "asks": "input()",
    "closes its connection": "op.get_bind().close(); op.execute('SELECT 1')",
    "closes what is under its connection": "op.get_bind().connection.dbapi_connection.close(); op.execute('SELECT 1')",
    "returns its connection": "op.get_bind().connection.close(); op.get_bind().execute(sa.text('SELECT 1'))",
}


@pytest.mark.parametrize("statement", UNUSUAL_ENDS.values(), ids=UNUSUAL_ENDS)
def test_however_a_script_ends_that_is_its_error_and_the_others_run(tmp_path: Path, statement: str) -> None:
    lay_around(tmp_path, statement)
    assert found(tmp_path) == {("0002", "SB304", "upgrade")}


@pytest.mark.parametrize("statement", UNUSUAL_ENDS.values(), ids=UNUSUAL_ENDS)
def test_however_a_downgrade_ends_that_is_its_error_and_the_others_run(tmp_path: Path, statement: str) -> None:
    lay_around(tmp_path, "pass", statement.replace("upgrade()", "downgrade()"))
    assert found(tmp_path) == {("0002", "SB304", "downgrade")}


@pytest.mark.parametrize("name", [name for name in UNUSUAL_ENDS if "connection" not in name])
def test_however_an_import_ends_that_is_its_error_and_the_others_run(tmp_path: Path, name: str) -> None:
    lay_around(tmp_path, "pass", top=UNUSUAL_ENDS[name].replace("upgrade()", "(a := lambda: a())()"))
    assert found(tmp_path) == {("0002", "SB304", "upgrade")}


@pytest.mark.parametrize("name", UNUSUAL_ENDS)
def test_however_a_script_ends_the_sql_of_the_others_is_compared(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_around(tmp_path, UNUSUAL_ENDS[name])
    assert main(["verify", "--rewritten", str(tmp_path)]) == 0
    assert "24 texts, all the same" in capsys.readouterr().out


DISTURBANCES = {
    "another folder": "import os, tempfile; os.chdir(tempfile.gettempdir())",
    "no output": "import sys; sys.stdout = sys.stderr = None",
    "closed output": "import sys; sys.stdout.close()",
    "printed": "print('noise'); import sys; sys.stdout.buffer.write(b'noise')",
    "hardly any recursion": "import sys; sys.setrecursionlimit(90)",
    "warnings are errors": "import warnings; warnings.simplefilter('error')",
    "deaf": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "a connection of its own": "op.get_bind().engine.connect().close()",
    "another engine": "op.get_bind().engine.dispose()",
    "a new start": "op.get_bind().invalidate(); op.get_bind().rollback()",
}


PLACES = ("upgrade", "downgrade", "top")


@pytest.mark.parametrize(
    ("disturbance", "place"),
    [(each, place) for each in DISTURBANCES.values() for place in PLACES if place != "top" or "op." not in each],
)
def test_what_a_script_changes_around_it_is_as_before_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], disturbance: str, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = (os.getcwd(), sys.stdin, sys.stdout, sys.stderr, sys.getrecursionlimit(), signal.getsignal(signal.SIGINT))
    lay_around(tmp_path / "versions", **{"upgrade": "pass", place: disturbance})
    assert main(["verify", "versions"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("3 revisions of versions")
    assert "noise" not in output
    now = (os.getcwd(), sys.stdin, sys.stdout, sys.stderr, sys.getrecursionlimit(), signal.getsignal(signal.SIGINT))
    assert now == before


def test_an_interrupt_is_one_line_even_if_a_script_catches_everything(tmp_path: Path) -> None:
    up = "import time, pathlib\n    try:\n        pathlib.Path('here').touch(); time.sleep(60)\n    except: pass"
    assert _interrupted(tmp_path, up) == (130, "interrupted; every file is whole\n")


def test_an_interrupt_ends_a_statement_that_has_no_end(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    up = f"import pathlib; pathlib.Path('here').touch()\n    op.execute({endless!r})"
    assert _interrupted(tmp_path, up) == (130, "interrupted; every file is whole\n")


def _interrupted(folder: Path, upgrade: str) -> tuple[int, str]:
    """The exit status and the messages of a run that is interrupted while it is in a script."""
    lay_around(folder / "versions", upgrade)
    temporary = folder / "temporary"
    temporary.mkdir()
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from sqlite_batchify.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "verify", "versions"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (folder / "here").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=60)
    assert list(temporary.iterdir()) == []
    return process.returncode, messages
