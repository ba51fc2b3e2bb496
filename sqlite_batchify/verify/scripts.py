"""Runs what people wrote: whatever a script raises, or changes around it, the program goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import IO, Any

_nowhere: dict[str, IO[Any]] = {}


def run_script(function: Callable[[], object]) -> BaseException | None:
    """Run a piece of a script. Returns what it raised, be it a SystemExit or a KeyboardInterrupt of its own.

    What it prints is not shown and nobody answers what it asks; folder, streams, filters of warnings and the limit of
    recursion are afterwards what they were. An interrupt by the user is raised as ever. A script that ends the process
    (``os._exit``) cannot be kept from it.
    """
    raised: BaseException | None = None
    with _surroundings_kept(), _interrupts() as interrupts:
        try:
            function()
        except BaseException as error:
            raised = error
        if interrupts:
            raise KeyboardInterrupt from raised
    return raised


@contextlib.contextmanager
def _surroundings_kept() -> Iterator[None]:
    folder, limit = os.getcwd(), sys.getrecursionlimit()
    streams = sys.stdin, sys.stdout, sys.stderr
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sys.stdin, sys.stdout = _open_nowhere("r"), _open_nowhere("w")
            yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        sys.setrecursionlimit(limit)
        with contextlib.suppress(OSError):
            os.chdir(folder)


def _open_nowhere(mode: str) -> Any:
    """A stream that stays open, since a script's handlers of logging may keep it."""
    if mode not in _nowhere or _nowhere[mode].closed:
        _nowhere[mode] = open(os.devnull, mode, encoding="utf-8", errors="replace")  # noqa: SIM115
    return _nowhere[mode]


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The interrupts by the user while this lasts, which no ``except`` of a script can hide."""
    seen: list[int] = []
    usual = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        try:
            if callable(usual):
                usual(number, frame)
        except KeyboardInterrupt:
            seen.append(number)
            raise

    try:
        if callable(usual):
            signal.signal(signal.SIGINT, note)
    except ValueError:  # only the main thread is ever interrupted
        usual = None
    try:
        yield seen
    finally:
        if callable(usual):
            signal.signal(signal.SIGINT, usual)
