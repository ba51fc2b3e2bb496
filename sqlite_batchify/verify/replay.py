"""The replay of a history: each revision up, down on a copy, and up again, with rows to lose."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from .. import findings
from ..findings import CODES
from ..reading.comments import read_comments
from ..sources import shown_path
from . import checks, differences, errors, portions, rows
from .database import applied_revisions, copy_database, page_size
from .defects import defect_at
from .functions import databases_of, error_line, function_of, line_of, raised_by
from .history import History
from .keys import BOTH, Keys
from .recorder import Recorder
from .results import AGAIN, DOWNGRADE, LOST, SCRIPT, UPGRADE, Problem, Report, Step
from .revisions import Revision
from .schema import Reader, Schema
from .scratch import COMMIT, PAGE_SIZE, Scratch, Statement, load_driver, replay
from .scripts import run_script

_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


@dataclass(frozen=True)
class Options:
    """How to replay. ``start`` and ``stop`` are revision identifiers (after the one, up to the other)."""

    foreign_keys: Keys = BOTH
    metadata: Any = None
    driver: str | None = None
    database: str | None = None
    start: str | None = None
    stop: str | None = None


@dataclass
class _Track:
    """One database of the history: most histories have one, those of the multidb template several.

    ``store`` is the whole database and ``whole`` its picture. A revision runs on ``main``, which holds all of it or a
    part, with ``schema`` as its picture; its downgrade on ``side``, and with foreign keys enforced on ``keyed``.
    """

    name: str
    store: Scratch
    main: Scratch
    side: Scratch
    keyed: Scratch
    reader: Reader
    failed: set[str] = field(default_factory=set)
    whole: Schema = field(default_factory=Schema)
    schema: Schema = field(default_factory=Schema)

    def close(self) -> None:
        for scratch in (self.store, self.main, self.side, self.keyed):
            scratch.close()


@dataclass(frozen=True)
class _Run:
    """What was run of a revision: what it changed, what was wrong, which directions refused on purpose."""

    statements: list[Statement]
    problems: list[Problem]
    skipped: tuple[str, ...] = ()


class Replay:
    """Replays a history. Iterate over ``steps`` (``total`` of them), then take ``report``."""

    def __init__(self, history: History, options: Options) -> None:
        self.history = history
        self.options = options
        self.driver: ModuleType = load_driver(options.driver)
        self.report = Report(history.target, self.driver.sqlite_version)
        self.report.found, self.report.foreign_keys = history.found, options.foreign_keys.project
        wanted = history.ancestors(options.stop) if options.stop else None
        self._before = history.ancestors(options.start) if options.start else frozenset()
        if options.database:
            self._before = self._before | applied_revisions(options.database, history)
        self._revisions = [each for each in history.revisions if wanted is None or each.id in wanted]
        self._names = databases_of(history)
        self.total = sum(each.id not in self._before for each in self._revisions) * len(self._names)

    def steps(self) -> Iterator[Step]:
        """Run revision after revision, each database of its own."""
        started = time.perf_counter()
        for name in self._names:
            with contextlib.closing(self._open(name)) as track, self._environment() as environment:
                for revision in self._revisions:
                    if revision.id not in self._before or not self.options.database:
                        step = self.report.settle(self._take(revision, track, environment))
                        if revision.id not in self._before or step.defects:
                            self.report.steps.append(step)
                            yield step
                for scratch in (track.store, track.main, track.side):
                    for what, count in scratch.emulated.items():
                        self.report.emulated[what] = self.report.emulated.get(what, 0) + count
        self.report.seconds = time.perf_counter() - started

    def _open(self, name: str) -> _Track:
        size = PAGE_SIZE if self.options.database is None else page_size(self.options.database)
        store, main, side, keyed = (Scratch(self.driver, size) for _ in range(4))
        track = _Track(name, store, main, side, keyed, Reader())
        if self.options.database:
            copy_database(self.options.database, track.store, self.driver)
        else:
            track.store.raw.execute(_VERSION_TABLE)
        track.whole = track.reader.schema(track.store.raw)
        return track

    @contextlib.contextmanager
    def _portion(self, revision: Revision, track: _Track, whole: bool) -> Iterator[None]:
        """Give the main database what a revision needs of the whole, and take back what it has become.

        Raises PortionError where that is the whole after all.
        """
        names = None if whole or self.options.database else portions.tables_for(revision, track.whole)
        if names is None:
            track.main.copy_from(track.store)
            track.schema = track.whole
            yield
            track.main, track.store = track.store, track.main
            track.whole = track.schema
            return
        track.main.clear()
        portions.carry(track.store.raw, track.main.raw, names)
        before = track.schema = Schema({name: track.whole.tables[name] for name in names})
        yield
        after = track.schema
        portions.carry(track.main.raw, track.store.raw, portions.touched(revision, before, after))
        rest = {name: table for name, table in track.whole.tables.items() if name not in names}
        track.whole = Schema({**rest, **after.tables}, after.triggers, after.views, after.virtual)

    @contextlib.contextmanager
    def _environment(self) -> Iterator[EnvironmentContext]:
        with EnvironmentContext(self.history.config, self.history.directory) as environment, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield environment

    def _settle(self, track: _Track, schema: Schema) -> None:
        """Keep the picture of the main database, and fill what is new in it with rows."""
        if not self.options.database:
            rows.fill(track.main.raw, schema, track.schema)
            track.main.raw.plain_commit()
        track.schema = schema

    # One revision

    def _take(self, revision: Revision, track: _Track, environment: EnvironmentContext) -> Step:
        """Look at one revision, or run it for those that follow; if the program fails, only the latter is tried."""
        failed, unreadable = set(track.failed), set(track.reader.defects)
        try:
            try:
                found = self._go(revision, track, environment)
            except portions.PortionError:
                track.failed = set(failed)
                found = self._go(revision, track, environment, whole=True)
            problems = _reported(revision, found.problems)
        except Exception as error:  # what a script raises is caught where it runs
            track.failed = failed
            found = _Run([], [])
            problems = [defect_at(revision, UPGRADE, error), *self._pass_by(revision, track, environment)]
        for name, defect in track.reader.defects.items():
            if name not in unreadable or revision.mentions(name):
                problems.insert(0, defect_at(revision, UPGRADE, defect))
        return Step(
            revision.id, shown_path(revision.path), _title(revision), track.name, found.skipped, tuple(problems)
        )

    def _go(self, revision: Revision, track: _Track, environment: EnvironmentContext, whole: bool = False) -> _Run:
        with self._portion(revision, track, whole):
            if revision.id in self._before:
                return self._advance(revision, track, environment)
            return self._look(revision, track, environment)

    def _advance(self, revision: Revision, track: _Track, environment: EnvironmentContext) -> _Run:
        """Run the upgrade and look no closer."""
        run = self._run(revision, UPGRADE, track.main, track, environment)
        self._settle(track, track.reader.schema(track.main.raw))
        return run

    def _pass_by(self, revision: Revision, track: _Track, environment: EnvironmentContext) -> list[Problem]:
        """Run the upgrade once more, on the database of before; what then fails as well is left out of the history."""
        try:
            track.main.copy_from(track.store)
            track.schema = track.whole
            run = self._run(revision, UPGRADE, track.main, track, environment)
            schema = track.reader.schema(track.main.raw)
            with contextlib.suppress(Exception):
                self._settle(track, schema)
            track.store.copy_from(track.main)
            track.whole = schema
        except Exception:
            track.failed |= {errors.ANYTHING, *revision.names}
            return []
        with contextlib.suppress(Exception):
            return _reported(revision, run.problems)
        return run.problems

    def _look(self, revision: Revision, track: _Track, environment: EnvironmentContext) -> _Run:
        before = track.schema
        keyed = self._may_cascade(revision, before)
        if keyed:
            track.keyed.copy_from(track.main)
        held = checks.count_violations(track.main.raw, before, revision)
        up = self._run(revision, UPGRADE, track.main, track, environment)
        after = track.reader.schema(track.main.raw)
        problems = [*up.problems, *self._inspect(revision, UPGRADE, track.main, track, before, after, held)]
        if keyed:
            problems += self._with_foreign_keys(revision, UPGRADE, track, track.main, up, before)
        self._settle(track, after)
        skipped = up.skipped
        if revision.error is None and not up.skipped:
            down = self._down(revision, track, environment, up, before)
            problems += down.problems
            skipped = down.skipped
        return _Run(up.statements, problems, skipped)

    def _may_cascade(self, revision: Revision, schema: Schema) -> bool:
        """Whether the script may touch a table that others refer to, as far as its text tells."""
        if True not in self.options.foreign_keys.run:
            return False
        referred = {key.table for table in schema.tables.values() for key in table.foreign_keys}
        return bool(referred) and (any(map(revision.mentions, referred)) or not portions.names_all(revision))

    def _down(
        self, revision: Revision, track: _Track, environment: EnvironmentContext, up: _Run, before: Schema
    ) -> _Run:
        """Down on a copy, and up again there."""
        after, side = track.schema, track.side
        side.copy_from(track.main)
        held = checks.count_violations(side.raw, after, revision)
        down = self._run(revision, DOWNGRADE, side, track, environment)
        if down.skipped:
            return down
        back = track.reader.schema(side.raw)
        problems = [*down.problems, *self._inspect(revision, DOWNGRADE, side, track, after, back, held)]
        if self._may_cascade(revision, after):
            track.keyed.copy_from(track.main)
            problems += self._with_foreign_keys(revision, DOWNGRADE, track, side, down, after)
        if not up.problems and not down.problems:
            differing = differences.describe(before, back)
            if differing:
                recorder = _recorder(revision, DOWNGRADE, side, track)
                line = line_of(revision, DOWNGRADE)
                problems.append(recorder.note(findings.ROUND_TRIP, SCRIPT, line, {"differences": differing}))
            again = self._again(revision, track, environment, up, same=not differing)
            problems += [dataclasses.replace(each, consequence=each.consequence or bool(differing)) for each in again]
        return _Run(down.statements, problems)

    def _again(
        self, revision: Revision, track: _Track, environment: EnvironmentContext, up: _Run, same: bool
    ) -> list[Problem]:
        """Up again: the statements of the first time where the schema is the same again, else the script once more."""
        if same and replay(track.side.raw, up.statements) is None:
            return []
        if same:
            track.side.copy_from(track.main)
            self._run(revision, DOWNGRADE, track.side, track, environment)
        return self._run(revision, AGAIN, track.side, track, environment).problems

    # One direction

    def _run(
        self, revision: Revision, direction: str, scratch: Scratch, track: _Track, environment: EnvironmentContext
    ) -> _Run:
        recorder = _recorder(revision, direction, scratch, track)
        scratch.forget()
        if revision.error is not None:
            line = error_line(revision.error, revision.path)
            recorder.note_error(revision.error, errors.WHOLE, line)
            track.failed |= revision.names
            return _Run([], recorder.problems)
        environment.configure(
            connection=scratch.connection,
            target_metadata=self.options.metadata,
            transaction_per_migration=True,
        )
        function = function_of(revision, direction, track.name)
        if function is None:
            return _Run([], recorder.problems, skipped=(direction,))
        context = environment.get_context()
        with Operations.context(context) as op, recorder.watch(op):
            error = run_script(lambda: _migrate(context, function))
        scratch.settle(failed=error is not None)
        if isinstance(error, NotImplementedError) and raised_by(error, revision.path):
            return _Run([], recorder.problems, skipped=(direction,))
        if error is not None:
            recorder.note_error(error, errors.WHOLE, error_line(error, revision.path))
            track.failed |= revision.names
        return _Run(scratch.forget(), recorder.problems)

    def _inspect(
        self,
        revision: Revision,
        direction: str,
        scratch: Scratch,
        track: _Track,
        before: Schema,
        after: Schema,
        held: checks.Violations,
    ) -> list[Problem]:
        """What is wrong with the database after one direction."""
        recorder = _recorder(revision, direction, scratch, track)
        line = line_of(revision, direction)
        changed = [table for name, table in after.tables.items() if before.tables.get(name) is not table]
        for leftover in after.leftovers:
            if leftover not in before.leftovers:
                recorder.note(findings.LEFT_BEHIND, LOST, line, {"leftover": leftover})
        touched = after.triggers.keys() | after.views.keys() if changed else ()
        for table in changed:
            known = before.tables.get(table.name)
            checks.check_defaults(recorder, table, known, line, self.driver)
            if touched or known is None:
                checks.check_insert(recorder, scratch.raw, table, line)
        checks.check_parents(recorder, before, after, line)
        violated = checks.count_violations(scratch.raw, after, revision)
        checks.check_violations(recorder, held, violated, before, line)
        return recorder.problems

    def _with_foreign_keys(
        self, revision: Revision, direction: str, track: _Track, plain: Scratch, run: _Run, before: Schema
    ) -> list[Problem]:
        """Run the same statements with PRAGMA foreign_keys=ON, and compare what is left of the children."""
        keyed = track.keyed
        referred = {key.table for table in before.tables.values() for key in table.foreign_keys}
        destroying = [statement for statement in run.statements if checks.destroyed(statement.sql) in referred]
        if not destroying:
            return []
        recorder = _recorder(revision, direction, keyed, track)
        keyed.raw.silent("PRAGMA foreign_keys=ON")
        failure = replay(keyed.raw, run.statements)
        keyed.raw.silent("PRAGMA foreign_keys=OFF")
        if failure is not None:
            index, error = failure
            destroyed = [each for each in run.statements[:index] if checks.destroyed(each.sql) in referred]
            refused = [*run.statements, COMMIT][index]  # a commit is refused for what was done before it
            statement = destroyed[-1] if refused == COMMIT and destroyed else refused
            checks.note_refused(recorder, statement, error, before)
            return recorder.problems
        dropped = checks.first_drops(destroying)
        for table in before.tables.values():
            if table.foreign_keys:
                checks.compare_children(recorder, keyed.raw, plain.raw, table, dropped)
        return recorder.problems


def _migrate(context: MigrationContext, function: Callable[[], object]) -> None:
    with context.begin_transaction(_per_migration=True):
        function()


def _recorder(revision: Revision, direction: str, scratch: Scratch, track: _Track) -> Recorder:
    return Recorder(scratch, track.reader, revision, direction, track.failed)


def _reported(revision: Revision, problems: list[Problem]) -> list[Problem]:
    """Those that no comment in the script silences."""
    lines = sorted({each.line for each in problems})
    silenced: dict[int, set[str]] = {}
    for ignore in read_comments(revision.text).ignores if problems else ():
        for line in lines[bisect_left(lines, ignore.first) : bisect_right(lines, ignore.last)]:
            silenced.setdefault(line, set()).update(ignore.codes or CODES)
    return [each for each in problems if each.stays(silenced.get(each.line, ()))]


def _title(revision: Revision) -> str:
    """The first line of the docstring."""
    text = revision.module.__doc__
    return text.strip().partition("\n")[0] if isinstance(text, str) else ""
