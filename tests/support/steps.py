"""How many steps something takes: a measure of its time that no other load on the machine changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import sqlite_batchify

_PACKAGE = os.path.dirname(sqlite_batchify.__file__)
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


def count_instructions(function: Callable[[], object]) -> int:
    """Run a function. Returns how many instructions Python has carried out in the modules of the package.

    A loop that calls nothing is seen, which ``count_steps`` does not see, and nothing that others do. What an
    instruction does in C is not: a search by a pattern, or in a long list or string, counts as one.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        count += event == "opcode"
        return trace

    usual = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # Python 3.12 looks whether any frame asks for them when it begins to trace
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(usual)
    return count
