"""A revision script before and after, for tests that are about files and not about the rewriting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

HEAD = 'revision = "a1"\ndown_revision = None\n\nfrom alembic import op\n\n\ndef upgrade():\n'
BEFORE = (HEAD + '    op.drop_column("account", "name")\n').encode()
AFTER = (
    HEAD + '    with op.batch_alter_table("account") as batch_op:\n        batch_op.drop_column("name")\n'
).encode()
IDLE = (HEAD + '    op.create_index("ix_account_name", "account", ["name"])\n').encode()
NAMELESS = (
    HEAD + '    with op.batch_alter_table("a") as batch_op:\n        batch_op.create_unique_constraint(None, b())\n'
).encode()
BROKEN = (HEAD + '    op.drop_column("account", "name"\n').encode()

SQLALCHEMY = tuple(int(part) for part in version("sqlalchemy").split(".")[:3] if part.isdigit())
"""The version that is installed; some fixtures need what an older one does not do."""
OLD = SQLALCHEMY < (2, 1)
"""Whether CHECKs with parentheses are reflected wrongly, those of types copied twice, and STRICT is not known."""

CONNECTIONS: list[sqlite3.Connection] = []
"""Those of the running test, which are closed when it ends."""


def memory(*statements: str) -> sqlite3.Connection:
    """A database in memory, with what these statements make."""
    connection = sqlite3.connect(":memory:")
    CONNECTIONS.append(connection)
    for statement in statements:
        connection.execute(statement)
    return connection


Run = Callable[..., tuple[int, str, str]]


def write(path: Path, source: bytes = BEFORE) -> Path:
    """Write a file and return its path."""
    path.write_bytes(source)
    return path
