"""The state before an operation: what the scripts tell of columns, references, views and triggers."""

from __future__ import annotations

import pytest

from sqlite_batchify.history.objects import find_watching
from sqlite_batchify.history.replay import Replay, Steps
from sqlite_batchify.history.state import State
from sqlite_batchify.names import Naming
from sqlite_batchify.reading.events import Column, Table
from sqlite_batchify.reading.script import Reading
from sqlite_batchify.reading.sql.objects import changed_column, lost_of_index, read_object

_HEAD = "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n"
_ORDERS = """\
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, server_default="none"),
        sa.Column("buyer", sa.Integer(), sa.ForeignKey("account.id")),
    )
"""


def _after(*lines: str) -> State:
    """What a database holds after these operations."""
    body = "".join(line if line.startswith(" ") else f"    {line}\n" for line in lines)
    (direction,) = Reading(_HEAD + body).directions
    state = State()
    Steps(Replay(Naming("postgresql")), "0001.py", state, ()).run(direction.upgrade)
    return state


def _columns(state: State, table: str = "orders") -> list[Column]:
    return state.table(Table(None, table)).told


def test_columns_are_told_with_type_nullability_and_default() -> None:
    assert _columns(_after(_ORDERS)) == [
        Column("id", "sa.Integer()", nullable=False),
        Column("number", "sa.String(20)", nullable=False, default="none"),
        Column("buyer", "sa.Integer()"),
    ]


def test_what_an_operation_does_not_say_stays() -> None:
    state = _after(_ORDERS, 'op.alter_column("orders", "number", type_=sa.Text())')

    assert _columns(state)[1] == Column("number", "sa.Text()", nullable=False, default="none")


def test_columns_keep_their_order_through_renames_and_drops() -> None:
    state = _after(
        _ORDERS,
        'op.alter_column("orders", "number", new_column_name="code")',
        'op.add_column("orders", sa.Column("paid", sa.Boolean()))',
        'op.drop_column("orders", "id")',
    )

    assert [each.name for each in _columns(state)] == ["code", "buyer", "paid"]


def test_a_downgrade_that_is_taken_back_leaves_the_order() -> None:
    state = _after(_ORDERS)
    state.settle()
    state.drop_column(state.table(Table(None, "orders")), "id")
    state.take_back()

    assert [each.name for each in _columns(state)] == ["id", "number", "buyer"]


def test_a_generated_column_is_told() -> None:
    state = _after('op.add_column("orders", sa.Column("total", sa.Integer(), sa.Computed("a + b")))')

    assert _columns(state) == [Column("total", "sa.Integer()", generated=True)]


def test_a_table_that_no_script_creates_is_not_known_to_be_complete() -> None:
    state = _after('op.add_column("orders", sa.Column("paid", sa.Boolean()))')
    table = state.table(Table(None, "orders"))

    assert (table.created, table.complete) == (False, False)


def test_keys_of_other_tables_that_refer_to_a_table_are_known() -> None:
    state = _after(_ORDERS, 'op.create_foreign_key("fk", "invoice", "orders", ["order_id"], ["id"])')

    assert [each.table.name for each in state.referring(state.table(Table(None, "account")), ())] == ["orders"]
    assert [each.name for each in state.referring(state.table(Table(None, "orders")), ())] == ["fk"]


def test_a_key_that_is_dropped_refers_no_longer() -> None:
    state = _after(
        'op.create_foreign_key("fk", "invoice", "orders", ["order_id"], ["id"])',
        'op.drop_constraint("fk", "invoice", type_="foreignkey")',
    )

    assert state.referring(state.table(Table(None, "orders")), ()) == []


def test_views_and_triggers_are_those_that_sql_in_the_scripts_creates() -> None:
    state = _after(
        _ORDERS,
        'op.execute("CREATE VIEW paid AS SELECT * FROM orders")',
        'op.execute(sa.text("CREATE TRIGGER log AFTER INSERT ON orders BEGIN SELECT 1; END"))',
        'op.execute("CREATE VIEW others AS SELECT 1")',
        'op.execute("DROP VIEW IF EXISTS paid")',
    )

    watching, lost = find_watching(state.objects, "orders")

    assert (watching, [each.made.name for each in lost]) == ([], ["log"])


def test_objects_are_there_again_in_their_order_when_a_downgrade_is_taken_back() -> None:
    state = _after(
        _ORDERS,
        'op.execute("CREATE VIEW a AS SELECT * FROM orders")',
        'op.execute("CREATE VIEW b AS SELECT * FROM orders")',
        'op.execute("CREATE VIEW c AS SELECT * FROM a")',
    )
    state.settle()
    before = find_watching(state.objects, "orders")

    state.objects.let_go([("view", "a"), ("view", "c")])
    state.objects.change_table("orders", "sales")
    assert [each.made.name for each in find_watching(state.objects, "sales")[0]] == ["b"]

    state.take_back()
    assert find_watching(state.objects, "orders") == before
    assert [each.made.name for each in before[0]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("sql", "loses"),
    [
        ("CREATE INDEX i ON t (a, b)", ""),
        ("CREATE UNIQUE INDEX i ON t (a) WHERE b > 1", ""),
        ("CREATE INDEX i ON t (lower(a))", "expression"),
        ("CREATE INDEX i ON t (a, b + 1 DESC)", "expression"),
        ("CREATE INDEX i ON t (a DESC)", "order"),
        ("CREATE INDEX i ON t (a COLLATE NOCASE)", "order"),
        ("CREATE INDEX i ON t USING gin (a)", None),
    ],
)
def test_sqlite_tells_what_a_copy_loses_of_an_index(sql: str, loses: str | None) -> None:
    assert lost_of_index(sql, "t") == loses


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("ALTER TABLE t RENAME COLUMN a TO b", ("t", "a")),
        ('alter table main."T" rename "A" to b', ("t", "a")),
        ("ALTER TABLE t DROP COLUMN a", ("t", "a")),
        ("ALTER TABLE t RENAME TO b", None),
        ("ALTER TABLE t ADD COLUMN a", None),
    ],
)
def test_a_column_that_raw_sql_changes_is_read(sql: str, changed: tuple[str, str] | None) -> None:
    assert changed_column(sql) == changed


@pytest.mark.parametrize(
    ("sql", "kind", "name", "creates"),
    [
        ("create or replace view a as select 1", "view", "a", True),
        ("CREATE TEMP VIEW IF NOT EXISTS main.a AS SELECT 1", "view", "a", True),
        ('CREATE MATERIALIZED VIEW "a b" AS SELECT 1', "view", "a b", True),
        ("CREATE CONSTRAINT TRIGGER [t] AFTER DELETE ON x", "trigger", "t", True),
        ("DROP TRIGGER IF EXISTS t", "trigger", "t", False),
        ("CREATE UNIQUE INDEX IF NOT EXISTS main.i ON t (a)", "index", "i", True),
        ("DROP INDEX i", "index", "i", False),
    ],
)
def test_an_object_is_read_from_its_first_words(sql: str, kind: str, name: str, creates: bool) -> None:
    made = read_object(sql)

    assert made is not None
    assert (made.kind, made.name, made.text is not None) == (kind, name, creates)


@pytest.mark.parametrize("sql", ["", "CREATE", "DROP TABLE t", "SELECT 'CREATE VIEW v'", "CREATE VIEW"])
def test_other_sql_is_no_object(sql: str) -> None:
    assert read_object(sql) is None
