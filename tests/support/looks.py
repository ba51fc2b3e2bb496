"""What stands in a SQLite database, read from its texts and PRAGMAs by nothing of the package.

A table is a list of columns and a list of parts: whatever else its CREATE TABLE, its indexes and its triggers say.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[^\W]+|\S""", re.DOTALL
)
_STARTS = {"constraint", "primary", "unique", "check", "foreign", "references", "null", "default", "collate"}
_STARTS |= {"generated", "as"}
_OF_TABLE = {"constraint", "primary", "unique", "check", "foreign"}
_IN_ANOTHER = {("references", "foreign"), ("as", "generated")}
_NOW = re.compile(r"20\d\d-\d\d-\d\d(?: \d\d:\d\d:\d\d)?|\d\d:\d\d:\d\d")
_TEMPORARY = "_alembic_tmp_"
Tokens = tuple[str, ...]
Violations = dict[tuple[str, str, frozenset[str]], int]
"""How many rows refer to none, by the table, the parent and the columns."""
NO_KEY = "no such key"
"""Stands for the parent where a key does not fit what it refers to."""
NAMED = ("unique", "check", "foreign key", "index", "trigger")
"""Kinds of parts that can be dropped by their names, so that a name is not to be lost."""


@dataclass(frozen=True)
class Part:
    """One thing that a table has. ``text`` holds names in lower case and without quotes."""

    kind: str
    columns: frozenset[str]
    text: Tokens
    name: str = ""

    def __str__(self) -> str:
        return " ".join([self.kind, *([self.name] if self.name else []), f"({', '.join(sorted(self.columns))})"])

    def renamed(self, columns: dict[str, str], names: dict[str, str]) -> Part:
        """The same where its columns, and whatever its text mentions, have got other names."""
        moved = frozenset(columns.get(each, each) for each in self.columns)
        return replace(self, columns=moved, text=tuple(names.get(each, each) for each in self.text))


@dataclass(frozen=True)
class Table:
    """``columns`` maps a name in lower case to the declared type, in order; ``rows`` are dictionaries by such names.

    ``fresh`` is a row for which only what must be given is: what has a default is what that makes of it.
    """

    name: str
    columns: dict[str, str]
    parts: list[Part]
    rows: list[dict[str, Any]]
    rowids: list[int]
    sequence: int
    fresh: dict[str, Any] = field(default_factory=dict)

    @property
    def numbered(self) -> bool:
        """Whether its rowids are nothing but that, so that a copy may give others."""
        keys = [part.columns for part in self.parts if part.kind == "primary key"]
        alias = any(len(key) == 1 and self.columns[next(iter(key))].upper() == "INTEGER" for key in keys)
        return bool(self.rowids) and not alias

    def contents(self) -> dict[str, list[str]]:
        """All of it that counts, as text: columns in their order, the rows with the storage classes of their values."""
        return {
            "columns": [f"{name} {kind}" for name, kind in self.columns.items()],
            "parts": sorted(f"{part} {' '.join(part.text)}" for part in self.parts),
            "rows": sorted(_NOW.sub("now", repr(row)) for row in self.rows),
            "defaults": [repr(self.fresh)],
            "sequence": [str(self.sequence)],
        }


@dataclass(frozen=True)
class Look:
    """All of a database, by names in lower case. ``broken`` are statements that it does not take, each
    with the name of the table or view, and the error."""

    tables: dict[str, Table] = field(default_factory=dict)
    views: dict[str, Tokens] = field(default_factory=dict)
    virtual: dict[str, Tokens] = field(default_factory=dict)
    broken: dict[tuple[str, str], str] = field(default_factory=dict)
    violations: Violations = field(default_factory=dict)

    def leaning_on(self, table: str) -> list[str]:
        """The virtual tables that find rows of this one by their rowids."""
        named = {table.lower(), f"'{table.lower()}'"}
        return [name for name, text in self.virtual.items() if named & set(text) and "content_rowid" not in text]

    def differences(self, other: Look) -> list[str]:
        """What another look at a database shows otherwise, each with the kind of it and the name of the table."""
        found = [f"{name}: not in both" for name in sorted(self.tables.keys() ^ other.tables.keys())]
        for name in sorted(self.tables.keys() & other.tables.keys()):
            one, two = self.tables[name].contents(), other.tables[name].contents()
            found += [f"{name}: {kind}: {one[kind]} and {two[kind]}" for kind in one if one[kind] != two[kind]]
        for kind in ("views", "broken", "violations"):
            one, two = getattr(self, kind), getattr(other, kind)
            if one != two:
                found.append(f"{kind}: {one} and {two}")
        return found

    @property
    def leftovers(self) -> list[str]:
        return [name for name in self.tables if name.startswith(_TEMPORARY)]


