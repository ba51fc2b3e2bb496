"""Results and findings as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import ERROR, Finding
from ..rewrite import Rewritten

_RED, _YELLOW, _GREEN, _CYAN, _BOLD, _RESET = "\033[31m", "\033[33m", "\033[32m", "\033[36m", "\033[1m", "\033[0m"


def finding_line(finding: Finding, colour: bool = False) -> str:
    """``path:line:column: CODE message; remedy``, as compilers and linters write it."""
    place = finding.path
    if finding.line:
        place += f":{finding.line}"
        if finding.column:
            place += f":{finding.column}"
    code = finding.code.code
    if colour:
        shade = _RED if finding.code.severity == ERROR else _YELLOW
        place, code = f"{_BOLD}{place}{_RESET}", f"{shade}{code}{_RESET}"
    return f"{place}: {code} {finding.message}; {finding.remedy}"


def result_line(path: str, rewritten: Rewritten, would: bool) -> str:
    """What was done, or with ``--check`` would be done, to a file that changes."""
    done = "would rewrite" if would else "rewrote"
    return f"{done} {path} ({count(rewritten.operations, 'operation')} in {count(rewritten.blocks, 'block')})"


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


def diff(path: str, rewritten: Rewritten, colour: bool = False) -> str:
    """A unified diff of one file, ``""`` if it does not change."""
    import difflib

    from ..sources import decode

    before, after = (decode(data).text.split("\n") for data in (rewritten.source, rewritten.result))
    lines = difflib.unified_diff(_with_ends(before), _with_ends(after), path, path)
    return "".join(_coloured(lines) if colour else lines)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _with_ends(lines: list[str]) -> list[str]:
    """The lines as diff wants them: each with its newline, and a mark if the last has none."""
    ended = [line + "\n" for line in lines[:-1]]
    if lines[-1]:
        ended.append(lines[-1] + "\n\\ No newline at end of file\n")
    return ended


def _coloured(lines: Iterator[str]) -> Iterator[str]:
    shades = {"+": _GREEN, "-": _RED, "@": _CYAN}
    for line in lines:
        shade = _BOLD if line.startswith(("+++", "---")) else shades.get(line[0], "")
        yield f"{shade}{line[:-1]}{_RESET}\n" if shade else line
