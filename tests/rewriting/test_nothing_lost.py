"""Small histories, one for each way in which a copy of a table loses something: rewritten, they lose none of it.

Each is run by the real Alembic on a SQLite file: the first revision, then the rows of applications, then the second,
and the way back. What is to be there is asked of SQLite in plain SQL.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from alembic import command

from sqlite_batchify.operations import STYLES
from tests.rewriting.law import Way, lay_out_for, program, rewrite
from tests.support.helpers import OLD
from tests.support.histories import lay
from tests.support.laid_out import Project, within

Rows = list[tuple[Any, ...]]


class Case(NamedTuple):
    """``tables`` and ``change`` are lines of the two revisions, ``back`` those of the second's downgrade.

    ``rows`` are put in between the two by SQL; ``asked`` is what SQL gives after the upgrade, ``asked_back`` after the
    downgrade. ``keys`` turns foreign keys on for the connection of the migrations. ``raw`` if the table is made by SQL:
    the rewriting says what is lost, and ``verify --fix`` keeps it; ``said`` is the finding of what is left alone.
    """

    name: str
    tables: str
    rows: str
    change: str
    asked: dict[str, Any]
    back: str = "pass"
    asked_back: Mapping[str, Any] = MappingProxyType({})
    keys: bool = False
    raw: bool = False
    said: str = ""


_ID = 'sa.Column("id", sa.Integer(), primary_key=True)'
_SHELVES = f"""
op.create_table("shelf", {_ID}, sa.Column("aisle", sa.String(20)), sa.Column("width", sa.Text()))
op.create_table("book", {_ID}, sa.Column("title", sa.Text()), sa.Column("shelf_id", sa.Integer()),
    sa.ForeignKeyConstraint(["shelf_id"], ["shelf.id"], name="fk_book_shelf", ondelete="CASCADE"))
