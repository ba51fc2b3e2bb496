"""Many scripts, shared out over the cores when that pays; the results come in the order of the scripts."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..config import ConfigError
from ..findings import INTERNAL, UNREADABLE, Finding
from ..project import Project
from ..rewriting import Rewriter, load
from ..rewritten import Rewritten, unchanged
from ..sources import SourceError, read, uninterrupted
from .terminal import less_garbage

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_WORTH_A_PROCESS = 12  # scripts: about what one process does while another one starts
_MOST = 100  # scripts that a process takes at a time, if that is not a small part of all
_TRIES = 2  # processes that may end at one script before that is put down to it


def rewrite_in_order(paths: Sequence[str], rewriter: Rewriter, jobs: int | None) -> Generator[Rewritten, None, None]:
    """Rewrite the scripts with these paths, without writing them.

    ``jobs`` is the most processes to use, None for as many as there are cores. Raises ConfigError.
    """
    processes = min(jobs or os.cpu_count() or 1, len(paths) // _WORTH_A_PROCESS)
    with less_garbage():
        if processes > 1:
            load()  # once, and not in each of the processes
            pool = _Pool(paths, rewriter.project.settings, processes)
            try:
                yield from pool.run()
            finally:
                pool.end()
        else:
            rewriter.expect(paths)
            for path in paths:
                yield _rewrite(path, rewriter)


def _rewrite(path: str, rewriter: Rewriter) -> Rewritten:
    try:
        source = read(path)
    except SourceError as error:
        return unchanged(b"", Finding(UNREADABLE, path, 0, 0, error.reason))
    return rewriter.rewrite(source, path)


class _Worker:
    """One of the processes; ``given`` are the numbers of the scripts that it has still to do, in order."""

    def __init__(self, settings: tuple[object, ...], others: Sequence[Connection]) -> None:
        from multiprocessing import get_context

        context: Any = get_context("fork" if sys.platform == "linux" else "spawn")
        self.given: deque[int] = deque()
        self.connection, there = context.Pipe()
        inherited = (*others, self.connection) if sys.platform == "linux" else ()
        self.process = context.Process(target=_serve, args=(there, settings, inherited), daemon=True)
        self.process.start()
        there.close()

    def end(self) -> str:
        """End the process if it has not ended. Returns how it did, as text for a finding."""
        self.connection.close()
        self.process.terminate()
        self.process.join()
        status = self.process.exitcode
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        self.process.close()
        return how


class _Pool:
    """The processes that some scripts are shared with.

    One that ends before its time, killed or in a crash, is replaced. The script it was at is tried again, for it may
    have been innocent; so each script is done but for those that end a process every time.
    """

    def __init__(self, paths: Sequence[str], settings: tuple[object, ...], processes: int) -> None:
        self.paths = paths
        self.settings = settings
        self.processes = processes
        self.waiting = deque(_portions(paths, processes))
        self.workers: list[_Worker] = []
        self.done: dict[int, Rewritten] = {}
        self.ended: dict[int, int] = {}

    def run(self) -> Iterator[Rewritten]:
        for _ in range(self.processes):
            self._start()
        for number in range(len(self.paths)):
            self._receive(0)
            while number not in self.done:
                self._receive(None)
            yield self.done.pop(number)

    def end(self) -> None:
        for worker in self.workers:
            worker.end()

    def _start(self) -> None:
        with uninterrupted():  # a new process takes no notice of an interrupt: this one ends it
            worker = _Worker(self.settings, [each.connection for each in self.workers])
            self.workers.append(worker)
        self._give(worker)

    def _give(self, worker: _Worker) -> None:
        if self.waiting:
            worker.given.extend(self.waiting.popleft())
            with suppress(OSError):  # it has ended, which the next wait tells
                worker.connection.send([self.paths[number] for number in worker.given])

    def _receive(self, timeout: float | None) -> None:
        """Take what the processes have done by now, or wait for it."""
        from multiprocessing.connection import wait

        ready = wait([worker.connection for worker in self.workers if worker.given], timeout)
        for worker in [worker for worker in self.workers if worker.connection in ready]:
            try:
                result = worker.connection.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if isinstance(result, ConfigError):
                raise result
            self.done[worker.given.popleft()] = result
            if not worker.given:
                self._give(worker)

    def _replace(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        how = worker.end()
        number = worker.given.popleft()
        self.ended[number] = self.ended.get(number, 0) + 1
        if worker.given:
            self.waiting.appendleft(list(worker.given))
        if self.ended[number] < _TRIES:
            self.waiting.appendleft([number])
        else:
            finding = Finding(INTERNAL, self.paths[number], 0, 0, f"its process ended with {how}")
            self.done[number] = unchanged(b"", finding)
        if self.waiting:
            self._start()


def _portions(paths: Sequence[str], processes: int) -> list[list[int]]:
    """The numbers of scripts of one folder together, so that its history is read by one process if it is not large.

    The largest come first, so that all processes end at about the same time.
    """
    most = max(_MOST, len(paths) // (2 * processes))
    found: list[list[int]] = []
    for _, folder in groupby(range(len(paths)), lambda number: os.path.dirname(paths[number])):
        rest = list(folder)
        found += (rest[start : start + most] for start in range(0, len(rest), most))
    return sorted(found, key=len, reverse=True)


def _serve(connection: Connection, settings: tuple[object, ...], inherited: Sequence[Connection]) -> None:
    """What one of the processes does, until there is nobody left who asks."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    for each in inherited:
        each.close()
    rewriter = Rewriter(Project(*settings))  # type: ignore[arg-type]
    with suppress(EOFError, OSError):
        while True:
            paths = connection.recv()
            with suppress(ConfigError):  # which the script itself says
                rewriter.expect(paths)
            for path in paths:
                connection.send(_result(path, rewriter))


def _result(path: str, rewriter: Rewriter) -> Rewritten | ConfigError:
    try:
        return _rewrite(path, rewriter)
    except ConfigError as error:
        return error
