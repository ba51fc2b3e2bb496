"""Where a history is, and its revisions in the order in which Alembic would run them. env.py is never run."""

from __future__ import annotations

import ast
import configparser
import os
import re
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy.orm  # noqa: F401  (scripts rely on an application that has imported it)
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError, RevisionMap
from alembic.util import CommandError

from .. import sources
from .scripts import run_script

_SCRIPT_NAME = re.compile(r"(?!\.#|__init__)[^/]+\.py$")
_WORD = re.compile(r"\w+")
_ESCAPE = re.compile(r"\\[abfnrtv]")  # in "DELETE FROM\naccount" no letter belongs to the name
_NAME = re.compile(r"""["'](\w+)["']""")
_URL = "sqlalchemy.url"
_IDENTIFIER = r"^{}\s*(?::[^=\n]*)?=\s*(.+)$"

Transform = Callable[[bytes, str], bytes]


class HistoryError(Exception):
    """The history cannot be found or ordered; the message is one line for the user."""


@dataclass(frozen=True)
class Revision:
    """One revision: Alembic's script, the error if its module could not be imported, and the bytes that were run."""

    script: Script
    error: BaseException | None
    source: bytes

    @cached_property
    def text(self) -> str:
        return self.source.decode("utf-8", "replace")

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text in lower case: what the script may touch."""
        text = self.text.lower()
        return frozenset({*_WORD.findall(text), *_WORD.findall(_ESCAPE.sub(" ", text))})

    def mentions(self, name: str) -> bool:
        """Whether the script may touch a table of this name, as far as its text tells."""
        folded = name.lower()
        return folded in self.words if _WORD.fullmatch(folded) else folded in self.text.lower()

    @cached_property
    def names(self) -> frozenset[str]:
        """The words that stand in quotes, in lower case: what may be missing if the script did not run."""
        return frozenset(_NAME.findall(self.text.lower()))

    @property
    def id(self) -> str:
        return str(self.script.revision)

    @property
    def path(self) -> str:
        return str(self.script.path)

    @property
    def module(self) -> ModuleType:
        return self.script.module


@dataclass(frozen=True)
class History:
    """A whole history: Alembic's configuration and script directory, and the revisions from base to heads."""

    target: str
    config: Config
    directory: ScriptDirectory
    revisions: tuple[Revision, ...]

    def ancestors(self, revision: str) -> frozenset[str]:
        """The revisions from base up to this one (a revision identifier as Alembic takes it). Raises HistoryError."""
        try:
            return frozenset(str(each.revision) for each in self.directory.walk_revisions("base", revision))
        except (CommandError, RevisionError) as error:
            raise HistoryError(_one_line(error)) from error


def load_history(target: str | None, transform: Transform | None = None, arguments: Sequence[str] = ()) -> History:
    """Find a history and load its scripts.

    ``target`` is a folder of scripts, a script location, a project folder, an alembic.ini, a pyproject.toml, or None
    for what Alembic would find here. ``transform`` may change the bytes of a script (given with its path) before it is
    loaded. ``arguments`` are those of ``context.get_x_argument()``. Raises HistoryError.
    """
    config = _find_config(target)
    config.cmd_opts = Namespace(x=list(arguments))
    _hide_databases(config)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            directory = ScriptDirectory.from_config(config)
            loaded = list(_load_scripts(directory, transform))
            if not loaded:
                raise HistoryError(f"{target or 'here'}: no revision script; name the folder that holds them")
            _refuse_duplicates(loaded)
            directory.revision_map = RevisionMap(lambda: [revision.script for revision in loaded])
            by_id = {revision.id: revision for revision in loaded}
            ordered = [by_id[str(script.revision)] for script in directory.walk_revisions()]
    except (CommandError, RevisionError) as error:
        raise HistoryError(f"{target or 'here'}: {_one_line(error)}") from error
    except KeyError as error:
        raise HistoryError(f"{target or 'here'}: revision {error} is referred to, but no script has it") from error
    return History(target or ".", config, directory, tuple(reversed(ordered)))


