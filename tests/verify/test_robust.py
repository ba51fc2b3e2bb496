"""No script ends a replay, and no defect of the program keeps it from the other revisions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.rewriting import Script
from sqlite_batchify.rewritten import Rewritten
from sqlite_batchify.verify import (
    causes,
    checks,
    copies,
    dialects,
    differences,
    errors,
    losses,
    places,
    portions,
    recorder,
    replay,
    rows,
    schema,
    scratch,
    sql,
    verify_history,
)
from sqlite_batchify.verify.replay import Replay
from sqlite_batchify.verify.results import Step
from sqlite_batchify.verify.revisions import Revision
from tests.support.histories import lay

CREATE = 'op.create_table("{0}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()))'
DROP = 'op.drop_table("{0}")'


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
    assert main(["verify", "--rewritten", str(tmp_path)]) == 1
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
    "rows that nobody has read": "global r; r = op.get_bind().execute(sa.text('VALUES (1), (2)')); r.fetchone()",
    "a cursor in the middle": (
        "global kept; kept = op.get_bind().connection.dbapi_connection.cursor()\n"
        "    kept.execute('VALUES (1), (2)'); kept.fetchone()"
    ),
    "a transaction of its own": "op.get_bind().connection.dbapi_connection.cursor().execute('SAVEPOINT mine')",
    "another connection in a transaction": (
        "global kept; kept = op.get_bind().engine.connect(); kept.execute(sa.text('UPDATE loan SET x = x'))"
    ),
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
        try:
            _, messages = process.communicate(timeout=60)
        finally:
            process.kill()
    assert list(temporary.iterdir()) == []
    return process.returncode, messages


def lay_library(folder: Path) -> None:
    """A history that goes into most corners: keys, a copy that loses something, raw SQL, what SQLite refuses."""
    key = 'sa.Column("loan", sa.Integer(), sa.ForeignKey("loan.id", name="fk", ondelete="CASCADE"))'
    lay(
        folder,
        1,
        f"""{CREATE.format("loan")}
    op.create_table("fine", sa.Column("id", sa.Integer(), primary_key=True), {key}, sa.CheckConstraint("id < 900"))
    op.create_index("by_loan", "fine", ["loan"])""",
        'op.drop_table("fine")\n    op.drop_table("loan")',
    )
    lay(
        folder,
        2,
        f"""{CREATE.format("shelf")}
    op.add_column("fine", sa.Column("note", sa.String(9), server_default="x"))
    with op.batch_alter_table("loan") as batch_op:
        batch_op.alter_column("x", type_=sa.String(5), nullable=False)
    op.execute("UPDATE fine SET note = 'y'::text")
    op.execute("CREATE EXTENSION citext")
    op.create_unique_constraint("uq", "loan", ["x"])
    with op.batch_alter_table("fine") as batch_op:
        batch_op.create_unique_constraint(None, ["note"])""",
        """with op.batch_alter_table("loan") as batch_op:
        batch_op.alter_column("x", type_=sa.Integer(), nullable=True)
    op.drop_column("fine", "note")
    op.drop_table("shelf")""",
    )
    lay(
        folder,
        3,
        """with op.batch_alter_table("fine") as batch_op:
        batch_op.alter_column("note", nullable=False)""",
        """with op.batch_alter_table("fine") as batch_op:
        batch_op.alter_column("note", nullable=True)""",
    )


def fail_at(monkeypatch: pytest.MonkeyPatch, revision: str, where: object, name: str) -> None:
    """Give one of the program's own functions a defect that shows at one revision."""
    running: list[str] = []
    take, original = Replay._take, getattr(where, name)

    def taking(self: Replay, current: Revision, *rest: Any) -> Step:
        running[:] = [current.id]
        return take(self, current, *rest)

    def failing(*args: Any, **keywords: Any) -> Any:
        if running == [revision]:
            raise ZeroDivisionError(f"in {name}")
        return original(*args, **keywords)

    monkeypatch.setattr(Replay, "_take", taking)
    monkeypatch.setattr(where, name, failing)


