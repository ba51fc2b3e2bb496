"""What verify says against a loss: pasted at the place that it names, the loss is gone, and nothing else changes."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem
from tests.support.offline import ddl
from tests.support.pasting import paste

SCRIPT = '''"""A step"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade():
{body}


def downgrade():
    raise NotImplementedError
'''
SIZE = 'batch_op.alter_column("size", existing_type=sa.Integer(), nullable=False)'


class Case(NamedTuple):
    """What an earlier revision has made, the block that copies it, and what is found there."""

    given: tuple[str, ...]
    codes: tuple[str, ...]
    block: str = f'with op.batch_alter_table("t") as batch_op:\n    {SIZE}'
    other_sql: bool = False


def _columns(text: str, *more: str, **rest: str) -> tuple[str, ...]:
    return (f"CREATE TABLE t ({text}, size INTEGER{more[0] if more else ''})", *more[1:])


def _block(*statements: str, table: str = "t", keywords: str = "") -> str:
    body = textwrap.indent("\n".join(statements), "    ")
    return f"with op.batch_alter_table({table!r}{keywords}) as batch_op:\n{body}"


ID = "id INTEGER NOT NULL PRIMARY KEY"
PARENT = "CREATE TABLE p (id INTEGER NOT NULL PRIMARY KEY, b INTEGER, UNIQUE (id, b))"
CASES = {
    "default": Case(_columns(ID + """, d JSON DEFAULT '{"dark":true}' NOT NULL"""), ("SB425",)),
    "default of a quoted column": Case(_columns(ID + """, "order" TEXT DEFAULT 'it''s :x'"""), ("SB425",)),
    "default that is an expression": Case(_columns(ID + """, d TEXT DEFAULT (lower(' :X'))"""), ("SB425",)),
    "default with a backslash": Case(_columns(ID + r""", d TEXT DEFAULT 'a\:b'"""), ("SB425",)),
    "defaults of two columns": Case(_columns(ID + ", a TEXT DEFAULT ' :a', b TEXT DEFAULT ' :b'"), ("SB425",) * 2),
    "default and collation": Case(_columns(ID + ", a VARCHAR(9) COLLATE nocase DEFAULT ' :a'"), ("SB415", "SB425")),
    "type of the key": Case(_columns("id UUID NOT NULL PRIMARY KEY"), ("SB426",)),
    "type of a named key": Case(_columns("id UUID NOT NULL", ", CONSTRAINT pk_t PRIMARY KEY (id)"), ("SB426",)),
    "type of a part of the key": Case(
        _columns("a INTEGER NOT NULL, b UUID NOT NULL", ", PRIMARY KEY (b, a)"), ("SB426",)
    ),
    "type with numbers": Case(_columns(ID + ", v VECTOR(3) NOT NULL"), ("SB426",)),
    "type of two words": Case(_columns(ID + ", v TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP"), ("SB426",)),
    "type of a word with a space": Case(_columns(ID + ', v "FIRST AND LAST" NOT NULL'), ("SB426",)),
    "type of a unique and indexed column": Case(
        _columns(ID + ", v INET UNIQUE", "", "CREATE INDEX ix_v ON t (v)"), ("SB426",)
    ),
    "type of a foreign key": Case(
        (PARENT, *_columns(ID + ", a BYTEA REFERENCES p (id) ON DELETE CASCADE")), ("SB422", "SB426")
    ),
    "type of a part of a foreign key": Case(
        (PARENT, *_columns(ID + ", a POINT, b INTEGER", ", FOREIGN KEY (a, b) REFERENCES p (id, b) ON DELETE CASCADE")),
        ("SB426",),
    ),
    "no type": Case(_columns(ID + ", data"), ("SB302",)),
    "two without a type": Case(_columns(ID + ", data NOT NULL, more LONGBLOB DEFAULT 'x'"), ("SB302",)),
    "deferrable": Case((PARENT, *_columns(ID + ", a INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED")), ("SB422",)),
    "deferrable with all else": Case(
        (
            PARENT,
            *_columns(
                ID + ", a INTEGER NOT NULL DEFAULT 1 CONSTRAINT fk_a REFERENCES p (id) ON UPDATE CASCADE "
                "ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED"
            ),
        ),
        ("SB422",),
    ),
    "deferrable of a key and of itself": Case(
        _columns(ID + ", up INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED"), ("SB422",)
    ),
    "conflict of not null": Case(_columns(ID + ", a TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'"), ("SB420",)),
    "conflict of the key": Case(_columns("id INTEGER PRIMARY KEY ON CONFLICT IGNORE"), ("SB420",)),
    "conflict of a composite key": Case(
        _columns("a INTEGER NOT NULL, b INTEGER NOT NULL", ", CONSTRAINT pk PRIMARY KEY (a, b) ON CONFLICT REPLACE"),
        ("SB420",),
    ),
    "conflict of a unique": Case(_columns(ID + ", a TEXT UNIQUE ON CONFLICT IGNORE"), ("SB420",)),
    "conflict of a named unique": Case(
        _columns(ID + ', "A" TEXT', ', CONSTRAINT uq UNIQUE ("A") ON CONFLICT REPLACE'), ("SB420",)
    ),
    "check": Case(_columns(ID, ", CHECK (size > 0 AND size IN (1, 2, 3))"), ("SB414",)),
    "check with a colon": Case(_columns(ID + ", a TEXT", """, CHECK (a <> '{"a":b}')"""), ("SB414",)),
    "named check with a colon": Case(
        _columns(ID + ", a TEXT", """, CONSTRAINT ck_t CHECK (a <> '{"a":b}' AND a <> 'it''s')"""), ("SB414",)
    ),
    "check of a renamed column": Case(
        _columns(ID + ", price INTEGER", ", CHECK (price > 0), CHECK (\"price\" <> 7 OR size = 'price'))"[:-1]),
        ("SB414", "SB414"),
        _block('batch_op.alter_column("price", new_column_name="Cents", existing_type=sa.Integer())', SIZE),
    ),
    "check of a column renamed to a word": Case(
        _columns(ID + ", price INTEGER", ", CHECK (price > 0)"),
        ("SB414",),
        _block('batch_op.alter_column("price", new_column_name="the order", existing_type=sa.Integer())', SIZE),
    ),
    "autoincrement": Case(_columns("id INTEGER PRIMARY KEY AUTOINCREMENT"), ("SB413",)),
    "sequence": Case(
        _columns("id INTEGER PRIMARY KEY AUTOINCREMENT"),
        ("SB408",),
        _block(SIZE, keywords=', table_kwargs={"sqlite_autoincrement": True}'),
    ),
    "sequence of a name with a quote": Case(
        ("""CREATE TABLE "it's :a" (id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER)""",),
        ("SB408",),
        _block(SIZE, table="it's :a", keywords=', table_kwargs={"sqlite_autoincrement": True}'),
    ),
    "rowids": Case(
        (
            *_columns("slug TEXT NOT NULL PRIMARY KEY, body TEXT"),
            "CREATE VIRTUAL TABLE search USING fts5(body, content='t')",
        ),
        ("SB409",),
    ),
    "rowids of quoted names": Case(
        (*_columns("slug TEXT, body TEXT"), 'CREATE VIRTUAL TABLE "the index" USING fts4(content="T", body)'),
        ("SB409",),
    ),
    "rowids by name": Case(
        (*_columns("body TEXT"), "CREATE VIRTUAL TABLE s USING fts5(body, content = t, content_rowid = 'rowid')"),
        ("SB409",),
    ),
    "another case": Case(
        ('CREATE TABLE "Users" (id INTEGER NOT NULL PRIMARY KEY, name TEXT UNIQUE, size INTEGER)',),
        ("SB419", "SB424", "SB429"),
        _block(SIZE, table="users"),
        other_sql=True,
    ),
    "order": Case(
        _columns(ID + ", name TEXT"),
        ("SB428",),
        _block('batch_op.add_column(sa.Column("label", sa.Text()))', 'batch_op.drop_column("size")'),
    ),
    "order of three": Case(
        ("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a TEXT, b TEXT, c TEXT)",),
        ("SB428",),
        _block(
            'batch_op.add_column(sa.Column("x", sa.Text()))',
            'batch_op.drop_column("c")',
            'batch_op.add_column(sa.Column("y", sa.Text()))',
            'batch_op.drop_column("b")',
        ),
    ),
    "key of a child": Case(
        (*_columns(ID), "CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))"),
        ("SB436",),
        _block(SIZE, 'batch_op.alter_column("id", new_column_name="no", existing_type=sa.Integer())'),
    ),
    "keys of two children": Case(
        (
            *_columns(ID + ', "Name" TEXT UNIQUE'),
            'CREATE TABLE c (id INTEGER PRIMARY KEY, t_name TEXT REFERENCES "T" ("name"))',
            'CREATE TABLE "the d" (id INTEGER PRIMARY KEY, t_name TEXT, FOREIGN KEY (t_name) REFERENCES t (name))',
        ),
        ("SB436", "SB436"),
        _block(SIZE, 'batch_op.alter_column("Name", new_column_name="Title", existing_type=sa.Text())'),
    ),
    "key of the table itself": Case(
        _columns(ID + ", up INTEGER", ", FOREIGN KEY (up) REFERENCES t (id)"),
        ("SB436",),
        _block(SIZE, 'batch_op.alter_column("id", new_column_name="no", type_=sa.BigInteger())'),
    ),
    "made twice": Case(
        _columns(ID, ", CONSTRAINT ck CHECK (size > 0)"),
        ("SB437",),
        _block(SIZE, keywords=', table_args=(sa.CheckConstraint("size > 0", name="ck"),)'),
    ),
    "text to a date": Case(
        _columns(ID + ", a TEXT NOT NULL"),
        ("SB402",),
        _block('batch_op.alter_column("a", existing_type=sa.Text(), type_=sa.DateTime(timezone=True))'),
    ),
    "text to numbers": Case(
        _columns(ID + """, "order" VARCHAR(9) DEFAULT '0', b TEXT"""),
        ("SB402", "SB402"),
        _block(
            'batch_op.alter_column("order", existing_type=sa.Text(), type_=sa.Numeric(10, 2))',
            'batch_op.alter_column("b", existing_type=sa.Text(), type_=sa.Integer())',
        ),
    ),
    "trigger": Case(
        (*_columns(ID), "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET size = 1 WHERE ' \\:x' = 'y'; END"),
        ("SB411",),
    ),
    "expression index": Case((*_columns(ID + ", a TEXT"), "CREATE INDEX i ON t (lower(a))"), ("SB417",)),
    "index": Case((*_columns(ID + ", a TEXT"), "CREATE INDEX i ON t (a DESC, size)"), ("SB418",)),
    "where of an index": Case((*_columns(ID + ", a TEXT"), "CREATE INDEX i ON t (a) WHERE a <> ' \\:b'"), ("SB418",)),
    "not null": Case(
        _columns(ID + ", a VARCHAR(9) NOT NULL COLLATE NOCASE"),
        ("SB427",),
        _block(SIZE, keywords=', reflect_args=[sa.Column("a", sa.String(9, collation="NOCASE"))]'),
    ),
    "foreign key": Case(
        (PARENT, *_columns(ID + ", a INTEGER", ", FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE")),
        ("SB421",),
        _block(SIZE, keywords=', reflect_args=[sa.Column("a", sa.Integer())]'),
    ),
    "text in double quotes": Case(
        _columns(ID + ", a TEXT"),
        ("SB438",),
        """op.execute('UPDATE t SET a = "guest" WHERE "a" IS NULL')""",
        other_sql=True,
    ),
}


def _write(folder: Path, given: tuple[str, ...], body: str) -> Path:
    folder.mkdir()
    statements = "\n".join(f"op.execute({text!r})" for text in map(_escaped, given))
    for revision, down, text in (("a1", None, statements), ("a2", "a1", body)):
        script = SCRIPT.format(revision=revision, down=down, body=textwrap.indent(text, "    "))
        (folder / f"{revision}.py").write_text(script, encoding="utf-8")
    return folder


def _escaped(text: str) -> str:
    return text if "\\" in text and "DEFAULT" not in text else text.replace("\\", "\\\\").replace(":", "\\:")


def _problems(folder: Path) -> list[Problem]:
    return verify_history(str(folder), foreign_keys="off").problems


@pytest.mark.parametrize("name", CASES)
def test_a_remedy_mends_what_it_is_printed_for(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = _write(tmp_path / "before", case.given, case.block)
    problems = _problems(folder)
    assert sorted(each.code.code for each in problems) == sorted(case.codes), [each.message for each in problems]

    source = (folder / "a2.py").read_text(encoding="utf-8")
    mended = paste(source, problems)
    (folder / "a2.py").write_text(mended, encoding="utf-8")

    assert [each.message for each in _problems(folder)] == [], mended
    if not case.other_sql:
        assert ddl(mended, "postgresql", "upgrade") == ddl(source, "postgresql", "upgrade")
