"""The table of types says what the installed SQLAlchemy, Alembic and SQLite make of them."""

from __future__ import annotations

import ast
import itertools
import warnings
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import mysql, postgresql, sqlite

from sqlite_batchify.reading.kinds import ONLY_OF_DIALECTS, SA, TRAITS, Kind, read_kind, spoils
from tests.support.helpers import OLD

_DIALECT: Any = sqlite.dialect()
_VALUES = ("2026-03-17 09:12:44", "n/a", "3,25", "12", 7, 2.5, 12345678901234, None)


def _made(name: str) -> Any:
    """A type of this name that SQLite takes, None if there is none."""
    for module in (sa, postgresql, mysql):
        class_ = getattr(module, name, None)
        if class_ is None:
            continue
        type_ = class_("new", "done", name="state") if name in ("Enum", "ENUM") else class_()
        try:
            type_.compile(dialect=_DIALECT)
        except Exception:
            continue
        return type_
    return None


ON_SQLITE = sorted(name for name in TRAITS if _made(name) is not None)


@pytest.mark.parametrize("name", ON_SQLITE)
def test_a_type_that_any_script_can_write_is_one_of_sqlalchemy(name: str) -> None:
    assert hasattr(sa, name) or name in ONLY_OF_DIALECTS


def _copied(old: str, new: str) -> list[tuple[object, object]]:
    """The values of a column before and after its type is changed in a block."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        declared = _made(old).compile(dialect=_DIALECT)
        connection.exec_driver_sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {declared})")
        for value in _VALUES:
            connection.exec_driver_sql("INSERT INTO t (c) VALUES (?)", (value,))
        before = connection.exec_driver_sql("SELECT c FROM t ORDER BY id").scalars().all()
        with Operations(MigrationContext.configure(connection)).batch_alter_table("t") as batch_op:
            batch_op.alter_column("c", type_=_made(new))
        after = connection.exec_driver_sql("SELECT c FROM t ORDER BY id").scalars().all()
    engine.dispose()
    return list(zip(before, after, strict=True))


def _spoiled(before: object, after: object) -> bool:
    if isinstance(after, bytes):  # the same characters
        return str(before) != after.decode()
    try:
        return float(before) != float(after)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(before) != str(after)


def _holds(stored: str, value: object) -> bool:
    """Whether a column of this kind holds such a value."""
    kinds: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float)}
    return isinstance(value, kinds[stored])


@pytest.mark.parametrize("old", [name for name in ON_SQLITE if TRAITS[name].stored != "BLOB"])
def test_what_the_table_calls_kept_survives_a_copy(old: str) -> None:
    one_of_each = {TRAITS[name]: name for name in ON_SQLITE}
    for new in one_of_each.values():
        pairs = [pair for pair in _copied(old, new) if _holds(TRAITS[old].stored, pair[0])]
        found = any(itertools.starmap(_spoiled, pairs))
        assert spoils(Kind(old, old), Kind(new, new)) is found or (OLD and old == "UUID"), new


def _read(code: str) -> Kind | None:
    names = {
        "sa": ("sqlalchemy",),
        "postgresql": ("sqlalchemy", "dialects", "postgresql"),
        "Text": ("sqlalchemy", "Text"),
        "sqlmodel": ("sqlmodel",),
        "app": ("app",),
    }

    def origin(node: ast.expr) -> tuple[str, ...]:
        first, *rest = ast.unparse(node).split(".")
        return (*names[first], *rest) if first in names else ()

    return read_kind(ast.parse(code, mode="eval").body, origin)


@pytest.mark.parametrize(
    ("code", "name", "on_sqlite", "written"),
    [
        ("sa.String(20)", "String", "String", "String(20)"),
        ("sa.String", "String", "String", "String()"),
        ("sa.types.Numeric(10, scale=2)", "Numeric", "Numeric", "Numeric(10, scale=2)"),
        ("Text()", "Text", "Text", "Text()"),
        ("sa.Enum('a', 'b', name='x', create_constraint=True)", "Enum", "Enum", 'Enum("a", "b", name="x")'),
        ("sa.Enum(State)", "Enum", "Enum", ""),
        ("postgresql.UUID(as_uuid=True)", "UUID", "UUID", "UUID()"),
        ("sqlmodel.sql.sqltypes.AutoString(length=9)", "String", "String", ""),
        ('sa.DateTime().with_variant(sa.Text(), "sqlite")', "DateTime", "Text", "Text()"),
        ('sa.Text().with_variant(postgresql.JSONB(), "postgresql")', "Text", "Text", "Text()"),
        ('postgresql.JSONB().with_variant(sa.JSON(), "sqlite")', "JSONB", "JSON", "JSON()"),
        ('app.Money().with_variant(sa.Integer(), "sqlite", "mysql")', "Integer", "Integer", "Integer()"),
    ],
)
def test_a_type_is_read(code: str, name: str, on_sqlite: str, written: str) -> None:
    kind = _read(code)

    assert kind is not None
    assert (kind.name, kind.on_sqlite, kind.written) == (name, on_sqlite, written and f"{SA}.{written}")


@pytest.mark.parametrize("code", ["app.Money()", "Money()", "sa.ARRAY(sa.Text())", "types[0]()", "'text'", "None"])
def test_another_type_is_not_known(code: str) -> None:
    assert _read(code) is None
