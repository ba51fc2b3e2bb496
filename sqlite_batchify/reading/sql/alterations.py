"""ALTER TABLE of other databases, in the words of those clauses that are understood of any of them.

On SQLite these do the same; for their own database they are not written so, where they say less than what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from .code import NotUnderstoodError
from .defaults import CAST
from .definitions import Elsewhere, Word, closing, end_of, split, words_of, written
from .engine import name_in
from .foreign import Meaning, meaning_of
from .plainer import Asked
from .rows import rows_on_sqlite
from .types import is_own, type_here

_LONGEST = 10_000
_CAST_CALLED = re.compile(r"""CAST\s*\(\s*(.+)\s+AS\s+([\w"]+(?:\s*\(\s*\d+\s*\))?)\s*\)""", re.IGNORECASE | re.DOTALL)
_ZONED = re.compile(r"(.+?)\s+AT\s+TIME\s+ZONE\s+'(?:utc|gmt)'", re.IGNORECASE | re.DOTALL)
_IS_TEXT = re.compile(r"(?:text|varchar)$", re.IGNORECASE)
_DROP_KEY, _KEY_OF_MYSQL = ["DROP", "PRIMARY", "KEY"], "`PRIMARY`"
_IDENTITY = re.compile(r"ADD GENERATED|DROP IDENTITY|SET GENERATED|RESTART|SET SEQUENCE", re.IGNORECASE)


class Altered(NamedTuple):
    """A statement on SQLite: what is done to the rows ``before``, and the ALTER TABLE that is to become operations.

    That is empty if nothing is left of it. ``safe`` if it surely does the same. ``asked`` is what it is done under.
    """

    before: tuple[str, ...]
    sql: str
    safe: bool
    asked: Asked | None = None


@lru_cache(maxsize=16)
def altered_here(sql: str) -> tuple[Altered, ...] | None:
    """What to do on SQLite in place of each ALTER TABLE; None if not all is understood, or there is nothing to say."""
    if len(sql) > _LONGEST:
        return None
    try:
        told = [_Altering(each) for each in split(words_of(sql), ";") if each]
        altered = tuple(chain.from_iterable(each.altered() for each in told))
    except (NotUnderstoodError, IndexError):
        return None
    return altered if any(each.differs for each in told) else None


class _Altering:
    def __init__(self, words: Sequence[Word]) -> None:
        upper = [each.upper for each in words]
        if upper[:2] != ["ALTER", "TABLE"]:
            raise NotUnderstoodError
        start = 4 if upper[2:4] == ["IF", "EXISTS"] else 2
        start += upper[start : start + 1] == ["ONLY"]
        stop = start + 1
        while upper[stop : stop + 1] == ["."]:
            stop += 2
        self.table = words[start:stop]
        self.clauses = list(split(words[stop:]))
        self.replaces_key = any([each.upper for each in clause] == _DROP_KEY for clause in self.clauses)
        self.as_it_is = written(words)
        self.elsewhere = Elsewhere(stored=False)
        self.assigned: list[str] = []
        self.before: list[str] = []
        self.differs = False

    def altered(self) -> list[Altered]:
        """What becomes of the statement, one for all clauses that ask for the same, or for nothing."""
        told = [(self._asked(clause), each) for clause in self.clauses for each in self._clause(clause)]
        if self.assigned:
            here = rows_on_sqlite(f"UPDATE {written(self.table)} SET {', '.join(self.assigned)}")
            if here is None:
                raise NotUnderstoodError
            self.before.append(here.sql)
            self.elsewhere.safe = False  # as the values come out of the types that the columns had
        start = f"ALTER TABLE {written(self.table)}"
        made = [
            Altered((), f"{start} {', '.join(each for _, each in some)}", self.elsewhere.safe, asked)
            for asked, some in groupby(told, key=itemgetter(0))
        ]
        if self.before or not made:
            made.insert(0, Altered(tuple(self.before), "", self.elsewhere.safe))
        self.differs = [(each.before, each.sql) for each in made] != [((), self.as_it_is)]
        return made

    def _asked(self, words: Sequence[Word]) -> Asked | None:
        """What a clause asks for by IF [NOT] EXISTS."""
        upper = [each.upper for each in words]
        of_column = 2 if upper[1:2] == ["COLUMN"] else 1
        behind = _behind_condition(upper, of_column)
        if upper[:1] not in (["ADD"], ["DROP"]) or upper[1:2] == ["CONSTRAINT"] or behind == of_column:
            return None
        return Asked(name_in(self.table[-1].text), name_in(words[behind].text), upper[0] == "DROP")

    def _clause(self, words: Sequence[Word]) -> list[str]:
        """What a clause is here, in as many words; nothing where it means nothing."""
        upper = [each.upper for each in words]
        if not words:
            raise NotUnderstoodError
        if meaning_of(f"ALTER TABLE t {written(words)}") is Meaning.NOTHING:
            return []
        if upper == _DROP_KEY:
            return [f"DROP CONSTRAINT {_KEY_OF_MYSQL}"]
        if upper[:3] == ["ADD", "PRIMARY", "KEY"] and self.replaces_key:
            return [f"ADD CONSTRAINT {_KEY_OF_MYSQL} {written(words[1:])}"]
        of_column = 2 if upper[1:2] == ["COLUMN"] else 1
        conditional = _behind_condition(upper, of_column)
        if upper[0] == "ALTER":
            return self._alter(words[of_column:])
        if upper[0] in ("MODIFY", "CHANGE"):
            self.elsewhere.moves = True
            before = written(words[: of_column + (upper[0] == "CHANGE")])
            return [f"{before} {self.elsewhere.column(words[of_column + (upper[0] == 'CHANGE') :])}"]
        if upper[0] == "DROP" and (of_column == 2 or upper[1] not in _OTHERS or upper[1] == "CONSTRAINT"):
            rest = words[conditional:]
            if upper[-1] == "CASCADE":
                self.elsewhere.safe = False  # what hangs on it stays on SQLite
                rest = rest[:-1]
            return [f"DROP {'CONSTRAINT' if upper[1] == 'CONSTRAINT' else 'COLUMN'} {written(rest)}"]
        if upper[0] == "ADD" and upper[1:2] == ["CONSTRAINT"] and upper[3:5] == ["CHECK", "("]:
            stop = closing(words, 4)
            told = self.elsewhere.condition(written(words[5 : stop - 1]))
            return [" ".join(filter(None, (written(words[:3]), f"CHECK ({told})", written(words[stop:]))))]
        if upper[0] == "ADD" and (of_column == 2 or upper[1] not in _OTHERS):
            added = self.elsewhere.column(words[conditional:])
            if self.elsewhere.counting:  # the rows that are there get numbers
                raise NotUnderstoodError
            return [f"ADD COLUMN {added}"]
        return [written(words)]

    def _alter(self, words: Sequence[Word]) -> list[str]:
        """ALTER COLUMN, from the column's name on."""
        upper = [each.upper for each in words]
        column, start = words[0].text, f"ALTER COLUMN {words[0].text}"
        behind = 4 if upper[1:4] == ["SET", "DATA", "TYPE"] else 2
        if upper[behind - 1 : behind] == ["TYPE"]:
            return self._retype(column, words[behind:])
        if upper[1:3] == ["SET", "DEFAULT"]:
            default = self.elsewhere.default(written(words[3:]), "")
            return [] if default is None else [f"{start} SET DEFAULT {default}"]
        if _IDENTITY.match(written(words[1:])):
            self.elsewhere.safe = False  # only the key of a table can do without
            return []
        return [f"{start} {written(words[1:])}"]

    def _retype(self, column: str, words: Sequence[Word]) -> list[str]:
        stop = end_of(words, frozenset({"COLLATE", "USING"}))
        told = written(words[:stop])
        textual = any(_IS_TEXT.match(each.text) for each in words[stop:])
        type_ = self.elsewhere.type(told, textual)
        if told.endswith("]") or type_ == "DATETIME":  # which are written otherwise as a text
            raise NotUnderstoodError
        rest = words[stop + 2 :] if [each.upper for each in words[stop : stop + 1]] == ["COLLATE"] else words[stop:]
        if rest and rest[0].upper != "USING":
            raise NotUnderstoodError
        if rest and _bare(written(rest[1:])) != column:
            self.assigned.append(f"{column} = {written(rest[1:])}")
            return [f"ALTER COLUMN {column} TYPE {type_}"]
        if not is_own(told) and type_ != "JSON":  # the values of some are rounded, cut or written otherwise
            self.elsewhere.safe = False
            return [f"ALTER COLUMN {column} TYPE {type_}{f' USING {column}::{type_}' if rest else ''}"]
        return [f"ALTER COLUMN {column} TYPE {type_}"]


_OTHERS = frozenset(
    {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "EXCLUDE", "("}
    | {"PARTITION", "GENERATED"}
)
"""What ADD and DROP may be followed by that is no column."""


def _behind_condition(upper: Sequence[str], place: int) -> int:
    """Where the name begins, behind IF [NOT] EXISTS."""
    place = 2 if upper[:2] == ["DROP", "CONSTRAINT"] else place
    if upper[place : place + 1] != ["IF"]:
        return place
    return place + (3 if upper[place + 1 : place + 2] == ["NOT"] else 2)


def _bare(sql: str) -> str:
    """A value without casts and parentheses around it, which say no more than what the type of its column does."""
    cast = False
    while True:
        sql = sql.strip()
        found = next(filter(None, (each.fullmatch(sql) for each in (CAST, _CAST_CALLED))), None)
        zoned = _ZONED.fullmatch(sql)
        if sql.startswith("(") and sql.endswith(")") and sql.count("(") == 1:
            sql = sql[1:-1]
        elif found is not None and (not cast or (type_here(found[2]) or "").startswith(("VARCHAR", "TEXT"))):
            sql, cast = found[1], True
        elif zoned is not None:
            sql = zoned[1]
        else:
            return sql
