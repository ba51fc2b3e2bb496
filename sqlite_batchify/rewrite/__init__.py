"""One script: bytes -> bytes and findings. libcst is imported here and nowhere else, and only for a script that may
need work."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import findings
from ..findings import Code, Finding
from ..operations import NEVER, OPERATIONS, OTHER_METHODS
from ..sources import Decoded, SourceError, decode
from .runs import AUTOGENERATE, MINIMAL, STYLES

if TYPE_CHECKING:
    from libcst import Module

    from .history import History as History
    from .history import Names
    from .script import Outcome

__all__ = [
    "AUTOGENERATE",
    "MINIMAL",
    "STYLES",
    "Rewritten",
    "check_naming",
    "may_need_names",
    "may_need_work",
    "open_history",
    "rewrite_source",
]


@dataclass(frozen=True)
class Rewritten:
    """What became of one script.

    ``source`` are the bytes that were passed in, ``result`` those to be written (the same object if nothing changes);
    ``blocks`` and ``operations`` count the blocks that were made or extended and the operations moved into them.
    ``findings`` have their places in ``source``; ``remaining`` are the same with their places in ``result``.
    """

    source: bytes
    result: bytes
    blocks: int = 0
    operations: int = 0
    findings: tuple[Finding, ...] = ()
    remaining: tuple[Finding, ...] = ()

    @property
    def changed(self) -> bool:
        return self.result is not self.source


def _alternatives(names: list[str]) -> str:
    return "|".join(sorted(names))


_NEEDING = _alternatives([name for name, operation in OPERATIONS.items() if operation.needs_block != NEVER])
_ALL = _alternatives(list(OPERATIONS))
_KNOWN = _alternatives([*OPERATIONS, *OTHER_METHODS])

_PLUGIN_CALL = rf"\bop\.(?!(?:{_KNOWN})\b)\w+\("
_MENTION = re.compile(rf"(?<!batch_op\.)\b(?:{_NEEDING})\s*\(|{_PLUGIN_CALL}")
# op.add_column(TABLE, sa.Column(NAME, TYPE, keyword=value, ...)); without one of the words below SQLite can do it.
_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?)"""
_PLAIN_COLUMN = (
    rf"add_column\(\s*{_VALUE},\s*(?:\w+\.)?Column\(\s*{_VALUE},\s*{_VALUE}(?:,\s*\w+={_VALUE})*,?\s*\),?\s*\)"
)
_CANDIDATE = re.compile(rf"(?<!batch_op\.)\b(?!{_PLAIN_COLUMN})(?:{_NEEDING})\s*\(".encode())
_COLUMN_WITH_MORE = re.compile(
    rb"add_column\((?s:.*)(?:ForeignKey|unique\s*=|primary_key\s*=|create_constraint|Computed|server_default)"
)
_NAMELESS = re.compile(rb"_(?:key|constraint)\(\s*None\b|constraint_name\s*=\s*None\b")
_ASKING = re.compile(rb"\b(?:drop_constraint|drop_column)\s*\(|add_column\((?s:.*)(?:ForeignKey|unique\s*=)")
_INDEX_IN_A_BLOCK = re.compile(rb"\bbatch_alter_table\((?s:.*)\.add_column\((?s:.*)\bindex\s*=\s*True\b")
_PLUGIN = re.compile(_PLUGIN_CALL.encode())
_ALIAS = re.compile(rb"\bop\s+as\s|\bfrom\s+alembic\.op\s")
_RAW = re.compile(rb"\bALTER\s+(?:TABLE|TYPE|INDEX|SEQUENCE|VIEW|SCHEMA|DATABASE|DOMAIN|ROLE|USER)\b", re.IGNORECASE)
_WORK = (_CANDIDATE, _COLUMN_WITH_MORE, _INDEX_IN_A_BLOCK, _PLUGIN, _ALIAS, _RAW)
_ALEMBIC = re.compile(rb"alembic|^def (?:up|down)grade\([^)]*\bop\b", re.MULTILINE)
_ANY_OPERATION = re.compile(rf"(?<!batch_op\.)\b(?:{_ALL})\s*\(".encode())
_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)


def may_need_work(source: bytes, style: str = MINIMAL) -> bool:
    """Whether a script may need blocks: False only if all its operations surely stay where they are."""
    if not _ALEMBIC.search(source):
        return False
    if style == AUTOGENERATE and _ANY_OPERATION.search(source):
        return True
    return any(
        pattern.search(source) for pattern in (_CANDIDATE, _COLUMN_WITH_MORE, _INDEX_IN_A_BLOCK, _PLUGIN, _ALIAS, _RAW)
    )


