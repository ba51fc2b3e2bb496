"""What stands around a block keeps what the copy of its table loses: on real SQLite, up, down and up again."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.pool import NullPool

from sqlite_batchify.findings import (
    INDEX_GOES,
    LEFT_BEHIND_BY_COLUMN,
    LOOKED_AT,
    ROWS_NOT_FOUND,
    TRIGGER_GOES,
    Code,
    Finding,
)
from sqlite_batchify.operations import AUTOGENERATE, MINIMAL
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter, rewrite_source
from tests.support.helpers import Run
from tests.support.offline import DIALECTS, DIRECTIONS, ddl

_SCRIPT = '''\
"""A step"""

from alembic import op
import sqlalchemy as sa

revision = "a{number}"
down_revision = {down!r}

NAMES = "CREATE VIEW names AS SELECT id, name FROM account"


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''
_TABLES = """
op.create_table(
    "account",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.Text()),
    sa.Column("age", sa.Integer()),
)
op.create_table("other", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("text", sa.Text()))
"""
_ROWS = (
    "INSERT INTO account VALUES (1, 'Ann', 20), (2, 'bob', 30), (7, 'CY', 40)",
    "INSERT INTO other VALUES (1, 'x'), (3, 'y')",
)


class Step(NamedTuple):
    """What one script does."""

    upgrade: str
    downgrade: str = "pass"


_FIRST = Step(_TABLES, 'op.drop_table("other")\nop.drop_table("account")')
_ALTER = Step(
    'op.alter_column("account", "age", existing_type=sa.Integer(), nullable=False)',
    'op.alter_column("account", "age", existing_type=sa.Integer(), nullable=True)',
)
_BOTH = Step(
    """
    # First the one,
    op.alter_column("account", "age", existing_type=sa.Integer(), nullable=False)

    # then the other.
    op.create_unique_constraint("uq_text", "other", ["text"])
    """,
    """
    op.drop_constraint("uq_text", "other", type_="unique")
    op.alter_column("account", "age", existing_type=sa.Integer(), nullable=True)
    """,
)
_BLOCK = Step(
    """
    with op.batch_alter_table("account") as batch_op:
        batch_op.alter_column("age", nullable=False)
    """
)


def _sql(*statements: str) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


_LOG = "CREATE TRIGGER log AFTER INSERT ON account BEGIN INSERT INTO other (text) VALUES (new.name); END"
_KEPT = {
    "a view": Step("op.execute(NAMES)", _sql("DROP VIEW names")),
    "a view with IF NOT EXISTS": Step(
        _sql("CREATE VIEW IF NOT EXISTS names AS SELECT id FROM account;"), _sql("DROP VIEW IF EXISTS names")
    ),
    "views on views": Step(
        _sql(
            "CREATE VIEW names AS SELECT id, name FROM account",
            "CREATE VIEW short AS SELECT id FROM names",
            "CREATE VIEW both AS SELECT short.id, other.text FROM short JOIN other ON other.id = short.id",
        ),
        _sql("DROP VIEW both", "DROP VIEW short", "DROP VIEW names"),
    ),
    "a trigger of a view": Step(
        _sql(
            "CREATE VIEW names AS SELECT id, name FROM account",
            "CREATE TRIGGER put INSTEAD OF INSERT ON names BEGIN INSERT INTO account (name) VALUES (new.name); END",
        ),
        _sql("DROP TRIGGER put", "DROP VIEW names"),
    ),
    "a trigger of the table, about another": Step(_sql(_LOG), _sql("DROP TRIGGER log")),
    "a trigger of another table": Step(
        _sql("CREATE TRIGGER back AFTER DELETE ON other BEGIN DELETE FROM account WHERE id = old.id; END"),
        _sql("DROP TRIGGER back"),
    ),
    "on many lines": Step(
        'op.execute(\n    """\n    CREATE VIEW "All names" AS\n    SELECT name,\n           \'it\'\'s\' AS "what"\n'
        '    FROM account\n    """\n)',
        "op.execute('DROP VIEW \"All names\"')",
    ),
    "what looks like a parameter": Step(
        "op.get_bind().exec_driver_sql(\"CREATE VIEW at AS SELECT id, ':now' AS x, '{\\\"a\\\":1}' AS y FROM account\")"
        "\nop.execute(\"CREATE VIEW b AS SELECT id, 'a \\\\:b' AS x FROM account\")",
        _sql("DROP VIEW b", "DROP VIEW at"),
    ),
    "long": Step(
        _sql(
            f"CREATE VIEW names AS SELECT id, {', '.join(f'name || {number} AS n{number}' for number in range(90))} "
            "FROM account"
        ),
        _sql("DROP VIEW names"),
    ),
    "made on SQLite only": Step(
        f'if op.get_context().dialect.name == "sqlite":\n    {_sql(_LOG)}',
        f'if op.get_context().dialect.name == "sqlite":\n    {_sql("DROP TRIGGER log")}',
    ),
    "a name that SQL uses": Step(
        _sql('CREATE VIEW "order" AS SELECT id FROM account', 'CREATE INDEX "group" ON account (age DESC)'),
        _sql('DROP VIEW "order"', 'DROP INDEX "group"'),
    ),
    "an index on an expression": Step(
        'op.create_index("ix", "account", [sa.text("lower(name)")])', 'op.drop_index("ix", table_name="account")'
    ),
    "an index on a function": Step(
        'op.create_index("ix", "account", ["age", sa.func.lower(sa.column("name"))], unique=True)',
        'op.drop_index("ix", table_name="account")',
    ),
    "a descending index": Step(
        'op.create_index("ix", "account", ["name", sa.text("age DESC")])', 'op.drop_index("ix", "account")'
    ),
    "descending columns": Step(
        'op.create_index("ix", "account", [sa.desc("age"), sa.column("name").desc()])\n'
        'op.create_index("xi", "account", [sa.column("name").collate("NOCASE")], unique=True)',
        'op.drop_index("xi", "account")\nop.drop_index("ix", "account")',
    ),
    "a partial index": Step(
        'op.create_index("ix", "account", [sa.text("age DESC")], unique=True, sqlite_where=sa.text("age > 1"))',
        'op.drop_index("ix", "account")',
    ),
    "an index with the table": Step(
        'op.create_table("Odd", sa.Column("Id", sa.Integer(), primary_key=True), sa.Column("Name", sa.Text()), '
        'sa.Index("IX_odd", sa.text(\'lower("Name")\')))\nop.create_index("ix", "account", [sa.text("age DESC")])',
        'op.drop_index("ix")\nop.drop_table("Odd")',
    ),
    "raw indexes": Step(
        _sql(
            "CREATE UNIQUE INDEX IF NOT EXISTS ix ON account (name COLLATE NOCASE, age DESC) WHERE age > 2",
            "create index \"Xi\" on 'account' (abs(age));",
            "CREATE INDEX plain ON account (age)",
        ),
        _sql("DROP INDEX plain", 'DROP INDEX "Xi"', "DROP INDEX ix"),
    ),
    "an index in a block": Step(
        'with op.batch_alter_table("account") as batch_op:\n    batch_op.create_index("ix", [sa.text("lower(name)")])',
        'op.drop_index("ix")',
    ),
    "indexes in a loop": Step(
        'for name in ("a", "b"):\n    op.create_index(f"ix_{name}", "account", [sa.text("age DESC")])',
        'op.drop_index("ix_b")\nop.drop_index("ix_a")',
    ),
    "all of it": Step(
        f'op.execute(NAMES)\n{_sql(_LOG)}\nop.create_index("ix", "account", [sa.text("lower(name)")])',
        'op.drop_index("ix", "account")\nop.execute("DROP TRIGGER log")\nop.execute("DROP VIEW names")',
    ),
}


