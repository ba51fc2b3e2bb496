"""Views and triggers that a text of SQL creates or drops (https://sqlite.org/lang.html)."""

from __future__ import annotations

import re
from typing import NamedTuple

VIEW, TRIGGER = "view", "trigger"

_KINDS = {"VIEW": VIEW, "TRIGGER": TRIGGER}
_BEFORE_KIND = frozenset({"OR", "REPLACE", "TEMP", "TEMPORARY", "CONSTRAINT", "MATERIALIZED", "RECURSIVE"})
_BEFORE_NAME = frozenset({"IF", "NOT", "EXISTS", "CONCURRENTLY"})
_WORD = re.compile(r"""\s*("[^"]*"|`[^`]*`|\[[^\]]*\]|[\w$]+|\S)""")
_NAMES = re.compile(r"""["`\[]([^"`\]]+)["`\]]|(\w+)""")


class SchemaObject(NamedTuple):
    """A view or a trigger: its name, and the SQL that creates it, None if the text drops it."""

    kind: str
    name: str
    text: str | None

    def mentions(self, name: str) -> bool:
        """Whether its text may be about a table or a column of this name."""
        folded = name.casefold()
        words = (found[0] or found[1] for found in _NAMES.findall(self.text or ""))
        return any(word.casefold() == folded for word in words)


def read_object(sql: str) -> SchemaObject | None:
    """The view or trigger that one statement creates or drops; None if it does something else."""
    verb, at = _word(sql, 0)
    if verb.upper() not in ("CREATE", "DROP"):
        return None
    kind, at = _word(sql, at)
    while kind.upper() in _BEFORE_KIND:
        kind, at = _word(sql, at)
    if kind.upper() not in _KINDS:
        return None
    name, at = _word(sql, at)
    while name.upper() in _BEFORE_NAME:
        name, at = _word(sql, at)
    while sql[at : at + 1] == ".":  # the schema
        name, at = _word(sql, at + 1)
    creates = verb.upper() == "CREATE"
    return SchemaObject(_KINDS[kind.upper()], name.strip('"`[]'), sql.strip() if creates else None) if name else None


def _word(sql: str, at: int) -> tuple[str, int]:
    """The next word or sign, "" at the end, and where it ends."""
    found = _WORD.match(sql, at)
    return (found[1], found.end()) if found is not None else ("", len(sql))
