"""The SQL of a history for other databases is compared where there is some, and what it raises there by its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify import rewrite_source
from sqlite_batchify.verify.dialects import Comparison, compare_histories
from sqlite_batchify.verify.history import load_history
from tests.support.histories import lay

_TABLES = """op.create_table("box", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("size", sa.Integer()))
    op.create_table("lid", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("box_id", sa.Integer()))"""
_TOP = "from sqlalchemy.dialects import mysql, postgresql"
_JSONB = 'op.add_column("box", sa.Column("data", postgresql.JSONB(), server_default=sa.text("now()")))'
_REQUIRED = 'op.alter_column("box", "size", existing_type=sa.Integer(), nullable=False)'
_OPTIONAL = 'op.alter_column("box", "size", existing_type=sa.Integer(), nullable=True)'
_KEY = 'op.create_foreign_key(None, "lid", "box", ["box_id"], ["id"])'
_NO_KEY = 'op.drop_constraint(None, "lid", type_="foreignkey")'
_BLOCK = 'with op.batch_alter_table("box") as batch_op:\n        batch_op.{}'
_RAISING = {
    "no name": [_KEY, _NO_KEY],
    "no name, after what is sent": [_REQUIRED, _NO_KEY],
    "no name, after what is queued": ['op.alter_column("lid", "box_id", nullable=False)', _NO_KEY],
    "a type of PostgreSQL": [_JSONB],
    "a type of PostgreSQL, after what is queued": [_REQUIRED, _JSONB],
    "a type of PostgreSQL, and more after it": [_REQUIRED, _JSONB, _OPTIONAL],
    "a type of PostgreSQL in a block": [_REQUIRED, _BLOCK.format(_JSONB[3:].replace('"box", ', "")), _OPTIONAL],
    "an error of the script": [_REQUIRED, 'raise RuntimeError(f"{object()}")'],
    "an error in a block": [
        _REQUIRED,
        _BLOCK.format('alter_column("size", nullable=False); batch_op.drop_column(str(1 / 0))'),
    ],
    "a type of the other kind": ['op.add_column("box", sa.Column("kind", mysql.ENUM("a", "b")))', _REQUIRED],
    "a keyword that nobody takes": [_REQUIRED, 'op.drop_constraint("x", "box", nothing=True)'],
    "a block that copies everywhere": [
        _REQUIRED,
        'with op.batch_alter_table("box", recreate="always") as batch_op:\n        batch_op.drop_column("size")',
    ],
}


def _lay(folder: Path, operations: list[str]) -> None:
    lay(folder, 1, _TABLES, "pass", _TOP)
    lay(folder, 2, "\n    ".join(operations), "\n    ".join(operations[::-1]), _TOP)


def _compare(folder: Path, old: str = "", new: str = "") -> Comparison:
    """The history, and as it is rewritten, with one more change of its text."""

    def rewritten(source: bytes, _: str) -> bytes:
        result = rewrite_source(source, naming="keep").result
        assert old.encode() in result or b'revision = "0001"' in source
        return result.replace(old.encode(), new.encode())

    before, after = load_history(str(folder)), load_history(str(folder), rewritten)
    return compare_histories(before, after, after)


@pytest.mark.parametrize("name", _RAISING)
def test_what_raises_as_before_is_the_same(tmp_path: Path, name: str) -> None:
    _lay(tmp_path, _RAISING[name])
    compared = _compare(tmp_path)

    assert compared.compared == 16
    assert compared.defects == ()
    assert compared.differences == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"size", existing_type=sa.Integer(), nullable=False', '"size", existing_type=sa.Integer(), nullable=True'),
        ("RuntimeError(", "TypeError("),
        ('raise RuntimeError(f"{object()}")', "pass"),
        ("raise RuntimeError", 'op.execute("DELETE FROM box"); raise RuntimeError'),
    ],
    ids=["what was sent", "the error", "no error", "more is sent"],
)
def test_another_text_or_another_error_is_seen(tmp_path: Path, old: str, new: str) -> None:
    _lay(tmp_path, _RAISING["an error of the script"])
    found = {(each.direction, each.dialect) for each in _compare(tmp_path, old, new).differences}

    assert ("upgrade", "postgresql") in found


def test_what_a_block_would_have_sent_is_compared(tmp_path: Path) -> None:
    _lay(tmp_path, [_BLOCK.format('alter_column("size", nullable=False); batch_op.drop_column(str(1 / 0))')])
    found = _compare(tmp_path, 'batch_op.alter_column("size"', 'batch_op.alter_column("id"').differences

    assert ("upgrade", "postgresql") in {(each.direction, each.dialect) for each in found}