def _history(folder: Path, *steps: Step) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for number, step in enumerate(steps, 1):
        upgrade, downgrade = (indent(dedent(each).strip(), "    ") for each in step)
        down = f"a{number - 1}" if number > 1 else None
        paths.append(folder / f"a{number}.py")
        paths[-1].write_text(_SCRIPT.format(number=number, down=down, upgrade=upgrade, downgrade=downgrade))
    return paths


def _rewrite(paths: list[Path], style: str = MINIMAL) -> list[Finding]:
    """Rewrite the scripts twice; returns what remains to be said, which is the same both times."""
    found: list[list[Finding]] = []
    texts: list[list[str]] = []
    for _ in range(2):
        rewriter = Rewriter(Project(style=style))
        found.append([])
        for path in paths:
            done = rewriter.rewrite(path.read_bytes(), str(path))
            path.write_bytes(done.result)
            found[-1] += done.remaining
        texts.append([path.read_text() for path in paths])
    assert texts[0] == texts[1]
    assert [each.code for each in found[0]] == [each.code for each in found[1]]
    return found[1]


Made = dict[tuple[str, str], tuple[str, object]]


def _made(connection: sa.Connection) -> Made:
    """All views, triggers and indexes with their text, and what SQLite knows of the columns of indexes."""
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL"
    )
    return {
        (kind, name): (sql, [tuple(row)[2:] for row in connection.exec_driver_sql(f'PRAGMA index_xinfo("{name}")')])
        for kind, name, sql in rows.all()
    }


