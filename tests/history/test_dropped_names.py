"""What a script drops by the name that another database made up, or cut, is found on SQLite."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.histories import Migration, Named, lay, with_environment
from tests.support.servers import Fresh

_TABLES = """\
op.create_table("o", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("a", sa.Integer()),
        sa.Column("b", sa.Integer()),
        sa.Column("email", sa.String(20), unique=True),
        sa.ForeignKeyConstraint(["a"], ["o.id"]),
        sa.ForeignKeyConstraint(["b"], ["o.id"]),
        sa.UniqueConstraint("a", "b"),
        sa.PrimaryKeyConstraint("id"),
    )"""
_BASE = (_TABLES, 'op.drop_table("t")\n    op.drop_table("o")')
_LONG = "a_table_whose_name_is_nearly_as_long_as_databases_take"
_CUT_BY_POSTGRESQL = "a_table_whose_name_is_nearly_a_the_customer_who_ordered_it_fkey"
_WHOLE = f"fk_{_LONG}_the_customer_who_ordered_it_o"
_CUT_BY_SQLALCHEMY = f"{_WHOLE[:55]}_ed75"


def _long(key: str) -> tuple[str, str]:
    table = (
        'op.create_table("o", sa.Column("id", sa.Integer(), primary_key=True))\n'
        f'    op.create_table("{_LONG}", sa.Column("id", sa.Integer(), primary_key=True),\n'
        '        sa.Column("the_customer_who_ordered_it", sa.Integer()), sa.Column("b", sa.Integer()),\n'
        f'        {key},\n        sa.ForeignKeyConstraint(["b"], ["o.id"]))'
    )
    return table, f'op.drop_table("{_LONG}")\n    op.drop_table("o")'


_INDEX = f"ix_{_LONG}_the_customer_who_ordered_it"
_MARK = md5(_INDEX.encode()).hexdigest()[-4:]


def _indexed(name: str = _INDEX, other: str = "ix_other") -> tuple[str, str]:
    up, down = _long('sa.Column("c", sa.Integer())')
    up += f'\n    op.create_index(op.f("{name}"), "{_LONG}", ["the_customer_who_ordered_it"])'
    return f'{up}\n    op.create_index(op.f("{other}"), "{_LONG}", ["b"])', down


def _index(name: str, in_block: bool = False) -> tuple[str, str]:
    """An index is dropped by this name, and created again."""
    drop, create = f'drop_index("{name}"', f'create_index("{name}"'
    columns = '["the_customer_who_ordered_it"]'
    if in_block:
        block = f'with op.batch_alter_table("{_LONG}") as batch_op:\n        batch_op.'
        return f"{block}{drop})", f"{block}{create}, {columns})"
    return f'op.{drop}, table_name="{_LONG}")', f'op.{create}, "{_LONG}", {columns})'


def _key(name: str, column: str = "a", table: str = "t", before: str = "") -> tuple[str, str]:
    """A foreign key is dropped by this name, and created again."""
    drop = f'op.drop_constraint({name!r}, "{table}", type_="foreignkey")'
    return before + drop, f'op.create_foreign_key({name!r}, "{table}", "o", ["{column}"], ["id"])'


def _unique(name: str, *columns: str) -> tuple[str, str]:
    drop = f'op.drop_constraint({name!r}, "t", type_="unique")'
    return drop, f'op.create_unique_constraint({name!r}, "t", {list(columns)!r})'


def _primary(name: str, table: str = "t", new: str = "pk_new", old: str = "") -> tuple[str, str]:
    """A primary key is dropped by this name, and another one created; and back."""
    up = f'op.drop_constraint({name!r}, "{table}", type_="primary")\n    '
    up += f'op.create_primary_key("pk_new", "{table}", ["id", "a"])'
    down = f'op.drop_constraint("{new}", "{table}", type_="primary")\n    '
    return up, down + f'op.create_primary_key({(old or name)!r}, "{table}", ["id"])'


_RENAMED_TABLE = ('op.rename_table("t", "tt")', 'op.rename_table("tt", "t")')
_RENAMED = ('op.alter_column("t", "b", new_column_name="bb")', 'op.alter_column("t", "bb", new_column_name="b")')
_NAMED_BY_A_BLOCK = (
    'with op.batch_alter_table("t", naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s"}) as batch_op:\n'
    '        batch_op.alter_column("email", existing_type=sa.String(20), nullable=False)',
    'with op.batch_alter_table("t") as batch_op:\n'
    '        batch_op.alter_column("email", existing_type=sa.String(20), nullable=True)',
)
_ADDED = ('op.add_column("t", sa.Column("c", sa.Integer(), sa.ForeignKey("o.id")))', 'op.drop_column("t", "c")')
_ADDED_THERE = (_ADDED[0], 'op.drop_constraint("t_ibfk_3", "t", type_="foreignkey")\n    ' + _ADDED[1])
_IN_A_BLOCK = (
    'with op.batch_alter_table("t") as batch_op:\n        batch_op.add_column(sa.Column("c", sa.Integer()))\n'
    '        batch_op.create_foreign_key(None, "o", ["c"], ["id"])',
    'with op.batch_alter_table("t") as batch_op:\n        batch_op.drop_constraint(None, type_="foreignkey")\n'
    '        batch_op.drop_column("c")',
)
_MINE = (_TABLES.replace('PrimaryKeyConstraint("id")', 'PrimaryKeyConstraint("id", name="pk_mine")'), _BASE[1])
_LOOP = (
    'for table in ("t", "o"):\n        op.add_column(table, sa.Column("c", sa.Integer(), sa.ForeignKey("o.id")))',
    'for table in ("t", "o"):\n        op.drop_column(table, "c")',
)

POSTGRESQL: dict[str, tuple[tuple[str, str], ...]] = {
    "created with the table": (_BASE, _key("t_a_fkey")),
    "one after the other": (_BASE, _key("t_a_fkey"), _key("t_b_fkey", "b")),
    "in op.f": (_BASE, tuple(each.replace("'t_a_fkey'", "op.f('t_a_fkey')") for each in _key("t_a_fkey"))),  # type: ignore[dict-item]
    "renamed table": (_BASE, _RENAMED_TABLE, _key("t_a_fkey", table="tt"), _key("t_b_fkey", "b", "tt")),
    "renamed column": (_BASE, _RENAMED, _key("t_b_fkey", "bb"), _key("t_a_fkey")),
    "another renamed column": (_BASE, _RENAMED, _key("t_a_fkey"), _key("t_b_fkey", "bb")),
    "named by an earlier block": (_BASE, _NAMED_BY_A_BLOCK, _key("t_a_fkey"), _key("t_b_fkey", "b")),
    "added": (_BASE, _ADDED, _key("t_c_fkey", "c")),
    "added in a block": (_BASE, _IN_A_BLOCK, _key("t_c_fkey", "c")),
    "added in a loop": (_BASE, _LOOP, _key("t_c_fkey", "c"), _key("o_c_fkey", "c", "o")),
    "unique": (_BASE, _unique("t_email_key", "email"), _unique("t_a_b_key", "a", "b")),
    "primary key": (_BASE, _primary("t_pkey")),
    "primary key of a renamed table": (_BASE, _RENAMED_TABLE, _primary("t_pkey", "tt")),
    "cut by PostgreSQL": (
        _long('sa.ForeignKeyConstraint(["the_customer_who_ordered_it"], ["o.id"])'),
        _key(_CUT_BY_POSTGRESQL, "the_customer_who_ordered_it", _LONG),
        _key(f"{_LONG}_b_fkey", "b", _LONG),
    ),
    "cut by SQLAlchemy": (
        _long(f'sa.ForeignKeyConstraint(["the_customer_who_ordered_it"], ["o.id"], name=op.f("{_WHOLE}"))'),
        _key(_CUT_BY_SQLALCHEMY, "the_customer_who_ordered_it", _LONG),
    ),
    "an index": (_indexed(), _index(f"{_INDEX[:55]}_{_MARK}")),
    "an index in a block": (_indexed(), _index(f"{_INDEX[:55]}_{_MARK}", in_block=True)),
    "an index that is there by its whole name": (_indexed(_INDEX[:60]), _index(_INDEX[:60])),
    "one of two indexes": (_indexed(other=f"{_INDEX}_too"), _index(f"{_INDEX[:55]}_{_MARK}")),
}
MYSQL: dict[str, tuple[tuple[str, str], ...]] = {
    "the second key": (_BASE, _key("t_ibfk_2", "b")),
    "the second, then the first": (_BASE, _key("t_ibfk_2", "b"), _key("t_ibfk_1")),
    "both at once": (
        _BASE,
        (
            "\n    ".join((_key("t_ibfk_1")[0], _key("t_ibfk_2")[0])),
            "\n    ".join((_key("t_ibfk_1")[1], _key("t_ibfk_2", "b")[1])),
        ),
    ),
    "added": (_BASE, _ADDED_THERE, _key("t_ibfk_3", "c")),
    "unique": (_BASE, _unique("email", "email")),
    "primary key": (_BASE, _primary("PRIMARY", new="PRIMARY", old="pk_old")),
    "primary key with a name": (_MINE, _primary("PRIMARY", new="PRIMARY", old="pk_mine")),
}


def _rewritten(steps: tuple[tuple[str, str], ...], folder: Path) -> Path:
    """The history as scripts, rewritten one by one. Nothing is found, and a second run changes nothing."""
    for number, (up, down) in enumerate(steps, 1):
        lay(folder / "versions", number, up, down)
    for _ in range(2):
        rewriter = Rewriter(Project())
        for path in sorted((folder / "versions").glob("*.py")):
            done = rewriter.rewrite(path.read_bytes(), str(path))
            assert [each.message for each in done.findings] == []
            path.write_bytes(done.result)
    assert not any(
        Rewriter(Project()).rewrite(path.read_bytes(), str(path)).changed for path in (folder / "versions").glob("*.py")
    )
    return with_environment(folder)


def _up_down_and_up(location: Path, connection: sa.Connection) -> None:
    migration = Migration(location, connection)
    states = [migration.constraints(), *(migration.constraints() for _ in migration.upgrades())]
    back = [migration.constraints() for _ in migration.downgrades()]
    again = [migration.constraints() for _ in migration.upgrades()]

    assert [_without_names(each) for each in back] == [_without_names(each) for each in states[-2::-1]]
    assert [_without_names(each) for each in again] == [_without_names(each) for each in states[1:]]


def _without_names(state: dict[str, set[Named]]) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted((each.kind, each.columns) for each in names) for table, names in state.items() if names}


@pytest.mark.parametrize("name", [*POSTGRESQL, *(f"MySQL: {name}" for name in MYSQL)])
def test_goes_up_and_down_on_sqlite(name: str, tmp_path: Path) -> None:
    steps = {**POSTGRESQL, **{f"MySQL: {each}": steps for each, steps in MYSQL.items()}}[name]
    location = _rewritten(steps, tmp_path / "migrations")
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        _up_down_and_up(location, connection)
    engine.dispose()


@pytest.mark.parametrize("name", POSTGRESQL)
def test_goes_up_and_down_on_postgresql(name: str, tmp_path: Path, postgresql: Fresh) -> None:
    _up_down_and_up(_rewritten(POSTGRESQL[name], tmp_path / "migrations"), postgresql())


@pytest.mark.parametrize("name", MYSQL)
def test_goes_up_and_down_on_mariadb(name: str, tmp_path: Path, mariadb: Fresh) -> None:
    _up_down_and_up(_rewritten(MYSQL[name], tmp_path / "migrations"), mariadb())
