"""Where a history is, and its revisions in the order in which Alembic would run them. env.py is never run."""

from __future__ import annotations

import os
import sqlite3
import warnings
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy.orm  # noqa: F401  (scripts rely on an application that has imported it)
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import to_tuple

from ..sources import shown_path
from .configuration import alembic_refusals, find_config, list_scripts
from .database import copy_database, page_size, refusals
from .loading import bound_operations
from .revisions import HistoryError, Revision, Transform, load_script
from .scratch import Scratch, load_driver

_URL = "sqlalchemy.url"


@dataclass(frozen=True)
class History:
    """A whole history: Alembic's configuration and script directory, and the revisions from base to heads.

    ``found`` is the file that told where it is, "" if that was given.
    """

    target: str
    config: Config
    directory: ScriptDirectory
    revisions: tuple[Revision, ...]
    found: str = ""

    def applied(self, database: str) -> frozenset[str]:
        """The revisions that a database has already, by its alembic_version. Raises HistoryError."""
        with closing(_first_database(database, None)) as scratch, refusals(database, sqlite3):
            heads = [str(row[0]) for row in scratch.raw.execute("SELECT version_num FROM alembic_version")]
        return frozenset[str]().union(*map(self.ancestors, heads))

    def ancestors(self, revision: str) -> frozenset[str]:
        """The revisions from base up to this one (a revision identifier as Alembic takes it). Raises HistoryError."""
        with alembic_refusals(f"{revision!r}", f"; name a revision of {self.target}"):
            return frozenset(str(each.revision) for each in self.directory.walk_revisions("base", revision))


def load_history(
    target: str | None,
    transform: Transform | None = None,
    arguments: Sequence[str] = (),
    database: str | None = None,
    driver: str | None = None,
) -> History:
    """Find a history and load its scripts.

    ``target`` is a folder of scripts, a script location, a project folder, an alembic.ini, a pyproject.toml, or None
    for what Alembic would find here. ``transform`` may change the bytes of a script (given with its path) before it is
    loaded. ``arguments`` are those of ``context.get_x_argument()``. While the scripts are imported, ``op`` stands for a
    copy of ``database``, a SQLite file, or for an empty one; ``driver`` names the module to open it with. Raises
    HistoryError, or ImportError if there is no such driver.
    """
    found = find_config(target)
    config = found.config
    config.cmd_opts = Namespace(x=list(arguments))
    _hide_databases(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with alembic_refusals(found.by or found.target):
            directory = ScriptDirectory.from_config(config)
            paths = _scripts_of(directory)
        with (
            closing(_first_database(database, driver)) as scratch,
            bound_operations(config, directory, scratch.connection) as uses,
        ):
            loaded = [each for path in paths if (each := load_script(path, transform, uses)) is not None]
        if not loaded:
            raise HistoryError(f"{found.target}: no revision script; name the folder that holds them")
        _check_references(loaded)
        by_id = {revision.id: revision for revision in loaded}
        with alembic_refusals(found.by or found.target):
            directory.revision_map = RevisionMap(lambda: [revision.script for revision in loaded])
            ordered = [by_id[str(script.revision)] for script in directory.walk_revisions()]
    return History(found.target, config, directory, tuple(reversed(ordered)), found.by)


def _first_database(path: str | None, driver: str | None) -> Scratch:
    module = load_driver(driver)
    scratch = Scratch(module) if path is None else Scratch(module, page_size(path))
    if path is not None:
        copy_database(path, scratch, module)
    return scratch


def _hide_databases(config: Config) -> None:
    """Let a script that makes an engine of its own from the configuration meet an empty database in memory."""
    for section in config.file_config.sections():
        if config.file_config.has_option(section, _URL):
            config.file_config.set(section, _URL, "sqlite://")


def _check_references(revisions: list[Revision]) -> None:
    seen: dict[str, str] = {}
    for revision in revisions:
        other = seen.setdefault(revision.id, revision.path)
        if other != revision.path:
            both = f"{shown_path(other)} and {shown_path(revision.path)}"
            raise HistoryError(f"revision {revision.id} is in two scripts, {both}; name the folder of one history")
    known = {None, *seen, *(label for revision in revisions for label in revision.script.branch_labels)}
    for revision in revisions:
        script = revision.script
        for other in (*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())):
            if other not in known:
                reason = f"revision {other!r} is referred to, but no script has it; correct the identifier"
                raise HistoryError(reason, revision.path)


def _scripts_of(directory: ScriptDirectory) -> list[str]:
    """The files that may be scripts, each once."""
    found: dict[str, str] = {}
    for location in directory._version_locations:
        for path in list_scripts(str(location), bool(directory.recursive_version_locations)):
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())
