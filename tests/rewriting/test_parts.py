"""What of a table Alembic does not reflect is kept, or said where the table is copied; as verify says it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sqlite_batchify.findings import PARTS_GO, Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import LOST
from tests.support.helpers import Run
from tests.support.histories import lay

_TABLE = '"ticket", '
_PARTS = {
    "AUTOINCREMENT": "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "COLLATE NOCASE of name": "name TEXT COLLATE NOCASE",
    'COLLATE "rtrim" of the name': '"the name" TEXT DEFAULT (upper(\'a, b\')) COLLATE "rtrim"',
    "a CHECK without a name": "a INTEGER, CHECK (a < 3)",
    "a CHECK without a name of a": "a INTEGER NOT NULL DEFAULT 1 CHECK (a < 3)",
    "ON DELETE SET NULL of other": "other INTEGER REFERENCES parent (id) ON DELETE SET NULL",
    "ON UPDATE CASCADE of other": "other INTEGER REFERENCES parent (id) MATCH FULL ON UPDATE CASCADE",
    "DEFERRABLE of other": "other INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED",
    "ON CONFLICT REPLACE of name": "name TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'",
    "ON CONFLICT IGNORE": "name TEXT, UNIQUE (name) ON CONFLICT IGNORE",
}
_WHOLE = {
    "CHECKs with names": "a INTEGER CONSTRAINT some CHECK (a > 0), CONSTRAINT more CHECK (a < 9)",
    "a foreign key": "other INTEGER REFERENCES parent (id) ON DELETE NO ACTION NOT DEFERRABLE",
    "a foreign key of the table": "b INTEGER, FOREIGN KEY (b) REFERENCES parent (id) ON DELETE CASCADE",
    "texts": "a TEXT DEFAULT 'COLLATE NOCASE, CHECK (a > 0)', \"collate\" TEXT, [check] TEXT",
    "a UNIQUE": "a TEXT UNIQUE, b TEXT, UNIQUE (a, b)",
}


def _table(part: str) -> str:
    key = "" if "PRIMARY KEY" in part else "id INTEGER PRIMARY KEY, "
    columns, constraints = re.match(r"(.*?)((?:, (?:UNIQUE|CHECK|CONSTRAINT|FOREIGN KEY) ?\w* ?\(.*)?)$", part).groups()  # type: ignore[union-attr]
    return f"CREATE TABLE ticket ({key}{columns}, size INTEGER DEFAULT 0{constraints})"


def _history(folder: Path, first: str, *headings: str) -> list[Path]:
    """Scripts of which the first creates the table, and the others change its column ``size``."""
    parent = 'op.create_table("parent", sa.Column("id", sa.Integer(), primary_key=True))'
    steps = [(f"{parent}\n    {first}", 'op.drop_table("ticket")\n    op.drop_table("parent")')]
    for number, heading in enumerate(headings, 1):
        call = f'alter_column({_TABLE if not heading else ""}"size", existing_type=sa.Integer(), server_default='
        head, variable = (f"{heading}\n        ", "batch_op") if heading else ("", "op")
        steps.append((f'{head}{variable}.{call}"{number}")', f'{head}{variable}.{call}"{number - 1}")'))
    return [lay(folder, number, *each) for number, each in enumerate(steps, 1)]


def _rewrite(paths: list[Path]) -> list[Finding]:
    rewriter = Rewriter(Project())
    found: list[Finding] = []
    for path in paths:
        done = rewriter.rewrite(path.read_bytes(), str(path))
        path.write_bytes(done.result)
        found += [each for each in done.remaining if each.code is PARTS_GO]
    return found


def _lost(folder: Path) -> set[str]:
    """The revisions at whose upgrade verify says that something gets lost, whether or not foreign keys are on."""
    found = (each for each in verify_history(str(folder)).problems if each.kind == LOST and not each.foreign_keys)
    return {each.revision for each in found if each.direction == "upgrade"}


@pytest.mark.parametrize("name", _PARTS)
def test_what_a_text_of_sql_has_made_is_said_where_it_is_copied(name: str, tmp_path: Path, run: Run) -> None:
    """Once, for what is gone is gone; and no more when verify --fix has given it to the block."""
    paths = _history(tmp_path / "versions", f"op.execute({_table(_PARTS[name])!r})", "", "")
    found = _rewrite(paths)

    assert [(Path(each.path).name, each.line) for each in found] == [("0002.py", 11)]
    assert f"{name} in CREATE TABLE ticket (see 0001.py, line 12) is gone" in found[0].message
    assert _lost(tmp_path / "versions") == {"0002"}

    assert run("verify", "--fix", tmp_path / "versions")[0] == 0
    assert _rewrite(paths) == []


@pytest.mark.parametrize("name", _WHOLE)
def test_what_is_reflected_is_not_said(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path / "versions", f"op.execute({_table(_WHOLE[name])!r})", "")

    assert _rewrite(paths) == []
    assert _lost(tmp_path / "versions") == set()


_BLOCK = 'with op.batch_alter_table("ticket"{}) as batch_op:'
_OPERATIONS = {
    "AUTOINCREMENT": ("", ", sqlite_autoincrement=True"),
    "a CHECK without a name": ("", ', sa.CheckConstraint("size < 9")'),
    "a collation, a default with a colon, a type or an ON CONFLICT": (
        ', sa.Column("name", sa.Text(collation="NOCASE"), sqlite_on_conflict_not_null="REPLACE", nullable=False, '
        'server_default="a :b")',
        "",
    ),
}


def _created(column: str, more: str) -> str:
    columns = f'sa.Column("id", sa.Integer(), primary_key=True){column}, sa.Column("size", sa.Integer()'
    return f'op.create_table("ticket", {columns}, server_default="0"){more})'


@pytest.mark.parametrize("name", _OPERATIONS)
def test_a_block_of_the_scripts_own_is_told_what_it_would_lose(name: str, tmp_path: Path) -> None:
    """What to add to it is what the program gives its own blocks; with it nothing is lost."""
    paths = _history(tmp_path / "versions", _created(*_OPERATIONS[name]), _BLOCK.format(""))
    found = _rewrite(paths)

    assert [(Path(each.path).name, each.line) for each in found] == [("0002.py", 11), ("0002.py", 16)][: len(found)]
    assert found[0].message == f"{name} is gone when SQLite has copied the table: Alembic does not reflect it"
    assert "0002" in _lost(tmp_path / "versions")

    added = re.fullmatch(
        r"add (.*) to batch_alter_table\(\.\.\.\)(?:; above it: (.*); and below it: (.*))?", found[0].remedy
    )
    assert added is not None
    for path in paths[1:]:
        above, below = (f"    {each}\n" if each else "" for each in (added[2], added[3]))
        block = re.compile(f"    {re.escape(_BLOCK.format(''))}\n(.*)\n")
        put = f"{above}    {_BLOCK.format(f', {added[1]}')}\n\\1\n{below}"
        path.write_text(block.sub(put, path.read_text()))
    assert _rewrite(paths) == []
    assert _lost(tmp_path / "versions") == set()


_PART = _PARTS["COLLATE NOCASE of name"]
_SILENT = {
    "dropped before": f'op.execute({_table(_PART)!r}); op.drop_column("ticket", "name")',
    "created again": f'op.execute({_table(_PART)!r}); op.drop_table("ticket"); {_created("", "")}',
    "not on SQLite": (
        f'if op.get_context().dialect.name != "sqlite": op.execute({_table(_PART)!r})\n    {_created("", "")}'
    ),
    "of another database": (
        "op.execute('CREATE TABLE ticket (a TEXT COLLATE \"C\", b INT GENERATED BY DEFAULT AS IDENTITY)')"
    ),
    "of no table that stays": f"op.execute({_table(_PART)!r}.replace('TABLE', 'TEMP TABLE'))",
    "of a query": (
        "op.execute(\"CREATE TABLE ticket AS SELECT 1 AS id, 2 AS size, 'CHECK (a)' COLLATE NOCASE AS name\")"
    ),
}


@pytest.mark.parametrize("name", _SILENT)
def test_nothing_is_said_of_what_is_not_there(name: str, tmp_path: Path) -> None:
    assert _rewrite(_history(tmp_path / "versions", _SILENT[name], "")) == []


def test_a_block_that_drops_the_column_loses_nothing(tmp_path: Path) -> None:
    dropping = _BLOCK.format("") + '\n        batch_op.drop_column("name")'

    assert _rewrite(_history(tmp_path / "versions", f"op.execute({_table(_PART)!r})", dropping)) == []


def test_what_is_renamed_is_what_it_was(tmp_path: Path) -> None:
    first = f"op.execute({_table(_PART).replace('ticket', 'card')!r}); op.rename_table('card', 'ticket')"
    found = _rewrite(_history(tmp_path / "versions", first, ""))

    assert [each.message.partition(" (see")[0] for each in found] == ["COLLATE NOCASE of name in CREATE TABLE card"]
