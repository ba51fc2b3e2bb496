"""The usual run of a hook: one script, and nothing to do. It imports next to nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..locate import configurations
from ..operations import MINIMAL
from ..reading import words

_OPTIONS = {"--check", "-q", "--quiet"}


def settles(arguments: Sequence[str]) -> bool:
    """Whether a command line is about one script that needs nothing; then it has been answered.

    Everything else is for ``rewriting``, which would say the same, only later.
    """
    paths = [each for each in arguments if each not in _OPTIONS]
    if len(paths) != 1 or paths[0].startswith("-") or not os.path.isfile(paths[0]):
        return False
    if next(configurations(os.path.dirname(os.path.realpath(paths[0]))), None) is not None:
        return False
    try:
        with open(paths[0], "rb") as file:
            source = file.read()
    except OSError:
        return False
    try:
        if not words.has_nothing_to_do(source, MINIMAL) or (
            words.holds_blocks(source) and _is_told_of(source, paths[0])
        ):
            return False
    except Exception:  # a defect, which the usual way reports
        return False
    if not {"-q", "--quiet"} & set(arguments):
        print("1 file left unchanged.")
    return True


def _is_told_of(source: bytes, path: str) -> bool:
    """Whether the scripts beside this one may have something to say of its blocks."""
    from ..reading.beside import Beside
    from ..sources import siblings

    return Beside(siblings(os.path.dirname(os.path.realpath(path))).values()).may_tell(source)
