"""What SQLite itself says of a statement: the library that comes with Python is asked, with an empty database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_WORD = re.compile(r'"[^"]+"|`[^`]+`|\[[^\]]+\]|\w+')
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_MOST_COLUMNS = 1900
_TABLE = re.compile(r"(?i)\btable\b")
_MADE = re.compile(
    r"(?i)\s*CREATE\s{1,9}(?:TEMP\s{1,9}|TEMPORARY\s{1,9})?TABLE\s{1,9}(?:IF\s{1,9}NOT\s{1,9}EXISTS\s{1,9})?[\"`\[]?(\w+)"
)
_WORDS = re.compile(r"\w+")
_EXPLAIN = re.compile(r"(?i)\s*EXPLAIN\b")
PART = re.compile(r"""'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?|[\w$]+|\S""")  # one without an end takes the rest
PARAMETER = re.compile(r"(?<![:\w\\]):([\w$]+)(?![:\w$])")
"""What sa.text() takes for a parameter, as the default is when it is reflected (sqlalchemy.sql.compiler)."""


def refusal(statement: str, *before: str) -> str | None:
    """SQLite's error at a statement, None if it takes it; the others lead there. None, too, if it cannot be asked.

    The statement is compiled and never run (https://sqlite.org/lang_explain.html): it may have no end, or open a file.
    """
    try:
        import sqlite3
    except ImportError:  # Python can be built without it
        return None
    connection = sqlite3.connect(":memory:")
    explained = statement if _EXPLAIN.match(statement) else f"EXPLAIN {statement}"
    try:
        for each in (*before, explained):
            connection.execute(each)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return str(error)
    finally:
        connection.close()
    return None


def answer(query: str, *before: str, given: Sequence[str] = ()) -> list[tuple[Any, ...]] | None:
    """What SQLite answers a query with what is ``given``, after these statements.

    None if it does not take one of them or cannot be asked.
    """
    try:
        import sqlite3
    except ImportError:
        return None
    connection = sqlite3.connect(":memory:")
    try:
        for each in before:
            connection.execute(each)
        return connection.execute(query, given).fetchall()
    except (sqlite3.Error, sqlite3.Warning, ValueError):
        return None
    finally:
        connection.close()


def words(sql: str) -> list[str]:
    """All that may be a name in it, each once, without quotes."""
    found = {name_in(each).casefold(): name_in(each) for each in _WORD.findall(sql)}
    return list(found.values())


def name_in(word: str) -> str:
    """A name without its quotes."""
    return word[1:-1] if word[:1] in '"`[' else word


def table_for(name: str, sql: str) -> str:
    """A CREATE TABLE under which every name in this SQL is a column."""
    return f"CREATE TABLE {quoted(name)} ({', '.join(map(quoted, words(sql)[:_MOST_COLUMNS]))})"


def with_renamed(sql: str, old: str, new: str) -> str:
    """SQL in which a column has another name now, as SQLite's RENAME COLUMN writes it."""

    def renamed(match: re.Match[str]) -> str:
        called = sql[match.end() : match.end() + 1] == "("
        same = match[0][:1] != "'" and name_in(match[0]).casefold() == old.casefold()
        return written_name(new) if same and not called else match[0]

    return PART.sub(renamed, sql)


def quoted_text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=1024)
def written_name(name: str) -> str:
    """A name as SQLAlchemy writes it into SQL: in quotes where SQLite needs them, and with capital letters."""
    plain = _PLAIN.fullmatch(name) is not None and refusal(f"CREATE TABLE {name} (x)") is None
    return name if plain else quoted(name)


def parts_of(sql: str) -> Sequence[str]:
    """Its words, names in quotes, texts and signs."""
    return PART.findall(sql)


def tables_touched(sql: str) -> frozenset[str]:
    """The words of a statement that may be tables which it changes: of a CREATE TABLE, only the one that it makes."""
    made = _MADE.match(sql)
    if made is not None and _TABLE.search(sql, made.end()) is None:
        return frozenset({made[1]})
    return frozenset(_WORDS.findall(sql)) if _TABLE.search(sql) else frozenset()


def sequence_moves(table: str) -> tuple[str, str, str]:
    """What keeps the number that AUTOINCREMENT goes on from while a table is copied (https://sqlite.org/autoinc.html).

    The first statement stands before the copy, the others behind it.
    """
    name, kept = (text.replace("'", "''") for text in (table, f"kept {table}"))
    return (
        f"UPDATE sqlite_sequence SET name = '{kept}' WHERE name = '{name}'",
        f"DELETE FROM sqlite_sequence WHERE name = '{name}'",
        f"UPDATE sqlite_sequence SET name = '{name}' WHERE name = '{kept}'",
    )
