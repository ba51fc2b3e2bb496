"""One process: its time and its peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Taken:
    """The median of the runs of a command in ``seconds``, and their largest peak in ``megabytes``."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        written = f"{self.seconds * 1000:.0f} ms" if self.seconds < 1 else f"{self.seconds:.1f} s"
        return f"{written}, {self.megabytes:.0f} MB"


def once(command: Command, folder: Path, statuses: Sequence[int] = (0,)) -> Taken:
    """Run a command in a folder. Raises AssertionError if its exit status is not one of these."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in statuses, f"{command[0]} ended with {process.returncode}"
    return Taken(seconds, usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024))


def median(runs: Sequence[Taken]) -> Taken:
    return Taken(statistics.median(run.seconds for run in runs), max(run.megabytes for run in runs))


def side_by_side(
    commands: Sequence[Command],
    folder: Path,
    times: int,
    renew: Callable[[], None] = lambda: None,
    *,
    statuses: Sequence[int] = (0,),
) -> list[Taken]:
    """Run commands in turn, so many times: what else the machine does then slows all of them.

    ``renew`` is called before each run.
    """
    runs: list[list[Taken]] = [[] for _ in commands]
    for _ in range(times):
        for command, taken in zip(commands, runs, strict=True):
            renew()
            taken.append(once(command, folder, statuses))
    return [median(each) for each in runs]
