"""What one direction of a revision script sends to a database: as ``--sql`` prints it, and in a recorded connection."""

from __future__ import annotations

import ast
import importlib
import io
import sys
from dataclasses import dataclass
from enum import Enum
from types import CodeType, ModuleType
from typing import Any, cast

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from .recorder import record
from .sandbox import sandbox
from .stubs import Answers

DIALECTS = ("postgresql", "mysql", "mssql", "oracle")
DIRECTIONS = ("upgrade", "downgrade")
SCRIPT = "script"
"""The file name that a running script has."""
_MOST = 10_000
"""Entries of the log; a script that is in need of more does not end."""

for _dialect in (*DIALECTS, "sqlite"):
    # What one script imports of SQLAlchemy the next one would find (sa.dialects.mysql): all of it is there from the
    # beginning, so that the order of the scripts does not matter.
    importlib.import_module(f"sqlalchemy.dialects.{_dialect}")
for _extension in ("compiler", "declarative", "hybrid", "mutable"):
    importlib.import_module(f"sqlalchemy.ext.{_extension}")


class World(Enum):
    """The circumstances of a run: ``alembic upgrade --sql``, or a connection where all that a script asks for is there
    or nothing is."""

    OFFLINE = "offline"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class Outcome:
    """The text that was sent, the type of the error that ended it ("" if none), and whether the world mattered."""

    text: str
    error: str
    asked: bool


@dataclass(frozen=True)
class Program:
    """A script, compiled, and the names in it that the inspector of a recorded connection can know."""

    code: CodeType
    names: tuple[str, ...]


def compile_script(source: bytes) -> Program:
    """Raises SyntaxError (or ValueError) as Python does."""
    tree = ast.parse(source)
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return Program(compile(tree, SCRIPT, "exec"), tuple(sorted(name for name in strings if name.isidentifier())))


def run(program: Program, direction: str, dialect: str, world: World) -> Outcome:
    """Run one direction of a script. Whatever it raises becomes part of the outcome."""
    log = _Log()
    Answers.value, Answers.asked = world is not World.ABSENT, False
    error = ""
    with sandbox():
        environment = EnvironmentContext(Config(), cast(ScriptDirectory, None), as_sql=True)
        with environment:
            environment.configure(dialect_name=dialect, output_buffer=log, literal_binds=True)
            context = environment.get_context()
            if world is not World.OFFLINE:
                environment.context_opts["as_sql"] = False
                connection = record(context.dialect, log.entries, program.names)
                context.connection = context.impl.connection = connection
            with Operations.context(context):
                error = _execute(program.code, direction)
    return Outcome("\n".join(log.entries), error, Answers.asked or bool(error))


class EndlessError(Exception):
    """A script sends statements without end, since what it waits for never happens in a recorded connection."""


class _Entries(list[str]):
    def append(self, entry: str) -> None:
        if len(self) >= _MOST:
            raise EndlessError
        super().append(entry)


class _Log(io.StringIO):
    """The output buffer of Alembic, and the log of the connection: in one list, so that their order shows."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[str] = _Entries()

    def write(self, text: str) -> int:
        self.entries.append(text)
        return len(text)


def _execute(code: CodeType, direction: str) -> str:
    module = ModuleType("revision_script")
    sys.modules[module.__name__] = module
    namespace: dict[str, Any] = module.__dict__
    try:
        exec(code, namespace)
        if direction in namespace:
            namespace[direction]()
    except (Exception, SystemExit) as error:
        return type(error).__name__
    finally:
        del sys.modules[module.__name__]
    return ""
