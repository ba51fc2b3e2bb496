"""Statements of PostgreSQL and MySQL that mean nothing on SQLite, which has no such things.

All of a statement is looked at, with its texts and names left out, and SQLite itself is asked where it has a statement
of the same name. https://www.postgresql.org/docs/current/sql-commands.html,
https://dev.mysql.com/doc/refman/8.4/en/sql-statements.html
"""

from __future__ import annotations

import re
from enum import Enum

from .catalogs import asks_catalog
from .definitions import table_on_sqlite
from .engine import name_in, refusal, table_for
from .indexes import may_hold_index, refused_indexes
from .plainer import plainer, without_public
from .renamings import renamed_by

_LONGEST = 100_000  # characters
_PART = re.compile(
    r"""--[^\r\n]*|/\*.*?(?:\*/|\Z)|[Ee]'(?:[^'\\]|''|\\.)*'|[NnBbXx]?'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`"""
    r"""|\$(\w*)\$.*?(?:\$\1\$|\Z)|[\w$@.]+|::|\s+|.""",
    re.DOTALL,
)
FILLED = "\ufffc"
"""Stands in a text for what is filled in when the script runs."""
_TEXT, _NAME, _FILLED = "''", "x", "filled_in"
_OBJECTS = (
    r"(?:EXTENSION|TYPE|DOMAIN|SEQUENCE|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|POLICY|ROLE|USER|GROUP|PUBLICATION"
    r"|SUBSCRIPTION|SCHEMA|CAST|OPERATOR|COLLATION|CONVERSION|LANGUAGE|SERVER|RULE|EVENT|STATISTICS|TABLESPACE|DATABASE"
    r"|TEXT SEARCH|FOREIGN DATA|ACCESS METHOD|TRANSFORM|SYSTEM|DEFAULT PRIVILEGES|OWNED|LARGE OBJECT)\b"
)
_SETTING = (
    r"(?:OWNER TO|(?:ENABLE|DISABLE|FORCE|NO FORCE)(?: ALWAYS| REPLICA)? (?:ROW LEVEL SECURITY|TRIGGER|RULE|KEYS)"
    r"|(?:FORCE|NO FORCE) ROW LEVEL SECURITY|REPLICA IDENTITY|VALIDATE CONSTRAINT|CLUSTER ON|SET WITHOUT CLUSTER"
    r"|SET (?:LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD)|SET \(|RESET \(|SET STORAGE"
    r"|ALTER (?:COLUMN )?\S+ SET (?:STATISTICS|STORAGE|COMPRESSION|\()|ALTER (?:COLUMN )?\S+ RESET \("
    r"|CONVERT TO (?:CHARACTER SET|CHARSET)|(?:DEFAULT )?(?:CHARACTER SET|CHARSET|COLLATE)\b"
    r"|ENGINE\b|ROW_FORMAT\b|AUTO_INCREMENT ?=|KEY_BLOCK_SIZE\b|COMMENT ?=)"
)
_NOTHING = re.compile(
    r"(?:CREATE|ALTER|DROP)(?: OR REPLACE| TEMP| TEMPORARY| UNLOGGED| TRUSTED| PROCEDURAL| DEFINER ?= ?\S+)* "
    rf"{_OBJECTS}"
    r"|CREATE(?: OR REPLACE)?(?: CONSTRAINT)? TRIGGER\b.* EXECUTE (?:FUNCTION|PROCEDURE)\b"
    r"|(?:CREATE|ALTER|DROP) EVENT TRIGGER\b|DROP TRIGGER (?:IF EXISTS )?\S+ ON\b|ALTER TRIGGER\b"
    r"|(?:GRANT|REVOKE|RESET|SECURITY LABEL|REASSIGN|REFRESH|CLUSTER|REPAIR|OPTIMIZE|FLUSH|DISCARD|CHECKPOINT|NOTIFY"
    r"|LISTEN|UNLISTEN|LOCK|UNLOCK)\b|SET (?!\()|COMMENT ON\b|ALTER INDEX \S+(?: IF EXISTS \S+)? (?:SET|RESET|ATTACH)\b"
    r"|ALTER (?:MATERIALIZED )?VIEW\b.* OWNER TO\b|CHECK TABLE\b"
    r"|SELECT (?:PG_CATALOG\.)?(?:SETVAL|SET_CONFIG|PG_\w+) ?\(",
)
_TRANSACTION = re.compile(r"(?:COMMIT|BEGIN|END|START TRANSACTION|ROLLBACK|ABORT)(?: WORK| TRANSACTION)?")
_MAINTENANCE = re.compile(r"(?:ANALYZE|ANALYSE|VACUUM|REINDEX)\b")
_TABLE = re.compile(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?\S+ ?\*? ")
_INDEX = re.compile(r"CREATE INDEX\b")
_BODY = re.compile(r"CREATE\b.{0,200}?\b(?:TRIGGER|FUNCTION|PROCEDURE|EVENT)\b.*\bBEGIN\b")
_DO = re.compile(r"DO\b")
_IDLE = rf"(?:GRANT\b|REVOKE\b|COMMENT ON\b|(?:CREATE|ALTER|DROP)\s+{_OBJECTS})"
"""What a block of PL/pgSQL executes from a text, which means nothing either."""
_MATTERS = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE|(?:CREATE|ALTER|DROP)\s+(?:\w+\s+)?(?:TABLE|VIEW)"
    r"|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX|EXECUTE(?!\s+(?:FORMAT\s*\(\s*)?'~'\s*[,;)'])|PERFORM)\b",
    re.IGNORECASE,
)
"""What a block of PL/pgSQL may do that means something on SQLite."""
_GRANTED = re.compile(
    rf"(')(?:\s*{_IDLE}(?:[^';]|'')*;?\s*)'|('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/|\b(?:GRANT|REVOKE)\b[^;]*",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in it and does nothing, among it such texts, beside other texts; ``'~'`` stands for such a text."""
_ROWS = re.compile(r"(?:UPDATE|INSERT|DELETE|WITH)\b")
_CALLS = re.compile(
    r"\b(?:NOW|CLOCK_TIMESTAMP|STATEMENT_TIMESTAMP|GEN_RANDOM_UUID|UUID_GENERATE_V[14]|NEXTVAL|UUID|TO_TSVECTOR|UNNEST"
    r"|STRING_AGG|ARRAY_AGG|ARRAY_LENGTH|JSONB?_\w+|REGEXP_REPLACE|DATE_TRUNC|SPLIT_PART|TO_CHAR|MD5|UTC_TIMESTAMP|CURDATE"
    r"|DATE_FORMAT|UUID_TO_BIN) ?\(|\bCTID\b"
)
"""Functions that SQLite does not have; it says so only where the tables are there."""
_OF_SQLITE = re.compile(
    r"\bJSON(?:_(?:EXTRACT|ARRAY|OBJECT|SET|INSERT|REPLACE|REMOVE|EACH|TREE|TYPE|VALID|PATCH|QUOTE)\b|_ARRAY_LENGTH\b"
    r"|_GROUP_\w+)"
)
_CALLED = re.compile(r"\b(?!VALUES\b|INTO\b|IN\b|AND\b|OR\b|NOT\b|ON\b)[A-Za-z_]\w*\s*\(", re.IGNORECASE)
_TOUCHED = re.compile(r"""(?:\b(?:FROM|JOIN|UPDATE|INTO|USING)\s+)("[^"]+"|`[^`]+`|\w+)""", re.IGNORECASE)
_SERIAL = re.compile(r"(?:CREATE (?:\w+ )?TABLE|ALTER TABLE)\b.*[(, ](?:SMALL|BIG)?SERIAL[248]?\b")
"""Numbers that SQLite would not give."""
_NO_FUNCTION = re.compile(r"no such function", re.IGNORECASE)
_ONE = "one statement at a time"
"""How Python's driver refuses more than one."""
_SYNTAX = re.compile(r'near ".*": syntax error|unrecognized token|incomplete input|unknown database', re.DOTALL)


