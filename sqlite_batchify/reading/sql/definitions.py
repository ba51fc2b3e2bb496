"""Definitions of tables and columns for other databases, as they are said to SQLite.

https://www.postgresql.org/docs/current/sql-createtable.html, https://dev.mysql.com/doc/refman/8.4/en/create-table.html,
https://sqlite.org/lang_createtable.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from .code import NotUnderstoodError
from .defaults import NOTHING, NOW, on_sqlite
from .engine import PART, answer, name_in, refusal, table_for
from .rows import TRUTHS, Otherwise, expression_on_sqlite
from .types import COLLATIONS, is_own, kind_of, type_here

_COMMENT = re.compile(r"--|/\*|\$\w*\$|\\")
_BEHIND_TYPE = frozenset(
    {"NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "CONSTRAINT", "GENERATED", "COLLATE", "KEY"}
    | {"AUTO_INCREMENT", "AUTOINCREMENT", "COMMENT", "ON", "CHARSET", "FIRST", "AFTER", "USING", "AS", "DEFERRABLE"}
    | {"INITIALLY", "STORAGE", "COMPRESSION", "IDENTITY", "INVISIBLE", "VISIBLE"}
)
"""What ends the type of a column, or a default."""
_OPTION = re.compile(
    r"(?:\s*,?\s*(?:(?:DEFAULT\s+)?(?:ENGINE|CHARSET|CHARACTER\s+SET|COLLATE|AUTO_INCREMENT|COMMENT|ROW_FORMAT|TABLESPACE"
    r"|KEY_BLOCK_SIZE|STATS_PERSISTENT|PACK_KEYS|CHECKSUM)\s*=?\s*(?:'(?:[^']|'')*'|[\w\"`]+)|WITH\s*\([^()]*\)"
    r"|PARTITION\s+BY\s+(?:RANGE|LIST|HASH)\s*\([^()]*\)))*\s*",
    re.IGNORECASE,
)
"""What may stand behind a CREATE TABLE, and says nothing of what is in it."""
_CREATES = re.compile(r"CREATE\s+(?:(?:TEMP|TEMPORARY|UNLOGGED)\s+)?TABLE\b", re.IGNORECASE)
_AFFINITIES = (
    ("INTEGER", ("INT",)),
    ("TEXT", ("CHAR", "CLOB", "TEXT")),
    ("BLOB", ("BLOB",)),
    ("REAL", ("REAL", "FLOA", "DOUB")),
)
_HANGS = re.compile(r"[-+/%]|\bLIKE\b|\blength\s*\(", re.IGNORECASE)
"""What a condition may hold that comes out otherwise for some types: days, whole numbers, texts of capital letters."""
_TEXTS = re.compile(r"'[^']*'")
_HOLDS = "1 = 1"
_LONGEST = 20_000  # characters
_TEXT_CAST = re.compile(
    r"('(?:[^']|'')*')(?:\s*::\s*(?:text|varchar|character\s+varying|bpchar)\b(?!\s*[\[(]))?"
    r"|\s*::\s*(?:text|varchar|character\s+varying|bpchar)\b(?!\s*[\[(])",
    re.IGNORECASE,
)
"""As PostgreSQL writes the conditions of columns that are texts."""
_NAMED = re.compile(r'"(?:[^"]|"")*"|`[^`]*`|[A-Za-z_]\w*')


@lru_cache(maxsize=16)
def table_on_sqlite(sql: str) -> tuple[tuple[str, ...], bool] | None:
    """The statements that make the table on SQLite which a CREATE TABLE makes elsewhere, and if it surely is the same.

    None if it is not understood, or SQLite makes it from the same statement.
    """
    if _CREATES.match(sql) is None or len(sql) > _LONGEST:
        return None
    reading = Elsewhere(stored=True)
    try:
        told = reading.table(sql)
    except (NotUnderstoodError, IndexError):
        return None
    if refusal(sql) is None and not reading.needed:
        return None
    made = all(refusal(each, *told[:place]) is None for place, each in enumerate(told))
    return (told, reading.safe) if made else None


def condition_on_sqlite(sql: str, computed: bool = False) -> Otherwise | None:
    """The condition of a CHECK on SQLite, or what a ``computed`` column is.

    None if SQLite takes it as it is, or if that is not known.
    """
    if len(sql) > _LONGEST or _is_condition(sql):
        return None
    reading = Elsewhere(stored=True)
    try:
        told = reading.condition(sql, computed)
    except NotUnderstoodError:
        return None
    return None if told == sql else Otherwise(told, reading.safe)


class Word(NamedTuple):
    """A word, a name in quotes, a text or a sign; ``apart`` if there is space before it."""

    text: str
    apart: bool = True

    @property
    def upper(self) -> str:
        return self.text.upper()


class Elsewhere:
    """Reads definitions of other databases. Its methods raise NotUnderstoodError.

    ``safe`` if what they make of them surely does the same, ``needed`` if SQLite would make something else of a type or
    default. ``counting`` are the columns that get numbers by themselves. ``stored`` if what they say is for SQLite
    itself, and not for operations.
    """

    def __init__(self, stored: bool) -> None:
        self.safe = True
        self.needed = False
        self.counting: list[str] = []
        self.moves = False
        self.condition_of_index = ""
        self.stored = stored

    def column(self, words: Sequence[Word]) -> str:
        """A column's definition."""
        if not words or not _NAMED.fullmatch(words[0].text):
            raise NotUnderstoodError
        name, rest = words[0].text, words[1:]
        stop = end_of(rest, _BEHIND_TYPE)
        told = written(rest[:stop])
        clauses, counts = self._clauses(rest[stop:], told)
        self.counting += [name_in(name)] if counts else []
        type_ = self.type("SERIAL" if counts else told)
        return " ".join([name, type_, *clauses])

    def type(self, sql: str, textual: bool = False) -> str:
        """A type. One that the history makes may be anything but a text, if it is not told to be ``textual``."""
        told = type_here(sql)
        if told is None:
            raise NotUnderstoodError
        told = "CHAR(32)" if self.stored and told == "UUID" else told
        self.needed = self.needed or _affinity(told) != _affinity(sql) or "SERIAL" in sql.upper()
        self.safe = self.safe and (textual or not is_own(sql))
        return sql if told == sql.upper() else told

    def default(self, sql: str, kind: str) -> str | None:
        """A default, None if SQLite needs none."""
        here = on_sqlite(sql, kind)
        if here is None:
            return sql
        if not here.known:
            raise NotUnderstoodError
        self.needed = True
        if here.text == NOW:
            return "CURRENT_TIMESTAMP" if self.stored else "now()"
        if here.text == NOTHING:  # which only the key of a table can do without
            self.safe = False
            return None
        return here.text

    def condition(self, sql: str, computed: bool = False) -> str:
        """What the parentheses of a CHECK hold, or of a column that is ``computed``.

        What SQLite cannot check always holds there.
        """
        self.safe = self.safe and not _hangs_on_types(sql)
        if _is_condition(sql):
            return sql
        literal = _TEXT_CAST.sub(lambda match: match[1] or match[0], sql)
        plain = _TEXT_CAST.sub(lambda match: match[1] or "", sql)
        told = plain if _is_condition(plain) else None
        here = expression_on_sqlite(plain) if told is None else Otherwise(told, True)
        if here is None and computed:
            raise NotUnderstoodError
        self.safe = self.safe and here is not None and here.safe and plain == literal
        return _HOLDS if here is None else here.sql

    def _clauses(self, words: Sequence[Word], type_: str) -> tuple[list[str], bool]:
        """What stands behind the type, and whether the column counts by itself."""
        told: list[str] = []
        counts = "SERIAL" in type_.upper()
        reading = list(words)
        while reading:
            word, next_ = reading[0].upper, reading[1].upper if len(reading) > 1 else ""
            if word == "DEFAULT":
                first = closing(reading, 1) if next_ == "(" else 2
                stop = first + end_of(reading[first:], _BEHIND_TYPE)
                default = self.default(written(reading[1:stop]), kind_of(type_))
                told += [] if default is None else [f"DEFAULT {default}"]
            elif word == "AUTO_INCREMENT":
                counts, stop = True, 1
            elif word == "GENERATED" and "IDENTITY" in [each.upper for each in reading[:5]]:
                stop = _behind_parentheses(reading, [each.upper for each in reading].index("IDENTITY") + 1)
                counts = True
            elif word in ("NOT", "PRIMARY") and next_ in ("NULL", "KEY"):
                told.append(f"{word} {next_}")
                stop = 2
            elif word in ("NULL", "UNIQUE"):
                told.append(word)
                stop = 2 if next_ == "KEY" else 1
            elif word == "CONSTRAINT":
                told.append(written(reading[:2]))
                stop = 2
            elif word == "REFERENCES":
                stop = self._reference(reading)
                told.append(written(reading[:stop]))
            elif word == "CHECK" and next_ == "(":
                stop = closing(reading, 1)
                told.append(f"CHECK ({self.condition(written(reading[2 : stop - 1]))})")
            elif word == "COLLATE" and next_ in COLLATIONS:
                told.append(written(reading[:2]))
                stop = 2
            elif word in ("COLLATE", "COMMENT", "CHARSET"):
                stop = 2
            elif word == "CHARACTER" and next_ == "SET":
                stop = 3
            elif word in ("FIRST", "AFTER"):
                self.safe = self.safe and word == "AFTER" and not self.moves
                stop = 1 if word == "FIRST" else 2
            elif word == "ON" and next_ == "UPDATE":
                stop = _behind_parentheses(reading, 3)
            else:
                raise NotUnderstoodError
            reading = reading[stop:]
        return told, counts

    def _reference(self, words: Sequence[Word]) -> int:
        """Where a REFERENCES ends."""
        upper = [each.upper for each in words]
        if len(words) < 2 or not _NAMED.fullmatch(words[1].text) or upper[2:3] == ["."]:
            raise NotUnderstoodError
        stop = _behind_parentheses(words, 2)
        while stop < len(words):
            if upper[stop] == "ON" and upper[stop + 1 : stop + 2] in (["DELETE"], ["UPDATE"]):
                stop += 4 if upper[stop + 2 : stop + 3] in (["SET"], ["NO"]) else 3
            elif upper[stop] == "DEFERRABLE":
                stop += 1
            elif upper[stop : stop + 2] == ["NOT", "DEFERRABLE"] or upper[stop] == "INITIALLY":
                stop += 2
            else:
                break
        return stop

    def table(self, sql: str) -> tuple[str, ...]:
        """The statements that make a table as this one does."""
        words = words_of(sql)
        upper = [each.upper for each in words]
        if "(" not in upper or "TABLE" not in upper or upper[0] != "CREATE":
            raise NotUnderstoodError
        start = upper.index("(")
        stop = closing(words, start)
        head = [each for each in words[:start] if each.upper != "UNLOGGED"]
        name = head[-1].text
        if "." in name or not _NAMED.fullmatch(name) or head[-2].upper not in ("TABLE", "EXISTS"):
            raise NotUnderstoodError
        if not _OPTION.fullmatch(written(words[stop:])):
            raise NotUnderstoodError
        self.condition_of_index = "IF NOT EXISTS " if "EXISTS" in upper[:start] else ""
        told: list[str] = []
        indexes: list[str] = []
        for element in split(words[start + 1 : stop - 1]):
            made = self._element(element, name)
            if made.startswith("CREATE INDEX"):
                indexes.append(made)
            elif made:
                told.append(made)
        made = f"{written(head)} ({', '.join(told)})"
        keys = answer("SELECT name FROM pragma_table_info(?) WHERE pk", made, given=(name_in(name),))
        if self.counting and [(each,) for each in self.counting] != keys:
            raise NotUnderstoodError
        return (made, *indexes)

    def _element(self, words: Sequence[Word], table: str) -> str:
        upper = [each.upper for each in words]
        start = 2 if upper[:1] == ["CONSTRAINT"] else 0
        named, word = written(words[:start]), upper[start : start + 1]
        if word in (["FULLTEXT"], ["SPATIAL"]) and not start:
            return ""
        if word in (["KEY"], ["INDEX"]) and upper[2:3] == ["("] and not start:
            stop = closing(words, 2)
            if stop < len(words):
                raise NotUnderstoodError
            columns = ", ".join(self._keyed(each) for each in split(words[3:-1]))
            return f"CREATE INDEX {self.condition_of_index}{words[1].text} ON {table} ({columns})"
        if word == ["UNIQUE"] and upper[start + 1 : start + 2] in (["KEY"], ["INDEX"]):
            named = named if start else f"CONSTRAINT {words[2].text}"
            words = [Word("UNIQUE"), *words[start + 3 :]]
            return f"{named} {self._listed(words, 1)}"
        if word in (["UNIQUE"], ["PRIMARY"]):
            place = start + (1 if word == ["UNIQUE"] else 2)
            return " ".join(filter(None, (named, self._listed(words[start:], place - start))))
        if word == ["FOREIGN"] and upper[start + 1 : start + 3] == ["KEY", "("]:
            behind = closing(words, start + 2)
            if upper[behind : behind + 1] != ["REFERENCES"]:
                raise NotUnderstoodError
            if behind + self._reference(words[behind:]) != len(words):
                raise NotUnderstoodError
            return written(words)
        if word == ["CHECK"] and upper[start + 1 : start + 2] == ["("] and closing(words, start + 1) == len(words):
            told = f"CHECK ({self.condition(written(words[start + 2 : -1]))})"
            return f"{named} {told}".strip()
        if start or word in (["EXCLUDE"], ["LIKE"], ["FOREIGN"], ["CHECK"]):
            raise NotUnderstoodError
        return self.column(words)

    def _listed(self, words: Sequence[Word], place: int) -> str:
        """UNIQUE or PRIMARY KEY and the columns, at ``place``, and nothing else."""
        if words[place : place + 1] == [] or words[place].text != "(" or closing(words, place) != len(words):
            raise NotUnderstoodError
        if any(len(each) != 1 for each in split(words[place + 1 : -1])):
            raise NotUnderstoodError
        return written(words)

    def _keyed(self, words: Sequence[Word]) -> str:
        """A column of an index, without how many of its characters."""
        if len(words) == 4 and words[1].text == "(" and words[2].text.isdecimal():
            words = words[:1]
        if len(words) != 1 and not (len(words) == 2 and words[1].upper in ("ASC", "DESC")):
            raise NotUnderstoodError
        return written(words)


