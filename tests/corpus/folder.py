"""Any folder of histories: what rewriting it comes to, how long it takes, and whether the promises hold."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_batchify import rewrite_source
from sqlite_batchify.findings import INTERNAL, UNSTABLE
from sqlite_batchify.history.scripts import History
from sqlite_batchify.rewriting import load

from .figures import STYLES
from .manifest import Script, is_script
from .runner import check_groups

_SLOWEST = 5
Histories = Mapping[str, list[Script]]
"""The revision scripts by the folder that they lie in."""


@dataclass
class Tried:
    """What one style makes of some histories. ``times`` are seconds of processor time and the names of scripts."""

    scripts: int = 0
    changed: int = 0
    blocks: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)

    def text(self, style: str) -> str:
        """The figures, a line for each defect and for each of the slowest scripts."""
        found = " ".join(f"{code}:{number}" for code, number in sorted(self.findings.items())) or "no findings"
        counts = f"{self.scripts} scripts, {self.changed} changed, {self.blocks} blocks"
        slowest = [f"  {seconds:.2f} s  {name}" for seconds, name in sorted(self.times, reverse=True)[:_SLOWEST]]
        head = f"{style}: {counts}, {found}, {len(self.defects)} defects, {sum(each for each, _ in self.times):.1f} s"
        return "\n".join([head, *self.defects, *slowest])


def histories(folder: Path) -> Histories:
    """The histories below a folder, at any depth; other modules are left out."""
    found: dict[str, list[Script]] = {}
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if name.endswith(".py") and path.is_file() and is_script(source := path.read_bytes()):
                found.setdefault(root, []).append(Script(str(path), source))
    return found


def rewrite_all(found: Histories, style: str) -> Tried:
    """Rewrite every script with its history, as the program does."""
    load()
    tried = Tried()
    for scripts in found.values():
        _rewrite_history(scripts, style, tried)
    return tried


def _rewrite_history(scripts: list[Script], style: str, tried: Tried) -> None:
    history = History({os.path.basename(each.name): each.source for each in scripts}.copy)
    for script in scripts:
        started = time.process_time()
        rewritten = rewrite_source(script.source, style=style, path=script.name, history=lambda: history)
        tried.times.append((time.process_time() - started, script.name))
        tried.scripts += 1
        tried.changed += rewritten.changed
        tried.blocks += rewritten.blocks
        tried.findings.update(each.code.code for each in rewritten.findings)
        ours = [each for each in rewritten.findings if each.code in (INTERNAL, UNSTABLE)]
        tried.defects += [f"{script.name}: {each.message}\n{each.hint}".rstrip() for each in ours]


def try_folder(folder: Path, jobs: int | None = None) -> int:
    """Print the figures of both styles, and a line for each promise that is broken. Exit status: 1 for a complaint.

    The promises are checked as on the corpus, which runs the scripts, in as many processes as ``jobs`` says.
    """
    found = histories(folder)
    complaints: list[str] = []
    for style in STYLES:
        tried = rewrite_all(found, style)
        print(tried.text(style), flush=True)
        complaints += tried.defects
    for checked in check_groups(found, jobs).values():
        complaints += checked.violations
        for violation in checked.violations:
            print(violation)
    print(f"{len(complaints)} complaints")
    return 1 if complaints else 0
