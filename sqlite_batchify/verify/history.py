"""Where a history is, and its revisions in the order in which Alembic would run them. env.py is never run."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import sqlite3
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy.orm  # noqa: F401  (scripts rely on an application that has imported it)
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError, RevisionMap
from alembic.util import CommandError, to_tuple

from .. import sources
from ..sources import shown_path
from .database import copy_database, page_size, refusals
from .errors import describe, told
from .loading import bound_operations
from .revisions import HistoryError, Revision, Transform, load_script
from .scratch import Scratch, load_driver

_SCRIPT_NAME = re.compile(r"(?!\.#|__init__)[^/]+\.py$")
_URL = "sqlalchemy.url"


@dataclass(frozen=True)
class History:
    """A whole history: Alembic's configuration and script directory, and the revisions from base to heads."""

    target: str
    config: Config
    directory: ScriptDirectory
    revisions: tuple[Revision, ...]

    def applied(self, database: str) -> frozenset[str]:
        """The revisions that a database has already, by its alembic_version. Raises HistoryError."""
        with closing(_first_database(database, None)) as scratch, refusals(database, sqlite3):
            heads = [str(row[0]) for row in scratch.raw.execute("SELECT version_num FROM alembic_version")]
        return frozenset[str]().union(*map(self.ancestors, heads))

    def ancestors(self, revision: str) -> frozenset[str]:
        """The revisions from base up to this one (a revision identifier as Alembic takes it). Raises HistoryError."""
        with _refusals(f"{revision!r}", f"; name a revision of {self.target}"):
            return frozenset(str(each.revision) for each in self.directory.walk_revisions("base", revision))


def load_history(
    target: str | None,
    transform: Transform | None = None,
    arguments: Sequence[str] = (),
    database: str | None = None,
    driver: str | None = None,
) -> History:
    """Find a history and load its scripts.

    ``target`` is a folder of scripts, a script location, a project folder, an alembic.ini, a pyproject.toml, or None
    for what Alembic would find here. ``transform`` may change the bytes of a script (given with its path) before it is
    loaded. ``arguments`` are those of ``context.get_x_argument()``. While the scripts are imported, ``op`` stands for a
    copy of ``database``, a SQLite file, or for an empty one; ``driver`` names the module to open it with. Raises
    HistoryError, or ImportError if there is no such driver.
    """
    config = _find_config(target)
    config.cmd_opts = Namespace(x=list(arguments))
    _hide_databases(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _refusals(target or "here"):
            directory = ScriptDirectory.from_config(config)
            paths = _scripts_of(directory)
        with (
            closing(_first_database(database, driver)) as scratch,
            bound_operations(config, directory, scratch.connection) as uses,
        ):
            loaded = [each for path in paths if (each := load_script(path, transform, uses)) is not None]
        if not loaded:
            raise HistoryError(f"{target or 'here'}: no revision script; name the folder that holds them")
        _check_references(loaded)
        by_id = {revision.id: revision for revision in loaded}
        with _refusals(target or "here"):
            directory.revision_map = RevisionMap(lambda: [revision.script for revision in loaded])
            ordered = [by_id[str(script.revision)] for script in directory.walk_revisions()]
    return History(target or ".", config, directory, tuple(reversed(ordered)))


def _first_database(path: str | None, driver: str | None) -> Scratch:
    module = load_driver(driver)
    scratch = Scratch(module) if path is None else Scratch(module, page_size(path))
    if path is not None:
        copy_database(path, scratch, module)
    return scratch


@contextlib.contextmanager
def _refusals(what: str, remedy: str = "") -> Iterator[None]:
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


def _hide_databases(config: Config) -> None:
    """Let a script that makes an engine of its own from the configuration meet an empty database in memory."""
    for section in config.file_config.sections():
        if config.file_config.has_option(section, _URL):
            config.file_config.set(section, _URL, "sqlite://")


def _check_references(revisions: list[Revision]) -> None:
    seen: dict[str, str] = {}
    for revision in revisions:
        other = seen.setdefault(revision.id, revision.path)
        if other != revision.path:
            both = f"{shown_path(other)} and {shown_path(revision.path)}"
            raise HistoryError(f"revision {revision.id} is in two scripts, {both}; name the folder of one history")
    known = {None, *seen, *(label for revision in revisions for label in revision.script.branch_labels)}
    for revision in revisions:
        script = revision.script
        for other in (*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())):
            if other not in known:
                reason = f"revision {other!r} is referred to, but no script has it; correct the identifier"
                raise HistoryError(reason, revision.path)


def _find_config(target: str | None) -> Config:
    path = Path(os.environ.get("ALEMBIC_CONFIG", "alembic.ini") if target is None else target)
    if target is None and not os.path.exists(path):
        path = Path("pyproject.toml")
        if not path.exists():
            raise HistoryError("neither alembic.ini nor pyproject.toml is here; name a folder of scripts or a file")
    if os.path.isdir(path):
        return _config_of_folder(path)
    if not os.path.isfile(path):
        raise HistoryError(f"{path}: there is no such file or folder; name a folder of scripts or an alembic.ini")
    config = _config_of_file(path)
    if config is None:
        raise HistoryError(f"{path}: names no script_location for Alembic; name the folder of scripts instead")
    return config


def _config_of_file(path: Path) -> Config | None:
    """The configuration in an ini or toml file, None if it does not configure Alembic."""
    with _refusals(str(path)):
        if path.suffix == ".toml" and not hasattr(Config, "get_alembic_option"):
            raise HistoryError(f"{path}: this Alembic reads no pyproject.toml; name the folder of scripts instead")
        config = Config(toml_file=str(path)) if path.suffix == ".toml" else Config(str(path))
        has_section = path.suffix == ".toml" or config.file_config.has_section(config.config_ini_section)
        return config if has_section and _script_location(config) else None


def _config_of_folder(folder: Path) -> Config:
    for name in ("alembic.ini", "pyproject.toml"):
        if (folder / name).exists():
            config = _config_of_file(folder / name)
            if config is not None:
                return config
    beside = folder.parent / "alembic.ini"
    if beside.exists() and (folder / "env.py").exists():
        config = _config_of_file(beside)
        if config is not None and Path(_script_location(config) or "").resolve() == folder.resolve():
            return config
    config = Config()
    config.set_main_option("script_location", _escaped(folder))
    config.set_main_option("recursive_version_locations", "true")
    if (folder / "env.py").exists() or not _holds_scripts(folder):
        versions = folder / "versions"
        if versions.is_dir() and _holds_scripts(versions, deep=True):
            return config
    config.set_main_option("version_locations", _escaped(folder))
    config.set_main_option("path_separator", "newline")
    return config


def _script_location(config: Config) -> str | None:
    """Alembic before 1.16 has only the ini file, and no ``get_alembic_option``."""
    option = getattr(config, "get_alembic_option", config.get_main_option)("script_location")
    return None if option is None else str(option)


def _escaped(folder: Path) -> str:
    return str(folder.resolve()).replace("%", "%%")


def _holds_scripts(folder: Path, deep: bool = False) -> bool:
    return any(sources.siblings(each) for each in {os.path.dirname(path) for path in _list(str(folder), deep)})


def _scripts_of(directory: ScriptDirectory) -> list[str]:
    """The files that may be scripts, each once."""
    found: dict[str, str] = {}
    for location in directory._version_locations:
        for path in _list(str(location), bool(directory.recursive_version_locations)):
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _list(folder: str, recursive: bool) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__") if recursive else []
        yield from (os.path.join(root, name) for name in sorted(names) if _SCRIPT_NAME.match(name))
