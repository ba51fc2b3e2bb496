"""A history once more as a whole: down to its base and up again from there, on a copy.

Each revision is taken down and up by itself, with its rows. What one downgrade leaves behind, or a script that needs
rows, may stop `alembic downgrade base` or the next `upgrade head` all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..findings import ROUND_TRIP
from .defects import defect_at
from .functions import function_of, raised_by
from .recorder import Recorder
from .results import DOWNGRADE, FROM_BASE, TO_BASE, UPGRADE, Problem, Step
from .revisions import Revision
from .tracks import Track

_LIKE = {TO_BASE: DOWNGRADE, FROM_BASE: UPGRADE}
Attempt = Callable[[Callable[[], None], Recorder], BaseException | None]


def is_worth_a_run(steps: Sequence[Step], track: Track) -> bool:
    """Whether the whole may do what its revisions do not; where one of them fails, it is known to."""
    problems = [problem for step in steps for problem in step.problems]
    if not steps or any(step.unseen or step.skipped for step in steps) or any(each.fails() for each in problems):
        return False
    return any(each.code == ROUND_TRIP for each in problems) or track.reads


def run_whole(revisions: Sequence[Revision], track: Track, attempt: Attempt, steps: Sequence[Step]) -> list[Step]:
    """The steps of these revisions with what fails or is lost besides."""
    found = {step.revision: step for step in steps}
    for revision, problem in _problems(revisions, track, attempt):
        step = found[revision.id]
        if not any(_is_the_same(problem, known) for known in step.problems):
            found[revision.id] = replace(step, problems=(*step.problems, problem))
    return list(found.values())


def _problems(revisions: Sequence[Revision], track: Track, attempt: Attempt) -> Iterator[tuple[Revision, Problem]]:
    side = track.side
    side.copy_from(track.store)
    for direction, ordered in ((TO_BASE, reversed(revisions)), (FROM_BASE, iter(revisions))):
        for revision in ordered:
            function = function_of(revision, direction, track.name)
            if function is None:
                return
            recorder = Recorder(side, track.reader, revision, direction, set())
            try:
                error = attempt(function, recorder)
            except Exception as defect:
                yield revision, defect_at(revision, direction, defect)
                return
            if isinstance(error, NotImplementedError) and raised_by(error, revision.path):
                return
            if error is not None:
                recorder.note_end(error)
            yield from ((revision, problem) for problem in recorder.problems)
            if error is not None:
                return


def _is_the_same(problem: Problem, known: Problem) -> bool:
    return (problem.code, problem.line) == (known.code, known.line) and _LIKE[problem.direction] == known.direction
