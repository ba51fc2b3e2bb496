"""What is measured, and against what."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.corpus.manifest import default_cache, fetch, packages, scripts
from tests.support.growth import write_history

from .measure import Taken, once, side_by_side

_BIN = Path(sys.executable).parent
_OURS = str(_BIN / "sqlite-batchify")
_PYTHON = sys.executable
_CLEAN = "clean.py"
_PARSE = """
import sys
from pathlib import Path
import libcst
for name in Path(sys.argv[1]).read_text().split("\\n"):
    libcst.parse_module(Path(name).read_bytes()).bytes
"""
_TEST = """
import pytest
from pytest_alembic.tests import test_up_down_consistency, test_upgrade
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: a goal is a limit for the ratio, ``least`` if it has to be at least that much."""

    what: str
    ours: Taken
    against: str
    theirs: Taken
    limit: float | None = None
    least: bool = False

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.theirs.seconds

    @property
    def holds(self) -> bool:
        return self.limit is None or (1 / self.ratio >= self.limit if self.least else self.ratio <= self.limit)


class Corpus:
    """The scripts of the packages in a folder, as they are and as they are rewritten; ``work`` is a copy to change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.done, self.work = folder / "plain", folder / "done", folder / "work"
        for package in packages(every=True):
            for script in scripts(package, fetch(package, default_cache())):
                path = self.plain / package.name / script.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(script.source)
        shutil.copytree(self.plain, self.done)
        rewriter = Rewriter(Project())
        self.changing = []
        for path in sorted(self.done.rglob("*.py")):
            result = rewriter.rewrite(path.read_bytes(), str(path))
            if result.changed:
                self.changing.append(self.plain / path.relative_to(self.done))
                path.write_bytes(result.result)
        self.count = len(list(self.plain.rglob("*.py")))

    def renew(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.plain, self.work)

    def files(self, folder: Path) -> list[str]:
        return [str(path) for path in sorted(folder.rglob("*.py"))]


def single_files(folder: Path, times: int) -> Iterator[Row]:
    """(a) and (b)"""
    clean, needing = folder / _CLEAN, folder / "needing.py"
    head = 'from alembic import op\n\nrevision = "a"\ndown_revision = None\n\n\ndef upgrade():\n'
    clean.write_text(head + '    with op.batch_alter_table("t") as batch_op:\n        batch_op.alter_column("a")\n')
    needing.write_text(head + '    op.alter_column("t", "a", nullable=True)\n')
    original = needing.read_bytes()
    commands = [[_PYTHON, "-c", "pass"], [_OURS, str(clean)], [_PYTHON, "-c", "import libcst"], [_OURS, str(needing)]]
    bare, idle, imported, rewriting = side_by_side(commands, folder, times, lambda: void(needing.write_bytes(original)))
    yield Row("(a) one clean script", idle, "python -c pass", bare, 3)
    yield Row("(b) one script to rewrite", rewriting, 'python -c "import libcst"', imported, 1.3)


def void(_: object) -> None:
    """Take a value and leave it."""


