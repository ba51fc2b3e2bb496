"""What was counted on one package, and which counts are worse than the recorded ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("figures.json")
STYLES = ("minimal", "autogenerate")
_LIBRARIES = ("alembic", "sqlalchemy")


@dataclass
class Counts:
    """What one style of the rewriter did to the scripts of a package.

    A combination is a script that changes, a direction and a dialect. ``ended`` of those ``compared`` ran to the end
    in at least one of the circumstances tried, the others raised the same before and after.
    """

    changed: int = 0
    blocks: int = 0
    operations: int = 0
    compared: int = 0
    ended: int = 0
    differing: int = 0

    def add(self, other: Counts) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass
class Replayed:
    """What verify finds in the histories of a package, by class, as they are and as they are rewritten.

    ``nameless`` counts the blocks that still fail for a name, but not as a consequence.
    """

    revisions: int = 0
    nameless: int = 0
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)


@dataclass
class Figures:
    """The counts of one package.

    ``named`` counts the scripts that get a name or a naming convention; ``findings`` are by code, ``errors`` how many
    of them are errors.
    """

    scripts: int = 0
    named: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    minimal: Counts = field(default_factory=Counts)
    autogenerate: Counts = field(default_factory=Counts)
    replayed: Replayed = field(default_factory=Replayed)

    def add(self, other: Figures) -> None:
        self.scripts += other.scripts
        self.named += other.named
        self.errors += other.errors
        for code, number in other.findings.items():
            self.findings[code] = self.findings.get(code, 0) + number
        self.minimal.add(other.minimal)
        self.autogenerate.add(other.autogenerate)


def record(measured: Mapping[str, Figures]) -> None:
    """Write the figures of these packages down, and keep those of the others."""
    known = {**(recorded()[1] if RECORD.exists() else {}), **measured}
    for figures in known.values():
        figures.findings = dict(sorted(figures.findings.items()))
    listed = {name: asdict(figures) for name, figures in sorted(known.items())}
    content = {"measured_with": _versions(), "packages": listed}
    RECORD.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def worse(measured: Mapping[str, Figures]) -> Iterator[str]:
    """Where these figures are worse than the recorded ones."""
    versions, known = recorded()
    # How far a script gets depends on Python and the libraries; what the rewriter does to it does not.
    compared = ("changed", "operations", "compared", *(("ended",) if versions == _versions() else ()))
    for name, figures in measured.items():
        if name not in known:
            yield f"{name}: no figures are recorded"
            continue
        old = known[name]
        if figures.scripts < old.scripts:
            yield f"{name}: {figures.scripts} scripts, recorded {old.scripts}"
        if figures.named < old.named:
            yield f"{name}: {figures.named} scripts with names, recorded {old.named}"
        if figures.errors > old.errors:
            yield f"{name}: {figures.errors} findings that are errors, recorded {old.errors}: {figures.findings}"
        if figures.replayed.revisions:
            yield from _worse_replayed(name, figures.replayed, old.replayed, versions == _versions())
        for style in STYLES:
            for what in compared:
                now, then = (getattr(getattr(each, style), what) for each in (figures, old))
                if now < then:
                    yield f"{name}, {style}: {what} is {now}, recorded {then}"


def _worse_replayed(name: str, now: Replayed, old: Replayed, same_versions: bool) -> Iterator[str]:
    if now.revisions < old.revisions:
        yield f"{name}: verify replays {now.revisions} revisions, recorded {old.revisions}"
    if now.nameless > old.nameless:
        yield f"{name}: {now.nameless} blocks fail for a name, recorded {old.nameless}"
    for kind, count in now.after.items():
        # What else a script needs depends on the libraries that are there.
        if (same_versions or kind in ("alter", "batch")) and count > old.after.get(kind, 0):
            yield f"{name}: {count} problems of class {kind} after rewriting, recorded {old.after.get(kind, 0)}"


def table(measured: Mapping[str, Figures]) -> str:
    """The figures as text, one line for each package and style."""
    head = ("package", "style", "scripts", "changed", "blocks", "operations", "compared", "ended", "differ", "named")
    rows: list[tuple[str, ...]] = [head]
    for name, figures in measured.items():
        found = " ".join(f"{code}:{number}" for code, number in sorted(figures.findings.items()))
        found = f"{figures.named:5}  {found}"
        for style in STYLES:
            counts = asdict(getattr(figures, style)).values()
            rows.append((name, style, str(figures.scripts), *map(str, counts), found if style == STYLES[0] else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def replay_table(measured: Mapping[str, Figures]) -> str:
    """What verify finds, one line for each package: problems before and after rewriting, by class."""
    lines = [f"{'package':20} {'revisions':>9}  before and after rewriting, by class"]
    for name, figures in measured.items():
        replayed = figures.replayed
        counts = (f"{kind} {count} -> {replayed.after.get(kind, 0)}" for kind, count in replayed.before.items())
        lines.append(f"{name:20} {replayed.revisions:9}  {', '.join(counts)}")
    return "\n".join(lines)


def recorded() -> tuple[dict[str, str], dict[str, Figures]]:
    """The versions that the recorded figures were measured with, and the figures by package."""
    content = json.loads(RECORD.read_text(encoding="utf-8"))
    return content["measured_with"], {name: _figures(each) for name, each in content["packages"].items()}


def _figures(fields: dict[str, Any]) -> Figures:
    parts: dict[str, Any] = {style: Counts(**fields[style]) for style in STYLES}
    return Figures(**{**fields, **parts, "replayed": Replayed(**fields["replayed"])})


def _versions() -> dict[str, str]:
    libraries = {name: ".".join(version(name).split(".")[:2]) for name in _LIBRARIES}
    return {"python": ".".join(map(str, sys.version_info[:2])), **libraries}
