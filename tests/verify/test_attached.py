"""A schema that env.py attaches is part of the database; one that it does not attach is a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.attached import leaving_out
from tests.support.histories import lay

_TABLE = 'op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True), schema="crm")'
_DROP = 'op.drop_table("account", schema="crm")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT crm.account.id FROM crm.account", "SELECT account.id FROM account"),
        ('PRAGMA "crm".table_info("account")', 'PRAGMA table_info("account")'),
        ("UPDATE `CRM`.`account` SET a = 'crm.account'", "UPDATE `account` SET a = 'crm.account'"),
        ("SELECT a.crm, acrm.x, crm FROM a", "SELECT a.crm, acrm.x, crm FROM a"),
        ("SELECT a.crm.x FROM a", "SELECT a.crm.x FROM a"),
    ],
)
def test_the_name_is_left_out_before_a_table(before: str, after: str) -> None:
    assert leaving_out(frozenset({"crm"}))(before) == after
    assert leaving_out(frozenset())(before) == before


def test_what_a_remedy_says_helps(tmp_path: Path) -> None:
    lay(tmp_path / "versions", 1, _TABLE, _DROP)
    (tmp_path / "env.py").write_text("from alembic import context\n")
    (problem, *_) = verify_history(str(tmp_path)).problems
    attach = problem.remedy.partition("context.configure: ")[2].partition("; ")[0]
    (tmp_path / "env.py").write_text(f"{attach}\n")
    assert verify_history(str(tmp_path)).problems == []
