"""One script that may need work: names, parsing, blocks, and the self-check of the result."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from sys import maxsize
from typing import TYPE_CHECKING, NamedTuple

from .. import findings
from ..comments import Comments, read_comments
from ..findings import Code, Finding
from ..screen import MENTION, NAMELESS, may_need_names, may_need_work
from ..sources import Decoded, SourceError, decode
from .result import Rewritten, unchanged

if TYPE_CHECKING:
    from libcst import Module

    from .fixes import Fix
    from .history.answers import Names
    from .history.scripts import History
    from .script import Outcome

_MANY = 50  # scripts
_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)


class Job(NamedTuple):
    """How one script is to be rewritten."""

    style: str
    path: str
    naming: object
    history: Callable[[], History] | None
    batch_name: str
    unsafe_fixes: bool

    def run(self, source: bytes) -> Rewritten:
        try:
            decoded = decode(source)
        except SourceError as error:
            return unchanged(source, Finding(findings.UNDECODABLE, self.path, error.line, 0, error.reason))
        names = self.names(source) if may_need_names(source) else None
        matter = names is not None and names.matter(NAMELESS.search(source) is not None)
        if matter or may_need_work(source, self.style):
            rewritten = self.rewrite(source, decoded, names)
        else:
            rewritten = unchanged(source, *read_comments(decoded.text).applied((), self.path))
        return rewritten._replace(beside=self._beside(names)) if names and names.failed else rewritten

    def _beside(self, names: Names) -> tuple[Finding, ...]:
        folder = os.path.dirname(self.path)
        return tuple(findings.internal_error(os.path.join(folder, name), each) for name, each in names.failed.items())

    def names(self, source: bytes) -> Names:
        """What the history says of a script with these bytes."""
        found = self.names_among(source, maxsize)
        assert found is not None  # there are no more scripts than that
        return found

    def names_among(self, source: bytes, most: int) -> Names | None:
        """The same; None if more than ``most`` other scripts have a say in it."""
        from .history.scripts import History
        from .names import read_naming

        history = History() if self.history is None else self.history()
        return history.names_among(os.path.basename(self.path), source, read_naming(self.naming), most)

    def rewrite(self, source: bytes, decoded: Decoded, names: Names | None) -> Rewritten:
        from .text import UnkeptError, UnparsableError, parse, spliced, split_tail

        told = read_comments(decoded.text)
        if told.whole:
            return Rewritten(source, source)
        text, tail = split_tail(decoded.text)
        try:
            module = parse(text)
        except UnparsableError as error:
            return unchanged(source, _syntax_finding(source, self.path, error.line, error.column, error.reason))
        outcome = self._outcome(module, text, names, told)
        if outcome.fixes and module.code == text:
            return self._fixed(source, decoded, text, tail, outcome.fixes)
        if outcome.module is module:
            return unchanged(source, *outcome.findings)
        try:
            result = spliced(text, module, outcome.module)
            encoded = decoded.encode(result + tail)
            remaining = self._remaining(encoded, result, names, outcome)
        except UnkeptError as error:
            return unchanged(source, Finding(findings.UNPARSABLE, self.path, error.line, error.column, error.reason))
        except UnparsableError as error:
            return _unstable(source, self.path, outcome.findings, f"line {error.line}: {error.reason}")
        if remaining is None:
            return _unstable(source, self.path, outcome.findings, "a second run changes it again")
        return Rewritten(source, encoded, outcome.blocks, outcome.operations, outcome.findings, remaining)

    def _remaining(
        self, encoded: bytes, result: str, names: Names | None, outcome: Outcome
    ) -> tuple[Finding, ...] | None:
        """What a second run finds, None if it changes the script again. Raises UnparsableError."""
        from .text import can_be_parsed, parse

        asked = outcome.findings or NAMELESS.search(encoded) or may_need_work(encoded, self.style)
        if not asked and can_be_parsed(result):
            return ()
        told = read_comments(result)
        again = self._outcome(parse(result), result, self._names_again(encoded, names, outcome), told)
        return None if again.changed or again.fixes else again.findings

    def _names_again(self, result: bytes, names: Names | None, outcome: Outcome) -> Names | None:
        """What the history says of the result; it is not asked where nothing is left that it could tell.

        Where many scripts have a say in it, it is taken to say the same of an operation wherever that stands.
        """
        if names is None or not (outcome.findings or NAMELESS.search(result)):
            return names and names._replace(answers={})
        return self.names_among(result, _MANY) or names._replace(answers=outcome.answers())

    def _outcome(self, module: Module, text: str, names: Names | None, told: Comments) -> Outcome:
        from . import script

        how = script.How(self.style, self.batch_name, told.skips, self.unsafe_fixes)
        outcome = script.rewrite_module(module, text, how, self.path, len(re.findall(MENTION, text)), names)
        silenced = told.silences()
        fixes = tuple(fix for fix in outcome.fixes if not silenced(fix.start[0], findings.RAW_SQL.code))
        return outcome._replace(findings=told.applied(outcome.findings, self.path), fixes=fixes)

    def _fixed(self, source: bytes, decoded: Decoded, text: str, tail: str, fixes: tuple[Fix, ...]) -> Rewritten:
        """The script with its fixes, rewritten as if it had come so."""
        from .fixes import apply_fixes

        fixed = apply_fixes(text, fixes)
        encoded = decoded.encode(fixed.text + tail)
        inner = self.run(encoded)
        found = tuple(fixed.moved_back(each) for each in inner.findings)
        if any(each.code in findings.UNDONE for each in found):
            return unchanged(source, *found)
        return Rewritten(source, inner.result, inner.blocks, inner.operations, found, inner.remaining)


def _unstable(source: bytes, path: str, found: tuple[Finding, ...], reason: str) -> Rewritten:
    return unchanged(source, *found, Finding(findings.UNSTABLE, path, 0, 0, reason))


def _syntax_finding(source: bytes, path: str, line: int, column: int, reason: str) -> Finding:
    marker = _CONFLICT.search(source)
    if marker is None:
        return Finding(findings.UNPARSABLE, path, line, column, reason)
    code: Code = findings.CONFLICT
    at = source.count(b"\n", 0, marker.start()) + 1
    return Finding(code, path, at, 1, marker.group().decode("utf-8", "replace").strip())
