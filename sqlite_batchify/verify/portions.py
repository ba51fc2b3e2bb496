"""The part of a database that a script can touch.

Some statements of SQLite look at every table there is (ALTER TABLE ... RENAME does), so the revisions of a long history
would take longer and longer. A revision whose text names all that it touches runs on a database that holds just these
tables, the tables that refer to them, and the tables that those refer to.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any

from .revisions import Revision
from .schema import Schema, quote

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)(?:\.[\w.]*)?[ \t]+import|import[ \t]+(\w+))", re.MULTILINE)
_CLOSED_PACKAGES = frozenset(
    {
        *("__future__", "alembic", "collections", "contextlib", "datetime", "decimal", "enum", "itertools", "json"),
        *("logging", "math", "re", "sqlalchemy", "string", "textwrap", "time", "typing", "uuid", "warnings"),
    }
)
_OPEN_WORDS = frozenset(
    {
        *("inspect", "inspector", "reflect", "get_table_names", "sqlite_master", "sqlite_schema", "automap_base"),
        *("table_list", "information_schema", "foreign_keys", "open", "getattr", "format", "join", "chr"),
        *("trigger", "triggers", "view", "views", "virtual"),
    }
)
_BUILT_TEXT = re.compile(r"""\b[rR]?[fF][rR]?["']|["'\w)\]]\s*%\s*[\w("'{\[]|["']\s*\+|\+\s*["']""")
_REFERENCE = re.compile(r"""["'][\w.]+\.\w+["']""")  # ForeignKey("account.id") does nothing to account
_VERSIONS = "alembic_version"


class PortionError(Exception):
    """A part of a database cannot be without the rest."""


def tables_for(revision: Revision, schema: Schema) -> frozenset[str] | None:
    """The tables that a revision needs, None if it may touch any, or if views or triggers tie tables together."""
    if schema.views or schema.triggers or schema.virtual or not names_all(revision):
        return None
    by_name = {name.lower(): name for name in schema.tables}
    named = {name for name in schema.tables if name == _VERSIONS or revision.mentions(name)}
    acting = replace(revision, source=_REFERENCE.sub("", revision.text).encode())
    for name, table in schema.tables.items():
        if any(acting.mentions(key.table) for key in table.foreign_keys):
            named.add(name)
        elif any(revision.mentions(index.name) for index in table.indexes):
            named.add(name)  # the name of an index is taken for all tables
    pending = list(named)
    while pending:
        for key in schema.tables[pending.pop()].foreign_keys:
            parent = by_name.get(key.table)
            if parent is not None and parent not in named:
                named.add(parent)
                pending.append(parent)
    return frozenset(named)


def carry(source: Any, target: Any, names: Collection[str]) -> None:
    """Put these tables of one database, with their rows and indexes, into another in place of those of the name.

    All of them or none: raises PortionError where SQLite refuses one, since an index of another table has the name of
    one of its own, or since its text, the work of several statements, is nothing that it takes in one.
    """
    target.execute("BEGIN")
    try:
        for name in names:
            target.execute(f"DROP TABLE IF EXISTS {quote(name)}")
        for name in names:
            _carry_table(source, target, name)
        target.plain_commit()
    except target.Error as error:
        raise PortionError(str(error)) from error
    finally:
        target.rollback()


def _carry_table(source: Any, target: Any, name: str) -> None:
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'index', rowid"
    statements = source.execute(query, (name,)).fetchall()
    if not statements:
        return  # it is there no more
    (create,), *indexes = statements
    target.execute(create)
    columns = [quote(row[1]) for row in source.execute(f"PRAGMA table_info({quote(name)})")]
    found = source.execute(f"SELECT {', '.join(map(_parts, columns))} FROM {quote(name)}").fetchall()
    if found:
        values = ", ".join(_whole(2 * number + 1) for number in range(len(columns)))
        insert = f"INSERT INTO {quote(name)} ({', '.join(columns)}) VALUES ({values})"
        target.plain_cursor().executemany(insert, found)
    for (statement,) in indexes:
        target.execute(statement)
    if "AUTOINCREMENT" in create.upper():
        _carry_sequence(source, target, name)


def _carry_sequence(source: Any, target: Any, name: str) -> None:
    """The number that AUTOINCREMENT goes on from, which may be that of a row that is gone."""
    with suppress(source.Error):  # the word stood in a comment
        target.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        for row in source.execute("SELECT name, seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchall():
            target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", row)


def _parts(column: str) -> str:
    """Whether a value is text, and its bytes, for text need not be UTF-8 (see ``_whole``)."""
    return f"typeof({column}) = 'text', CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"


def _whole(number: int) -> str:
    """A value again, from parameters of these numbers."""
    return f"CASE ?{number} WHEN 1 THEN CAST(?{number + 1} AS TEXT) ELSE ?{number + 1} END"


def touched(revision: Revision, before: Schema, after: Schema) -> frozenset[str]:
    """The tables that a revision may have changed: those that it names, and those that are others now."""
    names = before.tables.keys() | after.tables.keys()
    changed = (name for name in names if before.tables.get(name) is not after.tables.get(name))
    return frozenset([*filter(revision.mentions, names), *changed, *after.virtual])


def names_all(revision: Revision) -> bool:
    """Whether the text of a script tells every table that it can touch."""
    imported = {package or module for package, module in _IMPORT.findall(revision.text)}
    return (
        imported <= _CLOSED_PACKAGES
        and _OPEN_WORDS.isdisjoint(revision.words)
        and _BUILT_TEXT.search(revision.text) is None
    )
