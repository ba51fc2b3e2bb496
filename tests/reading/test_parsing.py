"""Why a text is refused, and the versions where a line looks newer than the Python that is running."""

from __future__ import annotations

import sys

import pytest

from sqlite_batchify import rewrite_source
from sqlite_batchify.reading.parsing import UnparsableError, parse

_RUNNING = "{}.{}".format(*sys.version_info)
_NEWER = {
    (3, 11): "try:\n    pass\nexcept* ValueError:\n    pass\n",
    (3, 12): "def f[T](x: T) -> T:\n    return x\n",
    (3, 14): "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n",
}


@pytest.mark.parametrize("version", [each for each in _NEWER if each > sys.version_info[:2]])
def test_what_is_newer_than_this_python_is_named_with_both_versions(version: tuple[int, int]) -> None:
    with pytest.raises(UnparsableError) as caught:
        parse(_NEWER[version])

    wanted = "{}.{}".format(*version)
    assert f"(this is Python {_RUNNING}; the line may be for {wanted} or later)" in caught.value.reason


def test_the_finding_says_so_too() -> None:
    script = "from alembic import op\n\n\ndef upgrade():\n    op.drop_column('t', 'a')\n    x = 1 if\n"

    (finding,) = rewrite_source(script.encode()).findings

    assert (finding.code.code, finding.line) == ("SB903", 6)
    assert "Python" not in finding.message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("x = (\n", 1, 5), ("x = '\ud800'\n", 1, 6), ("x = 1\0\n", 1, 1)],
)
def test_the_place_of_what_is_refused_is_told(text: str, line: int, column: int) -> None:
    with pytest.raises(UnparsableError) as caught:
        parse(text)

    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_merge_conflict_is_told_from_other_errors() -> None:
    with pytest.raises(UnparsableError) as caught:
        parse("x = 1\n<<<<<<< HEAD\ny = 2\n")

    assert (caught.value.conflict, caught.value.line, caught.value.reason) == (True, 2, "<<<<<<< HEAD")
