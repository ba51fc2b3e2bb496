"""Constraints that are dropped and created by names that the database is asked for: which may be None on SQLite."""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Collection
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from sqlite_batchify import rewrite_source
from sqlite_batchify.findings import ASKED_NAME, PARTS_GO
from sqlite_batchify.project import Project
from sqlite_batchify.reading.script import Reading
from sqlite_batchify.rewriting import Rewriter
from tests.support.helpers import Run
from tests.support.histories import Migration, with_environment
from tests.support.servers import Fresh
from tests.support.steps import ALLOWED, count_steps

HEAD = """\
import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine.reflection import Inspector

revision = "b2"
down_revision = "a1"
"""
UPGRADE = """

def upgrade():
    bind = op.get_bind()
    inspector = sa.inspect(bind)
"""


def script(body: str, before: str = "") -> str:
    """A revision script; ``before`` are functions of its own."""
    functions = f"\n\n{textwrap.dedent(before).strip()}\n" if before else ""
    source = HEAD + functions + UPGRADE + textwrap.indent(textwrap.dedent(body).strip() + "\n", "    ")
    return source.replace("KEYS", "inspector.get_foreign_keys('ship')")


def found(source: str) -> list[str]:
    """The lines of the script that have the finding."""
    lines = source.splitlines()
    findings = rewrite_source(source.encode()).findings
    return [lines[each.line - 1].strip() for each in findings if each.code is ASKED_NAME]


DROP = 'op.drop_constraint({}, "ship", type_="foreignkey")'
DROP_KEY = DROP.format('key["name"]')
BATCHED = 'batch_op.drop_constraint({}, type_="foreignkey")'

