"""Raw SQL as operations: what is understood, what is not, and that both do the same."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from sqlite_batchify import rewrite_source
from sqlite_batchify.findings import RAW_SQL
from sqlite_batchify.reading.sql.code import Writer
from sqlite_batchify.reading.sql.indexes import read_index, refused_indexes
from sqlite_batchify.reading.sql.scan import alter_statements, sqlite_takes
from sqlite_batchify.reading.sql.statements import BIND_PARAMETER, Statement, read_statements
from sqlite_batchify.reading.sql.values import TYPES
from tests.support.helpers import Run, memory, write
from tests.support.servers import Fresh

_ON_POSTGRESQL = {
    "ALTER TABLE t ALTER COLUMN b SET NOT NULL": ['op.alter_column("t", "b", nullable=False)'],
    "alter table t alter a drop not null": ['op.alter_column("t", "a", nullable=True)'],
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'it''s'": ["""op.alter_column("t", "b", server_default="it's")"""],
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT '50% of %(x)s'": [
        'op.alter_column("t", "b", server_default="50% of %(x)s")'
    ],
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT -1": ['op.alter_column("t", "a", server_default=sa.text("-1"))'],
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT NULL": ['op.alter_column("t", "b", server_default=sa.text("NULL"))'],
    "ALTER TABLE t ALTER COLUMN d SET DEFAULT now()": ['op.alter_column("t", "d", server_default=sa.func.now())'],
    "ALTER TABLE t ALTER COLUMN d SET DEFAULT current_timestamp": [
        'op.alter_column("t", "d", server_default=sa.text("current_timestamp"))'
    ],
    "ALTER TABLE t ALTER COLUMN c DROP DEFAULT": ['op.alter_column("t", "c", server_default=None)'],
    "ALTER TABLE t ALTER COLUMN b TYPE VARCHAR(30)": ['op.alter_column("t", "b", type_=sa.String(length=30))'],
    "ALTER TABLE t ALTER b SET DATA TYPE text": ['op.alter_column("t", "b", type_=sa.Text())'],
    'ALTER TABLE "t" ALTER COLUMN "b" TYPE character  varying(40)': [
        'op.alter_column("t", "b", type_=sa.String(length=40))'
    ],
    "ALTER TABLE t ALTER COLUMN d TYPE timestamp with time zone": [
        'op.alter_column("t", "d", type_=sa.TIMESTAMP(timezone=True))'
    ],
    "ALTER TABLE t ALTER COLUMN id TYPE numeric(10,2)": [
        'op.alter_column("t", "id", type_=sa.Numeric(precision=10, scale=2))'
    ],
    "ALTER TABLE t ADD COLUMN n INTEGER NOT NULL DEFAULT 0 UNIQUE": [
        'op.add_column("t", sa.Column("n", sa.Integer(), server_default=sa.text("0"), nullable=False))',
        'op.create_unique_constraint(None, "t", ["n"])',
    ],
    "ALTER TABLE t ADD n INTEGER PRIMARY KEY": [
        'op.add_column("t", sa.Column("n", sa.Integer(), nullable=False))',
        'op.create_primary_key(None, "t", ["n"])',
    ],
    "ALTER TABLE t ADD COLUMN n TIMESTAMP DEFAULT now() NOT NULL": [
        'op.add_column("t", sa.Column("n", sa.TIMESTAMP(), server_default=sa.func.now(), nullable=False))'
    ],
    "ALTER TABLE t ADD COLUMN n INTEGER REFERENCES o (id) ON DELETE SET NULL, ADD COLUMN m TEXT NULL": [
        'op.add_column("t", sa.Column("n", sa.Integer()))',
        'op.create_foreign_key(None, "t", "o", ["n"], ["id"], ondelete="SET NULL")',
        'op.add_column("t", sa.Column("m", sa.Text(), nullable=True))',
    ],
    "ALTER TABLE t ADD COLUMN n TEXT CONSTRAINT n_is_said CHECK (n <> ''), ADD m BOOLEAN DEFAULT false": [
        'op.add_column("t", sa.Column("n", sa.Text()))',
        """op.create_check_constraint("n_is_said", "t", "n <> ''")""",
        'op.add_column("t", sa.Column("m", sa.Boolean(), server_default=sa.text("false")))',
    ],
    "alter table t alter column a type bigint using a::bigint, alter b type TEXT USING CAST(b AS TEXT)": [
        'op.alter_column("t", "a", type_=sa.BigInteger(), postgresql_using="a::bigint")',
        'op.alter_column("t", "b", type_=sa.Text(), postgresql_using="CAST(b AS TEXT)")',
    ],
    "alter table t add constraint f3 foreign key (id) references o (id) on delete cascade": [
        'op.create_foreign_key("f3", "t", "o", ["id"], ["id"], ondelete="CASCADE")'
    ],
    "ALTER TABLE t DROP COLUMN c RESTRICT": ['op.drop_column("t", "c")'],
    "ALTER TABLE t DROP COLUMN c, DROP d": ['op.drop_column("t", "c")', 'op.drop_column("t", "d")'],
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (a, b)": ['op.create_unique_constraint("u2", "t", ["a", "b"])'],
    'ALTER TABLE t ADD CONSTRAINT "U 2" UNIQUE (a)': ['op.create_unique_constraint("U 2", "t", ["a"])'],
    "ALTER TABLE t ADD UNIQUE (c)": ['op.create_unique_constraint(None, "t", ["c"])'],
    "ALTER TABLE t ADD PRIMARY KEY (id)": ['op.create_primary_key(None, "t", ["id"])'],
    "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (id, a)": ['op.create_primary_key("pk", "t", ["id", "a"])'],
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (id) REFERENCES o (id) ON UPDATE CASCADE ON DELETE RESTRICT": [
        'op.create_foreign_key("f2", "t", "o", ["id"], ["id"], onupdate="CASCADE", ondelete="RESTRICT")'
    ],
    "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES o (id) DEFERRABLE INITIALLY DEFERRED": [
        'op.create_foreign_key(None, "t", "o", ["id"], ["id"], deferrable=True, initially="DEFERRED")'
    ],
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (id) REFERENCES o (id) ON DELETE CASCADE NOT VALID": [
        'op.create_foreign_key("f2", "t", "o", ["id"], ["id"], ondelete="CASCADE", postgresql_not_valid=True)'
    ],
    "ALTER TABLE here.t ADD CONSTRAINT f2 FOREIGN KEY (id) REFERENCES o (id)": [
        'op.create_foreign_key("f2", "t", "o", ["id"], ["id"], source_schema="here")'
    ],
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (a > 0 AND (lower(b) IN ('x', 'y%') OR c IS NOT NULL))": [
        """op.create_check_constraint("k2", "t", "a > 0 AND (lower(b) IN ('x', 'y%') OR c IS NOT NULL)")"""
    ],
    "ALTER TABLE t ADD CHECK (a BETWEEN 1\n  AND 9)": ['op.create_check_constraint(None, "t", "a BETWEEN 1 AND 9")'],
    "ALTER TABLE t DROP CONSTRAINT u": ['op.drop_constraint("u", "t")'],
    "ALTER TABLE t DROP CONSTRAINT f, DROP CONSTRAINT k RESTRICT": [
        'op.drop_constraint("f", "t")',
        'op.drop_constraint("k", "t")',
    ],
    "ALTER TABLE here.t ALTER b SET NOT NULL, ADD CONSTRAINT u2 UNIQUE (c)": [
        'op.alter_column("t", "b", nullable=False, schema="here")',
        'op.create_unique_constraint("u2", "t", ["c"], schema="here")',
    ],
    "ALTER TABLE t RENAME COLUMN c TO c2; ALTER TABLE t RENAME d TO d2; ALTER TABLE t ALTER c2 SET NOT NULL;": [
        'op.alter_column("t", "c", new_column_name="c2")',
        'op.alter_column("t", "d", new_column_name="d2")',
        'op.alter_column("t", "c2", nullable=False)',
    ],
    "ALTER TABLE t ALTER b SET NOT NULL;\nALTER TABLE t RENAME TO t2": [
        'op.alter_column("t", "b", nullable=False)',
        'op.rename_table("t", "t2")',
    ],
    "ALTER TABLE t ADD key VARCHAR(20) UNIQUE": [
        'op.add_column("t", sa.Column("key", sa.String(length=20)))',
        'op.create_unique_constraint(None, "t", ["key"])',
    ],
}
_ON_MYSQL = {
    "ALTER TABLE t MODIFY b VARCHAR(30) NOT NULL": [
        'op.alter_column("t", "b", type_=sa.String(length=30), nullable=False, server_default=None)'
    ],
    "ALTER TABLE `t` MODIFY COLUMN `c` VARCHAR(9) DEFAULT 'y' NULL": [
        'op.alter_column("t", "c", type_=sa.String(length=9), nullable=True, server_default="y")'
    ],
    'ALTER TABLE t CHANGE b b2 CHAR(30) NOT NULL DEFAULT "x"': [
        'op.alter_column("t", "b", new_column_name="b2", type_=sa.CHAR(length=30), nullable=False, server_default="x")'
    ],
    "ALTER TABLE t CHANGE COLUMN b b TEXT NULL, DROP FOREIGN KEY f": [
        'op.alter_column("t", "b", type_=sa.Text(), nullable=True, server_default=None)',
        'op.drop_constraint("f", "t", type_="foreignkey")',
    ],
    "ALTER TABLE t ALTER COLUMN c SET DEFAULT 'z'": ['op.alter_column("t", "c", server_default="z")'],
    "ALTER TABLE t ALTER c DROP DEFAULT, ADD CONSTRAINT u2 UNIQUE (id, a)": [
        'op.alter_column("t", "c", server_default=None)',
        'op.create_unique_constraint("u2", "t", ["id", "a"])',
    ],
    "ALTER TABLE t ADD INDEX i (a)": ['op.create_index("i", "t", ["a"])'],
    "ALTER TABLE t ADD UNIQUE KEY u2 (a, id), ADD KEY `i` (b)": [
        'op.create_index("u2", "t", ["a", "id"], unique=True)',
        'op.create_index("i", "t", ["b"])',
    ],
    "ALTER TABLE t DROP INDEX i_id, ADD UNIQUE INDEX i (a)": [
        'op.drop_index("i_id", table_name="t")',
        'op.create_index("i", "t", ["a"], unique=True)',
    ],
}
_UNDERSTOOD = {**_ON_POSTGRESQL, **_ON_MYSQL}

_NOT_UNDERSTOOD = [
    # of a column
    "ALTER TABLE t ALTER COLUMN a TYPE INTEGER USING a::bigint",
    "ALTER TABLE t ALTER COLUMN a TYPE INTEGER USING b::integer",
    "ALTER TABLE t ALTER COLUMN a TYPE INTEGER USING length(a)",
    'ALTER TABLE t ALTER COLUMN b TYPE text COLLATE "C"',
    "ALTER TABLE t ALTER COLUMN a TYPE serial",
    "ALTER TABLE t ALTER COLUMN d TYPE timestamp(3)",
    "ALTER TABLE t ALTER COLUMN a TYPE mood",
    "ALTER TABLE t ALTER COLUMN a TYPE integer[]",
    "ALTER TABLE t ALTER COLUMN a TYPE jsonb",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 100",
    "ALTER TABLE t ALTER COLUMN a SET STORAGE EXTERNAL",
    "ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t ALTER COLUMN a DROP IDENTITY",
    "ALTER TABLE t ALTER COLUMN a DROP EXPRESSION",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL NOT VALID",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL ALGORITHM=INPLACE",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL, ALGORITHM=INPLACE, LOCK=NONE",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('s')",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1 + 1",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'::character varying",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT E'x'",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'a\\b'",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT $$x$$",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT gen_random_uuid()",
    # what is added
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS n INTEGER UNIQUE",
    "ALTER TABLE t ADD COLUMN n INTEGER GENERATED ALWAYS AS (a + 1) STORED, ADD m TEXT",
    "ALTER TABLE t ADD COLUMN n SERIAL PRIMARY KEY",
    "ALTER TABLE t ADD COLUMN n INTEGER AUTO_INCREMENT UNIQUE",
    "ALTER TABLE t ADD COLUMN n INTEGER UNIQUE AFTER a",
    "ALTER TABLE t ADD COLUMN n INTEGER UNIQUE FIRST",
    "ALTER TABLE t ADD COLUMN n INTEGER UNIQUE COMMENT 'x'",
    "ALTER TABLE t ADD COLUMN n INTEGER UNSIGNED UNIQUE",
    "ALTER TABLE t ADD COLUMN n INTEGER(11) UNIQUE",
    "ALTER TABLE t ADD COLUMN n INTEGER CONSTRAINT n_is_there NOT NULL UNIQUE",
    "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 1 CHECK (n > 0) UNIQUE",
    "ALTER TABLE t ADD COLUMN n VARCHAR(9) CHARACTER SET utf8 UNIQUE",
    "ALTER TABLE t ADD COLUMN (n INTEGER, m INTEGER)",
    "ALTER TABLE t ADD COLUMN UNIQUE (a)",
    "ALTER TABLE t ADD COLUMN n INTEGER UNIQUE NULLS NOT DISTINCT",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE USING INDEX i",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE NULLS NOT DISTINCT (a)",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (a) INCLUDE (b)",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (a) DEFERRABLE",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (a) WITH (fillfactor = 70)",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (b(10))",
    "ALTER TABLE t ADD CONSTRAINT u2 UNIQUE (a DESC)",
    "ALTER TABLE t ADD INDEX (a)",
    "ALTER TABLE t ADD INDEX i (a DESC)",
    "ALTER TABLE t ADD UNIQUE INDEX i (b(3))",
    "ALTER TABLE t ADD UNIQUE i (a)",
    "ALTER TABLE t DROP INDEX i, DROP UNIQUE KEY u",
    "ALTER TABLE t ADD FULLTEXT INDEX i (b)",
    "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (a WITH =)",
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a) REFERENCES o",
    "ALTER TABLE t ADD CONSTRAINT c2 CHECK (id > 0) NOT VALID",
    "ALTER TABLE t ADD UNIQUE (id) NOT VALID",
    "ALTER TABLE t ADD x INT NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a) REFERENCES o (id) MATCH FULL",
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a) REFERENCES o (id) ON DELETE SET NULL (a)",
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a) REFERENCES o (id) NOT DEFERRABLE",
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a) REFERENCES db.s.o (id)",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (a > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (a > 0) NO INHERIT",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (a > 0) NOT ENFORCED",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (b ~ '^x')",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (b ILIKE 'x')",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (b = ANY (ARRAY['x', 'y']))",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (char_length(b) > 1)",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (t.a > 0)",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (a::text <> '')",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK (d > date '2020-01-01')",
    "ALTER TABLE t ADD CONSTRAINT k2 CHECK ((a) > (b)) AND (c)",
    # what is dropped and renamed
    "ALTER TABLE t DROP COLUMN c CASCADE",
    "ALTER TABLE t DROP COLUMN IF EXISTS c, DROP COLUMN d",
    "ALTER TABLE t DROP CONSTRAINT u CASCADE",
    "ALTER TABLE t DROP CONSTRAINT IF EXISTS u",
    "ALTER TABLE t DROP PRIMARY KEY",
    "ALTER TABLE t DROP CHECK k",
    "ALTER TABLE t DROP PARTITION p",
    "ALTER TABLE t RENAME CONSTRAINT u TO u2",
    "ALTER TABLE t RENAME INDEX i TO j",
    # MySQL's own
    "ALTER TABLE t MODIFY b BIGINT",
    "ALTER TABLE t MODIFY b BIGINT NOT NULL AUTO_INCREMENT",
    "ALTER TABLE t MODIFY b BIGINT NOT NULL AFTER a",
    "ALTER TABLE t MODIFY b BIGINT NOT NULL UNIQUE",
    "ALTER TABLE t MODIFY b ENUM('x', 'y') NOT NULL",
    "ALTER TABLE t MODIFY d TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    "ALTER TABLE t CHANGE b b2 VARCHAR(30) COLLATE utf8_bin NOT NULL",
    "ALTER TABLE t ENGINE=InnoDB",
    "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
    "ALTER TABLE t AUTO_INCREMENT = 100",
    # another object, or another statement
    "ALTER TYPE mood ADD VALUE 'glad'",
    "ALTER SEQUENCE s RESTART WITH 100",
    "ALTER INDEX i RENAME TO j",
    "ALTER VIEW v RENAME COLUMN a TO b",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE TRIGGER ALL",
    "ALTER TABLE t OWNER TO me",
    "ALTER TABLE t SET SCHEMA s",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t INHERIT p",
    "ALTER TABLE t VALIDATE CONSTRAINT k",
    "ALTER TABLE t ATTACH PARTITION p DEFAULT",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t ALTER a SET NOT NULL; UPDATE t SET a = 1",
    "UPDATE t SET a = 1; ALTER TABLE t ALTER a SET NOT NULL",
    "DO $$ BEGIN ALTER TABLE t ALTER a SET NOT NULL; END $$",
    # the table
    "ALTER TABLE IF EXISTS t ALTER a SET NOT NULL",
    "ALTER TABLE ONLY t ALTER a SET NOT NULL",
    "ALTER TABLE t * ALTER a SET NOT NULL",
    "ALTER TABLE db.s.t ALTER a SET NOT NULL",
    "ALTER TABLE T ALTER a SET NOT NULL",
    "ALTER TABLE t ALTER A SET NOT NULL",
    "ALTER TABLE t ADD CONSTRAINT U2 UNIQUE (a)",
    "ALTER TABLE ALL IN TABLESPACE x SET TABLESPACE y",
    # text that is more than its tokens
    "ALTER TABLE t ALTER a SET NOT NULL -- at last",
    "/* at last */ ALTER TABLE t ALTER a SET NOT NULL",
    "ALTER TABLE t ALTER a /*! SET NOT NULL */",
    "ALTER TABLE t ALTER a SET NOT NULL # at last",
    "ALTER TABLE t ALTER a SET DEFAULT :a",
    "ALTER TABLE t ALTER a SET DEFAULT ':a'",
    "ALTER TABLE t ALTER a SET DEFAULT '\\:a'",
    "ALTER TABLE t ALTER a SET DEFAULT ?",
    "ALTER TABLE t ALTER a SET DEFAULT %s",
    "ALTER TABLE {} ALTER a SET NOT NULL",
    "ALTER TABLE  ALTER a SET NOT NULL",
    "ALTER TABLE t",
    "ALTER TABLE",
    "ALTER TABLE t ALTER a SET NOT NULL,",
    "ALTER TABLE t ALTER a SET NOT NULL)",
    "",
]

_WRITER = Writer("op", "sa", lambda value: f'"{value}"')
_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n"
_TABLES = (
    "CREATE TABLE o (id INTEGER PRIMARY KEY)",
    "CREATE TABLE t (id INTEGER NOT NULL, a INTEGER NOT NULL, b VARCHAR(20), c VARCHAR(20) DEFAULT 'x', "
    "d TIMESTAMP NULL,\nCONSTRAINT u UNIQUE (b),\nCONSTRAINT f FOREIGN KEY (a) REFERENCES o (id),\n"
    "CONSTRAINT k CHECK (a > 0)\n)",
    "CREATE INDEX i_id ON t (id)",
)


def operations_of(sql: str) -> list[str] | None:
    read = read_statements(sql, _WRITER)
    return None if read is None else [operation for each in read for operation in each.operations]


def script_of(sql: str) -> str:
    return f"{_HEAD}    op.execute({sql!r})\n"


def replaced(script: str) -> str:
    return rewrite_source(script.encode(), unsafe_fixes=True).result.decode()


def migrate(script: str, connection: sa.Connection) -> None:
    """Run the upgrade of a script through Alembic."""
    with Operations.context(MigrationContext.configure(connection)):
        namespace: dict[str, object] = {}
        exec(compile(script, "script.py", "exec"), namespace)
        upgrade = namespace["upgrade"]
        assert callable(upgrade)
        upgrade()


def with_tables(connection: sa.Connection) -> sa.Connection:
    for table in _TABLES:
        connection.exec_driver_sql(table)
    return connection


@pytest.mark.parametrize("sql", _UNDERSTOOD)
def test_what_is_understood(sql: str) -> None:
    assert operations_of(sql) == _UNDERSTOOD[sql]


@pytest.mark.parametrize("sql", _NOT_UNDERSTOOD)
def test_what_is_not_understood_stays_byte_for_byte(sql: str) -> None:
    assert not operations_of(sql)
    script = script_of(sql).encode()
    assert rewrite_source(script, unsafe_fixes=True).result is script


def test_more_is_refused_than_rewritten() -> None:
    assert len(_NOT_UNDERSTOOD) > len(_UNDERSTOOD)


@pytest.mark.parametrize("sql", _UNDERSTOOD)
def test_no_token_can_be_added_without_being_noticed(sql: str) -> None:
    words = sql.split(" ")
    for place in range(1, len(words) + 1):
        for added in ("x", "NOT", "(x)", ",", "VALIDATE", "'x'"):
            spoiled = " ".join([*words[:place], added, *words[place:]])
            assert operations_of(spoiled) != _UNDERSTOOD[sql], spoiled


_CLAUSES = [
    (sql.removeprefix("ALTER TABLE t "), operations)
    for sql, operations in _UNDERSTOOD.items()
    if sql.startswith("ALTER TABLE t ") and ";" not in sql and "`" not in sql and '"' not in sql
]


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.lists(st.sampled_from(_CLAUSES), min_size=1, max_size=4), min_size=1, max_size=3))
def test_clauses_and_statements_add_up(statements: list[list[tuple[str, list[str]]]]) -> None:
    sql = ";\n".join(f"ALTER TABLE t {', '.join(clause for clause, _ in clauses)}" for clauses in statements)

    assert operations_of(sql) == [each for clauses in statements for _, operations in clauses for each in operations]


_WORDS = sorted({word for sql in [*_UNDERSTOOD, *_NOT_UNDERSTOOD] for word in sql.split()} | set("'\"`[]:@"))


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.sampled_from([*_UNDERSTOOD, *_NOT_UNDERSTOOD]), st.integers(0, 9), st.lists(st.sampled_from(_WORDS)))
def test_whatever_is_written_nothing_raises(sql: str, place: int, added: list[str]) -> None:
    words = sql.split()
    read = read_statements(" ".join([*words[:place], *added, *words[place:]]), _WRITER)

    assert read is None or all(each.operations for each in read)


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.text(":a_1 '\\é", max_size=8))
def test_no_parameter_of_sqlalchemys_is_overlooked(sql: str) -> None:
    assert not sa.text(sql)._bindparams or BIND_PARAMETER.search(sql)


def test_sqlglot_warns_nobody(caplog: pytest.LogCaptureFixture) -> None:
    assert operations_of("ALTER TABLE t ENABLE ROW LEVEL SECURITY") is None

    assert caplog.records == []
    assert not logging.getLogger("sqlglot").disabled


# On SQLite


@pytest.fixture
def sqlite() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS here")
        yield with_tables(connection)
    engine.dispose()


@pytest.mark.parametrize("sql", _UNDERSTOOD)
def test_the_rewritten_script_runs_on_sqlite(sql: str, sqlite: sa.Connection) -> None:
    script = replaced(script_of(sql).replace("here.", "main."))

    assert "op.execute" not in script
    migrate(script, sqlite)


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 53), reason="this SQLite has ALTER COLUMN")
@pytest.mark.parametrize("sql", _UNDERSTOOD)
def test_sqlite_refuses_what_is_rewritten(sql: str, sqlite: sa.Connection) -> None:
    sqlite.exec_driver_sql("INSERT INTO o VALUES (1)")
    sqlite.exec_driver_sql("INSERT INTO t VALUES (1, 1, 'b', 'c', NULL)")
    assert any(_fails(statement, sqlite) for statement in filter(None, sql.split(";")))


def _fails(sql: str, connection: sa.Connection) -> bool:
    try:
        connection.exec_driver_sql(sql)
    except OperationalError:
        return True
    return False


@pytest.mark.parametrize(
    "clause",
    [
        *("RENAME TO t2", "RENAME COLUMN c TO c2", "RENAME c TO c2", "DROP COLUMN c", "DROP c"),
        *("ADD COLUMN n NUMERIC(10, 2)", "ADD n INTEGER NOT NULL DEFAULT 0", "ADD n TEXT DEFAULT NULL"),
        *("ADD COLUMN n INTEGER REFERENCES o (id)", "ADD COLUMN n INTEGER CHECK (n > 0)"),
    ],
)
def test_what_sqlite_takes_is_neither_found_nor_rewritten(clause: str, sqlite: sa.Connection) -> None:
    sql = f"ALTER TABLE t {clause}"
    sqlite.exec_driver_sql(sql)

    assert [each.sqlite_takes for each in read(sql)] == [True]
    rewritten = rewrite_source(script_of(sql).encode(), unsafe_fixes=True)
    assert not rewritten.changed
    assert rewritten.findings == ()


def read(sql: str) -> Sequence[Statement]:
    statements = read_statements(sql, _WRITER)
    assert statements is not None
    return statements


def test_values_survive_on_sqlite(sqlite: sa.Connection) -> None:
    sqlite.exec_driver_sql("INSERT INTO o VALUES (1)")
    sqlite.exec_driver_sql("INSERT INTO t VALUES (1, 1, 'b', 'c', NULL)")
    migrate(replaced(script_of("ALTER TABLE t ALTER b SET NOT NULL, ADD UNIQUE (c), ADD n INTEGER DEFAULT 7")), sqlite)

    assert sqlite.exec_driver_sql("SELECT * FROM t").all() == [(1, 1, "b", "c", None, 7)]
    assert {each["name"] for each in sa.inspect(sqlite).get_unique_constraints("t")} == {"u", "t_c_key"}


def test_a_constraint_without_a_name_is_found_by_the_name_of_postgresql(sqlite: sa.Connection) -> None:
    create = '    op.create_table("n", sa.Column("a", sa.Integer(), unique=True))\n'
    migrate(replaced(f'{_HEAD}{create}    op.execute("ALTER TABLE n DROP CONSTRAINT n_a_key")\n'), sqlite)

    assert sa.inspect(sqlite).get_unique_constraints("n") == []


# On the other databases

_POSTGRESQL_CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY c.relname, a.attnum""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, replace(indexdef, current_schema() || '.', '') FROM pg_indexes
        WHERE schemaname = current_schema() ORDER BY 1, 2""",
}


