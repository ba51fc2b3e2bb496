"""Scripts and histories that have been spoiled: ``python -m tests.support.mutations --count 20000 --seed 1``.

Each spoiled history has a number; ``--only`` makes the one of that number again and prints the script.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from sqlite_batchify import rewrite_source
from tests.corpus.folder import histories
from tests.corpus.manifest import default_cache, packages, scripts
from tests.support import FIXTURES
from tests.support.cases import CASES
from tests.support.kept import broken, can_be_compared, raised_or_lost
from tests.support.spoiling import Folder, Spoiled, spoil

_PATIENCE, _TIMES = 0.5, 20
"""A spoiled script may take so many seconds, and so many times what it took before."""
_GIVEN_UP = 60


def below(folder: Path) -> list[Folder]:
    """The histories in a folder, at any depth."""
    return [{Path(each.name).name: each.source for each in group} for group in histories(folder).values()]


def fixtures() -> list[Folder]:
    """The histories and scripts of the test suite."""
    return [*below(FIXTURES), *({"case.py": case.before} for case in CASES)]


def corpus() -> list[Folder]:
    """Those in the wheels of the corpus that are here already."""
    found: list[Folder] = []
    for package in packages(every=True):
        wheel = default_cache() / package.wheel
        groups: dict[str, Folder] = {}
        for each in scripts(package, wheel) if wheel.exists() else ():
            folder, _, name = each.name.rpartition("/")
            groups.setdefault(folder, {})[name] = each.source
        found += groups.values()
    return found


def complaints(spoiled: Spoiled) -> Iterator[str]:
    """What is promised of files and does not hold of the spoiled script."""
    with _patience():
        started = time.process_time()
        rewritten = spoiled.rewrite(spoiled.source)
        took = time.process_time() - started
        ours = [each for each in rewritten.findings if each.code.code.startswith("SB2")]
        if ours:
            yield from (f"{each.code.code} {each.message}\n{each.hint}".rstrip() for each in ours)
            return
        if took > _PATIENCE:
            started = time.process_time()
            spoiled.rewrite(spoiled.original[spoiled.script], spoiled.original)
            before = time.process_time() - started
            if took > _PATIENCE + _TIMES * before:
                yield f"took {took:.2f} s, and {before:.2f} s before it was spoiled"
        yield from raised_or_lost(spoiled.source, spoiled.rewrite)
        if not spoiled.unsafe_fixes and can_be_compared(spoiled.source):
            plain = partial(rewrite_source, style=spoiled.style, naming="keep")
            yield from broken(spoiled.source, plain, keeps_names=True)


@contextmanager
def _patience() -> Iterator[None]:
    """What does not end is ended."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {_GIVEN_UP} seconds")

    usual = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_GIVEN_UP)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)


def try_all(folders: Sequence[Folder], seed: int, numbers: Sequence[int]) -> Iterator[str]:
    """A line for each complaint: the seed and the number, what was done to the script, and what is wrong."""
    for number in numbers:
        spoiled = spoil(folders, seed, number)
        try:
            found = list(complaints(spoiled))
        except Exception as error:  # so that the others are tried as well
            found = [f"{type(error).__name__}: {error}"]
        for complaint in found:
            yield f"--seed {seed} --only {number} ({spoiled.script}, {', '.join(spoiled.changes)}): {complaint}"


def main() -> int:
    """Exit status: 0 all is well, 1 a complaint."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=500, metavar="N", help="how many (%(default)s)")
    parser.add_argument("--start", type=int, default=0, metavar="N", help="the number of the first")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--only", type=int, metavar="N", help="only the one of this number; prints the script")
    parser.add_argument("--corpus", action="store_true", help="the scripts of the corpus instead of the fixtures")
    parser.add_argument("--folder", type=Path, metavar="PATH", help="the histories in this folder, at any depth")
    options = parser.parse_args()
    folders = corpus() if options.corpus else fixtures() if options.folder is None else below(options.folder)
    numbers = range(options.start, options.start + options.count)
    if options.only is not None:
        numbers = range(options.only, options.only + 1)
        spoiled = spoil(folders, options.seed, options.only)
        sys.stdout.buffer.write(spoiled.source + f"\n# {spoiled.style}, {spoiled.naming}\n".encode())
    found = 0
    for complaint in try_all(folders, options.seed, numbers):
        found += 1
        print(complaint, flush=True)
    print(f"{len(numbers)} tried, {found} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
