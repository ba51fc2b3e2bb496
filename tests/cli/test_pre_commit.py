"""As hooks of pre-commit: the real program, in a scratch git repository, installs this one from its manifest."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, SHOP
from tests.support.helpers import AFTER, BEFORE

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
BIN = Path(sys.executable).parent
HOOKS = ("sqlite-batchify", "sqlite-batchify-verify")
PUBLISHED = ("sqlite_batchify", "pyproject.toml", "README.md", ".pre-commit-hooks.yaml")

SCRIPTS = [
    "migrations/versions/0001_start.py",
    "alembic/versions/0001_start.py",
    "app/migrations/versions/0001_start.py",
    "src/shop/db/versions/0001_start.py",
    "src/shop/db/migrations/versions/2024/05/0001_start.py",
    "versions/0001_start.py",
    "migrations/0001_start.py",
    "db/alembic/0001_start.py",
    "migrations/versions/0001_env.py",
    "migrations/versions/сначала.py",
]
OTHERS = [
    "migrations/env.py",
    "src/shop/alembic/env.py",
    "migrations/script.py.mako",
    "migrations/versions/README",
    "migrations/versions/0001_start.py.orig",
    "migrations/versions/0001_start.pyc",
    "versions.py",
    "alembic.py",
    "app/migrations.py",
    "src/conversions/metres.py",
    "src/alembic_tools/metres.py",
    "app/models.py",
]


def manifest() -> list[dict[str, Any]]:
    hooks: list[dict[str, Any]] = importlib.import_module("yaml").safe_load(MANIFEST.read_text())
    return hooks


def run(folder: Path, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git or pre-commit, free of this machine's git configuration and of the git hook that may run the tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    person = {
        f"GIT_{role}_{part}": "nobody@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")
    }
    mine = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": f"{BIN}{os.pathsep}{clean['PATH']}"}
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**clean, **person, **mine, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def git(folder: Path, *arguments: object) -> str:
    done = run(folder, "git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path) -> str:
    """Commit all of a folder as a repository of its own. Returns the commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "all of it")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip what has to install a package where there is no package index; CI has one."""
    to = tmp_path_factory.mktemp("index")
    found = run(ROOT, sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "hatchling", "-d", to)
    if found.returncode:
        message = f"pre-commit can make no environment, there is no package index: {found.stderr.strip()[-200:]}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def published(index: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This package, as it is in the working tree, as a repository that pre-commit can clone."""
    folder = tmp_path_factory.mktemp("published")
    for name in PUBLISHED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, folder / name)
    commit(folder)
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments that it makes, for all tests together."""
    return tmp_path_factory.mktemp("pre-commit-home")


def configure(folder: Path, published: Path, *hooks: dict[str, Any]) -> None:
    entry = {"repo": str(published), "rev": git(published, "rev-parse", "HEAD"), "hooks": list(hooks)}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [entry]}))


def rewrite(folder: Path) -> None:
    done = run(folder, sys.executable, "-m", "sqlite_batchify", "-q", "migrations")
    assert done.returncode == 0, done.stdout


# The manifest


def test_the_manifest_is_one() -> None:
    done = run(ROOT, "pre-commit", "validate-manifest", MANIFEST)
    assert done.returncode == 0, done.stdout
    assert tuple(hook["id"] for hook in manifest()) == HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_revision_scripts_are_matched_and_nothing_else(hook: str) -> None:
    (pattern,) = [each["files"] for each in manifest() if each["id"] == hook]
    assert [path for path in SCRIPTS + OTHERS if re.search(pattern, path)] == SCRIPTS


# try-repo


def test_a_bad_script_fails_once_and_is_rewritten(published: Path, tmp_path: Path) -> None:
    bad, idle = tmp_path / "db" / "versions" / "a1.py", tmp_path / "db" / "models.py"
    bad.parent.mkdir(parents=True)
    for path in (bad, idle):
        path.write_bytes(BEFORE)
    commit(tmp_path)
    first = run(tmp_path, "pre-commit", "try-repo", published, "sqlite-batchify", "--all-files")
    assert first.returncode == 1
    assert "files were modified by this hook" in first.stdout
    assert "rewrote db/versions/a1.py (1 operation in 1 block)" in first.stdout
    assert (bad.read_bytes(), idle.read_bytes()) == (AFTER, BEFORE)
    second = run(tmp_path, "pre-commit", "try-repo", published, "sqlite-batchify", "--all-files")
    assert second.returncode == 0, second.stdout
    assert "Passed" in second.stdout


# As it is configured


def test_a_commit_with_bad_scripts_is_refused_and_the_next_is_not(published: Path, home: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    configure(tmp_path, published, {"id": "sqlite-batchify"})
    environment = {"PRE_COMMIT_HOME": str(home)}
    assert run(tmp_path, "pre-commit", "install", **environment).returncode == 0
    scripts = [tmp_path / "migrations" / "versions" / f"a{number}.py" for number in range(1, 10)]
    scripts[0].parent.mkdir(parents=True)
    for script in scripts:
        script.write_bytes(BEFORE)
    git(tmp_path, "add", "--all")
    refused = run(tmp_path, "git", "commit", "-m", "scripts", **environment)
    assert refused.returncode == 1
    assert "9 files rewritten." in refused.stderr, "one process does them all: it reads the folder once"
    assert {script.read_bytes() for script in scripts} == {AFTER}
    git(tmp_path, "add", "--all")
    taken = run(tmp_path, "git", "commit", "-m", "scripts", **environment)
    assert taken.returncode == 0, taken.stderr
    assert git(tmp_path, "status", "--porcelain") == ""


@pytest.mark.parametrize("target", [[], ["migrations"]], ids=["found", "named"])
def test_a_history_is_verified(published: Path, home: Path, tmp_path: Path, target: list[str]) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    configure(shop, published, {"id": "sqlite-batchify-verify", "args": target})
    commit(shop)
    environment = {"PRE_COMMIT_HOME": str(home)}
    broken = run(shop, "pre-commit", "run", "--all-files", **environment)
    assert broken.returncode == 1
    assert "SB301" in broken.stdout
    assert broken.stdout.count("revisions of") == 1, "once, not for each script"
    rewrite(shop)
    good = run(shop, "pre-commit", "run", "--all-files", **environment)
    assert good.returncode == 0, good.stdout
    assert "Passed" in good.stdout


def test_a_history_is_verified_when_a_script_is_committed_and_not_else(
    published: Path, home: Path, tmp_path: Path
) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    configure(shop, published, {"id": "sqlite-batchify-verify"})
    commit(shop)
    environment = {"PRE_COMMIT_HOME": str(home)}
    other = run(shop, "pre-commit", "run", "--files", "alembic.ini", "migrations/env.py", **environment)
    assert other.returncode == 0
    assert "(no files to check)Skipped" in other.stdout
    script = run(shop, "pre-commit", "run", "--files", "migrations/versions/0001_accounts.py", **environment)
    assert script.returncode == 1
    assert "SB301" in script.stdout


def test_what_is_installed_brings_its_types(published: Path, home: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    configure(tmp_path, published, {"id": "sqlite-batchify"})
    done = run(tmp_path, "pre-commit", "install-hooks", PRE_COMMIT_HOME=str(home))
    assert done.returncode == 0, done.stdout
    installed = [path for path in home.rglob("sqlite_batchify/py.typed") if "site-packages" in path.parts]
    assert installed != []
