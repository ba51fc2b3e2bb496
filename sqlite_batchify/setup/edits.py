"""Insertions into the bytes of a file: nothing that is there is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NEWLINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Insertion:
    """Bytes that go in front of the byte at ``offset``."""

    offset: int
    data: bytes


@dataclass(frozen=True)
class Edited:
    """A file with its insertions: the bytes, what was added, and what could not be placed (one line each)."""

    after: bytes
    what: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of a file: its text without the newline, and where it begins and ends (the newline included)."""

    text: bytes
    start: int
    end: int


def insert(source: bytes, insertions: Iterable[Insertion]) -> bytes:
    """The source with the insertions; those at one offset stand in the order given."""
    parts, last = [], 0
    for insertion in sorted(insertions, key=lambda each: each.offset):
        parts += [source[last : insertion.offset], insertion.data]
        last = insertion.offset
    return b"".join([*parts, source[last:]])


def lines_of(source: bytes) -> list[Line]:
    """The lines, ended by LF, CRLF or CR as Python and configparser end them."""
    lines, start = [], 0
    for newline in _NEWLINE.finditer(source):
        lines.append(Line(source[start : newline.start()], start, newline.end()))
        start = newline.end()
    if start < len(source):
        lines.append(Line(source[start:], start, len(source)))
    return lines


def newline_of(source: bytes) -> bytes:
    """The newline that the file uses, by its first."""
    found = _NEWLINE.search(source)
    return found.group() if found else b"\n"


def insert_lines(source: bytes, offset: int, lines: Iterable[bytes]) -> Insertion:
    """Whole lines, at the beginning of a line or at the end of the file (whose last newline may be missing)."""
    newline = newline_of(source)
    text = b"".join(line + newline for line in lines)
    complete = offset == 0 or source[offset - 1 : offset] in (b"\n", b"\r")
    return Insertion(offset, text if complete else newline + text)
