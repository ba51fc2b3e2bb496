"""Generated histories whose constraints PostgreSQL and MariaDB name: rewritten, they have the same names."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from tests.support import part
from tests.support.generated import Generated, Generator
from tests.support.helpers import SQLALCHEMY
from tests.support.histories import FOLDER, Migration, Named, rewritten_location, script_location
from tests.support.servers import Fresh

_SCRIPTS, _TABLES = 3, 8
_EVERY = 9
_SEEDS = range(part(2, _EVERY))
_OTHER_NAMES = {"dropped_by_another_name", "mysql_names"}
_NONE_IN_DROPS = {"dropped_without_a_name", "naming_convention", "told_by_the_history"}
_CASES = sorted({path.name for path in FOLDER.iterdir()} - _OTHER_NAMES - _NONE_IN_DROPS)


def rewritten(generated: Generated, folder: Path) -> Path:
    """The history as the tool rewrites it, laid out for Alembic; every script without a finding."""
    rewriter = Rewriter(Project())
    scripts = generated.write(folder / "scripts")
    results = {path: rewriter.rewrite(path.read_bytes(), str(path)) for path in sorted(scripts.iterdir())}
    assert [finding for result in results.values() for finding in result.findings] == []
    for path, result in results.items():
        path.write_bytes(result.result)
    return script_location(scripts, folder / "migrations")


def assert_goes_up_and_down_on_sqlite(location: Path, generated: Generated, names: bool) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CHECKs without a name, which a copy loses
        migration = Migration(location, connection)
        for expected, _ in zip(generated.states, migration.upgrades(), strict=True):
            found = migration.constraints()
            assert _columns(found) == _columns(expected)
            if names:
                assert _named(found) <= _named(expected)
        assert list(migration.downgrades())
        assert migration.constraints() == {}
    engine.dispose()


def _columns(state: dict[str, set[Named]]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {
        table: sorted((each.kind, each.columns) for each in found if each.kind != "ck")
        for table, found in state.items()
    }


def _named(state: dict[str, set[Named]]) -> set[tuple[str, Named]]:
    """What has a name; what a convention on a block names on SQLite alone may be longer than PostgreSQL's."""
    every = ((table, each) for table, found in state.items() for each in found)
    return {(table, each) for table, each in every if each.name and len(each.name.encode()) <= 63}


@pytest.mark.parametrize("seed", _SEEDS)
def test_names_are_those_of_postgresql(seed: int, tmp_path: Path, postgresql: Fresh) -> None:
    generated = Generator(postgresql(), seed).history(_SCRIPTS, _TABLES)
    assert_difficult(generated)
    location = rewritten(generated, tmp_path)
    migration = Migration(location, postgresql())

    assert [migration.constraints() for _ in migration.upgrades()] == generated.states
    back = [_columns(migration.constraints()) for _ in migration.downgrades()]
    assert back == [*map(_columns, generated.states[-2::-1]), {}]
    if SQLALCHEMY < (2, 1):
        pytest.skip("this SQLAlchemy does not see the names of SQLite's constraints that need quotes")
    assert_goes_up_and_down_on_sqlite(location, generated, names=True)


def assert_difficult(generated: Generated) -> None:
    """That names are cut, numbered, composed and not only of small ASCII letters."""
    names = {each.name or "" for state in generated.states for found in state.values() for each in found}
    every = [each for state in generated.states for found in state.values() for each in found]
    assert any(len(name.encode()) >= 62 for name in names)
    assert any(re.search(r"_(?:fkey|key|check)\d+$", name) for name in names)
    assert any(not name.isascii() for name in names)
    assert any(name != name.lower() for name in names)
    assert any(len(each.columns) > 1 for each in every)
    assert {each.kind for each in every} == {"fk", "uq", "pk", "ck"}


def test_at_least_200_tables_are_compared_where_all_is_drawn() -> None:
    assert _EVERY * _SCRIPTS * _TABLES >= 200


@pytest.mark.parametrize("seed", _SEEDS)
def test_drops_by_the_names_of_mariadb_find_their_constraints(seed: int, tmp_path: Path, mariadb: Fresh) -> None:
    generated = Generator(mariadb(), seed, wordy=False).history(_SCRIPTS, _TABLES)

    assert_goes_up_and_down_on_sqlite(rewritten(generated, tmp_path), generated, names=False)


@pytest.mark.parametrize("case", _CASES)
def test_histories_get_the_names_of_postgresql(case: str, tmp_path: Path, postgresql: Fresh) -> None:
    before = Migration(script_location(FOLDER / case / "before", tmp_path / "before"), postgresql())
    after = Migration(rewritten_location(case, tmp_path / "after"), postgresql())

    assert [before.constraints() for _ in before.upgrades()] == [after.constraints() for _ in after.upgrades()]
    assert [before.constraints() for _ in before.downgrades()] == [after.constraints() for _ in after.downgrades()]
