"""What operations on columns do, and which columns SQLite's own ADD COLUMN takes (https://sqlite.org/lang_altertable.html)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypedDict

from ..names import UNKNOWN
from .guards import Guards
from .kinds import Kind, read_kind
from .model import Added, Names
from .scopes import Scope
from .syntax import Given, arguments, dotted, has_stars, is_none, is_set, is_true, keywords_of, literal, unwrapped
from .types import may_be_named


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
    keyed: bool
    defaulted: bool


ANY: Names = frozenset({UNKNOWN})
COLUMN, FOREIGN_KEY = "Column", "ForeignKey"

_CONSTANT = re.compile(
    r"""\s* (?:\(+\s*)? (?: [+-]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)? | 0x[0-9a-f]+ | x?'[^']*(?:''[^']*)*'
    | "[^"]*" | null | true | false ) \s* (?:\)+\s*)?""",
    re.IGNORECASE | re.VERBOSE,
)
_CONSTANT_CALLS = frozenset({"true", "false", "null", "literal", "FetchedValue"})


def name_of(node: ast.expr | None) -> Names:
    """The name that an argument gives, as a set of one."""
    value = literal(node)
    return ANY if value is None else frozenset({value.casefold()})


def names_in(node: ast.expr | None) -> Names:
    """The names in a list of columns; unknown if any of them is not a literal."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return ANY
    return frozenset().union(*map(name_of, node.elts))


def of_altered_column(given: Given) -> Traits:
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


def _is_column(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func)[-1:] == (COLUMN,)


def _unchanged(name: str, value: ast.expr) -> bool:
    """Whether the value is the one that Alembic takes for "leave it as it is"."""
    if name in ("server_default", "comment"):
        return isinstance(value, ast.Constant) and value.value is False
    return is_none(value)


def read_added(given: Given, place: int, scope: Scope) -> Added:
    """The column of ``op.add_column``, which stands at this place among the arguments.

    Whatever cannot be told from the script counts as refused: a block does no harm.
    """
    node = given["column"]
    inline = is_set(given.get("inline_references"))
    held = scope.held(node.id) if isinstance(node, ast.Name) else None
    column = scope.returned(node) or (node if held is None else held.value)
    if not isinstance(column, ast.Call) or scope.bindings.kind(column.func) != COLUMN or has_stars(column):
        return Added(place, ANY, refused=not inline, inline=inline)
    keywords = keywords_of(column)
    flags = {each.arg: number for number, each in enumerate(arguments(column)) if isinstance(each, ast.keyword)}
    found = _Items(scope)
    for number, item in enumerate(column.args[1:], 1):
        found.add(number, item)
    name = column.args[0] if column.args else keywords.get("name")
    return Added(
        place,
        ANY if name is None else name_of(name),
        text=literal(name),
        way=None if held is None else held.way,
        fixed=column is not node and (held is None or held.way is None),
        keys=tuple(found.keys),
        unique_flag=flags["unique"] if is_true(keywords.get("unique")) else None,
        index_flag=flags["index"] if is_true(keywords.get("index")) else None,
        check=next((place for place, item in _types(column) if _may_be_named(item, scope)), None),
        refused=(
            (column is not node and not inline)
            or found.refused
            or _refused_item(keywords.get("type_"), scope)
            or is_set(keywords.get("primary_key"))
            or not _constant_default(keywords.get("server_default"))
        ),
        may_be_unique=is_set(keywords.get("unique")),
        indexed=is_set(keywords.get("index")),
        inline=inline,
        filled=_filled_by_a_copy(keywords),
        keyed=is_true(keywords.get("primary_key")),
        defaulted=is_set(keywords.get("server_default")) and literal(keywords["server_default"]) is None,
        makes=frozenset(found.makes).union(*(_check_of(item) for _, item in _types(column))),
    )


def key_without_values(given: Given, scope: Scope) -> Kind | None:
    """The type of an added primary key for which SQLite makes no values, None if it does or if that cannot be told."""
    node = given.get("column")
    held = scope.held(node.id) if isinstance(node, ast.Name) else None
    column = node if held is None else held.value
    if not isinstance(column, ast.Call) or scope.bindings.kind(column.func) != COLUMN or has_stars(column):
        return None
    keywords = keywords_of(column)
    if not is_true(keywords.get("primary_key")) or is_set(keywords.get("server_default")):
        return None
    kinds = (read_kind(each, scope.bindings.origin) for _, each in _types(column))
    kind = next((each for each in kinds if each is not None), None)
    return None if kind is None or kind.is_rowid else kind


class _Items:
    """What stands behind the name of a column: its type, and what SQLAlchemy calls schema items."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.keys: list[tuple[int | None, bool]] = []
        self.makes: set[str] = set()
        self.refused = False

    def add(self, number: int, item: ast.expr) -> None:
        if self._is_key(item):
            self._note_key(number, item)
            return
        held = self.scope.held(item.id) if isinstance(item, ast.Name) else None
        made = self.scope.returned(item) or (None if held is None else held.value)
        if made is not None and self._is_key(made):
            self._note_key(None, made)
        elif _refused_item(item, self.scope) or not self._recognised(number, item):
            self.refused = True

    def _is_key(self, item: ast.expr) -> bool:
        return isinstance(item, ast.Call) and self.scope.bindings.kind(item.func) == FOREIGN_KEY

    def _note_key(self, number: int | None, key: ast.expr) -> None:
        assert isinstance(key, ast.Call)
        name = literal(keywords_of(key).get("name"))
        if name is not None:
            self.makes.add(name.casefold())
        self.keys.append((number, _is_nameless(key)))

    def _recognised(self, number: int, item: ast.expr) -> bool:
        """Whether an item is surely none that SQLite refuses; the first may be a type, however it is written."""
        if number == 1:
            return True
        parts = dotted(item.func) if isinstance(item, ast.Call) else ()
        return bool(parts) and (parts[0] in self.scope.bindings.builders or parts[-1][:1].isupper())


