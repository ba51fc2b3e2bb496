"""How much longer the rewriter takes for twice as much, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support import ROOT
from tests.support.growing import KINDS, TEXTS
from tests.support.steps import ALLOWED


@dataclass(frozen=True)
class Growth:
    """The seconds for half as much and for as much as ``size``, without the start of the process."""

    what: str
    size: int
    half: float
    whole: float

    @property
    def ratio(self) -> float:
        return self.whole / self.half

    @property
    def holds(self) -> bool:
        return self.ratio <= ALLOWED


def measured(times: int) -> Iterator[Growth]:
    """Each kind of scripts; the shortest of so many runs, in turn, for what else the machine does only adds to them."""
    for what, kind in {**KINDS, **TEXTS}.items():
        sizes = (kind.most // 2, kind.most)
        runs = [[_seconds(what, size) for size in sizes] for _ in range(times)]
        yield Growth(what, kind.most, *map(min, zip(*runs, strict=True)))


def _seconds(what: str, size: int) -> float:
    run = [sys.executable, "-m", "tests.support.growing", what, str(size)]
    return float(subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def table(rows: list[Growth]) -> str:
    lines = ["| what | twice as much is | takes | instead of | ratio |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        missed = "" if row.holds else " (missed)"
        lines.append(f"| {row.what} | {row.size:,} | {row.whole:.2f} s | {row.half:.2f} s | {row.ratio:.2f}{missed} |")
    return "\n".join(lines)
