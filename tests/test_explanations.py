"""What `sqlite-batchify explain` prints, and that its examples do what they are said to do."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import black
import pytest
from helpers import Run

from sqlite_batchify.cli import main
from sqlite_batchify.explanations import EXPLANATIONS, Explanation
from sqlite_batchify.findings import CODES
from sqlite_batchify.rewrite import rewrite_source
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem

HOSTS = {"alembic.sqlalchemy.org", "docs.python.org", "docs.sqlalchemy.org", "sqlite.org"}
FOUND_WITHOUT_THE_EXAMPLE = {
    "SB201": "no script is known that the program rewrites wrongly",
    "SB202": "no script is known that the program fails at",
    "SB901": "the example is a command, with a path that does not exist",
    "SB905": "the example is a command, for a folder without permissions",
    "SB906": "the example is a command, with a folder without scripts",
}
IN_REPORTS = {"SB001"}
NO_PYTHON_BEFORE = {"SB903", "SB904"}
WITH_FOREIGN_KEYS = {"SB403", "SB404"}

OF_THE_REWRITER = sorted(code for code in CODES if code[:3] == "SB1")
OF_A_SCRIPT_AS_A_WHOLE = sorted({code for code in CODES if code[:3] == "SB9"} - set(FOUND_WITHOUT_THE_EXAMPLE))
OF_VERIFY = sorted(code for code in CODES if code[:3] in ("SB3", "SB4"))
WITH_A_HISTORY = [code for code in OF_THE_REWRITER if EXPLANATIONS[code].given]

SCRIPT = '''"""An example"""

from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {down!r}


{functions}'''
ACCOUNTS = """\
op.create_table(
    "account",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.Text()),
    sa.Column("email", sa.Text()),
    sa.Column("age", sa.Integer()),
)
"""
"""What all examples take for granted."""


def _code(text: str) -> str:
    """The functions of a script from the statements of its upgrade, if the text is not functions already."""
    return f"{text}\n" if text.startswith("def upgrade") else f"def upgrade():\n{textwrap.indent(text, '    ')}\n"


def _script(text: str, revision: str = "a1", down: str | None = None) -> str:
    functions = _code(text)
    if "def downgrade" not in functions:
        functions += "\n\ndef downgrade():\n    raise NotImplementedError\n"
    return SCRIPT.format(revision=revision, down=down, functions=functions)


def _examples(python: bool = True) -> list[tuple[str, str, str]]:
    """(code, title, text) of all examples, or of those that are Python."""
    return [
        (code, title, text)
        for code, explanation in EXPLANATIONS.items()
        for title in ("given", "before", "after")
        if (text := getattr(explanation, title))
        and not (python and (text.startswith("$ ") or (code in NO_PYTHON_BEFORE and title == "before")))
    ]


def _found(text: str, encoding: str = "utf-8") -> list[str]:
    return [finding.code.code for finding in rewrite_source(_script(text).encode(encoding)).findings]


def _problems(folder: Path, explanation: Explanation, text: str, foreign_keys: str = "off") -> list[Problem]:
    """What verify finds in a history of two revisions, what is given and the text."""
    folder.mkdir()
    (folder / "a1.py").write_text(_script(f"{ACCOUNTS}\n{explanation.given}"), encoding="utf-8")
    (folder / "a2.py").write_text(_script(text, "a2", "a1"), encoding="utf-8")
    return verify_history(str(folder), foreign_keys=foreign_keys).problems


def test_every_code_has_an_explanation_and_none_is_left_over() -> None:
    assert set(EXPLANATIONS) == set(CODES)


def test_every_example_is_tried_or_there_is_a_reason() -> None:
    tried = {*OF_THE_REWRITER, *OF_A_SCRIPT_AS_A_WHOLE, *OF_VERIFY, *IN_REPORTS}

    assert set(CODES) - tried == set(FOUND_WITHOUT_THE_EXAMPLE)


@pytest.mark.parametrize(("code", "title", "text"), _examples())
def test_examples_are_python_as_black_writes_it(code: str, title: str, text: str) -> None:
    written = _code(text)

    ast.parse(written)
    assert black.format_str(written, mode=black.Mode(line_length=80)) == written


@pytest.mark.parametrize(("code", "title", "text"), _examples(python=False))
def test_examples_are_short(code: str, title: str, text: str) -> None:
    lines = [line for line in text.splitlines() if line]

    assert len(lines) <= 6


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_page_is_one_of_those_that_we_trust(code: str) -> None:
    page = urlsplit(EXPLANATIONS[code].page)

    assert page.scheme == "https"
    assert page.hostname in HOSTS


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_the_prose_is_whole_sentences(code: str) -> None:
    why = EXPLANATIONS[code].why

    assert re.fullmatch(r"[A-Za-z_].*[.]", why)
    assert 2 <= len(re.findall(r"[.?!]\)?(?= [A-Z(]|$)", why)) <= 5


@pytest.mark.parametrize("code", OF_THE_REWRITER)
def test_the_rewriter_finds_it_before_and_nothing_after(code: str) -> None:
    explanation = EXPLANATIONS[code]

    assert _found(f"{explanation.given}\n{explanation.before}".strip()) == [code]
    assert _found(f"{explanation.given}\n{explanation.after}".strip()) == []


@pytest.mark.parametrize("code", OF_A_SCRIPT_AS_A_WHOLE)
def test_the_script_can_be_done_after(code: str) -> None:
    needy, encoding = 'op.drop_column("account", "age")', "cp1252" if code == "SB902" else "utf-8"
    before, after = (
        f"{text}\n{_script(needy)}".encode(encoding) for text in (EXPLANATIONS[code].before, EXPLANATIONS[code].after)
    )

    assert [finding.code.code for finding in rewrite_source(before).findings] == [code]
    assert rewrite_source(after).findings == ()


@pytest.mark.parametrize("code", IN_REPORTS)
def test_the_report_of_a_check_has_it_before_and_not_after(code: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a1.py"
    path.write_text(_script(EXPLANATIONS[code].before))
    assert re.findall(r"SB\d+", run("--check", "--format", "github", path)[1]) == [code]

    path.write_text(_script(EXPLANATIONS[code].after))
    assert run("--check", "--format", "github", path)[:2] == (0, "")


@pytest.mark.parametrize("code", OF_VERIFY)
def test_verify_finds_it_before_and_nothing_after(code: str, tmp_path: Path) -> None:
    explanation = EXPLANATIONS[code]
    foreign_keys = "on" if code in WITH_FOREIGN_KEYS else "off"

    before = _problems(tmp_path / "before", explanation, explanation.before, foreign_keys)
    assert (code, "a2") in {(problem.code.code, problem.revision) for problem in before}

    after = _problems(tmp_path / "after", explanation, explanation.after, foreign_keys)
    assert [problem.message for problem in after] == []


@pytest.mark.parametrize("code", WITH_A_HISTORY)
def test_what_the_rewriter_makes_of_after_runs(code: str, tmp_path: Path) -> None:
    explanation = EXPLANATIONS[code]
    rewritten = rewrite_source(_script(f"{explanation.given}\n{explanation.after}").encode()).result.decode()
    body = textwrap.dedent(rewritten.partition("def upgrade():\n")[2].partition("\n\n\ndef")[0])

    assert [problem.message for problem in _problems(tmp_path / "after", Explanation("", "", "", ""), body)] == []


SB101 = """\
SB101 nameless-constraint (error)

Batch mode finds constraints by their names, and refuses to create or drop one
that has none (Constraint must have a name). Otherwise the program takes the
name that PostgreSQL would choose; here the script does not tell the table, the
columns or which constraint is meant. Write the name that it has on your other
databases. This may be ignored if the project's metadata has a naming
convention, from which Alembic fills the name in.

before
    for table in ("orders", "invoice"):
        op.create_unique_constraint(None, table, ["number"])

after
    for table in ("orders", "invoice"):
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
    assert textwrap.indent(EXPLANATIONS["SB111"].given, "    ") in out


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
