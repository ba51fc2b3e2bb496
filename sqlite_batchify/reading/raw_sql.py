"""Raw SQL that ALTERs in a way that SQLite does not take (https://sqlite.org/lang_altertable.html)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from .. import findings
from .bindings import Bindings
from .calls import place_of
from .model import Fix, Note, Place
from .sql.scan import alter_statements, sqlite_takes
from .syntax import Lines, calls_in, dotted, has_stars, in_quotes, last_name, literal

if TYPE_CHECKING:
    from .sql.statements import Statement

_ALTER_TABLE = re.compile(r"\bALTER\s+TABLE\b", re.IGNORECASE)
_DETAIL = 72
_ANY_OPERATION = "an operation (op.alter_column, op.create_foreign_key, ...)"
_STRING_OR_COMMENT = re.compile(
    r"""#[^\r\n]*"""
    r"""|\"{3}[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"{3}|'{3}[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'{3}"""
    r"""|"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'""",
    re.DOTALL,
)
"""In code without f-strings; before Python 3.12.4, ``tokenize`` copies a line for each token on it."""
_EXECUTE = frozenset({"execute", "exec_driver_sql", "scalar"})


class RawSql(NamedTuple):
    """What is found in one statement: notes, and what can take its place if all of its SQL is understood."""

    notes: tuple[Note, ...]
    fix: Fix | None


def look(statement: ast.stmt, bindings: Bindings, lines: Lines) -> RawSql:
    """The SQL in a statement that SQLite does not take."""
    calls = [each for each in calls_in(statement) if last_name(each) in _EXECUTE]
    if not calls:
        return RawSql((), None)
    looking = _Looking(bindings, lines, bindings.package)
    fix = looking.replacement(statement)
    added = " (as --unsafe-fixes does)" if fix is not None else ""
    notes = tuple(each._replace(hint=each.hint + added) for call in calls for each in looking.find(call))
    return RawSql(notes, fix)


class _Looking(NamedTuple):
    """``sqlalchemy`` is the name of that package here, None if it has none."""

    bindings: Bindings
    lines: Lines
    sqlalchemy: str | None

    def find(self, call: ast.Call) -> Iterator[Note]:
        sql = self._plain_sql(call)
        read = partial(self._read, call=call, single=self._single(call, sql))
        whole = None if sql is None else read(sql)
        if whole is not None:
            yield from (self._note(call, each) for each in whole if not each.sqlite_takes)
            return
        for statement in alter_statements(_text(call)):
            part = None if sql is None else read(statement)
            if part is not None:
                yield from (self._note(call, each) for each in part if not each.sqlite_takes)
            elif not sqlite_takes(statement):
                yield Note(place_of(call, self.lines), findings.RAW_SQL, _shorten(statement), _ANY_OPERATION)

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
        read = self._read(sql, call, self._single(call, sql)) or ()
        if all(each.sqlite_takes for each in read):
            return None
        end = call.end_lineno or call.lineno
        stop = Place(end, self.lines.column(end, call.end_col_offset or 0))
        return Fix(place_of(call, self.lines), stop, tuple(operation for each in read for operation in each.operations))

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
        if not _ALTER_TABLE.search(sql):
            return None
        if isinstance(call.func, ast.Attribute) and self.bindings.method(call.func) is not None:
            op = self.lines.segment(call.func.value)
        else:
            packages = (f"{package}.op" for package in self.bindings.packages)
            op = min([*self.bindings.op, *packages], default="op")
        return _statements(sql, op, self.sqlalchemy, single)

    def _note(self, call: ast.Call, statement: Statement) -> Note:
        detail, hint = _shorten(statement.sql), "; ".join(statement.operations)
        return Note(place_of(call, self.lines), findings.RAW_SQL, detail, hint)


@lru_cache(maxsize=8)  # a statement is looked at for notes and for what can take its place
def _statements(sql: str, op: str, sqlalchemy: str | None, single: bool) -> tuple[Statement, ...] | None:
    from .sql.code import Writer
    from .sql.statements import read_statements

    return read_statements(sql, Writer(op, sqlalchemy, partial(in_quotes, quotes="'" if single else '"')))


def _only_argument(call: ast.Call) -> ast.expr | None:
    given = [*call.args, *(each.value for each in call.keywords)]
    return given[0] if len(given) == 1 and not has_stars(call) else None


def _holds_comment(code: str) -> bool:
    return "#" in code and any(each.startswith("#") for each in _STRING_OR_COMMENT.findall(code))


def _single_quotes(code: str) -> bool:
    """Whether the code writes a string in single quotes."""
    found = _STRING_OR_COMMENT.findall(code)
    return any(each.startswith("'") and not each.startswith("'''") for each in found)


def _text(call: ast.Call) -> str:
    """The text of the strings among the arguments; ``{}`` stands for what an f-string fills in."""
    return ";".join(_pieces(each) for each in (*call.args, *(keyword.value for keyword in call.keywords)))


def _pieces(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join("{}" if isinstance(each, ast.FormattedValue) else literal(each) or "" for each in node.values)
    if isinstance(node, ast.Call):
        return _text(node)
    behind: list[str] = []
    while isinstance(node, ast.BinOp):
        behind.append(_pieces(node.right))
        node = node.left
    if behind:
        return _pieces(node) + "".join(reversed(behind))
    return literal(node) or ""


def _shorten(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 3] + "..."
