"""A history as written on PostgreSQL and as rewritten on SQLite: after each revision both have the same schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.corpus import manifest, replays
from tests.support import applications, part
from tests.support.changing import Changing
from tests.support.schemas import Picture, differences, picture
from tests.support.servers import Fresh
from tests.support.wheels import wheel_of

State = tuple[str, Picture]
"""A direction and a revision, and what there is after it."""

_SEEDS = range(part(2, 4))
_OPERATIONS = {
    *("create_table", "rename_table", "add_column", "alter_column", "drop_column", "create_index", "execute"),
    *("create_unique_constraint", "drop_constraint"),
}
_ENVIRONMENT = """\
from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], on_version_apply=given["applied"])
with context.begin_transaction():
    context.run_migrations()
"""


def pictures(scripts: Path, connection: sa.Connection, to: str = "head", down: bool = True) -> list[State]:
    """What there is after each revision, up and down."""
    found: list[State] = []

    def applied(ctx: Any, step: Any, **_: Any) -> None:
        found.append((f"{'up' if step.is_upgrade else 'down'} {step.up_revision_id}", picture(ctx.connection)))

    (scripts.parent / "env.py").write_text(_ENVIRONMENT)
    config = Config(attributes={"connection": connection, "applied": applied})
    config.set_main_option("script_location", str(scripts.parent))
    config.set_main_option("version_locations", str(scripts))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)
    if down:
        command.downgrade(config, "base")
    return found


def rewrite(scripts: Path) -> None:
    """Rewrite the scripts of a folder where they lie. None of them has a finding."""
    rewriter = Rewriter(Project())
    results = {path: rewriter.rewrite(path.read_bytes(), str(path)) for path in sorted(scripts.glob("*.py"))}
    assert [finding for result in results.values() for finding in result.findings] == []
    for path, result in results.items():
        path.write_bytes(result.result)


@contextmanager
def sqlite() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def assert_same(expected: list[State], found: list[State]) -> None:
    assert [revision for revision, _ in found] == [revision for revision, _ in expected]
    for (revision, one), (_, other) in zip(expected, found, strict=True):
        assert differences(one, other) == [], revision


@pytest.mark.parametrize("seed", _SEEDS)
def test_generated_histories_make_the_schema_of_postgresql(seed: int, tmp_path: Path, postgresql: Fresh) -> None:
    changing = Changing(postgresql(), seed)
    scripts = changing.write(tmp_path / "scripts", revisions=4, tables=2, changes=18)
    expected = pictures(scripts, postgresql())
    rewrite(scripts)

    with sqlite() as connection:
        assert_same(expected, pictures(scripts, connection))
    assert len(expected) == 8
    assert set(changing.counts) >= _OPERATIONS


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("name", applications.HISTORIES)
def test_real_histories_make_the_schema_of_postgresql(name: str, tmp_path: Path, postgresql: Fresh) -> None:
    """Upgrades alone: ironic has no others, and the first script of manila refuses to go back."""
    (package,) = (each for each in manifest.packages(every=True) if each.name == name)
    wheel = wheel_of(package)
    (scripts,) = replays.folders(package, wheel, tmp_path)
    to, revisions = applications.HISTORIES[name]
    with applications.importable(wheel):
        expected = pictures(scripts, postgresql(), to, down=False)
        rewrite(scripts)
        with sqlite() as connection:
            found = pictures(scripts, connection, to, down=False)

    assert len(expected) == revisions
    assert_same(expected, found)


_TABLES = """
    CREATE TABLE r (id INTEGER NOT NULL PRIMARY KEY, e VARCHAR(30) NOT NULL, f INTEGER, CONSTRAINT k UNIQUE (e, f));
    CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER NOT NULL REFERENCES r (id) ON DELETE CASCADE,
        b VARCHAR(20) DEFAULT 'x', c INTEGER UNIQUE, d NUMERIC(10, 2));
    CREATE INDEX i ON t (a, b) WHERE a > 1;
    INSERT INTO r VALUES (1, 'one', 1); INSERT INTO t VALUES (1, 1, 'x', 1, 2.5)
"""
_CHANGES = {
    "foreign key action": (" ON DELETE CASCADE", ""),
    "another foreign key action": ("CASCADE", "SET NULL"),
    "foreign key": (" REFERENCES r (id) ON DELETE CASCADE", ""),
    "referred column": ("r (id)", "r (f)"),
    "referred table": ("REFERENCES r ", "REFERENCES t "),
    "unique column": (" UNIQUE,", ","),
    "unique constraint": (", CONSTRAINT k UNIQUE (e, f)", ""),
    "columns of a unique constraint": ("UNIQUE (e, f)", "UNIQUE (e)"),
    "unique constraint that became an index": (
        ", CONSTRAINT k UNIQUE (e, f));",
        "); CREATE UNIQUE INDEX k ON r (e, f);",
    ),
    "NOT NULL lost": ("a INTEGER NOT NULL", "a INTEGER"),
    "NOT NULL gained": ("c INTEGER", "c INTEGER NOT NULL"),
    "primary key": ("id INTEGER NOT NULL PRIMARY KEY, a", "id INTEGER NOT NULL, a"),
    "default": (" DEFAULT 'x'", ""),
    "another default": ("DEFAULT 'x'", "DEFAULT 'y'"),
    "type": ("f INTEGER", "f TEXT"),
    "kind of integer": ("c INTEGER", "c BIGINT"),
    "length": ("VARCHAR(20)", "VARCHAR(21)"),
    "scale": ("NUMERIC(10, 2)", "NUMERIC(10, 3)"),
    "index": ("CREATE INDEX i ON t (a, b) WHERE a > 1;", ""),
    "index that became unique": ("CREATE INDEX", "CREATE UNIQUE INDEX"),
    "order in an index": ("(a, b)", "(b, a)"),
    "condition of an index": (" WHERE a > 1", ""),
    "another condition of an index": ("a > 1", "a > 2"),
    "order of the columns": ("e VARCHAR(30) NOT NULL, f INTEGER", "f INTEGER, e VARCHAR(30) NOT NULL"),
    "name of a column": (", d NUMERIC", ", e NUMERIC"),
    "table": ("CREATE TABLE r", "CREATE TABLE s"),
    "value": ("(1, 'one', 1)", "(1, 'two', 1)"),
    "row": ("INSERT INTO r VALUES (1, 'one', 1);", ""),
}


def _picture_of(text: str) -> Picture:
    with sqlite() as connection:
        for statement in text.split(";"):
            connection.exec_driver_sql(statement)
        return picture(connection)


@pytest.mark.parametrize("change", _CHANGES)
def test_the_comparison_sees_what_is_not_the_same(change: str) -> None:
    old, new = _CHANGES[change]
    text = _TABLES.replace(old, new)
    assert text != _TABLES
    if change in ("order of the columns", "table"):
        text = text.split("INSERT")[0].rstrip("; \n")

    assert differences(_picture_of(_TABLES), _picture_of(text)) != []


def test_the_comparison_takes_what_both_databases_have_for_the_same(postgresql: Fresh) -> None:
    connection = postgresql()
    for statement in _TABLES.split(";"):
        connection.exec_driver_sql(statement)

    assert differences(picture(connection), _picture_of(_TABLES)) == []
