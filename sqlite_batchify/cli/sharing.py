"""Many scripts, shared out over the cores when that pays; the results come in the order of the scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby

from ..findings import UNREADABLE, Finding
from ..project import Project
from ..rewriting import Rewriter, Rewritten, load, unchanged
from ..sources import SourceError, read
from .terminal import less_garbage

_WORTH_A_PROCESS = 12  # scripts: about what one process does while another one starts
_MOST = 100  # scripts that a process takes at a time


class LostProcessError(Exception):
    """A process that scripts were shared with has ended; the message is one line for the user."""


def rewrite_in_order(paths: Sequence[str], project: Project, jobs: int | None) -> Generator[Rewritten, None, None]:
    """Rewrite the scripts with these paths, without writing them.

    ``jobs`` is the most processes to use, None for as many as there are cores. Raises LostProcessError.
    """
    processes = min(jobs or os.cpu_count() or 1, len(paths) // _WORTH_A_PROCESS)
    with less_garbage():
        if processes > 1:
            yield from _share(paths, project, processes)
        else:
            rewriter = Rewriter(project)
            for path in paths:
                yield _rewrite(path, rewriter)


def _rewrite(path: str, rewriter: Rewriter) -> Rewritten:
    try:
        source = read(path)
    except SourceError as error:
        return unchanged(b"", Finding(UNREADABLE, path, 0, 0, error.reason))
    return rewriter.rewrite(source, path)


def _share(paths: Sequence[str], project: Project, processes: int) -> Iterator[Rewritten]:
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    load()  # once, and not in each of the processes
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(processes, context, _start, (project.settings,))
    try:
        for done in pool.map(_work, _portions(paths)):
            yield from done
    except BrokenExecutor as error:
        raise LostProcessError("a process has ended while it rewrote; --jobs 1 -v shows at which script") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _portions(paths: Sequence[str]) -> Iterator[list[str]]:
    """Scripts of one folder together, so that its history is read by one process if it is not a large one."""
    for _, folder in groupby(paths, os.path.dirname):
        rest = list(folder)
        while rest:
            yield rest[:_MOST]
            del rest[:_MOST]


_own: list[Rewriter] = []
"""That of a process which others share the work with."""


def _start(settings: tuple[object, ...]) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    _own.append(Rewriter(Project(*settings)))  # type: ignore[arg-type]


def _work(paths: list[str]) -> list[Rewritten]:
    return [_rewrite(path, _own[0]) for path in paths]
