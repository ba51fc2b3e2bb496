"""ALTER TABLE, clause by clause.

PostgreSQL's grammar is that of https://www.postgresql.org/docs/current/sql-altertable.html, MySQL's that of
https://dev.mysql.com/doc/refman/8.4/en/alter-table.html. sqlglot leaves out what it has no place for, and its versions
differ in what they know of ALTER. So each clause is read on its own, in the form that all of them know (what is added,
as the element of a CREATE TABLE), then written again from what was understood, and has to come out token by token.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import TokenType, exp

from . import constraints
from .code import Code, NotUnderstoodError, Writer
from .constraints import Constraint, Table, name_of
from .tokens import Text, split
from .values import is_constant, read_default, read_type

if TYPE_CHECKING:
    from sqlglot import Token

_DIALECTS = ("postgres", "mysql")
_LONGEST = 10_000  # characters; what people write by hand is shorter
BIND_PARAMETER = re.compile(r"(?<![:\w\x5c]):\w")
"""How what ``sqlalchemy.text()`` takes for a parameter begins."""
_DROPPED = {"COLUMN": None, "CONSTRAINT": None, "FOREIGN KEY": "foreignkey"}
"""What DROP is understood of, and what Alembic calls such a constraint."""
_INDEX = re.compile(r"(UNIQUE\s+)?(?:INDEX|KEY)\b", re.IGNORECASE)
_USING = "USING"
_NOT_VALID = ["NOT", "VALID"]
_CASTS = ("{}::{}", "CAST({} AS {})")
"""What is said of the values of a column that gets another type, and means no more than that."""
_NOT_A_COLUMN = frozenset({*_DROPPED, "FOREIGN", "PRIMARY", "PRIMARY KEY", "INDEX", "KEY", "CHECK", "PARTITION"})


@dataclass(frozen=True)
class Statement:
    """An ALTER TABLE statement: the ``operations`` that do the same, as code, and whether SQLite takes it as it is."""

    sql: str
    operations: tuple[str, ...]
    sqlite_takes: bool


def read_statements(sql: str, writer: Writer) -> tuple[Statement, ...] | None:
    """Read the statements of an SQL text; None if there is anything in it that is not understood to the last token.

    One that is very long is not understood either.
    """
    if len(sql) > _LONGEST or "\\" in sql or BIND_PARAMETER.search(sql):
        return None
    with _without_warnings():
        for dialect in _DIALECTS:
            with suppress(NotUnderstoodError, RecursionError):
                return _Reader(dialect, writer).statements(sql)
    return None


@contextmanager
def _without_warnings() -> Iterator[None]:
    """sqlglot warns on stderr of what it does not know."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


@dataclass(frozen=True)
class _Clause:
    """What one clause of a statement does, and whether SQLite takes it where it is the only one."""

    operations: tuple[str, ...]
    sqlite_takes: bool = False


@dataclass
class _Column:
    """A column as ADD, MODIFY and CHANGE define it.

    ``before`` and ``after`` are its SQL behind the type, around what stands in it as it is (``opaque``): the default or
    the condition of a CHECK.
    """

    name: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    opaque: bool = False
    nullable: bool | None = None
    has_default: bool = False
    constraints: list[Constraint] = field(default_factory=list)

    def add(self, sql: str) -> None:
        (self.after if self.opaque else self.before).append(sql)

    def leave_open(self) -> None:
        if self.opaque:
            raise NotUnderstoodError
        self.opaque = True


