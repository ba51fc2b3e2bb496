"""Declared types: which of them say the same to SQLite, and how a script writes them.

A column has an affinity that SQLite takes from the words of its type (https://sqlite.org/datatype3.html). Reflection
makes of a word that SQLAlchemy does not know the name of its affinity.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer, ischema_names

_AFFINITIES = (
    (("INT",), "INTEGER"),
    (("CHAR", "CLOB", "TEXT"), "TEXT"),
    (("BLOB",), "BLOB"),
    (("REAL", "FLOA", "DOUB"), "REAL"),
)
_ANOTHER_SPELLING = re.compile(
    r"(?:UNSIGNED )?(?:TINY|SMALL|MEDIUM|BIG)?(?: ?INT(?:EGER)?)\d*(?: (?:UN)?SIGNED)?"
    r"|.*(?:CHAR|CLOB|TEXT).*|(?:REAL|FLOAT|DOUBLE)\d*(?: PRECISION)?|(?:NUM|NUMBER|DEC|FIXED)\b.*"
    r"|BOOL|(?:TIMESTAMP|TIME) WITHOUT TIME ZONE"
)
"""Types whose affinity says all that they say."""
_WRITTEN = {
    "INTEGER": "Integer",
    "BIGINT": "BigInteger",
    "SMALLINT": "SmallInteger",
    "VARCHAR": "String",
    "TEXT": "Text",
    "BOOLEAN": "Boolean",
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
    "FLOAT": "Float",
    "NUMERIC": "Numeric",
    "BLOB": "LargeBinary",
}
_DECLARED = re.compile(r"\s*([^(]*?)\s*(?:\(([\d,\s]+)\))?\s*", re.DOTALL)
_WORDS = re.compile(r"[A-Za-z_]\w*(?: +[A-Za-z_]\w*)*")
_RESERVED = frozenset(SQLiteIdentifierPreparer.reserved_words)
_NO_NAME = re.compile(r"\W.*", re.DOTALL)
_DIALECT: Any = sqlite.dialect()
_DATES = (sa.Date, sa.DateTime, sa.Time)


def spelled(declared: str) -> str:
    """A type in one spelling."""
    return declared.upper().replace(" ", "")


def affinity(declared: str) -> str:
    kind = declared.upper()
    if not kind:
        return "BLOB"
    return next((name for parts, name in _AFFINITIES if any(part in kind for part in parts)), "NUMERIC")


@cache
def reflected(declared: str) -> str:
    """What a table copy makes of a type, in one spelling: another if SQLAlchemy does not know it by this name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that it does not take
        type_ = _DIALECT._resolve_type_affinity(declared.upper())
    return affinity("") if isinstance(type_, sa.types.NullType) else spelled(type_.compile(dialect=_DIALECT))


def is_lost(was: str, now: str) -> bool:
    """Whether another declared type says less than it did: ``UUID`` became ``NUMERIC``, ``DOUBLE PRECISION`` not."""
    if _word(was) == _word(now):
        return False
    if affinity(was) != affinity(now):
        return True
    return bool(was) and _ANOTHER_SPELLING.fullmatch(" ".join(_word(was).split())) is None


def is_unknown(declared: str) -> bool:
    """Whether batch mode cannot write a column of this type, since SQLAlchemy reflects it as NullType."""
    return affinity(declared) == "BLOB" and _word(declared) not in ischema_names


def is_date(type_: object) -> bool:
    """Whether a type of SQLAlchemy is one of dates or times."""
    return isinstance(type_, _DATES) or (isinstance(type_, type) and issubclass(type_, _DATES))


def _word(declared: str) -> str:
    return declared.upper().partition("(")[0].strip()


@cache
def write_type(declared: str, collation: str = "") -> str:
    """The code of a type that is declared just so in a table of SQLite."""
    if not declared:
        return "sa.LargeBinary()" if not collation else f"sa.Text(collation={collation!r})"
    match = _DECLARED.fullmatch(declared)
    word, arguments = (match[1].upper(), match[2]) if match is not None else ("", None)
    sizes = [str(int(each)) for each in (arguments or "").split(",") if each.strip()]
    name = _WRITTEN.get(word, word)
    class_ = getattr(sa, name, None)
    if isinstance(class_, type) and issubclass(class_, sa.types.TypeEngine):
        is_text = issubclass(class_, sa.String)
        named = [f"collation={collation!r}"] if collation and is_text else []
        try:
            compiled = class_(*map(int, sizes)).compile(dialect=_DIALECT)
        except Exception:  # it takes other arguments
            compiled = ""
        if spelled(compiled) == spelled(declared) and (is_text or not collation):
            return f"sa.{name}({', '.join([*sizes, *named])})"
    plain = match is not None and _WORDS.fullmatch(word) and _RESERVED.isdisjoint(word.lower().split())
    text = declared if plain else '"' + declared.replace('"', '""') + '"'
    text = f"{text} COLLATE {collation}" if collation else text
    return (
        f'type("{_NO_NAME.sub("", word or declared)}", (sa.types.UserDefinedType,), '
        f'{{"cache_ok": True, "get_col_spec": lambda self, **_: {text!r}}})()'
    )
