"""Histories replayed again and again, until nothing more is told of their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from ..names import Naming
from ..reading.events import Direction
from ..reading.model import Place
from .answers import Answer, Copy, Meant, OfColumn
from .before import Before
from .replay import Replay
from .tables import Origin

_Told = TypeVar("_Told")
_MOST_REPLAYS = 10

Facts = tuple[Direction, ...]
"""What a script does."""
Copied = dict[Place, tuple[Copy, ...]]
"""What there is to keep in a script if the tables of its operations are copied, by their places."""


class Replayed(NamedTuple):
    """The answers by script and place, the scripts at which the replay failed, and how names were given.

    ``searched`` if that is how the project names them; ``copied`` is what there is to keep of copies, ``before`` what
    is told of the tables, ``columns`` what is known of columns that are dropped or renamed, ``meant`` which
    indexes and constraints are renamed or dropped.
    """

    answers: dict[str, dict[Place, Answer]]
    failed: dict[str, Exception]
    naming: Naming
    searched: bool = False
    copied: Mapping[str, Copied] = MappingProxyType({})
    before: Mapping[str, dict[Place, Before]] = MappingProxyType({})
    columns: Mapping[str, Mapping[Place, OfColumn]] = MappingProxyType({})
    meant: Mapping[str, Mapping[Place, Meant | None]] = MappingProxyType({})


def replay_all(
    ordered: Sequence[tuple[str, Facts]],
    apart: Mapping[str, str],
    tables: set[str],
    naming: Naming,
    drops_natively: bool = True,
) -> Replayed:
    """Replay until nothing more is told, each lineage in a database of its own.

    ``drops_natively`` if SQLite drops plain columns by itself.
    """
    databases: defaultdict[str, list[tuple[str, Facts]]] = defaultdict(list)
    for script, directions in ordered:
        databases[apart.get(script, "")].append((script, directions))
    told: dict[Origin, str] = {}
    claimed: set[Origin] = set()
    kept: set[Origin] = set()
    known = -1
    for _ in range(_MOST_REPLAYS):
        if known == len(told) + len(claimed) + len(kept):  # each replay adds to them or is the last
            break
        known = len(told) + len(claimed) + len(kept)
        replay = Replay(naming, told, claimed, kept, drops_natively=drops_natively)
        for scripts in databases.values():
            replay.run(scripts, tables)
    copied: dict[str, Copied] = {}
    for (name, place), several in replay.copied.items():
        if not all(each.says_nothing for each in several):
            copied.setdefault(name, {})[place] = tuple(several)
    return Replayed(
        _by_script(replay.answers),
        replay.failed,
        naming,
        copied=copied,
        before=_by_script(replay.before),
        columns=_by_script(replay.columns),
        meant=_by_script(replay.meant),
    )


def _by_script(told: Mapping[tuple[str, Place], _Told]) -> dict[str, dict[Place, _Told]]:
    found: dict[str, dict[Place, _Told]] = {}
    for (name, place), each in told.items():
        found.setdefault(name, {})[place] = each
    return found
