"""How the report of a replay reads."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlite_batchify import findings
from sqlite_batchify.report.history import as_json, as_text, failure_text
from sqlite_batchify.verify.dialects import Comparison, Difference
from sqlite_batchify.verify.results import ALTER, DOWNGRADE, SCRIPT, UPGRADE, Problem, Report, Step

_RED, _YELLOW, _GREEN, _PLAIN = "\033[31m", "\033[33m", "\033[32m", "\033[0m"
_DIFFERENCE = Difference("a", "v/a.py", UPGRADE, "mysql", ("DROP TABLE a;",), ("DROP TABLE b;",))


def _problem(kind: str, message: str, consequence: bool = False) -> Problem:
    code = findings.ALTER_FAILS if kind == ALTER else findings.SCRIPT_FAILS
    return Problem(code, kind, "b", UPGRADE, "v/b.py", 7, message, "mend it", consequence)


def _report(*problems: Problem) -> Report:
    steps = [
        Step("a", "v/a.py", "accounts", "", (DOWNGRADE,), ()),
        Step("b", "v/b.py", "bills", "billing", (), problems),
    ]
    return Report("v", "3.40.1", steps, {"now()": 2, "JSONB": 1}, 1.25)


_BAD = _report(
    _problem(SCRIPT, "it raises"),
    _problem(ALTER, "it cannot alter"),
    _problem(ALTER, "it is not there", consequence=True),
)


def test_a_summary_shows_what_decides_first_and_counts_what_only_follows() -> None:
    assert list(as_text(_BAD, only=(ALTER,), verbose=False)) == [
        "2 revisions of v up, down and up again on SQLite 3.40.1 in 1.2 s",
        "v/b.py:7: b upgrade",
        "    SB301 it cannot alter",
        "    mend it",
        "v/b.py:7: b upgrade",
        "    SB304 it raises",
        "    mend it",
        "",
        "     1  alter    operations that SQLite cannot do",
        "     0  batch    batch_alter_table blocks that fail",
        "     0  lost     rows, values or parts of the schema that get lost",
        "     0  foreign  statements, types or functions of another database",
        "     1  script   errors of the scripts themselves",
        "     1  more that only follow from these",
        "emulated: JSONB 1, now() 2",
    ]


def test_what_is_the_same_for_several_stands_there_once() -> None:
    one, other = _problem(ALTER, "it cannot alter"), _problem(ALTER, "it cannot drop")
    again = replace(one, direction=DOWNGRADE, line=9)
    apart = replace(one, remedy="leave it out", line=12)

    assert list(as_text(_report(one, other, apart, again), only=(), verbose=False))[1:-7] == [
        "v/b.py:7: b upgrade",
        "v/b.py:9: b downgrade",
        "    SB301 it cannot alter",
        "v/b.py:7: b upgrade",
        "    SB301 it cannot drop",
        "    mend it",
        "v/b.py:12: b upgrade",
        "    SB301 it cannot alter",
        "    leave it out",
    ]


def test_verbose_shows_every_revision_and_what_only_follows() -> None:
    lines = list(as_text(_BAD, only=(), verbose=True))

    assert lines[1:3] == ["ok   a accounts (no downgrade)", "FAIL [billing] b bills"]
    assert lines[9:11] == ["v/b.py:7: b upgrade (follows from an earlier failure)", "    SB301 it is not there"]
    assert lines[11] == "", "a remedy for what needs none"
    assert not any("more that only follow" in line for line in lines)


def test_only_some_classes_count_where_it_is_asked_for() -> None:
    report = _report(_problem(SCRIPT, "it raises"))

    assert list(as_text(report, only=("alter", "lost"), verbose=True))[2] == "ok   [billing] b bills"
    assert list(as_text(report, only=(), verbose=True))[2] == "FAIL [billing] b bills"


def test_colours_tell_what_fails_from_what_does_not() -> None:
    text = "\n".join(as_text(_BAD, only=("alter",), verbose=True, colour=True))

    assert f"{_GREEN}ok  {_PLAIN} a accounts" in text
    assert f"{_RED}SB301{_PLAIN} it cannot alter" in text
    assert f"{_YELLOW}SB304{_PLAIN} it raises" in text
    assert f"{_RED}     1{_PLAIN}  alter" in text
    assert f"{_GREEN}     0{_PLAIN}  batch" in text
    assert f"{_YELLOW}     1{_PLAIN}  script" in text
    assert f"{_RED}SB304{_PLAIN}" in "\n".join(as_text(_BAD, only=(), verbose=True, colour=True))


def test_texts_for_other_databases_that_differ_are_named() -> None:
    lines = list(as_text(_report(), (), False, before=_BAD, ddl=Comparison(16, (_DIFFERENCE,), 0)))

    assert lines[3] == "alter              1          0  operations that SQLite cannot do"
    assert lines[8:10] == [
        "SQL for postgresql, mysql, mssql and oracle: 16 texts, 1 text not the same",
        "  v/a.py: upgrade on mysql",
    ]


def test_json_holds_the_texts_that_differ() -> None:
    shape = json.loads(as_json(_report(), (), Comparison(16, (_DIFFERENCE,), 3), _BAD))

    assert (shape["ddl"]["compared"], shape["ddl"]["renamed"]) == (16, 3)
    assert shape["ddl"]["differences"] == [
        {
            "revision": "a",
            "direction": "upgrade",
            "dialect": "mysql",
            "before": ["DROP TABLE a;"],
            "after": ["DROP TABLE b;"],
        }
    ]


def test_what_a_test_says_of_a_revision() -> None:
    good, bad = _BAD.steps

    assert failure_text(good, only=()) == ""
    assert failure_text(bad, only=("alter",)) == "v/b.py:7: b upgrade\n    SB301 it cannot alter\n    mend it"
    assert "it raises" in failure_text(bad, only=())


def test_json_of_one_history_alone() -> None:
    shape = json.loads(as_json(_BAD, only=()))

    assert shape["fails"] is True
    assert not {"before", "ddl"} & shape.keys()
