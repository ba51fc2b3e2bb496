"""A defect of the program costs the one script that it strikes: a finding for it, and all others are done."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import libcst as cst
import pytest
from libcst.codemod import CodemodContext, SkipFile

from sqlite_batchify import findings, rewrite_source, rewriting
from sqlite_batchify.cli import main, quick
from sqlite_batchify.cli import rewriting as command_line
from sqlite_batchify.codemod import BatchifyCommand
from sqlite_batchify.history import replay
from sqlite_batchify.reading import flow, words
from sqlite_batchify.reading import script as reading
from sqlite_batchify.reading.events import Event
from sqlite_batchify.reading.syntax import Lines
from sqlite_batchify.writing import script as writing
from sqlite_batchify.writing import text
from tests.support.helpers import AFTER, BEFORE, NAMELESS, Run, write

_MARK = b"# spoil\n"
BAD = _MARK + BEFORE
REPORT = "please report this with the script and with what --traceback shows"


def _holds(value: object) -> bool:
    return _MARK in value if isinstance(value, bytes) else isinstance(value, str) and _MARK.decode() in value


def break_at(patch: pytest.MonkeyPatch, module: Any, name: str, error: BaseException) -> None:
    """Let a function of the program fail for scripts with the mark, as a defect in it would."""
    whole: Callable[..., object] = getattr(module, name)

    def failing(*args: object, **keywords: object) -> object:
        if any(map(_holds, args)):
            raise error
        return whole(*args, **keywords)

    patch.setattr(module, name, failing)


_PLACES = [
    (words, "has_nothing_to_do"),
    (rewriting, "decode"),
    (reading, "parse"),
    (reading, "read_comments"),
    (text, "split_tail"),
    (text, "parse"),
    (writing, "write_script"),
    (text, "spliced"),
]
_ERRORS = [
    IndexError("tuple index out of range"),
    AssertionError(),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    KeyError("two\nlines"),
    ValueError("x" * 5000),
]


@pytest.mark.parametrize(("module", "name"), _PLACES, ids=[name for _, name in _PLACES])
def test_wherever_it_strikes_the_others_are_done(
    module: Any, name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, module, name, IndexError("tuple index out of range"))
    bad, good = write(tmp_path / "a.py", BAD), write(tmp_path / "b.py")

    status, out, err = run(bad, good)

    assert status == 2
    told = "IndexError: tuple index out of range"
    assert err == f"{bad}: SB202 a defect of sqlite-batchify: {told}; {REPORT}\n"
    assert out == f"rewrote {good} (1 operation in 1 block)\n1 file rewritten, 1 file could not be done.\n"
    assert (bad.read_bytes(), good.read_bytes()) == (BAD, AFTER)


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_kind_it_is_one_line(
    error: Exception, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, reading, "parse", error)
    bad = write(tmp_path / "a.py", BAD)

    status, _, err = run(bad)

    assert status == 2
    (line,) = err.splitlines()
    assert f"SB202 a defect of sqlite-batchify: {type(error).__name__}" in line
    assert len(line) < 500


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["interrupt", "exit"])
def test_what_is_no_defect_goes_on(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, reading, "parse", error)

    with pytest.raises(type(error)):
        rewrite_source(BAD)


def test_the_traceback_is_shown_when_asked_for(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, reading, "parse", IndexError("no such thing"))
    bad = write(tmp_path / "a.py", BAD)

    assert "Traceback" not in run(bad)[2]
    for form in ("text", "json"):
        err = run("--traceback", "--format", form, bad)[2]
        assert err.startswith("Traceback (most recent call last):\n")
        assert "\nIndexError: no such thing\n" in err


def test_standard_input_gets_the_same(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, words, "has_nothing_to_do", IndexError("x"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD)))

    assert main(["-"]) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith("<stdin>: SB202 a defect of sqlite-batchify: IndexError: x; ")
    assert captured.out == ""


def test_the_quick_way_leaves_it_to_the_usual_one(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, words, "has_nothing_to_do", IndexError("x"))
    bad = write(tmp_path / "a.py", BAD)

    assert not quick.settles([str(bad)])
    assert main([str(bad)]) == 2


def test_the_library_has_it_as_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, reading, "parse", IndexError("x"))

    rewritten = rewrite_source(BAD, path="a.py")

    assert not rewritten.changed
    (finding,) = rewritten.findings
    assert (finding.code, finding.path, finding.detail) == (findings.INTERNAL, "a.py", "IndexError: x")
    assert rewritten.without({"SB202"}).findings == (finding,)


def test_the_codemod_skips_the_file_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    break_at(monkeypatch, reading, "parse", IndexError("x"))
    command = BatchifyCommand(CodemodContext(filename=None))

    with pytest.raises(SkipFile, match="SB202 a defect of sqlite-batchify: IndexError: x"):
        command.transform_module(cst.parse_module(BAD))


def test_it_is_not_remembered(run: Run, tmp_path: Path) -> None:
    bad = write(tmp_path / "a.py", _MARK + NAMELESS)
    with pytest.MonkeyPatch.context() as patch:
        break_at(patch, reading, "parse", IndexError("x"))
        assert run(bad)[0] == 2

    assert run(bad)[0] == 1


def test_what_fails_beside_the_scripts_is_one_line_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise IndexError("x")

    path = write(tmp_path / "a.py")
    monkeypatch.setattr(command_line, "discover", fail)
    line = "sqlite-batchify: a defect of sqlite-batchify: IndexError: x; please report this with the command\n"

    assert run(path) == (2, "", line)
    status, _, err = run("--traceback", path)
    assert status == 2
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith(f"\nIndexError: x\n{line}")


def _revision(number: int, up: str, down: str = "pass", mark: bytes = b"") -> bytes:
    head = "from alembic import op\nimport sqlalchemy as sa\n\n"
    head += f'revision = "{number}"\ndown_revision = {str(number - 1) if number else None!r}\n\n\n'
    return mark + f"{head}def upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n".encode()


_UNNAMED = ('op.create_unique_constraint(None, "seat", ["row"])', 'op.drop_constraint(None, "seat", type_="unique")')
_SEAT = 'op.create_table("seat", sa.Column("row", sa.Integer()))', 'op.drop_table("seat")'


def _spoil_the_reading(patch: pytest.MonkeyPatch) -> None:
    whole = flow.follow

    def failing(tree: Any, lines: Lines, comments: Any) -> object:
        if _holds(lines.text):
            raise IndexError("x")
        return whole(tree, lines, comments)

    patch.setattr(flow, "follow", failing)


def _spoil_the_replay(patch: pytest.MonkeyPatch) -> None:
    whole = replay.Steps.run

    def failing(self: replay.Steps, events: Sequence[Event]) -> None:
        whole(self, events)
        if self.script == "1.py" and events:
            raise IndexError("x")

    patch.setattr(replay.Steps, "run", failing)


@pytest.mark.parametrize("spoil", [_spoil_the_reading, _spoil_the_replay], ids=["reading", "replay"])
@pytest.mark.parametrize("neighbour", [_UNNAMED, _SEAT], ids=["asks for names", "asks for nothing"])
@pytest.mark.parametrize("more", [0, 8], ids=["few questions", "many questions"])
def test_a_script_that_spoils_the_history_costs_itself_alone(
    spoil: Callable[[pytest.MonkeyPatch], None],
    neighbour: tuple[str, str],
    more: int,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says nothing to the others, and there is one finding for it, whether it is asked itself or only by others."""
    apart = 'op.alter_column("hall", "size", nullable=False)'
    for folder in ("spoilt", "without"):
        (tmp_path / folder).mkdir()
        others = [(_UNNAMED[0].replace("row", f"row_{number}"), _UNNAMED[1]) for number in range(more)]
        for number, (up, down) in enumerate([_SEAT, neighbour, _UNNAMED, (apart, "pass"), *others]):
            if number != 1 or folder == "spoilt":
                mark = _MARK if number == 1 else b""
                write(tmp_path / folder / f"{number}.py", _revision(number, up, down, mark))
    bad = tmp_path / "spoilt" / "1.py"
    before = bad.read_bytes()
    assert run(tmp_path / "without")[0] == 0
    spoil(monkeypatch)

    status, _, err = run(tmp_path / "spoilt")

    assert status == 2
    assert err == f"{bad}: SB202 a defect of sqlite-batchify: IndexError: x; {REPORT}\n"
    assert bad.read_bytes() == before
    for path in (tmp_path / "without").iterdir():
        assert (tmp_path / "spoilt" / path.name).read_bytes() == path.read_bytes()


