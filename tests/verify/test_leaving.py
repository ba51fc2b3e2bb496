"""What verify advises where an operation fails that SQLite cannot do: never a rewriting that changes nothing."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

import pytest
from alembic.operations import Operations

from sqlite_batchify.cli import main
from tests.support.histories import lay

_TABLE = 'op.create_table("a", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("c", sa.Text()))'
_REWRITE = re.compile(r"rewrite the script: sqlite-batchify \S+0002\.py$", re.MULTILINE)
_DROP = 'op.drop_constraint("u", "a", type_="unique"{})'
_ADD = 'op.create_unique_constraint("u", "a", ["c"])'
_KNOWN = "if_exists" in signature(Operations.drop_constraint).parameters
_NO_KEYWORD = "this Alembic does not know if_exists of constraints"
_LEFT = {
    "a keyword that no block takes": (_DROP.format(", if_exists=True"), "SB105 op.drop_constraint(if_exists=...)"),
    "a comment that says so": (f"{_ADD}  # sqlite-batchify: skip", "write it in a block by hand: with op.batch_alter"),
    "another name for op": (f"import alembic\n    getattr(alembic, 'op').{_ADD[3:]}", "write it in a block by hand"),
}


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["verify", *arguments])
    return " ".join(capsys.readouterr().out.split())


def test_a_script_that_would_change_is_to_be_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(tmp_path, 1, _TABLE, 'op.drop_table("a")')
    lay(tmp_path, 2, _ADD, _DROP.format(""))
    main(["verify", str(tmp_path)])

    assert _REWRITE.search(capsys.readouterr().out)


@pytest.mark.parametrize("name", _LEFT)
def test_a_script_that_is_left_is_told_why(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body, said = _LEFT[name]
    if "if_exists" in body and not _KNOWN:
        pytest.skip(_NO_KEYWORD)
    lay(tmp_path, 1, _TABLE, 'op.drop_table("a")')
    lay(tmp_path, 2, body)
    main([str(tmp_path), "-q"])
    shown = _said(capsys, str(tmp_path))

    assert "SB301" in shown
    assert "rewrite the script" not in shown
    assert "sqlite-batchify leaves it as it is" in shown
    assert said in shown
    assert "1 sqlite-batchify leaves it as it is" in _said(capsys, "--fix", str(tmp_path))


@pytest.mark.skipif(not _KNOWN, reason=_NO_KEYWORD)
def test_what_fails_once_rewritten_is_not_to_be_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(tmp_path, 1, _TABLE, 'op.drop_table("a")')
    lay(tmp_path, 2, _ADD, _DROP.format(", if_exists=True"))
    before = _said(capsys, str(tmp_path))
    after = _said(capsys, "--rewritten", str(tmp_path))

    assert "rewrite the script" in before
    assert "rewrite the script" not in after
    assert "leaves it as it is: SB105" in after