"""
_BOOKS = """
INSERT INTO shelf VALUES (1, 'A', '80'), (2, 'B', '90cm');
INSERT INTO book VALUES (1, 'Emma', 1), (2, 'Ulysses', 2), (3, 'Dune', 2);
"""
_ALL_BOOKS: dict[str, Any] = {
    "SELECT id, title, shelf_id FROM book ORDER BY id": [(1, "Emma", 1), (2, "Ulysses", 2), (3, "Dune", 2)]
}
_FITS: dict[str, Any] = {"PRAGMA foreign_key_check": []}


def _retyped(name: str, old: str, new: str, values: Iterable[str], kept: Iterable[Any] = ()) -> Case:
    """A change of type, in which the call tells nothing of the old one; the values are SQL."""
    values = tuple(values)
    rows = "; ".join(f"INSERT INTO parcel (c) VALUES ({value})" for value in values)
    plain = [(eval(each.replace("char(0)", r"'\x00'").replace("||", "+")),) for each in values if each != "NULL"]
    asked = {"SELECT c FROM parcel WHERE c IS NOT NULL ORDER BY id": [(each,) for each in kept] or plain}
    return Case(
        name,
        f'op.create_table("parcel", {_ID}, sa.Column("c", {old}), sa.Column("d", sa.Text(), server_default="a:b"))',
        rows,
        f'op.alter_column("parcel", "c", type_={new})',
        {**asked, "SELECT DISTINCT d FROM parcel": [("a:b",)], "SELECT max(id) FROM parcel": [(len(values),)]},
    )


_RETYPED = [
    _retyped("text becomes a timestamp", "sa.String(40)", "sa.DateTime()", ["'2026-03-17T09:12:44'", "'soon'", "NULL"]),
    _retyped("text becomes a day", "sa.Text()", "sa.Date()", ["'2026-03-17'", "'17.3.2026'"]),
    _retyped("text becomes a time of day", "sa.Text()", "sa.Time()", ["'09:12:44'", "'noon'"]),
    _retyped("text becomes a price", "sa.Text()", "sa.Numeric(8, 2)", ["'3,25'", "'n/a'", "'12'"], ["3,25", "n/a", 12]),
    _retyped("text becomes a number", "sa.String(9)", "sa.Integer()", ["'12'", "'a dozen'"], [12, "a dozen"]),
    _retyped("text becomes a truth value", "sa.String(5)", "sa.Boolean()", ["'1'", "'true'"], [1, "true"]),
    _retyped("text becomes JSON", "sa.Text()", "sa.JSON()", ["""'{"dark": true, "a:b": ":c"}'""", "'x'"]),
    _retyped("text becomes a UUID", "sa.String(36)", "sa.Uuid()", ["'0b6fbb2a-61e9-4f0f-a1a6-cbb18b6b1a02'"]),
    _retyped("text becomes longer", "sa.String(9)", "sa.Text()", ["'a' || char(0) || 'b'", "':x'", "'12'"]),
    _retyped("a day becomes a timestamp", "sa.Date()", "sa.DateTime()", ["'2026-03-17'"]),
    _retyped("a number becomes text", "sa.Integer()", "sa.String(20)", ["9007199254740993"], ["9007199254740993"]),
    _retyped("a number becomes bigger", "sa.Integer()", "sa.BigInteger()", ["9223372036854775807", "-1"]),
]
_RETYPED += [
    each._replace(
        name=f"{each.name} under a new name",
        change=each.change.replace("type_=", 'new_column_name="n", type_='),
        asked={
            sql.replace("SELECT c FROM parcel WHERE c", "SELECT n FROM parcel WHERE n"): rows
            for sql, rows in each.asked.items()
        },
    )
    for each in _RETYPED
]
_OF_THE_TABLE = [
    Case(
        "a number that was given out is not given out again",
        f'op.create_table("ticket", {_ID}, sa.Column("seat", sa.Text()), sqlite_autoincrement=True)',
        "INSERT INTO ticket (seat) VALUES ('a'), ('b'), ('c'); DELETE FROM ticket WHERE id > 1",
        'op.alter_column("ticket", "seat", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO ticket (seat) VALUES ('d') RETURNING id": [(4,)]},
    ),
    Case(
        "a table of raw SQL counts on",
        'op.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY AUTOINCREMENT, seat TEXT)")',
        "INSERT INTO ticket (seat) VALUES ('a'), ('b'); DELETE FROM ticket WHERE id = 2",
        'op.create_unique_constraint("uq_ticket_seat", "ticket", ["seat"])',
        {"INSERT INTO ticket (seat) VALUES ('c') RETURNING id": [(3,)]},
        raw=True,
    ),
    Case(
        "a rule without a name is kept",
        f'op.create_table("oven", {_ID}, sa.Column("heat", sa.Integer()), sa.Column("mark", sa.Text()),\n'
        '        sa.CheckConstraint("heat < 300"))',
        "INSERT INTO oven VALUES (1, 200, 'x')",
        'op.alter_column("oven", "mark", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO oven VALUES (2, 900, 'y')": sqlite3.IntegrityError},
    ),
    Case(
        "the rule of a type without a name is kept",
        f'op.create_table("oven", {_ID}, sa.Column("lit", sa.Boolean(create_constraint=True)),\n'
        '        sa.Column("m", sa.Text()))',
        "INSERT INTO oven VALUES (1, 1, 'x')",
        'op.alter_column("oven", "m", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO oven VALUES (2, 7, 'y')": sqlite3.IntegrityError},
    ),
    Case(
        "the rule of an added column's type is kept",
        f'op.create_table("oven", {_ID}, sa.Column("m", sa.Text()))',
        "INSERT INTO oven VALUES (1, 'x')",
        'op.add_column("oven", sa.Column("state",\n'
        '        sa.Enum("cold", "hot", name="oven_state", native_enum=False, create_constraint=True)))\n'
        "op.execute(\"UPDATE oven SET state = 'cold'\")\n"
        'op.alter_column("oven", "m", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO oven VALUES (2, 'y', 'gone')": sqlite3.IntegrityError, "SELECT * FROM oven": [(1, "x", "cold")]},
    ),
    Case(
        "a default with a colon is the same",
        f'op.create_table("skin", {_ID}, sa.Column("look", sa.Text(), server_default=\'{{"dark":true}}\'),\n'
        '        sa.Column("name", sa.Text()))',
        "INSERT INTO skin (name) VALUES ('x')",
        'op.alter_column("skin", "name", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO skin (name) VALUES ('y') RETURNING look": [('{"dark":true}',)]},
    ),
    Case(
        "letters are compared as before",
        'op.execute("CREATE TABLE tag (id INTEGER PRIMARY KEY, word TEXT COLLATE NOCASE, note TEXT)")',
        "INSERT INTO tag VALUES (1, 'Tea', 'x')",
        'op.alter_column("tag", "note", existing_type=sa.Text(), nullable=False)',
        {"SELECT id FROM tag WHERE word = 'tea'": [(1,)]},
        raw=True,
    ),
    Case(
        "what happens on a conflict is as before",
        'op.execute("CREATE TABLE tag (id INTEGER PRIMARY KEY, word TEXT UNIQUE ON CONFLICT REPLACE, note TEXT)")',
        "INSERT INTO tag VALUES (1, 'tea', 'x')",
        'op.alter_column("tag", "note", existing_type=sa.Text(), nullable=False)',
        {"INSERT INTO tag VALUES (2, 'tea', 'y') RETURNING id": [(2,)], "SELECT id FROM tag": [(2,)]},
        raw=True,
    ),
    Case(
        "values of every kind are the same after a copy",
        f'op.create_table("box", {_ID}, sa.Column("a", sa.LargeBinary()), sa.Column("b", sa.Text()),\n'
        '        sa.Column("c", sa.BigInteger()), sa.Column("d", sa.Numeric(9, 2)), sa.Column("e", sa.JSON()))',
        "INSERT INTO box VALUES (1, x'00ff', 'a' || char(0) || ':b', -9223372036854775808, 0.1, '[\":x\"]'),"
        " (2, NULL, '', 9007199254740993, 12, 'null')",
        'op.create_unique_constraint("uq_box_c", "box", ["c"])',
        {
            "SELECT a, b, c, d, e FROM box ORDER BY id": [
                (b"\x00\xff", "a\x00:b", -(2**63), 0.1, '[":x"]'),
                (None, "", 9007199254740993, 12, "null"),
            ]
        },
    ),
]
_AROUND = [
    Case(
        "a view is there and works",
        _SHELVES + 'op.execute("CREATE VIEW titles AS SELECT title FROM book")',
        _BOOKS,
        'op.alter_column("book", "title", existing_type=sa.Text(), nullable=False)',
        {"SELECT count(*) FROM titles": [(3,)]},
        'op.alter_column("book", "title", existing_type=sa.Text(), nullable=True)',
        {"SELECT count(*) FROM titles": [(3,)]},
    ),
    Case(
        "a trigger is there and works",
        _SHELVES + 'op.execute("CREATE TRIGGER shout AFTER INSERT ON book BEGIN\\n'
        '        UPDATE book SET title = upper(title) WHERE id = new.id; END")',
        _BOOKS,
        'op.create_unique_constraint("uq_book_title", "book", ["title"])',
        {"INSERT INTO book VALUES (9, 'Mox', 1)": [], "SELECT title FROM book WHERE id = 9": [("MOX",)]},
    ),
    Case(
        "indexes say what they said",
        _SHELVES + 'op.execute("CREATE INDEX ix_down ON book (title DESC)")\n'
        'op.execute("CREATE INDEX ix_low ON book (lower(title))")\n'
        'op.create_index("ix_some", "book", ["title"], sqlite_where=sa.text("shelf_id > 1"))',
        _BOOKS,
        'op.alter_column("book", "shelf_id", existing_type=sa.Integer(), nullable=False)',
        {
            "SELECT name, lower(sql) FROM sqlite_master WHERE tbl_name = 'book' AND type = 'index' ORDER BY name": [
                ("ix_down", "create index ix_down on book (title desc)"),
                ("ix_low", "create index ix_low on book (lower(title))"),
                ("ix_some", "create index ix_some on book (title) where shelf_id > 1"),
            ]
        },
    ),
    Case(
        "a key waits for the end of the transaction",
        f'op.create_table("shelf", {_ID})\n'
        'op.execute("CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT,'
        ' shelf_id INTEGER REFERENCES shelf (id) DEFERRABLE INITIALLY DEFERRED)")',
        "INSERT INTO shelf VALUES (1); INSERT INTO book VALUES (1, 'Emma', 1)",
        'op.alter_column("book", "title", existing_type=sa.Text(), nullable=False)',
        {"SELECT sql LIKE '%DEFERRABLE INITIALLY DEFERRED%' FROM sqlite_master WHERE name = 'book'": [(1,)]},
        raw=True,
    ),
]
_COLUMNS = [
    Case(
        "a plain column of a parent goes and the children stay",
        _SHELVES,
        _BOOKS,
        'op.drop_column("shelf", "aisle")',
        {**_ALL_BOOKS, **_FITS, "SELECT * FROM shelf ORDER BY id": [(1, "80"), (2, "90cm")]},
        'op.add_column("shelf", sa.Column("aisle", sa.String(20)))',
        {**_ALL_BOOKS, "SELECT * FROM shelf ORDER BY id": [(1, "80", None), (2, "90cm", None)]},
        keys=True,
    ),
    Case(
        "what an upgrade added goes in the downgrade and the children stay",
        _SHELVES,
        _BOOKS,
        'op.add_column("shelf", sa.Column("lamp", sa.Boolean(), server_default=sa.false()))',
        {**_ALL_BOOKS, "SELECT lamp FROM shelf": [(0,), (0,)]},
        'op.drop_column("shelf", "lamp")',
        {**_ALL_BOOKS, **_FITS},
        keys=True,
    ),
    Case(
        "columns stand where one operation after the other puts them",
        f'op.create_table("role", {_ID}, sa.Column("name", sa.Text()), sa.Column("old", sa.Text()))',
        "INSERT INTO role VALUES (1, 'guest', 'x')",
        'op.alter_column("role", "name", existing_type=sa.Text(), nullable=False)\n'
        'op.add_column("role", sa.Column("label", sa.Text()))\n'
        'op.drop_column("role", "old")\n'
        "op.execute(\"INSERT INTO role VALUES (2, 'admin', 'Administrator')\")",
        {"SELECT id, name, label FROM role ORDER BY id": [(1, "guest", None), (2, "admin", "Administrator")]},
    ),
    Case(
        "a key column is made anew",
        'op.create_table("line", sa.Column("id", sa.String(9), primary_key=True), sa.Column("text", sa.Text()))',
        "INSERT INTO line VALUES ('x', 'one'), ('y', 'two')",
        'op.drop_column("line", "id")\n'
        'op.add_column("line", sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)',
        {
            "SELECT text FROM line ORDER BY text": [("one",), ("two",)],
            "SELECT name FROM pragma_table_info('line') WHERE pk": [("id",)],
        },
    ),
    Case(
        "a table without a key gets one",
        'op.create_table("line", sa.Column("text", sa.Text()))',
        "INSERT INTO line VALUES ('one'), ('two')",
        'op.add_column("line", sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)',
        {
            "SELECT text FROM line ORDER BY text": [("one",), ("two",)],
            "SELECT name FROM pragma_table_info('line') WHERE pk": [("id",)],
        },
    ),
    Case(
        "a child follows the key of its parent",
        _SHELVES,
        _BOOKS,
        'op.alter_column("shelf", "id", new_column_name="number", type_=sa.BigInteger(), existing_type=sa.Integer())',
        {
            **_ALL_BOOKS,
            **_FITS,
            'SELECT "table", "to" FROM pragma_foreign_key_list(\'book\')': [("shelf", "number")],
        },
    ),
    Case(
        "a column goes with its index and its rules",
        f'op.create_table("pot", {_ID}, sa.Column("lid", sa.Boolean(create_constraint=True, name="ck_pot_lid")),\n'
        '        sa.Column("size", sa.Integer()), sa.Column("ware", sa.Text()))\n'
        'op.create_index("ix_pot_size", "pot", ["size"])',
        "INSERT INTO pot VALUES (1, 1, 20, 'tin')",
        'op.drop_column("pot", "lid")\nop.drop_column("pot", "size")',
        {
            "SELECT * FROM pot": [(1, "tin")],
            "SELECT name FROM sqlite_master WHERE tbl_name = 'pot' AND type = 'index'": [],
        },
    ),
    *(
        Case(
            f"a column goes with its index of raw SQL{said}",
            f'op.create_table("pot", {_ID}, sa.Column("size", sa.Integer()), sa.Column("ware", sa.Text()))\n'
            f'op.execute("CREATE {unique}INDEX IF NOT EXISTS ix_pot_size ON pot (size, ware)")',
            "INSERT INTO pot VALUES (1, 20, 'tin')",
            f'op.drop_column("pot", "size"){after}',
            {
                "SELECT * FROM pot": [(1, "tin")],
                "SELECT name FROM sqlite_master WHERE tbl_name = 'pot' AND type = 'index'": [],
            },
        )
        for said, unique, after in (
            ("", "", ""),
            (", which is unique", "UNIQUE ", ""),
            (", which is dropped then", "", '\nop.execute("DROP INDEX IF EXISTS ix_pot_size")'),
        )
    ),
    Case(
        "a rename keeps the rule of the type",
        f'op.create_table("pot", {_ID}, sa.Column("lid", sa.Boolean(create_constraint=True)))',
        "INSERT INTO pot VALUES (1, 1)",
        'op.alter_column("pot", "lid", new_column_name="cover", existing_type=sa.Boolean(create_constraint=True))',
        {"SELECT cover FROM pot": [(1,)], "INSERT INTO pot VALUES (2, 7)": sqlite3.IntegrityError},
    ),
    Case(
        "nothing joins a block that always copies",
        _SHELVES,
        _BOOKS,
        'with op.batch_alter_table("book", recreate="always") as b:\n'
        '        b.add_column(sa.Column("year", sa.Integer()))\n'
        'op.alter_column("book", "title", existing_type=sa.Text(), nullable=False)',
        _ALL_BOOKS,
    ),
]
_CASES = [*_RETYPED, *_OF_THE_TABLE, *_AROUND, *_COLUMNS]
_NEWER = {"a key column is made anew", "a table without a key gets one"}
"""Those that an older Alembic has no way to write."""


def _lines(text: str) -> str:
    """As the body of a function: statements at the left margin are lines of it."""
    return text.strip().replace("\nop.", "\n    op.").replace("\nwith ", "\n    with ")


def laid_out(case: Case, folder: Path) -> Project:
    lay(folder / "history", 1, _lines(case.tables))
    lay(folder / "history", 2, _lines(case.change), _lines(case.back))
    return lay_out_for(folder / "history", folder / "project", case.keys)


def check(project: Project, asked: Mapping[str, Any]) -> None:
    """Ask the database of the project, on a copy of it."""
    with (
        contextlib.closing(sqlite3.connect(project.folder / "app.db")) as raw,
        contextlib.closing(sqlite3.connect(":memory:")) as copy,
    ):
        raw.backup(copy)
        for sql, expected in asked.items():
            if isinstance(expected, type):
                with pytest.raises(expected):
                    copy.execute(sql)
            else:
                assert copy.execute(sql).fetchall() == expected, sql


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_nothing_is_lost(case: Case, style: str, tmp_path: Path) -> None:
    if OLD and case.name in _NEWER:
        pytest.skip("this Alembic adds no key")
    project = laid_out(case, tmp_path)
    said = rewrite(project, Way(case.keys, style))
    expected = "SB128" if case.raw else case.said
    assert [each.split()[0] for found in said.places.values() for each in found] == ([expected] if expected else [])
    if case.said:
        return
    with within(project.folder):
        if case.raw:
            program(["verify", "--fix", "."])
        command.upgrade(project.config(), "0001")
        with contextlib.closing(sqlite3.connect(project.folder / "app.db")) as raw:
            raw.executescript(case.rows)
        command.upgrade(project.config(), "0002")
        check(project, case.asked)
        command.downgrade(project.config(), "0001")
        check(project, case.asked_back)
