"""Texts in double quotes: SQLite takes a name in double quotes that is no name for a text, unless it is built not to.

Names in backticks never become texts (https://sqlite.org/quirks.html#dblquote), so that a statement with them in place
of the double quotes tells which are meant; EXPLAIN runs none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .schema import TEMPORARY
from .scratch import first_parameters
from .sql import TOKEN, unquote

_HEADS = ("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "CREATE", "ALTER")
_NO_COLUMN = re.compile(r"no such column: (.*)", re.DOTALL)
_MOST = 20


def may_hold_texts(sql: str) -> bool:
    """Whether a statement is worth a look: what batch mode does with its temporary table is not."""
    return '"' in sql and sql.lstrip()[:8].upper().startswith(_HEADS) and TEMPORARY not in sql


def find_quoted_texts(raw: Any, sql: str, parameters: Any) -> Iterator[str]:
    """The texts that stand in double quotes in a statement that is about to run."""
    texts: list[str] = []
    values = first_parameters(parameters)
    for _ in range(_MOST):
        refused = _refusal(raw, _respelled(sql, texts), values)
        if refused is None:
            yield from texts
            return
        match = _NO_COLUMN.fullmatch(refused)
        if match is None or match[1] in texts or not _stands_quoted(sql, match[1]):
            return
        texts.append(match[1])


def _refusal(raw: Any, sql: str, values: Any) -> str | None:
    try:
        raw.execute(f"EXPLAIN {sql}", values).close()
    except Exception as error:
        return str(error)
    return None


def _stands_quoted(sql: str, name: str) -> bool:
    return any(token.startswith('"') and unquote(token) == name for token in TOKEN.findall(sql))


def _respelled(sql: str, texts: list[str]) -> str:
    """The statement with names in backticks and texts as expressions where double quotes were."""

    def respell(match: re.Match[str]) -> str:
        token = match[0]
        if not token.startswith('"') or token == '"':
            return token
        name = unquote(token)
        return "(''||'" + name.replace("'", "''") + "')" if name in texts else "`" + name.replace("`", "``") + "`"

    return TOKEN.sub(respell, sql)
