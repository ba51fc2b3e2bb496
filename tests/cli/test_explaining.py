"""What `sqlite-batchify explain` prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.findings import CODES
from tests.support.helpers import Run

SB101 = """\
SB101 nameless-constraint (error)

Batch mode finds constraints by their names, and refuses to create or drop one
that has none (Constraint must have a name). Otherwise the program takes the
name of the project's naming convention, or that which PostgreSQL would choose;
here the script does not tell the table, the columns or which constraint is
meant. Write the name that it has on your other databases. This may be ignored
if the project's metadata has a naming convention, from which Alembic fills the
name in.

before
    for table in sa.inspect(op.get_bind()).get_table_names():
        op.create_unique_constraint(None, table, ["number"])

after
    for table in sa.inspect(op.get_bind()).get_table_names():
        name = f"{table}_number_key"
        op.create_unique_constraint(name, table, ["number"])

https://alembic.sqlalchemy.org/en/latest/batch.html#dealing-with-constraints
"""


@pytest.mark.parametrize("word", ["SB101", "sb101", "nameless-constraint", "Nameless-Constraint"])
def test_one_screen(run: Run, word: str) -> None:
    assert run("explain", word) == (0, SB101, "")


def test_what_was_given_stands_before_the_example(run: Run) -> None:
    out = run("explain", "SB111")[1]

    assert [line for line in out.splitlines() if line in ("given", "before", "after")] == ["given", "before", "after"]
    assert textwrap.indent(CODES["SB111"].explanation.given, "    ") in out


def test_without_an_example_there_is_no_heading_for_it(run: Run) -> None:
    assert "\nbefore\n" not in run("explain", "SB201")[1]


def test_several_codes_follow_one_another(run: Run) -> None:
    status, out, err = run("explain", "SB101", "round-trip")

    assert (status, err) == (0, "")
    assert out == f"{SB101}\n\n{run('explain', 'SB441')[1]}"


def test_without_a_code_all_are_listed(run: Run) -> None:
    status, out, err = run("explain")

    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["SB001  error    needs-blocks", "SB101  error    nameless-constraint"]
    assert [line.split() for line in lines] == [
        [code, CODES[code].severity, CODES[code].name] for code in sorted(CODES)
    ]


@pytest.mark.parametrize(
    ("word", "rest"),
    [
        ("SB1011", "; did you mean SB111?"),
        ("trigger-losst", "; did you mean trigger-lost?"),
        ("xyz", "; sqlite-batchify explain lists them all"),
        ("two\nlines", "; sqlite-batchify explain lists them all"),
    ],
)
def test_an_unknown_code(run: Run, word: str, rest: str) -> None:
    expected = f"sqlite-batchify explain: no code or name {word!r}{rest}\n"

    assert run("explain", word) == (2, "", expected)
    assert run("explain", "SB101", word) == (2, "", expected), "nothing is explained by halves"


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "sqlite_batchify", "explain", *arguments]
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with os.fdopen(parent, "rb", buffering=0) as terminal:
        subprocess.run(command, stdout=child, env={**plain, "TERM": "xterm", **environment}, check=True)
        written = terminal.read(100_000)
        os.close(child)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colour(run: Run) -> None:
    painted = _on_a_terminal("SB101")

    assert painted.startswith("\033[31mSB101\033[0m \033[1mnameless-constraint\033[0m (error)\n")
    assert re.sub("\033\\[\\d+m", "", painted) == SB101
    assert _on_a_terminal("SB441").startswith("\033[33mSB441\033[0m \033[1mround-trip\033[0m (warning)\n")
    assert re.sub("\033\\[\\d+m", "", _on_a_terminal()) == run("explain")[1]
    assert _on_a_terminal("SB101", NO_COLOR="1") == SB101


def test_prose_fits_a_terminal(run: Run) -> None:
    long = [line for line in run("explain", *CODES)[1].splitlines() if len(line) > 80]

    assert [line for line in long if not line.startswith(("    ", "https://"))] == []
    assert len(run("explain", "SB101")[1].split("\n\n")[1].splitlines()[0]) > 70, "the prose is not one long line"


def test_examples_fit_a_terminal(run: Run) -> None:
    assert [line for line in run("explain", *CODES)[1].splitlines() if len(line) > 80 and line.startswith(" ")] == []


def test_help_fits_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["explain", "--help"])

    out = capsys.readouterr().out
    assert "sqlite-batchify explain nameless-constraint" in out
    assert max(map(len, out.splitlines())) <= 80


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from sqlite_batchify.cli import main; main(['explain', 'SB101']); "
        "print([name for name in ('libcst', 'alembic', 'sqlalchemy', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == f"{SB101}[]\n"
