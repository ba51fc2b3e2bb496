"""What SQLite does by itself stays as it is: columns that it drops and renames, and rows that a copy would delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.pool import NullPool

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.history.scripts import History
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from tests.support.helpers import OLD
from tests.support.histories import lay
from tests.support.offline import DIALECTS, ddl

_BLOCK = "batch_alter_table"
_ACCOUNT = """op.create_table(
        "account",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("c", sa.Integer(){0}),
        sa.Column("d", sa.Integer()),
        {1}
    )"""
_PLAIN = _ACCOUNT.format("", "")
_UNIQUE = _ACCOUNT.format("", 'sa.UniqueConstraint("c", name="u")')
_CHECKED = _ACCOUNT.format("", 'sa.CheckConstraint("d > c")')
_DROP = 'op.drop_column("account", "c")'
_PLAIN_COLUMNS: Mapping[str, tuple[str, str]] = {
    "plain": (_PLAIN, _DROP),
    "with a default": (_ACCOUNT.format(', nullable=False, server_default=sa.text("1")', ""), _DROP),
    "of a type of its own": (_PLAIN.replace('"c", sa.Integer()', '"c", sa.Enum("a", "b", name="e")'), _DROP),
    "beside a constraint": (_ACCOUNT.format("", 'sa.UniqueConstraint("d")'), _DROP),
    "beside a CHECK": (_ACCOUNT.format("", 'sa.CheckConstraint("d > 0")'), _DROP),
    "a text in a CHECK": (_ACCOUNT.format("", "sa.CheckConstraint(\"d <> 'c'\")"), _DROP),
    "beside a foreign key": (_ACCOUNT.format("", 'sa.ForeignKeyConstraint(["d"], ["account.id"])'), _DROP),
    "beside an index": (f'{_PLAIN}\n    op.create_index("ix", "account", ["d"])', _DROP),
    "beside an index on an expression": (
        f'{_PLAIN}\n    op.create_index("ix", "account", [sa.text("abs(d)")])',
        _DROP,
    ),
    "its index dropped": (
        f'{_PLAIN}\n    op.create_index("ix", "account", ["c"])',
        f'op.drop_index("ix", "account")\n    {_DROP}',
    ),
    "its constraint dropped": (
        f'{_UNIQUE}\n    with op.batch_alter_table("account") as batch_op:\n        batch_op.drop_constraint("u")',
        _DROP,
    ),
    "a view of another column": (f'{_PLAIN}\n    op.execute("CREATE VIEW v AS SELECT d FROM account")', _DROP),
    "a view of another table": (
        f'{_PLAIN}\n    op.create_table("t", sa.Column("c", sa.Integer()))\n'
        '    op.execute("CREATE VIEW v AS SELECT c FROM t")',
        _DROP,
    ),
    "a view that is dropped": (
        f'{_PLAIN}\n    op.execute("CREATE VIEW v AS SELECT c FROM account")',
        f'op.execute("DROP VIEW v")\n    {_DROP}',
    ),
    "a trigger on another column": (
        f'{_PLAIN}\n    op.execute("CREATE TRIGGER t AFTER INSERT ON account BEGIN UPDATE account SET d = 1; END")',
        _DROP,
    ),
    "renamed": (
        f'{_PLAIN}\n    op.alter_column("account", "c", new_column_name="e")',
        'op.drop_column("account", "e")',
    ),
    "renamed with the table": (f'{_PLAIN}\n    op.rename_table("account", "t")', 'op.drop_column("t", "c")'),
    "added later": (f'{_PLAIN}\n    op.add_column("account", sa.Column("e", sa.Text()))', _DROP.replace("c", "c")),
    "by keywords": (_PLAIN, 'op.drop_column(table_name="account", column_name="c")'),
    "for SQL Server": (_PLAIN, 'op.drop_column("account", "c", mssql_drop_default=True)'),
    "in a loop": (_PLAIN, 'for name in ("c", "d"):\n        op.drop_column("account", name)'),
    "under a condition": (_PLAIN, f"if True:\n        {_DROP}"),
    "a constraint elsewhere": (
        f'{_PLAIN}\n    if op.get_context().dialect.name != "sqlite":\n'
        '        op.create_unique_constraint("u", "account", ["c"])',
        _DROP,
    ),
    "added in a try": (
        f'{_PLAIN}\n    try:\n        op.add_column("account", sa.Column("e", sa.Text()))\n'
        "    except Exception:\n        raise",
        'op.drop_column("account", "e")',
    ),
}
_OTHER_COLUMNS: Mapping[str, tuple[str, str]] = {
    "indexed": (f'{_PLAIN}\n    op.create_index("ix", "account", ["d", "c"])', _DROP),
    "indexed by a flag": (_ACCOUNT.format(", index=True", ""), _DROP),
    "a key": (_PLAIN, 'op.drop_column("account", "id")'),
    "part of a key": (_PLAIN.replace('"c", sa.Integer()', '"c", sa.Integer(), primary_key=True'), _DROP),
    "a key written apart": (
        _ACCOUNT.format("", 'sa.PrimaryKeyConstraint("id", "c")').replace(", primary_key=True", ""),
        _DROP,
    ),
    "unique": (_ACCOUNT.format(", unique=True", ""), _DROP),
    "part of a constraint": (_ACCOUNT.format("", 'sa.UniqueConstraint("d", "c")'), _DROP),
    "a foreign key": (_ACCOUNT.format(', sa.ForeignKey("account.id")', ""), _DROP),
    "a foreign key written apart": (_ACCOUNT.format("", 'sa.ForeignKeyConstraint(["c"], ["account.id"])'), _DROP),
    "a CHECK of the table": (_ACCOUNT.format("", 'sa.CheckConstraint("d > c")'), _DROP),
    "a CHECK in capital letters": (_ACCOUNT.format("", 'sa.CheckConstraint("D > C")'), _DROP),
    "a CHECK of another column": (
        _PLAIN.replace('"d", sa.Integer()', '"d", sa.Integer(), sa.CheckConstraint("d > c")'),
        _DROP,
    ),
    "a CHECK of a renamed column": (
        f'{_CHECKED}\n    op.alter_column("account", "c", new_column_name="e")',
        'op.drop_column("account", "e")',
    ),
    "a CHECK of its type": (
        _PLAIN.replace('"c", sa.Integer()', '"c", sa.Boolean(create_constraint=True, name="ck")'),
        _DROP,
    ),
    "a constraint of its own": (
        f"{_PLAIN}\n"
        '    with op.batch_alter_table("account") as batch_op:\n        batch_op.create_unique_constraint("u", ["c"])',
        _DROP,
    ),
    "renamed into a constraint": (
        f'{_ACCOUNT.format(", unique=True", "")}\n    op.alter_column("account", "c", new_column_name="e")',
        'op.drop_column("account", "e")',
    ),
}
"""Those that SQLite refuses to drop, and a copy does not."""
_FAILING: Mapping[str, tuple[str, str, str]] = {
    "in a view": (f'{_PLAIN}\n    op.execute("CREATE VIEW v AS SELECT c FROM account")', _DROP, "SB117"),
    "in a view of a view": (
        f'{_PLAIN}\n    op.execute("CREATE VIEW v AS SELECT * FROM account")\n'
        '    op.execute("CREATE VIEW w AS SELECT c FROM v")',
        _DROP,
        "SB117",
    ),
    "in a trigger": (
        f'{_PLAIN}\n    op.execute("CREATE TRIGGER t AFTER INSERT ON account BEGIN UPDATE account SET d = new.c; END")',
        _DROP,
        "SB118",
    ),
}
_UNCLEAR: Mapping[str, tuple[str, str]] = {
    "of an unknown table": ("pass", _DROP),
    "created under a condition": (f"if op.get_context().opts:\n        {_PLAIN}", _DROP),
    "added under a condition": (
        f'{_PLAIN}\n    if op.get_context().opts:\n        op.add_column("account", sa.Column("e", sa.Text()))',
        'op.drop_column("account", "e")',
    ),
    "of a table with other parts": (_ACCOUNT.format("", "*PARTS"), _DROP),
    "with other parts": (_ACCOUNT.format(", *PARTS", ""), _DROP),
    "with a flag": (_ACCOUNT.format(", unique=FLAG", ""), _DROP),
    "a constraint that cannot be told": (
        f'{_PLAIN}\n    with op.batch_alter_table("account") as b:\n        b.create_unique_constraint("u", COLUMNS)',
        _DROP,
    ),
    "a constraint dropped under a condition": (
        f"{_UNIQUE}\n"
        "    if op.get_context().opts:\n"
        '        with op.batch_alter_table("account") as batch_op:\n            batch_op.drop_constraint("u")',
        _DROP,
    ),
    "after SQL about the table": (f'{_PLAIN}\n    op.execute("ALTER TABLE account ADD COLUMN x CHECK (c > x)")', _DROP),
    "by a name that cannot be told": (_PLAIN, 'op.drop_column("account", NAME)'),
    "of a table that cannot be told": (_PLAIN, 'op.drop_column(TABLE, "c")'),
    "if it exists": (_PLAIN, 'op.drop_column("account", "c", if_exists=True)'),
    "in a loop with a key": (_PLAIN, 'for name in ("c", "id"):\n        op.drop_column("account", name)'),
}
_STYLES = pytest.mark.parametrize("style", ["minimal", "autogenerate"])


def _last(folder: Path, before: str, last: str, style: str = "minimal", minimum: str | None = None) -> Rewritten:
    """What becomes of the second script of a history, whose others are rewritten, too."""
    paths = [lay(folder, 1, before), lay(folder, 2, last)]
    rewriter = Rewriter(Project(style, minimum_sqlite=minimum))
    for path in paths:
        done = rewriter.rewrite(path.read_bytes(), str(path))
        path.write_bytes(done.result)
    return done


def _sent(script: bytes) -> list[str | None]:
    """The DDL for other databases, both ways."""
    return [ddl(script.decode(), dialect, way) for dialect in DIALECTS for way in ("upgrade", "downgrade")]


def _upgraded(folder: Path, enforced: bool = False, rows: str = "") -> sqlite3.Connection:
    """The database after all scripts of a folder, with rows put in after the first."""
    engine = sa.create_engine(f"sqlite:///{folder / 'x.db'}", poolclass=NullPool)
    with engine.connect() as connection:
        if enforced:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        for number, path in enumerate(sorted(folder.glob("0*.py"))):
            names: dict[str, object] = {}
            with Operations.context(MigrationContext.configure(connection)):
                exec(compile(path.read_text(), str(path), "exec"), names)
                names["upgrade"]()  # type: ignore[operator]
            connection.commit()
            if number == 0:
                connection.connection.executescript(rows)
                connection.commit()
    return sqlite3.connect(folder / "x.db", isolation_level=None)


@_STYLES
@pytest.mark.parametrize("name", _PLAIN_COLUMNS)
def test_a_plain_column_is_dropped_by_sqlite(name: str, style: str, tmp_path: Path) -> None:
    done = _last(tmp_path, *_PLAIN_COLUMNS[name], style)
    raw = _upgraded(tmp_path)

    assert b"batch_op.drop_column" not in done.result
    assert done.findings == ()
    raw.close()


@_STYLES
@pytest.mark.filterwarnings("ignore:Unnamed CHECK constraint")  # it goes with the column
@pytest.mark.parametrize("name", _OTHER_COLUMNS)
def test_what_sqlite_refuses_to_drop_is_copied_away(name: str, style: str, tmp_path: Path) -> None:
    before, last = _OTHER_COLUMNS[name]
    done = _last(tmp_path, before, last, style)
    (tmp_path / "as_it_is").mkdir()
    lay(tmp_path / "as_it_is", 1, before)
    lay(tmp_path / "as_it_is", 2, last)

    assert b"batch_op.drop_column" in done.result
    _upgraded(tmp_path).close()
    with pytest.raises(sa.exc.OperationalError):
        _upgraded(tmp_path / "as_it_is")


@pytest.mark.parametrize("name", _FAILING)
def test_what_is_in_the_way_of_both_is_found(name: str, tmp_path: Path) -> None:
    before, last, code = _FAILING[name]
    done = _last(tmp_path, before, last)

    assert b"batch_op.drop_column" in done.result
    assert [each.code.code for each in done.findings] == [code]


@pytest.mark.parametrize("name", _UNCLEAR)
def test_a_column_of_which_not_all_is_known_is_copied_away(name: str, tmp_path: Path) -> None:
    assert b"batch_op.drop_column" in _last(tmp_path, *_UNCLEAR[name]).result


@pytest.mark.parametrize("others", [0, 8])
def test_it_does_not_matter_how_much_is_asked(others: int, tmp_path: Path) -> None:
    """A few questions are answered by the scripts that bear on them, many by all."""
    lay(tmp_path, 1, _PLAIN)
    lay(tmp_path, 2, 'op.execute("ALTER TABLE account ADD COLUMN x CHECK (c > x)")')
    last = lay(tmp_path, 3, _DROP)
    rewriter = Rewriter(Project())
    for number in range(4, 4 + others):
        path = lay(tmp_path, number, f'op.drop_column("t{number}", "c")')
        rewriter.rewrite(path.read_bytes(), str(path))

    assert b"batch_op.drop_column" in rewriter.rewrite(last.read_bytes(), str(last)).result


def test_an_older_sqlite_takes_a_copy(tmp_path: Path) -> None:
    assert b"batch_op.drop_column" in _last(tmp_path, _PLAIN, _DROP, minimum="3.34").result


# A hook on one new script


def _never() -> History:
    raise AssertionError("the scripts beside it are read")


@pytest.mark.parametrize(
    ("upgrade", "downgrade"),
    [
        ('op.add_column("account", sa.Column("c", sa.Text()))', _DROP),
        (
            'op.add_column("account", sa.Column("c", sa.Text()))\n    op.create_index("ix", "account", ["c"])',
            f'op.drop_index("ix", "account")\n    {_DROP}',
        ),
        (
            'with op.batch_alter_table("account", schema=None) as batch_op:\n'
            '        batch_op.add_column(sa.Column("c", sa.Text()))',
            _DROP,
        ),
    ],
)
@_STYLES
def test_what_the_script_alone_tells_asks_no_other(upgrade: str, downgrade: str, style: str, tmp_path: Path) -> None:
    source = lay(tmp_path, 1, upgrade, downgrade).read_bytes()
    done = rewrite_source(source, style=style, history=_never)

    assert not done.consulted
    assert b"batch_op.drop_column" not in done.result


def test_what_the_script_does_not_tell_asks_the_others(tmp_path: Path) -> None:
    lay(tmp_path, 1, _PLAIN)
    last = lay(tmp_path, 2, _DROP)
    done = Rewriter(Project()).rewrite(last.read_bytes(), str(last))

    assert done.consulted
    assert not done.changed


# Rows


_TEAMS = """op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(40)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_member_team", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )"""
_MEMBERS = "INSERT INTO team (id) VALUES (1); INSERT INTO member (id, team_id) VALUES (1, 1), (2, 1);"


