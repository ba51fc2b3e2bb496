"""What the scripts of a folder tell by their bytes of the tables that blocks copy, so that most are never parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable

_OBJECT = re.compile(rb"(?i)\bCREATE\s+(?:TEMP\s+|TEMPORARY\s+)?(?:VIEW|TRIGGER|VIRTUAL\s+TABLE)\b")
_KINDS = (b"VIEW", b"TRIGGER", b"view", b"trigger", b"View", b"Trigger", b"VIRTUAL", b"virtual")
_INDEX = re.compile(rb"(?i)\bCREATE\s+(?:UNIQUE\s+)?INDEX\b")
_INDEXING = re.compile(rb"\b(?:create_index|Index)\(")
_NO_NAME = re.compile(rb"\b(?:text|literal_column|column|desc|asc|collate)\(|\bfunc\.")
_MOST = 300  # bytes, up to the end of an index's columns
_CHANGING = re.compile(
    rb"(?i)view|trigger|entit|virtual|\.sql\b|read_text|\bopen\b|read_sql|\bRENAME\s"
    rb"|\b(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\b|\bDROP\s+COLUMN\b"
)
"""What may drop or change a view, a trigger or an index without a word about its table; see executed.py."""
_CREATED = (re.compile(rb"""create_table\(\s*["'](\w+)["']"""), re.compile(rb"""Table\(\s*["'](\w+)["']"""))
"""Each begins with a word that is searched for fast."""
_SUFFERING = (
    *(b"sqlite_autoincrement", b"CheckConstraint", b"create_constraint", b"collation"),
    *(b"sqlite_on_conflict", b"inline_references", b"UUID", b"BINARY"),
)
"""What stands in a script that creates something which the copy of its table loses."""
_TABLE = re.compile(rb"(?i)\bCREATE\s{1,9}TABLE\s{1,9}(?:IF\s{1,9}NOT\s{1,9}EXISTS\s{1,9})?(?:\\?[\"'`\[]){0,2}(\w+)")
_PART = re.compile(rb"(?i)\b(?:AUTOINCREMENT|COLLATE|CHECK|DEFERRABLE|ON\s{1,9}(?:CONFLICT|DELETE|UPDATE))\b")
"""What SQLAlchemy does not reflect; see sql/parts.py."""
_RENAMED = re.compile(rb"""rename_table\(\s{0,99}["'](\w+)["']\s{0,99},\s{0,99}["'](\w+)["']""")
_DEFAULT = re.compile(rb"""server_default\s{0,9}=[\s\w.(]{0,99}["'][^\n]{0,200}?[^\w:]:\w""")
_TAKING = (b"CASCADE", b"cascade", b"SET NULL", b"set null", b"SET DEFAULT")
_TARGET = re.compile(rb"""["'](?:\w+\.)?(\w+)\.\w+["']""")
_NEW_TYPE = re.compile(
    rb"(?<!existing_)\btype_\s{0,9}=\s{0,99}[\w.]{0,99}?(?i:INT|DATE|TIME|NUM|DEC|FLOAT|REAL|DOUBLE|BOOL|UUID)"
)
_OLD_TYPE = re.compile(
    rb"existing_type\s{0,9}=\s{0,99}[\w.]{0,99}?(?i:CHAR|STRING|TEXT|CLOB|UNICODE|ENUM|DATE|TIME|INTERVAL|JSON|UUID)"
)
_NAMED = re.compile(rb"""["'](\w+)["']""")


def holds_objects(source: bytes) -> bool:
    """Whether a script may create a view or a trigger, as SQLite takes them, or an index that a copy loses."""
    held = any(kind in source for kind in _KINDS) and _OBJECT.search(source) is not None
    return held or _holds_index(source)