def _hide_databases(config: Config) -> None:
    """Let a script that makes an engine of its own from the configuration meet an empty database in memory."""
    for section in config.file_config.sections():
        if config.file_config.has_option(section, _URL):
            config.file_config.set(section, _URL, "sqlite://")


def _refuse_duplicates(revisions: list[Revision]) -> None:
    seen: dict[str, str] = {}
    for revision in revisions:
        other = seen.setdefault(revision.id, revision.path)
        if other != revision.path:
            raise HistoryError(
                f"revision {revision.id} is in two scripts, {other} and {revision.path}; name the folder of one history"
            )


def _find_config(target: str | None) -> Config:
    path = Path(os.environ.get("ALEMBIC_CONFIG", "alembic.ini") if target is None else target)
    if target is None and not path.exists():
        path = Path("pyproject.toml")
        if not path.exists():
            raise HistoryError("neither alembic.ini nor pyproject.toml is here; name a folder of scripts or a file")
    if path.is_dir():
        return _config_of_folder(path)
    if not path.exists():
        raise HistoryError(f"{path}: there is no such file or folder; name a folder of scripts or an alembic.ini")
    config = _config_of_file(path)
    if config is None:
        raise HistoryError(f"{path}: names no script_location for Alembic; name the folder of scripts instead")
    return config


def _config_of_file(path: Path) -> Config | None:
    """The configuration in an ini or toml file, None if it does not configure Alembic."""
    try:
        if path.suffix == ".toml" and not hasattr(Config, "get_alembic_option"):
            raise HistoryError(f"{path}: this Alembic reads no pyproject.toml; name the folder of scripts instead")
        config = Config(toml_file=str(path)) if path.suffix == ".toml" else Config(str(path))
        has_section = path.suffix == ".toml" or config.file_config.has_section(config.config_ini_section)
        return config if has_section and _script_location(config) else None
    except (CommandError, ValueError, TypeError, configparser.Error) as error:
        raise HistoryError(f"{path}: {_one_line(error)}") from error


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
    return any(sources.siblings(str(each)) for each in {path.parent for path in _list(folder, deep)})


def _load_scripts(directory: ScriptDirectory, transform: Transform | None) -> Iterator[Revision]:
    seen = set()
    for location in directory._version_locations:
        for path in _list(Path(location), bool(directory.recursive_version_locations)):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                revision = _load(path, transform)
                if revision is not None:
                    yield revision


def _list(folder: Path, recursive: bool) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__") if recursive else []
        for name in sorted(names):
            if _SCRIPT_NAME.match(name):
                yield Path(root, name)


def _load(path: Path, transform: Transform | None) -> Revision | None:
    """Load one script as Alembic does; one that cannot be imported keeps its place in the history."""
    try:
        source = sources.read(str(path))
    except sources.SourceError as refused:
        raise HistoryError(f"{path}: {refused.reason}") from refused
    if transform is not None:
        source = transform(source, str(path))
    module = ModuleType(re.sub(r"\W", "_", path.name))
    module.__file__ = str(path)
    error = run_script(lambda: exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__))
    if error is not None:
        for name, value in _identifiers(source).items():
            module.__dict__.setdefault(name, value)
    if not hasattr(module, "revision"):
        return None
    module.__dict__.setdefault("down_revision", None)
    return Revision(Script(module, module.revision, str(path)), error, source)


def _identifiers(source: bytes) -> dict[str, Any]:
    """What a script says of its revision, read without running it."""
    text = source.decode("utf-8", "replace")
    found: dict[str, Any] = {}
    for name in ("revision", "down_revision", "branch_labels", "depends_on"):
        match = re.search(_IDENTIFIER.format(name), text, re.MULTILINE)
        if match:
            try:
                found[name] = ast.literal_eval(match.group(1).partition("#")[0].strip())
            except (ValueError, SyntaxError):
                continue
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
