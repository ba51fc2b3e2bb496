"""The before/after cases under fixtures/rewrite, as values.

A case is a script, a line ``# --- after ---`` and the script as it is to be, or a line ``# --- unchanged ---``; then,
if there are any, a line ``# --- findings ---`` and a comment ``# LINE:COLUMN CODE`` for each. Comments
``# style: autogenerate``, ``# naming: keep``, ``# unsafe-fixes: true``, ``# minimum-sqlite: 3.34`` and
``# portable: true`` in the first lines select a style, how constraints are named, whether raw SQL is replaced, the
oldest SQLite that counts, and whether the script is made portable.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from sqlite_batchify.config import MINIMUM_SQLITE
from tests.support import FIXTURES

FOLDER = FIXTURES / "rewrite"
_AFTER, _UNCHANGED, _FINDINGS = (f"# --- {word} ---\n".encode() for word in ("after", "unchanged", "findings"))
_HEAD = re.compile(r"(?:#[^\n]*\n)*")
_OPTION = re.compile(r"# (style|naming|unsafe-fixes|minimum-sqlite|portable): (.+)")


@dataclass(frozen=True)
class Case:
    """One before/after pair; ``findings`` as they stand in the file, without the comment sign."""

    name: str
    style: str
    naming: object
    before: bytes
    after: bytes
    findings: tuple[str, ...]
    unsafe_fixes: bool = False
    minimum_sqlite: str = MINIMUM_SQLITE
    portable: bool = False


def read_case(path: Path) -> Case:
    """Read one file. Raises AssertionError if its parts are not those of a case."""
    scripts, _, listed = path.read_bytes().partition(_FINDINGS)
    before, divider, after = scripts.partition(_AFTER)
    if not divider:
        before, divider, rest = scripts.partition(_UNCHANGED)
        assert divider, f"{path}: neither an after nor an unchanged"
        assert not rest, f"{path}: text behind unchanged"
        after = before
    options = dict(_OPTION.findall(_HEAD.match(before.decode("utf-8", "replace"))[0]))  # type: ignore[index]
    naming = options.get("naming", "auto")
    findings = tuple(line.removeprefix("# ") for line in listed.decode().splitlines())
    naming = json.loads(naming) if naming.startswith("{") else naming
    style, minimum = options.get("style", "minimal"), options.get("minimum-sqlite", MINIMUM_SQLITE)
    unsafe_fixes, portable = (options.get(each) == "true" for each in ("unsafe-fixes", "portable"))
    name = f"{path.parent.name}/{path.stem}"
    return Case(name, style, naming, before, after, findings, unsafe_fixes, minimum, portable)


CASES = [read_case(path) for path in sorted(FOLDER.glob("*/*.py"))]
