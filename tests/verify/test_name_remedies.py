"""What verify prints for a block that fails for the name of a constraint works when it is pasted, and harms nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlite_batchify.names import Shape, postgresql_name
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.dialects import DIALECTS, text_of
from sqlite_batchify.verify.history import load_history
from sqlite_batchify.verify.results import Problem
from tests.support.histories import lay

_TABLES = """\
op.create_table("box", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table(
        "hint",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("box_id", sa.Integer()),
        sa.Column("next_id", sa.Integer()),
        sa.Column("email", sa.String(80)),
        {}
    )"""
_KEYS = 'sa.ForeignKeyConstraint(["box_id"], ["box.id"]), sa.ForeignKeyConstraint(["next_id"], ["box.id"])'
_UNIQUES = 'sa.UniqueConstraint("email"), sa.UniqueConstraint("email", "box_id")'
_METADATA = "or pass --metadata MODULE:ATTRIBUTE if env.py's target_metadata has a naming convention"
_OPENING = r"op\.batch_alter_table\(.*\)(?= as )"
_COPY = 'with op.batch_alter_table("hint", recreate="always") as batch_op:\n        pass'


def _lay(folder: Path, constraints: str, *upgrades: str) -> Path:
    """A history that only goes up, and whose last script is that under test, which is returned."""
    steps = enumerate((_TABLES.format(constraints), *upgrades), 1)
    return [lay(folder, number, upgrade, "raise NotImplementedError") for number, upgrade in steps][-1]


def _block(*operations: str, opening: str = 'op.batch_alter_table("hint")', variable: str = "batch_op") -> str:
    return f"with {opening} as {variable}:\n" + "\n".join(f"        {variable}.{each}" for each in operations)


def _problems(folder: Path) -> list[Problem]:
    return verify_history(str(folder), foreign_keys="off").problems


def _remedy(folder: Path) -> str:
    (problem,) = _problems(folder)
    assert problem.code.code == "SB302"
    return problem.remedy


def _paste(script: Path, remedy: str) -> None:
    """Do what a remedy says."""
    text = script.read_text()
    for part in remedy.split("; "):
        opening = re.fullmatch(r"(op\.batch_alter_table\(.*\)) calls .*", part)
        code = part.rpartition(": ")[2]
        if opening is not None:
            text = _replace(_OPENING, opening[1], text)
        elif "unique=True" in part:
            text = _replace(r"(?<=\n)( +)(.*), unique=True(.*\n)", f"\\1\\2\\3\\1{code}\n", text)
        elif code.startswith("ForeignKey("):
            text = _replace(r"(ForeignKey\([^()]*)", rf"\1{code[len('ForeignKey(...') : -1]}", text)
        elif part.startswith(("give ", "drop ")):
            text = _replace(rf"\w+\.{code.partition('(')[0].partition('.')[2]}\(.*None.*\)", code, text)
    script.write_text(text)


def _replace(pattern: str, text: str, whole: str) -> str:
    """The first that matches replaced; ``\\1`` and so on are groups."""
    found = re.search(pattern, whole)
    assert found is not None
    groups = [found[number] for number in range(found.re.groups + 1)]
    new = re.sub(r"\\(\d)", lambda group: groups[int(group[1])], text)
    return whole[: found.start()] + new + whole[found.end() :]


def _on_other_databases(folder: Path) -> list[str]:
    """The SQL of the last revision."""
    history = load_history(str(folder))
    return [text_of(history, history.revisions[-1], "upgrade", dialect) for dialect in DIALECTS]


_DROPS = {
    "PostgreSQL": ('sa.UniqueConstraint("email")', ['drop_constraint("hint_email_key", type_="unique")']),
    "several columns": (_UNIQUES, ['drop_constraint("hint_email_box_id_key", type_="unique")']),
    "two of PostgreSQL": (
        _KEYS,
        [
            'drop_constraint("hint_next_id_fkey", type_="foreignkey")',
            'drop_constraint("hint_box_id_fkey", type_="foreignkey")',
        ],
    ),
    "two kinds": (
        f"{_KEYS}, {_UNIQUES}",
        ['drop_constraint("hint_box_id_fkey")', 'drop_constraint("hint_email_key", type_="unique")'],
    ),
    "MySQL": (
        _KEYS,
        [
            'drop_constraint("hint_ibfk_2", type_="foreignkey")',
            'create_foreign_key("hint_ibfk_2", "box", ["next_id"], ["id"], ondelete="SET NULL")',
        ],
    ),
    "two of MySQL": (
        _KEYS,
        ['drop_constraint("hint_ibfk_2", type_="foreignkey")', 'drop_constraint("hint_ibfk_1", type_="foreignkey")'],
    ),
    "the only one": ('sa.UniqueConstraint("email")', ['drop_constraint("uq_mail", type_="unique")']),
    "the one that is spelled": (_UNIQUES, ['drop_constraint("uq_hint_email_box_id", type_="unique")']),
    "percent and quotes": ('sa.UniqueConstraint("email")', ['drop_constraint("50% \\"of\\" it\'s", type_="unique")']),
    "primary key": (
        "",
        ['drop_constraint("hint_pkey", type_="primary")', 'create_primary_key("hint_pkey", ["id", "email"])'],
    ),
    "check": ('sa.CheckConstraint("box_id > 0")', ['drop_constraint("ck_hint", type_="check")']),
}


@pytest.mark.parametrize("name", _DROPS)
def test_a_naming_convention_that_is_proposed_lets_the_block_find_the_constraint(tmp_path: Path, name: str) -> None:
    constraints, operations = _DROPS[name]
    script = _lay(tmp_path, constraints, _block(*operations))
    before = _on_other_databases(tmp_path)
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert "naming_convention={" in remedy
    assert _problems(tmp_path) == []
    assert _on_other_databases(tmp_path) == before


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        ('op.batch_alter_table("hint", recreate="always")', 'recreate="always", '),
        ('op.batch_alter_table("hint", None, "always")', 'None, "always", '),
        ('op.batch_alter_table(table_name="hint", naming_convention={"uq": "x"})', 'naming_convention={"uq": "x", '),
    ],
)
def test_the_block_keeps_its_other_keywords(tmp_path: Path, opening: str, kept: str) -> None:
    script = _lay(tmp_path, _KEYS, _block('drop_constraint("hint_box_id_fkey")', opening=opening))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert kept in remedy
    assert _problems(tmp_path) == []


def test_a_function_singles_a_constraint_out(tmp_path: Path) -> None:
    _lay(tmp_path, _KEYS, _block('drop_constraint("hint_ibfk_2", type_="foreignkey")'))

    assert _remedy(tmp_path) == (
        "on SQLite hint has foreign key (box_id) without a name, foreign key (next_id) without a name, primary key "
        '(id) without a name; op.batch_alter_table("hint", naming_convention={"fk": "%(fk_name)s", "fk_name": lambda '
        'key, table: {"box_id": "hint_box_id", "next_id": "hint_ibfk_2"}["_".join(key.columns.keys())]}) calls the '
        "foreign key (next_id) hint_ibfk_2"
    )


def test_what_the_block_creates_again_tells_the_constraint_where_its_number_does_not(tmp_path: Path) -> None:
    again = 'create_foreign_key("hint_ibfk_1", "box", ["next_id"], ["id"])'
    drop = 'drop_constraint("hint_ibfk_1", type_="foreignkey")'
    script = _lay(tmp_path, _KEYS, _COPY, _block(drop, again))
    _paste(script, _remedy(tmp_path))

    assert _problems(tmp_path) == []


_CREATIONS = {
    "foreign key": 'create_foreign_key(None, "box", ["box_id"], ["id"], ondelete="CASCADE")',
    "several columns": 'create_unique_constraint(None, ["email", "box_id"])',
    "unique": 'create_unique_constraint(columns=["email"], constraint_name=None)',
    "check": 'create_check_constraint(None, "box_id > 0")',
    "primary key": 'create_primary_key(None, ["id", "email"])',
    "column that refers": 'add_column(sa.Column("far_id", sa.Integer(), sa.ForeignKey("box.id")))',
    "column that is unique": 'add_column(sa.Column("code", sa.Integer(), unique=True))',
}
_NAMES = {
    "foreign key": "hint_box_id_fkey",
    "several columns": "hint_email_box_id_key",
    "unique": "hint_email_key",
    "check": "hint_box_id_check",
    "primary key": "hint_pkey",
    "column that refers": "hint_far_id_fkey",
    "column that is unique": "hint_code_key",
}


@pytest.mark.parametrize("name", _CREATIONS)
@pytest.mark.parametrize("variable", ["batch_op", "block"])
def test_a_nameless_constraint_gets_the_name_of_postgresql(tmp_path: Path, name: str, variable: str) -> None:
    script = _lay(tmp_path, "", _block(_CREATIONS[name], variable=variable))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert f" the name {_NAMES[name]}" in remedy
    assert remedy.endswith(f"; {_METADATA}")
    assert _problems(tmp_path) == []


def test_all_that_a_block_lacks_is_said_at_once(tmp_path: Path) -> None:
    operations = [
        'create_unique_constraint(None, ["email"])',
        'create_unique_constraint(None, ["email"])',
        'drop_constraint("hint_box_id_fkey", type_="foreignkey")',
    ]
    script = _lay(tmp_path, _KEYS, _block(*operations))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert '"hint_email_key"' in remedy
    assert '"hint_email_key1"' in remedy
    assert _problems(tmp_path) == []


def test_a_drop_without_a_name(tmp_path: Path) -> None:
    script = _lay(tmp_path, _KEYS.split(", sa.")[0], _block('drop_constraint(None, type_="foreignkey")'))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert 'drop it by its name: batch_op.drop_constraint("hint_box_id_fkey", type_="foreignkey")' in remedy
    assert _METADATA in remedy
    assert _problems(tmp_path) == []


def test_a_drop_without_a_name_that_may_mean_more_than_one(tmp_path: Path) -> None:
    _lay(tmp_path, _KEYS, _block('drop_constraint(None, type_="foreignkey")'))
    remedy = _remedy(tmp_path)

    assert "calls the foreign key (box_id) hint_box_id_fkey and the foreign key (next_id) hint_next_id_fkey" in remedy
    assert "drop it" not in remedy


def test_a_drop_without_a_name_of_what_has_one(tmp_path: Path) -> None:
    script = _lay(tmp_path, 'sa.UniqueConstraint("email", name="own")', _block('drop_constraint(None, type_="unique")'))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert "naming_convention={" not in remedy
    assert _problems(tmp_path) == []


@pytest.mark.parametrize(
    ("constraints", "name"),
    [
        ('sa.ForeignKeyConstraint(["box_id"], ["box.id"], name="fk_hint_box")', "hint_box_fkey"),
        (_KEYS, "hint_far_id_fkey"),
        (_KEYS, "fk_hint_far"),
        (_KEYS, "hint_ibfk_3"),
        (_KEYS.replace('["next_id"], ["box.id"]', '["box_id"], ["hint.id"]'), "hint_ibfk_2"),
        ('sa.UniqueConstraint("email")', "hint_email_fkey"),
    ],
    ids=["named", "other column", "nobody's", "too high", "same columns", "other kind"],
)
def test_no_convention_is_proposed_that_does_not_help(tmp_path: Path, constraints: str, name: str) -> None:
    _lay(tmp_path, constraints, _block(f'drop_constraint("{name}", type_="foreignkey")'))
    remedy = _remedy(tmp_path)

    assert remedy.startswith("on SQLite hint has ")
    assert "naming_convention=" not in remedy
    assert (_METADATA in remedy) is (name == "fk_hint_far")


def test_no_number_of_mysql_is_trusted_after_a_copy(tmp_path: Path) -> None:
    _lay(tmp_path, _KEYS, _COPY, _block('drop_constraint("hint_ibfk_2", type_="foreignkey")'))

    assert "naming_convention=" not in _remedy(tmp_path)


def test_no_two_constraints_get_the_same_name(tmp_path: Path) -> None:
    named = f'{_KEYS}, sa.UniqueConstraint("email", name="hint_box_id_fkey")'
    script = _lay(tmp_path, named, _block('drop_constraint("hint_next_id_fkey", type_="foreignkey")'))
    remedy = _remedy(tmp_path)
    _paste(script, remedy)

    assert '"next_id": "hint_next_id_fkey"' in remedy
    assert _problems(tmp_path) == []


def test_a_convention_of_functions_is_left_alone(tmp_path: Path) -> None:
    opening = (
        'op.batch_alter_table("hint", naming_convention={"fk": "%(n)s", "n": lambda key, table: key.column_keys[0]})'
    )
    _lay(tmp_path, _KEYS, _block('drop_constraint("hint_box_id_fkey")', opening=opening))

    assert "naming_convention=" not in _remedy(tmp_path)


def test_copy_from_brings_its_own_names(tmp_path: Path) -> None:
    table = 'sa.Table("hint", sa.MetaData(), sa.Column("id", sa.Integer()), sa.UniqueConstraint("id"))'
    opening = f'op.batch_alter_table("hint", copy_from={table})'
    _lay(tmp_path, "", _block('drop_constraint("hint_id_key", type_="unique")', opening=opening))

    assert _remedy(tmp_path) == "give the constraint its name in the table that copy_from has"


def test_a_constraint_of_another_database_is_passed_over(tmp_path: Path) -> None:
    exclude = 'create_exclude_constraint("x", (sa.column("id"), "="))'
    _lay(tmp_path, "", _block('create_unique_constraint(None, ["email"])', exclude))

    assert "hint_email_key" in _remedy(tmp_path)


def test_what_is_no_literal_is_left_open(tmp_path: Path) -> None:
    _lay(tmp_path, "", _block('create_check_constraint(None, sa.column("id") > 0)'))

    assert 'batch_op.create_check_constraint("hint_id_check", ...)' in _remedy(tmp_path)


def test_nothing_is_said_of_metadata_that_is_given(tmp_path: Path) -> None:
    _lay(tmp_path, "", _block('create_unique_constraint(None, ["email"])'))
    (problem,) = verify_history(str(tmp_path), foreign_keys="off", metadata=sa.MetaData()).problems

    assert "--metadata" not in problem.remedy


def test_a_name_that_postgresql_has_cut(tmp_path: Path) -> None:
    long = "x" * 60
    table = f'op.create_table("t", sa.Column("{long}", sa.Integer()), sa.UniqueConstraint("{long}"))'
    cut = postgresql_name(Shape("uq", None, "t", (long,)))
    script = _lay(tmp_path, "", table, _block(f'drop_constraint("{cut}")', opening='op.batch_alter_table("t")'))
    _paste(script, _remedy(tmp_path))

    assert _problems(tmp_path) == []
