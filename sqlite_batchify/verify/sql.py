"""What a CREATE TABLE statement says that no PRAGMA tells: CHECKs, COLLATE, AUTOINCREMENT, ON CONFLICT, names.

SQLite keeps the text of every statement in ``sqlite_master``; its grammar is https://sqlite.org/lang_createtable.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy.dialects.sqlite.base import SQLiteDialect

TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?(?:\*/|\Z) | '[^']*(?:''[^']*)*' | "[^"]*(?:""[^"]*)*" | `[^`]*(?:``[^`]*)*` | \[[^\]]*\]?
    | [\w$.]+ | \|\| | [<>!=]= | <> | \S""",
    re.VERBOSE | re.DOTALL,
)
NAME = r"""(?:\w+\.)?("[^"]+"|`[^`]+`|\[[^\]]+\]|[^\s;("`\[]+)"""
"""The name of a table in a statement, with that of its schema or without."""
_RENAMES = re.compile(rf"ALTER TABLE {NAME} RENAME TO {NAME}", re.IGNORECASE)
_PREPARER = SQLiteDialect().identifier_preparer
_NAMELESS_HERE = ("NOT", "NULL", "DEFAULT", "COLLATE", "GENERATED", "AS")  # what else may have a name in a column
_BEHIND_A_KEY = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "COLLATE", "DEFAULT", "GENERATED", "AS", "NULL")
_TABLE_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


@dataclass(frozen=True)
class Constraint:
    """A constraint. ``kind`` is primary key, unique, check, foreign key, or not null where that has an ON CONFLICT.

    ``text`` is a check's in one spelling, ``written`` as its author spelled it; of a foreign key ``text`` tells when it
    is looked at (DEFERRABLE ...).
    """

    kind: str
    name: str | None
    columns: tuple[str, ...] = ()
    text: str = ""
    on_conflict: str = ""
    written: str = field(default="", compare=False)


@dataclass(frozen=True)
class TableText:
    """What the text of a CREATE TABLE says. ``collations`` maps columns to the COLLATE that is written at them."""

    constraints: tuple[Constraint, ...]
    collations: tuple[tuple[str, str], ...]
    autoincrement: bool
    strict: bool
    without_rowid: bool


def tokens(sql: str) -> list[str]:
    """The tokens of a statement, without comments."""
    return [token for token in TOKEN.findall(sql) if not token.startswith(("--", "/*"))]


def unquote(token: str) -> str:
    """An identifier without its quotes."""
    if len(token) > 1 and token[0] in '"`[':
        return token[1:-1].replace(token[0] * 2, token[0])
    return token


def word(name: str) -> str:
    """A name as SQL takes it, in quotes where it needs them."""
    return _PREPARER.quote(name)


def with_values(sql: str, parameters: object) -> str:
    """A statement with the values of its parameters, for people to read."""
    if not isinstance(parameters, (list, tuple)) or not parameters or sql.count("?") != len(parameters):
        return sql
    values = iter(parameters)
    return re.sub(r"\?", lambda _: _value(next(values)), sql)


def _value(value: object) -> str:
    if value is None or isinstance(value, (int, float)):
        return "NULL" if value is None else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def read_rename(sql: str) -> tuple[str, str] | None:
    """The old and the new name of the table that a statement renames, None if it renames none."""
    if "rename" not in sql.lower():
        return None
    match = _RENAMES.match(" ".join(tokens(sql)[:6]))
    return None if match is None else (unquote(match[1]), unquote(match[2]))


def normalise(parts: Sequence[str]) -> str:
    """A piece of SQL in one spelling: identifiers unquoted, one space between tokens, words in lower case."""
    return " ".join(part if part.startswith("'") else unquote(part).lower() for part in parts)