@_STYLES
def test_children_of_a_table_whose_column_is_dropped_stay(style: str, tmp_path: Path) -> None:
    _last(tmp_path, _TEAMS, 'op.drop_column("team", "slug")', style)
    raw = _upgraded(tmp_path, enforced=True, rows=_MEMBERS)

    assert raw.execute("SELECT count(*) FROM member").fetchone() == (2,)
    raw.close()


@_STYLES
def test_keys_of_other_tables_follow_a_rename(style: str, tmp_path: Path) -> None:
    done = _last(tmp_path, _TEAMS, 'op.alter_column("team", "id", new_column_name="no")', style)
    raw = _upgraded(tmp_path, enforced=True, rows=_MEMBERS)

    assert not done.changed
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("INSERT INTO member (id, team_id) VALUES (3, 1)")
    raw.close()


_RENAMES = {
    "with its type": ('op.alter_column("team", "id", new_column_name="no", type_=sa.BigInteger())', False),
    "a column of no key": ('op.alter_column("team", "slug", new_column_name="no", type_=sa.Text())', False),
    "in a block": (
        'with op.batch_alter_table("team") as batch_op:\n        batch_op.alter_column("id", new_column_name="no")',
        True,
    ),
    "of the child": ('op.alter_column("member", "team_id", new_column_name="no", type_=sa.BigInteger())', False),
    "natively": ('op.alter_column("team", "id", new_column_name="no")', False),
    "when the child is gone": (
        'op.drop_table("member")\n    op.alter_column("team", "id", new_column_name="no", type_=sa.BigInteger())',
        False,
    ),
    "when the key is gone": (
        'op.drop_constraint("fk_member_team", "member", type_="foreignkey")\n'
        '    op.alter_column("team", "id", new_column_name="no", type_=sa.BigInteger())',
        False,
    ),
}


