"""The history that the options of ``verify`` name: run, loaded, and reported on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from ..project import Project
from ..sources import SourceError, read
from .terminal import complain, wants_colour, with_progress

if TYPE_CHECKING:
    from ..rewriting import Rewriter
    from ..rewritten import Rewritten
    from ..verify import Transform
    from ..verify.dialects import Comparison
    from ..verify.fixing import Fixed
    from ..verify.history import History
    from ..verify.results import Report


def replay(options: argparse.Namespace, project: Project, transform: Transform | None = None) -> Report:
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


def becoming(rewriter: Rewriter) -> Callable[[str], Rewritten | None]:
    """What would become of the script at a path, None if it cannot be read."""

    @cache
    def rewritten(path: str) -> Rewritten | None:
        try:
            return rewriter.rewrite(read(path), path)
        except SourceError:
            return None

    return rewritten


def load(options: argparse.Namespace, transform: Transform | None) -> History:
    """The history with its scripts loaded. Raises HistoryError."""
    from ..verify.history import load_history

    return load_history(options.target, transform, options.x or ())


def stubs(options: argparse.Namespace) -> AbstractContextManager[object]:
    """Where scripts are loaded and run: with stubs, if these are wanted."""
    from ..verify.imports import stubbed_imports

    return stubbed_imports() if options.stub_imports else nullcontext()


def print_report(
    options: argparse.Namespace,
    only: tuple[str, ...],
    after: Report,
    before: Report | None = None,
    ddl: Comparison | None = None,
    fixed: Fixed | None = None,
) -> None:
    from ..report import history as report

    if options.traceback:
        print("".join(defect.traceback for defect in after.defects), end="", file=sys.stderr)
    if after.unseen and (options.quiet or options.format != "text"):
        for line in report.unseen_lines(after):
            complain(line, "verify")
    if options.format == "json":
        print(report.as_json(after, only, ddl, before, fixed))
    elif options.format == "junit":
        print(report.as_junit(after, only))
    elif options.format == "github":
        print("\n".join(report.as_github(after, only)))
    elif not options.quiet:
        colour = wants_colour(sys.stdout)
        print("\n".join(report.as_text(after, only, options.verbose, colour, before, ddl, fixed)))


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
