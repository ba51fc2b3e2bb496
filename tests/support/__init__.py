"""What tests share, none of it a test; here, where things lie in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
THOROUGH = bool(os.environ.get("SQLITE_BATCHIFY_TEST_THOROUGH"))
"""Whether all is drawn and tried that there is, which takes an hour; a part of it otherwise."""
SHOP = FIXTURES / "projects" / "shop"
"""The project that most tests of a whole project copy."""


def part(few: int, every: int) -> int:
    """How many cases are drawn."""
    return every if THOROUGH else few
