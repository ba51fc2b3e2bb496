"""Raw SQL that ALTERs, or creates and drops indexes, in a way that SQLite does not take.

https://sqlite.org/lang_altertable.html, https://sqlite.org/lang_createindex.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from .. import findings
from .bindings import Bindings
from .calls import place_of
from .model import Fix, Note, Place
from .sql.code import Writer
from .sql.indexes import may_hold_index, read_index, refused_indexes
from .sql.plainer import plainer
from .sql.scan import alter_statements, sqlite_takes
from .syntax import Lines, calls_in, dotted, has_stars, in_quotes, last_name, literal

if TYPE_CHECKING:
    from .sql.statements import Statement

_ALTER_TABLE = re.compile(r"\bALTER\s+TABLE\b", re.IGNORECASE)
_DETAIL = 72
_USUAL = "sa"
_ANY_OPERATION = "an operation (op.alter_column, op.create_foreign_key, ...)"
_OF_INDEX = "op.drop_index and op.create_index"
_GUARD = 'if op.get_context().dialect.name == "{}":'
_STRING_OR_COMMENT = re.compile(
    r"""#[^\r\n]*"""
    r"""|\"{3}[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"{3}|'{3}[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'{3}"""
    r"""|"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'""",
    re.DOTALL,
)
"""In code without f-strings; before Python 3.12.4, ``tokenize`` copies a line for each token on it."""
_ALTER_INDEX = re.compile(r"ALTER\s+INDEX\b", re.IGNORECASE)
_INDENT = "    "
_QUOTING = tuple(partial(in_quotes, quotes=each) for each in ('"', "'"))
_LISTED = re.compile(r"\bSET\s+DEFAULT\s+'\{[^']*'(?!\s*::)", re.IGNORECASE)
"""What is an empty document or an empty array, as the column is of which the statement says nothing."""
Texts = Callable[[ast.Name], str]
_EXECUTE = frozenset({"execute", "exec_driver_sql", "scalar"})


class RawSql(NamedTuple):
    """What is found in one statement: notes, and what can take its place if all of its SQL is understood."""

    notes: tuple[Note, ...]
    fix: Fix | None


def look(statement: ast.stmt, bindings: Bindings, lines: Lines, texts: Texts) -> RawSql:
    """The SQL in a statement that SQLite does not take; ``texts`` gives the text that a name stands for."""
    calls = [each for each in calls_in(statement) if last_name(each) in _EXECUTE]
    if not calls:
        return RawSql((), None)
    looking = _Looking(bindings, lines, bindings.package, texts)
    fix = looking.replacement(statement)
    added = " (as --unsafe-fixes does)" if fix is not None and not fix.here else ""
    notes = [each._replace(hint=each.hint + added) for call in calls for each in looking.find(call)]
    notes += [each for call in calls for each in looking.find_indexes(call)]
    return RawSql(tuple(notes), fix)


class _Here(NamedTuple):
    """Operations that do on SQLite what SQL does elsewhere; ``safe`` if they surely do the same.

    ``steps`` are operations that are done one after another, each with the head of an ``if`` or nothing.
    """

    steps: tuple[tuple[str, str], ...]
    safe: bool

    @property
    def statements(self) -> tuple[str, ...]:
        """Lines of code."""
        grouped = groupby(self.steps, key=itemgetter(0))
        return tuple(
            line
            for test, steps in grouped
            for line in ((test,) if test else ()) + tuple(f"{_INDENT if test else ''}{each}" for _, each in steps)
        )

    @property
    def hint(self) -> str:
        told = "; ".join(f"{each} under: {test}" if test else each for test, each in self.steps) or "nothing"
        return f"{told} on SQLite alone, as --portable{'' if self.safe else ' --unsafe-fixes'} does"


