"""The files of an Alembic project. They are read; nothing of the project is run or imported."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import sources
from . import precommit, toml

INI, TOML, ENV, TEMPLATE = "alembic.ini", "pyproject.toml", "env.py", "script.py.mako"


class SetupError(Exception):
    """There is no project to set up; the message is one line for the user."""


@dataclass(frozen=True)
class Project:
    """The files: the ini, a pyproject.toml with [tool.alembic], each env.py, the configuration of pre-commit.

    ``lost`` are script locations that are configured, but were not found.
    """

    ini: str | None
    toml: str | None
    environments: tuple[str, ...]
    precommit: str | None
    lost: tuple[str, ...] = ()


def find_project(target: str) -> Project:
    """Find the project that a folder, an alembic.ini or a pyproject.toml belongs to. Raises SetupError."""
    if not os.path.exists(target):
        raise SetupError(f"{target}: there is no such folder; name the one with the project's {INI} or {TOML}")
    is_folder = os.path.isdir(target)
    folder = target if is_folder else os.path.dirname(target)
    project = _configured(folder, [INI, TOML] if is_folder else [os.path.basename(target)])
    if project is None and (is_folder or target.endswith(INI)):
        project = _around(folder) or _below(folder)
    if project is None:
        raise SetupError(
            f"{target}: no Alembic project; looked for an {INI} with a script_location, a {TOML} with [tool.alembic], "
            f"and a folder with {ENV}; name the project's folder, or make it one with alembic init"
        )
    return project


def _configured(folder: str, names: list[str]) -> Project | None:
    """The project whose configuration lies in this folder; None if no file there names a script location."""
    joined = [os.path.normpath(os.path.join(folder, name)) for name in names]
    paths = [path for path in joined if os.path.isfile(path)]
    ini_path = next((path for path in paths if not path.endswith(".toml")), None)
    toml_path = next((path for path in paths if path.endswith(".toml")), None)
    locations = list(_ini_locations(ini_path)) if ini_path else []
    table = _toml_table(toml_path, needed=not locations) if toml_path else None
    if not locations and table is not None and isinstance(table.get("script_location"), str):
        locations = [_filled_in(table["script_location"], folder)]
    if not locations:
        return None
    environments = {location: _environment(location, folder) for location in locations}
    found = tuple(dict.fromkeys(path for path in environments.values() if path is not None))
    lost = tuple(location for location, path in environments.items() if path is None)
    return Project(ini_path, toml_path if table is not None else None, found, _precommit(folder), lost)


def _around(folder: str) -> Project | None:
    """The project whose script location this folder is."""
    env = os.path.normpath(os.path.join(folder, ENV))
    if not os.path.isfile(env):
        return None
    above = os.path.join(folder, os.pardir)
    project = _configured(os.path.normpath(above), [INI, TOML])
    if project is not None and any(os.path.samefile(path, env) for path in project.environments):
        return project
    inside = os.path.normpath(os.path.join(folder, INI))
    return Project(inside if os.path.isfile(inside) else None, None, (env,), _precommit(folder))


def _below(folder: str) -> Project | None:
    """The project in a folder below: Flask-Migrate keeps the alembic.ini in the script location. Raises SetupError."""
    names = sorted(os.listdir(folder or os.curdir))
    holds = [name for name in names if _is_location(os.path.join(folder, name))]
    if len(holds) > 1:
        raise SetupError(f"{folder}: several script locations ({', '.join(holds)}); name one")
    return _around(os.path.join(folder, holds[0])) if holds else None


def _is_location(folder: str) -> bool:
    held = [os.path.isfile(os.path.join(folder, name)) for name in (ENV, INI, TEMPLATE)]
    return held[0] and any(held[1:])


def _ini_locations(path: str) -> Iterator[str]:
    """The script locations of all sections (``alembic -n NAME`` takes another than [alembic]). Raises SetupError."""
    folder = os.path.dirname(path)
    parser = configparser.ConfigParser({"here": os.path.abspath(folder)})
    try:
        parser.read_string(_text(path))
        for section in parser.sections():
            if parser.has_option(section, "script_location"):
                yield parser.get(section, "script_location")
    except configparser.Error as error:
        raise SetupError(f"{path}: {' '.join(str(error).split())}; correct it, then run init again") from error


def _toml_table(path: str, needed: bool) -> dict[str, Any] | None:
    """``[tool.alembic]``. Raises SetupError if the file is broken and nothing else tells where the scripts are."""
    try:
        return toml.alembic_table(toml.parse(_text(path).encode("utf-8")))
    except ValueError as error:
        if needed:
            raise SetupError(f"{path}: {error}; correct it, then run init again") from error
        return None


def _text(path: str) -> str:
    try:
        return sources.read(path).decode("utf-8")
    except sources.SourceError as error:
        raise SetupError(f"{path}: cannot be read: {error.reason}; check its permissions") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _filled_in(value: str, folder: str) -> str:
    try:
        return value % {"here": os.path.abspath(folder)}
    except (KeyError, TypeError, ValueError):
        return value


def _environment(location: str, folder: str) -> str | None:
    """The env.py of a script location: a path from this folder or from here, or ``package:path``."""
    package, colon, rest = location.partition(":")
    if colon and not os.path.isabs(location):
        location = os.path.join(package.replace(".", "/"), *rest.split(":"))
    for base in (folder, os.path.join(folder, "src"), os.curdir):
        path = os.path.normpath(os.path.join(base, location, ENV))
        if os.path.isfile(path):
            return sources.shown_path(path)
    return None


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
