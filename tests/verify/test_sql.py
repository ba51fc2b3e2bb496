"""What is read out of the text of CREATE TABLE and CREATE INDEX."""

from __future__ import annotations

import pytest

from sqlite_batchify.verify.sql import Constraint, index_text, parse_table, renamed_tokens, spaced, tokens, unquote
from tests.support.helpers import memory


def _constraints(body: str) -> tuple[Constraint, ...]:
    sql = f"CREATE TABLE t {body}"
    memory(sql)
    return parse_table(sql).constraints


def test_quotes_of_all_kinds() -> None:
    assert _constraints('("a ""b" TEXT UNIQUE, `c d` TEXT UNIQUE, [e f] TEXT UNIQUE)') == (
        Constraint("unique", None, ('a "b',)),
        Constraint("unique", None, ("c d",)),
        Constraint("unique", None, ("e f",)),
    )


def test_names_that_are_words_of_sql() -> None:
    assert _constraints(
        '("check" TEXT, "unique" TEXT, "foreign" INTEGER REFERENCES "primary" (id), CHECK ("check" > 1))'
    ) == (
        Constraint("foreign key", None, ("foreign",)),
        Constraint("check", None, (), "check > 1"),
    )


def test_comments_and_strings_do_not_count() -> None:
    body = """(
        a TEXT DEFAULT 'UNIQUE, CHECK (x)', -- UNIQUE (a)
        b TEXT /* CHECK (b > 0), */ DEFAULT ('it''s, (b'),
        c TEXT
    )"""

    assert _constraints(body) == ()


def test_a_check_keeps_its_strings_and_parentheses() -> None:
    (check,) = _constraints("(a TEXT, CONSTRAINT ck CHECK ((A IN ('X, Y', 'it''s)')) AND (length(a) > 1)))")

    assert check.name == "ck"
    assert check.text == "( a in ( 'X, Y' , 'it''s)' ) ) and ( length ( a ) > 1 )"
    assert check.written == "( A IN ( 'X, Y' , 'it''s)' ) ) AND ( length ( a ) > 1 )"


def test_several_constraints_on_one_column() -> None:
    body = (
        "(a INTEGER CONSTRAINT nn NOT NULL CONSTRAINT uq UNIQUE ON CONFLICT REPLACE "
        "CONSTRAINT ck CHECK (a > 0) CONSTRAINT fk REFERENCES o (id) ON DELETE CASCADE)"
    )

    assert [(each.kind, each.name, each.on_conflict) for each in _constraints(body) if each.kind != "not null"] == [
        ("unique", "uq", "REPLACE"),
        ("check", "ck", ""),
        ("foreign key", "fk", ""),
    ]


def test_a_name_belongs_to_its_own_constraint_only() -> None:
    (unique,) = _constraints("(a INTEGER CONSTRAINT nn NOT NULL UNIQUE)")

    assert unique.name is None


def test_table_constraints() -> None:
    body = (
        "(a INTEGER, b INTEGER, PRIMARY KEY (a, b DESC), UNIQUE (b COLLATE NOCASE, a) ON CONFLICT IGNORE, "
        "CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES o (x, y) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED)"
    )

    assert _constraints(body) == (
        Constraint("primary key", None, ("a", "b")),
        Constraint("unique", None, ("b", "a"), on_conflict="IGNORE"),
        Constraint("foreign key", "fk", ("a", "b"), "DEFERRABLE INITIALLY DEFERRED"),
    )


def test_the_key_of_a_column() -> None:
    assert _constraints("(a INTEGER PRIMARY KEY DESC ON CONFLICT ABORT, b TEXT)") == (
        Constraint("primary key", None, ("a",), on_conflict="ABORT"),
    )


def test_a_generated_column_and_its_unique() -> None:
    assert _constraints("(a INTEGER, b INTEGER GENERATED ALWAYS AS (a * (a + 1)) STORED UNIQUE)") == (
        Constraint("unique", None, ("b",)),
    )


