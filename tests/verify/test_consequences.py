"""What only follows from a foreign key that could not be dropped says so, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify.verify import verify_history
from tests.support.histories import lay

_TABLES = """op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True))
    for name in ("event", "note"):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("account_id", sa.Integer()),
            sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
            sa.UniqueConstraint("account_id"),
        )
    op.{}"""
_NO_WAY_BACK = "raise NotImplementedError"
_ONLY_EVENT = 'drop_table("note")'
_BOTH = 'create_index("ix", "note", ["id"])'
_BLOCK = 'with op.batch_alter_table("event") as batch_op:\n        batch_op.{}\n    '
_DROPS = {
    "block": _BLOCK.format('drop_constraint(None, type_="foreignkey")'),
    "block of no type": _BLOCK.format('drop_constraint("event_account_id_fkey")'),
    "column in a block": _BLOCK.format('drop_column("account_id"); batch_op.drop_constraint("x", type_="unique")'),
    "call that a block refuses": _BLOCK.format('drop_constraint("event_account_id_fkey", if_exists=True)'),
    "operation": 'op.drop_constraint("event_account_id_fkey", "event", type_="foreignkey")\n    ',
    "operation with keywords": 'op.drop_constraint(constraint_name="x", table_name="event")\n    ',
    "column": 'op.drop_column("event", "account_id")\n    ',
    "statement": 'op.execute("ALTER TABLE event DROP CONSTRAINT event_account_id_fkey")\n    ',
    "careful statement": """op.execute('ALTER TABLE IF EXISTS ONLY public."event" DROP CONSTRAINT x')\n    """,
}
_OTHERS = {
    "nothing": "",
    "another constraint": _BLOCK.format('drop_constraint("x", type_="unique")'),
    "another constraint, directly": 'op.drop_constraint("x", "event", type_="unique")\n    ',
    "another table": 'op.drop_constraint("x", "note", type_="foreignkey")\n    ',
    "another statement": 'op.execute("ALTER TABLE event ADD CONSTRAINT x CHECK (id > 0)")\n    ',
}


def _told(folder: Path, tables: str, upgrade: str) -> dict[str, bool]:
    """The codes for what became of the keys to a table that is dropped, and whether they only follow."""
    lay(folder, 1, _TABLES.format(tables), _NO_WAY_BACK)
    lay(folder, 2, f'{upgrade}op.drop_table("account")', _NO_WAY_BACK)
    found = verify_history(str(folder), foreign_keys="on").problems
    return {each.code.code: each.consequence for each in found if each.code.code.startswith("SB40")}


@pytest.mark.parametrize("name", _DROPS)
def test_a_parent_is_gone_since_a_key_could_not_be_dropped(tmp_path: Path, name: str) -> None:
    assert _told(tmp_path, _ONLY_EVENT, _DROPS[name]) == {"SB404": True, "SB405": True, "SB406": True}


@pytest.mark.parametrize("name", _OTHERS)
def test_a_parent_is_gone_anyway(tmp_path: Path, name: str) -> None:
    assert _told(tmp_path, _ONLY_EVENT, _OTHERS[name]) == {"SB404": False, "SB405": False, "SB406": False}


def test_a_key_that_nobody_wanted_to_drop_fails_by_itself(tmp_path: Path) -> None:
    assert not _told(tmp_path, _BOTH, _DROPS["block"])["SB404"]


def test_children_are_lost_since_their_key_could_not_be_dropped(tmp_path: Path) -> None:
    lay(
        tmp_path,
        1,
        _TABLES.format(_ONLY_EVENT).replace('["account.id"]', '["account.id"], ondelete="CASCADE"'),
        _NO_WAY_BACK,
    )
    copy = 'with op.batch_alter_table("account", recreate="always"):\n        pass'
    lay(tmp_path, 2, f"{_DROPS['block']}{copy}", _NO_WAY_BACK)
    found = verify_history(str(tmp_path), foreign_keys="on").problems

    assert [(each.code.code, each.consequence) for each in found] == [("SB302", False), ("SB403", True)]


@pytest.mark.parametrize("fails", [True, False])
def test_a_block_on_a_table_that_could_not_be_created_only_follows(tmp_path: Path, fails: bool) -> None:
    table = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Integer()), {})'
    lay(tmp_path, 1, table.format("") if fails else "pass", _NO_WAY_BACK)
    lay(tmp_path, 2, table.format('sa.UniqueConstraint("a", name="uq")'), _NO_WAY_BACK)
    drop = 'drop_constraint("uq", type_="unique")' if fails else 'drop_constraint("qu", type_="unique")'
    lay(tmp_path, 3, _BLOCK.replace("event", "t").format(drop), _NO_WAY_BACK)
    found = verify_history(str(tmp_path)).problems

    assert [each.consequence for each in found if each.code.code == "SB302"] == [fails]


_COLUMN = 'op.drop_column("event", "account_id")\n'


@pytest.mark.parametrize(
    ("drops", "follows"), [(_DROPS["block"], True), (_DROPS["operation"], True), (_OTHERS["another table"], False)]
)
def test_a_column_that_a_key_holds_only_follows_from_the_key(tmp_path: Path, drops: str, follows: bool) -> None:
    tables = _TABLES.format(_ONLY_EVENT).replace('            sa.UniqueConstraint("account_id"),\n', "")
    lay(tmp_path, 1, tables, _NO_WAY_BACK)
    lay(tmp_path, 2, f"{drops}{_COLUMN}", _NO_WAY_BACK)
    *_, last = (each for each in verify_history(str(tmp_path)).problems if each.direction == "upgrade")

    assert (last.code.code, "foreign key definition" in last.message, last.consequence) == ("SB301", True, follows)
