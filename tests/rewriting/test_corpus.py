"""The promises on real revision scripts (see ``tests/corpus``), and that the checks there see what is broken."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.history.scripts import History
from sqlite_batchify.writing import text
from tests.corpus import figures, manifest, onsqlite, promises, remains
from tests.corpus.figures import STYLES, Counts, Figures
from tests.corpus.folder import histories, rewrite_all, try_folder
from tests.corpus.manifest import Package
from tests.corpus.offline import Outcome, World, compile_script, run
from tests.corpus.runner import check_packages
from tests.corpus.stubs import stand_ins
from tests.support.helpers import IDLE, write
from tests.support.wheels import wheel_of


def test_promises_hold_on_real_scripts() -> None:
    """One test, so that the corpus is gone through once however the tests are shared out."""
    checked = check_packages(_wheels())
    complaints = [reason for each in checked.values() for reason in each.violations]
    complaints += figures.worse({name: each.figures for name, each in checked.items()})
    assert not complaints, "\n".join(
        [*complaints, "if this is meant, record the figures: python -m tests.corpus --all --record"]
    )


def test_names_do_not_depend_on_which_real_scripts_are_rewritten_already() -> None:
    for package, wheel in _wheels():
        folders: dict[str, dict[str, bytes]] = {}
        for script in manifest.scripts(package, wheel):
            folder, name = os.path.split(script.name)
            folders.setdefault(folder, {})[name] = script.source
        for scripts in folders.values():
            at_once = _rewritten(scripts, scripts)
            for name, result in at_once.items():
                if result.findings or result.result != rewrite_source(scripts[name], naming="keep").result:
                    others = {other: each.result for other, each in at_once.items() if other != name}
                    alone = _rewritten({name: scripts[name]}, {**others, name: scripts[name]})[name]
                    assert alone[:5] == result[:5]


def _rewritten(scripts: dict[str, bytes], folder: dict[str, bytes]) -> dict[str, Rewritten]:
    history = History(folder.copy)
    return {name: rewrite_source(source, path=name, history=lambda: history) for name, source in scripts.items()}


def _wheels() -> list[tuple[Package, Path]]:
    return [(package, wheel_of(package)) for package in manifest.packages(every=False)]


BEFORE = """\
from alembic import op
import sqlalchemy as sa


def upgrade():
    # first
    op.drop_column("t", "x")  # why
    op.create_unique_constraint(op.f("u"), "t", ["a"])
    op.execute("SELECT 1")
    op.alter_column("t", "y", nullable=False)
"""
AFTER = """\
from alembic import op
import sqlalchemy as sa


def upgrade():
    # first
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("x")  # why
        batch_op.create_unique_constraint(batch_op.f("u"), ["a"])
    op.execute("SELECT 1")
    with op.batch_alter_table("t") as batch_op:
        batch_op.alter_column("y", nullable=False)
