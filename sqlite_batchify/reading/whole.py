"""A column as a script tells it, whole: so that another script can write the same one."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from ..names import UNKNOWN
from .kinds import SA, Kind, read_kind
from .sql.engine import PARAMETER
from .syntax import Given, in_quotes, is_none, is_true
from .values import Values

_QUOTES = '"'
_TOLD = frozenset(
    {"name", "type_", "nullable", "primary_key", "server_default", "default", "insert_default", "onupdate", "index"}
    | {"unique", "comment", "autoincrement", "doc", "info", "key", "quote", "system", "server_onupdate"}
    | {"sqlite_on_conflict_not_null", "sqlite_on_conflict_primary_key", "sqlite_on_conflict_unique"}
)
"""The keywords of a Column that are looked at, or that say nothing on SQLite."""
_OF_OTHERS = ("postgresql_", "mysql_", "mariadb_", "oracle_", "mssql_")
_CONFLICT, _KEY_CONFLICT = "sqlite_on_conflict_not_null", "sqlite_on_conflict_primary_key"
_CALLED = frozenset({"true", "false", "null"})
_ACTIONS = ("onupdate", "ondelete", "deferrable", "initially")


class Whole(NamedTuple):
    """A column, or what is said of one that is there: what is None is not said.

    ``default`` is its server default as code (with SA), empty for none; UNKNOWN if it cannot be told. ``mangled`` if a
    copy would take a part of it for a parameter. ``conflict`` and ``key_conflict`` are the ON CONFLICT clauses of its
    NOT NULL and of the key. ``plain`` unless there is more to it than is told here.
    """

    kind: Kind | None = None
    retyped: bool = False
    nullable: bool | None = None
    default: str | None = None
    mangled: bool = False
    conflict: str = ""
    key_conflict: str = ""
    plain: bool = True

    def altered(self, said: Whole) -> Whole:
        """The column with what is said of it now."""
        default = {} if said.default is None else {"default": said.default, "mangled": said.mangled}
        nullable = {} if said.nullable is None else {"nullable": said.nullable, "conflict": ""}
        kind = {"kind": said.kind} if said.retyped else {}
        return self._replace(**kind, **nullable, **default, plain=self.plain and said.plain)  # type: ignore[arg-type]

    @property
    def is_told(self) -> bool:
        known = self.kind is not None and self.nullable is not None and self.default not in (None, UNKNOWN)
        return known and self.plain

    @property
    def suffers(self) -> bool:
        """Whether a copy loses something of it, whatever happens to it."""
        of_kind = self.kind is not None and (bool(self.kind.collation) or self.kind.is_misread)
        return self.mangled or bool(self.conflict or self.key_conflict) or of_kind

    def copied(self) -> Whole:
        """What a copy leaves of it."""
        kind = self.kind
        if kind is not None and (kind.collation or kind.is_misread):
            kind = kind._replace(collation="", written="")
        default = UNKNOWN if self.mangled else self.default
        return self._replace(kind=kind, default=default, mangled=False, conflict="", key_conflict="")


def read_whole(items: Sequence[ast.expr], keywords: Given, values: Values, plain: bool) -> Whole:
    """A column that is created; ``items`` is what stands behind its name but for constraints."""
    nullable: bool | None = not is_true(keywords.get("primary_key"))
    if "nullable" in keywords:
        nullable = _flag(keywords["nullable"])
    default, mangled = _default(keywords.get("server_default"), values)
    told = all(each in _TOLD or each.startswith(_OF_OTHERS) for each in keywords)
    conflicts = [_text(keywords.get(name), values) for name in (_CONFLICT, _KEY_CONFLICT)]
    return Whole(
        kind=_kind(items[0], values) if len(items) == 1 else None,
        retyped=True,
        nullable=nullable,
        default=default,
        mangled=mangled,
        conflict=conflicts[0],
        key_conflict=conflicts[1],
        plain=plain and told and UNKNOWN not in conflicts,
    )


def read_altered(given: Given, values: Values) -> Whole:
    """What ``alter_column`` says of a column."""
    retyped = "type_" in given and not is_none(given["type_"])
    said = given.get("server_default")
    changes = said is not None and not (isinstance(said, ast.Constant) and said.value is False)
    default, mangled = _default(said, values) if changes else (None, False)
    nullable, plain = None, True
    if "nullable" in given and not is_none(given["nullable"]):
        nullable = _flag(given["nullable"])
        plain = nullable is not None
    kind = _kind(given["type_"], values) if retyped else None
    return Whole(kind, retyped, nullable, default, mangled, plain=plain)


def existing_kind(given: Given, values: Values) -> Kind | None:
    """The type that ``existing_type`` says a column has."""
    return _kind(given.get("existing_type"), values)


def _kind(node: ast.expr | None, values: Values) -> Kind | None:
    named = isinstance(node, ast.Name) and not values.origin(node)
    kind = read_kind(values.resolved(node) if named else node, values.origin)
    return kind._replace(own="") if kind is not None and named else kind


def _flag(node: ast.expr) -> bool | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def _text(node: ast.expr | None, values: Values) -> str:
    return "" if node is None or is_none(node) else values.text(node) or UNKNOWN


def _default(node: ast.expr | None, values: Values) -> tuple[str, bool]:
    """A server default as code, and whether a copy takes a part of it for a parameter."""
    if node is None or is_none(node):
        return "", False
    text = values.text(node)
    if text is not None:
        return in_quotes(text, _QUOTES), PARAMETER.search(f"'{text}'") is not None
    path = values.origin(node.func) if isinstance(node, ast.Call) else ()
    if not isinstance(node, ast.Call) or path[:1] != ("sqlalchemy",) or node.keywords:
        return UNKNOWN, False
    if path[-1] == "text" and len(node.args) == 1:
        sql = values.text(node.args[0])
        if sql is None:
            return UNKNOWN, False
        return f"{SA}.text({in_quotes(sql, _QUOTES)})", "\\:" in sql
    if not node.args and (path[-1] in _CALLED or path[-2:-1] == ("func",)):
        return f"{SA}.{'.'.join(path[1:])}()", False
    return UNKNOWN, False


def key_options(keywords: Given, values: Values) -> str | None:
    """What a foreign key does besides referring, as code of keywords; None if it cannot be told."""
    found = []
    for name in _ACTIONS:
        node = keywords.get(name)
        if node is None or is_none(node):
            continue
        value = _flag(node) if name == "deferrable" else values.text(node)
        if value is None:
            return None
        found.append(f"{name}={value if isinstance(value, bool) else in_quotes(value, _QUOTES)}")
    return ", ".join(found)
