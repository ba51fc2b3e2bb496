"""The CHECKs of types on a real SQLite and PostgreSQL: kept by copies, and gone with their columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.histories import SCRIPT, Migration, Named, script_location
from tests.support.servers import Fresh

BOOLEAN = "sa.Boolean(create_constraint=True)"
NAMED = "sa.Boolean(create_constraint=True, name='by_hand')"
ENUM = "sa.Enum('0', '1', native_enum=False, create_constraint=True)"
RETYPED = """op.alter_column(
        "t", "c", existing_type=sa.Boolean(), type_=sa.Integer(), postgresql_using="c::integer")"""
BACK = """op.alter_column(
        "t", "c", existing_type=sa.Integer(), type_=sa.Boolean(), postgresql_using="c::boolean")"""
COPY = 'op.alter_column("t", "note", existing_type=sa.Text(), nullable={})'
CREATE = """op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("note", sa.Text()){})"""
DROP = 'op.drop_column("t", "c")'

Steps = list[tuple[str, str]]
"""What each script does in ``upgrade`` and in ``downgrade``."""


def add(type_: str) -> str:
    return f'op.add_column("t", sa.Column("c", {type_}))'


def create(type_: str = "") -> tuple[str, str]:
    return CREATE.format(f', sa.Column("c", {type_})' if type_ else ""), 'op.drop_table("t")'


COPIED = COPY.format(False), COPY.format(True)
RENAMED = 'op.alter_column("t", "c", new_column_name="d")', 'op.alter_column("t", "d", new_column_name="c")'
LOOP = 'for column in ["c", "note"]:\n        op.drop_column("t", column)'
KEPT: dict[str, tuple[Steps, list[int]]] = {
    f"{name}, {title}": (steps, counts)
    for name, type_ in {"Boolean": BOOLEAN, "named": NAMED, "Enum": ENUM}.items()
    for title, steps, counts in (
        ("added", [create(), (add(type_), DROP), COPIED], [0, 1, 1]),
        ("added and dropped", [create(), (add(type_), DROP), COPIED, (DROP, add(type_))], [0, 1, 1, 0]),
        (
            "added twice",
            [create(), (add(type_), DROP), (DROP, add(type_)), (add(type_), DROP), COPIED],
            [0, 1, 0, 1, 1],
        ),
    )
}
"""Histories, and how many CHECKs there are after each of their steps."""
LOST: dict[str, Steps] = {
    "created with the table": [create(BOOLEAN), COPIED, (DROP, add(BOOLEAN))],
    "created with the table, named": [create(NAMED), COPIED, (DROP, add(NAMED))],
    "another type": [create(), (add(BOOLEAN), DROP), (RETYPED, BACK)],
    "another name": [create(), (add(BOOLEAN), DROP), RENAMED, COPIED],
    "a loop over columns": [create(), (add(BOOLEAN), LOOP), COPIED],
}
"""Histories that have to run, whatever becomes of the CHECK."""
HISTORIES = {**{title: steps for title, (steps, _) in KEPT.items()}, **LOST}


def written(steps: Steps, folder: Path) -> Path:
    folder.mkdir()
    for number, (upgrade, downgrade) in enumerate(steps):
        before = repr(f"{number - 1:04d}") if number else None
        text = SCRIPT.format(revision=number, before=before, upgrade=upgrade, downgrade=downgrade)
        (folder / f"{number:04d}.py").write_text(text)
    return folder


def rewrite(scripts: Path) -> None:
    rewriter = Rewriter(Project())
    results = {path: rewriter.rewrite(path.read_bytes(), str(path)) for path in sorted(scripts.iterdir())}
    for path, result in results.items():
        assert result.findings == ()
        path.write_bytes(result.result)


@pytest.fixture
def memory() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unnamed CHECK constraint")  # a copy loses it
        yield connection
    engine.dispose()


def states(migration: Migration) -> list[list[set[Named]]]:
    """Up, down and up again: the constraints of the table after each step."""
    ways = (migration.upgrades, migration.downgrades, migration.upgrades)
    return [[migration.constraints().get("t", set()) for _ in way()] for way in ways]


@pytest.mark.parametrize("title", HISTORIES)
def test_runs_on_sqlite(title: str, tmp_path: Path, memory: sa.Connection) -> None:
    scripts = written(HISTORIES[title], tmp_path / "scripts")
    rewrite(scripts)
    found = states(Migration(script_location(scripts, tmp_path / "migrations"), memory))
    up, down, again = ([sum(each.kind == "ck" for each in state) for state in way] for way in found)

    assert up == again
    if title in KEPT:
        counts = KEPT[title][1]
        assert up == counts
        assert down == [*counts[-2::-1], 0]


@pytest.mark.parametrize("title", HISTORIES)
def test_names_on_postgresql_are_the_same(title: str, tmp_path: Path, postgresql: Fresh) -> None:
    scripts = written(HISTORIES[title], tmp_path / "scripts")
    before = states(Migration(script_location(scripts, tmp_path / "before"), postgresql()))
    rewrite(scripts)

    assert states(Migration(script_location(scripts, tmp_path / "after"), postgresql())) == before
    assert any(each.kind == "ck" for way in before for state in way for each in state) == title.startswith("Enum")
