"""Twice as much of anything takes the rewriter about twice as long."""

from __future__ import annotations

import pytest

from sqlite_batchify import rewriting
from sqlite_batchify.history.scripts import History
from sqlite_batchify.names import POSTGRESQL, Naming
from sqlite_batchify.reading import flow
from tests.support.growing import KINDS, TEXTS, rewrite, seconds
from tests.support.steps import ALLOWED, count_instructions

_LONG = 22_000  # characters: what --portable looks at ends at 100,000
_VERY_LONG = 110_000
_QUICK = 0.05  # seconds; below them the clock tells nothing
_TRIES = 5


@pytest.mark.parametrize("name", KINDS)
def test_twice_as_much_takes_twice_as_many_instructions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done once for a script or a folder is left out: the second step is compared with the first.

    Some of what is done for each part of a script is bounded. The bounds are low here, so that little is beyond them.
    """
    monkeypatch.setattr(rewriting, "_MANY", 3)
    monkeypatch.setattr(flow, "_MOST_LEVELS", 8)
    kind = KINDS[name]
    rewrite(kind.make(2), kind.unsafe)  # what is done once in a process

    small, twice, four_times = (
        count_instructions(lambda size=size: rewrite(kind.make(size), kind.unsafe))  # type: ignore[misc]
        for size in (kind.small, 2 * kind.small, 4 * kind.small)
    )

    assert small > 0
    assert four_times - twice <= ALLOWED * (twice - small)


@pytest.mark.parametrize("name", [name for name in KINDS if len(KINDS[name].make(2)) > 1])
def test_one_question_about_a_long_history_takes_instructions_in_proportion(name: str) -> None:
    """As the run of a hook asks, for the one script that is new. What is read once is left out: it takes most."""

    def steps(size: int) -> int:
        scripts = KINDS[name].make(size)
        (first, before), *_, (last, source) = sorted(scripts.items())
        history = History(lambda: scripts)
        history.names(first, before, Naming(POSTGRESQL))
        return count_instructions(lambda: history.names(last, source, Naming(POSTGRESQL)))

    small, twice, four_times = map(steps, (25, 50, 100))

    assert small > 0
    assert four_times - twice <= ALLOWED * (twice - small)


@pytest.mark.parametrize(("length", "portable"), [(_LONG, True), (_VERY_LONG, False)])
@pytest.mark.parametrize("name", TEXTS)
def test_a_string_of_sql_takes_time_in_proportion(name: str, length: int, portable: bool) -> None:
    """Patterns work in C, where no instructions are counted, so this takes the time.

    The bound is generous and the quickest of some tries counts, for other programs run as well; a pattern that tries
    again from each place takes 16 times as long for four times the text, and one that tries all divisions does not come
    to an end.
    """
    kind = TEXTS[name]
    small = large = float("inf")
    for _ in range(_TRIES):
        small = min(small, seconds(kind, length, portable))
        large = min(large, seconds(kind, 4 * length, portable))
        if large <= 8 * max(small, _QUICK):
            break

    assert large <= 8 * max(small, _QUICK)
