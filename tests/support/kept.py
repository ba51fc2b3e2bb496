"""What is promised of any script, whatever it holds, and what of that is not kept."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable, Iterator

import libcst as cst

from sqlite_batchify import Rewritten
from tests.corpus import promises
from tests.corpus.places import Place, arguments
from tests.corpus.skeleton import lines_of

_ONLY_THE_TOOL_KNOWS = re.compile(
    rb"\bdef \w+\(op\b|\bif_(?:not_)?exists\b|\bindex=True\b|\bimport\s*\*|=\s*alembic\.op\b"
)
"""What the check does not: Alembic may hand op over, a keyword that says nothing may go, an index may come out of its
column, a star or another name may stand for op."""
_LIBCST_LOSES = re.compile(rb"^[ \t\f]*\\\r?$", re.MULTILINE)
"""A line that holds nothing but a backslash."""
Rewrite = Callable[[bytes], Rewritten]


def raised_or_lost(source: bytes, rewrite: Rewrite) -> Iterator[str]:
    """What is wrong with the result of a script that may be no Python at all."""
    rewritten = rewrite(source)
    yield from _misplaced(rewritten)
    failed = [each for each in rewritten.findings if each.code.code.startswith("SB9")]
    if failed and (rewritten.result is not source or len(rewritten.findings) != 1):
        yield f"could not be read, and yet: {rewritten.findings}"
    if rewritten.changed and rewrite(rewritten.result).changed:
        yield "a second run changes it again"


def can_be_compared(source: bytes) -> bool:
    """Whether ``broken`` can tell what may become of a script: Python reads it, and its encoding is one to one."""
    try:
        text = read(source)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        same = text.text.encode(encoding) == source
    except (SyntaxError, ValueError, LookupError, RecursionError):
        return False
    return same and not _ONLY_THE_TOOL_KNOWS.search(source) and not _LIBCST_LOSES.search(source)


def broken(source: bytes, rewrite: Rewrite, *, keeps_names: bool) -> Iterator[str]:
    """What is promised about any script that Python reads, and not kept."""
    rewritten = rewrite(source)
    yield from _misplaced(rewritten)
    if any(each.code.code.startswith(("SB2", "SB9")) for each in rewritten.findings):
        yield f"could not be done: {rewritten.findings}"
        return
    if not rewritten.changed:
        return
    if rewrite(rewritten.result).changed:
        yield "a second run changes it again"
    try:
        if b"\f" not in source:  # libcst cannot read all that Python can
            cst.parse_module(rewritten.result)
        before, after = read(source), read(rewritten.result)
    except (SyntaxError, cst.ParserSyntaxError) as error:
        yield f"does not parse: {error}"
        return
    same = len(before.places.operations) == len(after.places.operations)  # else a UNIQUE has come out of its column
    yield from promises.broken(before, after) if keeps_names and same else _broken_but_for_names(before, after)


def read(source: bytes) -> promises.Text:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SyntaxWarning, for what a mutation has made of a script
        return promises.read(source)


def _misplaced(rewritten: Rewritten) -> Iterator[str]:
    for findings, text in ((rewritten.findings, rewritten.source), (rewritten.remaining, rewritten.result)):
        lines = ["", *lines_of(text.decode("latin-1")), ""]
        for each in findings:
            if not (each.line < len(lines) and each.column <= len(lines[each.line]) + 1):
                yield f"a finding has no place in the script: {each}"


def _broken_but_for_names(before: promises.Text, after: promises.Text) -> Iterator[str]:
    """The same where constraints get names, and unique columns a constraint in an operation of its own."""
    old, new = before.places.operations, after.places.operations
    added = set(_added(old, new))
    if [_but_for_names(each) for each in old] != [_but_for_names(each) for each in new if each not in added]:
        yield "the operations are not the same in the same order"
    yield from promises.broken_outside(before, _without(after, added))


def _added(old: list[Place], new: list[Place]) -> Iterator[Place]:
    """What was put behind a unique column."""
    rest = iter(old)
    one = next(rest, None)
    for other in new:
        if one is not None and _but_for_names(one) == _but_for_names(other):
            one = next(rest, None)
        elif other.name == "create_unique_constraint":
            yield other


def _but_for_names(place: Place) -> tuple[str, dict[str, str]]:
    given = {name: value for name, value in (arguments(place) or {}).items() if name != "constraint_name"}
    return place.name, {
        name: ast.dump(_Nameless().visit(ast.parse(ast.unparse(value)))) for name, value in given.items()
    }


class _Nameless(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        names = {"ForeignKey": "name", "Column": "unique"}
        own = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        node.keywords = [each for each in node.keywords if each.arg != names.get(own)]
        return self.generic_visit(node)


def _without(script: promises.Text, added: set[Place]) -> promises.Text:
    """The script without these operations, and without the blocks that hold nothing else."""
    owners = Counter(id(each.block.node) for each in script.places.operations if each.block and each not in added)
    gone: set[int] = set()
    for each in added:
        assert each.block is not None
        assert each.statement is not None
        node = each.statement if owners[id(each.block.node)] else each.block.node
        gone |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = lines_of(script.text)
    text = "".join(line for number, line in enumerate(lines, 1) if number not in gone)
    if len(lines) in gone and not lines[-1].endswith("\n"):
        text = text.rstrip("\r\n")
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8-sig" if script.bom else "utf-8")).readline)
    return read(text.encode(encoding))
