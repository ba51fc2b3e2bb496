"""PostgreSQL's SELECT DISTINCT ON, as SQLite says it: the rows are numbered in each of its groups.

https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT, https://sqlite.org/windowfunctions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .code import NotUnderstoodError
from .engine import quoted

_NUMBER = "numbered"


def first_of_each(exp: Any, query: Any, written: Callable[[Any], str]) -> str:
    """The query in SQLite's words; ``written`` gives a part of it so, and may change that.

    Raises NotUnderstoodError if it selects what has no name, or speaks of what it selects by its place or its alias.
    """
    order, on = query.args.get("order"), query.args["distinct"].args["on"]
    ordered, groups = [] if order is None else order.expressions, on.expressions or [on.this]
    aliases = {each.alias.lower() for each in query.expressions if isinstance(each, exp.Alias)}
    for each in (*groups, *ordered):
        column = (each.this if isinstance(each, exp.Ordered) else each).unnest()
        if isinstance(column, exp.Literal) or (not column.table and column.name.lower() in aliases):
            raise NotUnderstoodError("DISTINCT ON")
    names = [each.alias_or_name for each in query.expressions]
    named = all(isinstance(each, (exp.Column, exp.Alias)) and not each.find(exp.Star) for each in query.expressions)
    distinct = len({each.lower() for each in (*names, _NUMBER)}) == len(names) + 1
    if not (named and distinct) or any(query.args.get(each) for each in ("limit", "group")):
        raise NotUnderstoodError("DISTINCT ON")
    listed = [quoted(each) for each in names]
    values = [written(each.this if isinstance(each, exp.Alias) else each) for each in query.expressions]
    window = f"PARTITION BY {', '.join(written(each.copy()) for each in groups)}"
    window += f" ORDER BY {', '.join(written(each.copy()) for each in ordered)}" if ordered else ""
    query.set("distinct", None)
    query.set("order", None)
    query.set("expressions", [exp.Null()])
    rest = written(query).removeprefix("SELECT NULL")
    given = ", ".join(f"{value} AS {name}" for value, name in zip(values, listed, strict=True))
    inner = f"SELECT {given}, ROW_NUMBER() OVER ({window}) AS {_NUMBER}{rest}"
    return f"SELECT {', '.join(listed)} FROM ({inner}) AS numbers WHERE {_NUMBER} = 1"
