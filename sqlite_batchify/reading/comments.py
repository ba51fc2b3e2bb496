"""What a script's comments tell the program: ``# sqlite-batchify: skip`` and ``# sqlite-batchify: ignore[CODE]``.

A comment holds for the statement on whose line it stands, or above which it stands; on the line of a ``def``, an ``if``
or a ``with`` for all that is under it; in front of the first statement of the script for the whole of it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .. import findings
from ..findings import BROKEN, CODES, Finding, nearest_code
from .parsing import UnparsableError, parse
from .syntax import suites_of

MARK = "sqlite-batchify:"
_COMMENT = re.compile(rf"#\s*{MARK}\s*(.*)")
_ORDER = re.compile(r"(?P<skip>skip)(?:\s.*)?|ignore(?:\[(?P<codes>[\w\s,]*)\])?(?:\s.*)?")
_ANY = ""  # code
_OF_THE_REWRITER = "SB1"
_OF_PORTABLE = frozenset(each.code for each in findings.codes_of(findings.portable))


class Ignore(NamedTuple):
    """One comment that silences findings (all of them if it names no code) from the line ``first`` to ``last``."""

    line: int
    column: int
    codes: tuple[str, ...]
    first: int
    last: int


class Comments(NamedTuple):
    """Those of a script. ``skips`` are the lines on which statements begin that are to be left alone.

    ``wrong`` are findings, without a path, about comments that mean nothing.
    """

    whole: bool = False
    skips: frozenset[int] = frozenset()
    ignores: tuple[Ignore, ...] = ()
    wrong: tuple[Finding, ...] = ()

    def silences(self) -> Callable[[int, str], bool]:
        """A function that tells whether a finding at a line, of a code, is silenced."""
        spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for each in self.ignores:
            for code in each.codes or (_ANY,):
                spans[code].append((each.first, each.last))
        covered = {code: _merged(each) for code, each in spans.items()}

        def silenced(line: int, code: str) -> bool:
            for first, last in (covered[each] for each in (code, _ANY) if each in covered):
                place = bisect_right(first, line) - 1
                if place >= 0 and line <= last[place]:
                    return True
            return False

        return silenced

    def applied(self, found: Sequence[Finding], path: str) -> tuple[Finding, ...]:
        """The findings that are not silenced, and those about the comments themselves."""
        silenced = self.silences()
        kept = [each for each in found if each.code in BROKEN or not silenced(each.line, each.code.code)]
        lines: defaultdict[str, list[int]] = defaultdict(list)
        for finding in sorted(found, key=lambda each: each.line):
            for code in (finding.code.code, _ANY):
                lines[code].append(finding.line)
        unused = (each for each in self.ignores if not (_is_for_another_run(each) or _is_used(each, lines)))
        about = [Finding(findings.UNUSED_IGNORE, path, each.line, each.column, _written(each.codes)) for each in unused]
        about += [each._replace(path=path) for each in self.wrong]
        return tuple(sorted([*kept, *about], key=lambda each: (each.line, each.column))) if about else tuple(kept)


NONE = Comments()


def _merged(spans: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Where spans of lines begin and where they end, those that overlap in one."""
    first: list[int] = []
    last: list[int] = []
    for start, stop in sorted(spans):
        if last and start <= last[-1]:
            last[-1] = max(last[-1], stop)
        else:
            first.append(start)
            last.append(stop)
    return first, last


def _is_used(ignore: Ignore, lines: Mapping[str, list[int]]) -> bool:
    """Whether there is a finding that it silences; ``lines`` are those of the findings of each code, in order."""
    listed = (lines.get(code, []) for code in ignore.codes or (_ANY,))
    return any(bisect_left(each, ignore.first) < bisect_right(each, ignore.last) for each in listed)


def _is_for_another_run(ignore: Ignore) -> bool:
    """Whether it is for verify, or for what is found under --portable."""
    return any(not code.startswith(_OF_THE_REWRITER) or code in _OF_PORTABLE for code in ignore.codes)


def _written(codes: Iterable[str]) -> str:
    listed = ", ".join(codes)
    return f"ignore[{listed}]" if listed else "ignore"


class _Statement(NamedTuple):
    """Where a statement lies; ``head`` is the last line in front of its suite, None if it has none."""

    first: int
    last: int
    column: int
    head: int | None


