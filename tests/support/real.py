"""A history run by the real commands on a SQLite file, with rows in it, and what is gone by that."""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from sqlite_batchify.verify import rows
from sqlite_batchify.verify.convention import convention_of
from sqlite_batchify.verify.schema import Reader, Schema

from .asked import Asked, Notes
from .gone import gone
from .laid_out import Project, within
from .looks import Look, look, quote

_CONFIGURED = {
    "target_metadata = None": 'target_metadata = config.attributes.get("metadata")',
    "context.configure(connection=connection,": 'context.configure(on_version_apply=config.attributes["applied"],\n'
    "        connection=connection,",
    "context.configure(\n            connection=connection,": "context.configure(\n"
    '            on_version_apply=config.attributes["applied"], connection=connection,',
    'upgrade_token="%s_upgrades" % name,': 'upgrade_token="%s_upgrades" % name,\n'
    '                on_version_apply=config.attributes["applied"],',
}
"""What stands in for the metadata of the project, and Alembic's hook for what is looked at between two revisions."""
UPGRADE, DOWNGRADE, AGAIN = "upgrade", "downgrade", "upgrade again"
_LONG = 30
_Command = Callable[[Config, str], object]
_Put = Callable[[sqlite3.Connection, Look], None]
_Own = Callable[[str, Asked], Asked]


@dataclass
class Outcome:
    """``failed_at`` is the first command that fails, "" if none does, ``error`` why; ``refused`` if that is a downgrade
    which is not there or raises NotImplementedError. ``lost`` has a line for each loss; ``looks`` are at what there is
    after each revision that has been run, by its direction and name."""

    failed_at: str = ""
    error: str = ""
    refused: bool = False
    lost: list[str] = field(default_factory=list)
    looks: dict[str, Look] = field(default_factory=dict, repr=False)

    @property
    def fine(self) -> bool:
        return not self.failed_at and not self.lost

    @property
    def reasons(self) -> list[str]:
        return [*([f"{self.failed_at}: {self.error}"] if self.failed_at else []), *self.lost]


def run_really(project: Project, alone: bool = False, put: _Put | None = None, own: _Own | None = None) -> Outcome:
    """Upgrade revision by revision with rows put in between, then ``downgrade base``, then ``upgrade heads``.

    With ``alone`` each revision is taken down and up again, on a copy, as soon as its rows are there. ``put`` is what
    puts rows into a database for what is new since a look at it; without it they are as verify puts them in. ``own``
    leaves of what a revision asks for what its author has written.
    """
    env = project.location / "env.py"
    text = plain = env.read_text(encoding="utf-8")
    for old, new in _CONFIGURED.items():
        text = text.replace(old, new)
    assert 'attributes["applied"]' in text
    env.write_text(text, encoding="utf-8")
    try:
        with within(project.folder), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            return _Run(project, alone, put, own).go()
    finally:
        env.write_text(plain, encoding="utf-8")


