"""verify on the histories of a package, as they are and as they are rewritten, without the application."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import ALTER, BATCH, FOREIGN, LOST, SCRIPT, Problem, Report

from .figures import Replayed
from .manifest import Package, scripts

KINDS = (ALTER, BATCH, FOREIGN, SCRIPT, LOST)


def folders(package: Package, wheel: Path, target: Path) -> dict[Path, int]:
    """Unpack the histories of a package, and count the scripts of each; prefect has one for each database."""
    found: dict[Path, int] = {}
    for script in scripts(package, wheel):
        path = target / script.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(script.source)
        root = target / package.folder
        home = root / path.relative_to(root).parts[0] if package.name == "prefect" else root
        found[home] = found.get(home, 0) + 1
    return found


def reports(folder: Path) -> tuple[Report, Report]:
    """What verify says of one history before and after rewriting."""
    before = verify_history(str(folder), foreign_keys="both")
    return before, verify_history(str(folder), foreign_keys="both", transform=partial(_rewritten, Rewriter(Project())))


def _rewritten(rewriter: Rewriter, source: bytes, path: str) -> bytes:
    return rewriter.rewrite(source, path).result


def replay_package(package: Package, wheel: Path, target: Path) -> Replayed:
    """The figures of all histories of a package together."""
    total = Replayed()
    for folder in folders(package, wheel, target):
        count(total, *reports(folder))
    return total


def count(total: Replayed, before: Report, after: Report) -> None:
    """Add what verify says of one history."""
    total.revisions += len(after.steps)
    total.before = _sum(total.before, before)
    total.after = _sum(total.after, after)
    total.nameless += sum(_is_about_names(problem) for problem in after.problems)


def _sum(counts: dict[str, int], report: Report) -> dict[str, int]:
    return {kind: counts.get(kind, 0) + report.count(kind) for kind in KINDS}


def _is_about_names(problem: Problem) -> bool:
    """Whether a block fails for a name, and not because another script could not be run."""
    said = any(text in problem.message for text in ("Constraint must have a name", "No such constraint"))
    return said and not problem.consequence
