"""The ALTER statements in a text of SQL that may hold anything else as well.

It works on strings alone, and in one pass whatever stands in them: no pattern here can match a text in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEGIN = re.compile(r"(?:^|\bBEGIN\b)\s*(?=ALTER\s+\w)", re.IGNORECASE)
_ALTER = re.compile(r"\bALTER\s+\w", re.IGNORECASE)
_TABLE = re.compile(r"ALTER\s+TABLE\s+", re.IGNORECASE)
_PART_OF_NAME = re.compile(r"""[\w.$]+|"[^"]*"|`[^`]*`|\[[^\]]*\]|\{\}""")
_ENCLOSED = re.compile(r"'[^']*'|\([^()]*\)")
_WORD = re.compile(r"\s*(\w*)")
_NO_COLUMN = frozenset(
    {"CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "EXCLUDE"}
    | {"PARTITION"}
)
"""What ADD and DROP are about where that is no column."""


def may_hold_alter(text: str) -> bool:
    """Whether it is worth looking for ALTER statements in a text."""
    return _ALTER.search(text) is not None


def alter_statements(sql: str) -> Iterator[str]:
    """The statements of ALTER, each up to its semicolon; also the first one of a block of PL/pgSQL."""
    for part in sql.split(";"):
        begin = _BEGIN.search(part)
        if begin is not None:
            yield part[begin.end() :]


def sqlite_takes(statement: str) -> bool:
    """Whether SQLite takes an ALTER statement (https://sqlite.org/lang_altertable.html), as far as its words tell.

    It renames tables and columns, and adds or drops one column. ``{}`` stands for a part of a name.
    """
    opening = _TABLE.match(statement)
    if opening is None:
        return False
    start = at = opening.end()
    while part := _PART_OF_NAME.match(statement, at):
        at = part.end()
    verb, at = _word(statement, at) if start < at < len(statement) and statement[at].isspace() else ("", at)
    if verb == "RENAME":
        return statement[at : at + 1].isspace()
    if verb not in ("ADD", "DROP") or "," in _ENCLOSED.sub("", statement[at:]):
        return False
    what, behind = _word(statement, at)
    if what == "COLUMN":
        what, behind = _word(statement, behind)
    condition = what == "IF" and _word(statement, behind)[0] in ("EXISTS", "NOT")
    return bool(statement[at : at + 1].isspace()) and not condition and what not in _NO_COLUMN


def _word(text: str, at: int) -> tuple[str, int]:
    """The next word in capital letters, "" if something else comes, and where it ends."""
    found = _WORD.match(text, at)
    assert found is not None  # also an empty word is one
    return found[1].upper(), found.end()
