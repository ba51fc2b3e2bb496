"""The files that `init` looks at: those of the Alembic project, and the configuration of pre-commit."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .. import sources
from ..locations import INI, TOML, Layout, LocationError, find_layout
from . import precommit


class SetupError(Exception):
    """There is no project to set up; the message is one line for the user."""


@dataclass(frozen=True)
class Project:
    """Where everything is; ``precommit`` is the path of pre-commit's configuration, None if there is none."""

    layout: Layout
    precommit: str | None


def find_project(target: str) -> Project:
    """Find the project that a folder, an alembic.ini or a pyproject.toml belongs to. Raises SetupError."""
    if not os.path.exists(target):
        raise SetupError(f"{target}: there is no such folder; name the one with the project's {INI} or {TOML}")
    try:
        layout = find_layout(target)
    except LocationError as error:
        raise SetupError(str(error)) from error
    return Project(layout, _precommit(layout.folder))


def _precommit(folder: str) -> str | None:
    """The configuration of pre-commit: here, or in a folder above up to that of the repository."""
    folder = os.path.abspath(folder)
    repository = folder
    while not os.path.exists(os.path.join(repository, ".git")):
        above = os.path.dirname(repository)
        if above == repository:
            repository = folder
            break
        repository = above
    while True:
        path = os.path.join(folder, precommit.FILE)
        if os.path.isfile(path):
            return sources.shown_path(path)
        if folder == repository:
            return None
        folder = os.path.dirname(folder)
