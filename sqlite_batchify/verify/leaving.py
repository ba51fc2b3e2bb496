"""What is said of a problem that a rewriting would mend, where the rewriter leaves the script as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .. import findings
from ..planning.edits import REWRITTEN
from ..rewritten import Rewritten
from .results import Problem, Report

_LEAVES = "sqlite-batchify leaves it as it is"
_BY_HAND = "write it in a block by hand: with op.batch_alter_table(...) as batch_op"


def asks_for_rewriting(problem: Problem) -> bool:
    """Whether the remedy of a problem is that the script be rewritten."""
    advised = problem.code == findings.ALTER_FAILS and problem.remedy == problem.code.remedy.format(path=problem.path)
    return advised or any(each.where == REWRITTEN for each in problem.edits)


def with_what_is_left(report: Report, rewritten: Callable[[str], Rewritten | None]) -> Report:
    """The report without the advice to rewrite what is left as it is; there stands what the rewriter says of it.

    ``rewritten`` tells what becomes of the script at a path, None if that cannot be told.
    """
    steps = [
        replace(
            step, problems=tuple(_told(each, rewritten) if asks_for_rewriting(each) else each for each in step.problems)
        )
        for step in report.steps
    ]
    return replace(report, steps=steps)


def _told(problem: Problem, rewritten: Callable[[str], Rewritten | None]) -> Problem:
    done = rewritten(problem.path)
    if done is None or done.changed:
        return problem
    said = next((each for each in done.findings if each.line == problem.line), None)
    remedy = f"{_LEAVES}; {_BY_HAND}"
    if said is not None:
        remedy = f"{_LEAVES}: {said.code.code} {said.message}; {said.remedy}"
    return replace(problem, remedy=remedy, edits=())
