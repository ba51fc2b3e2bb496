"""Where the program itself fails at a revision: that revision counts as not looked at, and the others go on."""

from __future__ import annotations

from ..findings import Finding, internal_error
from ..sources import shown_path
from .results import DEFECT, Problem
from .revisions import Revision


def defect_at(revision: Revision, direction: str, error: Exception) -> Problem:
    """The problem for a revision at which something inside raised this error."""
    return defect_of(internal_error(revision.path, error), revision.id, direction)


def defect_of(finding: Finding, revision: str, direction: str) -> Problem:
    """The same for a finding that the rewriter made of such an error."""
    return Problem(
        code=finding.code,
        kind=DEFECT,
        revision=revision,
        direction=direction,
        path=shown_path(finding.path),
        line=0,
        message=f"a defect of sqlite-batchify: {finding.detail}; the revision was not looked at",
        remedy=finding.remedy,
        traceback=finding.hint,
    )
