"""One process: its time and its peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
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


_LAUNCHER = """
import os, sys, time
nowhere = os.open(os.devnull, os.O_RDWR)
to = [(os.POSIX_SPAWN_DUP2, nowhere, number) for number in (0, 1, 2)]
started = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=to), 0)
print(time.perf_counter() - started, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""
"""A small process starts the command: on Linux the peak of a process begins with that of the one that starts it."""


def once(command: Command, folder: Path, statuses: Sequence[int] = (0,)) -> Taken:
    """Run a command in a folder. Raises AssertionError if its exit status is not one of these."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *(os.fspath(each) for each in command)]
    told = subprocess.run(launcher, cwd=folder, capture_output=True, text=True, check=True).stdout.split()
    assert int(told[1]) in statuses, f"{command[0]} ended with {told[1]}"
    return Taken(float(told[0]), int(told[2]) / (1024**2 if sys.platform == "darwin" else 1024))


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