def _rows(connection: sa.Connection) -> list[Any]:
    return [connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").all() for table in ("account", "other")]


class _Database(NamedTuple):
    connection: sa.Connection

    def step(self, path: Path, direction: str) -> None:
        names: dict[str, Callable[[], None]] = {}
        with Operations.context(MigrationContext.configure(self.connection)):
            exec(compile(path.read_text(), str(path), "exec"), names)
            names[direction]()
        self.connection.commit()

    def run(self, *statements: str) -> None:
        for each in statements:
            self.connection.exec_driver_sql(each)
        self.connection.commit()

    def ask(self, query: str) -> list[Any]:
        return [tuple(row) for row in self.connection.exec_driver_sql(query)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[_Database]:
    with sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}", poolclass=NullPool).connect() as connection:
        yield _Database(connection)


def _passes(database: _Database, paths: list[Path]) -> None:
    """Up, down and up again: what the scripts before the last have made stays as it is, and so do the rows."""
    *before, last = paths
    database.step(before[0], "upgrade")
    database.run(*_ROWS)
    for path in before[1:]:
        database.step(path, "upgrade")
    made, rows = _made(database.connection), _rows(database.connection)
    for direction in ("upgrade", "downgrade", "upgrade"):
        database.step(last, direction)
        now = _made(database.connection)
        assert {key: now.get(key) for key in made} == made, direction
        assert _rows(database.connection) == rows
    for path in reversed(paths):
        database.step(path, "downgrade")
    assert _made(database.connection) == {}


@pytest.mark.parametrize("style", [MINIMAL, AUTOGENERATE])
@pytest.mark.parametrize("change", [_ALTER, _BOTH], ids=["one block", "two blocks"])
@pytest.mark.parametrize("name", _KEPT)
def test_it_is_as_it_was(name: str, change: Step, style: str, tmp_path: Path, database: _Database) -> None:
    paths = _history(tmp_path / "versions", _FIRST, _KEPT[name], change)

    assert _rewrite(paths, style) == []
    _passes(database, paths)


@pytest.mark.parametrize("style", [MINIMAL, AUTOGENERATE])
@pytest.mark.parametrize("name", ["an index on an expression", "an index on a function", "a descending index"])
def test_a_script_without_sqlalchemy_creates_an_index_by_sql(name: str, style: str, tmp_path: Path) -> None:
    paths = _history(tmp_path / "versions", _FIRST, _KEPT[name], _ALTER)
    text = paths[-1].read_text().replace("import sqlalchemy as sa\n", "").replace("existing_type=sa.Integer(), ", "")
    paths[-1].write_text(text)

    assert _rewrite(paths, style) == []
    assert "op.execute(" in paths[-1].read_text()


@pytest.mark.parametrize("name", _KEPT)
def test_other_databases_get_the_same_sql(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path / "versions", _FIRST, _KEPT[name], _BOTH)
    before = paths[-1].read_text()
    _rewrite(paths)
    after = paths[-1].read_text()

    assert after != before
    for dialect in DIALECTS:
        for direction in DIRECTIONS:
            assert ddl(after, dialect, direction) == ddl(before, dialect, direction) != None  # noqa: E711


@pytest.mark.parametrize(
    "name", ["views on views", "a trigger of the table, about another", "all of it", "raw indexes"]
)
def test_verify_finds_nothing(name: str, tmp_path: Path, run: Run) -> None:
    paths = _history(tmp_path / "versions", _FIRST, _KEPT[name], _BOTH)
    _rewrite(paths)

    assert run("verify", tmp_path / "versions")[0] == 0


_SAME_SCRIPT = {name: step for name, step in _KEPT.items() if "NAMES" not in step.upgrade}


@pytest.mark.parametrize("name", _SAME_SCRIPT)
def test_a_script_that_makes_it_itself_is_as_good(name: str, tmp_path: Path, database: _Database) -> None:
    made = _SAME_SCRIPT[name]
    both = Step(f"{dedent(made.upgrade)}\n{_ALTER.upgrade}", f"{_ALTER.downgrade}\n{dedent(made.downgrade)}")
    paths = _history(tmp_path / "versions", _FIRST, both)

    assert _rewrite(paths) == []
    for path in paths:
        database.step(path, "upgrade")
    made_together = _made(database.connection)
    for path in reversed(paths):
        database.step(path, "downgrade")
    assert _made(database.connection) == {}

    for path in _history(tmp_path / "apart", _FIRST, made):
        database.step(path, "upgrade")
    assert made_together == _made(database.connection)


_GONE = {
    "dropped in another script": (_KEPT["a view"], Step(_sql("DROP VIEW names"), "op.execute(NAMES)")),
    "an index dropped without its table": (
        _KEPT["an index on an expression"],
        Step('op.drop_index("ix")', 'op.create_index("ix", "account", [sa.text("lower(name)")])'),
    ),
    "an index dropped by SQL": (_KEPT["raw indexes"], Step(_sql("DROP INDEX ix", 'DROP INDEX "Xi"'))),
    "a table dropped": (
        Step('op.create_table("more", sa.Column("id", sa.Integer()))\nop.execute("CREATE INDEX ix ON more (id DESC)")'),
        Step('op.drop_table("more")\nop.create_table("more", sa.Column("id", sa.Integer()))'),
        Step('op.alter_column("more", "id", nullable=False)'),
    ),
    "made perhaps": (
        Step(
            'if sa.inspect(op.get_bind()).has_table("no"):\n    op.execute(NAMES)\n'
            '    op.create_index("ix", "account", [sa.text("lower(name)")])'
        ),
    ),
}


@pytest.mark.parametrize("name", _GONE)
def test_what_is_gone_is_not_made_again(name: str, tmp_path: Path, database: _Database) -> None:
    paths = _history(tmp_path / "versions", _FIRST, *_GONE[name], _ALTER)

    assert _rewrite(paths) == []
    assert "dialect.name" not in paths[-1].read_text()
    for path in paths:
        database.step(path, "upgrade")
    assert not {"names", "ix", "Xi"} & {name for _, name in _made(database.connection)}


def test_a_column_that_nothing_names_may_be_renamed_before(tmp_path: Path, database: _Database) -> None:
    renamed = Step(
        'op.alter_column("other", "text", new_column_name="words")',
        'op.alter_column("other", "words", new_column_name="text")',
    )
    change = Step(_ALTER.upgrade, _ALTER.downgrade)
    paths = _history(tmp_path / "versions", _FIRST, _KEPT["a view"], renamed, change)

    assert _rewrite(paths) == []
    _passes(database, paths)


def test_a_view_of_all_columns_does_not_mind_one_less(tmp_path: Path, database: _Database) -> None:
    view = Step(_sql("CREATE VIEW every AS SELECT * FROM account"), _sql("DROP VIEW every"))
    paths = _history(
        tmp_path / "versions",
        _FIRST,
        view,
        Step('op.drop_column("account", "age")\nop.alter_column("account", "name", nullable=False)'),
    )

    assert _rewrite(paths) == []
    for path in paths:
        database.step(path, "upgrade")
    assert database.ask("SELECT * FROM every") == []
    assert database.ask("SELECT name FROM pragma_table_info('every')") == [("id",), ("name",)]


_LEFT: dict[str, tuple[Code, tuple[Step, ...]]] = {
    "a column of a view is dropped": (LOOKED_AT, (_KEPT["a view"], Step('op.drop_column("account", "name")'))),
    "a column of a view is renamed in a block": (
        LOOKED_AT,
        (
            _KEPT["a view"],
            Step('op.alter_column("account", "name", new_column_name="nick", nullable=False)'),
        ),
    ),
    "a table has got another name": (
        LOOKED_AT,
        (
            _KEPT["a view"],
            Step('op.rename_table("account", "a")\nop.alter_column("a", "age", nullable=False)'),
        ),
    ),
    "another table of the view has got another name": (
        LOOKED_AT,
        (
            _KEPT["views on views"],
            Step('op.rename_table("other", "o")'),
            _ALTER,
        ),
    ),
    "a column has got another name": (
        LOOKED_AT,
        (
            _KEPT["a view"],
            Step('op.alter_column("account", "name", new_column_name="nick")'),
            Step(_ALTER.upgrade),
        ),
    ),
    "a column has got another name by SQL": (
        LOOKED_AT,
        (
            _KEPT["a view"],
            Step(_sql("ALTER TABLE account RENAME COLUMN name TO nick")),
            Step(_ALTER.upgrade),
        ),
    ),
    "a trigger names the column": (
        TRIGGER_GOES,
        (
            Step(_sql(_LOG)),
            Step('op.drop_column("account", "name")'),
        ),
    ),
    "an index has a column that is renamed": (
        INDEX_GOES,
        (
            _KEPT["a descending index"],
            Step('op.alter_column("account", "age", new_column_name="years", nullable=False)'),
        ),
    ),
    "a loop over tables": (
        INDEX_GOES,
        (
            _KEPT["a descending index"],
            Step(
                'for table, column in (("account", "age"), ("other", "text")):\n'
                "    op.alter_column(table, column, nullable=False)"
            ),
        ),
    ),
    "a block that stands in the script": (INDEX_GOES, (_KEPT["an index on an expression"], _BLOCK)),
    "a block with a descending index": (INDEX_GOES, (_KEPT["a descending index"], _BLOCK)),
    "a block that drops the column of a descending index": (
        LEFT_BEHIND_BY_COLUMN,
        (
            _KEPT["a descending index"],
            Step('with op.batch_alter_table("account") as batch_op:\n    batch_op.drop_column("age")'),
        ),
    ),
}


@pytest.mark.parametrize("name", _LEFT)
def test_what_cannot_be_kept_is_found(name: str, tmp_path: Path) -> None:
    code, steps = _LEFT[name]
    found = _rewrite(_history(tmp_path / "versions", _FIRST, *steps))

    assert {each.code for each in found} == {code}
    assert found[-1].path.endswith(f"a{1 + len(steps)}.py")


_NOTHING = {
    "an index of a dropped column": (
        _KEPT["an index on an expression"],
        Step(
            'op.drop_column("account", "name")\n'
            'op.alter_column("account", "age", existing_type=sa.Integer(), nullable=False)'
        ),
    ),
    "a descending index of a dropped column": (
        _KEPT["a descending index"],
        Step('op.drop_column("account", "age")\nop.alter_column("account", "name", nullable=False)'),
    ),
    "an index that is dropped in between": (
        _KEPT["an index on an expression"],
        Step(
            f'{_ALTER.upgrade}\nop.drop_index("ix", table_name="account")\n'
            'op.alter_column("account", "name", nullable=False)'
        ),
    ),
    "a descending index that is dropped in between": (
        _KEPT["a descending index"],
        Step(
            f'{_ALTER.upgrade}\nop.drop_index("ix", table_name="account")\n'
            'op.alter_column("account", "name", nullable=False)'
        ),
    ),
    "an index that a block drops": (
        _KEPT["a descending index"],
        Step(
            'with op.batch_alter_table("account") as b:\n    b.alter_column("age", nullable=False)\n'
            '    b.drop_index("ix")'
        ),
    ),
}


@pytest.mark.parametrize("name", _NOTHING)
def test_indexes_go_where_other_databases_drop_them(name: str, tmp_path: Path, database: _Database) -> None:
    paths = _history(tmp_path / "versions", _FIRST, *_NOTHING[name])

    assert _rewrite(paths) == []
    for path in paths:
        database.step(path, "upgrade")
    assert _made(database.connection) == {}


@pytest.mark.parametrize(
    "statement",
    [
        'sa.text("UPDATE other SET id = id WHERE id = " + str(number))',
        'f"DELETE FROM other WHERE id = {number}"',
        "found",
    ],
)
def test_rows_may_be_changed_by_a_text_that_is_put_together(
    statement: str, tmp_path: Path, database: _Database
) -> None:
    """Also where the script opens a file, from which a statement about views may come."""
    rows = Step(
        f"""
        with open("{os.devnull}") as file:
            number = 1000 + len(file.read())
        found = sa.text("SELECT id FROM other WHERE id > 900")
        op.get_bind().execute({statement if statement[:2] != 'f"' else f"sa.text({statement})"})
        """,
        "pass",
    )
    paths = _history(tmp_path / "versions", _FIRST, _KEPT["all of it"], rows, _ALTER)

    assert _rewrite(paths) == []
    _passes(database, paths)


# A block that takes in more


def test_an_extended_block_is_stood_around(tmp_path: Path, database: _Database) -> None:
    change = Step(
        """
        with op.batch_alter_table("account") as batch_op:
            batch_op.alter_column("age", nullable=False)
        op.create_unique_constraint("uq_name", "account", ["name"])
        op.execute("DELETE FROM other WHERE id > 100")
        op.alter_column("account", "name", nullable=False)
        """,
        """
        op.alter_column("account", "name", nullable=True)
        with op.batch_alter_table("account") as batch_op:
            batch_op.drop_constraint("uq_name", type_="unique")
            batch_op.alter_column("age", nullable=True)
        """,
    )
    paths = _history(tmp_path / "versions", _FIRST, _KEPT["all of it"], change)

    assert _rewrite(paths) == []
    _passes(database, paths)


# Numbers

_INVOICE = Step(
    'op.create_table("invoice", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("sum", sa.Integer()), '
    "sqlite_autoincrement=True)",
    'op.drop_table("invoice")',
)
_SUM = Step(
    'op.alter_column("invoice", "sum", nullable=False)\nop.create_unique_constraint("u", "invoice", ["sum"])',
    'op.drop_constraint("u", "invoice")\nop.alter_column("invoice", "sum", nullable=True)',
)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_numbers_are_not_given_out_again(rows: int, tmp_path: Path, database: _Database) -> None:
    paths = _history(tmp_path / "versions", _INVOICE, _SUM)
    assert _rewrite(paths) == []

    database.step(paths[0], "upgrade")
    database.run(*(f"INSERT INTO invoice (sum) VALUES ({number})" for number in range(rows)))
    database.run("DELETE FROM invoice WHERE id = 2")
    before = database.ask("SELECT * FROM sqlite_sequence")
    for direction in ("upgrade", "downgrade", "upgrade"):
        database.step(paths[1], direction)
        assert database.ask("SELECT * FROM sqlite_sequence") == before
    database.run("INSERT INTO invoice (sum) VALUES (100)")
    assert database.ask("SELECT max(id) FROM invoice") == [(rows + 1,)]


def test_verify_finds_nothing_of_numbers(tmp_path: Path, run: Run) -> None:
    _rewrite(_history(tmp_path / "versions", _INVOICE, _SUM))

    assert run("verify", tmp_path / "versions")[0] == 0


_NO_NUMBERS = {
    "no AUTOINCREMENT": _INVOICE._replace(upgrade=_INVOICE.upgrade.replace("sqlite_autoincrement=True", "")),
    "perhaps": _INVOICE._replace(upgrade=_INVOICE.upgrade.replace("=True)", "=bool(sa))").replace("key=bool(sa)", "")),
}


@pytest.mark.parametrize("name", _NO_NUMBERS)
def test_numbers_are_left_alone_where_there_may_be_none(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path / "versions", _NO_NUMBERS[name], _SUM)
    _rewrite(paths)

    assert "sqlite_sequence" not in paths[1].read_text()


def test_a_script_that_keeps_the_number_itself_is_left_alone(tmp_path: Path) -> None:
    own = Step(_sql("UPDATE sqlite_sequence SET seq = 100 WHERE name = 'invoice'") + "\n" + _SUM.upgrade)
    paths = _history(tmp_path / "versions", _INVOICE, own)
    _rewrite(paths)

    assert paths[1].read_text().count("sqlite_sequence") == 1


# Rowids

_PAGES = Step(
    'op.create_table("page", sa.Column("slug", sa.String(20), primary_key=True), sa.Column("size", sa.Integer()), '
    'sa.Column("body", sa.Text()))\n' + _sql("CREATE VIRTUAL TABLE words USING fts5(body, content='page')"),
    'op.execute("DROP TABLE words")\nop.drop_table("page")',
)
_SIZE = Step('op.alter_column("page", "size", nullable=False)', 'op.alter_column("page", "size", nullable=True)')


def _full_text() -> bool:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return bool(connection.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0])


