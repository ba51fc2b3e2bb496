"""The law on real histories: each script that the tool changes, on SQLite, against one block for each operation."""

from __future__ import annotations

import ast
import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from alembic.runtime.environment import EnvironmentContext

from sqlite_batchify.config import MINIMUM_SQLITE
from sqlite_batchify.operations import STYLES
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import rows
from sqlite_batchify.verify.differences import describe
from sqlite_batchify.verify.functions import function_of
from sqlite_batchify.verify.history import History, load_history
from sqlite_batchify.verify.keys import Keys
from sqlite_batchify.verify.replay import Options, Replay
from sqlite_batchify.verify.results import DOWNGRADE, LOST, UPGRADE, Step
from sqlite_batchify.verify.revisions import Revision
from sqlite_batchify.verify.schema import Schema, quote
from sqlite_batchify.verify.scratch import Scratch

from .stubs import stand_ins

_ALWAYS_NEW = re.compile(r"20\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?|[0-9a-f-]{32,36}")
"""The time, and identifiers that scripts draw."""
_CONSTANT = re.compile(rb"\bSCHEDULE_TYPES\b")
"""What is an argument of a type; its stand-in is a class, and so not in the type's text, if it is written as one."""
_SAME_IN_PARTS = {"table_name", "schema", "naming_convention"}
APART = "apart"
VARIANTS = {
    **{style: (style, "3.34") for style in STYLES},
    **{f"{style}, with native drops": (style, MINIMUM_SQLITE) for style in STYLES},
}
"""The style, and the oldest SQLite that counts: before 3.35, every column is dropped in a block."""


@dataclass
class Compared:
    """The directions of scripts that the tool changes, how many of them ran without an error, and what differed."""

    directions: int = 0
    ran: int = 0
    differences: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Compared) -> None:
        self.directions += other.directions
        self.ran += other.ran
        self.differences += other.differences
        self.failures += other.failures


def compare(folder: Path, work: Path) -> Compared:
    """Compare a history of scripts; ``work`` is a new folder for what it is rewritten to."""
    texts = {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.py"))}
    for name, text in texts.items():
        texts[name] = _CONSTANT.sub(lambda found: found[0].title().replace(b"_", b""), text)
        (folder / name).write_bytes(texts[name])
    results: dict[str, dict[Path, bytes]] = {}
    for variant, (style, minimum) in VARIANTS.items():
        rewriter = Rewriter(Project(style=style, minimum_sqlite=minimum))
        results[variant] = {name: rewriter.rewrite(text, str(folder / name)).result for name, text in texts.items()}
    results[APART] = {name: in_parts(text, results[STYLES[0]][name]) for name, text in texts.items()}
    changed = {str(name) for name, text in texts.items() if any(results[each][name] != text for each in VARIANTS)}
    with stand_ins():
        histories = {}
        for variant, scripts in results.items():
            shutil.copytree(folder, work / variant)
            for name, text in scripts.items():
                (work / variant / name).write_bytes(text)
            histories[variant] = load_history(str(work / variant))
        law = _Law(histories, changed, work)
        for _ in law.steps():
            pass
    return law.compared


def in_parts(original: bytes, rewritten: bytes) -> bytes:
    """The rewritten script with each of its blocks in parts, one for each operation. Blocks of the author stay."""
    if original == rewritten:
        return rewritten
    own = {ast.dump(node) for node in ast.walk(ast.parse(original)) if isinstance(node, ast.With)}
    return ast.unparse(ast.fix_missing_locations(_Dividing(own).visit(ast.parse(rewritten)))).encode()


class _Dividing(ast.NodeTransformer):
    def __init__(self, own: set[str]) -> None:
        self.own = own

    def visit_With(self, node: ast.With) -> Any:
        if ast.dump(node) in self.own or not _has_blocks(node):
            return self.generic_visit(node)
        return [ast.With(node.items, [statement]) for statement in node.body]


def _has_blocks(node: ast.With) -> bool:
    call = node.items[0].context_expr
    if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] != "batch_alter_table":
        return False
    return {keyword.arg for keyword in call.keywords} <= _SAME_IN_PARTS


