"""The scripts beside a script: which of them bear on a question, in which order they run, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from sys import maxsize

from ..names import AUTO, KEEP, POSTGRESQL, UNKNOWN, Naming, Shown
from ..reading.beside import Beside, may_change_objects
from ..reading.model import Place, Revision
from ..reading.parsing import UnparsableError
from ..reading.revisions import read_revision
from ..reading.script import Reading
from ..sources import SourceError, decode
from .answers import Names
from .bearing import (
    asks,
    asks_for_a_name,
    colliding,
    columns_of,
    events_of,
    indexes_of,
    linked,
    names_in,
    prefixes,
    read_together,
    referring,
    renamed_in,
    tables_of,
    tables_renamed_in,
)
from .before import Before
from .convention import Named, convention_of, makes, marked_names
from .lineages import in_order, lineages
from .passing import COPYING
from .repeated import Copied, Facts, Replayed, replay_all

# What tells by its bytes that a script is worth a reading.
_WORD = re.compile(rb"""["']([^"'\n]{1,200})["']""")
_MARKED = re.compile(
    rb"\b(?:name|constraint_name)\s*=\s*\w+\.f\("
    rb"|\bcreate_(?:foreign_key|unique_constraint|check_constraint|primary_key)\(\s*\w+\.f\("
)
_ABOUT_TABLES = re.compile(rb"(?i)\b(?:ALTER|CREATE|DROP|RENAME)\s{1,20}(?:TEMP\s{1,20}|TEMPORARY\s{1,20})?TABLE\b")
_RENAMES = re.compile(rb"(?i)\b(?:ALTER\s{1,20}INDEX|RENAME\s{1,20}CONSTRAINT|USING\s{1,20}INDEX)\b")
_PLAIN = re.compile(r"\w+")
_LONG = 50  # bytes; a name of this length may have been cut
_STEM = 24
_FEW = 4  # questions
_FEW_ROUNDS = 6  # in which each table leads to others


class History:
    """The revision scripts of one folder, read and parsed only as far as a question needs.

    ``scripts`` gives the bytes of the scripts by file name; it is called once, when the first question comes.
    ``shown`` gives the naming conventions in the project's modules; it is called when a name hangs on them.
    ``drops_natively`` if SQLite drops plain columns by itself. ``enforced`` says whether foreign keys are turned on; it
    is called when the copy of a table would take rows then. ``nearby`` gives what the scripts tell by their bytes, if
    that is known already. ``expected`` is about how many questions there will be.
    """

    def __init__(
        self,
        scripts: Callable[[], Mapping[str, bytes]] = dict,
        shown: Callable[[], Sequence[Shown]] = tuple,
        drops_natively: bool = True,
        enforced: Callable[[], bool] = bool,
        nearby: Callable[[], Beside] | None = None,
        expected: int = 0,
    ) -> None:
        self._read = scripts
        self._find_nearby = nearby
        self._find_enforced = enforced
        self._find_shown = shown
        self._drops_natively = drops_natively
        self._readings: dict[str, tuple[bytes, Reading]] = {}
        self._facts: dict[str, tuple[bytes, Facts | Exception]] = {}
        self._answers: dict[Naming, Replayed] = {}
        self._questions = expected

    @cached_property
    def _sources(self) -> dict[str, bytes]:
        return dict(self._read())

    @cached_property
    def _enforced(self) -> bool:
        return self._find_enforced()

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        """Which scripts hold a quoted word."""
        found: dict[str, set[str]] = {}
        for name, source in self._sources.items():
            for word in set(_WORD.findall(source)):
                found.setdefault(word.decode(errors="replace"), set()).add(name)
        return found

    @cached_property
    def _marked(self) -> dict[str, tuple[Named, ...]]:
        """The names in ``op.f(...)`` that scripts create constraints by."""
        return {name: self._marked_by(name, source) for name, source in self._sources.items()}

    @cached_property
    def _objects(self) -> list[str]:
        """The scripts that may do something to views, triggers, or indexes that a copy loses, if any creates some."""
        return [name for name, source in self._sources.items() if self.beside.objects and may_change_objects(source)]

    @cached_property
    def _raw(self) -> dict[str, set[str]]:
        """The scripts that may hold SQL about tables, with their words in lower case."""
        found = {name: source for name, source in self._sources.items() if _ABOUT_TABLES.search(source)}
        return {name: set(_PLAIN.findall(source.decode(errors="replace").casefold())) for name, source in found.items()}

    @cached_property
    def _renaming(self) -> list[str]:
        """The scripts whose raw SQL may give an index or a constraint another name."""
        return [name for name, source in self._sources.items() if _RENAMES.search(source)]

    def _marked_by(self, script: str, source: bytes) -> tuple[Named, ...]:
        return tuple(marked_names(self._facts_of(script, source))) if _MARKED.search(source) else ()

    @cached_property
    def _shown(self) -> Sequence[Shown]:
        return self._find_shown()

    @cached_property
    def convention(self) -> Naming:
        """The naming convention that the scripts and the modules of the project show."""
        return convention_of(list(chain.from_iterable(self._marked.values())), self._shown)

    def _convention_with(self, script: str, source: bytes) -> Naming:
        """The convention of the folder if a script has these bytes."""
        before, after = self._marked.get(script, ()), self._marked_by(script, source)
        added = set(after).difference(before)
        if set(before) <= set(after) and (not added or makes(self.convention.templates, added)):
            return self.convention
        others = chain.from_iterable(named for name, named in self._marked.items() if name != script)
        return convention_of([*others, *after], self._shown)

    def names(self, script: str, source: bytes, naming: Naming, reading: Reading | None = None) -> Names:
        """What the history says about the operations of one script.

        ``script`` is its file name, ``source`` its bytes, whatever is in the folder under that name; ``reading`` is
        what they say, if that is known already. A script at which the reading or the replay fails, by a defect, says
        nothing to the others; asked about that one, this raises what it has failed with.
        """
        found = self.names_among(script, source, naming, maxsize, reading)
        assert found is not None  # there are no more scripts than that
        return found

    def names_among(
        self, script: str, source: bytes, naming: Naming, most: int, reading: Reading | None = None
    ) -> Names | None:
        """The same; None if more than ``most`` others have a say in it."""
        self._questions += 1
        self._facts_of(script, source, reading)
        read = self._facts[script][1]
        if isinstance(read, Exception):
            raise read
        everything = self._questions > _FEW and self._sources.get(script) == source
        replayed = self._all_answers(naming) if everything else self._consult(script, source, naming, most)
        if replayed is None:
            return None
        if script in replayed.failed:
            raise replayed.failed[script]
        told = replayed.answers.get(script, {})
        copied, before = self._certain(script, source, replayed)
        if naming.mode == KEEP:
            told = {
                place: answer._replace(names=(), unique=None, check=None, drops=None) for place, answer in told.items()
            }
        marked, searched = bool(replayed.naming.templates), replayed.searched or self.beside.takes(source)
        keep, columns = naming.mode == KEEP, replayed.columns.get(script, {})
        where = replayed.naming.where
        meant = {place: each for place, each in replayed.meant.get(script, {}).items() if each is not None}
        return Names(told, keep, marked, replayed.failed, searched, where, copied, before, columns, meant)

    def _certain(self, script: str, source: bytes, replayed: Replayed) -> tuple[Copied, dict[Place, Before]]:
        """What there is to keep of copies, as far as it comes from scripts that surely run before this one."""
        copied, tables = replayed.copied.get(script, {}), replayed.before.get(script, {})
        if not (copied or tables):
            return {}, {}
        revisions = {**self._revisions, script: _revised(source)}
        names = {each.revision: name for name, each in revisions.items()}
        before, pending = {script}, [script]
        while pending:
            told = revisions[pending.pop()]
            found = {names[each] for each in (*told.down_revisions, *told.depends_on) if each in names} - before
            before |= found
            pending += found
        copies = {
            place: tuple(dict.fromkeys(each.known_from(before) for each in several))
            for place, several in copied.items()
        }
        known = {place: each if each.scripts <= before else each.unsure() for place, each in tables.items()}
        if any(each.children for each in known.values()) and not self._enforced:
            known = {p: each if each.enforced else each._replace(children=()) for p, each in known.items()}
        return copies, known

    @cached_property
    def beside(self) -> Beside:
        """What the scripts tell by their bytes."""
        return Beside(self._sources.values()) if self._find_nearby is None else self._find_nearby()

    def _consult(self, script: str, source: bytes, naming: Naming, most: int) -> Replayed | None:
        facts = self._facts_of(script, source)
        asked = {event.table.name for event in events_of(facts) if asks(event)} - {UNKNOWN}
        if any(each.retypes for each in events_of(facts)) or self.beside.may_tell(source):
            asked |= {event.table.name for event in events_of(facts) if event.action in COPYING} - {UNKNOWN}
            asked |= {each for table in asked for each in self.beside.spelled(table)}
            folded = {each.casefold() for each in asked}
            asked |= {event.table.name for event in events_of(facts) if event.table.name.casefold() in folded}
        renaming = set(tables_renamed_in(facts, self._mentioning)) if _RENAMES.search(source) else set()
        asked |= renaming
        if not asked:
            return Replayed({}, {}, naming)
        about = {each.casefold() for each in asked}
        others = [name for name, words in self._raw.items() if not words.isdisjoint(about)]
        renamed = renamed_in(columns_of(facts))
        others += self._renaming if renaming else []
        tables, scripts = self._bearing(script, facts, asked, most, renamed, (*self._objects, *others))
        if scripts is None:
            return None
        tables = tables | self._also(asked, scripts, self.beside.takes(source))
        order, apart = self._arranged(script, source)
        ordered = [(name, scripts[name]) for name in order if name in scripts]
        searched = _asked(naming, scripts.values())
        how = self._convention_with(script, source) if searched else _plain(naming)
        replayed = replay_all(ordered, apart, tables, how, self._drops_natively)
        return self._with_unread(replayed, scripts, searched)

    def _mentioning(self, word: str) -> Iterator[Facts]:
        """What the scripts do in which this word stands."""
        names = {*self._words.get(word, ()), *self._renaming}
        return (self._facts_of(name, self._sources[name]) for name in names)

    def _also(self, asked: set[str], scripts: dict[str, Facts], takes: bool) -> set[str]:
        """Tables whose rows hang on those of these; the scripts that may change them are added."""
        if not takes or not self._enforced:
            return set(referring(scripts.values(), asked)) if takes else set()
        for name, source in self._sources.items():
            if name not in scripts and Beside((source,)).takes(b"".join(b'"%s"' % each.encode() for each in asked)):
                scripts[name] = self._facts_of(name, source)
        children = set(referring(scripts.values(), asked))
        for name in {name for child in children for name in self._words.get(child, ())} - set(scripts):
            scripts[name] = self._facts_of(name, self._sources[name])
        return children

    def _all_answers(self, naming: Naming) -> Replayed:
        """The same for all scripts of the folder at once, which pays where there are more than a few questions."""
        if naming not in self._answers:
            scripts = self._everything()
            ordered = [(name, scripts[name]) for name in self._order]
            searched = _asked(naming, scripts.values())
            how = self.convention if searched else _plain(naming)
            tables = tables_of(scripts.values())
            replayed = replay_all(ordered, self._lineages, tables, how, self._drops_natively)
            self._answers[naming] = self._with_unread(replayed, scripts, searched)
        return self._answers[naming]

    def _with_unread(self, replayed: Replayed, scripts: Iterable[str], searched: bool) -> Replayed:
        read = ((name, self._facts[name][1]) for name in scripts)
        unread = {name: error for name, error in read if isinstance(error, Exception)}
        return replayed._replace(failed={**replayed.failed, **unread}, searched=searched)

    def _everything(self) -> dict[str, Facts]:
        return {name: self._facts_of(name, source) for name, source in self._sources.items()}

    def _bearing(
        self,
        script: str,
        own: Facts,
        tables: set[str],
        most: int,
        renamed: Mapping[str, set[str]],
        others: Iterable[str],
    ) -> tuple[set[str], dict[str, Facts] | None]:
        """All tables that have a say in the names of these, and the scripts that mention them.

        ``renamed`` are columns that get another name, by their tables, ``others`` scripts that may have a say. Where
        one table leads to another again and again, these are all that there are. None if they are more than ``most``.
        """
        referred = [f"{table}.{column}" for table, columns in renamed.items() for column in columns]
        for _ in range(_FEW_ROUNDS):
            loaded = {**{name: self._facts_of(name, self._sources[name]) for name in others}, script: own}
            words = tables.union(names_in(own, tables), referred)
            self._load(words, loaded, most)
            names = {name for facts in loaded.values() for name in names_in(facts, tables)}
            indexes = indexes_of([*loaded.values()], tables)
            self._load(chain(prefixes(names), self._alike(names), indexes), loaded, most)
            if len(loaded) > most + 1:
                return tables, None
            more = tables | set(linked(loaded.values(), tables)) | set(colliding(loaded.values(), names))
            more |= set(referring(loaded.values(), renamed)) if renamed else set()
            together = read_together(loaded.values(), tables)
            more.update(known for each in together for known in (each, *self.beside.spelled(each)))
            if more == tables:
                return tables, loaded
            tables = more
        if len(self._sources) > most:
            return tables, None
        loaded = {**self._everything(), script: own}
        return tables_of(loaded.values()), loaded

    def _load(self, words: Iterable[str], loaded: dict[str, Facts], most: int) -> None:
        """Add the scripts that hold one of these words; as soon as they are too many, that is enough."""
        for name in chain.from_iterable(self._words.get(word, ()) for word in dict.fromkeys(words)):
            if len(loaded) > most + 1:
                return
            if name not in loaded:
                loaded[name] = self._facts_of(name, self._sources[name])

    def _alike(self, names: set[str]) -> Iterator[str]:
        """Words that can be a table whose name, cut by PostgreSQL, begins one of these."""
        stems = {name[:_STEM] for name in names if len(name.encode()) >= _LONG}
        lengths = {len(stem) for stem in stems}
        return (word for word in (self._words if stems else ()) if any(word[:length] in stems for length in lengths))

    def _facts_of(self, name: str, source: bytes, reading: Reading | None = None) -> Facts:
        """What a script does: nothing, if it cannot be decoded or if reading it fails."""
        known = self._facts.get(name)
        if known is None or known[0] != source:
            known = self._facts[name] = (source, self._told_by(name, source, reading))
        return () if isinstance(known[1], Exception) else known[1]

    def _told_by(self, name: str, source: bytes, reading: Reading | None) -> Facts | Exception:
        try:
            if reading is None:
                reading = Reading(decode(source).text)
                self._readings[name] = source, reading
            return reading.directions
        except (SourceError, UnparsableError):
            return ()
        except Exception as error:
            return error

    def take(self, script: str, source: bytes) -> Reading | None:
        """The reading of a script whose own turn has come, if a question about another has needed it.

        It is not kept: what the script does is known, and its tree takes fifty times as much memory as its text.
        """
        known = self._readings.pop(script, None)
        return known[1] if known is not None and known[0] == source else None

    def _arranged(self, script: str, source: bytes) -> tuple[list[str], Mapping[str, str]]:
        """All scripts in the order in which Alembic runs them, as far as the revisions tell it, and their lineages."""
        own = _revised(source)
        if own == self._revisions.get(script):
            return self._order, self._lineages
        revisions = {**self._revisions, script: own}
        return in_order(revisions), lineages(revisions, self._known_facts)

    def _known_facts(self, name: str) -> Facts:
        return self._facts_of(name, self._facts[name][0] if name in self._facts else self._sources[name])

    @cached_property
    def _revisions(self) -> dict[str, Revision]:
        return {name: _revised(source) for name, source in self._sources.items()}

    @cached_property
    def _order(self) -> list[str]:
        return in_order(self._revisions)

    @cached_property
    def _lineages(self) -> Mapping[str, str]:
        return lineages(self._revisions, self._known_facts)


def _asked(naming: Naming, scripts: Iterable[Facts]) -> bool:
    """Whether what these scripts do hangs on the naming convention of the project."""
    return naming == Naming(AUTO) and any(asks_for_a_name(event) for facts in scripts for event in events_of(facts))


def _plain(naming: Naming) -> Naming:
    return Naming(POSTGRESQL) if naming == Naming(AUTO) else naming


def _revised(source: bytes) -> Revision:
    return read_revision(source.decode(errors="replace"))
