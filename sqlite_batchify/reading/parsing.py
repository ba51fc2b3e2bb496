"""Python's own parser, and why it refuses a text."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_HALF = re.compile("[\ud800-\udfff]")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
TOO_DEEP = "nested too deeply"
_NEWER = (
    ((3, 14), re.compile(r"^\s*except\s+[\w.]+\s*,|\bt[\"']|\btr[\"']")),
    ((3, 12), re.compile(r"^\s*type\s+\w+|^\s*(?:async\s+)?(?:def|class)\s+\w+\[|\b[rR]?[fF][rR]?[\"']")),
    ((3, 11), re.compile(r"^\s*except\s*\*")),
)
"""What is newer than the oldest Python that is supported, and how a line with it looks."""


class UnparsableError(Exception):
    """The text is not Python. ``line`` and ``column`` count from 1; ``conflict`` if the line is a merge's marker."""

    def __init__(self, line: int, column: int, reason: str, conflict: bool = False) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason
        self.conflict = conflict


def parse(text: str) -> ast.Module:
    """Parse a script with the Python that is running. Raises UnparsableError."""
    if (found := _HALF.search(text)) is not None:  # half a character, which no script can hold
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise UnparsableError(line, column, f"the character {found.group()!a}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise _refused(text, error) from None
    except ValueError as error:  # a null byte, before Python 3.12
        raise UnparsableError(text.count("\n", 0, text.find("\0")) + 1, 1, str(error)) from None
    except (RecursionError, MemoryError) as error:
        raise UnparsableError(1, 1, TOO_DEEP) from error


def _refused(text: str, error: SyntaxError) -> UnparsableError:
    marker = _CONFLICT.search(text)
    if marker is not None:
        return UnparsableError(text.count("\n", 0, marker.start()) + 1, 1, marker.group().strip(), conflict=True)
    lines = _LINE.findall(text)
    number = min(error.lineno or 1, len(lines))
    line = lines[number - 1]
    return UnparsableError(number, max(1, min(error.offset or 1, len(line) + 1)), error.msg + _newer(line))


def _newer(line: str) -> str:
    """What to add to the reason if the line looks like a Python that is newer than the one that is running."""
    running = sys.version_info[:2]
    needed = next((version for version, looks in _NEWER if version > running and looks.search(line)), None)
    if needed is None:
        return ""
    return " (this is Python {}.{}; the line may be for {}.{} or later)".format(*running, *needed)


def ends_in_comment(text: str) -> bool:
    """Whether the last thing in a text is a comment."""
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text, newline=None).readline)
        last = [each.type for each in tokens if each.string.strip()][-1:]
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == [tokenize.COMMENT]
