"""`sqlite-batchify verify --fix` as people run it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
from tests.cli.test_verifying import write

TABLE = """op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )"""
BLOCK = """with op.batch_alter_table("ticket") as batch_op:
        batch_op.alter_column("title", existing_type=sa.Text(), nullable={})"""


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its second revision takes AUTOINCREMENT away, and the third is not rewritten yet."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "versions"
    write(folder, "a1", None, TABLE, 'op.drop_table("ticket")')
    write(folder, "a2", "a1", BLOCK.format(True), BLOCK.format(False))
    write(folder, "a3", "a2", 'op.alter_column("ticket", "title", nullable=False)', "raise NotImplementedError")
    return folder


def _bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.py"))]


def test_scripts_are_written_and_what_is_left_is_said(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _bytes(history)

    assert main(["verify", "--fix", "versions"]) == 1

    after = _bytes(history)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert after[1].count(b'op.batch_alter_table("ticket", table_kwargs={"sqlite_autoincrement": True})') == 2
    said = capsys.readouterr().out
    assert said.endswith("\nfixed 1 problem in 1 script, 1 left\n     1  sqlite-batchify rewrites it\n")


def test_all_is_well_in_the_end(history: Path) -> None:
    assert main(["-q", "--no-cache", "versions"]) == 1, "the block of the script's own loses something"
    assert main(["verify", "--fix", "-q", "versions"]) == 0

    mended = _bytes(history)
    assert main(["verify", "-q", "versions"]) == 0
    assert main(["verify", "--fix", "-q", "versions"]) == 0
    assert main(["-q", "--no-cache", "--check", "versions"]) == 0
    assert _bytes(history) == mended


def test_a_diff_writes_nothing(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _bytes(history)

    assert main(["verify", "--fix", "--diff", "versions"]) == 1

    shown = capsys.readouterr()
    assert shown.out.startswith("--- versions/a2.py\n+++ versions/a2.py\n@@")
    assert len(re.findall("^[+] ", shown.out, re.MULTILINE)) == 12
    assert shown.err == "would fix 1 problem in 1 script, 1 left\n     1  sqlite-batchify rewrites it\n"
    assert _bytes(history) == before


def test_other_programs_are_told(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--fix", "--format", "json", "versions"]) == 1

    shape = json.loads(capsys.readouterr().out)
    left = {
        "code": "SB301",
        "revision": "a3",
        "direction": "upgrade",
        "line": 11,
        "reason": "sqlite-batchify rewrites it",
    }
    assert shape["fix"] == {"fixed": 1, "scripts": ["versions/a2.py"], "left": [left]}
    assert shape["counts"]["lost"] == 0


def test_only_what_counts_is_mended(history: Path) -> None:
    before = _bytes(history)

    assert main(["verify", "--fix", "-q", "--only", "alter", "versions"]) == 1
    assert _bytes(history) == before


def test_a_code_that_is_ignored_is_left_alone(history: Path) -> None:
    (history.parent / "pyproject.toml").write_text(
        '[tool.sqlite-batchify.per-file-ignores]\n"*" = ["SB413", "SB301"]\n'
    )
    before = _bytes(history)

    assert main(["verify", "--fix", "-q", "versions"]) == 0
    assert _bytes(history) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--fix", "--rewritten"],
            "--fix mends scripts as they are: run sqlite-batchify, which rewrites them, and then",
        ),
        (["--diff"], "--diff shows what --fix would change; give both"),
    ],
)
def test_options_that_do_not_fit(
    arguments: list[str], said: str, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments, "versions"]) == 2
    assert said in capsys.readouterr().err


def test_all_scripts_are_written_or_none(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(history, "a4", "a3", BLOCK.format(True), BLOCK.format(False))
    (history / "a4.py").chmod(0o444)
    before = _bytes(history)

    assert main(["verify", "--fix", "versions"]) == 2
    assert capsys.readouterr().err.endswith("versions/a4.py: the file is read-only; no script was changed\n")
    assert _bytes(history) == before


def test_a_history_that_rewriting_would_change_under_configuration(history: Path) -> None:
    """``rewritten = true`` is for reports; --fix takes the scripts as they are."""
    (history.parent / "pyproject.toml").write_text("[tool.sqlite-batchify.verify]\nrewritten = true\n")

    assert main(["verify", "--fix", "-q", "versions"]) == 1
    assert b"sqlite_autoincrement" in (history / "a2.py").read_bytes()


def test_nothing_to_mend(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q", "migrations"]) == 0
    assert main(["verify", "--fix", "migrations"]) == 0
    assert capsys.readouterr().out.endswith("\nfixed 0 problems in 0 scripts, 0 left\n")
