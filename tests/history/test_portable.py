"""Histories for PostgreSQL and MySQL, made portable: real Alembic runs them on SQLite, and verify finds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.operations import Operations

from sqlite_batchify import rewrite_source
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from tests.support.histories import Migration, lay, with_environment
from tests.support.offline import DIALECTS, DIRECTIONS, ddl
from tests.support.servers import Fresh

_DIALECT = "from sqlalchemy.dialects import postgresql"


class History(NamedTuple):
    """Upgrades and downgrades; ``rows`` are put in after the first; ``asks`` is what is ``found`` in the end."""

    name: str
    scripts: Sequence[tuple[str, str]]
    rows: str = ""
    asks: str = ""
    found: Sequence[Any] = ()


_SHOP = "op.create_table('shop', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('no', sa.Integer()))"
_NO_SHOP = "op.drop_table('shop')"
_ROWS = "INSERT INTO shop (id, no) VALUES (1, 7), (2, 8)"
HISTORIES = (
    History(
        "a column that may be there already",
        [
            (_SHOP, _NO_SHOP),
            ("op.add_column('shop', sa.Column('fax', sa.Text()), if_not_exists=True)", "op.drop_column('shop', 'fax')"),
        ],
        _ROWS,
        "SELECT id, no, fax FROM shop",
        [(1, 7, None), (2, 8, None)],
    ),
    History(
        "defaults that PostgreSQL works out",
        [
            (
                "op.create_table('page', "
                "sa.Column('id', postgresql.UUID(), server_default=sa.text('gen_random_uuid()'), primary_key=True), "
                "sa.Column('body', postgresql.JSONB(), server_default=sa.text(\"'{}'::jsonb\"), nullable=False), "
                "sa.Column('at', sa.DateTime(), server_default=sa.text('now()'), nullable=False))",
                "op.drop_table('page')",
            ),
            ("op.add_column('page', sa.Column('title', sa.Text()))", "op.drop_column('page', 'title')"),
        ],
        "INSERT INTO page DEFAULT VALUES",
        "SELECT body, length(id), at LIKE '20%', title FROM page",
        [("{}", 32, 1, None)],
    ),
    History(
        "a column that PostgreSQL numbers from now on",
        [
            (_SHOP, _NO_SHOP),
            (
                "op.alter_column('shop', 'no', existing_type=sa.Integer(), server_default=sa.Identity(always=True))",
                "op.alter_column('shop', 'no', existing_type=sa.Integer(), server_default=None)",
            ),
        ],
        _ROWS,
        "SELECT id, no FROM shop",
        [(1, 7), (2, 8)],
    ),
    History(
        "a key that is looked at late",
        [
            (
                f"{_SHOP}; op.create_table('part', sa.Column('id', sa.Integer(), primary_key=True), "
                "sa.Column('shop_id', sa.Integer()))",
                f"op.drop_table('part'); {_NO_SHOP}",
            ),
            (
                "op.create_foreign_key('fk_part', 'part', 'shop', ['shop_id'], ['id'], initially='DEFERRED')",
                "op.drop_constraint('fk_part', 'part', type_='foreignkey')",
            ),
        ],
        _ROWS,
        "SELECT sql LIKE '%DEFERRABLE INITIALLY DEFERRED%' FROM sqlite_master WHERE name = 'part'",
        [(1,)],
    ),
    History(
        "a position among the columns",
        [
            (_SHOP, _NO_SHOP),
            (
                "op.execute('ALTER TABLE shop ADD COLUMN nick TEXT AFTER id')",
                "op.drop_column('shop', 'nick')",
            ),
        ],
        _ROWS,
        "SELECT name, type FROM pragma_table_info('shop')",
        [("id", "INTEGER"), ("no", "INTEGER"), ("nick", "TEXT")],
    ),
    History(
        "constraints that get other names",
        [
            (
                f"{_SHOP}; op.create_table('part', sa.Column('id', sa.Integer()), sa.Column('shop_id', sa.Integer()), "
                "sa.PrimaryKeyConstraint('id', name='pk_part'), sa.UniqueConstraint('shop_id', name='uq_shop'), "
                "sa.CheckConstraint('id > 0', name='ck_id'), "
                "sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name='fk_shop', ondelete='CASCADE'))",
                f"op.drop_table('part'); {_NO_SHOP}",
            ),
            (
                "op.execute('ALTER TABLE part RENAME CONSTRAINT pk_part TO pk_parts')\n"
                "    op.execute('ALTER TABLE ONLY part RENAME CONSTRAINT uq_shop TO uq_of_shop;')\n"
                "    op.execute('ALTER TABLE part RENAME CONSTRAINT ck_id TO ck_of_id')\n"
                "    op.execute('ALTER TABLE IF EXISTS part RENAME CONSTRAINT \"fk_shop\" TO fk_of_shop')",
                "op.execute('ALTER TABLE part RENAME CONSTRAINT fk_of_shop TO fk_shop')\n"
                "    op.execute('ALTER TABLE part RENAME CONSTRAINT ck_of_id TO ck_id')\n"
                "    op.execute('ALTER TABLE part RENAME CONSTRAINT uq_of_shop TO uq_shop')\n"
                "    op.execute('ALTER TABLE part RENAME CONSTRAINT pk_parts TO pk_part')",
            ),
            (
                "op.drop_constraint('uq_of_shop', 'part', type_='unique'); op.drop_constraint('ck_of_id', 'part')",
                "op.create_check_constraint('ck_of_id', 'part', 'id > 0')\n"
                "    op.create_unique_constraint('uq_of_shop', 'part', ['shop_id'])",
            ),
        ],
        _ROWS,
        "SELECT sql LIKE '%CONSTRAINT fk_of_shop FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE%', "
        "sql LIKE '%uq%' OR sql LIKE '%ck_%' FROM sqlite_master WHERE name = 'part'",
        [(1, 0)],
    ),
    History(
        "a constraint that is made from an index",
        [
            (
                f"{_SHOP}; op.create_index('ix_no', 'shop', ['no'], unique=True)",
                f"op.drop_index('ix_no', table_name='shop'); {_NO_SHOP}",
            ),
            (
                "op.execute('ALTER TABLE shop ADD CONSTRAINT uq_no UNIQUE USING INDEX ix_no')",
                "op.drop_constraint('uq_no', 'shop', type_='unique')\n"
                "    op.create_index('ix_no', 'shop', ['no'], unique=True)",
            ),
            (
                "op.execute('ALTER TABLE shop RENAME CONSTRAINT uq_no TO uq_number')",
                "op.execute('ALTER TABLE shop RENAME CONSTRAINT uq_number TO uq_no')",
            ),
        ],
        _ROWS,
        "SELECT sql LIKE '%CONSTRAINT uq_number UNIQUE (no)%' FROM sqlite_master WHERE name = 'shop'",
        [(1,)],
    ),
    History(
        "a comma in a type",
        [
            (_SHOP, _NO_SHOP),
            (
                "op.execute('ALTER TABLE shop ADD COLUMN price NUMERIC(10, 2)')",
                "op.execute('ALTER TABLE shop DROP COLUMN price')",
            ),
        ],
        _ROWS,
        "SELECT id, no, price FROM shop",
        [(1, 7, None), (2, 8, None)],
    ),
    History(
        "a block that copies its table everywhere",
        [
            (_SHOP, _NO_SHOP),
            (
                "op.alter_column('shop', 'no', existing_type=sa.Integer(), nullable=False)\n"
                "    with op.batch_alter_table('shop', recreate='always') as batch_op:\n"
                "        batch_op.add_column(sa.Column('tags', postgresql.JSON()))",
                "with op.batch_alter_table('shop', recreate='always') as batch_op:\n"
                "        batch_op.drop_column('tags')\n"
                "    op.alter_column('shop', 'no', existing_type=sa.Integer(), nullable=True)",
            ),
        ],
        _ROWS,
        "SELECT id, no, tags FROM shop",
        [(1, 7, None), (2, 8, None)],
    ),
    History(
        "tables altered by SQL",
        [
            (_SHOP, _NO_SHOP),
            (
                "op.execute('ALTER TABLE shop ALTER COLUMN no SET NOT NULL, ADD CONSTRAINT ck_no CHECK (no > 0)')\n"
                "    op.execute('ALTER TABLE shop ADD CONSTRAINT uq_no UNIQUE (no)')",
                "op.execute('ALTER TABLE shop DROP CONSTRAINT uq_no, DROP CONSTRAINT ck_no')\n"
                "    op.execute('ALTER TABLE shop ALTER COLUMN no DROP NOT NULL')",
            ),
        ],
        _ROWS,
        "SELECT sql LIKE '%no INTEGER NOT NULL%ck_no CHECK (no > 0)%uq_no UNIQUE (no)%' FROM sqlite_master "
        "WHERE name = 'shop'",
        [(1,)],
    ),
    History(
        "tables altered by SQL if they have something",
        [
            (f"{_SHOP}; op.create_unique_constraint('uq_no', 'shop', ['no'])", _NO_SHOP),
            (
                "op.execute('ALTER TABLE shop DROP CONSTRAINT IF EXISTS uq_no')\n"
                "    op.execute('ALTER TABLE IF EXISTS shop ADD COLUMN IF NOT EXISTS fax TEXT')",
                "op.execute('ALTER TABLE shop DROP IF EXISTS fax, ADD CONSTRAINT uq_no UNIQUE (no)')",
            ),
        ],
        _ROWS,
        "SELECT id, no, fax FROM shop",
        [(1, 7, None), (2, 8, None)],
    ),
    History(
        "indexes with other names",
        [
            (
                f"{_SHOP}; op.create_index('ix_no', 'shop', ['no'], unique=True)\n"
                "    op.create_table('till', sa.Column('id', sa.Integer()), "
                "sa.PrimaryKeyConstraint('id', name='pk_till'))",
                f"op.drop_table('till'); op.drop_index('ix_no', table_name='shop'); {_NO_SHOP}",
            ),
            (
                "op.execute('ALTER INDEX ix_no RENAME TO ix_number')\n"
                "    op.execute('ALTER INDEX IF EXISTS pk_till RENAME TO pk_tills;')",
                "op.execute('ALTER INDEX pk_tills RENAME TO pk_till')\n"
                "    op.execute('ALTER INDEX \"ix_number\" RENAME TO ix_no')",
            ),
            (
                "op.rename_table('shop', 'store')\n    op.alter_column('store', 'no', new_column_name='number')\n"
                "    op.execute('ALTER INDEX ix_number RENAME TO ix_store')",
                "op.execute('ALTER INDEX ix_store RENAME TO ix_number')\n"
                "    op.alter_column('store', 'number', new_column_name='no')\n    op.rename_table('store', 'shop')",
            ),
        ],
        _ROWS,
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        [("CREATE UNIQUE INDEX ix_store ON store (number)",)],
    ),
    History(
        "an index that is a constraint, and a constraint that is an index",
        [
            (
                "op.create_table('shop', sa.Column('id', sa.Integer(), primary_key=True), "
                "sa.Column('no', sa.Integer(), unique=True), sa.Column('a', sa.String(9)), "
                "sa.Column('b', sa.String(9)), sa.UniqueConstraint('a', 'b', name='uq_ab'))\n"
                "    op.create_index('ix_b', 'shop', ['b'], unique=True)",
                _NO_SHOP,
            ),
            (
                "op.drop_index('uq_ab', table_name='shop')\n"
                "    op.create_index('uq_ab', 'shop', ['b', 'a'], unique=True)\n"
                "    op.drop_constraint('ix_b', 'shop', type_='unique')\n"
                "    with op.batch_alter_table('shop') as batch_op:\n"
                "        batch_op.drop_index('no')",
                "op.create_index('no', 'shop', ['no'], unique=True)\n"
                "    op.create_unique_constraint('ix_b', 'shop', ['b'])\n"
                "    op.execute('ALTER TABLE shop DROP INDEX uq_ab')\n"
                "    op.create_unique_constraint('uq_ab', 'shop', ['a', 'b'])",
            ),
            (
                "op.execute('ALTER TABLE `shop` DROP INDEX `uq_ab`, ADD UNIQUE KEY `uq_ab` (`a`, `no`)')",
                "op.execute('ALTER TABLE shop DROP INDEX uq_ab, ADD UNIQUE KEY uq_ab (b, a)')",
            ),
        ],
        _ROWS,
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'shop' AND type = 'index' AND sql IS NOT NULL",
        [("CREATE UNIQUE INDEX uq_ab ON shop (a, no)",)],
    ),
    History(
        "an extension, a type, a function, a trigger and an index",
        [
            (
                f"op.execute('CREATE EXTENSION citext'); op.execute('SET lock_timeout = 1')\n    {_SHOP}",
                f"{_NO_SHOP}\n    op.execute('DROP EXTENSION citext')",
            ),
            (
                "op.execute(\"CREATE TYPE mood AS ENUM ('a', 'b')\")\n"
                "    mood = postgresql.ENUM('a', 'b', name='mood', create_type=False)\n"
                "    op.add_column('shop', sa.Column('mood', mood))\n"
                "    op.add_column('shop', sa.Column('words', postgresql.TSVECTOR))\n"
                "    op.execute('CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN END $$ LANGUAGE plpgsql')\n"
                "    op.execute('CREATE TRIGGER g BEFORE UPDATE ON shop FOR EACH ROW EXECUTE FUNCTION f()')\n"
                "    op.execute('CREATE INDEX CONCURRENTLY ix_words ON shop USING gin (words)')\n"
                "    op.execute(\"CREATE INDEX ix_text ON shop USING gin (to_tsvector('english', mood))\")\n"
                "    op.execute(\"UPDATE shop SET mood = 'a'::mood\")",
                "op.execute('DROP INDEX ix_text'); op.execute('DROP INDEX ix_words')\n"
                "    op.execute('DROP TRIGGER g ON shop')\n"
                "    op.execute('DROP FUNCTION f()')\n"
                "    op.drop_column('shop', 'words')\n"
                "    op.drop_column('shop', 'mood')\n"
                "    op.execute('DROP TYPE mood')",
            ),
        ],
        _ROWS,
        "SELECT id, mood, words FROM shop",
        [(1, "a", None), (2, "a", None)],
    ),
)
_KNOWN = [
    each
    for each in HISTORIES
    if "if_not_exists" in signature(Operations.add_column).parameters or "there" not in each.name
]
_every_history = pytest.mark.parametrize("history", _KNOWN, ids=lambda each: each.name)


def _lay(history: History, folder: Path) -> list[Path]:
    """The scripts of a history; statements on one line get lines of their own."""
    paths = []
    for number, (upgrade, downgrade) in enumerate(history.scripts, 1):
        up, down = (each.replace("; op.", "\n    op.") for each in (upgrade, downgrade))
        path = lay(folder, number, up, down)
        path.write_text(path.read_text().replace("from alembic import op\n", f"from alembic import op\n{_DIALECT}\n"))
        paths.append(path)
    return paths


def _rewrite(paths: Sequence[Path]) -> None:
    """All scripts as the program leaves them; a second run, with the history read again, changes nothing."""
    for again in (False, True):
        rewriter = Rewriter(Project(portable=True, unsafe_fixes=again))
        results = [rewriter.rewrite(path.read_bytes(), str(path)) for path in paths]
        for path, each in zip(paths, results, strict=True):
            assert each.remaining == ()
            assert not (again and each.changed)
            path.write_bytes(each.result)


@_every_history
def test_it_runs_up_down_and_up_with_its_rows(history: History, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    _rewrite(_lay(history, folder))
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        migration = Migration(with_environment(tmp_path), connection)
        command.upgrade(migration.config, "0001")
        connection.exec_driver_sql(history.rows)
        connection.commit()
        command.upgrade(migration.config, "head")
        found = [tuple(row) for row in connection.exec_driver_sql(history.asks)]
        command.downgrade(migration.config, "0001")
        command.upgrade(migration.config, "head")
        again = [tuple(row) for row in connection.exec_driver_sql(history.asks)]
        command.downgrade(migration.config, "base")
    engine.dispose()

    assert again == found
    assert found == list(history.found)


@_every_history
def test_verify_finds_nothing(history: History, tmp_path: Path) -> None:
    _rewrite(_lay(history, tmp_path))
    report = verify_history(str(tmp_path))

    assert [problem.message for problem in report.problems] == []


@_every_history
def test_other_databases_get_the_same_text(history: History, tmp_path: Path) -> None:
    paths = _lay(history, tmp_path)
    before = [path.read_text() for path in paths]
    _rewrite(paths)
    for path, original in zip(paths, before, strict=True):
        for dialect in DIALECTS:
            for direction in DIRECTIONS:
                if "recreate='always'" not in original:  # which runs on no other database offline
                    assert ddl(path.read_text(), dialect, direction) == ddl(original, dialect, direction)


def test_mariadb_takes_an_index_for_a_constraint(mariadb: Fresh, tmp_path: Path) -> None:
    """The history is one of MySQL's, and goes up and down there as it did before it was made portable."""
    history = next(each for each in HISTORIES if each.name.startswith("an index that"))
    paths = _lay(history, tmp_path / "versions")
    found = []
    for rewritten in (False, True):
        if rewritten:
            _rewrite(paths)
        connection = mariadb()
        migration = Migration(with_environment(tmp_path), connection)
        for step in ("head", "0001", "head"):
            (command.downgrade if step == "0001" else command.upgrade)(migration.config, step)
            found.append(connection.exec_driver_sql("SHOW CREATE TABLE shop").fetchall())

    assert found[:3] == found[3:]


