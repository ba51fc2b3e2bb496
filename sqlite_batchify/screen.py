"""Which scripts can need work: by their bytes alone, so that the others are never parsed.

What is imported here is imported in every run of the program. Every pattern takes time in proportion to the bytes,
whatever they are: none goes on to the end of them from each of many places.
"""

from __future__ import annotations

import re

from .operations import NEVER, OPERATIONS, OTHER_METHODS

TYPE_CHECKING = False  # as type checkers have it otherwise; the import of typing takes its time
if TYPE_CHECKING:
    from collections.abc import Iterator

MINIMAL = "minimal"
AUTOGENERATE = "autogenerate"
STYLES = (MINIMAL, AUTOGENERATE)
"""How much goes into blocks."""

MARK = b"sqlite-batchify:"
"""What a comment for the program has in it (see comments.py)."""


def _alternatives(names: list[str]) -> str:
    return "|".join(sorted(names))


_NEEDING = _alternatives([name for name, operation in OPERATIONS.items() if operation.needs_block != NEVER])
_ALL = _alternatives(list(OPERATIONS))
_KNOWN = _alternatives([*OPERATIONS, *OTHER_METHODS])

_PLUGIN_CALL = rf"\bop\.(?!(?:{_KNOWN})\b)\w+\("
MENTION = rf"(?<!batch_op\.)\b(?:{_NEEDING})\s*\(|{_PLUGIN_CALL}"
"""A pattern for the calls of operations that need a block, and of those that are not Alembic's."""
_ANY_OPERATION = rf"(?<!batch_op\.)\b(?:{_ALL})\s*\(".encode()
NAMELESS = re.compile(rb"_(?:key|constraint)\(\s*None\b|constraint_name\s*=\s*None\b")
_DROPPING = re.compile(rb"\b(?:drop_constraint|drop_column)\s*\(")
_ADDING = [re.compile(rb"add_column\("), re.compile(rb"ForeignKey|unique\s*=")]
_ENTRY = re.compile(rb"^def (?:up|down)grade\([^)]*", re.MULTILINE)
_OP = re.compile(rb"\bop\b")
_RAW = re.compile(rb"\bALTER\s+(?:TABLE|TYPE|INDEX|SEQUENCE|VIEW|SCHEMA|DATABASE|DOMAIN|ROLE|USER)\b", re.IGNORECASE)
_WORTH_A_LOOK = re.compile(rf"\b(?:{_NEEDING})\b|{_PLUGIN_CALL}|\bop\s+as\s|\balembic\.op\b".encode())

