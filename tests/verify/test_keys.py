"""PRAGMA foreign_keys as the project has it: what counts is what the real Alembic loses."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sqlite_batchify import verify_history
from sqlite_batchify.findings import CHILDREN_LOST
from tests.support.helpers import Run
from tests.support.projects import ENGINE, FLASK, lay, make_project, migrate

_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n"
SCRIPTS = {
    "migrations/versions/0001.py": f'revision = "0001"\ndown_revision = None\n{_HEAD}'
    '    op.execute("CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT)")\n'
    '    op.execute("CREATE TABLE member (team INTEGER REFERENCES team ON DELETE CASCADE)")\n'
    "    op.execute(\"INSERT INTO team VALUES (1, 'red')\")\n"
    '    op.execute("INSERT INTO member VALUES (1)")\n\n\n'
    'def downgrade():\n    op.drop_table("member")\n    op.drop_table("team")\n',
    "migrations/versions/0002.py": f'revision = "0002"\ndown_revision = "0001"\n{_HEAD}'
    '    with op.batch_alter_table("team") as batch_op:\n'
    '        batch_op.alter_column("name", existing_type=sa.Text(), nullable=False)\n\n\n'
    'def downgrade():\n    with op.batch_alter_table("team") as batch_op:\n'
    '        batch_op.alter_column("name", existing_type=sa.Text(), nullable=True)\n',
}
_ON = 'connection.cursor().execute("PRAGMA foreign_keys=ON")\n'
EVERY = (
    "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n\n\n"
    f'@event.listens_for(Engine, "connect")\ndef turn_on(connection, record):\n    {_ON}'
)
ONE = (
    f'{ENGINE}from sqlalchemy import event\n\n\n@event.listens_for(engine, "connect")\n'
    f"def turn_on(connection, record):\n    {_ON}\n\nclass Base:\n    metadata = None\n"
)
CREATOR = (
    "import sqlite3\nfrom sqlalchemy import create_engine\n\n\n"
    f'def connect():\n    connection = sqlite3.connect("app.db")\n    {_ON}    return connection\n\n\n'
    'engine = create_engine("sqlite://", creator=connect)\n'
)
_TARGET = "target_metadata = None"
_OWN = "connectable = engine_from_config("
_USED = "from app.database import engine as connectable\n    _ = dict("


@pytest.fixture(autouse=True)
def _paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))  # prepend_sys_path


@pytest.mark.parametrize(
    ("template", "database", "env", "lost"),
    [
        ("generic", "", None, False),
        ("generic", EVERY, None, False),
        ("generic", EVERY, (_TARGET, "from app import database\ntarget_metadata = None"), True),
        ("generic", EVERY, (_TARGET, "import app.models\ntarget_metadata = None"), True),
        ("generic", ONE, (_TARGET, "from app.database import Base\ntarget_metadata = Base.metadata"), False),
        ("generic", ONE, (_OWN, _USED), True),
        ("generic", CREATOR, (_OWN, _USED), True),
        ("async", EVERY, (_TARGET, "from app import database\ntarget_metadata = None"), True),
        ("async", EVERY, None, False),
        (FLASK, EVERY + ENGINE, None, True),
        (FLASK, ONE, None, True),
        (FLASK, ENGINE, None, False),
    ],
)
def test_what_alembic_loses_counts(
    template: str,
    database: str,
    env: tuple[str, str] | None,
    lost: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application = {"app/__init__.py": "", "app/database.py": database, "app/models.py": "from .database import *\n"}
    make_project(tmp_path, template, {**SCRIPTS, **application})
    if env:
        path = tmp_path / "migrations" / "env.py"
        assert env[0] in path.read_text()
        path.write_text(path.read_text().replace(env[0], env[1]))
    monkeypatch.chdir(tmp_path)
    report = verify_history()

    assert (CHILDREN_LOST in {each.code for each in report.problems}) is lost
    assert report.spared == ([] if lost else ["0002"])
    commands = [("upgrade", "0001"), ("upgrade", "head")]
    for each in commands:
        migrate(tmp_path, each, flask=template == FLASK)
    with closing(sqlite3.connect("app.db")) as connection:
        assert connection.execute("SELECT count(*) FROM member").fetchall() == [(0 if lost else 1,)]


def test_it_is_said_where_the_pragma_is_turned_on_and_init_turns_it_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    make_project(tmp_path, "generic", {**SCRIPTS, "app/__init__.py": "", "app/database.py": EVERY})
    path = tmp_path / "migrations" / "env.py"
    path.write_text(path.read_text().replace(_TARGET, "from app import database\ntarget_metadata = None"))
    monkeypatch.chdir(tmp_path)

    status, out, _ = run("verify")
    assert (status, out.splitlines()[1]) == (1, "PRAGMA foreign_keys is turned on in app/database.py:7")
    status, out, err = run("init", "--write")
    assert out.splitlines()[-1] == "changed migrations/env.py (render_as_batch=True, PRAGMA foreign_keys=OFF)"
    where = "PRAGMA foreign_keys is turned on in app/database.py:7"
    assert err == f"{where}; what is added to migrations/env.py turns it off for migrations\n"
    status, out, _ = run("verify")
    assert (status, "foreign" in out.splitlines()[1]) == (0, False)
    migrate(tmp_path, ("upgrade", "0001"))
    migrate(tmp_path, ("upgrade", "head"), ("downgrade", "0001"), ("upgrade", "head"))
    with closing(sqlite3.connect("app.db")) as connection:
        assert connection.execute("SELECT count(*) FROM member").fetchall() == [(1,)]
    err = run("init")[2]
    assert err.startswith(f"{where}, and off in migrations/env.py:")
    assert err.endswith(" for migrations; nothing to do\nnothing to add\n")


def test_what_would_be_lost_is_one_line_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    make_project(tmp_path, "generic", {**SCRIPTS, "app/database.py": ONE})
    monkeypatch.chdir(tmp_path)
    status, out, _ = run("verify")

    assert status == 0
    assert out.splitlines()[-1] == (
        "     1  revision would lose rows with foreign keys on (turned on in app/database.py:9, but not for the "
        "connection of env.py; --foreign-keys on shows them)"
    )
    assert "SB403" not in out
    for setting in ("on", "both"):
        status, out, _ = run("verify", "--foreign-keys", setting)
        assert (status, "SB403" in out, "would lose" in out) == (1, True, False)
    for setting in ("off", "auto"):
        assert run("verify", "--foreign-keys", setting)[0] == 0
    shape = json.loads(run("verify", "--format", "json")[1])
    assert shape["pragma"] == {
        "enforced": False,
        "on": [],
        "off": [],
        "elsewhere": ["app/database.py:9"],
        "would_lose": ["0002"],
    }
    assert json.loads(run("verify", "--format", "json", "--foreign-keys", "on")[1])["pragma"] is None


def test_what_is_ignored_is_not_counted_there_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    make_project(tmp_path, "generic", SCRIPTS)
    lay(tmp_path, {"pyproject.toml": '[tool.sqlite-batchify.per-file-ignores]\n"migrations" = ["SB403"]\n'})
    monkeypatch.chdir(tmp_path)

    assert "would lose" not in run("verify")[1]
