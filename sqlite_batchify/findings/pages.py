"""Where the documentation stands that the findings rest on."""

from __future__ import annotations

ALEMBIC = "https://alembic.sqlalchemy.org/en/latest"
BATCH = f"{ALEMBIC}/batch.html"
OPERATIONS = f"{ALEMBIC}/ops.html#alembic.operations"
BLOCK = f"{OPERATIONS}.Operations.batch_alter_table"
SQLALCHEMY = "https://docs.sqlalchemy.org/en/20"
SQLITE = "https://sqlite.org"
PYTHON = "https://docs.python.org/3"
