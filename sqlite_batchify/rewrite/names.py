"""Constraints without a name: where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from ..operations import NEVER, OPERATIONS, Operation
from .syntax import dotted, is_none

_CONVENTION = re.compile(
    r"\b(?:name|constraint_name)\s*=\s*\w+\.f\("
    r"|\b(?:create_(?:foreign_key|unique_constraint|check_constraint|primary_key)|drop_constraint)\(\s*\w+\.f\("
)


def shows_convention(text: str) -> bool:
    """Whether constraint names stand in ``op.f(...)``, which Alembic writes only where the metadata names them."""
    return _CONVENTION.search(text) is not None


def batched_operation(name: str) -> Operation | None:
    """The operation behind a method of ``batch_op``, if it can hold a constraint."""
    operation = OPERATIONS.get(name)
    return None if operation is None or operation.needs_block == NEVER else operation


def nameless(call: cst.Call, positional: Sequence[str], name: str) -> Iterator[str]:
    """What an operation creates or drops without a name, as text for a finding."""
    if any(arg.star for arg in call.args):
        return
    given = {
        arg.keyword.value if arg.keyword is not None else positional[index]: arg.value
        for index, arg in enumerate(call.args)
        if arg.keyword is not None or index < len(positional)
    }
    if "constraint_name" in positional:
        if "constraint_name" not in given or is_none(given["constraint_name"]):
            yield f"the constraint of {name}"
    elif name == "add_column" and isinstance(given.get("column"), cst.Call):
        yield from _in_column(cst.ensure_type(given["column"], cst.Call))


def _in_column(column: cst.Call) -> Iterator[str]:
    keywords = {arg.keyword.value: arg.value for arg in column.args if arg.keyword is not None}
    for arg in column.args:
        if isinstance(arg.value, cst.Call) and dotted(arg.value.func)[-1:] == ("ForeignKey",):
            named = {each.keyword.value: each.value for each in arg.value.args if each.keyword is not None}
            if "name" not in named or is_none(named["name"]):
                yield "the ForeignKey of the column"
    if _is_true(keywords.get("unique")) and not _is_true(keywords.get("index")):
        yield "the unique constraint of the column (unique=True)"


def _is_true(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "True"
