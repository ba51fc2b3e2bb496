"""As a hook of Alembic's post_write_hooks: a real `alembic revision --autogenerate`, and what it wrote is then run.

https://alembic.sqlalchemy.org/en/latest/autogenerate.html#applying-post-processing-and-python-code-formatters-to-generated-revisions
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.support import FIXTURES

LENDING = FIXTURES / "projects" / "lending"
BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONWARNINGS": ""}
ENVIRONMENT.pop("ALEMBIC_CONFIG", None)
ALEMBIC = tuple(int(part) for part in version("alembic").split(".")[:3] if part.isdigit())
SCRIPT = Path("migrations", "versions", "0002_grown.py")
TOKEN = "REVISION_SCRIPT_FILENAME"
REVISION = ("revision", "--autogenerate", "--rev-id", "0002", "-m", "grown")

Hook = dict[str, str]
Configure = Callable[[Path, Iterable[Hook]], None]

# The type of a hook, the option that says what to run, and its value for this program.
TYPES = {
    "exec": ("executable", "sqlite-batchify"),
    "console_scripts": ("entrypoint", "sqlite-batchify"),
    "module": ("module", "sqlite_batchify"),
}
FORMATTERS = {
    "ruff": {"name": "format", "type": "exec", "executable": "ruff", "options": f"format {TOKEN}"},
    "black": {"name": "format", "type": "console_scripts", "entrypoint": "black", "options": f"-l 79 {TOKEN}"},
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "member": [(1, "Ada", "ada@example.org"), (2, "Grace", "grace@example.org")],
    "loan": [(7, 2, 30, "2024-01-02"), (8, 2, 30, "2024-01-03"), (9, 1, 31, "2024-01-02")],
}


def configure_ini(project: Path, hooks: Iterable[Hook]) -> None:
    lines = ["[alembic]", "script_location = %(here)s/migrations", "prepend_sys_path = ."]
    lines += ["[post_write_hooks]", f"hooks = {', '.join(hook['name'] for hook in hooks)}"]
    for hook in hooks:
        lines += [f"{hook['name']}.{key} = {value}" for key, value in hook.items() if key != "name"]
    (project / "alembic.ini").write_text("\n".join(lines) + "\n")


def configure_toml(project: Path, hooks: Iterable[Hook]) -> None:
    lines = ["[tool.alembic]", 'script_location = "%(here)s/migrations"', 'prepend_sys_path = ["."]']
    for hook in hooks:
        lines += ["[[tool.alembic.post_write_hooks]]", *(f'{key} = "{value}"' for key, value in hook.items())]
    (project / "pyproject.toml").write_text("\n".join(lines) + "\n")


CONFIGURATIONS: dict[str, Configure] = {"alembic.ini": configure_ini, "pyproject.toml": configure_toml}


def hook_of(kind: str, options: str) -> Hook:
    key, value = TYPES[kind]
    hook = {"name": "batchify", "type": kind, key: value}
    return {**hook, "options": options} if options else hook


def skip_what_this_alembic_lacks(kind: str, configuration: str) -> None:
    if kind == "module" and ALEMBIC < (1, 16, 3):
        pytest.skip("Alembic has the hook type module since 1.16.3")
    if configuration == "pyproject.toml" and ALEMBIC < (1, 16):
        pytest.skip("Alembic reads pyproject.toml since 1.16.0")


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program = [str(BIN / command[0]), *command[1:]]
    return subprocess.run(
        program, cwd=project, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )


def alembic(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run(project, "alembic", *arguments)
    assert done.returncode == 0, f"alembic {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done


def rows(project: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The columns that both generations of the models have, by table; nothing for a table that is not there."""
    queries = {
        "member": "SELECT id, name, email FROM member ORDER BY id",
        "loan": "SELECT id, member_id, copy, day FROM loan ORDER BY id",
    }
    with closing(sqlite3.connect(project / "lending.db")) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {table: connection.execute(query).fetchall() for table, query in queries.items() if table in tables}


def insert_rows(project: Path) -> None:
    with closing(sqlite3.connect(project / "lending.db")) as connection, connection:
        connection.executemany("INSERT INTO member (id, name, email) VALUES (?, ?, ?)", ROWS["member"])
        connection.executemany("INSERT INTO loan (id, member_id, copy, day) VALUES (?, ?, ?, ?)", ROWS["loan"])


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with 0001 applied, rows, and models that have changed since; no hook is configured."""
    project = Path(shutil.copytree(LENDING, tmp_path_factory.mktemp("hooks") / "lending"))
    configure_ini(project, [])
    alembic(project, "upgrade", "head")
    insert_rows(project)
    shutil.copyfile(project / "changed" / "models.py", project / "models.py")
    (project / "alembic.ini").unlink()
    shutil.rmtree(project / "__pycache__", ignore_errors=True)
    return project


@pytest.fixture
def project(grown: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(grown, tmp_path / "lending"))


@pytest.fixture(scope="module")
def autogenerated(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after `alembic revision --autogenerate` without hooks."""
    project = Path(shutil.copytree(grown, tmp_path_factory.mktemp("plain") / "lending"))
    configure_ini(project, [])
    alembic(project, *REVISION)
    return project


