"""Raw SQL about indexes that SQLite does not take, and the operations that do the same on every database.

What SQLite takes, it is asked itself (https://sqlite.org/lang_createindex.html). The others' clauses are those of
https://www.postgresql.org/docs/current/sql-createindex.html and
https://dev.mysql.com/doc/refman/8.4/en/create-index.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .code import Keywords, NotUnderstoodError, Writer
from .engine import name_in, parts_of, quoted, refusal, table_for

_ANY = re.compile(r"\b(?:CREATE|DROP)\s+(?:\w+\s+)?INDEX\s", re.IGNORECASE)
_BEGIN = re.compile(rf"(?:\s|--[^\n]*\n)*(?={_ANY.pattern})", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_NAME = r"""("[^"]+"|`[^`]+`|\[[^\]]+\]|\w+)"""
_DROPPED = re.compile(rf"DROP\s+INDEX\s+(?:IF\s+EXISTS\s+)?(?:\w+\s*\.\s*)?{_NAME}", re.IGNORECASE)
_ON = re.compile(rf"""\sON\s*{_NAME}""", re.IGNORECASE)
_ERROR = re.compile(
    r'near "(.+)": syntax error|unsupported use of NULLS|unrecognized token: ":"|no such function: (.+)'
)
_CLAUSES = frozenset(
    {"USING", "INCLUDE", "ON", "FULLTEXT", "SPATIAL", "WITH", "TABLESPACE", "CASCADE", "RESTRICT", "COMMENT"}
)
"""What SQLite takes in no place where it may stop at it, whatever an f-string fills in elsewhere."""
_PREFIXES = ("FULLTEXT", "SPATIAL")
_OF_MYSQL = frozenset({*_PREFIXES, "COMMENT", "ALGORITHM", "LOCK", "KEY_BLOCK_SIZE", "PARSER"})
_OF_SQL_SERVER = frozenset({"CLUSTERED", "NONCLUSTERED", "COLUMNSTORE", "DROP_EXISTING"})


def may_hold_index(text: str) -> bool:
    """Whether it is worth looking for statements about indexes in a text."""
    return _ANY.search(text) is not None


def refused_indexes(sql: str) -> Iterator[str]:
    """The statements in a text that create or drop an index in a way that SQLite does not take.

    ``{}`` stands for what an f-string fills in.
    """
    for part in sql.split(";"):
        begin = _BEGIN.match(part)
        if begin is not None and _is_refused(part[begin.end() :].strip()):
            yield part[begin.end() :].strip()


def _is_refused(statement: str) -> bool:
    told = statement.replace("{}", "x")
    dropped, on = _DROPPED.match(told), _ON.search(told)
    if dropped is not None:
        before = ["CREATE TABLE indexed (x)", f"CREATE INDEX {quoted(name_in(dropped[1]))} ON indexed (x)"]
    else:
        before = [table_for("t" if on is None else name_in(on[1]), told)]
    error = refusal(told, *before)
    found = None if error is None else _ERROR.match(error)
    if found is None:
        return False
    if found[2] is not None:  # the first characters of a column, and no function of the application's own
        return any(
            name_in(name).casefold() == found[2].casefold() and number.isdecimal() and closing == ")"
            for name, _, number, closing in _windows(parts_of(told))
        )
    return told == statement or (found[1] or "").upper() in _CLAUSES