def postgresql_catalog(connection: sa.Connection) -> dict[str, object]:
    return {
        part: [tuple(row) for row in connection.exec_driver_sql(query)] for part, query in _POSTGRESQL_CATALOG.items()
    }


def assert_same_on_postgresql(sql: str, postgresql: Fresh) -> None:
    untouched, raw, rewritten = (with_tables(postgresql()) for _ in range(3))
    for connection, change in ((raw, str), (rewritten, replaced)):
        here = connection.scalar(sa.text("SELECT current_schema()"))
        script = change(script_of(sql.replace("here.", f"{here}.")))
        assert ("op.execute" in script) is (connection is raw)
        migrate(script, connection)
    assert postgresql_catalog(rewritten) == postgresql_catalog(raw)
    assert postgresql_catalog(rewritten) != postgresql_catalog(untouched) or "DEFAULT NULL" in sql


@pytest.mark.parametrize("sql", _ON_POSTGRESQL)
def test_postgresql_has_the_same_catalog(sql: str, postgresql: Fresh) -> None:
    assert_same_on_postgresql(sql, postgresql)


def test_postgresql_has_the_same_types(postgresql: Fresh) -> None:
    spellings = [each.replace("{}", "9", 1).replace("{}", "2") for written in TYPES.values() for each in written]
    own = [each for each in spellings if each not in ("DATETIME", "BLOB")]
    assert len(own) == len(spellings) - 2

    columns = (f"ADD COLUMN n{number} {spelling}" for number, spelling in enumerate(own))
    assert_same_on_postgresql(f"ALTER TABLE t {', '.join(columns)}", postgresql)


