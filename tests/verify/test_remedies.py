"""Every remedy that verify prints for a fixture, taken at the place that it names: the problem is gone, no other is
there, and other databases get what they got, or the remedy says that they do not."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command

from sqlite_batchify.project import Project
from sqlite_batchify.rewriting import Rewriter
from sqlite_batchify.verify import verify_history
from sqlite_batchify.verify.results import Problem
from tests.support import FIXTURES
from tests.support.helpers import OLD
from tests.support.histories import lay
from tests.support.offline import DIALECTS, DIRECTIONS, ddl
from tests.support.pasting import paste
from tests.verify.test_causes import _BLOCKS as BLOCKS
from tests.verify.test_causes import _CALLS as CALLS
from tests.verify.test_causes import _PASTED as PASTED
from tests.verify.test_causes import _RETYPED, block
from tests.verify.test_causes import _TABLES as TABLES
from tests.verify.test_foreign import _FOREIGN as FOREIGN

NO_EDIT = {
    "mend what stands at this line": "only its author knows what the script was to do",
    "install it where sqlite-batchify runs": "it is done at the command line",
    "let downgrade() undo what upgrade() does": "whether and how a change can be undone, its author knows",
    "let downgrade() take back": "the rows that belong to it, its author knows",
    "ask in a way that every database has": "what is done with the answer, its author knows",
    "if it comes from a plug-in, install": "it is done at the command line",
    "add it nullable, fill it": "what the rows are to hold, their owner knows",
    "write the name of a column": "which one is meant, the author knows",
    "leave one of the two out": "which one is meant, the author knows",
    "drop rank in a block before, or leave the rename out": "which column is meant, the author knows",
    "drop it by the name that it has": "which one is meant, the author knows",
    "name each pair of columns": "which order is meant, the author knows",
    "instead of the block drop the view": "what it is to be, its author knows",
    "add x first, fill it": "what the rows are to hold, their owner knows",
    "give it one: op.execute": "which value is meant, the author knows",
    "leave the PRAGMA, trigger or conflict clause": "what is to become of the rows, their owner knows",
    "change the rows that are in the way": "what they are to hold, their owner knows",
    "change these rows before": "what they are to hold, their owner knows",
    "see why no earlier revision": "which one should have, their author knows",
    "repair the ": "what it was to do, its author knows",
}
"""How the remedies begin that are no edit, and why there is none."""
WITH_PROBLEMS = sorted(
    path.parent for path in FIXTURES.glob("verify/*/expected.json") if json.loads(path.read_text(encoding="utf-8"))
)
PROJECTS = [*WITH_PROBLEMS, *sorted(FIXTURES.glob("projects/shop")), *sorted(FIXTURES.glob("histories/*/before"))]
STATEMENTS = {
    **{name: statement[0] for name, statement in (*BLOCKS.items(), *CALLS.items(), *PASTED.items())},
    **{sql: f"op.execute({sql!r})" for sql in FOREIGN},
    "a SELECT whose rows are used": """rows = op.get_bind().execute(sa.text("SELECT id FROM page WHERE title ~ 'x'"))
    for row in rows:
        op.execute(f"DELETE FROM box WHERE id = {row[0]}")
    op.execute("UPDATE box SET label = 'x'")""",
    "a SELECT in a condition": """if op.get_bind().execute(sa.text("SELECT 'a' ~ 'b'")).scalar():
        op.execute("UPDATE box SET label = 'x'")""",
    "a default that calls a function": """op.create_table(
        "t",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(36), server_default=sa.text("gen_random_uuid()")),
        sa.Column("made", sa.DateTime(), server_default=sa.text("timezone('utc', now())"), nullable=False),
    )""",
    "a type and a default of PostgreSQL": """op.create_table(
        "t",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("data", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )""",
    "a type of PostgreSQL in a block": block('add_column(sa.Column("x", ARRAY(sa.Text())))'),
    "an index on a dropped column": 'op.drop_column("page", "title")',
    "a key that is renamed and changed": """op.create_table(
        "line",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("page_id", sa.Integer(), sa.ForeignKey("page.id", name="fk")),
    )
    """
    + block('alter_column("id", new_column_name="no", existing_type=sa.Integer(), type_=sa.BigInteger())'),
    "rows that refer to nothing": """op.create_table(
        "line",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("page_id", sa.Integer(), sa.ForeignKey("page.id", name="fk")),
    )
    op.drop_table("page")""",
    "a key of a new table": """op.create_table("label", sa.Column("name", sa.Text()))
    """
    + block('add_column(sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)', opening='"label"'),
    "generated columns": '''op.execute("""CREATE TABLE t (
        "the sum" INTEGER GENERATED ALWAYS AS (a + "b c") STORED NOT NULL, a INTEGER, "b c" INTEGER,
        twice TEXT COLLATE NOCASE AS (a || ':x'), id INTEGER PRIMARY KEY)""")
    '''
    + block('alter_column("a", existing_type=sa.Integer(), nullable=False)', opening='"t"'),
    "conditions": """op.create_index("a", "page", ["rank"], unique=True, postgresql_where="title::text > ''")
    op.create_index("b", "page", ["rank"], unique=True, postgresql_where=sa.column("title").is_(None))
    """
    + block('create_index("c", ["rank"], unique=True, postgresql_where=sa.text("rank > 5"))'),
    "names that are not given": block(
        'create_unique_constraint(None, ["title"])',
        'create_foreign_key(None, "box", ["rank"], ["id"])',
        'create_check_constraint(None, "rank < 1000000000")',
        'add_column(sa.Column("box_id", sa.Integer(), sa.ForeignKey("box.id"), unique=True))',
    ),
    "a name that is not there": block('drop_constraint("page_box_id_fkey", type_="foreignkey")', _RETYPED),
}
_SAYS_SO = re.compile(
    r"\Aleave it out, or|as every database needs it|what every database has"
    r"|other databases get a statement of its own|as other databases do by themselves|as PostgreSQL does by itself"
)
_ONE_DATABASE = re.compile(r'guard what is meant .* if op\.get_context\(\)\.dialect\.name == "(\w+)":|same on (MySQL)')
_GIVES_NAMES = re.compile(r"rewrite the script: |give the [\w ]* the name ")
_NAMES = re.compile(r"CONSTRAINT \S+ (?=UNIQUE|FOREIGN|PRIMARY|CHECK)")
_IN_ENV = re.compile(r'in env\.py, (\w+ [\w. ]+): (connection\.exec_driver_sql\("[^"]*"\))')
_FAILURES = ("SB301", "SB302", "SB303", "SB304")
_LISTENER = """
from sqlalchemy import event
from sqlalchemy.engine import Engine


@event.listens_for(Engine, "connect")
def turn_on(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")
"""
Sign = tuple[str, str, str, str]


def _name(project: Path) -> str:
    return project.parent.name if project.name == "before" else project.name


def _find(project: Path, foreign_keys: str = "off") -> list[Problem]:
    problems = verify_history(str(project), foreign_keys=foreign_keys).problems
    return [each for each in problems if not each.consequence]


def _count(problems: list[Problem]) -> Counter[Sign]:
    return Counter(map(_sign, problems))


def _sign(problem: Problem) -> Sign:
    return problem.code.code, problem.revision, problem.direction, problem.message


@pytest.mark.parametrize("project", PROJECTS, ids=_name)
def test_remedies_work_where_they_are_pasted(project: Path, tmp_path: Path) -> None:
    if OLD and _name(project) in ("copied_from_too_little", "checks_of_types"):
        pytest.skip("needs a newer SQLAlchemy and Alembic: STRICT, and CHECKs of types that are copied once")
    _mend(shutil.copytree(project, tmp_path / "project"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_remedies_of_single_statements_work(name: str, tmp_path: Path) -> None:
    lay(tmp_path, 1, TABLES)
    script = lay(tmp_path, 2, STATEMENTS[name], "raise NotImplementedError")
    imported = "import sqlalchemy as sa\nfrom sqlalchemy.dialects.postgresql import ARRAY, JSONB\n"
    script.write_text(script.read_text().replace("import sqlalchemy as sa\n", imported))
    _mend(tmp_path)


def _mend(project: Path) -> None:
    """Take one remedy after the other."""
    problems = _find(project)
    for _ in range(len(problems) + 9):
        problem = next(filter(_is_edit, problems), None)
        if problem is None:
            return
        _take(problem)
        found = _find(project)
        new = _count(found) - _count(problems)
        assert _count(found)[_sign(problem)] < _count(problems)[_sign(problem)], problem.remedy
        assert [sign for sign in new if not _was_hidden(sign, _sign(problem))] == [], problem.remedy
        problems = found
    raise AssertionError(problems)


def _is_edit(problem: Problem) -> bool:
    return not problem.remedy.startswith(tuple(NO_EDIT)) and _IN_ENV.search(problem.remedy) is None


def _was_hidden(sign: Sign, mended: Sign) -> bool:
    """Whether nobody could see one problem for another: it failed, or took what there was to lose afterwards."""
    return mended[0] in _FAILURES or sign[1:3] != mended[1:3]


def _take(problem: Problem) -> None:
    """Take a remedy."""
    script = Path(problem.path)
    source = script.read_text(encoding="utf-8")
    if problem.remedy.startswith("rewrite the script: "):
        mended = Rewriter(Project()).rewrite(source.encode(), problem.path).result.decode()
    else:
        mended = paste(source, [problem])
    script.write_text(mended, encoding="utf-8")
    if _SAYS_SO.search(problem.remedy) is None:
        for database, before, after in _sent(source, mended, problem):
            assert _comparable(after, problem) == _comparable(before, problem), (database, problem.remedy)


def _comparable(sql: str, problem: Problem) -> list[str]:
    """The statements; what gives names may change the order of the constraints of a column too."""
    if "the same on MySQL" in problem.remedy:
        sql = sql.replace("`", "").lower()
    statements = [" ".join(each.split()) for each in re.split(r";|^GO$|^/$", sql, flags=re.MULTILINE) if each.strip()]
    if _GIVES_NAMES.search(problem.remedy):
        return sorted(_NAMES.sub("", each) for each in statements)
    return statements


def _sent(source: str, mended: str, problem: Problem) -> Iterator[tuple[str, str, str]]:
    """What other databases get, where they get anything without a connection; a guard may be for one of them."""
    only = _ONE_DATABASE.search(problem.remedy)
    for dialect in DIALECTS if only is None else [only[1] or "mysql"]:
        for direction in DIRECTIONS:
            before = ddl(source, dialect, direction)
            if before is not None:
                yield dialect, before, str(ddl(mended, dialect, direction))


@pytest.mark.parametrize("project", WITH_PROBLEMS, ids=_name)
def test_remedies_for_env_py_work_there(project: Path, tmp_path: Path) -> None:
    found = [problem.remedy for problem in _find(project, "both") if _IN_ENV.search(problem.remedy)]
    if not found or not (project / "versions").is_dir():
        return
    shutil.copytree(project / "versions", tmp_path / "versions")
    env = (Path(command.__file__).parent / "templates" / "generic" / "env.py").read_text() + _LISTENER
    (tmp_path / "env.py").write_text(env)
    assert set(found) <= {problem.remedy for problem in _find(tmp_path, "auto")}
    for remedy in dict.fromkeys(found):
        env = _paste_in_env(env, remedy)
    (tmp_path / "env.py").write_text(env)

    assert [each.message for each in _find(tmp_path, "auto") if _IN_ENV.search(each.remedy)] == []


def _paste_in_env(env: str, remedy: str) -> str:
    where, code = _IN_ENV.search(remedy).groups()  # type: ignore[union-attr]
    assert where in ("between context.configure and context.begin_transaction", "before context.configure")
    start = env.index("context.configure(", env.index("def run_migrations_online"))
    start = env.index("with context.begin_transaction", start) if where.startswith("between") else start
    line = env.rindex("\n", 0, start) + 1
    return f"{env[:line]}{' ' * (start - line)}{code}\n{env[line:]}"
