"""Where something comes from that the database was asked for, and the steps that lead to it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE
from .syntax import last_name

ITEM, LISTED, CALLED, SURE, NAMED = "item", "listed", "called", "sure", "named"
"""One of several, several of it, a dictionary in which it is the name, what is not None, and what has a name."""
KEY_NAME, NAME = '["name"]', ".name"
_UNDONE = {(LISTED, ITEM), (CALLED, KEY_NAME)}
_RULED_OUT = {SURE: ("name",), NAMED: ("dict", "constraint")}
_QUESTIONS = {
    "foreign_keys": FOREIGN_KEY,
    "unique_constraints": UNIQUE,
    "check_constraints": CHECK,
    "pk_constraint": PRIMARY_KEY,
}
ASKING = {
    **{f"get_{what}": ("dict" if kind == PRIMARY_KEY else "dicts", kind) for what, kind in _QUESTIONS.items()},
    **{f"get_multi_{what}": ("all" if kind != PRIMARY_KEY else "dicts", kind) for what, kind in _QUESTIONS.items()},
}
"""The methods of an inspector: what they return, and the kind of constraint."""
METADATA, TABLE = "metadata", "table"
_LEADS = {
    ("all", ITEM): "dicts",
    ("dicts", ITEM): "dict",
    ("dict", KEY_NAME): "name",
    (METADATA, ".tables"): "tables",
    (METADATA, ".sorted_tables"): "tables",
    ("tables", ITEM): TABLE,
    (TABLE, ".constraints"): "constraints",
    (TABLE, ".foreign_key_constraints"): "constraints",
    (TABLE, ".foreign_keys"): "constraints",
    (TABLE, ".primary_key"): "constraint",
    ("constraints", ITEM): "constraint",
    ("constraint", ".constraint"): "constraint",
    ("constraint", NAME): "name",
}
ATTRIBUTES = frozenset(step for _, step in _LEADS if step.startswith("."))
_KINDS = {".foreign_key_constraints": FOREIGN_KEY, ".foreign_keys": FOREIGN_KEY, ".primary_key": PRIMARY_KEY}
_MOST_TERMS = 8
_MOST_STEPS = 12


class Question(NamedTuple):
    """What asks the database: what it returns, the kind of constraint, and the function that it stands in."""

    call: ast.Call
    returns: str
    kind: str
    function: str

    @property
    def of_many(self) -> bool:
        """Whether it does not say which table is meant."""
        return self.returns in ("all", METADATA) or "multi" in last_name(self.call)


class Parameter(NamedTuple):
    function: str
    number: int
    name: str


class Result(NamedTuple):
    function: str


class Term(NamedTuple):
    """Something that comes from a question, from what a function gets, or from what it returns, and the steps to it.

    ``read`` is where it becomes a name, and ``function`` that in which this stands.
    """

    start: Question | Parameter | Result
    steps: tuple[str, ...] = ()
    read: ast.expr | None = None
    function: str = ""

    def then(self, step: str) -> Term | None:
        """One step further, None if that leads to nothing of interest."""
        last = self.steps[-1] if self.steps else ""
        if (last, step) in _UNDONE:
            return self._replace(steps=self.steps[:-1])
        if step in _RULED_OUT and (isinstance(self.start, Question) or last in (LISTED, CALLED, step)):
            return None if self.leads in _RULED_OUT[step] else self
        longer = self._replace(steps=(*self.steps, step))
        return longer if len(longer.steps) <= _MOST_STEPS and longer.leads else None

    def reaching(self, other: Term) -> Term | None:
        """The same, where its start is the other."""
        found: Term | None = other
        for step in self.steps:
            found = None if found is None else found.then(step)
        return found and found._replace(read=self.read or found.read, function=self.function or found.function)

    @property
    def kind(self) -> str:
        """The kind of constraint; empty if a table is asked for all of them."""
        asked = self.start.kind if isinstance(self.start, Question) else ""
        return asked or next((_KINDS[each] for each in self.steps if each in _KINDS), "")

    @property
    def leads(self) -> str:
        """To what; empty for nothing of interest."""
        what = self.start.returns if isinstance(self.start, Question) else "something"
        wrapped = False
        for step in self.steps:
            if step in (LISTED, CALLED):
                wrapped = True
            elif wrapped:
                return ""
            elif isinstance(self.start, Question):
                what = _LEADS.get((what, step), "")
        return f"wrapped {what}" if what and wrapped else what


Value = tuple[Term, ...]


def stepped(value: Value, *steps: str, read: ast.expr | None = None, function: str = "") -> Value:
    """What these steps lead to."""
    for step in steps:
        value = tuple(each for each in (term.then(step) for term in value) if each is not None)
    return value if read is None else tuple(each._replace(read=read, function=function) for each in value)


def united(*values: Value) -> Value:
    """One or the other."""
    if sum(map(bool, values)) < 2:
        return next(filter(None, values), ())
    return tuple({(each.start, each.steps): each for value in values for each in value}.values())[:_MOST_TERMS]