@_STYLES
@pytest.mark.parametrize("name", _RENAMES)
def test_a_rename_that_would_leave_keys_behind_is_found(name: str, style: str, tmp_path: Path) -> None:
    body, found = _RENAMES[name]
    done = _last(tmp_path, _TEAMS, body, style)

    assert [each.code.code for each in done.findings] == (["SB123"] if found else [])
    assert all("member" in each.message and '"no"' in each.remedy for each in done.findings)


def test_the_child_may_be_made_in_a_script_of_its_own(tmp_path: Path) -> None:
    team, _, member = _TEAMS.partition('    op.create_table(\n        "member"')
    paths = [lay(tmp_path, 1, team.strip()), lay(tmp_path, 2, f'op.create_table(\n        "member"{member}')]
    in_block = 'with op.batch_alter_table("team") as b:\n        b.alter_column("id", new_column_name="no")'
    paths.append(lay(tmp_path, 3, in_block))
    done = Rewriter(Project()).rewrite(paths[2].read_bytes(), str(paths[2]))

    assert [each.code.code for each in done.findings] == ["SB123"]


_STEPS = """if op.get_context().dialect.name == "sqlite":
        op.alter_column("team", "{old}", new_column_name="{new}")
    with op.batch_alter_table("team") as batch_op:
        batch_op.alter_column("{new}" if op.get_context().dialect.name == "sqlite" else "{old}", new_column_name=\
"""
_MORE = {
    "a type": ", type_=sa.BigInteger()",
    "a type and what there is": ", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False",
    "no NULL": ", existing_type=sa.Integer(), nullable=False",
    "a default": ', existing_type=sa.Integer(), server_default="7"',
}


