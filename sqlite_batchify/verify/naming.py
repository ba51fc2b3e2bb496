"""Which constraint of a table a name is meant for, and the naming convention that lets a block find it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..names import (
    CHECK,
    FOREIGN_KEY,
    POSTGRESQL_CONVENTION,
    PRIMARY_KEY,
    UNIQUE,
    Exact,
    Shape,
    Template,
    columns_key,
    from_template,
    literal_template,
    mysql_key_number,
    postgresql_name,
)
from ..reading.exact import convention_code, token_of

KINDS = {FOREIGN_KEY: "foreign key", UNIQUE: "unique constraint", PRIMARY_KEY: "primary key", CHECK: "check constraint"}

_MADE_UP = re.compile(r"_(?:(?:fkey|key|pkey|check)\d*|ibfk_\d+)\Z")
_QUOTES = '"'


class There(NamedTuple):
    """A constraint that a table has on SQLite."""

    name: str | None
    shape: Shape

    @property
    def kind(self) -> str:
        return self.shape.kind

    @property
    def columns(self) -> tuple[str, ...]:
        return self.shape.columns

    def __str__(self) -> str:
        return " ".join(filter(None, (KINDS[self.kind], self.name, f"({', '.join(self.columns)})")))


class Sought(NamedTuple):
    """A name by which a block drops a constraint.

    ``kind`` is None where the script does not say it; ``columns`` are those of a constraint that the same block creates
    under this name.
    """

    name: str
    kind: str | None
    columns: tuple[str, ...] | None = None


def describe_constraints(table: str, there: Sequence[There]) -> str:
    """``on SQLite t has unique constraint uq_t (a), primary key (id) without a name``"""
    parts = (str(each) if each.name else f"{each} without a name" for each in there)
    return f"on SQLite {table} has {', '.join(parts) or 'no constraint'}"


def is_made_up(name: str, table: str) -> bool:
    """Whether a name has the form of those that PostgreSQL or MySQL make up, so that no convention gives it."""
    return name.startswith(f"{table}_") and _MADE_UP.search(name) is not None


def find_meant(sought: Sought, there: Sequence[There], convention: Mapping[str, str], in_order: bool) -> There | None:
    """The nameless constraint that a name is meant for, None if that cannot be told.

    ``convention`` is what the block has; ``in_order`` if the constraints stand in the order of their creation, in which
    MySQL numbers foreign keys.
    """
    free = [each for each in there if each.name is None and sought.kind in (None, each.kind)]
    called = [each for each in free if sought.name in _names_for(each.shape, convention)]
    again = [each for each in free if each.columns == sought.columns]
    may_be = [each for each in free if _may_be_called(sought, each)]
    ways = (called, again, _numbered(sought.name, free) if in_order else [], may_be, _spelled(sought.name, may_be))
    return next((found[0] for found in ways if len(found) == 1), None)


def _names_for(shape: Shape, convention: Mapping[str, str]) -> Iterator[str | None]:
    templates = (convention.get(shape.kind), POSTGRESQL_CONVENTION.get(shape.kind))
    yield from (from_template(each, shape) for each in templates if isinstance(each, str))
    yield postgresql_name(shape)


def _numbered(name: str, free: Sequence[There]) -> list[There]:
    keys = [each for each in free if each.kind == FOREIGN_KEY]
    number = mysql_key_number(name, keys[0].shape.table) if keys else 0
    return keys[number - 1 : number] if number else []


def _spelled(name: str, free: Sequence[There]) -> list[There]:
    """Those with the most columns of which all stand in the name."""
    found = [each for each in free if f"_{'_'.join(each.columns)}_" in f"_{name}_"]
    return [each for each in found if len(each.columns) == max(len(other.columns) for other in found)]


def _may_be_called(sought: Sought, there: There) -> bool:
    """Whether nothing speaks against it. A name that a database has made up tells the kind or more."""
    if mysql_key_number(sought.name, there.shape.table):
        return there.kind == FOREIGN_KEY
    if is_made_up(sought.name, there.shape.table):
        return sought.name.rstrip("0123456789") == postgresql_name(there.shape)
    return there.kind != PRIMARY_KEY or sought.kind == PRIMARY_KEY


def write_convention(
    meant: Mapping[There, str], there: Sequence[There], taken: Collection[str], convention: Mapping[str, str]
) -> str | None:
    """A naming convention, as code, that gives these names and no two constraints the same; None if there is none.

    ``taken`` are the names that the block gives itself, ``convention`` is what it has.
    """
    if not all(isinstance(each, str) for each in convention.values()):
        return None  # functions, whose code nobody knows
    written: dict[str, Template] = {**convention}
    used = {*taken, *(each.name for each in there)}
    for kind in dict.fromkeys(each.kind for each in meant):
        nameless = [each for each in there if each.name is None and each.kind == kind]
        templates = [each[kind] for each in (convention, POSTGRESQL_CONVENTION) if kind in each]
        templates += [literal_template(meant[each]) for each in nameless if len(nameless) == 1]
        given = {each: [from_template(each, of.shape) for of in nameless] for each in templates}
        fitting = (each for each, names in given.items() if _fit(names, nameless, meant, used))
        template = next(fitting, None)
        if template is not None:
            written[kind] = template
            continue
        exact = None if token_of(kind) in convention else _exact(nameless, meant)
        if exact is None or not _fit([name for _, name in exact.names], nameless, meant, used):
            return None
        written[kind] = exact
    return convention_code(written, _QUOTES)


def _fit(
    names: Sequence[str | None], nameless: Sequence[There], meant: Mapping[There, str], used: Collection[str | None]
) -> bool:
    """Whether these names for the nameless constraints are those that are meant, and no name is there twice."""
    right = all(meant.get(each, name) == name for each, name in zip(nameless, names, strict=True))
    return right and len(set(names)) == len(names) and not any(name is None or name in used for name in names)


def _exact(nameless: Sequence[There], meant: Mapping[There, str]) -> Exact | None:
    """The names themselves, where the columns of the constraints tell them apart."""
    keys = [columns_key(each.columns) for each in nameless if each.kind in (FOREIGN_KEY, UNIQUE)]
    if len(set(keys)) < len(nameless):
        return None
    names = [meant.get(each, f"{each.shape.table}_{key}") for each, key in zip(nameless, keys, strict=True)]
    return Exact(tuple(zip(keys, names, strict=True)))
