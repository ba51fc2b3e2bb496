"""Views, triggers, indexes and tables that a text of SQL creates or drops (https://sqlite.org/lang.html)."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import NamedTuple

from .engine import answer, name_in, parts_of, quoted, refusal, table_for

VIEW, TRIGGER, INDEX, SEARCH, TABLE = "view", "trigger", "index", "full-text table", "table"
EXPRESSION, ORDER = "expression", "order"
"""What of an index Alembic does not reflect: all of it, or DESC and COLLATE."""

_KINDS = {"VIEW": VIEW, "TRIGGER": TRIGGER, "INDEX": INDEX, "TABLE": TABLE}
_BEFORE_KIND = frozenset({"OR", "REPLACE", "TEMP", "TEMPORARY", "CONSTRAINT", "MATERIALIZED", "RECURSIVE", "UNIQUE"})
_BEFORE_NAME = frozenset({"IF", "NOT", "EXISTS", "CONCURRENTLY"})
_WORD = re.compile(r"""\s*("[^"]*"|`[^`]*`|\[[^\]]*\]|[\w$]+|\S)""")
_TABLE_CHANGED = re.compile(
    r"""\s*(?:ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w."`\[\]]+)\s+RENAME\s+(?:TO\s+)?([\w"`\[\]]+)\s*;?\s*$"""
    r"""|DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w."`\[\]]+))""",
    re.IGNORECASE,
)
_COLUMN_CHANGED = re.compile(
    r"""\s*ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w."`\[\]]+)\s+(?:RENAME|DROP)\s+(?:COLUMN\s+)?(?!TO\s|CONSTRAINT\s)"""
    r"""(?:IF\s+EXISTS\s+)?([\w"`\[\]]+)""",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"""\s*CREATE\s+VIRTUAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:main\s*\.\s*)?("[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)"""
    r"""\s+USING\s+fts[345]\b""",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"""\bcontent\s*=\s*["'`]?(\w+)""", re.IGNORECASE)
_ROWID = re.compile(r"\bcontent_rowid\s*=", re.IGNORECASE)
_REBUILT = re.compile(
    r"""\s*INSERT\s+INTO\s+["`\[]?(\w+)["`\]]?\s*\([^()]*\)\s*VALUES\s*\(\s*'rebuild'""",
    re.IGNORECASE,
)
_LEGACY = re.compile(r"""\s*PRAGMA\s+(?:\w+\.)?legacy_alter_table\s*[=(]\s*["']?(\w+)""", re.IGNORECASE)
_OFF = frozenset({"0", "OFF", "NO", "FALSE"})


class SchemaObject(NamedTuple):
    """A view, a trigger, an index or a table: its name, and the SQL that creates it, None if the text drops it.

    Or a full-text table that finds the rows of another one by their rowids.
    """

    kind: str
    name: str
    text: str | None

    @property
    def replaces(self) -> bool:
        """Whether it takes the place of another of its name."""
        return self.text is None or "EXISTS" not in _head(self.text)


def read_object(sql: str) -> SchemaObject | None:
    """What of these one statement creates or drops; None if it does something else."""
    search = _SEARCH.match(sql)
    if search is not None:
        told = _CONTENT.search(sql) is not None and _ROWID.search(sql) is None
        return SchemaObject(SEARCH, name_in(search[1]), sql.strip()) if told else None
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
    if kind.upper() == "TABLE" and not creates:
        return None  # see changed_table
    return SchemaObject(_KINDS[kind.upper()], name.strip('"`[]'), sql.strip() if creates else None) if name else None


def _word(sql: str, at: int) -> tuple[str, int]:
    """The next word or sign, "" at the end, and where it ends."""
    found = _WORD.match(sql, at)
    return (found[1], found.end()) if found is not None else ("", len(sql))


def read_tables(made: SchemaObject) -> frozenset[str]:
    """The tables and views that a view reads, or that the statements of a trigger are about; in lower case."""
    return _read_tables(made.kind, made.text or "")


@lru_cache(maxsize=4096)
def _read_tables(kind: str, text: str) -> frozenset[str]:
    import sqlglot
    from sqlglot import exp

    sql = text if kind == VIEW else _body(text)
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        trees = [each for each in sqlglot.parse(sql, read="sqlite") if each is not None]
    except Exception:  # also others than its own, for some SQL that it does not know
        return frozenset()
    finally:
        logger.disabled = before
    found: set[str] = set()
    for tree in trees:
        read = tree.expression if isinstance(tree, exp.Create) else tree
        if read is not None:
            made = {each.alias.casefold() for each in read.find_all(exp.CTE)}
            tables = (each for each in read.find_all(exp.Table) if each.db.casefold() in ("", "main"))
            found |= {each.name.casefold() for each in tables} - made
    return frozenset(found)


