"""Watches one direction of one revision while it runs.

The methods of Alembic's ``op`` are wrapped for the time of the run, and those of each block's ``batch_op``. Around a
block that copies its table, what the table was and what it has become are compared. Where the database is tolerant, a
failing operation is recorded and the next one still runs; else everything happens as it does without the wrapping.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from alembic.operations import BatchOperations, Operations

from .. import findings
from ..findings import Code
from ..planning.edits import edits_of
from ..reading.handlers import Handled
from ..sources import shown_path
from . import causes, errors, foreign, losses, undone
from .asynchronous import run_async
from .copies import (
    Copy,
    ask,
    compare_rows,
    find_lost,
    find_sequence,
    look_before,
    read_sequences,
    type_remedy,
    words_of,
)
from .defects import defect_at
from .emulation import generic_type
from .failure import Cause
from .functions import error_line
from .imports import remedy_for
from .methods import operation_names
from .partial import find_partial
from .places import Places
from .quotes import find_quoted_texts, may_hold_texts
from .remedies import Block, Call
from .results import AGAIN, FOREIGN, LOST, SCRIPT, UPGRADE, Problem
from .revisions import Revision
from .schema import Reader
from .scratch import TYPE, Scratch

_CHECK_LEFT_OUT = "Skipping unsupported ALTER for creation of implicit constraint"


class Recorder:
    """Collects the problems of one direction of one revision.

    ``failed`` holds the names of what earlier failures left undone in this history; it is shared between runs.
    """

    def __init__(self, scratch: Scratch, reader: Reader, revision: Revision, direction: str, failed: set[str]) -> None:
        self.scratch = scratch
        self.reader = reader
        self.revision = revision
        self.direction = direction
        self.path = revision.path
        self.failed = failed
        self._found: dict[Problem, None] = {}
        self._copies: list[Copy] = []
        self._sequences: dict[str, int] = {}
        self._starved = False
        self.places = Places(revision)
        self.blocks: dict[str, int] = {}
        """The tables (in lower case) of the blocks that ran, and the lines of these; the last is the last that ran."""

    def another(self) -> Recorder:
        """One for another attempt, which notes nothing in what this one has."""
        return Recorder(self.scratch, self.reader, self.revision, self.direction, set(self.failed))

    # Recording

    @contextmanager
    def own_work(self) -> Iterator[None]:
        """What the program itself does while a script runs: a defect in it is recorded, and the script goes on."""
        try:
            yield
        except Exception as error:
            self._record(defect_at(self.revision, self.direction, error))

    def _record(self, problem: Problem) -> Problem:
        """One that was recorded at the same line with the same words counts once."""
        self._found[problem] = None
        return problem

    @property
    def problems(self) -> list[Problem]:
        """What was recorded, in order."""
        return list(self._found)

    def note(
        self,
        code: Code,
        kind: str,
        line: int,
        values: Mapping[str, str],
        consequence: bool = False,
        foreign_keys: bool = False,
        path: str | None = None,
        unimported: str = "",
    ) -> Problem:
        """Record a problem; ``path`` is that of the module where it stands, if that is not the script."""
        path = shown_path(path or self.path)
        values = {"path": path, **values}
        told = [values["hint"]] if "hint" in values else values.values()
        problem = Problem(
            code=code,
            kind=kind,
            revision=self.revision.id,
            direction=self.direction,
            path=path,
            line=line,
            message=code.message.format(**values),
            remedy=values["hint"] if "hint" in values else code.remedy.format(**values),
            consequence=consequence,
            foreign_keys=foreign_keys,
            unimported=unimported,
            edits=edits_of(told),
        )
        return self._record(problem)

    def note_leftover(self, name: str, line: int, failed: bool, consequence: bool = False) -> None:
        """Record a temporary table of batch mode that an attempt which has ``failed``, or the script, leaves behind."""
        function = UPGRADE if self.direction == AGAIN else self.direction
        values = causes.of_leftover(name, "" if failed else function)
        self.note(findings.LEFT_BEHIND, LOST, line, values, consequence=consequence)

    def note_error(
        self, error: BaseException, place: str, line: int, path: str = "", /, unimported: str = "", **values: str
    ) -> None:
        """Record an error; ``unimported`` as in Problem, where it is no ImportError."""
        starved = self._starved and place == errors.WHOLE
        if starved and causes.wants_rows(error):
            return  # only since a query that failed was passed over
        code, kind = errors.classify(error, place)
        values = {
            "operation": f"op.{place}",
            "table": "the table",
            "error": errors.describe(error),
            **({"hint": errors.hint(error, place)} if "{hint}" in code.remedy else {}),
            **(causes.of_script(error) if place == errors.WHOLE else {}),
            **values,
        }
        if isinstance(error, ImportError):
            values |= {"hint": remedy_for(error, os.path.dirname(self.path))}
            unimported = error.name or errors.describe(error)
            self.failed.add(errors.ANYTHING)
        if self.direction == AGAIN and "constraint failed" in values["error"]:
            values["hint"] = "let downgrade() take back the rows that upgrade() writes"
        missing = undone.creation_of(values["table"]) in self.failed
        consequence = starved or missing or errors.is_consequence(error, self.failed)
        self.note(code, kind, line, values, consequence=consequence, path=path, unimported=unimported)

    def note_end(self, error: BaseException) -> None:
        """Record the error with which a script ends that runs as Alembic runs it."""
        place = errors.RAW if hasattr(error, "orig") else errors.WHOLE
        self.note_error(error, place, error_line(error, self.path))

    def forgive(self, error: Exception, sql: str) -> bool:
        """Whether a failed statement of the script itself is recorded and passed over (see Scratch)."""
        with self.own_work():
            line = self.places.line()
            if not line or self._handler(error) is not None:
                return False
            self.note_error(error, errors.RAW, *self.places.origin(line), **causes.of_statement(error, sql))
            self.failed.update(undone.of_statement(sql))
            self._starved |= foreign.asks_for_rows(sql)
            return True
        return False

    def note_foreign(self, what: str, told: str, sql: str) -> None:
        """Record that something of another database was emulated: a type by its name, a statement by its error."""
        with self.own_work():
            line, path = self.places.origin(self.places.line())
            if what == TYPE:
                hint = f'give the type a variant{foreign.of_type(told)}: .with_variant({generic_type(told)}, "sqlite")'
                values = {"what": f"the type {told}", "hint": hint}
                self.note(findings.FOREIGN_TYPE, FOREIGN, line, values, path=path)
            else:
                of = foreign.of_ddl if self.scratch.depth else foreign.of_statement
                values = {"error": told, **of(told, sql)}
                self.note(findings.FOREIGN_FAILS, FOREIGN, line, values, path=path)

    def _passes_over(self, error: Exception, place: str, line: int, names: Iterable[str], /, **values: str) -> bool:
        """Whether the failure of an operation is recorded and passed over, with what it leaves undone."""
        with self.own_work():
            handler = self._handler(error)
            line, path = self.places.origin(line)
            if handler is not None:
                if handler.swallows and errors.is_for_want_of_alter(error, place):
                    values["error"] = f"{values.get('error', errors.describe(error))}; {errors.SWALLOWED}"
                    self.note_error(error, place, line, path, **values)
                    self.failed.update(names)
                return False
            if not self.scratch.tolerant:
                return False
            self.note_error(error, place, line, path, **values)
            self.failed.update((*names, *values.get("used_by", "").split()))
        return True

    def _why(self, told: Callable[..., Cause], *failure: Any) -> Cause:
        with self.own_work():
            return told(self.reader, *failure)
        return {}

    def _handler(self, error: BaseException) -> Handled | None:
        """The ``except`` of the script that is there for what fails now."""
        return self.places.handler(errors.classes_of(error, self.scratch.raw.Error))

    # Operations

    @contextmanager
    def watch(self, op: Operations) -> Iterator[None]:
        """Wrap the methods of ``op`` while a script runs."""
        import alembic.op

        self.scratch.forgive = self.forgive
        self.scratch.foreign = self.note_foreign
        self.scratch.line = self.places.line
        self.scratch.own_work = self.own_work
        self.scratch.check_text = self._check_text
        self._sequences = read_sequences(self.scratch.raw)
        wrapped = {name: self._guarded(op, name) for name in operation_names(Operations)}
        wrapped["add_column"] = self._adding(wrapped["add_column"])
        wrapped["batch_alter_table"] = self._block(op)
        wrapped["run_async"] = partial(run_async, op)
        proxies = {name: getattr(alembic.op, name) for name in wrapped}
        for name, function in wrapped.items():
            setattr(op, name, function)
            setattr(alembic.op, name, function)
        try:
            yield
        finally:
            for name, function in proxies.items():
                setattr(alembic.op, name, function)
            self.scratch.forgive = lambda error, sql: False
            self.scratch.foreign = lambda what, told, sql: None
            self.scratch.line = lambda: 0
            self.scratch.own_work = nullcontext
            self.scratch.check_text = lambda sql, parameters: None
            self._withdraw()

    def _guarded(self, target: Any, name: str) -> Callable[..., Any]:
        original = getattr(target, name)
        raw = name in ("execute", "bulk_insert")

        def call(*args: Any, **keywords: Any) -> Any:
            try:
                if raw:
                    return original(*args, **keywords)
                with self.scratch.operation():
                    result = original(*args, **keywords)
            except Exception as error:
                place = errors.RAW if raw else errors.BLOCK if isinstance(target, BatchOperations) else name
                table = target.impl.table_name if isinstance(target, BatchOperations) else None
                variable = self.places.name_of(target) if isinstance(target, BatchOperations) else "op"
                why = self._why(causes.of_call, error, target, variable, Call(name, args, keywords))
                names = undone.of_call(name, args, keywords, table)
                if not self._passes_over(error, place, self.places.line(), names, **why):
                    raise
                return None
            if name == "create_index":
                with self.own_work():
                    table = target.impl.table_name if isinstance(target, BatchOperations) else None
                    found = find_partial(args, keywords, table)
                    if found is not None:
                        self.note(findings.PARTIAL_UNIQUE, LOST, self.places.line(), found)
            return result

        return call

    def _adding(self, add: Callable[..., Any]) -> Callable[..., Any]:
        """``add_column``, of which Alembic leaves out the CHECK of a type with a warning."""

        def call(*args: Any, **keywords: Any) -> Any:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                result = add(*args, **keywords)
            if any(_CHECK_LEFT_OUT in str(each.message) for each in told):
                with self.own_work():
                    given = {**dict(zip(("table_name", "column"), args, strict=False)), **keywords}
                    values = causes.of_check_left_out(given, shown_path(self.path))
                    self.note(findings.NOT_THERE, LOST, self.places.line(), values)
            return result

        return call

    def _block(self, op: Operations) -> Callable[..., Any]:
        original = op.batch_alter_table

        @contextmanager
        def batch_alter_table(*args: Any, **keywords: Any) -> Iterator[Any]:
            manager = original(*args, **keywords)
            batch_op = manager.__enter__()
            block = Block(batch_op, Call("batch_alter_table", args, keywords))
            for name in operation_names(BatchOperations):
                setattr(batch_op, name, self._noted(block, name))
            try:
                yield batch_op
            except BaseException:
                manager.__exit__(*sys.exc_info())
                raise
            else:
                self._flush(block, manager)

        return batch_alter_table

    def _noted(self, block: Block, name: str) -> Callable[..., Any]:
        run, queue = self._guarded(block.batch_op, name), block.batch_op.impl.batch

        def call(*args: Any, **keywords: Any) -> Any:
            start = len(queue)
            result = run(*args, **keywords)
            block.calls.append(Call(name, args, keywords, queue[start:], self.places.line()))
            return result

        return call

    # Blocks

    def _flush(self, block: Block, manager: Any) -> None:
        """The end of a block: run what it queued, and look at what became of its table."""
        impl = block.batch_op.impl
        name, queue = str(impl.table_name), list(impl.batch)
        line = self.places.line()
        copy: Copy | None = None
        self.blocks.pop(name.lower(), None)
        self.blocks[name.lower()] = line
        try:
            if queue and impl._should_recreate() and impl.schema in (None, *self.scratch.attached):
                with self.own_work():
                    asked = ask(block, self.places.name_of(block.batch_op))
                    number = partial(find_sequence, self._sequences, self.scratch.statements)
                    copy = look_before(self.scratch.raw, self.reader, asked, number, line, block.calls)
            with self.scratch.operation():
                manager.__exit__(None, None, None)
        except Exception as error:
            why = self._why(causes.of_block, error, block, self.places.name_of(block.batch_op))
            why = {**why, **type_remedy(error, copy)}
            if not self._passes_over(error, errors.BLOCK, line, undone.of_queue(queue, name), table=name, **why):
                raise
            return
        if copy is not None:
            with self.own_work():
                self._compare(copy, block)

    def _compare(self, copy: Copy, block: Block) -> None:
        """What a copied table is now, against what it was before its block."""
        raw, line = self.scratch.raw, copy.line
        copy.mark = len(self.scratch.statements)
        after = self.reader.schema(raw, copy.name)
        new = after.table(copy.name)
        if new is None:
            return
        for loss in find_lost(copy, self.reader, raw) or ():
            copy.noted.append((loss, self.note(loss[0], LOST, line, loss[1])))
        self._copies.append(copy)
        for code, values in losses.find_doubles(copy.table, new):
            self.note(code, SCRIPT, line, values)
        for code, values in losses.find_missing(new, copy.asked):
            consequence = not self.failed.isdisjoint(values["named"].split())
            why = {**values, **causes.of_missing(new, values, block, copy.asked.variable)}
            self.note(code, LOST, line, why, consequence=consequence)
            self.failed.update(values["made"].split())
        for code, values in compare_rows(copy, raw, new):
            self.note(code, LOST, line, values)

    def _withdraw(self) -> None:
        """Take back the losses that the script itself has made good by its end."""
        for copy in self._copies:
            if copy.noted:
                later = self.scratch.statements[copy.mark :]
                lost = find_lost(copy, self.reader, self.scratch.raw, later)
                still = set(map(words_of, lost or ()))
                for loss, problem in copy.noted:
                    if lost is not None and words_of(loss) not in still:
                        self._found.pop(problem, None)

    def _check_text(self, sql: str, parameters: Any) -> None:
        """Note texts in double quotes, which a SQLite that is built without that leniency takes for columns."""
        if not may_hold_texts(sql):
            return
        with self.own_work():
            line = self.places.line()
            for text in find_quoted_texts(self.scratch.raw, sql, parameters) if line else ():
                line, path = self.places.origin(line)
                values = {"text": text, "literal": "'" + text.replace("'", "''") + "'"}
                self.note(findings.TEXT_IN_DOUBLE_QUOTES, SCRIPT, line, values, path=path)