class _Looking(NamedTuple):
    """``sqlalchemy`` is the name of that package here, None if it has none."""

    bindings: Bindings
    lines: Lines
    sqlalchemy: str | None
    texts: Texts

    def find(self, call: ast.Call) -> Iterator[Note]:
        sql = self._plain_sql(call)
        known = self._replace(sqlalchemy=self.sqlalchemy or _USUAL)  # what SQLite takes hangs on no import
        read = partial(known._read, call=call, single=self._single(call, sql))
        whole = None if sql is None else read(sql)
        if whole is not None:
            yield from (self._note(call, each) for each in whole if not each.sqlite_takes)
            return
        for statement in alter_statements(_text(call, self.texts)):
            part = None if sql is None else read(statement)
            plain = plainer(statement) if part is None else None
            if part is not None:
                yield from (self._note(call, each) for each in part if not each.sqlite_takes)
            elif plain is not None:
                understood = read(plain.sql) or ()
                operations = "; ".join(name for each in understood for name in each.operations)
                hint = operations or _ANY_OPERATION
                yield self._told(call, statement, f"{hint} under: if {plain.asked.test()}:" if plain.asked else hint)
            elif not sqlite_takes(statement):
                here = None if sql is None else known._here(statement, call, self._single(call, sql))
                other = _OF_INDEX if _ALTER_INDEX.match(statement) else _ANY_OPERATION
                yield self._told(call, statement, other if here is None else here.hint)

    def find_indexes(self, call: ast.Call) -> Iterator[Note]:
        text = _text(call, self.texts)
        for statement in refused_indexes(text) if may_hold_index(text) else ():
            operation, database = read_index(statement, self._writer(call, _single_quotes(self.lines.segment(call))))
            guard = _GUARD.format(database).replace("op.", f"{self._op(call)}.", 1)
            hint = f"above it: {guard}" if operation is None else f"{operation} in its place, or above it: {guard}"
            yield Note(place_of(call, self.lines), findings.RAW_INDEX, _shorten(statement), hint)

    def replacement(self, statement: ast.stmt) -> Fix | None:
        """What can take the place of an ``op.execute(...)`` that is this whole statement.

        None if SQLite takes the SQL, if not all of it is understood, or if a comment would be lost.
        """
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return None
        if (statement.col_offset, statement.end_col_offset) != (call.col_offset, call.end_col_offset):  # parentheses
            return None
        sql = self._plain_sql(call) if self.bindings.method(call.func) == "execute" else None
        if sql is None or _holds_comment(self.lines.segment(call)):
            return None
        single = self._single(call, sql)
        read = self._read(sql, call, single)
        here = self._here(sql, call, single) if read is None else None
        if (read is None and here is None) or (read is not None and all(each.sqlite_takes for each in read)):
            return None
        end = call.end_lineno or call.lineno
        stop = Place(end, self.lines.column(end, call.end_col_offset or 0))
        operations = here.statements if here is not None else tuple(_operations(read or ()))
        known = _LISTED.search(sql) is None
        fix = Fix(place_of(call, self.lines), stop, operations, self._op(call), safe=known)
        if here is None:
            return fix
        package = self.sqlalchemy is not None or not any(f"{_USUAL}." in each for each in operations)
        return fix._replace(here=True, safe=known and here.safe, package=package)

    def _here(self, sql: str, call: ast.Call, single: bool) -> _Here | None:
        """What is to be done on SQLite alone, None if not all of the SQL is understood."""
        from .sql.alterations import altered_here

        altered = altered_here(sql) if _ALTER_TABLE.search(sql) else None
        known = self._replace(sqlalchemy=self.sqlalchemy or _USUAL)
        if altered is None:
            same = None if self.sqlalchemy is not None else known._read(sql, call, single)
            return None if same is None else _Here(tuple(("", each) for each in _operations(same)), True)
        steps: list[tuple[str, str]] = []
        writer = known._writer(call, single)
        for each in altered:
            steps += (("", writer.operation("execute", (before,), {})) for before in each.before)
            told = known._read(each.sql, call, single) if each.sql else ()
            if told is None:
                return None
            asked = None if each.asked is None else each.asked.test(self._op(call), known.sqlalchemy or _USUAL)
            test = "" if asked is None else f"if {asked}:"
            steps += ((test, operation) for operation in _operations(told))
        return _Here(tuple(steps), all(each.safe for each in altered))

    def _plain_sql(self, call: ast.Call) -> str | None:
        """The SQL of a call whose only argument is a literal, or SQLAlchemy's ``text(...)`` with a literal."""
        value = _only_argument(call)
        if isinstance(value, ast.Call):
            name = dotted(value.func)
            known = name[-1:] == ("text",) and name[0] in self.bindings.builders
            value = _only_argument(value) if known else None
        return literal(value)

    def _single(self, call: ast.Call, sql: str | None) -> bool:
        """Whether the call uses single quotes, as far as that is asked for."""
        asked = sql is not None and _ALTER_TABLE.search(sql) is not None
        return asked and _single_quotes(self.lines.segment(call))

    def _read(self, sql: str, call: ast.Call, single: bool) -> tuple[Statement, ...] | None:
        """What the SQL of this call does, None if not all of it is understood."""
        return _statements(sql, self._writer(call, single)) if _ALTER_TABLE.search(sql) else None

    def _op(self, call: ast.Call) -> str:
        """How ``op`` is written here."""
        if isinstance(call.func, ast.Attribute) and self.bindings.method(call.func) is not None:
            return self.lines.segment(call.func.value)
        packages = (f"{package}.op" for package in self.bindings.packages)
        return min([*self.bindings.op, *packages], default="op")

    def _writer(self, call: ast.Call, single: bool) -> Writer:
        return Writer(self._op(call), self.sqlalchemy, _QUOTING[single])

    def _note(self, call: ast.Call, statement: Statement) -> Note:
        return self._told(call, statement.sql, "; ".join(statement.operations))

    def _told(self, call: ast.Call, sql: str, hint: str) -> Note:
        return Note(place_of(call, self.lines), findings.RAW_SQL, _shorten(sql), hint)


