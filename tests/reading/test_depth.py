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
import gc, json, sys, time
from sqlite_batchify import rewrite_source
gc.disable()
for line in sys.stdin:
    source = json.loads(line).encode()
    started = time.process_time()
    rewritten = rewrite_source(source)
    took = time.process_time() - started
    print(json.dumps([rewritten.changed, [each.code.code for each in rewritten.findings], took]), flush=True)
"""
_QUICK = 0.1  # seconds; below them the clock tells nothing
_RUNS = 2  # of which the quickest counts
Told = tuple[bool, list[str], float]
"""Whether the script changes, the codes of its findings, and the seconds that it took."""


def _rewrite(scripts: dict[str, str]) -> dict[str, Told]:
    """Rewrite scripts in a process of its own: libcst could end it."""
    lines = "\n".join(map(json.dumps, scripts.values()))
    done = subprocess.run([sys.executable, "-c", _RUN], input=lines, capture_output=True, text=True, check=False)
    told = dict(zip(scripts, map(json.loads, done.stdout.splitlines()), strict=False))
    assert list(told) == list(scripts), done.stderr
    return told


def _nested(depth: int) -> dict[str, str]:
    kinds = [kind for kind in _NESTED if kind != "suites" or depth < 1000]  # whose size grows with the square
    return {kind: _SCRIPT + _NESTED[kind](depth) for kind in kinds}


@pytest.mark.parametrize("depth", [6, 40, 150, 300, 600, 2500, 20_000])
def test_the_script_is_done_or_left_with_a_finding(depth: int) -> None:
    for kind, (changed, codes, _) in _rewrite(_nested(depth)).items():
        assert codes == ["SB903"] or (changed and not {"SB202", "SB903"} & set(codes)), kind
        assert changed or depth > 6, kind


def test_what_is_twice_as_deep_takes_about_twice_as_long() -> None:
    """The bound is generous, for other programs run as well; with the square of the depth it were four times."""
    large = _rewrite({f"{kind} {run}": text for run in range(_RUNS) for kind, text in _nested(40_000).items()})
    small = _rewrite({f"{kind} {run}": text for run in range(_RUNS) for kind, text in _nested(20_000).items()})

    for kind in _nested(20_000):
        before, after = (min(told[f"{kind} {run}"][2] for run in range(_RUNS)) for told in (small, large))
        assert after <= 3 * max(before, _QUICK), kind


def test_an_ordinary_script_is_no_reason_for_an_error() -> None:
    """A RecursionError at such a script is a defect."""
    deep = 'x = {"a": [{"b": (1, [2, {3}])}]}\n'
    flat = "x = [\n" + "    'a',\n" * 5000 + "]\n" + "y = 1\n" * 5000

    assert not may_be_too_deep((_SCRIPT + deep + flat).encode())
