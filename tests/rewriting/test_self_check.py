"""Before a write: the result parses, and a second run changes nothing. If not, the file stays."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from sqlite_batchify import rewrite_source
from sqlite_batchify.writing import text
from tests.support.helpers import AFTER, BEFORE, NAMELESS, Run, write

_MORE = '\n\ndef downgrade():\n    op.drop_column("account", "age")\n'


def _break(monkeypatch: pytest.MonkeyPatch, tail: str) -> None:
    whole = text.spliced

    def spliced(source: str, old: cst.Module, new: cst.Module) -> str:
        return whole(source, old, new) + tail

    monkeypatch.setattr(text, "spliced", spliced)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [("    )\n", "line "), (_MORE, "a second run changes it again")],
    ids=["does not parse", "is not stable"],
)
def test_result_that_fails_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail: str, reason: str
) -> None:
    _break(monkeypatch, tail)
    path = write(tmp_path / "a.py")

    status, out, _ = run(path)

    assert status == 1
    assert f"{path}: SB201 the rewritten script did not pass the self-check ({reason}" in out
    assert "please report this with the script" in out
    assert "rewrote" not in out
    assert path.read_bytes() == BEFORE


def test_other_files_are_done_all_the_same(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text.spliced

    def spliced(source: str, old: cst.Module, new: cst.Module) -> str:
        return whole(source, old, new) + (")" if "# spoil" in source else "")

    monkeypatch.setattr(text, "spliced", spliced)
    bad, good = write(tmp_path / "a.py", b"# spoil\n" + BEFORE), write(tmp_path / "b.py")

    run(bad, good)

    assert bad.read_bytes() == b"# spoil\n" + BEFORE
    assert good.read_bytes() == AFTER


def test_findings_of_the_script_are_still_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, ")")
    source = NAMELESS + b'    op.drop_column("b", "c")\n'

    rewritten = rewrite_source(source)

    assert [finding.code.code for finding in rewritten.findings] == ["SB101", "SB201"]
    assert rewritten.result is source


def test_what_libcst_does_not_give_back_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cst.Module, "code", property(lambda module: "\n"))

    rewritten = rewrite_source(BEFORE)

    assert [finding.code.code for finding in rewritten.findings] == ["SB903"]
    assert not rewritten.changed


def test_second_run_of_what_passes_changes_nothing() -> None:
    assert not rewrite_source(rewrite_source(BEFORE).result).changed
