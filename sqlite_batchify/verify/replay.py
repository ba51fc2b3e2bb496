"""The replay of a history: each revision up, down on a copy, and up again, with rows to lose."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from .. import findings
from ..findings import CODES
from ..reading.comments import read_comments
from ..sources import shown_path
from . import checks, differences, errors, portions, whole
from .attached import attached_in
from .defects import defect_at
from .enforced import find_destructions, look_enforced
from .functions import databases_of, error_line, function_of, line_of, raised_by
from .history import History
from .keys import BOTH, Keys
from .recorder import Recorder
from .results import AGAIN, DOWNGRADE, SCRIPT, UPGRADE, Problem, Report, Step
from .revisions import Revision
from .schema import TEMPORARY, Schema, quote
from .scratch import Scratch, Statement, load_driver, replay
from .scripts import run_script
from .tracks import Track, open_track


@dataclass(frozen=True)
class Options:
    """How to replay. ``start`` and ``stop`` are revision identifiers (after the one, up to the other)."""

    foreign_keys: Keys = BOTH
    metadata: Any = None
    driver: str | None = None
    database: str | None = None
    start: str | None = None
    stop: str | None = None


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
            self._before = self._before | history.applied(options.database)
        self._revisions = [each for each in history.revisions if wanted is None or each.id in wanted]
        self._names = databases_of(history)
        self._attached = attached_in(history.directory)
        self.total = sum(each.id not in self._before for each in self._revisions) * len(self._names)

    def steps(self) -> Iterator[Step]:
        """Run revision after revision, each database of its own."""
        started = time.perf_counter()
        for name in self._names:
            with (
                contextlib.closing(open_track(name, self.driver, self.options.database, self._attached)) as track,
                self._environment() as environment,
            ):
                first = len(self.report.steps)
                for revision in self._revisions:
                    if revision.id not in self._before or not self.options.database:
                        step = self.report.settle(self._take(revision, track, environment))
                        if revision.id not in self._before or step.defects:
                            self.report.steps.append(step)
                            yield step
                self.report.steps[first:] = self._whole(self.report.steps[first:], track, environment)
                for what, count in track.lenient.emulated.items():
                    self.report.emulated[what] = self.report.emulated.get(what, 0) + count
        self.report.seconds = time.perf_counter() - started

    @contextlib.contextmanager
    def _environment(self) -> Iterator[EnvironmentContext]:
        with EnvironmentContext(self.history.config, self.history.directory) as environment, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield environment

    def _whole(self, steps: list[Step], track: Track, environment: EnvironmentContext) -> list[Step]:
        if not whole.is_worth_a_run(steps, track):
            return steps
        looked_at = [each for each in self._revisions if each.id not in self._before]
        return whole.run_whole(looked_at, track, partial(self._attempt, environment), steps)

    # One revision

    def _take(self, revision: Revision, track: Track, environment: EnvironmentContext) -> Step:
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

    def _go(self, revision: Revision, track: Track, environment: EnvironmentContext, whole: bool = False) -> _Run:
        with track.portion(revision, whole):
            if revision.id in self._before:
                return self._advance(revision, track, environment)
            return self._look(revision, track, environment)

    def _advance(self, revision: Revision, track: Track, environment: EnvironmentContext) -> _Run:
        """Run the upgrade and look no closer."""
        run = self._run(revision, UPGRADE, track.main, track, environment, track.restore)
        track.settle(track.reader.schema(track.main.raw))
        return run

    def _pass_by(self, revision: Revision, track: Track, environment: EnvironmentContext) -> list[Problem]:
        """Run the upgrade once more, on the database of before; what then fails as well is left out of the history."""
        try:
            track.take_whole()
            run = self._run(revision, UPGRADE, track.main, track, environment, track.restore)
            schema = track.reader.schema(track.main.raw)
            with contextlib.suppress(Exception):
                track.settle(schema)
            track.store.copy_from(track.main)
            track.whole = schema
        except Exception:
            track.failed |= {errors.ANYTHING, *revision.names}
            return []
        with contextlib.suppress(Exception):
            return _reported(revision, run.problems)
        return run.problems

    def _look(self, revision: Revision, track: Track, environment: EnvironmentContext) -> _Run:
        before = track.schema
        held = checks.count_violations(track.main.raw, before, revision)
        up = self._run(revision, UPGRADE, track.main, track, environment, track.restore)
        after = track.reader.schema(track.main.raw)
        problems = [*up.problems, *self._inspect(revision, UPGRADE, track.main, track, before, after, held)]
        problems += self._with_foreign_keys(revision, UPGRADE, track, track.main, up, before, after, track.restore)
        track.settle(after)
        skipped = up.skipped
        if revision.error is None and not up.skipped:
            failed = set(track.failed)
            down = self._down(revision, track, environment, up, before)
            track.failed = failed  # what fails on a copy leaves the others as they are
            problems += down.problems
            skipped = down.skipped
        return _Run(up.statements, problems, skipped)

    def _down(
        self, revision: Revision, track: Track, environment: EnvironmentContext, up: _Run, before: Schema
    ) -> _Run:
        """Down on a copy, and up again there."""
        after, side = track.schema, track.side

        def restore(scratch: Scratch) -> None:
            scratch.copy_from(track.main)

        restore(side)
        held = checks.count_violations(side.raw, after, revision)
        down = self._run(revision, DOWNGRADE, side, track, environment, restore)
        if down.skipped:
            return down
        back = track.reader.schema(side.raw)
        problems = [*down.problems, *self._inspect(revision, DOWNGRADE, side, track, after, back, held)]
        problems += self._with_foreign_keys(revision, DOWNGRADE, track, side, down, after, back, restore)
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
        self, revision: Revision, track: Track, environment: EnvironmentContext, up: _Run, same: bool
    ) -> list[Problem]:
        """Up again: the statements of the first time where the schema is the same again, else the script once more."""
        side = track.side

        def restore(scratch: Scratch) -> None:
            scratch.copy_from(track.main)
            self._run(revision, DOWNGRADE, scratch, track, environment, lambda main: main.copy_from(track.main))

        if same and replay(side.raw, up.statements) is None:
            return []
        if same:
            restore(side)
        return self._run(revision, AGAIN, side, track, environment, restore).problems

    # One direction

    def _run(
        self,
        revision: Revision,
        direction: str,
        scratch: Scratch,
        track: Track,
        environment: EnvironmentContext,
        restore: Callable[[Scratch], None],
    ) -> _Run:
        """Run one direction as Alembic does; where that fails, once more in a way that shows all that fails.

        ``restore`` makes a database what it was before.
        """
        recorder = Recorder(scratch, track.reader, revision, direction, set(track.failed))
        if revision.error is not None:
            line = error_line(revision.error, revision.path)
            recorder.note_error(revision.error, errors.WHOLE, line, unimported=errors.describe(revision.error))
            track.failed |= recorder.failed | revision.names
            return _Run([], recorder.problems)
        function = function_of(revision, direction, track.name)
        if function is None:
            return _Run([], [], skipped=(direction,))
        attempt = partial(self._attempt, environment, function)
        error = attempt(recorder)
        if error is None:
            track.failed |= recorder.failed
            return _Run(scratch.forget(), recorder.problems)
        if isinstance(error, NotImplementedError) and raised_by(error, revision.path):
            return _Run([], recorder.problems, skipped=(direction,))
        left = [] if direction == AGAIN else self._look_back(recorder, track.schema, attempt)
        lenient = track.lenient
        restore(lenient)
        recorder = _recorder(revision, direction, lenient, track)
        last = attempt(recorder)
        scratch.copy_from(lenient)
        if last is not None:
            track.failed |= revision.names
            recorder.note_error(last, errors.WHOLE, error_line(last, revision.path))
        elif not any(problem.fails() or problem.consequence for problem in recorder.problems):
            recorder.note_end(error)
        return _Run(lenient.forget(), [*recorder.problems, *left])

    def _attempt(
        self, environment: EnvironmentContext, function: Callable[[], None], recorder: Recorder
    ) -> BaseException | None:
        """Run one direction, to its end or to its first failure, which is then rolled back."""
        scratch = recorder.scratch
        scratch.forget()
        environment.configure(
            connection=scratch.connection,
            target_metadata=self.options.metadata,
            transaction_per_migration=True,
        )
        context = environment.get_context()
        with Operations.context(context) as op, recorder.watch(op):
            error = run_script(lambda: _migrate(context, function))
        scratch.settle(failed=error is not None)
        return error

    def _look_back(
        self, failed: Recorder, before: Schema, attempt: Callable[[Recorder], BaseException | None]
    ) -> list[Problem]:
        """What a failed attempt has left in its database, and which of it stops the next one."""
        scratch, revision, direction = failed.scratch, failed.revision, failed.direction
        recorder = failed.another()
        left = failed.reader.schema(scratch.raw)
        differing = differences.describe(before, left.without_leftovers())
        if differing:
            line = line_of(revision, direction)
            recorder.note(findings.HALF_DONE, SCRIPT, line, {"differences": differing}, consequence=True)
        names = [name for name in left.leftovers if name not in before.leftovers]
        for _ in range(len(names)):
            error = attempt(failed.another())
            hit = None if error is None else errors.already_there(error, names)
            if hit is None:
                break
            names.remove(hit)
            table = hit.removeprefix(TEMPORARY).lower()
            line = failed.blocks.get(table, line_of(revision, direction))
            own = table == next(reversed(failed.blocks), None)  # of the block that fails
            recorder.note_leftover(hit, line, failed=True, consequence=own)
            scratch.raw.release()  # a script may have left a query open
            scratch.raw.execute(f"DROP TABLE {quote(hit)}")
            scratch.raw.plain_commit()
        return recorder.problems

    def _inspect(
        self,
        revision: Revision,
        direction: str,
        scratch: Scratch,
        track: Track,
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
                recorder.note_leftover(leftover, line, failed=False)
        touched = after.triggers.keys() | after.views.keys() if changed else ()
        triggered = {owner for name, (owner, _) in after.triggers.items() if name not in before.triggers}
        for table in changed:
            known = before.tables.get(table.name)
            checks.check_defaults(recorder, table, known, line, self.driver)
            if touched or known is None:
                triggered.add(table.name)
        for name in sorted(triggered & after.tables.keys()):
            checks.check_insert(recorder, scratch.raw, after.tables[name], line)
        checks.check_parents(recorder, before, after, line)
        violated = checks.count_violations(scratch.raw, after, revision)
        checks.check_violations(recorder, held, violated, before, after, line)
        return recorder.problems

    def _with_foreign_keys(
        self,
        revision: Revision,
        direction: str,
        track: Track,
        plain: Scratch,
        run: _Run,
        before: Schema,
        after: Schema,
        restore: Callable[[Scratch], None],
    ) -> list[Problem]:
        """What else is lost with PRAGMA foreign_keys=ON."""
        if True not in self.options.foreign_keys.run:
            return []
        destructions = find_destructions(run.statements, before, after)
        if not destructions:
            return []
        restore(track.keyed)
        recorder = _recorder(revision, direction, track.keyed, track)
        look_enforced(recorder, plain.raw, run.statements, destructions, before, after)
        return recorder.problems


def _migrate(context: MigrationContext, function: Callable[[], object]) -> None:
    with context.begin_transaction(_per_migration=True):
        function()


def _recorder(revision: Revision, direction: str, scratch: Scratch, track: Track) -> Recorder:
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
