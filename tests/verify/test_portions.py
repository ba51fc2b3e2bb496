"""A revision that is replayed on a part of the database finds what it finds on the whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sqlite_batchify.verify import portions
from sqlite_batchify.verify.history import load_history
from sqlite_batchify.verify.replay import Options, Replay
from sqlite_batchify.verify.results import Problem
from sqlite_batchify.verify.revisions import Revision
from sqlite_batchify.verify.schema import Reader, Schema
from sqlite_batchify.verify.scratch import Scratch
from tests.support import FIXTURES
from tests.support.histories import SCRIPT

PROJECTS = sorted((FIXTURES / "verify").iterdir())
TABLES = """
    CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author (id));
    CREATE TABLE page (id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES book (id));
    CREATE TABLE shop (id INTEGER PRIMARY KEY);
    CREATE TABLE "Ärger" (id INTEGER PRIMARY KEY);
    CREATE TABLE "2025" (id INTEGER PRIMARY KEY);
    CREATE TABLE "order item" (id INTEGER PRIMARY KEY);
    CREATE TABLE bill (id INTEGER PRIMARY KEY, item_id INTEGER REFERENCES "order item" (id));
    CREATE TABLE alembic_version (version_num TEXT);
"""


def replay(project: Path) -> list[Problem]:
    done = Replay(load_history(str(project)), Options())
    return [problem for step in done.steps() for problem in step.problems]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_the_part_shows_what_the_whole_shows(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(project, tmp_path / "project"))
    part = replay(copy)
    monkeypatch.setattr(portions, "tables_for", lambda revision, schema: None)
    assert replay(copy) == part


def revision(tmp_path: Path, body: str, head: str = "") -> Revision:
    (tmp_path / "a.py").write_text(
        f"from alembic import op\n{head}\nrevision = 'a'\n\n\ndef upgrade():\n    {body}\n", "utf-8"
    )
    return load_history(str(tmp_path)).revisions[0]


def schema(more: str = "") -> Schema:
    scratch = Scratch()
    scratch.raw.executescript(TABLES + more)
    return Reader().schema(scratch.raw)


@pytest.mark.parametrize(
    ("body", "tables"),
    [
        ("op.drop_column('shop', 'x')", {"shop"}),
        ("op.drop_column('page', 'x')", {"page", "book", "author"}),
        ("op.drop_column('book', 'x')", {"page", "book", "author"}),
        ("op.execute('DELETE FROM author')", {"author", "book"}),
        ("op.add_column('shop', sa.Column('a', sa.Integer(), sa.ForeignKey('author.id')))", {"shop", "author"}),
        ("op.execute('SELECT 1')", set()),
        (r"op.execute('DELETE FROM\nshop')", {"shop"}),
        ("op.drop_column('Ärger', 'x')", {"Ärger"}),
        ("op.drop_column('2025', 'x')", {"2025"}),
        ("op.drop_column('Order Item', 'x')", {"order item", "bill"}),
        ("op.drop_column('bill', 'x')", {"order item", "bill"}),
    ],
)
def test_a_part_holds_what_is_named_and_what_refers_to_it_and_what_that_refers_to(
    tmp_path: Path, body: str, tables: set[str]
) -> None:
    assert portions.tables_for(revision(tmp_path, body), schema()) == frozenset(tables | {"alembic_version"})


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("op.drop_column(f'{x}', 'y')", ""),
        ("op.execute('DELETE FROM %s' % x)", ""),
        ("op.execute('DELETE FROM {}'.format(x))", ""),
        ("op.execute('DELETE FROM ' + x)", ""),
        ("inspect(op.get_bind()).get_table_names()", "from sqlalchemy import inspect"),
        ("pass", "import os"),
        ("op.execute('PRAGMA foreign_keys=ON')", ""),
        ("op.execute('CREATE VIEW v AS SELECT 1')", ""),
    ],
)
def test_a_script_that_may_touch_any_table_gets_them_all(tmp_path: Path, body: str, head: str) -> None:
    assert portions.tables_for(revision(tmp_path, body, head), schema()) is None


@pytest.mark.parametrize(
    "more",
    [
        "CREATE VIEW v AS SELECT * FROM author",
        "CREATE TRIGGER t AFTER INSERT ON shop BEGIN DELETE FROM author; END",
        "CREATE VIRTUAL TABLE words USING fts5(text)",
    ],
)
def test_views_triggers_and_virtual_tables_tie_all_tables_together(tmp_path: Path, more: str) -> None:
    assert portions.tables_for(revision(tmp_path, "op.drop_column('shop', 'x')"), schema(more)) is None


def test_carried_tables_keep_rows_indexes_and_their_text() -> None:
    source, target = Scratch(), Scratch()
    source.raw.executescript(
        """
        CREATE TABLE "od d" (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE, b BLOB,
            double INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL, CHECK (a <> ''));
        CREATE UNIQUE INDEX "od i" ON "od d" (lower(a)) WHERE b IS NOT NULL;
        INSERT INTO "od d" (id, a, b) VALUES (7, 'x', x'00ff'), (9, 'y', NULL), (11, 'z', NULL);
        DELETE FROM "od d" WHERE id = 11;
        """
    )
    target.raw.executescript('CREATE TABLE "od d" (old)')
    portions.carry(source.raw, target.raw, ["od d", "gone"])
    everything = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    assert target.raw.execute(everything).fetchall() == source.raw.execute(everything).fetchall()
    assert target.raw.execute("SELECT name, seq FROM sqlite_sequence").fetchall() == [("od d", 11)]
    rows = 'SELECT * FROM "od d"'
    assert target.raw.execute(rows).fetchall() == [(7, "x", b"\x00\xff", 14), (9, "y", None, 18)]


def test_carried_text_that_is_no_utf_8_stays_text() -> None:
    source, target = Scratch(), Scratch()
    source.raw.executescript(
        "CREATE TABLE t (a TEXT, b BLOB, c REAL, d); INSERT INTO t VALUES (CAST(x'61ff' AS TEXT), x'ff', 0.1, NULL);"
    )
    portions.carry(source.raw, target.raw, ["t"])

    query = "SELECT typeof(a), hex(a), typeof(b), hex(b), c, d FROM t"
    assert target.raw.execute(query).fetchall() == [("text", "61FF", "blob", "FF", 0.1, None)]


TABLE = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Text()))'
GENERATED = 'op.execute("ALTER TABLE hall ADD COLUMN y TEXT GENERATED ALWAYS AS (tone(x)) VIRTUAL")'


@pytest.mark.parametrize(
    ("first", "then", "codes"),
    [
        # An index has its name for all tables: that of another table is taken, or free again.
        ('op.create_index("by_x", "hall", ["x"])', 'op.create_index("by_x", "loan", ["x"])', ["SB304"]),
        (
            'op.create_index("by_x", "hall", ["x"])',
            'op.drop_index("by_x"); op.create_index("by_x", "loan", ["x"])',
            [],
        ),
        (
            'op.create_index("ix_loan_y", "hall", ["x"])',
            'op.add_column("loan", sa.Column("y", sa.Text(), index=True))',
            ["SB304", "SB435"],
        ),
        # A table whose text no CREATE TABLE takes.
        (GENERATED, 'op.add_column("hall", sa.Column("z", sa.Text()))', []),
        (GENERATED, 'op.add_column("loan", sa.Column("z", sa.Text()))', []),
    ],
)
def test_a_part_that_cannot_be_without_the_rest_is_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, then: str, codes: list[str]
) -> None:
    tables = f"{TABLE.format('hall')}; {TABLE.format('loan')}"
    for number, upgrade in enumerate((tables, first, then), 1):
        before = f"{number - 1:04d}" if number > 1 else None
        text = SCRIPT.format(
            revision=number, before=repr(before), upgrade=upgrade, downgrade="raise NotImplementedError"
        )
        (tmp_path / f"{number}.py").write_text(text)
    part = replay(tmp_path)
    monkeypatch.setattr(portions, "tables_for", lambda revision, schema: None)
    assert replay(tmp_path) == part
    assert [problem.code.code for problem in part if problem.revision == "0003"] == codes
