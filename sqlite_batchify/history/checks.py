"""The CHECKs that types make for their columns: which of them get a name, and what takes them along.

A copy of the table keeps such a CHECK only if it has a name. Then what drops the column has to say ``existing_type``
with that name (https://alembic.sqlalchemy.org/en/latest/batch.html#changing-the-type-of-boolean-enum-and-other-implicit-check-datatypes),
and so does what renames it or changes its type; but where it changes the type, other databases drop the CHECK as well.
So one gets a name only where nothing else happens to its column but that it is dropped.
"""

from __future__ import annotations

from ..names import CHECK, KEEP, UNKNOWN
from ..reading.events import CheckedType, Constraint, Event
from .passing import Pass
from .tables import COLUMN, LOOSE, Known, Origin, TableState


class TypeChecks:
    """Those in one direction of one script."""

    def __init__(self, around: Pass) -> None:
        self.around = around

    def may_name(self, event: Event, constraint: Constraint, origin: Origin) -> bool:
        """Whether a CHECK that an added column brings along gets a name.

        In ``downgrade`` it does if ``upgrade`` drops it by one, for else it does not find it the second time.
        """
        if constraint.of is None or not constraint.of.only_checked or constraint.name is not None:
            return False
        forward = self.around.forward
        comes_back = forward is None or (event.table, CHECK, constraint.columns) in forward.dropped
        replay = self.around.replay
        return comes_back and replay.naming.mode != KEEP and origin not in replay.kept

    def note_named(self, event: Event, known: Known) -> None:
        """Its name has to stand in this call, which can hold one only."""
        names = self.around.replay.taking[self.around.script, event.place]
        names[known.origin] = known.sqlite or ""
        if len(set(names.values())) > 1:
            self.around.replay.kept.update(names)

    def change(self, event: Event, table: TableState) -> None:
        """A column gets another name or type; its CHECK goes if the call says so, or makes one of its name."""
        gone = {event.takes, *(each.name for each in event.constraints)}
        for known in self._of_column(event, table):
            self._keep(known)
            if known.sqlite is not None and known.sqlite in gone:
                self.around.state.drop(known, event.arms)

    def take(self, event: Event, known: Known) -> tuple[CheckedType, str] | None:
        """The column of a type's CHECK is dropped; returns what the call has yet to say so that it goes along."""
        replay, takes = self.around.replay, event.takes
        if takes in ("", UNKNOWN):
            self._keep(known)  # a name for it would have to stand there
        elif takes is not None and known.given is None and known.by_operation:
            replay.told.setdefault(known.origin, takes)
        name = known.sqlite
        if known.of is None or name is None or UNKNOWN in (name, takes):
            return None
        self.around.note_drop(event, name, known)
        if takes is None:
            self.note_named(event, known)
        return None if takes == name else (known.of, name)

    def drop_any(self, event: Event, table: TableState) -> None:
        """A column is dropped whose name cannot be told."""
        for known in list(table.find(LOOSE, CHECK, event.arms)):
            self._keep(known)

    def _of_column(self, event: Event, table: TableState) -> list[Known]:
        found = table.find(COLUMN, event.name or UNKNOWN, event.arms, CHECK)
        return [each for each in found if each.of is not None]

    def _keep(self, known: Known) -> None:
        if known.of is not None and known.given is None:
            self.around.replay.kept.add(known.origin)
