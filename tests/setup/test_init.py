"""``sqlite-batchify init``: what it adds to a project, where it keeps out, and that Alembic then works with it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import alembic
import pytest

from sqlite_batchify import __version__
from sqlite_batchify.setup import SetupError, env, ini, plan_setup, precommit, toml
from tests.support.helpers import Run

TEMPLATES = [
    name
    for name in ("generic", "async", "multidb", "pyproject", "pyproject_async")
    if Path(alembic.__file__).with_name("templates").joinpath(name).is_dir()
]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("ALEMBIC_CONFIG", "PYTHONWARNINGS")}
HOOK = b"""\
hooks = sqlite-batchify
sqlite-batchify.type = console_scripts
sqlite-batchify.entrypoint = sqlite-batchify
sqlite-batchify.options = REVISION_SCRIPT_FILENAME
"""
HOOK_TABLE = b"""\
[[tool.alembic.post_write_hooks]]
name = "sqlite-batchify"
type = "console_scripts"
entrypoint = "sqlite-batchify"
options = "REVISION_SCRIPT_FILENAME"
"""
LISTENER = """
from sqlalchemy import event
from sqlalchemy.engine import Engine


@event.listens_for(Engine, "connect")
def turn_foreign_keys_on(dbapi_connection, connection_record):
    dbapi_connection.execute("PRAGMA foreign_keys=ON")
"""
BEGIN = """

@event.listens_for(Engine, "connect")
def do_not_begin(dbapi_connection, connection_record):
    dbapi_connection.isolation_level = None


@event.listens_for(Engine, "begin")
def begin(connection):
    connection.exec_driver_sql("BEGIN")
"""
NOWHERE = "PRAGMA foreign_keys is turned on nowhere; nothing to do\n"
Make = Callable[[str], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Projects as the real ``alembic init -t TEMPLATE`` makes them, each made once."""
    projects: dict[str, Path] = {}

    def make(template: str) -> Path:
        if template not in projects:
            projects[template] = tmp_path_factory.mktemp(template)
            run_alembic(projects[template], ["init", "-t", template, "migrations"])
        return projects[template]

    return make


