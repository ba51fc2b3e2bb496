"""What of a table that a text of SQL creates is nothing that SQLAlchemy reflects (https://sqlite.org/lang_createtable.html).

A copy of the table loses it: AUTOINCREMENT, COLLATE, ON CONFLICT, CHECKs without a name, and of a foreign key that
stands at its column ON DELETE, ON UPDATE and DEFERRABLE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from .engine import name_in, parts_of

AUTOINCREMENT, CHECK = "AUTOINCREMENT", "a CHECK without a name"
_OF_TABLE = frozenset({"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"})
_ACTIONS = frozenset({"DELETE", "UPDATE"})


class Part(NamedTuple):
    """Such a part, as SQL or in words, and the column at which it stands, empty if at none.

    ``of_key`` if it is one of a foreign key: what the copy has been given of it stands behind the columns, and is
    reflected from then on.
    """

    what: str
    column: str = ""
    of_key: bool = False

    def __str__(self) -> str:
        return f"{self.what} of {self.column}" if self.column else self.what


@lru_cache(maxsize=1024)
def unreflected_parts(sql: str) -> tuple[Part, ...]:
    """What a copy of the table that this statement creates loses."""
    return tuple(dict.fromkeys(part for each in _definitions(parts_of(sql)) for part in _of_definition(each)))


def _definitions(words: Sequence[str]) -> Iterator[list[str]]:
    """The words of each column and constraint, without what stands in parentheses there."""
    depth, found = 0, list[str]()
    for word in words:
        if word == ")":
            depth -= 1
            if depth == 0:
                yield found
                return
        if depth == 1 and word == ",":
            yield found
            found = []
        elif depth == 1:
            found.append(word)
        depth += word == "("


def _of_definition(words: list[str]) -> Iterator[Part]:
    upper = [each.upper() for each in words]
    column = "" if not words or upper[0] in _OF_TABLE else name_in(words[0])
    refers = False
    for number, word in enumerate(upper):
        behind = upper[number + 1 : number + 3]
        before = upper[number - 2 : number]
        if word == AUTOINCREMENT and column:
            yield Part(AUTOINCREMENT)
        elif word == "CHECK" and before[:1] != ["CONSTRAINT"] and (column != "" or number == 0):
            yield Part(CHECK, column)
        elif word == "COLLATE" and column and behind:
            yield Part(f"COLLATE {words[number + 1]}", column)
        elif word == "ON" and behind[:1] == ["CONFLICT"] and len(behind) == 2:
            yield Part(f"ON CONFLICT {behind[1]}", column)
        elif refers:
            if word == "ON" and behind[:1] and behind[0] in _ACTIONS and behind[1:] != ["NO"]:
                yield Part(" ".join(("ON", *_action(upper[number + 1 : number + 4]))), column, True)
            elif word == "DEFERRABLE" and upper[number - 1] != "NOT":
                yield Part(word, column, True)
        refers = refers or (word == "REFERENCES" and column != "" and number > 0)


def _action(words: Sequence[str]) -> Sequence[str]:
    """DELETE or UPDATE, and what is done then."""
    return words[: 3 if words[1:2] == ["SET"] else 2]
