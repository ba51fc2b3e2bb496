"""An operation that fails for want of an ALTER is told though the script catches the exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.test_causes import block, problem_of, problems_of

_DROP = 'op.drop_constraint("ck_rank", "page", type_="check")'
_OPTIONAL = 'op.alter_column("page", "title", nullable=True)'
_NAMELESS = block('create_unique_constraint(None, ["title"])').replace("\n", "\n    ")
_TRY = "try:\n        {}\n    except {}:\n        {}"
_SWALLOWED = {
    "pass": (_TRY.format(_DROP, "Exception", "pass"), "SB301"),
    "told": (_TRY.format(_DROP, "Exception as error", 'print("no such constraint", error)'), "SB301"),
    "bare": (f"try:\n        {_DROP}\n    except:\n        pass", "SB301"),
    "its own class": (_TRY.format(_DROP, "(ValueError, NotImplementedError)", "..."), "SB301"),
    "of the database": (
        _TRY.format('op.alter_column("page", "title", nullable=True)', "sa.exc.DBAPIError", "pass"),
        "SB301",
    ),
    "suppressed": (f"import contextlib\n    with contextlib.suppress(Exception):\n        {_DROP}", "SB301"),
    "block": (_TRY.format(_NAMELESS, "ValueError", "return"), "SB302"),
    "helper": (
        f"def go(do):\n        try:\n            do()\n        except Exception:\n            pass\n"
        f"    go(lambda: {_DROP})",
        "SB301",
    ),
}


@pytest.mark.parametrize("name", _SWALLOWED)
def test_what_a_script_swallows_is_told_all_the_same(tmp_path: Path, name: str) -> None:
    upgrade, code = _SWALLOWED[name]
    problem = problem_of(tmp_path, upgrade)

    assert problem.code.code == code
    assert problem.message.endswith("; the script swallows the error and goes on")


@pytest.mark.parametrize(
    "upgrade",
    [
        _TRY.format(_DROP, "NotImplementedError", block('drop_constraint("ck_rank")').replace("\n", "\n    ")),
        _TRY.format('op.drop_table("nope")', "Exception", "pass"),
        _TRY.format('op.add_column("page", sa.Column("title", sa.Text()))', "Exception", "pass"),
        _TRY.format('op.execute("DROP INDEX nope")', "sa.exc.SQLAlchemyError", "pass"),
        _TRY.format(block('drop_constraint("nope")').replace("\n", "\n    "), "Exception", "pass"),
        _TRY.format(block('drop_column("nope")').replace("\n", "\n    "), "Exception", "pass"),
    ],
    ids=["another way", "no table", "a column that is there", "no index", "no constraint", "no column"],
)
def test_what_a_script_expects_is_not_told(tmp_path: Path, upgrade: str) -> None:
    assert problems_of(tmp_path, upgrade) == []


def test_what_is_not_caught_is_not_swallowed(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, _TRY.format(_DROP, "ValueError", "pass"))

    assert problem.code.code == "SB301"
    assert "swallows" not in problem.message