@_STYLES
@pytest.mark.parametrize("name", _MORE)
def test_a_rename_with_more_takes_two_steps_on_sqlite(name: str, style: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, _TEAMS, 'op.drop_table("member")\n    op.drop_table("team")')
    more = _MORE[name]
    up, down = (
        f'op.alter_column("team", "{old}", new_column_name="{new}"{more})' for old, new in (("id", "no"), ("no", "id"))
    )
    path = lay(tmp_path, 2, up, down)
    sent = _sent(path.read_bytes())
    done = Rewriter(Project(style=style)).rewrite(path.read_bytes(), str(path))
    path.write_bytes(done.result)
    text = done.result.decode()

    assert done.findings == ()
    assert all(_STEPS.format(old=old, new=new) in text for old, new in (("id", "no"), ("no", "id")))
    assert _sent(done.result) == sent
    assert not Rewriter(Project(style=style)).rewrite(done.result, str(path)).changed
    assert not verify_history(str(tmp_path), foreign_keys="off").fails()
    raw = _upgraded(tmp_path, rows=_MEMBERS)
    assert raw.execute("SELECT \"to\" FROM pragma_foreign_key_list('member')").fetchall() == [("no",)]
    raw.close()


_NOT_IN_STEPS = {
    "a CHECK says its name": (
        ' sa.CheckConstraint("id > 0"),',
        'op.alter_column("team", "id", new_column_name="no", type_=sa.BigInteger())',
    ),
    "it gets whole into the block": (
        "",
        'op.alter_column("team", "code", new_column_name="no", existing_type=sa.Text(), type_=sa.Integer())',
    ),
    "the name comes from elsewhere": (
        "",
        'op.alter_column("team", "id", new_column_name=op.get_context().opts["no"], type_=sa.BigInteger())',
    ),
    "more than one column in a loop": (
        "",
        'for old, new in (("id", "no"), ("code", "key")):\n'
        '        op.alter_column("team", old, new_column_name=new, type_=sa.BigInteger())',
    ),
}


