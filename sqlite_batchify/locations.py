"""Where an Alembic project has its configuration, its env.py and its scripts. Files are read; nothing of it is run."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import sources

INI, TOML, ENV, TEMPLATE = "alembic.ini", "pyproject.toml", "env.py", "script.py.mako"
_SECTION, _LOCATION, _PATHS = "alembic", "script_location", "prepend_sys_path"
_REMEDY = "name the project's folder, or make it one with alembic init"


class LocationError(Exception):
    """No project is found, or its configuration cannot be read; the message is one line for the user."""


class NoProjectError(LocationError):
    """Nothing there belongs to Alembic."""


@dataclass(frozen=True)
class Location:
    """A script location: the section of the ini that names it ("" for a pyproject.toml), as it is written there, and
    the folder, None if it was not found."""

    section: str
    written: str
    folder: str | None


@dataclass(frozen=True)
class Layout:
    """The files: the ini, a pyproject.toml with [tool.alembic], the script locations. ``folder`` is the project's.

    Without ``configured`` no file names the script location: env.py lies in it, as Flask-Migrate's does.
    """

    folder: str
    ini: str | None
    toml: str | None
    locations: tuple[Location, ...]
    configured: bool = True

    @property
    def environments(self) -> tuple[str, ...]:
        """The path of each env.py."""
        folders = dict.fromkeys(each.folder for each in self.locations if each.folder is not None)
        paths = (os.path.normpath(os.path.join(folder, ENV)) for folder in folders)
        return tuple(path for path in paths if os.path.isfile(path))

    @property
    def lost(self) -> tuple[str, ...]:
        """The script locations in which there is no env.py."""
        return tuple(
            dict.fromkeys(
                each.written
                for each in self.locations
                if each.folder is None or not os.path.isfile(os.path.join(each.folder, ENV))
            )
        )

    @property
    def main(self) -> Location | None:
        """The script location that Alembic takes unless ``-n`` names another, None if there is none."""
        return next((each for each in self.locations if each.section in (_SECTION, "")), None)


def find_layout(target: str) -> Layout:
    """Find the project that a folder, an alembic.ini or a pyproject.toml belongs to. Raises LocationError."""
    is_folder = os.path.isdir(target)
    folder = target if is_folder else os.path.dirname(target)
    name = INI if is_folder else os.path.basename(target)
    layout = _configured(folder, [name] if name.endswith(".toml") else [name, TOML])
    if layout is None and (is_folder or target.endswith(INI)):
        layout = _around(folder) or (_below(folder) if is_folder else None)
    if layout is None:
        raise NoProjectError(
            f"{target}: no Alembic project; looked for an {INI} with a {_LOCATION}, a {TOML} with [tool.alembic], "
            f"and a folder with {ENV}; {_REMEDY}"
        )
    return layout


def alembic_table(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """``[tool.alembic]``, None if there is none."""
    tool = document.get("tool")
    table = tool.get(_SECTION) if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _configured(folder: str, names: list[str]) -> Layout | None:
    """The project whose configuration lies in this folder; None if no file there names a script location.

    Beside an ini Alembic also reads the pyproject.toml, for what the ini does not say.
    """
    joined = [os.path.normpath(os.path.join(folder, name)) for name in names]
    paths = [path for path in joined if os.path.isfile(path)]
    ini_path = next((path for path in paths if not path.endswith(".toml")), None)
    toml_path = next((path for path in paths if path.endswith(".toml")), None)
    options = dict(_ini_options(ini_path)) if ini_path else {}
    written = {section: each[_LOCATION] for section, each in options.items() if _LOCATION in each}
    table = _toml_table(toml_path, needed=not written) if toml_path else None
    if not written and table is not None and isinstance(table.get(_LOCATION), str):
        written = {"": _filled_in(table[_LOCATION], folder)}
    if not written:
        return None
    paths = [folder, os.path.join(folder, "src"), os.curdir, *_import_paths(options, table, folder)]
    found = tuple(Location(section, each, _folder_of(each, paths)) for section, each in written.items())
    return Layout(folder, ini_path, toml_path if table is not None else None, found)


def _around(folder: str) -> Layout | None:
    """The project whose script location this folder is."""
    env = os.path.normpath(os.path.join(folder, ENV))
    if not os.path.isfile(env):
        return None
    above = os.path.normpath(os.path.join(folder, os.pardir))
    layout = _configured(above, [INI, TOML])
    if layout is not None and any(os.path.samefile(path, env) for path in layout.environments):
        return layout
    inside = os.path.normpath(os.path.join(folder, INI))
    location = Location(_SECTION, folder, folder)
    return Layout(above, inside if os.path.isfile(inside) else None, None, (location,), configured=False)


def _below(folder: str) -> Layout | None:
    """The project in a folder below: Flask-Migrate keeps the alembic.ini beside env.py. Raises LocationError."""
    names = sorted(os.listdir(folder or os.curdir))
    holds = [name for name in names if _is_location(os.path.join(folder, name))]
    if len(holds) > 1:
        raise LocationError(f"{folder}: several script locations ({', '.join(holds)}); name one")
    return _around(os.path.normpath(os.path.join(folder, holds[0]))) if holds else None


def _is_location(folder: str) -> bool:
    held = [os.path.isfile(os.path.join(folder, name)) for name in (ENV, INI, TEMPLATE)]
    return held[0] and any(held[1:])


def _ini_options(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What the sections of an ini say of locations (``alembic -n NAME`` takes another than [alembic]).

    Raises LocationError.
    """
    parser = configparser.ConfigParser({"here": os.path.abspath(os.path.dirname(path))})
    try:
        parser.read_string(_text(path))
        for section in parser.sections():
            names = [name for name in (_LOCATION, _PATHS) if parser.has_option(section, name)]
            yield section, {name: parser.get(section, name) for name in names}
    except configparser.Error as error:
        raise LocationError(f"{path}: {' '.join(str(error).split())}; correct it first") from error