INSPECTING = [
    *((checks, name) for name in ("check_defaults", "count_violations", "check_violations", "check_parents")),
    *((replay, name) for name in ("find_destructions", "look_enforced")),
    *((errors, name) for name in ("classify", "describe", "hint", "is_consequence")),
    *((losses, name) for name in ("find_losses", "find_missing")),
    *((portions, name) for name in ("tables_for", "carry", "touched", "names_all")),
    *((recorder, name) for name in ("look_before", "find_lost", "compare_rows")),
    *((copies, name) for name in ("read_queue", "read_rows", "first_change")),
    (causes, "of_block"),
    *((rows, name) for name in ("fill", "insert", "typed_value")),
    (replay, "read_comments"),
    (places, "handlers"),
    (scratch.Scratch, "_respelled"),
]


@pytest.mark.parametrize(("where", "name"), INSPECTING)
def test_a_defect_at_one_revision_costs_that_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    lay_library(tmp_path)
    usual = verify_history(str(tmp_path))
    assert {each.code.code for each in usual.steps[1].problems} >= {"SB301", "SB303"}
    assert [each.code.code for each in usual.steps[2].problems] == ["SB414"]

    fail_at(monkeypatch, "0002", where, name)
    report = verify_history(str(tmp_path))

    assert report.unseen == ["0002"]
    assert all(f"in {name}" in each.message + each.traceback for each in report.defects)
    assert [step.revision for step in report.steps] == [step.revision for step in usual.steps]
    assert report.steps[::2] == usual.steps[::2], "the others are looked at as ever"


RUNNING = [
    *((scratch.Scratch, name) for name in ("settle", "forget", "copy_from")),
    (schema.Reader, "schema"),
    (replay, "function_of"),
]


@pytest.mark.parametrize(("where", "name"), RUNNING)
def test_a_revision_that_cannot_be_run_at_all_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    lay_library(tmp_path)
    usual = verify_history(str(tmp_path))
    fail_at(monkeypatch, "0002", where, name)
    report = verify_history(str(tmp_path))

    assert report.unseen == ["0002"]
    assert report.steps[0] == usual.steps[0]
    assert all(problem.consequence for problem in report.steps[2].problems)


READING = [
    *((schema, name) for name in ("_read_table", "_read_indexes", "_read_foreign_keys")),
    *((sql, name) for name in ("parse_table", "index_text", "tokens")),
]


@pytest.mark.parametrize(("where", "name"), READING)
def test_a_table_that_cannot_be_read_costs_the_revisions_that_touch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    lay_library(tmp_path)
    lay(tmp_path, 4, CREATE.format("hall"), DROP.format("hall"))
    lay(tmp_path, 5, 'op.execute("UPDATE hall SET x = 1")')
    lay(tmp_path, 6, 'op.execute("UPDATE fine SET note = 1")')
    monkeypatch.setattr(rows, "fill", lambda *_: None)
    fail_at(monkeypatch, "0003", where, name)
    report = verify_history(str(tmp_path))
    assert report.unseen == ["0003", "0006"]
    assert [step.problems for step in report.steps[3:5]] == [(), ()]


@pytest.mark.parametrize("name", ["describe", "_of_table"])
def test_a_defect_over_the_way_back_costs_that_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lay_around(tmp_path, 'op.add_column("loan", sa.Column("y", sa.Integer()))')
    fail_at(monkeypatch, "0002", differences, name)
    assert found(tmp_path) == {("0002", "SB202", "upgrade")}


def test_a_defect_over_the_sql_of_other_databases_costs_that_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_library(tmp_path)
    original = dialects.run_offline

    def failing(history: Any, revision: Revision, *rest: Any) -> Any:
        if revision.id == "0003":
            raise ZeroDivisionError("over SQL")
        return original(history, revision, *rest)

    monkeypatch.setattr(dialects, "run_offline", failing)
    assert main(["verify", "--rewritten", str(tmp_path)]) == 2
    out = capsys.readouterr().out
    assert out.startswith("1 revision was not looked at")
    assert "0003 offline" in out
    assert "16 texts" in out


def test_a_defect_of_the_rewriter_is_told_by_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_library(tmp_path)

    def failing(self: Script, source: bytes, *rest: object) -> Rewritten:
        raise ZeroDivisionError("while it rewrote")

    monkeypatch.setattr(Script, "rewrite", failing)
    assert main(["verify", "--rewritten", "--to", "0002", str(tmp_path)]) == 2
    out = capsys.readouterr().out
    assert "0002 rewrite\n" in out
    assert "0003 rewrite\n    SB202 a defect of sqlite-batchify: ZeroDivisionError: while it rewrote" in out