class _Run:
    def __init__(self, project: Project, alone: bool, put: _Put | None = None, own: _Own | None = None) -> None:
        self.project, self.alone, self.put, self.own = project, alone, put, own
        self.outcome = Outcome()
        self.notes = Notes()
        self.config = project.config()
        metadata = convention_of(str(path) for path in project.scripts).metadata
        self.config.attributes.update(metadata=metadata, applied=self._applied)
        self.direction = UPGRADE
        self.readers = {path: Reader() for path in project.files.values()}
        self.known = {path: Schema() for path in project.files.values()}
        self.before = {path: Look() for path in project.files.values()}
        self.filled = dict(self.before)
        self.asked: dict[Path, Asked] = {}
        for path in project.files.values():
            path.unlink(missing_ok=True)

    def go(self) -> Outcome:
        with self.notes.taken(), self._scripts_read_once():
            if self._up():
                self.direction = DOWNGRADE
                if self._command(command.downgrade, "base"):
                    self.direction = AGAIN
                    self._command(command.upgrade, "heads")
        return self.outcome

    @contextlib.contextmanager
    def _scripts_read_once(self) -> Iterator[None]:
        """Of a long history: each command would load all scripts again."""
        if len(self.project.scripts) < _LONG:
            yield
            return
        with mock.patch.object(ScriptDirectory, "from_config", cache(ScriptDirectory.from_config)):
            yield

    def _up(self) -> bool:
        try:
            with _context_for_scripts(self.config) as directory:
                revisions = [script.revision for script in directory.walk_revisions()][::-1]
        except (Exception, SystemExit) as error:
            self.outcome.failed_at, self.outcome.error = "scripts", told(error)
            return False
        for revision in revisions:
            done = self._command(command.upgrade, revision)
            for path in self.before:
                with contextlib.closing(sqlite3.connect(path)) as raw:
                    self._compare(revision, path, look(raw), self.asked.get(path) or self.notes.take())
            if done:
                self.fill()
            if not done or (self.alone and not self._there_and_back(revision)):
                return False
        return True

    def _there_and_back(self, revision: str) -> bool:
        """Down and up again on copies; the files are put back afterwards."""
        copies = {path: path.with_suffix(".copy") for path in self.before}
        for path, copy in copies.items():
            shutil.copyfile(path, copy)
        self.direction = f"{revision} alone"
        done = self._command(command.downgrade, f"{revision}-1") and self._command(command.upgrade, revision)
        self.direction = UPGRADE
        for path, copy in copies.items():
            shutil.copyfile(copy, path)
        if self.outcome.refused:
            self.outcome.failed_at, self.outcome.refused = "", False
            return True
        return done

    def _command(self, function: _Command, revision: str) -> bool:
        self.notes.take()
        self.asked.clear()
        try:
            function(self.config, revision)
        except (Exception, SystemExit) as error:
            self.outcome.failed_at, self.outcome.error = f"{self.direction} {revision}", told(error)
            self.outcome.refused = function is command.downgrade and _refuses(error)
            return False
        return True

    def _applied(self, ctx: Any, step: Any, **_: Any) -> None:
        """When a revision has been run, before its transaction ends."""
        raw = ctx.connection.connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            return
        with self.notes.silent(raw):
            path = Path(raw.execute("PRAGMA database_list").fetchone()[2])
            self.asked[path] = self.notes.take()
            if self.direction == DOWNGRADE and path in self.before:
                self._compare(step.up_revision_id, path, look(raw), self.asked[path])

    def _compare(self, revision: str, path: Path, after: Look, asked: Asked) -> None:
        asked = asked if self.own is None else self.own(revision, asked)
        lost = gone(self.before[path], after, asked)
        self.outcome.lost += [f"{self.direction} {revision}: {each}" for each in lost]
        self.before[path] = after
        self.outcome.looks[f"{self.direction} {revision}"] = after

    def fill(self) -> None:
        """Rows as verify puts them in; and as if some had been deleted again: keys and rowids go on further up."""
        for path in self.before:
            with contextlib.closing(sqlite3.connect(path)) as raw:
                if self.put is not None:
                    self.put(raw, self.filled[path])
                    self.before[path] = self.filled[path] = look(raw)
                    continue
                schema = self.readers[path].schema(raw)
                rows.fill(raw, schema, self.known[path])
                with contextlib.suppress(sqlite3.OperationalError):
                    raw.execute("UPDATE sqlite_sequence SET seq = seq + 10")
                filled = look(raw)
                for table in filled.tables.values():
                    if table.numbered and filled.leaning_on(table.name):
                        raw.execute(f"UPDATE {quote(table.name)} SET rowid = rowid + 10")
                raw.commit()
                self.known[path] = schema
                self.before[path] = look(raw)


def run_program(project: Project) -> Outcome:
    """The same with the program ``alembic`` and with env.py as it is; what is lost is not looked at."""
    for path in project.files.values():
        path.unlink(missing_ok=True)
    project.write_url()
    run, outcome = _Run(project, alone=False), Outcome()
    with within(project.folder), _context_for_scripts(run.config) as directory:
        steps = [(UPGRADE, "upgrade", script.revision) for script in directory.walk_revisions()][::-1]
    for direction, name, revision in (*steps, (DOWNGRADE, "downgrade", "base"), (AGAIN, "upgrade", "heads")):
        arguments = [sys.executable, "-m", "alembic", name, revision]
        done = subprocess.run(arguments, cwd=project.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return Outcome(f"{direction} {revision}", done.stderr)
        if direction == UPGRADE:
            run.fill()
    return outcome


@contextlib.contextmanager
def _context_for_scripts(config: Config) -> Iterator[ScriptDirectory]:
    """What scripts may ask for while they are imported: an empty database, as for the first command."""
    directory, engine = ScriptDirectory.from_config(config), sa.create_engine("sqlite://", poolclass=NullPool)
    with EnvironmentContext(config, directory) as environment, engine.connect() as connection:
        environment.configure(connection=connection)
        with Operations.context(environment.get_context()):
            yield directory


def _refuses(error: BaseException) -> bool:
    return isinstance(error, NotImplementedError) or (
        isinstance(error, AttributeError) and "has no attribute 'downgrade'" in str(error)
    )


def told(error: BaseException) -> str:
    """The kind of an error and the first line of its message."""
    text = (str(error).strip() or "-").splitlines()[0]
    return f"{type(error).__name__}: {text[:160]}"