"""


def _broken(before: str, after: str) -> list[str]:
    return list(promises.broken(promises.read(before.encode()), promises.read(after.encode())))


def test_a_right_rewrite_breaks_nothing() -> None:
    assert _broken(BEFORE, AFTER) == []
    assert _broken(BEFORE, BEFORE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("# first", "#first", id="a comment is written differently"),
        pytest.param("  # why", "", id="a comment is lost"),
        pytest.param("\n\n\n", "\n\n", id="a blank line is lost"),
        pytest.param("import sqlalchemy as sa", "import sqlalchemy as  sa", id="a space outside the operations"),
        pytest.param("SELECT 1", "SELECT 2", id="another statement is changed"),
        pytest.param('drop_column("x")', 'drop_column("z")', id="an argument is changed"),
        pytest.param('drop_column("x")', "drop_column('x')", id="quotes are changed"),
        pytest.param('drop_column("x")', 'drop_column("x", schema="s")', id="an argument is added"),
        pytest.param("nullable=False", "", id="an argument is lost"),
        pytest.param('batch_op.f("u")', '"u"', id="op.f is lost"),
        pytest.param(
            'batch_alter_table("t") as batch_op:\n        batch_op.d',
            'batch_alter_table("s") as batch_op:\n        batch_op.d',
            id="another table",
        ),
        pytest.param(
            'batch_alter_table("t")', 'batch_alter_table("t", recreate="always")', id="a block with an option"
        ),
        pytest.param('        batch_op.drop_column("x")  # why\n', "", id="an operation is lost"),
        pytest.param("batch_op.drop_column", "batch_op.drop_constraint", id="another operation"),
        pytest.param("sa\n", "sa\r\n", id="a newline is changed"),
        pytest.param("nullable=False)\n", "nullable=False)", id="the final newline is lost"),
    ],
)
def test_a_wrong_rewrite_is_seen(old: str, new: str) -> None:
    assert old in AFTER
    assert _broken(BEFORE, AFTER.replace(old, new))


def test_an_operation_moved_across_another_statement_is_seen() -> None:
    execute = '    op.execute("SELECT 1")\n'
    second = '    with op.batch_alter_table("t") as batch_op:\n        batch_op.alter_column'
    moved = AFTER.replace(execute, "").replace(second, "        batch_op.alter_column") + execute
    assert "outside the operations" in _broken(BEFORE, moved)[0]


def test_operations_in_another_order_are_seen() -> None:
    lines = AFTER.splitlines(keepends=True)
    lines[7], lines[8] = lines[8], lines[7]
    assert any("has become" in reason for reason in _broken(BEFORE, "".join(lines)))


def test_a_block_by_hand_keeps_its_options() -> None:
    before = BEFORE + '    with op.batch_alter_table("t", recreate="always") as b:\n        b.drop_column("z")\n'
    after = AFTER + '    with op.batch_alter_table("t") as b:\n        b.drop_column("z")\n'
    assert any("is gone" in reason for reason in _broken(before, after))


def test_semicolons_and_suites_of_one_line_may_be_unfolded() -> None:
    before = 'from alembic import op\nif x: op.drop_column("t", "x")\ny = 1; op.drop_column("t", "y")  # z\n'
    after = dedent(
        """\
        from alembic import op
        if x:
            with op.batch_alter_table("t") as batch_op:
                batch_op.drop_column("x")
        y = 1
        with op.batch_alter_table("t") as batch_op:
            batch_op.drop_column("y")  # z
        """
    )
    assert _broken(before, after) == []


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('op.drop_column("t", "x")', 1),
        ('op.alter_column("t", "x", nullable=False)', 1),
        ('op.alter_column("t", "x", server_default=None)', 1),
        ('op.alter_column("t", "x", new_column_name="y", existing_type=z)', 0),
        ('op.add_column("t", sa.Column("x", sa.Integer()))', 0),
        ('if op.get_bind().dialect.name == "postgresql": op.drop_column("t", "x")', 0),
        ('if op.get_bind().dialect.name in ("sqlite", "mysql"): op.drop_column("t", "x")', 1),
        ('if name == "postgresql": op.drop_column("t", "x")', 1),
        ('if "sqlite" not in bind.dialect.dialect_description: op.drop_column("t", "x")', 0),
        ('def f(): return op.get_bind().dialect.name == "mysql"\nif f(): op.drop_column("t", "x")', 0),
        ('def f(): return x\nif f(): op.drop_column("t", "x")', 1),
        ('with op.batch_alter_table("t") as b: b.drop_column("x")', 0),
        ('[op.drop_column("t", x) for x in "abc"]', 1),
    ],
)
def test_what_is_left_for_sqlite_is_seen(body: str, left: int) -> None:
    script = promises.read(f"from alembic import op\n{body}\n".encode())
    guarded = remains.guarded(script.tree)
    found = [each for each in script.places.operations if remains.needs_block(each) and each.call not in guarded]
    assert len(found) == left


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ('op.drop_column("t", "x")', {4}),
        ('if op.get_bind().dialect.name == "mysql":\n        op.drop_column("t", "x")', set()),
        ('if sa.inspect(op.get_bind()).has_table("t"):\n        return\n    op.drop_column("t", "x")', {6}),
        ('op.add_column("t", sa.Column("x", sa.Integer(), sa.ForeignKey("s.id")))', {4}),
        ('op.add_column("t", sa.Column("x", sa.DateTime(), server_default=sa.func.now()))', {4}),
        ('op.add_column("t", sa.Column("x", sa.DateTime(), server_default=sa.text("(0)")))', set()),
        ('op.add_column("t", sa.Column("x", sa.Integer(), server_default=sa.true()))', set()),
        ('op.add_column("t", sa.Column("x", sa.Integer(), server_default="now()"))', set()),
        ('with op.batch_alter_table("t") as batch_op:\n        batch_op.drop_column("x")', set()),
    ],
)
def test_what_runs_on_sqlite_outside_of_a_block_is_seen(body: str, lines: set[int]) -> None:
    script = f"from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    {body}\n"
    assert onsqlite.reached(compile_script(script.encode())) == lines


def _run(body: str, world: World = World.OFFLINE, dialect: str = "postgresql") -> Outcome:
    head = "import sqlalchemy as sa\nfrom alembic import context, op\nfrom application.types import JSONType, helper\n"
    body = "\n".join(f"    {line}" for line in body.splitlines())
    with stand_ins():
        return run(compile_script(f"{head}def upgrade():\n{body}\n".encode()), "upgrade", dialect, world)


def test_a_script_runs_without_its_application() -> None:
    sent = _run('op.add_column("t", sa.Column("x", JSONType(3)))\nhelper("t")')
    assert sent == Outcome("ALTER TABLE t ADD COLUMN x JSONType(3);\n\n", "", False)


def test_statements_on_the_connection_and_ddl_come_in_order() -> None:
    sent = _run('op.drop_column("t", "x")\nop.get_bind().execute(sa.text("SELECT 1"))', World.PRESENT)
    assert sent.text.split() == ["ALTER", "TABLE", "t", "DROP", "COLUMN", "x;", "SELECT", "1"]


@pytest.mark.parametrize(("world", "text"), [(World.PRESENT, "ALTER TABLE t DROP COLUMN x;"), (World.ABSENT, "")])
def test_a_script_that_looks_at_the_database_runs_in_both_worlds(world: World, text: str) -> None:
    sent = _run('if sa.inspect(op.get_bind()).has_table("t"):\n    op.drop_column("t", "x")', world)
    assert sent == Outcome(text + "\n\n" * bool(text), "", True)


def test_an_error_is_part_of_the_outcome_and_so_is_the_text_before_it() -> None:
    sent = _run('op.drop_column("t", "x")\nraise KeyError("x")')
    assert sent == Outcome("ALTER TABLE t DROP COLUMN x;\n\n", "KeyError", True)


def test_a_script_that_sends_without_end_is_ended() -> None:
    assert _run('while True:\n    op.execute("SELECT 1")').error == "EndlessError"


def test_a_script_cannot_write_files(tmp_path: Path) -> None:
    assert _run(f"open({str(tmp_path / 'file')!r}, 'w')").error == "PermissionError"
    assert list(tmp_path.iterdir()) == []


def test_worse_figures_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Figures(5, 1, {"SB101": 1}, 1, Counts(4, 4, 6, 32, 30), Counts(4, 4, 6, 32, 30))
    monkeypatch.setattr(figures, "recorded", lambda: (figures._versions(), {"package": old}))
    assert list(figures.worse({"package": old})) == []
    assert (
        len(list(figures.worse({"package": Figures(4, 0, {"SB101": 2}, 2, Counts(3, 3, 5, 24, 20), old.autogenerate)})))
        == 7
    )
    assert list(figures.worse({"other": old})) == ["other: no figures are recorded"]


def _history(folder: Path) -> Path:
    """Two scripts deep down in a folder, and a module that is none."""
    versions = folder / "application" / "migrations" / "versions"
    versions.mkdir(parents=True)
    write(versions / "0001.py")
    write(versions / "0002.py", IDLE)
    write(versions / "helpers.py", b"x = 1\n")
    return folder


def test_any_folder_is_tried_as_the_corpus_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert try_folder(_history(tmp_path), jobs=1) == 0

    out = capsys.readouterr().out
    assert "minimal: 2 scripts, 1 changed, 1 blocks, no findings, 0 defects" in out
    assert "autogenerate: 2 scripts, 2 changed, 2 blocks, no findings, 0 defects" in out
    assert out.count("0001.py") == 2
    assert out.endswith("0 complaints\n")


def test_defect_in_a_folder_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(*_: object) -> str:
        raise IndexError("no such thing")

    monkeypatch.setattr(text, "spliced", spoil)

    tried = rewrite_all(histories(_history(tmp_path)), STYLES[0])

    assert (tried.changed, tried.findings) == (0, {"SB202": 1})
    assert "IndexError: no such thing" in tried.defects[0]
    assert "Traceback" in tried.defects[0]