def _holds_index(source: bytes) -> bool:
    if (b"INDEX" in source or b"index" in source) and _INDEX.search(source) is not None:
        return True
    if b"create_index(" not in source and b"Index(" not in source:
        return False
    starts = (found.end() for found in _INDEXING.finditer(source))
    return any(_NO_NAME.search(source[start : start + _MOST].partition(b"]")[0]) for start in starts)


def may_change_objects(source: bytes) -> bool:
    """Whether a script may do something to a view, a trigger or an index of which another tells."""
    return _CHANGING.search(source) is not None


def _suffers(source: bytes) -> bool:
    held = any(each in source for each in _SUFFERING)
    return held or (b"server_default" in source and _DEFAULT.search(source) is not None)


def _tables_in_texts(source: bytes) -> list[bytes]:
    """The names of tables that texts of SQL create, if a copy of them may lose something."""
    if not any(each in source for each in (b"TABLE", b"create table", b"Create Table")):
        return []
    found = _TABLE.findall(source)
    return found if found and _PART.search(source) is not None else []


def may_cast(source: bytes) -> bool:
    """Whether a script may give a column of texts a type that is none."""
    if b"type_" not in source or _NEW_TYPE.search(source) is None:
        return False
    untold = source.count(b"type_=") > 2 * source.count(b"existing_type=")
    return untold or _OLD_TYPE.search(source) is not None


class Beside:
    """What the scripts of one folder tell together.

    ``objects`` if any may create a view, a trigger, or an index that a copy loses; ``tables`` are the names of those
    that are created, by the same in lower case. ``suffering`` are the names in scripts that create what the copy of a
    table loses, ``parents`` those that rows of other tables may hang on.
    """

    def __init__(self, sources: Iterable[bytes]) -> None:
        self.objects = False
        self.tables: dict[bytes, set[bytes]] = {}
        self.suffering: set[bytes] = set()
        self.parents: set[bytes] = set()
        self._renamed: list[tuple[bytes, bytes]] = []
        for source in sources:
            self._add(source)
        for old, new in self._renamed:
            for names in (self.suffering, self.parents):
                names |= {old, new} if old in names or new in names else set()

    def _add(self, source: bytes) -> None:
        self.objects = self.objects or holds_objects(source)
        for pattern in _CREATED:
            for name in pattern.findall(source):
                self.tables.setdefault(name.lower(), set()).add(name)
        if _suffers(source):
            self.suffering.update(_NAMED.findall(source))
        self.suffering.update(_tables_in_texts(source))
        if b"rename_table(" in source:
            self._renamed += _RENAMED.findall(source)
        if any(each in source for each in _TAKING):
            self.parents.update(_NAMED.findall(source), _TARGET.findall(source))

    def spelled(self, word: str) -> set[str]:
        """The tables of this name in whatever case."""
        return {each.decode() for each in self.tables.get(word.encode(errors="replace").lower(), ())}

    def concerns(self, source: bytes) -> bool:
        """Whether something may stand in them, or in this script itself, of the tables that this one copies."""
        if self.objects or holds_objects(source):
            return True
        own = Beside((source,)).tables
        return any(
            each - {name} or own.get(name.lower(), set()) - {name}
            for name in set(_NAMED.findall(source))
            if (each := self.tables.get(name.lower(), set())) or name.lower() in own
        )

    def keeps(self, source: bytes) -> bool:
        """Whether the copy of a table in this script may lose what something in them, or in itself, has created."""
        if _suffers(source) or _tables_in_texts(source):
            return True
        return bool(self.suffering) and not self.suffering.isdisjoint(_NAMED.findall(source))

    def takes(self, source: bytes) -> bool:
        """Whether rows of other tables may hang on those of a table that this script copies."""
        if any(each in source for each in _TAKING):
            return True
        return bool(self.parents) and not self.parents.isdisjoint(_NAMED.findall(source))

    def may_tell(self, source: bytes) -> bool:
        """Whether there may be something to say of the tables that this script copies."""
        return self.concerns(source) or self.keeps(source) or self.takes(source)
