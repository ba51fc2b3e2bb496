"""One script, from bytes to bytes: read, know, plan, write, check.

What does the work is imported only for a script that may need it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from sys import maxsize
from typing import TYPE_CHECKING, NamedTuple

from . import findings
from .config import BATCH_NAME, MINIMUM_SQLITE, check_batch_name, read_version
from .findings import UNDONE, Finding
from .names import Naming, read_naming
from .operations import MINIMAL, STYLES
from .reading import words
from .rewritten import Counts, Rewritten, unchanged
from .sources import Decoded, SourceError, decode, siblings

_MANY = 50  # scripts
_MOST_ROUNDS = 3  # of text put into a script before it is planned: for raw SQL, what is portable, and what hangs on it
_CHANGES_AGAIN = "a second run changes it again"

if TYPE_CHECKING:
    from .history.answers import Names
    from .history.scripts import History
    from .planning.model import Plan
    from .project import Project
    from .reading.beside import Beside
    from .reading.model import Fix, Ported
    from .reading.script import Reading
    from .writing.fixes import Fixed


def rewrite_source(
    source: bytes,
    *,
    style: str = MINIMAL,
    naming: object = "auto",
    path: str = "<string>",
    history: Callable[[], History] | None = None,
    batch_name: str = BATCH_NAME,
    unsafe_fixes: bool = False,
    minimum_sqlite: str = MINIMUM_SQLITE,
    portable: bool = False,
) -> Rewritten:
    """Put the operations of one revision script that SQLite cannot do into ``batch_alter_table`` blocks.

    ``source`` are the bytes of the script, ``style`` is ``"minimal"`` or ``"autogenerate"``, ``path`` stands in the
    findings. ``naming`` says how constraints without a name are named: ``"auto"``, ``"postgresql"``, ``"keep"``, or a
    naming convention as a mapping from ``"fk"``, ``"uq"``, ``"ck"`` and ``"pk"`` to templates. ``history`` gives the
    scripts of the folder that ``path`` lies in; it is called only for a name that they may tell, and without it the
    script is taken for the only one. ``batch_name`` is what the variable of new blocks is called.
    ``unsafe_fixes`` also replaces an ``op.execute`` of raw SQL that SQLite does not take by the operations that do the
    same, where all of the SQL is understood; on other databases than PostgreSQL these may need more than the SQL says.
    ``minimum_sqlite`` is the oldest SQLite that the script shall run on: what that does by itself, without a copy of
    the table, stays out of blocks.
    ``portable`` also makes a script for PostgreSQL or MySQL run on plain SQLite: types get a variant, server defaults
    and raw SQL depend on the dialect's name.

    A script that cannot be decoded or parsed, or whose result does not pass the self-check (it parses, and a second run
    changes nothing), comes back as it is, with a finding; so does one at which something inside fails. Raises
    ValueError for an unknown style, no name or no version, and ConventionError, which is one, for an unusable naming
    convention.
    """
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    check_batch_name(batch_name)
    told, minimum = read_naming(naming), read_version(minimum_sqlite)
    return _rewrite(Script(style, told, path, history, batch_name, unsafe_fixes, minimum, portable=portable), source)


def _rewrite(script: Script, source: bytes, reading: Reading | None = None) -> Rewritten:
    """Rewrite a script with these bytes; ``reading`` is what they say, if that is known already."""
    try:
        if words.has_nothing_to_do(source, script.style, script.portable):
            blocks = words.holds_blocks(source)
            if not (blocks and script.concerns(source)):
                return Rewritten(source, source, consulted=blocks)
        return script.rewrite(source, reading)
    except Exception as error:
        return unchanged(source, _failed(source, script.path, error))


def _failed(source: bytes, path: str, error: Exception) -> Finding:
    if isinstance(error, (RecursionError, MemoryError)):
        from .reading.depth import may_be_too_deep
        from .reading.parsing import TOO_DEEP

        if may_be_too_deep(source):
            return Finding(findings.UNPARSABLE, path, 1, 1, TOO_DEEP)
    return findings.internal_error(path, error)


class Rewriter:
    """Rewrites scripts where they lie; the history of each folder is read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._histories: dict[str, History] = {}
        self._sources: dict[str, dict[str, bytes]] = {}
        self._nearby: dict[str, Beside] = {}
        self._expected: Counter[str] = Counter()

    def expect(self, paths: Iterable[str]) -> None:
        """Note that these scripts are to be rewritten: where there are many, their history is replayed at once.

        Raises ConfigError.
        """
        self._expected.update(self.project.place(path)[0] for path in paths)

    def rewrite(self, source: bytes, path: str) -> Rewritten:
        """Rewrite the script with these bytes that lies, or is to lie, at this path. Raises ConfigError."""
        project = self.project
        folder, _ = project.place(path)
        script = self._script(folder, path)
        opened = self._histories.get(folder)
        reading = None if opened is None else opened.take(os.path.basename(path), source)
        rewritten = _rewrite(script, source, reading)
        return rewritten.without(project.ignored(path)) if rewritten.findings else rewritten

    def _script(self, folder: str, path: str) -> Script:
        project = self.project
        return Script(
            project.style_in(folder),
            read_naming(project.naming_in(folder)),
            path,
            lambda: self._history(folder),
            project.batch_name_in(folder),
            project.unsafe_fixes,
            read_version(project.minimum_sqlite_in(folder)),
            lambda: self._beside(folder),
            project.portable_in(folder),
        )

    def may_change(self, source: bytes, path: str) -> bool:
        """Whether there may be more to say of a script than that it stays as it is, by its bytes alone.

        Raises ConfigError.
        """
        folder, _ = self.project.place(path)
        style, portable = self.project.style_in(folder), self.project.portable_in(folder)
        try:
            if not words.has_nothing_to_do(source, style, portable):
                return True
            return words.holds_blocks(source) and self._script(folder, path).concerns(source)
        except Exception:  # a defect, which rewriting reports
            return True

    def _siblings(self, folder: str) -> dict[str, bytes]:
        if folder not in self._sources:
            self._sources[folder] = siblings(folder)
        return self._sources[folder]

    def _beside(self, folder: str) -> Beside:
        if folder not in self._nearby:
            from .reading.beside import Beside

            self._nearby[folder] = Beside(self._siblings(folder).values())
        return self._nearby[folder]

    def _history(self, folder: str) -> History:
        if folder not in self._histories:
            from .history.scripts import History
            from .planning.native import drops_columns

            self._histories[folder] = History(
                lambda: self._siblings(folder),
                lambda: self.project.shown_conventions(folder),
                drops_columns(read_version(self.project.minimum_sqlite_in(folder))),
                lambda: self.project.enforces_keys(folder),
                lambda: self._beside(folder),
                self._expected[folder],
            )
        return self._histories[folder]