class _Law(Replay):
    """Replays a history as it is rewritten, and each changed script of it in all variants first."""

    def __init__(self, histories: dict[str, History], changed: set[str], work: Path) -> None:
        super().__init__(histories[STYLES[0]], Options(Keys((False,), None)))
        self.variants = {
            variant: {revision.id: revision for revision in history.revisions} for variant, history in histories.items()
        }
        self.changed = {(work / STYLES[0]).resolve() / name for name in changed}
        self.compared = Compared()

    def _take(self, revision: Revision, track: Any, environment: EnvironmentContext) -> Step:
        """Every script runs on the whole database, which stays where it is."""
        if not track.schema.tables:
            track.main.copy_from(track.store)
            track.schema = track.whole
        if Path(revision.path).resolve() in self.changed:
            self._compare(revision, track, environment)
        self._advance(revision, track, environment)
        track.store.copy_from(track.main)  # what a revision that fails is run on once more
        return Step(revision.id, revision.path, "", track.name, (), ())

    def _compare(self, revision: Revision, track: Any, environment: EnvironmentContext) -> None:
        apart = self.variants[APART][revision.id]
        directions = [each for each in (UPGRADE, DOWNGRADE) if function_of(apart, each, track.name) is not None]
        self.compared.directions += len(directions)
        expected = self._states(apart, track, environment)
        self.compared.ran += len(expected)
        seen = {_meaning(apart)}
        for name in VARIANTS:
            variant = self.variants[name][revision.id]
            if _meaning(variant) not in seen:
                seen.add(_meaning(variant))
                found = self._states(variant, track, environment)
                for number, difference in enumerate(_differences(expected, found)):
                    where = f"{Path(revision.path).name} {directions[number]} ({name})"
                    self.compared.differences += [f"{where}: {difference}"] if difference else []

    def _states(self, revision: Revision, track: Any, environment: EnvironmentContext) -> list[_State]:
        """What each direction leaves on a copy, up to the first in which something fails."""
        failed = set(track.failed)
        states: list[_State] = []
        with contextlib.closing(Scratch()) as scratch, contextlib.ExitStack() as stack:
            scratch.copy_from(track.main)
            schema = track.schema
            for direction in (UPGRADE, DOWNGRADE):
                kept = stack.enter_context(contextlib.closing(Scratch(tolerant=True)))
                kept.copy_from(scratch)
                run = self._run(revision, direction, scratch, track, environment, partial(_copy, kept))
                failures = [problem.message for problem in run.problems if problem.kind != LOST]
                if failures and revision is self.variants[APART][revision.id]:
                    self.compared.failures.append(f"{Path(revision.path).name} {direction}: {failures[0]}")
                if failures or run.skipped:
                    break
                schema, known = track.reader.schema(scratch.raw), schema
                states.append(_State(schema, _rows(scratch, schema)))
                rows.fill(scratch.raw, schema, known)
                scratch.raw.plain_commit()
        track.failed.clear()
        track.failed.update(failed)
        return states


def _copy(source: Scratch, target: Scratch) -> None:
    target.copy_from(source)


def _meaning(revision: Revision) -> str:
    return ast.dump(ast.parse(revision.text))


def _differences(expected: list[_State], found: list[_State]) -> Iterator[str]:
    for number, state in enumerate(expected):
        yield _difference(state, found[number]) if number < len(found) else "does not run"


@dataclass(frozen=True)
class _State:
    schema: Schema
    rows: dict[str, list[str]]


def _rows(scratch: Scratch, schema: Schema) -> dict[str, list[str]]:
    found = {}
    for table in schema.tables.values():
        columns = ", ".join(quote(each) for each in sorted(column.name for column in table.columns))
        rows = scratch.raw.execute(f"SELECT {columns} FROM {quote(table.name)}").fetchall()
        found[table.name] = sorted(_ALWAYS_NEW.sub("new", repr(row)) for row in rows)
    return found


def _difference(one: _State, other: _State) -> str:
    # A copy loses the types that SQLAlchemy does not know. Which of the two has copied a table does not count.
    text = describe(one.schema, other.schema) and describe(other.schema, one.schema)
    if text:
        return text
    tables = [name for name in one.rows if one.rows[name] != other.rows[name]]
    return "".join(f"rows of {name}: {one.rows[name]} have become {other.rows[name]}" for name in tables[:1])
