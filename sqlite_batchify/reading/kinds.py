"""What a type that a script writes is on SQLite, and whether a copy of its column keeps the values.

Batch mode copies a column through CAST where SQLAlchemy takes the old and the new type for different kinds
(``SQLiteImpl.cast_for_batch_migrate``), and the old type is the one that SQLAlchemy reflects from the database.
SQLite's CAST takes what it can from the beginning of a text, and makes 0 of the rest
(https://sqlite.org/lang_expr.html#castexpr).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from .syntax import has_stars, in_quotes, keywords_of, literal

TEXT, INTEGER, REAL, NUMERIC, BLOB = "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB"
"""What SQLite makes of the word that a column is declared with (https://sqlite.org/datatype3.html)."""
SA = "\0"
"""Stands in code for what SQLAlchemy is called in a script."""
_PACKAGE = "sqlalchemy"
_QUOTES = '"'
Origin = Callable[[ast.expr], tuple[str, ...]]
"""Gives the modules and the name that something was imported by, () if it was not."""


class _Traits(NamedTuple):
    """What a type is taken for, by SQLAlchemy and when it is reflected, what it is declared as, and what is stored."""

    taken_for: str
    reflected: str
    declared: str
    stored: str


_GROUPS = (
    ("String Text Unicode UnicodeText VARCHAR CHAR NVARCHAR NCHAR TEXT CLOB Enum", "String", "String", TEXT, TEXT),
    ("ENUM", "Enum", "String", TEXT, TEXT),
    ("Uuid", "Uuid", "String", TEXT, TEXT),
    ("UUID", "Uuid", "Numeric", NUMERIC, TEXT),
    ("Integer BigInteger SmallInteger INTEGER INT BIGINT SMALLINT", "Integer", "Integer", INTEGER, INTEGER),
    ("Numeric NUMERIC DECIMAL", "Numeric", "Numeric", NUMERIC, REAL),
    ("Float FLOAT REAL Double DOUBLE DOUBLE_PRECISION", "Float", "Float", REAL, REAL),
    ("Boolean BOOLEAN", "Boolean", "Boolean", NUMERIC, INTEGER),
    ("Date DATE", "Date", "Date", NUMERIC, TEXT),
    ("DateTime DATETIME TIMESTAMP", "DateTime", "DateTime", NUMERIC, TEXT),
    ("Time TIME", "Time", "Time", NUMERIC, TEXT),
    ("Interval", "Interval", "DateTime", NUMERIC, TEXT),
    ("JSON JSONB", "JSON", "JSON", NUMERIC, TEXT),
    ("LargeBinary BLOB PickleType", "Binary", "Binary", BLOB, BLOB),
    ("BINARY VARBINARY", "Binary", "Numeric", NUMERIC, BLOB),
    # Those that only other databases have, for what a column has been there.
    ("TINYINT MEDIUMINT YEAR BIT", "Integer", "Integer", INTEGER, INTEGER),
    ("TINYTEXT MEDIUMTEXT LONGTEXT SET CITEXT INET CIDR MACADDR", "String", "String", TEXT, TEXT),
    ("TINYBLOB MEDIUMBLOB LONGBLOB BYTEA", "Binary", "Binary", BLOB, BLOB),
    ("MONEY", "Numeric", "Numeric", NUMERIC, REAL),
)
TRAITS = {name: _Traits(*traits) for names, *traits in _GROUPS for name in names.split()}
"""The types of SQLAlchemy, and those of the same name in its dialects."""
ONLY_OF_DIALECTS = frozenset({"ENUM", "JSONB"}).union(*(names.split() for names, *_ in _GROUPS[-4:]))
_TEXTS = {("sqlmodel", "AutoString"): "String"}
_SAME_OF_DIALECTS = frozenset({"UUID"})
"""What a column is declared as is the same there, whatever the type is given."""
_CALLED_WITHOUT = frozenset({"create_constraint"})


class Kind(NamedTuple):
    """A type: what SQLAlchemy calls it, and which one SQLite gets in its place.

    ``written`` is its code in any script (with SA), ``own`` that in the script where it stands; both without the CHECK
    that it may make. Each is empty if it cannot be told. ``collation`` is that which it gives its column.
    """

    name: str
    on_sqlite: str
    written: str = ""
    own: str = ""
    collation: str = ""

    @property
    def takes_all(self) -> bool:
        """Whether no change to it spoils anything."""
        return TRAITS[self.name].taken_for == "JSON" or TRAITS[self.on_sqlite].declared in (TEXT, BLOB)

    @property
    def is_misread(self) -> bool:
        """Whether SQLAlchemy reflects another type: it knows the word not, and tells numbers by their affinity."""
        traits = TRAITS[self.on_sqlite]
        return traits.reflected == "Numeric" != traits.taken_for

    @property
    def is_rowid(self) -> bool:
        """Whether SQLite makes the values of a primary key of this type (https://sqlite.org/lang_createtable.html#rowid)."""
        return self.on_sqlite in ("Integer", "INTEGER")

    @property
    def is_whole(self) -> bool:
        return TRAITS[self.name].taken_for == "Integer"

    @property
    def stores_text(self) -> bool:
        return TRAITS[self.on_sqlite].stored in (TEXT, BLOB)


def spoils(old: Kind, new: Kind) -> bool:
    """Whether a copy that changes the type of a column makes other values of some that may be in it."""
    before, after = TRAITS[old.on_sqlite], TRAITS[new.name]
    if new.takes_all or before.reflected == after.taken_for:
        return False
    if old.stores_text:
        return True
    return before.stored == REAL and TRAITS[new.on_sqlite].declared == INTEGER


def read_kind(node: ast.expr | None, origin: Origin) -> Kind | None:
    """The type that an expression makes, None if that cannot be told."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "with_variant":
        return _with_variant(node, node.func.value, origin)
    function = node.func if isinstance(node, ast.Call) else node
    path = origin(function) if function is not None else ()
    if not path:
        return None
    name = _TEXTS.get((path[0], path[-1]), path[-1] if path[0] == _PACKAGE else "")
    if name not in TRAITS:
        return None
    generic = path[0] == _PACKAGE and (len(path) == 2 or path[1] == "types") and name not in ONLY_OF_DIALECTS
    given = _arguments(node) if isinstance(node, ast.Call) else ""
    if given is None or function is None:
        return Kind(name, name)
    collation = literal(keywords_of(node).get("collation")) if isinstance(node, ast.Call) else None
    written = f"{SA}.{name}({given})" if generic else f"{SA}.{name}()" if name in _SAME_OF_DIALECTS else ""
    return Kind(name, name, written, f"{ast.unparse(function)}({given})", collation or "")


def _with_variant(call: ast.Call, inner: ast.expr, origin: Origin) -> Kind | None:
    """A type that is another one on some databases (https://docs.sqlalchemy.org/en/20/core/type_api.html)."""
    base = read_kind(inner, origin)
    names = [literal(each) for each in call.args[1:]]
    if not names or None in names or call.keywords:
        return None
    if "sqlite" not in names:
        return base and base._replace(own="")
    there = read_kind(call.args[0], origin)
    return there and there._replace(name=there.name if base is None else base.name, own="")


def _arguments(call: ast.Call) -> str | None:
    """The arguments of a type as code, without what makes a CHECK; None if they are no literals."""
    if has_stars(call) or not all(map(_is_literal, (*call.args, *(each.value for each in call.keywords)))):
        return None
    listed = [_code(each) for each in call.args]
    listed += [f"{each.arg}={_code(each.value)}" for each in call.keywords if each.arg not in _CALLED_WITHOUT]
    return ", ".join(listed)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, (ast.Tuple, ast.List)) and all(map(_is_literal, node.elts))
    )


def _code(node: ast.expr) -> str:
    text = literal(node)
    return ast.unparse(node) if text is None else in_quotes(text, _QUOTES)
