"""What verify says against a loss: pasted at the place that it names, the loss is gone, and nothing else changes."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem
from tests.support.helpers import OLD
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
    "order, and a drop behind it": Case(
        _columns(ID + ", a TEXT, b TEXT"),
        ("SB428",),
        _block('batch_op.add_column(sa.Column("label", sa.Text()))', 'batch_op.drop_column("size")')
        + "\n"
        + _block('batch_op.drop_column("b")'),
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
    "key of two columns": Case(
        (
            *_columns("a INTEGER NOT NULL, b INTEGER NOT NULL", ", PRIMARY KEY (a, b)"),
            "CREATE TABLE c (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES t (a, b))",
        ),
        ("SB436",),
        _block('batch_op.alter_column("b", new_column_name="no", existing_type=sa.Integer())'),
    ),
    "type of a column that an operation changes": Case(
        _columns(ID + ", u UUID"),
        ("SB426",),
        _block('batch_op.alter_column("u", existing_type=sa.UUID(), nullable=False)'),
    ),
    "type of a renamed column": Case(
        _columns(ID + ", u UUID NOT NULL DEFAULT 'a'"),
        ("SB426",),
        _block('batch_op.alter_column("u", existing_type=sa.UUID(), new_column_name="v")', SIZE),
    ),
    "type of a strict table": Case(
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, b INT, c TEXT, size INTEGER) STRICT",), ("SB302",)
    ),
    "sequence of two blocks": Case(
        _columns("id INTEGER PRIMARY KEY AUTOINCREMENT"),
        ("SB408", "SB408"),
        "\n".join(
            _block(each, keywords=', table_kwargs={"sqlite_autoincrement": True}')
            for each in (SIZE, SIZE.replace("False", "True"))
        ),
    ),
    "text in double quotes": Case(
        _columns(ID + ", a TEXT"),
        ("SB438",),
        """op.execute('UPDATE t SET a = "guest" WHERE "a" IS NULL')""",
        other_sql=True,
    ),
}


CHILD = "CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER, CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t (id))"
RENAME = _block(SIZE, 'batch_op.alter_column("id", new_column_name="no", existing_type=sa.Integer())')
AGAIN = """
with op.batch_alter_table("c") as batch_op:
    batch_op.drop_constraint("fk", type_="foreignkey")
    batch_op.create_foreign_key("fk", "t", ["t_id"], ["no"])"""
SEARCHED = (
    *_columns("s TEXT PRIMARY KEY, body TEXT"),
    "CREATE VIRTUAL TABLE f USING fts5(body, content='t')",
)
NOT_SEARCHED = (
    *_columns("s TEXT PRIMARY KEY, body TEXT"),
    "CREATE TABLE z (s TEXT, body TEXT)",
    "CREATE VIRTUAL TABLE f USING fts5(body, content='z')",
    "CREATE VIRTUAL TABLE g USING fts5(body, content='')",
)
SEQUENCE = 'seq = op.get_bind().execute(sa.text("SELECT seq FROM sqlite_sequence")).scalar()\n'
SET_AGAIN = '\nop.execute(f"UPDATE sqlite_sequence SET seq = {seq}")'
KEPT = ', table_kwargs={"sqlite_autoincrement": True}'
FINE = {
    "child that is made again": Case((*_columns(ID), CHILD), (), RENAME + AGAIN),
    "child that refers to the key as such": Case((*_columns(ID), CHILD.replace("t (id)", "t")), (), RENAME),
    "child that is dropped": Case((*_columns(ID), CHILD), (), RENAME + '\nop.drop_table("c")'),
    "another column renamed": Case(
        (*_columns(ID + ", n TEXT"), CHILD),
        (),
        _block('batch_op.alter_column("n", new_column_name="m", existing_type=sa.Text())'),
    ),
    "type of a dropped column": Case(_columns(ID + ", u UUID"), (), _block('batch_op.drop_column("u")', SIZE)),
    "type of a new column": Case(_columns(ID), (), _block('batch_op.add_column(sa.Column("u", sa.UUID()))', SIZE)),
    "type that becomes another": Case(
        _columns(ID + ", u UUID"),
        (),
        _block('batch_op.alter_column("u", existing_type=sa.UUID(), type_=sa.String(36))'),
    ),
    "default that becomes another": Case(
        _columns(ID + ", d TEXT DEFAULT ' :x'"), (), _block('batch_op.alter_column("d", server_default="y")')
    ),
    "default that goes": Case(
        _columns(ID + ", d TEXT DEFAULT ' :x'"), (), _block('batch_op.alter_column("d", server_default=None)')
    ),
    "sequence set again": Case(
        _columns("id INTEGER PRIMARY KEY AUTOINCREMENT"), (), SEQUENCE + _block(SIZE, keywords=KEPT) + SET_AGAIN
    ),
    "autoincrement that is new": Case(_columns("id INTEGER PRIMARY KEY"), (), _block(SIZE, keywords=KEPT)),
    "search table that is made again": Case(
        SEARCHED,
        (),
        'op.execute("DROP TABLE f")\n' + _block(SIZE) + f"\nop.execute({SEARCHED[-1]!r})",
    ),
    "search table that is dropped": Case(SEARCHED, (), _block(SIZE) + '\nop.execute("DROP TABLE IF EXISTS f")'),
    "search table that is rebuilt": Case(
        SEARCHED,
        (),
        _block(SIZE) + '\nop.get_bind().execute(sa.text("INSERT INTO f(f) VALUES (:v)"), {"v": "rebuild"})',
    ),
    "search tables of others": Case(NOT_SEARCHED, ()),
    "literal with the name of a renamed column": Case(
        _columns(ID + ", price TEXT", ", CONSTRAINT ck CHECK (size IN (1, 2, 3) OR size <> 'a price x')"),
        (),
        _block('batch_op.alter_column("price", new_column_name="cents", existing_type=sa.Text())'),
    ),
    "partial index": Case(
        (*_columns(ID + ", a TEXT"), "CREATE UNIQUE INDEX i ON t (a) WHERE a IS NOT NULL AND size > 1"), ()
    ),
    "another case without a copy": Case(
        ("CREATE TABLE T (id INTEGER PRIMARY KEY)",), (), 'op.add_column("t", sa.Column("a", sa.Text()))'
    ),
    "key that is made": Case(
        ("CREATE TABLE t (a INTEGER NOT NULL, size INTEGER)",), (), _block('batch_op.create_primary_key("pk", ["a"])')
    ),
    "key that is dropped": Case(
        _columns("a INTEGER NOT NULL", ", CONSTRAINT pk PRIMARY KEY (a)"),
        (),
        _block('batch_op.drop_constraint("pk", type_="primary")'),
    ),
    "key without one of its columns": Case(
        _columns("a INTEGER NOT NULL, b INTEGER NOT NULL", ", PRIMARY KEY (a, b)"),
        (),
        _block('batch_op.drop_column("b")'),
    ),
    "date with a variant": Case(
        _columns(ID + ", a TEXT"),
        (),
        _block('batch_op.alter_column("a", type_=sa.DateTime().with_variant(sa.String(), "sqlite"))'),
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


_NOT_OF_OLD = (
    *("named check with a colon", "made twice", "type of a strict table"),
    "literal with the name of a renamed column",
)


@pytest.mark.parametrize("name", CASES)
def test_a_remedy_mends_what_it_is_printed_for(name: str, tmp_path: Path) -> None:
    if name in _NOT_OF_OLD and OLD:
        pytest.skip("this SQLAlchemy is too old to read the table")
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


@pytest.mark.parametrize("name", FINE)
def test_what_is_asked_for_or_made_good_is_no_loss(name: str, tmp_path: Path) -> None:
    if name in _NOT_OF_OLD and OLD:
        pytest.skip("this SQLAlchemy is too old to read the table")
    folder = _write(tmp_path / "fine", FINE[name].given, FINE[name].block)

    assert [each.message for each in _problems(folder)] == []
