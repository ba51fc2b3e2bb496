"""Which scripts can need work: by their bytes alone, so that the others are never parsed.

What is imported here is imported in every run of the program.
"""

from __future__ import annotations

import re

from .operations import NEVER, OPERATIONS, OTHER_METHODS

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
_ASKING = re.compile(rb"\b(?:drop_constraint|drop_column)\s*\(|add_column\((?s:.*)(?:ForeignKey|unique\s*=)")
_ALEMBIC = re.compile(rb"alembic|^def (?:up|down)grade\([^)]*\bop\b", re.MULTILINE)
_RAW = re.compile(rb"\bALTER\s+(?:TABLE|TYPE|INDEX|SEQUENCE|VIEW|SCHEMA|DATABASE|DOMAIN|ROLE|USER)\b", re.IGNORECASE)
_WORTH_A_LOOK = re.compile(rf"\b(?:{_NEEDING})\b|{_PLUGIN_CALL}|\bop\s+as\s|\balembic\.op\b".encode())

# The rest is for the code without what stands in strings and comments.
_HIDDEN = re.compile(
    rb'"""(?:[^\\]|\\.)*?"""' rb"|'''(?:[^\\]|\\.)*?'''" rb'|"(?:[^"\\\n]|\\.)*"' rb"|'(?:[^'\\\n]|\\.)*'|#[^\n]*",
    re.DOTALL,
)
_CALL = rf"(?:\b(\w+)\.)?\b({_NEEDING})\s*\(".encode()
_BLOCK = rb"\bbatch_alter_table\s*\((?s:.*?)\bas\s+(\w+)\s*:"
_IMPORTED = rb"\bimport\b[^\n]*\bas\s+(\w+)"
_FROM_OP = rb"\bfrom\s+alembic\.op\s+import\s+(\([^)]*\)|[^\n]*)"
_INDEX_IN_A_BLOCK = rb"\bbatch_alter_table\s*\((?s:.*)\.add_column\s*\((?s:.*)\bindex\s*=\s*True\b"
# add_column(TABLE, Column(NAME, TYPE, keyword=value, ...)); without one of the words below SQLite can do it.
_VALUE = r"""(?:\w*"\ *"|-?[\w.]+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?)"""
_KEYWORDS = rf"(?:,\s*\w+\s*=\s*{_VALUE}\s*)*,?\s*"
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
    if not _ALEMBIC.search(source):
        return False
    if style == AUTOGENERATE and re.search(_ANY_OPERATION, source):
        return True
    if _RAW.search(source):
        return True
    if not _WORTH_A_LOOK.search(source):
        return False
    code = _HIDDEN.sub(_blank, source)
    return (
        any(not _is_plain(code, call.end() - 1) for call in _direct_calls(code))
        or re.search(_INDEX_IN_A_BLOCK, code) is not None
        or re.search(_PLUGIN_CALL.encode(), code) is not None
        or _has_other_names(code)
    )


def may_need_names(source: bytes) -> bool:
    """Whether a script may create or drop something whose name the history has to tell."""
    return _ALEMBIC.search(source) is not None and any(each.search(source) for each in (NAMELESS, _ASKING))


def _blank(found: re.Match[bytes]) -> bytes:
    """As much space, so that everything stays in its place; of a string, its quotes as well."""
    length = len(found[0])
    return b" " * length if found[0].startswith(b"#") else b'"' + b" " * (length - 2) + b'"'


def _direct_calls(code: bytes) -> list[re.Match[bytes]]:
    """The calls of operations but for those on the variable of a block."""
    variables = set(re.findall(_BLOCK, code)) - set(re.findall(_IMPORTED, code)) - {b"op"}
    return [call for call in re.finditer(_CALL, code) if call[1] is None or call[1] not in variables]


def _is_plain(code: bytes, start: int) -> bool:
    """Whether the call whose arguments begin here adds a column that SQLite's own ADD COLUMN takes."""
    call = _PLAIN_COLUMN.match(code, start)
    if call is None or not code[:start].rstrip().endswith(b"add_column"):
        return False
    return _MORE_THAN_PLAIN.search(_CONSTANT_DEFAULT.sub(b"", call[0])) is None


def _has_other_names(code: bytes) -> bool:
    """Whether ``alembic.op``, or what is imported from it, has a name of the script's own, or may be a plug-in's."""
    if re.search(rb"\bop\s+as\s+(?!op\b)|\balembic\.op\s+as\b", code):
        return True
    known = {name.encode() for name in (*OPERATIONS, *OTHER_METHODS)}
    return any(set(re.findall(rb"[\w*]+", names)) - known for names in re.findall(_FROM_OP, code))