def _is_condition(sql: str) -> bool:
    """Whether SQLite understands it, as the condition of a CHECK."""
    return "::" not in _TEXTS.sub("", sql) and refusal(f"SELECT ({sql}) FROM t", table_for("t", sql)) is None


def _hangs_on_types(sql: str) -> bool:
    """Whether a condition may come out otherwise for columns of some types, as for booleans and arrays."""
    texts = {each[1:-1].lower() for each in _TEXTS.findall(sql)}
    return _HANGS.search(_TEXTS.sub("", sql)) is not None or not texts.isdisjoint({*TRUTHS, "{}"})


def _affinity(type_: str) -> str:
    """What SQLite makes of the values of a type (https://sqlite.org/datatype3.html#determination_of_column_affinity)."""
    upper = type_.upper()
    for affinity, words in _AFFINITIES:
        if any(word in upper for word in words):
            return affinity
    return "NUMERIC"


def words_of(sql: str) -> list[Word]:
    """The words of some SQL. Raises NotUnderstoodError at a comment, or what is quoted in a way of its own."""
    if _COMMENT.search(_TEXTS.sub("", sql)) or "\\" in sql:
        raise NotUnderstoodError
    found: list[Word] = []
    end = 0
    for match in PART.finditer(sql):
        found.append(Word(match.group(), match.start() > end))
        end = match.end()
    return found


