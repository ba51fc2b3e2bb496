"""What PostgreSQL and MySQL have and SQLite does not, so that a history written for them can be driven to its end.

Data and small functions; whatever is used is named in the report as emulated.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any

TYPES = {
    "ARRAY": "JSON",
    "BIT": "VARCHAR",
    "BYTEA": "BLOB",
    "CIDR": "VARCHAR",
    "CITEXT": "VARCHAR",
    "DOUBLE": "FLOAT",
    "ENUM": "VARCHAR",
    "HSTORE": "JSON",
    "INET": "VARCHAR",
    "INTERVAL": "VARCHAR",
    "JSONB": "JSON",
    "LONGBLOB": "BLOB",
    "LONGTEXT": "TEXT",
    "MACADDR": "VARCHAR",
    "MEDIUMBLOB": "BLOB",
    "MEDIUMINT": "INTEGER",
    "MEDIUMTEXT": "TEXT",
    "MONEY": "NUMERIC",
    "NUMBER": "NUMERIC",
    "OID": "INTEGER",
    "SET": "VARCHAR",
    "TINYBLOB": "BLOB",
    "TINYINT": "INTEGER",
    "TINYTEXT": "TEXT",
    "TSVECTOR": "TEXT",
    "UUID": "CHAR(32)",
    "VARBINARY": "BLOB",
    "XML": "TEXT",
    "YEAR": "INTEGER",
}
"""Visit name of a type of another database -> what stands for it. Any other type becomes TEXT."""

_GENERIC = {
    "BLOB": "sa.LargeBinary()",
    "CHAR(32)": "sa.String(32)",
    "FLOAT": "sa.Float()",
    "INTEGER": "sa.Integer()",
    "JSON": "sa.JSON()",
    "NUMERIC": "sa.Numeric()",
    "VARCHAR": "sa.String()",
}


def generic_type(kind: str) -> str:
    """The type of SQLAlchemy, as code, that does on SQLite for a type of another database."""
    return _GENERIC.get(TYPES.get(kind.upper(), "TEXT"), "sa.Text()")


SUBSTITUTIONS = (
    (
        "::type",
        re.compile(
            r"::\s*(?:\"[^\"]+\"|[a-z_][\w.]*)(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))?(?:\s*\(\d+(?:,\s*\d+)?\))?(?:\[\])*",
            re.IGNORECASE,
        ),
        "",
    ),
    (
        "ON UPDATE CURRENT_TIMESTAMP",
        re.compile(r"\bON\s+UPDATE\s+(?:CURRENT_TIMESTAMP|NOW)(?:\s*\(\d*\))?", re.IGNORECASE),
        "",
    ),
    ("CURRENT_TIMESTAMP(n)", re.compile(r"\bCURRENT_TIMESTAMP\s*\(\d*\)", re.IGNORECASE), "CURRENT_TIMESTAMP"),
    ("AT TIME ZONE", re.compile(r"\bAT\s+TIME\s+ZONE\s+'[^']*'", re.IGNORECASE), ""),
)
"""(name in the report, pattern, replacement): spellings in statements that SQLite's grammar does not have."""


def _now(*_: Any) -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def _uuid(*_: Any) -> str:
    return uuid.uuid4().hex


def _concat(*parts: Any) -> str:
    return "".join(str(part) for part in parts if part is not None)


def _first(value: Any = None, *_: Any) -> Any:
    return value


def _last(*values: Any) -> Any:
    return values[-1] if values else None


def _md5(text: Any) -> str | None:
    return None if text is None else hashlib.md5(str(text).encode(), usedforsecurity=False).hexdigest()


def _array(*_: Any) -> str:
    return "{}"


def _greatest(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


def _least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


def _left(text: Any, length: int | None) -> str | None:
    return None if text is None or length is None else str(text)[:length]


def _right(text: Any, length: int | None) -> str | None:
    if text is None or length is None:
        return None
    return str(text)[-length:] if length else ""


def _split_part(text: Any, by: str | None, number: int | None) -> str | None:
    if text is None or by is None or number is None:
        return None
    fields = str(text).split(by) if by else [str(text)]
    place = number - 1 if number > 0 else len(fields) + number
    return fields[place] if 0 <= place < len(fields) else ""


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clock_timestamp": _now,
    "concat": _concat,
    "curdate": lambda: _now()[:10],
    "curtime": lambda: _now()[11:19],
    "date_trunc": _last,
    "gen_random_uuid": _uuid,
    "greatest": _greatest,
    "jsonb_build_object": _array,
    "left": _left,
    "least": _least,
    "localtimestamp": _now,
    "md5": _md5,
    "nextval": lambda _: uuid.uuid4().int % 1_000_000_000,
    "now": _now,
    "regexp_replace": _first,
    "right": _right,
    "split_part": _split_part,
    "statement_timestamp": _now,
    "sysdate": _now,
    "timezone": _last,
    "to_char": lambda value, _: None if value is None else str(value),
    "to_jsonb": _first,
    "to_timestamp": lambda value, *_: value,
    "transaction_timestamp": _now,
    "unix_timestamp": lambda *_: int(datetime.datetime.now().timestamp()),
    "utc_timestamp": _now,
    "uuid": _uuid,
    "uuid_generate_v1": _uuid,
    "uuid_generate_v4": _uuid,
}

_CATALOG = re.compile(r"(?:information_schema\.\w*|pg_(?:catalog\.)?\w+|sys\.\w+)$", re.IGNORECASE)


def is_catalog(name: str) -> bool:
    """Whether another database keeps there what it knows of its own tables."""
    return _CATALOG.match(name) is not None
