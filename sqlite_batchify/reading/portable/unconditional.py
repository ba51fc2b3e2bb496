"""A text that adds or drops a column if it is there, or is not, as it is put together in a script, without that."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from itertools import islice, product
from typing import NamedTuple

from ..sql.foreign import FILLED
from ..sql.otherwise import is_added
from ..sql.plainer import column_test, plainer
from ..syntax import Lines, in_quotes
from .statements import Texts

_QUOTES = '"'
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
"""A name that every database writes so."""
_MARK = re.compile(r"filled_in_(\d+)_")
_BRACES = re.compile(r"([{}])")
NOTHING = '"SELECT 1"'
_MOST = 50  # texts that one may be


class Unconditional(NamedTuple):
    """What SQLite gets, and the names of the table and the column, as code; ``safe`` if it surely does the same."""

    text: str
    table: str
    column: str
    there: bool
    safe: bool

    def code(self, op: str, package: str) -> str:
        test = column_test(self.table, self.column, self.there, op, package)
        return f"({self.text} if {test} else {NOTHING})"


def without_condition(text: ast.expr, lines: Lines, texts: Texts) -> Unconditional | None:
    """The same text for SQLite, which is asked first; None if there is no such condition, or not all is understood.

    What is filled in has to be names whose texts are known.
    """
    parts = text.values if isinstance(text, ast.JoinedStr) else []
    filled = [each.value for each in parts if isinstance(each, ast.FormattedValue)]
    marked = _marked(text)
    plain = None if marked is None or not all(isinstance(each, ast.Name) for each in filled) else plainer(marked)
    if plain is None or plain.asked is None:
        return None
    codes = [lines.segment(each) for each in filled]
    table, column, there = plain.asked
    names = _code_of(table, codes), _code_of(column, codes)
    every = list(islice(product(*map(texts.of, filled)), _MOST + 1))
    possible = [{name: _filled_in(name, each) for name in (table, column, plain.sql)} for each in every]
    known = all(_PLAIN.fullmatch(each[name]) for each in possible for name in (table, column))
    taken = there or all(FILLED not in each[plain.sql] and is_added(each[plain.sql]) for each in possible)
    if None in names or len(every) > _MOST or not (known and taken):
        return None
    told = _MARK.sub(lambda found: f"{{{codes[int(found[1])]}}}", _BRACES.sub(r"\1\1", plain.sql))
    code = f"{'f' if codes else ''}{in_quotes(told if codes else plain.sql, _QUOTES)}"
    return Unconditional(code, str(names[0]), str(names[1]), there, safe=not there)


def _filled_in(sql: str, given: Sequence[str]) -> str:
    """The SQL with what stands for its marks."""
    return _MARK.sub(lambda found: given[int(found[1])], sql)


def _marked(text: ast.expr) -> str | None:
    """The SQL with a name in the place of each thing that is filled in."""
    if isinstance(text, ast.Constant):
        return text.value if isinstance(text.value, str) else None
    made, count = "", 0
    for each in text.values if isinstance(text, ast.JoinedStr) else ():
        if isinstance(each, ast.Constant):
            made += str(each.value)
        elif isinstance(each, ast.FormattedValue) and each.conversion == -1 and each.format_spec is None:
            made, count = f"{made}filled_in_{count}_", count + 1
        else:
            return None
    return made or None


def _code_of(name: str, codes: list[str]) -> str | None:
    """Code for a name; None if only a part of it is filled in."""
    filled = _MARK.fullmatch(name)
    if filled is not None:
        return codes[int(filled[1])]
    return None if _MARK.search(name) else in_quotes(name, _QUOTES)