@lru_cache(maxsize=8)  # a statement is looked at for notes and for what can take its place
def _statements(sql: str, writer: Writer) -> tuple[Statement, ...] | None:
    from .sql.statements import read_statements

    return read_statements(sql, writer)


def _operations(statements: Iterable[Statement]) -> Iterator[str]:
    return (operation for each in statements for operation in each.operations)


def _only_argument(call: ast.Call) -> ast.expr | None:
    given = [*call.args, *(each.value for each in call.keywords)]
    return given[0] if len(given) == 1 and not has_stars(call) else None


def _holds_comment(code: str) -> bool:
    return "#" in code and any(each.startswith("#") for each in _STRING_OR_COMMENT.findall(code))


def _single_quotes(code: str) -> bool:
    """Whether the code writes a string in single quotes."""
    found = _STRING_OR_COMMENT.findall(code)
    return any(each.startswith("'") and not each.startswith("'''") for each in found)


def _text(call: ast.Call, texts: Texts) -> str:
    """The text of the strings among the arguments; ``{}`` stands for what an f-string fills in."""
    return ";".join(_pieces(each, texts) for each in (*call.args, *(keyword.value for keyword in call.keywords)))


def _pieces(node: ast.expr, texts: Texts) -> str:
    if isinstance(node, ast.Name):
        return texts(node)
    if isinstance(node, ast.JoinedStr):
        return "".join("{}" if isinstance(each, ast.FormattedValue) else literal(each) or "" for each in node.values)
    if isinstance(node, ast.Call):
        return _text(node, texts)
    behind: list[str] = []
    while isinstance(node, ast.BinOp):
        behind.append(_pieces(node.right, texts))
        node = node.left
    if behind:
        return _pieces(node, texts) + "".join(reversed(behind))
    return literal(node) or ""


def _shorten(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 3] + "..."