@_STYLES
@pytest.mark.parametrize("name", _NOT_IN_STEPS)
def test_a_rename_with_more_is_left_where_two_steps_do_not_do(name: str, style: str, tmp_path: Path) -> None:
    more, change = _NOT_IN_STEPS[name]
    tables = _TEAMS.replace("40)),", f'40)), sa.Column("code", sa.Text(), unique=True),{more}').replace(
        "sa.ForeignKeyC", 'sa.Column("code", sa.Text(), sa.ForeignKey("team.code")), sa.ForeignKeyC'
    )
    done = _last(tmp_path, tables, change, style)

    assert "SB123" in [each.code.code for each in done.findings]
    assert change in done.result.decode()


def test_what_stands_before_it_keeps_its_block(tmp_path: Path) -> None:
    before = 'op.alter_column("team", "id", existing_type=sa.Integer(), comment="a", nullable=False)'
    renamed = 'op.alter_column("team", "id", new_column_name="no", type_=sa.BigInteger())'
    after = 'op.alter_column("team", "no", existing_type=sa.BigInteger(), nullable=False)'
    done = _last(tmp_path, _TEAMS, f"{before}\n    {renamed}\n    {after}", "minimal")
    text = done.result.decode()

    assert text.count("batch_alter_table") == 3
    assert text.index('comment="a"') < text.index('op.alter_column("team", "id", new_column_name="no")')
    raw = _upgraded(tmp_path, rows=_MEMBERS)
    assert raw.execute("SELECT \"to\" FROM pragma_foreign_key_list('member')").fetchall() == [("no",)]
    raw.close()


