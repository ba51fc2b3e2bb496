"""What a script's comments tell the program: ``# sqlite-batchify: skip`` and ``# sqlite-batchify: ignore[CODE]``.

A comment holds for the statement on whose line it stands, or above which it stands; on the line of a ``def``, an ``if``
or a ``with`` for all that is under it; in front of the first statement of the script for the whole of it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .. import findings
from ..findings import BROKEN, CODES, Finding, nearest_code
from .parsing import UnparsableError, parse

MARK = "sqlite-batchify:"
_COMMENT = re.compile(rf"#\s*{MARK}\s*(.*)")
_ORDER = re.compile(r"(?P<skip>skip)(?:\s.*)?|ignore(?:\[(?P<codes>[\w\s,]*)\])?(?:\s.*)?")
_OF_THE_REWRITER = "SB1"


class Ignore(NamedTuple):
    """One comment that silences findings (all of them if it names no code) from the line ``first`` to ``last``."""

    line: int
    column: int
    codes: tuple[str, ...]
    first: int
    last: int

    def covers(self, line: int, code: str) -> bool:
        return self.first <= line <= self.last and (not self.codes or code in self.codes)


class Comments(NamedTuple):
    """Those of a script. ``skips`` are the lines on which statements begin that are to be left alone.

    ``wrong`` are findings, without a path, about comments that mean nothing.
    """

    whole: bool = False
    skips: frozenset[int] = frozenset()
    ignores: tuple[Ignore, ...] = ()
    wrong: tuple[Finding, ...] = ()

    def applied(self, found: Iterable[Finding], path: str) -> tuple[Finding, ...]:
        """The findings that are not silenced, and those about the comments themselves."""
        used: set[Ignore] = set()
        kept = []
        for finding in found:
            by = {each for each in self.ignores if each.covers(finding.line, finding.code.code)}
            if not by or finding.code in BROKEN:
                kept.append(finding)
            used |= by
        unused = (each for each in self.ignores if each not in used and not _is_for_verify(each))
        about = [Finding(findings.UNUSED_IGNORE, path, each.line, each.column, _written(each.codes)) for each in unused]
        about += [each._replace(path=path) for each in self.wrong]
        return tuple(sorted([*kept, *about], key=lambda each: (each.line, each.column))) if about else tuple(kept)


NONE = Comments()


def _is_for_verify(ignore: Ignore) -> bool:
    return any(not code.startswith(_OF_THE_REWRITER) for code in ignore.codes)


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
    statements = [_lines(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    end = tokens[-1].start[0]
    begins = min((node.lineno for node in tree.body if not _is_docstring(node)), default=end)
    script = _Statement(1, end, 0, begins)
    result = NONE
    for token in tokens:
        found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found is not None:
            in_head = token.start[0] < begins and not _is_trailing(token)
            place = script if in_head else _meant(token, statements)
            result = _with(result, found[1].strip(), token.start, place, in_head)
    return result


def _with(known: Comments, order: str, at: tuple[int, int], place: _Statement | None, in_head: bool) -> Comments:
    line, column = at[0], at[1] + 1
    read = _ORDER.fullmatch(order)
    codes = re.findall(r"\w+", read["codes"] or "") if read is not None else []
    wrong = list(_problems(order, read is not None, codes, place))
    about = (Finding(findings.UNKNOWN_COMMENT, "", line, column, each) for each in wrong)
    known = known._replace(wrong=(*known.wrong, *about))
    if wrong or read is None or place is None:
        return known
    if read["skip"]:
        return known._replace(whole=known.whole or in_head, skips=known.skips | {place.first})
    return known._replace(ignores=(*known.ignores, Ignore(line, column, tuple(codes), place.first, place.last)))


def _problems(order: str, known: bool, codes: list[str], place: _Statement | None) -> Iterator[str]:
    if not known:
        yield f"{order!r} is neither skip nor ignore[CODE]"
    elif place is None:
        yield f"{order!r} stands at no statement"
    for code in codes:
        if code not in CODES:
            yield f"there is no code {code}{nearest_code(code)}"


def _meant(token: tokenize.TokenInfo, statements: list[_Statement]) -> _Statement | None:
    """The statement that a comment belongs to."""
    line, column = token.start
    inside = [each for each in statements if each.head is None and each.first <= line <= each.last]
    if inside:
        return inside[0]
    if _is_trailing(token):
        heads = [each for each in statements if each.head is not None and each.first <= line <= each.head]
        return max(heads, key=lambda each: each.first, default=None)
    below = min((each for each in statements if each.first > line), key=lambda each: each.first, default=None)
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