@pytest.mark.skipif(not _full_text(), reason="SQLite is built without fts5")
class TestFullText:
    def test_its_rows_are_found(self, tmp_path: Path, database: _Database) -> None:
        paths = _history(tmp_path / "versions", _PAGES, _SIZE)
        assert _rewrite(paths) == []

        database.step(paths[0], "upgrade")
        database.run("INSERT INTO page VALUES ('a', 1, 'alpha'), ('b', 2, 'beta'), ('c', 3, 'gamma')")
        database.run("INSERT INTO words (words) VALUES ('rebuild')", "DELETE FROM page WHERE slug = 'a'")
        for direction in ("upgrade", "downgrade", "upgrade"):
            database.step(paths[1], direction)
            found = "SELECT slug FROM words JOIN page ON page.rowid = words.rowid WHERE words MATCH 'gamma'"
            assert database.ask(found) == [("c",)]

    def test_a_block_of_the_script_is_found(self, tmp_path: Path) -> None:
        block = Step('with op.batch_alter_table("page") as b:\n    b.alter_column("size", nullable=False)')
        paths = _history(tmp_path / "versions", _PAGES, block)
        assert [each.code for each in _rewrite(paths)] == [ROWS_NOT_FOUND]

        rebuilt = block.upgrade + "\n" + _sql("INSERT INTO words(words) VALUES('rebuild')")
        assert _rewrite(_history(tmp_path / "versions", _PAGES, Step(rebuilt))) == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("sa.String(20), primary_key", "sa.Integer(), primary_key"),
            ("content='page'", "content=''"),
            ("content='page'", "content='page', content_rowid='size'"),
            ("content='page'", "content='other'"),
            ("sa.String(20), primary_key", 'sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key'),
        ],
    )
    def test_others_are_left_alone(self, old: str, new: str, tmp_path: Path) -> None:
        pages = _PAGES._replace(upgrade=_PAGES.upgrade.replace(old, new).replace("'" + new + "'", new))
        paths = _history(tmp_path / "versions", pages, _SIZE)

        assert _rewrite(paths) == []
        assert "rebuild" not in paths[1].read_text()