@pytest.mark.parametrize("foreign_keys", ["off", "on"])
def test_verify_finds_a_key_left_behind_by_a_block(foreign_keys: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, _TEAMS, 'op.drop_table("member")\n    op.drop_table("team")')
    up, down = (
        f'with op.batch_alter_table("team") as b:\n        b.alter_column("{old}", new_column_name="{new}")'
        for old, new in (("id", "no"), ("no", "id"))
    )
    lay(tmp_path, 2, up, down)
    report = verify_history(str(tmp_path), foreign_keys=foreign_keys)

    assert "SB436" in [each.code.code for each in report.problems]
    assert report.fails()


def test_a_check_of_a_type_survives_a_rename_in_both_styles(tmp_path: Path) -> None:
    flag = 'sa.Boolean(create_constraint=True, name="ck_flag")'
    table = f'op.create_table("a", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("flag", {flag}))'
    _last(
        tmp_path,
        table,
        f'op.alter_column("a", "flag", new_column_name="is_flag", existing_type={flag})',
        "autogenerate",
    )
    raw = _upgraded(tmp_path)

    assert "CHECK (is_flag IN (0, 1))" in raw.execute("SELECT sql FROM sqlite_master").fetchone()[0]
    raw.close()


def test_a_check_of_a_type_goes_with_its_column(tmp_path: Path) -> None:
    flag = 'sa.Boolean(create_constraint=True, name="ck_admin")'
    lay(tmp_path, 1, _PLAIN, 'op.drop_table("account")')
    added = f'op.add_column("account", sa.Column("admin", {flag}, nullable=False, server_default=sa.false()))'
    path = lay(tmp_path, 2, added, 'op.drop_column("account", "admin")')
    done = Rewriter(Project()).rewrite(path.read_bytes(), str(path))
    before = path.read_text()
    path.write_bytes(done.result)

    assert done.findings == ()
    # The older Alembic copies the CHECKs of types twice.
    assert {each.code.code for each in verify_history(str(tmp_path)).problems} == ({"SB437"} if OLD else set())
    for dialect in DIALECTS:
        assert ddl(done.result.decode(), dialect, "downgrade") == ddl(before, dialect, "downgrade")


