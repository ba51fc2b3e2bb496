"""What the scripts of a folder tell by their bytes of the tables that blocks copy, so that most are never parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable

_OBJECT = re.compile(rb"(?i)\bCREATE\s+(?:TEMP\s+|TEMPORARY\s+)?(?:VIEW|TRIGGER)\b")
_KINDS = (b"VIEW", b"TRIGGER", b"view", b"trigger", b"View", b"Trigger")
_CREATED = re.compile(rb"""\bcreate_table\(\s*["'](\w+)["']|\bTable\(\s*["'](\w+)["']""")
_NAMED = re.compile(rb"""["'](\w+)["']""")
_COPYING = re.compile(rb"\bbatch_alter_table\b")


def holds_blocks(source: bytes) -> bool:
    """Whether a script may have blocks of its own."""
    return _COPYING.search(source) is not None


def holds_objects(source: bytes) -> bool:
    """Whether a script may create a view or a trigger, as SQLite takes them."""
    return any(kind in source for kind in _KINDS) and _OBJECT.search(source) is not None


class Beside:
    """What the scripts of one folder tell together.

    ``objects`` if any may create a view or a trigger; ``tables`` are the names of those that are created, by the same
    in lower case.
    """

    def __init__(self, sources: Iterable[bytes]) -> None:
        self.objects = False
        self.tables: dict[bytes, set[bytes]] = {}
        for source in sources:
            self._add(source)

    def _add(self, source: bytes) -> None:
        self.objects = self.objects or holds_objects(source)
        for name in (one or other for one, other in _CREATED.findall(source)):
            self.tables.setdefault(name.lower(), set()).add(name)

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


NOTHING_BESIDE = Beside(())
