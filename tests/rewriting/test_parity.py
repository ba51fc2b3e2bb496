"""Parity: style autogenerate makes of what Alembic writes the very script that Alembic writes for batch mode."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from sqlalchemy.pool import StaticPool

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.findings import INDEX_GOES, NOT_DEFERRABLE, TWIN, VALUES_SPOILED, Finding
from tests.support import part
from tests.support.drawn_models import pairs
from tests.support.models import ON_POSTGRESQL, OTHER_SCHEMA, PAIRS, Pair, named_by_convention
from tests.support.servers import Fresh

_SCRIPT = '''\
"""Generated."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

revision = "a"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Upgrade schema."""
    {upgrade}


def downgrade() -> None:
    """Downgrade schema."""
    {downgrade}
'''

ON_SQLITE, ON_SERVER = part(40, 120), part(15, 40)
"""How many pairs are generated."""

Database = Callable[[], AbstractContextManager[sa.Connection]]


@dataclass(frozen=True)
class Scripts:
    """What Alembic writes for one difference, without and with ``render_as_batch``."""

    direct: str
    batch: str


def written(connection: sa.Connection, before: sa.MetaData, after: sa.MetaData, defaults: object = True) -> Scripts:
    """Let Alembic compare the second model with a database that holds the first."""
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name in (None, OTHER_SCHEMA),
        "compare_server_default": defaults,
    }
    with warnings.catch_warnings():
        # Of nameless constraints, and of what the database does not reflect.
        warnings.simplefilter("ignore")
        before.create_all(connection)
        context = MigrationContext.configure(connection, opts=options)
        script = produce_migrations(context, after)
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        texts = [
            _SCRIPT.format(
                upgrade=render_python_code(script.upgrade_ops, render_as_batch=batch, migration_context=context),
                downgrade=render_python_code(script.downgrade_ops, render_as_batch=batch, migration_context=context),
            )
            for batch in (False, True)
        ]
    return Scripts(*texts)


def differ(*arguments: Any) -> bool:
    """Whether two defaults differ as text: to compare the values, Alembic builds SQL that PostgreSQL may refuse."""
    inspected, rendered = arguments[-3], arguments[-1]
    return bool(inspected != rendered)


@contextmanager
def sqlite() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"ATTACH DATABASE ':memory:' AS {OTHER_SCHEMA}")
            yield connection
    finally:
        engine.dispose()


@contextmanager
def transaction(connection: sa.Connection) -> Iterator[sa.Connection]:
    """One on PostgreSQL that leaves nothing; whoever else makes the schema waits for its end."""
    connection.exec_driver_sql("BEGIN")
    try:
        connection.exec_driver_sql(f"CREATE SCHEMA {OTHER_SCHEMA}")
        yield connection
    finally:
        connection.exec_driver_sql("ROLLBACK")


def tree(module: ast.Module) -> str:
    """Without ``schema=None``, which Alembic gives to every block, and to operations on comments outside of blocks."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "op.batch_alter_table":
            node.keywords = [each for each in node.keywords if ast.unparse(each) != "schema=None"]
    return ast.dump(module, indent=1)


def apart(module: ast.Module) -> ast.Module:
    _Apart(_on_expressions(module)).visit(module)
    return module


