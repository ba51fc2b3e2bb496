"""The law: the blocks leave the same schema and the same rows as one block for each operation, in order."""

from __future__ import annotations

import sqlite3
import warnings
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.pool import StaticPool

from sqlite_batchify import rewrite_source
from sqlite_batchify.rewrite import STYLES
from sqlite_batchify.verify.differences import describe
from sqlite_batchify.verify.schema import Reader, Schema

TABLES = """
    CREATE TABLE r (id INTEGER NOT NULL PRIMARY KEY);
    INSERT INTO r VALUES (1), (2), (3);
    CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER, b VARCHAR(20), c INTEGER DEFAULT 7,
        CONSTRAINT uq_a UNIQUE (a), CONSTRAINT fk_c FOREIGN KEY (c) REFERENCES r (id));
    CREATE INDEX ix_b ON t (b);
    INSERT INTO t VALUES (1, 10, 'x', 1), (2, 20, 'y', 2), (3, 30, '5', 3);
"""
TYPES = st.sampled_from(["sa.Integer()", "sa.String(30)", "sa.Text()"])
ADDED = st.sampled_from(
    [
        'sa.Column("{}", sa.Integer())',
        'sa.Column("{}", sa.String(9), server_default="x")',
        'sa.Column("{}", sa.DateTime(), server_default=sa.func.now())',
        'sa.Column("{}", sa.Integer(), sa.ForeignKey("r.id", name="{}"))',
    ]
)
ALTERED = st.sampled_from(
    ["type_={}", 'server_default="9"', "nullable=True", "nullable=False", "type_={}, nullable=True"]
)


@st.composite
def operations(draw: st.DrawFn) -> list[str]:
    """Operations on the table t that another database would take, one after another.

    Never two constraints of a kind on one column: SQLAlchemy reflects only one of them, so that it is the blocks for
    each operation that lose the other.
    """
    columns, free = ["a", "b", "c"], ["d", "e", "f"]
    constraints = {"uq_a": ("unique", "a"), "fk_c": ("foreignkey", "c")}
    names = ["n1", "n2", "n3"]
    indexes, index_names = ["ix_b"], ["ix_1", "ix_2"]
    lines: list[str] = []

    def take(items: list[str]) -> str:
        item = draw(st.sampled_from(items))
        items.remove(item)
        return item

    def step(kind: str) -> str | None:
        if kind == "drop" and len(columns) > 1:
            free.append(take(columns))
            for name in [name for name, (_, on) in constraints.items() if on == free[-1]]:
                del constraints[name]
            return f'op.drop_column("t", "{free[-1]}")'
        if kind == "add" and free and names:
            columns.append(take(free))
            text = draw(ADDED)
            name = take(names) if "ForeignKey" in text else ""
            if name:
                constraints[name] = ("foreignkey", columns[-1])
            return f'op.add_column("t", {text.format(columns[-1], name)})'
        if kind == "alter":
            return f'op.alter_column("t", "{draw(st.sampled_from(columns))}", {draw(ALTERED).format(draw(TYPES))})'
        if kind == "rename" and free:
            old, new = take(columns), take(free)
            columns.append(new)
            free.append(old)
            for name, (what, on) in constraints.items():
                constraints[name] = (what, new if on == old else on)
            more = draw(st.sampled_from(["", ", type_=sa.Text()"]))
            return f'op.alter_column("t", "{old}", new_column_name="{new}"{more})'
        if kind in ("unique", "foreignkey") and names:
            open_to = [each for each in columns if (kind, each) not in constraints.values()]
            if not open_to:
                return None
            on, name = draw(st.sampled_from(open_to)), take(names)
            constraints[name] = (kind, on)
            if kind == "unique":
                return f'op.create_unique_constraint("{name}", "t", ["{on}"])'
            return f'op.create_foreign_key("{name}", "t", "r", ["{on}"], ["id"])'
        if kind == "drop constraint" and constraints:
            name = draw(st.sampled_from(sorted(constraints)))
            names.append(name)
            return f'op.drop_constraint("{name}", "t", type_="{constraints.pop(name)[0]}")'
        if kind == "index" and index_names:
            indexes.append(take(index_names))
            return f'op.create_index("{indexes[-1]}", "t", ["{draw(st.sampled_from(columns))}"])'
        if kind == "drop index" and indexes:
            index_names.append(take(indexes))
            return f'op.drop_index("{index_names[-1]}", table_name="t")'
        return None

    kinds = ["drop", "add", "alter", "rename", "unique", "foreignkey", "drop constraint", "index", "drop index"]
    for kind in draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=7)):
        line = step(kind)
        if line is not None:
            lines.append(line)
    return lines or ['op.drop_column("t", "a")']


State = tuple[Schema, list[Any]]


def script(lines: list[str]) -> bytes:
    body = "\n".join(f"    {line}" for line in lines)
    return f"from alembic import op\nimport sqlalchemy as sa\n\nrevision = 'a'\n\n\ndef upgrade():\n{body}\n".encode()


def one_block_each(lines: list[str]) -> list[str]:
    """Each operation that needs a block in a block of its own, the others as they are."""
    result = []
    for line in lines:
        alone = rewrite_source(script([line])).result.decode()
        result += [each[4:] for each in alone.partition("def upgrade():\n")[2].rstrip("\n").split("\n")]
    return result


def run(source: bytes) -> State | None:
    """What a script leaves of the tables, None if it fails."""
    raw = sqlite3.connect(":memory:", check_same_thread=False)
    raw.executescript(TABLES)
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    module = ModuleType("script")
    exec(source, module.__dict__)
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Operations.context(MigrationContext.configure(connection)):
                module.upgrade()
            connection.commit()
        schema = Reader().schema(raw)
        columns = ", ".join(f'"{each}"' for each in sorted(column.name for column in schema.tables["t"].columns))
        return schema, raw.execute(f"SELECT {columns} FROM t ORDER BY id").fetchall()
    except Exception:
        return None
    finally:
        engine.dispose()
        raw.close()


def comparable(rows: list[Any]) -> list[Any]:
    """Rows without the time of day that a default filled in."""
    return [tuple("now" if isinstance(each, str) and each.startswith("20") else each for each in row) for row in rows]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(operations(), st.sampled_from(STYLES))
def test_blocks_leave_what_one_block_for_each_operation_leaves(lines: list[str], style: str) -> None:
    apart = run(script(one_block_each(lines)))
    assume(apart is not None)
    assert apart is not None
    rewritten = rewrite_source(script(lines), style=style)
    together = run(rewritten.result)
    assert together is not None, rewritten.result.decode()
    assert describe(apart[0], together[0]) == "", rewritten.result.decode()
    assert comparable(together[1]) == comparable(apart[1]), rewritten.result.decode()