def look(raw: sqlite3.Connection) -> Look:
    """Read a database, also one in the middle of a transaction."""
    usual = raw.text_factory
    raw.text_factory = _decoded
    try:
        return _look(raw)
    finally:
        raw.text_factory = usual


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _look(raw: sqlite3.Connection) -> Look:
    found = Look()
    stored = raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    shadows = tuple(f"{name.lower()}_" for kind, name, _, sql in stored if _is_virtual(kind, sql))
    parts: dict[str, list[Part]] = {}
    for kind, name, owner, sql in stored:
        if kind == "view":
            found.views[name.lower()] = tokens(sql)
        elif kind == "index":
            parts.setdefault(owner.lower(), []).append(_index(name, tokens(sql)))
        elif kind == "trigger":
            parts.setdefault(owner.lower(), []).append(Part("trigger", frozenset(), tokens(sql), name.lower()))
        elif _is_virtual(kind, sql):
            found.virtual[name.lower()] = tokens(sql)
    for kind, name, _, sql in stored:
        key = name.lower()
        plain = kind == "table" and not _is_virtual(kind, sql) and not key.startswith(("sqlite_", *shadows))
        if plain and key != "alembic_version":
            found.tables[key] = _table(raw, name, sql, parts.get(key, []))
    with contextlib.closing(_empty_copy([row[3] for row in stored])) as copy:
        for name in (*found.tables, *found.views):
            spelled = found.tables[name].name if name in found.tables else name
            found.broken.update(((name, said), error) for said, error in _probe(copy, spelled, name in found.views))
        for table in found.tables.values():
            table.fresh.update(_fresh(copy, table))
    for name, table in found.tables.items():
        if any(part.kind == "foreign key" for part in table.parts):
            found.violations.update(_violations(raw, name))
    return found


def _is_virtual(kind: str, sql: str) -> bool:
    return kind == "table" and tokens(sql)[1:2] == ("virtual",)


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def tokens(sql: str) -> Tokens:
    """Names and keywords in lower case without quotes, literals as they stand, no comments."""
    return tuple(map(_plain, _raw(sql)))


def _raw(sql: str) -> list[str]:
    return [each for each in _TOKEN.findall(sql) if not each.startswith(("--", "/*"))]


def _plain(token: str) -> str:
    if token[0] in '"`' and len(token) > 1:
        return token[1:-1].replace(token[0] * 2, token[0]).lower()
    if token[0] == "[":
        return token[1:-1].lower()
    return token if token[0] == "'" else token.lower()


# Tables


def _table(raw: sqlite3.Connection, name: str, sql: str, more: list[Part]) -> Table:
    info = raw.execute(f"PRAGMA table_xinfo({quote(name)})").fetchall()
    columns = {row[1].lower(): row[2] for row in info if row[6] != 1}
    parts = [replace(part, columns=frozenset(columns).intersection(part.text)) for part in more]
    parts += _written(_raw(sql), frozenset(columns))
    selected = ", ".join(map(quote, columns)) or "NULL"
    rows = raw.execute(f"SELECT {selected} FROM {quote(name)} ORDER BY {_order(parts, info)}").fetchall()
    rowids = []
    if not any(part.kind == "without rowid" for part in parts) and "rowid" not in columns:
        rowids = [row[0] for row in raw.execute(f"SELECT rowid FROM {quote(name)} ORDER BY rowid")]
    return Table(name, columns, parts, [dict(zip(columns, row, strict=True)) for row in rows], rowids, _last(raw, name))


