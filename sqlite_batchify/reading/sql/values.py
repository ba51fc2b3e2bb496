"""Types, defaults and conditions: those that SQLite takes as well, and means the same by."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlglot import TokenType, exp

from .code import Code, NotUnderstoodError, Writer
from .defaults import RANDOM
from .tokens import Text, nesting

TYPES: dict[str, tuple[str, ...]] = {
    "SmallInteger": ("SMALLINT",),
    "Integer": ("INTEGER", "INT"),
    "BigInteger": ("BIGINT",),
    "Numeric": ("NUMERIC", "DECIMAL"),
    "Numeric precision": ("NUMERIC({})", "DECIMAL({})"),
    "Numeric precision scale": ("NUMERIC({}, {})", "DECIMAL({}, {})"),
    "Float": ("FLOAT",),
    "REAL": ("REAL",),
    "DOUBLE_PRECISION": ("DOUBLE PRECISION",),
    "Text": ("TEXT",),
    "String": ("VARCHAR", "CHARACTER VARYING"),
    "String length": ("VARCHAR({})", "CHARACTER VARYING({})"),
    "CHAR": ("CHAR", "CHARACTER"),
    "CHAR length": ("CHAR({})", "CHARACTER({})"),
    "Boolean": ("BOOLEAN", "BOOL"),
    "Date": ("DATE",),
    "Time": ("TIME",),
    "DateTime": ("DATETIME",),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE"),
    "TIMESTAMP timezone": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
    "JSON": ("JSON",),
    "Uuid": ("UUID",),
    "LargeBinary": ("BYTEA", "BLOB"),
}
"""The types of SQLAlchemy, with the names of their parameters, and how they are written in SQL."""
_CONSTANTS = frozenset({"TRUE", "FALSE", "NULL"})
_TIMES = frozenset({"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"})
_NUMBERS = ([TokenType.NUMBER], [TokenType.DASH, TokenType.NUMBER])
_SIGNS = frozenset({"+", "-", "*", "/", "%", "=", "<>", "!=", "<", "<=", ">", ">=", "||", "(", ")", ","})
_WORDS = frozenset({"AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN", "LIKE", "TRUE", "FALSE"})
_FUNCTIONS = frozenset({"ABS", "COALESCE", "LENGTH", "LOWER", "NULLIF", "UPPER"})
_Read = TypeVar("_Read")


def read_type(node: object, read: Callable[[str], _Read], writer: Writer) -> tuple[Code, _Read]:
    """The type in whose place the SQL holds one of its spellings.

    ``read`` reads the SQL with a spelling in that place, and raises NotUnderstoodError if there is another. Returns the
    type and what ``read`` returned. Raises NotUnderstoodError if the type is none of those that are known.
    """
    if not isinstance(node, exp.DataType):
        raise NotUnderstoodError
    parameters = [each.name for each in node.expressions if isinstance(each, exp.DataTypeParam)]
    for described, spellings in TYPES.items():
        for spelling in spellings:
            if spelling.count("{") == len(parameters) == len(node.expressions):
                with suppress(NotUnderstoodError):
                    result = read(spelling.format(*parameters))
                    name, *keywords = described.split()
                    values = map(Code, parameters or ["True"] * len(keywords))
                    return writer.build(name, (), dict(zip(keywords, values, strict=True))), result
    raise NotUnderstoodError


def read_default(text: Text, writer: Writer) -> object:
    """The value of ``server_default``. Raises NotUnderstoodError."""
    kinds = [token.token_type for token in text.tokens]
    if text.sql == RANDOM:
        return writer.build("text", (text.sql,))
    if kinds == [TokenType.STRING]:
        return text.tokens[0].text
    if text.words == ["NOW", "(", ")"]:
        return writer.build("func.now")
    if kinds in _NUMBERS or (len(kinds) == 1 and text.words[0] in _CONSTANTS | _TIMES):
        return writer.build("text", (text.sql,))
    raise NotUnderstoodError


def is_constant(default: Text) -> bool:
    """Whether SQLite's ADD COLUMN takes this default."""
    return default.words[-1] not in {")", *_TIMES}


def read_condition(text: Text, node: exp.Expr) -> str:
    """The condition of a CHECK. Raises NotUnderstoodError."""
    columns = list(node.find_all(exp.Column))
    if any(column.table for column in columns):
        raise NotUnderstoodError
    names = {column.name for column in columns}
    depth = 0
    for token, following in zip(text.tokens, [*text.tokens[1:], None], strict=True):
        depth += nesting(token)
        word = text.word(token)
        called = following is not None and following.token_type == TokenType.L_PAREN
        known = (
            token.token_type in (TokenType.STRING, TokenType.NUMBER)
            or word in _SIGNS | _WORDS
            or (word in _FUNCTIONS if called else token.text in names)
        )
        if depth < 0 or not known:
            raise NotUnderstoodError
    return text.sql
