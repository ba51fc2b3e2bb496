"""What is nested too deeply is a finding, at any depth and in time, and not the end of the process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from sqlite_batchify.reading.depth import may_be_too_deep

_SCRIPT = """
from alembic import op

revision = "a"


def upgrade():
    op.drop_column("t", "c")
"""
_CASE = "    match a:\n        case {}:\n            pass\n"
_NESTED: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: f"    x = {'[' * n}1{']' * n}\n",
    "calls": lambda n: f"    x = {'op.add_column(' * n}{')' * n}\n",
    "attributes": lambda n: f"    x = a{'.b' * n}\n",
    "calls in a row": lambda n: f"    x = a{'.b()' * n}\n",
    "items": lambda n: f"    x = a{'[0]' * n}\n",
    "sum": lambda n: f"    op.execute('ALTER TABLE t ADD c'{' + a' * n})\n",
    "powers": lambda n: f"    x = 1{' ** 1' * n}\n",
    "not": lambda n: f"    x = {'not ' * n}1\n",
    "and": lambda n: f"    x = a{' and a' * n}\n",
    "loops": lambda n: f"    x = [a{' for a in b' * n}]\n",
    "lambdas": lambda n: f"    x = {'lambda: ' * n}1\n",
    "conditions": lambda n: f"    x = {'1 if a else ' * n}1\n",
    "strings": lambda n: f"    op.execute('ALTER TABLE t ADD c'{' ' + repr('x') * n})\n",
    "f-strings": lambda n: "    x = (\n" + "        f'{x}'\n" * n + "    )\n",
    "elif": lambda n: "    if a:\n        pass\n" + "    elif a:\n        op.drop_column('t', 'd')\n" * n,
    "suites": lambda n: "".join(f"{' ' * 4 * each}if a:\n" for each in range(1, n + 1)) + f"{' ' * 4 * (n + 1)}pass\n",
    "a list in a case": lambda n: _CASE.format("[" * n + "b" + "]" * n),
    "a class in a case": lambda n: _CASE.format("B(" * n + ")" * n),
    "parentheses in a case": lambda n: _CASE.format("(" * n + "b" + ")" * n),
    "a mapping in a case": lambda n: _CASE.format("{1: " * n + "b" + "}" * n),
}
_RUN = """
import json, sys, time
from sqlite_batchify import rewrite_source
for line in sys.stdin:
    source = json.loads(line).encode()
    started = time.process_time()
    rewritten = rewrite_source(source)
    took = time.process_time() - started
    print(json.dumps([rewritten.changed, [each.code.code for each in rewritten.findings], took]), flush=True)
"""


@pytest.mark.parametrize("depth", [6, 40, 150, 300, 600, 2500, 20_000])
def test_the_script_is_done_or_left_with_a_finding(depth: int) -> None:
    """In a process of its own: libcst could end it."""
    kinds = [kind for kind in _NESTED if kind != "suites" or depth < 1000]  # whose size grows with the square
    scripts = "\n".join(json.dumps(_SCRIPT + _NESTED[kind](depth)) for kind in kinds)

    done = subprocess.run([sys.executable, "-c", _RUN], input=scripts, capture_output=True, text=True, check=False)

    told = dict(zip(kinds, map(json.loads, done.stdout.splitlines()), strict=False))
    assert list(told) == kinds, done.stderr
    for kind, (changed, codes, took) in told.items():
        assert codes == ["SB903"] or (changed and not {"SB202", "SB903"} & set(codes)), kind
        assert changed or depth > 6, kind
        assert took < 2, kind


def test_an_ordinary_script_is_no_reason_for_an_error() -> None:
    """A RecursionError at such a script is a defect."""
    deep = 'x = {"a": [{"b": (1, [2, {3}])}]}\n'
    flat = "x = [\n" + "    'a',\n" * 5000 + "]\n" + "y = 1\n" * 5000

    assert not may_be_too_deep((_SCRIPT + deep + flat).encode())