def _on_expressions(module: ast.Module) -> set[str]:
    """The names of the indexes on expressions that the script creates."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    return {_index(call) for call in calls if _method(call) == "create_index" and _has_expression(call)}


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _index(call: ast.Call) -> str:
    name = call.args[0]
    return ast.unparse(name.args[0] if isinstance(name, ast.Call) else name)


def _has_expression(call: ast.Call) -> bool:
    columns = call.args[-1]
    assert isinstance(columns, ast.List)
    return not all(isinstance(each, ast.Constant) for each in columns.elts)


class _Apart(ast.NodeTransformer):
    """Takes indexes on expressions out of their blocks.

    This is where Alembic's scripts are not followed: SQLAlchemy reflects no such index on SQLite, so that a block fails
    on it ("No such index", a KeyError), while SQLite itself creates and drops it.
    """

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_With(self, node: ast.With) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for apart, group in groupby(node.body, self._is_apart):
            if apart:
                result += [_direct(each, node) for each in group]
            else:
                result.append(ast.With(node.items, list(group)))
        return result

    def _is_apart(self, statement: ast.stmt) -> bool:
        call = _call(statement)
        if _method(call) == "create_index":
            return _has_expression(call)
        return _method(call) == "drop_index" and _index(call) in self.names


def _call(statement: ast.stmt) -> ast.Call:
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return statement.value


def _direct(statement: ast.stmt, block: ast.With) -> ast.stmt:
    """The operation on an index as Alembic writes it outside of blocks."""
    call, opening = _call(statement), _call(ast.Expr(block.items[0].context_expr))
    table = opening.args[0]
    schema = [each for each in opening.keywords if ast.unparse(each) != "schema=None"]
    if _method(call) == "create_index":
        call.args.insert(1, table)
        call.keywords[1:1] = schema
    else:
        call.keywords[:0] = [ast.keyword("table_name", table), *schema]
    for node in ast.walk(call):
        if isinstance(node, ast.Name) and node.id == "batch_op":
            node.id = "op"
    return statement


def rewrite(script: str | bytes) -> Rewritten:
    source = script.encode() if isinstance(script, str) else script
    # Alembic puts every drop of a column into a block, as it is right for a SQLite that drops none.
    return rewrite_source(source, style="autogenerate", naming="keep", minimum_sqlite="3.34")


def assert_parity(scripts: Scripts) -> None:
    rewritten = rewrite(scripts.direct)
    own = undivided(without_kept(without_checks(ast.parse(rewritten.result))))
    alembic = apart(ast.parse(scripts.batch))
    assert tree(own) == tree(alembic), rewritten.result.decode() + scripts.batch
    assert _unexpected(rewritten) == []
    assert not rewrite(rewritten.result).changed
    again = rewrite(scripts.batch)
    assert tree(without_checks(ast.parse(again.result))) == tree(ast.parse(scripts.batch))
    # Alembic's own block fails on an index on an expression, or loses it: that is said.
    assert [each for each in _unexpected(again) if each.code is not INDEX_GOES] == []


def _unexpected(rewritten: Rewritten) -> list[Finding]:
    """What is found but for what models do as they come: they change types so that values are spoiled, give columns
    an identity, which SQLite has none of, have the same constraint twice, and defer what SQLite checks at once.
    """
    left = (each for each in rewritten.findings if each.code not in (VALUES_SPOILED, TWIN, NOT_DEFERRABLE))
    return [each for each in left if not each.detail.endswith("make its own values")]


def without_kept(module: ast.Module) -> ast.Module:
    """Without what stands around a block, on SQLite only, for an index that Alembic's block fails on or loses."""
    for function in (each for each in module.body if isinstance(each, ast.FunctionDef)):
        kept = [each for each in function.body if isinstance(each, ast.If) and "sqlite" in ast.unparse(each.test)]
        assert all(_method(_call(inner)) in ("create_index", "drop_index") for each in kept for inner in each.body)
        function.body = [each for each in function.body if each not in kept]
    return module


def without_checks(module: ast.Module) -> ast.Module:
    """Without the types whose CHECKs go with dropped columns: Alembic drops these alone, and that fails on SQLite."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _method(node) == "drop_column":
            node.keywords = [each for each in node.keywords if each.arg != "existing_type"]
    return module


def undivided(module: ast.Module) -> ast.Module:
    """Without the borders of blocks in front of a dropped column, where Alembic puts a new one in front of others."""
    for function in (each for each in module.body if isinstance(each, ast.FunctionDef)):
        body: list[ast.stmt] = []
        for statement in function.body:
            before = body[-1] if body else None
            if isinstance(statement, ast.With) and isinstance(before, ast.With) and _is_divided(before, statement):
                before.body += statement.body
            else:
                body.append(statement)
        function.body = body
    return module


def _is_divided(one: ast.With, other: ast.With) -> bool:
    adds = any(_method(_call(each)) == "add_column" for each in one.body)
    drops = _method(_call(other.body[0])) == "drop_column"
    return adds and drops and ast.dump(one.items[0]) == ast.dump(other.items[0])


def assert_parity_both_ways(database: Database, pair: Pair) -> None:
    """There with the names that the models give, back with those of a convention."""
    ways = (
        (pair.before, pair.after),
        (named_by_convention(pair.after), named_by_convention(pair.before)),
    )
    direct = ""
    for before, after in ways:
        with database() as connection:
            scripts = written(connection, before, after)
        assert_parity(scripts)
        direct += scripts.direct
    assert "op." in direct, "there is no difference"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.title)
def test_sqlite_models(pair: Pair) -> None:
    assert_parity_both_ways(sqlite, pair)


@pytest.mark.parametrize("pair", ON_POSTGRESQL, ids=lambda pair: pair.title)
def test_postgresql_models(postgresql: Fresh, pair: Pair) -> None:
    assert_parity_both_ways(partial(transaction, postgresql()), pair)


@settings(max_examples=ON_SQLITE, deadline=None, derandomize=True)
@given(pairs())
def test_generated_models_on_sqlite(pair: Pair) -> None:
    with sqlite() as connection:
        assert_parity(written(connection, pair.before, pair.after, differ))


@settings(
    max_examples=ON_SERVER, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs())
def test_generated_models_on_postgresql(server: sa.Connection, pair: Pair) -> None:
    with transaction(server) as connection:
        assert_parity(written(connection, pair.before, pair.after, differ))


@pytest.fixture
def server(postgresql: Fresh) -> sa.Connection:
    return postgresql()
