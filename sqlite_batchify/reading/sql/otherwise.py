"""Statements that SQLite says in other words."""

from __future__ import annotations

import re
from functools import lru_cache

from .alterations import altered_here
from .catalogs import asked_of_sqlite, asks_catalog
from .code import Writer
from .definitions import table_on_sqlite
from .engine import name_in, parts_of, quoted, refusal, table_for
from .foreign import Meaning, meaning_of, statements_of
from .indexes import index_on_sqlite, may_hold_index, refused_indexes
from .plainer import plainer, without_public
from .rows import Otherwise, is_taken, query_on_sqlite, rows_on_sqlite

_NAME = r"""("[^"]+"|`[^`]+`|\w+)"""
_TRUNCATE = re.compile(
    rf"TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?({_NAME}(?:\s*,\s*{_NAME})*)(?:\s+(?:RESTART|CONTINUE)\s+IDENTITY)?",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    rf"DROP\s+(?:MATERIALIZED\s+)?(TABLE|VIEW)\s+(IF\s+EXISTS\s+)?({_NAME}(?:\s*,\s*{_NAME})*)(?:\s+(CASCADE|RESTRICT))?",
    re.IGNORECASE,
)
_RENAMED = re.compile(rf"RENAME\s+TABLE\s+{_NAME}\s+TO\s+{_NAME}", re.IGNORECASE)
_VIEW = re.compile(
    rf"CREATE\s+(OR\s+REPLACE\s+)?(MATERIALIZED\s+)?VIEW\s+(IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+AS\s+(.+?)"
    r"(?:\s+WITH\s+(?:NO\s+)?DATA)?",
    re.IGNORECASE | re.DOTALL,
)
_CONCURRENTLY = re.compile(r"(\bINDEX\s)\s*CONCURRENTLY\s|\sUSING\s+btree\b", re.IGNORECASE)
_ADDS = re.compile(r"ALTER\s+TABLE\s+\S+\s+ADD\b", re.IGNORECASE)
_CALLED = re.compile(r"\b(?!ON\b|IN\b|AND\b|OR\b|NOT\b|WHERE\b|COALESCE\b)\w+\s*\(", re.IGNORECASE)
_ROWS = re.compile(r"(?:UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
_AS_IT_IS = re.compile(r"(?:UPDATE|DELETE|INSERT|CREATE|DROP)\b", re.IGNORECASE)
"""Of an ALTER TABLE SQLite does not say if it takes it where its table is not there."""
_BEGINS = re.compile(r"\bBEGIN\b", re.IGNORECASE)
_BIND_PARAMETER = re.compile(r"(?<![:\w\x5c]):\w|%[s%(]")
_STRINGS = re.compile(r"'[^']*'")
_LONGEST = 10_000
_MOST = 50  # statements


@lru_cache(maxsize=16)
def said_otherwise(sql: str) -> Otherwise | None:
    """The SQL that does the same on SQLite; None if that is not known."""
    plain = sql.strip().rstrip("; \r\n")
    if ";" in _STRINGS.sub("", plain) or len(plain) > _LONGEST:
        return None
    if (told := without_public(plain)) != plain:
        return Otherwise(told, True) if meaning_of(told) is None and is_taken(told) else said_otherwise(told)
    if asks_catalog(plain):
        asked = asked_of_sqlite(plain)
        return None if asked is None else Otherwise(asked[0], not asked[1], asked[1])
    if (found_plainer := plainer(plain)) is not None and _ADDS.match(plain) and not found_plainer.asked:
        return Otherwise(found_plainer.sql, True) if is_added(found_plainer.sql) else None
    if may_hold_index(plain):
        index = index_on_sqlite(plain)
        return _without_concurrently(plain) if index is None else Otherwise(index, True)
    if (apart := _apart(plain)) is not None:
        return Otherwise(apart[0][0], apart[1]) if len(apart[0]) == 1 else None
    return rows_on_sqlite(plain) if _ROWS.match(plain) and not _BIND_PARAMETER.search(plain) else None


def is_added(sql: str) -> bool:
    """Whether SQLite adds this column, and by a type and default that it has."""
    from .statements import read_statements

    error = refusal(sql, table_for(name_in(parts_of(sql)[2]), sql))
    if altered_here(sql) is not None or not (error is None or error.startswith("duplicate column")):
        return False
    told = read_statements(sql, Writer("op", "sa", repr))
    return told is not None and all(each.sqlite_takes for each in told)


def _apart(sql: str) -> tuple[tuple[str, ...], bool] | None:
    """What one statement is on SQLite where that may be several, and if they surely do the same."""
    if (found := _TRUNCATE.fullmatch(sql)) is not None:
        return tuple(f"DELETE FROM {_table(each)}" for each in _names(found[1])), True
    if (found := _DROPPED.fullmatch(sql)) is not None:
        start = f"DROP {found[1].upper()} {'IF EXISTS ' if found[2] else ''}"
        return tuple(f"{start}{_table(each)}" for each in _names(found[3])), found[6] is None
    if (found := _RENAMED.fullmatch(sql)) is not None:
        return (f"ALTER TABLE {_table(found[1])} RENAME TO {_table(found[2])}",), True
    if (found := _VIEW.fullmatch(sql)) is not None:
        rows = query_on_sqlite(found[5])
        before = (f"DROP VIEW IF EXISTS {_table(found[4])}",) if found[1] else ()
        made = "" if rows is None else f"CREATE VIEW {found[3] or ''}{_table(found[4])} AS {rows.sql}"
        return ((*before, made), rows.safe and not found[2]) if rows is not None else None
    return table_on_sqlite(sql)


def _names(listed: str) -> list[str]:
    return [each.strip() for each in listed.split(",")]


def several_otherwise(sql: str) -> tuple[tuple[str, ...], bool] | None:
    """What a text is on SQLite if that is more than one statement, of which it takes one at a time.

    With them stands if they surely do the same. None if one is not known. What means nothing there is left out.
    """
    parts = statements_of(sql)
    told: list[Otherwise] = []
    several = _apart(parts[0]) if len(parts) == 1 else None
    if several is not None and len(several[0]) > 1:
        return several
    for each in parts if 1 < len(parts) <= _MOST else ():
        meaning = meaning_of(each)
        if meaning is Meaning.NOTHING and _BEGINS.search(each):  # where its body ends is not sure
            return None
        several = None if meaning is Meaning.NOTHING else _apart(each)
        if several is not None:
            told += (Otherwise(sql, several[1]) for sql in several[0])
            continue
        found = said_otherwise(each) if meaning is not Meaning.NOTHING or may_hold_index(each) else None
        if found is None and meaning is None and _AS_IT_IS.match(each) and is_taken(each):
            found = Otherwise(each, True)
        if found is not None:
            told.append(found)
        elif meaning is not Meaning.NOTHING:
            return None
    return (tuple(each.sql for each in told), all(each.safe for each in told)) if told else None


def _without_concurrently(sql: str) -> Otherwise | None:
    """An index that SQLite takes if nothing is said of how it is made; what is unique may be so by other functions."""
    told = _CONCURRENTLY.sub(r"\1", sql)
    if told == sql or any(refused_indexes(told)):
        return None
    start = told.index("(")
    return Otherwise(told, " UNIQUE " not in told[:start].upper() or _CALLED.search(told, start) is None)


def _table(name: str) -> str:
    return name if name.isidentifier() else quoted(name[1:-1])
