"""Scripts for PostgreSQL and MySQL that are made portable: they run on SQLite, and elsewhere nothing changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations

from sqlite_batchify import rewrite_source
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.cases import FOLDER, read_case
from tests.support.offline import DIALECTS, ddl
from tests.support.ported import HEAD, check_offline, check_on_server, on_sqlite, portable, run, script_of, table_with
from tests.support.servers import Fresh

TYPES_OF_POSTGRESQL = (
    ("sa.ARRAY(sa.Text())", "JSON"),
    ("postgresql.ARRAY(sa.Integer(), dimensions=2)", "JSON"),
    ("postgresql.ARRAY(UUID())", "JSON"),
    ("postgresql.ARRAY(postgresql.ENUM('a', 'b', name='letters'))", "JSON"),
    ("JSONB", "JSON"),
    ("JSONB(astext_type=sa.Text())", "JSON"),
    ("postgresql.JSON()", "JSON"),
    ("postgresql.TSVECTOR()", "TEXT"),
    ("postgresql.INET()", "TEXT"),
    ("postgresql.CIDR", "TEXT"),
    ("postgresql.MACADDR()", "TEXT"),
    ("postgresql.BIT(3)", "VARCHAR(3)"),
    ("postgresql.BIT(length=3, varying=True)", "VARCHAR(3)"),
    ("postgresql.MONEY()", "NUMERIC"),
    ("postgresql.OID()", "INTEGER"),
    ("postgresql.REGCLASS()", "TEXT"),
    ("postgresql.INT4RANGE()", "TEXT"),
    ("postgresql.TSTZRANGE", "TEXT"),
    ("postgresql.NUMMULTIRANGE()", "TEXT"),
    ("postgresql.BYTEA()", "BLOB"),
    ("postgresql.INTERVAL()", "DATETIME"),
    ("postgresql.INTERVAL(precision=3, fields='DAY TO SECOND')", "DATETIME"),
    ("UUID(as_uuid=True)", "CHAR(32)"),
    ("UUID(as_uuid=False)", "CHAR(32)"),
    ("sa.UUID", "CHAR(32)"),
    ("postgresql.ENUM('new', 'done', name='status')", "VARCHAR(4)"),
    ("sa.Enum('new', 'done', name='state')", "VARCHAR(4)"),
    ("sa.String(20, collation='C')", "VARCHAR(20)"),
    ("sa.Text(collation='C')", "TEXT"),
    ("postgresql.TIMESTAMP(precision=3, timezone=True)", "TIMESTAMP"),
)
TYPES_OF_MYSQL = (
    ("mysql.LONGTEXT()", "TEXT"),
    ("mysql.MEDIUMTEXT(collation='utf8mb4_bin')", "TEXT"),
    ("mysql.TINYTEXT", "TEXT"),
    ("mysql.LONGBLOB()", "BLOB"),
    ("mysql.MEDIUMBLOB()", "BLOB"),
    ("mysql.TINYINT(1)", "INTEGER"),
    ("mysql.TINYINT(display_width=1, unsigned=True)", "INTEGER"),
    ("mysql.MEDIUMINT()", "INTEGER"),
    ("mysql.YEAR()", "INTEGER"),
    ("mysql.BIT(1)", "INTEGER"),
    ("mysql.ENUM('new', 'done')", "VARCHAR(4)"),
    ("mysql.SET('a', 'b')", "TEXT"),
    ("mysql.INTEGER(unsigned=True)", "INTEGER"),
    ("mysql.DATETIME(fsp=6)", "DATETIME"),
    ("mysql.VARCHAR(20, collation='utf8mb4_bin')", "VARCHAR(20)"),
    ("sa.String(length=20, collation='utf8mb4_unicode_ci')", "VARCHAR(20)"),
    ("sa.Text(collation='utf8mb4_bin')", "TEXT"),
)
DEFAULTS_OF_POSTGRESQL = (
    ("sa.DateTime()", "sa.text('now()')"),
    ("sa.DateTime()", "sa.text('CURRENT_TIMESTAMP(6)')"),
    ("sa.DateTime()", "sa.text('statement_timestamp()')"),
    ("sa.DateTime()", "sa.text('LOCALTIMESTAMP')"),
    ("sa.DateTime()", "sa.text(\"timezone('utc'::text, now())\")"),
    ("sa.DateTime()", "sa.text(\"(now() at time zone 'utc')\")"),
    ("sa.DateTime()", "sa.func.clock_timestamp()"),
    ("sa.DateTime()", "sa.func.timezone('UTC', sa.func.now())"),
    ("sa.Date()", "sa.text('now()')"),
    ("sa.Date()", "sa.text('now()::date')"),
    ("sa.Time()", "sa.text('LOCALTIME')"),
    ("UUID()", "sa.text('gen_random_uuid()')"),
    ("sa.String(36)", "sa.text('gen_random_uuid()::text')"),
    ("UUID()", "sa.func.gen_random_uuid()"),
    ("JSONB()", "sa.text(\"'{}'::jsonb\")"),
    ("JSONB()", "sa.text(\"jsonb('{}')\")"),
    ("JSONB()", "sa.func.jsonb('[1]')"),
    ("JSONB()", "sa.text('\\'{\"dark\": true, \"n\": [1, 2]}\\'::jsonb')"),
    ("JSONB()", "sa.text('jsonb_build_object()')"),
    ("sa.JSON()", "sa.text(\"'[]'::json\")"),
    ("sa.ARRAY(sa.Text())", "sa.text(\"'{}'::text[]\")"),
    ("sa.ARRAY(sa.Text())", "sa.text(\"'{a,b}'::character varying[]\")"),
    ("sa.ARRAY(sa.Text())", "sa.text(\"ARRAY['a', 'b']::text[]\")"),
    ("sa.ARRAY(sa.Integer())", "'{1,2}'"),
    ("sa.ARRAY(sa.Text())", "'{}'"),
    ("sa.Text()", "sa.text(\"'it''s'::character varying\")"),
    ("sa.Text()", "sa.text(\"'x'::text\")"),
    ("sa.Text()", "sa.text('NULL::character varying')"),
    ("sa.Integer()", "sa.text('0::smallint')"),
    ("sa.Numeric(10, 2)", "sa.text(\"'1.50'::numeric(10, 2)\")"),
    ("sa.Boolean()", "'false'"),
    ("sa.Boolean()", "'t'"),
    ("sa.Boolean()", "sa.text('true')"),
    ("sa.Boolean()", "sa.text(\"'t'::boolean\")"),
    ("sa.DateTime()", "sa.text(\"'2020-01-01 00:00:00'::timestamp without time zone\")"),
    ("sa.Integer()", "sa.text('1 + 1')"),
)
DEFAULTS_OF_MYSQL = (
    ("sa.DateTime()", "sa.text('now()')"),
    ("sa.DateTime()", "sa.text('CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP')"),
    ("mysql.DATETIME(fsp=6)", "sa.text('CURRENT_TIMESTAMP(6)')"),
    ("mysql.TIMESTAMP(fsp=6)", "sa.text('CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)')"),
    ("sa.String(36)", "sa.text('uuid()')"),
    ("sa.Boolean()", "sa.text('true')"),
    ("sa.Boolean()", "sa.text(\"b'0'\")"),
    ("mysql.TINYINT(1)", "sa.text(\"'0'\")"),
)


def _of_types(types: Sequence[tuple[str, str]]) -> list[str]:
    """A script for all types at once, and one that adds the columns and alters one to its type."""
    columns = [f"sa.Column('c{number}', {type_})" for number, (type_, _) in enumerate(types)]
    added = [f"op.add_column('t', {each})" for each in columns if "ENUM" not in each and "Enum" not in each]
    altered = f"op.alter_column('t', 'c0', existing_type={types[0][0]}, nullable=False, type_={types[0][0]})"
    return [
        script_of(table_with(", ".join(columns))),
        script_of(table_with("sa.Column('x', sa.Text())"), *added, altered),
    ]


@pytest.mark.parametrize(("type_", "here"), [*TYPES_OF_POSTGRESQL, *TYPES_OF_MYSQL])
def test_a_type_is_one_that_sqlite_has(type_: str, here: str) -> None:
    for column in (f"sa.Column('c', {type_})", f"sa.Column('c', {type_}, nullable=True)"):
        result = check_offline(script_of(table_with(column)))

        assert on_sqlite(result).execute("SELECT type FROM pragma_table_info('t') WHERE name = 'c'").fetchall() == [
            (here,)
        ]


@pytest.mark.parametrize(("type_", "here"), [*TYPES_OF_POSTGRESQL, *TYPES_OF_MYSQL])
def test_a_type_is_one_that_sqlite_has_where_it_is_added_or_altered(type_: str, here: str) -> None:
    statements = (
        f"op.add_column('t', sa.Column('c', {type_}))",
        f"op.alter_column('t', 'd', type_={type_}, existing_type={type_})",
    )
    before = (table_with("sa.Column('d', sa.Text())"),)
    result = check_offline(script_of(*before, *statements))
    types = on_sqlite(result).execute("SELECT type FROM pragma_table_info('t') WHERE name in ('c', 'd')").fetchall()

    assert types == [(here,), (here,)]


def test_types_are_the_same_on_postgresql(postgresql: Fresh) -> None:
    check_on_server(postgresql, _of_types(TYPES_OF_POSTGRESQL)[:1])
    scripts = _of_types([each for each in TYPES_OF_POSTGRESQL if "ENUM" not in each[0]])
    check_on_server(postgresql, scripts)


def test_types_are_the_same_on_mariadb(mariadb: Fresh) -> None:
    check_on_server(mariadb, _of_types(TYPES_OF_MYSQL))


@pytest.mark.parametrize(("type_", "default"), [*DEFAULTS_OF_POSTGRESQL, *DEFAULTS_OF_MYSQL])
def test_a_row_gets_its_default(type_: str, default: str) -> None:
    result = check_offline(script_of(table_with(f"sa.Column('c', {type_}, server_default={default})")))
    driver = on_sqlite(result)
    driver.execute("INSERT INTO t (id) VALUES (1)")
    [(value,)] = driver.execute("SELECT c FROM t").fetchall()

    assert value is not None or "NULL" in default
    assert ":" not in str(value) or "-01" in str(value) or len(str(value)) in (8, 19) or "dark" in str(value)


@pytest.mark.parametrize(("type_", "default"), [*DEFAULTS_OF_POSTGRESQL, *DEFAULTS_OF_MYSQL])
def test_the_value_is_one_of_its_type(type_: str, default: str) -> None:
    """SQLAlchemy can read it."""
    script = portable(script_of(table_with(f"sa.Column('c', {type_}, server_default={default})")))
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    namespace: dict[str, Any] = {}
    exec(HEAD.partition("\n\n")[0], namespace)
    with engine.connect() as connection:
        run(script, connection)
        connection.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
        built = portable(script_of(f"sa.Column('c', {type_})")).partition("upgrade():\n    ")[2].partition("\n")[0]
        column = eval(built, namespace)
        table = sa.Table("t", sa.MetaData(), column)
        value = connection.execute(sa.select(table.c.c)).scalar()

    assert value is not None or "NULL" in default
    assert not isinstance(table.c.c.type, sa.Boolean) or value in (True, False)
    assert not isinstance(table.c.c.type, sa.ARRAY) or isinstance(value, list)


ARRAYS = (
    ("sa.ARRAY(sa.Text())", "'{1,2}'"),
    ("sa.ARRAY(sa.Text())", "'{t,007,null}'"),
    ("sa.ARRAY(sa.String(9))", "sa.text(\"'{1,f}'::varchar(9)[]\")"),
    ("postgresql.ARRAY(item_type=sa.BigInteger())", "'{1,-2,NULL}'"),
    ("postgresql.ARRAY(sa.Boolean())", "'{t,false,on}'"),
    ("postgresql.ARRAY(sa.Integer())", "sa.text(\"'{3}'::integer[]\")"),
    ("postgresql.ARRAY(sa.Float())", "'{1.5,2}'"),
    ("postgresql.ARRAY(sa.Unicode())", "sa.text(\"ARRAY['1', 'a']::text[]\")"),
    ("postgresql.ARRAY(sa.Text()).with_variant(sa.JSON(), 'mysql')", "'{1}'"),
)


@pytest.mark.parametrize(("type_", "default"), ARRAYS)
def test_the_elements_of_an_array_are_those_of_postgresql(postgresql: Fresh, type_: str, default: str) -> None:
    before = script_of(table_with(f"sa.Column('c', {type_}, server_default={default})"))
    connection = postgresql()
    run(before, connection)
    connection.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
    expected = connection.exec_driver_sql("SELECT c FROM t").scalar()
    driver = on_sqlite(check_offline(before))
    driver.execute("INSERT INTO t (id) VALUES (1)")
    [(found,)] = driver.execute("SELECT c FROM t").fetchall()

    assert json.loads(found) == expected


@pytest.mark.parametrize("default", ["'{1,2}'", "'{{a},{b}}'", "'{t}'"])
def test_a_default_of_an_array_of_what_is_not_known_is_told(default: str) -> None:
    script = script_of(table_with(f"sa.Column('c', sa.ARRAY(own()), server_default={default})"))

    assert [each.code.code for each in rewrite_source(script.encode(), portable=True).findings] == ["SB132"]


def test_operations_of_plug_ins_for_postgresql_are_left_out() -> None:
    made = (
        "f = PGFunction(schema='public', signature='f()', definition='...')",
        "op.create_entity(f)",
        "op.sync_enum_values('public', 'mood', ['a'], [])",
    )
    rewritten = rewrite_source(script_of(*made).encode(), portable=True)

    assert not rewritten.findings
    assert rewritten.result.decode().partition("\n\n\ndef downgrade")[0].splitlines()[-4:] == [
        f"    {made[0]}",
        '    if op.get_context().dialect.name != "sqlite":',
        f"        {made[1]}",
        f"        {made[2]}",
    ]


def test_what_another_package_means_by_a_schema_stays() -> None:
    head = "from alembic_utils.pg_function import PGFunction\n"
    before = head + script_of("f = PGFunction(schema='public', signature='f()', definition='...')")

    assert portable(before) == before


@pytest.mark.parametrize("word", ["BEGIN", "COMMIT", "ROLLBACK", "rollback work", "ABORT"])
def test_transactions_are_those_of_the_driver(word: str) -> None:
    on_sqlite(check_offline(script_of(f"op.execute({word!r})"))).execute("SELECT 1")


@pytest.mark.parametrize(("type_", "default"), [*DEFAULTS_OF_POSTGRESQL, *DEFAULTS_OF_MYSQL])
def test_a_column_with_its_default_is_added_to_rows(type_: str, default: str) -> None:
    column = f"sa.Column('c', {type_}, nullable=False, server_default={default})"
    if "NULL" in default:
        return
    result = check_offline(script_of(f"op.add_column('t', {column})"))
    driver = on_sqlite(result, "CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    driver.execute("INSERT INTO t (id) VALUES (2)")

    assert all(value is not None for (value,) in driver.execute("SELECT c FROM t").fetchall())


def _of_defaults(defaults: Sequence[tuple[str, str]]) -> list[str]:
    columns = [f"sa.Column('c{at}', {type_}, server_default={text})" for at, (type_, text) in enumerate(defaults)]
    added = [f"op.add_column('t', {each})" for each in columns]
    altered = [
        f"op.alter_column('u', 'c{at}', existing_type={type_}, server_default={text})"
        for at, (type_, text) in enumerate(defaults)
    ]
    bare = [f"sa.Column('c{at}', {type_})" for at, (type_, _) in enumerate(defaults)]
    other = table_with(", ".join(bare)).replace("'t'", "'u'")
    return [
        script_of(table_with(", ".join(columns))),
        script_of(table_with("sa.Column('x', sa.Text())"), other, *added, *altered),
    ]


def test_defaults_are_the_same_on_postgresql(postgresql: Fresh) -> None:
    check_on_server(postgresql, _of_defaults(DEFAULTS_OF_POSTGRESQL))


def test_defaults_are_the_same_on_mariadb(mariadb: Fresh) -> None:
    check_on_server(mariadb, _of_defaults(DEFAULTS_OF_MYSQL))


STATEMENTS_OF_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS plpgsql",
    "CREATE TYPE mood AS ENUM ('a', 'b')",
    "ALTER TYPE mood ADD VALUE 'c'",
    "DROP TYPE mood",
    "CREATE DOMAIN short AS text CHECK (length(VALUE) < 5)",
    "ALTER DOMAIN short SET NOT NULL",
    "DROP DOMAIN IF EXISTS short",
    "CREATE SEQUENCE numbers START 5",
    "ALTER SEQUENCE numbers RESTART WITH 7",
    "SELECT setval('numbers', 9)",
    "SELECT pg_catalog.set_config('search_path', current_schema(), false)",
    "CREATE OR REPLACE FUNCTION touch() RETURNS trigger AS $$ BEGIN NEW.x = 1; RETURN NEW; END; $$ LANGUAGE plpgsql",
    "CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE touch()",
    "ALTER TABLE t DISABLE TRIGGER touched",
    "DROP TRIGGER touched ON t",
    "DROP FUNCTION touch()",
    "CREATE PROCEDURE nothing() LANGUAGE sql AS $$ SELECT 1 $$",
    "DROP PROCEDURE nothing()",
    "CREATE AGGREGATE longest (int) (sfunc = int4larger, stype = int)",
    "DROP AGGREGATE longest (int)",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON t USING (x = current_user)",
    "DROP POLICY mine ON t",
    "GRANT SELECT ON t TO PUBLIC",
    "REVOKE ALL ON t FROM PUBLIC",
    "COMMENT ON TABLE t IS 'one; two'",
    "COMMENT ON COLUMN t.x IS 'it''s'",
    "SET LOCAL lock_timeout = '5s'",
    "SET statement_timeout = 0",
    "RESET statement_timeout",
    "ANALYZE VERBOSE t",
    "VACUUM FULL t",
    "REINDEX TABLE t",
    "ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT positive",
    "ALTER TABLE t VALIDATE CONSTRAINT positive",
    "CREATE MATERIALIZED VIEW seen AS SELECT id FROM t",
    "REFRESH MATERIALIZED VIEW seen",
    "CLUSTER t USING t_pkey",
    "ALTER TABLE t SET (fillfactor = 70), REPLICA IDENTITY FULL",
    "ALTER TABLE t ALTER COLUMN x SET STATISTICS 100",
    "ALTER TABLE ONLY t OWNER TO CURRENT_USER",
    "DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    "DO $$ BEGIN EXECUTE format('GRANT SELECT ON %I TO PUBLIC', 't'); EXECUTE 'CREATE TYPE hue AS ENUM ()'; END $$",
    "CREATE INDEX ix_7 ON public.t (x)",
    "ALTER TABLE public.t ADD COLUMN more TEXT",
    "UPDATE public.t SET x = 'public.t'",
    "CREATE INDEX CONCURRENTLY ix_1 ON t (x)",
    "CREATE INDEX ix_2 ON t USING hash (x)",
    "CREATE INDEX ix_3 ON t USING gin (to_tsvector('english', x))",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix_4 ON t (x, id)",
    "CREATE UNIQUE INDEX CONCURRENTLY ix_5 ON t (x) WHERE x IS NOT NULL",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_6 ON t USING btree (lower(x))",
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS extra INTEGER",
    "DROP INDEX CONCURRENTLY ix_1",
    "DROP INDEX ix_2",
    "DROP INDEX ix_3",
    "DROP SCHEMA IF EXISTS of_batchify_that_is_not_there",
    "ALTER TABLE t ADD CONSTRAINT long CHECK (length(x) > 0)",
    "alter table t add constraint once unique (x); ALTER TABLE t DROP CONSTRAINT once",
    "ALTER TABLE t ALTER COLUMN x SET DEFAULT 'none', ALTER x SET NOT NULL",
    "ALTER TABLE t ALTER x TYPE VARCHAR(30) USING x::varchar(30)",
)
STATEMENTS_OF_MYSQL = (
    "SET FOREIGN_KEY_CHECKS = 0",
    "SET @kept = 1",
    "LOCK TABLES t WRITE",
    "UNLOCK TABLES",
    "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "ALTER TABLE t ENGINE = InnoDB, ROW_FORMAT = DYNAMIC",
    "ALTER TABLE t COMMENT = 'one; two'",
    "ALTER TABLE t AUTO_INCREMENT = 100",
    "OPTIMIZE TABLE t",
    "REPAIR TABLE t",
    "ANALYZE TABLE t",
    "CREATE FUNCTION one() RETURNS int DETERMINISTIC RETURN 1",
    "DROP FUNCTION one",
    "CREATE INDEX ix_1 ON t (x(10))",
    "CREATE FULLTEXT INDEX ix_2 ON t (x)",
    "DROP INDEX ix_1 ON t",
    "SET FOREIGN_KEY_CHECKS = 1",
    "ALTER TABLE t MODIFY x VARCHAR(30) NOT NULL",
    "ALTER TABLE t ADD CONSTRAINT once UNIQUE (x, id), ALTER x SET DEFAULT 'none'",
)
LEFT = ("NOT VALID", "MATERIALIZED VIEW seen AS")
"""What is told, and not guarded."""


def _of_statements(statements: Sequence[str]) -> str:
    return script_of(table_with("sa.Column('x', sa.Text())"), *(f"op.execute({each!r})" for each in statements))


@pytest.mark.parametrize("statement", [*STATEMENTS_OF_POSTGRESQL, *STATEMENTS_OF_MYSQL])
def test_a_statement_does_not_reach_sqlite(statement: str) -> None:
    script = script_of(table_with("sa.Column('x', sa.Text())"), f"op.execute({statement!r})")
    if any(each in statement for each in LEFT):
        left = rewrite_source(script.encode(), portable=True)
        assert not left.changed
        assert left.findings
        return
    result = check_offline(script)

    if statement.startswith("DROP INDEX"):
        index = "ix_1" if "ix_1" in statement else statement.split()[-1]
        on_sqlite(result.replace("op.execute(", f"op.create_index('{index}', 't', ['x'])\n    op.execute(", 1))
        return
    on_sqlite(result)


def test_statements_do_the_same_on_postgresql(postgresql: Fresh) -> None:
    for unsafe in (False, True):
        check_on_server(postgresql, [_of_statements(STATEMENTS_OF_POSTGRESQL)], unsafe=unsafe)


def test_statements_do_the_same_on_mariadb(mariadb: Fresh) -> None:
    check_on_server(mariadb, [_of_statements(STATEMENTS_OF_MYSQL)])


def test_all_statements_run_on_sqlite_one_after_the_other() -> None:
    for statements in (STATEMENTS_OF_POSTGRESQL, STATEMENTS_OF_MYSQL):
        kept = [each for each in statements if not any(left in each for left in LEFT)]

        on_sqlite(portable(_of_statements(kept)))


@pytest.mark.skipif("if_exists" not in signature(Operations.drop_column).parameters, reason="this Alembic has none")
def test_keywords_do_the_same_on_postgresql(postgresql: Fresh) -> None:
    made = table_with("sa.Column('n', sa.Integer(), nullable=False), sa.Column('other', sa.Integer())")
    script = script_of(
        made,
        "op.alter_column('t', 'n', existing_type=sa.Integer(), server_default=sa.Identity(always=True))",
        "op.create_foreign_key('fk', 't', 't', ['other'], ['id'], initially='DEFERRED')",
        "op.add_column('t', sa.Column('fax', sa.Text()), if_not_exists=True)",
        "op.add_column('t', sa.Column('fax', sa.Text()), if_not_exists=True)",
        "op.drop_column('t', 'gone', if_exists=True)",
        "op.execute('ALTER TABLE t ADD COLUMN IF NOT EXISTS fax TEXT')",
        "op.execute('ALTER TABLE t ADD COLUMN IF NOT EXISTS tel TEXT')",
        "op.create_table('u', sa.Column('id', sa.Integer(), sa.ForeignKey('t.id', initially='DEFERRED')))",
    )

    check_on_server(postgresql, [script])


def test_a_schema_does_the_same_on_postgresql(postgresql: Fresh) -> None:
    case = read_case(FOLDER / "portable" / "schemas.py")
    upgrade = case.before.decode().replace('schema="audit"', "")

    check_on_server(postgresql, [upgrade])
    on_sqlite(check_offline(upgrade))


_FORMATTED = """
def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("b", sa.Text()))
    for_one = "UPDATE t SET b = '{word}'::text WHERE id = {}"
    op.execute(for_one.format("7", word="x"))
    op.execute("DELETE FROM {table} WHERE b = {{}}::text".format(table="t"))
    op.execute("DELETE FROM {0.name} WHERE b = 'x'::text".format(sa.table("t")))
    op.execute("DELETE FROM {!r} WHERE b = 'x'::text".format("t"))
    op.execute("DELETE FROM {} WHERE b = 'x'::text {}".format("t"))
