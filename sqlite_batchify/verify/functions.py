"""The functions of a script that Alembic calls, and the lines of a script that errors come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from sysconfig import get_path
from types import FunctionType

from .history import History
from .results import AGAIN, DOWNGRADE, FROM_BASE, TO_BASE, UPGRADE
from .revisions import Revision

_CALLED = {AGAIN: UPGRADE, FROM_BASE: UPGRADE, TO_BASE: DOWNGRADE}
_NOT_A_PROJECT = (get_path("stdlib"), os.path.dirname(os.path.dirname(__file__)))


def databases_of(history: History) -> list[str]:
    """The names of the databases that the scripts' functions ask for, [""] for scripts that ask for none."""
    if not any(_wants_name(revision, UPGRADE) for revision in history.revisions):
        return [""]
    configured = history.config.get_main_option("databases") or ""
    names = [name.strip() for name in configured.split(",") if name.strip()]
    if not names:
        for revision in history.revisions:
            names += [name.removeprefix("upgrade_") for name in vars(revision.module) if name.startswith("upgrade_")]
    return list(dict.fromkeys(names)) or [""]


def _wants_name(revision: Revision, direction: str) -> bool:
    function = getattr(revision.module, direction, None)
    if not isinstance(function, FunctionType):
        return False
    return function.__code__.co_argcount - len(function.__defaults__ or ()) == 1


def function_of(revision: Revision, direction: str, database: str) -> Callable[[], None] | None:
    """The function of a script for one direction, None if it has none. It is called while ``op`` is bound."""
    name = _CALLED.get(direction, direction)
    if getattr(revision.module, name, None) is None:
        return None
    arguments = (database,) if _wants_name(revision, name) else ()
    return lambda: getattr(revision.import_again(), name)(*arguments)


def line_of(revision: Revision, direction: str) -> int:
    function = getattr(revision.module, _CALLED.get(direction, direction), None)
    return function.__code__.co_firstlineno if isinstance(function, FunctionType) else 0


def error_line(error: BaseException, path: str) -> int:
    """The last line of the script that an error passed through."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0
    line = 0
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


@cache
def belongs_to_a_project(path: str) -> bool:
    """Whether a file is neither Python's, nor this program's, nor that of an installed package."""
    if not os.path.isfile(path):
        return False
    real = os.path.realpath(path)
    if {"site-packages", "dist-packages"} & set(real.split(os.sep)):
        return False
    return not real.startswith(tuple(os.path.join(os.path.realpath(each), "") for each in _NOT_A_PROJECT))


def raised_by(error: BaseException, path: str) -> bool:
    """Whether the script itself raised the error."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code.co_filename == path