@pytest.mark.parametrize(
    "made",
    [
        "op.create_unique_constraint('uq', 'shop', ['no'], schema='app')",
        "op.create_unique_constraint(NAME, 'shop', ['no'])",
        "op.create_unique_constraint('uq', 'other', ['no'])",
        "op.create_check_constraint('uq', 'shop', 'no > 0')",
        "op.create_unique_constraint('uq', 'shop', ['no'])\n    op.create_index('uq', 'shop', ['no'])",
        "if ASKED:\n        op.create_unique_constraint('uq', 'shop', ['no'])",
        "pass",
    ],
)
def test_an_index_that_is_no_constraint_is_dropped_as_one(made: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, f"{_SHOP}\n    {made}", _NO_SHOP)
    path = lay(tmp_path, 2, "op.drop_index('uq', table_name='shop')", "pass")

    assert not Rewriter(Project(portable=True)).rewrite(path.read_bytes(), str(path)).changed


_WITH_BOTH = (
    "op.create_table('shop', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.String(9)), "
    "sa.Column('b', sa.String(9)), sa.Column('c', sa.String(9), unique=True), sa.UniqueConstraint('a', name='uq_a'))\n"
    "    op.create_index('ix_b', 'shop', ['b'], unique=True)"
)


@pytest.mark.parametrize(
    ("upgrade", "downgrade"),
    [
        ("for name in ('uq_a', 'ix_b'):\n        op.drop_index(name, table_name='shop')", "pass"),
        ("for name in ('uq_a', 'ix_b'):\n        op.drop_constraint(name, 'shop', type_='unique')", "pass"),
        ("op.drop_index('uq_a', table_name='shop', if_exists=True)", "pass"),
        ("def drop(op):\n        op.drop_index('uq_a', 'shop')\n    drop(op)", "pass"),
        ("def drop(to):\n        to.drop_index('uq_a', 'shop')\n    drop(op)", "pass"),
        ("if 'uq_a' in names:\n        op.drop_index('uq_a', 'shop')", "pass"),
    ],
)
def test_what_is_not_sure_is_dropped_as_it_is_told(upgrade: str, downgrade: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, _WITH_BOTH, _NO_SHOP)
    path = lay(tmp_path, 2, upgrade, downgrade)
    rewritten = Rewriter(Project(portable=True)).rewrite(path.read_bytes(), str(path))

    assert b"dialect.name" not in rewritten.result
    assert {each.code.code for each in rewritten.findings} <= {"SB101", "SB110"}


