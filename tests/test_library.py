"""The package as a library: its public names, its two functions, their types, and what it costs to import it."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import sqlite_batchify
from sqlite_batchify import HistoryError, Step, verify_history
from tests.support import SHOP
from tests.support.helpers import HEAD, write

PUBLIC = [
    *("Code", "Finding", "HistoryError", "Problem", "Report", "Rewritten", "Step"),
    *("__version__", "rewrite_source", "verify_history"),
]

REWRITING = """
>>> from pathlib import Path
>>> from sqlite_batchify import rewrite_source

>>> script = Path("migrations/versions/0002_constraints.py")
>>> rewritten = rewrite_source(script.read_bytes(), path=str(script))
>>> rewritten.changed, rewritten.operations, rewritten.blocks
(True, 6, 4)
>>> for finding in rewritten.remaining:
...     print(f"{finding.path}:{finding.line}: {finding.code.code} {finding.message}; {finding.remedy}")
>>> b"batch_op.create_unique_constraint" in rewritten.result
True
"""

VERIFYING = """
>>> from sqlite_batchify import rewrite_source, verify_history

>>> report = verify_history("migrations")
>>> report.fails(), report.count("alter"), report.count("lost")
(True, 15, 0)
>>> for step in report.steps:
...     print(step.revision, step.title, len(step.problems))
0001 accounts and orders 0
0002 purchases belong to accounts 6
0003 stricter columns 8
0004 accounts refer to accounts, states are rows 4
>>> problem = report.problems[0]
>>> problem.path, problem.line, problem.direction, problem.code.name
('migrations/versions/0002_constraints.py', 18, 'upgrade', 'alter-fails')

>>> def rewritten(source: bytes, path: str) -> bytes:
...     return rewrite_source(source, path=path).result
>>> verify_history("migrations", foreign_keys="off", transform=rewritten).fails()
False
"""

TYPED_USE = """
from pathlib import Path

import sqlalchemy as sa
from typing_extensions import assert_type

import sqlite_batchify
from sqlite_batchify import (
    Code, Finding, HistoryError, Problem, Report, Rewritten, Step, rewrite_source, verify_history
)

assert_type(sqlite_batchify.__version__, str)


def rewrite(script: Path) -> tuple[Finding, ...]:
    rewritten = rewrite_source(script.read_bytes(), style="minimal", naming="keep", path=str(script))
    assert_type(rewritten, Rewritten)
    assert_type(rewritten.result, bytes)
    return rewritten.remaining


def problems(folder: Path, metadata: sa.MetaData) -> list[Problem]:
    try:
        report = verify_history(
            folder,
            foreign_keys="on",
            database=folder / "app.db",
            metadata=metadata,
            start="a",
            stop="b",
            arguments=["tenant=x"],
            sqlite_module="pysqlite3",
            transform=lambda source, path: source.replace(b"a", path.encode()),
            progress=lambda steps, total: list(steps)[:total],
        )
    except HistoryError as error:
        raise SystemExit(str(error)) from error
    assert_type(report, Report)
    assert_type(report.steps, list[Step])
    assert_type(report.fails(only=["lost"]), bool)
    return report.problems


def name(problem: Problem, finding: Finding) -> tuple[Code, Code]:
    return problem.code, finding.code


