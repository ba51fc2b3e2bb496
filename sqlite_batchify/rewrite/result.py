"""What became of one script."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..findings import UNDONE, Finding


class Rewritten(NamedTuple):
    """What became of one script.

    ``source`` are the bytes that were passed in, ``result`` those to be written (the same object if nothing changes);
    ``blocks`` and ``operations`` count the blocks that were made or extended and the operations moved into them.
    ``findings`` have their places in ``source``; ``remaining`` are the same with their places in ``result``. ``beside``
    are findings about other scripts of the folder: those that may have had something to say, but at which the program
    failed.
    """

    source: bytes
    result: bytes
    blocks: int = 0
    operations: int = 0
    findings: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()
    beside: tuple[Finding, ...] = ()

    @property
    def changed(self) -> bool:
        return self.result is not self.source

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
