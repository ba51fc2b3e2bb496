"""One call that is made again and again, in a loop or in a helper: a name that is told by the variables in it."""

from __future__ import annotations

from ..names import UNKNOWN, name_of, parts_of, variable_part
from ..reading.events import Event
from .answers import Answer

_NO_NAMES = Answer(reason="it is called more than once, to different effect")


class Rounds:
    """The answers to one call. Where they differ, it may be in the names of tables and columns alone."""

    def __init__(self) -> None:
        self._ways: list[Answer | None] = []

    def add(self, event: Event, answer: Answer) -> Answer:
        """Note the answer of one round. Returns the one that holds in all of them."""
        told = [answer, *(_by_variables(event, answer, columns) for columns in (False, True))]
        known = self._ways or told
        self._ways = [one if one == other else None for one, other in zip(known, told, strict=True)]
        return next((each for each in self._ways if each is not None), _NO_NAMES)


def _by_variables(event: Event, answer: Answer, columns: bool) -> Answer | None:
    table, column = event.variables
    values = {table: event.table.name}
    if columns:
        values[column] = event.constraints[0].columns[0] if event.constraints and event.constraints[0].columns else ""
    if "" in values or {"", UNKNOWN} & set(values.values()):
        return None
    names, unique, check, drops = (
        tuple(_with_variables(name, values) for name in several)
        for several in (answer.names, (answer.unique,), (answer.check,), (answer.drops,))
    )
    return answer._replace(names=names, unique=unique[0], check=check[0], drops=drops[0])


def _with_variables(name: str | None, values: dict[str, str]) -> str | None:
    for variable, value in values.items() if name is not None else ():
        parts = parts_of(name or "")
        at = next((number for number, part in enumerate(parts) if number % 2 == 0 and value in part), None)
        if at is not None:
            parts[at] = parts[at].replace(value, variable_part(variable), 1)
            name = name_of(parts)
    return name
