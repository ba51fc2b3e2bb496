"""``sqlite-batchify init``"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..report import text
from ..sources import SourceError, write
from .status import FINE
from .terminal import PROGRAM, HelpFormatter, complain, wants_colour, write_bytes

_EPILOG = """\
examples:
  sqlite-batchify init                  show what would be added, as a diff
  sqlite-batchify init --write backend  add it to the project in backend

Nothing of the project is run. Exit status: 0 shown, done, or nothing to do;
2 no project is there, or a file cannot be written
"""


def run(arguments: Sequence[str]) -> int:
    """Show or write what a project lacks. Returns the exit status."""
    from ..setup import SetupError, plan_setup

    options = parser().parse_args(arguments)
    try:
        plan = plan_setup(options.folder or os.environ.get("ALEMBIC_CONFIG") or os.curdir, options.portable)
    except SetupError as error:
        return complain(str(error), "init")
    status = FINE
    for change in plan.changes:
        if not options.write:
            write_bytes(text.unified_diff(change.path, change.before, change.after, wants_colour(sys.stdout)))
            continue
        try:
            write(change.path, change.after)
        except SourceError as error:
            status = complain(f"{change.path}: cannot be written: {error.reason}; check its permissions", "init")
        else:
            print(f"changed {change.path} ({', '.join(change.what)})")
    sys.stdout.flush()
    for note in (*plan.foreign_keys, *plan.notes):
        print(note, file=sys.stderr)
    if not plan.changes:
        print("nothing to add", file=sys.stderr)
    elif not options.write:
        print(f"{text.count(len(plan.changes), 'file')} would change; init --write does it", file=sys.stderr)
    return status


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} init",
        description="Set a project up so that new revision scripts run on SQLite: the hook in\n"
        "alembic.ini or pyproject.toml, render_as_batch=True and, where foreign keys are\n"
        "turned on, their PRAGMA off in env.py, and the entry in .pre-commit-config.yaml\n"
        "if there is one.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="the project's folder (default: this one)")
    parser.add_argument("--write", action="store_true", help="change the files; without it, print a unified diff")
    foreign = "let the hooks make scripts for PostgreSQL or MySQL run on SQLite as well"
    parser.add_argument("--portable", action="store_true", help=foreign)
    return parser
