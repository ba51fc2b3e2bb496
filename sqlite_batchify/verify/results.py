"""What a replay found: problems, steps, the whole. Data only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from ..findings import ALTER as ALTER
from ..findings import BATCH as BATCH
from ..findings import ERROR, UNDONE, Code
from ..findings import FOREIGN as FOREIGN
from ..findings import LOST as LOST
from ..findings import SCRIPT as SCRIPT
from ..foreign_keys import ForeignKeys
from ..planning.edits import Edit

UPGRADE, DOWNGRADE, AGAIN = "upgrade", "downgrade", "upgrade again"
TO_BASE, FROM_BASE = "downgrade to base", "upgrade from base"
"""The directions in which a revision is run: by itself, and with all others."""
DEFECT = "defect"
"""The kind of what the program itself got wrong; it says nothing about the history."""
REWRITE, OFFLINE = "rewrite", "offline"
"""Where it may have been, besides the directions: when a script was rewritten, or its SQL compared."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one direction of one revision.

    ``kind`` is the class of an error, ``lost`` or ``defect``. ``line`` counts from 1, 0 if the script as a whole is
    meant. ``consequence``: it only follows from an earlier failure. ``foreign_keys``: it needs PRAGMA foreign_keys=ON.
    ``unimported`` says what could not be imported, where nothing of a script was run for that. ``traceback`` is that
    of a defect. ``edits`` are what ``remedy`` says, as far as that is an edit of the script.
    """

    code: Code
    kind: str
    revision: str
    direction: str
    path: str
    line: int
    message: str
    remedy: str
    consequence: bool = False
    foreign_keys: bool = False
    unimported: str = ""
    traceback: str = field(default="", compare=False)
    edits: tuple[Edit, ...] = field(default=(), compare=False)

    def fails(self, only: Collection[str] = ()) -> bool:
        """Whether it decides the exit status, if what counts is ``only`` these classes (all, if none is named)."""
        counts = not only or self.kind in only or self.kind == DEFECT
        return counts and not self.consequence and self.code.severity == ERROR

    def stays(self, ignored: Collection[str]) -> bool:
        """Whether it is reported though these codes are not."""
        return self.code.code not in ignored or self.code in UNDONE or bool(self.unimported)


@dataclass(frozen=True)
class Step:
    """One revision: what was run of it and what was wrong. ``skipped`` names directions that refuse on purpose."""

    revision: str
    path: str
    title: str
    database: str
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def defects(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.kind == DEFECT]

    @property
    def unseen(self) -> list[Problem]:
        """Why it was not looked at, empty if it was."""
        return [problem for problem in self.problems if problem.kind == DEFECT or problem.unimported]


@dataclass
class Report:
    """One history on SQLite.

    ``found`` is the file that told where it is, "" if that was given; ``convention`` says where the naming convention
    stands that was found for it; ``stubbed`` are the modules that stubs stood in for. ``foreign_keys`` says where the
    project turns the PRAGMA on, None if that was not asked; if it does not, ``apart`` are the problems that it would
    have with the PRAGMA on.
    """

    target: str
    sqlite_version: str
    steps: list[Step] = field(default_factory=list)
    emulated: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    convention: str = ""
    found: str = ""
    foreign_keys: ForeignKeys | None = None
    apart: list[Problem] = field(default_factory=list)
    stubbed: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [problem for step in self.steps for problem in step.problems]

    @property
    def defects(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.kind == DEFECT]

    @property
    def unseen(self) -> list[str]:
        """The revisions that were not looked at: the program failed at them, or they could not be imported."""
        return list(dict.fromkeys(step.revision for step in self.steps if step.unseen))

    @property
    def unimported(self) -> dict[str, list[Problem]]:
        """What could not be imported, and the problems that tell of it."""
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            if problem.unimported:
                found.setdefault(problem.unimported, []).append(problem)
        return found

    def without(self, ignored: Callable[[str], Collection[str]]) -> Report:
        """The same without the problems whose codes are ignored for their path."""
        apart = [each for each in self.apart if each.stays(ignored(each.path))]
        steps = [
            replace(step, problems=tuple(each for each in step.problems if each.stays(ignored(each.path))))
            for step in self.steps
        ]
        return replace(self, steps=steps, apart=apart)

    def settle(self, step: Step) -> Step:
        """The step as it counts: without what needs the PRAGMA, if the project does not turn it on."""
        if self.foreign_keys is None or self.foreign_keys.enforced:
            return step
        self.apart += [problem for problem in step.problems if problem.foreign_keys]
        return replace(step, problems=tuple(problem for problem in step.problems if not problem.foreign_keys))

    @property
    def spared(self) -> list[str]:
        """The revisions that would lose rows, or fail, if the project turned PRAGMA foreign_keys on."""
        return list(dict.fromkeys(problem.revision for problem in self.apart if not problem.consequence))

    def with_defects(self, defects: Iterable[Problem]) -> Report:
        """The same with these among the problems of their revisions, where they are not yet."""
        found: dict[str, dict[Problem, str]] = {}
        for defect in defects:
            found.setdefault(defect.path, {})[defect] = defect.revision
        steps = []
        for step in self.steps:
            more = found.pop(step.path, {})
            steps.append(replace(step, problems=tuple(dict.fromkeys([*more, *step.problems]))))
        for path, rest in found.items():  # of revisions that were not replayed
            steps.append(Step(next(iter(rest.values())), path, "", "", (), tuple(rest)))
        return replace(self, steps=steps)

    def count(self, kind: str, consequences: bool = False) -> int:
        """How many problems of one class there are, by default without the mere consequences."""
        return sum(p.kind == kind and (consequences or not p.consequence) for p in self.problems)

    def fails(self, only: Collection[str] = ()) -> bool:
        return any(problem.fails(only) for problem in self.problems)