def may_need_names(source: bytes) -> bool:
    """Whether a script may create or drop something whose name the history has to tell."""
    return _ALEMBIC.search(source) is not None and any(each.search(source) for each in (_NAMELESS, _ASKING))


def rewrite_source(
    source: bytes,
    *,
    style: str = MINIMAL,
    naming: object = "auto",
    path: str = "<string>",
    history: Callable[[], History] | None = None,
) -> Rewritten:
    """Put the operations of one revision script that SQLite cannot do into ``batch_alter_table`` blocks.

    ``source`` are the bytes of the script, ``style`` is ``"minimal"`` or ``"autogenerate"``, ``path`` stands in the
    findings. ``naming`` says how constraints without a name are named: ``"auto"``, ``"postgresql"``, ``"keep"``, or a
    naming convention as a mapping from ``"fk"``, ``"uq"``, ``"ck"`` and ``"pk"`` to templates. ``history`` gives the
    scripts of the folder that ``path`` lies in; it is called only for a name that they may tell, and without it the
    script is taken for the only one.

    A script that cannot be decoded or parsed, or whose result does not pass the self-check (it parses, and a second run
    changes nothing), comes back as it is, with a finding. Raises ValueError for an unknown style, and ConventionError,
    which is one, for an unusable naming convention.
    """
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    asking = may_need_names(source)
    if not asking and not may_need_work(source, style):
        return Rewritten(source, source)
    try:
        decoded = decode(source)
    except SourceError as error:
        return _unchanged(source, Finding(findings.UNDECODABLE, path, error.line, 0, error.reason))
    job = _Job(style, path, naming, history)
    try:
        names = job.names(source) if asking else None
        if not may_need_work(source, style) and not (names and names.matter(_NAMELESS.search(source) is not None)):
            return Rewritten(source, source)
        return job.rewrite(source, decoded, names)
    except (RecursionError, MemoryError):
        return _unchanged(source, Finding(findings.UNPARSABLE, path, 1, 1, "nested too deeply"))


def open_history(scripts: Callable[[], Mapping[str, bytes]]) -> History:
    """The scripts of one folder, for ``rewrite_source``.

    ``scripts`` gives their bytes by file name; it is called once, when the first question comes.
    """
    from .history import History

    return History(scripts)


def check_naming(value: object) -> None:
    """Raise ConventionError, a ValueError, if this cannot be the ``naming`` of ``rewrite_source``."""
    from .names import read_naming

    read_naming(value)


@dataclass(frozen=True)
class _Job:
    """How one script is to be rewritten."""

    style: str
    path: str
    naming: object
    history: Callable[[], History] | None

    def names(self, source: bytes) -> Names:
        from .history import History
        from .names import read_naming

        history = History() if self.history is None else self.history()
        return history.names(os.path.basename(self.path), source, read_naming(self.naming))

    def rewrite(self, source: bytes, decoded: Decoded, names: Names | None) -> Rewritten:
        from .text import UnparsableError, parse, spliced, split_tail

        text, tail = split_tail(decoded.text)
        try:
            module = parse(text)
        except UnparsableError as error:
            return _unchanged(source, _syntax_finding(source, self.path, error.line, error.column, error.reason))
        outcome = self._outcome(module, text, names)
        if outcome.module is module:
            return _unchanged(source, *outcome.findings)
        try:
            result = spliced(text, module, outcome.module)
            encoded = decoded.encode(result + tail)
            again = self._outcome(parse(result), result, None if names is None else self.names(encoded))
        except UnparsableError as error:
            return _unstable(source, self.path, outcome.findings, f"line {error.line}: {error.reason}")
        if again.changed:
            return _unstable(source, self.path, outcome.findings, "a second run changes it again")
        return Rewritten(source, encoded, outcome.blocks, outcome.operations, outcome.findings, again.findings)

    def _outcome(self, module: Module, text: str, names: Names | None) -> Outcome:
        from . import script

        return script.rewrite_module(module, text, self.style, self.path, len(_MENTION.findall(text)), names)


def _unchanged(source: bytes, *found: Finding) -> Rewritten:
    return Rewritten(source, source, findings=found, remaining=found)


def _unstable(source: bytes, path: str, found: tuple[Finding, ...], reason: str) -> Rewritten:
    return _unchanged(source, *found, Finding(findings.UNSTABLE, path, 0, 0, reason))


def _syntax_finding(source: bytes, path: str, line: int, column: int, reason: str) -> Finding:
    marker = _CONFLICT.search(source)
    if marker is None:
        return Finding(findings.UNPARSABLE, path, line, column, reason)
    code: Code = findings.CONFLICT
    at = source.count(b"\n", 0, marker.start()) + 1
    return Finding(code, path, at, 1, marker.group().decode("utf-8", "replace").strip())
