"""A failure is told by its cause, in the script's own names, and what is printed for it helps when it is pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.planning.edits import ARGUMENT
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem
from tests.support.helpers import OLD
from tests.support.histories import lay
from tests.support.pasting import paste

_TABLES = """op.create_table("box", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("label", sa.String(20)))
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(80)),
        sa.Column("Body", sa.String(80)),
        sa.Column("rank", sa.Integer()),
        sa.Column("order", sa.Integer()),
        sa.CheckConstraint("rank < 1000000000", name="ck_rank"),
    )
    op.create_index("ix_page_title", "page", ["title"])"""
_NO_WAY_BACK = "raise NotImplementedError"
_ALIKE = "op.execute(\"UPDATE page SET title = 'same', rank = 1\")\n    "
_RETYPED = 'alter_column("Body", type_=sa.Text())'


def block(*operations: str, opening: str = '"page"') -> str:
    lines = "\n".join(f"        batch_op.{each}" for each in operations)
    return f"with op.batch_alter_table({opening}) as batch_op:\n{lines}"


def problems_of(folder: Path, *upgrades: str) -> list[Problem]:
    for number, upgrade in enumerate((_TABLES, *upgrades), 1):
        lay(folder, number, upgrade, _NO_WAY_BACK)
    return [each for each in verify_history(str(folder), foreign_keys="off").problems if not each.consequence]


def problem_of(folder: Path, *upgrades: str) -> Problem:
    (problem,) = [each for each in problems_of(folder, *upgrades) if each.code.code != "SB433"]
    return problem


_DEFERRED = 'deferrable=True if op.get_context().dialect.name == "sqlite" else None'
_INITIALLY = {
    "in a block": (block('create_foreign_key("fk", "box", ["rank"], ["id"], initially="DEFERRED")', _RETYPED), True),
    "beside others": (
        block(
            'create_foreign_key("fk", "box", ["rank"], ["id"], initially="DEFERRED", deferrable=True)',
            'create_foreign_key("fk2", "box", ["order"], ["id"], initially="IMMEDIATE")',
        ),
        True,
    ),
    "at a column": (
        'op.create_table("new", sa.Column("page", sa.Integer(), sa.ForeignKey("page.id", initially="DEFERRED")))',
        False,
    ),
}


@pytest.mark.parametrize("name", _INITIALLY)
def test_initially_alone_is_told_and_mended_for_sqlite(name: str, tmp_path: Path) -> None:
    upgrade, told = _INITIALLY[name]
    problem = problem_of(tmp_path, upgrade)

    assert "INITIALLY stands without DEFERRABLE" in problem.message
    assert "deferrable=True beside initially" in problem.remedy
    assert [(each.code, each.where) for each in problem.edits] == ([(_DEFERRED, ARGUMENT)] if told else [])
    if told:
        main(["verify", "--fix", "-q", "--foreign-keys", "off", str(tmp_path)])
        assert verify_history(str(tmp_path), foreign_keys="off").count("batch") == 0
        assert (tmp_path / "0002.py").read_text().count(_DEFERRED) == 1


@pytest.mark.parametrize(
    "given",
    [
        'create_unique_constraint("uq", ["rank"], deferrable=True, initially="DEFERRED")',
        'create_unique_constraint("uq", ["rank"], initially="IMMEDIATE")',
        'create_check_constraint("ck_new", "rank > 0", deferrable=True)',
        'create_unique_constraint("uq", ["rank"], deferrable=False)',
    ],
)
def test_what_sqlite_checks_at_once_is_told(given: str, tmp_path: Path) -> None:
    problem = problem_of(tmp_path, block(given))
    hints = re.findall(r"(\w+=None if op\.get_context\(\)\.dialect\.name == \"sqlite\" else [^,]+)", problem.remedy)
    mended = given
    for hint in hints:
        keyword = hint.partition("=")[0]
        mended = re.sub(rf'{keyword}=(?:True|False|"\w+")', hint, mended)

    assert "SQLite defers foreign keys alone" in problem.message
    assert problems_of(tmp_path, block(mended)) == []


_BLOCKS = {
    "there already": (
        block('add_column(sa.Column("title", sa.Text()))', _RETYPED),
        "it adds title, which page has already",
        'if "title" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("page")}:',
    ),
    "there already, in other letters": (
        block('add_column(sa.Column("TITLE", sa.Text()))', _RETYPED),
        "it adds TITLE, which page has already",
        "leave it out",
    ),
    "there already, without a copy": (
        block('add_column(sa.Column("title", sa.Text()))'),
        "it adds title, which page has already",
        "leave it out",
    ),
    "not there": (
        block('alter_column("nope", nullable=False)'),
        "it alters nope, and page has no such column; it has id, title, Body, rank, order",
        "which earlier revision should have made nope",
    ),
    "in other letters": (
        block('drop_column("body")'),
        "it drops body, and the column of page is Body, in other letters",
        'write "Body"',
    ),
    "renamed before": (
        block('alter_column("title", new_column_name="name")', 'drop_column("name")'),
        "it drops name, as which it has renamed title before",
        "divide the block",
    ),
    "dropped before": (
        block('drop_column("rank")', 'alter_column("rank", nullable=True)'),
        "it alters rank, which it has dropped before",
        "leave one of the two out",
    ),
    "added and changed": (
        block('add_column(sa.Column("x", sa.Integer()))', 'alter_column("x", type_=sa.Text())'),
        "it adds x and changes its type",
        'begin a new one at batch_op.alter_column("x", type_=...)',
    ),
    "renamed to another": (
        block('alter_column("title", new_column_name="rank")'),
        "it renames title to rank, which page has already",
        "drop rank in a block before",
    ),
    "put behind nothing": (
        block('add_column(sa.Column("x", sa.Integer()), insert_after="nope")', opening='"page", recreate="always"'),
        "it puts x after nope, and page has no such column",
        "write the name of a column",
    ),
    "index on nothing": (
        block('create_index("ix", ["nope"])', _RETYPED),
        "it makes the index ix on nope, and page has no such column",
        "write the name of a column",
    ),
    "check on nothing": (
        block('create_check_constraint("ck", "nope > 0")'),
        "it makes a CHECK (nope > 0) on nope, and page has no such column",
        "write the name of a column",
    ),
    "index of that name": (
        block('create_index("ix_page_title", ["rank"])'),
        "it makes the index ix_page_title, which page has already",
        "give it another name",
    ),
    "no such index": (
        block('drop_index("nope")', _RETYPED),
        "it drops the index nope, and page has ix_page_title (title)",
        "drop it by the name that it has",
    ),
    "no such table": (
        block('alter_column("title", nullable=True)', opening='"nope"'),
        "there is no table nope",
        "see why no earlier revision has created the table",
    ),
    "a view": (
        'op.execute("CREATE VIEW v AS SELECT id FROM page")\n    '
        + block('alter_column("id", type_=sa.Text())', opening='"v"'),
        "v is a view, and batch mode copies tables",
        'op.execute("DROP VIEW v")',
    ),
    "an order in a circle": (
        block(_RETYPED, opening='"page", partial_reordering=[("id", "title"), ("title", "id")]'),
        "partial_reordering asks for an order that contradicts itself",
        "name each pair",
    ),
    "identity": (
        block('alter_column("rank", server_default=sa.Identity())'),
        "batch mode cannot give rank the default sa.Identity",
        'if op.get_context().dialect.name != "sqlite":',
    ),
    "a keyword of other operations": (
        block('add_column(sa.Column("x", sa.Integer()), first=True)'),
        "a block's add_column takes no first",
        "leave first= out",
    ),
    "if_exists of a constraint": (
        block('drop_constraint("ck_rank", type_="check", if_exists=True)'),
        "a block's drop_constraint takes no if_exists",
        'if "ck_rank" in {each["name"] for each in sa.inspect(op.get_bind()).get_check_constraints("page")}:',
    ),
    "if_not_exists of a column": (
        block('add_column(sa.Column("x", sa.Integer()), if_not_exists=True)'),
        "SQLite has no ADD COLUMN IF NOT EXISTS",
        'and "x" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("page")}: '
        'batch_op.add_column(sa.Column("x", ...))',
    ),
    "an added column without a default": (
        block('add_column(sa.Column("x", sa.Integer(), nullable=False))', _RETYPED),
        "it adds x, which is NOT NULL and has no default, and page has rows",
        "give x a server_default",
    ),
    "an added column that is unique": (
        block('add_column(sa.Column("x", sa.Integer(), server_default="1"))', 'create_unique_constraint("u", ["x"])'),
        "it adds x, and all rows of page get the same value, so that they are alike in x, which is to be unique",
        "add x first, fill it",
    ),
    "rows that a check refuses": (
        _ALIKE + block('create_check_constraint("ck", "rank > 5")'),
        "rows of page do not fulfil the CHECK ck (rank > 5)",
        "those of page WHERE NOT (rank > 5)",
    ),
    "insert_after without a copy": (
        block('add_column(sa.Column("x", sa.Integer()), insert_after="title")'),
        "insert_before and insert_after need a block that copies the table",
        'op.batch_alter_table("page", recreate="always")',
    ),
}


@pytest.mark.parametrize("name", _BLOCKS)
def test_a_block_fails_for_a_cause(tmp_path: Path, name: str) -> None:
    if name == "if_not_exists of a column" and OLD:
        pytest.skip("Alembic is too old to know it")
    upgrade, error, remedy = _BLOCKS[name]
    problem = problem_of(tmp_path, upgrade)

    assert problem.code.code == "SB302"
    table = "nope" if name == "no such table" else "v" if name == "a view" else "page"
    assert problem.message.startswith(f"the batch_alter_table block on {table} fails: {error}")
    assert remedy in problem.remedy


_CALLS = {
    "column there already": (
        'op.add_column("page", sa.Column("title", sa.Text()))',
        "op.add_column adds title, which page has already",
    ),
    "column not there": ('op.drop_column("page", "nope")', "op.drop_column drops nope, and page has no such column"),
    "index on nothing": ('op.create_index("ix", "page", ["nope"])', "op.create_index makes the index ix on nope"),
    "index of another table": (
        'op.create_index("ix_page_title", "box", ["label"])',
        "which page has already; a name is there once in the whole database",
    ),
    "no such index": ('op.drop_index("nope", table_name="page")', "op.drop_index drops the index nope, and page has"),
    "table there": ('op.create_table("page", sa.Column("id", sa.Integer()))', "the table page is there already"),
    "no such table": ('op.drop_table("nope")', "there is no table nope"),
    "rows": (
        'op.add_column("page", sa.Column("x", sa.Integer(), nullable=False))',
        "op.add_column adds x, which is NOT NULL and has no default, and page has rows",
    ),
    "rows that are alike": (
        _ALIKE + 'op.create_index("ix", "page", ["title"], unique=True)',
        "rows of page are alike in title, which is to be unique",
    ),
    "several statements": (
        'op.execute("UPDATE page SET rank = 1; UPDATE page SET rank = 2")',
        "several statements in one op.execute",
    ),
    "no such operation": ('op.add_geometry("page")', "there is no operation add_geometry"),
    "no such operation in a block": (block('add_geometry("x")'), "there is no operation add_geometry"),
    "a parameter without a value": (
        'op.get_bind().execute(sa.text("DELETE FROM page WHERE id = :id"))',
        "the statement has the parameter :id and gets no value for it",
    ),
}


@pytest.mark.parametrize("name", _CALLS)
def test_a_call_fails_for_a_cause(tmp_path: Path, name: str) -> None:
    upgrade, error = _CALLS[name]
    problem = problem_of(tmp_path, upgrade)

    assert problem.code.code == "SB304"
    assert error in problem.message
    assert "see the message" not in problem.remedy


_PASTED = {
    "rows that are alike": (_ALIKE + block('create_unique_constraint("u", ["title", "rank"])'), r"op\.execute\(.*\)"),
    "NULL": (
        'op.execute("""UPDATE page SET "order" = NULL""")\n    ' + block('alter_column("order", nullable=False)'),
        r"op\.execute\(.*\)",
    ),
    "a key to nothing": (
        'op.execute("PRAGMA foreign_keys=ON")\n    op.execute("UPDATE page SET rank = 4711")\n    '
        + block('create_foreign_key("fk", "box", ["rank"], ["id"])'),
        r"op\.execute\(.*\)",
    ),
    "a table in the way": (
        'op.execute("CREATE TABLE _alembic_tmp_page (id INTEGER)")\n    ' + block(_RETYPED),
        r"op\.execute\(.*\)",
    ),
}


@pytest.mark.parametrize("name", _PASTED)
def test_what_goes_before_a_block_helps_there(tmp_path: Path, name: str) -> None:
    upgrade, pattern = _PASTED[name]
    code = re.search(pattern, problem_of(tmp_path, upgrade).remedy)

    assert code is not None
    before, block, rest = upgrade.partition("with ")
    assert problems_of(tmp_path, f"{before}{code[0]}\n    {block}{rest}") == []


_UNIQUE = 'op.create_table("once", sa.Column("a", sa.Integer()), sa.UniqueConstraint("a", name="uq"))\n    '


@pytest.mark.parametrize(
    "drop",
    ['op.drop_index("uq", table_name="once")', block('drop_index("uq")', opening='"once"')],
    ids=["alone", "block"],
)
def test_an_index_that_is_a_constraint_is_dropped_as_one(tmp_path: Path, drop: str) -> None:
    """On MySQL a unique constraint is an index, and ``--autogenerate`` drops it so."""
    problem = problem_of(tmp_path / "before", _UNIQUE + drop)

    assert "drops the index uq, which is a unique constraint of once on SQLite" in problem.message
    (edit,) = problem.edits
    assert (
        problems_of(
            tmp_path / "after", _UNIQUE + drop.replace(drop.split("    ")[-1].strip(), _indented(edit.code, drop))
        )
        == []
    )


def _indented(code: str, drop: str) -> str:
    margin = "        " if drop.startswith("with") else "    "
    return f"\n{margin}".join(code.split("\n"))


@pytest.mark.parametrize(
    "operation",
    ['drop_column("title")', 'drop_column("rank")'],
    ids=["index", "check"],
)
def test_what_uses_a_dropped_column_is_dropped_first(tmp_path: Path, operation: str) -> None:
    remedy = problem_of(tmp_path, 'op.create_index("ix", "page", ["title"])\n    ' + block(operation, _RETYPED)).remedy
    first = remedy.rpartition(": batch_op.")[2]
    drops = [first, 'drop_index("ix")'] if "title" in operation and '"ix"' not in first else [first]
    if "title" in operation:
        drops = ['drop_index("ix")', 'drop_index("ix_page_title")']

    assert first in drops
    index = 'op.create_index("ix", "page", ["title"])\n    '
    assert problems_of(tmp_path, index + block(*drops, operation, _RETYPED)) == []


@pytest.mark.parametrize(
    ("opening", "kept"),
    [
        ('"page", recreate="never"', '"page"'),
        ('"page", None, "never"', '"page", None, "auto"'),
        ('table_name="page", recreate="never", schema=None', 'table_name="page", schema=None'),
    ],
)
@pytest.mark.parametrize(
    "operation", [_RETYPED, 'create_unique_constraint("u", ["title"])', 'drop_constraint("ck_rank")']
)
def test_a_block_that_may_not_copy(tmp_path: Path, opening: str, kept: str, operation: str) -> None:
    problem = problem_of(tmp_path, block(operation, opening=opening))

    assert 'recreate="never" keeps SQLite from copying the table' in problem.message
    assert problem.remedy == f"leave it out: op.batch_alter_table({kept})"
    assert problems_of(tmp_path, block(operation, opening=kept)) == []


def test_an_expression_is_indexed_behind_theblock(tmp_path: Path) -> None:
    index = 'create_index("ix", [sa.text("lower(title)"), "rank"], unique=True)'
    code = problem_of(tmp_path, block(index, _RETYPED)).remedy.partition(": ")[2]

    assert code == 'op.create_index("ix", "page", [sa.text("lower(title)"), "rank"], unique=True)'
    assert problems_of(tmp_path, block(_RETYPED) + f"\n    {code}") == []


_VIEWS = {
    "view": ["CREATE VIEW v AS SELECT id, title FROM page"],
    "views of views": ["CREATE VIEW v AS SELECT id, title FROM page", "CREATE VIEW w AS SELECT id FROM v"],
    "trigger": ["CREATE TRIGGER t AFTER INSERT ON box BEGIN UPDATE page SET rank = 1; END"],
    "quoted": ['CREATE VIEW "my view" AS SELECT "order" FROM page'],
}


@pytest.mark.parametrize("name", _VIEWS)
def test_a_view_or_trigger_goes_before_and_comes_again(tmp_path: Path, name: str) -> None:
    made = "\n    ".join(f"op.execute({text!r})" for text in _VIEWS[name])
    problem = problem_of(tmp_path, made, block(_RETYPED))
    assert problem.kind == "batch"
    assert " looks at page" in problem.message
    script = Path(problem.path)
    script.write_text(paste(script.read_text(), [problem]))
    assert verify_history(str(tmp_path), foreign_keys="off").problems == []


def test_a_column_that_is_there_loses_its_values(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, block('add_column(sa.Column("order", sa.Integer()))', _RETYPED))

    assert problem.code.code == "SB402"
    assert problem.message.endswith(": the block adds order, which the table has already")


def test_a_key_on_a_column_that_is_not_there(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, block('create_foreign_key("fk", "box", ["nope"], ["id"])'))

    assert problem.message.endswith("has no foreign key fk(nope), since it has no column nope")
