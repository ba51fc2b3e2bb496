"""What `explain` prints of each code: that its examples do what they are said to do."""

from __future__ import annotations

import ast
import pickle
import re
import textwrap
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import urlsplit

import black
import pytest

from sqlite_batchify import findings, rewrite_source
from sqlite_batchify.findings import CODES, FAMILIES, Explanation, codes_of
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem
from tests.support.helpers import Run

EXPLANATIONS = {name: code.explanation for name, code in CODES.items()}
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


def _found(text: str, encoding: str = "utf-8", portable: bool = False) -> list[str]:
    return [each.code.code for each in rewrite_source(_script(text).encode(encoding), portable=portable).findings]


def _problems(folder: Path, explanation: Explanation, text: str, foreign_keys: str = "off") -> list[Problem]:
    """What verify finds in a history of two revisions, what is given and the text."""
    folder.mkdir()
    (folder / "a1.py").write_text(_script(f"{ACCOUNTS}\n{explanation.given}"), encoding="utf-8")
    (folder / "a2.py").write_text(_script(text, "a2", "a1"), encoding="utf-8")
    return verify_history(str(folder), foreign_keys=foreign_keys).problems


def test_no_code_and_no_name_is_given_twice() -> None:
    codes = codes_of(*FAMILIES)

    assert [code.code for code in codes] == sorted(CODES), "in the order of their numbers"
    assert len({code.name for code in codes}) == len(codes)


def test_every_file_of_codes_is_a_family() -> None:
    files = (import_module(f"{findings.__name__}.{each.name}") for each in iter_modules(findings.__path__))

    assert {each for each in files if codes_of(each)} == set(FAMILIES)


def test_every_code_has_its_name_in_the_package() -> None:
    assert set(codes_of(findings)) == set(codes_of(*FAMILIES))


def test_a_code_is_the_same_in_another_process() -> None:
    """The results of several processes are compared with the codes of this one."""
    for code in CODES.values():
        assert pickle.loads(pickle.dumps(code)) == code


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

    portable = CODES[code] in codes_of(findings.portable)

    assert _found(f"{explanation.given}\n{explanation.before}".strip(), portable=portable) == [code]
    assert _found(f"{explanation.given}\n{explanation.after}".strip(), portable=portable) == []


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
