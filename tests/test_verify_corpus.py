"""verify runs to the end on real histories, without the applications that they belong to."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

import pytest
from corpus import manifest
from corpus.manifest import Package, UnavailableError

from sqlite_batchify.project import Project
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import ALTER, BATCH, FOREIGN, LOST, SCRIPT, Report


def folders(package: Package, tmp_path: Path) -> list[tuple[Path, int]]:
    """The histories of a package, and how many scripts each has; prefect has one for each database."""
    try:
        wheel = manifest.fetch(package, manifest.default_cache())
    except UnavailableError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no wheels of the corpus: {error}")
    found: dict[Path, int] = {}
    for script in manifest.scripts(package, wheel):
        path = tmp_path / script.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(script.source)
        root = tmp_path / package.folder
        inside = path.relative_to(root).parts
        home = root / inside[0] if package.name == "prefect" else root
        found[home] = found.get(home, 0) + 1
    return list(found.items())


@pytest.mark.parametrize("package", manifest.packages(every=False), ids=lambda package: package.name)
def test_a_real_history_runs_to_its_end(package: Package, tmp_path: Path) -> None:
    for folder, scripts in folders(package, tmp_path):
        before = verify_history(str(folder))
        after = verify_history(str(folder), transform=partial(_rewritten, Project()))
        for report in (before, after):
            assert len(report.steps) == scripts
            assert {problem.kind for problem in report.problems} <= {ALTER, BATCH, FOREIGN, LOST, SCRIPT}
            assert_missing_modules_are_named(report)
        assert after.count(ALTER, consequences=True) == 0
        assert not any("Constraint must have a name" in problem.message for problem in after.problems)
        unknown = [problem for problem in after.problems if "No such constraint" in problem.message]
        # What a script does not find because another could not be run is no question of names.
        assert [problem for problem in unknown if not problem.consequence] == []


def _rewritten(project: Project, source: bytes, path: str) -> bytes:
    return project.rewrite(source, path).result


def assert_missing_modules_are_named(report: Report) -> None:
    for step in report.steps:
        for problem in step.problems:
            if "No module named" in problem.message:
                assert problem.kind == SCRIPT
                assert re.search(r"No module named '\w+", problem.message)
                assert problem.line > 0