def renamed_tokens(parts: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The tokens of a condition with other names (from names in lower case) for columns."""
    return [part if part.startswith("'") else _renamed(part, names) for part in parts]


def _renamed(token: str, names: Mapping[str, str]) -> str:
    name = names.get(unquote(token).lower())
    if name is None:
        return token
    return '"' + name.replace('"', '""') + '"' if token[0] in '"`[' else word(name)


def spaced(parts: Sequence[str]) -> str:
    """Tokens as one writes them, with no space inside of parentheses and before a comma."""
    text = ""
    for part in parts:
        text += part if text.endswith("(") or part in (")", ",") or not text else f" {part}"
    return text


def parse_table(sql: str) -> TableText:
    """Read a CREATE TABLE statement."""
    parts = tokens(sql)
    inner, end = _parenthesised(parts, parts.index("("))
    elements, rest = _elements(inner), parts[end:]
    constraints: list[Constraint] = []
    collations: list[tuple[str, str]] = []
    for element in elements:
        if element[0].upper() in _TABLE_CONSTRAINTS:
            constraints.extend(_constraints(element, None))
        else:
            column = unquote(element[0])
            constraints.extend(_constraints(element[1:], column))
            outside = _outside(element)
            upper = [part.upper() for part in outside]
            if "COLLATE" in upper and upper.index("COLLATE") + 1 < len(outside):
                collations.append((column.lower(), unquote(outside[upper.index("COLLATE") + 1]).lower()))
    options = [part.upper() for part in rest]
    return TableText(
        constraints=tuple(constraints),
        collations=tuple(collations),
        autoincrement=any("AUTOINCREMENT" in map(str.upper, _outside(element)) for element in elements),
        strict="STRICT" in options,
        without_rowid="ROWID" in options,
    )


def computed_of(sql: str, column: str) -> tuple[str, bool]:
    """The expression of a generated column, and whether it is stored, from the text of its table."""
    parts = tokens(sql)
    for element in _elements(parts[parts.index("(") + 1 :]):
        if element and unquote(element[0]).lower() == column.lower():
            words = [part.upper() for part in element]
            place = next(each for each in range(1, len(words)) if words[each : each + 2] == ["AS", "("])
            inside, end = _parenthesised(element, place + 1)
            return spaced(inside), "STORED" in words[end:]
    raise LookupError(column)


def index_text(sql: str) -> str:
    """What a CREATE INDEX statement says of its columns and its WHERE, in one spelling."""
    parts = tokens(sql)
    return normalise(parts[parts.index("(") :])


def _elements(parts: list[str]) -> list[list[str]]:
    """The columns and constraints of a table, divided at the commas between them."""
    elements: list[list[str]] = [[]]
    depth = 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if part == "," and depth == 0:
            elements.append([])
        else:
            elements[-1].append(part)
    return [element for element in elements if element]


def _constraints(parts: list[str], column: str | None) -> Iterator[Constraint]:
    """The constraints among the tokens of a column (``column``) or of a table constraint."""
    name: str | None = None
    position = 0
    while position < len(parts):
        word = parts[position].upper()
        position += 1
        if word == "CONSTRAINT" and position < len(parts):
            name = unquote(parts[position])
            position += 1
        elif word in ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN") or (word == "REFERENCES" and column is not None):
            inner, position = _parenthesised(parts, position + (word in ("PRIMARY", "FOREIGN")))
            if parts[position : position + 1] and parts[position].upper() in ("ASC", "DESC"):
                position += 1
            own = (column.lower(),) if column is not None else tuple(_names(inner))
            following = [part.upper() for part in parts[position : position + 3]]
            conflict = following[2] if following[:2] == ["ON", "CONFLICT"] and len(following) > 2 else ""
            kind = {"PRIMARY": "primary key", "UNIQUE": "unique", "CHECK": "check"}.get(word, "foreign key")
            if kind == "check":
                yield Constraint(kind, name, (), normalise(inner), conflict, " ".join(inner))
            else:
                deferral = _deferral(parts[position:]) if kind == "foreign key" else ""
                yield Constraint(kind, name, own, deferral, conflict)
            name = None
            if word == "FOREIGN":
                return
        elif word == "(":
            _, position = _parenthesised(parts, position - 1)
        elif word in _NAMELESS_HERE:
            clause = [part.upper() for part in parts[position - 1 : position + 4]]
            if column is not None and clause[:4] == ["NOT", "NULL", "ON", "CONFLICT"] and len(clause) > 4:
                yield Constraint("not null", name, (column.lower(),), "", clause[4])
            name = None


def _deferral(parts: list[str]) -> str:
    """The DEFERRABLE [INITIALLY ...] among the tokens behind the table that a foreign key refers to."""
    words = ["", *map(str.upper, parts)]
    for position, (before, word) in enumerate(pairwise(words), 1):
        if word == "DEFERRABLE":
            behind = words[position + 1 : position + 3]
            return "" if before == "NOT" else " ".join([word, *(behind if behind[:1] == ["INITIALLY"] else ())])
        if word in _BEHIND_A_KEY and before != "SET":
            break
    return ""


def _outside(parts: list[str]) -> list[str]:
    """The tokens that do not stand in parentheses."""
    found = []
    depth = 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if depth == 0 and part != ")":
            found.append(part)
    return found


def _parenthesised(parts: list[str], position: int) -> tuple[list[str], int]:
    """The tokens of a parenthesis that opens at (or just after a name at) this place, and the place behind it."""
    if position < len(parts) and parts[position] != "(":
        return [], position
    depth = 0
    for end in range(position, len(parts)):
        depth += (parts[end] == "(") - (parts[end] == ")")
        if depth == 0:
            return parts[position + 1 : end], end + 1
    return [], len(parts)


def _names(parts: list[str]) -> Iterator[str]:
    expects = True
    for part in parts:
        if expects and part != ",":
            yield unquote(part).lower()
        expects = part == ","