rewrite_source("text")  # type: ignore[arg-type]
verify_history("migrations", metadata="models:metadata")  # type: ignore[arg-type]
verify_history("migrations", foreign_key="on")  # type: ignore[call-arg]
verify_history("migrations", transform=lambda source: source)  # type: ignore[arg-type, misc]
"""


# The public names


def test_the_public_names_are_these() -> None:
    assert sqlite_batchify.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(sqlite_batchify))


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_every_public_name_is_there_and_documented(name: str) -> None:
    public = getattr(sqlite_batchify, name)
    assert public.__name__ == name
    assert len(inspect.getdoc(public) or "") > 20
    assert not (inspect.getdoc(public) or "").startswith(f"{name}("), "what dataclass makes up"


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'sqlite_batchify' has no attribute 'rewrite_sauce'"):
        sqlite_batchify.rewrite_sauce  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "imported"),
    [
        ("import sqlite_batchify; dir(sqlite_batchify)", set()),
        ("from sqlite_batchify import rewrite_source, Rewritten; rewrite_source(b'')", set()),
        ("from sqlite_batchify import verify_history, Report, Step, Problem, Finding, Code", set()),
        ("from sqlite_batchify import HistoryError", {"alembic", "sqlalchemy"}),
    ],
)
def test_importing_it_imports_only_what_is_needed(statement: str, imported: set[str]) -> None:
    code = f"import sys; {statement}; print(*{{'alembic', 'sqlalchemy', 'libcst'}}.intersection(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.split()) == imported


# The examples and the types


@pytest.mark.parametrize("example", [REWRITING, VERIFYING], ids=["rewriting", "verifying"])
def test_the_examples_come_out_exactly_so(shop: Path, example: str) -> None:
    test = doctest.DocTestParser().get_doctest(example, {}, "example", None, 0)
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.attempted > 4
    assert result.failed == 0, "".join(report)


def test_a_typed_use_of_it_is_strictly_typed(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(TYPED_USE)
    options = ["--strict", "--python-version", "3.10", "--config-file", "", "--cache-dir", str(tmp_path / "cache")]
    run = [sys.executable, "-m", "mypy", *options, "use.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "Success: no issues found in 1 source file\n", done.stdout + done.stderr


# verify_history: what it takes, and what it raises


def test_the_keyword_arguments_are_options_of_the_command_line() -> None:
    spelling = {"target": "TARGET", "start": "--from", "stop": "--to", "arguments": "-x", "transform": "--rewritten"}
    run = [sys.executable, "-m", "sqlite_batchify", "verify", "--help"]
    told = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout
    options = set(re.findall(r"(?<![\w-])(?:-x|--[a-z-]+|TARGET)\b", told))
    parameters = set(inspect.signature(verify_history).parameters) - {"progress"}
    assert {spelling.get(name, "--" + name.replace("_", "-")) for name in parameters} <= options


def test_paths_may_be_path_objects(shop: Path) -> None:
    assert len(verify_history(shop / "alembic.ini", foreign_keys="off").steps) == 4
    database = shop / "shop.db"
    alembic = [sys.executable, "-m", "alembic", "upgrade", "0001"]
    subprocess.run(alembic, cwd=shop, capture_output=True, timeout=60, check=True)
    steps = verify_history(Path("migrations"), database=database, foreign_keys="off").steps
    assert [step.revision for step in steps] == ["0002", "0003", "0004"]


def test_arguments_are_what_x_gives(tmp_path: Path) -> None:
    asking = (
        "    from alembic import context\n    assert context.get_x_argument() == ['tenant=a', 'b'], 'other arguments'\n"
    )
    write(tmp_path / "a1.py", (HEAD + asking).encode())
    assert [(problem.kind, problem.line) for problem in verify_history(tmp_path).problems] == [("script", 9)]
    assert verify_history(tmp_path, arguments=["tenant=a", "b"]).problems == []


def test_progress_gets_every_step_and_their_number(shop: Path) -> None:
    seen: list[object] = []

    def progress(steps: Iterator[Step], total: int) -> Iterable[Step]:
        seen.append(total)
        for step in steps:
            seen.append(step.revision)
            yield step

    report = verify_history("migrations", foreign_keys="off", start="0001", progress=progress)
    assert seen == [3, "0002", "0003", "0004"]
    assert len(report.steps) == 3


def test_what_is_not_there_is_a_history_error(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no such file or folder"):
        verify_history(tmp_path / "nowhere")
    with pytest.raises(HistoryError, match="name a SQLite database that Alembic has migrated"):
        verify_history(SHOP, database=tmp_path / "no.db")
    with pytest.raises(HistoryError, match="9999"):
        verify_history(SHOP, stop="9999")


def test_a_module_that_is_not_there_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="no_such_module"):
        verify_history(SHOP, sqlite_module="no_such_module")


def test_another_foreign_keys_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="foreign_keys is one of auto, off, on, both, not 'maybe'"):
        verify_history(SHOP, foreign_keys="maybe")
