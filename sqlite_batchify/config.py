"""``[tool.sqlite-batchify]`` in pyproject.toml -> a frozen Config."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rewrite import STYLES, check_naming

_FILE = "pyproject.toml"
_SECTION = b"sqlite-batchify"


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one line for the user."""


@dataclass(frozen=True)
class Config:
    """What a project has set; None where it has not.

    ``naming_convention`` is ``"auto"``, ``"postgresql"``, ``"keep"`` or a mapping from kinds of constraints to
    templates.
    """

    style: str | None = None
    naming_convention: Any = None


def find_config(folder: str) -> Config:
    """The configuration for scripts in a folder: that of the nearest pyproject.toml with the section, going upwards.

    Raises ConfigError.
    """
    folder = os.path.abspath(folder)
    while True:
        path = os.path.join(folder, _FILE)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            content = b""
        if _SECTION in content:
            section = _section(path, content)
            if section is not None:
                return read_config(section, path)
        above = os.path.dirname(folder)
        if above == folder:
            return Config()
        folder = above


def read_config(section: object, path: str) -> Config:
    """Check the section of a file and turn it into a Config. Raises ConfigError, which names ``path``."""
    if not isinstance(section, Mapping):
        raise ConfigError(f"{path}: tool.sqlite-batchify is no table; write [tool.sqlite-batchify]")
    for key in section:
        if key not in _CHECKS:
            raise ConfigError(f"{path}: [tool.sqlite-batchify] has no key {key!r}{_nearest(key)}")
    key = ""
    try:
        for key, value in section.items():
            _CHECKS[key](value)
    except ValueError as error:
        raise ConfigError(f"{path}: {key}: {error}") from error
    return Config(**{key.replace("-", "_"): value for key, value in section.items()})


def read_naming_option(text: str) -> object:
    """The value of ``--naming-convention``: a mode, or an inline table as in pyproject.toml. Raises ValueError."""
    value: object = text
    if text.lstrip().startswith("{"):
        try:
            value = _toml(f"value = {text}")["value"]
        except ValueError as error:
            raise ValueError(f"not a TOML table: {error}") from error
    check_naming(value)
    return value


def _check_style(value: object) -> None:
    if value not in STYLES:
        raise ValueError(f"{value!r} is not one of {', '.join(STYLES)}")


_CHECKS = {"style": _check_style, "naming-convention": check_naming}


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key.replace("_", "-"), _CHECKS, 1)
    return f"; did you mean {close[0]}?" if close else f"; it has {', '.join(_CHECKS)}"


def _section(path: str, content: bytes) -> object:
    try:
        tool = _toml(content.decode()).get("tool")
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return tool.get("sqlite-batchify") if isinstance(tool, dict) else None


def _toml(text: str) -> dict[str, Any]:
    """Parse TOML. Raises ValueError."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    parsed: dict[str, Any] = tomllib.loads(text)
    return parsed