def _order(parts: list[Part], info: list[Any]) -> str:
    keys = [quote(row[1]) for row in sorted(info, key=lambda row: int(row[5])) if row[5]]
    return ", ".join(keys) if keys and any(part.kind == "without rowid" for part in parts) else "rowid"


def _last(raw: sqlite3.Connection, name: str) -> int:
    try:
        row = raw.execute("SELECT seq FROM sqlite_sequence WHERE name = ? COLLATE NOCASE", (name,)).fetchone()
    except sqlite3.Error:
        return 0
    return 0 if row is None else int(row[0] or 0)


def _written(sql: list[str], columns: frozenset[str]) -> Iterator[Part]:
    """What a CREATE TABLE says besides names and types of columns."""
    start = sql.index("(")
    end = len(sql) - sql[::-1].index(")") - 1
    options = tuple(map(_plain, sql[end + 1 :]))
    if "without" in options:
        yield Part("without rowid", frozenset(), ())
    if "strict" in options:
        yield Part("strict", frozenset(), ())
    for item in _split(sql[start + 1 : end]):
        column = "" if item[0].lower() in _OF_TABLE else _plain(item[0])
        name = ""
        for segment in _segments(item if not column else item[1:]):
            if segment[0].lower() == "constraint":
                name = _plain(segment[1])
                continue
            for part in _parts(segment, column, columns):
                yield replace(part, name=name if part.kind in NAMED else "")
            name = ""


def _split(items: list[str]) -> Iterator[list[str]]:
    depth, current = 0, list[str]()
    for token in items:
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            yield current
            current = []
        else:
            current.append(token)
    if current:
        yield current


def _segments(item: list[str]) -> Iterator[list[str]]:
    """The clauses of a column or of a constraint; the type and what is before is left out."""
    depth, current = 0, list[str]()
    for place, token in enumerate(item):
        word = token.lower()
        ahead = item[place + 1].lower() if place + 1 < len(item) else ""
        behind = item[place - 1].lower() if place else ""
        starts = word in _STARTS or (word == "not" and ahead == "null")
        own = current[0].lower() if current else ""
        inside = (word, own) in _IN_ANOTHER or behind in ("set", "default", "constraint", "collate")
        if starts and depth == 0 and not inside and not (word == "null" and own == "not" and len(current) == 1):
            if current:
                yield current
            current = []
        if current or (starts and depth == 0):
            current.append(token)
        depth += (token == "(") - (token == ")")
    if current:
        yield current


def _parts(segment: list[str], column: str, columns: frozenset[str]) -> Iterator[Part]:
    word, text = segment[0].lower(), tuple(map(_plain, segment))
    own = frozenset({column} if column else ())
    conflict = text[text.index("conflict") + 1] if "conflict" in text else ""
    if conflict and conflict != "abort":
        yield Part(f"{word} on conflict {conflict}", own or columns.intersection(text), ())
    if word == "check":
        yield Part("check", columns.intersection(text), _bare(text[1:]))
    elif word == "unique":
        yield Part("unique", own or columns.intersection(_within(text)), ())
    elif word == "primary":
        yield Part("primary key", own or columns.intersection(_within(text)), ())
        if "autoincrement" in text:
            yield Part("autoincrement", frozenset(), ())
    elif word in ("references", "foreign"):
        yield _foreign_key(text, own or columns.intersection(_within(text)))
    elif word == "not":
        yield Part("not null", own, ())
    elif word == "default":
        yield Part("default", own, _bare(text[1:]))
    elif word == "collate":
        yield Part("collate", own, text[1:2])
    elif word in ("generated", "as"):
        yield Part("generated", own, _bare(text[text.index("as") + 1 :])[:1])


