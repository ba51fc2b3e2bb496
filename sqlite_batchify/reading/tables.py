"""The parts of a table as a script writes them: columns, constraints, indexes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..names import CHECK, FOREIGN_KEY, PRIMARY_KEY, UNIQUE, UNKNOWN
from .events import Column, Constraint, Index, Table
from .guards import Guards
from .indexed import items_of_index, where_of_index
from .syntax import Given, descendants, has_stars, is_none, is_set, is_true, keywords_of, last_name, unwrapped
from .types import checked_type, name_of_class
from .values import Values
from .whole import key_options, read_altered, read_whole

_TABLE_CONSTRAINTS = {
    "ForeignKeyConstraint": FOREIGN_KEY,
    "UniqueConstraint": UNIQUE,
    "PrimaryKeyConstraint": PRIMARY_KEY,
    "CheckConstraint": CHECK,
}
_HARMLESS = frozenset(
    {
        *("and_", "between", "cast", "collate", "column", "Column", "contains", "endswith", "ilike", "in_", "is_"),
        *("is_not", "isnot", "like", "literal", "not_", "not_in", "notin_", "or_", "startswith"),
    }
)
"""Methods in an expression that bring in no column but those of their arguments."""


class Parts(NamedTuple):
    """What a column or a table comes with; ``complete`` is False if not all of it can be told."""

    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    complete: bool = True


def column_parts(node: ast.expr | None, table: Table, values: Values) -> Parts:
    """A column with what it brings along, as ``add_column`` takes it."""
    return values.built(node, lambda built: _column_parts(built, table, values))


def _column_parts(built: ast.expr | None, table: Table, values: Values) -> Parts:
    if not isinstance(built, ast.Call) or values.kind(built) != "Column":
        return Parts((Column(UNKNOWN),), complete=False)
    keywords = keywords_of(built)
    name = values.text(built.args[0] if built.args else keywords.get("name")) or UNKNOWN
    items = [*built.args[1:], *((keywords["type_"],) if "type_" in keywords else ())]
    constraints = [each for item in items for each in column_constraints(item, name, values)]
    indexes: tuple[Index, ...] = ()
    if is_true(keywords.get("index")):
        indexes = (_with_told(_named_index(None, (name,), table, values), keywords, values),)
    elif is_true(keywords.get("unique")):
        constraints.append(Constraint(UNIQUE, (name,), None))
    if is_true(keywords.get("primary_key")):
        constraints.append(Constraint(PRIMARY_KEY, (name,), None))
    column = _column(name, items, keywords, values, not has_stars(built))
    column = replace(column, clear=_is_clear(built, keywords, values))
    return Parts((column,), tuple(constraints), indexes)


def _is_clear(column: ast.Call, keywords: Given, values: Values) -> bool:
    """Whether all that a column comes with is told by the script."""
    flags = [keywords[name] for name in ("unique", "primary_key", "index") if name in keywords]
    if has_stars(column) or not all(is_true(each) or not is_set(each) for each in flags):
        return False
    # What stands first may be a type, however it is written.
    return all(values.built(item, lambda built: _is_known(built, values)) for item in column.args[2:])


def _is_known(item: ast.expr | None, values: Values) -> bool:
    return isinstance(item, ast.Call) and values.kind(item) in _CLEAR


def _column(name: str, items: Sequence[ast.expr], keywords: Given, values: Values, plain: bool) -> Column:
    kinds = {values.kind(each) for each in items if isinstance(each, ast.Call)}
    first = items[0] if items else None
    is_type = first is not None and not (isinstance(first, ast.Call) and values.kind(first) in _ITEMS)
    type_ = ast.unparse(first) if first is not None and is_type else None
    others = [each for each in items if not (isinstance(each, ast.Call) and values.kind(each) in _APART)]
    whole = read_whole(others, keywords, values, plain)
    generated = bool(kinds & {"Computed", "Identity"})
    return replace(read_column(name, type_, keywords, values, generated), whole=whole)


_APART = frozenset({"ForeignKey", "CheckConstraint"})
_ITEMS = frozenset({"ForeignKey", "CheckConstraint", "Computed", "Identity", "Sequence"})
_CLEAR = _ITEMS | {"ColumnDefault", "DefaultClause", "FetchedValue"}


def read_column(name: str, type_: str | None, keywords: Given, values: Values, generated: bool = False) -> Column:
    """What keywords say of a column."""
    nullable = keywords.get("nullable")
    said = nullable.value if isinstance(nullable, ast.Constant) and isinstance(nullable.value, bool) else None
    if said is None and nullable is None and is_true(keywords.get("primary_key")):
        said = False
    default = keywords.get("server_default")
    written = None if default is None or is_none(default) else _default(default, values)
    return Column(name, type_, said, written, generated)


def altered_column(name: str, type_: str | None, given: Given, values: Values) -> Column:
    """What ``alter_column`` says of a column."""
    return replace(read_column(name, type_, given, values), whole=read_altered(given, values))


def _default(node: ast.expr, values: Values) -> str:
    here = Guards().truth(node.test) if isinstance(node, ast.IfExp) else None
    if here is not None and isinstance(node, ast.IfExp):
        return _default(node.body if here else node.orelse, values)
    inner = unwrapped(node, "text")
    return values.text(inner) or ast.unparse(inner)


def table_parts(items: Sequence[ast.expr], table: Table, values: Values) -> Parts:
    """What stands behind the name of a table that is created."""
    parts = [values.built(item, lambda built: _item_parts(built, table, values)) for item in items]
    key = [
        name
        for part in parts
        for each in part.constraints
        if part.columns and each.kind == PRIMARY_KEY
        for name in each.columns or ()
    ]
    constraints = [each for part in parts for each in part.constraints if not part.columns or each.kind != PRIMARY_KEY]
    if key and not any(each.kind == PRIMARY_KEY for each in constraints):
        constraints.insert(0, Constraint(PRIMARY_KEY, (), None))
    # One without columns is that of the columns that say primary_key=True.
    bare = (PRIMARY_KEY, ())
    settled = (replace(e, columns=tuple(key)) if (e.kind, e.columns) == bare else e for e in constraints)
    return Parts(
        tuple(each for part in parts for each in part.columns),
        tuple(settled),
        tuple(each for part in parts for each in part.indexes),
        all(part.complete for part in parts),
    )


def _item_parts(built: ast.expr | None, table: Table, values: Values) -> Parts:
    kind = values.kind(built) if isinstance(built, ast.Call) else ""
    if not isinstance(built, ast.Call) or kind not in ("Column", "Index", *_TABLE_CONSTRAINTS):
        return Parts(complete=False)
    if kind == "Column":
        return _column_parts(built, table, values)
    if kind == "Index":
        index = read_index(built.args[0] if built.args else None, built.args[1:], keywords_of(built), table, values)
        return Parts(indexes=(index,))
    return Parts(constraints=(_table_constraint(_TABLE_CONSTRAINTS[kind], built, values),))


def column_constraints(item: ast.expr, column: str, values: Values) -> Sequence[Constraint]:
    """What an item of a column, or a type, brings along."""
    return values.built(item, lambda built: list(_constraints_of(built, column, values)))


def _constraints_of(built: ast.expr | None, column: str, values: Values) -> Iterator[Constraint]:
    if not isinstance(built, ast.Call):
        return
    keywords = keywords_of(built)
    name, marked = _name(keywords.get("name"), values)
    if values.kind(built) == "ForeignKey":
        referred = values.text(built.args[0] if built.args else keywords.get("column")) or ""
        table, _, other = referred.rpartition(".")
        options = key_options(keywords, values)
        referred_table = table.rpartition(".")[2]
        yield Constraint(FOREIGN_KEY, (column,), name, referred_table, (other,), marked=marked, options=options)
    elif values.kind(built) == "CheckConstraint":
        condition = values.text(built.args[0]) if built.args else None
        yield Constraint(CHECK, (column,), name, condition=condition, marked=marked)
    elif is_true(keywords.get("create_constraint")):
        kind = values.kind(built)
        name = name or name_of_class(built, kind)
        yield Constraint(CHECK, (column,), name, marked=marked, of=checked_type(built, kind))


def _table_constraint(kind: str, call: ast.Call, values: Values) -> Constraint:
    keywords = keywords_of(call)
    named = keywords.get("name")
    if kind == CHECK:
        return _check(call.args[0] if call.args else keywords.get("sqltext"), named, values)
    if kind != FOREIGN_KEY:
        name, marked = _name(named, values)
        return Constraint(kind, values.texts(ast.List(call.args)), name, marked=marked)
    given = dict(zip(("columns", "refcolumns", "name"), call.args, strict=False))
    referred = values.texts(given.get("refcolumns", keywords.get("refcolumns"))) or ("",)
    table = referred[0].rpartition(".")[0].rpartition(".")[2]
    columns = values.texts(given.get("columns", keywords.get("columns")))
    others = tuple(each.rpartition(".")[2] for each in referred)
    name, marked = _name(given.get("name", named), values)
    options = key_options(keywords, values)
    return Constraint(kind, columns, name, table, others, marked=marked, options=options)


def created_constraint(kind: str, given: Given, values: Values) -> Constraint:
    """What an operation such as ``create_foreign_key`` creates."""
    if kind == CHECK:
        return _check(given.get("condition"), given.get("constraint_name"), values)
    name, on_sqlite = values.names(given.get("constraint_name"))
    marked = values.is_marked(given.get("constraint_name"))
    columns = values.texts(given.get("columns", given.get("local_cols")))
    if kind != FOREIGN_KEY:
        return Constraint(kind, columns, name, marked=marked, on_sqlite=on_sqlite)
    referred = values.texts(given.get("remote_cols")) or ()
    table = values.text(given.get("referent_table")) or ""
    options = key_options(given, values)
    return Constraint(kind, columns, name, table, referred, marked=marked, on_sqlite=on_sqlite, options=options)


def _name(node: ast.expr | None, values: Values) -> tuple[str | None, bool]:
    """The name that a constraint gets, and whether it is marked."""
    return values.name(node), values.is_marked(node)


def _check(condition: ast.expr | None, named: ast.expr | None, values: Values) -> Constraint:
    name, marked = _name(named, values)
    condition = unwrapped(condition, "text")
    text = values.text(condition)
    columns = None if text is not None else _columns_of_expression(condition, values)
    return Constraint(CHECK, columns, name, condition=text, marked=marked)


def _columns_of_expression(node: ast.expr | None, values: Values) -> tuple[str, ...] | None:
    """The columns in an expression of SQLAlchemy's, None if anything in it is not known."""
    if node is None:
        return None
    found: dict[str, None] = {}
    roots: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            if not (last_name(part) in _HARMLESS or "func" in ast.unparse(part.func).split(".")):
                return None
            roots.update(id(each) for each in descendants(part.func) if isinstance(each, ast.Name))
            if last_name(part) in ("column", "Column"):
                name = values.text(part.args[0]) if part.args else None
                if name is None:
                    return None
                found[name] = None
    if any(isinstance(part, ast.Name) and id(part) not in roots for part in ast.walk(node)):
        return None
    return tuple(found)


