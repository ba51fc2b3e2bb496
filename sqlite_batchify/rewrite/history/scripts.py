"""The scripts beside a script: which of them bear on a question, in which order they run, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ...sources import SourceError, decode
from ..names import AUTO, KEEP, POSTGRESQL, Naming, postgresql_name
from ..runs import UNKNOWN
from . import facts
from .answers import Answer, Names, Place
from .facts import Constraint, Direction, Event, Table
from .reader import read_facts
from .replay import Replay
from .state import Origin, shape_of

_WORD = re.compile(rb"""["']([^"'\n]{1,200})["']""")
_REVISION = re.compile(rb"^revision\s*(?::[^=\n]*)?=\s*[\"']([^\"'\n]+)", re.MULTILINE)
_BEFORE = re.compile(rb"^(?:down_revision|depends_on)\s*(?::[^=\n]*)?=\s*(\([^)]*\)|\[[^\]]*\]|[^\n]*)", re.MULTILINE)
_CONVENTION = re.compile(
    rb"\b(?:name|constraint_name)\s*=\s*\w+\.f\("
    rb"|\b(?:create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint)\(\s*\w+\.f\("
)
_LONG = 50  # bytes; a name of this length may have been cut
_STEM = 24
_FEW = 4  # questions
_ASKING = frozenset({facts.ADD_COLUMN, facts.CREATE_CONSTRAINT, facts.DROP_CONSTRAINT, facts.DROP_COLUMN})


def shows_convention(source: bytes) -> bool:
    """Whether constraint names stand in ``op.f(...)``, which Alembic writes only where the metadata names them."""
    return _CONVENTION.search(source) is not None


class History:
    """The revision scripts of one folder, read and parsed only as far as a question needs.

    ``scripts`` gives the bytes of the scripts by file name; it is called once, when the first question comes.
    """

    def __init__(self, scripts: Callable[[], Mapping[str, bytes]] = dict) -> None:
        self._read = scripts
        self._facts: dict[str, tuple[bytes, tuple[Direction, ...]]] = {}
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
    def _shows_convention(self) -> frozenset[str]:
        return frozenset(name for name, source in self._sources.items() if shows_convention(source))

    def names(self, script: str, source: bytes, naming: Naming) -> Names:
        """What the history says about the operations of one script.

        ``script`` is its file name, ``source`` its bytes, whatever is in the folder under that name.
        """
        keep = naming.mode == KEEP
        if naming.mode == AUTO:
            keep = shows_convention(source) or bool(self._shows_convention - {script})
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
        known = self._facts.get(name)
        if known is None or known[0] != source:
            try:
                known = source, read_facts(decode(source).text)
            except SourceError:
                known = source, ()
            self._facts[name] = known
        return known[1]

    def _ordered(self, script: str, source: bytes, wanted: Iterable[str]) -> list[str]:
        """The wanted scripts in the order in which Alembic runs them, as far as the revisions tell it."""
        own = _revision(source)
        order = self._order if own == self._revisions.get(script) else _sorted({**self._revisions, script: own})
        chosen = set(wanted)
        return [name for name in order if name in chosen]

    @cached_property
    def _revisions(self) -> dict[str, Revised]:
        return {name: _revision(source) for name, source in self._sources.items()}

    @cached_property
    def _order(self) -> list[str]:
        return _sorted(self._revisions)


Revised = tuple[str, tuple[str, ...]]
"""The revision of a script, and those before it."""


def _sorted(revisions: dict[str, Revised]) -> list[str]:
    from graphlib import CycleError, TopologicalSorter

    names = {revision: name for name, (revision, _) in sorted(revisions.items()) if revision}
    sorter = TopologicalSorter(
        {name: [names[each] for each in before if each in names] for name, (_, before) in sorted(revisions.items())}
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


def _revision(source: bytes) -> Revised:
    found = _REVISION.search(source)
    before = [each.decode(errors="replace") for part in _BEFORE.findall(source) for each in _WORD.findall(part)]
    return found.group(1).decode(errors="replace") if found else "", tuple(before)


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