"""


def test_what_is_formatted_of_texts_is_known() -> None:
    result = rewrite_source(f"from alembic import op\nimport sqlalchemy as sa\n{_FORMATTED}".encode(), portable=True)

    assert result.counts.ported == 1
    assert b"\"UPDATE t SET b = 'x' WHERE id = 7\" if op.get_context()" in result.result
    assert [each.code.code for each in result.findings] == ["SB131"]


def test_a_default_of_a_module_is_told_apart_where_it_is_used() -> None:
    script = script_of(table_with("sa.Column('c', sa.DateTime(), server_default=NOW)")) + "\n\nNOW = sa.text('now()')\n"
    driver = on_sqlite(check_offline(script))
    driver.execute("INSERT INTO t (id) VALUES (1)")

    assert driver.execute("SELECT c IS NOT NULL FROM t").fetchall() == [(1,)]


@pytest.mark.parametrize("column", ["COLUMN ", ""])
def test_a_column_that_is_there_is_dropped(column: str) -> None:
    """Where it is not, SQLite says so, as it does of every ``DROP COLUMN IF EXISTS`` today."""
    script = script_of(
        table_with("sa.Column('a', sa.Text()), sa.Column('b', sa.Text())"),
        f"op.execute('ALTER TABLE t DROP {column}IF EXISTS a')",
    )

    assert [row[1] for row in on_sqlite(check_offline(script)).execute("PRAGMA table_info(t)")] == ["id", "b"]


def test_raw_sql_about_tables_stays_for_others_and_is_operations_on_sqlite() -> None:
    before = table_with("sa.Column('x', sa.Text())")
    raw = "op.execute(\n        'ALTER TABLE t ALTER x SET NOT NULL'\n    )  # since 2.0"
    result = check_offline(script_of(before, raw, "op.execute(\"SELECT 'x'\")"))
    indented = raw.replace("\n    ", "\n        ")
    blocks = (
        f'    if op.get_context().dialect.name != "sqlite":\n        {indented}\n    else:\n'
        "        with op.batch_alter_table('t') as batch_op:\n            batch_op.alter_column('x', nullable=False)\n"
    )

    assert blocks in result
    assert [row[1:4] for row in on_sqlite(result).execute("PRAGMA table_info(t)")][1] == ("x", "TEXT", 1)


@pytest.mark.parametrize(
    "raw",
    [
        "op.execute('ALTER TABLE t ALTER x SET NOT NULL'); op.execute('SELECT 1')",
        "if len('x'): op.execute('ALTER TABLE t ALTER x SET NOT NULL')",
        "made = op.execute('ALTER TABLE t ALTER x SET NOT NULL')",
        "op.execute('ALTER TABLE t ALTER x TYPE INTEGER USING length(x)')",
        "op.execute('ALTER TABLE t ALTER x SET NOT NULL')  # sqlite-batchify: ignore[SB108]",
    ],
)
def test_raw_sql_about_tables_that_is_not_a_line_of_its_own_stays(raw: str) -> None:
    assert not rewrite_source(script_of(raw).encode(), portable=True).changed


@pytest.mark.parametrize(
    "statements",
    [
        ("number = op.get_bind().execute(sa.text(\"SELECT setval('x', 1)\"))",),
        ("return op.execute('SET lock_timeout = 0')",),
        ("op.execute('SET lock_timeout = 0'); op.execute('SELECT 1')",),
        ("number = op.execute('SET lock_timeout = 0; DELETE FROM t')",),
        ("for each in ('SET lock_timeout = 0', 'DELETE FROM t'):", "    op.execute(each)"),
        ("op.execute('DO $$ BEGIN DELETE FROM t; END $$')",),
        ("op.execute('CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END; DELETE FROM t')",),
        ("op.execute('DO $$ BEGIN ALTER TYPE a ADD VALUE 1; EXECUTE x; END $$')",),
        ("op.execute(\"DO $$ BEGIN EXECUTE 'GRANT SELECT ON t TO a'; EXECUTE 'ALTER TABLE t ADD b INT'; END $$\")",),
        ("op.execute('CREATE MATERIALIZED VIEW v AS SELECT 1')",),
        ("op.execute('UPDATE t SET a = b::integer')",),
        ("op.add_column('t', sa.Column('c', sa.Text(), server_default=sa.text('current_user')))",),
        ("op.add_column('t', sa.Column('c', sa.Float(), server_default=sa.text('random()')))",),
        ("op.add_column('t', sa.Column('c', sa.Integer(), server_default=sa.text(\"nextval('s')\")))",),
        ("op.add_column('t', sa.Column('c', sa.Interval(), server_default=sa.text(\"'1 day'::interval\")))",),
    ],
)
def test_what_is_not_sure_is_left_and_told(statements: Sequence[str]) -> None:
    rewritten = rewrite_source(script_of(*statements).encode(), portable=True)

    assert rewritten.counts.ported == 0
    assert [each.code.code for each in rewritten.findings if each.code.code in ("SB108", "SB130", "SB131", "SB132")]


@pytest.mark.parametrize(
    "statement",
    [
        "op.execute('ANALYZE')",
        "op.execute('VACUUM')",
        "op.execute('CREATE INDEX ix ON t (a)')",
        "op.execute('CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1; END')",
        "op.execute('UPDATE t SET a = CURRENT_TIMESTAMP')",
        "op.execute(\"INSERT INTO t (a) VALUES ('SET x = 1; COMMIT')\")",
        "op.execute(made())",
        "op.execute(sa.table('t').delete())",
        "op.execute(f'{made()} x')",
        "op.add_column('t', sa.Column('c', sa.DateTime(), server_default=sa.func.now()))",
        "op.add_column('t', sa.Column('c', sa.JSON(), server_default='{}'))",
        "op.add_column('t', sa.Column('c', sa.Boolean(), server_default=sa.true()))",
        "op.add_column('t', sa.Column('c', sa.Enum('a', name='e'), server_default='a'))",
        "assert isinstance(x, postgresql.UUID)",
        "kinds = {postgresql.UUID: 1}",
        "kind = Decorated(postgresql.JSONB())",
    ],
)
def test_what_every_database_takes_stays(statement: str) -> None:
    rewritten = rewrite_source(script_of(statement).encode(), portable=True)

    assert rewritten.counts.ported == 0
    assert not [each for each in rewritten.findings if each.code.code.startswith("SB13")]


@pytest.mark.parametrize("guard", ['== "postgresql"', '!= "sqlite"', 'in ("postgresql", "mysql")'])
def test_what_never_runs_on_sqlite_stays(guard: str) -> None:
    script = script_of(
        f"if op.get_bind().dialect.name {guard}:",
        "    op.execute('CREATE EXTENSION citext')",
        "    op.add_column('t', sa.Column('c', JSONB(), server_default=sa.text('now()')))",
    )

    assert not rewrite_source(script.encode(), portable=True).changed


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("margin", ["    ", "\t", "  "])
def test_texts_of_several_lines_keep_every_character(newline: str, margin: str) -> None:
    text = f'"""{newline}{margin}CREATE FUNCTION f(){newline} AS $${newline}{newline}\t x $${newline}"""'
    call = f"op.execute({newline}{margin * 2}{text}{newline}{margin})"
    body = newline.join([f"{margin}{call}", f"{margin}# then", f"{margin}op.execute(f{text})"])
    script = f"from alembic import op{newline}{newline}{newline}def upgrade():{newline}{body}{newline}"
    result = rewrite_source(script.encode(), portable=True).result.decode()

    assert result.count(text) == 2
    assert result.count("if op.get_context()") == 1
    assert newline == "\n" or "\n" not in result.replace("\r\n", "")
    assert not rewrite_source(result.encode(), portable=True).changed
    for dialect in DIALECTS:
        assert ddl(result, dialect, "upgrade") == ddl(script, dialect, "upgrade")


def test_findings_have_their_places_in_the_script_as_it_was() -> None:
    script = script_of(
        "op.execute('CREATE EXTENSION citext')",
        "op.execute('CREATE EXTENSION hstore')",
        "op.execute('CREATE MATERIALIZED VIEW v AS SELECT 1')",
    )
    rewritten = rewrite_source(script.encode(), portable=True)
    line = next(number for number, each in enumerate(script.splitlines(), 1) if "VIEW" in each)

    assert [(each.line, each.column) for each in rewritten.findings] == [(line, 5)]
    assert [(each.line, each.column) for each in rewritten.remaining] == [(line + 1, 5)]


def test_what_a_block_is_given_of_another_script_is_ported(tmp_path: Path) -> None:
    """The column stands in the first script as it was before that was rewritten, or as it is since."""
    default = "sa.Column('id', sa.UUID(), primary_key=True, server_default=sa.text('gen_random_uuid()'))"
    table = f"op.create_table('t', {default}, sa.Column('a', sa.String(9)))"
    first, second = tmp_path / "a1.py", tmp_path / "a2.py"
    first.write_text(f"revision = 'a1'\ndown_revision = None\n{script_of(table)}")
    change = "op.alter_column('t', 'a', existing_type=sa.String(9), type_=sa.Text())"
    second.write_text(f"revision = 'a2'\ndown_revision = 'a1'\n{script_of(change)}")

    rewritten = Rewriter(Project(portable=True)).rewrite(second.read_bytes(), str(second))

    assert [each.code.code for each in rewritten.findings if each.code.code.startswith("SB2")] == []
    text = rewritten.result.decode()
    assert "reflect_args=" in text
    assert 'sa.UUID().with_variant(sa.Uuid(), "sqlite")' in text
    again = Rewriter(Project(portable=True)).rewrite(rewritten.result, str(second))
    assert not again.changed
