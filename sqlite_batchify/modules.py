"""Which folders and modules belong to the project of some revision scripts. They are read, never run."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from .sources import SourceError, read

_ENV, _INI = "env.py", "alembic.ini"
_PACKAGE = ("pyproject.toml", "setup.cfg", "setup.py", ".git")
_ENVIRONMENT = frozenset({"pyvenv.cfg", "conda-meta"})
_LEFT_OUT = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages"})
ASIDE = frozenset({"tests", "test", "testing", "examples", "docs"})
"""Folders of modules that are not the application's own."""
_LARGEST = 1_000_000  # bytes
_MOST_LEVELS = 10


def places(folder: str) -> tuple[str, list[str]]:
    """The path of env.py, and the folders that may be the project's, the innermost first.

    They are that of alembic.ini and that of the package or the repository. Flask-Migrate has an alembic.ini without a
    script_location beside env.py: its project is the folder above.
    """
    above = list(_above(folder))
    env, ini, package = (_nearest(above, *names) for names in ((_ENV,), (_INI,), _PACKAGE))
    if ini and ini == env != package and b"script_location" not in _read(os.path.join(ini, _INI)):
        ini = next((each for each in above if each == os.path.dirname(env)), ini)
    roots = {each for each in (ini, package) if each} or {env} - {""}
    return os.path.join(env, _ENV), sorted(roots, key=len, reverse=True)


def _above(folder: str) -> Iterator[str]:
    """This folder and those that it lies in, up to that of its repository or short of what holds many projects."""
    home = os.path.realpath(os.path.expanduser("~"))
    for _ in range(_MOST_LEVELS):
        above, name = os.path.split(folder)
        if folder in (home, above) or name == "site-packages":
            return
        yield folder
        if os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above


def _nearest(folders: Sequence[str], *names: str) -> str:
    """The first of the folders that holds one of these, "" if none does."""
    held = (folder for folder in folders if any(os.path.exists(os.path.join(folder, name)) for name in names))
    return next(held, "")


def modules(root: str, done: Collection[str] = ()) -> Iterator[tuple[str, bytes]]:
    """The modules below a folder, but for those below what is done already: their paths and bytes, in no order."""
    pending = [root]
    while pending:
        folder = pending.pop()
        entries = _entries(folder)
        if folder != root and any(entry.name in _ENVIRONMENT for entry in entries):
            continue
        for entry in entries:
            if entry.name.endswith(".py"):
                if entry.is_file():
                    yield entry.path, _read(entry.path)
            elif entry.name not in _LEFT_OUT and entry.is_dir(follow_symlinks=False) and entry.path not in done:
                pending.append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder and is not hidden; nothing if it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.name.startswith(".")]
    except OSError:
        return []


def _read(path: str) -> bytes:
    """The bytes of a file, none if it cannot be read or is too large."""
    try:
        return read(path) if os.path.getsize(path) <= _LARGEST else b""
    except (OSError, SourceError):
        return b""
