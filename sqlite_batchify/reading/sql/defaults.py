"""The server defaults of other databases, and what SQLite has in their place.

What SQLite takes, it is asked itself. https://sqlite.org/lang_createtable.html#the_default_clause
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import NamedTuple

from .engine import quoted_text, refusal

NOW, NOTHING = "now", "nothing"
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Za-z_]\w*")
_TAKEN = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"})
_STRING = re.compile(r"[EeNn]?'((?:[^'\\]|'')*)'")
_BITS = re.compile(r"[Bb]'([01]*)'")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
CAST = re.compile(
    r"""(.+?)\s*::\s*((?:"[^"]+"|[a-z_]\w*)(?:\.(?:"[^"]+"|[a-z_]\w*))?(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))?"""
    r"""(?:\s*\(\s*\d+(?:\s*,\s*\d+)?\s*\))?(?:\s*\[\s*\])*)""",
    re.IGNORECASE | re.DOTALL,
)
_CAST_CALLED = re.compile(r"(?:pg_catalog\.)?jsonb?\s*\(\s*('(?:[^']|'')*')\s*\)", re.IGNORECASE)
_OF_ARRAY = re.compile(r"ARRAY\s*\[(.*)\]", re.IGNORECASE | re.DOTALL)
_CLOCK = re.compile(
    r"(?:now|current_timestamp|localtimestamp|statement_timestamp|transaction_timestamp|clock_timestamp|utc_timestamp"
    r"|getdate|getutcdate|sysdatetime|sysutcdatetime|sysdate|systimestamp)\s*(?:\(\s*\d*\s*\))?",
    re.IGNORECASE,
)
_ON_UPDATE = re.compile(r"\s+ON\s+UPDATE\s+(?:current_timestamp|now)\s*(?:\(\s*\d*\s*\))?", re.IGNORECASE)
_AT_UTC = re.compile(r"(.+?)\s+AT\s+TIME\s+ZONE\s+\(?\s*'(?:utc|gmt|etc/utc)'(?:\s*::\s*text)?\s*\)?", re.IGNORECASE)
_ZONED = re.compile(r"timezone\s*\(\s*'(?:utc|gmt|etc/utc)'(?:\s*::\s*text)?\s*,\s*(.+)\)", re.IGNORECASE)
_DATE = re.compile(r"(?:current_date|curdate)\s*(?:\(\s*\))?", re.IGNORECASE)
_TIME = re.compile(r"(?:current_time|curtime|localtime)\s*(?:\(\s*\d*\s*\))?", re.IGNORECASE)
_UUID = re.compile(
    r"(?:\w+\.)?(?:gen_random_uuid|uuid_generate_v[147](?:mc)?|uuidv[47]|uuid|newid|newsequentialid)\s*\(\s*\)",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"(?:jsonb?_(?:build_)?(object|array)|hstore)\s*\(\s*\)", re.IGNORECASE)
_NEXT = re.compile(r"(?:\w+\.)?nextval\s*\(.*\)", re.IGNORECASE | re.DOTALL)
_SHIFTED = re.compile(
    r"(.+?)\s*([+-])\s*(?:interval\s*'([^']*)'|'([^']*)'\s*::\s*interval|CAST\s*\(\s*'([^']*)'\s+AS\s+interval\s*\))",
    re.IGNORECASE | re.DOTALL,
)
_SPAN = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\b", re.IGNORECASE)
"""Months are not of one length, and what lies beyond the end of one is not the same day everywhere."""
_ISO = re.compile(r"(?:\d{4}-\d\d-\d\d)?(?:[ T]?\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_TRUE, _FALSE = frozenset({"t", "true", "y", "yes", "on", "1"}), frozenset({"f", "false", "n", "no", "off", "0"})
RANDOM = "(lower(hex(randomblob(16))))"
ARRAY, HSTORE, BOOLEAN, DATE, TIME = "array", "hstore", "boolean", "date", "time"
_OF_TEXTS, _OF_NUMBERS, _OF_BOOLEANS = "array of texts", "array of numbers", "array of booleans"
_ELEMENTS = {
    **dict.fromkeys(("text", "varchar", "character varying", "char", "character", "bpchar", "citext"), _OF_TEXTS),
    **dict.fromkeys(("string", "unicode", "unicodetext", "uuid", "enum", "name"), _OF_TEXTS),
    **dict.fromkeys(("int", "integer", "int2", "int4", "int8", "smallint", "bigint"), _OF_NUMBERS),
    **dict.fromkeys(("smallinteger", "biginteger", "real", "float", "double", "double precision"), _OF_NUMBERS),
    **dict.fromkeys(("bool", "boolean"), _OF_BOOLEANS),
}
_LISTED = re.compile(r"[EeNn]?'\s*\{")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_PLAIN = frozenset(
    {"text", "varchar", "character", "character varying", "char", "bpchar", "name", "citext", "json", "jsonb", "uuid"}
    | {"int", "integer", "int2", "int4", "int8", "smallint", "bigint", "numeric", "decimal", "real", "float"}
    | {"double precision", "float4", "float8", "inet", "cidr", "macaddr", "bit", "varbit"}
)
_OF_TIME = frozenset(
    {"date", "time", "timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone"}
)
_SAFE = frozenset({"ABS", "CAST", "COALESCE", "LENGTH", "LOWER", "NULLIF", "REPLACE", "TRIM", "UPPER"})
_CALLED = re.compile(r"(\w+)\s*\(")
_LONGEST = 1000
_NOT_PLAIN = frozenset({"interval", "bytea", "money", "regclass", "tsvector", "box", "point", "xml"})


class Here(NamedTuple):
    """A default on SQLite: NOW or NOTHING, or its SQL as ``text``; ``known`` if there is one at all."""

    text: str
    known: bool = True


UNKNOWN = Here("", False)


def is_taken(sql: str) -> bool:
    """Whether SQLite takes a default as it is, and a row gets it."""
    word = _WORD.fullmatch(sql.strip())
    if word is not None:  # which SQLite would take for a text
        return word.group().upper() in _TAKEN
    return _passes(sql.strip())


@lru_cache(maxsize=64)
def _passes(sql: str) -> bool:
    return refusal("INSERT INTO t DEFAULT VALUES", f"CREATE TABLE t (a DEFAULT {sql}, b)") is None


def on_sqlite(sql: str, kind: str = "") -> Here | None:
    """What to say to SQLite in place of a default; None if it takes the default as it is, and means the same by it.

    ``kind`` is that of the column where that counts.
    """
    plain = sql.strip().replace("\\:", ":")
    if len(plain) > _LONGEST:
        return None
    found = _read(plain, kind)
    if found is None and is_array(kind) and _LISTED.match(plain):  # which would stay the text that it is
        return UNKNOWN
    if is_taken(plain) and (found is None or not _differs(plain, found, kind)):
        return None
    if found is not None:
        return found
    same = not _WORD.fullmatch(plain) and _SAFE.issuperset(map(str.upper, _CALLED.findall(plain)))
    return Here(f"({plain})") if same and _passes(f"({plain})") else UNKNOWN


def of_text(value: str, kind: str) -> Here | None:
    """The same of a default that is given as a text."""
    return on_sqlite(quoted_text(value), kind) if is_array(kind) or kind in (HSTORE, BOOLEAN) else None


def array_of(element: str) -> str:
    """The kind of an array whose elements are of this type, in SQL or as SQLAlchemy calls it."""
    return _ELEMENTS.get(re.sub(r"\s*\(.*", "", element.strip(), flags=re.DOTALL).lower(), ARRAY)


def is_array(kind: str) -> bool:
    return kind.startswith(ARRAY)


def of_literal(value: str, kind: str) -> str | None:
    """A text, cast to a type of this kind, as SQL of SQLite's; None if it is not known."""
    here = _of_kind(value, kind)
    return None if here is None else here.text


