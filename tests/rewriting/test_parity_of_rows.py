"""Parity of rows: after a change of type, what stands on PostgreSQL and on SQLite reads the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from sqlite_batchify.operations import STYLES
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.histories import Migration, lay, with_environment
from tests.support.servers import Fresh


class Change(NamedTuple):
    """A column's type and its new one, texts that both databases convert, and such as only SQLite keeps.

    ``using`` is how PostgreSQL converts them.
    """

    old: str
    new: str
    values: tuple[Any, ...]
    using: str = ""
    refused: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.old} to {self.new}".replace("sa.", "")


_UUID = "0b6fbb2a-61e9-4f0f-a1a6-cbb18b6b1a02"
_CHANGES = (
    Change("sa.String(40)", "sa.Integer()", ("12", "-7", "0"), "c::integer", ("3,25", "n/a", "")),
    Change("sa.String(40)", "sa.BigInteger()", ("9007199254740993", "-1"), "c::bigint", ("many",)),
    Change("sa.Text()", "sa.Numeric(10, 2)", ("3.25", "12", "-0.10"), "c::numeric", ("3,25", "n/a")),
    Change("sa.Text()", "sa.Float()", ("0.1", "2", "1e30"), "c::float", ("none",)),
    Change(
        "sa.String(40)",
        "sa.DateTime()",
        ("2026-03-17 09:12:44", "2026-03-17T09:12:44.5", "1969-12-31 00:00:00"),
        "c::timestamp",
        ("17.3.2026", "soon"),
    ),
    Change("sa.Text()", "sa.Date()", ("2026-03-17", "1969-12-31"), "c::date", ("17.3.2026",)),
    Change("sa.Text()", "sa.Time()", ("09:12:44", "23:59:00.25"), "c::time", ("noon",)),
    Change("sa.String(5)", "sa.Boolean()", ("1", "0"), "c::boolean", ("perhaps",)),
    Change("sa.Text()", "sa.JSON()", ('{"a:b": [1, ":c"]}', '"x:y"', "[]", "12"), "c::json", ("{",)),
    Change("sa.String(40)", "sa.Uuid()", (_UUID, _UUID.replace("6", "5")), "c::uuid", ("none",)),
    Change("sa.Date()", "sa.DateTime()", ("2026-03-17", "1969-12-31")),
    Change("sa.Integer()", "sa.BigInteger()", (1, -(2**31))),
    Change("sa.BigInteger()", "sa.Integer()", (1, -(2**31)), "", (2**62,)),
    Change("sa.Integer()", "sa.Numeric(10, 2)", (1, -5)),
    Change("sa.Integer()", "sa.Boolean()", (1, 0), "c <> 0"),
    Change("sa.Boolean()", "sa.Integer()", (True, False), "c::integer"),
    Change("sa.Integer()", "sa.String(40)", (12, -5)),
    Change("sa.Numeric(10, 2)", "sa.Integer()", (12, -5), "", (3.25,)),
    Change("sa.Numeric(10, 2)", "sa.Float()", (3.25, 12)),
    Change("sa.String(40)", "sa.String(80)", ("x:y", "", "it's 5%")),
    Change("sa.String(40)", "sa.Text()", ("12", "2026-03-17")),
)


def history(change: Change, folder: Path, existing: bool) -> Path:
    """A table with a column of the old type that needs none to be given; then the new one."""
    column = f'sa.Column("c", {change.old}), sa.Column("d", sa.Text(), server_default="x:y"), sa.Column("e", sa.Date())'
    lay(folder, 1, f'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), {column})')
    using = f', postgresql_using="{change.using}"' if change.using else ""
    told = f", existing_type={change.old}, existing_nullable=True" if existing else ""
    lay(folder, 2, f'op.alter_column("t", "c", type_={change.new}{told}{using})')
    return folder


def rewrite(scripts: Path, style: str) -> None:
    rewriter = Rewriter(Project(style=style))
    for path in sorted(scripts.glob("*.py")):
        rewritten = rewriter.rewrite(path.read_bytes(), str(path))
        assert not rewritten.findings
        path.write_bytes(rewritten.result)


def migrated(scripts: Path, connection: sa.Connection, change: Change, values: tuple[Any, ...]) -> list[Any]:
    """What the column reads like afterwards, through SQLAlchemy and its new type."""
    steps = Migration(with_environment(scripts.parent), connection).upgrades()
    next(steps)
    table = sa.table("t", sa.column("id"), sa.column("c", eval(change.old)), sa.column("e", sa.Date()))
    for number, value in enumerate(values):
        written = f"""'{value.replace("'", "''")}'""" if isinstance(value, str) else str(value)
        row: dict[str, Any] = {"c": sa.literal_column(written), "e": sa.literal_column("'2026-03-17'")}
        connection.execute(table.insert().values(id=number, **row))
    connection.execute(table.insert().values(id=len(values), c=None))
    if connection.dialect.name == "sqlite":
        connection.commit()
    list(steps)
    after = sa.table("t", sa.column("id"), sa.column("c", eval(change.new)), sa.column("d"), sa.column("e", sa.Date()))
    connection.execute(sa.text("INSERT INTO t (id) VALUES (99)"))
    return [tuple(row) for row in connection.execute(sa.select(after).order_by(after.c.id))]


@contextlib.contextmanager
def sqlite() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("existing", "style"), [*zip((True, False), STYLES, strict=True)], ids=["type told", "type in the history"]
)
@pytest.mark.parametrize("change", _CHANGES, ids=str)
def test_values_read_the_same(postgresql: Fresh, tmp_path: Path, change: Change, existing: bool, style: str) -> None:
    scripts = history(change, tmp_path / "versions", existing)
    expected = migrated(scripts, postgresql(), change, change.values)

    rewrite(scripts, style)

    with sqlite() as connection:
        assert migrated(scripts, connection, change, change.values) == expected


@pytest.mark.parametrize("change", [each for each in _CHANGES if each.refused], ids=str)
def test_what_postgresql_refuses_is_kept(tmp_path: Path, change: Change) -> None:
    scripts = history(change, tmp_path / "versions", existing=False)
    rewrite(scripts, "minimal")

    with sqlite() as connection:
        migrated(scripts, connection, change._replace(new="sa.types.NullType()"), change.refused)
        kept = connection.exec_driver_sql("SELECT c FROM t WHERE c IS NOT NULL ORDER BY id").scalars().all()

    assert tuple(kept) == change.refused