# The order of columns


_ROLES = """op.create_table(
        "role",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(20)),
        sa.Column("old", sa.String(20)),
    )"""
_ALTER_NAME = 'op.alter_column("role", "name", nullable=False)\n    '
_ADD_LABEL = 'op.add_column("role", sa.Column("label", sa.String(20)))'
_ORDERS = {
    "the last one": (
        f'{_ALTER_NAME}{_ADD_LABEL}\n    op.drop_column("role", "old")',
        ["id", "name", "label"],
    ),
    "the last one, copied": (
        f'{_ADD_LABEL}\n    op.drop_column("role", "old")\n    {_ALTER_NAME}',
        ["id", "name", "label"],
    ),
    "one in the middle": (
        f'{_ADD_LABEL}\n    op.drop_column("role", "name")\n    op.alter_column("role", "old", nullable=False)',
        ["id", "old", "label"],
    ),
    "two, of which the second is the last": (
        f'{_ALTER_NAME}{_ADD_LABEL}\n    op.drop_column("role", "old")\n    op.drop_column("role", "name")',
        ["id", "label"],
    ),
    "first dropped": (
        f'{_ALTER_NAME}op.drop_column("role", "old")\n    {_ADD_LABEL}\n'
        '    op.alter_column("role", "id", nullable=False)',
        ["id", "name", "label"],
    ),
    "after a rename": (
        f'op.alter_column("role", "old", new_column_name="older")\n    {_ALTER_NAME}{_ADD_LABEL}\n'
        '    op.drop_column("role", "older")',
        ["id", "name", "label"],
    ),
}


@_STYLES
@pytest.mark.parametrize("minimum", ["3.34", "3.35"])
@pytest.mark.parametrize("name", _ORDERS)
def test_columns_stay_in_their_order(name: str, minimum: str, style: str, tmp_path: Path) -> None:
    body, expected = _ORDERS[name]
    _last(tmp_path, _ROLES, body, style, minimum)
    raw = _upgraded(tmp_path)

    assert [row[1] for row in raw.execute("PRAGMA table_info(role)")] == expected
    raw.close()


def test_an_insert_without_names_puts_values_where_they_belong(tmp_path: Path) -> None:
    insert = "op.execute(\"INSERT INTO role VALUES (1, 'admin', 'Administrator')\")"
    _last(tmp_path, _ROLES, f"{_ORDERS['the last one'][0]}\n    {insert}")
    raw = _upgraded(tmp_path)

    assert raw.execute("SELECT name, label FROM role").fetchall() == [("admin", "Administrator")]
    raw.close()


def test_verify_compares_the_order_of_columns(tmp_path: Path) -> None:
    lay(tmp_path, 1, _ROLES, 'op.drop_table("role")')
    block = (
        'with op.batch_alter_table("role") as batch_op:\n'
        '        batch_op.add_column(sa.Column("label", sa.String(20)))\n        batch_op.drop_column("old")'
    )
    lay(
        tmp_path,
        2,
        block,
        'op.drop_column("role", "label")\n    op.add_column("role", sa.Column("old", sa.String(20)))',
    )

    assert "SB428" in [each.code.code for each in verify_history(str(tmp_path)).problems]


# Keys


_LABELS = 'op.create_table("label", sa.Column("text", sa.String(40)), sa.Column("color", sa.String(10)))'
_KEYED = 'op.create_table("label", sa.Column("id", sa.String(10), primary_key=True), sa.Column("text", sa.String(40)))'
_INLINE = "" if OLD else ", inline_primary_key=True"  # older Alembic always writes it inline
_KEY = f'op.add_column("label", sa.Column("id", sa.Integer(), primary_key=True){_INLINE})'


