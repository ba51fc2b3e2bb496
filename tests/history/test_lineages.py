"""Histories in one folder of which a database has one are not taken for one after the other."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from sqlite_batchify.findings import Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter

_SCRIPT = """\
import sqlalchemy as sa
from alembic import op

revision = "{}"
down_revision = {!r}
depends_on = {!r}


def upgrade():
    {}


def downgrade():
    pass
"""
_TABLE = (
    'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Integer()), '
    'sa.UniqueConstraint("a", name="{}"))'
)
_DROP = 'op.drop_constraint("{}", "t", type_="unique")'
_GUARDED = f'if not sa.inspect(op.get_bind()).has_table("t"):\n        {_TABLE}'
_OTHER = 'op.create_table("u", sa.Column("id", sa.Integer(), primary_key=True))'
Scripts = dict[str, tuple[str | None, str | None, str]]
"""By revision: the one before, one that it depends on, and what it does."""

_APART: Scripts = {
    "a1": (None, None, _TABLE.format("old")),
    "b1": (None, None, _TABLE.format("new")),
    "a2": ("a1", None, _DROP.format("old")),
    "b2": ("b1", None, _DROP.format("new")),
}
_TOGETHER: dict[str, Scripts] = {
    "one depends on the other": {
        "a1": (None, None, f"{_TABLE.format('old')}\n    {_OTHER}"),
        "b1": (None, "a1", 'op.drop_table("t")\n    ' + _TABLE.format("new")),
        "b2": ("b1", None, _DROP.format("new").replace('"t"', '"u"')),
    },
    "one alters what the other creates": {
        "a1": (None, None, _TABLE.format("old")),
        "b1": (None, None, _OTHER),
        "b2": ("b1", None, _DROP.format("new")),
    },
    "one creates what is not there": {**_APART, "b1": (None, None, _GUARDED.format("old"))},
    "one base": {**_APART, "b1": ("a1", None, 'op.drop_table("t")\n    ' + _TABLE.format("old"))},
}


def _rewritten(scripts: Scripts, order: tuple[str, ...], folder: Path) -> tuple[dict[str, bytes], list[Finding]]:
    folder.mkdir()
    for name, (before, depends, upgrade) in scripts.items():
        (folder / f"{name}.py").write_text(_SCRIPT.format(name, before, depends, upgrade))
    findings: list[Finding] = []
    for name in order:
        path = folder / f"{name}.py"
        done = Rewriter(Project()).rewrite(path.read_bytes(), str(path))
        path.write_bytes(done.result)
        findings += done.findings
    return {name: (folder / f"{name}.py").read_bytes() for name in scripts}, findings


def test_each_has_its_own_tables_in_whatever_order_they_are_rewritten(tmp_path: Path) -> None:
    done = [
        _rewritten(_APART, order, tmp_path / str(number)) for number, order in enumerate(permutations(sorted(_APART)))
    ]

    assert all(findings == [] for _, findings in done)
    assert all(scripts == done[0][0] for scripts, _ in done)


def test_in_each_what_is_not_there_is_found(tmp_path: Path) -> None:
    swapped = {**_APART, "a2": ("a1", None, _DROP.format("new")), "b2": ("b1", None, _DROP.format("old"))}
    _, findings = _rewritten(swapped, tuple(swapped), tmp_path / "versions")

    assert [each.code.code for each in findings] == ["SB110", "SB110"]


@pytest.mark.parametrize("case", _TOGETHER)
def test_others_have_one_database(case: str, tmp_path: Path) -> None:
    """So one of them drops what is not there any more."""
    scripts = _TOGETHER[case]
    _, findings = _rewritten(scripts, tuple(scripts), tmp_path / "versions")

    assert "SB110" in [each.code.code for each in findings]
