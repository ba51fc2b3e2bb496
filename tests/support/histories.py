"""Real Alembic on the histories of the tests, step by step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.support import FIXTURES

FOLDER = FIXTURES / "histories"
TEMPLATE = Path(command.__file__).parent / "templates" / "generic" / "script.py.mako"
"""What Alembic makes a script of."""
SCRIPT = '''\
"""Generated."""

import sqlalchemy as sa
from alembic import op

revision = "{revision:04d}"
down_revision = {before}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''
"""A script that is generated."""
_ENVIRONMENT = """\
from alembic import context

told = context.config.attributes
context.configure(
    connection=told["connection"],
    target_metadata=told.get("metadata"),
    render_as_batch=told.get("render_as_batch", False),
)
with context.begin_transaction():
    context.run_migrations()
"""


def lay(folder: Path, number: int, upgrade: str, downgrade: str = "pass", top: str = "") -> Path:
    """One script of a linear history; ``top`` stands at the end of it, outside of its functions."""
    folder.mkdir(parents=True, exist_ok=True)
    before = repr(f"{number - 1:04d}") if number > 1 else None
    path = folder / f"{number:04d}.py"
    text = SCRIPT.format(revision=number, before=before, upgrade=upgrade, downgrade=downgrade)
    path.write_text(text + (f"\n\n{top}\n" if top else ""))
    return path


@dataclass(frozen=True)
class Named:
    """A constraint in a database; ``name`` is None if it has none."""

    kind: str
    columns: tuple[str, ...]
    name: str | None
    referred: str = ""


def script_location(scripts: Path, folder: Path) -> Path:
    """Lay out a script location in a new folder with copies of these scripts."""
    shutil.copytree(scripts, folder / "versions")
    return with_environment(folder)


def rewritten_location(case: str, folder: Path) -> Path:
    """Lay out a history of the fixtures as it is rewritten: ``after`` holds the scripts that change."""
    for part in ("before", "after"):
        shutil.copytree(FOLDER / case / part, folder / "versions", dirs_exist_ok=True)
    return with_environment(folder)


def with_environment(folder: Path) -> Path:
    """Give a folder the env.py that runs the scripts on the connection of the tests."""
    (folder / "env.py").write_text(_ENVIRONMENT)
    return folder


class Migration:
    """One history on one database."""

    def __init__(self, location: Path, connection: sa.Connection, metadata: sa.MetaData | None = None) -> None:
        self.config = Config(attributes={"connection": connection, "metadata": metadata})
        self.config.set_main_option("script_location", str(location))
        self.config.set_main_option("path_separator", "os")
        self.connection = connection

    @property
    def revisions(self) -> list[str]:
        """From the first to the last."""
        scripts = ScriptDirectory.from_config(self.config).walk_revisions()
        return [script.revision for script in scripts][::-1]

    def upgrades(self) -> Iterator[str]:
        """Upgrade by one revision after the other."""
        for revision in self.revisions:
            command.upgrade(self.config, revision)
            yield revision

    def downgrades(self) -> Iterator[str]:
        """Downgrade by one revision after the other, from the last."""
        for revision in self.revisions[::-1]:
            command.downgrade(self.config, "-1")
            yield revision

    def constraints(self) -> dict[str, set[Named]]:
        """The constraints that are there now, by table."""
        return constraints(self.connection)


def constraints(connection: sa.Connection, table: str | None = None) -> dict[str, set[Named]]:
    """The constraints of one table or of all in the default schema, by table."""
    inspector = sa.inspect(connection)
    tables = [table] if table else [each for each in inspector.get_table_names() if each != "alembic_version"]
    return {table: set(_constraints(inspector, table)) for table in tables}


def _constraints(inspector: sa.Inspector, table: str) -> Iterator[Named]:
    for key in inspector.get_foreign_keys(table):
        yield Named("fk", tuple(key["constrained_columns"]), key["name"], key["referred_table"])
    for unique in inspector.get_unique_constraints(table):
        yield Named("uq", tuple(unique["column_names"]), unique["name"])
    for check in inspector.get_check_constraints(table):
        yield Named("ck", (), check["name"])
    primary = inspector.get_pk_constraint(table)
    if primary["constrained_columns"]:
        yield Named("pk", tuple(primary["constrained_columns"]), primary["name"])
