"""Alembic's configuration for the history that a target stands for, or that is found without one."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from alembic.config import Config
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from .. import sources
from ..locations import ENV, INI, TOML, Layout, LocationError, NoProjectError, find_layout
from ..sources import shown_path
from .errors import describe, told
from .revisions import HistoryError

_SCRIPT_NAME = re.compile(r"(?!\.#|__init__)[^/]+\.py$")
_READS_TOML = hasattr(Config, "get_alembic_option")  # since Alembic 1.16


class Found(NamedTuple):
    """The configuration, what to call the history, and the file that told where it is ("" if that was given)."""

    config: Config
    target: str
    by: str


def find_config(target: str | None) -> Found:
    """Find the configuration: that which ``init`` would find, else what Alembic needs for a folder of scripts.

    Raises HistoryError.
    """
    given = os.environ.get("ALEMBIC_CONFIG") if target is None else target
    path = given or os.curdir
    if not (os.path.isdir(path) or os.path.isfile(path)):
        named = "ALEMBIC_CONFIG names what is not there" if target is None else "there is no such file or folder"
        raise HistoryError(f"{path}: {named}; name a folder of scripts or an {INI}")
    try:
        layout = _layout(path, searching=target is None)
    except LocationError as error:
        raise HistoryError(str(error)) from error
    if layout is None:
        return Found(_config_of_folder(path), path, "")
    config, where = _config_of(layout), _told(layout)
    is_named = target is not None and (os.path.isfile(path) or os.path.realpath(path) == os.path.realpath(where[0]))
    return Found(config, path, "") if is_named else Found(config, *where)


@contextlib.contextmanager
def alembic_refusals(what: str, remedy: str = "") -> Iterator[None]:
    """What Alembic raises over configurations and revisions that it cannot use, meant or not, is one line."""
    try:
        yield
    except (CommandError, RevisionError) as error:
        raise HistoryError(f"{what}: {told(error)}{remedy}") from error
    except (
        *(ImportError, configparser.Error, OSError),
        *(AssertionError, AttributeError, LookupError, TypeError, ValueError),
    ) as error:
        raise HistoryError(f"{what}: {describe(error)}{remedy}") from error


def list_scripts(folder: str, recursive: bool) -> Iterator[str]:
    """The files of a folder that may be scripts."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__") if recursive else []
        yield from (os.path.join(root, name) for name in sorted(names) if _SCRIPT_NAME.match(name))


def _layout(path: str, searching: bool) -> Layout | None:
    """The project that is meant, None if it is no more than a folder of scripts. Raises LocationError."""
    try:
        layout = find_layout(path)
    except NoProjectError:
        if searching or not os.path.isdir(path):
            raise
        return None
    except LocationError:
        if searching or not _holds_scripts(path):
            raise
        return None
    return layout


def _config_of(layout: Layout) -> Config:
    """The configuration of a project. Raises HistoryError."""
    main = layout.main
    if main is None:
        sections = ", ".join(f"[{each.section}]" for each in layout.locations)
        folders = " or ".join(each.folder or each.written for each in layout.locations)
        raise HistoryError(f"{layout.ini}: script locations are named by {sections} only; name one of {folders}")
    if not layout.configured:
        return _config_of_location(layout, main.written)
    if layout.ini is None and not _READS_TOML:
        raise HistoryError(f"{layout.toml}: this Alembic reads no {TOML}; name the folder of scripts instead")
    with alembic_refusals(str(layout.ini or layout.toml)):
        config = Config(layout.ini, toml_file=layout.toml) if _READS_TOML else Config(layout.ini)
        if main.folder is not None:
            config.set_main_option("script_location", _escaped(main.folder))
    return config


def _config_of_location(layout: Layout, folder: str) -> Config:
    """As Flask-Migrate does: it names the folder itself, and Flask puts the project's on ``sys.path``."""
    config = _config_of_folder(folder)
    with alembic_refusals(str(layout.ini)):
        own = Config(layout.ini) if layout.ini else None
        if own is not None and own.file_config.has_section(own.config_ini_section):
            own.set_main_option("script_location", _escaped(folder))
            if own.get_main_option("prepend_sys_path") or own.get_main_option("version_locations"):
                return own
            config = own
    config.set_main_option("prepend_sys_path", _escaped(layout.folder))
    config.set_main_option("path_separator", "newline")
    return config


def _told(layout: Layout) -> tuple[str, str]:
    """What to call a history that was found, and the file that told where it is."""
    main = layout.main
    assert main is not None
    if not layout.configured:
        return main.written, shown_path(layout.environments[0])
    by = layout.ini if main.section else layout.toml
    return main.folder or main.written, shown_path(str(by))


def _config_of_folder(path: str) -> Config:
    """What Alembic needs to know where no file says it."""
    folder = Path(path)
    config = Config()
    config.set_main_option("script_location", _escaped(path))
    config.set_main_option("recursive_version_locations", "true")
    if (folder / ENV).exists() or not _holds_scripts(path):
        versions = folder / "versions"
        if versions.is_dir() and _holds_scripts(str(versions), deep=True):
            return config
    config.set_main_option("version_locations", _escaped(path))
    config.set_main_option("path_separator", "newline")
    return config


def _escaped(folder: str) -> str:
    return os.path.realpath(folder).replace("%", "%%")


def _holds_scripts(folder: str, deep: bool = False) -> bool:
    return any(sources.siblings(each) for each in {os.path.dirname(path) for path in list_scripts(folder, deep)})
