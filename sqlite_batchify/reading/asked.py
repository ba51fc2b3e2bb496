"""Names that a script asks the database for, and drops or creates constraints by: on SQLite such a name may be None.

An inspector, or a table that is read from the database, has None for the name of a constraint without one
(https://docs.sqlalchemy.org/en/20/core/reflection.html). What comes from such a question is followed through variables
and loops by ``Holdings``; here it is followed through functions, and is said what to write.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from .. import findings
from ..names import CHECK, CREATES, FOREIGN_KEY, POSTGRESQL_CONVENTION, PRIMARY_KEY, UNIQUE
from ..operations import OPERATIONS
from .dialect import copied_on_sqlite
from .model import Note, Place
from .nones import record_of
from .syntax import Lines, descendants, dotted, in_quotes, keywords_of, last_name, literal
from .terms import Parameter, Question, Result, Term, Value, united

_WORDS = re.compile(r"\bget_(?:multi_)?(?:foreign_keys|unique_constraints|check_constraints|pk_constraint)\b")
_TABLE_WORDS = re.compile(r"\bautoload|\breflect\b")
_TYPES = {"foreignkey": FOREIGN_KEY, "unique": UNIQUE, "primary": PRIMARY_KEY, "check": CHECK}
_COLUMNS = {FOREIGN_KEY: "constrained_columns", UNIQUE: "column_names"}
_QUOTES = '"'
_MOST_LEVELS = 50  # of functions that pass a name on
USES = frozenset({"drop_constraint", *CREATES})
"""The operations that batch mode refuses without a name."""
_CHECK = "%(table_name)s_check"


class _Use(NamedTuple):
    """An operation by a name; ``function`` is the one that it stands in."""

    call: ast.Call
    name: Value
    function: str


class _Name(NamedTuple):
    """Where a name is read, in which function, what has asked for it, and the kind of its constraint."""

    read: ast.expr
    function: str
    question: Question
    kind: str


class Asking:
    """What the functions of a script get and return, and what it drops and creates."""

    def __init__(self, tree: ast.Module, text: str) -> None:
        of_table = "MetaData" in text and _TABLE_WORDS.search(text) is not None
        self.active = any(each in text for each in USES) and (of_table or _WORDS.search(text) is not None)
        self.functions: dict[str, ast.AST] = {}
        if self.active:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
            self.functions = {each.name: each for each in ast.walk(tree) if isinstance(each, kinds)}
        self._given: defaultdict[tuple[str, int | str], Value] = defaultdict(tuple)
        self._returned: defaultdict[str, Value] = defaultdict(tuple)
        self._uses: list[_Use] = []
        self._looking: dict[str, bool] = {}
        self._found: dict[tuple[Parameter | Result, tuple[str, ...]], _Name | None] = {}

    def give(self, function: str, parameter: int | str, value: Value) -> None:
        self._given[function, parameter] = united(self._given[function, parameter], value)

    def give_back(self, function: str, value: Value) -> None:
        self._returned[function] = united(self._returned[function], value)

    def use(self, call: ast.Call, name: Value, function: str) -> None:
        if name:
            self._uses.append(_Use(call, name, function))

    def looks_at_names(self, function: str) -> bool:
        """Whether a function of the script looks at the name of something."""
        if function not in self._looking:
            body = self.functions.get(function)
            found = () if body is None else descendants(body)
            self._looking[function] = any(record_of(each) is not None for each in found)
        return self._looking[function]

    def notes(self, lines: Lines) -> Iterator[Note]:
        """The operations by a name that may be None."""
        for use in self._uses:
            name = self._asked(use.name)
            if name is not None:
                line = use.call.lineno
                elsewhere = "" if name.read.lineno == line else f" of line {name.read.lineno}"
                detail, hint = lines.segment(name.read) + elsewhere, _hint(name, use, lines)
                yield Note(Place(line, lines.column(line, use.call.col_offset)), findings.ASKED_NAME, detail, hint)

    def _asked(self, value: Value, level: int = 0) -> _Name | None:
        """What of a value may be None, as a name that the database was asked for."""
        found = (self._asked_by(each, level) for each in value)
        return next((each for each in found if each is not None), None)

    def _asked_by(self, term: Term, level: int) -> _Name | None:
        if isinstance(term.start, Question):
            if term.leads != "name" or term.read is None:
                return None
            return _Name(term.read, term.function, term.start, term.kind)
        place = (term.start, term.steps)
        if place not in self._found and level < _MOST_LEVELS:
            self._found[place] = None  # so much is known of what leads back to itself
            reached = (term.reaching(each) for each in self._comes_from(term.start))
            self._found[place] = self._asked(tuple(each for each in reached if each is not None), level + 1)
        found = self._found.get(place)
        return found if found is None or term.read is None else found._replace(read=term.read, function=term.function)

    def _comes_from(self, start: Parameter | Result) -> Value:
        if isinstance(start, Result):
            return self._returned[start.function]
        given = (self._given[start.function, start.number], self._given[start.function, start.name])
        return united(*given)


# What to write


def _hint(name: _Name, use: _Use, lines: Lines) -> str:
    """Code that works on all databases."""
    read = lines.segment(name.read)
    creates = last_name(use.call) in CREATES
    kind = name.kind or (CREATES[last_name(use.call)] if creates else _of_drop(use.call)[1])
    table = _table(name, use)
    if creates:
        return f"{read} or {_made_up(name, kind, table, lines)}"
    block = f"op.batch_alter_table({_code(table)}"
    if kind == CHECK:
        copy = copied_on_sqlite()
        return f"if {read}: before it, in {block}, recreate={copy}), whose copy leaves a CHECK without a name out"
    made = {kind: POSTGRESQL_CONVENTION[kind]} if kind else POSTGRESQL_CONVENTION
    convention = ", ".join(f'"{each}": "{template}"' for each, template in made.items())
    other = _made_up(name, kind, table, lines) if kind else "the name that this makes"
    return f"{read} or {other}, in {block}, naming_convention={{{convention}}})"


def _made_up(name: _Name, kind: str, table: ast.expr | None, lines: Lines) -> str:
    """The name that PostgreSQL's convention makes, as code."""
    after_table = POSTGRESQL_CONVENTION.get(kind, _CHECK).removeprefix("%(table_name)s")
    before, _, after = after_table.partition("%(column_0_N_name)s")
    text = literal(table)
    first = f'{_code(table)} + "{before}"' if text is None else in_quotes(text + before, _QUOTES)
    if kind in (PRIMARY_KEY, CHECK):
        return first
    record = record_of(name.read)
    shown = "" if record is None else lines.segment(record)
    columns = f"{shown}.columns.keys()" if isinstance(name.read, ast.Attribute) else f'{shown}["{_COLUMNS[kind]}"]'
    return f'{first} + "_".join({columns}) + "{after}"'