class Meaning(Enum):
    """What a text of SQL means on SQLite, where that is not what it means elsewhere."""

    NOTHING = "each of its statements is about something that SQLite does not have"
    REFUSED = "SQLite does not take a statement, and does not do without it either"
    SOME = "so it is with some of its statements, and others mean something"


def meaning_of(sql: str) -> Meaning | None:
    """What a text means on SQLite; None if SQLite takes it, or if that cannot be told.

    FILLED stands for what is filled in.
    """
    if len(sql) > _LONGEST:
        return None
    told = without_public(sql)
    if told != sql:
        return meaning_of(told) or Meaning.REFUSED
    parts = [each for each in _statements(sql) if each[0]]
    found = {_meaning(*each) for each in parts}
    if found == {Meaning.NOTHING}:
        return Meaning.NOTHING
    if len(parts) > 1 and found == {None} and _ONE in (refusal(sql) or ""):
        return Meaning.REFUSED
    return Meaning.SOME if Meaning.NOTHING in found else Meaning.REFUSED if Meaning.REFUSED in found else None


def statements_of(sql: str) -> list[str]:
    """The statements of a text, without comments."""
    return [written for plain, written in _statements(sql) if plain]


def _statements(sql: str) -> list[tuple[str, str]]:
    """Each statement in capital letters, without texts and quoted names, and as it is written."""
    found: list[tuple[str, str]] = []
    plain: list[str] = []
    written: list[str] = []
    in_body = False
    for match in _PART.finditer(sql.replace(FILLED, _FILLED)):
        part = match.group()
        if part == ";":
            in_body = not _ends(plain) if in_body else _BODY.match("".join(plain).lstrip()) is not None
            if not in_body:
                found.append(("".join(plain).strip(), "".join(written).strip()))
                plain, written = [], []
                continue
        if part.isspace() or part.startswith(("--", "/*")):
            part = short = " "
        elif match[1] is not None or part[-1:] == "'":
            short = _TEXT
        else:
            short = _NAME if part[0] in '"`' and len(part) > 1 else part.upper()
        if short != " " or plain[-1:] != [" "]:
            plain.append(short)
        written.append(part)
    return [*found, ("".join(plain).strip(), "".join(written).strip())]


