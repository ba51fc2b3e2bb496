"""Nothing is lost without a word, and nothing that SQLite alone would have kept."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.rewriting.law import APART, HARM, OWN, UNSAID, UNSEEN, Broken, Way, attempt
from tests.support.losing import Generator, write

SEEDS = range(12)

_LEFT_TO_VERIFY = re.compile(r'(?:CREATE TABLE |batch_alter_table\(")(\w+)')
_keys = pytest.mark.parametrize("keys", [False, True], ids=["foreign keys off", "foreign keys on"])


def counts(broken: Broken, left: Collection[str]) -> bool:
    """What a script loses by itself is not ours; and verify has rows of its own, so that it need not see all.

    ``left`` are the tables that SQL of the script's own makes, of which the rewriting does not know what they hold, and
    those in a block that the script has, which stays as it is: what is lost of them verify tells, and its remedies keep
    it (test_nothing_lost.py).
    """
    by_itself = broken.kind in (OWN, UNSEEN) or (broken.kind in (UNSAID, HARM, APART) and _table(broken) in left)
    return not by_itself


def _table(broken: Broken) -> str:
    return re.split(r"[:.]", broken.what)[0]


@_keys
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_without_a_word(seed: int, keys: bool, tmp_path: Path) -> None:
    style = "autogenerate" if seed % 3 == 0 else "minimal"

    history = Generator(seed).history()
    text = "".join(path.read_text() for path in write(history, tmp_path).glob("*.py"))
    tried = attempt(history, Way(keys, style))

    assert [str(each) for each in tried.broken() if counts(each, _LEFT_TO_VERIFY.findall(text))] == []
