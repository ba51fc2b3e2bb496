"""Which class an error belongs to, and what to do about it. Pure: exceptions and names in, classes and words out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError

from .. import findings
from ..findings import Code
from ..operations import OPERATIONS
from .emulation import is_catalog
from .results import ALTER, BATCH, FOREIGN, SCRIPT
from .undone import keys_of

BLOCK, RAW, WHOLE = "block", "raw SQL", "script"
"""Where an error may come from, besides the name of an operation."""
ANYTHING = "*"
"""Among the names of what is missing: a script could not be imported, so that nobody knows what it would have made."""

_ABSENT = re.compile(
    r"no such (?:table|column|index|view|constraint)|already exists|duplicate column|has no column|NoSuchTableError",
    re.IGNORECASE,
)
_KEY_LEFT = re.compile(r"error in table (\S+) after drop column: unknown column .* in foreign key definition")
_NOT_CREATED = re.compile(r"^(?:no such (?:table|index): |nosuchtableerror)")
_NEEDS_DEFAULT = re.compile(r"Cannot add a NOT NULL column")  # fails over rows on every database
_NOT_THERE = re.compile(r"^(?:no such table|NoSuchTableError): (\S+)")
_OF_ANOTHER_DATABASE = re.compile(r"unknown database|can't render element of type")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_UNKNOWN_TO_SQLITE = re.compile(
    r"unknown database|syntax error|no such function|unrecognized token|can't render element|no such collation"
    r"|incomplete input|unknown function|can't compile|not supported|near \"",
    re.IGNORECASE,
)
_HINTS = (
    (re.compile(r"No such index"), "drop the index outside of the block, or under the name that it has"),
    (re.compile(r"generated column"), "drop the generated column before the block and add it again behind it"),
    (
        re.compile(r"error in (?:view|trigger)"),
        "drop the view or trigger before the block and create it again behind it",
    ),
    (re.compile(r"unknown database"), "attach a database of that name in env.py, or leave schema= out on SQLite"),
    (_NEEDS_DEFAULT, "give the column a server_default, or add it nullable, fill it, and make it NOT NULL then"),
    (re.compile(r"NOT NULL constraint failed"), 'give the rows a value first: op.execute("UPDATE ... SET ...")'),
    (re.compile(r"^KeyError: 'expr'"), "divide the block: add the column in one, and change its type in the next"),
    (
        re.compile(r"^KeyError"),
        "write the column's name as the table has it, with its case; what follows a rename needs its own block",
    ),
    (re.compile(r"^NoSuchTableError"), "see why no earlier revision has created the table"),
    (re.compile(r"_alembic_tmp_.* already exists"), 'op.execute("DROP TABLE IF EXISTS ...") before the block'),
    (
        re.compile(r"already exists|duplicate column"),
        "see which earlier operation made it, and drop it or leave it out",
    ),
    (re.compile(r"no such column"), "drop the index or the CHECK that uses the column before the column"),
)
_WORD = re.compile(r"\w+")
_MUCH = 2000  # characters of a message
SWALLOWED = "the script swallows the error and goes on"
_NO_HINT = "mend what stands at this line; the words are those of the error that it raises"


def told(error: BaseException) -> str:
    """What an error says of itself, on one line; an exception of a script need not be able to."""
    try:
        text = str(error)
    except Exception:
        return ""
    return _ADDRESS.sub("", " ".join(text[:_MUCH].split()))


def describe(error: BaseException) -> str:
    """The error in one line, without SQLAlchemy's frame around it."""
    original = original_of(error)
    text = told(original).partition(" Please refer to the batch mode feature")[0]
    if len(text) > 200:
        text = text[:197] + "..."
    text = text.partition(" (Background on this error at: ")[0]
    if isinstance(original, ImportError) or type(original).__name__ == "OperationalError":
        return text
    return f"{type(original).__name__}: {text}" if text else type(original).__name__


