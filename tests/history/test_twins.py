"""Of two constraints over the same columns a block sees one: a drop of the other is found, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlite_batchify import findings
from sqlite_batchify.findings import Finding
from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from tests.support.histories import lay

Step = tuple[str, str]

_TABLES = """op.create_table("o", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table("p", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("a", sa.Integer()),
        sa.Column("b", sa.Integer()),
        {}
    )"""
_DROPPED = 'op.drop_table("t")\n    op.drop_table("p")\n    op.drop_table("o")'


def _base(*items: str) -> Step:
    return _TABLES.format("".join(f"{item}, " for item in items)), _DROPPED


def _unique(name: str, columns: str = '["a"]', drops: str = "") -> Step:
    """Created, and dropped by the same name."""
    return (
        f"op.create_unique_constraint({name}, 't', {columns})",
        f"op.drop_constraint({drops or name}, 't', type_='unique')",
    )


def _key(name: str, columns: str = '["a"]', referred: str = "o") -> Step:
    return (
        f"op.create_foreign_key({name}, 't', '{referred}', {columns}, ['id'])",
        f"op.drop_constraint({name}, 't', type_='foreignkey')",
    )


def _in_block(step: Step, heading: str = '"t"') -> Step:
    heading = f"with op.batch_alter_table({heading}) as batch_op:\n        batch_op."
    up, down = (heading + each.removeprefix("op.").replace(" 't',", "", 1) for each in step)
    return up, down


def _back(step: Step) -> Step:
    return step[1], step[0]


def _joined(*steps: Step, between: str = "\n    ") -> Step:
    return between.join(up for up, _ in steps), between.join(down for _, down in reversed(steps))


_COPY = (
    'op.alter_column("t", "b", existing_type=sa.Integer(), type_=sa.String(9))',
    'op.alter_column("t", "b", existing_type=sa.String(9), type_=sa.Integer())',
)
_ONE, _TWO = 'sa.UniqueConstraint("a", name="one")', _unique("'two'")
_KEY = 'sa.ForeignKeyConstraint(["a"], ["o.id"], name="one")'
_NAMELESS = 'sa.Column("c", sa.Integer(), unique=True)'
_C = _unique("'two'", '["c"]')
_DROP_C = _back(_unique("'t_c_key'", '["c"]'))
_ASKED = "if 'two' in [each['name'] for each in sa.inspect(op.get_bind()).get_unique_constraints('t')]:\n        "

FOUND: dict[str, tuple[tuple[Step, ...], set[str]]] = {
    "unique": ((_base(_ONE), _TWO), {"0002 downgrade"}),
    "in blocks": ((_base(_ONE), _in_block(_TWO)), {"0002 downgrade"}),
    "foreign key": ((_base(_KEY), _key("'two'")), {"0002 downgrade"}),
    "foreign keys in blocks": ((_base(), _in_block(_key("'one'")), _in_block(_key("'two'"))), {"0003 downgrade"}),
    "key of a column": (
        (_base('sa.Column("c", sa.Integer(), sa.ForeignKey("o.id", name="one"))'), _key("'two'", '["c"]')),
        {"0002 downgrade"},
    ),
    "after a copy": ((_base(_ONE), _TWO, _COPY, _back(_TWO)), {"0002 downgrade", "0004 upgrade"}),
    "created and dropped at once": ((_base(_ONE), (f"{_TWO[0]}\n    {_TWO[1]}", "pass")), {"0002 upgrade"}),
    "several columns": (
        (_base('sa.UniqueConstraint("a", "b", name="one")'), _unique("'two'", '["a", "b"]')),
        {"0002 downgrade"},
    ),
    "three": ((_base(_ONE), _TWO, _unique("'three'")), {"0002 downgrade", "0003 downgrade"}),
    "the first one is gone": (
        (_base(_ONE), _TWO, _back(_unique("'one'")), _back(_TWO)),
        {"0002 downgrade", "0004 upgrade"},
    ),
    "a nameless one is behind": ((_base(_NAMELESS), _C, _DROP_C), {"0003 upgrade"}),
    "created without a name": ((_base(), _unique("None"), _unique("None", drops="'t_a_key1'")), {"0003 downgrade"}),
    "dropped without a name": ((_base(), _unique("'one'"), _unique("None")), {"0003 downgrade"}),
    "created twice under one name": ((_base(_ONE), _unique("'one'"), _TWO), {"0003 downgrade"}),
    "renamed": (
        (
            _base(_ONE),
            _TWO,
            ("op.rename_table('t', 'u')", "op.rename_table('u', 't')"),
            (_TWO[1].replace("'t'", "'u'"), _TWO[0].replace("'t'", "'u'")),
        ),
        {"0002 downgrade", "0004 upgrade"},
    ),
}
FINE: dict[str, tuple[Step, ...]] = {
    "other columns": (_base(_ONE), _unique("'two'", '["b"]')),
    "columns in another order": (_base('sa.UniqueConstraint("a", "b", name="one")'), _unique("'two'", '["b", "a"]')),
    "another table referred to": (_base(_KEY), _key("'two'", referred="p")),
    "unique and a key": (_base(_ONE), _key("'two'")),
    "replaced": (_base(_ONE), _joined(_TWO, _back(_unique("'one'")))),
    "replaced, the other way round": (_base(_ONE), _joined(_back(_unique("'one'")), _TWO)),
    "replaced before": (_base(_ONE), _back(_unique("'one'")), _TWO),
    "a nameless one replaced": (_base(_NAMELESS), _joined(_C, _DROP_C), _back(_C)),
    "a named one in front of a nameless one": (_base(_NAMELESS), _C),
    "named by a block": (
        _base(_NAMELESS),
        _in_block(_unique("'d'", '["b"]'), '"t", naming_convention={"uq": "uq_%(column_0_name)s"}'),
        _back(_unique("'uq_c'", '["c"]')),
    ),
    "on other databases only": (
        _base(_ONE),
        (_TWO[0], f'if op.get_bind().dialect.name != "sqlite":\n        {_TWO[1]}'),
    ),
    "created elsewhere": (
        _base(_ONE),
        (
            f'if op.get_bind().dialect.name != "sqlite":\n        {_TWO[0]}',
            f'if op.get_bind().dialect.name != "sqlite":\n        {_TWO[1]}',
        ),
    ),
    "created and dropped in one block": (
        _base(_ONE),
        (
            'with op.batch_alter_table("t") as batch_op:\n        batch_op.create_unique_constraint("two", ["a"])\n'
            '        batch_op.drop_constraint("two", type_="unique")',
            "pass",
        ),
    ),
    "asked for first": (_base(_ONE), (_TWO[0], _ASKED + _TWO[1])),
    "dropped by a name that is asked for": (
        _base(_ONE),
        (
            "for each in sa.inspect(op.get_bind()).get_unique_constraints('t'):\n"
            "        op.drop_constraint(each['name'], 't', type_='unique')",
            "op.create_unique_constraint('one', 't', ['a'])",
        ),
        _TWO,
    ),
    "written anew": (
        _base(_ONE),
        (
            "op.execute('CREATE TABLE x AS SELECT * FROM t')\n    op.execute('DROP TABLE t')\n"
            "    op.execute('ALTER TABLE x RENAME TO t')",
            "op.create_unique_constraint('one', 't', ['a'])",
        ),
        _TWO,
    ),
}


def _rewritten(steps: tuple[Step, ...], folder: Path) -> dict[Path, tuple[Finding, ...]]:
    """The history as scripts, rewritten one by one and then again, and what is found in them."""
    paths = [lay(folder, number, *step) for number, step in enumerate(steps, 1)]
    for path in paths:
        path.write_bytes(Rewriter(Project()).rewrite(path.read_bytes(), str(path)).result)
    again = {path: Rewriter(Project()).rewrite(path.read_bytes(), str(path)) for path in paths}
    assert not any(each.changed for each in again.values())
    return {path: each.findings for path, each in again.items()}


def _failures(folder: Path) -> set[str]:
    found = verify_history(str(folder)).problems
    assert all("No such constraint" in each.message for each in found if each.code.code == "SB302")
    return {f"{each.revision} {each.direction}" for each in found if each.code.code == "SB302"}


def _told(found: dict[Path, tuple[Finding, ...]]) -> set[str]:
    told = set()
    for path, several in found.items():
        below = path.read_text().splitlines().index("def downgrade():") + 1
        told |= {f"{path.stem} {'downgrade' if each.line > below else 'upgrade'}" for each in several}
    return told


@pytest.mark.parametrize("name", FOUND)
def test_the_drop_that_fails_is_found(name: str, tmp_path: Path) -> None:
    steps, expected = FOUND[name]
    found = _rewritten(steps, tmp_path)

    assert {each.code for several in found.values() for each in several} == {findings.TWIN}
    assert (_told(found), _failures(tmp_path)) == (expected, expected)


@pytest.mark.parametrize("name", FOUND)
def test_the_remedy_works(name: str, tmp_path: Path) -> None:
    for path, several in _rewritten(FOUND[name][0], tmp_path).items():
        lines = path.read_text().splitlines(keepends=True)
        for each in several:
            line, test = lines[each.line - 1], each.remedy.partition(": ")[2]
            indent = line[: len(line) - len(line.lstrip())]
            lines[each.line - 1] = f"{indent}{test}\n{indent}    {line.lstrip()}"
        path.write_text("".join(lines))

    assert _failures(tmp_path) == set()


@pytest.mark.parametrize("name", FINE)
def test_what_works_is_not_found(name: str, tmp_path: Path) -> None:
    found = [each.code.code for several in _rewritten(FINE[name], tmp_path).values() for each in several]

    assert (set(found) - {"SB114"}, _failures(tmp_path)) == (set(), set())