def _foreign_key(text: Tokens, own: frozenset[str]) -> Part:
    text = text[text.index("references") + 1 :]
    tail = " ".join(text)
    actions = re.findall(r"on (?:delete|update) (?:set null|set default|cascade|restrict)", tail)
    deferred = ("deferred",) if "initially deferred" in tail and "not deferrable" not in tail else ()
    return Part("foreign key", own, (text[0], *_within(text[1:]), *sorted(actions), *deferred))


def _within(text: Tokens) -> Tokens:
    """What stands in the first brackets."""
    if "(" not in text:
        return ()
    start = text.index("(")
    return tuple(each for each in text[start + 1 : text.index(")", start)] if each != ",")


def _bare(text: Tokens) -> Tokens:
    """An expression without brackets around the whole of it."""
    while text[:1] == ("(",) and text[-1:] == (")",):
        depth = 0
        for place, token in enumerate(text):
            depth += (token == "(") - (token == ")")
            if depth == 0 and place < len(text) - 1:
                return text
        text = text[1:-1]
    return text


def _index(name: str, text: Tokens) -> Part:
    """An index; its table's name is left out, since that may change."""
    unique = ("unique",) if text[1] == "unique" else ()
    return Part("index", frozenset(), (*unique, *text[text.index("(") :]), name.lower())


# What can be said to it


def _empty_copy(statements: list[str]) -> sqlite3.Connection:
    """The same schema on another connection: SQLite 3.40 crashes over EXPLAIN on one that has altered tables."""
    copy = sqlite3.connect(":memory:")
    for statement in statements:
        with contextlib.suppress(sqlite3.Error):
            copy.execute(statement)
    return copy


def _probe(raw: sqlite3.Connection, name: str, view: bool) -> Iterator[tuple[str, str]]:
    """Statements that SQLite cannot prepare: a view, trigger or default is in the way, or the key of a parent."""
    statements = [f"SELECT * FROM {quote(name)}"]
    if not view:
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({quote(name)})")]
        statements += [f"INSERT INTO {quote(name)} DEFAULT VALUES", f"DELETE FROM {quote(name)}"]
        statements += [f"UPDATE {quote(name)} SET {quote(each)} = {quote(each)}" for each in columns[:1]]
    for statement in statements:
        try:
            raw.execute(f"EXPLAIN {statement}").fetchall()
        except sqlite3.Error as error:  # noqa: PERF203
            yield statement, str(error)


def _fresh(copy: sqlite3.Connection, table: Table) -> dict[str, Any]:
    """Columns and values of a row with defaults; no other than those that need none where it cannot be inserted."""
    name = quote(table.name)
    info = copy.execute(f"PRAGMA table_info({name})").fetchall()
    given = {row[1]: 1 for row in info if row[3] and row[4] is None}
    names, marks = ", ".join(map(quote, given)), ", ".join("?" * len(given))
    values = f"({names}) VALUES ({marks})" if given else "DEFAULT VALUES"
    try:
        copy.execute("PRAGMA ignore_check_constraints=ON")
        copy.execute(f"INSERT INTO {name} {values}", list(given.values()))
        made = copy.execute(f"SELECT * FROM {name}").fetchone() or ()
    except sqlite3.Error:
        return {}
    plain = [_NOW.sub("now", each) if isinstance(each, str) else each for each in made]
    return {row[1].lower(): value for row, value in zip(info, plain, strict=False) if row[4] is not None}


def _violations(raw: sqlite3.Connection, name: str) -> Violations:
    found: Violations = {}
    try:
        keys: dict[int, set[str]] = {}
        for row in raw.execute(f"PRAGMA foreign_key_list({quote(name)})").fetchall():
            keys.setdefault(row[0], set()).add(row[3].lower())
        for _, _, parent, key in raw.execute(f"PRAGMA foreign_key_check({quote(name)})").fetchall():
            place = (name, parent.lower(), frozenset(keys[key]))
            found[place] = found.get(place, 0) + 1
    except sqlite3.Error:
        found[name, NO_KEY, frozenset()] = 1
    return found
