"""Arguments, dispatch, exit status. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from . import __version__, findings
from .findings import BROKEN, ERROR, UNDONE, Finding
from .report import text
from .rewrite import MINIMAL, STYLES, Rewritten, rewrite_source
from .sources import Candidate, SourceError, discover, is_revision_script, read, write

PROGRAM = "sqlite-batchify"
FINE, REMAINS, FAILED = 0, 1, 2
_PATIENCE = 0.5  # seconds before a progress bar shows

_EPILOG = """\
examples:
  sqlite-batchify migrations/versions/*.py      rewrite these scripts in place
  sqlite-batchify --check migrations            would anything change? (exit status 1 if so)
  sqlite-batchify --diff migrations             show what would change
  cat script.py | sqlite-batchify -             from standard input to standard output

exit status: 0 fine, rewriting included; 1 something remains that would fail on SQLite, or --check
would change a file; 2 a file could not be done, or the usage is wrong
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. ``argv`` are the arguments without the program's name. Returns the exit status."""
    options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if "-" in options.paths:
            return _rewrite_stdin(options)
        return _rewrite_files(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; every file is whole", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Make Alembic revision scripts run on SQLite: operations that SQLite cannot do are put into "
        "batch_alter_table blocks. For every other database nothing changes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a file, or a folder for the revision scripts below it; - is standard input",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if something would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; print unified diffs")
    parser.add_argument(
        "--style",
        choices=STYLES,
        default=MINIMAL,
        help="minimal: blocks only where SQLite needs them (default); autogenerate: every run, "
        "as Alembic writes them under render_as_batch=True",
    )
    parser.add_argument("--stdin-filename", metavar="NAME", default="<stdin>", help="how to call standard input")
    parser.add_argument("-q", "--quiet", action="store_true", help="print findings and errors only")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the unchanged files too")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


@dataclass
class _Tally:
    """What has been seen, for the summary and the exit status."""

    changed: int = 0
    unchanged: int = 0
    broken: int = 0
    findings: list[Finding] = field(default_factory=list)

    def status(self, check: bool) -> int:
        if self.broken:
            return FAILED
        remains = any(finding.code.severity == ERROR for finding in self.findings)
        return REMAINS if remains or (check and self.changed) else FINE


def _rewrite_stdin(options: argparse.Namespace) -> int:
    """Standard input to standard output. What is found goes to stderr, so that stdout is the script alone."""
    if options.paths != ["-"]:
        print(f"{PROGRAM}: - cannot stand beside other paths; give it alone", file=sys.stderr)
        return FAILED
    rewritten = rewrite_source(sys.stdin.buffer.read(), style=options.style, path=options.stdin_filename)
    tally = _Tally()
    _count(rewritten, tally)
    for finding in rewritten.findings:
        print(text.finding_line(finding, _colour(sys.stderr)), file=sys.stderr)
    if options.diff:
        _write_bytes(text.diff(options.stdin_filename, rewritten, _colour(sys.stdout)))
    elif not options.check and not tally.broken:
        _write_bytes(rewritten.result)
    sys.stdout.flush()
    return tally.status(options.check)


def _rewrite_files(options: argparse.Namespace) -> int:
    tally = _Tally()
    candidates = _with_progress(list(discover(options.paths)), options.quiet)
    scripts = [os.path.realpath(each.path) for each in candidates if _rewrite_file(each, options, tally)]
    for path in options.paths:
        inside = os.path.join(os.path.realpath(path), "")
        if os.path.isdir(path) and not any(script.startswith(inside) for script in scripts):
            _report(Finding(findings.NO_SCRIPTS, path, 0, 0, ""), tally)
    if not options.quiet:
        line = text.summary_line(
            tally.changed, tally.unchanged, tally.broken, len(tally.findings), options.check or options.diff
        )
        print(line, file=sys.stderr if options.diff else sys.stdout)
    sys.stdout.flush()
    return tally.status(options.check)


def _rewrite_file(candidate: Candidate, options: argparse.Namespace, tally: _Tally) -> bool:
    """Do one file. Returns whether it counts: in a folder, only revision scripts do."""
    path = candidate.path
    try:
        source = read(path)
        if not candidate.named and not is_revision_script(source):
            return False
    except SourceError as error:
        _report(Finding(findings.UNREADABLE, path, 0, 0, error.reason), tally)
        return True
    rewritten = rewrite_source(source, style=options.style, path=path)
    if rewritten.changed and not (options.check or options.diff):
        try:
            write(path, rewritten.result)
        except SourceError as error:
            _report(Finding(findings.UNWRITABLE, path, 0, 0, error.reason), tally)
            return True
    _print_result(path, rewritten, options)
    _count(rewritten, tally)
    for finding in rewritten.findings if options.check or options.diff else rewritten.remaining:
        _print_finding(finding)
    return True


def _print_result(path: str, rewritten: Rewritten, options: argparse.Namespace) -> None:
    if options.diff:
        _write_bytes(text.diff(path, rewritten, _colour(sys.stdout)))
    elif rewritten.changed and not options.quiet:
        print(text.result_line(path, rewritten, options.check))
    elif options.verbose and not any(finding.code in UNDONE for finding in rewritten.findings):
        print(f"unchanged {path}")


def _count(rewritten: Rewritten, tally: _Tally) -> None:
    tally.broken += any(finding.code in BROKEN for finding in rewritten.findings)
    tally.changed += rewritten.changed
    undone = any(finding.code in UNDONE for finding in rewritten.findings)
    tally.unchanged += not (undone or rewritten.changed)
    tally.findings += [finding for finding in rewritten.findings if finding.code not in BROKEN]


def _report(finding: Finding, tally: _Tally) -> None:
    tally.broken += 1
    _print_finding(finding)


def _print_finding(finding: Finding) -> None:
    """Findings are results; what could not be done is a message."""
    stream = sys.stderr if finding.code in BROKEN else sys.stdout
    if stream is sys.stderr:
        sys.stdout.flush()
    print(text.finding_line(finding, _colour(stream)), file=stream, flush=stream is sys.stderr)


def _write_bytes(data: bytes) -> None:
    """Write to stdout what has an encoding of its own."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _with_progress(candidates: list[Candidate], quiet: bool) -> Iterator[Candidate]:
    """The candidates, with a progress bar on a terminal once it has taken a while."""
    if quiet or len(candidates) < 2 or not sys.stderr.isatty():
        yield from candidates
        return
    started = time.monotonic()
    for number, candidate in enumerate(candidates):
        if time.monotonic() - started > _PATIENCE:
            from rich.console import Console
            from rich.progress import track

            rest = candidates[number:]
            console = Console(stderr=True)
            yield from track(rest, "rewriting", len(candidates), number, console=console, transient=True)
            return
        yield candidate
