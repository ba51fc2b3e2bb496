"""Make any Alembic migration history run on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rewrite import Rewritten, rewrite_source

__all__ = ["Rewritten", "__version__", "rewrite_source"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Importing the command line must not import what it may not need.
    if name in ("Rewritten", "rewrite_source"):
        from . import rewrite

        return getattr(rewrite, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
