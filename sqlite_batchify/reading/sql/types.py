"""Types of other databases, and what SQLite has in their place.

https://www.postgresql.org/docs/current/datatype.html, https://dev.mysql.com/doc/refman/8.4/en/data-types.html
"""

from __future__ import annotations

import re

from .defaults import BOOLEAN, DATE, HSTORE, TIME, array_of

JSON, TEXT, STRING, NUMERIC, INTEGER = "JSON()", "Text()", "String()", "Numeric()", "Integer()"
BINARY, INTERVAL = "LargeBinary()", "Interval()"
UUID, OF_VALUES, OF_LENGTH = "Uuid", "String of values", "String of length"
_RANGES = [f"{of}{kind}" for of in ("INT4", "INT8", "NUM", "DATE", "TS", "TSTZ") for kind in ("RANGE", "MULTIRANGE")]

TYPES: dict[str, dict[str, str]] = {
    "": {"ARRAY": JSON, "UUID": UUID},
    "postgresql": {
        **dict.fromkeys(("ARRAY", "HSTORE", "JSONB"), JSON),
        **dict.fromkeys(("CIDR", "CITEXT", "INET", "JSONPATH", "MACADDR", "MACADDR8"), TEXT),
        **dict.fromkeys(("REGCLASS", "REGCONFIG", "TSQUERY", "TSVECTOR", *_RANGES), TEXT),
        **{"BIT": OF_LENGTH, "BYTEA": BINARY, "INTERVAL": INTERVAL, "MONEY": NUMERIC, "OID": INTEGER},
        "UUID": UUID,
    },
    "mysql": {
        **dict.fromkeys(("LONGTEXT", "MEDIUMTEXT", "TINYTEXT", "SET"), TEXT),
        **dict.fromkeys(("LONGBLOB", "MEDIUMBLOB", "TINYBLOB"), BINARY),
        **dict.fromkeys(("BIT", "MEDIUMINT", "TINYINT", "YEAR"), INTEGER),
        **{"ENUM": OF_VALUES, "INET4": STRING, "INET6": STRING},
    },
    "citext": {"CIText": TEXT},
}
"""The type of SQLAlchemy that does on SQLite, by the dialect whose package a type comes from, and its name."""
_WORDS = {JSON: "JSON", TEXT: "TEXT", STRING: "VARCHAR", NUMERIC: "NUMERIC", INTEGER: "INTEGER", BINARY: "BLOB"} | {
    INTERVAL: "DATETIME",
    UUID: "UUID",
}
"""How SQLAlchemy writes them for SQLite; of UUID that is for the caller to say."""
_BOTH = "BIT"  # a text on PostgreSQL, a number on MySQL
_OTHERS = {
    **{name: _WORDS[type_] for of in ("postgresql", "mysql") for name, type_ in TYPES[of].items() if type_ in _WORDS},
    **dict.fromkeys(("SERIAL", "SMALLSERIAL", "BIGSERIAL", "SERIAL2", "SERIAL4", "SERIAL8"), "INTEGER"),
    **{"INT2": "SMALLINT", "INT4": "INTEGER", "INT8": "BIGINT", "FLOAT4": "REAL", "FLOAT8": "DOUBLE PRECISION"},
    **{"DOUBLE": "DOUBLE PRECISION", "TIMESTAMPTZ": "TIMESTAMP", "TIMETZ": "TIME", "BPCHAR": "VARCHAR"},
    **dict.fromkeys(("NAME", "XML", "LTREE", "VECTOR", "GEOMETRY", "GEOGRAPHY", "POINT", "POLYGON", "BOX"), "TEXT"),
    **dict.fromkeys(("BINARY", "VARBINARY"), "BLOB"),
}
COLLATIONS = frozenset({"BINARY", "NOCASE", "RTRIM"})
"""Those of SQLite."""
_NUMBERS = frozenset({"INT", "INTEGER", "BIGINT", "SMALLINT", "DECIMAL", "NUMERIC", "FLOAT", "REAL"})
_OF_LENGTH = {name: name for name in ("VARCHAR", "CHAR", "CHARACTER", "CHARACTER VARYING")} | {"NVARCHAR": "VARCHAR"}
_OF_TIME = frozenset({"DATE", "TIME", "TIMESTAMP", "DATETIME"})
_PLAIN = frozenset({"TEXT", "JSON", "BOOLEAN", "BOOL", "BLOB", "DOUBLE PRECISION"})
_DIGITS = frozenset({"INT", "INTEGER", "BIGINT", "SMALLINT"})
_NAMED = re.compile(
    r"""(?P<name>(?:"[^"]+"|[a-z_]\w*)(?:\.(?:"[^"]+"|[a-z_]\w*))?(?:\s+(?:VARYING|PRECISION))?)\s*"""
    r"""(?:\((?P<given>[^()]*)\))?(?P<more>(?:\s*(?:UNSIGNED|SIGNED|ZEROFILL|VARYING|WITH(?:OUT)?\s+TIME\s+ZONE))*)"""
    r"""\s*(?P<array>(?:\[\d*\])*)""",
    re.IGNORECASE,
)
_LENGTHS = re.compile(r"\d+(?:\s*,\s*\d+)?")
_VALUE = re.compile(r"\s*'((?:[^']|'')*)'\s*(?:,|$)")


def type_here(sql: str) -> str | None:
    """What to write for a type on SQLite, among the spellings that are understood of any database; None if not known.

    A name that is none of a type is one that the history makes, nearly always an enumeration: it becomes a text.
    """
    found = _NAMED.fullmatch(sql.strip())
    if found is None:
        return None
    name, given = " ".join(found["name"].split()).upper(), found["given"]
    if found["array"]:
        return "JSON"
    if name in ("ENUM", "SET"):
        return _of_values(name, given)
    if given is not None and not _LENGTHS.fullmatch(given.strip()) and name not in _OTHERS:
        return None
    lengths = "" if given is None else f"({given.strip()})"
    if name in _OTHERS and name != _BOTH:
        return _OTHERS[name]
    if name in _NUMBERS:
        return name if name in _DIGITS else name + lengths
    if name in _OF_LENGTH:
        return _OF_LENGTH[name] + lengths
    if name in _OF_TIME:
        return name
    if name in _PLAIN:
        return name
    own = given is None and not found["more"].strip() and name not in ("BIT", "BIT VARYING")
    return "VARCHAR" if own else None


def is_own(sql: str) -> bool:
    """Whether this is a name that no database has for a type, so that the history makes it."""
    found = _NAMED.fullmatch(sql.strip())
    if found is None or found["array"]:
        return False
    name = " ".join(found["name"].split()).upper()
    known = name in _OTHERS or name in _NUMBERS | _OF_TIME | _PLAIN or name in _OF_LENGTH
    return not known and name not in ("ENUM", "SET", _BOTH)


def kind_of(sql: str) -> str:
    """The kind of a type as far as it counts for a default."""
    plain = sql.strip().upper()
    if plain.endswith("]"):
        return array_of(plain.rstrip("[]0123456789 "))
    kinds = {"HSTORE": HSTORE, "BOOLEAN": BOOLEAN, "BOOL": BOOLEAN, "DATE": DATE, "TIME": TIME}
    return kinds.get(plain, "")


def _of_values(name: str, given: str | None) -> str | None:
    values = _VALUE.findall(given or "")
    if not values or _VALUE.sub("", given or "").strip():
        return None
    return "TEXT" if name == "SET" else f"VARCHAR({max(len(each.replace(chr(39) * 2, chr(39))) for each in values)})"
