"""The naming conventions that a project shows in its modules. They are read, never run."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import groupby

from .names import Shown
from .sources import SourceError, decode, is_revision_script, read

_ENV, _INI = "env.py", "alembic.ini"
_PACKAGE = ("pyproject.toml", "setup.cfg", "setup.py", ".git")
_WORDS = (b"naming_convention", b"%(table_name)s", b"%(column_0")
"""One of them stands in every module that is parsed."""
_ENVIRONMENT = frozenset({"pyvenv.cfg", "conda-meta"})
_LEFT_OUT = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages"})
_LAST = frozenset({"tests", "test", "testing", "examples", "docs"})
_LARGEST = 1_000_000  # bytes
_MOST_LEVELS = 10


def shown_conventions(folder: str) -> tuple[Shown, ...]:
    """The conventions in the modules around a folder of scripts: in env.py, else in the others, else in tests.

    The folder is one without links. The modules are those of the nearest folder of the project that has a convention.
    """
    env, roots = _places(folder)
    done = {folder}
    for root in roots:
        modules = sorted(_modules(root, done), key=lambda each: _order(each[0], root, env))
        for _, group in groupby(modules, key=lambda each: _order(each[0], root, env)[:2]):
            found: dict[tuple[tuple[str, str | None], ...], Shown] = {}
            for path, source in group:
                for shown in _conventions(os.path.relpath(path, roots[-1]).replace(os.sep, "/"), source):
                    found.setdefault(shown.templates, shown)
            if found:
                return tuple(found.values())
        done.add(root)
    return ()


def _order(path: str, root: str, env: str) -> tuple[bool, bool, list[str]]:
    parts = os.path.relpath(path, root).split(os.sep)
    return path != env, not _LAST.isdisjoint(parts[:-1]), parts


def _conventions(where: str, source: bytes) -> Iterator[Shown]:
    from .reading.conventions import conventions_in

    with suppress(SourceError):
        for line, templates in conventions_in(decode(source).text):
            yield Shown(templates, f"{where}:{line}")


def _places(folder: str) -> tuple[str, list[str]]:
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


def _modules(root: str, done: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """The modules below a folder that may hold a convention, in no order; scripts have conventions of their own."""
    pending = [root]
    while pending:
        folder = pending.pop()
        entries = _entries(folder)
        if folder != root and any(entry.name in _ENVIRONMENT for entry in entries):
            continue
        for entry in entries:
            if entry.name.endswith(".py"):
                source = _read(entry.path) if entry.is_file() else b""
                if any(word in source for word in _WORDS) and not is_revision_script(source):
                    yield entry.path, source
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
