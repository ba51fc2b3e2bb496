"""Where a history is, and its revisions in the order in which Alembic would run them. env.py is never run."""

from __future__ import annotations

import os
import warnings
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy.orm  # noqa: F401  (scripts rely on an application that has imported it)
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import to_tuple

from ..sources import shown_path
from .configuration import find_config, list_scripts, refusals
from .revisions import HistoryError, Revision, Transform, load_script

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

    def ancestors(self, revision: str) -> frozenset[str]:
        """The revisions from base up to this one (a revision identifier as Alembic takes it). Raises HistoryError."""
        with refusals(f"{revision!r}", f"; name a revision of {self.target}"):
            return frozenset(str(each.revision) for each in self.directory.walk_revisions("base", revision))


def load_history(target: str | None, transform: Transform | None = None, arguments: Sequence[str] = ()) -> History:
    """Find a history and load its scripts.

    ``target`` is a folder of scripts, a script location, a project folder, an alembic.ini, a pyproject.toml, or None
    for what Alembic would find here. ``transform`` may change the bytes of a script (given with its path) before it is
    loaded. ``arguments`` are those of ``context.get_x_argument()``. Raises HistoryError.
    """
    found = find_config(target)
    config = found.config
    config.cmd_opts = Namespace(x=list(arguments))
    _hide_databases(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with refusals(found.by or found.target):
            directory = ScriptDirectory.from_config(config)
            paths = _scripts_of(directory)
        loaded = [revision for path in paths if (revision := load_script(path, transform)) is not None]
        if not loaded:
            raise HistoryError(f"{found.target}: no revision script; name the folder that holds them")
        _check_references(loaded)
        by_id = {revision.id: revision for revision in loaded}
        with refusals(found.by or found.target):
            directory.revision_map = RevisionMap(lambda: [revision.script for revision in loaded])
            ordered = [by_id[str(script.revision)] for script in directory.walk_revisions()]
    return History(found.target, config, directory, tuple(reversed(ordered)), found.by)


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
