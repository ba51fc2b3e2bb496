"""However a script is laid out: every byte outside of the operations stays, and nothing ever raises."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.operations import STYLES
from tests.corpus import promises
from tests.corpus.places import Place, arguments
from tests.corpus.skeleton import lines_of
from tests.support.cases import CASES
from tests.support.layouts import Layout, layouts, spoiled, spoiled_layouts

_SCRIPTS = sorted({case.before for case in CASES})
_ONLY_THE_TOOL_KNOWS = re.compile(rb"\bdef \w+\(op\b|\bif_(?:not_)?exists\b|\bindex=True\b")
"""What the check does not: Alembic may hand op over, a keyword that says nothing may go, an index may come out of its
column."""
_SCRIPT = b'from alembic import op\n\n\ndef upgrade():\n    op.drop_column("t", "a")\n'


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(layouts())
def test_every_byte_outside_of_the_operations_stays(style: str, layout: Layout) -> None:
    _read(layout.source)

    assert list(broken(layout.source, style, layout.naming)) == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(spoiled(_SCRIPTS), st.sampled_from(STYLES))
def test_what_has_been_spoiled_is_done_or_left(source: bytes, style: str) -> None:
    assert list(_raised_or_lost(source, style)) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(spoiled_layouts(), st.sampled_from(STYLES))
def test_a_layout_that_has_been_spoiled_is_done_or_left(source: bytes, style: str) -> None:
    assert list(_raised_or_lost(source, style)) == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_anything_at_all_may_stand_behind_a_script(rest: bytes) -> None:
    for source in (rest, _SCRIPT + rest, rest + _SCRIPT, _SCRIPT + b"    " + rest):
        assert list(_raised_or_lost(source, "minimal")) == []


@pytest.mark.parametrize(
    "expression",
    [
        *("{}1{}".format("[" * 190, "]" * 190), " + ".join("a" * 1500), "a" + ".b" * 1500, "(" + "\n'a'" * 1500 + ")"),
        *(
            "{}1{}".format("[" * 5000, "]" * 5000),
            "+".join("a" * 50000),
            " or ".join("a" * 50000),
            "**".join("a" * 9000),
        ),
    ],
    ids=[*("brackets", "sum", "attributes", "strings"), *("more brackets", "longer sum", "or", "powers")],
)
def test_what_is_nested_too_deeply_is_done_or_left_with_a_finding(expression: str) -> None:
    source = _SCRIPT + f"    x = {expression}\n".encode()
    run = "import sys; from sqlite_batchify import rewrite_source as r; x = r(sys.stdin.buffer.read()); "
    run += "print(x.changed, *(each.code.code for each in x.findings))"

    done = subprocess.run([sys.executable, "-c", run], input=source, capture_output=True, check=True)

    assert done.stdout.decode().strip() in ("True", "False SB903")


def test_newlines_that_are_lone_crs_stay() -> None:
    after = rewrite_source(_SCRIPT).result

    assert rewrite_source(_SCRIPT.replace(b"\n", b"\r")).result == after.replace(b"\n", b"\r")


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-8-unix", "latin-1-dos", "UTF_8", "cp1252", "shift_jis"])
def test_bytes_stay_in_every_encoding_that_python_takes(name: str) -> None:
    line = f"# -*- coding: {name} -*-\n".encode()

    assert rewrite_source(line + _SCRIPT).result == line + rewrite_source(_SCRIPT).result


@pytest.mark.parametrize("name", ["idna", "undefined", "punycode", "hex", "utf-16", "unicode_escape", "mbcs_of_none"])
def test_encoding_that_does_not_give_the_bytes_back_is_a_finding(name: str) -> None:
    source = f"# coding: {name}\n".encode() + _SCRIPT

    rewritten = rewrite_source(source)

    assert [each.code.code for each in rewritten.findings] == ["SB902"]
    assert rewritten.result is source


def test_name_that_the_encoding_lacks_is_escaped() -> None:
    source = b"# coding: latin-1\n" + _SCRIPT + b'    op.create_unique_constraint(None, "t", ["b"])\n'

    result = rewrite_source(source, naming={"uq": "\u4ef7_%(table_name)s"}).result

    assert rb'"\u4ef7_t"' in result
    compile(result, "script", "exec")


@pytest.mark.parametrize("string", [r'"a\d"', r'"a\x"', r'"\N{no such}"', '"a\0"'])
@pytest.mark.parametrize("code", ["op.drop_column({}, {})", "op.execute({})  # ALTER TABLE", "if x == {}: pass"])
def test_strings_that_python_complains_of_do_no_harm(code: str, string: str) -> None:
    source = _SCRIPT + f"    {code.format(string, string)}\n".encode()

    assert rewrite_source(source).changed


@pytest.mark.parametrize("code", ["x = = 1", "x = (", "x = '", "    x", "x = $", "a b", "x = \U00011bde\ue000"])
def test_place_of_a_syntax_error_is_that_which_python_tells(code: str) -> None:
    found = rewrite_source(_SCRIPT + f"    {code}\n    y\n".encode()).findings

    assert [(each.code.code, each.line, each.column > 1) for each in found] == [("SB903", 6, True)]


def _raised_or_lost(source: bytes, style: str) -> Iterator[str]:
    """What is wrong with the result of a script that may be no Python at all."""
    rewritten = rewrite_source(source, style=style)
    yield from _misplaced(rewritten)
    failed = [each for each in rewritten.findings if each.code.code.startswith("SB9")]
    if failed and (rewritten.result is not source or len(rewritten.findings) != 1):
        yield f"could not be read, and yet: {rewritten.findings}"
    if rewritten.changed and rewrite_source(rewritten.result, style=style).changed:
        yield "a second run changes it again"
    try:
        _read(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    if not _ONLY_THE_TOOL_KNOWS.search(source):
        yield from broken(source, style, "keep")


def broken(source: bytes, style: str, naming: str) -> Iterator[str]:
    """What is promised about any script that Python reads, and not kept."""
    rewritten = rewrite_source(source, style=style, naming=naming)
    yield from _misplaced(rewritten)
    if any(each.code.code.startswith(("SB2", "SB9")) for each in rewritten.findings):
        yield f"could not be done: {rewritten.findings}"
        return
    if not rewritten.changed:
        return
    if rewrite_source(rewritten.result, style=style, naming=naming).changed:
        yield "a second run changes it again"
    try:
        if b"\f" not in source:  # libcst cannot read all that Python can
            cst.parse_module(rewritten.result)
        before, after = _read(source), _read(rewritten.result)
    except (SyntaxError, cst.ParserSyntaxError) as error:
        yield f"does not parse: {error}"
        return
    yield from promises.broken(before, after) if naming == "keep" else _broken_but_for_names(before, after)


def _read(source: bytes) -> promises.Text:
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
    return _read(text.encode(encoding))
