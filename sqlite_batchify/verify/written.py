"""Columns, constraints, calls and statements as a script writes them. Pure: pictures in, code out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import BIND_PARAMS, BIND_PARAMS_ESC

from ..reading.dialect import sqlite_test
from ..reading.syntax import in_quotes
from .declared import write_type
from .schema import Column, ForeignKey, Table
from .sql import Constraint, computed_of

ON_SQLITE = f"if {sqlite_test()}: "
"""Stands before statements that no other database shall see."""
ELSEWHERE = f"if {sqlite_test(sign='!=')}: "
"""Stands before those that SQLite shall not see."""

_LISTS = {"table_kwargs": ("{", "}"), "reflect_args": ("[", "]"), "table_args": ("(", ",)")}
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def sql_text(sql: str) -> str:
    """SQL as sa.text() takes it: what it would take for a parameter, or for an escape, is escaped."""
    return BIND_PARAMS.sub(r"\\:\1", BIND_PARAMS_ESC.sub(r"\\\\\1", sql))


def write_text(sql: str) -> str:
    """SQL as a string that sa.text() takes."""
    return repr(sql_text(sql))


def write_execute(*statements: str) -> str:
    """Statements that run on SQLite only."""
    return ON_SQLITE + "; ".join(f"op.execute({_quoted(sql_text(each))})" for each in statements)


def _quoted(text: str) -> str:
    fits = "\\" not in text and '"""' not in text and not text.endswith('"')
    return f'"""{text}"""' if fits else repr(text)


def write_block(table: str, keywords: Mapping[str, Iterable[str]]) -> str:
    """The call that opens a block, with these lists for its keywords."""
    given = [f"{key}={_LISTS[key][0]}{', '.join(items)}{_LISTS[key][1]}" for key, items in keywords.items()]
    return f"op.batch_alter_table({', '.join([write_string(table), *given])})"


def write_columns(table: Table, names: Iterable[str], types: Mapping[str, str]) -> list[str]:
    """These columns as the table has them (or with another type), with all that reflection tells of a column.

    A column of ``reflect_args`` takes the place of the reflected one with its keys.
    """
    wanted = {name.lower() for name in names}
    key = next((each for each in table.constraints if each.kind == "primary key"), Constraint("primary key", None))
    keyed = [column.name for column in sorted(table.columns, key=lambda column: column.key) if column.key]
    own_key = not wanted.isdisjoint(map(str.lower, keyed)) and (key.name is not None or len(keyed) > 1)
    composite = [each for each in table.foreign_keys if len(each.columns) > 1 and not wanted.isdisjoint(each.columns)]
    for each in composite:
        wanted.update(each.columns)
    items = [
        _column(table, column, types.get(column.name.lower(), column.type), "" if own_key else key.on_conflict)
        for column in table.columns
        if column.name.lower() in wanted
    ]
    items += [write_foreign_key(table, each) for each in composite]
    if own_key:
        named = [_named(key.name), _option("sqlite_on_conflict", key.on_conflict)]
        items.append(f"sa.PrimaryKeyConstraint({', '.join(filter(None, [*map(write_string, keyed), *named]))})")
    return items


def _column(table: Table, column: Column, declared: str, key_conflict: str) -> str:
    name = column.name.lower()
    null = (each for each in table.constraints if each.kind == "not null" and each.columns == (name,))
    arguments = [
        write_string(column.name),
        write_type(declared, column.collation.upper()),
        *(_foreign_key(each) for each in table.foreign_keys if each.columns == (name,)),
        "primary_key=True" if column.key else "",
        "nullable=False" if column.not_null and not column.key else "",
        "nullable=True" if column.key and not column.not_null and declared.upper() != "INTEGER" else "",
        "" if column.default is None else f"server_default={_default(column.default)}",
        _option("sqlite_on_conflict_primary_key", key_conflict if column.key else ""),
        *(_option("sqlite_on_conflict_not_null", each.on_conflict) for each in null),
    ]
    return f"sa.Column({', '.join(filter(None, arguments))})"


def write_computed(column: Column, table: str) -> str:
    """A generated column; ``table`` is the text of its table."""
    expression, stored = computed_of(table, column.name)
    arguments = [
        write_string(column.name),
        write_type(column.type, column.collation.upper()),
        f"sa.Computed({write_text(expression)}, persisted={stored})",
        "nullable=False" if column.not_null else "",
    ]
    return f"sa.Column({', '.join(filter(None, arguments))})"


