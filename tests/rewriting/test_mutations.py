"""Spoiled scripts and histories: what is promised of files holds, nothing raises, nothing stalls."""

from __future__ import annotations

from tests.support.mutations import fixtures, try_all
from tests.support.spoiling import spoil

_SEED = 12


def test_promises_hold_of_spoiled_scripts_and_histories() -> None:
    assert list(try_all(fixtures(), _SEED, range(500))) == []


def test_spoiled_history_can_be_made_again() -> None:
    folders = fixtures()

    assert [spoil(folders, _SEED, number) for number in range(20)] == [
        spoil(folders, _SEED, number) for number in range(20)
    ]
