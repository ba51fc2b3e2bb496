"""Between a script's text and its syntax tree, without losing a character."""

from __future__ import annotations

import difflib

import libcst as cst


class UnparsableError(Exception):
    """The text is not Python that libcst reads. ``line`` and ``column`` count from 1."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


def split_tail(text: str) -> tuple[str, str]:
    """A script's text, and the lines of blanks and comments at its end.

    libcst loses some of those lines where their indentation is not that of the suite before them.
    """
    lines = text.split("\n")
    stop = len(lines)
    while stop > 1 and _says_nothing(lines[stop - 1].rstrip("\r")):
        stop -= 1
    if stop == len(lines) or lines[stop - 1].rstrip("\r").endswith("\\"):
        return text, ""
    return "\n".join(lines[:stop]) + "\n", "\n".join(lines[stop:])


def _says_nothing(line: str) -> bool:
    return "\r" not in line and (line.lstrip(" \t\f") or "#").startswith("#")


def parse(text: str) -> cst.Module:
    """Parse a script. Raises UnparsableError."""
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        reason = error.message.strip().splitlines()[0] if error.message.strip() else "syntax error"
        raise UnparsableError(error.raw_line, error.raw_column + 1, reason) from error
    except RecursionError as error:
        raise UnparsableError(1, 1, "nested too deeply") from error


def spliced(text: str, old: cst.Module, new: cst.Module) -> str:
    """The code of ``new``, with the lines that it shares with ``old`` taken from the text itself.

    libcst gives back every script as it was but for the form feeds that may stand at the beginning of a line
    (https://docs.python.org/3/reference/lexical_analysis.html#indentation).
    """
    before, after = old.code, new.code
    if before == text:
        return after
    lines, known = text.split("\n"), before.split("\n")
    if len(lines) != len(known):
        raise UnparsableError(1, 1, "libcst does not give the script back as it is")
    result: list[str] = []
    changed = after.split("\n")
    matcher = difflib.SequenceMatcher(None, known, changed, autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        result.extend(lines[start:stop] if tag == "equal" else changed[new_start:new_stop])
    return "\n".join(result)