def test_an_index_of_which_no_script_tells_is_dropped(tmp_path: Path) -> None:
    """SQLite is asked whether there is one before it drops a constraint without a name."""
    folder = tmp_path / "versions"
    created = "op.execute(''.join(['CREATE INDEX ', 'c', ' ON shop (c)']))"
    _rewrite(
        [lay(folder, 1, f"{_WITH_BOTH}\n    {created}", _NO_SHOP), lay(folder, 2, "op.drop_index('c', 'shop')", "pass")]
    )
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.connect() as connection:
        command.upgrade(Migration(with_environment(tmp_path), connection).config, "head")
        indexes = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")
        found = [name for (name,) in indexes]
        unique = connection.exec_driver_sql("SELECT sql LIKE '%UNIQUE (c)%' FROM sqlite_master WHERE name = 'shop'")
        kept = unique.scalar_one()
    engine.dispose()

    assert found == ["ix_b"]
    assert kept == 1


def test_an_index_that_was_dropped_as_a_constraint_may_be_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    steps = [
        (_WITH_BOTH, _NO_SHOP),
        ("op.drop_constraint('ix_b', 'shop', type_='unique'); op.drop_index('uq_a', 'shop')", "pass"),
        ("op.create_index('ix_b', 'shop', ['b'], unique=True)", "pass"),
        ("op.drop_constraint('ix_b', 'shop', type_='unique')", "pass"),
    ]
    paths = [lay(folder, number, up.replace("; ", "\n    "), down) for number, (up, down) in enumerate(steps, 1)]
    _rewrite(paths)
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.connect() as connection:
        command.upgrade(Migration(with_environment(tmp_path), connection).config, "head")
        found = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''"
        ).fetchall()
    engine.dispose()

    assert found == []


