"""Edits that no other database can see, whatever the script does: told by their form. Pure."""

from __future__ import annotations

from ..planning import edits
from ..planning.edits import Edit
from .written import ON_SQLITE

_OF_SQLITE_ONLY = frozenset({edits.KEYWORDS, edits.WITHOUT_KEYWORD, edits.IN_COPY_FROM, edits.DIVIDE})


def is_safe(edit: Edit) -> bool:
    """Whether only a copy of a table sees it, which other databases do not make, or it runs on SQLite only."""
    if edit.where == edits.ARGUMENT:
        return edit.code.startswith("sqlite_")
    return edit.where in _OF_SQLITE_ONLY or edit.code.startswith(ON_SQLITE)