def _toml_table(path: str, needed: bool) -> dict[str, Any] | None:
    """``[tool.alembic]``. Raises LocationError if the file is broken and nothing else tells where the scripts are."""
    try:
        return alembic_table(sources.parse_toml(_text(path)))
    except ValueError as error:
        if needed:
            raise LocationError(f"{path}: {error}; correct it first") from error
        return None


def _text(path: str) -> str:
    try:
        return sources.read(path).decode("utf-8")
    except sources.SourceError as error:
        raise LocationError(f"{path}: cannot be read: {error.reason}; check its permissions") from error
    except UnicodeDecodeError as error:
        raise LocationError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _filled_in(value: str, folder: str) -> str:
    try:
        return value % {"here": os.path.abspath(folder)}
    except (KeyError, TypeError, ValueError):
        return value


def _import_paths(
    options: Mapping[str, Mapping[str, str]], table: Mapping[str, Any] | None, folder: str
) -> Iterator[str]:
    """The folders of ``prepend_sys_path``, from the project's folder on."""
    written = [part for each in options.values() for part in re.split(r"[\n,;: ]+", each.get(_PATHS, ""))]
    named = (table or {}).get(_PATHS)
    for each in [*written, *([named] if isinstance(named, str) else named if isinstance(named, list) else [])]:
        if isinstance(each, str) and each:
            yield os.path.normpath(os.path.join(folder, _filled_in(each, folder)))


def _folder_of(written: str, paths: list[str]) -> str | None:
    """The folder that is meant by a script location: a path from one of these or ``package:path``.

    One with an env.py comes first.
    """
    package, colon, rest = written.partition(":")
    if colon and not os.path.isabs(written):
        written = os.path.join(package.replace(".", "/"), *rest.split(":"))
    folders = [os.path.normpath(os.path.join(path, written)) for path in paths]
    found = [folder for folder in folders if os.path.isdir(folder)]
    holding = [folder for folder in found if os.path.isfile(os.path.join(folder, ENV))]
    return next((sources.shown_path(folder) for folder in (*holding, *found)), None)