def _differs(plain: str, found: Here, kind: str) -> bool:
    if kind == BOOLEAN and plain in ("'0'", "'1'"):  # which become numbers
        return False
    text = _STRING.fullmatch(plain) is not None and found.text != plain
    return text and (is_array(kind) or kind in (HSTORE, BOOLEAN))


def _read(sql: str, kind: str) -> Here | None:
    """What a default is on SQLite, None if it is not understood."""
    sql = _bare(sql)
    shifted = _SHIFTED.fullmatch(sql)
    if shifted is not None and kind not in (DATE, TIME) and _is_clock(shifted[1]):
        return _of_span(shifted[2], next(filter(None, shifted.groups()[2:]), ""))
    if (cast := CAST.fullmatch(sql)) is not None:
        return _read_cast(_bare(cast[1]), " ".join(cast[2].lower().split()), kind)
    if (text := _STRING.fullmatch(sql)) is not None:
        return _of_kind(text[1].replace("''", "'"), kind)
    if (bits := _BITS.fullmatch(sql)) is not None:
        return _of_kind(bits[1], kind) if kind == BOOLEAN else Here(str(int(bits[1] or "0", 2)))
    if _NUMBER.fullmatch(sql) or sql.upper() in ("NULL", "TRUE", "FALSE"):
        return Here(sql)
    if (listed := _OF_ARRAY.fullmatch(sql)) is not None:
        values = _listed(listed[1])
        return None if values is None else Here(quoted_text(json.dumps(values)))
    if (called := _CAST_CALLED.fullmatch(sql)) is not None:
        return _read(called[1], kind)
    for pattern, here in _CALLS:
        if pattern.fullmatch(sql):
            return Here(here)
    if (empty := _EMPTY.fullmatch(sql)) is not None:
        return Here("'[]'" if (empty[1] or "").lower() == "array" else "'{}'")
    return _of_clock(kind) if _is_clock(sql) else None


