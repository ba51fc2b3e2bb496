"""``sqlite-batchify verify --fix``"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ..project import Project
from ..report import text
from ..report.fixing import fix_lines
from ..rewriting import Rewriter
from ..sources import SourceError, read, shown_path, write
from ..verify.fixing import Means, fix_history
from ..verify.leaving import with_what_is_left
from .replaying import becoming, load, print_report, replay, stubs
from .status import FAILED, FINE, REMAINS
from .terminal import complain, wants_colour, write_bytes

if TYPE_CHECKING:
    from ..verify.fixing import Changed, Fixed


def fix(options: argparse.Namespace, only: tuple[str, ...]) -> int:
    """Mend a history, write its scripts or show what would change, and report. Returns the exit status."""
    project, rewriter = Project(), Rewriter(Project())
    fixed = fix_history(
        Means(
            replay=lambda transform: replay(options, project, transform),
            load=lambda transform: load(options, transform),
            within=lambda: stubs(options),
            rewrites=lambda source, path: rewriter.rewrite(source, path).changed,
        ),
        only,
    )
    if options.diff:
        for each in fixed.scripts:
            write_bytes(text.unified_diff(shown_path(each.path), each.before, each.after, wants_colour(sys.stdout)))
        sys.stdout.flush()
        if not options.quiet:
            print("\n".join(fix_lines(fixed, written=False)), file=sys.stderr)
    elif (refused := _write(fixed)) is not None:
        return complain(refused, "verify")
    else:
        print_report(options, only, with_what_is_left(fixed.after, becoming(rewriter)), fixed=fixed)
    if fixed.after.unseen:
        return FAILED
    return REMAINS if fixed.left else FINE


def _write(fixed: Fixed) -> str | None:
    """Write the scripts, all or none. Returns why it was none."""
    done: list[Changed] = []
    try:
        for each in fixed.scripts:
            if read(each.path) != each.before:
                raise SourceError("it has changed meanwhile; run this again")
            write(each.path, each.after)
            done.append(each)
    except SourceError as error:
        for written in done:
            write(written.path, written.before)
        return f"{shown_path(each.path)}: {error.reason}; no script was changed"
    return None
