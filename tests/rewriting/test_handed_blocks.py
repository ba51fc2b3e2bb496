"""What a function does in a block that it is handed: it gets names as in any other block."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from sqlite_batchify.findings import Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.histories import Migration, lay, with_environment

_TABLES = """for name in ("t", "u"):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("a", sa.Integer(), unique=True),
            sa.Column("b", sa.Integer()),
        )"""
_BLOCK = 'with op.batch_alter_table("t"{}) as block:\n        {}'
_UNIQUE = 'def change(batch_op):\n    batch_op.create_unique_constraint(None, ["b"])'

NAMED = {
    "by position": (_UNIQUE, "change(block)", {"t_b_key"}),
    "by keyword": (_UNIQUE, "change(batch_op=block)", {"t_b_key"}),
    "called op": (_UNIQUE.replace("batch_op", "op"), "change(block)", {"t_b_key"}),
    "beside others": (
        "def change(column, batch_op):\n    batch_op.create_unique_constraint(None, [column])",
        'change("b", block)',
        {"t_b_key"},
    ),
    "handed on": (
        f"{_UNIQUE}\n\n\ndef outer(block_of_table):\n    change(block_of_table)",
        "outer(block)",
        {"t_b_key"},
    ),
    "foreign key": (
        'def change(batch_op):\n    batch_op.create_foreign_key(None, "u", ["b"], ["id"])',
        "change(block)",
        {"t_b_fkey"},
    ),
    "added column": (
        "def change(batch_op):\n"
        '    batch_op.add_column(sa.Column("c", sa.Integer(), sa.ForeignKey("u.id"), unique=True))',
        "change(block)",
        {"t_c_fkey", "t_c_key"},
    ),
}
LEFT = {
    "two tables": (
        _UNIQUE,
        'change(block)\n    with op.batch_alter_table("u") as other:\n        change(other)',
        "SB101",
    ),
    "columns that are not literals": (_UNIQUE.replace('["b"]', "list(b)"), "change(block)", "SB101"),
    "a drop": (
        'def change(batch_op):\n    batch_op.drop_constraint("t_a_key", type_="unique")',
        "change(block)",
        "SB110",
    ),
}
FINE = {
    "a name": _UNIQUE.replace("None", '"uq"'),
    "op itself": 'def change(other):\n    op.create_unique_constraint("uq", "t", ["b"])',
    "an index": 'def change(batch_op):\n    batch_op.create_index("ix", ["b"])',
}


def _rewritten(folder: Path, function: str, call: str, heading: str = "") -> tuple[Path, tuple[Finding, ...]]:
    lay(folder / "versions", 1, _TABLES)
    path = lay(folder / "versions", 2, _BLOCK.format(heading, call), top=function)
    for _ in range(2):
        done = Rewriter(Project()).rewrite(path.read_bytes(), str(path))
        path.write_bytes(done.result)
    assert not done.changed
    return path, done.findings


def _names(folder: Path) -> set[str | None]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        migration = Migration(with_environment(folder), connection)
        command.upgrade(migration.config, "head")
        names = {each.name for each in migration.constraints()["t"]}
    engine.dispose()
    return names


@pytest.mark.parametrize("case", NAMED)
def test_it_gets_a_name(case: str, tmp_path: Path) -> None:
    function, call, names = NAMED[case]
    _, findings = _rewritten(tmp_path, function, call)

    assert findings == ()
    assert names <= _names(tmp_path)


@pytest.mark.parametrize("case", LEFT)
def test_what_gets_none_is_reported(case: str, tmp_path: Path) -> None:
    function, call, code = LEFT[case]
    path, findings = _rewritten(tmp_path, function, call)

    assert [each.code.code for each in findings] == [code]
    assert "batch_op." in path.read_text().splitlines()[findings[0].line - 1]


def test_the_naming_convention_that_a_drop_asks_for_works(tmp_path: Path) -> None:
    function, call, _ = LEFT["a drop"]
    _, (finding,) = _rewritten(tmp_path / "before", function, call)
    convention = finding.remedy.partition("is meant by ")[2].partition(" on the ")[0]
    _, findings = _rewritten(tmp_path / "after", function, call, f", {convention}")

    assert findings == ()
    assert _names(tmp_path / "after") == {None}


@pytest.mark.parametrize("case", FINE)
def test_nothing_else_is_touched(case: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, _TABLES)
    path = lay(tmp_path, 2, _BLOCK.format("", "change(block)"), top=FINE[case])
    done = Rewriter(Project()).rewrite(path.read_bytes(), str(path))

    assert FINE[case] in done.result.decode() or "op.create_unique" in FINE[case]
    assert done.findings == ()


def test_what_may_be_op_is_no_block(tmp_path: Path) -> None:
    """A function that gets a block at one call and anything else at another is left as it is."""
    lay(tmp_path, 1, _TABLES)
    path = lay(tmp_path, 2, _BLOCK.format("", "change(block)\n    change(mine)"), top=_UNIQUE)

    assert not Rewriter(Project()).rewrite(path.read_bytes(), str(path)).changed
