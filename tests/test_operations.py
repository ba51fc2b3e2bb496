"""The table of operations against the signatures of the Alembic that is installed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alembic.autogenerate import render
from alembic.operations import BatchOperations, Operations

from sqlite_batchify.operations import (
    BATCH_ALTER_TABLE_PARAMETERS,
    OPERATIONS,
    OTHER_METHODS,
    UNNAMED_WARNING,
    Operation,
)

_every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)


@dataclass(frozen=True)
class _Signature:
    positional: tuple[str, ...]
    required: int
    keywords: frozenset[str]
    open_keywords: bool


def _signature(method: Callable[..., Any]) -> _Signature:
    parameters = list(inspect.signature(method).parameters.values())
    places = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD and each.name != "self"]
    return _Signature(
        positional=tuple(each.name for each in places),
        required=sum(each.default is each.empty for each in places),
        keywords=frozenset(each.name for each in parameters if each.kind is each.KEYWORD_ONLY),
        open_keywords=any(each.kind is each.VAR_KEYWORD for each in parameters),
    )


def _methods(owner: type) -> set[str]:
    return {
        name
        for name, value in inspect.getmembers(owner)
        if not name.startswith("_") and callable(value) and not isinstance(value, type)
    }


@_every_operation
def test_positions_of_the_direct_operation(operation: Operation) -> None:
    signature = _signature(getattr(Operations, operation.name))

    assert operation.positional == signature.positional
    assert operation.required == signature.required
    assert operation.open_keywords == signature.open_keywords


@_every_operation
def test_no_keyword_of_the_direct_operation_is_missing(operation: Operation) -> None:
    signature = _signature(getattr(Operations, operation.name))

    assert signature.keywords - set(operation.keywords) == set()


@_every_operation
def test_positions_of_the_batch_operation(operation: Operation) -> None:
    signature = _signature(getattr(BatchOperations, operation.name))

    assert operation.batch_positional == signature.positional
    assert operation.batch_required == signature.required
    assert operation.batch_open_keywords == signature.open_keywords


@_every_operation
def test_no_keyword_of_the_batch_operation_is_missing(operation: Operation) -> None:
    signature = _signature(getattr(BatchOperations, operation.name))

    assert signature.keywords - set(operation.batch_keywords) == set()


@_every_operation
def test_table_and_schema_are_parameters_of_the_direct_operation_only(operation: Operation) -> None:
    assert operation.table in operation.positional
    assert operation.schema in operation.keywords or operation.open_keywords
    assert {operation.table, operation.schema}.isdisjoint(operation.batch_positional + operation.batch_keywords)


@_every_operation
def test_what_remains_without_the_table_is_what_the_batch_operation_takes(operation: Operation) -> None:
    left = tuple(name for name in operation.positional if name != operation.table)
    keywords = set(operation.keywords) - {operation.schema, *operation.refused}

    assert left == operation.batch_positional
    assert operation.batch_open_keywords or keywords <= set(operation.batch_keywords)


@_every_operation
def test_refused_keywords_are_keywords(operation: Operation) -> None:
    assert set(operation.refused) <= set(operation.keywords)


def test_every_method_of_op_is_an_operation_or_named_as_another() -> None:
    assert _methods(Operations) - set(OPERATIONS) - OTHER_METHODS == set()


def test_no_other_method_takes_a_table_of_its_own() -> None:
    batched = {name for name in _methods(BatchOperations) if name not in _methods(Operations) or _differs(name)}

    assert batched - set(OPERATIONS) == set()


def _differs(name: str) -> bool:
    return _signature(getattr(Operations, name)) != _signature(getattr(BatchOperations, name))


def test_parameters_of_batch_alter_table() -> None:
    signature = inspect.signature(Operations.batch_alter_table)

    assert tuple(signature.parameters)[1:] == BATCH_ALTER_TABLE_PARAMETERS


def test_warning_of_a_constraint_without_a_name() -> None:
    lines = getattr(render, "_UNNAMED_CONSTRAINT_WARNING", None)
    if lines is None:
        pytest.skip("Alembic writes the comment since 1.20")

    assert tuple(lines) == UNNAMED_WARNING
