"""How many steps something takes: a measure of its time that no other load on the machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

ALLOWED = 2.3
"""Times as many steps for twice the input: in proportion, and something to spare for what is rare."""


def count_steps(function: Callable[[], object]) -> int:
    """Run a function. Returns how often it called another, in Python or in C.

    What a single call in C does is not seen: a search in a long list or string counts as one step.
    """
    steps = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    usual = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(usual)
    return steps
