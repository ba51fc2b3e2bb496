"""Where a project turns PRAGMA foreign_keys on for its migrations, and what only looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent

import pytest

from sqlite_batchify.foreign_keys import ForeignKeys, foreign_keys_of

ENV = """\
from alembic import context
from sqlalchemy import engine_from_config, event, pool, text
{}

def run_migrations_online():
    connectable = engine_from_config({{}}, poolclass=pool.NullPool)
    with connectable.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()

run_migrations_online()
"""
IMPORTS = "from app.models import Base\n"
HEAD = "from sqlalchemy import create_engine, event\nfrom sqlalchemy.engine import Engine\n\n"
ON = 'cursor.execute("PRAGMA foreign_keys=ON")'


def env(lines: str = IMPORTS) -> str:
    return ENV.format(lines)


def listener(target: str = "Engine", event: str = "connect", body: str = ON) -> str:
    return f"@event.listens_for({target}, {event!r})\ndef on_connect(cursor, record):\n" + indent(dedent(body), "    ")


def found(folder: Path, files: Mapping[str, str]) -> ForeignKeys:
    usual = {"alembic.ini": "[alembic]\nscript_location = migrations\n", "app/__init__.py": "", "app/models.py": ""}
    for name, text in {**usual, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return foreign_keys_of(str(folder / "migrations"))


def places(folder: Path, files: Mapping[str, str]) -> list[str]:
    keys = found(folder, files)
    assert not keys.off
    return [f"{Path(each.path).relative_to(folder).as_posix()}:{each.line}" for each in keys.on]


def in_app(text: str) -> dict[str, str]:
    """A module of the application that env.py imports through another one."""
    return {"migrations/env.py": env(), "app/models.py": "from .database import Base\n", "app/database.py": HEAD + text}


@pytest.mark.parametrize(
    "body",
    [
        'cursor.execute("PRAGMA foreign_keys=ON")',
        "cursor.execute('PRAGMA foreign_keys = 1;')",
        'cursor.execute("pragma foreign_keys=yes")',
        'cursor.execute("PRAGMA foreign_keys(true)")',
        "cursor.cursor().execute(\"PRAGMA main.foreign_keys = 'on'\")",
        'cursor.exec_driver_sql("PRAGMA foreign_keys=" "ON")',
        'cursor.execute(text("""\n  PRAGMA journal_mode=WAL;\n  PRAGMA foreign_keys=ON;\n"""))',
        'cursor.executescript("PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON")',
        'sql = "PRAGMA foreign_keys=ON"\ncursor.execute(sql)',
        'cursor.execute("PRAGMA foreign_keys=%s" % ("ON" if record else "OFF"))',
        'cursor.execute("PRAGMA foreign_keys={}".format(record))',
        'cursor.execute(f"PRAGMA foreign_keys={record}")',
        'for sql in ("PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=ON"):\n    cursor.execute(sql)',
        'for k, v in {"foreign_keys": "ON"}.items():\n    cursor.execute(f"PRAGMA {k}={v}")',
        'for k, v in [("foreign_keys", 1)]:\n    cursor.execute("PRAGMA %s = %s" % (k, v))',
        'for k, v in dict(journal_mode="WAL", foreign_keys=True).items():\n    cursor.execute("PRAGMA " + k + f"={v}")',
        'for p in ["foreign_keys=ON"]:\n    cursor.execute(f"PRAGMA {p}")',
    ],
)
@pytest.mark.parametrize("where", ["env", "app"])
def test_these_turn_it_on(body: str, where: str, tmp_path: Path) -> None:
    text = listener(body=body)
    files = {"migrations/env.py": env(text + "\n")} if where == "env" else in_app(text)

    assert len(places(tmp_path, files)) == 1


@pytest.mark.parametrize(
    "text",
    [
        'PRAGMA = "PRAGMA foreign_keys=ON"\n' + listener(body="cursor.execute(PRAGMA)"),
        'PRAGMAS = {"foreign_keys": "ON"}\n'
        + listener(body='for k, v in PRAGMAS.items():\n    cursor.execute(f"PRAGMA {k}={v}")'),
        'class Settings:\n    pragmas = {"foreign_keys": 1}\n\nsettings = Settings()\n'
        + listener(body='for k, v in settings.pragmas.items():\n    cursor.execute(f"PRAGMA {k}={v}")'),
        'MODE = "ON"\n' + listener(body='cursor.execute(f"PRAGMA foreign_keys={MODE}")'),
        f"def turn_on(cursor):\n    {ON}\n\n" + listener(body="turn_on(cursor)"),
        f'def turn_on(cursor, record):\n    {ON}\n\nevent.listen(Engine, "connect", turn_on)\n',
        f'def turn_on(cursor, record):\n    {ON}\n\nevent.listen(fn=turn_on, identifier="connect", target=Engine)\n',
        f'event.listen(Engine, "connect", lambda cursor, record: {ON})\n',
        "from sqlalchemy.engine import Engine as E\n" + listener("E"),
        listener("Engine", "first_connect"),
        listener("Engine", "engine_connect"),
        "from sqlalchemy.pool import Pool\n" + listener("Pool"),
        "if True:\n" + indent(listener(), "    "),
        f"def install(target):\n    event.listen(target, 'connect', turn_on)\n\ndef turn_on(cursor, _):\n    {ON}\n\n"
        "install(Engine)\n",
        f'def turn_on(cursor, record):\n    {ON}\n\nevent.listens_for(Engine, "connect")(turn_on)\n',
        f'def turn_on(cursor, _):\n    {ON}\n\nfor each in engines():\n    event.listen(each, "connect", turn_on)\n',
        "from . import pragmas\n" + listener(body="pragmas.turn_on(cursor)"),
        "from .pragmas import turn_on\nevent.listen(Engine, 'connect', turn_on)\n",
        "from .pragmas import *\nevent.listen(Engine, 'connect', turn_on)\n",
        "import app.pragmas\nevent.listen(Engine, 'connect', app.pragmas.turn_on)\n",
        "from app.pragmas import SQL\n" + listener(body="cursor.execute(SQL)"),
    ],
)
def test_these_do_it_for_all_engines(text: str, tmp_path: Path) -> None:
    helper = f'SQL = "PRAGMA foreign_keys=ON"\n\ndef turn_on(cursor, record=None):\n    {ON}\n'
    files = {**in_app(text), "app/pragmas.py": helper}

    assert len(places(tmp_path, files)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""PRAGMA foreign_keys=ON"""\n',
        "# PRAGMA foreign_keys=ON\n",
        listener(body='"""PRAGMA foreign_keys=ON"""'),
        listener(body='cursor.execute("PRAGMA foreign_keys")'),
        listener(body='cursor.execute("PRAGMA foreign_key_check")'),
        listener(body='cursor.execute("PRAGMA foreign_keys=OFF")'),
        listener(body='cursor.execute("PRAGMA foreign_keys=0")'),
        listener(body='cursor.execute("PRAGMA journal_mode=WAL")'),
        listener(body='print("PRAGMA foreign_keys=ON")\nlogger.info("PRAGMA foreign_keys=ON")'),
        listener(body='raise RuntimeError("PRAGMA foreign_keys=ON was refused")'),
        listener("Session", "after_begin"),
        listener("SessionLocal", "after_begin"),
        listener("Base.metadata", "after_create"),
        f"def never_called(cursor):\n    {ON}\n",
        'SQL = "PRAGMA foreign_keys=ON"\n',
        'import sqlite3\n\ndef backup():\n    with sqlite3.connect("a.db") as cursor:\n        ' + ON + "\n",
        'class Account:\n    owner = relationship("User", foreign_keys=[1])\n'
        + listener(body="cursor.execute('PRAGMA x=1')"),
        f'if __name__ == "__main__":\n    {ON}\n',
    ],
)
@pytest.mark.parametrize("where", ["env", "app"])
def test_these_do_not(text: str, where: str, tmp_path: Path) -> None:
    files = {"migrations/env.py": env(text + "\n")} if where == "env" else in_app(text)
    keys = found(tmp_path, files)

    assert not keys.enforced
    assert keys.elsewhere == ()