def load() -> None:
    """Import what is needed for scripts that change, before the processes are made that will."""
    from .history import scripts  # noqa: F401
    from .planning import script  # noqa: F401
    from .writing import script as written  # noqa: F401


class Script(NamedTuple):
    """How one script is to be rewritten."""

    style: str
    naming: Naming
    path: str
    history: Callable[[], History] | None
    batch_name: str
    unsafe_fixes: bool
    minimum: tuple[int, int] = read_version(MINIMUM_SQLITE)
    nearby: Callable[[], Beside] | None = None
    portable: bool = False
    rounds: int = 0

    @property
    def beside(self) -> Beside:
        """What the scripts beside it tell by their bytes."""
        from .reading.beside import Beside

        return Beside(()) if self.nearby is None else self.nearby()

    def concerns(self, source: bytes) -> bool:
        """Whether there may be something to say of the blocks in a script, by its bytes and those beside it."""
        from .reading.beside import may_cast

        return self.beside.may_tell(source) or may_cast(source)

    def rewrite(self, source: bytes, reading: Reading | None = None) -> Rewritten:
        from .reading.parsing import UnparsableError
        from .reading.script import Reading

        try:
            decoded = decode(source)
            reading = reading or Reading(decoded.text)
        except SourceError as error:
            return unchanged(source, Finding(findings.UNDECODABLE, self.path, error.line, 0, error.reason))
        except UnparsableError as error:
            code = findings.CONFLICT if error.conflict else findings.UNPARSABLE
            return unchanged(source, Finding(code, self.path, error.line, error.column, error.reason))
        if reading.comments.whole:
            return Rewritten(source, source)
        names, consulted = self._told(source, reading)
        rewritten = self._planned(source, decoded, self._plan(reading, names))
        beside = self._beside(names) if names is not None and names.failed else ()
        searched, where = (False, "") if names is None else (names.searched, names.where)
        return rewritten._replace(consulted=consulted, searched=searched, beside=beside, convention=where)

    def _told(self, source: bytes, reading: Reading) -> tuple[Names | None, bool]:
        """What there is to know for a script, and whether the scripts beside it had a say."""
        from .planning.asking import asks_beyond_drops, asks_the_history, may_copy
        from .planning.native import drops_columns

        if self.portable and reading.ported.hanging:
            return self._names(source, reading), True
        if not asks_the_history(reading):
            copies = may_copy(reading)
            asks = copies and self.beside.may_tell(source)
            return (self._names(source, reading) if asks else None), copies
        if drops_columns(self.minimum) and not asks_beyond_drops(reading):
            alone = self._names(source, reading, alone=True)
            if alone is not None and not may_copy(reading, alone.columns, self.minimum):
                return alone, False
        return self._names(source, reading), True

    def _planned(self, source: bytes, decoded: Decoded, planned: _Planned) -> Rewritten:
        """The script with its plan carried out, or what has been found."""
        from .reading.parsing import TOO_DEEP

        reading = planned.reading
        fixes = self._fixes(reading)
        if fixes:
            from .writing.fixes import apply_fixes

            return self._fixed(source, decoded, planned, apply_fixes(decoded.text, fixes), replaced=len(fixes))
        ported = self._ported(reading, planned.names)
        if ported.places:
            from .writing.ported import apply_ported

            return self._fixed(source, decoded, planned, apply_ported(decoded.text, ported), ported=ported.places)
        if not planned.plan.changes:
            return unchanged(source, *planned.found)
        if reading.too_deep is not None:
            return unchanged(source, Finding(findings.UNPARSABLE, self.path, reading.too_deep, 1, TOO_DEEP))
        return self._written(source, decoded, planned)

    def _beside(self, names: Names) -> tuple[Finding, ...]:
        folder = os.path.dirname(self.path)
        return tuple(findings.internal_error(os.path.join(folder, name), each) for name, each in names.failed.items())

    def _names(self, source: bytes, reading: Reading, most: int = maxsize, alone: bool = False) -> Names | None:
        """What the history says of a script with these bytes; None if more than ``most`` others have a say in it.

        ``alone`` if it is asked of the script only.
        """
        from .history.scripts import History
        from .planning.native import drops_columns

        natively = drops_columns(self.minimum)
        history = History(drops_natively=natively) if alone or self.history is None else self.history()
        names = history.names_among(os.path.basename(self.path), source, self.naming, most, reading)
        return None if names is None else names._replace(alone=alone)

    def _plan(self, reading: Reading, names: Names | None) -> _Planned:
        from .history.answers import NO_NAMES
        from .planning.script import plan_script

        names = names or NO_NAMES
        plan = plan_script(reading, names, self.style, self.batch_name, self.minimum)
        every = (*reading.notes, *plan.notes, *self._ported(reading, names).notes)
        noted = dict.fromkeys((*each.place, each.code, each.detail, each.hint) for each in every)
        found = (Finding(code, self.path, line, column + 1, *texts) for line, column, code, *texts in noted)
        ordered = sorted(found, key=lambda each: (each.line, each.column, each.code.code, each.detail))
        return _Planned(reading, names, plan, reading.comments.applied(ordered, self.path))

    def _fixes(self, reading: Reading) -> tuple[Fix, ...]:
        if not self.unsafe_fixes:
            return ()
        silenced = reading.comments.silences()
        fixes = (fix for fix in reading.fixes if not fix.here)
        return tuple(fix for fix in fixes if not silenced(fix.start.line, findings.RAW_SQL.code))

    def _fixed(
        self, source: bytes, decoded: Decoded, planned: _Planned, fixed: Fixed, replaced: int = 0, ported: int = 0
    ) -> Rewritten:
        """The script with what has been put into it, rewritten as if it had come so."""
        if self.rounds == _MOST_ROUNDS:
            return self._unstable(source, planned, _CHANGES_AGAIN)
        inner = self._replace(rounds=self.rounds + 1).rewrite(decoded.encode(fixed.text))
        found = tuple(fixed.moved_back(each) for each in inner.findings)
        if any(each.code in UNDONE for each in found):
            return unchanged(source, *found)
        counts = inner.counts
        counts = counts._replace(replaced=counts.replaced + replaced, ported=counts.ported + ported)
        return inner._replace(source=source, counts=counts, findings=found)

    def _ported(self, reading: Reading, names: Names | None = None) -> Ported:
        from .reading.model import Ported

        if not self.portable:
            return Ported()
        ported = reading.ported.with_unsafe() if self.unsafe_fixes else reading.ported
        silenced = reading.comments.silences()
        replaced = (each for each in reading.replaced if each.safe or self.unsafe_fixes)
        ported = ported.with_replaced(
            [each for each in replaced if not silenced(each.guarded.first, findings.RAW_SQL.code)]
        )
        if names is None or not names.meant:
            return ported
        from .planning.hanging import with_meant

        return with_meant(ported, names.meant)

    def _written(self, source: bytes, decoded: Decoded, planned: _Planned) -> Rewritten:
        """The script with its plan carried out, if a second reading of it finds nothing to do."""
        from .reading.parsing import UnparsableError
        from .writing.script import write_script

        try:
            text = write_script(decoded.text, planned.plan)
        except UnparsableError as error:
            return unchanged(source, Finding(findings.UNPARSABLE, self.path, error.line, error.column, error.reason))
        try:
            encoded = decoded.encode(self._with_ported(text) if self.portable else text)
            remaining = self._remaining(encoded, planned)
        except UnparsableError as error:
            return self._unstable(source, planned, f"line {error.line}: {error.reason}")
        if remaining is None:
            return self._unstable(source, planned, _CHANGES_AGAIN)
        plan = planned.plan
        counts = Counts(plan.operations, plan.blocks, plan.added, plan.names, plan.conventions)
        return Rewritten(source, encoded, counts, planned.found, remaining)

    def _with_ported(self, text: str) -> str:
        """The script whose blocks have been given columns as other scripts write them. Raises UnparsableError."""
        from .reading.script import Reading
        from .writing.ported import apply_ported

        ported = self._ported(Reading(text))
        return apply_ported(text, ported).text if ported.places else text

    def _remaining(self, result: bytes, before: _Planned) -> tuple[Finding, ...] | None:
        """What a second run finds, None if it changes the script again. Raises UnparsableError.

        The history is not asked where nothing is left that it could tell. Where many scripts have a say in it, it is
        taken to say the same of an operation wherever that stands.
        """
        from .planning.asking import asks_for_names
        from .planning.script import answers_after
        from .reading.script import Reading

        reading = Reading(decode(result).text)
        names: Names | None = before.names._replace(answers={}, copied={}, before={}, columns={}, meant={})
        if before.found or before.names.columns or asks_for_names(reading):
            names = self._names(result, reading, _MANY, before.names.alone)
            names = names or answers_after(*before[:3], reading)
            names = names or self._names(result, reading)
        again = self._plan(reading, names)
        changes = again.plan.changes or self._fixes(reading) or self._ported(reading).places
        return None if changes else again.found

    def _unstable(self, source: bytes, planned: _Planned, reason: str) -> Rewritten:
        return unchanged(source, *planned.found, Finding(findings.UNSTABLE, self.path, 0, 0, reason))


class _Planned(NamedTuple):
    """A script, what its history says, what is to become of it, and what has been found."""

    reading: Reading
    names: Names
    plan: Plan
    found: tuple[Finding, ...]
