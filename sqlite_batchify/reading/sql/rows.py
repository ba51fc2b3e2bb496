"""Statements about rows, and expressions, that SQLite says in other words.

What sqlglot reads as PostgreSQL's is written as SQLite's only if all of it is of a kind that does the same there; the
tests run both on drawn rows.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .code import NotUnderstoodError
from .defaults import BOOLEAN, NOW, RANDOM, array_of, is_span, of_literal, on_sqlite
from .documents import Documents, is_text
from .engine import quoted, refusal
from .firsts import first_of_each

_KNOWN = frozenset(
    {"Update", "Delete", "Insert", "Table", "TableAlias", "Identifier", "Column", "Literal", "Null", "Boolean", "Where"}
    | {"And", "Or", "Not", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Is", "In", "Between", "Paren", "Coalesce", "Lower"}
    | {"Upper", "DPipe", "Exists", "Subquery", "Select", "From", "Join", "Alias", "Case", "If", "Add", "Sub", "Mul"}
    | {"Values", "Tuple", "Schema", "Neg", "Length", "Trim", "Nullif", "Star", "Count", "Distinct", "Group", "Order"}
    | {"Ordered", "Limit", "Min", "Max", "Replace", "Abs", "NullSafeEQ", "NullSafeNEQ"}
)
"""The parts of statements that mean the same on SQLite, by their names in sqlglot."""
_ARGUMENTS = {
    "Update": {"this", "expressions", "from", "from_", "where"},
    "Delete": {"this", "using", "where"},
    "Insert": {"this", "expression"},
    "Select": {"expressions", "from", "from_", "where", "joins", "distinct", "group", "order", "limit"},
    "Distinct": set(),
    "Group": {"expressions"},
    "Ordered": {"this", "desc", "nulls_first"},
    "Limit": {"expression"},
    "Replace": {"this", "expression", "replacement"},
    "Table": {"this", "alias", "joins"},
    "Join": {"this", "kind", "side", "on"},
    "Trim": {"this"},
    "Count": {"this", "big_int"},
}
_TEXTS = frozenset({"TEXT", "VARCHAR", "CHAR", "JSON", "JSONB", "USERDEFINED", "USER-DEFINED", "NAME", "ENUM"})
_OF_UPDATE = frozenset({"this", "expressions", "where"})
_NEARLY = frozenset({"Lower", "Upper", "DPipe", "Ordered", "Min", "Max"})
"""What SQLite does with ASCII letters only, with numbers as it writes them, or in an order of its own."""
_DIALECTS = ("postgres", "mysql")
_OF_MYSQL = re.compile(r"(?i)\bIF\s*\(|^\s*(?:UPDATE|DELETE)\b(?:[^=]*?\bJOIN\b|[^=(]*,[^=]*\bSET\b)")
_OTHER_IN_MYSQL = re.compile(r"[\"#?@~&\\]|\|\||::|--|(?<!['\w])[EeBbXxNn]'|\bONLY\b")
"""Where these are texts, comments, AND, OR, or nothing."""
_HOW = frozenset({"IGNORE", "LOW_PRIORITY", "QUICK"})
"""What MySQL has between the verb and the table."""
_OF_TEXTS = frozenset({"Column", "Lower", "Upper", "Trim", "DPipe", "Replace"})
"""What is a text, or a column, whose type says how it is compared."""
TRUTHS = frozenset({"t", "f", "true", "false", "y", "n", "yes", "no", "on", "off"})
_NULLS = {"num_nonnulls": "IS NOT NULL", "num_nulls": "IS NULL"}
_ROW = "ctid"
_SELECTED = re.compile(r"SELECT (.+) FROM t", re.DOTALL)
_ARRAYS = ("ARRAY", "LIST")
_NUMBERS = frozenset({"INT", "BIGINT", "SMALLINT"})


class Otherwise(NamedTuple):
    """The SQL for SQLite; ``safe`` if it surely does the same, whatever the types of the columns.

    ``truth`` is the column of its result that is true or false elsewhere, and a number there.
    """

    sql: str
    safe: bool
    truth: str = ""


def rows_on_sqlite(sql: str) -> Otherwise | None:
    """A statement that does the same on SQLite; None if that is not known."""
    for dialect in _DIALECTS[: 2 if _OF_MYSQL.search(sql) and not _OTHER_IN_MYSQL.search(sql) else 1]:
        told = _translated(sql, dialect)
        if told is not None and is_taken(told.sql):
            return told
    return None


def _translated(sql: str, dialect: str) -> Otherwise | None:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        written = _Translated(sqlglot.parse_one(sql, read=dialect), dialect)
        return Otherwise(written.sql(), written.safe and dialect == _DIALECTS[0])
    except (SqlglotError, NotUnderstoodError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def expression_on_sqlite(sql: str) -> Otherwise | None:
    """An expression about the columns of a table that is worth the same on SQLite; None if that is not known."""
    here = rows_on_sqlite(f"SELECT {sql} FROM t")
    found = None if here is None else _SELECTED.fullmatch(here.sql)
    return None if here is None or found is None else Otherwise(found[1], here.safe)


def query_on_sqlite(sql: str) -> Otherwise | None:
    """A query that does the same on SQLite, with the names that PostgreSQL gives its columns."""
    here = rows_on_sqlite(sql)
    if here is None or "CAST(" not in here.sql:
        return here
    import sqlglot
    from sqlglot import exp

    statement = sqlglot.parse_one(here.sql, read="sqlite")
    for each in statement.expressions if isinstance(statement, exp.Select) else ():
        if isinstance(each, exp.Cast) and isinstance(each.this, exp.Column):
            each.replace(exp.alias_(each.copy(), each.this.name))
    return here._replace(sql=statement.sql(dialect="sqlite"))


def is_taken(sql: str) -> bool:
    """Whether SQLite takes it where its tables are there."""
    error = refusal(sql)
    return error is None or error.startswith("no such table")


class _Translated:
    """A statement whose parts are replaced by what SQLite has."""

    def __init__(self, statement: Any, dialect: str) -> None:
        from sqlglot import exp

        self.exp = exp
        self.of_mysql = dialect != _DIALECTS[0]
        self.safe = True
        self.documents = Documents(exp, statement, lambda node: str(self._replaced(node.copy()).sql(dialect="sqlite")))
        self.statement = self._replaced(self._joined(statement))

    def sql(self) -> str:
        exp = self.exp
        if isinstance(self.statement, exp.Delete) and self.statement.args.get("using"):
            return self._delete_using(self.statement)
        return str(self.statement.sql(dialect="sqlite"))

    def _joined(self, statement: Any) -> Any:
        """MySQL's UPDATE and DELETE of one table among others, as PostgreSQL says it."""
        exp = self.exp
        table = statement.this
        joins = table.args.get("joins") if isinstance(table, exp.Table) else None
        if not joins or not isinstance(statement, (exp.Update, exp.Delete)):
            return statement
        self.of_mysql = True  # nothing else has it
        if table.name.upper() in _HOW:
            raise NotUnderstoodError(table.name)
        if any(each.args.get("side") == "LEFT" for each in joins):
            return self._of_rows(statement, table)
        if any({key for key, value in each.args.items() if value} - {"this", "on", "kind"} for each in joins):
            raise NotUnderstoodError("JOIN")
        if any(each.args.get("kind") not in (None, "", "INNER") for each in joins):
            raise NotUnderstoodError("JOIN")
        wheres = [each.args["on"] for each in joins if each.args.get("on") is not None]
        wheres += [] if statement.args.get("where") is None else [statement.args["where"].this]
        others = [each.this for each in joins]
        table.set("joins", None)
        if wheres:
            statement.set("where", exp.Where(this=exp.and_(*wheres)))
        if isinstance(statement, exp.Delete):
            self._delete_from(statement, table)
            statement.set("using", others)
            return statement
        for each in statement.expressions:
            if not isinstance(each, exp.EQ) or each.this.table not in ("", table.alias_or_name):
                raise NotUnderstoodError("SET")
            each.set("this", exp.column(each.this.name))
        return self._from(statement, others)

    def _delete_from(self, statement: Any, table: Any) -> None:
        """It deletes from the first table only. Raises NotUnderstoodError if not."""
        if [each.name for each in statement.args.get("tables") or ()] != [table.alias_or_name]:
            raise NotUnderstoodError("DELETE")
        statement.set("tables", None)

    def _of_rows(self, statement: Any, table: Any) -> Any:
        """The same by the rows that a query finds, for a statement that takes what it sets from one table only."""
        exp = self.exp
        self.safe = False
        name, where = table.alias_or_name, statement.args.get("where")
        found = exp.select(exp.column("rowid", table=name)).from_(table.copy())
        rows = found if where is None else found.where(where.this.copy())
        if isinstance(statement, exp.Delete):
            self._delete_from(statement, table)
            table.set("alias", None)
        for each in statement.expressions:
            if not isinstance(each, exp.EQ) or {column.table for column in each.find_all(exp.Column)} != {name}:
                raise NotUnderstoodError("SET")
            each.set("this", exp.column(each.this.name))
        table.set("joins", None)
        statement.set("where", exp.Where(this=exp.In(this=exp.column("rowid"), query=exp.Subquery(this=rows))))
        return statement

    def _from(self, statement: Any, others: list[Any]) -> Any:
        exp = self.exp
        first = others[0]
        first.set("joins", [exp.Join(this=each) for each in others[1:]])
        name = "from_" if "from_" in exp.Update.arg_types else "from"
        statement.set(name, exp.From(this=first))
        return statement

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
        if self._is_of_mysql(node):
            raise NotUnderstoodError(name)
        self.safe = self.safe and not self._hangs_on_types(node)
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

    def _is_of_mysql(self, node: Any) -> bool:
        """Whether it is a function of MySQL's in a statement of another, or assignments that MySQL makes in turn."""
        exp = self.exp
        if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
            return not self.of_mysql
        set_ = node.expressions if self.of_mysql and isinstance(node, exp.Update) else []
        done = [each.this.name.lower() for each in set_]
        used = [{column.name.lower() for column in each.expression.find_all(exp.Column)} for each in set_]
        return any(not used[number].isdisjoint(done[:number]) for number in range(len(set_)))

    def _hangs_on_types(self, node: Any) -> bool:
        """Whether it does the same only for columns of some types.

        A day and a number can be added on PostgreSQL, an enumeration has an order of its own, a text that is compared
        with a number or a boolean becomes one.
        """
        exp = self.exp
        if isinstance(node, (exp.Add, exp.Sub)):
            return isinstance(node.this, exp.Column)
        if isinstance(node, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)):
            own = ("USERDEFINED", "USER-DEFINED")
            casts = (each.args["to"].this for each in node.find_all(exp.Cast))
            if any((each if isinstance(each, str) else each.value) in own for each in casts):
                return True
        if isinstance(node, (exp.EQ, exp.NEQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)):
            parts = [node.this, *(each for each in node.args.values() if isinstance(each, exp.Expression))]
            parts += node.expressions
            texts = [each for each in parts if isinstance(each, exp.Literal) and each.is_string]
            return bool(texts) and (
                type(node.this).__name__ not in _OF_TEXTS or any(each.this.lower() in TRUTHS for each in texts)
            )
        return False

    def _here(self, node: Any) -> Any:
        """What SQLite has in place of a part."""
        exp = self.exp
        if isinstance(node, (exp.EQ, exp.NEQ)) and (array := self._array(node)) is not None:
            return self._listed(node, array)
        distinct = node.args.get("distinct") if isinstance(node, exp.Select) else None
        if distinct is not None and distinct.args.get("on") is not None:
            self.safe = False  # of rows alike it may be any
            return exp.Var(this=first_of_each(exp, node, lambda part: self._replaced(part).sql(dialect="sqlite")))
        if isinstance(node, exp.Column) and node.name == _ROW and not node.this.args.get("quoted"):
            self.safe = False  # which of several rows alike that is differs
            return exp.column("rowid", table=node.table or None)
        if isinstance(node, exp.Anonymous) and node.name.lower() in _NULLS:
            sign = _NULLS[node.name.lower()]
            told = (self._replaced(each).sql(dialect="sqlite") for each in node.expressions)
            return exp.Var(this=f"({' + '.join(f'(({each}) {sign})' for each in told)})")
        if isinstance(node, exp.Anonymous) and node.name.upper() == "REPLACE" and len(node.expressions) == 3:
            given = ", ".join(self._replaced(each).sql(dialect="sqlite") for each in node.expressions)
            return exp.Var(this=f"REPLACE({given})")  # as older versions of sqlglot read it
        if isinstance(node, (exp.Left, exp.Right, exp.Substring)):
            return self._characters(node)
        if isinstance(node, exp.Array) or (isinstance(node, exp.Cast) and isinstance(node.this, exp.Array)):
            here = on_sqlite(node.sql(dialect="postgres"))
            if here is None or not here.known:
                raise NotUnderstoodError("ARRAY")
            return exp.Var(this=here.text)
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
            here = on_sqlite("now()" if type(node).__name__ == "UtcTimestamp" else node.sql(dialect="postgres"))
            if here is None or here.text not in (NOW, RANDOM):
                raise NotUnderstoodError(type(node).__name__)
            return exp.Var(this="CURRENT_TIMESTAMP" if here.text == NOW else RANDOM)
        return None

    def _array(self, node: Any) -> Any:
        """The array in ``x = ANY (ARRAY[...])`` and ``x <> ALL (ARRAY[...])``."""
        exp = self.exp
        other = node.expression
        if isinstance(node, exp.EQ) and isinstance(other, exp.Any):
            array = other.this.unnest() if isinstance(other.this, exp.Paren) else other.this
        elif isinstance(node, exp.NEQ) and isinstance(other, (exp.All, exp.Anonymous)):
            given = [other.this] if isinstance(other, exp.All) else other.expressions
            array = given[0].unnest() if len(given) == 1 and other.name.upper() in ("ALL", "") else None
        else:
            return None
        return array if isinstance(array, exp.Array) and array.expressions else None

    def _listed(self, node: Any, array: Any) -> Any:
        exp = self.exp
        values = [self._replaced(each) for each in array.expressions]
        found = exp.In(this=self._replaced(node.this), expressions=values)
        return found if isinstance(node, exp.EQ) else exp.Not(this=found)

    def _characters(self, node: Any) -> Any:
        """Some of a text's characters, from the first or the last on (https://sqlite.org/lang_corefunc.html#substr)."""
        exp = self.exp
        given = [node.args.get(each) for each in ("start", "length", "expression")]
        numbers = [each.this for each in given if isinstance(each, exp.Literal) and not each.is_string]
        if not numbers or len(numbers) != sum(each is not None for each in given):
            raise NotUnderstoodError("a number that is worked out")
        if not all(each.isdecimal() and int(each) > 0 for each in numbers):
            raise NotUnderstoodError("a place before the first")
        if isinstance(node, exp.Left):
            numbers = ["1", *numbers]
        elif isinstance(node, exp.Right):
            numbers = [f"-{numbers[0]}"]
        text = self._replaced(node.this).sql(dialect="sqlite")
        self.safe = False  # what is no text is written in another way
        return exp.Var(this=f"SUBSTR({', '.join([text, *numbers])})")

    def _is_span(self, node: Any) -> bool:
        exp = self.exp
        return isinstance(node, exp.Interval) or (isinstance(node, exp.Cast) and node.is_type("interval"))

    def _cast(self, node: Any) -> Any:
        exp = self.exp
        inner, type_ = node.this, node.args["to"]
        name = type_.this if isinstance(type_.this, str) else getattr(type_.this, "value", "")
        if isinstance(inner, exp.Literal) and inner.is_string and name in (*_TEXTS, *_ARRAYS, "BOOLEAN"):
            kind = BOOLEAN if name == "BOOLEAN" else ""
            if name in _ARRAYS:
                kind = array_of(type_.expressions[0].sql() if type_.expressions else "")
            here = of_literal(inner.this, kind)
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
