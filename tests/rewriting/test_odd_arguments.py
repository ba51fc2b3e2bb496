"""Whatever arguments a call has: nothing raises, and nothing that is written fails the self-check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlite_batchify import Rewritten
from sqlite_batchify.config import BATCH_NAME
from sqlite_batchify.findings import Finding
from sqlite_batchify.history.scripts import History
from sqlite_batchify.names import read_naming
from sqlite_batchify.operations import STYLES
from sqlite_batchify.rewriting import Script
from tests.support import part
from tests.support.odd_arguments import FORMS, Form, calls, histories, history, systematic, written

_TABLE = {
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s_%(referred_column_0_name)s",
    "uq": "uq_%(column_0_label)s_%(column_1_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
_NAMINGS = ("auto", "postgresql", "keep", _TABLE)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_names_are_told_whatever_is_given_for_any_parameter(form: Form) -> None:
    for number, source in enumerate(systematic(form)):
        naming = ("auto", _TABLE)[number % 2]
        History({"r.py": source}.copy).names("r.py", source, read_naming(naming))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_a_script_is_rewritten_whatever_one_call_is_given(form: Form) -> None:
    @settings(max_examples=part(3, 15), deadline=None, derandomize=True)
    @given(st.lists(calls(form), min_size=1, max_size=3), st.sampled_from(STYLES), st.sampled_from(_NAMINGS))
    def rewrites(statements: list[str], style: str, naming: object) -> None:
        assert list(_defects(history([statements]), style, naming)) == []

    rewrites()


@settings(max_examples=part(30, 100), deadline=None, derandomize=True)
@given(histories(), st.sampled_from(STYLES), st.sampled_from(_NAMINGS), st.booleans())
def test_a_history_is_rewritten_whatever_its_calls_are_given(
    scripts: list[bytes], style: str, naming: object, unsafe_fixes: bool
) -> None:
    assert list(_defects(scripts, style, naming, unsafe_fixes)) == []


def _defects(scripts: Sequence[bytes], style: str, naming: object, unsafe_fixes: bool = False) -> Iterator[str]:
    """Findings that are defects of ours, of each script alone and as part of its history; what is raised goes on."""
    folder = _folder(scripts)
    opened = History(lambda: folder)
    for name, source in folder.items():
        opened.names(name, source, read_naming(naming))
        for told in (None, lambda: opened):
            rewritten = Script(style, read_naming(naming), name, told, BATCH_NAME, unsafe_fixes).rewrite(source)
            yield from (f"{name}: {each.message}" for each in _ours(rewritten))


def _folder(scripts: Sequence[bytes]) -> dict[str, bytes]:
    return {f"r{number}.py": source for number, source in enumerate(scripts)}


def _ours(rewritten: Rewritten) -> list[Finding]:
    return [each for each in rewritten.findings if each.code.code.startswith("SB2")]


def test_convention_of_a_block_that_is_no_convention_names_nothing() -> None:
    block = "with op.batch_alter_table('t', naming_convention={'uq': '%', 'fk': '%(table_name)d'}) as batch_op:\n"
    scripts = history([[f"{block}        batch_op.drop_constraint('u', type_='unique')"]])

    assert list(_defects(scripts, STYLES[0], "auto")) == []


def test_bare_primary_key_is_that_of_the_columns_that_say_so() -> None:
    create = "op.create_table('t', sa.Column('a', sa.Integer(), primary_key=True), sa.PrimaryKeyConstraint())"
    scripts = written([[create], ["op.drop_constraint('t_pkey', 't', type_='primary')"]])
    folder = _folder(scripts)
    opened = History(lambda: folder)

    result = (
        Script(STYLES[0], read_naming("auto"), "r1.py", lambda: opened, BATCH_NAME, False).rewrite(scripts[1]).result
    )

    assert b"naming_convention={'pk': '%(table_name)s_pkey'}" in result


def test_constraint_without_columns_gets_no_name() -> None:
    source = written([["op.create_unique_constraint(None, 't', [])"]])[0]

    findings = Script(STYLES[0], read_naming("auto"), "r.py", None, BATCH_NAME, False).rewrite(source).findings

    assert [(each.code.code, "it has no columns" in each.message) for each in findings] == [("SB101", True)] * 2