@pytest.fixture
def defective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history over whose second revision the program fails."""
    monkeypatch.chdir(tmp_path)
    lay_library(tmp_path / "versions")
    fail_at(monkeypatch, "0002", checks, "check_parents")
    return tmp_path


def test_the_report_begins_with_what_was_not_looked_at(defective: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "versions"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 revision was not looked at, through a defect of sqlite-batchify")
    assert lines[2] == "versions/0002.py:0: 0002 upgrade"
    assert "SB202 a defect of sqlite-batchify: ZeroDivisionError: in check_parents; the revision was not" in lines[3]
    assert "please report this" in lines[4]


def test_the_traceback_of_a_defect_is_shown_only_where_it_is_asked_for(
    defective: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "versions"]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert main(["verify", "--traceback", "versions"]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out
    assert captured.err.startswith("Traceback (most recent call last)")
    assert "in _inspect" in captured.err


def test_no_comment_and_no_configuration_hides_a_defect(defective: Path) -> None:
    script = defective / "versions" / "0002.py"
    script.write_text("# sqlite-batchify: ignore\n" + script.read_text())
    (defective / "pyproject.toml").write_text('[tool.sqlite-batchify]\nper-file-ignores = {"*" = ["SB202"]}\n')
    assert main(["verify", "versions"]) == 2


def test_quiet_and_other_formats_tell_of_a_defect_on_stderr(
    defective: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in (["-q"], ["--format", "json"], ["--format", "github"], ["--format", "junit"]):
        assert main(["verify", *options, "versions"]) == 2
        assert "verify: 1 revision was not looked at" in capsys.readouterr().err


def test_json_lists_what_was_not_looked_at(defective: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--format", "json", "versions"]) == 2
    shape = json.loads(capsys.readouterr().out)
    assert shape["not_looked_at"] == ["0002"]
    assert shape["fails"] is True
    problem = shape["revisions"][1]["problems"][0]
    assert (problem["code"], problem["class"]) == ("SB202", "defect")


def test_junit_has_an_error_for_a_defect_and_not_a_failure(defective: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--format", "junit", "versions"]) == 2
    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    cases = [[child.tag for child in case] for case in suite.iter("testcase")]
    assert cases == [[], ["error"], ["failure"]]


def test_github_begins_with_a_defect(defective: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--format", "github", "versions"]) == 2
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("::error file=versions/0002.py,line=1,title=SB202 internal-error::0002 upgrade: a defect")


def test_a_revision_that_only_leads_to_the_first_tells_of_its_defect_too(
    defective: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, "0001", rows, "fill")
    assert verify_history("versions", start="0001").unseen == ["0001", "0002"]


def test_a_commit_that_foreign_keys_refuse_is_put_down_to_the_copy_before_it(tmp_path: Path) -> None:
    key = 'sa.ForeignKeyConstraint(["loan"], ["loan.id"], name="fk", deferrable=True, initially="DEFERRED")'
    columns = 'sa.Column("id", sa.Integer(), primary_key=True), sa.Column("loan", sa.Integer())'
    lay_around(tmp_path, f'op.create_table("fine", {columns}, {key})', DROP.format("fine"))
    report = verify_history(str(tmp_path), foreign_keys="on")
    assert {(each.revision, each.code.code, each.line) for each in report.problems} == {
        ("0003", "SB404", 11),
        ("0003", "SB404", 16),
    }


def test_junit_is_xml_whatever_a_script_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_around(tmp_path, 'raise ValueError("\\x00\\x1b[31m\\ud800\\uffff")')
    assert main(["verify", "--format", "junit", str(tmp_path)]) == 1
    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert suite.get("failures") == "1"


@pytest.mark.parametrize(
    ("redirection", "says"),
    [
        ("> /dev/full", "sqlite-batchify: No space left on device; correct that and try again\n"),
        (">&-", ""),
        ("2>&- | true", ""),
        ("<&-", ""),
    ],
)
def test_output_that_goes_nowhere_is_no_defect(tmp_path: Path, redirection: str, says: str) -> None:
    lay_around(tmp_path, "pass")
    command = f'"{sys.executable}" -m sqlite_batchify verify "{tmp_path}" {redirection}'
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.stderr == says


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    lay_around(tmp_path / "versions", "pass")
    (tmp_path / "here").mkdir()
    command = f'rmdir "{tmp_path}/here" && "{sys.executable}" -m sqlite_batchify verify "{tmp_path}/versions"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    run = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path / "here", env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr == "sqlite-batchify: No such file or directory; correct that and try again\n"
