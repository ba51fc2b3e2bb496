"""``sqlite-batchify verify``"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ..config import VerifyConfig, find_config, read_classes
from ..findings import INTERNAL, PROBLEM_CLASSES
from ..project import Project
from ..rewriting import Rewriter, Rewritten
from ..sources import shown_path
from .status import FAILED, FINE, REMAINS
from .terminal import PROGRAM, HelpFormatter, complain, less_garbage, wants_colour, with_progress

if TYPE_CHECKING:
    from ..verify import Transform
    from ..verify.dialects import Comparison
    from ..verify.results import Problem, Report

_EPILOG = """\
examples:
  sqlite-batchify verify                     the project that is found here
  sqlite-batchify verify --rewritten migrations/versions
  sqlite-batchify verify --database app.db   the pending revisions, on a copy

Neither env.py nor the configured database is touched. Exit status: 0 all of it
runs on SQLite and nothing gets lost; 1 something fails or gets lost; 2 it could
not run, or not look at every revision
"""


def run(arguments: Sequence[str]) -> int:
    """Replay a history and report. Returns the exit status. Raises ConfigError."""
    from ..verify.revisions import HistoryError

    options = parser().parse_args(arguments)
    _fill_in(options)
    try:
        with less_garbage():
            return _verify(options)
    except HistoryError as error:
        return complain(str(error), "verify")
    except ImportError as error:
        return complain(f"{error}; check --sqlite-module and --metadata", "verify")


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} verify",
        usage="%(prog)s [options] [TARGET]",
        description="Run every revision up, down and up again on a scratch SQLite database, with\n"
        "rows in every table, and show what fails and what is lost.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    add = parser.add_argument
    flag = argparse.BooleanOptionalAction
    add("target", metavar="TARGET", nargs="?", help="folder of scripts, script location, alembic.ini or pyproject.toml")
    add("--rewritten", action=flag, help="compare the history as it is and as it would be rewritten")
    add("--portable", action=flag, help="with --rewritten: as it would be made portable (default: as configured)")
    keys = "PRAGMA foreign_keys (default: auto, as the project's text has it)"
    add("--foreign-keys", choices=("auto", "off", "on", "both"), help=keys)
    add("--database", metavar="FILE", help="run the pending revisions on a copy of this SQLite database")
    add("--metadata", metavar="MODULE:ATTRIBUTE", help="the project's MetaData, for its naming convention")
    add("--from", dest="start", metavar="REVISION", help="begin after this revision")
    add("--to", dest="stop", metavar="REVISION", help="end with this revision")
    add("-x", action="append", metavar="ARG", help="an argument for context.get_x_argument()")
    add("--only", metavar="CLASSES", type=_classes, help=f"what counts, of {','.join(PROBLEM_CLASSES)} (default: all)")
    add("--stub-imports", action=flag, help="let stubs stand in for modules that scripts import and that are not there")
    add("--format", choices=("text", "json", "github", "junit"), default="text", help="how to report (default: text)")
    add("--sqlite-module", metavar="NAME", help="a module in place of sqlite3, such as pysqlite3")
    add("--traceback", action="store_true", help="where the program itself has failed (SB202), print where")
    add("-q", "--quiet", action="store_true", help="print nothing but errors")
    add("-v", "--verbose", action="store_true", help="show every revision and every problem")
    return parser


def _classes(text: str) -> tuple[str, ...]:
    try:
        return read_classes(text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _fill_in(options: argparse.Namespace) -> None:
    """Put what the project has configured where the command line says nothing."""
    target = options.target
    folder = target if target is None or os.path.isdir(target) else os.path.dirname(target)
    config = find_config(folder or os.curdir)
    configured: VerifyConfig = config.verify
    for name, value in configured._asdict().items():
        if getattr(options, name) is None:
            setattr(options, name, list(value) if isinstance(value, tuple) else value)
    if target is None and configured.target is not None:
        options.target = os.path.relpath(os.path.join(config.folder, configured.target))


def _verify(options: argparse.Namespace) -> int:
    only, rewritten = tuple(options.only or ()), bool(options.rewritten)
    before = _replay(options, Project())
    after, ddl = before, None
    if rewritten:
        named, kept = (Project(naming=each, portable=options.portable) for each in (None, "keep"))
        rewriting, keeping = _Rewriting(named), _Rewriting(kept)
        after = _replay(options, rewriting.project, rewriting)
        ddl = _compare(options, keeping, rewriting)
        defects = [*before.defects, *rewriting.defects(before), *keeping.defects(before), *ddl.defects]
        after = after.with_defects(defects)
    _print(options, only, after, before if rewritten else None, ddl)
    if after.unseen:
        return FAILED
    return REMAINS if after.fails(only) or bool(ddl and ddl.differences) else FINE


class _Rewriting:
    """Rewrites each script once, and knows at which of them the program itself failed."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._rewriter = Rewriter(project)
        self._done: dict[tuple[bytes, str], Rewritten] = {}

    def __call__(self, source: bytes, path: str) -> bytes:
        done = self._done.get((source, path))
        if done is None:
            done = self._done[source, path] = self._rewriter.rewrite(source, path)
        return done.result

    def defects(self, report: Report) -> list[Problem]:
        from ..verify.defects import defect_of
        from ..verify.results import REWRITE

        revisions = {step.path: step.revision for step in report.steps}
        found = (each for done in self._done.values() for each in done.findings if each.code == INTERNAL)
        return [defect_of(each, revisions.get(shown_path(each.path), each.path), REWRITE) for each in found]


