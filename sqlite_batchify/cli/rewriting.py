"""``sqlite-batchify PATH...``"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import __version__, findings
from ..cache import Cache
from ..config import MINIMUM_SQLITE, check_batch_name, read_naming_option, read_version
from ..findings import BROKEN, ERROR, UNDONE, Finding
from ..operations import STYLES
from ..project import Project
from ..reading.words import holds_blocks
from ..report import text
from ..rewriting import Rewriter
from ..rewritten import Counts, Rewritten, unchanged
from ..sources import SourceError, discover, is_revision_script, read, write
from .sharing import rewrite_in_order
from .status import FAILED, FINE, REMAINS
from .terminal import PROGRAM, HelpFormatter, complain, wants_colour, with_progress, write_bytes

_FORMATS = ("text", "json", "github", "sarif")
_EPILOG = """\
examples:
  sqlite-batchify migrations/versions/*.py   rewrite these scripts in place
  sqlite-batchify --check migrations         would anything change?
  sqlite-batchify --diff migrations          show what would change
  cat a.py | sqlite-batchify -               standard input to standard output

more commands, each with its own --help:
  sqlite-batchify verify migrations          run the history on SQLite
  sqlite-batchify init                       set a project up
  sqlite-batchify explain SB101              what a finding means

exit status: 0 fine, rewriting included; 1 something remains that would fail on
SQLite, or --check would change a file; 2 a file could not be done, or the
usage is wrong
"""


def run(arguments: Sequence[str]) -> int:
    """Rewrite files, or standard input. Returns the exit status. Raises ConfigError."""
    options = parser().parse_args(arguments)
    chosen = (options.style, options.naming_convention, options.batch_name, options.unsafe_fixes)
    project = Project(*chosen, options.minimum_sqlite, options.portable)
    tally = _Tally(options)
    if "-" not in options.paths:
        return _rewrite_files(project, tally)
    if options.paths != ["-"]:
        return complain("- cannot stand beside other paths; give it alone")
    return _rewrite_stdin(project, tally)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [options] PATH [PATH ...]",
        description="Make Alembic revision scripts run on SQLite: operations that SQLite cannot do\n"
        "are put into batch_alter_table blocks. For every other database nothing changes.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="+", help="a script, a folder for those below it, or - for standard input")
    add("--check", action="store_true", help="write nothing; exit status 1 if something would change")
    add("--diff", action="store_true", help="write nothing; print unified diffs")
    add(
        "--style",
        choices=STYLES,
        help="blocks only where SQLite needs them (minimal, the default), or as Alembic writes",
    )
    add(
        "--naming-convention",
        metavar="NAMES",
        type=_naming,
        help="for constraints without a name: postgresql, keep, auto (default), or a table as in pyproject.toml",
    )
    add("--batch-name", metavar="NAME", type=_batch_name, help="the variable of new blocks (default: batch_op)")
    add("--minimum-sqlite", metavar="N", type=_version, help=f"the oldest SQLite to run on (default: {MINIMUM_SQLITE})")
    add("--unsafe-fixes", action="store_true", help="replace raw ALTER statements by operations, too")
    add(
        "--portable",
        action=argparse.BooleanOptionalAction,
        help="types, defaults, SQL of other databases, too",
    )
    add("--format", choices=_FORMATS, default="text", help="how to report (default: text)")
    add("--jobs", metavar="N", type=_jobs, help="the most processes to use (default: one for each core)")
    add("--traceback", action="store_true", help="print where the program itself has failed (SB202)")
    add("--no-cache", action="store_true", help="do not use what earlier runs have found")
    add("--stdin-filename", metavar="NAME", default="<stdin>", help="how to call standard input")
    add("-q", "--quiet", action="store_true", help="print findings and errors only")
    add("-v", "--verbose", action="store_true", help="name the unchanged files too, and where names come from")
    add("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _naming(value: str) -> object:
    try:
        return read_naming_option(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _jobs(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no number of processes")
    return int(value)


def _batch_name(value: str) -> str:
    try:
        check_batch_name(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return value


def _version(value: str) -> str:
    try:
        read_version(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return value


class _Tally:
    """What has been seen, for the summary, the report and the exit status."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.changed = self.unchanged = self.broken = 0
        self.findings: list[Finding] = []
        self.done: list[tuple[str, bool, Counts, tuple[Finding, ...]]] = []
        self.defective: set[str] = set()

    @property
    def would(self) -> bool:
        """Whether nothing is written."""
        return bool(self.options.check or self.options.diff)

    @property
    def remains(self) -> bool:
        """Whether something has been found that fails on SQLite."""
        return any(finding.code.severity == ERROR for finding in self.findings)

    def count(self, path: str, rewritten: Rewritten) -> tuple[Finding, ...]:
        """Returns the findings to print, with their places in the file as it is now."""
        found = rewritten.findings if self.would else rewritten.remaining
        for finding in rewritten.beside:
            if finding.path not in self.defective:
                self.defective.add(finding.path)
                self.fail(finding)
        if any(finding.code == findings.INTERNAL for finding in found):
            if path in self.defective:
                return ()
            self.defective.add(path)
        self.broken += any(finding.code in BROKEN for finding in found)
        self.changed += rewritten.changed
        self.unchanged += not (rewritten.changed or any(finding.code in UNDONE for finding in found))
        self.findings += [finding for finding in found if finding.code not in BROKEN]
        self.done.append((path, rewritten.changed, rewritten.counts, found))
        return found

    def fail(self, finding: Finding) -> None:
        """Count what could not be looked at, and say so."""
        self.broken += 1
        self.done.append((finding.path, False, Counts(), (finding,)))
        self.show(finding)

    def show(self, finding: Finding) -> None:
        """Findings are results; what could not be done is a message."""
        if self.options.traceback and finding.code == findings.INTERNAL:
            sys.stdout.flush()
            print(finding.hint, end="", file=sys.stderr, flush=True)
        if self.options.format != "text":
            return
        stream = sys.stderr if finding.code in BROKEN or self.options.paths == ["-"] else sys.stdout
        if stream is sys.stderr:
            sys.stdout.flush()
        print(text.finding_line(finding, wants_colour(stream)), file=stream, flush=stream is sys.stderr)

    def report(self) -> None:
        """The whole for another program, on stdout; on stderr if the script itself goes there."""
        if self.options.format == "text":
            return
        from ..report import machine

        results = [machine.Result(*each, self.would) for each in self.done]
        taken = self.options.diff or (self.options.paths == ["-"] and not self.options.check)
        document = machine.as_text(results, self.options.format)
        if document:
            print(document, file=sys.stderr if taken else sys.stdout)

    def status(self) -> int:
        if self.broken:
            return FAILED
        return REMAINS if self.remains or (self.options.check and self.changed) else FINE


def _rewrite_stdin(project: Project, tally: _Tally) -> int:
    """Standard input to standard output. What is found goes to stderr, so that stdout is the script alone."""
    options = tally.options
    rewritten = Rewriter(project).rewrite(sys.stdin.buffer.read(), options.stdin_filename)
    for finding in tally.count(options.stdin_filename, rewritten):
        tally.show(finding)
    if options.diff:
        write_bytes(text.diff(options.stdin_filename, rewritten, wants_colour(sys.stdout)))
    elif not options.check and not tally.broken:
        write_bytes(rewritten.result)
    tally.report()
    sys.stdout.flush()
    return tally.status()


class _Script(NamedTuple):
    """A file that counts; ``failed`` says why it could not be read, ``known`` what is known if it stays as it is."""

    path: str
    real: str
    failed: Finding | None = None
    known: tuple[Finding, ...] | None = None


def _rewrite_files(project: Project, tally: _Tally) -> int:
    options = tally.options
    cache = None if options.no_cache else Cache(project)
    rewriter = Rewriter(project)
    scripts = list(_scripts(options.paths, rewriter, cache))
    asked = [each.path for each in scripts if each.failed is None and each.known is None]
    results = rewrite_in_order(asked, rewriter, options.jobs)
    for script in with_progress(scripts, len(scripts), "rewriting", options.quiet):
        if script.failed is not None:
            tally.fail(script.failed)
        elif script.known is not None:
            _finish(script.path, unchanged(b"", *script.known), tally)
        else:
            rewritten = next(results)
            _finish(script.path, rewritten, tally)
            if cache is not None and not (rewritten.changed or rewritten.beside):
                cache.keep(script.path, rewritten.source, rewritten.findings, rewritten.consulted, rewritten.searched)
    results.close()
    if cache is not None:
        cache.save()
    _report_empty_folders([each.real for each in scripts], tally)
    tally.report()
    sys.stdout.flush()
    if options.format == "text" and (tally.remains or not options.quiet):
        line = text.summary_line(tally.changed, tally.unchanged, tally.broken, len(tally.findings), tally.would)
        # Alembic ignores the exit status of a hook: what remains is said where people look.
        print(line, file=sys.stderr if options.diff or tally.remains else sys.stdout, flush=True)
    return tally.status()


def _scripts(paths: Sequence[str], rewriter: Rewriter, cache: Cache | None) -> Iterator[_Script]:
    """What these paths mean; in a folder, only revision scripts count. Raises ConfigError."""
    for candidate in discover(paths):
        if not candidate.named and rewriter.project.excludes(candidate.path):
            continue
        try:
            source = read(candidate.path)
        except SourceError as error:
            failed = Finding(findings.UNREADABLE, candidate.path, 0, 0, error.reason)
            yield _Script(candidate.path, candidate.real, failed)
            continue
        if candidate.named or is_revision_script(source):
            yield _Script(candidate.path, candidate.real, known=_known(source, candidate.path, rewriter, cache))


def _known(source: bytes, path: str, rewriter: Rewriter, cache: Cache | None) -> tuple[Finding, ...] | None:
    """The findings of a script that surely stays as it is."""
    known = None if cache is None else cache.find(path, source)
    if known is None and not rewriter.may_change(source, path):
        known = ()
        if cache is not None:
            cache.keep(path, source, known, consulted=holds_blocks(source))
    return known


def _finish(path: str, rewritten: Rewritten, tally: _Tally) -> None:
    """Write one file, and say what was done and found."""
    if rewritten.changed and not tally.would:
        try:
            write(path, rewritten.result)
        except SourceError as error:
            tally.fail(Finding(findings.UNWRITABLE, path, 0, 0, error.reason))
            return
    _print_result(path, rewritten, tally.options)
    for finding in tally.count(path, rewritten):
        tally.show(finding)


def _report_empty_folders(scripts: list[str], tally: _Tally) -> None:
    for path in tally.options.paths:
        inside = os.path.join(os.path.realpath(path), "")
        if os.path.isdir(path) and not any(each.startswith(inside) for each in scripts):
            tally.fail(Finding(findings.NO_SCRIPTS, path, 0, 0, ""))


def _print_result(path: str, rewritten: Rewritten, options: argparse.Namespace) -> None:
    if options.diff:
        write_bytes(text.diff(path, rewritten, wants_colour(sys.stdout)))
    elif options.format != "text":
        return
    elif rewritten.changed and not options.quiet:
        print(text.result_line(path, rewritten, options.check))
        if options.verbose and rewritten.counts.names and rewritten.convention:
            print(f"    named by the naming convention {rewritten.convention}")
    elif options.verbose and not any(finding.code in UNDONE for finding in rewritten.findings):
        print(f"unchanged {path}")
