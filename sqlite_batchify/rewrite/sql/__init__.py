"""ALTER TABLE statements as the operations of Alembic that do the same.

sqlglot reads them (https://sqlglot.com). Importing this package imports it.
"""

from __future__ import annotations

from .code import Writer
from .statements import Statement, read_statements

__all__ = ["Statement", "Writer", "read_statements"]
