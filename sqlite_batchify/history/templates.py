"""Under which naming convention of a block SQLite finds a constraint that has no name there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice

from ..names import (
    FOREIGN_KEY,
    POSTGRESQL_CONVENTION,
    UNKNOWN,
    Exact,
    Naming,
    Template,
    columns_key,
    from_template,
    literal_template,
    may_be_mysql_name,
    mysql_name,
)
from ..reading.events import Arms, exclusive
from .tables import Known, TableState


def template_for(known: Known, table: TableState, arms: Arms, name: str, naming: Naming) -> Template | None:
    """The template that gives the constraint this name and no two constraints of the table the same.

    Better one that gives the others the names that they have on the other database, for the drops that are to come.
    """
    fitting: list[str] = []
    for template in _templates(known, naming):
        if (None if known.shape is None else from_template(template, known.shape)) != name:
            continue
        if _remembered(table, (_fits, template, known.kind, arms)):
            fitting.append(template)
            if _remembered(table, (_gives_their_names, template, known.kind, arms)):
                return template
    exact = _exact(known, table, arms, name)
    if exact is not None and len(exact.names) > 1:
        return exact
    if not fitting and len(list(islice(nameless(table, known.kind, arms), 2))) == 1:
        return literal_template(name)
    return next(iter(fitting), None)


def _remembered(table: TableState, question: tuple[Callable[..., bool], str, str, Arms]) -> bool:
    """What is asked of the nameless constraints of a kind, until the table changes."""
    if question not in table.fitting:
        ask, template, kind, arms = question
        table.fitting[question] = ask(template, table, kind, arms)
    return table.fitting[question]


def _gives_their_names(template: str, table: TableState, kind: str, arms: Arms) -> bool:
    """Whether a template gives all the names that they have on the other database."""
    return all(
        each.shape is not None and from_template(template, each.shape) == each.name
        for each in nameless(table, kind, arms)
    )


def _exact(known: Known, table: TableState, arms: Arms, name: str) -> Exact | None:
    """The names that a database made up for all nameless constraints of a kind, where their columns tell them apart."""
    if not table.complete or not _remembered(table, (_told_apart, "", known.kind, arms)):
        return None
    every = list(nameless(table, known.kind, arms))
    by_mysql = name != known.automatic and known.shape is not None and may_be_mysql_name(name, known.shape)
    names = {
        columns_key(each.columns): name if each is known else _made_up(each, by_mysql)
        for each in sorted(every, key=lambda each: each.number)
    }
    told = [each for each in names.values() if each is not None and not table.named.get(each)]
    if len(set(told)) < len(names):
        return None
    return Exact(tuple((key, each) for key, each in names.items() if each is not None))


def _told_apart(_: str, table: TableState, kind: str, arms: Arms) -> bool:
    """Whether their columns tell them apart."""
    columns = [() if each.shape is None else each.shape.columns for each in nameless(table, kind, arms)]
    known = {columns_key(each) for each in columns if each and UNKNOWN not in each}
    return len(known) == len(columns)


def _made_up(known: Known, by_mysql: bool) -> str | None:
    if known.told is not None or not by_mysql or known.shape is None:
        return known.told or known.automatic
    return known.mysql if known.kind == FOREIGN_KEY else mysql_name(known.shape)


def _fits(template: str, table: TableState, kind: str, arms: Arms) -> bool:
    given = [
        None if shape is None else from_template(template, shape)
        for shape in (each.shape for each in nameless(table, kind, arms))
    ]
    return (
        None not in given and len(set(given)) == len(given) and not any(table.named.get(each or "") for each in given)
    )


def nameless(table: TableState, kind: str, arms: Arms) -> Iterator[Known]:
    """Those that a block sees without a name.

    What this script has dropped is still there when a block of its reflects the table.
    """
    in_branches = (each for each in table.branched if each.kind == kind and exclusive(each.named_in, arms))
    return (each for each in chain(table.nameless.get(kind, ()), in_branches) if not exclusive(each.born, arms))


def _templates(known: Known, naming: Naming) -> Iterator[str]:
    yield from filter(None, naming.of_kind(known.kind))
    template = POSTGRESQL_CONVENTION.get(known.kind)
    if template is not None:
        yield template
        yield template.replace("%(table_name)s", literal_template(known.created_as))
