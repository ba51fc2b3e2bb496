"""Which scripts have nothing to do: by their bytes alone, so that these are never parsed.

What is imported here is imported in every run of the program.
"""

from __future__ import annotations

import re

from ..operations import AUTOGENERATE, MINIMAL, NEVER, OPERATIONS, OTHER_METHODS

MARK = b"sqlite-batchify:"
"""What a comment for the program has in it (see comments.py)."""


def _any_of(names: list[str]) -> str:
    return "|".join(sorted(names))


_NEEDING = [name for name, operation in OPERATIONS.items() if operation.needs_block != NEVER]
_PLUGIN = rf"\bop\.(?!(?:{_any_of([*OPERATIONS, *OTHER_METHODS])})\b)\w"
_BATCHED = r"(?<!\bbatch_op\.)\b(?:{})\b"  # in a block it has neither a name to be given nor to be found
_RAW = r"(?i:\bALTER\s+(?:TABLE|TYPE|INDEX|SEQUENCE|VIEW|SCHEMA|DATABASE|DOMAIN|ROLE|USER)\b)"
_OTHER_NAMES = r"\bop\s+as\b|\balembic\.op\s+import\b|\bbatch_op\s*="
_ALTERING = "alter_column"
_WORDS = (
    rf"\b(?:{_any_of([name for name in _NEEDING if name != _ALTERING])})\b",
    _PLUGIN,
    _RAW,
    _OTHER_NAMES,
    r"\bnew_column_name\b",
    MARK.decode(),
)
_DOES = {
    MINIMAL: re.compile("|".join([*_WORDS, _BATCHED.format(_ALTERING)]).encode()),
    AUTOGENERATE: re.compile("|".join([*_WORDS, _BATCHED.format(_any_of(list(OPERATIONS)))]).encode()),
}
_SELDOM = (
    ((b"INDEX ", b"index "), rb"(?i)\b(?:CREATE|DROP)\s+(?:\w+\s+)?INDEX\s"),
    ((b"drop_index", b"create_index"), rb"""["'][\w$]{55,56}_[0-9a-f]{4}["']"""),
    ((b"never",), rb"""["']never["']"""),
)
"""What is looked for, and compiled, only for a script with one of some words, which are found faster."""
_FOREIGN = re.compile(
    rb"execute|exec_driver_sql|drop_index|drop_constraint|dialects|server_default|collation|ARRAY|UUID|CIText|INTERVAL|if_(?:not_)?exists|initially"
    rb"|\bpublic\b"
)
"""What stands in a script that may be written for another database, beside its ALTERs."""
_MENTION = re.compile(rf"\b(?:{_any_of(_NEEDING)})\s*\(|{_PLUGIN}")


def has_nothing_to_do(source: bytes, style: str, portable: bool = False) -> bool:
    """Whether a script surely stays as it is, with nothing to be said of it."""
    if portable and _FOREIGN.search(source) is not None:
        return False
    return _DOES[style].search(source) is None and not any(
        re.search(pattern, source) for plain, pattern in _SELDOM if any(word in source for word in plain)
    )


def holds_blocks(source: bytes) -> bool:
    """Whether a script may have blocks of its own, of whose tables the scripts beside it may tell something."""
    return b"batch_alter_table" in source


def count_mentions(text: str) -> int:
    """How many calls of operations that need a block, or of a plug-in's, a text seems to hold."""
    return len(_MENTION.findall(text))