@pytest.mark.parametrize("sql", _ON_MYSQL)
def test_mariadb_has_the_same_table(sql: str, mariadb: Fresh) -> None:
    untouched, raw, rewritten = (with_tables(mariadb()) for _ in range(3))
    migrate(script_of(sql), raw)
    migrate(replaced(script_of(sql)), rewritten)

    tables = [each.exec_driver_sql("SHOW CREATE TABLE t").one()[1] for each in (untouched, raw, rewritten)]
    assert tables[1] == tables[2]
    assert tables[0] != tables[1]


# In scripts


def test_the_finding_shows_the_operations_ready_to_paste() -> None:
    sql = "ALTER TABLE t ALTER b SET NOT NULL, ADD CONSTRAINT u2 UNIQUE (c)"
    (finding,) = rewrite_source(script_of(sql).encode()).findings

    assert finding.code is RAW_SQL
    assert finding.message == f"raw SQL that SQLite does not take: {sql}"
    assert finding.remedy == (
        "write it as op.alter_column('t', 'b', nullable=False); op.create_unique_constraint('u2', 't', ['c']) "
        "(as --unsafe-fixes does), or guard it with the dialect's name"
    )


_TODAY = "write it as an operation (op.alter_column, op.create_foreign_key, ...), or guard it with the dialect's name"


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (
            'op.get_bind().execute(sa.text("ALTER TABLE t ALTER b SET NOT NULL"))',
            'write it as op.alter_column("t", "b", nullable=False), or guard it with the dialect\'s name',
        ),
        (
            'op.execute("UPDATE t SET a = 1; ALTER TABLE t DROP CONSTRAINT u")',
            'write it as op.drop_constraint("u", "t"), or guard it with the dialect\'s name',
        ),
        (
            'op.execute("ALTER TABLE t ALTER b TYPE text USING lower(b)")',
            'write it as op.execute("UPDATE t SET b = LOWER(b)"); op.alter_column("t", "b", type_=sa.Text()) '
            "on SQLite alone, as --portable --unsafe-fixes does, or guard it with the dialect's name",
        ),
        (
            'op.execute(f"ALTER TABLE {t} ALTER b SET NOT NULL")',
            _TODAY,
        ),
    ],
)
def test_what_cannot_be_replaced_is_shown_as_far_as_it_is_understood(call: str, remedy: str) -> None:
    rewritten = rewrite_source(f"{_HEAD}    {call}\n".encode(), unsafe_fixes=True)

    assert not rewritten.changed
    assert [each.remedy for each in rewritten.findings] == [remedy]


