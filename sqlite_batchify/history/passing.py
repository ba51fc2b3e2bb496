"""One replay of the history, and one direction of one script in it: what is known, and what has been noted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from ..names import Naming, Shape
from ..reading import events as facts
from ..reading.events import Event, Table
from ..reading.model import Place
from .answers import Answer, Copy, Meant, OfColumn
from .before import Before
from .rounds import Rounds
from .state import State
from .tables import Known, Origin, TableState

ALTERING = frozenset({facts.ADD_COLUMN, facts.ALTER_COLUMN, facts.DROP_COLUMN, facts.RENAME_COLUMN, facts.RENAME_TABLE})
"""What changes the columns of a table, or its name."""
COPYING = frozenset(
    {facts.ADD_COLUMN, facts.ALTER_COLUMN, facts.DROP_COLUMN, facts.RENAME_COLUMN}
    | {facts.CREATE_CONSTRAINT, facts.DROP_CONSTRAINT, facts.CREATE_INDEX, facts.DROP_INDEX}
)
"""What may stand in a block that copies its table."""


@dataclass
class Knowledge:
    """One replay of the scripts that bear on some tables.

    ``told`` are the names that the drops of an earlier replay gave to nameless constraints, ``claimed`` those that a
    drop was surely meant for, ``kept`` the CHECKs of types that stay without a name: a second replay knows more.
    ``taking`` are their names by the calls that these have to stand in. ``failed`` are the scripts at which it failed,
    by a defect: they count as scripts that say nothing. ``rounds`` are all answers to one call, ``left``
    the names that SQLite keeps of what other databases drop, ``copied`` what there is to keep if the table of a call is
    copied, each time that it runs, ``before`` what is known of its table, ``columns`` what is known of those that are
    dropped or renamed, ``meant`` which indexes and constraints are renamed or dropped. ``drops_natively`` if SQLite
    drops plain columns by itself.
    """

    naming: Naming
    told: dict[Origin, str] = field(default_factory=dict)
    claimed: set[Origin] = field(default_factory=set)
    kept: set[Origin] = field(default_factory=set)
    taking: defaultdict[tuple[str, Place], dict[Origin, str]] = field(default_factory=lambda: defaultdict(dict))
    answers: dict[tuple[str, Place], Answer] = field(default_factory=dict)
    rounds: defaultdict[tuple[str, Place], Rounds] = field(default_factory=lambda: defaultdict(Rounds))
    failed: dict[str, Exception] = field(default_factory=dict)
    left: set[str | None] = field(default_factory=set)
    copied: defaultdict[tuple[str, Place], dict[Copy, None]] = field(default_factory=lambda: defaultdict(dict))
    before: dict[tuple[str, Place], Before] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    columns: dict[tuple[str, Place], OfColumn] = field(default_factory=dict)
    meant: dict[tuple[str, Place], Meant | None] = field(default_factory=dict)
    drops_natively: bool = True


class Pass:
    """One direction of one script. ``created`` and ``dropped`` are by table, in order.

    ``other_names`` are those by which SQLite knows what is dropped by another name, which the other direction creates:
    by that name, or by None for a primary key whose name MySQL does not take. ``updated`` are the words in the UPDATE
    statements so far, ``keys`` if a PRAGMA has turned foreign keys on or off. ``taken_for`` are the unique constraints
    that are dropped as indexes, and the indexes that are dropped as constraints: what each is on SQLite.
    """

    def __init__(
        self, replay: Knowledge, script: str, state: State, other: Sequence[Event], forward: Pass | None = None
    ) -> None:
        self.replay = replay
        self.script = script
        self.state = state
        self.other = other
        self.forward = forward
        self.created: defaultdict[Table, dict[Known, None]] = defaultdict(dict)
        self.dropped: dict[tuple[Table, str, tuple[str, ...]], str] = {}
        self.dropped_unknown: defaultdict[tuple[Table, str | None], list[str]] = defaultdict(list)
        self.other_names: dict[tuple[Table, str | None], str] = {}
        self.dropped_last: dict[str | None, Place] = {}
        self.creating: Counter[tuple[Table, str]] = Counter()
        self.keys: bool | None = None
        self.updated: set[str] = set()
        self.taken_for: dict[tuple[Table, str | None], str] = {}
        self.started = state.now()

    def table(self, event: Event) -> TableState:
        return self.state.table(event.table)

    def note_drop(self, event: Event, name: str, known: Known | None) -> None:
        """What this direction drops, the other one creates again."""
        if known is None:
            self.dropped_unknown[event.table, event.kind].append(name)
        elif known.form is not None:
            self.dropped.setdefault((event.table, known.kind, known.columns), name)

    def note_before(self, event: Event, before: Before) -> None:
        key = (self.script, event.place)
        known = self.replay.before.get(key)
        self.replay.before[key] = before if known is None else known.joined(before)

    def answer(self, event: Event, answer: Answer) -> None:
        key = (self.script, event.place)
        self.replay.answers[key] = told = self.replay.rounds[key].add(event, answer)
        if told != answer:  # in a loop, or a helper that is called twice
            self.replay.kept.update(self.replay.taking.get(key, ()))

    def tell(self, event: Event, told: OfColumn) -> None:
        """What is known of the column of this event."""
        key = (self.script, event.place)
        known = self.replay.columns.get(key)
        self.replay.columns[key] = told if known is None else known.joined(told)

    def tell_meant(self, event: Event, meant: Meant | None) -> None:
        """What this event renames or drops, None if not enough is known; it may happen more than once."""
        key = (self.script, event.place)
        self.replay.meant[key] = meant if self.replay.meant.get(key, meant) == meant else None

    def claim(self, known: Known, name: str) -> None:
        """A drop is surely meant for this constraint, by this name."""
        self.replay.claimed.add(known.origin)
        if known.given is None:
            self.replay.told.setdefault(known.origin, name)
        self.state.claim(known, self.replay.told.get(known.origin))

    def automatic(self, event: Event, shape: Shape, by_operation: bool) -> str | None:
        naming = self.replay.naming
        name = naming.name(shape)
        if name is not None or (by_operation and naming.governs(shape.kind)):
            return name
        return self.state.first_free(shape, event.table.schema, event.arms)
