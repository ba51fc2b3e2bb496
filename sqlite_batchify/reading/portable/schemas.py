"""The schema ``public``, in which PostgreSQL looks by itself: SQLite keeps all tables in one that has no other name.

Of other schemas nothing is known: tables in two of them may have one name.
https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PUBLIC
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ..expressions import live_parts
from ..guards import Guards
from ..syntax import in_quotes, keywords_of, last_name, literal
from ..values import Values

_PUBLIC = "public"
_KEYWORDS = frozenset({"schema", "source_schema", "referent_schema"})
_OF_OTHERS = frozenset({"Enum", "ENUM", "DOMAIN", "Sequence", "CreateSchema", "DropSchema"})
"""What SQLite does not make."""
_PACKAGES = (("sqlalchemy",), ("alembic",))
"""What others mean by a schema is not known."""
_KEY, _KEYS = "ForeignKey", "ForeignKeyConstraint"
_QUOTES = '"'


class Named(NamedTuple):
    """An expression that says the schema, and the code that does not."""

    node: ast.expr
    code: str


def find_schemas(node: ast.AST, guards: Guards, values: Values) -> Iterator[Named]:
    """Where an expression names the schema, as a keyword or in what a foreign key refers to."""
    if isinstance(node, ast.Call):
        name = last_name(node)
        package = values.origin(node.func)[:1]
        if (package == () and isinstance(node.func, ast.Attribute)) or package in _PACKAGES:
            for keyword, value in keywords_of(node).items():
                if keyword in _KEYWORDS and name not in _OF_OTHERS and values.text(value) == _PUBLIC:
                    yield from () if isinstance(value, ast.IfExp) else (Named(value, "None"),)
        yield from _referred(node, name)
    for each in live_parts(node, guards)[0]:
        yield from find_schemas(each, guards, values)


def _referred(call: ast.Call, name: str) -> Iterator[Named]:
    targets: list[ast.expr] = []
    if name == _KEY:
        targets = call.args[:1]
    elif name == _KEYS:
        listed = call.args[1] if len(call.args) > 1 else keywords_of(call).get("refcolumns")
        targets = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else []
    for each in targets:
        schema, _, rest = (literal(each) or "").partition(".")
        if schema == _PUBLIC and "." in rest:
            yield Named(each, in_quotes(rest, _QUOTES))
