"""The hook in alembic.ini. configparser reads; it keeps no layout, so the writing is an insertion of lines."""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Mapping, Sequence

from .edits import Edited, Insertion, Line, insert, insert_lines, lines_of
from .hooks import NAME, OPTIONS, find_hook, late_note, options_of

SECTION = "post_write_hooks"
_HEADER = re.compile(rb"\[(.+)\]")
_HOOKS = re.compile(rb"hooks[ \t]*[=:][ \t]*", re.IGNORECASE)
_SEPARATOR = re.compile(r", *|(?: +)")  # as in alembic.config.Config.get_hooks_list
BY_HAND = f"add to [{SECTION}]: hooks = {NAME} (first), " + ", ".join(
    f"{NAME}.{key} = {value}" for key, value in OPTIONS.items()
)


def parse(source: bytes) -> configparser.RawConfigParser:
    """The options as configparser sees them, nothing interpolated. Raises configparser.Error, UnicodeError."""
    parser = configparser.RawConfigParser()
    parser.read_file(io.TextIOWrapper(io.BytesIO(source), encoding="utf-8"))
    return parser


def has_section(source: bytes) -> bool:
    """Whether the ini configures hooks, even none. Raises configparser.Error, UnicodeError."""
    return parse(source).has_section(SECTION)


def add_hook(path: str, source: bytes, portable: bool = False) -> Edited:
    """Put the hook into an alembic.ini, in front of those that are there."""
    try:
        parser = parse(source)
    except (configparser.Error, UnicodeError) as error:
        return Edited(source, (), (f"{path}: cannot be read ({' '.join(str(error).split())}); {BY_HAND}",))
    options = dict(parser[SECTION]) if parser.has_section(SECTION) else {}
    hooks = _hooks(options)
    position = find_hook(hooks)
    if position is not None:
        return Edited(source, (), late_note(path, hooks, position))
    wanted = options_of(portable)
    missing = {f"{NAME}.{key}": value for key, value in wanted.items() if f"{NAME}.{key}" not in options}
    listed = any(hook["name"] == NAME for hook in hooks)
    if listed or len(missing) < len(wanted):
        return Edited(source, (), (f"{path}: [{SECTION}] knows another {NAME}, so nothing was added; {BY_HAND}",))
    after = insert(source, _insertions(source, missing))
    if not _as_wanted(parser, after, options, missing):
        return Edited(source, (), (f"{path}: [{SECTION}] is written in a way that is not understood; {BY_HAND}",))
    return Edited(after, (f"hook {NAME} in [{SECTION}]",))


def _hooks(options: Mapping[str, str]) -> list[dict[str, str]]:
    """The hooks in their order, each with its name and its options, as Alembic takes them apart."""
    names = [name for name in _SEPARATOR.split(options.get("hooks", "")) if name]
    return [
        {"name": name} | {key[len(name) + 1 :]: value for key, value in options.items() if key.startswith(f"{name}.")}
        for name in names
    ]


def _insertions(source: bytes, missing: Mapping[str, str]) -> list[Insertion]:
    lines = lines_of(source)
    settings = [f"{key} = {value}".encode() for key, value in missing.items()]
    body = _body(lines)
    if body is None:
        blank = [b""] if lines and lines[-1].text.strip() else []
        return [insert_lines(source, len(source), [*blank, f"[{SECTION}]".encode(), _listing(), *settings])]
    for number, line in enumerate(body):
        found = _HOOKS.match(line.text)
        if found:
            end = _end_of_option(line, body[number + 1 :])
            others = source[line.start + found.end() : end].strip()
            name = NAME.encode() + (b", " if others else b"")
            space = b"" if line.text[: found.end()].endswith((b" ", b"\t")) else b" "
            return [
                Insertion(line.start + found.end(), space + name),
                insert_lines(source, end, settings),
            ]
    return [insert_lines(source, _end_of_comment(body), [_listing(), *settings])]


def _listing() -> bytes:
    return f"hooks = {NAME}".encode()


def _body(lines: Sequence[Line]) -> list[Line] | None:
    """The header of the section and the lines below it, None if there is no such section."""
    headers = [(number, _HEADER.match(line.text)) for number, line in enumerate(lines)]
    sections = [(number, found.group(1)) for number, found in headers if found]
    for index, (number, name) in enumerate(sections):
        if name == SECTION.encode():
            end = sections[index + 1][0] if index + 1 < len(sections) else len(lines)
            return list(lines[number:end])
    return None


def _end_of_option(line: Line, rest: Sequence[Line]) -> int:
    """Where the lines that continue an option (they are indented) end."""
    end = line.end
    for each in rest:
        if not each.text.strip() or not each.text[:1].isspace():
            break
        end = each.end
    return end


def _end_of_comment(body: Sequence[Line]) -> int:
    """Where the comment under the header ends, which says what the section is for."""
    end = body[0].end
    for line in body[1:]:
        if not line.text.startswith((b"#", b";")):
            break
        end = line.end
    return end


def _as_wanted(
    before: configparser.RawConfigParser, after: bytes, options: Mapping[str, str], missing: Mapping[str, str]
) -> bool:
    """Whether configparser sees what was there, and the hook, and nothing else."""
    try:
        parser = parse(after)
    except configparser.Error:
        return False
    others = options.get("hooks", "")
    hooks = f"{NAME}, {others}" if others else NAME
    wanted = {name: dict(before[name]) for name in before}
    wanted[SECTION] = {**before.defaults(), **options, **missing, "hooks": hooks}
    return {name: dict(parser[name]) for name in parser} == wanted
