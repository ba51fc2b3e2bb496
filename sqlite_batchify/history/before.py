"""What the history tells of a table before an operation that copies it, for what a copy would lose. Data, and where
it comes from: nothing is told here that is not sure on SQLite.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from ..names import FOREIGN_KEY, PRIMARY_KEY, UNKNOWN
from ..reading import events as facts
from ..reading.events import BOOLEAN, Arms, CheckedType, Event
from ..reading.kinds import SA, spoils
from ..reading.sql.engine import written_name
from ..reading.syntax import in_quotes
from ..reading.whole import Whole
from .tables import COLUMN, NAME, Known, Origin, TableState

_QUOTES = '"'
_TAKING = re.compile(r'ondelete="(CASCADE|SET NULL|SET DEFAULT)"', re.IGNORECASE)


class Retyped(NamedTuple):
    """A column that gets a type under which a copy spoils values, or may.

    ``old`` and ``new`` are the types, ``old`` empty if it is not known; ``code`` is the whole column with the new type
    (with SA), empty if not all of it is surely known. ``silent`` if there is nothing to say where it is not: a number
    that loses what stands behind its point does so on other databases, and what the script itself changes before may be
    what the new type takes.
    """

    column: str
    old: str
    new: str
    code: str = ""
    silent: bool = False


class Check(NamedTuple):
    """A nameless CHECK: which one, its SQL, and the column whose type makes it, empty if none does."""

    origin: Origin
    sql: str
    of_column: str = ""


class Before(NamedTuple):
    """What is told of a table before an operation, and what that does to it.

    ``autoincrement`` if it has that; ``checks`` are its nameless CHECKs, ``remaining`` those that are there afterwards;
    ``columns`` are those of which a copy loses something, each as code (with SA). ``changed`` are the columns that the
    operation drops, renames or gives another type, ``dropped`` those that it drops; ``key`` if it may change the
    primary key. ``retyped`` is what it spoils. ``children`` are the tables whose rows go or change if the table is
    dropped while foreign keys are enforced, ``enforced`` if the script itself has turned them on. ``scripts`` are those
    that all of this comes from.
    """

    autoincrement: bool = False
    checks: tuple[Check, ...] = ()
    remaining: tuple[Check, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    changed: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    key: bool = False
    retyped: Retyped | None = None
    children: tuple[str, ...] = ()
    enforced: bool = False
    scripts: frozenset[str] = frozenset()

    @property
    def codes(self) -> tuple[str, ...]:
        """What a block may be given of it, as code."""
        columns = (*self.columns, *([(self.retyped.column, self.retyped.code)] if self.retyped is not None else []))
        return (*(code for _, code in columns), *(check.sql for check in self.checks))

    @property
    def says_something(self) -> bool:
        return bool(self.autoincrement or self.checks or self.columns or self.retyped or self.children)

    def unsure(self) -> Before:
        """What is left if scripts have a say in it that may not have run."""
        retyped = self.retyped and self.retyped._replace(code="")
        return Before(retyped=retyped, changed=self.changed, dropped=self.dropped, key=True)

    def joined(self, other: Before) -> Before:
        """What holds both times that the same call is made."""
        if self == other:
            return self
        retyped = self.retyped or other.retyped
        children = dict.fromkeys((*self.children, *other.children))
        return Before(
            retyped=retyped and retyped._replace(code=""),
            changed=self.changed | other.changed,
            dropped=self.dropped | other.dropped,
            key=True,
            children=tuple(children),
            enforced=self.enforced and other.enforced,
            scripts=self.scripts | other.scripts,
        )


def read_before(event: Event, table: TableState, sure: bool, updated: Container[str]) -> Before:
    """What is told before an event; ``sure`` if the table is known as SQLite has it.

    ``updated`` are the words in the UPDATE statements that the script has executed before.
    """
    return Before(
        autoincrement=sure and table.autoincrement is True,
        checks=tuple(told_checks(table, event.arms)) if sure else (),
        columns=tuple(_suffering(table, event.arms)) if sure else (),
        changed=_changed(event),
        dropped=_changed(event) if event.action == facts.DROP_COLUMN else frozenset(),
        key=changes_key(event, table),
        retyped=_retyped(event, table, sure, (event.name or "").casefold() in updated),
        scripts=frozenset(table.scripts) if sure else frozenset(),
    )


def _changed(event: Event) -> frozenset[str]:
    if event.action in (facts.DROP_COLUMN, facts.RENAME_COLUMN) or event.retypes:
        return frozenset({(event.name or UNKNOWN).casefold()})
    return frozenset()


def changes_key(event: Event, table: TableState) -> bool:
    """Whether an event may change the primary key."""
    if event.action == facts.DROP_CONSTRAINT:
        if event.kind is None and event.name in (None, UNKNOWN):
            return True
        meant = table.find(NAME, event.name, event.arms, PRIMARY_KEY)
        return event.kind == PRIMARY_KEY or (event.kind is None and any(meant))
    if event.action in (facts.CREATE_CONSTRAINT, facts.ADD_COLUMN):
        return any(each.kind == PRIMARY_KEY for each in event.constraints)
    if not _changed(event):
        return False
    return event.name in (None, UNKNOWN) or any(table.find(COLUMN, event.name, event.arms, PRIMARY_KEY))


def children_of(found: Iterable[Known]) -> tuple[str, ...]:
    """The tables that refer to one by these foreign keys, and lose rows or values with its rows."""
    return tuple(dict.fromkeys(each.table.name for each in found if _TAKING.search(each.options or "")))


# CHECKs


def told_checks(table: TableState, arms: Arms) -> Iterator[Check]:
    """The nameless CHECKs that are surely there."""
    for known in sorted(table.fragile, key=lambda each: each.number):
        sql = check_sql(known)
        if sql is not None and known.certain and known.form is not None and known.seen(arms):
            yield Check(known.origin, sql, known.columns[0] if known.of is not None else "")


def check_sql(known: Known) -> str | None:
    """The SQL of a CHECK as a script writes it, None if that cannot be told."""
    if known.of is None:
        return known.condition
    return (
        _sql_of_type(known.of, known.columns[0]) if len(known.columns) == 1 and UNKNOWN not in known.columns else None
    )


def _sql_of_type(made: CheckedType, column: str) -> str | None:
    """What SQLAlchemy writes for a type that makes a CHECK."""
    texts = ["'" + each.replace("'", "''") + "'" for each in made.values]
    values = ["0", "1"] if made.kind == BOOLEAN else texts
    if not values or any(":" in each or "\\" in each for each in values):
        return None
    return f"{written_name(column)} IN ({', '.join(values)})"


# Columns


def _suffering(table: TableState, arms: Arms) -> Iterator[tuple[str, str]]:
    for name, whole in table.wholes.items():
        if whole is not None and (whole.suffers or name in table.inline):
            code = column_code(name, whole, table, arms)
            if code:
                yield name, code


def _retyped(event: Event, table: TableState, sure: bool, changed: bool) -> Retyped | None:
    if not event.retypes:
        return None
    name, said = event.columns[0].name, event.columns[0].whole
    new = said.kind
    if new is None or new.takes_all:
        return None
    whole = table.wholes.get(name)
    there = whole.kind if whole is not None and sure else None
    known = [each for each in (event.existing, there) if each is not None]
    if not known:  # most are of a type that is near to the new one
        return Retyped(name, "", new.name, silent=changed) if event.converted else None
    if not any(spoils(each, new) for each in known):
        return None
    old = next(each for each in known if spoils(each, new))
    code = ""
    kind = new._replace(written=new.own or new.written)
    if sure and whole is not None:
        code = column_code(name, whole._replace(kind=kind), table, event.arms)
    return Retyped(name, old.name, new.name, code, silent=changed or not old.stores_text)


def column_code(name: str, whole: Whole, table: TableState, arms: Arms) -> str:
    """A column as ``sa.Column(...)``, with its keys; empty if not all of it is surely known."""
    keys = list(_keys(name, table, arms))
    key = list(table.find(COLUMN, name, arms, PRIMARY_KEY))
    alone = all(each.columns == (name,) and each.sqlite is None for each in key)
    if not (table.complete and whole.is_told and whole.kind and whole.kind.written and None not in keys and alone):
        return ""
    is_integer = whole.kind.name in ("Integer", "INTEGER")
    parts = [
        in_quotes(name, _QUOTES),
        whole.kind.written,
        *(each or "" for each in keys),
        "primary_key=True" if key else "",
        "nullable=False" if not whole.nullable and not key else "",
        "nullable=True" if key and whole.nullable and not is_integer else "",
        f"server_default={whole.default}" if whole.default else "",
        f"sqlite_on_conflict_primary_key={in_quotes(whole.key_conflict, _QUOTES)}" if whole.key_conflict else "",
        f"sqlite_on_conflict_not_null={in_quotes(whole.conflict, _QUOTES)}" if whole.conflict else "",
    ]
    return f"{SA}.Column({', '.join(filter(None, parts))})"


def _keys(name: str, table: TableState, arms: Arms) -> Iterator[str | None]:
    """The foreign keys of a column as code, None for one that cannot be told."""
    for known in table.find(COLUMN, name, arms, FOREIGN_KEY):
        form = known.form
        if form is None or not (known.is_told and form.columns == (name,) and len(form.referred_columns) == 1):
            yield None
            continue
        target = in_quotes(f"{form.referred_table}.{form.referred_columns[0]}", _QUOTES)
        named = f"name={in_quotes(known.sqlite, _QUOTES)}" if known.sqlite else ""
        yield f"{SA}.ForeignKey({', '.join(filter(None, (target, named, known.options)))})"
