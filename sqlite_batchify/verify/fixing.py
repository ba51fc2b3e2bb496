"""The remedies of a history put into its scripts: tried, run again, and kept if they help and do nothing else.

Nothing is written; what has become of the scripts is handed back.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from .. import findings
from ..planning.edits import ELSEWHERE, IN_ENV, Edit
from ..planning.placing import PlacingError, place_edits
from ..reading.parsing import UnparsableError, parse
from ..sources import SourceError, decode, shown_path
from ..writing.edits import write_edits
from .dialects import Sendings
from .history import History
from .leaving import asks_for_rewriting
from .results import DEFECT, DOWNGRADE, FOREIGN, TO_BASE, UPGRADE, Problem, Report
from .revisions import Revision, Transform
from .safe import is_safe

_LOUD = frozenset({"SB301", "SB302", "SB303", "SB304", "SB305"})
"""What Alembic stops at."""
_WITH_KEYS = findings.FOREIGN_KEYS_FAIL.code
_SEEN_LATER = (findings.ROUND_TRIP, findings.HALF_DONE)
"""Warnings that can only come where nothing else fails."""
_DONE_ELSEWHERE = {
    findings.CHILDREN_LOST: IN_ENV,
    findings.FOREIGN_KEYS_FAIL: IN_ENV,
}
"""Where that is done which the codes themselves advise."""
_OTHERS = {IN_ENV: "it is mended in env.py: sqlite-batchify init"}
_REWRITES, _LEAVES = "sqlite-batchify rewrites it", "sqlite-batchify leaves it as it is"
_NOT_LOOKED_AT = "it could not be looked at"
_OF_KIND = {FOREIGN: "it is written for another database"}
_NO_EDIT = "its remedy is for somebody who knows what is meant"
_ANOTHER_MODULE = "it does not stand in a revision script"
_NO_HELP = "the edit does not help"
_LEADS_TO = "the edit leads to another problem"
_REWRITTEN_AGAIN = "sqlite-batchify would change the script again"
_NOT_COMPARED = "what other databases get cannot be compared"
_TABLES = re.compile(r"\b(?:copy of|change of|block on) (\w+)")
"""The tables that problems of blocks are about, as their messages name them."""
_MANY = 4
"""So many scripts, each with one problem and one reason against its edits, are not looked at one by one."""
_AGAIN = (_NO_HELP, _LEADS_TO)
"""Why edits are refused that may be of use once others are made."""

Key = tuple[str, str, str, str]


class Left(NamedTuple):
    """A problem that is left, and why."""

    problem: Problem
    reason: str


class Changed(NamedTuple):
    """A script with its edits."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Fixed:
    """What has become of a history: the report of before, that of now, the scripts that change, and what is left."""

    before: Report
    after: Report
    scripts: tuple[Changed, ...]
    left: tuple[Left, ...]

    @property
    def mended(self) -> int:
        """How many problems are gone that were there."""
        return sum((_count(self.before) - _count(self.after)).values())


@dataclass(frozen=True)
class Means:
    """How a history is run and loaded, where some of its scripts have other bytes, and within what it is loaded and
    run for other databases; ``rewrites`` tells whether the rewriter would change a script."""

    replay: Callable[[Transform], Report]
    load: Callable[[Transform], History]
    within: Callable[[], AbstractContextManager[object]]
    rewrites: Callable[[bytes, str], bool]


def fix_history(means: Means, only: Collection[str] = ()) -> Fixed:
    """Mend what can be mended of the problems that count. Raises what running a history raises."""
    search = _Search(means, only)
    search.go()
    return search.fixed


Texts = Mapping[str, bytes]
"""The scripts that have other bytes than in their files, by their paths."""


class _State(NamedTuple):
    texts: Texts
    report: Report


class _Verdict(NamedTuple):
    """What comes of some edits: the state that they lead to, or why they are not kept.

    ``blamed`` are the scripts in which that shows, each with its reason.
    """

    state: _State | None
    reason: str = ""
    blamed: Mapping[str, str] = MappingProxyType({})


