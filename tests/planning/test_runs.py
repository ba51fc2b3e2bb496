"""From descriptions to blocks, without a script."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sqlite_batchify.names import UNKNOWN
from sqlite_batchify.operations import AUTOGENERATE, MINIMAL
from sqlite_batchify.planning.runs import Block, Host, Item, find_blocks
from sqlite_batchify.reading.model import Description

TABLE = "account"
BARRIER = None


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


def _drop(column: str = "a", table: str | None = TABLE) -> Description:
    return Description("drop_column", table, needs_block=True, drops=_names(column))


def _add(column: str = "a", needs_block: bool = False) -> Description:
    return Description("add_column", TABLE, needs_block=needs_block, adds=_names(column))


def _alter(column: str = "a") -> Description:
    return Description("alter_column", TABLE, needs_block=True, alters=_names(column))


def _retype(column: str = "a") -> Description:
    return _alter(column)._replace(retypes=_names(column))


def _rename(column: str = "a", needs_block: bool = False) -> Description:
    return Description("alter_column", TABLE, needs_block=needs_block, renames=True, alters=_names(column))


def _constrain(name: str = "uq", *columns: str) -> Description:
    return Description(
        "create_unique_constraint", TABLE, needs_block=True, makes=_names(name), uses=frozenset(columns or ("a",))
    )


def _unconstrain(name: str = "uq") -> Description:
    return Description("drop_constraint", TABLE, needs_block=True, ends=_names(name))


def _index(name: str = "ix", *columns: str) -> Description:
    return Description("create_index", TABLE, needs_block=False, makes=_names(name), uses=frozenset(columns or ("a",)))


def _host(*operations: Description) -> Host:
    return Host(TABLE, operations)


def _spans(*items: Item, style: str = MINIMAL) -> list[tuple[int, int]]:
    return [(block.start, block.stop) for block in find_blocks(items, style)]


# What makes a block


def test_nothing_gives_no_block() -> None:
    assert find_blocks([]) == []


def test_barriers_alone_give_no_block() -> None:
    assert _spans(BARRIER, BARRIER) == []


def test_one_needing_operation_is_a_block() -> None:
    assert find_blocks([_drop()]) == [Block(0, 1)]


def test_operations_on_one_table_share_a_block() -> None:
    assert _spans(_drop("a"), _drop("b"), _drop("c")) == [(0, 3)]


def test_a_run_without_need_gives_no_block() -> None:
    assert _spans(_add(), _index()) == []


def test_autogenerate_takes_a_run_without_need() -> None:
    assert _spans(_add(), _index(), style=AUTOGENERATE) == [(0, 2)]


def test_edges_without_need_are_trimmed() -> None:
    assert _spans(_index("i"), _drop("b"), _index("j"), _drop("c"), _index("k")) == [(1, 4)]


def test_autogenerate_keeps_the_edges() -> None:
    assert _spans(_index("i"), _drop("b"), _index("j"), style=AUTOGENERATE) == [(0, 3)]


# What ends a block


def test_a_barrier_ends_a_block() -> None:
    assert _spans(_drop("a"), BARRIER, _drop("b")) == [(0, 1), (2, 3)]


def test_another_table_ends_a_block() -> None:
    assert _spans(_drop("a"), _drop("a", table="orders"), _drop("b")) == [(0, 1), (1, 2), (2, 3)]


def test_an_unknown_table_is_never_the_same() -> None:
    assert _spans(_drop("a", table=None), _drop("b", table=None)) == [(0, 1), (1, 2)]


def test_a_rename_ends_a_block_and_belongs_to_it() -> None:
    assert _spans(_drop("b"), _rename(needs_block=True), _drop("c")) == [(0, 2), (2, 3)]


def test_a_pure_rename_at_the_end_is_trimmed() -> None:
    assert _spans(_drop("b"), _rename(), _drop("c")) == [(0, 1), (2, 3)]


def test_an_added_column_is_not_altered_in_its_block() -> None:
    assert _spans(_add("a", needs_block=True), _alter("a")) == [(0, 1), (1, 2)]


def test_an_added_column_is_not_dropped_in_its_block() -> None:
    assert _spans(_add("a", needs_block=True), _drop("a")) == [(0, 1), (1, 2)]


def test_a_dropped_column_is_not_added_in_its_block() -> None:
    assert _spans(_drop("a"), _add("a", needs_block=True)) == [(0, 1), (1, 2)]


def test_a_dropped_column_is_not_used_in_its_block() -> None:
    assert _spans(_drop("a"), _constrain("uq", "a")) == [(0, 1), (1, 2)]


def test_an_added_column_is_constrained_in_its_block() -> None:
    assert _spans(_add("a", needs_block=True), _index("ix", "a"), _constrain("uq", "a")) == [(0, 3)]


def test_an_altered_column_is_dropped_in_its_block() -> None:
    assert _spans(_alter("a"), _drop("a")) == [(0, 2)]


def test_another_column_than_the_added_one_is_altered_in_its_block() -> None:
    assert _spans(_add("a", needs_block=True), _alter("b")) == [(0, 2)]


def test_a_name_that_was_made_is_not_dropped_in_its_block() -> None:
    assert _spans(_constrain("uq"), _unconstrain("uq")) == [(0, 1), (1, 2)]


def test_a_name_that_was_made_is_not_made_again_in_its_block() -> None:
    assert _spans(_constrain("uq"), _constrain("uq")) == [(0, 1), (1, 2)]


def test_a_name_that_was_dropped_is_made_again_in_its_block() -> None:
    assert _spans(_unconstrain("uq"), _constrain("uq")) == [(0, 2)]


def test_a_name_that_was_dropped_is_not_dropped_again_in_its_block() -> None:
    assert _spans(_unconstrain("uq"), _unconstrain("uq")) == [(0, 1), (1, 2)]


def test_names_made_and_dropped_that_differ_share_a_block() -> None:
    assert _spans(_constrain("uq"), _unconstrain("old")) == [(0, 2)]


def test_nameless_constraints_do_not_clash() -> None:
    nameless = _constrain()._replace(makes=frozenset())

    assert _spans(nameless, nameless) == [(0, 2)]


def test_a_type_is_changed_once_in_a_block() -> None:
    assert _spans(_retype("a"), _retype("a")) == [(0, 1), (1, 2)]


def test_a_column_is_altered_twice_in_a_block_if_one_keeps_its_type() -> None:
    assert _spans(_retype("a"), _alter("a")) == [(0, 2)]


def test_an_unknown_column_may_be_the_added_one() -> None:
    assert _spans(_add("a", needs_block=True), _alter(UNKNOWN)) == [(0, 1), (1, 2)]


def test_any_column_may_be_the_unknown_dropped_one() -> None:
    assert _spans(_drop(UNKNOWN), _alter("b")) == [(0, 1), (1, 2)]


def test_an_unknown_name_does_not_clash_with_nothing() -> None:
    assert _spans(_alter("a"), _unconstrain(UNKNOWN)) == [(0, 2)]


def test_what_batch_mode_cannot_take_stays_outside() -> None:
    outside = _index()._replace(takes_block=False)

    assert _spans(_drop("b"), outside, _drop("c")) == [(0, 1), (2, 3)]


def test_arguments_that_look_at_the_database_begin_a_block() -> None:
    looking = _alter("b")._replace(starts_block=True)

    assert _spans(_drop("a"), looking, _drop("c")) == [(0, 1), (1, 3)]


def test_a_clash_before_the_trimmed_edge_still_splits() -> None:
    assert _spans(_add("a"), _alter("b"), _alter("a")) == [(1, 2), (2, 3)]


# Blocks that stand in the script


def test_a_host_alone_is_left_alone() -> None:
    assert find_blocks([_host(_drop())]) == []


def test_a_host_takes_what_stands_before_it() -> None:
    assert find_blocks([_drop("a"), _host(_drop("b"))]) == [Block(0, 2, host=1)]


def test_a_host_takes_what_stands_behind_it() -> None:
    assert find_blocks([_host(_drop("a")), _drop("b")]) == [Block(0, 2, host=0)]


def test_a_host_takes_both_sides() -> None:
    assert find_blocks([_drop("a"), _host(_drop("b")), _drop("c")]) == [Block(0, 3, host=1)]


def test_a_host_does_not_take_an_edge_without_need() -> None:
    assert find_blocks([_host(_drop("a")), _index("ix", "b")]) == []


def test_a_host_takes_what_lies_between_it_and_a_need() -> None:
    assert find_blocks([_host(_drop("a")), _index("ix", "b"), _drop("c"), _index("iy", "b")]) == [Block(0, 3, host=0)]


def test_a_host_takes_an_edge_in_the_autogenerate_style() -> None:
    assert find_blocks([_host(_drop("a")), _index("ix", "b")], AUTOGENERATE) == [Block(0, 2, host=0)]


def test_a_host_alone_is_left_alone_in_the_autogenerate_style() -> None:
    assert find_blocks([_host(_drop())], AUTOGENERATE) == []


def test_a_host_of_another_table_takes_nothing() -> None:
    assert find_blocks([_drop(), Host("orders", ())]) == [Block(0, 1)]


def test_a_host_that_is_not_understood_is_a_barrier() -> None:
    assert find_blocks([_drop("a"), Host(TABLE, None), _drop("b")]) == [Block(0, 1), Block(2, 3)]


def test_an_empty_host_takes_operations() -> None:
    assert find_blocks([_host(), _drop()]) == [Block(0, 2, host=0)]


def test_a_host_whose_operations_clash_takes_nothing() -> None:
    assert find_blocks([_add("a", needs_block=True), _host(_alter("a"))]) == [Block(0, 1)]


def test_a_clash_with_what_a_host_holds_begins_a_block() -> None:
    assert find_blocks([_host(_add("a")), _alter("a")]) == [Block(1, 2)]


def test_a_rename_in_a_host_closes_it() -> None:
    assert find_blocks([_host(_rename("a")), _drop("b")]) == [Block(1, 2)]


def test_two_hosts_stay_two() -> None:
    assert find_blocks([_host(_drop("a")), _drop("b"), _host(_drop("c"))]) == [Block(0, 2, host=0)]


# Whatever the statements are

_name = st.sampled_from(["a", "b", UNKNOWN])
_few_names = st.frozensets(_name, max_size=1)
_description = st.builds(
    Description,
    name=st.just("operation"),
    table=st.sampled_from(["account", "orders", None]),
    needs_block=st.booleans(),
    takes_block=st.sampled_from([True, True, True, False]),
    native=st.booleans(),
    defaulted=st.booleans(),
    keyed=st.booleans(),
    behind=st.none() | st.booleans(),
    convention=st.just(()),
    starts_block=st.sampled_from([False, False, False, True]),
    renames=st.sampled_from([False, False, False, True]),
    adds=_few_names,
    drops=_few_names,
    alters=_few_names,
    retypes=_few_names,
    uses=_few_names,
    makes=_few_names,
    ends=_few_names,
)
_joinable = _description.filter(lambda each: each.takes_block)
_a_host = st.builds(
    Host,
    table=st.sampled_from(["account", "orders", None]),
    operations=st.none() | st.lists(_joinable, max_size=2).map(tuple),
)
_items = st.lists(st.none() | _description | _description | _description | _a_host, max_size=12)
_styles = st.sampled_from([MINIMAL, AUTOGENERATE])


def test_index_may_be_the_one_without_a_name() -> None:
    nameless, drop = _index()._replace(makes=_names()), Description("drop_index", TABLE, False, ends=_names("ix"))

    assert _spans(_drop("c"), nameless, drop, _drop("b")) == [(0, 1), (3, 4)]
    assert _spans(_drop("c"), nameless, nameless, _drop("b")) == [(0, 4)]


@given(_items, _styles)
@settings(max_examples=150, deadline=None)
def test_blocks_are_disjoint_and_in_order(items: list[Item], style: str) -> None:
    blocks = find_blocks(items, style)

    assert all(block.start < block.stop <= len(items) for block in blocks)
    assert all(first.stop <= second.start for first, second in pairwise(blocks))


@given(_items, _styles)
@settings(max_examples=150, deadline=None)
def test_every_need_that_takes_a_block_is_in_one(items: list[Item], style: str) -> None:
    inside = {index for block in find_blocks(items, style) for index in range(block.start, block.stop)}
    needing = {
        index
        for index, item in enumerate(items)
        if isinstance(item, Description) and item.takes_block and item.needs_block
    }

    assert needing - inside == set()


@given(_items, _styles)
@settings(max_examples=150, deadline=None)
def test_no_block_holds_a_barrier_or_a_second_table(items: list[Item], style: str) -> None:
    for block in find_blocks(items, style):
        members = items[block.start : block.stop]

        assert all(isinstance(each, Host) or (isinstance(each, Description) and each.takes_block) for each in members)
        assert len({each.table for each in members if each is not None}) == 1
        assert len(members) == 1 or all(each is not None and each.table is not None for each in members)
        assert [block.start + at for at, each in enumerate(members) if isinstance(each, Host)] == (
            [] if block.host is None else [block.host]
        )


@given(_items)
@settings(max_examples=150, deadline=None)
def test_a_minimal_block_begins_and_ends_with_a_need_or_its_host(items: list[Item]) -> None:
    for block in find_blocks(items):
        for index in (block.start, block.stop - 1):
            item = items[index]

            assert index == block.host or (isinstance(item, Description) and (item.needs_block or item.native))
        inside = items[block.start : block.stop]
        assert any(isinstance(each, Description) and each.needs_block for each in inside)


@given(_items, _styles)
@settings(max_examples=150, deadline=None)
def test_nothing_follows_a_rename_or_precedes_a_look_at_the_database(items: list[Item], style: str) -> None:
    for block in find_blocks(items, style):
        parts = [(at, part) for at in range(block.start, block.stop) for part in _parts(items[at])]

        assert all(at == block.stop - 1 for at, part in parts if part.renames)
        assert all(at == block.start for at, part in parts if part.starts_block)


def _parts(item: Item) -> tuple[Description, ...]:
    return (item,) if isinstance(item, Description) else (item.operations or ()) if item is not None else ()