def test_findings_keep_their_places_in_the_source() -> None:
    script = (
        _HEAD + '    op.execute("ALTER TABLE t ALTER a SET NOT NULL, ALTER b SET NOT NULL, ALTER c SET NOT NULL")\n'
        '    x = 1; op.execute("ALTER TABLE t ALTER d SET NOT NULL"); op.execute("ALTER TYPE m ADD VALUE \'x\'")\n'
        "    op.execute(\"ALTER TYPE m ADD VALUE 'y'\")\n"
    ).encode()
    rewritten = rewrite_source(script, unsafe_fixes=True)

    assert [(each.line, each.column) for each in rewritten.findings] == [(7, 62), (8, 5)]
    assert [(each.line, each.column) for each in rewritten.remaining] == [(13, 5), (14, 5)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("margin", ["    ", "\t"])
def test_newlines_and_indentation_are_those_of_the_statement(newline: str, margin: str) -> None:
    head = "from alembic import op\n\n\ndef upgrade():\n"
    script = '#op.execute("ALTER TABLE t ADD a INTEGER, ADD b INTEGER NULL")  # both'
    expected = '#op.add_column("t", sa.Column("a", sa.Integer()))\n#op.add_column("t", sa.Column("b"'
    before, after = (f"import sqlalchemy as sa\n{head}{each}" for each in (script, expected))
    before, after = (each.replace("#op", f"{margin}op").replace("\n", newline) for each in (before, after))

    assert replaced(before) == after + ", sa.Integer(), nullable=True))  # both"


def test_the_option_of_the_command_line(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "0001.py", script_of("ALTER TABLE t ALTER b SET NOT NULL").encode())

    status, out, _ = run(path)
    assert (status, "op.execute" in path.read_text()) == (1, True)
    assert "SB108" in out
    status, out, _ = run("--unsafe-fixes", path)
    assert (status, "op.execute" in path.read_text()) == (0, False)
    assert run("--unsafe-fixes", "--check", path)[0] == 0


def test_sqlglot_is_imported_for_such_sql_only() -> None:
    def imported(script: str) -> str:
        code = (
            "import sys; from sqlite_batchify import rewrite_source; "
            f"rewrite_source({script.encode()!r}, unsafe_fixes=True); print('sqlglot' in sys.modules)"
        )
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert imported(script_of("ALTER TABLE t ALTER b SET NOT NULL")) == "True"
    assert imported(f'{_HEAD}    op.drop_column("t", "a")\n    op.execute("UPDATE t SET a = 1")\n') == "False"
    assert imported(script_of("ALTER TYPE mood ADD VALUE 'glad'")) == "False"


@pytest.mark.parametrize(
    "name",
    [
        "customer_subscription_events_archive",
        "x" * 10_000,
        '"' + "x y" * 3000 + '"',
        "a." * 5000 + "b",
        "`a`" * 3000,
        "[a b]" * 2000,
        "{}" * 5000,
        "a" * 5000 + '"',
    ],
    ids=lambda name: name[:12],
)
def test_the_length_of_a_name_costs_no_more_than_its_letters(name: str) -> None:
    """A repetition in a repetition takes twice as long for each letter, and does not come to an end."""
    script = script_of(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY").encode()
    started = time.process_time()

    rewritten = rewrite_source(script)

    assert time.process_time() - started < 5
    assert [finding.code for finding in rewritten.findings] == [RAW_SQL]


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("ALTER TABLE t ADD c INT", ["ALTER TABLE t ADD c INT"]),
        (
            "  alter table t add c int ; ALTER TYPE m ADD VALUE 'x';",
            ["alter table t add c int ", "ALTER TYPE m ADD VALUE 'x'"],
        ),
        (
            "DO $$ BEGIN ALTER TABLE t OWNER TO me; ALTER TABLE u OWNER TO me; END $$",
            ["ALTER TABLE t OWNER TO me", "ALTER TABLE u OWNER TO me"],
        ),
        ("BEGIN; ALTER INDEX i RENAME TO j", ["ALTER INDEX i RENAME TO j"]),
        ("SELECT 1; -- ALTER TABLE t", []),
        ("INSERT INTO log VALUES ('we ALTER TABLE t')", []),
        ("ALTER", []),
        ("ALTERED x", []),
        ("", []),
    ],
)
def test_where_statements_of_alter_stand(sql: str, statements: list[str]) -> None:
    assert list(alter_statements(sql)) == statements


