"""What ``verify --fix`` has done: as lines of text, and for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..sources import shown_path
from .text import count

if TYPE_CHECKING:
    from ..verify.fixing import Fixed


def fix_lines(fixed: Fixed, written: bool = True) -> Iterator[str]:
    """How many problems are gone, how many are left, and why."""
    done = "fixed" if written else "would fix"
    yield f"{done} {count(fixed.mended, 'problem')} in {count(len(fixed.scripts), 'script')}, {len(fixed.left):,} left"
    reasons = Counter(each.reason for each in fixed.left)
    for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:6,}  {reason}"


def shape_of(fixed: Fixed) -> dict[str, Any]:
    return {
        "fixed": fixed.mended,
        "scripts": [shown_path(each.path) for each in fixed.scripts],
        "left": [
            {
                "code": each.problem.code.code,
                "revision": each.problem.revision,
                "direction": each.problem.direction,
                "line": each.problem.line,
                "reason": each.reason,
            }
            for each in fixed.left
        ],
    }
