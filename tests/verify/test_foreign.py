"""What is written for another database is told by which, and what is printed for it works when it is pasted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.test_causes import block, problem_of, problems_of

_FOREIGN = {
    "CREATE INDEX ix ON page (title(10))": ('op.create_index("ix", "page", ["title"], mysql_length=10)', "sqlite"),
    "create unique index `ix` on `page` (`title`(10), `Body`(5), rank)": (
        'op.create_index("ix", "page", ["title", "Body", "rank"], unique=True, mysql_length={"title": 10, "Body": 5})',
        "mysql",
    ),
    "DROP INDEX ix_page_title ON page": ('op.drop_index("ix_page_title", table_name="page")', "mysql"),
    "ALTER TABLE page MODIFY COLUMN title TEXT NOT NULL": ("", "mysql"),
    "SET FOREIGN_KEY_CHECKS=0": ("", "mysql"),
    "CREATE EXTENSION pg_trgm": ("", "postgresql"),
    "ALTER TABLE page ALTER COLUMN title TYPE text USING title::text": ("", "postgresql"),
    "EXEC sp_rename 'page.title', 'name', 'COLUMN'": ("", "mssql"),
    "ALTER TABLE page MODIFY (title VARCHAR2(100))": ("", "oracle"),
    "ALTER TABLE page ALTER COLUMN title SET DEFAULT 'a ` b'": ("", "sqlite"),
}


@pytest.mark.parametrize("sql", _FOREIGN)
def test_a_statement_of_another_database_is_guarded_by_its_name(tmp_path: Path, sql: str) -> None:
    code, database = _FOREIGN[sql]
    problem = problem_of(tmp_path, f"op.execute({sql!r})")
    sign = "!=" if database == "sqlite" else "=="
    guard = f'if op.get_context().dialect.name {sign} "{database}":'

    assert problem.code.code == "SB303"
    assert problem.remedy.endswith(guard)
    assert code in problem.remedy
    assert problems_of(tmp_path, f"{guard}\n        op.execute({sql!r})") == []
    if code:
        assert problems_of(tmp_path, code) == []


@pytest.mark.parametrize(
    "upgrade",
    [
        'op.create_table("t", sa.Column("id", sa.Integer()), schema="crm")',
        'op.execute("INSERT INTO crm.page (id) VALUES (7)")',
        'op.add_column("page", sa.Column("x", sa.Integer()), schema="crm")',
        'op.create_index("ix", "page", ["title"], schema="crm")',
        block('alter_column("title", nullable=True)', opening='"page", schema="crm"'),
    ],
)
def test_a_schema_is_a_database_that_is_attached(tmp_path: Path, upgrade: str) -> None:
    problem = problem_of(tmp_path, upgrade)

    assert problem.code.code == "SB303"
    assert "there is no schema crm" in problem.message
    assert "ATTACH DATABASE 'crm.db' AS crm" in problem.remedy
    assert 'schema=None if op.get_context().dialect.name == "sqlite" else "crm"' in problem.remedy
    assert "schema_translate_map does not reach" in problem.remedy


@pytest.mark.parametrize(
    ("query", "use", "remedy"),
    [
        (
            "SELECT count(*) FROM information_schema.columns WHERE table_name='page'",
            ".scalar() > 0",
            'get_columns("page")',
        ),
        ("SELECT 1 FROM information_schema.tables WHERE table_name='page'", ".fetchone()[0]", 'has_table("page")'),
        ("SELECT conname FROM pg_constraint", ".all()[0]", "get_unique_constraints(TABLE)"),
        ("SELECT indexname FROM pg_indexes", ".scalar_one()", "get_indexes(TABLE)"),
    ],
)
def test_a_catalog_of_another_database_is_oneproblem_of(tmp_path: Path, query: str, use: str, remedy: str) -> None:
    problem = problem_of(tmp_path, f'if op.get_bind().execute(sa.text("{query}")){use}:\n        pass')

    assert "SQLite has no " in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize("quoted", ["'{\\\"retries\\\":3}'", "'at :noon'", '\'{\\"a\\":1,\\"b\\":2}\''])
def test_a_colon_in_a_text(tmp_path: Path, quoted: str) -> None:
    problem = problem_of(tmp_path, f'op.execute("UPDATE page SET title = {quoted}")')
    code = problem.remedy.partition(": op.")[2]

    assert "for a parameter" in problem.message
    assert problem.remedy.startswith("write \\\\: for a colon in a text")
    assert problems_of(tmp_path, f"op.{code}") == []
