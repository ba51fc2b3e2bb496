"""What operations on columns do, and which columns SQLite's own ADD COLUMN takes (https://sqlite.org/lang_altertable.html)."""

from __future__ import annotations

import re
from typing import TypedDict

import libcst as cst

from .bindings import Bindings
from .runs import UNKNOWN, Names
from .syntax import dotted, is_none, literal


class Traits(TypedDict, total=False):
    """The fields of a Description that depend on the kind of operation."""

    needs_block: bool
    takes_block: bool
    renames: bool
    adds: Names
    drops: Names
    alters: Names
    retypes: Names
    uses: Names
    makes: Names
    ends: Names


_ANY: Names = frozenset({UNKNOWN})

_CONSTANT = re.compile(
    r"""\s* (?:\(+\s*)? (?: [+-]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)? | 0x[0-9a-f]+ | x?'[^']*(?:''[^']*)*'
    | "[^"]*" | null | true | false ) \s* (?:\)+\s*)?""",
    re.IGNORECASE | re.VERBOSE,
)
_CONSTANT_CALLS = frozenset({"true", "false", "null", "literal", "FetchedValue"})


def name_of(node: cst.BaseExpression) -> Names:
    """The name that an argument gives, as a set of one."""
    value = literal(node)
    return _ANY if value is None else frozenset({value.casefold()})


def names_in(node: cst.BaseExpression | None) -> Names:
    """The names in a list of columns; unknown if any of them is not a literal."""
    if not isinstance(node, (cst.List, cst.Tuple)):
        return _ANY
    each = (_ANY if isinstance(item, cst.StarredElement) else name_of(item.value) for item in node.elements)
    return frozenset().union(*each)


def of_altered_column(given: dict[str, cst.BaseExpression]) -> Traits:
    """``op.alter_column``: a pure rename, and one that changes nothing, need no block."""
    asked = {name for name in given if not name.startswith("existing_") and not _unchanged(name, given[name])}
    asked -= {"table_name", "column_name", "schema", "new_column_name"}
    column = name_of(given["column_name"])
    return {
        "needs_block": bool(asked),
        # With a Column in place of a name it does nothing, but a copy does not find such a column.
        "takes_block": bool(asked) or not _is_column(given["column_name"]),
        "renames": "new_column_name" in given and not is_none(given["new_column_name"]),
        "alters": column,
        "retypes": column if "type_" in asked else frozenset(),
    }


def _is_column(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and dotted(node.func)[-1:] == ("Column",)


def _unchanged(name: str, value: cst.BaseExpression) -> bool:
    """Whether the value is the one that Alembic takes for "leave it as it is"."""
    if name in ("server_default", "comment"):
        return isinstance(value, cst.Name) and value.value == "False"
    return is_none(value)


def of_added_column(given: dict[str, cst.BaseExpression], bindings: Bindings) -> Traits:
    """``op.add_column``. Whatever cannot be told from the column's text may need a block: one does no harm."""
    column = given["column"]
    if not isinstance(column, cst.Call) or not _is_column(column) or _starred(column):
        return {"needs_block": True, "adds": _ANY}
    keywords = {arg.keyword.value: arg.value for arg in column.args if arg.keyword is not None}
    positional = [arg.value for arg in column.args if arg.keyword is None]
    name = positional[0] if positional else keywords.get("name")
    indexed = _refused_flag(keywords.get("index"))
    needs_block = (
        _refused_flag(keywords.get("primary_key"))
        or (_refused_flag(keywords.get("unique")) and not indexed)
        or not _constant_default(keywords.get("server_default"))
        or any(_refused_item(item) for item in (*positional[1:], *_values(keywords, "type_")))
        or any(not _recognised(item) for item in positional[2:])
    )
    inline = _refused_flag(given.get("inline_references"))
    if inline:
        needs_block = False
    return {
        "needs_block": needs_block,
        # A copied table would get the column's index twice, lose a reference that was written inline, and hold a
        # default of SQLAlchemy's own where ADD COLUMN leaves NULL.
        "takes_block": needs_block or not (indexed or inline or _filled_by_a_copy(keywords)),
        "adds": _ANY if name is None else name_of(name),
        "makes": _named_foreign_keys(positional),
    }


def _filled_by_a_copy(keywords: dict[str, cst.BaseExpression]) -> bool:
    nullable = keywords.get("nullable")
    if isinstance(nullable, cst.Name) and nullable.value == "False":
        return False
    return any(not is_none(keywords[name]) for name in ("default", "insert_default") if name in keywords)


def _named_foreign_keys(items: list[cst.BaseExpression]) -> Names:
    keys = (item for item in items if isinstance(item, cst.Call) and dotted(item.func)[-1:] == ("ForeignKey",))
    named = (arg.value for key in keys for arg in key.args if arg.keyword is not None and arg.keyword.value == "name")
    return frozenset().union(*(name_of(value) for value in named if literal(value) is not None))


def _values(keywords: dict[str, cst.BaseExpression], name: str) -> tuple[cst.BaseExpression, ...]:
    return (keywords[name],) if name in keywords else ()


def _starred(call: cst.Call) -> bool:
    return any(arg.star for arg in call.args)


def _refused_flag(value: cst.BaseExpression | None) -> bool:
    return value is not None and not (isinstance(value, cst.Name) and value.value in ("False", "None"))


def _recognised(item: cst.BaseExpression) -> bool:
    return isinstance(item, cst.Call) and bool(dotted(item.func))


def _refused_item(item: cst.BaseExpression) -> bool:
    """A type or a constraint among the arguments of the column that ADD COLUMN does not take."""
    if not isinstance(item, cst.Call):
        return False
    keywords = {arg.keyword.value: arg.value for arg in item.args if arg.keyword is not None}
    kind = dotted(item.func)[-1:]
    if kind == ("ForeignKey",):
        return True
    if kind == ("Computed",):
        stored = keywords.get("persisted", item.args[1].value if len(item.args) > 1 else None)
        return _refused_flag(stored)
    return _refused_flag(keywords.get("create_constraint"))


def _constant_default(value: cst.BaseExpression | None) -> bool:
    if value is None or is_none(value) or literal(value) is not None or isinstance(value, cst.FormattedString):
        return True
    if not isinstance(value, cst.Call):
        return False
    kind = dotted(value.func)[-1:]
    if kind and kind[0] in _CONSTANT_CALLS:
        return dotted(value.func)[-2:-1] != ("func",)
    if kind in (("text",), ("literal_column",)) and len(value.args) == 1:
        text = literal(value.args[0].value)
        return text is not None and _CONSTANT.fullmatch(text) is not None
    return False
