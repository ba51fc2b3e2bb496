"""The findings: a place, a stable code, a message and a remedy. A code never changes its meaning.

A code stands with its explanation in the file of its family; here are all of them.
"""

# ruff: noqa: F403

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from . import (
    around,
    asked,
    blocks,
    columns,
    comments,
    defects,
    effects,
    failures,
    files,
    indexes,
    keeping,
    keywords,
    native,
    portable,
    rewriting,
    rows,
    schema,
    twins,
)
from .around import *
from .asked import *
from .blocks import *
from .code import ALTER as ALTER
from .code import BATCH as BATCH
from .code import ERROR as ERROR
from .code import FOREIGN as FOREIGN
from .code import LOST as LOST
from .code import PROBLEM_CLASSES as PROBLEM_CLASSES
from .code import SCRIPT as SCRIPT
from .code import WARNING as WARNING
from .code import Code as Code
from .code import Explanation as Explanation
from .columns import *
from .comments import *
from .defects import *
from .effects import *
from .failures import *
from .files import *
from .indexes import *
from .keeping import *
from .keywords import *
from .native import *
from .portable import *
from .rewriting import *
from .rows import *
from .schema import *
from .twins import *

FAMILIES = (
    rewriting,
    comments,
    asked,
    blocks,
    twins,
    keeping,
    native,
    around,
    portable,
    keywords,
    indexes,
    defects,
    failures,
    rows,
    schema,
    columns,
    effects,
    files,
)
"""In the order of their numbers."""


class Finding(NamedTuple):
    """One finding. ``line`` and ``column`` count from 1; 0 where the whole file is meant."""

    code: Code
    path: str
    line: int
    column: int
    detail: str
    hint: str = ""

    @property
    def message(self) -> str:
        return self.code.message.format(detail=self.detail, hint=self.hint)

    @property
    def remedy(self) -> str:
        return self.code.remedy.format(detail=self.detail, hint=self.hint)


def codes_of(*families: ModuleType) -> tuple[Code, ...]:
    """The codes that stand in these files, in their order."""
    return tuple(each for family in families for each in vars(family).values() if isinstance(each, Code))


CODES = {code.code: code for code in codes_of(*FAMILIES)}
BROKEN = frozenset({defects.INTERNAL, *codes_of(files)})
"""What means that a file could not be looked at or written: exit status 2."""
UNDONE = BROKEN | frozenset(codes_of(defects))
"""What means that a file is neither rewritten nor known to be right."""
_LONGEST = 200


def internal_error(path: str, error: Exception) -> Finding:
    """The finding for a script at which the program itself failed; its ``hint`` is the traceback."""
    from traceback import format_exception, format_exception_only

    told = " ".join("".join(format_exception_only(error)).split())
    told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."
    return Finding(defects.INTERNAL, path, 0, 0, told, "".join(format_exception(error)))


def nearest_code(code: str) -> str:
    """``; did you mean CODE?`` if one is near."""
    from difflib import get_close_matches

    close = get_close_matches(code.upper(), CODES, 1)
    return f"; did you mean {close[0]}?" if close else ""