def test_a_drop_by_the_name_of_an_index_means_no_other_constraint(tmp_path: Path) -> None:
    """Without --portable it is told that there is an index."""
    shop = _SHOP.replace("sa.Column('no', sa.Integer())", "sa.Column('no', sa.Integer(), unique=True)")
    lay(tmp_path, 1, f"{shop}\n    op.create_index('ix', 'shop', ['id'], unique=True)", _NO_SHOP)
    path = lay(tmp_path, 2, "op.drop_constraint('ix', 'shop', type_='unique')", "pass")
    rewritten = Rewriter(Project()).rewrite(path.read_bytes(), str(path))

    assert b"naming_convention" not in rewritten.result
    assert [(each.code.code, each.detail, each.hint) for each in rewritten.remaining] == [
        ("SB135", "ix of shop", 'op.drop_index("ix", table_name="shop")')
    ]


def test_sqlite_is_asked_for_a_column_that_may_not_be_there() -> None:
    """Without --portable it is told how to ask."""
    script = (
        'from alembic import op\n\n\ndef upgrade():\n    op.execute("ALTER TABLE shop DROP COLUMN IF EXISTS fax")\n'
    )
    told = rewrite_source(script.encode())
    assert not told.changed
    assert [(each.code.code, 'if "fax" in {' in each.remedy) for each in told.findings] == [("SB108", True)]
    rewritten = rewrite_source(script.encode(), portable=True)
    statement = '    op.execute("ALTER TABLE shop DROP COLUMN IF EXISTS fax")'
    test = 'if "fax" in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("shop")}:'
    here = f'    if op.get_context().dialect.name != "sqlite":\n    {statement}\n    else:\n        {test}\n'
    expected = "import sqlalchemy as sa\n" + script.replace(statement + "\n", here)
    assert rewritten.result.decode().startswith(expected)
    assert rewritten.remaining == ()


