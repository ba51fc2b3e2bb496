"""Types that make a CHECK for their column (https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum)."""

from __future__ import annotations

import ast

from .events import BOOLEAN, ENUM, CheckedType
from .syntax import dotted, has_stars, is_none, is_true, keywords_of, literal


def checked_type(call: ast.Call, kind: str) -> CheckedType | None:
    """The type that a call of ``kind`` makes; None if it makes no CHECK, or if not all of it can be told."""
    keywords = keywords_of(call)
    if kind not in (BOOLEAN, ENUM) or has_stars(call) or not is_true(keywords.get("create_constraint")):
        return None
    values = tuple(value for value in map(literal, call.args) if value is not None)
    if kind == BOOLEAN:
        return None if call.args else CheckedType(kind, (), True)
    not_native = keywords.get("native_enum")
    return CheckedType(kind, values, isinstance(not_native, ast.Constant) and not_native.value is False)


def name_of_class(call: ast.Call, kind: str) -> str | None:
    """The name that an Enum without one has: that of its class, in lower case, if it is made of one."""
    parts = dotted(call.args[0]) if kind == ENUM and len(call.args) == 1 else ()
    return parts[-1].lower() if parts else None


def may_be_named(item: ast.expr, kind: str) -> bool:
    """Whether a type makes a CHECK without a name, and a name would be that of the CHECK alone."""
    if not isinstance(item, ast.Call) or not is_none(keywords_of(item).get("name", ast.Constant(None))):
        return False
    checked = checked_type(item, kind)
    return checked is not None and checked.only_checked and name_of_class(item, kind) is None
