"""The columns that the condition of a CHECK looks at."""

from __future__ import annotations

# Words without parentheses that PostgreSQL takes for functions (https://www.postgresql.org/docs/current/functions-info.html).
_FUNCTIONS = frozenset({"current_catalog", "current_role", "session_user", "user"})

_LONGEST = 10_000  # characters


def columns_in(condition: str) -> tuple[str, ...] | None:
    """The distinct columns in an SQL condition as PostgreSQL reads it, None if it cannot be parsed or is very long."""
    if len(condition) > _LONGEST:
        return None
    import sqlglot
    from sqlglot import expressions

    try:
        tree = sqlglot.parse_one(condition, dialect="postgres")
    except Exception:  # also others than its own, for some SQL that it does not know
        return None
    found: dict[str, None] = {}
    for column in tree.find_all(expressions.Column):
        quoted = bool(column.this.args.get("quoted"))
        if quoted or column.name.lower() not in _FUNCTIONS:
            found[column.name if quoted else column.name.lower()] = None
    return tuple(found)