def _types(column: ast.Call) -> Iterator[tuple[int, ast.expr]]:
    """What may be the type of a column, with its place."""
    for place, each in enumerate(arguments(column)):
        if isinstance(each, ast.keyword) and each.arg == "type_":
            yield place, each.value
        elif place and isinstance(each, ast.expr):
            yield place, each


def _check_of(type_: ast.expr) -> Names:
    """The name of the CHECK that a type makes."""
    keywords = keywords_of(type_) if isinstance(type_, ast.Call) else {}
    name = literal(unwrapped(keywords.get("name"), "f")) if "create_constraint" in keywords else None
    return frozenset() if name is None else frozenset({name.casefold()})


def _may_be_named(item: ast.expr, scope: Scope) -> bool:
    return isinstance(item, ast.Call) and may_be_named(item, scope.bindings.kind(item.func))


def traits_of(added: Added) -> Traits:
    """What adding such a column means for a block."""
    needs_block = (
        added.refused
        or (not added.inline and bool(added.keys))
        or (added.may_be_unique and not added.indexed and (added.unique_flag is None or not added.inline))
    )
    return {
        "needs_block": needs_block,
        # A copied table would get the column's index twice, lose a reference that was written inline, and hold a
        # default of SQLAlchemy's own where ADD COLUMN leaves NULL.
        "takes_block": needs_block or not (added.indexed or added.inline or added.filled),
        "adds": added.name,
        "keyed": added.keyed,
        "defaulted": added.defaulted,
        "makes": added.makes,
    }


def _filled_by_a_copy(keywords: Given) -> bool:
    nullable = keywords.get("nullable")
    if isinstance(nullable, ast.Constant) and nullable.value is False:
        return False
    return any(not is_none(keywords[name]) for name in ("default", "insert_default") if name in keywords)


def _is_nameless(call: ast.Call) -> bool:
    return not has_stars(call) and is_none(keywords_of(call).get("name", ast.Constant(None)))


def _refused_item(item: ast.expr | None, scope: Scope) -> bool:
    """A type or a constraint among the arguments of the column that ADD COLUMN does not take."""
    if not isinstance(item, ast.Call):
        return False
    keywords = keywords_of(item)
    if scope.bindings.kind(item.func) == "Computed":
        return is_set(keywords.get("persisted", item.args[1] if len(item.args) > 1 else None))
    return is_set(keywords.get("create_constraint"))


def _constant_default(value: ast.expr | None) -> bool:
    if value is None or is_none(value) or literal(value) is not None or isinstance(value, ast.JoinedStr):
        return True
    here = Guards().truth(value.test) if isinstance(value, ast.IfExp) else None
    if here is not None and isinstance(value, ast.IfExp):
        return _constant_default(value.body if here else value.orelse)
    if not isinstance(value, ast.Call):
        return False
    kind = dotted(value.func)[-1:]
    if kind and kind[0] in _CONSTANT_CALLS:
        return dotted(value.func)[-2:-1] != ("func",)
    if kind in (("text",), ("literal_column",)) and len(value.args) == 1 and not value.keywords:
        text = literal(value.args[0])
        return text is not None and _CONSTANT.fullmatch(text) is not None
    return False
