"""Whether there is something to ask of the scripts beside a script. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..history.answers import OfColumn
from ..reading.model import Added, Call, Place, Suite
from ..reading.script import Reading
from . import native
from .native import Version


def asks_the_history(reading: Reading) -> bool:
    """Whether the scripts beside this one may have a say."""
    return any(each.description.drops for each in calls_of(reading)) or asks_beyond_drops(reading)


def asks_beyond_drops(reading: Reading) -> bool:
    """The same, apart from columns that it drops."""
    told = any(each.description.name == "drop_constraint" or each.casts or _is_cut(each) for each in calls_of(reading))
    return told or asks_for_names(reading) or any(_renames_by_a_copy(suite) for suite in reading.suites)


def _renames_by_a_copy(suite: Suite) -> bool:
    """Whether a column gets another name by a copy of the table, if at all."""
    copied = (each for each in suite.calls.values() if each.description.needs_block)
    return any(each.description.renames for each in (*copied, *suite.batched.values()))


def asks_for_names(reading: Reading) -> bool:
    """Whether something in a script needs a name that it does not have."""
    lacking = (
        each.nameless is not None or (each.added is not None and _lacks(each.added)) for each in calls_of(reading)
    )
    return bool(reading.asked) or any(lacking)


def may_copy(
    reading: Reading, columns: Mapping[Place, OfColumn] = MappingProxyType({}), minimum: Version = (0, 0)
) -> bool:
    """Whether SQLite of this version or a later one may copy a table; ``columns`` is what is known of some."""
    hosts = (host for suite in reading.suites for host in suite.hosts.values())
    described = (native.described(each, columns, minimum) for each in calls_of(reading))
    return any(host.copies for host in hosts) or any(each.needs_block for each in described)


def _is_cut(call: Call) -> bool:
    """Whether it calls an index by a name that another database has cut."""
    return call.description.name in ("create_index", "drop_index") and call.named is not None


def _lacks(added: Added) -> bool:
    flagged = added.unique_flag is not None or added.check is not None
    return flagged or any(nameless for _, nameless in added.keys)


def calls_of(reading: Reading) -> Iterator[Call]:
    """The operations of a script, in and out of blocks."""
    for suite in reading.suites:
        yield from suite.calls.values()
        yield from suite.batched.values()
