"""All checks on one script."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from sqlite_batchify import Rewritten, rewrite_source

from . import onsqlite, promises, remains
from .figures import STYLES, Counts, Figures
from .manifest import Script
from .offline import DIALECTS, DIRECTIONS, Outcome, Program, World, compile_script, run
from .stubs import stand_ins

if TYPE_CHECKING:
    from sqlite_batchify.history.scripts import History

_ERROR = "error"


@dataclass
class Checked:
    """The figures of some scripts, and what is wrong with them: one line each."""

    figures: Figures = field(default_factory=Figures)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Checked) -> None:
        self.figures.add(other.figures)
        self.violations += other.violations


class Sent:
    """What a script sends to the databases, run only as far as it is asked for and only once."""

    def __init__(self, source: bytes) -> None:
        self.program: Program = compile_script(source)
        self.worldly = b"get_bind" in source or b"context" in source
        self._known: dict[tuple[str, str, World], Outcome] = {}

    def outcome(self, direction: str, dialect: str, world: World) -> Outcome:
        key = (direction, dialect, world)
        if key not in self._known:
            self._known[key] = run(self.program, direction, dialect, world)
        return self._known[key]

    def worlds(self, direction: str, dialect: str) -> Iterator[World]:
        """The circumstances that can make a difference."""
        yield World.OFFLINE
        if self.worldly or self.outcome(direction, dialect, World.OFFLINE).asked:
            yield World.PRESENT
            yield World.ABSENT


def check(script: Script, history: History) -> Checked:
    """Rewrite a script in both styles with names kept, and with names that its history tells; look at the results."""
    result = Checked(Figures(scripts=1))
    try:
        before = promises.read(script.source)
    except SyntaxError:  # of a later Python than this one
        return result
    sent: Sent | None = None
    results: dict[bytes, Counts] = {}
    for style in STYLES:
        try:
            rewritten = rewrite_source(script.source, style=style, naming="keep", path=script.name)
            again = rewrite_source(rewritten.result, style=style, naming="keep", path=script.name)
        except Exception as error:
            result.violations.append(f"{script.name} ({style}): {type(error).__name__}: {error}")
            continue
        found = [*_broken(before, rewritten, again), *_broken_before_native_drops(before, script, style)]
        counts = Counts(int(rewritten.changed), rewritten.blocks, rewritten.operations)
        if rewritten.changed and not found:
            sent = sent or Sent(script.source)
            if rewritten.result not in results:
                results[rewritten.result], differing = _compare(sent, Sent(rewritten.result))
                found += differing
            counts.add(results[rewritten.result])
        result.violations += [f"{script.name} ({style}): {reason}" for reason in found]
        getattr(result.figures, style).add(counts)
        if style == STYLES[0]:
            _check_names(script, history, rewritten, result)
    return result


def _check_names(script: Script, history: History, kept: Rewritten, result: Checked) -> None:
    """Rewrite the script as a user would, and count what it gets that it does not get with names kept."""
    named = rewrite_source(script.source, path=script.name, history=lambda: history)
    again = rewrite_source(named.result, path=script.name, history=lambda: history)
    if again.changed:
        result.violations.append(f"{script.name} (names): a second run changes it again")
    result.figures.named += named.result != kept.result
    for finding in named.findings:
        code = finding.code.code
        result.figures.findings[code] = result.figures.findings.get(code, 0) + 1
        result.figures.errors += finding.code.severity == _ERROR


def _broken(before: promises.Text, rewritten: Rewritten, again: Rewritten) -> Iterator[str]:
    if any(finding.code.code.startswith(("SB2", "SB9")) for finding in rewritten.findings):
        yield f"could not be done: {rewritten.findings}"
        return
    if again.result != rewritten.result:
        yield "a second run changes it again"
    if _places(again) != _places(rewritten):
        yield "a second run finds other things"
    try:
        after = promises.read(rewritten.result)
    except SyntaxError as error:
        yield f"does not parse: {error}"
        return
    if rewritten.changed and _made_apart(before) == _made_apart(after):  # else one has come out of its column
        yield from promises.broken(before, after)
    if len(before.places.operations) == len(after.places.operations):
        yield from _unreported(before, after, {finding.line for finding in rewritten.findings}, rewritten.result)


def _broken_before_native_drops(before: promises.Text, script: Script, style: str) -> Iterator[str]:
    """The same for a SQLite that drops no column: then every drop goes into a block."""
    rewrite = partial(rewrite_source, style=style, naming="keep", path=script.name, minimum_sqlite="3.34")
    rewritten = rewrite(script.source)
    after = promises.read(rewritten.result)
    if rewrite(rewritten.result).changed:
        yield "(3.34) a second run changes it again"
    if len(before.places.operations) == len(after.places.operations):
        lines = {finding.line for finding in rewritten.findings}
        yield from (f"(3.34) {each}" for each in _unreported(before, after, lines, rewritten.result, ()))


def _made_apart(script: promises.Text) -> int:
    return sum(each.name in ("create_index", "create_unique_constraint") for each in script.places.operations)


def _places(rewritten: Rewritten) -> list[tuple[str, str]]:
    """The findings without their lines, which the first run moves."""
    return [(finding.code.code, finding.detail) for finding in rewritten.findings]


def _unreported(
    before: promises.Text,
    after: promises.Text,
    reported: set[int],
    result: bytes,
    native: Collection[str] = ("drop_column",),
) -> Iterator[str]:
    """What is left outside of a block; ``native`` are operations that SQLite may do by itself."""
    guarded = remains.guarded(after.tree)
    reached = _reached(result)
    for one, other in zip(before.places.operations, after.places.operations, strict=True):
        if other.block is not None or one.call.lineno in reported or other.name in native:
            continue
        if remains.needs_block(other) and other.call not in guarded:
            yield f"line {one.call.lineno}: {one.name} is left outside of a block without a finding"
        if reached.intersection(range(other.call.lineno, (other.call.end_lineno or 0) + 1)):
            yield f"line {one.call.lineno}: {one.name} runs on SQLite outside of a block"


@lru_cache(maxsize=8)
def _reached(result: bytes) -> set[int]:
    return onsqlite.reached(compile_script(result))


def _compare(before: Sent, after: Sent) -> tuple[Counts, list[str]]:
    """Run both directions of a script before and after, for all dialects and in all circumstances that matter."""
    counts = Counts()
    found: list[str] = []
    with stand_ins():
        for direction in DIRECTIONS:
            for dialect in DIALECTS:
                worlds = list(before.worlds(direction, dialect))
                pairs = [(before.outcome(direction, dialect, w), after.outcome(direction, dialect, w)) for w in worlds]
                differing = [
                    f"{direction} on {dialect} ({world.value}): {_difference(one, other)}"
                    for world, (one, other) in zip(worlds, pairs, strict=True)
                    if (one.text, one.error) != (other.text, other.error)
                ]
                counts.add(Counts(compared=1, ended=any(not one.error for one, _ in pairs), differing=bool(differing)))
                found += differing
    return counts, found


def _difference(one: Outcome, other: Outcome) -> str:
    if one.error != other.error:
        return f"raised {one.error or 'nothing'}, now raises {other.error or 'nothing'}"
    old, new = one.text.splitlines(), other.text.splitlines()
    for line, changed in zip(old, new, strict=False):
        if line != changed:
            return f"{line!r} has become {changed!r}"
    return f"{len(old)} lines have become {len(new)}"
