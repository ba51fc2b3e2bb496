"""The rows of a table before and after a copy: how many there are, and whether their values survived."""

from __future__ import annotations

from itertools import islice
from typing import Any

from .schema import Table, quote

_COMPARED = 1000  # rows of a table whose values are compared around a copy

Rows = tuple[int, list[dict[str, Any]]]


def read_rows(connection: Any, table: Table) -> Rows:
    """How many rows a table has, and the first of them as dictionaries with folded names.

    A BLOB that a CAST has made text of need not be UTF-8, which a driver refuses to read.
    """
    names = [column.name for column in table.columns if not column.generated]
    usual, connection.text_factory = connection.text_factory, _decoded
    try:
        cursor = connection.execute(f"SELECT {', '.join(map(quote, names))} FROM {quote(table.name)}")
        first = [dict(zip(map(str.lower, names), row, strict=True)) for row in islice(cursor, _COMPARED)]
    finally:
        connection.text_factory = usual
    return connection.execute(f"SELECT count(*) FROM {quote(table.name)}").fetchone()[0], first


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def first_change(old: list[dict[str, Any]], new: list[dict[str, Any]], was: str, now: str) -> tuple[Any, Any] | None:
    """The first value of a column (``was`` its name before, ``now`` after) that did not survive, and what it became."""
    for before, after in zip(old, new, strict=False):
        if was in before and now in after and not _same(before[was], after[now]):
            return before[was], after[now]
    return None


def _same(before: Any, after: Any) -> bool:
    """Whether a value survived a CAST: ``1`` and ``'1'`` and ``1.0`` say the same, and bytes and their text do."""
    before, after = (_decoded(each) if isinstance(each, bytes) else each for each in (before, after))
    if before == after or str(before) == str(after):
        return True
    try:
        return float(before) == float(after)
    except (TypeError, ValueError):
        return False
