"""``python -m tests.benchmarks``: prints a table of times, ratios and peak memory; ``--readme`` writes it there.

With ``--growth`` it is another table: how much longer the rewriter takes for twice as much of each kind of scripts.

It needs the peers: ``pip install -e '.[test,benchmark]'``. Absolute times differ from machine to machine; the two times
of a line are measured in turn.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from tests.support import ROOT

from . import growth as growing
from .cases import Row, growth, single_files, verifying, whole_corpus

_PARTS: dict[str, tuple[Callable[[Path, int], Iterator[Row]], int]] = {
    "single": (single_files, 40),
    "corpus": (whole_corpus, 3),
    "growth": (growth, 2),
    "verify": (verifying, 2),
}
_RUNS = 2
_VERSIONS = ("alembic", "sqlalchemy", "libcst", "django-upgrade", "pyupgrade", "pytest-alembic")


def machine() -> str:
    """The versions and the machine's kind."""
    listed = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {listed}; "
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores."
    )


def table(rows: list[Row]) -> str:
    lines = [
        "| what | sqlite-batchify | against | that takes | ratio | goal |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        goal = ""
        if row.limit is not None:
            goal = f"at {'least' if row.least else 'most'} {row.limit:g}{' times as fast' if row.least else ''}"
            goal += "" if row.holds else " (missed)"
        ratio = f"{1 / row.ratio:.1f} times as fast" if row.least else f"{row.ratio:.2f}"
        lines.append(f"| {row.what} | {row.ours} | {row.against} | {row.theirs} | {ratio} | {goal} |")
    return "\n".join(lines)


def main() -> int:
    """Exit status: 0 if every goal is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[[], *_PARTS], help=f"of {', '.join(_PARTS)}; default: all")
    parser.add_argument("--growth", action="store_true", help="instead how the time grows, kind by kind")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    options = parser.parse_args()
    if options.growth:
        return _growth(options.readme)
    rows: list[Row] = []
    for name, (part, times) in _PARTS.items():
        if name in (options.parts or _PARTS):
            with tempfile.TemporaryDirectory() as folder:
                rows += part(Path(folder), times)
    text = f"{table(rows)}\n\n{machine()}"
    print(text)
    if options.readme:
        _write("benchmark", text)
    return 0 if all(row.holds for row in rows) else 1


def _growth(readme: bool) -> int:
    rows = list(growing.measured(_RUNS))
    text = growing.table(rows)
    print(text)
    if readme:
        _write("growth", text)
    return 0 if all(row.holds for row in rows) else 1


def _write(part: str, text: str) -> None:
    """Put a table between its marks in the README."""
    readme = ROOT / "README.md"
    marks = rf"(?<=<!-- {part} -->\n\n).*?(?=\n\n<!-- end of {part} -->)"
    readme.write_text(re.sub(marks, lambda _: text, readme.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    sys.exit(main())