def test_what_others_ask_of_it_does_not_cost_a_script_that_is_fine(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script on another table is not even asked."""
    bad = write(tmp_path / "1.py", _revision(1, *_SEAT, mark=_MARK))
    good = write(tmp_path / "2.py", _revision(2, _UNNAMED[0].replace("seat", "hall")))
    _spoil_the_reading(monkeypatch)

    assert run(bad, good)[0] == 0
    assert b'"hall_row_key"' in good.read_bytes()


def test_unique_constraints_without_columns_disturb_nobody(run: Run, tmp_path: Path) -> None:
    """What SQLAlchemy does not take (a TypeError) tells no columns, of which a database could make up a name."""
    for number, items in enumerate(('columns=["row"], constraint_name="uq_row"', "", "*columns", "[]", "None")):
        folder = tmp_path / str(number)
        folder.mkdir()
        again = _SEAT[0].replace("))", f"), sa.UniqueConstraint({items}))", 1)
        for each, (up, down) in enumerate([_SEAT, _UNNAMED, (_SEAT[1], again), (_UNNAMED[0], "pass")]):
            write(folder / f"{each}.py", _revision(each, up, down))

        assert run(folder)[::2] == (0, ""), items
        assert b'create_unique_constraint("seat_row_key", ["row"])' in (folder / "1.py").read_bytes()
        assert b"batch_alter_table" in (folder / "3.py").read_bytes()
