"""The command line of rewriting: what is printed where, the exit status, and what is imported."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sqlite_batchify
from tests.support.helpers import AFTER, BEFORE, BROKEN, HEAD, IDLE, NAMELESS, Run, write

_HEAVY = ("libcst", "alembic", "sqlalchemy", "rich")


def _process(*arguments: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "sqlite_batchify", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False)


# Exit status


def test_rewriting_is_fine(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "a.py"))[0] == 0


def test_nothing_to_do_is_fine(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "a.py", AFTER))[0] == 0


def test_a_finding_that_fails_on_sqlite_gives_1(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "a.py", NAMELESS))[0] == 1


def test_a_warning_alone_is_fine(run: Run, tmp_path: Path) -> None:
    status, out, _ = run(write(tmp_path / "a.py", BEFORE.replace(b"drop_column", b"create_view")))

    assert status == 0
    assert "SB107" in out


def test_a_broken_file_outweighs_a_finding(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "a.py", NAMELESS), write(tmp_path / "b.py", BROKEN))[0] == 2


def test_no_argument_is_an_error_of_usage(run: Run) -> None:
    with pytest.raises(SystemExit) as stopped:
        run()

    assert stopped.value.code == 2


def test_unknown_option_is_an_error_of_usage(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("--chekc", write(tmp_path / "a.py"))

    assert stopped.value.code == 2


def test_unknown_style_is_an_error_of_usage(run: Run, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("--style", "baroque", write(tmp_path / "a.py"))

    assert stopped.value.code == 2


def test_errors_of_usage_go_to_stderr(tmp_path: Path) -> None:
    done = _process("--chekc", "a.py", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == b""
    assert b"--chekc" in done.stderr


# --check


def test_check_writes_nothing_and_gives_1_if_something_would_change(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    status, out, _ = run("--check", path)

    assert status == 1
    assert f"would rewrite {path} (1 operation in 1 block)" in out
    assert "1 file would be rewritten." in out
    assert path.read_bytes() == BEFORE


def test_check_is_fine_if_nothing_would_change(run: Run, tmp_path: Path) -> None:
    assert run("--check", write(tmp_path / "a.py", AFTER))[0] == 0


def test_check_of_a_broken_file_gives_2(run: Run, tmp_path: Path) -> None:
    assert run("--check", write(tmp_path / "a.py"), write(tmp_path / "b.py", BROKEN))[0] == 2


# --diff


def test_diff_writes_nothing_and_is_fine(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    status, out, _ = run("--diff", path)

    assert status == 0
    assert out.splitlines()[:3] == [f"--- {path}", f"+++ {path}", "@@ -5,4 +5,5 @@"]
    assert '-    op.drop_column("account", "name")' in out
    assert '+        batch_op.drop_column("name")' in out
    assert path.read_bytes() == BEFORE


def test_diff_alone_is_on_stdout(run: Run, tmp_path: Path) -> None:
    _, out, err = run("--diff", write(tmp_path / "a.py"))

    assert out.splitlines()[-1].startswith("+")
    assert "would be rewritten" in err


def test_diff_of_an_unchanged_file_is_empty(run: Run, tmp_path: Path) -> None:
    assert run("--diff", write(tmp_path / "a.py", AFTER))[1] == ""


def test_diff_with_check_gives_1(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("--diff", "--check", write(tmp_path / "a.py"))

    assert status == 1
    assert out.startswith("--- ")


@pytest.mark.parametrize("program", [["patch", "-p0", "--binary"], ["git", "apply", "-p0"]], ids=["patch", "git"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BEFORE, AFTER),
        (BEFORE[:-1], AFTER[:-1]),
        (BEFORE + b"\n\n# end", AFTER + b"\n\n# end"),
        (BEFORE.replace(b"\n", b"\r\n"), AFTER.replace(b"\n", b"\r\n")),
        (BEFORE + b"    # Gr\xc3\xb6\xc3\x9fe\n", AFTER + b"    # Gr\xc3\xb6\xc3\x9fe\n"),
    ],
    ids=["plain", "without a final newline", "comment at the end", "crlf", "not ascii"],
)
def test_diff_can_be_applied(tmp_path: Path, program: list[str], before: bytes, after: bytes) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"no {program[0]} here")
    path = write(tmp_path / "a.py", before)
    diff = _process("--diff", "a.py", cwd=tmp_path).stdout

    subprocess.run(program, cwd=tmp_path, input=diff, check=True, capture_output=True)

    assert path.read_bytes() == after


# Standard input


def test_stdin_goes_to_stdout(tmp_path: Path) -> None:
    done = _process("-", cwd=tmp_path, stdin=BEFORE)

    assert (done.returncode, done.stdout, done.stderr) == (0, AFTER, b"")


def test_stdin_without_work_comes_back(tmp_path: Path) -> None:
    done = _process("-", cwd=tmp_path, stdin=IDLE)

    assert (done.returncode, done.stdout) == (0, IDLE)


def test_stdin_keeps_its_bytes(tmp_path: Path) -> None:
    before = b"\xef\xbb\xbf" + BEFORE.replace(b"\n", b"\r\n")[:-2]

    done = _process("-", cwd=tmp_path, stdin=before)

    assert done.stdout == b"\xef\xbb\xbf" + AFTER.replace(b"\n", b"\r\n")[:-2]


def test_stdin_has_the_name_that_it_is_given(tmp_path: Path) -> None:
    done = _process("-", "--stdin-filename", "versions/a1.py", cwd=tmp_path, stdin=NAMELESS)

    assert done.returncode == 1
    assert done.stdout == NAMELESS
    assert b"versions/a1.py:9:9: SB101 " in done.stderr


def test_stdin_has_a_name_without_one(tmp_path: Path) -> None:
    assert b"<stdin>:9:9: SB101 " in _process("-", cwd=tmp_path, stdin=NAMELESS).stderr


def test_broken_stdin_gives_2_and_no_output(tmp_path: Path) -> None:
    done = _process("-", cwd=tmp_path, stdin=BROKEN)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"SB903" in done.stderr


def test_stdin_can_be_checked(tmp_path: Path) -> None:
    done = _process("-", "--check", cwd=tmp_path, stdin=BEFORE)

    assert (done.returncode, done.stdout) == (1, b"")


def test_stdin_can_be_compared(tmp_path: Path) -> None:
    done = _process("-", "--diff", "--stdin-filename", "a.py", cwd=tmp_path, stdin=BEFORE)

    assert done.stdout.startswith(b"--- a.py\n+++ a.py\n@@ ")


def test_stdin_beside_a_path_is_an_error_of_usage(tmp_path: Path) -> None:
    write(tmp_path / "a.py")

    done = _process("-", "a.py", cwd=tmp_path, stdin=BEFORE)

    assert (done.returncode, done.stdout) == (2, b"")
    assert (tmp_path / "a.py").read_bytes() == BEFORE


def test_stdin_in_this_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BEFORE)))

    assert run("-") == (0, AFTER.decode(), "")


# What is printed


def test_result_and_summary(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    _, out, err = run(path)

    assert out == f"rewrote {path} (1 operation in 1 block)\n1 file rewritten.\n"
    assert err == ""


def test_counts_are_those_of_the_file(run: Run, tmp_path: Path) -> None:
    more = b'    op.drop_column("account", "age")\n    op.drop_column("orders", "at")\n'

    _, out, _ = run(write(tmp_path / "a.py", BEFORE + more))

    assert "(3 operations in 2 blocks)" in out


_BLOCK = '    with op.batch_alter_table("account") as batch_op:\n        batch_op.'
_NAMELESS = f'{_BLOCK}create_unique_constraint(None, ["email"])\n'
_INDEXED = _BLOCK.replace(")", ', recreate="always")', 1) + 'add_column(sa.Column("at", sa.Integer(), index=True))\n'
_RAW = '    op.execute("ALTER TABLE account ALTER COLUMN at SET NOT NULL")\n'
_DROP = f'{_BLOCK}drop_constraint("account_email_key", type_="unique")\n'
_TABLE = '    op.create_table("account", sa.Column("email", sa.Text()), sa.UniqueConstraint("email"))\n'


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        (_NAMELESS, "1 name given"),
        ('    op.create_unique_constraint(None, "account", ["email"])\n', "1 operation in 1 block, 1 name given"),
        (
            '    op.add_column("account", sa.Column("at", sa.Integer(), sa.ForeignKey("day.id"), unique=True))\n',
            "2 operations in 1 block, 2 names given",
        ),
        (_TABLE + _DROP, "1 naming convention"),
        (_TABLE + _DROP + _NAMELESS, "1 name given, 1 naming convention"),
        (f'{_TABLE}    op.drop_column("account", "at")\n{_DROP}', "1 operation in 1 block"),
        (_INDEXED, "1 operation added"),
        (_RAW, "1 operation in 1 block, 1 statement replaced"),
    ],
)
def test_the_line_of_a_script_tells_what_was_done(run: Run, tmp_path: Path, body: str, counts: str) -> None:
    path = write(tmp_path / "a.py", (HEAD + body).encode())

    _, out, _ = run("--unsafe-fixes", path)

    assert f"rewrote {path} ({counts})\n" in out


def test_unchanged_files_are_counted_and_not_named(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", AFTER)

    assert run(path)[1] == "1 file left unchanged.\n"


def test_verbose_names_unchanged_files(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", AFTER)

    assert f"unchanged {path}\n" in run("-v", path)[1]


def test_quiet_prints_nothing_if_all_is_well(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    assert run("-q", path) == (0, "", "")
    assert path.read_bytes() == AFTER


def test_quiet_prints_findings_and_errors(run: Run, tmp_path: Path) -> None:
    status, out, err = run("-q", write(tmp_path / "a.py", NAMELESS), write(tmp_path / "b.py", BROKEN))

    assert status == 2
    assert len(out.splitlines()) == 1
    broken, summary = err.splitlines()
    assert "SB903" in broken
    assert summary == "1 file left unchanged, 1 file could not be done. 1 finding to look at."


def test_findings_are_on_stdout_and_broken_files_on_stderr(run: Run, tmp_path: Path) -> None:
    found, broken = write(tmp_path / "a.py", NAMELESS), write(tmp_path / "b.py", BROKEN)

    _, out, err = run(found, broken)

    assert f"{found}:9:9: SB101 " in out
    assert str(broken) not in out
    assert err.startswith(f"{broken}:")
    assert str(found) not in err


def test_a_finding_has_its_remedy(run: Run, tmp_path: Path) -> None:
    _, out, _ = run(write(tmp_path / "a.py", NAMELESS))

    assert "; give it the name that it has on your other databases\n" in out


def test_autogenerate_style(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", IDLE)

    run("--style", "autogenerate", path)

    assert b'        batch_op.create_index("ix_account_name", ["name"])\n' in path.read_bytes()


def test_no_colour_where_there_is_no_terminal(run: Run, tmp_path: Path) -> None:
    _, out, err = run("--diff", write(tmp_path / "a.py"), write(tmp_path / "b.py", NAMELESS))

    assert "\x1b" not in out + err


def test_version(tmp_path: Path) -> None:
    done = _process("--version", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.decode().strip() == f"sqlite-batchify {sqlite_batchify.__version__}"


def test_help_names_every_option(tmp_path: Path) -> None:
    text = _process("--help", cwd=tmp_path).stdout.decode()

    for option in ("--check", "--diff", "--style", "--stdin-filename", "-q", "-v", "--version"):
        assert option in text


def test_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    for number in range(200):
        write(tmp_path / f"{number:03}_{'long' * 30}.py")
    command = [sys.executable, "-m", "sqlite_batchify", "--check", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()

    assert err == b""


# What is imported

_PROBE = """
import sys
from sqlite_batchify.cli import main
status = main(sys.argv[1:])
print("status", status)
print("modules", *sorted(sys.modules))
"""


def _imports(*arguments: object) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *map(str, arguments)], capture_output=True, check=True, text=True
    )
    assert "status 0\n" in done.stdout
    modules = re.search("^modules (.*)$", done.stdout, re.MULTILINE)
    assert modules is not None
    return set(modules.group(1).split())


@pytest.mark.parametrize("source", [IDLE, AFTER, b""], ids=["nothing to do", "done already", "empty"])
def test_single_file_without_work_imports_nothing_heavy(tmp_path: Path, source: bytes) -> None:
    assert _imports(write(tmp_path / "a.py", source)).isdisjoint(_HEAVY)


def test_plain_added_column_imports_nothing_heavy(tmp_path: Path) -> None:
    column = b'op.add_column("account", sa.Column("name", sa.String(length=50), nullable=True))'
    source = BEFORE.replace(b'op.drop_column("account", "name")', column)

    assert _imports(write(tmp_path / "a.py", source)).isdisjoint(_HEAVY)


def test_rewriting_imports_no_database_and_no_slow_part_of_libcst(tmp_path: Path) -> None:
    modules = _imports(write(tmp_path / "a.py"))

    assert "libcst" in modules
    assert modules.isdisjoint({"alembic", "sqlalchemy", "rich", "libcst.matchers", "libcst.codemod"})


def test_importing_the_package_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, sqlite_batchify, sqlite_batchify.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert set(done.stdout.split()).isdisjoint(_HEAVY)