def _of_span(sign: str, span: str) -> Here | None:
    """The time now, and so much more or less (https://sqlite.org/lang_datefunc.html)."""
    parts = _SPAN.findall(span)
    if not parts or _SPAN.sub("", span).strip():
        return None
    days = ((int(number) * (7 if unit.lower() == "week" else 1), unit.lower()) for number, unit in parts)
    listed = ", ".join(f"'{sign}{number} {'day' if unit == 'week' else unit}s'" for number, unit in days)
    return Here(f"({_SPANNED}'now', {listed}))")


_SPANNED = "datetime("
_CALLS = ((_DATE, "CURRENT_DATE"), (_TIME, "CURRENT_TIME"), (_UUID, RANDOM), (_NEXT, NOTHING))


def _read_cast(inner: str, type_: str, kind: str) -> Here | None:
    name = _SPACE.sub(" ", re.sub(r"\s*\(.*?\)", "", type_.rstrip("[] "))).strip('"').rpartition(".")[2].strip('"')
    text = _STRING.fullmatch(inner)
    if type_.endswith("]") or name == HSTORE:
        value = None if text is None else text[1].replace("''", "'")
        return _read(inner, kind) if value is None else _of_kind(value, HSTORE if name == HSTORE else array_of(name))
    if name in ("bool", "boolean"):
        return _of_kind(text[1], BOOLEAN) if text is not None else _read(inner, kind)
    if name in _OF_TIME and _is_clock(inner):
        return _of_clock(name if name in (DATE, TIME) else kind)
    if name in _NOT_PLAIN:
        return None
    found = _read(inner, kind)
    if found is None or (name in _OF_TIME and (text is None or not _ISO.fullmatch(text[1]))):
        return None
    return found if text is not None or name in _PLAIN or name in _OF_TIME else None


def _of_kind(value: str, kind: str) -> Here | None:
    """A text as a column of this kind holds it on SQLite."""
    if kind == BOOLEAN and value.strip().lower() in _TRUE | _FALSE:
        return Here(str(int(value.strip().lower() in _TRUE)))
    if kind == HSTORE:
        return Here("'{}'") if value.strip() in ("", "{}") else None
    if is_array(kind):
        if value[:1] != "{" or value[-1:] != "}":
            return None
        inside = value[1:-1].strip()
        values = [_element(each.strip(), kind) for each in inside.split(",")] if inside else []
        plain = None not in values and not any(sign in inside for sign in "{}\"\\'")
        return Here(quoted_text(f"[{', '.join(filter(None, values))}]")) if plain else None
    return Here(quoted_text(value))


def _element(text: str, kind: str) -> str | None:
    """An element of an array as JSON; None if that hangs on a type that is not known."""
    truth = text.lower() in _TRUE if text.lower() in _TRUE | _FALSE else None
    number = _JSON_NUMBER.fullmatch(text) is not None
    if text.upper() == "NULL":
        return "null"
    if kind == _OF_BOOLEANS:
        return None if truth is None else json.dumps(truth)
    if kind == _OF_NUMBERS:
        return text if number else None
    return json.dumps(text) if kind == _OF_TEXTS or (truth is None and not text[:1].isdigit() and not number) else None


def _listed(inside: str) -> list[object] | None:
    """The literals between the brackets of an ARRAY."""
    values: list[object] = []
    for each in inside.split(",") if inside.strip() else []:
        bare = re.sub(r"\s*::.*", "", each.strip(), flags=re.DOTALL)
        text = _STRING.fullmatch(bare)
        if text is None and not re.fullmatch(r"-?\d+", bare):
            return None
        values.append(int(bare) if text is None else text[1].replace("''", "'"))
    return values


def _of_clock(kind: str) -> Here:
    return Here({DATE: "CURRENT_DATE", TIME: "CURRENT_TIME"}.get(kind, NOW))


def _is_clock(sql: str) -> bool:
    sql = _bare(_ON_UPDATE.sub("", sql))
    for pattern in (_AT_UTC, _ZONED, CAST):
        if (found := pattern.fullmatch(sql)) is not None:
            zone = pattern is not CAST or found[2].lower().startswith("timestamp")
            return zone and _is_clock(found[1])
    return _CLOCK.fullmatch(sql) is not None


def _bare(sql: str) -> str:
    """Without parentheses around it."""
    sql = sql.strip()
    while sql.startswith("(") and sql.endswith(")") and _closes_at_end(sql):
        sql = sql[1:-1].strip()
    return sql


def _closes_at_end(sql: str) -> bool:
    depth = 0
    for sign in re.findall(r"'[^']*'|[()]", sql)[:-1]:
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return False
    return True


def unquoted(sql: str) -> str | None:
    """The text that a literal of SQL is, None if it is none."""
    text = _STRING.fullmatch(sql)
    return None if text is None else text[1].replace("''", "'")


def is_span(sql: str) -> bool:
    """Whether this is the time now, and some more or less, as ``on_sqlite`` says it."""
    return sql.startswith(f"({_SPANNED}")


def literal_sql(value: object) -> str | None:
    """A literal of Python's as SQL, None if it is none."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "NULL"}[value]
    if isinstance(value, (int, float)):
        return str(value)
    return quoted_text(value) if isinstance(value, str) else None
