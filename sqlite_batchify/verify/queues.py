"""What the queue of operations that batch mode keeps for a block asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import schema as sa

from .asked import Asked, Made
from .declared import is_date

Queue = list[tuple[str, Any, Any]]
"""(operation, arguments, keywords), as ``BatchOperationsImpl.batch`` of alembic.operations.batch has them."""


def read_queue(queue: Queue, asked: Asked | None = None, lines: Mapping[int, int] | None = None) -> Asked:
    """What the queue of a block asks for, added to what is known of the block already.

    ``lines`` are those of its entries in the script, by their ids.
    """
    asked = asked or Asked()
    back: dict[str, str] = {}
    there: dict[Made, None] = {}
    by_name: dict[str, list[Made]] = {}
    for entry in queue:
        operation, args, keywords = entry
        line = (lines or {}).get(id(entry), 0)
        if operation == "alter_column":
            _ask_alter(asked, back, str(args[1]).lower(), keywords)
        elif operation == "add_column":
            asked.added.add(str(args[1].name).lower())
            asked.moves.append((True, str(args[1].name), line))
            asked.arranged |= any(keywords.get(each) for each in ("insert_before", "insert_after"))
        elif operation == "drop_column":
            asked.dropped.add(back.get(str(args[1].name).lower(), str(args[1].name).lower()))
            asked.moves.append((False, str(args[1].name), line))
        elif operation in ("add_constraint", "create_index"):
            made = _made(args[0])
            if made is not None:
                there[made] = None
                by_name.setdefault((made[1] or "").lower(), []).append(made)
        elif operation in ("drop_constraint", "drop_index"):
            name = str(args[0].name).lower()
            asked.ended.add(name)
            if isinstance(args[0], sa.CheckConstraint):
                asked.ended_checks.add(name)
            for ended in by_name.pop(name, ()):
                there.pop(ended, None)
    asked.made = list(there)
    return asked


def _ask_alter(asked: Asked, back: dict[str, str], column: str, keywords: dict[str, Any]) -> None:
    column = back.get(column, column)
    if keywords.get("name"):
        asked.renamed[column] = str(keywords["name"]).lower()
        back[asked.renamed[column]] = column
    if keywords.get("type_") is not None:
        asked.retyped.add(column)
        if is_date(keywords["type_"]):
            asked.dated.add(column)
    if keywords.get("nullable") is not None:
        asked.nullable[column] = bool(keywords["nullable"])
    if keywords.get("server_default", False) is not False:
        asked.defaults[column] = keywords["server_default"] is not None


_KINDS = (
    (sa.ForeignKeyConstraint, "foreign key"),
    (sa.CheckConstraint, "check"),
    (sa.Index, "index"),
    (sa.UniqueConstraint, "unique"),
    (sa.PrimaryKeyConstraint, "primary key"),
)


def kind_of(item: Any) -> str | None:
    """The kind of a constraint or an index, None for a drop that does not say it."""
    return next((kind for of, kind in _KINDS if isinstance(item, of)), None)


def _made(item: Any) -> Made | None:
    """What is there if the constraint or index was made, None where nothing tells it from others."""
    kind = kind_of(item)
    name = str(item.name) if isinstance(item.name, str) else None
    if kind is None or (kind == "check" and name is None):
        return None
    if kind == "foreign key":
        return kind, name, tuple(key.lower() for key in item.column_keys)
    return kind, name, () if kind == "check" else tuple(str(column.name).lower() for column in item.columns)