def written(words: Sequence[Word]) -> str:
    """These words as SQL, on one line."""
    return "".join(f"{' ' if each.apart else ''}{each.text}" for each in words).strip()


def split(words: Sequence[Word], divider: str = ",") -> Iterator[Sequence[Word]]:
    """What stands between commas that are in no parentheses."""
    depth, start = 0, 0
    for place, word in enumerate(words):
        depth += (word.text == "(") - (word.text == ")")
        if word.text == divider and depth == 0:
            yield words[start:place]
            start = place + 1
    yield words[start:]


def closing(words: Sequence[Word], start: int) -> int:
    """The place behind the parenthesis that closes the one at ``start``."""
    depth = 0
    for place in range(start, len(words)):
        depth += (words[place].text == "(") - (words[place].text == ")")
        if depth == 0:
            return place + 1
    raise NotUnderstoodError


def _behind_parentheses(words: Sequence[Word], start: int) -> int:
    """The place behind what stands in parentheses there, if anything does."""
    return closing(words, start) if words[start : start + 1] and words[start].text == "(" else start


def end_of(words: Sequence[Word], ends: frozenset[str]) -> int:
    """The place of the first of these words that is in no parentheses."""
    depth = 0
    for place, word in enumerate(words):
        if depth == 0 and (
            word.upper in ends or [each.upper for each in words[place : place + 2]] == ["CHARACTER", "SET"]
        ):
            return place
        depth += (word.text == "(") - (word.text == ")")
    return len(words)