ENGINE = 'engine = create_engine("sqlite://")\n\n' + listener("engine")


@pytest.mark.parametrize(
    ("lines", "text", "enforced"),
    [
        ("from app.database import engine\n", ENGINE, True),
        ("from app import database\nconnectable = database.engine\n", ENGINE, True),
        ("import app.database as db\nconnectable = db.engine\n", ENGINE, True),
        ("import app.database\nconnectable = app.database.engine\n", ENGINE, True),
        ("from app.database import *\nconnectable = engine\n", ENGINE, True),
        ("from app.database import get_engine\n", ENGINE + "\n\ndef get_engine():\n    return engine\n", True),
        ("from app.database import Base\n", "class Base:\n    pass\n\n" + ENGINE, False),
        ("from app import models\n", ENGINE, False),
        ("from app.database import Base\nengine = context.config.attributes['connection']\n", ENGINE, True),
        (
            "from app.database import make_engine\n",
            "def make_engine():\n    engine = create_engine('')\n\n" + indent(listener("engine"), "    "),
            True,
        ),
        (
            "from app.database import Database\n",
            "class Database:\n    def __init__(self):\n        self.engine = create_engine('')\n"
            "        event.listen(self.engine.sync_engine, 'connect', self._on)\n\n"
            f"    def _on(self, cursor, record):\n        {ON}\n",
            True,
        ),
        (
            "from app.database import engine\n",
            f"def connect():\n    cursor = sqlite3.connect('')\n    {ON}\n    return cursor\n\n"
            "engine = create_engine('sqlite://', creator=connect)\n",
            True,
        ),
        (
            "from app.database import Base\n",
            f"def connect():\n    cursor = sqlite3.connect('')\n    {ON}\n    return cursor\n\n"
            "engine = create_engine('sqlite://', creator=connect)\n",
            False,
        ),
        ("from app.database import turn_on\n", f"def turn_on(cursor):\n    {ON}\n", True),
    ],
)
def test_one_engine_counts_where_env_uses_it(lines: str, text: str, enforced: bool, tmp_path: Path) -> None:
    files = {"migrations/env.py": env(lines), "app/database.py": HEAD + text}

    assert found(tmp_path, files).enforced is enforced


