"""The before/after cases under fixtures/rewrite, as values.

A case is a script, a line ``# --- after ---`` and the script as it is to be, or a line ``# --- unchanged ---``; then,
if there are any, a line ``# --- findings ---`` and a comment ``# LINE:COLUMN CODE`` for each. ``# style: autogenerate``
in the first line selects that style.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "fixtures" / "rewrite"
_AFTER, _UNCHANGED, _FINDINGS = (f"# --- {word} ---\n".encode() for word in ("after", "unchanged", "findings"))


@dataclass(frozen=True)
class Case:
    """One before/after pair; ``findings`` as they stand in the file, without the comment sign."""

    name: str
    style: str
    before: bytes
    after: bytes
    findings: tuple[str, ...]


def read_case(path: Path) -> Case:
    """Read one file. Raises AssertionError if its parts are not those of a case."""
    scripts, _, listed = path.read_bytes().partition(_FINDINGS)
    before, divider, after = scripts.partition(_AFTER)
    if not divider:
        before, divider, rest = scripts.partition(_UNCHANGED)
        assert divider, f"{path}: neither an after nor an unchanged"
        assert not rest, f"{path}: text behind unchanged"
        after = before
    style = "autogenerate" if before.startswith(b"# style: autogenerate\n") else "minimal"
    findings = tuple(line.removeprefix("# ") for line in listed.decode().splitlines())
    return Case(f"{path.parent.name}/{path.stem}", style, before, after, findings)


CASES = [read_case(path) for path in sorted(FOLDER.glob("*/*.py"))]