def read_comments(text: str, tree: ast.Module | None = None) -> Comments:
    """The comments of a script with this text and tree; none where Python cannot read it."""
    if MARK not in text:
        return NONE
    try:
        tree = tree or parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline=None).readline))
    except (SyntaxError, UnparsableError, tokenize.TokenError):
        return NONE
    statements = _Statements(_lines(node) for node in ast.walk(tree) if isinstance(node, ast.stmt))
    end = tokens[-1].start[0]
    begins = min((node.lineno for node in tree.body if not _is_docstring(node)), default=end)
    script = _Statement(1, end, 0, begins)
    result = _Read()
    for token in tokens:
        found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found is not None:
            in_head = token.start[0] < begins and not _is_trailing(token)
            place = script if in_head else statements.meant(token)
            result.add(found[1].strip(), token.start, place, in_head)
    return Comments(result.whole, frozenset(result.skips), tuple(result.ignores), tuple(result.wrong))


class _Read:
    """What has been read so far."""

    def __init__(self) -> None:
        self.whole = False
        self.skips: set[int] = set()
        self.ignores: list[Ignore] = []
        self.wrong: list[Finding] = []

    def add(self, order: str, at: tuple[int, int], place: _Statement | None, in_head: bool) -> None:
        line, column = at[0], at[1] + 1
        read = _ORDER.fullmatch(order)
        codes = re.findall(r"\w+", read["codes"] or "") if read is not None else []
        wrong = list(_problems(order, read is not None, codes, place))
        self.wrong += (Finding(findings.UNKNOWN_COMMENT, "", line, column, each) for each in wrong)
        if wrong or read is None or place is None:
            return
        if read["skip"]:
            self.whole = self.whole or in_head
            self.skips.add(place.first)
        else:
            self.ignores.append(Ignore(line, column, tuple(codes), place.first, place.last))


def _problems(order: str, known: bool, codes: list[str], place: _Statement | None) -> Iterator[str]:
    if not known:
        yield f"{order!r} is neither skip nor ignore[CODE]"
    elif place is None:
        yield f"{order!r} stands at no statement"
    for code in codes:
        if code not in CODES:
            yield f"there is no code {code}{nearest_code(code)}"


class _Statements:
    """The statements of a script, to be looked up by lines."""

    def __init__(self, statements: Iterable[_Statement]) -> None:
        self._simple: dict[int, _Statement] = {}
        self._headed: dict[int, _Statement] = {}
        self._first: dict[int, _Statement] = {}
        for each in statements:
            self._first.setdefault(each.first, each)
            if each.head is None:
                for line in range(each.first, each.last + 1):
                    self._simple.setdefault(line, each)
            else:
                for line in range(each.first, each.head + 1):
                    self._headed[line] = max(each, self._headed.get(line, each), key=lambda one: one.first)
        self._begins = sorted(self._first)

    def meant(self, token: tokenize.TokenInfo) -> _Statement | None:
        """The statement that a comment belongs to."""
        line, column = token.start
        if line in self._simple:
            return self._simple[line]
        if _is_trailing(token):
            return self._headed.get(line)
        place = bisect_right(self._begins, line)
        below = self._first[self._begins[place]] if place < len(self._begins) else None
        return below if below is not None and below.column == column else None


def _is_trailing(token: tokenize.TokenInfo) -> bool:
    return token.line[: token.start[1]].strip() != ""


def _lines(node: ast.stmt) -> _Statement:
    suites = [getattr(node, name) for name in ("body", "cases") if getattr(node, name, None)]
    head = None
    if suites:
        under = suites[0][0]
        head = max(node.lineno, (under.pattern if isinstance(under, ast.match_case) else under).lineno - 1)
    return _Statement(node.lineno, node.end_lineno or node.lineno, node.col_offset, head)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def skipped_lines(tree: ast.Module, skips: Collection[int]) -> Iterator[int]:
    """The lines of the statements that are left alone."""
    pending: list[ast.stmt] = [*tree.body]
    while pending:
        statement = pending.pop()
        if statement.lineno in skips:
            yield from range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        else:
            pending += [each for _, suite in suites_of(statement) for each in suite]
