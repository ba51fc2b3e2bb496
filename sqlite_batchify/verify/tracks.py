"""One database of a history: the whole of it, and the part on which a revision runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

from . import portions, rows
from .database import copy_database, page_size
from .revisions import Revision
from .schema import Reader, Schema
from .scratch import PAGE_SIZE, Scratch

_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


@dataclass
class Track:
    """One database of the history: most histories have one, those of the multidb template several.

    ``store`` is the whole database and ``whole`` its picture. A revision runs on ``main``, which holds all of it or
    only the tables in ``part``, with ``schema`` as its picture; its downgrade on ``side``; what fails there once more
    on ``lenient``; and with foreign keys enforced on ``keyed``. ``given``: it came with rows of its own. ``failed`` are
    the names of what earlier failures left undone.
    """

    name: str
    given: bool
    store: Scratch
    main: Scratch
    side: Scratch
    lenient: Scratch
    keyed: Scratch
    reader: Reader = field(default_factory=Reader)
    failed: set[str] = field(default_factory=set)
    whole: Schema = field(default_factory=Schema)
    schema: Schema = field(default_factory=Schema)
    part: frozenset[str] | None = None

    def close(self) -> None:
        for scratch in (self.store, self.main, self.side, self.lenient, self.keyed):
            scratch.close()

    @property
    def reads(self) -> bool:
        """Whether a script has read rows, so that it may do something else without them."""
        return self.store.reads or self.main.reads or self.side.reads

    def take_whole(self) -> None:
        """Let the main database be the whole one."""
        self.part, self.schema = None, self.whole
        self.restore(self.main)

    def restore(self, scratch: Scratch) -> None:
        """Make a database what the main one was before the revision."""
        if self.part is None:
            scratch.copy_from(self.store)
        else:
            scratch.clear()
            portions.carry(self.store.raw, scratch.raw, self.part)

    @contextlib.contextmanager
    def portion(self, revision: Revision, whole: bool) -> Iterator[None]:
        """Give the main database what a revision needs of the whole, and take back what it has become.

        Raises PortionError where that is the whole after all.
        """
        names = None if whole or self.given else portions.tables_for(revision, self.whole)
        if names is None:
            self.take_whole()
            yield
            self.main, self.store = self.store, self.main
            self.whole = self.schema
            return
        self.part = names
        self.restore(self.main)
        before = self.schema = Schema({name: self.whole.tables[name] for name in names})
        yield
        after = self.schema
        portions.carry(self.main.raw, self.store.raw, portions.touched(revision, before, after))
        rest = {name: table for name, table in self.whole.tables.items() if name not in names}
        self.whole = Schema({**rest, **after.tables}, after.triggers, after.views, after.virtual)

    def settle(self, schema: Schema) -> None:
        """Keep the picture of the main database, and fill what is new in it with rows."""
        if not self.given:
            rows.fill(self.main.raw, schema, self.schema)
            self.main.raw.plain_commit()
        self.schema = schema


def open_track(name: str, driver: ModuleType, database: str | None, attached: frozenset[str]) -> Track:
    """A database that is empty, or a copy of this file, with those ``attached`` as parts of it. Raises HistoryError."""
    size = PAGE_SIZE if database is None else page_size(database)
    store, main, side = (Scratch(driver, size) for _ in range(3))
    lenient, keyed = (Scratch(driver, size, tolerant=True) for _ in range(2))
    for scratch in (store, main, side, lenient, keyed):
        scratch.attached = attached
    track = Track(name, database is not None, store, main, side, lenient, keyed)
    if database is None:
        store.raw.execute(_VERSION_TABLE)
    else:
        copy_database(database, store, driver)
    track.whole = track.reader.schema(store.raw)
    return track
