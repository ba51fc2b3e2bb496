"""Migration tests for a project's own pytest suite: one for each revision.

from sqlite_batchify.testing import migration_tests

test_migration = migration_tests("migrations")
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def migration_tests(
    target: str | None = None, *, foreign_keys: str = "auto", only: Collection[str] = (), metadata: Any = None
) -> Callable[[str], None]:
    """A test function that is parametrised over the revisions of a history.

    The arguments are those of ``verify_history``; ``only`` are the classes of problems that count, by default
    all. Each test fails with the problems of its revision. Raises HistoryError where it is called if there is no
    history.
    """
    import pytest

    from .report.history import failure_text
    from .verify.history import load_history
    from .verify.keys import keys_for
    from .verify.replay import Options, Replay

    history = load_history(target)
    replay = Replay(history, Options(keys_for(foreign_keys, history), metadata))
    steps = replay.steps()

    @pytest.mark.parametrize("revision", [revision.id for revision in history.revisions])
    def test_migration(revision: str) -> None:
        for _ in steps:
            pass  # those of the first test
        told = (failure_text(step, only) for step in replay.report.steps if step.revision == revision)
        text = "\n".join(filter(None, told))
        if text:
            pytest.fail(text, pytrace=False)

    return test_migration