def _replay(options: argparse.Namespace, project: Project, transform: Transform | None = None) -> Report:
    from ..verify import verify_history

    quiet = options.quiet or options.format != "text"
    report = verify_history(
        options.target,
        foreign_keys=options.foreign_keys or "auto",
        database=options.database,
        metadata=None if options.metadata is None else _load_attribute(options.metadata),
        start=options.start,
        stop=options.stop,
        arguments=options.x or (),
        sqlite_module=options.sqlite_module,
        stub_imports=bool(options.stub_imports),
        transform=transform,
        progress=lambda steps, total: with_progress(steps, total, "replaying", quiet),
    )
    return report.without(project.ignored)


def _compare(options: argparse.Namespace, keeping: Transform, rewriting: Transform) -> Comparison:
    from ..verify.dialects import compare_histories
    from ..verify.history import load_history
    from ..verify.imports import stubbed_imports

    with stubbed_imports() if options.stub_imports else nullcontext():
        return compare_histories(
            *(load_history(options.target, each, options.x or ()) for each in (None, keeping, rewriting))
        )


def _print(
    options: argparse.Namespace, only: tuple[str, ...], after: Report, before: Report | None, ddl: Comparison | None
) -> None:
    from ..report import history as report

    if options.traceback:
        print("".join(defect.traceback for defect in after.defects), end="", file=sys.stderr)
    if after.unseen and (options.quiet or options.format != "text"):
        for line in report.unseen_lines(after):
            complain(line, "verify")
    if options.format == "json":
        print(report.as_json(after, only, ddl, before))
    elif options.format == "junit":
        print(report.as_junit(after, only))
    elif options.format == "github":
        print("\n".join(report.as_github(after, only)))
    elif not options.quiet:
        colour = wants_colour(sys.stdout)
        print("\n".join(report.as_text(after, only, options.verbose, colour, before, ddl)))


def _load_attribute(name: str) -> Any:
    """What ``module:attribute`` names, looked for from this folder. Raises ImportError."""
    from ..verify.errors import describe
    from ..verify.scripts import run_script

    found: list[Any] = []
    usual = list(sys.path)
    sys.path.insert(0, os.getcwd())
    error = run_script(lambda: found.append(_attribute(*name.partition(":")[::2])))
    sys.path[:] = usual
    if error is not None:
        raise ImportError(f"{name}: {describe(error)}") from error
    return found[0]


def _attribute(module: str, attribute: str) -> Any:
    import importlib

    value: Any = importlib.import_module(module)
    for part in attribute.split("."):
        value = getattr(value, part)
    return value
