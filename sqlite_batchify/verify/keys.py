"""Under which settings of PRAGMA foreign_keys a history is run."""

from __future__ import annotations

from typing import NamedTuple

from ..foreign_keys import ForeignKeys, foreign_keys_of
from .history import History

AUTO = "auto"
SETTINGS = {AUTO: (False, True), "off": (False,), "on": (True,), "both": (False, True)}
"""What ``foreign_keys`` may be, and the settings to run under."""


class Keys(NamedTuple):
    """What to run under, and what the project's text says (None if it was not asked, and all counts)."""

    run: tuple[bool, ...]
    project: ForeignKeys | None


BOTH = Keys(SETTINGS["both"], None)


def check_setting(setting: str) -> None:
    """Raise ValueError for what is no setting."""
    if setting not in SETTINGS:
        raise ValueError(f"foreign_keys is one of {', '.join(SETTINGS)}, not {setting!r}")


def keys_for(setting: str, history: History) -> Keys:
    """Resolve a setting for a history: ``"auto"`` is as the project does, or both where nothing tells that.

    Raises ValueError for another.
    """
    check_setting(setting)
    if setting != AUTO:
        return Keys(SETTINGS[setting], None)
    project = foreign_keys_of(str(history.directory.dir))
    if project.unread:
        return BOTH
    return Keys(SETTINGS["off" if project.off else AUTO], project)
