"""Twice as much of anything takes verify about twice as long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.checks import _FUNCTION, _STRING
from sqlite_batchify.verify.emulation import SUBSTITUTIONS
from sqlite_batchify.verify.enforced import find_destructions
from sqlite_batchify.verify.errors import describe, hint
from sqlite_batchify.verify.lines import Lines
from sqlite_batchify.verify.loading import Uses
from sqlite_batchify.verify.portions import names_all
from sqlite_batchify.verify.revisions import load_script
from sqlite_batchify.verify.scratch import Statement
from sqlite_batchify.verify.sql import parse_table, tokens
from tests.support.growth import write_history
from tests.support.histories import SCRIPT
from tests.support.steps import ALLOWED, count_steps

TABLE = 'op.create_table("{0}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer()){1})'
WIDE = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), *[{0} for i in range({1})])'
COLUMN, KEY = 'sa.Column(f"c{i}", sa.String(9))', 'sa.Column("p", sa.Integer(), sa.ForeignKey("t{0}.id"))'
CHECKED = WIDE.replace(")])", """)], *[sa.CheckConstraint(f"c{{i}} IN ('a', 'b')") for i in range({1})])""")

Statements = list[str]


def each(text: str) -> Callable[[int], Statements]:
    return lambda count: [text.format(number) for number in range(count)]


def tables(more: Callable[[int], str]) -> Callable[[int], Statements]:
    return lambda count: [TABLE.format(f"t{number}", more(number)) for number in range(count)]


def in_a_block(text: str, wide: str = WIDE) -> Callable[[int], Statements]:
    """A table with many columns, and a block of many operations on it."""
    return lambda count: [
        wide.format(COLUMN, count),
        'with op.batch_alter_table("t") as batch_op:',
        *(f"    {text.format(number)}" for number in range(count)),
    ]


def on_one_table(text: str) -> Callable[[int], Statements]:
    return lambda count: [TABLE.format("t", ""), *each(text)(count)]


def blocks(count: int) -> Statements:
    block = 'with op.batch_alter_table("t{0}") as batch_op:\n        batch_op.alter_column("x", nullable=False)'
    return [*tables(lambda number: "")(count), *each(block)(count)]


KINDS: dict[str, tuple[int, Callable[[int], Statements]]] = {
    "tables": (40, tables(lambda number: "")),
    "tables whose names are no words": (40, lambda count: [TABLE.format(f"-a.{n}", "") for n in range(count)]),
    "tables that refer to the one before": (
        40,
        tables(lambda number: f", {KEY.format(number - 1)}" if number else ""),
    ),
    "tables that refer to the first": (40, tables(lambda number: f", {KEY.format(0)}" if number else "")),
    "blocks": (20, blocks),
    "changes in a block": (60, in_a_block('batch_op.alter_column("c{0}", nullable=False, server_default="a")')),
    "constraints in a block": (60, in_a_block('batch_op.create_unique_constraint("u{0}", ["c{0}"])')),
    "indexes in a block": (60, in_a_block('batch_op.create_index("i{0}", ["c{0}"], unique=True)')),
    "columns in a block": (60, in_a_block('batch_op.add_column(sa.Column("d{0}", sa.Integer()))')),
    "checks": (60, lambda count: [CHECKED.format(COLUMN, count)]),
    "checks that a copy loses": (
        60,
        lambda count: in_a_block('batch_op.alter_column("c0", nullable=False)', CHECKED)(count)[:3],
    ),
    "columns": (60, on_one_table('op.add_column("t", sa.Column("c{0}", sa.Integer()))')),
    "indexes": (100, on_one_table('op.create_index("i{0}", "t", ["x"])')),
    "failures": (150, on_one_table('op.create_unique_constraint("u{0}", "t", ["x"])')),
    "failures that a comment silences": (
        150,
        on_one_table('op.execute("CREATE EXTENSION e{0}")  # sqlite-batchify: ignore[SB303]'),
    ),
    "failures that the script expects": (
        150,
        on_one_table("try:\n        op.execute('DROP INDEX i{0}')\n    except Exception:\n        pass"),
    ),
    "statements": (200, on_one_table('op.execute("INSERT INTO t (x) VALUES ({0})")')),
    "rows": (
        1000,
        lambda count: [
            TABLE.format("t", ""),
            f"op.bulk_insert(sa.table('t', sa.column('x')), [{{'x': i}} for i in range({count})])",
            'with op.batch_alter_table("t") as batch_op:',
            '    batch_op.alter_column("x", nullable=False)',
        ],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_twice_as_much_in_one_script_takes_twice_as_many_steps(tmp_path: Path, kind: str) -> None:
    size, make = KINDS[kind]

    def steps(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        upgrade = "\n    ".join(make(count))
        (folder / "a.py").write_text(SCRIPT.format(revision=1, before=None, upgrade=upgrade, downgrade="pass"))
        return count_steps(lambda: verify_history(str(folder)))

    steps(1)  # what is done once in a process
    assert steps(2 * size) <= ALLOWED * steps(size)


def chain(folder: Path, length: int) -> None:
    """Every revision creates a table."""
    for number in range(length):
        before = repr(f"{number - 1:04d}") if number else None
        body = {"upgrade": TABLE.format(f"t{number}", ""), "downgrade": f'op.drop_table("t{number}")'}
        (folder / f"{number}.py").write_text(SCRIPT.format(revision=number, before=before, **body))


def heads(folder: Path, length: int) -> None:
    """All revisions but the first follow on the first."""
    for number in range(length):
        before = "'0000'" if number else None
        body = {"upgrade": TABLE.format(f"t{number}", ""), "downgrade": f'op.drop_table("t{number}")'}
        (folder / f"{number}.py").write_text(SCRIPT.format(revision=number, before=before, **body))


@pytest.mark.parametrize("write", [write_history, chain, heads])
def test_twice_as_many_revisions_take_twice_as_many_steps(tmp_path: Path, write: Callable[[Path, int], None]) -> None:
    def steps(length: int) -> int:
        folder = tmp_path / str(length)
        folder.mkdir()
        write(folder, length)
        return count_steps(lambda: verify_history(str(folder)))

    steps(2)
    assert steps(80) <= ALLOWED * steps(40)


# What a single call in C does is not counted, so that these are timed: sixteen times as much takes about sixteen times
# as long, and 256 times if each looks at all. Only the time of this process counts, and there is plenty between.

_MORE, _MOST = 16, 64


def seconds(function: Callable[[], object]) -> float:
    """The least of three."""
    found = []
    for _ in range(3):
        started = time.process_time()
        function()
        found.append(time.process_time() - started)
    return min(found)


def test_a_line_is_looked_up_and_not_counted() -> None:
    """``f_lineno`` counts from the start of a function: for each of many statements that is all of them."""

    def lines(count: int) -> Callable[[], object]:
        source = "def function(note):\n" + "    note()\n" * count
        scope: dict[str, Callable[[Callable[[], None]], None]] = {}
        exec(source, scope)
        found, positions = [], Lines()

        def note() -> None:
            found.append(positions.line_of(sys._getframe(1)))

        def run() -> None:
            found.clear()
            scope["function"](note)
            assert found == list(range(2, count + 2))

        return run

    assert seconds(lines(400 * _MORE)) <= _MOST * seconds(lines(400))


def test_the_line_of_a_frame_is_that_which_python_tells() -> None:
    def here() -> tuple[int, int]:
        frame = sys._getframe(1)
        return Lines().line_of(frame), frame.f_lineno

    found = [here()]
    for _ in range(2):
        try:
            found += [here() for _ in range(2)]
            found.append(
                here(),
            )
        finally:
            found.append(here())
    with open(__file__, encoding="utf-8"):
        found.append(here())
    assert len(found) == 10
    assert all(line == told for line, told in found)


PIECES = [
    *(
        " ",
        "\n",
        "\\",
        "a",
        ".",
        "(",
        ")",
        "[",
        "]",
        "{",
        "'",
        '"',
        "`",
        ":",
        "::",
        "::a",
        '::"',
        "%",
        "+",
        "?",
        ";",
        "$$",
    ),
    *(
        "--",
        "/*",
        "*/",
        "''",
        "a ",
        "a.",
        "b(",
        "ON ",
        "ON UPDATE ",
        "AT TIME ZONE ",
        "AT TIME ZONE '",
        "CURRENT_TIMESTAMP ",
    ),
    *("DROP TABLE ", "_alembic_tmp_", 'near "', "from a ", "import a\n", "revision", "revision =\n", "f'", "% ", "+ '"),
]


def read_sql(text: str) -> None:
    tokens(text)
    for sql in (text, f"DELETE FROM {text}", f"ALTER TABLE {text}", f"ALTER TABLE a RENAME TO {text}"):
        find_destructions([Statement(sql, (), 1)])
    parse_table(f"CREATE TABLE t ({text}")
    for _, pattern, replacement in SUBSTITUTIONS:
        pattern.sub(replacement, text)
    _FUNCTION.findall(_STRING.sub("''", text))


def read_error(text: str) -> None:
    hint(ValueError(text))
    describe(ValueError(text))


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("read", [read_sql, read_error])
def test_hostile_text_is_read_in_time(piece: str, read: Callable[[str], None]) -> None:
    def reading(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))
        return lambda: read(text)

    reading(100)()
    assert seconds(reading(4000 * _MORE)) <= max(_MOST * seconds(reading(4000)), 0.1)


@pytest.mark.parametrize("piece", [piece for piece in PIECES if '"' not in piece])
def test_a_script_with_hostile_text_is_looked_at_in_time(tmp_path: Path, piece: str) -> None:
    def looking(size: int) -> Callable[[], object]:
        path = tmp_path / f"{size}.py"
        text = piece.replace("\\", "\\\\") * (size // len(piece))
        path.write_text(f'revision = "a"\ndown_revision = None\nx = """{text}"""\n')

        def look() -> None:
            revision = load_script(str(path), None, Uses())
            assert revision is not None
            names_all(revision)
            assert revision.mentions("x")
            assert "a" in revision.names

        return look

    looking(100)()
    assert seconds(looking(4000 * _MORE)) <= max(_MOST * seconds(looking(4000)), 0.1)
