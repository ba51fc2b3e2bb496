"""What fails of a script, with what can be known of it, and remedies that several causes have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..planning.edits import DIVIDE, INSTEAD, WITHOUT_ARGUMENT, Edit, Remedy
from .errors import original_of, told
from .queues import Queue
from .remedies import Call, written
from .schema import Schema, Table
from .written import ELSEWHERE, ON_SQLITE

Cause = Mapping[str, str]
"""What stands for ``{error}`` and ``{hint}`` of a finding; empty if nothing was found."""


@dataclass(frozen=True)
class Failure:
    """What fails: a block with its queue, or an operation by itself (``variable`` is ``op``).

    ``call`` is what opens the block, or the operation, and ``calls`` are those in the block. ``read`` reads the schema,
    of all or of one table, and ``ask`` runs a query.
    """

    error: Exception
    table: str
    read: Callable[[str | None], Schema]
    queue: Queue
    call: Call
    variable: str
    ask: Callable[..., Any]
    calls: Sequence[Call] = ()

    @property
    def text(self) -> str:
        original = original_of(self.error)
        return f"{type(original).__name__}: {told(original)}"

    @property
    def is_block(self) -> bool:
        return self.call.method == "batch_alter_table"

    @property
    def who(self) -> str:
        return "it" if self.is_block else f"op.{self.call.method}"

    @cached_property
    def schema(self) -> Schema:
        return self.read(None)

    @cached_property
    def known(self) -> Table | None:
        return next(iter(self.read(self.table).tables.values()), None)

    @cached_property
    def columns(self) -> list[str]:
        return [] if self.known is None else [column.name for column in self.known.columns]

    def called(self, lowered: str) -> str:
        """A column as the table has it."""
        return next((each for each in self.columns if each.lower() == lowered.lower()), lowered)

    def call_of(self, entry: object) -> Call:
        """The call that has put this into the queue."""
        found = (each for each in self.calls if any(entry is queued for queued in each.queued))
        return next(found, self.call)

    def divided(self, entry: object) -> str:
        return divide_at(self.call_of(entry), self.variable)

    def without(self, entry: object, keyword: str, condition: str) -> str:
        """An operation with a keyword for other databases, and on SQLite under a condition without it."""
        call = self.call_of(entry)
        plain = replace(call, keywords={key: value for key, value in call.keywords.items() if key != keyword})
        elsewhere, here = call.written(self.variable), plain.written(self.variable)
        on_sqlite = f"{ON_SQLITE.rstrip(': ')} and {condition}: "
        code = [f"{ELSEWHERE}{elsewhere}", f"{on_sqlite}{here}"]
        edit = Edit(INSTEAD, "\n".join(code), call.line)
        return Remedy(f"without {keyword} on SQLite, instead of it: {'; and '.join(code)}", edit)


def divide_at(call: Call, variable: str) -> Remedy:
    where = call.written(variable)
    return Remedy(f"divide the block: begin a new one at {where}", Edit(DIVIDE, line=call.line))


def look_for(thing: str, listed: str, table: str, there: bool = False) -> str:
    """The condition for a column, a constraint or an index that is not there, or that is."""
    return f"look first (not for --sql, where there is no connection): if {is_there(thing, listed, table, there)}:"


def is_there(thing: str, listed: str, table: str, there: bool = True) -> str:
    word = "in" if there else "not in"
    return f'{written(thing)} {word} {{each["name"] for each in sa.inspect(op.get_bind()).{listed}({written(table)})}}'


def without_argument(keyword: str, line: int = 0) -> Remedy:
    return Remedy(f"leave {keyword}= out", Edit(WITHOUT_ARGUMENT, line=line, of=keyword))
