"""What stands in an ADD or DROP of a column that SQLite does not have, or takes for something else.

Conditions (PostgreSQL, MariaDB) are a syntax error; ``AFTER id`` (MySQL, https://dev.mysql.com/doc/refman/8.4/en/alter-table.html)
becomes part of the type.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..syntax import in_quotes
from .engine import name_in, parts_of

_CONDITION = re.compile(r"\bCOLUMN\s+IF\s+(?:NOT\s+)?EXISTS\s|\b(ADD|DROP)\s+IF\s+(?:NOT\s+)?EXISTS\s", re.IGNORECASE)
_POSITION = re.compile(
    r"(?<!\s)\s+(?:FIRST|AFTER\s+(?:`[^`]+`|\"[^\"]+\"|\w+)|COMMENT\s+'(?:[^']|'')*')\s*$", re.IGNORECASE
)
_PUBLIC = re.compile(r"""('(?:[^']|'')*'|--[^\n]*)|(?<![\w.$@"])(?:"public"|public)\s*\.\s*(?=[\w"])""", re.IGNORECASE)


def without_public(sql: str) -> str:
    """SQL without the name of the schema in which PostgreSQL looks by itself."""
    return _PUBLIC.sub(lambda match: match[1] or "", sql) if "public" in sql.lower() else sql


class Asked(NamedTuple):
    """A table, one of its columns, and whether that has to be there, or not to be."""

    table: str
    column: str
    there: bool

    def test(self, op: str = "op", package: str = "sa") -> str:
        """The question to SQLite, as code."""
        return column_test(in_quotes(self.table, '"'), in_quotes(self.column, '"'), self.there, op, package)


class Plainer(NamedTuple):
    """A statement without it; ``asked`` is what it was to be done under."""

    sql: str
    asked: Asked | None = None


def plainer(statement: str) -> Plainer | None:
    """An ALTER TABLE with one clause as SQLite takes it; None if nothing like this stands in it."""
    words = [each.upper() for each in parts_of(statement)]
    if words[:2] != ["ALTER", "TABLE"] or not {"ADD", "DROP"} & set(words[3:4]) or _has_several(words):
        return None
    found = _CONDITION.search(statement)
    if found is not None:
        verb = "" if found[1] is None else f"{found[1]} "
        plain = f"{statement[: found.start()]}{verb}COLUMN {statement[found.end() :]}"
        parts = parts_of(plain)
        table, column = (name_in(parts[place]) for place in (2, 5))
        return Plainer(plain.strip(), Asked(table, column, words[3] == "DROP"))
    position = _POSITION.search(statement) if words[3] == "ADD" else None
    return None if position is None else Plainer(statement[: position.start()])


def column_test(table: str, column: str, there: bool, op: str, package: str) -> str:
    """Code that asks whether a column is ``there``, or is not; ``table`` and ``column`` are code for their names."""
    names = f'{{each["name"] for each in {package}.inspect({op}.get_bind()).get_columns({table})}}'
    return f"{column} {'in' if there else 'not in'} {names}"


def _has_several(words: list[str]) -> bool:
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            return True
    return False