@pytest.mark.parametrize(
    ("sql", "takes"),
    [
        ("ALTER TABLE t RENAME TO u", True),
        ("alter table main.t rename column a to b", True),
        ("ALTER TABLE {} ADD c INTEGER", True),
        ("ALTER TABLE pre_{}_post DROP COLUMN c", True),
        ('ALTER TABLE "a ""b""" ADD COLUMN c INTEGER', True),
        ("ALTER TABLE [a b] DROP c", True),
        ("ALTER TABLE t ADD", False),
        ("ALTER TABLE t", False),
        ("ALTER TABLE t ADD c INTEGER, ADD d INTEGER", False),
        ("ALTER TABLE t ADD  CONSTRAINT u UNIQUE (c)", False),
        ("ALTER TABLE t ADD UNIQUE(c)", False),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS c INTEGER", False),
        ("ALTER TABLE t DROP COLUMN IF EXISTS c", False),
        ("ALTER TABLE IF EXISTS t ADD c INTEGER", False),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", False),
        ("ALTER INDEX i RENAME TO j", False),
        ("ALTER TABLE", False),
    ],
)
def test_what_sqlite_takes_as_it_is(sql: str, takes: bool) -> None:
    assert sqlite_takes(sql) is takes
    if "{" in sql or sql.startswith(("ALTER TABLE [", 'ALTER TABLE "')):
        return
    connection = memory(
        "CREATE TABLE t (a INTEGER, c INTEGER, d INTEGER)" if "DROP" in sql else "CREATE TABLE t (a INTEGER)"
    )
    try:
        connection.execute(sql)
    except sqlite3.OperationalError:
        assert not takes
    else:
        assert takes


