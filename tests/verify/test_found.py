"""A history that nobody names is found wherever `init` finds the project, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from alembic.config import Config

from sqlite_batchify import verify_history
from sqlite_batchify.setup import plan_setup
from sqlite_batchify.verify.history import load_history
from tests.support.helpers import Run
from tests.support.projects import FLASK, lay, make_project, migrate

_READS_TOML = hasattr(Config, "get_alembic_option")
_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\n\n"
REVISIONS = {
    "0001.py": f'revision = "0001"\ndown_revision = None\n{_HEAD}def upgrade():\n'
    '    op.create_table("account", sa.Column("id", sa.Integer(), primary_key=True))\n\n\n'
    'def downgrade():\n    op.drop_table("account")\n',
    "0002.py": f'revision = "0002"\ndown_revision = "0001"\n{_HEAD}def upgrade():\n'
    '    op.add_column("account", sa.Column("email", sa.Text()))\n'
    '    op.create_unique_constraint(None, "account", ["email"])\n'
    '    op.create_table("post", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("author", sa.Integer()))\n'
    '    op.create_foreign_key(None, "post", "account", ["author"], ["id"])\n\n\n'
    'def downgrade():\n    op.drop_constraint(None, "post", type_="foreignkey")\n    op.drop_table("post")\n'
    '    op.drop_constraint(None, "account", type_="unique")\n    op.drop_column("account", "email")\n',
}
ENV = "from alembic import context\n\ncontext.configure(url='sqlite://')\n"
INI = "[alembic]\nscript_location = {}\n"
TOML = '[tool.alembic]\nscript_location = "{}"\n'


def scripts(folder: str) -> dict[str, str]:
    return {f"{folder}/env.py": ENV, **{f"{folder}/versions/{name}": text for name, text in REVISIONS.items()}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ALEMBIC_CONFIG", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))  # prepend_sys_path
    return folder


@pytest.mark.parametrize("template", ["generic", "async", "pyproject", FLASK])
def test_from_the_first_revision_to_the_second(template: str, here: Path, run: Run) -> None:
    """Rewritten and verified without a word about where it is, and then run by the real Alembic."""
    if template == "pyproject" and not _READS_TOML:
        pytest.skip("this Alembic reads no pyproject.toml")
    make_project(here, template, {f"migrations/versions/{name}": text for name, text in REVISIONS.items()})
    assert run("verify")[0] == 1
    assert run("migrations")[0] == 0
    status, out, _ = run("verify")

    by = {"pyproject": "pyproject.toml", FLASK: "migrations/env.py"}.get(template, "alembic.ini")
    assert status == 0
    assert out.startswith(f"2 revisions of migrations (found by {by}) up, down and up again on SQLite ")
    migrate(here, ("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head"), flask=template == FLASK)


@pytest.mark.parametrize(
    ("files", "target", "by"),
    [
        ({"alembic.ini": INI.format("db"), **scripts("db")}, "db", "alembic.ini"),
        ({"alembic.ini": INI.format("%(here)s/db"), **scripts("db")}, "db", "alembic.ini"),
        ({"alembic.ini": INI.format("app.db:m"), **scripts("app/db/m")}, "app/db/m", "alembic.ini"),
        ({"alembic.ini": INI.format("app.db:m"), **scripts("src/app/db/m")}, "src/app/db/m", "alembic.ini"),
        (
            {"alembic.ini": INI.format("app:m") + "prepend_sys_path = lib\n", **scripts("lib/app/m")},
            "lib/app/m",
            "alembic.ini",
        ),
        ({"db/alembic.ini": "[alembic]\n", **scripts("db")}, "db", "db/env.py"),
        ({"db/alembic.ini": "", **scripts("db")}, "db", "db/env.py"),
        ({"db/script.py.mako": "", **scripts("db")}, "db", "db/env.py"),
        ({"alembic.ini": INI.format("100%%"), **scripts("100%")}, "100%", "alembic.ini"),
        *(
            []
            if not _READS_TOML
            else [
                ({"pyproject.toml": TOML.format("db"), **scripts("db")}, "db", "pyproject.toml"),
                ({"pyproject.toml": TOML.format("%(here)s/db"), **scripts("db")}, "db", "pyproject.toml"),
                (
                    {"pyproject.toml": TOML.format("db"), "alembic.ini": "[alembic]\n", **scripts("db")},
                    "db",
                    "pyproject.toml",
                ),
                (
                    {"pyproject.toml": TOML.format("x"), "alembic.ini": INI.format("db"), **scripts("db")},
                    "db",
                    "alembic.ini",
                ),
            ]
        ),
    ],
)
def test_it_is_found_as_init_finds_it(files: dict[str, str], target: str, by: str, here: Path) -> None:
    lay(here, files)
    history = load_history(None)

    assert [each.id for each in history.revisions] == ["0001", "0002"]
    assert (history.target, history.found) == (target, by)
    assert f"{target}/env.py" in {change.path for change in plan_setup(".").changes}


def test_a_folder_that_is_named_is_searched_in_the_same_way(here: Path) -> None:
    lay(here, {"shop/db/alembic.ini": "[alembic]\n", **scripts("shop/db")})
    lay(here, {"other/alembic.ini": INI.format("db"), **scripts("other/db")})

    for target in ("shop/db", "shop/db/alembic.ini", "other/db", "other/alembic.ini"):
        report = verify_history(target)
        assert (len(report.steps), report.target, report.found) == (2, target, "")
    for target, by in (("shop", "shop/db/env.py"), ("other", "other/alembic.ini")):
        report = verify_history(target)
        assert (len(report.steps), report.target, report.found) == (2, f"{target}/db", by)


def test_the_variable_that_alembic_reads(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(here, {"alembic.ini": INI.format("db"), **scripts("db")})
    lay(here, {"other.ini": INI.format("more"), "more/env.py": ENV, "more/versions/a.py": REVISIONS["0001.py"]})
    monkeypatch.setenv("ALEMBIC_CONFIG", "other.ini")
    history = load_history(None)

    assert (len(history.revisions), history.target, history.found) == (1, "more", "other.ini")


def test_the_modules_of_an_application_are_found_as_flask_finds_them(here: Path, run: Run) -> None:
    lay(here, {"db/alembic.ini": "[alembic]\n", "kinds_of_flask.py": "import sqlalchemy\nText = sqlalchemy.Text\n"})
    lay(here, scripts("db"))
    script = here / "db/versions/0001.py"
    script.write_text(f"import kinds_of_flask\n{script.read_text()}")

    assert load_history(None).revisions[0].error is None


@pytest.mark.parametrize(
    ("files", "variable", "message"),
    [
        ({}, None, ".: no Alembic project; looked for an alembic.ini with a script_location, a pyproject.toml with "),
        (
            {**scripts("a"), **scripts("b"), "a/alembic.ini": "", "b/alembic.ini": ""},
            None,
            ".: several script locations (a, b)",
        ),
        ({"alembic.ini": INI.format("gone")}, None, "alembic.ini: "),
        (
            {"alembic.ini": "[one]\nscript_location = a\n[two]\nscript_location = b\n"},
            None,
            "alembic.ini: script locations are named by [one], [two] only; name one of a or b",
        ),
        ({"alembic.ini": "x\n"}, None, "alembic.ini: File contains no section headers."),
        ({"pyproject.toml": "[tool.\n"}, None, "pyproject.toml: Invalid"),
        ({}, "gone.ini", "gone.ini: ALEMBIC_CONFIG names what is not there; "),
        ({"db/env.py": ENV, "db/alembic.ini": ""}, None, "db: no revision script"),
    ],
)
def test_what_is_said_where_none_is_found(
    files: dict[str, str], variable: str | None, message: str, here: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    lay(here, files)
    if variable:
        monkeypatch.setenv("ALEMBIC_CONFIG", variable)
    status, out, err = run("verify")

    assert (status, out) == (2, "")
    assert err.startswith(f"sqlite-batchify verify: {message}")
    assert err.count("\n") == 1
