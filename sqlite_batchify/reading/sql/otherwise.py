"""Statements that SQLite says in other words.

What sqlglot reads as PostgreSQL's is written as SQLite's only if all of it is of a kind that does the same there; the
tests run both on drawn rows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from .catalogs import asked_of_sqlite, asks_catalog
from .code import NotUnderstoodError
from .defaults import ARRAY, BOOLEAN, NOW, RANDOM, is_span, of_literal, on_sqlite
from .documents import Documents, is_text
from .engine import quoted, refusal
from .foreign import Meaning, meaning_of, statements_of
from .indexes import index_on_sqlite, may_hold_index, refused_indexes
from .plainer import plainer, without_public

_NAME = r"""("[^"]+"|`[^`]+`|\w+)"""
_TRUNCATE = re.compile(
    rf"TRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?{_NAME}(?:\s+(?:RESTART|CONTINUE)\s+IDENTITY)?", re.IGNORECASE
)
_DROP_TABLE = re.compile(rf"DROP\s+TABLE\s+(IF\s+EXISTS\s+)?{_NAME}\s+(?:CASCADE|RESTRICT)", re.IGNORECASE)
_CONCURRENTLY = re.compile(r"(\bINDEX\s)\s*CONCURRENTLY\s|\sUSING\s+btree\b", re.IGNORECASE)
_ADDS = re.compile(r"ALTER\s+TABLE\s+\S+\s+ADD\b", re.IGNORECASE)
_CALLED = re.compile(r"\b(?!ON\b|IN\b|AND\b|OR\b|NOT\b|WHERE\b|COALESCE\b)\w+\s*\(", re.IGNORECASE)
_ROWS = re.compile(r"(?:UPDATE|DELETE|INSERT)\b", re.IGNORECASE)
_AS_IT_IS = re.compile(r"(?:UPDATE|DELETE|INSERT|CREATE|DROP)\b", re.IGNORECASE)
"""Of an ALTER TABLE SQLite does not say if it takes it where its table is not there."""
_BEGINS = re.compile(r"\bBEGIN\b", re.IGNORECASE)
_BIND_PARAMETER = re.compile(r"(?<![:\w\x5c]):\w|%[s%(]")
_STRINGS = re.compile(r"'[^']*'")
_LONGEST = 10_000
_MOST = 50  # statements
_KNOWN = frozenset(
    {"Update", "Delete", "Insert", "Table", "TableAlias", "Identifier", "Column", "Literal", "Null", "Boolean", "Where"}
    | {"And", "Or", "Not", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Is", "In", "Between", "Paren", "Coalesce", "Lower"}
    | {"Upper", "DPipe", "Exists", "Subquery", "Select", "From", "Join", "Alias", "Case", "If", "Add", "Sub", "Mul"}
    | {"Values", "Tuple", "Schema", "Neg", "Length", "Trim", "Nullif", "Star", "Count"}
)
"""The parts of statements that mean the same on SQLite, by their names in sqlglot."""
_ARGUMENTS = {
    "Update": {"this", "expressions", "from", "from_", "where"},
    "Delete": {"this", "using", "where"},
    "Insert": {"this", "expression"},
    "Select": {"expressions", "from", "from_", "where", "joins"},
    "Table": {"this", "alias", "joins"},
    "Join": {"this", "kind", "side", "on"},
    "Trim": {"this"},
    "Count": {"this", "big_int"},
}
_TEXTS = frozenset({"TEXT", "VARCHAR", "CHAR", "JSON", "JSONB", "USERDEFINED", "USER-DEFINED", "NAME", "ENUM"})
_OF_UPDATE = frozenset({"this", "expressions", "where"})
_NEARLY = frozenset({"Lower", "Upper", "DPipe"})
"""What SQLite does with ASCII letters only, or with numbers as it writes them."""
_KINDS = {"ARRAY": ARRAY, "LIST": ARRAY, "BOOLEAN": BOOLEAN}
_NUMBERS = frozenset({"INT", "BIGINT", "SMALLINT"})


class Otherwise(NamedTuple):
    """The SQL for SQLite; ``safe`` if it surely does the same, whatever the types of the columns."""

    sql: str
    safe: bool


@lru_cache(maxsize=16)
def said_otherwise(sql: str) -> Otherwise | None:
    """The SQL that does the same on SQLite; None if that is not known."""
    plain = sql.strip().rstrip("; \r\n")
    if ";" in _STRINGS.sub("", plain) or len(plain) > _LONGEST:
        return None
    if (told := without_public(plain)) != plain:
        return said_otherwise(told) or (Otherwise(told, True) if meaning_of(told) is None and _is_taken(told) else None)
    if asks_catalog(plain):
        asked = asked_of_sqlite(plain)
        return None if asked is None else Otherwise(*asked)
    if (found_plainer := plainer(plain)) is not None and _ADDS.match(plain):
        return Otherwise(found_plainer.sql, True)
    if may_hold_index(plain):
        index = index_on_sqlite(plain)
        return _without_concurrently(plain) if index is None else Otherwise(index, True)
    if (found := _TRUNCATE.fullmatch(plain)) is not None:
        return Otherwise(f"DELETE FROM {_table(found[1])}", True)
    if (found := _DROP_TABLE.fullmatch(plain)) is not None:
        return Otherwise(f"DROP TABLE {'IF EXISTS ' if found[1] else ''}{_table(found[2])}", False)
    return _of_rows(plain) if _ROWS.match(plain) and not _BIND_PARAMETER.search(plain) else None


def several_otherwise(sql: str) -> tuple[tuple[str, ...], bool] | None:
    """What a text of more than one statement is on SQLite, which takes one at a time, and if that surely does the same.

    None if one of them is not known. What means nothing there is left out.
    """
    parts = statements_of(sql)
    told: list[Otherwise] = []
    for each in parts if 1 < len(parts) <= _MOST else ():
        meaning = meaning_of(each)
        if meaning is Meaning.NOTHING and _BEGINS.search(each):  # where its body ends is not sure
            return None
        found = None if meaning is Meaning.NOTHING else said_otherwise(each)
        if found is None and meaning is None and _AS_IT_IS.match(each) and _is_taken(each):
            found = Otherwise(each, True)
        if found is not None:
            told.append(found)
        elif meaning is not Meaning.NOTHING:
            return None
    return (tuple(each.sql for each in told), all(each.safe for each in told)) if told else None


def _without_concurrently(sql: str) -> Otherwise | None:
    """An index that SQLite takes if nothing is said of how it is made; what is unique may be so by other functions."""
    told = _CONCURRENTLY.sub(r"\1", sql)
    if told == sql or any(refused_indexes(told)):
        return None
    start = told.index("(")
    return Otherwise(told, " UNIQUE " not in told[:start].upper() or _CALLED.search(told, start) is None)


def _table(name: str) -> str:
    return name if name.isidentifier() else quoted(name[1:-1])


def _of_rows(sql: str) -> Otherwise | None:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        statement = sqlglot.parse_one(sql, read="postgres")
        written = _Translated(statement)
        told = written.sql()
    except (SqlglotError, NotUnderstoodError, ValueError, TypeError, AttributeError):
        return None
    return Otherwise(told, written.safe) if _is_taken(told) else None


def _is_taken(sql: str) -> bool:
    """Whether SQLite takes it where its tables are there."""
    error = refusal(sql)
    return error is None or error.startswith("no such table")


class _Translated:
    """A statement whose parts are replaced by what SQLite has."""

    def __init__(self, statement: Any) -> None:
        from sqlglot import exp

        self.exp = exp
        self.safe = True
        self.documents = Documents(exp, statement, lambda node: str(self._replaced(node.copy()).sql(dialect="sqlite")))
        self.statement = self._replaced(statement)

    def sql(self) -> str:
        exp = self.exp
        if isinstance(self.statement, exp.Delete) and self.statement.args.get("using"):
            return self._delete_using(self.statement)
        return str(self.statement.sql(dialect="sqlite"))

    def _delete_using(self, statement: Any) -> str:
        table, where, using = (statement.args.get(each) for each in ("this", "where", "using"))
        others = ", ".join(each.sql(dialect="sqlite") for each in (using if isinstance(using, list) else [using]))
        rows = f"SELECT {quoted(table.alias_or_name)}.rowid FROM {table.sql(dialect='sqlite')}, {others}"
        inner = rows if where is None else f"{rows} {where.sql(dialect='sqlite')}"
        self.safe = False
        return f"DELETE FROM {quoted(table.name)} WHERE rowid IN ({inner})"

    def _replaced(self, node: Any) -> Any:
        """The same with each part in SQLite's words. Raises NotUnderstoodError."""
        exp = self.exp
        here = self._here(node)
        if here is not None:
            return here
        name = type(node).__name__
        if name not in _KNOWN or (name in ("Add", "Sub") and is_text(node.expression)):
            raise NotUnderstoodError(name)
        given = {key for key, value in node.args.items() if value not in (None, False, [])}
        if not given <= _ARGUMENTS.get(name, given):
            raise NotUnderstoodError(name)
        if isinstance(node, exp.Column) and len(node.parts) > 2:
            raise NotUnderstoodError("schema")
        for key, value in list(node.args.items()):
            if isinstance(value, list):
                node.set(key, [self._replaced(each) if isinstance(each, exp.Expression) else each for each in value])
            elif isinstance(value, exp.Expression):
                node.set(key, self._replaced(value))
        self.safe = self.safe and name not in _NEARLY and not (name == "Update" and len(given - _OF_UPDATE))
        return node

    def _here(self, node: Any) -> Any:
        """What SQLite has in place of a part."""
        exp = self.exp
        document = self.documents.here(node)
        if document is not None:
            self.safe = False  # what is no object does otherwise
            return exp.Var(this=document)
        if isinstance(node, exp.Cast):
            return self._cast(node)
        if isinstance(node, exp.ILike):
            if {key for key, value in node.args.items() if value} != {"this", "expression"}:
                raise NotUnderstoodError("NOT ILIKE")
            self.safe = False  # SQLite folds ASCII letters only
            return exp.Like(this=self._replaced(node.this), expression=self._replaced(node.expression))
        if isinstance(node, (exp.Add, exp.Sub)) and self._is_span(node.expression):
            here = on_sqlite(node.sql(dialect="postgres"))
            if here is None or not is_span(here.text):
                raise NotUnderstoodError("INTERVAL")
            self.safe = False  # a time as a text may have a fraction, or none
            return exp.Var(this=here.text)
        if isinstance(node, exp.CurrentTimestamp):
            return exp.Var(this="CURRENT_TIMESTAMP")
        if isinstance(node, exp.Func) and type(node).__name__ not in _KNOWN:
            here = on_sqlite(node.sql(dialect="postgres"))
            if here is None or here.text not in (NOW, RANDOM):
                raise NotUnderstoodError(type(node).__name__)
            return exp.Var(this="CURRENT_TIMESTAMP" if here.text == NOW else RANDOM)
        return None

    def _is_span(self, node: Any) -> bool:
        exp = self.exp
        return isinstance(node, exp.Interval) or (isinstance(node, exp.Cast) and node.is_type("interval"))

    def _cast(self, node: Any) -> Any:
        exp = self.exp
        inner, type_ = node.this, node.args["to"]
        name = type_.this if isinstance(type_.this, str) else getattr(type_.this, "value", "")
        if isinstance(inner, exp.Literal) and inner.is_string and name in (*_TEXTS, *_KINDS):
            here = of_literal(inner.this, _KINDS.get(name, ""))
            if here is not None:
                return exp.Var(this=here)
        if isinstance(inner, exp.Literal) and not inner.is_string and name in _NUMBERS and inner.this.isdecimal():
            return inner
        if isinstance(inner, exp.Null):
            return inner
        if name in ("USERDEFINED", "USER-DEFINED"):
            self.safe = False
            return self._replaced(inner)
        if name in ("TEXT", "VARCHAR") and not type_.expressions:
            self.safe = False
            return exp.Cast(this=self._replaced(inner), to=exp.DataType.build("text"))
        raise NotUnderstoodError(name)
