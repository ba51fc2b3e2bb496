"""The entry in .pre-commit-config.yaml.

Only the plain form is edited, a ``repos:`` key and its list in lines below it: a YAML library that keeps the layout
would be the heaviest dependency of all.  https://pre-commit.com/#pre-commit-configyaml---top-level
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .. import __version__
from .edits import Edited, Line, insert, insert_lines, lines_of
from .hooks import PORTABLE

FILE = ".pre-commit-config.yaml"
REPOSITORY = "https://github.com/sqlite-batchify/sqlite-batchify"
_PRESENT = re.compile(rb"""^[ \t]*(?:-[ \t]+)?(?:id|entry)[ \t]*:[ \t]*["']?sqlite-batchify\b""", re.MULTILINE)
_REPOS = re.compile(rb"repos[ ]*:[ ]*(?:#.*)?$")
_ITEM = re.compile(rb"( *)-( +)[\w\"']+ *:")
_HOOKS = re.compile(rb"( *)(?:-( +))?hooks *: *(?:#.*)?$")
_DASH = re.compile(rb"( *)-( +)\S")
_BY_HAND = f"add to repos: - repo: {REPOSITORY}, rev: v{__version__}, hooks: - id: sqlite-batchify"


@dataclass(frozen=True)
class _Layout:
    """How the list is indented: the dash of an item, its keys, and the dash of a hook."""

    dash: bytes
    space: bytes
    hook: bytes
    hook_space: bytes


def add_entry(path: str, source: bytes, portable: bool = False) -> Edited:
    """Put the hook at the end of the list of repositories, in its indentation."""
    if _PRESENT.search(source):
        return Edited(source)
    items = _items(lines_of(source))
    layout = _layout(items)
    if layout is None:
        return Edited(source, (), (f"{path}: repos is not a list in lines of its own; {_BY_HAND}",))
    after = insert(source, [insert_lines(source, items[-1].end, _entry(items, layout, portable))])
    return Edited(after, (f"hook sqlite-batchify of {REPOSITORY} v{__version__}",))


def _items(lines: Sequence[Line]) -> list[Line]:
    """The lines of the list under ``repos:``, without blank lines and comments after it."""
    first = next((number for number, line in enumerate(lines) if _REPOS.match(line.text)), len(lines))
    found: list[Line] = []
    for line in lines[first + 1 :]:
        if line.text.strip() and not line.text.startswith((b" ", b"- ", b"#")):
            break
        found.append(line)
    while found and (not found[-1].text.strip() or found[-1].text.lstrip().startswith(b"#")):
        found.pop()
    return found


def _layout(items: Sequence[Line]) -> _Layout | None:
    """The indentation of the list, None if it is not one, or not one that goes on to the last line."""
    full = [line.text for line in items if line.text.strip() and not line.text.lstrip().startswith(b"#")]
    first = _ITEM.match(full[0]) if full else None
    if first is None or any(b"\t" in text[: len(text) - len(text.lstrip())] for text in full):
        return None
    dash, space = first.group(1), first.group(2)
    if any(len(text) - len(text.lstrip()) < len(dash) for text in full):
        return None
    for text, below in itertools.pairwise(full):
        hook = _DASH.match(below)
        if _HOOKS.match(text) and hook:
            return _Layout(dash, space, hook.group(1)[len(dash) :], hook.group(2))
    return _Layout(dash, space, b" " + space + b"  ", b" ")


def _entry(items: Sequence[Line], layout: _Layout, portable: bool) -> list[bytes]:
    keys = layout.dash + b" " + layout.space
    starts = [n for n, line in enumerate(items) if line.text.startswith(layout.dash + b"-")]
    apart = len(starts) > 1 and not items[starts[-1] - 1].text.strip()
    return [
        *([b""] if apart else []),
        layout.dash + b"-" + layout.space + f"repo: {REPOSITORY}".encode(),
        keys + f"rev: v{__version__}".encode(),
        keys + b"hooks:",
        layout.dash + layout.hook + b"-" + layout.hook_space + b"id: sqlite-batchify",
        *([layout.dash + layout.hook + b" " + layout.hook_space + f"args: [{PORTABLE}]".encode()] if portable else []),
    ]
