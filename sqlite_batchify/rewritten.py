"""What becomes of one script. Data only."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .findings import UNDONE, Finding


class Counts(NamedTuple):
    """How much of a script changes.

    ``operations`` are moved into ``blocks`` that are made or extended, and ``added`` to others; ``names`` are given to
    constraints, ``conventions`` to blocks that get no operations; ``replaced`` are statements of raw SQL,
    ``ported`` the places that say something else to SQLite, or nothing.
    """

    operations: int = 0
    blocks: int = 0
    added: int = 0
    names: int = 0
    conventions: int = 0
    replaced: int = 0
    ported: int = 0


class Rewritten(NamedTuple):
    """What became of one script.

    ``source`` are the bytes that were passed in, ``result`` those to be written (the same object if nothing changes);
    ``counts`` says how much that is. ``findings`` have their places in ``source``; ``remaining`` are the same with
    their places in ``result``. ``consulted`` if the scripts beside it had a say, ``searched`` if the modules of the
    project had; ``beside`` are findings about those that may have had something to say, but at which the program
    failed. ``convention`` says where the naming convention stands that names are given by.
    """

    source: bytes
    result: bytes
    counts: Counts = Counts()
    findings: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    consulted: bool = False
    searched: bool = False
    beside: tuple[Finding, ...] = ()
    convention: str = ""

    @property
    def changed(self) -> bool:
        return self.result is not self.source

    @property
    def blocks(self) -> int:
        """How many blocks were made or extended."""
        return self.counts.blocks

    @property
    def operations(self) -> int:
        """How many operations were moved into them."""
        return self.counts.operations

    def without(self, codes: Collection[str]) -> Rewritten:
        """The same without the findings of these codes; what means that a file could not be done stays."""
        kept, remaining = (
            tuple(each for each in found if each.code.code not in codes or each.code in UNDONE)
            for found in (self.findings, self.remaining)
        )
        return self._replace(findings=kept, remaining=remaining)


def unchanged(source: bytes, *found: Finding) -> Rewritten:
    """A script that stays as it is."""
    return Rewritten(source, source, findings=found, remaining=found)