FLASK = ENV.replace("engine_from_config({{}}, poolclass=pool.NullPool)", "current_app.extensions['migrate'].db.engine")


@pytest.mark.parametrize(
    ("environment", "module", "enforced"),
    [
        (env("from app.models import Base\n"), "", False),
        (env("from app import other\n"), "", True),
        (env("import importlib\nimportlib.import_module('app.other')\n"), "", True),
        (env("import pkgutil\nfor each in pkgutil.iter_modules(['app']):\n    __import__(each.name)\n"), "", True),
        (FLASK.format("from flask import current_app\n"), "", True),
        (env("from app.models import Base\n"), "from alembic import command\ncommand.upgrade(config, 'head')\n", True),
        (env("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app import other\n"), "", False),
    ],
)
def test_a_module_counts_where_it_is_there(environment: str, module: str, enforced: bool, tmp_path: Path) -> None:
    files = {"migrations/env.py": environment, "app/other.py": HEAD + listener(), "app/main.py": module}
    keys = found(tmp_path, files)

    assert keys.enforced is enforced
    assert bool(keys.elsewhere) is not enforced


@pytest.mark.parametrize("name", ["tests/conftest.py", "conftest.py", "app/test_it.py", "migrations/versions/a.py"])
def test_tests_and_scripts_do_not_count(name: str, tmp_path: Path) -> None:
    script = 'revision = "a"\ndown_revision = None\n' if "versions" in name else ""
    files = {"migrations/env.py": FLASK.format("from flask import current_app\n"), name: script + HEAD + listener()}

    assert found(tmp_path, files) == ForeignKeys()


@pytest.mark.parametrize(
    ("lines", "after", "off"),
    [
        ("", '        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")\n', True),
        ("", "        connection.execute(text('pragma foreign_keys = 0'))\n", True),
        ("", '        # connection.exec_driver_sql("PRAGMA foreign_keys=OFF")\n', False),
        ("from app.database import turn_off\n", "        turn_off(connection)\n", True),
        ("from app.database import Database\n", "        Database()\n", False),
        ('@event.listens_for(Engine, "connect")\ndef off(c, r):\n    c.execute("PRAGMA foreign_keys=OFF")\n', "", True),
    ],
)
def test_what_env_turns_off_again(lines: str, after: str, off: bool, tmp_path: Path) -> None:
    turn_off = 'def turn_off(c):\n    c.execute("PRAGMA foreign_keys=OFF")\n'
    text = listener() + f"\n\n{turn_off}\n\nclass Database:\n" + indent(turn_off, "    ")
    environment = env(IMPORTS + lines).replace("(connection=connection)\n", "(connection=connection)\n" + after)
    keys = found(tmp_path, {**in_app(text), "migrations/env.py": environment})

    assert len(keys.on) == 1
    assert keys.enforced is not off


def test_nothing_is_known_without_env(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()

    assert found(tmp_path, {"app/database.py": HEAD + listener()}) == ForeignKeys(unread=True)


@pytest.mark.parametrize(
    "text", ["def f(:\n    'PRAGMA foreign_keys=ON'\n", "\0 PRAGMA foreign_keys=ON", "(" * 5000 + "PRAGMA foreign_keys"]
)
def test_what_cannot_be_read_says_nothing(text: str, tmp_path: Path) -> None:
    assert found(tmp_path, in_app(text)) == ForeignKeys()
    assert found(tmp_path, {"migrations/env.py": text}) == ForeignKeys(unread=True)


@pytest.mark.parametrize("name", ["database.py", "app/database.py"])
def test_without_a_configuration_what_env_names_is_found_above_it(name: str, tmp_path: Path) -> None:
    module = name[:-3].replace("/", ".")
    other = tmp_path / "elsewhere" / "database.py"
    for path in (tmp_path / "migrations" / "env.py", tmp_path / name, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(env(f"import {module}\n") if path.name == "env.py" else HEAD + listener())
    keys = foreign_keys_of(str(tmp_path / "migrations"))

    assert [each.path for each in keys.on] == [str(tmp_path / name)]
    assert keys.elsewhere == ()


def test_a_folder_is_named_by_any_of_its_folders(tmp_path: Path) -> None:
    text = 'SQL = "PRAGMA foreign_keys=ON"\n'
    assert found(tmp_path, {**in_app(listener()), "app/sql.py": text}).enforced
    (tmp_path / "migrations" / "versions").mkdir()
    assert foreign_keys_of(str(tmp_path / "migrations" / "versions")).enforced
