"""The DDL text of a history for the databases that are not SQLite, as ``alembic upgrade --sql`` would print it."""

from __future__ import annotations

import contextlib
import io
import itertools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext

from ..sources import shown_path
from .defects import defect_at
from .errors import told
from .functions import databases_of, function_of
from .history import History
from .results import DOWNGRADE, OFFLINE, UPGRADE, Problem
from .revisions import Revision
from .scripts import run_script

DIALECTS = ("postgresql", "mysql", "mssql", "oracle")


@dataclass(frozen=True)
class Difference:
    """A revision whose text for one database is another in the second history. The texts are lists of lines."""

    revision: str
    path: str
    direction: str
    dialect: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """How many texts were compared, those that differ, and how many would but for the names of constraints not.

    ``defects`` are of revisions that could not be compared, because the program failed at them.
    """

    compared: int
    differences: tuple[Difference, ...]
    renamed: int
    defects: tuple[Problem, ...] = ()


def compare_histories(before: History, kept: History, after: History) -> Comparison:
    """Compare the DDL of each revision and direction of a history, for every other database.

    ``before`` is the history as it is, ``kept`` as it would be rewritten if constraints kept their names and the lack
    of them, ``after`` with the names that they are given.
    """
    by_id = [(history, {each.id: each for each in history.revisions}) for history in (before, kept, after)]
    databases = databases_of(before)
    parts = [_compare(revision, by_id, databases) for revision in before.revisions]
    return Comparison(
        sum(part.compared for part in parts),
        tuple(difference for part in parts for difference in part.differences),
        sum(part.renamed for part in parts),
        tuple(defect for part in parts for defect in part.defects),
    )


@dataclass(frozen=True)
class Sent:
    """What one direction sent to a database, and the kind and the words of the error that ended it, ``""`` if none.

    ``queued`` is what a block that was open then would have sent.
    """

    text: str
    queued: str = ""
    error: str = ""
    told: str = ""

    def does_as(self, original: Sent) -> bool:
        """Whether it is the same. After an error it does not count in which block what came before it was queued."""
        if not original.error:
            return self == original
        return (self.error, self.text + self.queued) == (original.error, original.text + original.queued)

    def __str__(self) -> str:
        return f"{self.text}-- {self.error}: {self.told}\n" if self.error else self.text


def _compare(revision: Revision, by_id: list[tuple[History, dict[str, Revision]]], databases: list[str]) -> Comparison:
    """Compare the texts of one revision. What a script raises is part of them; anything else is a defect."""
    compared, renamed = 0, 0
    found: list[Difference] = []
    try:
        same = [(history, known[revision.id]) for history, known in by_id]
        for database, direction, dialect in itertools.product(databases, (UPGRADE, DOWNGRADE), DIALECTS):
            old, new, named = (run_offline(*each, direction, dialect, database) for each in same)
            compared += 1
            renamed += not named.does_as(new)
            if not new.does_as(old):
                lines = (tuple(str(sent).splitlines()) for sent in (old, new))
                found.append(Difference(revision.id, shown_path(revision.path), direction, dialect, *lines))
    except Exception as error:
        return Comparison(0, (), 0, (defect_at(revision, OFFLINE, error),))
    return Comparison(compared, tuple(found), renamed)


class Compared(NamedTuple):
    """The first database that gets something else, "" if none does, and the directions that do not run to their ends
    for any database, each with an error."""

    different: str
    incomplete: Mapping[str, str]


class Sendings:
    """What the scripts of a history send to other databases, to be compared with what others in their place do."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._databases = databases_of(history)
        self._known = {each.id: each for each in history.revisions}
        self._sent: dict[tuple[str, str, str, str], Sent] = {}

    def compare(self, after: History, revision: Revision) -> Compared:
        """Compare one revision of another history."""
        incomplete: dict[str, str] = {}
        for direction, database in itertools.product((UPGRADE, DOWNGRADE), self._databases):
            sent = {dialect: self._before(revision.id, direction, dialect, database) for dialect in DIALECTS}
            if all(each.error for each in sent.values()):
                incomplete[direction] = next(iter(sent.values())).error
            for dialect, before in sent.items():
                if not run_offline(after, revision, direction, dialect, database).does_as(before):
                    return Compared(dialect, incomplete)
        return Compared("", incomplete)

    def _before(self, revision: str, direction: str, dialect: str, database: str) -> Sent:
        key = revision, direction, dialect, database
        if key not in self._sent:
            self._sent[key] = run_offline(self._history, self._known[revision], direction, dialect, database)
        return self._sent[key]


def run_offline(history: History, revision: Revision, direction: str, dialect: str, database: str = "") -> Sent:
    """What one direction of one revision sends to a database, offline."""
    function = None if revision.error is not None else function_of(revision, direction, database)
    if function is None:
        return Sent("")
    buffer = io.StringIO()
    with _offline(history, dialect, buffer) as context, Operations.context(context) as op:
        broken = _watch_blocks(op)
        error = run_script(function)
        text = buffer.getvalue()
        if error is None:
            return Sent(text)
        for impl in [impl for impl, why in broken if why is error][::-1]:
            run_script(impl.flush)
    return Sent(text, buffer.getvalue()[len(text) :], type(error).__name__, told(error))


def text_of(history: History, revision: Revision, direction: str, dialect: str, database: str = "") -> str:
    """The same as text; that of a script that raises ends with its error."""
    return str(run_offline(history, revision, direction, dialect, database))


def _watch_blocks(op: Any) -> list[tuple[Any, BaseException]]:
    """The blocks that an error ends, from now on, the inner first; what they have queued is never sent."""
    broken: list[tuple[Any, BaseException]] = []
    original = op.batch_alter_table

    @contextlib.contextmanager
    def batch_alter_table(*args: Any, **keywords: Any) -> Iterator[Any]:
        with original(*args, **keywords) as batch_op:
            try:
                yield batch_op
            except BaseException as error:
                broken.append((batch_op.impl, error))
                raise

    op.batch_alter_table = batch_alter_table
    return broken


@contextlib.contextmanager
def _offline(history: History, dialect: str, buffer: io.StringIO) -> Iterator[Any]:
    with EnvironmentContext(history.config, history.directory, as_sql=True) as environment, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        environment.configure(dialect_name=dialect, output_buffer=buffer, literal_binds=True)
        yield environment.get_context()
