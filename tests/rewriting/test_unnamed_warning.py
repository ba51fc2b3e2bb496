"""Alembic's comment that a constraint has no name: a real autogenerate, what is made of it, and that runs on SQLite."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import render

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.operations import STYLES, UNNAMED_WARNING
from tests.support.histories import TEMPLATE, Migration, with_environment

WARNS = hasattr(render, "_UNNAMED_CONSTRAINT_WARNING")
_OWN = "# Ask Ada before this is dropped."


def metadata(constrained: bool) -> sa.MetaData:
    """Two tables, and what the second of them gets without a name."""
    made = sa.MetaData()
    sa.Table("account", made, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("email", sa.Text()))
    items: list[sa.schema.SchemaItem] = []
    if constrained:
        items = [sa.ForeignKeyConstraint(["account_id"], ["account.id"]), sa.UniqueConstraint("account_id", "number")]
    columns = (sa.Column("number", sa.Integer()), sa.Column("account_id", sa.Integer()))
    sa.Table("orders", made, sa.Column("id", sa.Integer(), primary_key=True), *columns, *items)
    return made


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nameless constraints
        metadata(constrained=False).create_all(connection)
        yield connection
    engine.dispose()


@pytest.fixture(params=[False, True], ids=["direct", "batch"])
def migration(request: pytest.FixtureRequest, tmp_path: Path, connection: sa.Connection) -> Migration:
    """A history whose only script Alembic has just written."""
    (tmp_path / "versions").mkdir()
    shutil.copy(TEMPLATE, with_environment(tmp_path))
    migration = Migration(tmp_path, connection, metadata(constrained=True))
    migration.config.attributes["render_as_batch"] = request.param
    command.revision(migration.config, "constrained", autogenerate=True, rev_id="0001")
    return migration


def script_of(migration: Migration) -> Path:
    location = migration.config.get_main_option("script_location")
    assert location is not None
    return next(Path(location, "versions").glob("*.py"))


def rewrite(script: str, style: str, naming: str = "auto") -> Rewritten:
    return rewrite_source(script.encode(), style=style, naming=naming)


def warned(script: str) -> list[int]:
    """How often each line of the comment stands in a script."""
    lines = [line.strip() for line in script.splitlines()]
    return [lines.count(each) for each in UNNAMED_WARNING]


@pytest.mark.parametrize("style", STYLES)
def test_the_comment_goes_with_the_name_that_is_given(migration: Migration, style: str) -> None:
    path = script_of(migration)
    written = path.read_text()
    assert warned(written) == [2 * WARNS] * 3
    rewritten = rewrite(written, style)
    after = rewritten.result.decode()

    assert rewritten.findings == ()
    assert "None, " not in after
    assert warned(after) == [0] * 3
    assert other_comments(after) == other_comments(written)
    assert not rewrite(after, style).changed
    path.write_text(after)
    before = migration.constraints()
    assert [len(migration.constraints()["orders"]) for _ in migration.upgrades()] == [3]
    assert list(migration.downgrades())
    assert migration.constraints() == before


def other_comments(script: str) -> list[str]:
    lines = [line.strip() for line in script.splitlines()]
    return [line for line in lines if line.startswith("#") and line not in UNNAMED_WARNING]


def test_the_comment_stays_without_a_name(migration: Migration) -> None:
    written = script_of(migration).read_text()

    assert warned(rewrite(written, "autogenerate", naming="keep").result.decode()) == warned(written)


@pytest.mark.skipif(not WARNS, reason="Alembic writes the comment since 1.20")
def test_what_a_person_has_changed_stays(migration: Migration) -> None:
    written = script_of(migration).read_text()
    changed = written.replace("a naming convention; see", "our naming convention; see", 1)

    assert warned(rewrite(changed, "minimal").result.decode()) == [1, 0, 1]


@pytest.mark.skipif(not WARNS, reason="Alembic writes the comment since 1.20")
@pytest.mark.parametrize("line", range(4))
def test_what_a_person_has_put_among_it_stays(migration: Migration, line: int) -> None:
    written = script_of(migration).read_text().splitlines(keepends=True)
    begins = next(number for number, each in enumerate(written) if each.strip() == UNNAMED_WARNING[0])
    margin = written[begins].partition("#")[0]
    written.insert(begins + line, f"{margin}{_OWN}\n")
    after = rewrite("".join(written), "minimal").result.decode()

    assert after.count(_OWN) == 1
    assert warned(after) == [0] * 3
