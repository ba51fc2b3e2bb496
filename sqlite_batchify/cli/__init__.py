"""Arguments, dispatch, exit status. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO, TypeVar

from . import __version__, findings
from .config import ConfigError, read_naming_option
from .findings import BROKEN, ERROR, UNDONE, Finding
from .project import Project
from .report import text
from .rewrite import STYLES, Rewritten
from .sources import Candidate, SourceError, discover, is_revision_script, read, write

PROGRAM = "sqlite-batchify"
FINE, REMAINS, FAILED = 0, 1, 2
_Item = TypeVar("_Item")
_PATIENCE = 0.5  # seconds before a progress bar shows

_EPILOG = """\
examples:
  sqlite-batchify migrations/versions/*.py      rewrite these scripts in place
  sqlite-batchify --check migrations            would anything change? (exit status 1 if so)
  sqlite-batchify --diff migrations             show what would change
  cat script.py | sqlite-batchify -             from standard input to standard output
  sqlite-batchify verify migrations             run the history on SQLite (see verify --help)

exit status: 0 fine, rewriting included; 1 something remains that would fail on SQLite, or --check
would change a file; 2 a file could not be done, or the usage is wrong
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. ``argv`` are the arguments without the program's name. Returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verifying = arguments[:1] == ["verify"]
    options = _verify_parser().parse_args(arguments[1:]) if verifying else _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if verifying:
            return _verify(options)
        if "-" in options.paths:
            return _rewrite_stdin(options)
        return _rewrite_files(options)
    except ConfigError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; every file is whole", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Make Alembic revision scripts run on SQLite: operations that SQLite cannot do are put into\n"
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
        help="minimal: blocks only where SQLite needs them (default); autogenerate: every run, "
        "as Alembic writes them under render_as_batch=True",
    )
    parser.add_argument(
        "--naming-convention",
        metavar="NAMES",
        type=_naming,
        help="names for constraints without one: postgresql (the names that it would choose), keep (none), auto (the "
        "default: keep if the scripts have names in op.f(...), else postgresql), or a table of templates as in "
        "pyproject.toml",
    )
    parser.add_argument("--stdin-filename", metavar="NAME", default="<stdin>", help="how to call standard input")
    parser.add_argument("-q", "--quiet", action="store_true", help="print findings and errors only")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the unchanged files too")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _naming(text: str) -> object:
    try:
        return read_naming_option(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


_VERIFY_EPILOG = """\
examples:
  sqlite-batchify verify                        the history that Alembic would find here
  sqlite-batchify verify --rewritten migrations/versions
  sqlite-batchify verify --database app.db      the pending revisions, on a copy of app.db

Neither env.py nor the configured database is touched. Exit status: 0 nothing fails or gets lost on
SQLite; 1 something does; 2 it could not run
"""


def _verify_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} verify",
        description="Run every revision up, down and up again on a scratch SQLite database, with rows in every\n"
        "table, and show what fails and what is lost.",
        epilog=_VERIFY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("target", metavar="TARGET", nargs="?", help="folder of scripts, script location, alembic.ini or pyproject.toml")
    add("--rewritten", action="store_true", help="compare the history as it is and as it would be rewritten")
    add("--foreign-keys", choices=("off", "on", "both"), default="both", help="PRAGMA foreign_keys (default: both)")
    add("--database", metavar="FILE", help="run the pending revisions on a copy of this SQLite database")
    add("--metadata", metavar="MODULE:ATTRIBUTE", help="the project's MetaData, for its naming convention")
    add("--from", dest="start", metavar="REVISION", help="begin after this revision")
    add("--to", dest="stop", metavar="REVISION", help="end with this revision")
    add("-x", action="append", metavar="ARG", help="an argument for context.get_x_argument()")
    add("--strict", action="store_true", help="let the classes foreign and script fail as well")
    add("--format", choices=("text", "json", "github", "junit"), default="text", help="how to report (default: text)")
    add("--sqlite-module", metavar="NAME", help="a module in place of sqlite3, such as pysqlite3")
    add("-q", "--quiet", action="store_true", help="print nothing but errors")
    add("-v", "--verbose", action="store_true", help="show every revision and every problem")
    return parser


def _verify(options: argparse.Namespace) -> int:
    from .verify.history import HistoryError

    try:
        return _verify_history(options)
    except HistoryError as error:
        print(f"{PROGRAM} verify: {error}", file=sys.stderr)
    except ImportError as error:
        print(f"{PROGRAM} verify: {error}; check --sqlite-module and --metadata", file=sys.stderr)
    return FAILED


def _verify_history(options: argparse.Namespace) -> int:
    from .report import history as report
    from .verify import FOREIGN_KEYS
    from .verify.dialects import compare_histories
    from .verify.history import load_history
    from .verify.replay import Options, Replay

    def replayed(transform: Callable[[bytes, str], bytes] | None) -> Replay:
        history = load_history(options.target, transform)
        history.config.cmd_opts = argparse.Namespace(x=options.x)
        metadata = None if options.metadata is None else _load_attribute(options.metadata)
        foreign_keys = FOREIGN_KEYS[options.foreign_keys]
        wanted = Options(foreign_keys, metadata, options.sqlite_module, options.database, options.start, options.stop)
        replay = Replay(history, wanted)
        quiet = options.quiet or options.format != "text"
        for _ in _with_progress(replay.steps(), replay.total, "replaying", quiet):
            pass
        return replay

    before = replayed(None)
    after, ddl = before, None
    if options.rewritten:
        project, keeping = Project(), Project(naming="keep")
        after = replayed(lambda source, path: project.rewrite(source, path).result)
        kept = load_history(options.target, lambda source, path: keeping.rewrite(source, path).result)
        ddl = compare_histories(before.history, kept, after.history)
    fails = after.report.fails(options.strict) or bool(ddl and ddl.differences)
    if options.format == "json":
        print(report.as_json(after.report, options.strict, ddl, before.report if options.rewritten else None))
    elif options.format == "junit":
        print(report.as_junit(after.report, options.strict))
    elif options.format == "github":
        print("\n".join(report.as_github(after.report, options.strict)))
    elif not options.quiet:
        colour = _colour(sys.stdout)
        old = before.report if options.rewritten else None
        print("\n".join(report.as_text(after.report, options.strict, options.verbose, colour, old, ddl)))
    return REMAINS if fails else FINE


def _load_attribute(name: str) -> Any:
    """What ``module:attribute`` names, looked for from this folder. Raises ImportError."""
    import importlib

    module, _, attribute = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        value: Any = importlib.import_module(module)
        for part in attribute.split("."):
            value = getattr(value, part)
    except (AttributeError, ValueError) as error:
        raise ImportError(f"{name}: {error}") from error
    finally:
        sys.path.pop(0)
    return value


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
    project = Project(options.style, options.naming_convention)
    rewritten = project.rewrite(sys.stdin.buffer.read(), options.stdin_filename)
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
    project = Project(options.style, options.naming_convention)
    found = list(discover(options.paths))
    candidates = _with_progress(found, len(found), "rewriting", options.quiet)
    scripts = [os.path.realpath(each.path) for each in candidates if _rewrite_file(each, project, options, tally)]
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


def _rewrite_file(candidate: Candidate, project: Project, options: argparse.Namespace, tally: _Tally) -> bool:
    """Do one file. Returns whether it counts: in a folder, only revision scripts do."""
    path = candidate.path
    try:
        source = read(path)
        if not candidate.named and not is_revision_script(source):
            return False
    except SourceError as error:
        _report(Finding(findings.UNREADABLE, path, 0, 0, error.reason), tally)
        return True
    rewritten = project.rewrite(source, path)
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


def _with_progress(items: Iterable[_Item], total: int, title: str, quiet: bool) -> Iterator[_Item]:
    """The items, with a progress bar on a terminal once it has taken a while."""
    items = iter(items)
    if not quiet and total > 1 and sys.stderr.isatty():
        started = time.monotonic()
        for number, item in enumerate(items, 1):
            yield item
            if time.monotonic() - started > _PATIENCE:
                from rich.console import Console
                from rich.progress import track

                yield from track(items, title, total, number, console=Console(stderr=True), transient=True)
                return
    yield from items
