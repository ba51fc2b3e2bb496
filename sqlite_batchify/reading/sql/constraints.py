"""Constraints: what sqlglot reads of them, their SQL again, and the operations that create them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from .code import NotUnderstoodError, Writer
from .tokens import Text
from .values import read_condition

_ACTIONS = ("CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION")
_OPTIONS: dict[str, tuple[str, object]] = {
    "DEFERRABLE": ("deferrable", True),
    "INITIALLY DEFERRED": ("initially", "DEFERRED"),
    "INITIALLY IMMEDIATE": ("initially", "IMMEDIATE"),
    **{f"ON DELETE {action}": ("ondelete", action) for action in _ACTIONS},
    **{f"ON UPDATE {action}": ("onupdate", action) for action in _ACTIONS},
}
"""What may follow on REFERENCES, and the keyword that says so."""
PRIMARY_KEY = "create_primary_key"
_UNIQUE, _FOREIGN, _CHECK = "create_unique_constraint", "create_foreign_key", "create_check_constraint"
REFUSED_IN_ADD_COLUMN = frozenset({_UNIQUE, PRIMARY_KEY})
"""What SQLite's ADD COLUMN takes no column with."""


@dataclass(frozen=True)
class Table:
    name: str
    schema: str | None

    @property
    def within(self) -> dict[str, object]:
        """The keyword for its schema."""
        return {} if self.schema is None else {"schema": self.schema}


@dataclass(frozen=True)
class Constraint:
    """A constraint. ``written`` is its SQL, for a CHECK up to the condition."""

    operation: str
    name: str | None
    written: str
    columns: tuple[str, ...] = ()
    reference: exp.Reference | None = None
    condition: exp.Expr | None = None

    def create(self, table: Table, condition: Text, writer: Writer, unchecked: bool = False) -> str:
        """The operation; ``condition`` is what the parentheses of a CHECK hold. Raises NotUnderstoodError.

        ``unchecked`` if a foreign key need not hold of the rows that are there.
        """
        start = (self.name, table.name)
        if self.condition is not None:
            return writer.operation(self.operation, (*start, read_condition(condition, self.condition)), table.within)
        if self.reference is None:
            return writer.operation(self.operation, (*start, self.columns), table.within)
        referred, columns = _referred(self.reference)
        keywords = dict(_OPTIONS[option] for option in _options(self.reference))
        schemas = {"source_schema": table.schema, "referent_schema": referred.schema}
        keywords |= {name: schema for name, schema in schemas.items() if schema is not None}
        keywords |= {"postgresql_not_valid": True} if unchecked else {}
        return writer.operation(self.operation, (*start, referred.name, self.columns, columns), keywords)


def of_column(kind: object, name: str | None, column: str, dialect: str) -> Constraint:
    """A constraint that stands in the definition of a column. Raises NotUnderstoodError."""
    start = _start(name, dialect)
    own = (column,)
    if isinstance(kind, exp.UniqueColumnConstraint):
        return Constraint(_UNIQUE, name, f"{start}UNIQUE", own)
    if isinstance(kind, exp.PrimaryKeyColumnConstraint):
        return Constraint(PRIMARY_KEY, name, f"{start}PRIMARY KEY", own)
    if isinstance(kind, exp.Reference):
        return Constraint(_FOREIGN, name, start + _references(kind, dialect), own, kind)
    if isinstance(kind, exp.CheckColumnConstraint):
        return Constraint(_CHECK, name, f"{start}CHECK (", own, condition=kind.this)
    raise NotUnderstoodError


def of_table(element: exp.Expr, dialect: str) -> Constraint:
    """A constraint that stands on its own. Raises NotUnderstoodError."""
    name = None
    if isinstance(element, exp.Constraint) and len(element.expressions) == 1:
        name, element = name_of(element), element.expressions[0]
    start = _start(name, dialect)
    if isinstance(element, exp.UniqueColumnConstraint) and isinstance(element.this, exp.Schema):
        columns = _names(element.this)
        return Constraint(_UNIQUE, name, f"{start}UNIQUE {_listed(columns, dialect)}", columns)
    if isinstance(element, exp.PrimaryKey):
        columns = _names(element)
        return Constraint(PRIMARY_KEY, name, f"{start}PRIMARY KEY {_listed(columns, dialect)}", columns)
    if isinstance(element, exp.ForeignKey) and isinstance(element.args.get("reference"), exp.Reference):
        columns, reference = _names(element), element.args["reference"]
        written = f"{start}FOREIGN KEY {_listed(columns, dialect)} {_references(reference, dialect)}"
        return Constraint(_FOREIGN, name, written, columns, reference)
    if isinstance(element, exp.CheckColumnConstraint):
        return Constraint(_CHECK, name, f"{start}CHECK (", condition=element.this)
    raise NotUnderstoodError


def name_of(node: object) -> str:
    """The name that a node has. Raises NotUnderstoodError if it has none."""
    name = getattr(node, "name", None)
    if not isinstance(name, str) or not name:
        raise NotUnderstoodError
    return name


def quoted(name: str, dialect: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _start(name: str | None, dialect: str) -> str:
    return "" if name is None else f"CONSTRAINT {quoted(name, dialect)} "


def _references(reference: exp.Reference, dialect: str) -> str:
    referred, columns = _referred(reference)
    schema = "" if referred.schema is None else f"{quoted(referred.schema, dialect)}."
    start = f"REFERENCES {schema}{quoted(referred.name, dialect)} {_listed(columns, dialect)}"
    return " ".join([start, *_options(reference)])


def _referred(reference: exp.Reference) -> tuple[Table, tuple[str, ...]]:
    schema = reference.this
    if not isinstance(schema, exp.Schema) or not isinstance(schema.this, exp.Table):
        raise NotUnderstoodError
    return Table(name_of(schema.this), schema.this.db or None), _names(schema)


def _options(reference: exp.Reference) -> list[str]:
    options = [str(option).upper() for option in reference.args.get("options") or ()]
    if len({_OPTIONS.get(option, ("",))[0] for option in options} - {""}) != len(options):
        raise NotUnderstoodError
    return options


def _names(node: exp.Expr) -> tuple[str, ...]:
    return tuple(map(name_of, node.expressions))


def _listed(names: Sequence[str], dialect: str) -> str:
    return f"({', '.join(quoted(name, dialect) for name in names)})"
