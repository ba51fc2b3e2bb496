"""What earlier runs have found: the scripts that stay as they are, with their findings.

Each folder of scripts has a file in the user's folder for caches, or in ``$SQLITE_BATCHIFY_CACHE_DIR``. What is known
of a script holds as long as its bytes, the program and its settings stay the same, and, where these have a say, the
names, sizes and times of the scripts beside it, and the naming conventions in the modules of the project. A cache that
cannot be read or written is done without.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING

from . import __version__
from .findings import CODES, UNDONE, Finding
from .sources import replace_whole

if TYPE_CHECKING:
    from .project import Project

_VARIABLE = "SQLITE_BATCHIFY_CACHE_DIR"
_Entry = tuple[str, str, list[tuple[str, tuple[int, int], tuple[str, str]]]]
"""The digests of the script and of what is beside it, and the findings."""
_AND = "+"
"""Stands before the digest of what the modules of the project show."""


class Cache:
    """For one run: ``project`` tells where scripts lie, and what they are rewritten by."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._program = f"{__version__} {_state(os.path.dirname(__file__), deep=True)}"
        self._folders: dict[str, _Folder] = {}

    def find(self, path: str, source: bytes) -> tuple[Finding, ...] | None:
        """The findings of a script that is known to stay as it is; None if nothing is known of it."""
        folder, name = self._folder(path)
        with suppress(LookupError, TypeError, ValueError):  # somebody else has written there
            digest, state, found = folder.entries[name]
            if digest == _digest(source) and self._holds(folder, state):
                return tuple(Finding(CODES[code], path, *place, *texts) for code, place, texts in found)
        return None

    def keep(
        self, path: str, source: bytes, found: tuple[Finding, ...], consulted: bool, searched: bool = False
    ) -> None:
        """Remember a script that stays as it is, unless it could not be done.

        ``consulted`` if the scripts beside it had a say, ``searched`` if the modules of the project had.
        """
        if any(each.code in UNDONE for each in found):
            return
        folder, name = self._folder(path)
        listed = [(each.code.code, (each.line, each.column), (each.detail, each.hint)) for each in found]
        state = folder.state if consulted else ""
        folder.entries[name] = (_digest(source), state + (_AND + self._shown(folder) if searched else ""), listed)
        folder.changed = True

    def _holds(self, folder: _Folder, state: str) -> bool:
        """Whether nothing has changed beside a script, nor in the modules of the project if they had a say."""
        beside, searched, shown = state.partition(_AND)
        return beside in ("", folder.state) and (not searched or shown == self._shown(folder))

    def _shown(self, folder: _Folder) -> str:
        return _digest(repr(self._project.shown_conventions(folder.path)).encode())

    def save(self) -> None:
        for folder in self._folders.values():
            if folder.changed:
                folder.save()

    def _folder(self, path: str) -> tuple[_Folder, str]:
        where, name = self._project.place(path)
        if where not in self._folders:
            self._folders[where] = _Folder(where, _digest(f"{self._program} {self._project.describe(where)}".encode()))
        return self._folders[where], name


class _Folder:
    """The entries of one folder, by file name; ``state`` is that of its scripts when the run began."""

    def __init__(self, path: str, conditions: str) -> None:
        self.path = path
        self.conditions = conditions
        self.state = _state(path)
        self.changed = False
        self._file = os.path.join(_cache_folder(), f"{_digest(os.fsencode(path))}.json")
        self.entries: dict[str, _Entry] = {}
        with suppress(Exception):
            with open(self._file, encoding="utf-8") as file:
                known = json.load(file)
            if known["conditions"] == conditions:
                self.entries = {name: tuple(entry) for name, entry in known["scripts"].items()}

    def save(self) -> None:
        there = {name: entry for name, entry in self.entries.items() if os.path.exists(os.path.join(self.path, name))}
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._file), exist_ok=True)
            replace_whole(self._file, json.dumps({"conditions": self.conditions, "scripts": there}).encode(), 0o600)


def _cache_folder() -> str:
    given = os.environ.get(_VARIABLE)
    if given:
        return given
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    return os.path.join(base, "sqlite-batchify", "scripts")


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _state(folder: str, deep: bool = False) -> str:
    """A digest of the names, sizes and times of the Python files in a folder."""
    found = []
    for root, folders, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                with suppress(OSError):
                    stat = os.stat(os.path.join(root, name))
                    found.append((root, name, stat.st_size, stat.st_mtime_ns))
        if not deep:
            folders.clear()
    return _digest(repr(sorted(found)).encode())
