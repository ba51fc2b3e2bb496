"""One history: scripts -> report. Alembic and SQLAlchemy are imported here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from .results import Report, Step

Transform = Callable[[bytes, str], bytes]
Progress = Callable[["Iterator[Step]", int], "Iterable[Step]"]


def verify_history(
    target: str | os.PathLike[str] | None = None,
    *,
    foreign_keys: str = "auto",
    database: str | os.PathLike[str] | None = None,
    metadata: MetaData | Sequence[MetaData] | None = None,
    start: str | None = None,
    stop: str | None = None,
    arguments: Sequence[str] = (),
    sqlite_module: str | None = None,
    stub_imports: bool = False,
    transform: Transform | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run every revision of a history up, down and up again on scratch SQLite databases.

    ``target`` is a folder of scripts, a script location, an ``alembic.ini``, a ``pyproject.toml``, or None for what
    Alembic would find here. Neither env.py nor the configured database is touched. The keyword arguments are the
    options of ``sqlite-batchify verify``:

    - ``foreign_keys``: the settings of PRAGMA foreign_keys to run under: ``"off"``, ``"on"``, ``"both"``, or
      ``"auto"``, which is as the project does: if nothing in its text turns the PRAGMA on for migrations, what would be
      lost under it is not among the problems;
    - ``database``: a SQLite file of which a copy is used, for its pending revisions;
    - ``metadata``: the project's ``MetaData``, for its naming convention; by default one with that which the project
      shows, as a literal in its modules or by the names in its scripts;
    - ``start`` and ``stop``: revision identifiers; begin after the one, end with the other;
    - ``arguments``: what ``-x`` gives, for ``context.get_x_argument()``;
    - ``sqlite_module``: the name of a module to use in place of ``sqlite3``, such as ``"pysqlite3"``;
    - ``stub_imports``: let stubs stand in for modules that scripts import and that are not there;
    - ``transform``: gets the bytes and the path of each script and returns those to run in their place, as
      ``--rewritten`` does with those of ``rewrite_source``;
    - ``progress``: gets the steps and how many there are, and passes them on; a progress bar, for example.

    What is wrong with a script is in the report and no exception. Raises HistoryError if the history or the database
    cannot be found or read, or the revisions cannot be ordered; ImportError if there is no such SQLite module;
    ValueError for another ``foreign_keys``.
    """
    from .convention import NO_CONVENTION, convention_of
    from .history import load_history
    from .imports import stubbed_imports
    from .keys import check_setting, keys_for
    from .replay import Options, Replay

    check_setting(foreign_keys)
    with stubbed_imports() if stub_imports else nullcontext(set[str]()) as stubbed:
        history = load_history(_path(target), transform, arguments, _path(database), sqlite_module)
        shown = convention_of(each.path for each in history.revisions) if metadata is None else NO_CONVENTION
        metadata = shown.metadata if metadata is None else metadata
        keys = keys_for(foreign_keys, history)
        options = Options(keys, metadata, sqlite_module, _path(database), start, stop)
        replay = Replay(history, options)
        for _ in replay.steps() if progress is None else progress(replay.steps(), replay.total):
            pass
    replay.report.convention = shown.where
    replay.report.stubbed = sorted(stubbed)
    return replay.report


def _path(given: str | os.PathLike[str] | None) -> str | None:
    return None if given is None else os.fspath(given)
