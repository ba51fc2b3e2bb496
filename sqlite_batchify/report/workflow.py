"""GitHub's workflow commands (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""

from __future__ import annotations


def annotation(level: str, path: str, line: int, column: int, title: str, text: str) -> str:
    """An ``error``, ``warning`` or ``notice`` on a line of a file; ``line`` and ``column`` are 0 if there is none."""
    place = f"file={_property(path)},line={max(line, 1)}" + (f",col={column}" if column else "")
    return f"::{level} {place},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
