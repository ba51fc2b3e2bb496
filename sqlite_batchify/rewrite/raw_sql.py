"""Raw SQL that ALTERs in a way that SQLite does not take (https://sqlite.org/lang_altertable.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from .bindings import Bindings
from .blocks import quoted
from .sql.scan import alter_statements, sqlite_takes
from .syntax import descendants, dotted, literal, source

if TYPE_CHECKING:
    from .sql.statements import Statement

_ALTER_TABLE = re.compile(r"\bALTER\s+TABLE\b", re.IGNORECASE)
_DETAIL = 72
_ANY_OPERATION = "an operation (op.alter_column, op.create_foreign_key, ...)"


class Found(NamedTuple):
    """A call of an ``execute`` that holds such SQL; ``hint`` is what to write in its place."""

    call: cst.Call
    detail: str
    hint: str


class Replacement(NamedTuple):
    """A call that is a whole statement, and the operations that do the same."""

    call: cst.Call
    operations: tuple[str, ...]


def sqlalchemy_names(small: cst.BaseSmallStatement) -> set[str]:
    """The names that an import gives to the package ``sqlalchemy``."""
    aliases = small.names if isinstance(small, cst.Import) else ()
    named = ((dotted(alias.name), alias.evaluated_alias) for alias in aliases)
    return {alias or "sqlalchemy" for module, alias in named if module == ("sqlalchemy",)}


def find(small: cst.BaseSmallStatement, bindings: Bindings, sqlalchemy: str | None) -> Iterator[Found]:
    """The statements of SQL in this statement that SQLite does not take.

    ``sqlalchemy`` is the name of that package here, None if it has none.
    """
    for call in descendants(small):
        if not isinstance(call, cst.Call) or not _is_execute(call.func):
            continue
        sql = _plain_sql(call, bindings)
        read = partial(_read, call=call, bindings=bindings, sqlalchemy=sqlalchemy)
        whole = None if sql is None else read(sql)
        if whole is not None:
            yield from (_found(call, each) for each in whole if not each.sqlite_takes)
            continue
        for statement in alter_statements(_text(call)):
            part = None if sql is None else read(statement)
            if part is not None:
                yield from (_found(call, each) for each in part if not each.sqlite_takes)
            elif not sqlite_takes(statement):
                yield Found(call, _shorten(statement), _ANY_OPERATION)


def replacement(small: cst.BaseSmallStatement, bindings: Bindings, sqlalchemy: str | None) -> Replacement | None:
    """What can take the place of an ``op.execute(...)`` that is this whole statement.

    Returns None if SQLite takes the SQL, if not all of it is understood, or if a comment would be lost.
    """
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.lpar:
        return None
    sql = _plain_sql(call, bindings) if bindings.method(call.func) == "execute" else None
    if sql is None or _holds_comment(call):
        return None
    read = _read(sql, call, bindings, sqlalchemy) or ()
    if all(each.sqlite_takes for each in read):
        return None
    return Replacement(call, tuple(operation for each in read for operation in each.operations))


def _is_execute(function: cst.BaseExpression) -> bool:
    name = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(name, cst.Name) and name.value in ("execute", "exec_driver_sql", "scalar")


def _plain_sql(call: cst.Call, bindings: Bindings) -> str | None:
    """The SQL of a call whose only argument is a literal, or SQLAlchemy's ``text(...)`` with a literal."""
    value = _only_argument(call)
    if isinstance(value, cst.Call):
        name = dotted(value.func)
        value = _only_argument(value) if name[-1:] == ("text",) and name[0] in bindings.builders else None
    return None if value is None else literal(value)


def _only_argument(call: cst.Call) -> cst.BaseExpression | None:
    return call.args[0].value if len(call.args) == 1 and not call.args[0].star else None


def _read(sql: str, call: cst.Call, bindings: Bindings, sqlalchemy: str | None) -> tuple[Statement, ...] | None:
    """What the SQL of this call does, None if not all of it is understood."""
    if not _ALTER_TABLE.search(sql):
        return None
    from .sql.code import Writer
    from .sql.statements import read_statements

    if isinstance(call.func, cst.Attribute) and bindings.method(call.func) is not None:
        op = source(call.func.value)
    else:
        op = min([*bindings.op, *(f"{package}.op" for package in bindings.packages)], default="op")
    return read_statements(sql, Writer(op, sqlalchemy, lambda value: quoted(value, call)))


def _found(call: cst.Call, statement: Statement) -> Found:
    return Found(call, _shorten(statement.sql), "; ".join(statement.operations))


def _holds_comment(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Comment) or any(map(_holds_comment, node.children))


def _text(call: cst.Call) -> str:
    """The text of the strings among the arguments; ``{}`` stands for what an f-string fills in."""
    return ";".join(_pieces(arg.value) for arg in call.args)


def _pieces(node: cst.CSTNode) -> str:
    if isinstance(node, cst.SimpleString):
        return literal(node) or ""
    if isinstance(node, cst.FormattedStringText):
        return node.value
    if isinstance(node, cst.FormattedStringExpression):
        return "{}"
    if isinstance(node, cst.FormattedString):
        return "".join(map(_pieces, node.parts))
    if isinstance(node, cst.ConcatenatedString):
        return _pieces(node.left) + _pieces(node.right)
    if isinstance(node, cst.Call):
        return ";".join(_pieces(arg.value) for arg in node.args)
    if isinstance(node, cst.BinaryOperation):
        return _pieces(node.left) + _pieces(node.right)
    return ""


def _shorten(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 3] + "..."