@pytest.fixture(scope="module")
def expected(autogenerated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the program itself, and then ruff, make of that script."""
    project = Path(shutil.copytree(autogenerated, tmp_path_factory.mktemp("expected") / "lending"))
    for command in (("sqlite-batchify", str(SCRIPT)), ("ruff", "format", str(SCRIPT))):
        done = run(project, *command)
        assert done.returncode == 0, done.stderr
    return (project / SCRIPT).read_text()


def test_without_the_hook_sqlite_refuses_the_script(autogenerated: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(autogenerated, tmp_path / "lending"))
    done = run(project, "alembic", "upgrade", "head")
    assert done.returncode != 0
    assert "No support for ALTER of constraints in SQLite dialect" in done.stderr


@pytest.mark.parametrize("options", ["", f"--style minimal {TOKEN} -v"], ids=["appended", "named"])
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_the_script_is_rewritten_and_then_formatted(
    project: Path, expected: str, kind: str, configuration: str, options: str
) -> None:
    skip_what_this_alembic_lacks(kind, configuration)
    CONFIGURATIONS[configuration](project, [hook_of(kind, options), FORMATTERS["ruff"]])
    done = alembic(project, *REVISION)
    assert "Running post write hook" in done.stdout
    assert "1 file rewritten." in done.stdout
    assert (project / SCRIPT).read_text() == expected


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_the_script_goes_up_and_down_and_up_with_rows(project: Path, kind: str, configuration: str) -> None:
    skip_what_this_alembic_lacks(kind, configuration)
    CONFIGURATIONS[configuration](project, [hook_of(kind, TOKEN), FORMATTERS["ruff"]])
    alembic(project, *REVISION)
    alembic(project, "upgrade", "head")
    assert rows(project) == ROWS
    alembic(project, "downgrade", "0001")
    assert rows(project) == ROWS
    alembic(project, "upgrade", "head")
    alembic(project, "downgrade", "base")
    assert rows(project) == {}
    alembic(project, "upgrade", "head")
    assert "No new upgrade operations detected." in alembic(project, "check").stdout
    insert_rows(project)
    assert rows(project) == ROWS


def test_black_may_stand_in_the_list(project: Path) -> None:
    configure_ini(project, [hook_of("console_scripts", TOKEN), FORMATTERS["black"]])
    done = alembic(project, *REVISION)
    assert "1 file rewritten." in done.stdout
    assert run(project, "black", "-l", "79", "--check", str(SCRIPT)).returncode == 0
    alembic(project, "upgrade", "head")
    assert rows(project) == ROWS


def test_the_project_s_own_settings_hold(project: Path) -> None:
    configure_ini(project, [hook_of("console_scripts", "")])
    (project / "pyproject.toml").write_text('[tool.sqlite-batchify]\nstyle = "autogenerate"\n')
    alembic(project, *REVISION)
    assert 'batch_op.create_index(batch_op.f("ix_loan_day"), ["day"], unique=False)' in (
        (project / SCRIPT).read_text().replace("'", '"')
    )


# Alembic ignores the exit status of a hook, so what is printed is all that people learn.


RAW = 'op.execute("ALTER TABLE member ALTER COLUMN name SET NOT NULL")'


def put_into_template(project: Path, statement: str) -> None:
    template = project / "migrations" / "script.py.mako"
    template.write_text(template.read_text().replace("def upgrade():\n", f"def upgrade():\n    {statement}\n"))


def on_a_terminal(project: Path, *command: str) -> tuple[int, str]:
    """The exit status of a command, and what a terminal shows of it."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    program = [str(BIN / command[0]), *command[1:]]
    with subprocess.Popen(program, cwd=project, env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # how Linux says that the other side has gone
            pass
        finally:
            os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("options", [TOKEN, f"--quiet {TOKEN}"])
def test_findings_are_seen_on_the_terminal(project: Path, options: str) -> None:
    put_into_template(project, RAW)
    configure_ini(project, [hook_of("console_scripts", options), FORMATTERS["ruff"]])
    status, shown = on_a_terminal(project, "alembic", *REVISION)
    assert status == 0, "Alembic has begun to look at the exit status of its hooks"
    _, _, ours = shown.partition("Running post write hook 'batchify' ...")
    ours, _, _ = ours.partition("Running post write hook 'format' ...")
    line = (project / SCRIPT).read_text().partition(RAW)[0].count("\n") + 1
    assert f"{project.resolve() / SCRIPT}:{line}:5: SB108 " in ours
    assert "1 finding to look at." in ours


def test_what_cannot_be_done_is_on_stderr(project: Path) -> None:
    put_into_template(project, "op.drop_column('member', 'fax'")
    configure_ini(project, [hook_of("console_scripts", f"--quiet {TOKEN}")])
    done = run(project, "alembic", *REVISION)
    assert f"{SCRIPT}:" in done.stderr
    assert "SB903 cannot be parsed" in done.stderr
    assert "SB903" not in done.stdout