class _Reader:
    """Reads statements in the dialect of one database. Its methods raise NotUnderstoodError."""

    def __init__(self, dialect: str, writer: Writer) -> None:
        self.dialect = dialect
        self.writer = writer

    def statements(self, sql: str) -> tuple[Statement, ...]:
        text = Text(sql, self.dialect)
        return tuple(self._statement(text.part(each)) for each in split(text.tokens, TokenType.SEMICOLON) if each)

    def _statement(self, text: Text) -> Statement:
        if text.words[:2] != ["ALTER", "TABLE"]:
            raise NotUnderstoodError
        stop = 3
        while stop < len(text.tokens) and text.tokens[stop].token_type == TokenType.DOT:
            stop += 2
        table = self._table([text.name(token) for token in text.tokens[2:stop:2]])
        clauses = [self._clause(text, each, table) for each in split(text.tokens[stop:], TokenType.COMMA)]
        operations = tuple(operation for clause in clauses for operation in clause.operations)
        return Statement(text.sql, operations, len(clauses) == 1 and clauses[0].sqlite_takes)

    def _table(self, names: Sequence[str]) -> Table:
        if len(names) not in (1, 2):
            raise NotUnderstoodError
        return Table(names[-1], names[0] if len(names) == 2 else None)

    def _clause(self, whole: Text, tokens: Sequence[Token], table: Table) -> _Clause:
        if len(tokens) < 2:
            raise NotUnderstoodError
        verb, rest = whole.word(tokens[0]), tokens[1:]
        of_column = len(rest) > 1 and whole.word(rest[0]) == "COLUMN"
        text = whole.part(rest[1:] if of_column else rest)
        if verb in ("ADD", "DROP") and not of_column and _INDEX.match(text.sql):
            with suppress(NotUnderstoodError):  # a column may be called key
                return self._index(text, verb, table)
        if verb == "ALTER":
            return self._alter(text, table)
        if verb == "DROP":
            return self._drop(text, of_column, table)
        if verb == "RENAME":
            return self._rename(text, of_column, table)
        if verb == "ADD":
            return self._add(text, of_column, table)
        if verb == "MODIFY":
            return self._redefine(text, None, table)
        if verb == "CHANGE":
            return self._redefine(text.part(text.tokens[1:]), text.name(text.tokens[0]), table)
        raise NotUnderstoodError

    # Clauses

    def _alter(self, text: Text, table: Table) -> _Clause:
        action = self._action(f"ALTER COLUMN {text.sql}", exp.AlterColumn)
        name = name_of(action.this)
        return self._alter_column(table, name, self._altered(text, action, self._quoted(name)))

    def _altered(self, text: Text, action: exp.Expr, column: str) -> dict[str, object]:
        nullable = action.args.get("allow_null")
        if action.args.get("dtype") is not None:
            start = f"{column} {'SET DATA TYPE' if text.words[1] == 'SET' else 'TYPE'}"
            place = text.words.index(_USING) if _USING in text.words else len(text.tokens)
            head, cast = text.part(text.tokens[:place]), text.part(text.tokens[place + 1 :])

            def read(type_: str) -> None:
                head.expect(f"{start} {type_}")
                if cast.tokens:
                    cast.expect(*(each.format(column, type_) for each in _CASTS))

            type_, _ = read_type(action.args["dtype"], read, self.writer)
            return {"type_": type_, **({"postgresql_using": cast.sql} if cast.tokens else {})}
        if action.args.get("default") is not None:
            return {"server_default": read_default(text.between(f"{column} SET DEFAULT"), self.writer)}
        if nullable is None:
            text.expect(f"{column} DROP DEFAULT")
            return {"server_default": None}
        text.expect(f"{column} {'DROP' if nullable else 'SET'} NOT NULL")
        return {"nullable": bool(nullable)}

    def _drop(self, text: Text, of_column: bool, table: Table) -> _Clause:
        restricted = len(text.tokens) > 1 and text.words[-1] == "RESTRICT"  # which is the default
        if of_column or text.words[0] not in _NOT_A_COLUMN:
            text = Text(f"COLUMN {text.sql}", self.dialect)
        text = text.part(text.tokens[:-1]) if restricted else text
        action = self._action(f"DROP {text.sql}", exp.Drop)
        kind, names = action.args.get("kind"), [each.name for each in action.find_all(exp.Identifier)]
        if kind not in _DROPPED or len(names) != 1:
            raise NotUnderstoodError
        text.expect(f"{kind} {self._quoted(names[0])}")
        if kind == "COLUMN":
            operation = self.writer.operation("drop_column", (table.name, names[0]), table.within)
            return _Clause((operation,), sqlite_takes=not restricted)
        type_: dict[str, object] = {} if _DROPPED[kind] is None else {"type_": _DROPPED[kind]}
        return _Clause((self.writer.operation("drop_constraint", (names[0], table.name), {**type_, **table.within}),))

    def _rename(self, text: Text, of_column: bool, table: Table) -> _Clause:
        if not of_column and text.words[0] == "TO":
            new = self._action(f"RENAME {text.sql}", exp.Expression).this
            text.expect(f"TO {self._quoted(name_of(new))}")
            operation = self.writer.operation("rename_table", (table.name, name_of(new)), table.within)
            return _Clause((operation,), sqlite_takes=True)
        action = self._action(f"RENAME COLUMN {text.sql}", exp.RenameColumn)
        old, new = name_of(action.this), name_of(action.args.get("to"))
        text.expect(f"{self._quoted(old)} TO {self._quoted(new)}")
        return self._alter_column(table, old, {"new_column_name": new}, sqlite_takes=True)

    def _index(self, text: Text, verb: str, table: Table) -> _Clause:
        """MySQL's clauses that create and drop an index, which has a statement of its own as well."""
        found = _INDEX.match(text.sql)
        unique, tokens = found is not None and found[1] is not None, text.tokens
        start = next(place for place, token in enumerate(tokens) if text.word(token).endswith(("INDEX", "KEY"))) + 1
        if len(tokens) <= start:
            raise NotUnderstoodError
        name, rest = text.name(tokens[start]), tokens[start + 1 :]
        if verb == "DROP":
            if rest or unique:
                raise NotUnderstoodError
            return _Clause((self.writer.operation("drop_index", (name,), {"table_name": table.name, **table.within}),))
        columns = tuple(text.name(token) for token in rest[1:-1:2])
        text.part(rest).expect(f"({', '.join(map(self._quoted, columns))})")
        keywords = {**({"unique": True} if unique else {}), **table.within}
        return _Clause((self.writer.operation("create_index", (name, table.name, columns), keywords),))

    def _alter_column(
        self, table: Table, column: str, keywords: dict[str, object], sqlite_takes: bool = False
    ) -> _Clause:
        operation = self.writer.operation("alter_column", (table.name, column), {**keywords, **table.within})
        return _Clause((operation,), sqlite_takes)

    def _add(self, text: Text, of_column: bool, table: Table) -> _Clause:
        unchecked = self.dialect == "postgres" and text.words[-2:] == _NOT_VALID
        text = text.part(text.tokens[:-2]) if unchecked else text
        element = self._element(text)
        if isinstance(element, exp.ColumnDef) and not unchecked:
            return self._add_column(text, element, table)
        constraint = constraints.of_table(element, self.dialect)
        condition = text.between(constraint.written, "" if constraint.condition is None else ")")
        if of_column or bool(condition.tokens) is (constraint.condition is None):
            raise NotUnderstoodError
        if unchecked and constraint.reference is None:  # SQLite would check the rows that are there
            raise NotUnderstoodError
        return _Clause((constraint.create(table, condition, self.writer, unchecked),))

    def _add_column(self, text: Text, element: exp.ColumnDef, table: Table) -> _Clause:
        column = self._column(element)
        type_, opaque = self._defined(text, element, column)
        keywords: dict[str, object] = {}
        if column.has_default:
            keywords["server_default"] = read_default(opaque, self.writer)
        if column.nullable is not None:
            keywords["nullable"] = column.nullable
        defined = self.writer.build("Column", (column.name, type_), keywords)
        added = self.writer.operation("add_column", (table.name, defined), table.within)
        created = [each.create(table, opaque, self.writer) for each in column.constraints]
        refused = constraints.REFUSED_IN_ADD_COLUMN & {each.operation for each in column.constraints}
        takes = not refused and not (column.has_default and not is_constant(opaque))
        return _Clause((added, *created), takes)

    def _redefine(self, text: Text, old: str | None, table: Table) -> _Clause:
        """MODIFY and CHANGE: what they do not say of a column is lost, but for the NOT NULL of a key's column."""
        element = self._element(text)
        if not isinstance(element, exp.ColumnDef):
            raise NotUnderstoodError
        column = self._column(element)
        if column.nullable is None or column.constraints:
            raise NotUnderstoodError
        type_, opaque = self._defined(text, element, column)
        renamed: dict[str, object] = {} if old in (None, column.name) else {"new_column_name": column.name}
        default = read_default(opaque, self.writer) if column.has_default else None
        keywords = {**renamed, "type_": type_, "nullable": column.nullable, "server_default": default}
        return self._alter_column(table, old or column.name, keywords)

    # Columns

    def _column(self, element: exp.ColumnDef) -> _Column:
        column = _Column(name_of(element))
        for each in element.args.get("constraints") or ():
            kind = each.args.get("kind")
            if isinstance(kind, exp.NotNullColumnConstraint) and not each.name:
                column.nullable = bool(kind.args.get("allow_null"))
                column.add("NULL" if column.nullable else "NOT NULL")
            elif isinstance(kind, exp.DefaultColumnConstraint) and not each.name:
                column.add("DEFAULT")
                column.leave_open()
                column.has_default = True
            else:
                self._constrain(column, constraints.of_column(kind, each.name or None, column.name, self.dialect))
        return column

    def _constrain(self, column: _Column, constraint: Constraint) -> None:
        column.constraints.append(constraint)
        column.add(constraint.written)
        if constraint.operation == constraints.PRIMARY_KEY:
            column.nullable = False
        if constraint.condition is not None:
            column.leave_open()
            column.add(")")

    def _defined(self, text: Text, element: exp.ColumnDef, column: _Column) -> tuple[Code, Text]:
        """The type of a column, and what stands in its SQL as it is."""

        def read(type_: str) -> Text:
            before = " ".join([self._quoted(column.name), type_, *column.before])
            opaque = text.between(before, " ".join(column.after))
            if bool(opaque.tokens) is not column.opaque:
                raise NotUnderstoodError
            return opaque

        return read_type(element.args.get("kind"), read, self.writer)

    # sqlglot

    def _action(self, sql: str, kind: type[exp.Expr]) -> exp.Expr:
        actions = self._parse(f"ALTER TABLE t {sql}").args.get("actions")
        if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], kind):
            raise NotUnderstoodError
        return actions[0]

    def _element(self, text: Text) -> exp.Expr:
        created = self._parse(f"CREATE TABLE t ({text.sql})")
        if not isinstance(created, exp.Create) or not isinstance(created.this, exp.Schema):
            raise NotUnderstoodError
        if len(created.this.expressions) != 1:
            raise NotUnderstoodError
        element: exp.Expr = created.this.expressions[0]
        return element

    def _parse(self, sql: str) -> exp.Expr:
        try:
            return sqlglot.parse_one(sql, read=self.dialect)
        except Exception as error:  # a TypeError, for some SQL that it does not know
            raise NotUnderstoodError from error

    def _quoted(self, name: str) -> str:
        return constraints.quoted(name, self.dialect)