ASKED = {
    "in a loop": ("for key in KEYS:\n    {}", 'key["name"]'),
    "by get": ("for key in KEYS:\n    {}", "key.get('name')"),
    "by a filter of columns": (
        "for key in KEYS:\n    if key['constrained_columns'] == ['port_id']:\n        {}",
        'key["name"]',
    ),
    "by a filter of the referred table": (
        "for key in KEYS:\n    if key['referred_table'] != 'port':\n        continue\n    {}",
        'key["name"]',
    ),
    "of one of several": ("keys = KEYS\nif keys:\n    {}", 'keys[0]["name"]'),
    "by a variable": ("for key in KEYS:\n    name = key['name']\n    {}", "name"),
    "by next": (
        "name = next(k['name'] for k in KEYS if k['referred_table'] == 'port')\n{}",
        "name",
    ),
    "of the first key": (
        "key = next((k for k in KEYS if 'port_id' in k['constrained_columns']), None)\nif key is not None:\n    {}",
        'key["name"]',
    ),
    "by a list of names": (
        "names = [key['name'] for key in KEYS]\nfor name in names:\n    {}",
        "name",
    ),
    "by a set of names": ("for name in {{k['name'] for k in KEYS}}:\n    {}", "name"),
    "by names that are collected": (
        "names = []\nfor key in KEYS:\n    names.append(key['name'])\nfor name in sorted(names, key=str):\n    {}",
        "name",
    ),
    "by a dictionary of names": (
        "names = {{tuple(k['constrained_columns']): k['name'] for k in KEYS}}\n{}",
        'names[("port_id",)]',
    ),
    "by dictionaries of its own": (
        "drops = []\nfor key in KEYS:\n    drops.append({{'name': key['name'], 'a': 1}})\nfor drop in drops:\n    {}",
        'drop["name"]',
    ),
    "found in a loop": (
        "wanted = None\nfor key in KEYS:\n    if 'port_id' in key['constrained_columns']:\n"
        "        wanted = key['name']\n        break\n{}",
        "wanted",
    ),
    "with a number": ("for number, key in enumerate(KEYS):\n    {}", 'key["name"]'),
    "by filter": (
        "for key in filter(lambda k: k['referred_table'] == 'port', KEYS):\n    {}",
        'key["name"]',
    ),
    "by map": ("for name in map(lambda k: k['name'], KEYS):\n    {}", "name"),
    "of an inspector of an engine": (
        "for key in Inspector.from_engine(bind).get_foreign_keys('ship'):\n    {}",
        'key["name"]',
    ),
    "of an inspector at once": (
        "for key in sa.inspect(op.get_bind()).get_foreign_keys('ship'):\n    {}",
        'key["name"]',
    ),
    "of all tables": (
        "for (schema, table), keys in inspector.get_multi_foreign_keys().items():\n    for key in keys:\n        {}",
        'key["name"]',
    ),
    "of all tables by one": (
        "for key in inspector.get_multi_foreign_keys(filter_names=['ship'])[(None, 'ship')]:\n    {}",
        'key["name"]',
    ),
    "unless it is another": (
        "for key in KEYS:\n    if key['name'] != 'ship_flag':\n        {}",
        'key["name"]',
    ),
    "unless it is among others": (
        "for key in KEYS:\n    if key['name'] not in ('ship_flag', 'ship_owner'):\n        {}",
        'key["name"]',
    ),
    "tried": (
        "for key in KEYS:\n    try:\n        {}\n    except Exception:\n        pass",
        'key["name"]',
    ),
    "where another is tested": (
        "for key in KEYS:\n    if bind.engine.name:\n        {}",
        'key["name"]',
    ),
    "by an assignment in a test": (
        "if (keys := KEYS) and len(keys) == 1:\n    {}",
        'keys[0]["name"]',
    ),
    "on other databases by a name": (
        "for key in KEYS:\n"
        "    name = 'ship_port_id_fkey' if bind.dialect.name == 'postgresql' else key['name']\n    {}",
        "name",
    ),
    "in op.f": ("for key in KEYS:\n    {}", 'op.f(key["name"])'),
    "of a table": (
        "ship = sa.Table('ship', sa.MetaData(), autoload_with=bind)\nfor key in ship.foreign_key_constraints:\n    {}",
        "key.name",
    ),
    "of any kind of a table": (
        "meta = sa.MetaData()\nship = sa.Table('ship', meta, autoload_with=bind)\nfor key in ship.constraints:\n"
        "    if isinstance(key, sa.ForeignKeyConstraint):\n        {}",
        "key.name",
    ),
    "of a table of all": (
        "meta = sa.MetaData()\nmeta.reflect(bind=bind)\nfor key in meta.tables['ship'].foreign_keys:\n    {}",
        "key.constraint.name",
    ),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_may_be_none_is_found(case: str) -> None:
    text, name = ASKED[case]
    source = script(text.format(DROP.format(name)))

    assert found(source) == [DROP.format(name)]


@pytest.mark.parametrize("case", ASKED)
def test_what_may_be_none_is_found_in_a_block(case: str) -> None:
    text, name = ASKED[case]
    block = 'with op.batch_alter_table("ship") as batch_op:\n'
    source = script(block + textwrap.indent(text.format(BATCHED.format(name)), "    "))

    assert found(source) == [BATCHED.format(name)]


@pytest.mark.parametrize("case", ASKED)
def test_where_another_name_stands_in_there_is_none(case: str) -> None:
    text, name = ASKED[case]

    assert found(script(text.format(DROP.format(f'{name} or "ship_port_id_fkey"')))) == []


@pytest.mark.parametrize("case", ASKED)
@pytest.mark.parametrize(
    "test",
    [
        "if {}:\n    {}",
        "if {} is not None:\n    {}",
        "if {} is None:\n    pass\nelse:\n    {}",
        "if not {}:\n    pass\nelif True:\n    {}",
        'if {} == "ship_port_id_fkey":\n    {}',
        'if {} in ("ship_port_id_fkey", "ship_flag"):\n    {}',
        'if {} not in (None, ""):\n    {}',
        "if isinstance({}, str):\n    {}",
        'if True and ({} or "").endswith("_fkey"):\n    {}',
        "assert {}\n{}",
        "if not {}:\n    raise ValueError\n{}",
        "if len(str(bind)) > 3 and {}:\n    {}",
        "if bind is None or not {}:\n    raise ValueError\n{}",
    ],
)
def test_where_the_script_looks_at_it_there_is_none(case: str, test: str) -> None:
    text, name = ASKED[case]
    if name.startswith("op.f"):
        return
    body = text.replace("{}", "\0").format()
    indent = body[: body.index("\0")].rpartition("\n")[2]
    inner = textwrap.indent(test.format(name, DROP.format(name)), indent).removeprefix(indent)

    assert found(script(body.replace("\0", inner))) == []


QUIET = {
    "left out of a list": "for name in [k['name'] for k in KEYS if k['name']]:\n    {name}",
    "left out of keys": ("keys = [k for k in KEYS if k.get('name') is not None]\nfor key in keys:\n    {key}"),
    "filtered": "for name in filter(None, [k['name'] for k in KEYS]):\n    {name}",
    "filtered by a function": ("for key in filter(lambda k: k['name'], KEYS):\n    {key}"),
    "taken out of a set": ("names = {{k['name'] for k in KEYS}}\nnames.discard(None)\nfor name in names:\n    {name}"),
    "subtracted": ("for name in {{k['name'] for k in KEYS}} - {{None}}:\n    {name}"),
    "collected where it is one": (
        "names = []\nfor key in KEYS:\n    if key['name']:\n        names.append(key['name'])\n"
        "for name in names:\n    {name}"
    ),
    "passed over": "for key in KEYS:\n    if not key['name']:\n        continue\n    {key}",
    "passed over among others": (
        "for key in KEYS:\n    if key['referred_table'] != 'port' or key['name'] is None:\n        continue\n    {key}"
    ),
    "another in its place": (
        "for key in KEYS:\n    name = key['name']\n    if not name:\n        name = 'ship_port_id_fkey'\n    {name}"
    ),
    "another put into it": (
        "for key in KEYS:\n    if key['name'] is None:\n        key['name'] = 'ship_port_id_fkey'\n    {key}"
    ),
    "another in each branch": (
        "for key in KEYS:\n    if key['name']:\n        name = key['name']\n    else:\n"
        "        name = 'ship_port_id_fkey'\n    {name}"
    ),
    "one or the other": (
        "for key in KEYS:\n    name = key['name'] if key['name'] else 'ship_port_id_fkey'\n    {name}"
    ),
    "assigned in the test": ("for key in KEYS:\n    if (name := key['name']):\n        {name}"),
    "compared as it is assigned": ("for key in KEYS:\n    if (name := key['name']) is not None:\n        {name}"),
    "on other databases": ("if bind.dialect.name != 'sqlite':\n    for key in KEYS:\n        {key}"),
    "not after a return": ("if bind.dialect.name == 'sqlite':\n    return\nfor key in KEYS:\n    {key}"),
    "on SQLite by another name": (
        "for key in KEYS:\n    name = 'ship_port_id_fkey' if bind.dialect.name == 'sqlite' else key['name']\n    {name}"
    ),
    "on SQLite by another name if there is none": (
        "dialect = bind.dialect.name\nfor key in KEYS:\n    name = key['name']\n"
        "    if not name and dialect == 'sqlite':\n        name = 'ship_port_id_fkey'\n    {name}"
    ),
    "only asked whether it is there": (
        "names = [k['name'] for k in KEYS]\nif 'ship_port_id_fkey' in names:\n    {literal}"
    ),
    "a list of literals": (
        "there = [k['name'] for k in KEYS]\nfor name in ('ship_flag', 'ship_owner'):\n"
        "    if name in there:\n        {name}"
    ),
    "the same variable for something else": (
        "for name in [k['name'] for k in KEYS]:\n    print(name)\nfor name in ('ship_flag', 'ship_owner'):\n    {name}"
    ),
    "the name of a column": (
        "KEYS\nfor column in inspector.get_columns('ship'):\n    op.drop_constraint(column['name'], 'ship')"
    ),
    "made of it": ("for key in KEYS:\n    op.drop_constraint('fk_' + key['referred_table'], 'ship')"),
    "a table with a convention": (
        "meta = sa.MetaData(naming_convention={{'fk': 'fk_%(table_name)s'}})\n"
        "ship = sa.Table('ship', meta, autoload_with=bind)\nfor key in ship.foreign_key_constraints:\n"
        "    op.drop_constraint(key.name, 'ship')"
    ),
    "as long as there is one": (
        "names = [k['name'] for k in KEYS]\nwhile names[-1]:\n    op.drop_constraint(names[-1], 'ship')"
    ),
    "matched": (
        "for key in KEYS:\n    match key['name']:\n        case None:\n            pass\n"
        "        case name:\n            {key}"
    ),
    "another function of that name": (
        "def get_foreign_keys(table):\n    return [{{'name': 'ship_port_id_fkey'}}]\n\n"
        "for key in get_foreign_keys('ship'):\n    {key}"
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_cannot_be_none_is_not_found(case: str) -> None:
    names = {"name": "name", "key": 'key["name"]', "literal": '"ship_port_id_fkey"'}
    drops = {what: DROP.format(name) for what, name in names.items()}

    assert found(script(QUIET[case].format(**drops))) == []


NAME_OF = """
def name_of(inspector, table, column):
    for key in inspector.get_foreign_keys(table):
        if column in key["constrained_columns"]:
            return key["name"]
    return None
"""
FUNCTIONS = {
    "returns the name": (NAME_OF, DROP.format('name_of(inspector, "ship", "port_id")')),
    "returns the name in a variable": (
        NAME_OF,
        f'name = name_of(inspector, "ship", "port_id")\n{DROP.format("name")}',
    ),
    "returns the key": (
        """
        def key_of(table):
            keys = sa.inspect(op.get_bind()).get_foreign_keys(table)
            return next((key for key in keys if key["referred_table"] == "port"), None)
        """,
        f'key = key_of("ship")\nif key:\n    {DROP_KEY}',
    ),
    "yields names": (
        """
        def names(inspector):
            for key in KEYS:
                yield key["name"]
        """,
        f"for name in names(inspector):\n    {DROP.format('name')}",
    ),
    "gets the inspector": (
        """
        def drop_keys(inspector, table):
            for key in inspector.get_foreign_keys(table):
                op.drop_constraint(key["name"], table, type_="foreignkey")
        """,
        'drop_keys(inspector, "ship")',
    ),
    "gets the keys": (
        """
        def drop_keys(keys, table="ship"):
            for key in keys:
                op.drop_constraint(key["name"], table)
        """,
        'drop_keys(keys=inspector.get_foreign_keys("ship"))',
    ),
    "gets the name": (
        """
        def drop_key(name, table):
            op.drop_constraint(name, table, type_="foreignkey")
        """,
        'for key in KEYS:\n    drop_key(key["name"], "ship")',
    ),
    "gets the name through another": (
        """
        def drop_key(table, name):
            drop(name, table)

        def drop(name, table):
            op.drop_constraint(name, table, type_="foreignkey")
        """,
        'for key in KEYS:\n    drop_key("ship", key["name"])',
    ),
    "gets the block": (
        """
        def drop_keys(batch_op, keys):
            for key in keys:
                batch_op.drop_constraint(key["name"], type_="foreignkey")
        """,
        """
        with op.batch_alter_table("ship") as batch_op:
            drop_keys(batch_op, inspector.get_foreign_keys("ship"))
        """,
    ),
    "tells whether it is meant": (
        """
        def is_meant(key):
            return key["constrained_columns"] == ["port_id"]
        """,
        f"for key in KEYS:\n    if is_meant(key):\n        {DROP_KEY}",
    ),
    "calls itself": (
        """
        def drop_first(keys):
            if keys:
                op.drop_constraint(keys[0]["name"], "ship")
                drop_first(keys[1:])
        """,
        'drop_first(inspector.get_foreign_keys("ship"))',
    ),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_names_are_followed_through_functions(case: str) -> None:
    before, body = FUNCTIONS[case]

    assert len(found(script(body, before))) == 1


QUIET_FUNCTIONS = {
    "returns only a name": (
        NAME_OF.replace("            return key", "            if key['name']:\n                return key"),
        DROP.format('name_of(inspector, "ship", "port_id")'),
    ),
    "returns another": (
        NAME_OF.replace('return key["name"]', 'return key["name"] or f"{table}_{column}_fkey"'),
        DROP.format('name_of(inspector, "ship", "port_id")'),
    ),
    "returns None, which is looked at": (
        NAME_OF,
        f'name = name_of(inspector, "ship", "port_id")\nif name is None:\n    return\n{DROP.format("name")}',
    ),
    "gets only a name": (
        "def drop(name):\n    op.drop_constraint(name, 'ship')",
        'for key in KEYS:\n    if key["name"]:\n        drop(key["name"])',
    ),
    "gets only a key with a name": (
        "def drop(key):\n    op.drop_constraint(key['name'], 'ship')",
        'for key in KEYS:\n    if key["name"]:\n        drop(key)',
    ),
    "looks at what it gets": (
        "def drop(name):\n    if name:\n        op.drop_constraint(name, 'ship')",
        'for key in KEYS:\n    drop(key["name"])',
    ),
    "tells whether it has a name": (
        "def has_name(key):\n    return bool(key.get('name'))",
        f"for key in KEYS:\n    if has_name(key):\n        {DROP_KEY}",
    ),
    "is for other databases": (
        "def drop_keys(keys):\n    for key in keys:\n        op.drop_constraint(key['name'], 'ship')",
        'if bind.dialect.name == "mysql":\n    drop_keys(inspector.get_foreign_keys("ship"))',
    ),
    "is for other names on SQLite": (
        "def drop(name):\n    op.drop_constraint(name, 'ship')",
        'if bind.dialect.name == "sqlite":\n    drop("ship_port_id_fkey")\nelse:\n'
        '    for key in KEYS:\n        drop(key["name"])',
    ),
    "gets a literal": (
        "def drop(name, table):\n    op.drop_constraint(name, table)",
        'print([key["name"] for key in inspector.get_foreign_keys("ship")])\ndrop("ship_port_id_fkey", "ship")',
    ),
}


@pytest.mark.parametrize("case", QUIET_FUNCTIONS)
def test_what_functions_make_sure_of_is_not_found(case: str) -> None:
    before, body = QUIET_FUNCTIONS[case]

    assert found(script(body, before)) == []


def test_a_comment_silences_it() -> None:
    source = script(f"for key in KEYS:\n    {DROP_KEY}")

    assert found(source) != []
    assert found(source.rstrip() + "  # sqlite-batchify: ignore[SB114]\n") == []
    assert found(source.rstrip() + "  # sqlite-batchify: skip\n") == []


def test_exit_status_and_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "b2.py"
    source = script(f"for key in KEYS:\n    {DROP_KEY}")
    path.write_text(source)
    line = source.splitlines().index(f"        {DROP_KEY}") + 1
    status, out, _ = run("--check", path)

    assert status == 1
    assert f'{path}:{line}:9: SB114 key["name"] is None on SQLite' in out


TABLES = """\
import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "port",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("dock", sa.Integer()),
        sa.UniqueConstraint("id", "dock"),
    )
    op.create_table(
        "ship",
        sa.Column("id", sa.Integer(), autoincrement=False),
        sa.Column("part", sa.Integer(), autoincrement=False),
        sa.Column("port_id", sa.Integer()),
        sa.Column("dock", sa.Integer()),
        sa.Column("flag", sa.String(2), unique=True),
        sa.ForeignKeyConstraint(["port_id"], ["port.id"]),
        sa.ForeignKeyConstraint(["port_id", "dock"], ["port.id", "port.dock"]),
        sa.ForeignKeyConstraint(["part"], ["port.id"], name="named"),
        sa.UniqueConstraint("flag", "dock"),
        sa.UniqueConstraint("dock", name="docked"),
        sa.CheckConstraint("dock > 0"),
        sa.CheckConstraint("part > 0", name="parted"),
        sa.PrimaryKeyConstraint("id", "part"),
    )
    op.execute("INSERT INTO port (id, dock) VALUES (1, 1)")
    op.execute("INSERT INTO ship (id, part, port_id, dock, flag) VALUES (1, 1, 1, 1, 'nl')")
"""
_READ = 'ship = sa.Table("ship", sa.MetaData(), autoload_with=bind)\n'
REMEDIES = {
    "foreign keys": ("fk", "for key in KEYS:\n    {}", 'key["name"]', "foreignkey"),
    "names of foreign keys": ("fk", "for name in [key['name'] for key in KEYS]:\n    {}", "name", "foreignkey"),
    "unique constraints": (
        *("uq", "for unique in inspector.get_unique_constraints('ship'):\n    {}"),
        *("unique.get('name')", "unique"),
    ),
    "the primary key": ("pk", "key = inspector.get_pk_constraint('ship')\n{}", 'key["name"]', "primary"),
    "the primary key at once": ("pk", "{}", "inspector.get_pk_constraint('ship')['name']", "primary"),
    "checks": ("ck", "for check in inspector.get_check_constraints('ship'):\n    {}", 'check["name"]', "check"),
    "foreign keys of all tables": (
        *(
            "fk",
            "for (_, table), keys in inspector.get_multi_foreign_keys().items():\n    for key in keys:\n        {}",
        ),
        *("key['name']", "foreignkey"),
    ),
    "foreign keys of a table": (
        *("fk", _READ + "for key in ship.foreign_key_constraints:\n    {}"),
        *("key.name", "foreignkey"),
    ),
    "unique constraints of a table": (
        *("uq", _READ + "for each in ship.constraints:\n    if isinstance(each, sa.UniqueConstraint):\n        {}"),
        *("each.name", "unique"),
    ),
    "the primary key of a table": ("pk", _READ + "{}", "ship.primary_key.name", "primary"),
}
_REMEDY = re.compile(
    r".+: write (?:(?P<name>.+ or .+)|(?P<test>if .+:) before it), in (?P<block>op\..+\))(?:, whose .+)?"
)


def mended(source: str) -> str:
    """The script with what the remedy of its one finding says."""
    (finding,) = rewrite_source(source.encode()).findings
    remedy = _REMEDY.fullmatch(finding.remedy)
    assert remedy is not None
    lines = source.splitlines()
    drop = re.sub(r'"ship", ', "", lines[finding.line - 1]).replace("op.drop_constraint", "batch_op.drop_constraint")
    margin = drop[: len(drop) - len(drop.lstrip())]
    test = f"{remedy['test']} " if remedy["test"] else ""
    lines[finding.line - 1] = f"{margin}with {remedy['block']} as batch_op:\n{margin}    {test}{drop.lstrip()}"
    read = (remedy["name"] or "").partition(" or ")[0]
    text = "\n".join(lines) + "\n"
    return text.replace(read, f"({remedy['name']})") if read else text


def history(folder: Path, source: str) -> Path:
    versions = folder / "versions"
    versions.mkdir(parents=True)
    (versions / "a1.py").write_text(TABLES)
    (versions / "b2.py").write_text(source)
    return with_environment(folder)


@pytest.mark.parametrize("case", REMEDIES)
@pytest.mark.parametrize("server", ["sqlite", "postgresql", "mariadb"])
def test_the_remedy_works_on_every_database(
    case: str, server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if (case, server) == ("unique constraints of a table", "mariadb"):
        pytest.skip("there they are indexes, and no constraints")
    kind, text, name, type_ = REMEDIES[case]
    source = script(text.format(f'op.drop_constraint({name}, "ship", type_="{type_}")'))
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CHECKs without a name, which a copy loses
        fresh: Fresh = (lambda: connection) if server == "sqlite" else request.getfixturevalue(server)
        migration = Migration(history(tmp_path, mended(source)), fresh())
        command.upgrade(migration.config, "a1")
        before = _kinds(migration)
        command.upgrade(migration.config, "head")
        lost = {kind, "ck"} if server == "sqlite" else {kind}  # a copy keeps no CHECK without a name
        assert _kinds(migration, lost) == [each for each in before if each[0] not in lost]
        assert kind not in {each for each, _ in _kinds(migration)}
        rows = migration.connection.execute(sa.text("SELECT id, part, port_id, dock, flag FROM ship")).all()
        assert rows == [(1, 1, 1, 1, "nl")]
    engine.dispose()


def _kinds(migration: Migration, without: Collection[str] = ()) -> list[tuple[str, tuple[str, ...]]]:
    constraints = migration.constraints()["ship"]
    return sorted((each.kind, each.columns) for each in constraints if each.kind not in without)


def test_without_the_remedy_sqlite_refuses(tmp_path: Path) -> None:
    rewritten = rewrite_source(script(f"for key in KEYS:\n    {DROP_KEY}").encode()).result.decode()
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="Constraint must have a name"):
            command.upgrade(Migration(history(tmp_path, rewritten), connection).config, "head")
    engine.dispose()


NAMED = TABLES.replace('"port.dock"])', '"port.dock"], name="docks")').replace(
    '["port.id"])', '["port.id"], name="ports")'
)


@pytest.mark.parametrize(("tables", "names"), [(TABLES, 1), (NAMED, 0)])
@pytest.mark.parametrize("style", ["minimal", "autogenerate"])
def test_the_history_may_know_that_all_have_names(tables: str, names: int, style: str, tmp_path: Path) -> None:
    (tmp_path / "a1.py").write_text(tables)
    path = tmp_path / "b2.py"
    path.write_text(script(f"for key in KEYS:\n    {DROP_KEY}"))
    rewritten = Rewriter(Project(style=style)).rewrite(path.read_bytes(), str(path))

    assert [each.code for each in rewritten.findings] == [ASKED_NAME] * names
    assert [each.code for each in rewritten.remaining] == [ASKED_NAME] * names


def test_a_convention_of_the_block_comes_after_the_question(tmp_path: Path) -> None:
    (tmp_path / "a1.py").write_text(TABLES)
    path = tmp_path / "b2.py"
    convention = '{"fk": "%(table_name)s_%(column_0_N_name)s_fkey"}'
    block = f'with op.batch_alter_table("ship", naming_convention={convention}) as batch_op:\n'
    path.write_text(script(block + "    for key in KEYS:\n        " + BATCHED.format('key["name"]')))
    rewritten = Rewriter(Project()).rewrite(path.read_bytes(), str(path))

    assert [each.code for each in rewritten.findings] == [PARTS_GO, ASKED_NAME], "a CHECK of ship has no name"


_CREATE_KEY = 'op.create_foreign_key({}, "ship", "port", ["dock"], ["id"])'
_OLD = "def old():\n    for key in sa.inspect(op.get_bind()).get_foreign_keys('ship'):\n        return key['name']"
CREATED = {
    "foreign key": ("", "for key in KEYS:\n    {}", _CREATE_KEY, "key['name']", "ship_port_id_fkey"),
    "foreign key by keywords": (
        "",
        "for key in KEYS:\n    {}",
        'op.create_foreign_key(constraint_name={}, source_table="ship", referent_table="port", '
        'local_cols=["dock"], remote_cols=["id"])',
        "key.get('name')",
        "ship_port_id_fkey",
    ),
    "foreign key in a block": (
        "",
        "for key in KEYS:\n    with op.batch_alter_table('ship') as batch_op:\n        {}",
        'batch_op.create_foreign_key({}, "port", ["dock"], ["id"])',
        "key['name']",
        "ship_port_id_fkey",
    ),
    "name that a function gives": (_OLD, "name = old()\n{}", _CREATE_KEY, "key['name']", "ship_port_id_fkey"),
    "unique constraint": (
        "",
        "for each in inspector.get_unique_constraints('ship'):\n    {}",
        'op.create_unique_constraint({}, "ship", ["part", "flag"])',
        "each['name']",
        "ship_flag_key",
    ),
    "check": (
        "",
        "for each in inspector.get_check_constraints('ship'):\n    {}",
        'op.create_check_constraint({}, "ship", "part > 0")',
        "each['name']",
        "ship_check",
    ),
    "name of a read table": (
        "",
        _READ + "for key in ship.foreign_key_constraints:\n    if key.column_keys == ['port_id']:\n        {}",
        _CREATE_KEY,
        "key.name",
        "ship_port_id_fkey",
    ),
}


def _creating(case: str) -> tuple[str, str, str]:
    """A script, the line that creates, and the name that it has to get where the database has none."""
    before, text, create, name, made = CREATED[case]
    line = create.format("name" if before else name)
    return script(text.format(line), before), line, made


@pytest.mark.parametrize("case", CREATED)
def test_a_name_to_create_by_is_found(case: str) -> None:
    source, line, _ = _creating(case)

    assert found(source) == [line]


@pytest.mark.parametrize("case", CREATED)
def test_the_remedy_for_what_is_created_works(case: str, tmp_path: Path) -> None:
    source, _, made = _creating(case)
    (finding,) = rewrite_source(source.encode()).findings
    code = finding.remedy.partition(": write ")[2]
    mended = source.replace(code.partition(" or ")[0], f"({code})")
    rewritten = rewrite_source(mended.encode())
    assert not rewritten.findings
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        migration = Migration(history(tmp_path, rewritten.result.decode()), connection)
        command.upgrade(migration.config, "head")
        table = sa.text("SELECT sql FROM sqlite_master WHERE name = 'ship'")  # all of them are over the same columns
        assert f"CONSTRAINT {made} " in (connection.execute(table).scalar() or "")
    engine.dispose()


@pytest.mark.parametrize(
    "text",
    [
        "for key in KEYS:\n    if key['name']:\n        {}",
        "for key in KEYS:\n    name = key['name'] or 'mine'\n    op.create_unique_constraint(name, 'ship', ['part'])",
        "for key in KEYS:\n    op.create_unique_constraint(f\"uq_{{key['name']}}\", 'ship', ['part'])",
        "for key in KEYS:\n    op.create_index(key['name'], 'ship', ['part'])",
        "if bind.dialect.name != 'sqlite':\n    for key in KEYS:\n        {}",
        "for table in inspector.get_table_names():\n    op.create_unique_constraint(table, 'ship', ['part'])",
    ],
)
def test_a_name_to_create_by_that_is_something(text: str) -> None:
    assert found(script(text.format(_CREATE_KEY.format("key['name']")))) == []


@pytest.mark.parametrize(("tables", "names"), [(TABLES, 1), (NAMED, 0)])
def test_the_history_may_know_that_what_is_created_has_a_name(tables: str, names: int, tmp_path: Path) -> None:
    (tmp_path / "a1.py").write_text(tables)
    path = tmp_path / "b2.py"
    path.write_text(script("for key in KEYS:\n    " + _CREATE_KEY.format("key['name']")))
    rewritten = Rewriter(Project()).rewrite(path.read_bytes(), str(path))

    assert [each.code for each in rewritten.findings] == [ASKED_NAME] * names


def _chain(number: int) -> str:
    """Functions that pass names on, variables that hold them, and as many drops."""
    functions = "\n".join(
        f"def of_{each}(keys):\n    names_{each} = of_{each + 1}(keys)\n    return names_{each}"
        for each in range(number)
    )
    last = f"def of_{number}(keys):\n    return [key['name'] for key in keys]\n"
    drops = "\n".join(
        f"for name_{each} in of_{each}(KEYS):\n    if name_{each} == 'a':\n        continue\n    if x_{each}:\n"
        f"        y = name_{each}\n    op.drop_constraint(y, 'ship')"
        for each in range(number)
    )
    return script(drops, f"{functions}\n{last}")


def test_it_takes_time_in_proportion() -> None:
    half, whole = (count_steps(partial(getattr, Reading(_chain(number)), "asked")) for number in (60, 120))

    assert whole < ALLOWED * half
