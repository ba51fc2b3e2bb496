"""What the operations of one block ask for. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..config import BATCH_NAME

Made = tuple[str, str | None, tuple[str, ...]]
"""Kind, name, columns."""


@dataclass
class Asked:
    """What the operations of one block ask for, in order; names are folded to lower case.

    ``dated`` are columns that become dates or times, ``made`` constraints and indexes, ``ended`` the names of dropped
    ones and ``ended_checks`` those of CHECKs among them. ``moves`` are the columns that are added (True) and dropped as
    the script spells them, with the lines of these operations; ``arranged`` if it says where columns shall stand.
    ``table`` and ``variable`` are what the block calls its table and ``batch_op``, ``copies_from`` if it gives the
    whole table itself.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    retyped: set[str] = field(default_factory=set)
    dated: set[str] = field(default_factory=set)
    nullable: dict[str, bool] = field(default_factory=dict)
    defaults: dict[str, bool] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    ended_checks: set[str] = field(default_factory=set)
    moves: list[tuple[bool, str, int]] = field(default_factory=list)
    arranged: bool = False
    table: str = ""
    variable: str = BATCH_NAME
    copies_from: bool = False

    def now(self, column: str) -> str:
        """The name that a column of before has in the end."""
        return self.renamed.get(column.lower(), column.lower())

    def changes_key(self) -> bool:
        return any(kind == "primary key" for kind, _, _ in self.made)

    def may_have_ended(self, name: str | None) -> bool:
        """Whether a constraint of this name was dropped; a nameless one may have been, by a naming convention."""
        return bool(self.ended) if name is None else name.lower() in self.ended
