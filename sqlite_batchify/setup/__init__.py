"""One project: what Alembic, env.py and pre-commit need so that new scripts are right from the start.

``plan_setup`` reads and decides; it writes nothing, and nothing of the project is run or imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from ..foreign_keys import ForeignKeys, foreign_keys_of
from ..sources import SourceError, read
from . import env, ini, pragmas, precommit, toml
from .edits import Edited
from .project import Project, SetupError, find_project

__all__ = ["Change", "Plan", "SetupError", "plan_setup"]


@dataclass(frozen=True)
class Change:
    """A file before and after, and what was added to it."""

    path: str
    before: bytes
    after: bytes
    what: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The files to change, and what could not be placed or is to be known, one line each.

    ``foreign_keys`` says where the project turns the PRAGMA on, and what is done or left to do, for each env.py.
    """

    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    foreign_keys: tuple[str, ...]


def plan_setup(folder: str, portable: bool = False) -> Plan:
    """Work out what a project lacks: the post_write_hook, the entry of pre-commit, and settings in env.py.

    ``folder`` is that of the project, or its script location, alembic.ini or pyproject.toml. ``portable`` if the
    hooks are to make new scripts portable. Raises SetupError if there is no project.
    """
    project = find_project(folder)
    changes: list[Change] = []
    keys = {path: foreign_keys_of(os.path.dirname(path)) for path in project.layout.environments}
    said: list[str] = []
    notes = [
        f"script location {location} was not found; {env.BY_HAND} in its env.py" for location in project.layout.lost
    ]
    for path, add in _parts(project, keys, portable):
        try:
            before = read(path)
        except SourceError as error:
            notes.append(f"{path}: cannot be read: {error.reason}; check its permissions")
            continue
        edited = add(path, before)
        notes += edited.notes
        if path in keys:
            said.append(pragmas.summary(path, keys[path], edited))
        if edited.after != before:
            changes.append(Change(path, before, edited.after, edited.what))
    if project.layout.ini is None and project.layout.toml is None:
        notes.append(f"no alembic.ini was found; {ini.BY_HAND}")
    return Plan(tuple(changes), tuple(notes), tuple(dict.fromkeys(said)))


def _parts(
    project: Project, keys: Mapping[str, ForeignKeys], portable: bool
) -> list[tuple[str, Callable[[str, bytes], Edited]]]:
    parts: list[tuple[str, Callable[[str, bytes], Edited]]] = []
    layout = project.layout
    if layout.toml is not None and not _ini_has_hooks(layout.ini):
        parts.append((layout.toml, partial(toml.add_hook, portable=portable)))
    elif layout.ini is not None:
        parts.append((layout.ini, partial(ini.add_hook, portable=portable)))
    parts += [(path, partial(env.add_settings, keys=each)) for path, each in keys.items()]
    if project.precommit is not None:
        parts.append((project.precommit, partial(precommit.add_entry, portable=portable)))
    return parts


def _ini_has_hooks(path: str | None) -> bool:
    """Alembic reads no hooks from pyproject.toml where the ini has a section for them."""
    return path is not None and ini.has_section(read(path))