_RENAMING = "op.execute('ALTER INDEX ix_no RENAME TO ix_number')"


@pytest.mark.parametrize(
    "made",
    [
        "op.create_unique_constraint('uq_no', 'shop', COLUMNS)",
        "op.create_check_constraint('uq_no', 'shop', condition())",
        "op.create_foreign_key('uq_no', 'shop', OTHER, ['no'], ['id'])",
        "op.create_foreign_key('uq_no', 'shop', 'other', ['no'], ['id'], ondelete=ACTION)",
        "op.create_unique_constraint('uq_no', 'shop', ['no'], schema='app')",
        "op.create_unique_constraint('uq_no', 'other', ['no'])",
        "op.create_unique_constraint('uq_no', 'shop', ['no']); op.drop_constraint('uq_no', 'shop')",
        "if ASKED:\n        op.create_unique_constraint('uq_no', 'shop', ['no'])",
        "op.create_index('uq_no', 'shop', ['no'], unique=True)",
        "pass",
    ],
)
def test_a_constraint_of_which_not_all_is_known_is_left(made: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, f"{_SHOP}\n    {made}", _NO_SHOP)
    path = lay(tmp_path, 2, "op.execute('ALTER TABLE shop RENAME CONSTRAINT uq_no TO uq_number')", "pass")
    rewritten = Rewriter(Project(portable=True)).rewrite(path.read_bytes(), str(path))

    assert not rewritten.changed
    assert [each.code.code for each in rewritten.findings] == ["SB131"]


@pytest.mark.parametrize(
    "index",
    [
        "op.create_index('ix_no', 'shop', [sa.text('abs(no)')])",
        "op.create_index('ix_no', 'shop', COLUMNS)",
        "op.create_index('ix_no', 'shop', ['no'], unique=UNIQUE)",
        "op.create_index('ix_no', 'shop', ['no'], sqlite_where=sa.text('no > 1'))",
        "op.create_index('ix_no', 'shop', ['no']); op.create_index('ix_no', 'other', ['no'])",
        "op.create_index('ix_no', 'shop', ['no']); op.drop_index('ix_no')",
        "op.create_unique_constraint('ix_no', 'shop', ['no'])",
        "pass",
    ],
)
def test_an_index_of_which_not_all_is_known_is_left(index: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, f"{_SHOP}\n    {index}", _NO_SHOP)
    path = lay(tmp_path, 2, _RENAMING, "pass")
    rewritten = Rewriter(Project(portable=True)).rewrite(path.read_bytes(), str(path))

    assert not rewritten.changed
    assert [each.code.code for each in rewritten.findings] == ["SB108"]
