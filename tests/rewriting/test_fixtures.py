"""Every case under fixtures/rewrite, byte for byte."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from sqlite_batchify import Rewritten, findings, rewrite_source
from sqlite_batchify.operations import OPERATIONS, Operation
from sqlite_batchify.reading.words import has_nothing_to_do
from tests.support.cases import CASES, Case
from tests.support.offline import DIALECTS, DIRECTIONS, ddl


def _compiles(case: Case) -> bool:
    return sys.version_info >= (3, 11) or case.name != "places/try_star"


_every_case = pytest.mark.parametrize("case", [case for case in CASES if _compiles(case)], ids=lambda case: case.name)
_changing_case = pytest.mark.parametrize(
    "case", [case for case in CASES if case.after != case.before and not case.unsafe_fixes], ids=lambda case: case.name
)


def _rewrite(case: Case, script: bytes, minimum: str = "") -> Rewritten:
    minimum = minimum or case.minimum_sqlite
    how = partial(rewrite_source, style=case.style, naming=case.naming, portable=case.portable)
    return how(script, unsafe_fixes=case.unsafe_fixes, minimum_sqlite=minimum)


@_every_case
def test_comes_out_byte_for_byte(case: Case) -> None:
    result = _rewrite(case, case.before).result

    assert result.decode() == case.after.decode()


@_every_case
def test_finds_exactly_what_is_listed(case: Case) -> None:
    found = _rewrite(case, case.before).findings

    assert tuple(f"{each.line}:{each.column} {each.code.code}" for each in found) == case.findings


@_every_case
def test_result_compiles(case: Case) -> None:
    compile(case.after, case.name, "exec")


@_every_case
def test_second_run_changes_nothing(case: Case) -> None:
    assert not _rewrite(case, case.after).changed


@_changing_case
def test_other_databases_get_the_same_ddl_but_for_names(case: Case) -> None:
    before = _sent(case.before)
    if not before:
        pytest.skip("does not run offline")
    how = partial(rewrite_source, style=case.style, naming="keep", portable=case.portable)
    kept = _sent(how(case.before, minimum_sqlite=case.minimum_sqlite).result)
    named = _sent(case.after)

    assert {way: kept[way] for way in before} == before
    assert {way: _nameless(named[way]) for way in before} == {way: _nameless(text) for way, text in before.items()}


@_every_case
@pytest.mark.parametrize("minimum", ["3.34", "3.35", "3.53"])
def test_whichever_sqlite_is_the_oldest(minimum: str, case: Case) -> None:
    result = _rewrite(case, case.before, minimum).result
    assert not _rewrite(case, result, minimum).changed

    if result not in (case.before, case.after) and not case.unsafe_fixes:
        before, after = _sent(case.before), _sent(result)
        assert {way: _nameless(after[way]) for way in before} == {way: _nameless(text) for way, text in before.items()}


def _sent(script: bytes) -> dict[tuple[str, str], str]:
    """The DDL by direction and dialect, where it can be had."""
    texts = {
        (direction, dialect): ddl(script.decode(), dialect, direction)
        for direction in DIRECTIONS
        for dialect in DIALECTS
    }
    return {way: text for way, text in texts.items() if text is not None}


def _nameless(text: str) -> str:
    return re.sub(r"ADD CONSTRAINT (?:\w+|\"[^\"]+\"|`[^`]+`|\[[^]]+\]) ", "ADD ", text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_most_cases_run_offline(dialect: str) -> None:
    runs = [ddl(case.before.decode(), dialect, "upgrade") for case in CASES]

    assert sum(bool(text) for text in runs) > len(CASES) / 2


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_operation_has_a_positional_and_a_keyword_case(operation: Operation) -> None:
    calls = list(_calls(operation.name))
    place = operation.positional.index(operation.table)

    assert [call for call in calls if len(call.args) > place]
    assert [call for call in calls if operation.table in {keyword.arg for keyword in call.keywords}]


def _calls(method: str) -> Iterator[ast.Call]:
    for case in CASES:
        if _compiles(case):
            for node in ast.walk(ast.parse(case.before)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                    yield node


@pytest.mark.parametrize("code", [code for code in findings.CODES if code.startswith("SB1")])
def test_every_finding_of_the_rewriter_has_a_case(code: str) -> None:
    assert [case for case in CASES if any(line.endswith(code) for line in case.findings)]


@pytest.mark.parametrize("style", ["minimal", "autogenerate"])
def test_cases_that_are_not_parsed_need_no_work(style: str) -> None:
    idle = [case for case in CASES if case.style == style and has_nothing_to_do(case.before, style, case.portable)]

    assert [case.name for case in idle if case.after != case.before or case.findings] == []