def write_with_default(column: sa.Column[Any]) -> str:
    """A column of a script with a default for the rows that are there."""
    type_ = column.type
    default = next((code for classes, code in _VALUES if isinstance(type_, classes)), '""')
    if isinstance(type_, sa.Enum) and type_.enums:
        default = write_string(str(type_.enums[0]))
    return f"sa.Column({write_string(column.name)}, {write_sa_type(type_)}, nullable=False, server_default={default})"


def write_sa_type(type_: Any) -> str:
    """A type of a script, ``...`` for what SQLAlchemy has not for all databases."""
    class_ = type_ if isinstance(type_, type) else type(type_)
    if getattr(sa, class_.__name__, None) is not class_:
        return "..."
    return f"sa.{class_.__name__}()" if class_ is type_ else f"sa.{type_!r}"


_VALUES: tuple[tuple[tuple[type, ...], str], ...] = (
    ((sa.Boolean,), "sa.false()"),
    ((sa.Integer, sa.Numeric), '"0"'),
    ((sa.DateTime,), '"1970-01-01 00:00:00"'),
    ((sa.Date,), '"1970-01-01"'),
    ((sa.Time,), '"00:00:00"'),
    ((sa.JSON,), '"{}"'),
)


def _default(text: str) -> str:
    """A literal as a plain string, which is taken as it is, else the expression, in its parentheses."""
    match = _LITERAL.fullmatch(text)
    if match is not None:
        return repr(match[1].replace("''", "'"))
    return f"sa.text({write_text(text if _PLAIN.fullmatch(text) else f'({text})')})"


def _foreign_key(key: ForeignKey) -> str:
    return f"sa.ForeignKey({', '.join(filter(None, [write_string(key.target[0]), *_options(key)]))})"


def write_foreign_key(table: Table, key: ForeignKey) -> str:
    """A foreign key that stands apart from its columns."""
    columns = _list(_spelled(table, key.columns))
    return f"sa.ForeignKeyConstraint({', '.join(filter(None, [columns, _list(key.target), *_options(key)]))})"


def _options(key: ForeignKey) -> list[str]:
    words = key.deferral.split()
    return [
        _named(key.name),
        _option("onupdate", key.on_update if key.on_update != "NO ACTION" else ""),
        _option("ondelete", key.on_delete if key.on_delete != "NO ACTION" else ""),
        "deferrable=True" if words else "",
        _option("initially", words[2] if len(words) > 2 else ""),
    ]


def write_unique(table: Table, constraint: Constraint) -> str:
    named = [_named(constraint.name), _option("sqlite_on_conflict", constraint.on_conflict)]
    columns = map(write_string, _spelled(table, constraint.columns))
    return f"sa.UniqueConstraint({', '.join(filter(None, [*columns, *named]))})"


def make_unique_again(variable: str, table: Table, constraint: Constraint) -> str:
    """Drop a named one in its block, and create it as it was."""
    name, columns = write_string(constraint.name or ""), _list(_spelled(table, constraint.columns))
    option = _option("sqlite_on_conflict", constraint.on_conflict)
    return (
        f'{ON_SQLITE}{variable}.drop_constraint({name}, type_="unique"); '
        f"{variable}.create_unique_constraint({name}, {columns}, {option})"
    )


def make_check_again(variable: str, name: str, condition: str) -> str:
    """Drop a named CHECK in its block, and create it as it was."""
    return (
        f'{ON_SQLITE}{variable}.drop_constraint({write_string(name)}, type_="check"); '
        f"{variable}.create_check_constraint({write_string(name)}, {write_text(condition)})"
    )


def write_check(name: str | None, condition: str) -> str:
    return f"sa.CheckConstraint({', '.join(filter(None, [write_text(condition), _named(name)]))})"


def _spelled(table: Table, names: Iterable[str]) -> list[str]:
    found = ((name, table.column(name)) for name in names)
    return [name if column is None else column.name for name, column in found]


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(write_string, names))}]"


def _named(name: str | None) -> str:
    return "" if name is None else f"name={write_string(name)}"


def _option(key: str, value: str) -> str:
    return f"{key}={write_string(value)}" if value else ""


def write_string(value: str) -> str:
    """A string, as most scripts write it."""
    return in_quotes(value, '"')
