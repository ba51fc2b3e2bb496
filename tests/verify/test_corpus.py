"""verify runs to the end on real histories, without the applications that they belong to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sqlite_batchify.verify.results import ALTER, SCRIPT, Report
from tests.corpus import figures, manifest, replays
from tests.corpus.figures import Figures
from tests.corpus.manifest import Package
from tests.support.wheels import wheel_of


@pytest.mark.parametrize("package", manifest.packages(every=False), ids=lambda package: package.name)
def test_a_real_history_runs_to_its_end(package: Package, tmp_path: Path) -> None:
    measured = figures.recorded()[1][package.name]
    measured.replayed = figures.Replayed()
    for folder, scripts in replays.folders(package, wheel_of(package), tmp_path).items():
        before, after = replays.reports(folder)
        for report in (before, after):
            assert len(report.steps) == scripts
            assert {problem.kind for problem in report.problems} <= set(replays.KINDS)
            assert_missing_modules_are_named(report)
        assert after.count(ALTER, consequences=True) == 0
        replays.count(measured.replayed, before, after)
    assert list(figures.worse({package.name: measured})) == []


def assert_missing_modules_are_named(report: Report) -> None:
    for step in report.steps:
        for problem in step.problems:
            if "No module named" in problem.message:
                assert problem.kind == SCRIPT
                assert re.search(r"No module named '\w+", problem.message)
                assert problem.line > 0


def test_a_worse_replay_is_seen() -> None:
    name, recorded = next(iter(figures.recorded()[1].items()))
    old = recorded.replayed
    kinds = dict.fromkeys(replays.KINDS, 10_000)
    worse = figures.Replayed(old.revisions - 1, old.nameless + 1, old.before, kinds)

    found = list(figures.worse({name: Figures(**{**vars(recorded), "replayed": worse})}))

    assert len([each for each in found if "after rewriting" in each]) >= 2
    assert [each for each in found if "fail for a name" in each]
    assert [each for each in found if "verify replays" in each]
