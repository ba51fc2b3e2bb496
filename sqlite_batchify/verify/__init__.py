"""One history: scripts -> report. Alembic and SQLAlchemy are imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Report

Transform = Callable[[bytes, str], bytes]
FOREIGN_KEYS = {"off": (False,), "on": (True,), "both": (False, True)}


def verify_history(
    target: str | None = None,
    *,
    foreign_keys: str = "both",
    metadata: Any = None,
    transform: Transform | None = None,
    database: str | None = None,
    start: str | None = None,
    stop: str | None = None,
    driver: str | None = None,
) -> Report:
    """Run every revision of a history up, down and up again on scratch SQLite databases.

    ``target`` is a folder of scripts, a script location, an ``alembic.ini``, a ``pyproject.toml``, or None for what
    Alembic would find here. ``foreign_keys`` is ``"off"``, ``"on"`` or ``"both"``; ``metadata`` the project's
    ``MetaData``; ``transform`` may change the bytes of a script before it is loaded; ``database`` is a SQLite file of
    which a copy is used, for its pending revisions; ``start`` and ``stop`` are revision identifiers; ``driver`` is the
    name of a module to use in place of ``sqlite3`` (``"pysqlite3"``). Raises ``history.HistoryError`` if the history
    cannot be found or ordered, ImportError if there is no such driver.
    """
    from .history import load_history
    from .replay import Options, Replay

    options = Options(FOREIGN_KEYS[foreign_keys], metadata, driver, database, start, stop)
    replay = Replay(load_history(target, transform), options)
    for _ in replay.steps():
        pass
    return replay.report
