"""The law: the blocks leave the same schema and the same rows as one block for each operation, in order."""

from __future__ import annotations

import re
import sqlite3
import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import assume, given, settings
from sqlalchemy.pool import StaticPool

from sqlite_batchify import rewrite_source
from sqlite_batchify.operations import STYLES
from sqlite_batchify.verify.differences import describe
from sqlite_batchify.verify.schema import Reader, Schema
from tests.support import part
from tests.support.drawn import Script, scripts
from tests.support.looks import Look, look

TABLES = """
    CREATE TABLE r (id INTEGER NOT NULL PRIMARY KEY, g INTEGER, h VARCHAR(30), CONSTRAINT uq_g UNIQUE (g));
    INSERT INTO r VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 30, '5');
    CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER, b VARCHAR(30), c INTEGER DEFAULT 7,
        CONSTRAINT uq_a UNIQUE (a), CONSTRAINT fk_c FOREIGN KEY (c) REFERENCES r (id) ON DELETE CASCADE);
    CREATE INDEX ix_b ON t (b);
    INSERT INTO t VALUES (1, 10, 'x', 1), (2, 20, 'y', 2), (3, 30, '5', 3);
    CREATE TABLE u (id INTEGER NOT NULL PRIMARY KEY, k INTEGER, l INTEGER,
        CONSTRAINT fk_k FOREIGN KEY (k) REFERENCES t (id));
    CREATE INDEX ix_l ON u (l);
    INSERT INTO u VALUES (1, 3, 10), (2, 2, 20), (3, 1, 30);
"""
_NOW = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
_DIRECTIONS = ("upgrade", "downgrade")


@dataclass(frozen=True)
class State:
    """What a direction leaves: the schema, and all that stands in the database, as it is read without the package."""

    schema: Schema
    look: Look


def picture(schema: Schema) -> dict[str, Any]:
    """More than ``describe`` compares: the order of the columns, the spelling of types and defaults, names of
    constraints, the text of indexes."""
    return {
        name: (
            [(each.name, each) for each in table.columns],
            table.indexes,
            sorted(map(repr, table.foreign_keys)),
            sorted(map(repr, table.constraints)),
        )
        for name, table in schema.tables.items()
    }


def contents(found: Look) -> dict[str, Any]:
    """The rows by their keys, each value with its storage class, what defaults make, and what refers to nothing."""
    tables = {
        name: (
            list(table.columns.items()),
            sorted(_NOW.sub("now", repr(list(row.items()))) for row in table.rows),
            table.fresh,
            table.sequence,
        )
        for name, table in found.tables.items()
    }
    return {"tables": tables, "violations": found.violations, "broken": found.broken}


def run(source: str | bytes) -> list[State]:
    """What each direction of a script leaves of the tables, up to the first that fails."""
    raw = sqlite3.connect(":memory:", check_same_thread=False)
    raw.executescript(TABLES)
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    module = ModuleType("script")
    exec(source, module.__dict__)
    states: list[State] = []
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for direction in _DIRECTIONS:
                with Operations.context(MigrationContext.configure(connection)):
                    getattr(module, direction)()
                connection.commit()
                states.append(State(Reader().schema(raw), look(raw)))
    except Exception:
        pass
    finally:
        engine.dispose()
        raw.close()
    return states


def check(script: Script, style: str) -> int:
    """Compare a script with one block for each operation. Returns how many directions have been compared."""
    apart = run(rewrite_source(script.text(apart=True).encode(), naming="keep").result)
    if not apart:
        return 0
    result = rewrite_source(script.text().encode(), style=style, naming="keep").result
    together = run(result)
    assert len(together) >= len(apart), result.decode()
    for one, other in zip(apart, together, strict=False):
        assert describe(one.schema, other.schema) == "", result.decode()
        assert picture(one.schema) == picture(other.schema), result.decode()
        assert contents(one.look) == contents(other.look), result.decode()
    return len(apart)


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=part(25, 100), deadline=None, derandomize=True)
@given(script=scripts())
def test_blocks_leave_what_one_block_for_each_operation_leaves(script: Script, style: str) -> None:
    assume(check(script, style) > 0)
