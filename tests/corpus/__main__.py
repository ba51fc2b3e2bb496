"""``python -m tests.corpus``"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from . import figures
from .folder import try_folder
from .manifest import SMALL, MismatchError, Package, UnavailableError, default_cache, fetch, packages
from .replays import replay_package
from .runner import check_packages


def main() -> int:
    """Exit status: 0 all is well, 1 a violation or a worse figure, 2 a wheel is missing."""
    options = _parser().parse_args()
    started = time.monotonic()
    if options.folder is not None:
        return try_folder(options.folder, options.jobs)
    wheels: list[tuple[Package, Path]] = []
    missing = False
    for package in packages(options.all):
        if options.package and package.name not in options.package:
            continue
        try:
            wheels.append((package, fetch(package, options.cache)))
        except (UnavailableError, MismatchError) as error:
            missing = True
            print(f"tests.corpus: {error}", file=sys.stderr)
    checked = check_packages(wheels)
    measured = {name: each.figures for name, each in checked.items()}
    for package, wheel in wheels:
        with tempfile.TemporaryDirectory() as folder:
            measured[package.name].replayed = replay_package(package, wheel, Path(folder))
    violations = [reason for each in checked.values() for reason in each.violations]
    print(figures.table(measured), figures.replay_table(measured), sep="\n\n")
    if options.record:
        figures.record(measured)
    complaints = [*violations, *figures.worse(measured)]
    for complaint in complaints:
        print(complaint)
    print(f"{len(complaints)} complaints, {time.monotonic() - started:.0f} s")
    return 2 if missing else 1 if complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--all", action="store_true", help=f"the wheels of {SMALL // 1_000_000} MB and more as well")
    parser.add_argument("--package", action="append", metavar="NAME", help="only this package (can be repeated)")
    parser.add_argument(
        "--folder", type=Path, metavar="PATH", help="instead the histories in this folder, at any depth"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="in how many processes the scripts of a folder are run")
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="where the wheels are kept")
    parser.add_argument("--record", action="store_true", help="write the figures down as the ones to compare with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