def created_index(given: Given, table: Table, values: Values) -> Index:
    """What ``create_index`` creates."""
    listed = values.resolved(given.get("columns"))
    items = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else None
    return read_index(given.get("index_name"), items, given, table, values)


def read_index(
    name: ast.expr | None, items: Sequence[ast.expr] | None, keywords: Given, table: Table, values: Values
) -> Index:
    """An index on these columns, None if they cannot be told."""
    named = _named_index(name, None if items is None else values.texts(ast.List([*items])), table, values)
    return _with_told(replace(named, sql=items_of_index(items or (), values)), keywords, values)


def _with_told(index: Index, keywords: Given, values: Values) -> Index:
    """The same with what is said of it besides its columns."""
    unique = keywords.get("unique")
    known = unique is None or (isinstance(unique, ast.Constant) and isinstance(unique.value, (bool, type(None))))
    where = where_of_index(keywords.get("sqlite_where"), values) if known else None
    return replace(index, unique=is_true(unique), where=where)


def _named_index(name: ast.expr | None, columns: tuple[str, ...] | None, table: Table, values: Values) -> Index:
    """Without a name it has the one that SQLAlchemy gives it."""
    known = columns or (UNKNOWN,)
    if name is None or is_none(name):
        prefix = f"{table.schema}_{table.name}" if table.schema else table.name
        return Index(f"ix_{prefix}_{known[0]}", known)
    return Index(values.name(name) or UNKNOWN, known)