def _ends(body: list[str]) -> bool:
    """Whether a body of statements ends here, or one in it: what follows is never taken for a part of it then."""
    return "END" in [part for part in body[-2:] if part != " "][-1:]


def _meaning(plain: str, written: str) -> Meaning | None:
    if _NOTHING.match(plain) or _TRANSACTION.fullmatch(plain) or _is_setting(plain):
        return Meaning.NOTHING
    if _DO.match(plain):
        does = _GRANTED.sub(lambda match: match[2] or ("'~'" if match[1] else " "), written)
        return Meaning.REFUSED if _MATTERS.search(does) else Meaning.NOTHING
    if (
        _SERIAL.search(plain) is not None
        or plainer(written) is not None
        or renamed_by(written) is not None
        or table_on_sqlite(written) is not None
        or (plain.startswith("SELECT") and asks_catalog(plain))
    ):
        return Meaning.REFUSED
    if may_hold_index(plain):
        refused = any(refused_indexes(written.replace(_FILLED, "{}")))
        return None if not refused else Meaning.NOTHING if _INDEX.match(plain) else Meaning.REFUSED
    if _ROWS.match(plain) and (_CALLS.search(_OF_SQLITE.sub("", plain)) or _lacks_function(written)):
        return Meaning.REFUSED
    error = None if _FILLED in written else refusal(written)
    if error is None or not _SYNTAX.match(error):
        return None
    return Meaning.NOTHING if _MAINTENANCE.match(plain) else Meaning.REFUSED


def _lacks_function(sql: str) -> bool:
    """Whether a statement calls a function that SQLite does not have, which it says where the tables are there."""
    if _FILLED in sql or not _CALLED.search(sql):
        return False
    tables = {name_in(each).casefold(): name_in(each) for each in _TOUCHED.findall(sql)}
    error = refusal(sql, *(table_for(each, sql) for each in tables.values()))
    return error is not None and _NO_FUNCTION.match(error) is not None


def _is_setting(plain: str) -> bool:
    """Whether an ALTER TABLE changes nothing that SQLite has."""
    opening = _TABLE.match(plain)
    if opening is None:
        return False
    clauses = _clauses(plain[opening.end() :])
    return all(re.match(_SETTING, each) for each in clauses)


def _clauses(text: str) -> list[str]:
    clauses: list[list[str]] = [[]]
    depth = 0
    for sign in re.findall(r"[(),]|[^(),]+", text):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            clauses.append([])
        else:
            clauses[-1].append(sign)
    return ["".join(each).strip() for each in clauses]
