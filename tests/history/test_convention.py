"""Which naming convention a project has, by the names in its scripts and the literals in its modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify.history.convention import Named, convention_of, learn
from sqlite_batchify.names import CHECK, FOREIGN_KEY, POSTGRESQL, PRIMARY_KEY, UNIQUE, Naming, Shape, Shown
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from tests.support.helpers import Run

DOCUMENTED = (
    ("fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"),
    ("uq", "uq_%(table_name)s_%(column_0_name)s"),
)


_PERCENT = [f"fk_%(table_name)s_100%%_%(column_0{several}_name)s" for several in ("N", "_N", "")]


def unique(name: str, table: str, *columns: str) -> Named:
    return Named(Shape(UNIQUE, None, table, columns), name)


def key(name: str, table: str, column: str, referred: str) -> Named:
    return Named(Shape(FOREIGN_KEY, None, table, (column,), referred, ("id",)), name)


@pytest.mark.parametrize(
    ("named", "templates"),
    [
        ([], []),
        ([unique("uq_user_email", "user", "email")], ["uq_%(table_name)s_%(column_0_name)s"]),
        ([unique("uq_user_user", "user", "user")], ["uq_%(table_name)s_%(column_0_name)s"]),
        ([unique("uq_user_a", "user", "a", "b")], ["uq_%(table_name)s_%(column_0_name)s"]),
        ([unique("uq_user_a_b", "user", "a", "b")], ["uq_%(table_name)s_%(column_0_N_name)s"]),
        ([unique("UQuserab", "user", "a", "b")], ["UQ%(table_name)s%(column_0N_name)s"]),
        ([unique("user_email_key", "user", "email"), unique("user_a_key1", "user", "a")], []),
        ([unique("one of a kind", "user", "email")], []),
        ([key("fk_a_b_id_b", "a", "b_id", "b")], ["fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"]),
        ([key("fk_a_b", "a", "c", "b")], ["fk_%(table_name)s_%(referred_table_name)s"]),
        ([key("fk_a_100%_c", "a", "c", "b")], _PERCENT),
        ([Named(Shape(PRIMARY_KEY, None, "user", ("id",)), "pk_user")], ["pk_%(table_name)s"]),
        ([Named(Shape(CHECK, None, "user", ("a",)), "ck_user_positive")], ["ck_%(table_name)s_%(constraint_name)s"]),
    ],
)
def test_the_template_that_makes_the_names(named: list[Named], templates: list[str]) -> None:
    assert [template for _, template in learn(named)] == templates


def test_of_several_templates_only_those_that_make_all_names() -> None:
    one = [key("fk_a_b_id", "a", "b_id", "b")]
    more = [*one, key("fk_a_c_id", "a", "c_id", "cs")]

    assert len(learn(one)) > 1
    assert {each for _, each in learn(more)} < {each for _, each in learn(one)}
    assert Naming("", learn(one)).name(Shape(FOREIGN_KEY, None, "x", ("d_id",), "d", ("id",))) == "fk_x_d_id"
    assert Naming("", learn(one)).name(Shape(FOREIGN_KEY, None, "x", ("other",), "d", ("id",))) is None
    assert Naming("", learn(more)).name(Shape(FOREIGN_KEY, None, "x", ("other",), "d", ("id",))) == "fk_x_other"


def test_a_few_names_by_hand_do_not_undo_it() -> None:
    named = [unique(f"uq_t{number}_a", f"t{number}", "a") for number in range(6)]
    by_hand = [unique(f"mine_{number}", f"h{number}", "a") for number in range(3)]

    assert learn([*by_hand, *named]) == learn(named)
    assert learn([*by_hand, *named[:3]]) == ()


def test_what_modules_show_is_used_unless_the_names_contradict_it() -> None:
    shown = Shown(DOCUMENTED, "models.py:3")
    made, others = [unique("uq_t_a", "t", "a")], [unique("t_a_unique", "t", "a")]

    assert convention_of([], []) == convention_of([unique("t_a_key", "t", "a")], []) == Naming(POSTGRESQL)
    assert convention_of([], [shown]).templates == convention_of(made, [shown]).templates == DOCUMENTED
    assert convention_of([], [shown]).where == "in models.py:3"
    assert "op.f" in convention_of(others, [shown]).where


def test_of_several_modules_a_name_is_what_all_give() -> None:
    columns = Shown((DOCUMENTED[0], ("uq", "uq_%(table_name)s_%(column_0_N_name)s")), "other.py:1")
    naming = convention_of([], [Shown(DOCUMENTED, "models.py:3"), columns])

    assert naming.name(Shape(UNIQUE, None, "t", ("a",))) == "uq_t_a"
    assert naming.name(Shape(UNIQUE, None, "t", ("a", "b"))) is None
    assert "may be" in naming.lacks(UNIQUE)
    assert naming.name(Shape(FOREIGN_KEY, None, "t", ("a",), "o", ("id",))) == "fk_t_a_o"


SCRIPT = """\
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("t", sa.Column("a", sa.Integer()))
    op.create_unique_constraint(None, "t", ["a"])


