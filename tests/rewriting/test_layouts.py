"""However a script is laid out: every byte outside of the operations stays, and nothing ever raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlite_batchify import rewrite_source
from sqlite_batchify.operations import STYLES
from tests.support import part
from tests.support.cases import CASES
from tests.support.kept import broken, can_be_compared, raised_or_lost, read
from tests.support.layouts import Layout, layouts, spoiled, spoiled_layouts

_SCRIPTS = sorted({case.before for case in CASES})
_ON_SQLITE = b'dialect.name == "sqlite"'
_SCRIPT = b'from alembic import op\n\n\ndef upgrade():\n    op.drop_column("t", "a")\n'


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=part(100, 150), deadline=None, derandomize=True)
@given(layouts())
def test_every_byte_outside_of_the_operations_stays(style: str, layout: Layout) -> None:
    read(layout.source)
    rewrite = partial(rewrite_source, style=style, naming=layout.naming)

    assert list(broken(layout.source, rewrite, keeps_names=layout.naming == "keep")) == []


@settings(max_examples=part(100, 150), deadline=None, derandomize=True)
@given(spoiled(_SCRIPTS), st.sampled_from(STYLES))
def test_what_has_been_spoiled_is_done_or_left(source: bytes, style: str) -> None:
    assert list(_raised_or_lost(source, style)) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(spoiled_layouts(), st.sampled_from(STYLES))
def test_a_layout_that_has_been_spoiled_is_done_or_left(source: bytes, style: str) -> None:
    assert list(_raised_or_lost(source, style)) == []


@settings(max_examples=part(70, 100), deadline=None, derandomize=True)
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


_CODE = ["op.drop_column({}, {})", "op.execute({})  # ALTER TABLE", "if x == {}: pass"]


@pytest.mark.parametrize("code", _CODE)
def test_a_string_that_python_warns_of_does_no_harm(code: str) -> None:
    assert rewrite_source(_SCRIPT + f"    {code}\n".replace("{}", r'"a\d"').encode()).changed


@pytest.mark.parametrize("string", [r'"a\x"', r'"\N{no such}"', '"a\0"'])
@pytest.mark.parametrize("code", _CODE)
def test_a_string_that_python_does_not_take_is_named(code: str, string: str) -> None:
    found = rewrite_source(_SCRIPT + f"    {code}\n".replace("{}", string).encode()).findings

    assert [each.code.code for each in found] == ["SB903"]


@pytest.mark.parametrize("code", ["x = = 1", "x = (", "x = '", "    x", "x = $", "a b", "x = \U00011bde\ue000"])
def test_place_of_a_syntax_error_is_that_which_python_tells(code: str) -> None:
    found = rewrite_source(_SCRIPT + f"    {code}\n    y\n".encode()).findings

    assert [(each.code.code, each.line, each.column > 1) for each in found] == [("SB903", 6, True)]


def _says_more_to_sqlite(source: bytes, style: str) -> bool:
    """Whether something is put around a block for SQLite alone, which the check takes for other operations."""
    result = rewrite_source(source, style=style, naming="keep").result
    return result.count(_ON_SQLITE) > source.count(_ON_SQLITE)


def _raised_or_lost(source: bytes, style: str) -> Iterator[str]:
    yield from raised_or_lost(source, partial(rewrite_source, style=style))
    if can_be_compared(source) and not _says_more_to_sqlite(source, style):
        yield from broken(source, partial(rewrite_source, style=style, naming="keep"), keeps_names=True)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    "end", ["  # \\\n", "  # \\\n\n", "  # \\\n\n  # the end \\\n", "\n\n  # the end \\", "  # a\n\f\n# b\n"]
)
def test_what_libcst_loses_at_the_end_stays_whatever_the_newlines(end: str, newline: bytes) -> None:
    source = (_SCRIPT.removesuffix(b"\n") + end.encode()).replace(b"\n", newline)

    rewritten = rewrite_source(source)

    assert rewritten.result.endswith(end.encode().replace(b"\n", newline))
    assert [rewritten.changed, rewritten.findings] == [True, ()]


def test_script_of_blanks_and_comments_stays() -> None:
    for source in (b"", b"\r", b"# alembic ALTER TABLE\r\r", b"\n# op.drop_column(\n", b"\f\r\n"):
        assert rewrite_source(source).result is source


def test_what_libcst_does_not_keep_is_a_finding_at_its_line() -> None:
    source = b"from alembic import op\n\n\\\n" + _SCRIPT.partition(b"\n\n\n")[2]

    rewritten = rewrite_source(source)

    assert rewritten.result is source
    assert [(each.code.code, each.line) for each in rewritten.findings] == [("SB903", 3)]
    assert "libcst" in rewritten.findings[0].message


def test_operation_in_the_place_of_a_table_runs_first_as_before() -> None:
    source = _SCRIPT + b'    op.drop_column(op.add_column("t", x), "b")\n'

    assert list(_raised_or_lost(source, "minimal")) == []
