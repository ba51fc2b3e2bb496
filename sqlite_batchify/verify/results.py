"""What a replay found: problems, steps, the whole. Data only."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from ..findings import Code

UPGRADE, DOWNGRADE, AGAIN = "upgrade", "downgrade", "upgrade again"
ALTER, BATCH, FOREIGN, SCRIPT, LOST = "alter", "batch", "foreign", "script", "lost"
FAILING = (ALTER, BATCH, LOST)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one direction of one revision.

    ``kind`` is the class of an error, or ``lost``. ``line`` counts from 1, 0 if the script as a whole is meant.
    ``consequence``: it only follows from an earlier failure. ``foreign_keys``: it needs PRAGMA foreign_keys=ON.
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

    def fails(self, strict: bool = False) -> bool:
        """Whether it decides the exit status."""
        return not self.consequence and (strict or self.kind in FAILING)


@dataclass(frozen=True)
class Step:
    """One revision: what was run of it and what was wrong. ``skipped`` names directions that refuse on purpose."""

    revision: str
    path: str
    title: str
    database: str
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass
class Report:
    """One history on SQLite."""

    target: str
    sqlite_version: str
    steps: list[Step] = field(default_factory=list)
    emulated: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def problems(self) -> list[Problem]:
        return [problem for step in self.steps for problem in step.problems]

    def without(self, ignored: Callable[[str], Collection[str]]) -> Report:
        """The same without the problems whose codes are ignored for their path."""
        steps = [
            replace(step, problems=tuple(each for each in step.problems if each.code.code not in ignored(each.path)))
            for step in self.steps
        ]
        return replace(self, steps=steps)

    def count(self, kind: str, consequences: bool = False) -> int:
        """How many problems of one class there are, by default without the mere consequences."""
        return sum(p.kind == kind and (consequences or not p.consequence) for p in self.problems)

    def fails(self, strict: bool = False) -> bool:
        return any(problem.fails(strict) for problem in self.problems)
