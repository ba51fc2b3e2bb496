"""What a table lost, told from two pictures of it and from what was asked for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from sqlite_batchify.verify.asked import Asked
from sqlite_batchify.verify.losses import find_losses, find_lost_triggers, find_missing
from sqlite_batchify.verify.schema import Reader, Schema, Table
from tests.support.helpers import memory

_FULL = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE, b INTEGER CHECK (b > 0), "
    "c INTEGER, CONSTRAINT uq UNIQUE (a) ON CONFLICT IGNORE, UNIQUE (b, c), "
    "CONSTRAINT fk FOREIGN KEY (c) REFERENCES o (id) ON DELETE CASCADE)",
    "CREATE INDEX ix_desc ON t (b DESC)",
    "CREATE INDEX ix_part ON t (b) WHERE c > 1",
    "CREATE INDEX ix_expr ON t (lower(a))",
    "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
)


def _schema(*statements: str) -> Schema:
    return Reader().schema(memory(*statements))


def _table(*statements: str) -> Table:
    return _schema(*statements).tables["t"]


def _codes(before: Table, after: Table, asked: Asked | None = None) -> list[str]:
    return [code.code for code, _ in find_losses(before, after, asked or Asked())]


def test_nothing_is_lost_from_a_table_that_is_the_same() -> None:
    assert _codes(_table(*_FULL), _table(*_FULL)) == []


def test_spelling_does_not_count() -> None:
    before = _table('CREATE TABLE t (a TEXT, b TEXT, CONSTRAINT ck CHECK ("a" <> b)  , UNIQUE (b))')
    after = _table("CREATE TABLE t (\n\ta TEXT,\n\tb TEXT,\n\tUNIQUE (b),\n\tCONSTRAINT ck CHECK (A  <>  b)\n)")

    assert _codes(before, after) == []


def test_everything_is_lost() -> None:
    after = _table("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c INTEGER)")

    assert sorted(_codes(_table(*_FULL), after)) == [
        "SB413",
        "SB414",
        "SB415",
        "SB416",
        "SB416",
        "SB417",
        "SB419",
        "SB419",
        "SB421",
    ]


def test_details_are_lost() -> None:
    after = _table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE, b INTEGER CHECK (b > 0), "
        "c INTEGER, CONSTRAINT uq UNIQUE (a), UNIQUE (b, c), CONSTRAINT fk FOREIGN KEY (c) REFERENCES o (id))",
        "CREATE INDEX ix_desc ON t (b)",
        "CREATE INDEX ix_part ON t (b)",
        "CREATE INDEX ix_expr ON t (lower(a))",
    )

    found = list(find_losses(_table(*_FULL), after, Asked()))

    assert [code.code for code, _ in found] == ["SB420", "SB422", "SB418", "SB418"]
    assert [values.get("what", values.get("action")) for _, values in found] == [
        "UNIQUE (a)",
        "ON DELETE CASCADE",
        "DESC",
        "WHERE c > 1",
    ]


def test_what_was_dropped_on_purpose_is_not_lost() -> None:
    asked = Asked(dropped={"b", "c"}, ended={"uq", "ix_expr"})
    after = _table("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE)")

    assert _codes(_table(*_FULL), after, asked) == []


def test_a_renamed_column_takes_everything_along() -> None:
    renamed = [statement.replace(" b ", " z ").replace("(b", "(z") for statement in _FULL]

    assert _codes(_table(*_FULL), _table(*renamed), Asked(renamed={"b": "z"})) == []


def test_a_new_type_may_change_the_collation_and_the_check_of_the_type() -> None:
    before = _table("CREATE TABLE t (a TEXT COLLATE NOCASE, b VARCHAR CHECK (b IN ('x', 'y')))")
    after = _table("CREATE TABLE t (a BLOB, b TEXT)")

    assert _codes(before, after, Asked(retyped={"a", "b"})) == []


@pytest.mark.parametrize("ended", ["t_a_key", "uq_t_a"])
def test_a_nameless_constraint_may_be_dropped_by_a_made_up_name(ended: str) -> None:
    before = _table("CREATE TABLE t (a TEXT, UNIQUE (a))")

    assert _codes(before, _table("CREATE TABLE t (a TEXT)"), Asked(ended={ended})) == []


def test_a_constraint_that_was_made_again_in_another_way() -> None:
    before = _table("CREATE TABLE t (a INTEGER, CONSTRAINT fk FOREIGN KEY (a) REFERENCES o (id) ON DELETE CASCADE)")
    after = _table("CREATE TABLE t (a INTEGER, CONSTRAINT fk FOREIGN KEY (a) REFERENCES p (id))")
    asked = Asked(ended={"fk"}, made=[("foreign key", "fk", ("a",))])

    assert _codes(before, after, asked) == []
    assert list(find_missing(after, asked)) == []


def test_a_new_primary_key_ends_autoincrement() -> None:
    before = _table("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)")
    after = _table("CREATE TABLE t (id INTEGER, a INTEGER, CONSTRAINT pk PRIMARY KEY (id, a))")
    asked = Asked(made=[("primary key", "pk", ("id", "a"))])

    assert _codes(before, after, asked) == []


def test_options() -> None:
    before = _table("CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID")
    after = _table("CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY)")

    assert [values["what"] for _, values in find_losses(before, after, Asked())] == ["STRICT", "WITHOUT ROWID"]


def test_triggers() -> None:
    before, after = _schema(*_FULL), _schema(_FULL[0])

    assert [values["trigger"] for _, values in find_lost_triggers(before, after, "T")] == ["tr"]
    assert all(_FULL[-1] in values["again"] for _, values in find_lost_triggers(before, after, "T"))
    assert list(find_lost_triggers(before, before, "t")) == []
    assert list(find_lost_triggers(before, after, "another")) == []


def test_a_remedy_holds_the_text_as_it_was_written() -> None:
    before = _table(
        """CREATE TABLE t ("Order" INTEGER, CHECK ("Order" <> 'It''s'))""", """CREATE INDEX i ON t ("Order" || 'X')"""
    )

    found = [
        code.remedy.format(**values)
        for code, values in find_losses(before, _table('CREATE TABLE t ("Order" INTEGER)'), Asked())
    ]

    assert found == [
        """op.batch_alter_table("t", table_args=(sa.CheckConstraint('"Order" <> \\'It\\'\\'s\\''),))""",
        """create it again after the block: if op.get_context().dialect.name == "sqlite": """
        '''op.execute("""CREATE INDEX i ON t ("Order" || 'X')""")''',
    ]


@pytest.mark.parametrize("column", ["VARCHAR(80) DEFAULT 'it''s' COLLATE \"NOCASE\" NOT NULL", 'TEXT COLLATE "NOCASE"'])
def test_the_remedy_for_a_collation_keeps_all_else_of_the_column(column: str) -> None:
    plain = column.replace('COLLATE "NOCASE"', "")
    before = _table(f"CREATE TABLE t (a {column})")
    ((_, values),) = find_losses(before, _table(f"CREATE TABLE t (a {plain})"), Asked())

    definition = values["opening"].partition("reflect_args=[")[2].removesuffix("])")
    table = sa.Table("t", sa.MetaData(), eval(definition, {"sa": sa}))

    assert _table(str(CreateTable(table).compile(dialect=sqlite.dialect()))) == before


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Asked(added={"x"}), "column x"),
        (Asked(dropped={"a"}), "column a dropped"),
        (Asked(renamed={"q": "r"}), "column r"),
        (Asked(nullable={"a": False}), "column a NOT NULL"),
        (Asked(nullable={"b": True}), "column b NULL"),
        (Asked(defaults={"a": True}), "column a with a default"),
        (Asked(made=[("unique", "uq_x", ("b",))]), "unique uq_x(b)"),
        (Asked(made=[("check", "ck_x", ())]), "check ck_x()"),
        (Asked(made=[("foreign key", "fk_x", ("b",))]), "foreign key fk_x(b)"),
        (Asked(made=[("primary key", "pk_x", ("b",))]), "primary key pk_x(b)"),
        (Asked(made=[("index", "ix_x", ("b",))]), "index ix_x(b)"),
    ],
)
def test_what_was_asked_for_and_is_not_there(asked: Asked, what: str) -> None:
    table = _table("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL)")

    assert [values["what"] for _, values in find_missing(table, asked)] == [what]


def test_what_was_asked_for_and_is_there() -> None:
    table = _table(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', B TEXT NOT NULL, "
        "CONSTRAINT Uq UNIQUE (a, B), CONSTRAINT ck CHECK (a > 'a'), FOREIGN KEY (B) REFERENCES o)",
        "CREATE INDEX ix ON t (a)",
    )
    asked = Asked(
        renamed={"old": "b"},
        added={"a"},
        dropped={"z"},
        nullable={"old": False, "a": True},
        defaults={"a": True, "old": False},
        made=[
            ("unique", "uq", ("a", "old")),
            ("check", "ck", ()),
            ("foreign key", None, ("old",)),
            ("primary key", None, ("id",)),
            ("index", "IX", ("a",)),
        ],
    )

    assert list(find_missing(table, asked)) == []


def test_what_was_made_and_dropped_again_is_not_missing() -> None:
    table = _table("CREATE TABLE t (id INTEGER PRIMARY KEY)")

    assert list(find_missing(table, Asked(added={"a"}, dropped={"a"}))) == []
