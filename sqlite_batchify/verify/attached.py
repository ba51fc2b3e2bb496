"""The databases that env.py attaches, which are part of the one in memory.

A name of such a database before a table is left out of each statement, so that rows are put into its tables, and are
looked at, as in any other. Two tables of the same name in two databases cannot be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory

from ..reading.attached import read_attached


def attached_in(directory: ScriptDirectory) -> frozenset[str]:
    """The names under which the env.py of a script directory attaches databases."""
    try:
        return read_attached(Path(directory.env_py_location).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()


@cache
def leaving_out(names: frozenset[str]) -> Callable[[str], str]:
    """What leaves these names out of a statement, but for its texts."""
    if not names:
        return lambda sql: sql
    name = "|".join(map(re.escape, sorted(names)))
    pattern = re.compile(
        rf"""('[^']*(?:''[^']*)*')|(?<![\w."`])(?:"(?:{name})"|`(?:{name})`|\[(?:{name})\]|\b(?:{name}))\s*\.\s*(?=[\w"`\[])""",
        re.IGNORECASE,
    )
    return lambda sql: pattern.sub(lambda found: found[1] or "", sql)
