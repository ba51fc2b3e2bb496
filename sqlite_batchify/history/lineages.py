"""Histories that stand side by side in one folder, of which a database has one: each begins with the same tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..reading.events import CREATE_TABLE, Direction, Table
from ..reading.model import Revision

_MOST = 20  # first revisions


def lineages(revisions: Mapping[str, Revision], read: Callable[[str], Sequence[Direction]]) -> dict[str, str]:
    """To which of such histories the scripts belong, by their names; none for one that nothing takes the place of.

    ``read`` says what a script does.
    """
    firsts = [name for name, each in revisions.items() if each.revision and not each.down_revisions]
    if not 1 < len(firsts) <= _MOST:
        return {}
    roots = _roots(revisions)
    begins: dict[str, set[Table]] = {}
    for name in firsts:
        begins.setdefault(roots[name], set()).update(_created(read(name)))
    several = Counter(table for tables in begins.values() for table in tables)
    apart = {root for root, tables in begins.items() if any(several[each] > 1 for each in tables)}
    return {name: root for name, root in roots.items() if root in apart}


def _created(directions: Iterable[Direction]) -> set[Table]:
    """The tables that a script creates, whatever is there."""
    events = (event for direction in directions for event in direction.upgrade)
    return {event.table for event in events if event.action == CREATE_TABLE and not event.arms}


def _roots(revisions: Mapping[str, Revision]) -> dict[str, str]:
    """One script for each group of those that follow on one another, by the names of all."""
    names = {each.revision: name for name, each in revisions.items() if each.revision}
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while name in above:
            if above[name] in above:
                above[name] = above[above[name]]
            name = above[name]
        return name

    for name, each in revisions.items():
        for other in (*each.down_revisions, *each.depends_on):
            one, two = sorted((root(name), root(names.get(other, name))))
            if one != two:
                above[two] = one
    return {name: root(name) for name in revisions}


def in_order(revisions: Mapping[str, Revision]) -> list[str]:
    """The scripts in an order in which Alembic runs them; by their names if they lead in a circle."""
    from graphlib import CycleError, TopologicalSorter

    names = {each.revision: name for name, each in sorted(revisions.items()) if each.revision}
    before = {name: (*each.down_revisions, *each.depends_on) for name, each in sorted(revisions.items())}
    known = {name: [names[each] for each in several if each in names] for name, several in before.items()}
    sorter = TopologicalSorter(known)
    try:
        return list(sorter.static_order())
    except CycleError:
        return sorted(revisions)
