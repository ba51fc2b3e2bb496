"""``sqlite-batchify verify``"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..config import VerifyConfig, find_config, read_classes
from ..findings import INTERNAL, PROBLEM_CLASSES
from ..project import Project
from ..reading.revisions import read_revision
from ..rewriting import Rewriter
from ..rewritten import Rewritten, unchanged
from ..sources import shown_path
from .replaying import becoming, load, print_report, replay, stubs
from .status import FAILED, FINE, REMAINS
from .terminal import PROGRAM, HelpFormatter, complain, less_garbage

if TYPE_CHECKING:
    from ..verify import Transform
    from ..verify.dialects import Comparison
    from ..verify.results import Problem

_EPILOG = """\
examples:
  sqlite-batchify verify                     the project that is found here
  sqlite-batchify verify --rewritten migrations/versions
  sqlite-batchify verify --database app.db   the pending revisions, on a copy
  sqlite-batchify verify --fix               put remedies into the scripts

Neither env.py nor the configured database is touched. Exit status: 0 all of it
runs on SQLite and nothing gets lost; 1 something fails or gets lost; 2 it could
not run, or not look at every revision
"""


def run(arguments: Sequence[str]) -> int:
    """Replay a history and report. Returns the exit status. Raises ConfigError."""
    from ..verify.revisions import HistoryError

    options = parser().parse_args(arguments)
    if options.fix and options.rewritten:
        return complain("--fix mends scripts as they are: run sqlite-batchify, which rewrites them, and then --fix")
    if options.diff and not options.fix:
        return complain("--diff shows what --fix would change; give both")
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
    add("--portable", action=flag, help="with --rewritten: as it would be made portable")
    add("--fix", action="store_true", help="put the remedies that are edits into the scripts")
    add("--diff", action="store_true", help="with --fix: write nothing; print unified diffs")
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
    from ..verify.leaving import with_what_is_left

    only, rewritten = tuple(options.only or ()), bool(options.rewritten)
    if options.fix:
        from .fixing import fix

        return fix(options, only)
    before = replay(options, Project())
    after, ddl, left = before, None, becoming(Rewriter(Project()))
    if rewritten:
        named, kept = (Project(naming=each, portable=options.portable) for each in (None, "keep"))
        rewriting, keeping = _Rewriting(named), _Rewriting(kept)
        after = replay(options, rewriting.project, rewriting)
        ddl = _compare(options, keeping, rewriting)
        defects = [*before.defects, *rewriting.defects(), *keeping.defects(), *ddl.defects]
        after, left = after.with_defects(defects), rewriting.again()
    print_report(options, only, with_what_is_left(after, left), before if rewritten else None, ddl)
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

    def again(self) -> Callable[[str], Rewritten | None]:
        """What becomes of a rewritten script that is rewritten again: nothing, but what is found in it is told."""
        return {shown_path(path): unchanged(done.result, *done.remaining) for (_, path), done in self._done.items()}.get

    def defects(self) -> list[Problem]:
        from ..verify.defects import defect_of
        from ..verify.results import REWRITE

        return [
            defect_of(each, read_revision(source.decode(errors="replace")).revision or each.path, REWRITE)
            for (source, _), done in self._done.items()
            for each in done.findings
            if each.code == INTERNAL
        ]


def _compare(options: argparse.Namespace, keeping: Transform, rewriting: Transform) -> Comparison:
    from ..verify.dialects import compare_histories

    with stubs(options):
        return compare_histories(*(load(options, each) for each in (None, keeping, rewriting)))
