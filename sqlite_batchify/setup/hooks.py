"""The entry of Alembic's post_write_hooks, whichever file it stands in.

https://alembic.sqlalchemy.org/en/latest/autogenerate.html#applying-post-processing-and-python-code-formatters-to-generated-revisions
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NAME = "sqlite-batchify"
_FILE, PORTABLE = "REVISION_SCRIPT_FILENAME", "--portable"
OPTIONS = {"type": "console_scripts", "entrypoint": "sqlite-batchify", "options": _FILE}
_RUNS = ("entrypoint", "executable", "module")
_OURS = re.compile(r"(?:.*[/\\])?sqlite[-_]batchify(?:\.exe)?")


def options_of(portable: bool) -> Mapping[str, str]:
    """The options of the hook; ``portable`` if it is to make new scripts portable."""
    return {**OPTIONS, "options": f"{PORTABLE} {_FILE}"} if portable else OPTIONS


def find_hook(hooks: Sequence[Mapping[str, str]]) -> int | None:
    """The position of the hook that runs this program, by whatever name and type; None if there is none."""
    for position, hook in enumerate(hooks):
        if any(_OURS.fullmatch(str(hook.get(option, ""))) for option in _RUNS):
            return position
    return None


def late_note(path: str, hooks: Sequence[Mapping[str, str]], position: int) -> tuple[str, ...]:
    """What to say of a hook that is there but not in front of the others, which see the script before it is done."""
    if position == 0:
        return ()
    names = ", ".join(str(hook.get("name", "?")) for hook in hooks[:position])
    return (f"{path}: the hook {NAME} runs after {names}; put it first, so that they format what it writes",)