def whole_corpus(folder: Path, times: int) -> Iterator[Row]:
    """(c) and (d)"""
    corpus = Corpus(folder)
    done = corpus.files(corpus.done)
    django = [str(_BIN / "django-upgrade"), "--target-version", "4.2"]
    pyupgrade = [str(_BIN / "pyupgrade"), "--py310-plus"]
    for peer in (django, pyupgrade):
        once([*peer, *done], folder, (0, 1))
    known, anew = [_OURS, "-q", "--jobs", "1", *done], [_OURS, "-q", "--jobs", "1", "--no-cache", *done]
    once(known, folder, (0, 1))
    ours, first, theirs, others = side_by_side(
        [known, anew, [*django, *done], [*pyupgrade, *done]], folder, times, statuses=(0, 1)
    )
    what = f"(c) {corpus.count:,} scripts with nothing to do, one process"
    yield Row(what, ours, "django-upgrade", theirs, 0.5)
    yield Row(what, ours, "pyupgrade", others)
    yield Row(f"{what}, not seen before", first, "django-upgrade", theirs, 3)
    corpus.renew()
    work = corpus.files(corpus.work)
    listed = folder / "changing.txt"
    listed.write_text("\n".join(map(str, corpus.changing)))
    every = [
        [_OURS, "-q", "--jobs", "1", "--no-cache", *work],
        [_OURS, "-q", "--jobs", "2", "--no-cache", *work],
        [_PYTHON, "-c", _PARSE, str(listed)],
        [*django, *work],
        [*pyupgrade, *work],
    ]
    one, two, parsed, theirs, others = side_by_side(every, folder, times, corpus.renew, statuses=(0, 1))
    what = f"(d) {corpus.count:,} scripts, {len(corpus.changing)} of which change"
    yield Row(f"{what}, one process", one, f"libcst alone on the {len(corpus.changing)}", parsed, 2.5)
    yield Row(f"{what}, two processes", two, "pyupgrade", others, 1)
    yield Row(f"{what}, one process", one, "django-upgrade", theirs)


def growth(folder: Path, times: int) -> Iterator[Row]:
    """(e)"""
    corpus = Corpus(folder)
    texts = [path.read_bytes() for path in sorted(corpus.plain.rglob("*.py"))]
    before: Taken | None = None
    for count in (1000, 2000, 4000, 8000):
        target = folder / f"many{count}"

        def fill(target: Path = target, count: int = count) -> None:
            shutil.rmtree(target, ignore_errors=True)
            for number in range(count):
                path = target / f"{number // 1000}" / f"s{number}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(texts[number % len(texts)])

        (taken,) = side_by_side(
            [[_OURS, "-q", "--jobs", "1", "--no-cache", str(target)]], folder, times, fill, statuses=(0, 1)
        )
        if before is not None:
            yield Row(f"(e) {count:,} scripts", taken, f"{count // 2:,} scripts", before, 2.2)
        before = taken
    yield from _one_long_script(folder, times)


def _one_long_script(folder: Path, times: int) -> Iterator[Row]:
    """Twice the work twice, and ten times the work twice."""
    taken: dict[int, Taken] = {}
    path = folder / "long.py"
    for count in (100, 500, 1000, 5000, 10000):
        lines = (f'    op.drop_column("t{number // 3}", "c{number}")\n' for number in range(count))
        text = 'from alembic import op\n\nrevision = "a"\n\n\ndef upgrade():\n' + "".join(lines)

        def renew(text: str = text) -> None:
            path.write_text(text)

        (taken[count],) = side_by_side([[_OURS, "-q", "--no-cache", str(path)]], folder, times, renew)
    for less, more in ((100, 1000), (500, 1000), (1000, 10000), (5000, 10000)):
        limit = 2.2 if more == 2 * less else None
        yield Row(f"(e) a script of {more:,} operations", taken[more], f"{less:,} operations", taken[less], limit)


def verifying(folder: Path, times: int) -> Iterator[Row]:
    """(f)"""
    before: Taken | None = None
    for length in (100, 400, 1600):
        project = folder / f"history{length}"
        write_history(project, length)

        def renew(project: Path = project) -> None:
            for path in project.glob("*.db"):
                path.unlink()

        commands = [[_OURS, "verify", "-q", "alembic.ini"], [_PYTHON, "-m", "alembic", "upgrade", "head"]]
        if length == 400:
            (project / "test_migrations.py").write_text(_TEST)
            commands.append([_PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_migrations.py"])
        runs = times if length < 1000 else 1
        ours, alembic, *others = side_by_side(commands, project, runs, renew)
        yield Row(f"(f) verify, {length:,} revisions", ours, "alembic upgrade head", alembic, 3)
        for other in others:
            yield Row(f"(f) verify, {length:,} revisions", ours, "pytest-alembic", other, 3, least=True)
        if before is not None:
            yield Row(f"(f) verify, {length:,} revisions", ours, f"{length // 4:,} revisions", before, 4.6)
        before = ours