def test_types_with_parentheses() -> None:
    assert _constraints("(a NUMERIC(10, 2) UNIQUE, b VARCHAR(20) NOT NULL)") == (Constraint("unique", None, ("a",)),)


def test_options_and_collations() -> None:
    table = parse_table(
        "CREATE TABLE IF NOT EXISTS main.t (id INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT COLLATE nocase) STRICT"
    )

    assert (table.autoincrement, table.strict, table.without_rowid) == (True, True, False)
    assert table.collations == (("name", "nocase"),)
    assert parse_table("CREATE TABLE t (id TEXT PRIMARY KEY) WITHOUT ROWID, STRICT").without_rowid


def test_a_collation_in_a_default_or_a_check_is_not_the_columns() -> None:
    table = parse_table("CREATE TABLE t (a TEXT CHECK (a = 'x' COLLATE NOCASE), b TEXT DEFAULT 'COLLATE')")

    assert table.collations == ()


def test_words_in_quotes_are_no_options() -> None:
    table = parse_table('CREATE TABLE t ("autoincrement" INTEGER, b TEXT DEFAULT "autoincrement")')

    assert not table.autoincrement


def test_a_table_made_from_a_query() -> None:
    table = parse_table('CREATE TABLE t(\n  a INT,\n  "max(b)"\n)')

    assert table.constraints == ()


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE INDEX i ON t (a)", "( a )"),
        (
            'CREATE UNIQUE INDEX "i (x)" ON "t" ("A" DESC, lower(b)) WHERE c = \'X\'',
            "( a desc , lower ( b ) ) where c = 'X'",
        ),
        ("create index i on t(a collate nocase)", "( a collate nocase )"),
        ("CREATE INDEX i /* (no) */ ON t (a) -- (b)", "( a )"),
    ],
)
def test_index_text(sql: str, text: str) -> None:
    assert index_text(sql) == text


def test_unquote() -> None:
    assert [unquote(token) for token in ("a", '"a""b"', "`a``b`", "[a b]", '""', "[")] == [
        "a",
        'a"b',
        "a`b",
        "a b",
        "",
        "[",
    ]


def test_tokens() -> None:
    assert tokens("a<>b!=c||d >= 1.5e3 -- e") == ["a", "<>", "b", "!=", "c", "||", "d", ">=", "1.5e3"]


@pytest.mark.parametrize(
    ("key", "deferral"),
    [
        ("REFERENCES o (x) DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE INITIALLY DEFERRED"),
        ("REFERENCES o ON DELETE SET NULL ON UPDATE SET DEFAULT deferrable initially immediate NOT NULL", None),
        ("REFERENCES o DEFERRABLE", "DEFERRABLE"),
        ("REFERENCES o NOT DEFERRABLE INITIALLY DEFERRED", ""),
        ("REFERENCES o (x) NOT NULL DEFAULT 1", ""),
        ("DEFAULT 'DEFERRABLE' REFERENCES o", ""),
    ],
)
def test_when_a_foreign_key_is_looked_at(key: str, deferral: str | None) -> None:
    (found,) = (each for each in _constraints(f"(a INTEGER {key})") if each.kind == "foreign key")

    assert found.text == ("DEFERRABLE INITIALLY IMMEDIATE" if deferral is None else deferral)


def test_on_conflict_of_not_null() -> None:
    body = "(a TEXT CONSTRAINT nn NOT NULL ON CONFLICT REPLACE DEFAULT 'x', b TEXT NOT NULL, c TEXT NULL)"

    assert _constraints(body) == (Constraint("not null", "nn", ("a",), on_conflict="REPLACE"),)


def test_a_condition_with_other_names() -> None:
    parts = tokens("""price > 0 AND "Price" IN (1, 2) OR note = 'price' """)

    assert spaced(renamed_tokens(parts, {"price": "the order"})) == (
        """"the order" > 0 AND "the order" IN (1, 2) OR note = 'price'"""
    )
    assert spaced(renamed_tokens(parts, {"price": "cents"})) == """cents > 0 AND "cents" IN (1, 2) OR note = 'price'"""
