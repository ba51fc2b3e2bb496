"""The naming conventions that a project shows in its modules. They are read, never run."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import groupby

from .modules import ASIDE, modules, places
from .names import Shown
from .sources import SourceError, decode, is_revision_script

_WORDS = (b"naming_convention", b"%(table_name)s", b"%(column_0")
"""One of them stands in every module that is parsed."""


def shown_conventions(folder: str) -> tuple[Shown, ...]:
    """The conventions in the modules around a folder of scripts: in env.py, else in the others, else in tests.

    The folder is one without links. The modules are those of the nearest folder of the project that has a convention.
    """
    env, roots = places(folder)
    done = {folder}
    for root in roots:
        holding = sorted(_holding(root, done), key=lambda each: _order(each[0], root, env))
        for _, group in groupby(holding, key=lambda each: _order(each[0], root, env)[:2]):
            found: dict[tuple[tuple[str, str | None], ...], Shown] = {}
            for path, source in group:
                for shown in _conventions(os.path.relpath(path, roots[-1]).replace(os.sep, "/"), source):
                    found.setdefault(shown.templates, shown)
            if found:
                return tuple(found.values())
        done.add(root)
    return ()


def _holding(root: str, done: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """The modules that may hold a convention; scripts have conventions of their own."""
    for path, source in modules(root, done):
        if any(word in source for word in _WORDS) and not is_revision_script(source):
            yield path, source


def _order(path: str, root: str, env: str) -> tuple[bool, bool, list[str]]:
    parts = os.path.relpath(path, root).split(os.sep)
    return path != env, not ASIDE.isdisjoint(parts[:-1]), parts


def _conventions(where: str, source: bytes) -> Iterator[Shown]:
    from .reading.conventions import conventions_in

    with suppress(SourceError):
        for line, templates in conventions_in(decode(source).text):
            yield Shown(templates, f"{where}:{line}")
