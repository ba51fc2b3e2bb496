"""The law of what is lost: nothing without a word, and nothing that SQLite alone would have kept.

``python -m tests.rewriting.law --draw N --seed S`` prints where generated histories break it, each made as small as it
gets; ``--fixed`` looks at them after ``verify --fix`` as well. Real Alembic runs each history on a SQLite file, with
rows that applications could have left there, and what is gone is told by nothing of the package.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_batchify.cli import main as run_program
from tests.support.laid_out import Project, lay_out, within
from tests.support.losing import Generator, History, own, smaller, write
from tests.support.put import put
from tests.support.real import UPGRADE, Outcome, run_really
from tests.verify.law import Verdict, fast, verdict

_CONNECTING = "    with connectable.connect() as connection:"
_LISTENED = f"""\
    @event.listens_for(connectable, "connect")
    def turn_foreign_keys_on(connection, record):
        connection.execute("PRAGMA foreign_keys=ON")

{_CONNECTING}"""
SILENT, UNSAID, OWN, UNSEEN, HARM, UNFIXED = "silent", "unsaid", "own", "unseen", "harm", "unfixed"
APART = "apart"
"""What breaks the law. A loss is ``silent`` if neither the rewriting nor verify has a word of it, ``unsaid`` if only
verify has (``own`` if the script as it was loses the same), ``unseen`` if only the rewriting has. It is ``harm`` if the
script as it was got through and did not lose it, and if it fails now; ``unfixed`` if rows or values are gone after
``verify --fix`` and that does not say so. ``apart``: operations that are rewritten together leave something else than
with something between any two of them, or fail where those do not."""
_OF_ROWS = re.compile(r": \d+ rows have become|\} is gone$| has become (?!INTEGER|\(none\))| refers to rows of ")


@dataclass(frozen=True)
class Way:
    """How a history is rewritten and run."""

    keys: bool = False
    style: str = "minimal"
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([f"foreign_keys={'on' if self.keys else 'off'}", self.style, *self.options])


@dataclass(frozen=True)
class Said:
    """What the rewriting has found: code and message by revision and direction."""

    status: int
    places: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Broken:
    """How a history breaks the law: in which way, at which direction and revision, and what is lost or fails."""

    kind: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.what}"


@dataclass
class Tried:
    """One history, run as it is and as it is rewritten."""

    plain: Outcome
    rewritten: Outcome
    said: Said
    verdict: Verdict
    changed: bool
    apart: Outcome
    fixed: Outcome | None = None
    after_fix: Verdict | None = None

    def broken(self) -> list[Broken]:
        return list(dict.fromkeys(self._broken()))

    def _broken(self) -> Iterator[Broken]:
        plain = set(self.plain.lost)
        for loss in self.rewritten.lost:
            place, _, what = loss.partition(": ")
            if place == self.rewritten.failed_at and not _OF_ROWS.search(what):
                continue  # what has been asked for is not there, because the revision fails
            direction, _, revision = place.partition(" ")
            said = (revision, direction) in self.said.places
            seen = any(each.split()[0] == revision for each in self.verdict.problems)
            if not (said and seen):
                unsaid = OWN if loss in plain else UNSAID
                yield Broken(UNSEEN if said else unsaid if seen else SILENT, place, what)
            if loss not in plain and self._ran(place):
                yield Broken(HARM, place, what)
        yield from self._apart()
        failed = self.rewritten.failed_at
        if failed and failed != self.plain.failed_at and self._ran(failed):
            yield Broken(HARM, failed, self.rewritten.error)
        if self.fixed is not None and self.after_fix is not None:
            for loss in filter(_OF_ROWS.search, self.fixed.lost):
                place, _, what = loss.partition(": ")
                direction, _, revision = place.partition(" ")
                if not any(each.split()[:2] == [revision, direction] for each in self.after_fix.problems):
                    yield Broken(UNFIXED, place, what)

    def _apart(self) -> Iterator[Broken]:
        for place, one in self.apart.looks.items():
            other = self.rewritten.looks.get(place)
            if place in (self.apart.failed_at, self.rewritten.failed_at) or other is None:
                if place != self.apart.failed_at:
                    yield Broken(APART, place, f"fails: {self.rewritten.error}")
                return
            if _lost_at(place, self.apart) - _lost_at(place, self.rewritten):
                return  # by a block of the script's own, which keeps more where the rewriting has joined it
            for each in other.differences(one)[:1]:
                yield Broken(APART, place, each)
                return  # what comes after it follows from it

    def _ran(self, place: str) -> bool:
        """Whether the history as it was got through there."""
        direction, _, revision = place.partition(" ")
        failed, _, at = self.plain.failed_at.partition(" ")
        if not failed or failed == "upgrade again":
            return True
        if failed != UPGRADE:  # on the way down: it came from above
            return direction == UPGRADE or revision > at or failed.startswith("scripts")
        return direction == UPGRADE and revision < at


def _lost_at(place: str, outcome: Outcome) -> set[str]:
    return {each for each in outcome.lost if each.startswith(f"{place}: ")}


def attempt(history: History, way: Way, fix: bool = False) -> Tried:
    """Run a history in all ways that the law compares."""
    with tempfile.TemporaryDirectory(dir=fast()) as made:
        folder = Path(made).resolve()
        write(history, folder / "between" / "versions", apart=True)
        project = lay_out_for(folder / "between", folder / "apart", way.keys)
        rewrite(project, way)
        apart = run_really(project, put=put, own=own(history))
        write(history, folder / "history" / "versions")
        project = lay_out_for(folder / "history", folder / "plain", way.keys)
        plain = run_really(project, put=put, own=own(history))
        project = lay_out_for(folder / "history", folder / "rewritten", way.keys)
        before = [path.read_bytes() for path in project.scripts]
        said = rewrite(project, way)
        changed = [path.read_bytes() for path in project.scripts] != before
        rewritten = run_really(project, put=put, own=own(history)) if changed else plain
        tried = Tried(plain, rewritten, said, verdict(project), changed, apart)
        if fix:
            with within(project.folder):
                program(["verify", "--fix", "."])
            tried.fixed, tried.after_fix = run_really(project, put=put, own=own(history)), verdict(project)
        return tried


def lay_out_for(history: Path, folder: Path, keys: bool) -> Project:
    """A project with this history, whose env.py turns foreign keys on, or does not."""
    project = lay_out(history, folder)
    if keys:
        env = project.location / "env.py"
        text = env.read_text(encoding="utf-8").replace(_CONNECTING, _LISTENED)
        assert "foreign_keys=ON" in text
        env.write_text(text.replace("import pool", "import event, pool"), encoding="utf-8")
    return project


def program(arguments: list[str]) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return run_program(arguments), out.getvalue()


def rewrite(project: Project, way: Way) -> Said:
    """Rewrite the scripts of a project in place."""
    paths = project.scripts
    with within(project.folder):
        status, out = program(["--format", "json", "--style", way.style, *way.options, *map(str, paths)])
    said = Said(status)
    for file in json.loads(out)["files"]:
        path = Path(file["path"])
        lines = path.read_text(encoding="utf-8").splitlines()
        for each in file["findings"]:
            above = [line.split("(")[0] for line in lines[: each["line"]] if line.startswith("def ")]
            place = (path.stem, (above or ["def upgrade"])[-1].removeprefix("def "))
            said.places.setdefault(place, []).append(f"{each['code']} {each['message']}")
    return said


def shrink(history: History, still: Callable[[History], bool]) -> History:
    """The smallest history that still breaks the law: one part after another is left out, as long as it does."""
    again = True
    while again:
        again = False
        for each in smaller(history):
            if still(each):
                history, again = each, True
                break
    return history


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rewriting.law", description=__doc__)
    parser.add_argument("--draw", type=int, default=20, metavar="N", help="so many histories that are generated")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the first of them")
    parser.add_argument("--keys", choices=["off", "on", "both"], default="both", help="PRAGMA foreign_keys")
    parser.add_argument("--style", default="minimal")
    parser.add_argument("--option", action="append", default=[], help="for the rewriting as well")
    parser.add_argument("--fixed", action="store_true", help="after verify --fix, too")
    parser.add_argument("--small", action="store_true", help="make one of each kind small, and show it")
    parser.add_argument("-v", action="store_true", help="each one, and where it fails")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    first: dict[str, tuple[int, Way, Broken]] = {}
    started, tried, changed, through = time.monotonic(), 0, 0, 0
    for number in range(options.seed, options.seed + options.draw):
        for keys in {"off": [False], "on": [True], "both": [False, True]}[options.keys]:
            way = Way(keys, options.style, tuple(options.option))
            result = attempt(Generator(number).history(), way, options.fixed)
            tried, changed, through = tried + 1, changed + result.changed, through + (not result.rewritten.failed_at)
            if options.v:
                print(number, way, result.rewritten.failed_at, result.rewritten.error, flush=True)
            for each in result.broken():
                print(f"{number} {way}: {each}", flush=True)
                kind = f"{each.kind} {classified(each.what)}"
                found[kind] += 1
                first.setdefault(kind, (number, way, each))
    for kind, count in found.most_common():
        print(f"{count:5} {kind}: seed {first[kind][0]}")
    if options.small:
        for kind, (number, way, _) in first.items():
            print(f"\n===== {kind} ({way})")
            show(number, way, kind, options.fixed)
    print(f"{tried} tried, {changed} change, {through} run through, {time.monotonic() - started:.0f} s")
    return 1 if found else 0


def classified(what: str) -> str:
    """A loss without the names in it."""
    text = re.sub(r"\{.*\}", "{}", what)
    text = re.sub(r"'[^']*'|\"[^\"]*\"|(?<=has become ).*", "...", text)
    text = re.sub(r"\b(team|member|entry)\b|\b\w+_\d\w*", "_", text)
    return re.sub(r"\(.*\)", "(...)", text)[:110]


def show(number: int, way: Way, kind: str, fix: bool = False) -> None:
    """Print the smallest history that breaks the law in this way."""

    def breaks(history: History) -> bool:
        return any(f"{each.kind} {classified(each.what)}" == kind for each in attempt(history, way, fix).broken())

    small = shrink(Generator(number).history(), breaks)
    with tempfile.TemporaryDirectory() as made:
        write(small, Path(made))
        for path in sorted(Path(made).glob("*.py")):
            print(f"--- {path.stem}", path.read_text().partition("\n\n\n")[2], sep="\n")
    result = attempt(small, way, fix)
    print(
        *result.broken(), *result.rewritten.reasons, f"plain: {result.plain.failed_at} {result.plain.error}", sep="\n"
    )
    print("said:", result.said.places, "verify:", result.verdict.problems)


if __name__ == "__main__":
    sys.exit(main())