def downgrade():
    op.drop_table("t")
"""
MODELS = 'metadata = sa.MetaData(naming_convention={"uq": "unique_%(table_name)s_%(column_0_name)s"})\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose convention stands in its models only."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
    (tmp_path / "versions" / "1.py").write_text(SCRIPT)
    (tmp_path / "models.py").write_text(MODELS)
    return tmp_path


def test_a_literal_in_a_module(project: Path, run: Run) -> None:
    status, out, _ = run("-v", project / "versions")

    assert status == 0
    assert "named by the naming convention in models.py:1" in out
    assert 'batch_op.f("unique_t_a")' in (project / "versions" / "1.py").read_text()


def test_verify_names_as_the_module_does(project: Path) -> None:
    script = project / "versions" / "1.py"
    script.write_text(SCRIPT.replace('op.create_unique_constraint(None, "t", ["a"])', _BLOCK))

    report = verify_history(project / "alembic.ini")
    assert report.problems == []
    assert report.convention == "in models.py:1"

    (project / "models.py").unlink()
    found = [each for each in verify_history(project / "alembic.ini").problems if not each.consequence]
    assert {each.code.code for each in found} == {"SB302"}
    assert ["--metadata" in each.remedy for each in found] == [True, True]


_BLOCK = """\
with op.batch_alter_table("t") as batch_op:
        batch_op.create_unique_constraint(None, ["a"])
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_constraint("unique_t_a", type_="unique")"""


def test_what_is_cached_holds_as_long_as_the_modules_show_the_same(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SQLITE_BATCHIFY_CACHE_DIR", str(tmp_path / "cache"))
    script = project / "versions" / "1.py"
    (project / "models.py").write_text('uq = {"uq": f"{unknown()}%(table_name)s"}\n')
    script.write_text(SCRIPT.replace('op.create_unique_constraint(None, "t", ["a"])', _NAMELESS))

    assert run(project / "versions")[0] == 1
    assert run(project / "versions")[0] == 1
    (project / "models.py").write_text(MODELS)
    assert run(project / "versions")[0] == 0


_NAMELESS = """\
with op.batch_alter_table("t") as batch_op:
        batch_op.create_unique_constraint(None, ["a"])"""


def test_each_folder_has_its_own(tmp_path: Path) -> None:
    for name, template in (("one", "u1_%(table_name)s"), ("two", "u2_%(table_name)s")):
        folder = tmp_path / name / "versions"
        folder.mkdir(parents=True)
        (tmp_path / name / "alembic.ini").write_text("[alembic]\n")
        (tmp_path / name / "models.py").write_text(f'c = {{"uq": {template!r}}}\n')
    rewriter = Rewriter(Project())
    results = [
        rewriter.rewrite(SCRIPT.encode(), str(tmp_path / name / "versions" / "1.py")).result for name in ("one", "two")
    ]

    assert b"u1_t" in results[0]
    assert b"u2_t" in results[1]
