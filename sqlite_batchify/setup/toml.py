"""The hook in pyproject.toml, for projects that are configured by [tool.alembic].

tomllib reads; the writing is an insertion, and what tomllib sees afterwards decides whether it is right. (tomlkit 0.15
puts LF into a CRLF file, takes the comment of the first hook for that of the new one, and writes an array that is no
TOML if the hooks are inline tables.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..locations import alembic_table
from ..sources import parse_toml
from .edits import Edited, Insertion, insert, insert_lines, lines_of, newline_of
from .hooks import NAME, OPTIONS, find_hook, late_note, options_of

_Entry = Mapping[str, str]
_KEY = "post_write_hooks"
_HEADER = re.compile(rb"[ \t]*\[")
_TABLE = re.compile(rb"[ \t]*\[\s*tool\s*\.\s*alembic\s*\]")
_HOOK = re.compile(rb"[ \t]*\[\[\s*tool\s*\.\s*alembic\s*\.\s*post_write_hooks\s*\]\]")
_ARRAY = re.compile(rb"^[ \t]*post_write_hooks[ \t]*=[ \t]*\[(?:\s|#[^\r\n]*)*", re.MULTILINE)
_BY_HAND = f"add as the first of [[tool.alembic.{_KEY}]]: " + ", ".join(
    f'{key} = "{value}"' for key, value in {"name": NAME, **OPTIONS}.items()
)


def parse(source: bytes) -> dict[str, Any]:
    """The document. Raises ValueError if it is no TOML."""
    return parse_toml(source.decode("utf-8"))


def add_hook(path: str, source: bytes, portable: bool = False) -> Edited:
    """Put the hook into a pyproject.toml that has [tool.alembic], in front of those that are there."""
    document = parse(source)
    table = alembic_table(document) or {}
    hooks = table.get(_KEY, [])
    if not isinstance(hooks, list) or not all(isinstance(hook, dict) for hook in hooks):
        return Edited(source, (), (f"{path}: {_KEY} is not an array of tables; {_BY_HAND}",))
    position = find_hook(hooks)
    if position is not None:
        return Edited(source, (), late_note(path, hooks, position))
    entry = {"name": NAME, **options_of(portable)}
    table[_KEY] = [entry, *hooks]
    for place in (_into_array, _before_first, _after_table):
        insertion = place(source, entry)
        if insertion is not None:
            after = insert(source, [insertion])
            if _parses_as(after, document):
                return Edited(after, (f"hook {NAME} in [[tool.alembic.{_KEY}]]",))
    return Edited(source, (), (f"{path}: [tool.alembic] is written in a way that is not understood; {_BY_HAND}",))


def _parses_as(source: bytes, document: Mapping[str, Any]) -> bool:
    try:
        return parse(source) == document
    except ValueError:
        return False


def _lines(entry: _Entry) -> list[bytes]:
    return [f"[[tool.alembic.{_KEY}]]".encode(), *(f'{key} = "{value}"'.encode() for key, value in entry.items())]


def _into_array(source: bytes, entry: _Entry) -> Insertion | None:
    """In front of the first inline table of ``post_write_hooks = [...]``."""
    found = _ARRAY.search(source)
    if found is None:
        return None
    table = b"{ " + b", ".join(f'{key} = "{value}"'.encode() for key, value in entry.items()) + b" }"
    if source[found.end() : found.end() + 1] != b"{":
        return Insertion(found.end(), table)
    line = source[: found.end()].replace(b"\r", b"\n").rpartition(b"\n")[2]
    return Insertion(found.end(), table + b"," + (b" " if line.strip() else newline_of(source) + line))


def _before_first(source: bytes, entry: _Entry) -> Insertion | None:
    """In front of the first ``[[tool.alembic.post_write_hooks]]`` and of the comment that belongs to it."""
    lines = lines_of(source)
    for number, line in enumerate(lines):
        if _HOOK.match(line.text):
            while number and lines[number - 1].text.lstrip().startswith(b"#"):
                number -= 1
            return insert_lines(source, lines[number].start, [*_lines(entry), b""])
    return None


def _after_table(source: bytes, entry: _Entry) -> Insertion | None:
    """After the last line of ``[tool.alembic]``, or of the file, if the table is written as keys of another."""
    lines = lines_of(source)
    first = next((number for number, line in enumerate(lines) if _TABLE.match(line.text)), None)
    if first is None:
        return insert_lines(source, len(source), [b"", *_lines(entry)])
    end = next((n for n in range(first + 1, len(lines)) if _HEADER.match(lines[n].text)), len(lines))
    if end < len(lines):
        while lines[end - 1].text.lstrip().startswith(b"#"):
            end -= 1  # the comment of the next table
    below = [b""] if end < len(lines) and lines[end - 1].text.strip() else []
    while not lines[end - 1].text.strip():
        end -= 1
    return insert_lines(source, lines[end - 1].end, [b"", *_lines(entry), *below])
