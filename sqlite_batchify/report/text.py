"""Results and findings as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import ERROR, Finding
from ..rewritten import Counts, Rewritten

RED, YELLOW, GREEN, CYAN, BOLD, RESET = "\033[31m", "\033[33m", "\033[32m", "\033[36m", "\033[1m", "\033[0m"


def finding_line(finding: Finding, colour: bool = False) -> str:
    """``path:line:column: CODE message; remedy``, as compilers and linters write it."""
    place = _one_line(finding.path)
    if finding.line:
        place += f":{finding.line}"
        if finding.column:
            place += f":{finding.column}"
    code = finding.code.code
    if colour:
        shade = RED if finding.code.severity == ERROR else YELLOW
        place, code = paint(place, BOLD, colour), paint(code, shade, colour)
    return f"{place}: {code} {finding.message}; {finding.remedy}"


def result_line(path: str, rewritten: Rewritten, would: bool) -> str:
    """What was done, or with ``--check`` would be done, to a file that changes."""
    done = "would rewrite" if would else "rewrote"
    told = changes(rewritten.counts)
    return f"{done} {_one_line(path)}{f' ({told})' if told else ''}"


def changes(counts: Counts) -> str:
    """``3 operations in 1 block, 2 names given``"""
    parts = []
    if counts.blocks:
        parts.append(f"{count(counts.operations, 'operation')} in {count(counts.blocks, 'block')}")
    if counts.added:
        parts.append(f"{count(counts.added, 'operation')} added")
    if counts.names:
        parts.append(f"{count(counts.names, 'name')} given")
    if counts.conventions:
        parts.append(count(counts.conventions, "naming convention"))
    if counts.replaced:
        parts.append(f"{count(counts.replaced, 'statement')} replaced")
    if counts.ported:
        parts.append(f"{count(counts.ported, 'place')} made portable")
    return ", ".join(parts)


def summary_line(changed: int, unchanged: int, broken: int, findings: int, would: bool) -> str:
    """One line that counts the files and the findings that remain."""
    parts = []
    if changed:
        parts.append(f"{count(changed, 'file')} {'would be rewritten' if would else 'rewritten'}")
    if unchanged or not (changed or broken):
        parts.append(f"{count(unchanged, 'file')} left unchanged")
    if broken:
        parts.append(f"{count(broken, 'file')} could not be done")
    line = ", ".join(parts) + "."
    if findings:
        line += f" {count(findings, 'finding')} to look at."
    return line


def diff(path: str, rewritten: Rewritten, colour: bool = False) -> bytes:
    """A unified diff of one script in its own encoding, ``b""`` if it does not change."""
    return unified_diff(path, rewritten.source, rewritten.result, colour)


def unified_diff(path: str, before: bytes, after: bytes, colour: bool = False) -> bytes:
    """A unified diff of the bytes of one file, ``b""`` if they are the same."""
    import difflib

    name = _one_line(path).encode("utf-8", "surrogateescape")
    lines = difflib.diff_bytes(difflib.unified_diff, _with_ends(before), _with_ends(after), name, name)
    return b"".join(_coloured(lines) if colour else lines)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def paint(text: str, shade: str, colour: bool) -> str:
    """The text in a colour, if colour is wanted."""
    return f"{shade}{text}{RESET}" if colour else text


def _one_line(path: str) -> str:
    return path.replace("\r", "\\r").replace("\n", "\\n")


def _with_ends(data: bytes) -> list[bytes]:
    """The lines as diff wants them: each with its newline, and a mark if the last has none."""
    lines = data.split(b"\n")
    ended = [line + b"\n" for line in lines[:-1]]
    if lines[-1]:
        ended.append(lines[-1] + b"\n\\ No newline at end of file\n")
    return ended


def _coloured(lines: Iterator[bytes]) -> Iterator[bytes]:
    shades = {b"+": GREEN, b"-": RED, b"@": CYAN}
    for line in lines:
        shade = BOLD if line.startswith((b"+++", b"---")) else shades.get(line[:1], "")
        yield shade.encode() + line[:-1] + RESET.encode() + b"\n" if shade else line
