"""The law on the scripts of the corpus: the blocks leave what one block for each operation leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import apart, figures, manifest, replays
from tests.corpus.apart import Compared
from tests.corpus.manifest import Package
from tests.support.wheels import wheel_of

_RAN = {
    "optuna": 4,
    "buildbot": 3,
    "dagster": 39,
    "ironic": 63,
    "manila": 111,
    "mailman": 17,
    "prefect": 38,
    "apache-airflow-core": 35,
    "zenml": 5,
}
"""How many directions of scripts that the tool changes run on SQLite without the application: 315 of 405.

None of rucio's 18 is among them: its tables lie in a schema that its configuration names.
"""
_NOT_FOR_SQLITE = "postgresql"
_KNOWN = {
    # Alembic's batch mode takes no existing_type=sa.PickleType(), not even to rename a column.
    "0055_3_0_0_remove_pickled_data_from_dagrun_table.py downgrade (autogenerate): does not run",
}


_PACKAGES = [package for package in manifest.packages(every=False) if package.name in _RAN]


@pytest.mark.parametrize("package", _PACKAGES, ids=lambda package: package.name)
def test_blocks_leave_what_one_block_for_each_operation_leaves(package: Package, tmp_path: Path) -> None:
    total = Compared()
    for number, folder in enumerate(replays.folders(package, wheel_of(package), tmp_path / "wheel")):
        if folder.name != _NOT_FOR_SQLITE:
            total.add(apart.compare(folder, tmp_path / str(number)))
    assert set(total.differences) <= _KNOWN
    if figures.recorded()[0] == figures._versions():  # how far a script gets depends on them
        assert total.ran >= _RAN[package.name], "\n".join(total.failures)
