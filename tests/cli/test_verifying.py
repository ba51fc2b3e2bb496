"""`sqlite-batchify verify` as people run it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.dialects import compare_histories
from sqlite_batchify.verify.history import load_history
from sqlite_batchify.verify.replay import Options, Replay
from sqlite_batchify.verify.results import ALTER, LOST
from tests.support.growth import write_history
from tests.support.histories import FOLDER as HISTORIES

SCRIPT = '''"""{title}"""

from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {down!r}


def upgrade():
    {up}


def downgrade():
    {back}
'''


def write(folder: Path, revision: str, down: str | None, up: str, back: str = "pass") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = SCRIPT.format(title=f"revision {revision}", revision=revision, down=down, up=up, back=back)
    (folder / f"{revision}.py").write_text(text)


@pytest.fixture
def rewritten(shop: Path) -> Path:
    assert main(["-q", "migrations"]) == 0
    return shop


def test_rewriting_takes_every_alter_error_away(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--rewritten", "--foreign-keys", "off", "migrations"]) == 0
    out = capsys.readouterr().out
    assert "alter             15          0" in out
    assert "SQL for postgresql, mysql, mssql and oracle: 32 texts, all the same" in out
    assert main(["--check", "-q", "migrations"]) == 1, "nothing was written"


def test_alter_errors_make_the_exit_status(shop: Path) -> None:
    assert main(["verify", "-q", "migrations"]) == 1


def test_each_problem_names_the_line_of_the_script(shop: Path) -> None:
    report = verify_history("migrations")
    places = {(p.revision, p.direction, p.line) for p in report.problems if p.kind == ALTER}
    source = Path("migrations/versions/0002_constraints.py").read_text().splitlines()
    lines = {line for revision, _, line in places if revision == "0002"}
    assert {source[line - 1].split("(")[0].strip() for line in lines} == {
        *("op.create_unique_constraint", "op.create_check_constraint", "op.create_foreign_key", "op.drop_constraint")
    }


def test_what_a_cascade_deletes_is_found_only_with_foreign_keys(rewritten: Path) -> None:
    found = verify_history("migrations", foreign_keys="both").problems
    assert {(p.code.code, p.kind, p.foreign_keys) for p in found} == {("SB403", LOST, True)}
    assert verify_history("migrations", foreign_keys="off").problems == []


@pytest.mark.parametrize(
    "drop", ['op.execute("DROP TABLE IF EXISTS " + "par" + "ent")', 'op.execute("DROP TABLE IF EXISTS parent")']
)
def test_a_parent_that_is_dropped_by_any_spelling_takes_its_children(tmp_path: Path, drop: str) -> None:
    create = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True){})'
    reference = ', sa.Column("p", sa.Integer(), sa.ForeignKey("parent.id", ondelete="CASCADE"))'
    tables = f"{create.format('parent', '')}\n    {create.format('child', reference)}"
    write(tmp_path, "a", None, tables, 'op.drop_table("child")\n    op.drop_table("parent")')
    again = 'op.execute("CREATE TABLE par" + "ent (id INTEGER NOT NULL PRIMARY KEY)")'
    write(tmp_path, "b", "a", f"{drop}\n    {again}")
    problems = verify_history(str(tmp_path), foreign_keys="on").problems
    found = {(p.code.code, p.revision) for p in problems if p.foreign_keys}
    assert found == {("SB403", "b")}


def test_env_py_is_not_run_and_the_configured_database_is_not_opened(shop: Path) -> None:
    witness, database = shop / "env-was-here", shop / "production.db"
    (shop / "migrations" / "env.py").write_text(f"open({str(witness)!r}, 'w').close()\n")
    ini = (shop / "alembic.ini").read_text().replace("sqlite:///shop.db", f"sqlite:///{database}")
    (shop / "alembic.ini").write_text(ini)
    verify_history("alembic.ini")
    assert not witness.exists()
    assert not database.exists()


def test_a_script_with_an_engine_of_its_own_does_not_reach_the_configured_database(shop: Path) -> None:
    database = shop / "production.db"
    ini = (shop / "alembic.ini").read_text().replace("sqlite:///shop.db", f"sqlite:///{database}")
    (shop / "alembic.ini").write_text(ini)
    up = (
        "from alembic import context\n"
        '    url = context.config.get_main_option("sqlalchemy.url")\n'
        "    engine = sa.create_engine(url)\n"
        "    with engine.begin() as connection:\n"
        '        connection.execute(sa.text("CREATE TABLE was_here (id INTEGER)"))\n'
        "    engine.dispose()"
    )
    write(shop / "migrations" / "versions", "0005", "0004", up)
    report = verify_history("alembic.ini")
    assert [problem for problem in report.problems if problem.revision == "0005"] == []
    assert not database.exists()


@pytest.mark.parametrize("target", [None, ".", "alembic.ini", "migrations", "migrations/versions"])
def test_every_kind_of_target_finds_the_same_history(shop: Path, target: str | None) -> None:
    assert [step.revision for step in verify_history(target).steps] == ["0001", "0002", "0003", "0004"]


def test_pyproject_with_tool_alembic_is_a_target(shop: Path) -> None:
    config = pytest.importorskip("alembic.config")
    if not hasattr(config.Config(), "toml_file_name"):
        pytest.skip("this Alembic reads no pyproject.toml")
    (shop / "alembic.ini").unlink()
    (shop / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    for target in ("pyproject.toml", None):
        assert len(verify_history(target).steps) == 4


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("nowhere", "there is no such file or folder"),
        ("empty", "no revision script"),
        ("bad.ini", "bad.ini"),
    ],
)
def test_what_is_no_history_is_one_line_and_exit_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.ini").write_text("[other]\n")
    assert main(["verify", target]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


def test_one_revision_in_two_scripts_names_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "v" / "one", "a", None, "pass")
    write(tmp_path / "v" / "two", "a", None, "pass")
    assert main(["verify", str(tmp_path / "v")]) == 2
    err = capsys.readouterr().err
    assert str(Path("one", "a.py")) in err
    assert str(Path("two", "a.py")) in err


def test_a_script_that_cannot_be_imported_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "a", None, "import_error = 1")
    (tmp_path / "a.py").write_text("import no_such_application\n" + (tmp_path / "a.py").read_text())
    write(
        tmp_path,
        "b",
        "a",
        'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True))',
        'op.drop_table("t")',
    )
    report = verify_history(str(tmp_path))
    assert [(p.code.code, p.kind, p.line) for p in report.problems] == [("SB304", "script", 1)]
    assert "no_such_application" in report.problems[0].message
    assert [step.revision for step in report.steps] == ["a", "b"]
    assert report.fails()
    assert report.unseen == ["a"]
    assert list(report.unimported) == ["no_such_application"]
    assert main(["verify", str(tmp_path)]) == 2
    assert main(["verify", "--only", "alter,batch,lost", str(tmp_path)]) == 2


def test_stubs_stand_in_for_modules_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", Point(srid=4326)))'
    write(tmp_path, "a", None, create, 'op.drop_table("t")')
    write(tmp_path, "b", "a", "for row in models.rows(): op.bulk_insert(models.table, [row])")
    for revision in "ab":
        path = tmp_path / f"{revision}.py"
        path.write_text(f"from no_such_module.types import Point\nfrom no_such_app import models\n{path.read_text()}")

    assert main(["verify", "--stub-imports", str(tmp_path)]) == 0
    assert "stubs stood in for no_such_app, no_such_module: what" in capsys.readouterr().out
    assert not {"no_such_app", "no_such_module", "no_such_module.types"} & sys.modules.keys()
    assert main(["verify", "--stub-imports", "--rewritten", "--format", "json", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["ddl"] == {"compared": 16, "renamed": 0, "differences": []}
    assert main(["verify", str(tmp_path)]) == 2
    start = "2 revisions were not looked at, as this cannot be imported: no_such_module; install it where"
    assert capsys.readouterr().out.startswith(start)


def test_an_import_that_the_script_can_do_without_is_not_stubbed(tmp_path: Path) -> None:
    write(tmp_path, "a", None, "assert no_such_module is None")
    text = "try:\n    import no_such_module\nexcept ImportError:\n    no_such_module = None\n"
    (tmp_path / "a.py").write_text(text + (tmp_path / "a.py").read_text())

    assert main(["verify", "--stub-imports", str(tmp_path)]) == 0


@pytest.mark.parametrize(("only", "status"), [("alter", 0), ("foreign", 1), ("alter, foreign", 1), ("none", 2)])
def test_only_the_classes_that_are_asked_for_count(tmp_path: Path, only: str, status: int) -> None:
    write(tmp_path, "a", None, 'op.execute("CREATE EXTENSION citext")')
    if status == 2:
        with pytest.raises(SystemExit, match="2"):
            main(["verify", "-q", "--only", only, str(tmp_path)])
    else:
        assert main(["verify", "-q", "--only", only, str(tmp_path)]) == status


def test_a_copy_of_a_database_runs_the_pending_revisions_and_the_file_stays(rewritten: Path) -> None:
    alembic = [sys.executable, "-m", "alembic", "upgrade", "0002"]
    subprocess.run(alembic, cwd=rewritten, check=True, capture_output=True)
    database = rewritten / "shop.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO account (id, name, email, credit) VALUES (1, 'Ada', 'a@example.org', 5)")
    connection.commit()
    files = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in rewritten.glob("shop.db*")}
    try:
        report = verify_history("migrations", database=str(database), foreign_keys="off")
        after = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in rewritten.glob("shop.db*")}
    finally:
        connection.close()
    assert [step.revision for step in report.steps] == ["0003", "0004"]
    assert report.problems == []
    assert {path.suffix for path in files} == {".db", ".db-wal", ".db-shm"}
    assert after == files


@pytest.mark.parametrize("text", [None, b"this is no database"])
def test_a_database_that_is_none_is_exit_status_2(
    shop: Path, capsys: pytest.CaptureFixture[str], text: bytes | None
) -> None:
    if text is not None:
        Path("other.db").write_bytes(text)
    assert main(["verify", "--database", "other.db", "migrations"]) == 2
    assert "other.db" in capsys.readouterr().err


def test_from_and_to_bound_what_is_looked_at(rewritten: Path) -> None:
    steps = verify_history("migrations", start="0001", stop="0003").steps
    assert [step.revision for step in steps] == ["0002", "0003"]
    assert main(["verify", "-q", "--to", "nonsense", "migrations"]) == 2


def test_metadata_brings_in_its_naming_convention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()))'
    write(tmp_path / "versions", "a", None, create, 'op.drop_table("t")')
    block = 'with op.batch_alter_table("t") as batch_op:\n        batch_op.{}'
    up = block.format('create_unique_constraint(None, ["x"])')
    write(tmp_path / "versions", "b", "a", up, block.format('drop_constraint("uq_t_x", type_="unique")'))
    (tmp_path / "models_of_test.py").write_text(
        "import sqlalchemy as sa\n"
        'metadata = sa.MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})\n'
    )
    assert main(["verify", "-q", "versions"]) == 1
    assert main(["verify", "-q", "--metadata", "models_of_test:metadata", "versions"]) == 0
    assert main(["verify", "-q", "--metadata", "models_of_test:nothing", "versions"]) == 2
    assert "models_of_test:nothing" in capsys.readouterr().err


def test_json_tells_everything(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--format", "json", "--rewritten", "--foreign-keys", "on", "migrations"]) == 1
    shape = json.loads(capsys.readouterr().out)
    assert shape["before"]["counts"]["alter"] == 15
    assert shape["counts"] == {"alter": 0, "batch": 0, "lost": 4, "foreign": 0, "script": 0}
    assert shape["ddl"] == {"compared": 32, "renamed": 0, "differences": []}
    problem = shape["revisions"][2]["problems"][0]
    assert (problem["code"], problem["class"], problem["direction"]) == ("SB403", "lost", "upgrade")
    assert shape["sqlite_version"] == sqlite3.sqlite_version


def test_names_are_told_from_other_differences_of_the_sql(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--rewritten", str(HISTORIES / "created_with_the_table" / "before")]) == 0
    assert "24 texts, all the same but for the names of constraints, in 4" in capsys.readouterr().out


def test_another_text_for_another_database_is_seen_after_a_replay(shop: Path) -> None:
    def changed(source: bytes, path: str) -> bytes:
        return source.replace(b"CASCADE", b"RESTRICT")

    before = load_history("migrations")
    list(Replay(before, Options()).steps())
    compared = compare_histories(before, load_history("migrations", changed), before)

    assert {difference.dialect for difference in compared.differences} == {"postgresql", "mysql", "mssql", "oracle"}
    assert all("RESTRICT" in "".join(difference.after) for difference in compared.differences)
    assert compared.renamed == len(compared.differences)


def test_junit_has_a_case_for_each_revision(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--format", "junit", "migrations"])
    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert (suite.get("tests"), suite.get("failures")) == ("4", "3")
    failing = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failing == [
        "0002 purchases belong to accounts",
        "0003 stricter columns",
        "0004 accounts refer to accounts, states are rows",
    ]


def test_github_annotates_the_lines(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "--format", "github", "migrations"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::error file=migrations/versions/0002_constraints.py,line=18,title=SB301 alter-fails::")
    assert len(lines) == 15


def test_a_summary_of_a_long_bad_history_fits_a_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True))'
    write(tmp_path, "r000", None, create, 'op.drop_table("t")')
    for number in range(1, 200):
        up = 'op.create_unique_constraint("u", "t", ["id"])'
        write(tmp_path, f"r{number:03d}", f"r{number - 1:03d}", up)
    assert main(["verify", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 45
    assert any("191 more problems; -v shows them all" in line for line in lines)


def test_a_generated_history_is_clean(tmp_path: Path) -> None:
    write_history(tmp_path, 40)
    report = verify_history(str(tmp_path / "alembic.ini"))
    assert len(report.steps) == 40
    assert report.problems == []


@pytest.mark.parametrize(
    ("comment", "status"),
    [("ignore[SB301]", 0), ("ignore[SB101, SB301]", 0), ("ignore", 0), ("ignore[SB302]", 1), ("skip", 1)],
)
def test_what_a_comment_silences_is_no_problem(comment: str, status: int, tmp_path: Path) -> None:
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()))'
    alter = f'op.alter_column("t", "x", nullable=False)  # sqlite-batchify: {comment}'
    write(tmp_path, "a", None, create, 'op.drop_table("t")')
    write(tmp_path, "b", "a", alter, "pass")

    assert main(["verify", "-q", str(tmp_path)]) == status


def test_the_arguments_are_there_when_sql_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()))'
    write(tmp_path, "a", None, create, 'op.drop_table("t")')
    name = "context.get_x_argument(as_dictionary=True)['name']"
    write(tmp_path, "b", "a", f'from alembic import context; op.drop_column("t", {name})', "pass")

    assert main(["verify", "--rewritten", "-x", "name=x", str(tmp_path)]) == 0
    assert "16 texts, all the same" in capsys.readouterr().out


def test_a_newer_sqlite_can_be_used(shop: Path) -> None:
    pysqlite3 = pytest.importorskip("pysqlite3", reason="the package pysqlite3-binary is not installed")
    report = verify_history("migrations", sqlite_module="pysqlite3")
    assert report.sqlite_version == pysqlite3.sqlite_version
    if sqlite3.sqlite_version_info < (3, 53) and pysqlite3.sqlite_version_info >= (3, 53):
        assert report.count(ALTER) < verify_history("migrations").count(ALTER)
    assert main(["verify", "-q", "--sqlite-module", "no_such_module", "migrations"]) == 2


def test_another_driver_s_errors_are_its_own(tmp_path: Path) -> None:
    pytest.importorskip("pysqlite3", reason="the package pysqlite3-binary is not installed")
    create = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()), {})'
    write(tmp_path, "a", None, create.format('sa.CheckConstraint("x > 7000", name="ck")'), 'op.drop_table("t")')
    report = verify_history(str(tmp_path), sqlite_module="pysqlite3")
    assert report.problems == []


def test_what_is_left_is_shown_as_it_would_be_made_portable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = 'a1'\ndown_revision = None\n\n\n"
    column = "sa.Column('tags', sa.ARRAY(sa.Text()), server_default=sa.text(\"'{}'::text[]\"))"
    upgrade = f"def upgrade():\n    op.execute('CREATE EXTENSION citext')\n    op.create_table('t', {column})\n"
    (tmp_path / "a1.py").write_text(f"{head}{upgrade}\n\ndef downgrade():\n    op.drop_table('t')\n")

    assert main(["verify", "--rewritten", str(tmp_path)]) == 1
    assert "(as --portable does): if op.get_context()" in capsys.readouterr().out
    assert main(["verify", "--rewritten", "--portable", str(tmp_path)]) == 0
    assert "texts, all the same" in capsys.readouterr().out
