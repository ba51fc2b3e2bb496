"""A history that is rewritten and fixed loses no row and no value, but what verify still says."""

from __future__ import annotations

import pytest

from tests.rewriting.law import UNFIXED, Way, attempt
from tests.support.losing import Generator

SEEDS = range(100, 103)


@pytest.mark.parametrize("keys", [False, True], ids=["foreign keys off", "foreign keys on"])
@pytest.mark.parametrize("seed", SEEDS)
def test_fixed_histories_lose_no_row_and_no_value(seed: int, keys: bool) -> None:
    tried = attempt(Generator(seed).history(), Way(keys), fix=True)

    assert tried.fixed is not None
    assert [str(each) for each in tried.broken() if each.kind == UNFIXED] == []