# How it is written


def test_the_ends_of_lines_are_those_of_the_script() -> None:
    step = f'op.execute("""\n    CREATE VIEW names AS\n    SELECT id FROM account\n""")\n{_ALTER.upgrade}'
    text = _SCRIPT.format(number=1, down=None, upgrade=indent(step, "    "), downgrade="    pass")

    result = rewrite_source(text.replace("\n", "\r\n").encode()).result

    assert result.count(b"CREATE VIEW names") == 3
    assert result.count(b"\n") == result.count(b"\r\n")


@pytest.mark.parametrize("alias", ["import sqlalchemy as db", "import sqlalchemy", "from sqlalchemy import text"])
def test_sqlalchemy_has_the_name_that_it_has_in_the_script(alias: str) -> None:
    name = {"import sqlalchemy": "sqlalchemy.text", "import sqlalchemy as db": "db.text"}.get(alias, "text")
    made = f'op.create_index("ix", "account", [{name}("lower(name)")])'
    text = _SCRIPT.format(
        number=1, down=None, upgrade=indent(f"{made}\n{_ALTER.upgrade}", "    "), downgrade="    pass"
    )

    result = rewrite_source(text.replace("import sqlalchemy as sa", alias).encode()).result.decode()

    again = result.rpartition("sqlite")[2]
    assert (made if name != "text" else 'op.execute("CREATE INDEX ix ON account (lower(name))")') in again


@pytest.mark.parametrize("unknown", ["op.create_entity(names_trigger)", "op.execute(a_view)"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_what_is_not_known_makes_no_index_again(unknown: str, before: bool) -> None:
    """Of an operation's own: what is executed may be about views and triggers."""
    made = ['op.create_index("ix", "account", [sa.text("lower(name)")])']
    changed = ['op.create_foreign_key("fk", "account", "other", ["age"], ["id"])']
    steps = [*_TABLES.strip().splitlines(), *made, *([unknown] if before else []), *changed]
    steps += [] if before else [unknown]
    script = _SCRIPT.format(number=0, down=None, upgrade=indent("\n".join(steps), "    "), downgrade="    pass")
    result = rewrite_source(script.encode()).result.decode()

    assert 'op.drop_index("ix", table_name="account")' in result
    assert result.count('op.create_index("ix", "account"') == 2
