"""Whole Alembic projects: what `alembic init` makes, Flask-Migrate's layout, an application beside it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config

FLASK = "flask"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("ALEMBIC_CONFIG", "PYTHONWARNINGS")}
_FLASK_ENV = """\
from alembic import context
from flask import current_app


def get_engine():
    return current_app.extensions["migrate"].db.engine


def run_migrations_online():
    conf_args = current_app.extensions["migrate"].configure_args
    connectable = get_engine()
    with connectable.connect() as connection:
        context.configure(connection=connection, **conf_args)
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
"""
_FLASK_COMMAND = """\
import sys
from types import ModuleType, SimpleNamespace
sys.path.insert(0, "")
import app.database
flask = ModuleType("flask")
database = SimpleNamespace(engine=app.database.engine)
flask.current_app = SimpleNamespace(extensions={"migrate": SimpleNamespace(db=database, configure_args={})})
sys.modules["flask"] = flask
from alembic import command
from alembic.config import Config
config = Config("migrations/alembic.ini")
config.set_main_option("script_location", "migrations")
for name, revision in COMMANDS:
    getattr(command, name)(config, revision)
"""
_COMMAND = """\
from alembic.config import main
for name, revision in COMMANDS:
    main(argv=[name, revision])
"""
ENGINE = 'from sqlalchemy import create_engine\n\nengine = create_engine("sqlite:///app.db")\n'


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def make_project(folder: Path, template: str, files: Mapping[str, str]) -> Path:
    """A project of a template of Alembic's, or of Flask-Migrate's layout, with these files besides."""
    folder.mkdir(parents=True, exist_ok=True)
    if template == FLASK:
        lay(folder, {"migrations/alembic.ini": "[alembic]\n", "migrations/env.py": _FLASK_ENV})
        lay(folder, {"app/__init__.py": "", "app/database.py": ENGINE})
        (folder / "migrations" / "versions").mkdir()
        return lay(folder, files)
    ini, toml = folder / "alembic.ini", folder / "pyproject.toml"
    here = Path.cwd()
    os.chdir(folder)
    try:
        options = {"toml_file": str(toml)} if template.startswith("pyproject") else {}
        with contextlib.redirect_stdout(io.StringIO()):
            command.init(Config(str(ini), **options), "migrations", template)  # type: ignore[arg-type]
    finally:
        os.chdir(here)
    driver = "sqlite+aiosqlite" if "async" in template else "sqlite"
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", f"{driver}:///app.db"))
    return lay(folder, files)


def migrate(folder: Path, *commands: tuple[str, str], flask: bool = False) -> None:
    """Run commands of the real Alembic, as its own program or as Flask's does; all of them have to succeed."""
    code = (_FLASK_COMMAND if flask else _COMMAND).replace("COMMANDS", repr(commands))
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
