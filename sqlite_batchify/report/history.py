"""The report of a replay: as text, JSON, GitHub annotations and JUnit XML."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..findings import ALTER, BATCH, FOREIGN, LOST, PROBLEM_CLASSES, SCRIPT
from ..sources import shown_path
from ..verify.results import DEFECT, Problem, Report, Step
from . import workflow
from .fixing import fix_lines, shape_of
from .text import BOLD, GREEN, RED, YELLOW, count, paint

if TYPE_CHECKING:
    from ..verify.fixing import Fixed

Only = Collection[str]
"""The classes that count; none stands for all."""

_MEANING = {
    ALTER: "operations that SQLite cannot do",
    BATCH: "batch_alter_table blocks that fail",
    LOST: "rows, values or parts of the schema that get lost",
    FOREIGN: "statements, types or functions of another database",
    SCRIPT: "errors of the scripts themselves",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN = 8  # problems that a summary shows


def as_text(
    report: Report,
    only: Only,
    verbose: bool,
    colour: bool = False,
    before: Report | None = None,
    ddl: Any = None,
    fixed: Fixed | None = None,
) -> Iterator[str]:
    """The lines of a summary: what is wrong, then counts; with ``verbose`` every revision and every problem.

    ``before`` and ``ddl`` are the report of the history as it is, and the comparison of the SQL for other databases,
    where ``report`` is that of the rewritten history; ``fixed`` says what led to it where it is that of one that was
    mended. What was not looked at comes first.
    """
    for line in unseen_lines(report):
        yield paint(line, RED, colour)
    yield _headline(report)
    if report.foreign_keys is not None and report.foreign_keys.enforced:
        yield f"PRAGMA foreign_keys is {report.foreign_keys}"
    if report.stubbed:
        yield f"stubs stood in for {', '.join(report.stubbed)}: what these would do was not looked at"
    if report.convention:
        yield f"constraints are named by the naming convention {report.convention}; --metadata gives another"
    if verbose:
        yield from (_step_line(step, only, colour) for step in report.steps)
    problems = [problem for problem in report.problems if verbose or not problem.consequence]
    problems.sort(key=lambda problem: (problem.kind != DEFECT, not problem.unimported, not problem.fails(only)))
    shown = problems if verbose else problems[:_SHOWN]
    yield from _problem_lines(shown, only, colour)
    if len(problems) > len(shown):
        yield f"... and {count(len(problems) - len(shown), 'more problem')}; -v shows them all"
    yield ""
    yield from _counts(report, only, colour) if before is None else _side_by_side(before, report, only, ddl, colour)
    hidden = sum(problem.consequence for problem in report.problems)
    if hidden and not verbose:
        yield f"{hidden:6,}  more that only follow from these"
    if report.spared:
        yield _spared_line(report)
    if report.emulated:
        yield "emulated: " + ", ".join(f"{name} {times}" for name, times in sorted(report.emulated.items()))
    if fixed is not None:
        yield from ("", *fix_lines(fixed))


def unseen_lines(report: Report) -> Iterator[str]:
    """How many revisions were not looked at, and why."""
    defective = {step.revision for step in report.steps if step.defects}
    if defective:
        yield f"{_not_looked_at(defective)}, through a defect of sqlite-batchify; --traceback shows where"
    for what, problems in report.unimported.items():
        revisions = {problem.revision for problem in problems}
        yield f"{_not_looked_at(revisions)}, as this cannot be imported: {what}; {problems[0].remedy}"


def _not_looked_at(revisions: Collection[str]) -> str:
    return f"{len(revisions):,} {'revision was' if len(revisions) == 1 else 'revisions were'} not looked at"


def _counts(report: Report, only: Only, colour: bool) -> Iterator[str]:
    for kind in PROBLEM_CLASSES:
        number = report.count(kind)
        yield f"{paint(f'{number:6,}', _shade(report, kind, only), colour)}  {kind:8} {_MEANING[kind]}"


def _shade(report: Report, kind: str, only: Only) -> str:
    """The colour of the number of problems of a class: whether one of them counts."""
    counting = any(each.kind == kind and each.fails(only) for each in report.problems)
    return RED if counting else YELLOW if report.count(kind) else GREEN


def _spared_line(report: Report) -> str:
    """What would be if the project turned foreign keys on."""
    number = len(report.spared)
    revisions = "revision" if number == 1 else "revisions"
    would = f"{number:6,}  {revisions} would lose rows with foreign keys on"
    return f"{would} ({report.foreign_keys}; --foreign-keys on shows them)"


def _headline(report: Report) -> str:
    done = count(len(report.steps), "revision")
    found = f" (found by {report.found})" if report.found else ""
    version, seconds = report.sqlite_version, report.seconds
    return f"{done} of {shown_path(report.target)}{found} up, down and up again on SQLite {version} in {seconds:.1f} s"


def _side_by_side(before: Report, after: Report, only: Only, ddl: Any, colour: bool) -> Iterator[str]:
    yield f"{'':10}{'as it is':>10}{'rewritten':>11}"
    for kind in PROBLEM_CLASSES:
        old, new = before.count(kind), after.count(kind)
        yield f"{kind:10}{old:10,}{paint(f'{new:11,}', _shade(after, kind, only), colour)}  {_MEANING[kind]}"
    same = "all the same" if not ddl.differences else f"{count(len(ddl.differences), 'text')} not the same"
    if ddl.renamed:
        same += f" but for the names of constraints, in {ddl.renamed}"
    yield f"SQL for postgresql, mysql, mssql and oracle: {count(ddl.compared, 'text')}, {same}"
    for difference in ddl.differences[:_SHOWN]:
        yield f"  {difference.path}: {difference.direction} on {difference.dialect}"


def as_json(
    report: Report, only: Only, ddl: Any = None, before: Report | None = None, fixed: Fixed | None = None
) -> str:
    """The whole report as one JSON object; its shape is told in the README."""
    shape = _json_of(report, only)
    if before is not None:
        shape["before"] = _json_of(before, only)
    if ddl is not None:
        shape["ddl"] = {
            "compared": ddl.compared,
            "renamed": ddl.renamed,
            "differences": [
                {
                    "revision": each.revision,
                    "direction": each.direction,
                    "dialect": each.dialect,
                    "before": list(each.before),
                    "after": list(each.after),
                }
                for each in ddl.differences
            ],
        }
    if fixed is not None:
        shape["fix"] = shape_of(fixed)
    return json.dumps(shape, indent=2)


def as_github(report: Report, only: Only) -> Iterator[str]:
    """Workflow commands (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""
    for problem in sorted(report.problems, key=lambda problem: problem.kind != DEFECT):
        if not problem.consequence:
            level = "error" if problem.fails(only) else "warning"
            title = f"{problem.code.code} {problem.code.name}"
            text = f"{problem.revision} {_when(problem)}: {problem.message}; {problem.remedy}"
            yield workflow.annotation(level, problem.path, problem.line, 0, title, text)


def as_junit(report: Report, only: Only) -> str:
    """JUnit's XML: a test case for each revision."""
    from xml.etree import ElementTree

    failing = [
        step for step in report.steps if any(problem.fails(only) for problem in step.problems) and not step.unseen
    ]
    suite = ElementTree.Element(
        "testsuite",
        name=f"sqlite-batchify verify {report.target}",
        tests=str(len(report.steps)),
        failures=str(len(failing)),
        errors=str(sum(bool(step.unseen) for step in report.steps)),
        skipped="0",
        time=f"{report.seconds:.3f}",
    )
    for step in report.steps:
        case = ElementTree.SubElement(suite, "testcase", classname=_legal(step.path), name=_legal(_name(step)))
        wrong = step.unseen or [problem for problem in step.problems if problem.fails(only)]
        if wrong:
            what = "error" if step.unseen else "failure"
            failure = ElementTree.SubElement(case, what, type=wrong[0].code.name, message=_legal(wrong[0].message))
            failure.text = _legal(failure_text(step, only))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _legal(text: str) -> str:
    """The text without the characters that XML does not have (https://www.w3.org/TR/xml/#charsets)."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def failure_text(step: Step, only: Only) -> str:
    """What is wrong with one revision, ``""`` if nothing decides."""
    wrong = [problem for problem in step.problems if problem.fails(only)]
    return "\n".join(_problem_lines(wrong, only, False))


def _problem_lines(problems: Iterable[Problem], only: Only, colour: bool) -> Iterator[str]:
    """Where each problem is and what it is; what is the same for several, message or remedy, stands there once."""
    alike: dict[object, dict[str, list[Problem]]] = {}
    for each in problems:
        key = each if each.consequence else (each.code.code, each.fails(only), each.remedy)
        alike.setdefault(key, {}).setdefault(each.message, []).append(each)
    for by_message in alike.values():
        for message, same in by_message.items():
            for problem in same:
                place = paint(f"{problem.path}:{problem.line}", BOLD, colour)
                follows = " (follows from an earlier failure)" if problem.consequence else ""
                yield f"{place}: {problem.revision} {_when(problem)}{follows}"
            shade = RED if problem.fails(only) else YELLOW
            yield f"    {paint(problem.code.code, shade, colour)} {message}"
        if not problem.consequence:
            yield f"    {problem.remedy}"


def _when(problem: Problem) -> str:
    return problem.direction + (" with foreign keys on" if problem.foreign_keys else "")


def _step_line(step: Step, only: Only, colour: bool) -> str:
    wrong = any(problem.fails(only) for problem in step.problems)
    if step.unseen:
        word = paint("----", RED, colour)
    else:
        word = paint("FAIL", RED, colour) if wrong else paint("ok  ", GREEN, colour)
    skipped = f" (no {', '.join(step.skipped)})" if step.skipped else ""
    return f"{word} {_name(step)}{skipped}"


def _name(step: Step) -> str:
    database = f"[{step.database}] " if step.database else ""
    return f"{database}{step.revision} {step.title}".strip()


def _json_of(report: Report, only: Only) -> dict[str, Any]:
    return {
        "target": report.target,
        "found": report.found,
        "sqlite_version": report.sqlite_version,
        "seconds": round(report.seconds, 3),
        "fails": report.fails(only),
        "not_looked_at": report.unseen,
        "not_imported": {what: len(problems) for what, problems in report.unimported.items()},
        "stubbed": report.stubbed,
        "counts": {kind: report.count(kind) for kind in PROBLEM_CLASSES},
        "emulated": report.emulated,
        "naming_convention": report.convention,
        "pragma": _json_of_keys(report),
        "revisions": [
            {
                "revision": step.revision,
                "path": step.path,
                "title": step.title,
                "database": step.database,
                "skipped": list(step.skipped),
                "problems": [_json_of_problem(problem) for problem in step.problems],
            }
            for step in report.steps
        ],
    }


def _json_of_keys(report: Report) -> dict[str, Any] | None:
    keys = report.foreign_keys
    if keys is None:
        return None
    return {
        "enforced": keys.enforced,
        "on": list(map(str, keys.on)),
        "off": list(map(str, keys.off)),
        "elsewhere": list(map(str, keys.elsewhere)),
        "would_lose": report.spared,
    }


def _json_of_problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code.code,
        "name": problem.code.name,
        "class": problem.kind,
        "direction": problem.direction,
        "line": problem.line,
        "message": problem.message,
        "remedy": problem.remedy,
        "consequence": problem.consequence,
        "foreign_keys": problem.foreign_keys,
    }