@pytest.mark.parametrize("key", [_KEY, _KEY.replace(_INLINE, "")])
@_STYLES
def test_a_key_that_is_added_numbers_the_rows(key: str, style: str, tmp_path: Path) -> None:
    done = _last(tmp_path, _LABELS, key, style)
    raw = _upgraded(tmp_path, rows="INSERT INTO label VALUES ('a', 'red'), ('b', 'blue')")

    assert done.findings == ()
    assert raw.execute("SELECT id, text, color FROM label").fetchall() == [(1, "a", "red"), (2, "b", "blue")]
    assert [row[1] for row in raw.execute("PRAGMA table_info(label)") if row[5]] == ["id"]
    raw.close()


@_STYLES
def test_a_key_that_is_dropped_and_added_again_stays_in_one_block(style: str, tmp_path: Path) -> None:
    done = _last(tmp_path, _KEYED, f'op.drop_column("label", "id")\n    {_KEY}', style)
    raw = _upgraded(tmp_path, rows="INSERT INTO label VALUES ('x', 'red')")

    assert (done.blocks, done.operations, done.findings) == (1, 2, ())
    assert raw.execute("SELECT id, text FROM label").fetchall() == [(1, "red")]
    assert [row[1] for row in raw.execute("PRAGMA table_info(label)") if row[5]] == ["id"]
    raw.close()


@pytest.mark.parametrize(
    ("type_", "numbered"),
    [
        ("sa.BigInteger()", False),
        ("sa.SmallInteger()", False),
        ("sa.String(10)", False),
        ("sa.Uuid()", False),
        ("sa.INTEGER()", True),
        ('sa.BigInteger().with_variant(sa.Integer(), "sqlite")', True),
    ],
)
def test_a_key_that_sqlite_gives_no_values_is_found(type_: str, numbered: bool, tmp_path: Path) -> None:
    done = _last(tmp_path, _LABELS, _KEY.replace("sa.Integer()", type_))

    assert [each.code.code for each in done.findings] == ([] if numbered else ["SB125"])
    if numbered:
        _upgraded(tmp_path, rows="INSERT INTO label VALUES ('a', 'red'), ('b', 'blue')").close()
    else:
        with pytest.raises(sa.exc.IntegrityError, match="NOT NULL constraint failed"):
            _upgraded(tmp_path, rows="INSERT INTO label VALUES ('a', 'red'), ('b', 'blue')")


def test_a_key_with_a_default_is_the_scripts_own_matter(tmp_path: Path) -> None:
    key = _KEY.replace("sa.Integer()", 'sa.String(10), server_default="x"')

    assert _last(tmp_path, _LABELS, key).findings == ()


@pytest.mark.parametrize("imported", ["from alembic.op import add_column", "from alembic import op as mine"])
def test_a_key_where_op_is_called_otherwise(imported: str) -> None:
    receiver = "mine." if "mine" in imported else ""
    call = _KEY.replace("op.", receiver, 1)
    script = f"{imported}\nimport sqlalchemy as sa\n\n\ndef upgrade():\n    {call}\n"
    done = rewrite_source(script.encode())

    if receiver:
        assert b'if mine.get_context().dialect.name == "sqlite"' in done.result
    else:
        assert [each.code.code for each in done.findings] == ["SB124"]


# NOT NULL


_NOT_NULL = 'op.alter_column("account", "c", existing_type=sa.Integer(), nullable=False)'


@pytest.mark.parametrize(("minimum", "native"), [("3.34", False), ("3.52.9", False), ("3.53", True), ("4.0", True)])
@_STYLES
def test_not_null_is_changed_by_a_newer_sqlite(minimum: str, native: bool, style: str, tmp_path: Path) -> None:
    assert _last(tmp_path, _PLAIN, _NOT_NULL, style, minimum).changed is not native


@pytest.mark.parametrize("more", ["type_=sa.Text()", 'server_default="1"', 'comment="x"', 'new_column_name="e"'])
def test_nothing_else_is(more: str, tmp_path: Path) -> None:
    body = _NOT_NULL.replace("nullable=False", f"nullable=False, {more}")
    assert b"batch_op.alter_column" in _last(tmp_path, _PLAIN, body, minimum="3.53").result