def classify(error: BaseException, place: str) -> tuple[Code, str]:
    """The code and the class of an error. ``place`` is the name of an operation, or BLOCK, RAW or WHOLE."""
    text = describe(error)
    integrity = type(original_of(error)).__name__ == "IntegrityError"
    if place == WHOLE:
        return findings.SCRIPT_FAILS, SCRIPT
    if _OF_ANOTHER_DATABASE.search(text) or place == "create_exclude_constraint":
        return findings.FOREIGN_FAILS, FOREIGN
    absent = _NOT_THERE.search(text)
    if absent is not None and (is_catalog(absent[1]) or "." in absent[1]):
        return findings.FOREIGN_FAILS, FOREIGN
    if place == BLOCK:
        if integrity or absent is not None:
            return findings.BATCH_FAILS, SCRIPT
        return findings.BATCH_FAILS, BATCH
    if place == RAW:
        if _UNKNOWN_TO_SQLITE.search(text) and not _ABSENT.search(text):
            return findings.FOREIGN_FAILS, FOREIGN
        return findings.SCRIPT_FAILS, SCRIPT
    if isinstance(error, TypeError) or integrity or _NEEDS_DEFAULT.search(text):
        return findings.SCRIPT_FAILS, SCRIPT
    if isinstance(error, (ArgumentError, InvalidRequestError)):  # SQLAlchemy's own, on every database
        return findings.SCRIPT_FAILS, SCRIPT
    if place in OPERATIONS and not _is_absence(text):
        return findings.ALTER_FAILS, ALTER
    if _UNKNOWN_TO_SQLITE.search(text) and not _ABSENT.search(text):
        return findings.FOREIGN_FAILS, FOREIGN
    return findings.SCRIPT_FAILS, SCRIPT


def classes_of(error: BaseException, driver: type) -> list[str]:
    """The names of the classes by which a script may catch an error; those of the driver it meets in a frame."""
    frames = (DBAPIError,) if isinstance(error, driver) else ()
    return [each.__name__ for of in (type(error), *frames) for each in of.__mro__]


def is_for_want_of_alter(error: BaseException, place: str) -> bool:
    """Whether an operation fails for what SQLite cannot do, and not for what is there already or is not there."""
    text = describe(error)
    absent = _is_absence(text) or isinstance(error, KeyError) or "CircularDependency" in text
    return classify(error, place)[1] in (ALTER, BATCH) and not absent


def is_consequence(error: BaseException, failed: set[str]) -> bool:
    """Whether an error only tells that something is missing (or still there) whose operation failed earlier."""
    text = describe(error).lower()
    if ANYTHING in failed and _NOT_CREATED.search(text):
        return True
    if (of_key := _KEY_LEFT.search(text)) is not None:
        return keys_of(of_key[1]) in failed
    if not failed or not (isinstance(error, (KeyError, AttributeError)) or _tells_of_state(text)):
        return False
    return not failed.isdisjoint(_WORD.findall(text))


def already_there(error: BaseException, tables: Iterable[str]) -> str | None:
    """Which of these tables is in the way, if an error tells that one is there already."""
    text = told(original_of(error))
    return next((table for table in tables if "already exists" in text and table in text), None)


def hint(error: BaseException, place: str = BLOCK) -> str:
    """What a person can do about an error."""
    original = original_of(error)
    if place == WHOLE and original is error:
        return _NO_HINT  # the script's own words, whatever they look like
    text = f"{type(original).__name__}: {told(original)}"
    return next((advice for pattern, advice in _HINTS if pattern.search(text)), _NO_HINT)


def original_of(error: BaseException) -> BaseException:
    """The driver's error where SQLAlchemy has put a frame around it."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def _is_absence(text: str) -> bool:
    return _ABSENT.search(text) is not None and "after drop column" not in text


def _tells_of_state(text: str) -> bool:
    return _ABSENT.search(text) is not None or "nonetype" in text or "could not reflect" in text
