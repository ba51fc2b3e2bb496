"""Names for nameless constraints: what changes in the calls that create or drop them.

What a column asks for by a flag (``unique=True``, ``index=True``) gets an operation of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from .. import findings
from ..history.answers import Answer
from ..names import UNKNOWN
from ..reading.columns import traits_of
from ..reading.events import CheckedType
from ..reading.model import Added, Call, Description, Note
from .model import Apart, Edits, OnSqlite, Taken

_QUOTES = '"'
_ELSEWHERE = "it is made in another place, which may serve for more"


class Named(NamedTuple):
    """A call with the names that could be given.

    ``description`` is what it does then, ``apart`` what those do that follow on it. ``lacking`` is what is still
    without a name, as text for a finding, and why if that does not lie in the history.
    """

    edits: Edits
    description: Description
    apart: tuple[Description, ...] = ()
    lacking: tuple[tuple[str, str], ...] = ()


def asks_for_more(call: Call) -> bool:
    """Whether a column that SQLite takes by itself asks for what it does not: UNIQUE beside an inline reference."""
    added = call.added
    return added is not None and added.inline and added.unique_flag is not None and added.index_flag is None


def give_names(call: Call, answer: Answer) -> Named:
    """Name what an operation creates or drops without a name."""
    description = call.description
    if answer.on_sqlite is not None and call.named is not None and call.receivers:
        (place, name), (meant, other) = call.named, answer.on_sqlite
        if name == meant:
            folded = frozenset({other.casefold()})
            drops = description.name.startswith("drop_")
            described = description._replace(ends=folded) if drops else description._replace(makes=folded)
            return Named(Edits(on_sqlite=OnSqlite(place, other, min(call.receivers))), described)
    if call.nameless is not None:
        drops = description.name == "drop_constraint"
        given = answer.drops if drops else next(iter(answer.names), None)
        if given is None:
            return Named(Edits(), description, lacking=((f"the constraint of {description.name}", ""),))
        folded = frozenset({given.casefold()})
        described = description._replace(ends=folded) if drops else description._replace(makes=folded)
        return Named(Edits(name=(call.nameless, given)), described)
    return Named(Edits(), description) if call.added is None else _with_column(call, call.added, answer)


def take_along(call: Call, type_: CheckedType, name: str) -> Edits | Note:
    """Let a drop of a column say which CHECK goes with it, or note what it has to say."""
    if call.sqlalchemy is not None and "existing_type" not in call.arguments:
        return Edits(taken=Taken(type_, name, call.sqlalchemy))
    detail = f"the CHECK {name} belongs to the type of the column"
    hint = f"to it: existing_type={type_.written(call.sqlalchemy or 'sa', name, _QUOTES)}"
    return Note(call.place, findings.LEFT_BEHIND_BY_COLUMN, detail, hint)


def with_index_apart(named: Named, added: Added) -> Named:
    """The same, with the index of a column that ``add_column`` adds in an operation of its own.

    A copied table would get the index under the name of the table's copy as well. Without a name, the index gets that
    which it had from the flag: whatever the naming convention of the project says. On other databases the statements
    are the same; only a comment on the column comes before the index and not after it.
    """
    if added.index_flag is None or not _may_change(added):
        return named
    flags = (added.index_flag, *(() if added.unique_flag is None else (added.unique_flag,)))
    index = Apart("create_index", None, added.unique_flag is not None, _column_text(added))
    edits = named.edits._replace(
        column=_argument(added), flags=(*named.edits.flags, *flags), apart=(*named.edits.apart, index)
    )
    left = added._replace(
        index_flag=None, indexed=False, unique_flag=None, may_be_unique=added.may_be_unique and not flags[1:]
    )
    described = named.description._replace(**traits_of(left))
    described = described._replace(makes=named.description.makes)
    return named._replace(edits=edits, description=described, apart=(*named.apart, _created(index, added, described)))


def _with_column(call: Call, added: Added, answer: Answer) -> Named:
    names = iter(answer.names)
    lacking: list[tuple[str, str]] = []
    keys: list[tuple[int, str]] = []
    inline = added.inline and not call.description.needs_block  # SQLite needs no name for such a reference
    for place, nameless in () if inline else added.keys:
        name = next(names, None)
        if nameless and (name is None or place is None or added.fixed):
            lacking.append(("the ForeignKey of the column", "" if name is None else _ELSEWHERE))
        elif nameless and name is not None and place is not None:
            keys.append((place, name))
    if added.check is not None and answer.check is not None and not added.fixed:
        keys.append((added.check, answer.check))
    edits = Edits(column=_argument(added) if keys else None, keys=tuple(keys))
    makes = added.makes.union(name.casefold() for _, name in keys)
    described = call.description._replace(makes=makes)
    if added.unique_flag is None or added.index_flag is not None:
        return Named(edits, described, lacking=tuple(lacking))
    if answer.unique is None or not _may_change(added):
        lacking.append(
            ("the unique constraint of the column (unique=True)", "" if answer.unique is None else _ELSEWHERE)
        )
    if not _may_change(added) or (answer.unique is None and added.text is None):
        return Named(edits, described, lacking=tuple(lacking))
    unique = Apart("create_unique_constraint", answer.unique, column=_column_text(added))
    edits = edits._replace(column=_argument(added), flags=(added.unique_flag,), apart=(unique,))
    left = added._replace(unique_flag=None, may_be_unique=False)
    described = described._replace(**traits_of(left))._replace(makes=makes)
    return Named(edits, described, (_created(unique, added, described),), tuple(lacking))


def _may_change(added: Added) -> bool:
    """Whether a flag can be taken from a column: the script has it for this operation alone."""
    return not added.fixed and (added.way is None or added.text is not None)


def _argument(added: Added) -> int | None:
    return added.argument if added.way is None else None


def _column_text(added: Added) -> str | None:
    return None if added.way is None else added.text


def _created(apart: Apart, added: Added, of: Description) -> Description:
    """What the operation does that creates what a flag asked for."""
    makes = frozenset() if apart.name is None else frozenset({apart.name.casefold()})
    takes_block = apart.operation != "create_index" or UNKNOWN not in added.name
    return Description(apart.operation, of.table, True, takes_block, starts_block=False, uses=added.name, makes=makes)