@pytest.fixture
def project(made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A copy of such a project, which is then the working directory."""

    def copy(template: str) -> Path:
        folder = tmp_path / "project"
        shutil.copytree(made(template), folder)
        monkeypatch.chdir(folder)
        monkeypatch.delenv("ALEMBIC_CONFIG", raising=False)
        return folder

    return copy


def run_alembic(folder: Path, *commands: list[str]) -> str:
    """The commands in one process of real Alembic; what it printed."""
    code = f"from alembic.config import main\nfor command in {list(commands)!r}: main(argv=command)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def edit(path: Path, *replacements: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def give_databases(folder: Path, template: str) -> None:
    driver = "sqlite+aiosqlite" if "async" in template else "sqlite"
    url = "driver://user:pass@localhost/dbname"
    edit(folder / "alembic.ini", (url, f"{driver}:///app.db"))
    if template == "multidb":
        edit(folder / "alembic.ini", (f"{driver}:///app.db2", f"{driver}:///other.db"))


def give_models(folder: Path, template: str) -> None:
    """A model that asks for more than the first revision made: what autogenerate is to find."""
    (folder / "models.py").write_text(
        "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n"
        'sa.Table("account", metadata, sa.Column("id", sa.Integer, primary_key=True),\n'
        '    sa.Column("name", sa.Text, nullable=False))\n'
    )
    multidb = template == "multidb"
    old, new = ("{}", '{"engine1": metadata, "engine2": metadata}') if multidb else ("None", "metadata")
    edit(
        folder / "migrations" / "env.py",
        ("from alembic import context\n", "from alembic import context\n\nfrom models import metadata\n"),
        (f"\ntarget_metadata = {old}\n", f"\ntarget_metadata = {new}\n"),
    )


def write_first_revision(folder: Path) -> None:
    (folder / "migrations" / "versions" / "0001.py").write_text(
        'revision = "0001"\ndown_revision = None\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n\n'
        "def upgrade(engine_name=None):\n"
        '    columns = sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text())\n'
        '    op.create_table("account", *columns)\n'
        "    op.execute(\"INSERT INTO account (name) VALUES ('Ada')\")\n\n\n"
        'def downgrade(engine_name=None):\n    op.drop_table("account")\n'
    )


def is_insertion(before: bytes, after: bytes) -> bool:
    """Whether the bytes stand in the other in their order: nothing is changed, moved or taken away."""
    rest = iter(after)
    return all(byte in rest for byte in before)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_that_is_set_up_writes_scripts_that_run(template: str, project: Make, run: Run) -> None:
    folder = project(template)
    give_databases(folder, template)
    give_models(folder, template)
    write_first_revision(folder)
    before = files_of(folder)
    config = "pyproject.toml" if template.startswith("pyproject") else "alembic.ini"

    status, diff, _ = run("init")
    assert status == 0
    assert files_of(folder) == before
    assert [line for line in diff.splitlines() if line.startswith("+++ ")] == [f"+++ {config}", "+++ migrations/env.py"]
    status, out, _ = run("init", "--write")
    assert (status, [line.split(" (")[0] for line in out.splitlines()]) == (
        0,
        [f"changed {config}", "changed migrations/env.py"],
    )
    after = files_of(folder)
    assert {name for name in after if after[name] != before[name]} == {config, "migrations/env.py"}
    assert all(is_insertion(before[name], after[name]) for name in before)
    assert after["migrations/env.py"].count(b"render_as_batch=True") == 2
    assert run("init", "--write") == (0, "", f"{NOWHERE}nothing to add\n")

    printed = run_alembic(
        folder, ["upgrade", "head"], ["revision", "--autogenerate", "-m", "x"], ["upgrade", "head"], ["check"]
    )
    assert "Running post write hook 'sqlite-batchify'" in printed
    (script,) = folder.glob("migrations/versions/*_x.py")
    databases = ["app.db", "other.db"] if template == "multidb" else ["app.db"]
    assert script.read_text().count("with op.batch_alter_table('account'") == 2 * len(databases)
    for database in databases:
        with closing(sqlite3.connect(folder / database)) as connection:
            assert connection.execute("SELECT name FROM account").fetchall() == [("Ada",)]
            assert connection.execute(
                "SELECT \"notnull\" FROM pragma_table_info('account') WHERE name = 'name'"
            ).fetchall() == [(1,)]
    run_alembic(folder, ["downgrade", "base"], ["upgrade", "head"])


def write_cascade(folder: Path) -> None:
    """Rows that ON DELETE CASCADE would take along, and a revision that copies the table that they refer to."""
    versions = folder / "migrations" / "versions"
    head = "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade(engine_name=None):\n"
    (versions / "0001.py").write_text(
        f'revision = "0001"\ndown_revision = None\n{head}'
        '    op.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT)")\n'
        '    op.execute("CREATE TABLE orders (account INTEGER REFERENCES account ON DELETE CASCADE)")\n'
        "    op.execute(\"INSERT INTO account VALUES (1, 'Ada')\")\n"
        '    op.execute("INSERT INTO orders VALUES (1)")\n'
    )
    (versions / "0002.py").write_text(
        f'revision = "0002"\ndown_revision = "0001"\n{head}'
        "    op.execute(\"INSERT INTO account VALUES (2, 'Grace')\")\n"
        '    with op.batch_alter_table("account") as batch_op:\n'
        '        batch_op.alter_column("name", existing_type=sa.Text(), nullable=False)\n'
    )


def rows_after_upgrade(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    run_alembic(folder, ["upgrade", "0001"])
    run_alembic(folder, ["upgrade", "head"])
    tables = ("alembic_version", "account", "orders")
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.mark.parametrize(
    ("template", "listeners"),
    [("generic", LISTENER), ("generic", LISTENER + BEGIN), ("async", LISTENER), ("multidb", LISTENER)],
    ids=["generic", "begin", "async", "multidb"],
)
def test_foreign_keys_are_off_around_migrations(template: str, listeners: str, project: Make, run: Run) -> None:
    folder = project(template)
    give_databases(folder, template)
    if template == "async":
        listeners = listeners.replace("dbapi_connection.execute", "dbapi_connection.cursor().execute")
    edit(
        folder / "migrations" / "env.py", ("from alembic import context\n", f"from alembic import context\n{listeners}")
    )
    write_cascade(folder)

    assert run("init", "--write")[0] == 0
    assert rows_after_upgrade(folder) == {
        "alembic_version": [("0002",)],
        "account": [(1, "Ada"), (2, "Grace")],
        "orders": [(1,)],
    }
    status, _, err = run("init")
    assert status == 0
    assert re.fullmatch(
        r"PRAGMA foreign_keys is turned on in migrations/env.py:\d+, and off in migrations/env.py:\d+ for migrations; "
        r"nothing to do\nnothing to add\n",
        err,
    )


def test_without_that_the_rows_are_lost(project: Make) -> None:
    folder = project("generic")
    give_databases(folder, "generic")
    edit(
        folder / "migrations" / "env.py", ("from alembic import context\n", f"from alembic import context\n{LISTENER}")
    )
    write_cascade(folder)

    assert rows_after_upgrade(folder)["orders"] == []


def test_in_front_of_configure_nothing_would_be_committed(project: Make) -> None:
    folder = project("generic")
    give_databases(folder, "generic")
    pragma = '        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")\n'
    edit(folder / "migrations" / "env.py", ("as connection:\n", f"as connection:\n{pragma}"))
    write_cascade(folder)

    run_alembic(folder, ["upgrade", "0001"])
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == []


ONLINE = """\
from alembic import context
from sqlalchemy import create_engine, event, pool

engine = create_engine("sqlite:///app.db", poolclass=pool.NullPool)


@event.listens_for(engine, "connect")
def turn_foreign_keys_on(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")


def run():
    with engine.connect() as connection:
        context.configure(connection, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()


run()
"""
ADDED = """\
        if connection.dialect.name == "sqlite":
            # or the copy of a table deletes the rows that refer to it
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
"""


def edited(source: str) -> tuple[str, tuple[str, ...]]:
    result = env.add_settings("env.py", source.encode())
    compile(result.after, "env.py", "exec")
    assert env.add_settings("env.py", result.after).after == result.after
    return result.after.decode(), result.notes


def test_the_pragma_goes_behind_configure() -> None:
    line = "        context.configure(connection, render_as_batch=True)\n"

    assert edited(ONLINE) == (ONLINE.replace(line, line + ADDED), ())


@pytest.mark.parametrize(
    "source",
    [
        ONLINE.replace("=ON", "=OFF"),
        ONLINE.replace('"PRAGMA foreign_keys=ON"', '"PRAGMA foreign_keys"'),
        ONLINE.replace('    connection.execute("PRAGMA foreign_keys=ON")', '    """PRAGMA foreign_keys=ON"""'),
        ONLINE.replace(
            "run_migrations()", 'run_migrations()\n        connection.exec_driver_sql("PRAGMA foreign_keys = 0")'
        ),
        ONLINE.replace("configure(connection, ", 'configure(url="sqlite://", '),
    ],
    ids=["off", "read", "docstring", "off already", "offline"],
)
def test_foreign_keys_stay_as_they_are(source: str) -> None:
    assert edited(source) == (source, ())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '@event.listens_for(engine, "connect")\ndef turn_foreign_keys_on(connection, record):\n',
            "def on(connection):\n    event.listen(engine, 'begin', on)\n",
            'line 9 turns PRAGMA foreign_keys on at every "begin", which comes after',
        ),
        ('"connect")', '"begin")', 'line 9 turns PRAGMA foreign_keys on at every "begin", which comes after'),
        ("keys=ON", "keys=%s", "line 9 sets PRAGMA foreign_keys to what cannot be told from the text"),
        (
            "        with context.begin",
            '        connection.exec_driver_sql("PRAGMA foreign_keys=ON")\n        with context.begin',
            "line 15 turns PRAGMA foreign_keys on after context.configure",
        ),
        ("configure(connection,", "configure(engine.connect(),", "the connection has no name"),
        ("=True)\n", "=True); print()\n", "context.configure does not stand on lines of its own"),
        (
            "engine.connect()",
            "engine.begin()",
            'line 13 calls begin(), and a listener for "begin" may have sent BEGIN by then',
        ),
    ],
)
def test_foreign_keys_are_left_to_a_person(old: str, new: str, reason: str) -> None:
    source = ONLINE.replace(old, new)
    if new == "engine.begin()":
        source += BEGIN.replace("Engine", "engine")
    assert source != ONLINE
    result, notes = edited(source)

    assert result == source
    (note,) = notes
    assert note.startswith("env.py:14: ")
    assert note.split(": ", 1)[1].startswith(f"{reason}; add by hand: on SQLite connection.exec_driver_sql(")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("engine.connect()", "engine.begin()", "line 13 calls begin(), and PRAGMA foreign_keys=OFF is a no-op inside"),
        ("def run():\n", "def run(connection):\n", None),
        ("pool.NullPool", "pool.StaticPool", "the connection may go back to a pool with PRAGMA foreign_keys=OFF"),
        (
            "    with engine.connect() as connection:\n",
            '    connection = context.config.attributes["connection"]\n    if True:\n',
            "it cannot be told whether connection is in a transaction",
        ),
    ],
)
def test_foreign_keys_off_with_a_doubt(old: str, new: str, reason: str | None) -> None:
    result, notes = edited(ONLINE.replace(old, new))

    assert ADDED in result
    assert [note.split(": ", 1)[1][: len(reason or "")] for note in notes] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("configure()", "configure(render_as_batch=True)"),
        ("configure(url=u)", "configure(url=u, render_as_batch=True)"),
        ("configure(url=u,)", "configure(url=u, render_as_batch=True)"),
        ("configure(connection)", "configure(connection, render_as_batch=True)"),
        ("configure(\n        url=u,\n    )", "configure(\n        url=u,\n        render_as_batch=True,\n    )"),
        ("configure(\n        url=u\n    )", "configure(\n        url=u,\n        render_as_batch=True\n    )"),
        (
            "configure(\n        url=u  # why\n    )",
            "configure(\n        url=u,  # why\n        render_as_batch=True\n    )",
        ),
        (
            "configure(\n        url=u,  # why, and how\n        # and\n    )",
            "configure(\n        url=u,  # why, and how\n        render_as_batch=True,\n        # and\n    )",
        ),
        ("configure(a=1,\n              b=2)", "configure(a=1,\n              b=2, render_as_batch=True)"),
        ("configure(\n\ta=1, b=(2),\n    )", "configure(\n\ta=1, b=(2),\n\trender_as_batch=True,\n    )"),
        (
            f"configure(connection=connection, target_metadata={'m' * 24})",
            f"configure(connection=connection, target_metadata={'m' * 24},\n{' ' * 22}render_as_batch=True)",
        ),
        ("configure(url=u, **{'a': 1})", "configure(url=u, **{'a': 1}, render_as_batch=True)"),
        ("configure(url=u, **conf_args)", 'configure(url=u, **{"render_as_batch": True, **conf_args})'),
        ("configure(\n  ** get(),\n)", 'configure(\n  **{"render_as_batch": True, ** get()},\n)'),
        ("configure(**a or (b))", 'configure(**{"render_as_batch": True, **(a or (b))})'),
    ],
)
def test_where_the_keyword_goes(call: str, expected: str) -> None:
    source = f"from alembic import context\nif True:\n    context.{call}\n"

    assert edited(source)[0] == f"from alembic import context\nif True:\n    context.{expected}\n"


CALLS = """\
{imported}
conf_args = {arguments}
{context}.configure(connection=1, **conf_args)
"""


@pytest.mark.parametrize(
    ("imported", "context"),
    [
        ("from alembic import context", "context"),
        ("from alembic import op, context as ctx", "ctx"),
        ("import alembic", "alembic.context"),
        ("import alembic.context as c", "c"),
        ("import alembic as a", "a.context"),
    ],
)
def test_the_names_of_context(imported: str, context: str) -> None:
    result, notes = edited(CALLS.format(imported=imported, context=context, arguments="{}"))

    assert '**{"render_as_batch": True, **conf_args}' in result
    assert notes == (
        "env.py:3: render_as_batch=True holds unless conf_args has it too; "
        "with Flask-Migrate, Migrate(...) must not say False",
    )


@pytest.mark.parametrize("given", [{}, {"render_as_batch": False}, {"render_as_batch": True, "compare_type": True}])
def test_arguments_that_have_the_keyword_win_and_it_is_never_given_twice(given: dict[str, bool]) -> None:
    result, _ = edited(f"from alembic import context\ncontext.configure(1, **{given if given else 'conf_args'})\n")
    result = result if given else result.replace("conf_args", "{}")
    received: dict[str, bool] = {}

    exec(
        result.replace("from alembic import context", "").replace("context.configure", "record"),
        {"record": lambda _, **kw: received.update(kw)},
    )
    assert received == {"render_as_batch": True, **given}


@pytest.mark.parametrize(
    "arguments",
    ['{"render_as_batch": True}', "dict(render_as_batch=is_sqlite)"],
)
def test_the_keyword_is_there_already(arguments: str) -> None:
    source = CALLS.format(imported="from alembic import context", context="context", arguments=arguments)

    assert edited(source) == (source, ())
    direct = source.replace("**conf_args", "render_as_batch=connection.dialect.name == 'sqlite'")
    assert edited(direct) == (direct, ())


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("context.configure(render_as_batch=False)", "env.py:2: render_as_batch is turned off, so it was left so; "),
        ("context.configure(**a, **b)", "env.py:2: keywords come through several * or **, so nothing was added; "),
        ("context.configure(*a)", "env.py:2: keywords come through several * or **, so nothing was added; "),
        ("logging.configure()", "env.py: calls no context.configure of Alembic's; "),
        ("def f(:", "env.py:2: cannot be parsed; "),
        ("context.configure((connection))", "env.py: is written in a way that is not understood; "),
        ("# \udce9", "env.py: not utf-8: byte 0xe9; "),
    ],
)
def test_an_env_py_that_is_left_to_a_person(line: str, note: str) -> None:
    source = f"from alembic import context\n{line}\n".encode("utf-8", "surrogateescape")
    result = env.add_settings("env.py", source)

    assert (result.after, result.what) == (source, ())
    assert [each[: len(note)] for each in result.notes] == [note]


@pytest.mark.parametrize(
    ("head", "encoding"), [("", "utf-8"), ("", "utf-8-sig"), ("# -*- coding: latin-1 -*-\n", "latin-1")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encoding_and_newlines_of_env_py_stay(head: str, encoding: str, newline: str) -> None:
    def encoded(text: str) -> bytes:
        return (head + text.replace('connect")', 'connect")  # für alle')).replace("\n", newline).encode(encoding)

    line = "        context.configure(connection)\n"
    source = ONLINE.replace("        context.configure(connection, render_as_batch=True)\n", line)
    expected = ONLINE.replace("render_as_batch=True)\n", f"render_as_batch=True)\n{ADDED}")

    assert env.add_settings("env.py", encoded(source)).after == encoded(expected)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"[alembic]\na = 1\n", b"[alembic]\na = 1\n\n[post_write_hooks]\n" + HOOK),
        (b"[alembic]\na = 1", b"[alembic]\na = 1\n\n[post_write_hooks]\n" + HOOK),
        (b"[alembic]\n\n[post_write_hooks]\n", b"[alembic]\n\n[post_write_hooks]\n" + HOOK),
        (
            b"[post_write_hooks]\n; for scripts\n# all of them\n\n# hooks = black\n\n[a]\n",
            b"[post_write_hooks]\n; for scripts\n# all of them\n" + HOOK + b"\n# hooks = black\n\n[a]\n",
        ),
        (
            b"[post_write_hooks]\nx = 1\nhooks = black, ruff\nblack.type = exec\n",
            b"[post_write_hooks]\nx = 1\n"
            + HOOK.replace(b"batchify\n", b"batchify, black, ruff\n", 1)
            + b"black.type = exec\n",
        ),
        (
            b"[post_write_hooks]\nHooks:black\n   ruff\nblack.type = exec",
            b"[post_write_hooks]\nHooks: sqlite-batchify, black\n   ruff\n"
            + HOOK.split(b"\n", 1)[1]
            + b"black.type = exec",
        ),
        (b"[post_write_hooks]\nhooks =\n[a]\n", b"[post_write_hooks]\n" + HOOK + b"[a]\n"),
    ],
    ids=["no section", "no newline", "empty", "commented", "others", "continued", "no hooks"],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_hook_in_alembic_ini(before: bytes, after: bytes, newline: bytes) -> None:
    before, after = before.replace(b"\n", newline), after.replace(b"\n", newline)
    result = ini.add_hook("alembic.ini", before)

    assert result.after == after
    assert result.notes == ()
    assert is_insertion(before, after)
    assert ini.add_hook("alembic.ini", after).after == after


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (b"[post_write_hooks]\n" + HOOK, None),
        (b"[post_write_hooks]\nhooks = b\nb.type = exec\nb.executable = .venv/bin/sqlite-batchify\n", None),
        (b"[post_write_hooks]\nhooks = b\nb.type = module\nb.module = sqlite_batchify\n", None),
        (
            b"[post_write_hooks]\nhooks = black, b\nblack.type = exec\nb.type = module\nb.module = sqlite_batchify\n",
            "the hook sqlite-batchify runs after black; put it first, so that they format what it writes",
        ),
        (b"[post_write_hooks]\nsqlite-batchify.type = exec\n", "[post_write_hooks] knows another sqlite-batchify"),
        (b"[post_write_hooks]\nhooks = a\nhooks = b\n", "cannot be read (While reading from"),
        (b"[post_write_hooks]\nx = 1\n  hooks = a\n", None),
        (b"[post_write_hooks]\n  x = 1\n", "[post_write_hooks] is written in a way that is not understood"),
        (b"  [post_write_hooks]\nx = 1\n", "[post_write_hooks] is written in a way that is not understood"),
    ],
)
def test_an_alembic_ini_that_stays(source: bytes, note: str | None) -> None:
    result = ini.add_hook("alembic.ini", source)

    if b"  hooks" in source:  # a continuation of x
        assert result.after == source.replace(b"hooks]\n", b"hooks]\n" + HOOK)
        return
    assert result.after == source
    assert [each.startswith(f"alembic.ini: {note}") for each in result.notes] == ([True] if note else [])


TABLE = b'[tool.alembic]\nscript_location = "m"\n'
BLACK = b'[[tool.alembic.post_write_hooks]]\nname = "black"\n'
INLINE = (
    b'{ name = "sqlite-batchify", type = "console_scripts", entrypoint = "sqlite-batchify", '
    b'options = "REVISION_SCRIPT_FILENAME" }'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TABLE, TABLE + b"\n" + HOOK_TABLE),
        (TABLE.rstrip(), TABLE + b"\n" + HOOK_TABLE),
        (TABLE + b"# end\n\n[a]\nb = 1\n", TABLE + b"# end\n\n" + HOOK_TABLE + b"\n[a]\nb = 1\n"),
        (TABLE + b"\n# of a\n[a]\n", TABLE + b"\n" + HOOK_TABLE + b"\n# of a\n[a]\n"),
        (TABLE + b"[a]\n", TABLE + b"\n" + HOOK_TABLE + b"\n[a]\n"),
        (TABLE + b"\n# ours\n" + BLACK, TABLE + b"\n" + HOOK_TABLE + b"\n# ours\n" + BLACK),
        (
            TABLE + b'post_write_hooks = [ # ours\n    { name = "black" }, # b\n]\n',
            TABLE + b"post_write_hooks = [ # ours\n    " + INLINE + b',\n    { name = "black" }, # b\n]\n',
        ),
        (
            TABLE + b'post_write_hooks = [{ name = "black" }]\n',
            TABLE + b"post_write_hooks = [" + INLINE + b', { name = "black" }]\n',
        ),
        (TABLE + b"post_write_hooks = []\n", TABLE + b"post_write_hooks = [" + INLINE + b"]\n"),
        (b'[tool]\nalembic.script_location = "m"\n', b'[tool]\nalembic.script_location = "m"\n\n' + HOOK_TABLE),
    ],
    ids=["last", "no newline", "comment", "comment of next", "tight", "black", "lines", "inline", "none", "dotted"],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_hook_in_pyproject_toml(before: bytes, after: bytes, newline: bytes) -> None:
    before, after = before.replace(b"\n", newline), after.replace(b"\n", newline)
    result = toml.add_hook("pyproject.toml", before)

    assert result.after == after
    assert result.notes == ()
    assert is_insertion(before, after)
    assert toml.add_hook("pyproject.toml", after).after == after


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (TABLE + HOOK_TABLE + BLACK, None),
        (TABLE + BLACK + HOOK_TABLE, "the hook sqlite-batchify runs after black; put it first"),
        (TABLE + b'post_write_hooks = "black"\n', "post_write_hooks is not an array of tables; add as the first of"),
        (
            b'tool = { alembic = { script_location = "m" } }\n',
            "[tool.alembic] is written in a way that is not understood",
        ),
    ],
)
def test_a_pyproject_toml_that_stays(source: bytes, note: str | None) -> None:
    result = toml.add_hook("pyproject.toml", source)

    assert result.after == source
    assert [each.startswith(f"pyproject.toml: {note}") for each in result.notes] == ([True] if note else [])


def test_a_header_in_a_string_is_no_header() -> None:
    source = b'x = """\n[[tool.alembic.post_write_hooks]]\n"""\n\n' + TABLE

    assert toml.add_hook("pyproject.toml", source).after == source + b"\n" + HOOK_TABLE


REV = f"v{__version__}"
REPOSITORY = "https://github.com/sqlite-batchify/sqlite-batchify"


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (
            "repos:\n- repo: a\n  rev: v1\n  hooks:\n  - id: b\n",
            f"- repo: {REPOSITORY}\n  rev: {REV}\n  hooks:\n  - id: sqlite-batchify\n",
        ),
        (
            "# c\nrepos: # d\n  - repo: a\n    rev: v1\n    hooks:\n      - id: b\n        args: [x]\n",
            f"  - repo: {REPOSITORY}\n    rev: {REV}\n    hooks:\n      - id: sqlite-batchify\n",
        ),
        (
            "repos:\n\n  -   repo: a\n      hooks:\n      -   id: b\n\n  -   repo: c\n      hooks:\n      -   id: d\n",
            f"\n  -   repo: {REPOSITORY}\n      rev: {REV}\n      hooks:\n      -   id: sqlite-batchify\n",
        ),
    ],
    ids=["at the margin", "indented", "apart"],
)
@pytest.mark.parametrize("rest", ["", "\n# the end\n", "ci:\n  autofix_prs: false\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_entry_of_pre_commit(before: str, added: str, rest: str, newline: str) -> None:
    def encoded(text: str) -> bytes:
        return text.replace("\n", newline).encode()

    result = precommit.add_entry("p", encoded(before + rest))

    assert result.after == encoded(before + added + rest)
    assert result.notes == ()
    assert precommit.add_entry("p", result.after).after == result.after


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: sqlite-batchify --check\n", True),
        ("repos:\n- repo: a\n  hooks:\n  - id: 'sqlite-batchify'\n", True),
        ("repos: []\n", False),
        ("repos: [{repo: a, hooks: [{id: b}]}]\n", False),
        ("repos:\n  # none yet\n", False),
        ("repos:\n- {repo: a, hooks: [{id: b}]}\n", False),
        ("minimum_pre_commit_version: '3'\n", False),
    ],
)
def test_a_configuration_of_pre_commit_that_stays(source: str, there: bool) -> None:
    result = precommit.add_entry("p", source.encode())

    assert result.after == source.encode()
    assert [note.split(";")[0] for note in result.notes] == (
        [] if there else ["p: repos is not a list in lines of its own"]
    )


def test_the_hooks_make_new_scripts_portable_if_that_is_asked_for() -> None:
    in_ini = ini.add_hook("alembic.ini", b"[alembic]\n", portable=True)
    in_toml = toml.add_hook("pyproject.toml", TABLE, portable=True)
    entry = precommit.add_entry("p", b"repos:\n- repo: a\n  hooks:\n  - id: b\n", portable=True)

    assert b"sqlite-batchify.options = --portable REVISION_SCRIPT_FILENAME\n" in in_ini.after
    assert b'options = "--portable REVISION_SCRIPT_FILENAME"\n' in in_toml.after
    assert entry.after.endswith(b"  - id: sqlite-batchify\n    args: [--portable]\n")
    assert ini.add_hook("alembic.ini", in_ini.after).after == in_ini.after
    assert toml.add_hook("pyproject.toml", in_toml.after, portable=True).after == in_toml.after


INI = "[alembic]\nscript_location = migrations\n"
ENV = "from alembic import context\n\ncontext.configure(url='sqlite://')\n"


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("files", "target", "changed"),
    [
        ({"alembic.ini": INI, "migrations/env.py": ENV}, ".", {"alembic.ini", "migrations/env.py"}),
        ({"alembic.ini": INI, "migrations/env.py": ENV}, "alembic.ini", {"alembic.ini", "migrations/env.py"}),
        ({"alembic.ini": INI, "migrations/env.py": ENV}, "migrations", {"alembic.ini", "migrations/env.py"}),
        (
            {
                "alembic.ini": INI.replace("migrations", "%(here)s/m"),
                "m/env.py": ENV,
                ".pre-commit-config.yaml": "repos:\n- repo: a\n",
            },
            ".",
            {"alembic.ini", "m/env.py", ".pre-commit-config.yaml"},
        ),
        (
            {"alembic.ini": INI.replace("migrations", "app.db:m"), "src/app/db/m/env.py": ENV},
            ".",
            {"alembic.ini", "src/app/db/m/env.py"},
        ),
        (
            {"alembic.ini": "[a]\nscript_location = a\n[b]\nscript_location = b\n", "a/env.py": ENV, "b/env.py": ENV},
            ".",
            {"alembic.ini", "a/env.py", "b/env.py"},
        ),
        ({"pyproject.toml": TABLE.decode(), "m/env.py": ENV}, ".", {"pyproject.toml", "m/env.py"}),
        ({"pyproject.toml": TABLE.decode(), "m/env.py": ENV}, "pyproject.toml", {"pyproject.toml", "m/env.py"}),
        (
            {"pyproject.toml": TABLE.decode(), "alembic.ini": "[alembic]\n[post_write_hooks]\n", "m/env.py": ENV},
            ".",
            {"alembic.ini", "m/env.py"},
        ),
        (
            {"pyproject.toml": "[tool.x]\n", "alembic.ini": INI, "migrations/env.py": ENV},
            ".",
            {"alembic.ini", "migrations/env.py"},
        ),
        (
            {"pyproject.toml": "[tool.\n", "alembic.ini": INI, "migrations/env.py": ENV},
            ".",
            {"alembic.ini", "migrations/env.py"},
        ),
        (
            {"pyproject.toml": TABLE.decode().replace('"m"', '"100%"'), "100%/env.py": ENV},
            ".",
            {"pyproject.toml", "100%/env.py"},
        ),
        ({"db/alembic.ini": "[alembic]\n", "db/env.py": ENV}, ".", {"db/alembic.ini", "db/env.py"}),
        ({"db/alembic.ini": "[alembic]\n", "db/env.py": ENV}, "db", {"db/alembic.ini", "db/env.py"}),
        ({"db/alembic.ini": "[alembic]\n", "db/env.py": ENV}, "db/alembic.ini", {"db/alembic.ini", "db/env.py"}),
        (
            {
                ".git/HEAD": "",
                ".pre-commit-config.yaml": "repos:\n- repo: a\n",
                "x/alembic.ini": INI,
                "x/migrations/env.py": ENV,
            },
            "x",
            {".pre-commit-config.yaml", "x/alembic.ini", "x/migrations/env.py"},
        ),
    ],
)
def test_the_files_of_a_project(
    files: dict[str, str], target: str, changed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    plan = plan_setup(target)

    assert {change.path for change in plan.changes} == changed
    assert plan.notes == ()
    for change in plan.changes:
        assert change.before == (tmp_path / change.path).read_bytes()
        assert change.what


@pytest.mark.parametrize(
    ("files", "target", "message"),
    [
        ({}, ".", ".: no Alembic project; looked for an alembic.ini with a script_location, a pyproject.toml with "),
        ({}, "nowhere", "nowhere: there is no such folder; name the one with the project's alembic.ini"),
        ({"pyproject.toml": "[tool.x]\n"}, "pyproject.toml", "pyproject.toml: no Alembic project; looked for"),
        ({"pyproject.toml": "[tool.\n"}, ".", "pyproject.toml: Invalid"),
        ({"alembic.ini": "[\udce9]\n"}, ".", "alembic.ini: is not UTF-8 (byte 1); save it as UTF-8"),
        ({"alembic.ini": "x\n"}, ".", "alembic.ini: File contains no section headers."),
        ({"alembic.ini": "[alembic]\nscript_location = %(nothing)s\n"}, ".", "alembic.ini: Bad value substitution"),
        (
            {"a/alembic.ini": "", "a/env.py": "", "b/alembic.ini": "", "b/env.py": ""},
            ".",
            ".: several script locations (a, b)",
        ),
    ],
)
def test_no_project(
    files: dict[str, str], target: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    lay(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALEMBIC_CONFIG", raising=False)
    status, out, err = run("init", "--write", target)

    assert (status, out) == (2, "")
    assert err.startswith(f"sqlite-batchify init: {message}")
    assert err.count("\n") == 1
    with pytest.raises(SetupError, match=re.escape(message)):
        plan_setup(target)


def test_what_cannot_be_placed_is_said_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    lay(
        tmp_path,
        {
            "alembic.ini": INI + "[other]\nscript_location = gone\n",
            "migrations/env.py": "def f(:\n",
            ".pre-commit-config.yaml": "repos: []\n",
        },
    )
    monkeypatch.chdir(tmp_path)
    status, out, err = run("init", "--write")

    assert (status, out) == (0, "changed alembic.ini (hook sqlite-batchify in [post_write_hooks])\n")
    assert [line.split(";")[0] for line in err.splitlines()] == [
        NOWHERE.split(";")[0],
        "script location gone was not found",
        "migrations/env.py:1: cannot be parsed",
        ".pre-commit-config.yaml: repos is not a list in lines of its own",
    ]


def test_a_script_location_without_a_configuration(tmp_path: Path) -> None:
    lay(tmp_path, {"env.py": ENV, "script.py.mako": ""})
    plan = plan_setup(str(tmp_path))

    assert [change.what for change in plan.changes] == [("render_as_batch=True",)]
    (note,) = plan.notes
    assert note.startswith("no alembic.ini was found; add to [post_write_hooks]: hooks = sqlite-batchify (first), ")


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    lay(tmp_path, {"alembic.ini": INI, "migrations/env.py": ENV})
    (tmp_path / "alembic.ini").chmod(0o444)
    monkeypatch.chdir(tmp_path)

    status, out, err = run("init", "--write")
    assert (status, out) == (2, "changed migrations/env.py (render_as_batch=True)\n")
    refused = "sqlite-batchify init: alembic.ini: cannot be written: the file is read-only; check its permissions\n"
    assert err == refused + NOWHERE
    assert (tmp_path / "alembic.ini").read_text() == INI


FLASK_ENV = """\
from alembic import context
from application import current_app, engine, metadata


def run_migrations_online():
    conf_args = current_app.extensions['migrate'].configure_args
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            **conf_args
        )

        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
"""
FLASK_APPLICATION = """\
from types import SimpleNamespace
import sqlalchemy as sa
engine = sa.create_engine("sqlite:///app.db")
metadata = sa.MetaData()
sa.Table("account", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, nullable=False))
current_app = SimpleNamespace(extensions={"migrate": SimpleNamespace(configure_args={ARGUMENTS})})
"""
FLASK_COMMAND = """\
from alembic import command
from alembic.config import Config
config = Config("migrations/alembic.ini")
config.set_main_option("script_location", "migrations")
command.upgrade(config, "head")
command.revision(config, "x", autogenerate=True)
command.upgrade(config, "head")
"""


@pytest.mark.parametrize("arguments", ["{}", "{'render_as_batch': True}"])
def test_a_project_of_flask_migrate(arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """The alembic.ini lies in the script location and does not name it; env.py hands on what Migrate() was given."""
    template = Path(alembic.__file__).with_name("templates") / "generic" / "script.py.mako"
    lay(
        tmp_path,
        {
            "migrations/alembic.ini": "[alembic]\n# file_template = %%(rev)s_%%(slug)s\n",
            "migrations/env.py": FLASK_ENV,
            "migrations/script.py.mako": template.read_text(),
            "migrations/versions/.keep": "",
            "application.py": FLASK_APPLICATION.replace("{ARGUMENTS}", arguments),
        },
    )
    write_first_revision(tmp_path)
    monkeypatch.chdir(tmp_path)
    status, out, err = run("init", "--write")

    assert (status, len(out.splitlines())) == (0, 2)
    assert err.startswith(f"{NOWHERE}migrations/env.py:8: render_as_batch=True holds unless conf_args has it too; ")
    done = subprocess.run(
        [sys.executable, "-c", FLASK_COMMAND], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (script,) = tmp_path.glob("migrations/versions/*_x.py")
    assert script.read_text().count("with op.batch_alter_table('account'") == 2
    assert run("init") == (0, "", f"{NOWHERE}nothing to add\n")
