"""Scripts of any size, each kind of them large in one way: what takes twice as long has to be twice as large."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlite_batchify import rewrite_source
from sqlite_batchify.cli.terminal import less_garbage
from sqlite_batchify.history.scripts import History

_ENOUGH = 0.2  # seconds; what takes less is done again
Scripts = Mapping[str, bytes]
_HEAD = 'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "{}"\ndown_revision = {!r}\n\n\n'


@dataclass(frozen=True)
class Kind:
    """``make`` gives scripts of a size, by file name. ``small`` is a size for a test, ``most`` one that is to be held.

    ``unsafe`` asks for unsafe fixes.
    """

    make: Callable[[int], Scripts]
    most: int
    small: int = 9
    unsafe: bool = False


def _script(up: str, down: str = "", number: int = 0) -> bytes:
    head = _HEAD.format(number, str(number - 1) if number else None)
    return f"{head}def upgrade():\n{up or '    pass'}\n\n\ndef downgrade():\n{down or '    pass'}\n".encode()


def _one(
    up: Callable[[int], str], down: Callable[[int], str] = lambda number: "", before: str = ""
) -> Callable[[int], Scripts]:
    """One script in which these lines are repeated; the number of the line is given."""

    def make(size: int) -> Scripts:
        return {"a.py": _script(before + "".join(map(up, range(size))), "".join(map(down, range(size))))}

    return make


def _around(before: str, item: Callable[[int], str], after: str) -> Callable[[int], Scripts]:
    """One script with a statement of many parts."""
    return lambda size: {"a.py": _script(before + "".join(map(item, range(size))) + after)}


def _many(up: Callable[[int], str], down: Callable[[int], str]) -> Callable[[int], Scripts]:
    """As many scripts, one after another."""
    return lambda size: {f"{each:06}.py": _script(up(each), down(each), each) for each in range(size)}


def _sql(unit: str, start: str = "ALTER TABLE t ") -> Kind:
    """A string of SQL of so many characters."""

    def make(size: int) -> Scripts:
        return {
            "a.py": _script(f"    op.execute({start + unit * (size // len(unit))!r})\n    op.drop_column('t', 'c')\n")
        }

    return Kind(make, 2_000_000, 4_000)


def _suites(size: int) -> Scripts:
    """Suites in one another, as many as so many characters hold; the deeper ones are indented further."""
    lines: list[str] = []
    for level in range(1, size):
        lines.append(f'{" " * level}if x:\n{" " * level} op.drop_column("t{level}", "c")\n')
        size -= len(lines[-1])
        if size < 0:
            break
    return {"a.py": _script("".join(lines))}


_POSTGRESQL = (
    '    if op.get_bind().dialect.name == "postgresql":\n        op.drop_column("t{0}", "c")\n'
    '    else:\n        op.drop_column("t{0}", "d")\n'
)

KINDS: dict[str, Kind] = {
    "tables in a script": Kind(_one(lambda n: f'    op.drop_column("t{n}", "c")\n'), 600),
    "operations beside a variable batch_op": Kind(
        _one(lambda n: f'    op.drop_column("t{n // 3}", "c{n}")\n', before="    batch_op = op.get_bind()\n"), 6000, 30
    ),
    "variables batch_op, batch_op_2, ...": Kind(
        _one(lambda n: f'    batch_op = batch_op_{n} = 1\n    op.drop_column("t{n}", "c")\n'), 2000
    ),
    "branches by dialect": Kind(_one(_POSTGRESQL.format), 1500),
    "branches that assign": Kind(
        _one(
            lambda n: (
                f'    d{n} = op.get_bind().dialect.name\n    if d{n} == "sqlite":\n        x{n} = 1\n'
                f'        op.drop_column("t{n}", "c")\n'
            )
        ),
        1500,
    ),
    "branches with names": Kind(
        _one(
            lambda n: (
                f'    if x{n}:\n        op.create_unique_constraint(None, "t", ["c{n}"])\n'
                f'    else:\n        op.create_unique_constraint(None, "t", ["d{n}"])\n'
            )
        ),
        1500,
    ),
    "early returns": Kind(
        _one(lambda n: f'    if x{n}:\n        return\n    op.create_unique_constraint(None, "t", ["c{n}"])\n'),
        1500,
    ),
    "suites in one another, in characters": Kind(_suites, 12_000, 1000),
    "calls in one another": Kind(
        lambda size: {"a.py": _script(f'    op.add_column("t", sa.Column("c", {"f(" * size}{")" * size}))\n')}, 180
    ),
    "functions that are called": Kind(
        lambda size: {
            "a.py": _script("".join(f"    f{n}()\n" for n in range(size)))
            + "".join(
                f'\n\ndef f{n}():\n    op.create_unique_constraint(None, "t", ["c{n}"])\n' for n in range(size)
            ).encode()
        },
        1500,
    ),
    "loops": Kind(
        _one(lambda n: f'    for x in ("a", "b"):\n        v{n} = 1\n        op.drop_column(x, "c{n}")\n'), 1500
    ),
    "rows in bulk_insert": Kind(
        _around(
            '    op.drop_column("t", "c")\n    op.bulk_insert(t, [\n',
            lambda n: f'        {{"id": {n}, "n": "x"}},\n',
            "    ])\n",
        ),
        50_000,
        60,
    ),
    "columns of a constraint": Kind(
        _around('    op.create_unique_constraint("u", "t", [', lambda n: f'"c{n}", ', "])\n"), 5000
    ),
    "foreign keys of a column": Kind(
        _around(
            '    op.add_column("t", sa.Column("c", sa.Integer(), ', lambda n: f'sa.ForeignKey("o{n}.id"), ', "))\n"
        ),
        2000,
    ),
    "findings": Kind(_one(lambda n: f'    x = op.drop_column("t{n}", "c")\n'), 3000),
    "comments that skip": Kind(_one(lambda n: f'    op.drop_column("t{n}", "c")  # sqlite-batchify: skip\n'), 3000),
    "comments that ignore": Kind(
        _one(lambda n: f'    op.execute("ALTER TABLE t{n} ALTER c SET NOT NULL")  # sqlite-batchify: ignore[SB108]\n'),
        1500,
    ),
    "raw SQL that is replaced": Kind(
        _one(lambda n: f'    op.execute("ALTER TABLE t{n} ALTER c SET NOT NULL")\n'), 1500, unsafe=True
    ),
    "statements in a string of SQL": Kind(
        _around('    op.execute("""', lambda n: f"ALTER TABLE t{n} ALTER c SET NOT NULL;\n", '""")\n'), 3000
    ),
    "scripts on one table": Kind(
        _many(
            lambda n: f'    op.create_unique_constraint(None, "t", ["c{n}"])\n',
            lambda n: '    op.drop_constraint(None, "t", type_="unique")\n',
        ),
        4000,
    ),
    "scripts with a finding on one table": Kind(
        _many(
            lambda n: (
                f'    op.create_unique_constraint(None, "t", ["c{n}"])\n    op.create_unique_constraint(None, x, y)\n'
            ),
            lambda n: f'    op.drop_constraint("t_c{n}_key", "t", type_="unique")\n',
        ),
        2000,
    ),
    "scripts that rename a table": Kind(
        _many(
            lambda n: (
                f'    op.rename_table("t{n}", "t{n + 1}")\n    op.create_unique_constraint(None, "t{n + 1}", ["c"])\n'
            ),
            lambda n: (
                f'    op.drop_constraint(None, "t{n + 1}", type_="unique")\n    op.rename_table("t{n + 1}", "t{n}")\n'
            ),
        ),
        2000,
    ),
    "scripts that show a naming convention": Kind(
        _many(
            lambda n: (
                f'    op.create_unique_constraint(op.f("uq_t{n}_c"), "t{n}", ["c"])\n'
                f'    op.create_unique_constraint(None, "t{n}", ["d", "e{n}"])\n'
            ),
            lambda n: f'    op.drop_constraint(None, "t{n}", type_="unique")\n',
        ),
        2000,
    ),
    "rounds of a loop": Kind(
        lambda size: {
            "a.py": _script(
                f"    for table in {[f't{n}' for n in range(size)]!r}:\n"
                '        op.create_unique_constraint(None, table, ["c"])\n'
            )
        },
        100,
    ),
    "nameless keys dropped by MySQL's names, one script each": Kind(
        lambda size: {
            "a.py": _script(
                '    op.create_table("t", '
                + "".join(f'sa.ForeignKeyConstraint(["c{n}"], ["o.id"]), ' for n in range(size))
                + ")\n"
            ),
            **{
                f"b{n:06}.py": _script(
                    f'    op.drop_constraint("t_ibfk_{n + 1}", "t", type_="foreignkey")\n', "", n + 1
                )
                for n in range(size)
            },
        },
        300,
    ),
    "names that collide in a script": Kind(_one(lambda n: '    op.create_unique_constraint(None, "t", ["c"])\n'), 3000),
    "names that collide in a history": Kind(
        _many(
            lambda n: '    op.create_foreign_key(None, "t", "o", ["c"], ["id"])\n',
            lambda n: '    op.drop_constraint(None, "t", type_="foreignkey")\n',
        ),
        3000,
    ),
    "names that collide in branches": Kind(
        _one(lambda n: f'    if x{n}:\n        op.create_unique_constraint(None, "t", ["c"])\n'), 1500
    ),
    "constraints of a table, dropped by name": Kind(
        lambda size: {
            "a.py": _script(
                '    op.create_table("t", '
                + "".join(f'sa.Column("c{n}", sa.Integer(), unique=True), ' for n in range(size))
                + ")\n"
                + "".join(f'    op.drop_constraint("t_c{n}_key", "t", type_="unique")\n' for n in range(size))
            )
        },
        1500,
    ),
    "foreign keys dropped by MySQL's names": Kind(
        lambda size: {
            "a.py": _script(
                '    op.create_table("t", '
                + "".join(f'sa.ForeignKeyConstraint(["c{n}"], ["o.id"]), ' for n in range(size))
                + ")\n",
                "".join(f'    op.drop_constraint("t_ibfk_{n + 1}", "t", type_="foreignkey")\n' for n in range(size)),
            )
        },
        1500,
    ),
    "indexed columns that are dropped": Kind(
        lambda size: {
            "a.py": _script(
                '    op.create_table("t", '
                + "".join(f'sa.Column("c{n}", sa.Integer(), index=True), ' for n in range(size))
                + ")\n",
                "".join(f'    op.drop_column("t", "c{n}")\n' for n in range(size)),
            )
        },
        1500,
    ),
}
"""Of these, instructions tell what grows."""

TEXTS: dict[str, Kind] = {
    "a long name": _sql("x"),
    "a long name that is nothing": _sql("x", "ALTER TABLE "),
    "dots": _sql("."),
    "names and dots": _sql("a.", "ALTER TABLE "),
    "quotes": _sql('"', "ALTER TABLE "),
    "apostrophes": _sql("'"),
    "backticks": _sql("`", "ALTER TABLE "),
    "opening brackets": _sql("[", "ALTER TABLE "),
    "parentheses": _sql("("),
    "braces": _sql("{}", "ALTER TABLE "),
    "spaces": _sql(" ", "ALTER TABLE t ADD"),
    "spaces behind ALTER": _sql(" ", "ALTER"),
    "semicolons": _sql(";"),
    "backslashes": _sql("\\"),
    "commas": _sql(",", "ALTER TABLE t ADD x "),
    "spaces behind an index": _sql(" ", "ALTER INDEX a RENAME TO b"),
    "ALTER again and again": _sql("ALTER ", "ALTER TABLE "),
    "BEGIN again and again": _sql("BEGIN "),
    "TRIGGER again and again": _sql("TRIGGER ", "CREATE "),
    "comments without an end": _sql("/*"),
    "dollars": _sql("$a$ $b"),
    "places of a column": _sql(" FIRST", "ALTER TABLE t ADD x int"),
    "ordinary SQL": _sql("INSERT INTO log VALUES (1, 'x', NULL);\n", ""),
}
"""Strings of SQL. What patterns and methods of strings do with them is no instruction, and takes time alone."""


def rewrite(scripts: Scripts, unsafe: bool = False, portable: bool = False) -> None:
    """Rewrite scripts one after another, as in one folder. Raises AssertionError where one cannot be done."""
    history = History(lambda: scripts)
    for name, source in scripts.items():
        rewritten = rewrite_source(source, path=name, history=lambda: history, unsafe_fixes=unsafe, portable=portable)
        failed = [each.message for each in rewritten.findings if each.code.code[:3] in ("SB2", "SB9")]
        assert not failed, failed[0]


def seconds(kind: Kind, size: int, portable: bool = False) -> float:
    """How long this process works on so much of it; what is done once in a process has been done before."""
    rewrite(kind.make(min(size, 100)), kind.unsafe, portable)
    scripts = kind.make(size)
    runs: list[float] = []
    while sum(runs) < _ENOUGH:
        with less_garbage():
            started = time.process_time()
            rewrite(scripts, kind.unsafe, portable)
            runs.append(time.process_time() - started)
    return min(runs)


if __name__ == "__main__":
    print(seconds({**KINDS, **TEXTS}[sys.argv[1]], int(sys.argv[2])))