def test_findings_at_one_place_that_read_alike_stand_as_their_statements_do() -> None:
    table = "a_table_whose_name_is_long_enough_to_fill_what_is_shown_of_a_statement"
    columns = [f"c{number}" for number in range(12)]
    sql = ";\n".join(f"ALTER TABLE {table} ALTER COLUMN {each} SET NOT NULL" for each in columns)
    script = f'from alembic import op\n\n\ndef upgrade():\n    op.execute("""{sql}""")\n'
    found = rewrite_source(script.encode()).findings
    assert len({each.detail for each in found}) == 1
    assert [each.hint.split('"')[3] for each in found] == columns


_INDEXES = {
    "CREATE INDEX i ON t (name(10))": 'op.create_index("i", "t", ["name"], mysql_length=10)',
    "CREATE UNIQUE INDEX `i` ON `t` (a, `b`(4))": (
        'op.create_index("i", "t", ["a", "b"], unique=True, mysql_length={"b": 4})'
    ),
    "CREATE FULLTEXT INDEX i ON t(a)": 'op.create_index("i", "t", ["a"], mysql_prefix="FULLTEXT")',
    "create index concurrently if not exists i on t(a)": (
        'op.create_index("i", "t", ["a"], postgresql_concurrently=True, if_not_exists=True)'
    ),
    "CREATE INDEX i ON t USING gin (a gin_trgm_ops)": (
        'op.create_index("i", "t", ["a"], postgresql_using="gin", postgresql_ops={"a": "gin_trgm_ops"})'
    ),
    "CREATE INDEX i ON t (a) INCLUDE (b)": 'op.create_index("i", "t", ["a"], postgresql_include=["b"])',
    "CREATE INDEX i ON t (a) USING BTREE": 'op.create_index("i", "t", ["a"])',
    "DROP INDEX i ON t": 'op.drop_index("i", table_name="t")',
    "DROP INDEX CONCURRENTLY IF EXISTS i": 'op.drop_index("i", postgresql_concurrently=True, if_exists=True)',
    "CREATE INDEX i ON t (a DESC) USING HASH": None,
    "CREATE INDEX i ON t USING gin (to_tsvector('english', a))": None,
    "CREATE INDEX i ON public.t (a)": None,
    "CREATE CLUSTERED INDEX i ON t (a)": None,
    "DROP INDEX i CASCADE": None,
}


@pytest.mark.parametrize("sql", _INDEXES)
def test_an_index_of_another_database_is_written_as_an_operation(sql: str) -> None:
    database = memory("CREATE TABLE t (a TEXT, b TEXT, name TEXT)")
    if sql.startswith("DROP"):
        database.execute("CREATE INDEX i ON t (a)")
    with pytest.raises(sqlite3.OperationalError):
        database.execute(sql)

    assert list(refused_indexes(sql)) == [sql]
    assert read_index(sql, Writer("op", "sa", lambda text: f'"{text}"'))[0] == _INDEXES[sql]


@pytest.mark.parametrize("sql", [sql for sql, operation in _INDEXES.items() if operation and "CREATE" in sql.upper()])
def test_the_operation_makes_the_index_on_sqlite(sql: str) -> None:
    with sa.create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a TEXT, b TEXT, name TEXT)")
        op = Operations(MigrationContext.configure(connection))
        eval(_INDEXES[sql] or "", {"op": op})
        assert [each["name"] for each in sa.inspect(connection).get_indexes("t")] == ["i"]
