"""Scripts are imported as Alembic's commands import them: while ``op`` and ``context`` stand for a database."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

_OF_THE_CONTEXT = ("get_bind", "get_context")


class Uses:
    """Whether ``op`` or the context was used since ``begin``."""

    seen = False

    def begin(self) -> None:
        self.seen = False

    def noticed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:
            self.seen = True
            return function(*args, **keywords)

        return call


@contextlib.contextmanager
def bound_operations(config: Config, directory: ScriptDirectory, connection: Connection) -> Iterator[Uses]:
    """Let ``alembic.op`` and ``alembic.context`` stand for a database, and notice whether they are used."""
    uses = Uses()
    with EnvironmentContext(config, directory) as environment, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        environment.configure(connection=connection)
        with Operations.context(environment.get_context()) as op:
            for name in (each for each in dir(Operations) if not each.startswith("_")):
                if callable(getattr(op, name)):
                    setattr(op, name, uses.noticed(getattr(op, name)))
            for name in _OF_THE_CONTEXT:
                setattr(environment, name, uses.noticed(getattr(environment, name)))
            yield uses
