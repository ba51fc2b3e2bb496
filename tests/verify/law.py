"""The law of verify: exit status 0 if and only if the real commands run through and nothing is lost.

``python -m tests.verify.law FOLDER...`` prints where the two disagree, for histories in these folders as they are and
as they are rewritten; ``--draw N --seed S`` for histories that are generated.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlite_batchify.cli import main as run_program
from sqlite_batchify.findings import CODES, WARNING
from tests.corpus.stubs import stand_ins
from tests.rewriting.test_law import TABLES
from tests.support.drawn import Script
from tests.support.hazards import Generator
from tests.support.histories import lay
from tests.support.laid_out import Project, lay_out, within
from tests.support.real import AGAIN, UPGRADE, Outcome, run_really

EXCEPTIONS = {
    "refused": "A downgrade that is not there, or that raises `NotImplementedError`, is passed over, where `alembic "
    "downgrade base` stops.",
    "alone": "Each revision is taken down and up again by itself while its rows are there: what fails then counts, "
    "also where `downgrade base` drops these tables, so that nothing is in the way of the next `upgrade head`.",
}
"""Where verify and the real commands differ on purpose, in the words of the README."""


@dataclass(frozen=True)
class Verdict:
    """What verify says: its exit status, and the problems that count, as it words them."""

    status: int
    problems: list[str]


@dataclass(frozen=True)
class Judged:
    """A history from both sides. ``alone`` is what the real commands do where each revision is taken by itself."""

    name: str
    said: Verdict
    real: Outcome
    alone: Outcome

    @property
    def exception(self) -> str:
        """The exception from the law that makes it right that the two differ, "" if there is none."""
        if self.said.status == 0 and self.real.refused and not self.real.lost:
            return "refused"
        return "alone" if self.said.status and self.real.fine and not self.alone.fine else ""

    @property
    def places(self) -> tuple[str, str]:
        """The first revision whose upgrade fails or loses something, for both: "" if none does."""
        told = [each.split() for each in self.said.problems]
        said = next((words[0] for words in told if words[1:2] == ["upgrade"]), "")
        found = [*self.real.lost, *([f"{self.real.failed_at}:"] if self.real.failed_at else [])]
        words = [each.partition(":")[0].split() for each in found]
        return said, next((each[1] for each in words if each[0] == "upgrade" and each[1] != "again"), "")

    @property
    def agrees(self) -> bool:
        return (self.said.status == 0) == self.real.fine or self.exception != ""

    def __str__(self) -> str:
        said = f"verify {self.said.status} {self.said.problems[0] if self.said.problems else ''}".strip()
        return f"{self.name}: {said} | real: {self.real.reasons[0] if self.real.reasons else 'fine'}"


def verdict(project: Project) -> Verdict:
    """What ``sqlite-batchify verify`` says of a project."""
    out, err = io.StringIO(), io.StringIO()
    with within(project.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run_program(["verify", "--format", "json", "."])
    try:
        steps = json.loads(out.getvalue())["revisions"]
    except (ValueError, KeyError):
        return Verdict(status, [err.getvalue().strip()])
    problems = [
        f"{step['revision']} {each['direction']} {each['code']} {each['message']}"
        for step in steps
        for each in step["problems"]
        if not each["consequence"] and CODES[each["code"]].severity != WARNING
    ]
    return Verdict(status, problems)


def rewrite(project: Project) -> None:
    """Rewrite the scripts of a project in place."""
    out, err = io.StringIO(), io.StringIO()
    scripts = map(str, project.scripts)
    with within(project.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run_program(["-q", *scripts])


def judge(name: str, history: Path, rewritten: bool, imagined: bool = False, cut: bool = False) -> Judged:
    """Ask verify and the real Alembic about a history.

    ``imagined``: with stand-ins for what its scripts import and is not here. ``cut``: only about what comes before the
    first upgrade that fails.
    """
    with tempfile.TemporaryDirectory(dir=fast()) as made:
        project = lay_out(history, Path(made).resolve() / "project")
        if rewritten:
            rewrite(project)
        with stand_ins() if imagined else contextlib.nullcontext():
            real = run_really(project)
            while cut and real.failed_at.startswith(f"{UPGRADE} ") and not real.failed_at.startswith(AGAIN):
                with within(project.folder):
                    left = project.cut(real.failed_at.split()[1])
                name = f"{history.name}, the first {left}"
                real = run_really(project)
            said = verdict(project)
            alone = run_really(project, alone=True) if said.status and real.fine else real
        return Judged(name + (" rewritten" if rewritten else ""), said, real, alone)


def fast() -> str | None:
    """A folder in memory, if there is one: a database file is written to disk many times."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def histories(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """The histories in these folders: a folder that has scripts itself, or whose folders have."""
    for folder in folders:
        if any((folder / name).exists() for name in ("versions", "alembic.ini", "before", "migrations")) or any(
            b"down_revision" in path.read_bytes() for path in folder.glob("*.py")
        ):
            yield folder.name, _scripts_in(folder)
        else:
            yield from histories(sorted(path for path in folder.iterdir() if path.is_dir()))


def _scripts_in(folder: Path) -> Path:
    if (folder / "before").is_dir():
        return folder / "before"
    if (folder / "migrations" / "versions").is_dir() and not (folder / "alembic.ini").exists():
        return folder / "migrations"
    return folder


def drawn_histories(seed: int, count: int) -> Iterator[tuple[str, Path]]:
    """So many histories that are generated."""
    for number in range(seed, seed + count):
        with tempfile.TemporaryDirectory() as folder:
            yield f"drawn {number}", Generator(number).write(Path(folder, "versions")).parent


def with_tables(script: Script, folder: Path) -> Path:
    """A history of two revisions: the tables that a drawn script is for, and the script."""
    made = [part.strip() for part in TABLES.split(";") if "CREATE" in part]
    lines = "\n    ".join(f'op.execute("""{each}""")' for each in made)
    lay(folder, 1, lines, "\n    ".join(f'op.drop_table("{name}")' for name in "utr"))
    text = script.text().replace('revision = "a"\ndown_revision = None', 'revision = "2"\ndown_revision = "0001"')
    (folder / "0002.py").write_text(text)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.verify.law", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("-v", action="store_true", help="all problems and losses")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="so many histories that are generated")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the first of them")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where those are written that do not agree")
    parser.add_argument(
        "--cut", action="store_true", help="of each only what comes before the first upgrade that fails"
    )
    parser.add_argument("--places", action="store_true", help="also which revision is the first that fails or loses")
    parser.add_argument("--stand-ins", action="store_true", help="for what scripts import and is not here")
    options = parser.parse_args()
    started, tried, agreed, fine = time.monotonic(), 0, 0, 0
    drawn = drawn_histories(options.seed, options.draw)
    for name, folder in chain(histories(options.folders), drawn):
        for rewritten in (False, True):
            try:
                judged = judge(name, folder, rewritten, options.stand_ins, options.cut)
            except Exception as error:
                print(f"{name}: harness: {type(error).__name__} {error}")
                if options.v:
                    raise
                continue
            tried, agreed, fine = tried + 1, agreed + judged.agrees, fine + judged.real.fine
            if options.places and judged.agrees and len(set(judged.places)) > 1:
                print(f"{judged.name}: first {' and '.join(each or 'none' for each in judged.places)}: {judged}")
            if not judged.agrees or options.v:
                print(judged, flush=True)
            if options.keep and not judged.agrees:
                shutil.copytree(folder, options.keep / judged.name.replace(" ", "_"))
            if options.v:
                print(*("    verify " + each for each in judged.said.problems), sep="\n")
                print(*("    real   " + each for each in judged.real.reasons), sep="\n")
    print(f"{agreed} of {tried} agree, {fine} are fine, {time.monotonic() - started:.0f} s")
    return 0 if agreed == tried else 1


if __name__ == "__main__":
    sys.exit(main())
