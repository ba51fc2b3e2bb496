"""One script: bytes -> bytes and findings. libcst is imported here and nowhere else, and only for a script that may
need work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING

from .. import findings
from ..findings import Finding
from ..screen import AUTOGENERATE, MINIMAL, STYLES, may_change
from .result import Rewritten, unchanged

if TYPE_CHECKING:
    from .history.scripts import History as History

__all__ = [
    "AUTOGENERATE",
    "BATCH_NAME",
    "MINIMAL",
    "STYLES",
    "Rewritten",
    "check_batch_name",
    "check_naming",
    "load",
    "may_change",
    "open_history",
    "rewrite_source",
    "unchanged",
]


BATCH_NAME = "batch_op"


def rewrite_source(
    source: bytes,
    *,
    style: str = MINIMAL,
    naming: object = "auto",
    path: str = "<string>",
    history: Callable[[], History] | None = None,
    batch_name: str = BATCH_NAME,
    unsafe_fixes: bool = False,
) -> Rewritten:
    """Put the operations of one revision script that SQLite cannot do into ``batch_alter_table`` blocks.

    ``source`` are the bytes of the script, ``style`` is ``"minimal"`` or ``"autogenerate"``, ``path`` stands in the
    findings. ``naming`` says how constraints without a name are named: ``"auto"``, ``"postgresql"``, ``"keep"``, or a
    naming convention as a mapping from ``"fk"``, ``"uq"``, ``"ck"`` and ``"pk"`` to templates. ``history`` gives the
    scripts of the folder that ``path`` lies in; it is called only for a name that they may tell, and without it the
    script is taken for the only one. ``batch_name`` is what the variable of new blocks is called.
    ``unsafe_fixes`` also replaces an ``op.execute`` of raw SQL that SQLite does not take by the operations that do the
    same, where all of the SQL is understood; on other databases than PostgreSQL these may need more than the SQL says.

    A script that cannot be decoded or parsed, or whose result does not pass the self-check (it parses, and a second run
    changes nothing), comes back as it is, with a finding; so does one at which something inside fails. Raises
    ValueError for an unknown style or no name, and ConventionError, which is one, for an unusable naming convention.
    """
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    check_batch_name(batch_name)
    check_naming(naming)
    try:
        if not may_change(source, style):
            return Rewritten(source, source)
        from .job import Job

        return Job(style, path, naming, history, batch_name, unsafe_fixes).run(source)
    except Exception as error:
        return unchanged(source, _failed(source, path, error))


def _failed(source: bytes, path: str, error: Exception) -> Finding:
    if isinstance(error, (RecursionError, MemoryError)):
        from .depth import may_be_too_deep

        if may_be_too_deep(source):
            return Finding(findings.UNPARSABLE, path, 1, 1, "nested too deeply")
    return findings.internal_error(path, error)


def load() -> None:
    """Import what is needed for scripts that change, before the processes are made that will."""
    from . import job, script  # noqa: F401


def open_history(scripts: Callable[[], Mapping[str, bytes]]) -> History:
    """The scripts of one folder, for ``rewrite_source``.

    ``scripts`` gives their bytes by file name; it is called once, when the first question comes.
    """
    from .history.scripts import History

    return History(scripts)


def check_batch_name(value: object) -> None:
    """Raise ValueError if this cannot be the ``batch_name`` of ``rewrite_source``."""
    if not (isinstance(value, str) and value.isidentifier() and not iskeyword(value)):
        raise ValueError(f"{value!r} is no name for a variable")


def check_naming(value: object) -> None:
    """Raise ConventionError, a ValueError, if this cannot be the ``naming`` of ``rewrite_source``."""
    from .names import read_naming

    read_naming(value)
