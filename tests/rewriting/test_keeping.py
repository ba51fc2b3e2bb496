"""Blocks keep what the copy of a table would lose, as far as the history tells it; the rest is found."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from sqlite_batchify.findings import CHILDREN_GO, LEFT_BEHIND_BY_COLUMN, VALUES_SPOILED, Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from tests.support.helpers import OLD, Run
from tests.support.offline import DIALECTS, DIRECTIONS, ddl

_SCRIPT = """\
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "a{number}"
down_revision = {down!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
"""
Step = tuple[str, str]


def _table(*items: str, name: str = "t", more: str = "") -> Step:
    columns = ['sa.Column("id", sa.Integer(), nullable=False)', 'sa.Column("n", sa.Integer())', *items]
    listed = ", ".join([*columns, 'sa.PrimaryKeyConstraint("id")'])
    return f'op.create_table("{name}", {listed}{more})', f'op.drop_table("{name}")'


def _nullable(column: str = "n", table: str = "t", type_: str = "sa.Integer()") -> Step:
    up, down = (
        f'op.alter_column("{table}", "{column}", existing_type={type_}, nullable={each})' for each in (False, True)
    )
    return up, down


def _retyped(old: str, new: str, column: str = "c", more: str = "") -> Step:
    up, down = (
        f'op.alter_column("t", "{column}", existing_type={one}, type_={other}{more})'
        for one, other in ((old, new), (new, old))
    )
    return up, down


def _both(*steps: Step) -> Step:
    return "\n".join(up for up, _ in steps), "\n".join(down for _, down in reversed(steps))


_COPY = _nullable()
_CHECK = 'sa.CheckConstraint("n > 0")'
_OTHERS = _table(name="p")
_TEXT = 'sa.Column("c", sa.String(40))'
KEPT: dict[str, tuple[list[Step], str]] = {
    "a CHECK of the table": ([_table(_CHECK), _COPY], 'table_args=(sa.CheckConstraint("n > 0"),)'),
    "a CHECK of a column": (
        [_table('sa.Column("m", sa.Integer(), sa.CheckConstraint("m < 100"))'), _COPY],
        'table_args=(sa.CheckConstraint("m < 100"),)',
    ),
    "two, copied twice": (
        [_table(_CHECK, 'sa.CheckConstraint("id <> 5000")'), _COPY, _nullable("id")[::-1]],
        'table_args=(sa.CheckConstraint("n > 0"), sa.CheckConstraint("id <> 5000"))',
    ),
    "a CHECK as text": ([_table('sa.CheckConstraint(sa.text("n <> 7"))'), _COPY], 'sa.CheckConstraint("n <> 7")'),
    "a CHECK with a colon": (
        [_table('sa.Column("s", sa.Text())', "sa.CheckConstraint(r\"s <> 'a\\:b'\")"), _COPY],
        "sa.CheckConstraint(\"s <> 'a\\\\:b'\")",
    ),
    "a CHECK beside one with a name": (
        [_table('sa.CheckConstraint("n > 0", name="ck_n")', 'sa.CheckConstraint("id <> 5000")'), _COPY],
        'table_args=(sa.CheckConstraint("id <> 5000"),)',
    ),
    "that of a Boolean": (
        [_table('sa.Column("f", sa.Boolean(create_constraint=True))'), _COPY],
        'sa.CheckConstraint("f IN (0, 1)")',
    ),
    "that of an Enum": (
        [_table('sa.Column("order", sa.Enum("a", "it\'s", native_enum=False, create_constraint=True))'), _COPY],
        "sa.CheckConstraint('\"order\" IN (\\'a\\', \\'it\\'\\'s\\')')",
    ),
    "of a column that is renamed": (
        [
            _table(_CHECK),
            (
                'op.alter_column("t", "n", new_column_name="k")',
                'op.alter_column("t", "k", new_column_name="n")',
            ),
            _nullable("k"),
        ],
        'sa.CheckConstraint("k > 0")',
    ),
    "of a table that is renamed": (
        [_table(_CHECK), ('op.rename_table("t", "u")', 'op.rename_table("u", "t")'), _nullable(table="u")],
        'batch_alter_table("u", table_args=(sa.CheckConstraint("n > 0"),))',
    ),
    "of a column of another type": (
        [_table(_CHECK), _retyped("sa.Integer()", "sa.BigInteger()", "n")],
        'sa.CheckConstraint("n > 0")',
    ),
    "AUTOINCREMENT": (
        [_table(more=", sqlite_autoincrement=True"), _COPY],
        'table_kwargs={"sqlite_autoincrement": True}',
    ),
    "AUTOINCREMENT and a CHECK": (
        [_table(_CHECK, more=", sqlite_autoincrement=True"), _COPY, _COPY[::-1]],
        'table_kwargs={"sqlite_autoincrement": True}, table_args=(sa.CheckConstraint("n > 0"),)',
    ),
    "a default with a colon": (
        [_table('sa.Column("s", sa.JSON(), nullable=False, server_default=\'{"dark":true}\')'), _COPY],
        'reflect_args=[sa.Column("s", sa.JSON(), nullable=False, server_default=\'{"dark":true}\')]',
    ),
    "a default with a colon as text": (
        [_table('sa.Column("s", sa.Text(), server_default=sa.text(r"\'{\\"a\\"\\:b}\'"))'), _COPY],
        "reflect_args=[",
    ),
    "a collation": (
        [_table('sa.Column("s", sa.String(20, collation="NOCASE"), nullable=False)'), _COPY, _COPY[::-1]],
        'reflect_args=[sa.Column("s", sa.String(20, collation="NOCASE"), nullable=False)]',
    ),
    "ON CONFLICT of NOT NULL": (
        [
            _table(
                'sa.Column("s", sa.Text(), server_default="x", nullable=False, sqlite_on_conflict_not_null="REPLACE")'
            ),
            _COPY,
        ],
        'sqlite_on_conflict_not_null="REPLACE"',
    ),
    "a deferrable reference": (
        [
            _OTHERS,
            _table(),
            (
                'op.add_column("t", sa.Column("p", sa.Integer(), sa.ForeignKey("p.id", ondelete="CASCADE", '
                'deferrable=True, initially="DEFERRED")), inline_references=True)',
                'op.drop_column("t", "p")',
            ),
            _COPY,
            _COPY[::-1],
        ],
        'sa.ForeignKey("p.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")',
    ),
    "a UUID": (
        [_table('sa.Column("u", sa.UUID(), nullable=False)'), _COPY, _COPY[::-1]],
        'reflect_args=[sa.Column("u", sa.UUID(), nullable=False)]',
    ),
    "a UUID of PostgreSQL's": (
        [_table('sa.Column("u", postgresql.UUID(as_uuid=True))'), _COPY],
        'reflect_args=[sa.Column("u", sa.UUID())]',
    ),
    "UUIDs that are a key and refer to one": (
        [
            ('op.create_table("p", sa.Column("id", sa.UUID(), primary_key=True))', 'op.drop_table("p")'),
            (
                'op.create_table("t", sa.Column("id", sa.UUID(), nullable=False), sa.Column("n", sa.Integer()), '
                'sa.Column("u", sa.UUID(), nullable=False), sa.PrimaryKeyConstraint("id"), '
                'sa.ForeignKeyConstraint(["u"], ["p.id"], name="fk_u", ondelete="CASCADE"))',
                'op.drop_table("t")',
            ),
            _COPY,
        ],
        'sa.Column("u", sa.UUID(), sa.ForeignKey("p.id", name="fk_u", ondelete="CASCADE"), nullable=False)',
    ),
    "a UUID that is added": (
        [
            _table(),
            ('op.add_column("t", sa.Column("u", sa.UUID()))', 'op.drop_column("t", "u")'),
            _COPY,
        ],
        'reflect_args=[sa.Column("u", sa.UUID())]',
    ),
    "a UUID that is renamed": (
        [
            _table('sa.Column("u", sa.UUID())'),
            (
                'op.alter_column("t", "u", new_column_name="v")',
                'op.alter_column("t", "v", new_column_name="u")',
            ),
            _COPY,
        ],
        'reflect_args=[sa.Column("v", sa.UUID())]',
    ),
    "bytes of a length": (
        [_table('sa.Column("b", sa.BINARY(16), nullable=False)'), _COPY],
        'reflect_args=[sa.Column("b", sa.BINARY(16), nullable=False)]',
    ),
    "text to a time": (
        [_table(_TEXT), _retyped("sa.String(40)", "sa.DateTime(timezone=True)")],
        'reflect_args=[sa.Column("c", sa.DateTime(timezone=True))]',
    ),
    "text to a number": (
        [_table('sa.Column("order", sa.String(20))'), _retyped("sa.String(20)", "sa.Numeric(10, 2)", "order")],
        'reflect_args=[sa.Column("order", sa.Numeric(10, 2))]',
    ),
    "text to a Boolean": ([_table(_TEXT), _retyped("sa.String(40)", "sa.Boolean()")], 'sa.Column("c", sa.Boolean())'),
    "text to a UUID": (
        [_table(_TEXT), _retyped("sa.String(40)", "postgresql.UUID()", more=', postgresql_using="c::uuid"')],
        'sa.Column("c", postgresql.UUID())',
    ),
    "a date to a time, and back": (
        [_table('sa.Column("c", sa.Date())'), _retyped("sa.Date()", "sa.DateTime()")],
        'sa.Column("c", sa.Date())',
    ),
    "a float to an integer": (
        [_table('sa.Column("c", sa.Float())'), _retyped("sa.Float()", "sa.Integer()")],
        'sa.Column("c", sa.Integer())',
    ),
    "a type that the history tells": (
        [_table(_TEXT), ('op.alter_column("t", "c", type_=sa.Time())', 'op.alter_column("t", "c", type_=sa.String())')],
        'sa.Column("c", sa.Time())',
    ),
    "with its key, its default and all": (
        [
            _OTHERS,
            _table(
                'sa.Column("c", sa.String(), sa.ForeignKey("p.id", ondelete="SET NULL", name="fk"), unique=True, '
                'nullable=False, server_default="2020-01-01", index=False)',
                'sa.Column("d", sa.Text(), index=True)',
            ),
            _retyped("sa.String()", "sa.Date()"),
        ],
        'sa.Column("c", sa.Date(), sa.ForeignKey("p.id", name="fk", ondelete="SET NULL"), nullable=False, '
        'server_default="2020-01-01")',
    ),
    "with a default that the database works out": (
        [
            _table('sa.Column("c", sa.String(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)'),
            _retyped("sa.String()", "sa.TIMESTAMP()"),
        ],
        'nullable=False, server_default=sa.text("CURRENT_TIMESTAMP"))',
    ),
    "several columns in one block": (
        [
            _table(_TEXT, 'sa.Column("d", sa.Text(), nullable=False)'),
            _both(_retyped("sa.String(40)", "sa.Date()"), _retyped("sa.Text()", "sa.Time()", "d")),
        ],
        'reflect_args=[sa.Column("c", sa.Date()), sa.Column("d", sa.Time(), nullable=False)]',
    ),
    "as other databases have it": (
        [
            _table(_TEXT),
            (
                'if op.get_context().dialect.name == "postgresql":\n    '
                'op.alter_column("t", "c", existing_type=sa.String(), server_default="x")',
                "pass",
            ),
            _retyped("sa.String(40)", "sa.DateTime()"),
        ],
        'reflect_args=[sa.Column("c", sa.DateTime())]',
    ),
    "in a block that stands there": (
        [
            _table(_TEXT),
            (
                f'{_retyped("sa.String(40)", "sa.Date()")[0]}\nwith op.batch_alter_table("t") as b:\n'
                '    b.alter_column("n", existing_type=sa.Integer(), nullable=False)',
                f"{_retyped('sa.String(40)', 'sa.Date()')[1]}\n{_COPY[1]}",
            ),
        ],
        'batch_alter_table("t", reflect_args=[sa.Column("c", sa.Date())]) as b',
    ),
    "an index on a dropped column": (
        [
            _table('sa.Column("c", sa.Integer(), index=True)'),
            ('op.drop_column("t", "c")', 'op.add_column("t", sa.Column("c", sa.Integer(), index=True))'),
        ],
        'op.drop_index("ix_t_c", table_name="t", if_exists=True)',
    ),
    "a CHECK on a dropped column": (
        [
            _table('sa.Column("c", sa.Integer())', 'sa.CheckConstraint("c > 0", name="ck_c")'),
            (
                'op.drop_column("t", "c")',
                'op.add_column("t", sa.Column("c", sa.Integer()))\nop.create_check_constraint("ck_c", "t", "c > 0")',
            ),
        ],
        'batch_op.drop_constraint("ck_c", type_="check")',
    ),
}
"""Histories, and what one of the scripts says after it is rewritten; then nothing is lost."""
_TAKES_A_NUMBER = {"AUTOINCREMENT", "AUTOINCREMENT and a CHECK"}
"""The number in sqlite_sequence is another thing."""


def _lay(folder: Path, steps: list[Step]) -> list[Path]:
    paths = []
    for number, step in enumerate(steps, 1):
        upgrade, downgrade = (indent(dedent(each).strip(), "    ") for each in step)
        down = f"a{number - 1}" if number > 1 else None
        paths.append(folder / f"a{number}.py")
        paths[-1].write_text(_SCRIPT.format(number=number, down=down, upgrade=upgrade, downgrade=downgrade))
    return paths


def _rewrite(paths: list[Path]) -> list[Finding]:
    """Rewrite the scripts; a second run changes nothing, finds the same, and other databases get what they got."""
    rewriter, again = Rewriter(Project()), Rewriter(Project())
    before = [path.read_text() for path in paths]
    done = [rewriter.rewrite(path.read_bytes(), str(path)) for path in paths]
    for path, each, text in zip(paths, done, before, strict=True):
        path.write_bytes(each.result)
        for dialect in DIALECTS:
            for direction in DIRECTIONS:
                assert ddl(text, dialect, direction) == ddl(path.read_text(), dialect, direction)
    for path, each in zip(paths, done, strict=True):
        second = again.rewrite(path.read_bytes(), str(path))
        assert not second.changed
        assert [found.code for found in second.findings] == [found.code for found in each.remaining]
    return [found for each in done for found in each.findings]


@pytest.mark.parametrize("name", KEPT)
def test_is_kept(name: str, tmp_path: Path) -> None:
    steps, expected = KEPT[name]
    if OLD and "inline_references" in str(steps):
        pytest.skip("this Alembic writes no references inline")
    paths = _lay(tmp_path, steps)

    assert _rewrite(paths) == []
    assert any(expected in path.read_text() for path in paths)

    problems = verify_history(str(tmp_path), foreign_keys="off").problems
    codes = {each.code.code for each in problems if each.code.severity == "error"}
    assert codes <= ({"SB408"} if name in _TAKES_A_NUMBER else set())


NOTHING: dict[str, list[Step]] = {
    "a UUID that is something else on SQLite": [
        _table('sa.Column("u", postgresql.UUID().with_variant(sa.String(36), "sqlite"))'),
        _COPY,
    ],
    "a UUID of a key with a name, which reflect_args would take away": [
        (
            'op.create_table("t", sa.Column("id", sa.UUID(), nullable=False), sa.Column("n", sa.Integer()), '
            'sa.PrimaryKeyConstraint("id", name="pk_t"))',
            'op.drop_table("t")',
        ),
        _COPY,
    ],
    "a CHECK with a name": [_table('sa.CheckConstraint("n > 0", name="ck_n")'), _COPY],
    "a CHECK of which not all is told": [_table("sa.CheckConstraint(condition())"), _COPY],
    "a CHECK that is dropped": [
        _table(_CHECK),
        (
            'op.drop_constraint("t_n_check", "t", type_="check")',
            'op.create_check_constraint("t_n_check", "t", "n > 0")',
        ),
    ],
    "a table that somebody may have changed": [
        _table(_CHECK, more=", sqlite_autoincrement=True"),
        ('op.execute("ALTER TABLE t RENAME COLUMN n TO m")', 'op.execute("ALTER TABLE t RENAME COLUMN m TO n")'),
        _nullable("m"),
    ],
    "a table that may be another": [
        (
            'if op.get_bind():\n    op.create_table("t", sa.Column("n", sa.Integer()), sqlite_autoincrement=True)',
            "pass",
        ),
        _COPY,
    ],
    "AUTOINCREMENT on other databases": [_table(more=", mysql_engine='InnoDB'"), _COPY],
    "AUTOINCREMENT where the key changes": [
        _table(more=", sqlite_autoincrement=True"),
        _retyped("sa.Integer()", "sa.BigInteger()", "id"),
    ],
    "an ordinary default": [_table('sa.Column("s", sa.Text(), server_default="12:30")'), _COPY],
    "longer text": [_table(_TEXT), _retyped("sa.String(40)", "sa.String(80)")],
    "text to JSON": [_table(_TEXT), _retyped("sa.String(40)", "sa.JSON()")],
    "text to JSONB": [_table(_TEXT), _retyped("sa.String(40)", "postgresql.JSONB()")],
    "longer numbers": [_table('sa.Column("c", sa.Integer())'), _retyped("sa.Integer()", "sa.BigInteger()")],
    "numbers to text": [
        _table('sa.Column("c", sa.Integer())'),
        ('op.alter_column("t", "c", type_=sa.String())', "pass"),
    ],
    "an Enum to text": [
        _table('sa.Column("c", sa.Enum("a", name="e"))'),
        ('op.alter_column("t", "c", type_=sa.String())', "pass"),
    ],
    "a Boolean to a number": [_table('sa.Column("c", sa.Boolean())'), _retyped("sa.Boolean()", "sa.SmallInteger()")],
    "a type of which nothing is known": [_table('sa.Column("c", Money())'), _retyped("Money()", "sa.Integer()")],
    "nothing known": [('op.alter_column("t", "c", type_=sa.Integer())', 'op.alter_column("t", "c", type_=sa.Text())')],
    "with a variant": [_retyped("sa.Text()", 'sa.DateTime().with_variant(sa.String(), "sqlite")')],
    "converted by the script": [
        (f'op.execute("UPDATE t SET c = 0")\n{_retyped("sa.Text()", "sa.Integer()")[0]}', "pass"),
    ],
    "on another database": [
        (
            'if op.get_context().dialect.name == "postgresql":\n    ' + _retyped("sa.Text()", "sa.DateTime()")[0],
            "pass",
        ),
    ],
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_given_or_found_where_nothing_is_lost_or_known(name: str, tmp_path: Path) -> None:
    paths = _lay(tmp_path, NOTHING[name])

    assert _rewrite(paths) == []
    text = "".join(path.read_text() for path in paths)
    assert not any(f"{each}=" in text for each in ("reflect_args", "table_kwargs", "table_args"))


_UNTOLD = 'op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT)")', 'op.execute("DROP TABLE t")'
SPOILED: dict[str, list[Step]] = {
    "a table that is not known": [_UNTOLD, _retyped("sa.Text()", "sa.DateTime()")],
    "one of two keys": [
        (
            'op.create_table("t", sa.Column("c", sa.String(20), primary_key=True), '
            'sa.Column("k", sa.Integer(), primary_key=True))',
            'op.drop_table("t")',
        ),
        _retyped("sa.String(20)", "sa.Integer()"),
    ],
    "a block by hand": [
        _table(_TEXT),
        (
            'with op.batch_alter_table("t") as b:\n    b.alter_column("c", type_=sa.DateTime())',
            'op.alter_column("t", "c", type_=sa.String())',
        ),
    ],
    "a default that is not known": [
        _table('sa.Column("c", sa.Text(), server_default=default())'),
        _retyped("sa.Text()", "sa.Date()"),
    ],
    "a column that may be another": [
        _table(_TEXT),
        ('if op.get_bind():\n    op.alter_column("t", "c", server_default="x")', "pass"),
        _retyped("sa.String(40)", "sa.Date()"),
    ],
    "columns in a loop": [
        _table(_TEXT, 'sa.Column("d", sa.String(40))'),
        ('for c in ("c", "d"):\n    op.alter_column("t", c, existing_type=sa.String(), type_=sa.Date())', "pass"),
    ],
    "as PostgreSQL converts it": [
        _UNTOLD,
        ('op.alter_column("t", "c", type_=sa.Integer(), postgresql_using="c::integer")', "pass"),
    ],
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_change_of_type_that_cannot_be_kept_is_found(name: str, tmp_path: Path) -> None:
    paths = _lay(tmp_path, SPOILED[name])
    found = _rewrite(paths)

    assert [(each.code, Path(each.path).name) for each in found] == [(VALUES_SPOILED, paths[-1].name)]


def test_the_remedy_keeps_the_values(tmp_path: Path) -> None:
    paths = _lay(tmp_path, SPOILED["a table that is not known"])
    (found,) = _rewrite(paths)
    remedy = found.remedy.partition("add ")[2].partition(" to type_")[0]
    paths[-1].write_text(paths[-1].read_text().replace("type_=sa.DateTime()", f"type_=sa.DateTime(){remedy}"))

    assert _rewrite(paths) == []
    assert not [each for each in verify_history(str(tmp_path)).problems if each.code.severity == "error"]


_ENV = """\
from alembic import context
from sqlalchemy import create_engine, event

engine = create_engine("sqlite:///app.db")


@event.listens_for(engine, "connect")
def turn_on(connection, _):
    connection.execute("PRAGMA foreign_keys=ON")


with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
_GUARDED = _ENV.replace(
    "    with context.begin", '    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")\n    with context.begin'
)
_CHILD = _table('sa.Column("p", sa.Integer(), sa.ForeignKey("t.id", ondelete="{}"))', name="child")


def _child(action: str) -> Step:
    return _CHILD[0].format(action), _CHILD[1]


def _with_env(folder: Path, env: str, steps: list[Step]) -> list[Path]:
    (folder / "env.py").write_text(env)
    (folder / "versions").mkdir()
    return _lay(folder / "versions", steps)


CHILDREN: dict[str, tuple[list[Step], list[str]]] = {
    "CASCADE": ([_table(), _child("CASCADE"), _COPY], ["child", "child"]),
    "SET NULL": ([_table(), _child("SET NULL"), _COPY], ["child", "child"]),
    "a key of its own": (
        [_table('sa.Column("up", sa.Integer(), sa.ForeignKey("t.id", ondelete="CASCADE"))'), _COPY],
        ["t", "t"],
    ),
    "a key that comes later": (
        [
            _table(),
            _table('sa.Column("p", sa.Integer())', name="child"),
            (
                'op.create_foreign_key("fk", "child", "t", ["p"], ["id"], ondelete="CASCADE")',
                'op.drop_constraint("fk", "child", type_="foreignkey")',
            ),
            _COPY,
        ],
        ["child", "child"],
    ),
    "a block by hand": (
        [
            _table(),
            _child("CASCADE"),
            ('with op.batch_alter_table("t") as b:\n    b.alter_column("n", nullable=False)', "pass"),
        ],
        ["child"],
    ),
    "turned off in one direction": (
        [_table(), _child("CASCADE"), (f'op.execute("PRAGMA foreign_keys = OFF")\n{_COPY[0]}', _COPY[1])],
        ["child"],
    ),
    "turned on again": (
        [
            _table(),
            _child("CASCADE"),
            (
                'op.execute("PRAGMA foreign_keys=off")\nop.execute("DELETE FROM t")\n'
                f'op.execute("PRAGMA foreign_keys=on")\n{_COPY[0]}',
                "pass",
            ),
        ],
        ["child"],
    ),
    "no action": ([_table(), _child("RESTRICT"), _COPY], []),
    "the child dropped": ([_table(), _child("CASCADE"), _child("CASCADE")[::-1], _COPY], []),
    "the child copied": ([_table(), _child("CASCADE"), _nullable("p", "child")], []),
    "no copy": ([_table(), _child("CASCADE"), ('op.add_column("t", sa.Column("x", sa.Text()))', "pass")], []),
}


@pytest.mark.parametrize("name", CHILDREN)
def test_children_of_a_copied_table_are_found_where_foreign_keys_are_on(name: str, tmp_path: Path) -> None:
    steps, expected = CHILDREN[name]
    paths = _with_env(tmp_path, _ENV, steps)
    found = _rewrite(paths)

    assert [(each.code, each.detail) for each in found] == [(CHILDREN_GO, child) for child in expected]
    assert {Path(each.path).name for each in found} <= {paths[-1].name}


def test_what_turns_foreign_keys_on_again_need_not_do_so(tmp_path: Path) -> None:
    assert _rewrite(_with_env(tmp_path, _GUARDED, CHILDREN["turned on again"][0])) == []


@pytest.mark.parametrize("env", [_GUARDED, _ENV.replace("=ON", "=OFF"), "run = 1\n"])
def test_children_are_not_found_where_foreign_keys_are_off(env: str, tmp_path: Path) -> None:
    assert _rewrite(_with_env(tmp_path, env, CHILDREN["CASCADE"][0])) == []


def test_a_hook_on_one_script_hears_of_the_table(run: Run, tmp_path: Path) -> None:
    paths = _lay(tmp_path, [_table(_CHECK, more=", sqlite_autoincrement=True"), _COPY])

    assert run(paths[1])[0] == 0
    assert '{"sqlite_autoincrement": True}' in paths[1].read_text()
    assert 'sa.CheckConstraint("n > 0")' in paths[1].read_text()


def test_a_table_in_another_branch_may_come_later(tmp_path: Path) -> None:
    paths = _lay(tmp_path, [_table(name="other"), _table(more=", sqlite_autoincrement=True"), _COPY])
    paths[2].write_text(paths[2].read_text().replace("down_revision = 'a2'", "down_revision = 'a1'"))
    _rewrite(paths)

    assert "table_kwargs" not in paths[2].read_text()


def test_a_script_without_sqlalchemy_gets_what_it_can_say(tmp_path: Path) -> None:
    paths = _lay(tmp_path, [_table(_CHECK, _TEXT, more=", sqlite_autoincrement=True"), _COPY])
    text = paths[1].read_text().replace("import sqlalchemy as sa\n", "").replace("existing_type=sa.Integer(), ", "")
    paths[1].write_text(text)
    _rewrite(paths)

    assert 'batch_alter_table("t", table_kwargs={"sqlite_autoincrement": True}) as' in paths[1].read_text()


def test_sqlalchemy_under_another_name(tmp_path: Path) -> None:
    paths = _lay(tmp_path, [_table(_CHECK), _COPY])
    paths[1].write_text(paths[1].read_text().replace("sqlalchemy as sa", "sqlalchemy as db").replace("sa.", "db."))
    _rewrite(paths)

    assert 'table_args=(db.CheckConstraint("n > 0"),)' in paths[1].read_text()


def test_a_block_by_hand_has_lost_what_it_does_not_give(tmp_path: Path) -> None:
    block = 'with op.batch_alter_table("t") as b:\n    b.alter_column("n", nullable=False)', "pass"
    paths = _lay(tmp_path, [_table(_CHECK, more=", sqlite_autoincrement=True"), block, _COPY[::-1]])
    _rewrite(paths)

    assert "table_" not in paths[2].read_text()


@pytest.mark.parametrize("downgrade", ["pass", 'op.add_column("t", sa.Column("c", sa.Integer()))'])
def test_a_check_that_does_not_come_back_is_found(downgrade: str, tmp_path: Path) -> None:
    """What drops it would not find it the second time."""
    table = _table('sa.Column("c", sa.Integer())', 'sa.CheckConstraint("c > 0", name="ck_c")')
    found = _rewrite(_lay(tmp_path, [table, ('op.drop_column("t", "c")', downgrade)]))

    assert [each.code for each in found] == [LEFT_BEHIND_BY_COLUMN]
