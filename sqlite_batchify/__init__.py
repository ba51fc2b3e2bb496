"""Make any Alembic migration history run on SQLite.

``rewrite_source`` rewrites one script and returns what became of it, a ``Rewritten``, which holds each ``Finding``.
``verify_history`` runs a history and returns a ``Report``, which holds a ``Step`` for each revision, and each
``Problem``; it raises ``HistoryError``. A ``Code`` says what kind of finding or problem one is.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers have it otherwise; the import of typing takes its time
if TYPE_CHECKING:
    from typing import Any

    from .findings import Code, Finding
    from .rewriting import rewrite_source
    from .rewritten import Rewritten
    from .verify import verify_history
    from .verify.results import Problem, Report, Step
    from .verify.revisions import HistoryError

__all__ = [
    "Code",
    "Finding",
    "HistoryError",
    "Problem",
    "Report",
    "Rewritten",
    "Step",
    "__version__",
    "rewrite_source",
    "verify_history",
]
__version__ = "0.1.0"

# Importing the command line must not import what it may not need.
_MODULES = {
    "Code": "sqlite_batchify.findings",
    "Finding": "sqlite_batchify.findings",
    "HistoryError": "sqlite_batchify.verify.history",
    "Problem": "sqlite_batchify.verify.results",
    "Report": "sqlite_batchify.verify.results",
    "Rewritten": "sqlite_batchify.rewritten",
    "Step": "sqlite_batchify.verify.results",
    "rewrite_source": "sqlite_batchify.rewriting",
    "verify_history": "sqlite_batchify.verify",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
