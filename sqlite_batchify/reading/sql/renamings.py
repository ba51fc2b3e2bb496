"""Raw SQL that gives an index or a constraint another name, or makes one from the other: SQLite has no such statements.

https://www.postgresql.org/docs/current/sql-alterindex.html, https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .engine import name_in

_NAME = r"""("[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)"""
_OF_TABLE = rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?{_NAME}\s+"
_INDEX = re.compile(rf"ALTER\s+INDEX\s+(?:IF\s+EXISTS\s+)?()?{_NAME}\s+RENAME\s+TO\s+{_NAME}", re.IGNORECASE)
_CONSTRAINT = re.compile(rf"{_OF_TABLE}RENAME\s+CONSTRAINT\s+{_NAME}\s+TO\s+{_NAME}", re.IGNORECASE)
_FROM_INDEX = re.compile(rf"{_OF_TABLE}ADD\s+CONSTRAINT\s+{_NAME}\s+UNIQUE\s+USING\s+INDEX\s+{_NAME}", re.IGNORECASE)
INDEX, CONSTRAINT, FROM_INDEX = "index", "constraint", "constraint from index"


class NameChange(NamedTuple):
    """An INDEX or CONSTRAINT that gets a new name, or the index from which a constraint is made (FROM_INDEX).

    ``table`` is empty for an index.
    """

    what: str
    table: str
    old: str
    new: str


def renamed_by(sql: str) -> NameChange | None:
    """What a statement gives another name; None if it does something else."""
    plain = sql.strip().rstrip("; \t\r\n")
    for what, pattern in ((INDEX, _INDEX), (CONSTRAINT, _CONSTRAINT), (FROM_INDEX, _FROM_INDEX)):
        if (found := pattern.fullmatch(plain)) is not None:
            table, one, other = (name_in(each or "") for each in found.groups())
            return NameChange(what, table, *((other, one) if what == FROM_INDEX else (one, other)))
    return None