# The rest is for the code without what stands in strings and comments.
_HIDDEN = re.compile(
    rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:""")?'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:''')?"
    rb'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
    rb"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?"
    rb"|#[^\n]*",
    re.DOTALL,
)
_CALL = rf"(?:\b(\w+)\.)?\b({_NEEDING})\s*\(".encode()
_BLOCK = rb"\bbatch_alter_table\s*\("
_BLOCK_OR_NAME = re.compile(rb"(%b)|\bas\s+(\w+)\s*:" % _BLOCK)
_IMPORT = re.compile(rb"\bimport\b[^\n]*")
_AS = re.compile(rb"\bas\s+(\w+)")
_FROM_OP = re.compile(rb"\bfrom\s+alembic\.op\s+import\s+(\([^)]*|[^\n]*)")
_INDEX_IN_A_BLOCK = [re.compile(each) for each in (_BLOCK, rb"\.add_column\s*\(", rb"\bindex\s*=\s*True\b")]
# add_column(TABLE, Column(NAME, TYPE, keyword=value, ...)); without one of the words below SQLite can do it.
_VALUE = r"""(?:\w*"\ *"|-?[\w.]+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?)"""
_KEYWORDS = rf"(?:,\s*\w+\s*=\s*{_VALUE}\s*)*(?:,\s*)?"
_PLAIN_COLUMN = re.compile(
    rf"\(\s*{_VALUE}\s*,\s*(?:\w+\.)?Column\(\s*{_VALUE}\s*,\s*{_VALUE}\s*{_KEYWORDS}\)\s*{_KEYWORDS}\)".encode()
)
_MORE_THAN_PLAIN = re.compile(
    rb"ForeignKey|\bunique\s*=|\bprimary_key\s*=|create_constraint|Computed|\bserver_default\s*="
)
_CONSTANT_DEFAULT = re.compile(
    rb"""\bserver_default\s*=\s*(?:\w*"\ *"|None|(?:\w+\.)?(?:true|false|null)\(\))\s*[,)]"""
)


def may_change(source: bytes, style: str) -> bool:
    """Whether there may be more to say of a script than that it stays as it is."""
    return may_need_names(source) or may_need_work(source, style) or MARK in source


def may_need_work(source: bytes, style: str = MINIMAL) -> bool:
    """Whether a script may need blocks: False only if all its operations surely stay where they are."""
    if not _has_operations(source):
        return False
    if style == AUTOGENERATE and re.search(_ANY_OPERATION, source):
        return True
    if _RAW.search(source):
        return True
    if not _WORTH_A_LOOK.search(source):
        return False
    code = _HIDDEN.sub(_blank, source)
    return (
        any(not _is_plain(code, call) for call in _direct_calls(code))
        or _follow(_INDEX_IN_A_BLOCK, code)
        or re.search(_PLUGIN_CALL.encode(), code) is not None
        or _has_other_names(code)
    )


def may_need_names(source: bytes) -> bool:
    """Whether a script may create or drop something whose name the history has to tell."""
    if not _has_operations(source):
        return False
    return any(each.search(source) for each in (NAMELESS, _DROPPING)) or _follow(_ADDING, source)


def _has_operations(source: bytes) -> bool:
    """Whether Alembic's ``op`` may be at hand: from an import, or as a parameter of an entry point."""
    return b"alembic" in source or any(_OP.search(entry) for entry in _ENTRY.findall(source))


def _follow(patterns: list[re.Pattern[bytes]], source: bytes) -> bool:
    """Whether matches of these patterns follow one another."""
    place = 0
    for pattern in patterns:
        found = pattern.search(source, place)
        if found is None:
            return False
        place = found.end()
    return True


def _blank(found: re.Match[bytes]) -> bytes:
    """As much space, so that everything stays in its place; of a string, its quotes as well.

    A string that does not end is left, for Python will not take the script.
    """
    text = found[0]
    if text.startswith(b"#"):
        return b" " * len(text)
    quotes = text[:3] if text.startswith((b'"""', b"'''")) else text[:1]
    if len(text) < 2 * len(quotes) or not text.endswith(quotes):
        return text
    return b'"' + b" " * (len(text) - 2) + b'"'


def _direct_calls(code: bytes) -> list[re.Match[bytes]]:
    """The calls of operations but for those on the variable of a block."""
    imported = {name for line in _IMPORT.findall(code) for name in _AS.findall(line)}
    variables = set(_block_names(code)) - imported - {b"op"}
    return [call for call in re.finditer(_CALL, code) if call[1] is None or call[1] not in variables]


def _block_names(code: bytes) -> Iterator[bytes]:
    """The first name that follows on each ``batch_alter_table``."""
    opened = False
    for found in _BLOCK_OR_NAME.finditer(code):
        if opened and found[2]:
            yield found[2]
        opened = bool(found[1]) or (opened and not found[2])


def _is_plain(code: bytes, call: re.Match[bytes]) -> bool:
    """Whether a call adds a column that SQLite's own ADD COLUMN takes."""
    plain = _PLAIN_COLUMN.match(code, call.end() - 1) if call[2] == b"add_column" else None
    return plain is not None and _MORE_THAN_PLAIN.search(_CONSTANT_DEFAULT.sub(b"", plain[0])) is None


def _has_other_names(code: bytes) -> bool:
    """Whether ``alembic.op``, or what is imported from it, has a name of the script's own, or may be a plug-in's."""
    if re.search(rb"\bop\s+as\s+(?!op\b)|\balembic\.op\s+as\b", code):
        return True
    known = {name.encode() for name in (*OPERATIONS, *OTHER_METHODS)}
    return any(set(re.findall(rb"[\w*]+", names)) - known for names in _FROM_OP.findall(code))
