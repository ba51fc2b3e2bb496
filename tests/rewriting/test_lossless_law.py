"""Nothing is lost without a word, and nothing that SQLite alone would have kept."""

from __future__ import annotations

import re

import pytest

from tests.rewriting.law import OWN, UNSEEN, Broken, Way, attempt
from tests.support.losing import Generator

SEEDS = range(12)

LEFT: dict[str, str] = {}
"""What is known to break the law: patterns of what it says, with the reason."""
_keys = pytest.mark.parametrize("keys", [False, True], ids=["foreign keys off", "foreign keys on"])


def counts(broken: Broken) -> bool:
    """What a script loses by itself is not ours; and verify has rows of its own, so that it need not see all."""
    return broken.kind not in (OWN, UNSEEN) and not any(re.search(each, str(broken)) for each in LEFT)


@_keys
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_without_a_word(seed: int, keys: bool) -> None:
    style = "autogenerate" if seed % 3 == 0 else "minimal"

    tried = attempt(Generator(seed).history(), Way(keys, style))

    assert [str(each) for each in tried.broken() if counts(each)] == []