@dataclass
class _Search:
    means: Means
    only: Collection[str]
    refused: dict[Key, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.means.within():
            self.original = self.means.load(_exchanging({}))
        self.revisions = {shown_path(each.path): each for each in self.original.revisions}
        self.before = self.means.replay(_exchanging({}))
        self.state = _State({}, self.before)
        self.order = {each.id: number for number, each in enumerate(self.original.revisions)}
        self.sendings = Sendings(self.original)

    @property
    def fixed(self) -> Fixed:
        sources = {revision.path: revision.source for revision in self.original.revisions}
        changed = (Changed(path, sources[path], text) for path, text in self.state.texts.items())
        scripts = tuple(sorted(each for each in changed if each.before != each.after))
        left = (each for each in self.state.report.problems if each.fails(self.only))
        return Fixed(self.before, self.state.report, scripts, tuple(Left(each, self._reason(each)) for each in left))

    def _reason(self, problem: Problem) -> str:
        if _key(problem) in self.refused:
            return self.refused[_key(problem)]
        if asks_for_rewriting(problem):
            return _REWRITES if self._rewrites(problem.path) else _LEAVES
        other = next((each.where for each in problem.edits if each.where in ELSEWHERE), "")
        if problem.code in _DONE_ELSEWHERE and problem.remedy == problem.code.remedy.format(path=problem.path):
            other = _DONE_ELSEWHERE[problem.code]
        if problem.kind == DEFECT or problem.unimported:
            return _NOT_LOOKED_AT
        return _OTHERS.get(other) or _OF_KIND.get(problem.kind, _NO_EDIT)

    def _rewrites(self, path: str) -> bool:
        """Whether the rewriter changes a script as it has become; of another module it says nothing."""
        revision = self.revisions.get(path)
        if revision is None:
            return False
        return self.means.rewrites(self.state.texts.get(revision.path, revision.source), revision.path)

    # The search

    def go(self) -> None:
        """Take problem by problem until none is left that was not tried; what failed for others is tried once more."""
        for _ in range(2):
            accepted = False
            while units := self._units():
                known = self.state
                self._take(units)
                accepted |= self.state is not known
            if not accepted:
                return
            self.refused = {key: why for key, why in self.refused.items() if not why.startswith(_AGAIN)}

    def _units(self, wanted: Collection[Key] | None = None) -> list[Problem]:
        """The problems that may be mended, of these or of all; one whose edits have no place is refused."""
        found: dict[Key, Problem] = {}
        for problem in self.state.report.problems:
            key = _key(problem)
            tried = key in self.refused or (wanted is not None and key not in wanted)
            if _edits(problem) and problem.fails(self.only) and not tried:
                found.setdefault(key, problem)
        return [each for each in found.values() if self._has_place(each)]

    def _has_place(self, problem: Problem) -> bool:
        try:
            self._edited(self.state.texts, [problem])
        except PlacingError as error:
            self.refused[_key(problem)] = str(error)
            return False
        return True

    def _take(self, units: Sequence[Problem]) -> None:
        """Keep the edits of as many of these problems as can be kept."""
        if not units:
            return
        verdict = self._attempt(units)
        if verdict.state is not None:
            self.state = verdict.state
            return
        if len(units) == 1:
            self.refused[_key(units[0])] = verdict.reason
            return
        tables = set(_TABLES.findall(" ".join(verdict.blamed.values())))
        guilty = [each for each in units if each.path in verdict.blamed]
        guilty = guilty or [each for each in units if not tables.isdisjoint(_TABLES.findall(each.message))]
        if len({each.path for each in units} & set(verdict.blamed)) == len(units) >= _MANY:
            self.refused |= {_key(each): verdict.blamed[each.path] for each in units}
            return
        for part in _divided(units, guilty):
            self._take(self._units([_key(each) for each in part]))

    def _attempt(self, units: Sequence[Problem]) -> _Verdict:
        """Make the edits of these problems, and of those that come to light then; and look at what that does."""
        tried, pending, state = list(units), list(units), self.state
        for _ in range(2 * len(self.order)):  # what is kept in one block may be lost in the next on its table
            try:
                texts = self._edited(state.texts, pending)
            except PlacingError as error:
                if state is self.state:
                    return _Verdict(None, str(error))
                break
            state = _State(texts, self.means.replay(_exchanging(texts)))
            pending = self._new(state.report, tried)
            if not pending or not all(map(_edits, pending)):
                break
            tried += pending
        return self._judged(state, units, tried)

    def _judged(self, state: _State, units: Sequence[Problem], tried: Sequence[Problem]) -> _Verdict:
        counts, known = _count(state.report), _count(self.state.report)
        new = self._new(state.report, tried)
        if new:
            blamed = {each.path: f"{_LEADS_TO}: {each.code.code} {each.message}" for each in reversed(new)}
            return _Verdict(None, blamed[new[0].path], blamed)
        idle = [each for each in units if counts[_key(each)] >= known[_key(each)]]
        if idle:
            return _Verdict(None, _NO_HELP, dict.fromkeys((each.path for each in idle), _NO_HELP))
        with self.means.within():
            after = self.means.load(_exchanging(state.texts))
            for revision in after.revisions:
                if revision.source != self.state.texts.get(revision.path, self._source(revision.path)):
                    why = self._refused(after, revision, tried)
                    if why:
                        path = shown_path(revision.path)
                        follows = "" if any(each.path == path for each in units) else f", by what follows in {path}"
                        return _Verdict(None, f"{why}{follows}", {path: f"{why}{follows}"})
        return _Verdict(state)

    def _refused(self, after: History, revision: Revision, tried: Iterable[Problem]) -> str:
        """Why a script with edits is not to be kept for what it does elsewhere than on SQLite, "" if it is."""
        compared = self.sendings.compare(after, revision)
        if compared.different:
            return f"the edit changes the SQL for {compared.different}"
        own = [each for each in tried if each.path == shown_path(revision.path)]
        for direction, error in compared.incomplete.items():
            edits = (edit for each in own if _of(each) == direction for edit in _edits(each))
            if not all(map(is_safe, edits)):
                return f"{_NOT_COMPARED}: with --sql the script ends with {error}"
        rewrites, path = self.means.rewrites, revision.path
        again = rewrites(revision.source, path) and not rewrites(self._source(path), path)
        return _REWRITTEN_AGAIN if again else ""

    def _source(self, path: str) -> bytes:
        return self.revisions[shown_path(path)].source

    def _new(self, report: Report, tried: Sequence[Problem]) -> list[Problem]:
        """What was not there before. Another failure behind one that is mended does not count: Alembic did not get so
        far, and stops there as well. Nor does one that needs the PRAGMA behind another that does: env.py ends both.
        What is lost there counts. What other scripts do in runs that are only made where nothing else is wrong is not
        new.
        """
        known = self.state.report.problems
        surplus = _count(report, _matters) - Counter(map(_key, known))
        ends = {code: self._first(tried, _LOUD) for code in _LOUD}
        ends[_WITH_KEYS] = min(self._first(tried, _LOUD), self._first(known, [_WITH_KEYS]))
        found = {_key(each): each for each in report.problems if _matters(each)}
        own = {each.path for each in tried}
        new = [found[key] for key in surplus if self._position(found[key]) <= ends.get(key[0], sys.maxsize)]
        return [each for each in new if each.direction in (UPGRADE, DOWNGRADE) or each.path in own]

    def _first(self, problems: Iterable[Problem], codes: Collection[str]) -> int:
        """Where the first of these problems with such a code is met."""
        return min((self._position(each) for each in problems if each.code.code in codes), default=sys.maxsize)

    def _position(self, problem: Problem) -> int:
        """When it is met: by ``upgrade head``, ``downgrade base`` or the second ``upgrade head``, and where in it."""
        order, number = self.order, self.order[problem.revision]
        if problem.direction == UPGRADE:
            return number
        return 2 * len(order) - number if _of(problem) == DOWNGRADE else 2 * len(order) + number

    # The scripts

    def _edited(self, texts: Texts, problems: Iterable[Problem]) -> Texts:
        """The scripts with the edits of these problems. Raises PlacingError."""
        by_path: dict[str, list[Edit]] = {}
        for problem in problems:
            by_path.setdefault(problem.path, []).extend(each.at(problem.line) for each in _edits(problem))
        changed = dict(texts)
        for path, given in by_path.items():
            if path not in self.revisions:
                raise PlacingError(_ANOTHER_MODULE)
            revision = self.revisions[path]
            changed[revision.path] = _with_edits(texts.get(revision.path, revision.source), given)
        return changed


def _divided(units: Sequence[Problem], guilty: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    """What is tried apart: those that are not guilty and those that are; half of each script's if all are, or none."""
    if 0 < len(guilty) < len(units):
        return [each for each in units if each not in guilty], list(guilty)
    by_path: dict[str, list[Problem]] = {}
    for each in units:
        by_path.setdefault(each.path, []).append(each)
    several = [each for each in by_path.values() if len(each) > 1]
    if not several:
        return list(units[: len(units) // 2]), list(units[len(units) // 2 :])
    first = [problem for each in by_path.values() for problem in each[: (len(each) + 1) // 2]]
    return first, [problem for each in several for problem in each[(len(each) + 1) // 2 :]]


def _with_edits(source: bytes, given: Sequence[Edit]) -> bytes:
    """A script with edits. Raises PlacingError."""
    try:
        decoded = decode(source)
        text = write_edits(decoded.text, place_edits(decoded.text, given))
        parse(text)
    except (UnparsableError, SourceError) as error:
        raise PlacingError(error.reason) from error
    except PlacingError:
        raise
    except Exception as error:  # a defect of the program costs the one edit
        raise PlacingError(f"a defect of sqlite-batchify: {type(error).__name__}; please report it") from error
    if text == decoded.text:
        raise PlacingError("the script has all that the edit gives it")
    return decoded.encode(text)


def _exchanging(texts: Texts) -> Transform:
    return lambda source, path: texts.get(path, source)


def _key(problem: Problem) -> Key:
    return problem.code.code, problem.revision, problem.direction, problem.message


def _count(report: Report, which: Callable[[Problem], bool] = lambda each: not each.consequence) -> Counter[Key]:
    return Counter(_key(each) for each in report.problems if which(each))


def _matters(problem: Problem) -> bool:
    return not problem.consequence and problem.code not in _SEEN_LATER


def _of(problem: Problem) -> str:
    """The function of the script that it is met in."""
    return DOWNGRADE if problem.direction in (DOWNGRADE, TO_BASE) else UPGRADE


def _edits(problem: Problem) -> list[Edit]:
    return [each for each in problem.edits if each.where not in ELSEWHERE]
