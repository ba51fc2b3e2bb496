"""A history in a real Alembic project, with the env.py that ``alembic init`` writes."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from sqlite_batchify.verify.schema import quote

TEMPLATES = Path(command.__file__).parent / "templates"
_SEVERAL = re.compile(rb"^def upgrade\(engine_name", re.MULTILINE)
_ENGINE = re.compile(rb"^def upgrade_(\w+)\(", re.MULTILINE)
_MADE = tempfile.TemporaryDirectory()
_LEFT_OUT = ("__pycache__", "expected.json", "needs_sqlalchemy.txt", "case.md", "rows.sql")


@dataclass(frozen=True)
class Project:
    """A folder with an alembic.ini. ``template`` is the one of Alembic's that the scripts are written for."""

    folder: Path
    location: Path
    template: str
    databases: tuple[str, ...]

    @property
    def scripts(self) -> list[Path]:
        found = sorted(path for path in self.folder.rglob("*.py") if path.name != "env.py")
        return [path for path in found if b"down_revision" in path.read_bytes()]

    @property
    def files(self) -> dict[str, Path]:
        """The databases by their names; most projects have one, without a name."""
        return {name: self.folder / f"{name or 'app'}.db" for name in self.databases}

    def config(self) -> Config:
        """Alembic's, without its logging, which is that of the tests."""
        config = Config(str(self.folder / "alembic.ini"), stdout=io.StringIO())
        driver = "sqlite+aiosqlite" if self.template == "async" else "sqlite"
        config.set_main_option("sqlalchemy.url", f"{driver}:///{self.folder}/app.db")
        if self.template == "multidb":
            config.set_main_option("databases", ", ".join(self.databases))
            for name, path in self.files.items():
                config.set_section_option(name, "sqlalchemy.url", f"sqlite:///{path}")
        config.config_file_name = None
        return config

    def write_url(self) -> None:
        """Put the place of the database into the alembic.ini that ``alembic init`` wrote."""
        path = self.folder / "alembic.ini"
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^sqlalchemy.url = .*", "sqlalchemy.url = sqlite:///app.db", text, flags=re.MULTILINE))

    def cut(self, revision: str) -> int:
        """Leave only what comes before a revision, in the order of Alembic. Returns how many scripts that are."""
        walked = list(ScriptDirectory.from_config(self.config()).walk_revisions())[::-1]
        first = [script.revision for script in walked].index(revision)
        for script in walked[first:]:
            Path(script.path).unlink()
        return first

    def dump(self) -> list[tuple[object, ...]]:
        """All that stands in the databases: the schema, and the rows of each table."""
        found: list[tuple[object, ...]] = []
        for path in self.files.values():
            with contextlib.closing(sqlite3.connect(path)) as raw:
                schema = raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
                found += schema
                for kind, name, _ in schema:
                    found += raw.execute(f"SELECT * FROM {quote(name)}") if kind == "table" else ()
        return found


@cache
def _initial() -> Path:
    """A project that ``alembic init`` has made."""
    folder = Path(_MADE.name)
    with within(folder), contextlib.redirect_stdout(io.StringIO()):
        command.init(Config(str(folder / "alembic.ini")), "migrations")
    return folder


def lay_out(history: Path, folder: Path) -> Project:
    """Copy a history into a new project: its versions/ or its scripts, and the modules that stand beside them.

    A history with an alembic.ini of its own keeps it, and where its scripts stand.
    """
    if (history / "alembic.ini").exists():
        shutil.copytree(history, folder, ignore=_ignored)
        told = str(Config(str(folder / "alembic.ini")).get_main_option("script_location"))
        location = folder / told
    else:
        shutil.copytree(_initial(), folder, ignore=_ignored)
        location = folder / "migrations"
        scripts = history / "versions" if (history / "versions").is_dir() else history
        shutil.copytree(scripts, location / "versions", ignore=_ignored, dirs_exist_ok=True)
        for path in history.glob("*.py") if scripts != history else ():
            if path.name != "env.py":
                shutil.copyfile(path, folder / path.name)
    for each in folder.rglob("*"):
        each.chmod(0o755 if each.is_dir() else 0o644)
    project = Project(folder, location, "generic", ("",))
    texts = [path.read_bytes() for path in project.scripts]
    if any(map(_SEVERAL.search, texts)):
        names = sorted({name.decode() for text in texts for name in _ENGINE.findall(text)})
        project = Project(folder, location, "multidb", tuple(names))
    elif any(b"run_async" in text for text in texts):
        project = Project(folder, location, "async", ("",))
    shutil.copyfile(TEMPLATES / project.template / "env.py", location / "env.py")
    return project


def _ignored(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in _LEFT_OUT]


@contextlib.contextmanager
def within(folder: Path) -> Iterator[None]:
    """Be in a folder, and forget what was imported from it afterwards."""
    here, path, modules = os.getcwd(), list(sys.path), set(sys.modules)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
