"""``[tool.sqlite-batchify]`` in pyproject.toml -> a frozen Config."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, NamedTuple

from .findings import CODES, PROBLEM_CLASSES, nearest_code
from .locate import configurations
from .names import read_naming
from .operations import STYLES
from .sources import parse_toml

BATCH_NAME = "batch_op"
"""What new blocks call their variable unless something else is asked for."""
MINIMUM_SQLITE = "3.35"
"""The oldest SQLite that scripts shall run on, unless another is asked for."""


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one line for the user."""


class VerifyConfig(NamedTuple):
    """What a project has set for ``verify``: the options of the command line, None where it has not."""

    target: str | None = None
    rewritten: bool | None = None
    foreign_keys: str | None = None
    metadata: str | None = None
    start: str | None = None
    stop: str | None = None
    x: tuple[str, ...] | None = None
    only: tuple[str, ...] | None = None
    stub_imports: bool | None = None
    sqlite_module: str | None = None


class Config(NamedTuple):
    """What a project has set; None where it has not.

    ``naming_convention`` is ``"auto"``, ``"postgresql"``, ``"keep"`` or a mapping from kinds of constraints to
    templates, ``minimum_sqlite`` a version as a text. ``exclude`` are patterns of paths below ``folder``, where the
    file lies; ``per_file_ignores`` maps such patterns to codes.
    """

    folder: str = ""
    style: str | None = None
    naming_convention: Any = None
    batch_name: str | None = None
    minimum_sqlite: str | None = None
    portable: bool | None = None
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    verify: VerifyConfig = VerifyConfig()

    def excludes(self, path: str) -> bool:
        """Whether a path is one of those to be left out of what a folder stands for."""
        return any(self._matches(path, pattern) for pattern in self.exclude)

    def ignored(self, path: str) -> frozenset[str]:
        """The codes that are not reported for a script at this path."""
        per_file = self.per_file_ignores.items()
        return frozenset(code for pattern, codes in per_file if self._matches(path, pattern) for code in codes)

    def _matches(self, path: str, pattern: str) -> bool:
        """As in .gitignore: with a slash in it from ``folder`` on, else for any part; a folder stands for its files."""
        parts = os.path.relpath(os.path.realpath(path), self.folder).split(os.sep)
        plain = pattern.strip("/")
        if "/" not in plain:
            return any(fnmatchcase(part, plain) for part in parts)
        return any(fnmatchcase("/".join(parts[:stop]), plain) for stop in range(1, len(parts) + 1))


def find_config(folder: str) -> Config:
    """The configuration for scripts in a folder: that of the nearest pyproject.toml with the section, going upwards.

    Raises ConfigError.
    """
    for path, content in configurations(folder):
        section = _section(path, content)
        if section is not None:
            return read_config(section, path)
    return Config()


def read_config(section: object, path: str) -> Config:
    """Check the section of a file and turn it into a Config. Raises ConfigError, which names ``path``."""
    values = _checked(section, _CHECKS, path, "tool.sqlite-batchify")
    return Config(os.path.dirname(os.path.realpath(path)), **values)


def _checked(section: object, checks: _Checks, path: str, name: str) -> dict[str, Any]:
    if not isinstance(section, Mapping):
        raise ConfigError(f"{path}: {name} is no table; write [{name}]")
    values = {}
    for key, value in section.items():
        if key not in checks:
            raise ConfigError(f"{path}: [{name}] has no key {key!r}{_nearest(key, checks)}")
        if key == "verify":
            values[key] = VerifyConfig(**_checked(value, _VERIFY_CHECKS, path, f"{name}.verify"))
            continue
        try:
            values[_FIELDS.get(key, key.replace("-", "_"))] = checks[key](value)
        except ValueError as error:
            raise ConfigError(f"{path}: {key}: {error}") from error
    return values


def read_naming_option(text: str) -> object:
    """The value of ``--naming-convention``: a mode, or an inline table as in pyproject.toml. Raises ValueError."""
    value: object = text
    if text.lstrip().startswith("{"):
        try:
            value = parse_toml(f"value = {text}")["value"]
        except ValueError as error:
            raise ValueError(f"not a TOML table: {error}") from error
    read_naming(value)
    return value


def check_batch_name(value: object) -> None:
    """Raise ValueError if a new block cannot call its variable so."""
    if not (isinstance(value, str) and value.isidentifier() and not iskeyword(value)):
        raise ValueError(f"{value!r} is no name for a variable")


def read_version(value: object) -> tuple[int, int]:
    """The version of SQLite that a text such as ``"3.35"`` names. Raises ValueError."""
    parts = value.split(".") if isinstance(value, str) else []
    if not (2 <= len(parts) <= 3 and all(each.isascii() and each.isdigit() and len(each) < 5 for each in parts)):
        raise ValueError(f'{value!r} is no version of SQLite as a text, such as "{MINIMUM_SQLITE}"')
    return int(parts[0]), int(parts[1])


def _one_of(*options: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in options:
            raise ValueError(f"{value!r} is not one of {', '.join(options)}")
        return value

    return check


def _string(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no string")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list of strings")
    return tuple(map(_string, value))


def read_classes(names: Iterable[str]) -> tuple[str, ...]:
    """The classes of problems that count for verify. Raises ValueError for a name that is none."""
    return tuple(_one_of(*PROBLEM_CLASSES)(name.strip()) for name in names)


def _codes_by_pattern(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no table from patterns to lists of codes")
    found = {pattern: _strings(codes) for pattern, codes in value.items()}
    for code in itertools.chain(*found.values()):
        if code not in CODES:
            raise ValueError(f"there is no code {code}{nearest_code(code)}")
    return found


def _naming(value: object) -> object:
    read_naming(value)
    return value


def _batch_name(value: object) -> object:
    check_batch_name(value)
    return value


def _version(value: object) -> object:
    read_version(value)
    return value


_Checks = Mapping[str, Callable[[object], Any]]
_CHECKS: _Checks = {
    "style": _one_of(*STYLES),
    "naming-convention": _naming,
    "batch-name": _batch_name,
    "minimum-sqlite": _version,
    "portable": _boolean,
    "exclude": _strings,
    "per-file-ignores": _codes_by_pattern,
    "verify": lambda value: value,
}
_VERIFY_CHECKS: _Checks = {
    "target": _string,
    "rewritten": _boolean,
    "foreign-keys": _one_of("auto", "off", "on", "both"),
    "metadata": _string,
    "from": _string,
    "to": _string,
    "x": _strings,
    "only": lambda value: read_classes(_strings(value)),
    "stub-imports": _boolean,
    "sqlite-module": _string,
}
_FIELDS = {"from": "start", "to": "stop"}


def _nearest(key: str, checks: _Checks) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key.replace("_", "-"), checks, 1)
    return f"; did you mean {close[0]}?" if close else f"; it has {', '.join(checks)}"


def _section(path: str, content: bytes) -> object:
    try:
        tool = parse_toml(content.decode()).get("tool")
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return tool.get("sqlite-batchify") if isinstance(tool, dict) else None
