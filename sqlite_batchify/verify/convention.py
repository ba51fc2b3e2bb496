"""What stands in for env.py's ``target_metadata``: metadata with the naming convention that the project shows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import MetaData

from ..history.scripts import History
from ..names import INDEX, POSTGRESQL, Naming, read_naming
from ..project import Project
from ..sources import siblings

_OF_INDEXES = "ix_%(column_0_label)s"
"""What SQLAlchemy's metadata has without a naming convention."""


class Convention(NamedTuple):
    """``where`` says where it stands, "" if there is none."""

    metadata: MetaData | None
    where: str


NO_CONVENTION = Convention(None, "")


def convention_of(paths: Iterable[str]) -> Convention:
    """The convention of the scripts at these paths, as the rewriter would use it for them. Raises ConfigError."""
    folders = Counter(os.path.realpath(os.path.dirname(path) or os.curdir) for path in paths)
    for folder, _ in folders.most_common(1):
        naming = _naming(folder)
        told = {kind: naming.of_kind(kind) for kind, _ in naming.templates}
        templates = {kind: several[0] for kind, several in told.items() if len(several) == 1 and several[0] is not None}
        if templates:
            templates.setdefault(INDEX, _OF_INDEXES)
            return Convention(MetaData(naming_convention=templates), naming.where or "of the configuration")
    return NO_CONVENTION


def _naming(folder: str) -> Naming:
    project = Project()
    setting = read_naming(project.naming_in(folder))
    if setting.templates or setting.mode == POSTGRESQL:
        return setting
    return History(lambda: siblings(folder), lambda: project.shown_conventions(folder)).convention