def _windows(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (parts[start : start + 4] for start in range(len(parts) - 3))


def read_index(statement: str, writer: Writer) -> tuple[str | None, str]:
    """The operation that does the same, None if not all of it is understood, and which database it is written for."""
    reader = _Reader(statement)
    words = [each.upper() for each in reader.parts]
    of_mysql = "ON" in words if words[0] == "DROP" else not _OF_MYSQL.isdisjoint(words) or reader.holds_prefix()
    database = "mssql" if not _OF_SQL_SERVER.isdisjoint(words) else "mysql" if of_mysql else "postgresql"
    try:
        operation = None if "{" in words else reader.operation(writer)
    except (NotUnderstoodError, IndexError):
        operation = None
    return operation, database


def index_on_sqlite(statement: str) -> str | None:
    """The SQL for an index like this on SQLite; None if not all of it is understood, or if it would say more there."""
    reader = _Reader(statement)
    try:
        name, args, keywords = reader.read()
    except (NotUnderstoodError, IndexError):
        return None
    if name == "drop_index":
        return f"DROP INDEX {'IF EXISTS ' if 'if_exists' in keywords else ''}{_named(args[0])}"
    unique = "unique" in keywords
    if unique and "mysql_length" in keywords:  # only the first characters are
        return None
    columns = ", ".join(map(_named, args[2])) if isinstance(args[2], tuple) else ""
    opening = f"CREATE {'UNIQUE ' if unique else ''}INDEX {'IF NOT EXISTS ' if 'if_not_exists' in keywords else ''}"
    return f"{opening}{_named(args[0])} ON {_named(args[1])} ({columns})"


def _named(name: object) -> str:
    text = str(name)
    return text if _PLAIN.fullmatch(text) and refusal(f"CREATE TABLE {text} (x)") is None else quoted(text)


class _Reader:
    """Reads a statement from its first part to the last. Its methods raise NotUnderstoodError, or IndexError."""

    def __init__(self, statement: str) -> None:
        self.parts = parts_of(statement)
        self.at = 0

    def holds_prefix(self) -> bool:
        return any(
            opening == "(" and number.isdecimal() and closing == ")"
            for _, opening, number, closing in _windows(self.parts)
        )

    def operation(self, writer: Writer) -> str:
        return writer.operation(*self.read())

    def read(self) -> tuple[str, tuple[object, ...], Keywords]:
        """The operation, its arguments and its keywords."""
        read = self._drop if self._take("DROP") else self._create
        found = read()
        if self.at < len(self.parts):
            raise NotUnderstoodError
        return found

    def _drop(self) -> tuple[str, tuple[object, ...], Keywords]:
        self._expect("INDEX")
        keywords: dict[str, object] = {}
        if self._take("CONCURRENTLY"):
            keywords["postgresql_concurrently"] = True
        if self._take("IF"):
            self._expect("EXISTS")
            keywords["if_exists"] = True
        name = self._name()
        if self._take("ON"):
            keywords = {"table_name": self._name(), **keywords}
        self._take("RESTRICT")
        return "drop_index", (name,), keywords

    def _create(self) -> tuple[str, tuple[object, ...], Keywords]:
        self._expect("CREATE")
        keywords: dict[str, object] = {"unique": True} if self._take("UNIQUE") else {}
        keywords |= {"mysql_prefix": each} if (each := self._one_of(_PREFIXES)) else {}
        self._expect("INDEX")
        if self._take("CONCURRENTLY"):
            keywords["postgresql_concurrently"] = True
        if self._take("IF"):
            keywords["if_not_exists"] = all((self._expect("NOT"), self._expect("EXISTS")))
        name = self._name()
        keywords |= self._method("mysql_using")
        self._expect("ON")
        table = self._name()
        keywords |= self._method("postgresql_using")
        columns, told = self._columns()
        keywords |= {**told, **self._method("mysql_using")}
        if self._take("INCLUDE"):
            keywords["postgresql_include"] = self._columns()[0]
        return "create_index", (name, table, columns), keywords

    def _method(self, keyword: str) -> Keywords:
        """A default is not said."""
        method = self._name().lower() if self._take("USING") else "btree"
        return {} if method == "btree" else {keyword: method}

    def _columns(self) -> tuple[tuple[str, ...], dict[str, object]]:
        """The columns in parentheses, and what is said of them for single databases."""
        lengths: dict[str, int] = {}
        classes: dict[str, str] = {}
        columns: list[str] = []
        self._expect("(")
        while not columns or self._take(","):
            column = self._name()
            columns.append(column)
            if self._take("("):
                lengths[column] = self._number()
                self._expect(")")
            if self.parts[self.at].upper() not in (",", ")", "ASC"):
                classes[column] = self._name()
            self._take("ASC")
        self._expect(")")
        keywords: dict[str, object] = {}
        if lengths:
            keywords["mysql_length"] = lengths if len(columns) > 1 else lengths[columns[0]]
        if classes:
            keywords["postgresql_ops"] = classes
        return tuple(columns), keywords

    def _next(self) -> str:
        self.at += 1
        return self.parts[self.at - 1]

    def _take(self, word: str) -> bool:
        """Whether it comes next; then it is passed over."""
        taken = self.at < len(self.parts) and self.parts[self.at].upper() == word
        self.at += taken
        return taken

    def _one_of(self, words: Sequence[str]) -> str | None:
        return next((each for each in words if self._take(each)), None)

    def _expect(self, word: str) -> bool:
        if not self._take(word):
            raise NotUnderstoodError
        return True

    def _number(self) -> int:
        number = self._next()
        if not number.isdecimal():
            raise NotUnderstoodError
        return int(number)

    def _name(self) -> str:
        part = self._next()
        name = name_in(part)
        if not name.replace("$", "_").isidentifier() or (name == part and name.upper() in _NO_NAMES):
            raise NotUnderstoodError
        return name


_NO_NAMES = frozenset({"ON", "ONLY", "USING", "IF", "NOT", "EXISTS", "WHERE", "INCLUDE", "NULLS", "COLLATE", "DESC"})
