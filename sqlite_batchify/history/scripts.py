"""The scripts beside a script: which of them bear on a question, in which order they run, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ..names import AUTO, KEEP, POSTGRESQL, UNKNOWN, Naming, postgresql_name
from ..reading import events as facts
from ..reading.events import Constraint, Direction, Event, Table
from ..reading.model import Place, Revision
from ..reading.parsing import UnparsableError
from ..reading.revisions import read_revision
from ..reading.script import Reading
from ..sources import SourceError, decode
from .answers import Answer, Names
from .replay import Replay
from .state import Origin, shape_of

# What scripts are worth a reading.
_WORD = re.compile(rb"""["']([^"'\n]{1,200})["']""")
_MARKED = re.compile(
    rb"\b(?:name|constraint_name)\s*=\s*\w+\.f\("
    rb"|\b(?:create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint)\(\s*\w+\.f\("
)
_LONG = 50  # bytes; a name of this length may have been cut
_STEM = 24
_FEW = 4  # questions
_ASKING = frozenset({facts.ADD_COLUMN, facts.CREATE_CONSTRAINT, facts.DROP_CONSTRAINT, facts.DROP_COLUMN})


class History:
    """The revision scripts of one folder, read and parsed only as far as a question needs.

    ``scripts`` gives the bytes of the scripts by file name; it is called once, when the first question comes.
    """

    def __init__(self, scripts: Callable[[], Mapping[str, bytes]] = dict) -> None:
        self._read = scripts
        self._readings: dict[str, tuple[bytes, Reading | None]] = {}
        self._answers: dict[Naming, dict[str, dict[Place, Answer]]] = {}
        self._questions = 0

    @cached_property
    def _sources(self) -> dict[str, bytes]:
        return dict(self._read())

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        """Which scripts hold a quoted word."""
        found: dict[str, set[str]] = {}
        for name, source in self._sources.items():
            for word in set(_WORD.findall(source)):
                found.setdefault(word.decode(errors="replace"), set()).add(name)
        return found

    @cached_property
    def _marked(self) -> frozenset[str]:
        return frozenset(name for name, source in self._sources.items() if _MARKED.search(source))

    def reading(self, script: str, source: bytes) -> Reading | None:
        """The reading of a script with this file name and these bytes; None if it cannot be read."""
        known = self._readings.get(script)
        if known is None or known[0] != source:
            try:
                known = source, Reading(decode(source).text)
            except (SourceError, UnparsableError):
                known = source, None
            self._readings[script] = known
        return known[1]

    def names(self, script: str, source: bytes, naming: Naming, reading: Reading | None = None) -> Names:
        """What the history says about the operations of one script.

        ``script`` is its file name, ``source`` its bytes, whatever is in the folder under that name; ``reading`` is
        what they say, if that is known already.
        """
        if reading is not None:
            self._readings[script] = source, reading
        keep = naming.mode == KEEP
        if naming.mode == AUTO:
            keep = _MARKED.search(source) is not None or bool(self._marked - {script})
        how = naming if naming.templates else Naming(POSTGRESQL)
        self._questions += 1
        if self._questions > _FEW and self._sources.get(script) == source:
            answers = self._all_answers(how).get(script, {})
        else:
            answers = self._consult(script, source, how)
        if keep:
            answers = {place: Answer(left=answer.left) for place, answer in answers.items() if answer.left}
        return Names(answers, keep, bool(naming.templates))

    def _consult(self, script: str, source: bytes, naming: Naming) -> dict[Place, Answer]:
        directions = self._facts_of(script, source)
        asked = {event.table.name for event in _events(directions) if event.action in _ASKING} - {UNKNOWN}
        if not asked:
            return {}
        tables, scripts = self._bearing(script, source, asked)
        ordered = [(name, scripts[name]) for name in self._ordered(script, source, scripts)]
        return {place: answer for (name, place), answer in _replayed(ordered, tables, naming) if name == script}

    def _all_answers(self, naming: Naming) -> dict[str, dict[Place, Answer]]:
        """The same for all scripts of the folder at once, which pays where there are more than a few questions."""
        if naming not in self._answers:
            scripts = {name: self._facts_of(name, source) for name, source in self._sources.items()}
            tables = {event.table.name for directions in scripts.values() for event in _events(directions)} - {UNKNOWN}
            ordered = [(name, scripts[name]) for name in self._order]
            found: dict[str, dict[Place, Answer]] = {}
            for (name, place), answer in _replayed(ordered, tables, naming):
                found.setdefault(name, {})[place] = answer
            self._answers[naming] = found
        return self._answers[naming]

    def _bearing(
        self, script: str, source: bytes, tables: set[str]
    ) -> tuple[set[str], dict[str, tuple[Direction, ...]]]:
        """All tables that have a say in the names of these, and the scripts that mention them."""
        while True:
            own = self._facts_of(script, source)
            loaded = {script: own}
            words = tables.union(self._names(own, tables))
            self._load(words, loaded, script)
            names = {name for directions in loaded.values() for name in self._names(directions, tables)}
            self._load(_prefixes(names), loaded, script)
            self._load_alike(names, loaded, script)
            more = tables | set(_linked(loaded.values(), tables)) | set(_colliding(loaded.values(), names))
            if more == tables:
                return tables, loaded
            tables = more

    def _load(self, words: Iterable[str], loaded: dict[str, tuple[Direction, ...]], script: str) -> None:
        for word in words:
            for name in self._words.get(word, ()):
                if name != script and name not in loaded:
                    loaded[name] = self._facts_of(name, self._sources[name])

    def _load_alike(self, names: set[str], loaded: dict[str, tuple[Direction, ...]], script: str) -> None:
        """Scripts that mention a table whose name, cut by PostgreSQL, could begin one of these."""
        stems = tuple(name[:_STEM] for name in names if len(name.encode()) >= _LONG)
        if stems:
            self._load([word for word in self._words if word.startswith(stems)], loaded, script)

    def _names(self, directions: tuple[Direction, ...], tables: set[str]) -> Iterator[str]:
        for event in _events(directions):
            if event.table.name in tables:
                for constraint in event.constraints:
                    yield from base_names(constraint, event.table)

    def _facts_of(self, name: str, source: bytes) -> tuple[Direction, ...]:
        reading = self.reading(name, source)
        return () if reading is None else reading.directions

    def _ordered(self, script: str, source: bytes, wanted: Iterable[str]) -> list[str]:
        """The wanted scripts in the order in which Alembic runs them, as far as the revisions tell it."""
        own = _revised(source)
        order = self._order if own == self._revisions.get(script) else _sorted({**self._revisions, script: own})
        chosen = set(wanted)
        return [name for name in order if name in chosen]

    @cached_property
    def _revisions(self) -> dict[str, Revision]:
        return {name: _revised(source) for name, source in self._sources.items()}

    @cached_property
    def _order(self) -> list[str]:
        return _sorted(self._revisions)


def _sorted(revisions: dict[str, Revision]) -> list[str]:
    from graphlib import CycleError, TopologicalSorter

    names = {each.revision: name for name, each in sorted(revisions.items()) if each.revision}
    before = {name: (*each.down_revisions, *each.depends_on) for name, each in sorted(revisions.items())}
    sorter = TopologicalSorter(
        {name: [names[each] for each in several if each in names] for name, several in before.items()}
    )
    try:
        return list(sorter.static_order())
    except CycleError:
        return sorted(revisions)


def _replayed(
    ordered: Sequence[tuple[str, tuple[Direction, ...]]], tables: set[str], naming: Naming
) -> Iterable[tuple[tuple[str, Place], Answer]]:
    """Replay until nothing more is told."""
    told: dict[Origin, str] = {}
    claimed: set[Origin] = set()
    known = -1
    while known < len(told) + len(claimed):  # each round adds to them or is the last
        known = len(told) + len(claimed)
        replay = Replay(naming, told, claimed)
        replay.run(ordered, tables)
    return replay.answers.items()


def _revised(source: bytes) -> Revision:
    return read_revision(source.decode(errors="replace"))


def _events(directions: Iterable[Direction]) -> Iterator[Event]:
    for direction in directions:
        yield from direction.upgrade
        yield from direction.downgrade


def _prefixes(names: Iterable[str]) -> Iterator[str]:
    """The tables whose constraints could have one of these names."""
    for name in names:
        parts = name.split("_")
        yield from ("_".join(parts[:number]) for number in range(1, len(parts)))


def _linked(loaded: Iterable[tuple[Direction, ...]], tables: set[str]) -> Iterator[str]:
    for directions in loaded:
        for event in _events(directions):
            if event.action == facts.RENAME_TABLE and (event.table.name in tables or event.new in tables):
                yield from (event.table.name, event.new)


def _colliding(loaded: Iterable[tuple[Direction, ...]], names: set[str]) -> Iterator[str]:
    for directions in loaded:
        for event in _events(directions):
            for constraint in event.constraints:
                if _stem(constraint.name or "") in names or names & set(base_names(constraint, event.table)):
                    yield event.table.name
            if any(_stem(index.name) in names for index in event.indexes):
                yield event.table.name


def _stem(name: str) -> str:
    return name.rstrip("0123456789")


def base_names(constraint: Constraint, table: Table) -> set[str]:
    """The name that PostgreSQL gives a nameless constraint as long as it is not taken."""
    shape = shape_of(constraint, table)
    return set() if shape is None or constraint.name is not None else {postgresql_name(shape)}
