"""Questions to the catalogs of PostgreSQL and MySQL that SQLite answers from its own: whether something is there.

https://www.postgresql.org/docs/current/information-schema.html, https://sqlite.org/pragma.html#pragfunc
"""

from __future__ import annotations

import re

_VALUE = r"('[\w$.-]*'|:\w+)"
_ASKS = re.compile(r"\b(?:information_schema\s*\.\s*(?:columns|tables)|pg_index)\b", re.IGNORECASE)
_EXISTS = re.compile(r"SELECT EXISTS ?\( ?(.+?) ?\)(?: AS (\w+))?", re.IGNORECASE)
_SELECT = re.compile(
    r"SELECT (1|COUNT\(\*\)|column_name|table_name) FROM information_schema ?\. ?(columns|tables) WHERE (.+?)"
    r"( LIMIT 1)?",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    rf"(?:(column_name|table_name) ?= ?{_VALUE}"
    r"|table_schema ?= ?(?:current_schema\(\)|'public'|(?:SCHEMA|DATABASE)\(\)))",
    re.IGNORECASE,
)
"""A name that is asked for, or the schema that is looked in, of which SQLite has one."""
_VALID = (
    re.compile(
        rf"SELECT indisvalid FROM (?:pg_catalog ?\. ?)?pg_index WHERE indexrelid ?= ?to_regclass\( ?{_VALUE} ?\)",
        re.IGNORECASE,
    ),
    re.compile(
        r"SELECT (?P<index>\w+)\.indisvalid FROM pg_class (?P<class>\w+) JOIN pg_index (?P=index) ON "
        rf"(?P=index)\.indexrelid ?= ?(?P=class)\.oid WHERE (?P=class)\.relname ?= ?{_VALUE}",
        re.IGNORECASE,
    ),
)


def asks_catalog(sql: str) -> bool:
    """Whether a statement asks what is there."""
    return _ASKS.search(sql) is not None


def asked_of_sqlite(sql: str) -> tuple[str, str] | None:
    """The question that SQLite answers, and the column of the answer that is a truth; None if it is not understood.

    An index of SQLite's is always valid.
    """
    plain = " ".join(sql.split()).rstrip("; ")
    for pattern in _VALID:
        found = pattern.fullmatch(plain)
        if found is not None:
            told = f"SELECT 1 AS indisvalid FROM sqlite_master WHERE type = 'index' AND name = {found.groups()[-1]}"
            return told, "indisvalid"
    exists = _EXISTS.fullmatch(plain)
    if exists is not None:
        inner, name = _of_information_schema(exists[1]), (exists[2] or "exists").lower()
        return None if inner is None else (f'SELECT EXISTS ({inner}) AS "{name}"', name)
    asked = _of_information_schema(plain)
    return None if asked is None else (asked, "")


def _of_information_schema(sql: str) -> str | None:
    found = _SELECT.fullmatch(sql)
    conditions = [] if found is None else re.split(" AND ", found[3], flags=re.IGNORECASE)
    read = [_CONDITION.fullmatch(each.strip()) for each in conditions]
    if found is None or None in read:
        return None
    wanted, kind, last = found[1].lower(), found[2].lower(), found[4] or ""
    names = [(each[1].lower(), each[2]) for each in read if each is not None and each[1]]
    asked = dict(names)
    table, column = asked.get("table_name"), asked.get("column_name")
    if table is None or len(asked) < len(names) or (kind == "tables" and (column or wanted == "column_name")):
        return None
    if wanted == "table_name" and kind == "columns":
        return None
    result = f"name AS {wanted}" if wanted.endswith("_name") else wanted
    if kind == "tables":
        return f"SELECT {result} FROM sqlite_master WHERE type = 'table' AND name = {table}{last}"
    condition = "" if column is None else f" WHERE name = {column}"
    return f"SELECT {result} FROM pragma_table_info({table}){condition}{last}"
