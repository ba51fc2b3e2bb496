"""What the history tells of tables that blocks copy is found where it is so on SQLite, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.pool import NullPool

from sqlite_batchify.findings import IN_ANOTHER_CASE, LOOKED_AT, TRIGGER_GOES, Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support.helpers import Run

_HEAD = """\
from textwrap import dedent

from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {down!r}

PEOPLE = "CREATE VIEW people AS SELECT id, name FROM account"


"""
_TABLES = """
op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
op.create_table("other", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
"""
_VIEW = 'op.execute("CREATE VIEW people AS SELECT id, name FROM account")'
_TRIGGER = (
    'op.execute("CREATE TRIGGER sign AFTER INSERT ON account BEGIN '
    "UPDATE account SET name = 'x' WHERE id = new.id; END\")"
)
_ON_OTHER = (
    'op.execute("CREATE TRIGGER copy AFTER INSERT ON other BEGIN INSERT INTO account (name) SELECT new.name; END")'
)
_ALTER = 'op.alter_column("account", "name", nullable=False)'
_BLOCK = """
with op.batch_alter_table("account", schema=None) as batch_op:
    batch_op.alter_column("name", existing_type=sa.Text(), nullable=False)
"""
_LOOKED_AT = {
    "an operation": (_VIEW, _ALTER),
    "a block by hand": (_VIEW, _BLOCK),
    "other case": ("op.execute('create view \"People\" as select * from Account')", _ALTER),
    "quoted and qualified": ("op.execute('CREATE VIEW people AS SELECT `id` FROM main.[account] AS a;')", _ALTER),
    "a constant": ("op.execute(PEOPLE)", _ALTER),
    "text": ("op.execute(sa.text(PEOPLE))", _ALTER),
    "through the connection": ("op.get_bind().exec_driver_sql(PEOPLE)", _ALTER),
    "dedented": (
        'op.execute(dedent("""\n    CREATE VIEW IF NOT EXISTS people\n    AS SELECT 1 FROM account"""))',
        _ALTER,
    ),
    "put together": ('op.execute("CREATE VIEW people AS " + "SELECT id FROM account")', _ALTER),
    "in a loop": ('for sql in (PEOPLE, "CREATE VIEW v AS SELECT 1 FROM other"):\n    op.execute(sql)', _ALTER),
    "joined": (
        'op.execute("CREATE VIEW v AS SELECT o.id FROM other o LEFT JOIN account a ON a.id = o.id")',
        _ALTER,
    ),
    "in a condition": (
        'op.execute("CREATE VIEW v AS WITH x AS (SELECT * FROM other) SELECT * FROM x WHERE id IN '
        '(SELECT id FROM account)")',
        _ALTER,
    ),
    "a view of a view": (f'{_VIEW}\nop.execute("CREATE VIEW v AS SELECT id FROM people")', _ALTER),
    "a trigger of another table": (_ON_OTHER, _ALTER),
    "a trigger of a view": (
        f'{_VIEW}\nop.execute("CREATE TRIGGER t INSTEAD OF INSERT ON people BEGIN SELECT 1; END")',
        _ALTER,
    ),
    "on SQLite": (f'if op.get_bind().dialect.name == "sqlite":\n    {_VIEW}', _ALTER),
    "in the same script": ("pass", f"{_VIEW}\n{_ALTER}"),
    "the table renamed": (f'{_VIEW}\nop.rename_table("account", "a")', _ALTER.replace("account", "a")),
    "dropped on others only": (
        _VIEW,
        f'if op.get_context().dialect.name != "sqlite":\n    op.execute("DROP VIEW people")\n{_ALTER}',
    ),
    "another dropped": (f'{_VIEW}\nop.execute("DROP VIEW IF EXISTS persons")', _ALTER),
    "dropped and created again": (f'{_VIEW}\nop.execute("DROP VIEW people")\n{_VIEW}', _ALTER),
    "after rows are changed": (
        f'{_VIEW}\nt = sa.table("account", sa.column("name"))\nop.get_bind().execute(t.update().values(name="x"))',
        _ALTER,
    ),
    "tables in a loop": (
        _VIEW,
        'for table in ("other", "account"):\n    op.alter_column(table, "name", nullable=False)',
    ),
    "a foreign key": (_VIEW, 'op.create_foreign_key("fk", "account", "other", ["id"], ["id"])'),
    "a unique constraint in a helper": (
        _VIEW,
        'with op.batch_alter_table("account") as b:\n    if True:\n        b.create_unique_constraint("u", ["name"])',
    ),
    "its schema said": (_VIEW, _ALTER.replace("False", 'False, schema="main"')),
    "always copied": (
        _VIEW,
        'with op.batch_alter_table("account", recreate="always") as b:\n    b.add_column(sa.Column("x", sa.Text()))',
    ),
}
_FINE = {
    "no view": ("pass", _ALTER),
    "a view of another table": ('op.execute("CREATE VIEW v AS SELECT name AS account FROM other")', _ALTER),
    "a name that it gives itself": (
        'op.execute("CREATE VIEW v AS WITH account AS (SELECT 1 AS id) SELECT id FROM account")',
        _ALTER,
    ),
    "only a text": ("op.execute(\"CREATE VIEW v AS SELECT 'account' AS x FROM other\")", _ALTER),
    "dropped": (f'{_VIEW}\nop.execute("DROP VIEW IF EXISTS people")', _ALTER),
    "dropped in the script": (_VIEW, f'op.execute("DROP VIEW people")\n{_ALTER}\n{_VIEW}'),
    "dropped by another name": (_VIEW, f'name = str("people")\nop.execute(f"DROP VIEW {{name}}")\n{_ALTER}'),
    "dropped in a loop": (
        _VIEW,
        f'for name in sa.inspect(op.get_bind()).get_view_names():\n    op.execute("DROP VIEW " + name)\n{_ALTER}',
    ),
    "on another database": (f'if op.get_bind().dialect.name == "postgresql":\n    {_VIEW}', _ALTER),
    "after the others have left": (f'if op.get_bind().dialect.name == "sqlite":\n    return\n{_VIEW}', _ALTER),
    "temporary and dropped": (
        'op.execute("CREATE TEMP VIEW v AS SELECT * FROM account")\nop.execute("DROP VIEW v")',
        _ALTER,
    ),
    "legacy": (_VIEW, f'op.execute("PRAGMA legacy_alter_table = ON")\n{_ALTER}'),
    "a rename": (_VIEW, 'op.alter_column("account", "name", new_column_name="n")'),
    "a column": (_VIEW, 'op.add_column("account", sa.Column("x", sa.Text()))'),
    "a block without a copy": (
        _VIEW,
        'with op.batch_alter_table("account") as batch_op:\n    batch_op.add_column(sa.Column("x", sa.Text()))',
    ),
    "another table": (_VIEW, _ALTER.replace("account", "other")),
    "a trigger on other statements": (
        "op.execute(\"CREATE TRIGGER t AFTER INSERT ON other BEGIN UPDATE other SET name = 'account'; END\")",
        _ALTER,
    ),
}


def _script(body: str, revision: str, down: str | None) -> str:
    return f"{_HEAD.format(revision=revision, down=down)}def upgrade():\n{indent(dedent(body).strip(), '    ')}\n"


def _history(folder: Path, *bodies: str) -> list[Path]:
    paths = []
    for number, body in enumerate(bodies, 1):
        paths.append(folder / f"a{number}.py")
        down = f"a{number - 1}" if number > 1 else None
        paths[-1].write_text(_script(body, f"a{number}", down))
    return paths


def _rewritten(paths: list[Path]) -> list[Finding]:
    """Rewrite the scripts; returns what remains to be said."""
    rewriter = Rewriter(Project())
    found: list[Finding] = []
    for path in paths:
        done = rewriter.rewrite(path.read_bytes(), str(path))
        path.write_bytes(done.result)
        found += done.remaining
    return found


def _run(paths: list[Path], look: Callable[[sa.Connection], object] = lambda _: None) -> object:
    """What Alembic ends with: an error as text, or what ``look`` sees in the database."""
    with sa.create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        for path in paths:
            context = MigrationContext.configure(connection)
            names: dict[str, Callable[[], None]] = {}
            with Operations.context(context):
                exec(compile(path.read_text(), str(path), "exec"), names)
                try:
                    names["upgrade"]()
                except sa.exc.OperationalError as error:
                    return str(error.orig)
        return look(connection)


def _apply(finding: Finding, path: Path) -> None:
    """Put the remedy where it belongs: around the block at the place of the finding."""
    above = re.search(r"above it: (if .+?); and below", finding.remedy)
    below = re.search(r"below it: (if .+)$", finding.remedy)
    lines = path.read_text().splitlines()
    start = finding.line - 1
    spaces = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    stop = start + 1
    while stop < len(lines) and (not lines[stop] or lines[stop].startswith(f"{spaces} ")):
        stop += 1
    lines[stop:stop] = [spaces + below[1]] if below else []
    lines[start:start] = [spaces + above[1]] if above else []
    path.write_text("\n".join([*lines, ""]))


_LEFT = {
    "a block by hand",
    "the table renamed",
    "tables in a loop",
    "a unique constraint in a helper",
    "always copied",
}
"""What stays as it is: blocks of the script's own, and where it is not sure what is to be created again."""


@pytest.mark.parametrize("name", sorted(_LEFT))
def test_what_looks_at_a_copied_table_is_found(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, *_LOOKED_AT[name])
    found = _rewritten(paths)

    assert [each.code for each in found] == [LOOKED_AT]
    assert found[0].path.endswith("a3.py")
    assert re.match("error in (view|trigger)", str(_run(paths)))


@pytest.mark.parametrize("name", sorted(_LEFT - {"the table renamed"}))
def test_the_remedy_makes_it_run(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, *_LOOKED_AT[name])
    (finding,) = _rewritten(paths)
    _apply(finding, paths[-1])

    assert _rewritten(paths) == []
    assert _run(paths, _objects) == _run(paths[:-1], _objects)


@pytest.mark.parametrize("name", sorted(_LOOKED_AT.keys() - _LEFT))
def test_what_looks_at_a_copied_table_is_dropped_and_created_again(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, *_LOOKED_AT[name])
    before = {"people"} if name == "in the same script" else _run(paths[:-1], _objects)
    assert _rewritten(paths) == []

    once = paths[-1].read_text()
    assert _rewritten(paths) == []
    assert paths[-1].read_text() == once
    assert _run(paths, _objects) == before


@pytest.mark.parametrize("name", _FINE)
def test_nothing_is_found_where_nothing_is_in_the_way(name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, *_FINE[name])

    assert _rewritten(paths) == []
    assert _run(paths) is None


def test_what_a_file_says_may_drop_the_view(tmp_path: Path) -> None:
    dropped = f'for sql in open("drop.sql"):\n    op.execute(sql)\n{_ALTER}'

    assert _rewritten(_history(tmp_path, _TABLES, _VIEW, dropped)) == []


def _objects(connection: sa.Connection) -> set[str]:
    rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')")
    return {each for (each,) in rows}


@pytest.mark.parametrize("change", [_ALTER, 'op.create_unique_constraint("u", "account", ["name"])'])
def test_a_trigger_that_goes_with_the_table_is_created_again(change: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, _TRIGGER, change)

    assert _rewritten(paths) == []
    assert _run(paths, _objects) == {"sign"}


def test_a_trigger_that_goes_with_the_table_is_found(tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, _TRIGGER, _BLOCK)
    found = _rewritten(paths)

    assert [each.code for each in found] == [TRIGGER_GOES]
    assert _run(paths, _objects) == set()

    _apply(found[0], paths[-1])
    assert _rewritten(paths) == []
    assert _run(paths, _objects) == {"sign"}


_TRIGGER_FINE = {
    "created again": f"{_ALTER}\n{_TRIGGER}",
    "created again by somebody": f"{_ALTER}\ncreate_triggers()",
    "dropped": f'op.execute("DROP TRIGGER sign")\n{_ALTER}',
    "no copy": 'op.add_column("account", sa.Column("x", sa.Text()))',
    "another table": _ALTER.replace("account", "other"),
    "dropped with its table": f'op.drop_table("account")\n{_TABLES.strip().splitlines()[0]}\n{_ALTER}',
}


@pytest.mark.parametrize("name", _TRIGGER_FINE)
def test_a_trigger_that_stays_or_is_meant_to_go_is_not_found(name: str, tmp_path: Path) -> None:
    assert _rewritten(_history(tmp_path, _TABLES, _TRIGGER, _TRIGGER_FINE[name])) == []


def test_a_trigger_is_lost_once(tmp_path: Path) -> None:
    found = _rewritten(_history(tmp_path, _TABLES, _TRIGGER, _BLOCK, _BLOCK))

    assert [(each.code, each.path[-5:]) for each in found] == [(TRIGGER_GOES, "a3.py")]


_OTHER_TRIGGER = "CREATE TRIGGER sign BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION sign()"


def test_a_trigger_that_sqlite_does_not_take_is_none(tmp_path: Path) -> None:
    assert _rewritten(_history(tmp_path, _TABLES, f'op.execute("{_OTHER_TRIGGER}")', _ALTER)) == []


def test_a_view_in_another_branch_may_come_later(tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, _VIEW, _ALTER)
    paths[2].write_text(paths[2].read_text().replace("down_revision = 'a2'", "down_revision = 'a1'"))

    assert _rewritten(paths) == []


_PERSON = """
op.create_table("Person", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text()))
"""


def _keys(connection: sa.Connection) -> list[str]:
    inspector = sa.inspect(connection)
    keys = (inspector.get_pk_constraint(table) for table in inspector.get_table_names())
    return [column for key in keys for column in key["constrained_columns"]]


@pytest.mark.parametrize("change", [_ALTER, _BLOCK])
@pytest.mark.parametrize("name", ["person", "PERSON"])
def test_a_table_in_another_case_is_found(change: str, name: str, tmp_path: Path) -> None:
    paths = _history(tmp_path, _PERSON, change.replace("account", name))
    found = _rewritten(paths)

    assert [(each.code, each.hint) for each in found] == [(IN_ANOTHER_CASE, "Person")]
    assert _run(paths, _keys) == []

    paths[1].write_text(paths[1].read_text().replace(name, "Person"))
    assert _rewritten(paths) == []
    assert _run(paths, _keys) == ["id"]


_SPELLED_FINE = {
    "as it is": (_PERSON, _ALTER.replace("account", "Person")),
    "no copy": (_PERSON, 'op.add_column("person", sa.Column("x", sa.Text()))'),
    "renamed": (_PERSON, 'op.rename_table("Person", "person")\n' + _ALTER.replace("account", "person")),
    "renamed in SQL": (
        _PERSON,
        'op.execute("ALTER TABLE Person RENAME TO p2")\n' + _ALTER.replace("account", "person"),
    ),
    "dropped": (_PERSON, f'op.drop_table("Person")\n{_PERSON.lower().strip().replace("sa.column", "sa.Column")}'),
    "perhaps created": (f"if sa.inspect(op.get_bind()).has_table('x'):\n    {_PERSON.strip()}", _ALTER),
    "created nowhere": ("pass", _ALTER.replace("account", "person")),
    "a column of this name": (_PERSON, 'op.create_unique_constraint("u", "account", ["person"])'),
}


@pytest.mark.parametrize("name", _SPELLED_FINE)
def test_a_table_is_not_found_where_it_may_be_called_so(name: str, tmp_path: Path) -> None:
    assert _rewritten(_history(tmp_path, *_SPELLED_FINE[name])) == []


def test_a_hook_on_one_script_hears_of_the_view(run: Run, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, _VIEW, _BLOCK)

    status, out, _ = run("-q", paths[2])
    assert (status, "SB117" in out) == (1, True)

    paths[1].write_text(paths[1].read_text().replace("CREATE VIEW", "create table"))
    assert run("-q", paths[2])[:2] == (0, "")


def test_what_is_remembered_of_a_block_holds_while_the_folder_stays(run: Run, tmp_path: Path) -> None:
    paths = _history(tmp_path, _TABLES, "pass", _BLOCK)
    assert run("-q", tmp_path)[:2] == (0, "")

    paths[1].write_text(_script(_VIEW, "a2", "a1"))
    status, out, _ = run("-q", tmp_path)
    assert (status, "SB117" in out) == (1, True)