def _code(table: ast.expr | None) -> str:
    text = literal(table)
    if text is not None:
        return in_quotes(text, _QUOTES)
    return "TABLE" if table is None else ast.unparse(table)


def _table(name: _Name, use: _Use) -> ast.expr | None:
    """The table whose constraint it is, as it can be written where the name is read."""
    asked = name.question.call
    of_question = asked.args[0] if asked.args else keywords_of(asked).get("table_name")
    if name.question.of_many:
        of_question = None
    of_use = _of_create(use.call) if last_name(use.call) in CREATES else _of_drop(use.call)[0]
    for table, function in ((of_use, use.function), (of_question, name.question.function)):
        if literal(table) is not None or (table is not None and dotted(table) and function == name.function):
            return table
    return None


def _of_drop(call: ast.Call) -> tuple[ast.expr | None, str]:
    """The table that a drop names, and its kind of constraint; in a block it names no table."""
    keywords = keywords_of(call)
    kinds = [_TYPES.get(literal(each) or "", "") for each in (*call.args[1:], keywords.get("type_"))]
    table = call.args[1] if len(call.args) > 1 and not kinds[0] else keywords.get("table_name")
    return table, "".join(kinds)


def _of_create(call: ast.Call) -> ast.expr | None:
    """The table that an operation names; in a block it names none, and takes one argument less."""
    operation = OPERATIONS[last_name(call)]
    given = dict(zip(operation.positional, call.args, strict=False)) | keywords_of(call)
    return given[operation.table] if given.keys() >= set(operation.positional) else None
