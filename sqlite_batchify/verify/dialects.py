"""The DDL text of a history for the databases that are not SQLite, as ``alembic upgrade --sql`` would print it."""

from __future__ import annotations

import contextlib
import io
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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


def _compare(revision: Revision, by_id: list[tuple[History, dict[str, Revision]]], databases: list[str]) -> Comparison:
    """Compare the texts of one revision. What a script raises is part of them; anything else is a defect."""
    compared, renamed = 0, 0
    found: list[Difference] = []
    try:
        same = [(history, known[revision.id]) for history, known in by_id]
        for database, direction, dialect in itertools.product(databases, (UPGRADE, DOWNGRADE), DIALECTS):
            old, new, named = (text_of(*each, direction, dialect, database) for each in same)
            compared += 1
            renamed += new != named
            if old != new:
                lines = (tuple(text.splitlines()) for text in (old, new))
                found.append(Difference(revision.id, shown_path(revision.path), direction, dialect, *lines))
    except Exception as error:
        return Comparison(0, (), 0, (defect_at(revision, OFFLINE, error),))
    return Comparison(compared, tuple(found), renamed)


def text_of(history: History, revision: Revision, direction: str, dialect: str, database: str = "") -> str:
    """What one direction of one revision sends to a database, offline. A script that raises ends with its error."""
    function = None if revision.error is not None else function_of(revision, direction, database)
    if function is None:
        return ""
    buffer = io.StringIO()
    with _offline(history, dialect, buffer) as context, Operations.context(context):
        error = run_script(function)
        if error is not None:
            buffer.write(f"-- {type(error).__name__}: {told(error)}\n")
    return buffer.getvalue()


@contextlib.contextmanager
def _offline(history: History, dialect: str, buffer: io.StringIO) -> Iterator[Any]:
    with EnvironmentContext(history.config, history.directory, as_sql=True) as environment, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        environment.configure(dialect_name=dialect, output_buffer=buffer, literal_binds=True)
        yield environment.get_context()