def _body(trigger: str) -> str:
    """The statements of a trigger; its condition among them."""
    words = parts_of(trigger)
    upper = [each.upper() for each in words]
    start = upper.index("BEGIN") if "BEGIN" in upper else len(words)
    stop = len(upper) - 1 - upper[::-1].index("END") if "END" in upper else len(words)
    when = upper.index("WHEN") + 1 if "WHEN" in upper[:start] else start
    condition = f"SELECT {' '.join(words[when:start])};" if when < start else ""
    return f"{condition} {' '.join(words[start + 1 : stop])}"


def table_of(made: SchemaObject) -> str:
    """The table or view that a trigger or an index is on, or where a full-text table finds rows; in lower case.

    Of a table, itself.
    """
    if made.kind == TABLE:
        return made.name.casefold()
    if made.kind == SEARCH:
        found = _CONTENT.search(made.text or "")
        return "" if found is None else found[1].casefold()
    words = parts_of(made.text or "")
    at = next((number for number, each in enumerate(words) if each.upper() == "ON"), len(words)) + 1
    while words[at + 1 : at + 2] == ["."]:
        at += 2
    return name_in(words[at]).strip("'").casefold() if at < len(words) else ""


@lru_cache(maxsize=4096)
def is_made_on_sqlite(made: SchemaObject) -> bool:
    """Whether SQLite takes the statement that creates it, and keeps it when the connection is closed."""
    text = made.text or ""
    if {"TEMP", "TEMPORARY"} & {*_head(text)}:
        return False
    if made.kind in (VIEW, SEARCH, TABLE):
        return refusal(text) is None
    owner = table_of(made) or "t"
    if made.kind == INDEX:
        return lost_of_index(text, owner) is not None
    on_view = "INSTEAD" in (each.upper() for each in parts_of(text))
    return refusal(text, f"CREATE VIEW {quoted(owner)} AS SELECT 1" if on_view else table_for(owner, text)) is None


@lru_cache(maxsize=4096)
def lost_of_index(sql: str, table: str) -> str | None:
    """What of an index on this table a copy of it loses; empty for nothing, None if SQLite does not take the index.

    What is an expression SQLAlchemy does not reflect at all (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html).
    """
    made = read_object(sql)
    name = "" if made is None else made.name
    rows = answer(f"PRAGMA index_xinfo({quoted(name)})", table_for(table, sql), sql)
    keys = [row for row in rows or () if row[5]]
    if not keys:
        return None
    if any(column is None for _, _, column, *_ in keys):
        return EXPRESSION
    return ORDER if any(descends or collation != "BINARY" for *_, descends, collation, _ in keys) else ""


class PlainIndex(NamedTuple):
    """An index on columns by name, which a copy does not lose; ``partial`` if it has a condition."""

    name: str
    table: str
    columns: tuple[str, ...]
    unique: bool
    partial: bool


@lru_cache(maxsize=4096)
def read_index(sql: str) -> PlainIndex | None:
    """The index that a statement creates; None if it does something else, or if a copy loses the index."""
    made = read_object(sql)
    if made is None or made.kind != INDEX or made.text is None:
        return None
    words = parts_of(sql)
    at = next((number for number, each in enumerate(words) if each.upper() == "ON"), None)
    table = "" if at is None else name_in(words[at + 1])
    if at is None or words[at + 2 : at + 3] != ["("] or lost_of_index(sql, table) != "":
        return None
    before = (table_for(table, sql), sql)
    columns = tuple(row[2] for row in answer(f"PRAGMA index_info({quoted(made.name)})", *before) or ())
    listed = answer(f"PRAGMA index_list({quoted(table)})", *before) or ()
    kinds = [(bool(row[2]), bool(row[4])) for row in listed if row[1] == made.name]
    return PlainIndex(made.name, table, columns, *kinds[0]) if kinds else None


def changed_table(sql: str) -> tuple[str, str] | None:
    """The table that a statement renames or drops, and its new name, empty if it is dropped; in lower case."""
    found = _TABLE_CHANGED.match(sql)
    if found is None:
        return None
    old = (found[1] or found[3]).rpartition(".")[2]
    return name_in(old).casefold(), name_in(found[2] or "").casefold()


def rebuilt_table(sql: str) -> str | None:
    """The full-text table that a statement rebuilds, in lower case."""
    found = _REBUILT.match(sql)
    return None if found is None else found[1].casefold()


def changed_column(sql: str) -> tuple[str, str] | None:
    """The column that a statement renames or drops, after its table; both in lower case."""
    found = _COLUMN_CHANGED.match(sql)
    if found is None:
        return None
    return name_in(found[1].rpartition(".")[2]).casefold(), name_in(found[2]).casefold()


def legacy_alter_table(sql: str) -> bool | None:
    """Whether a PRAGMA turns on that views are not looked at when a table is renamed; None if it is none."""
    found = _LEGACY.match(sql)
    return None if found is None else found[1].upper() not in _OFF


def _head(text: str) -> list[str]:
    """The words before the name, and no more than there can be."""
    return [each.upper() for each in parts_of(text[:80])[:6]]
