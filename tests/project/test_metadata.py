"""The naming conventions in a project's modules: where they are looked for, and in which order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sqlite_batchify import modules
from sqlite_batchify.names import Shown
from sqlite_batchify.project import Project
from sqlite_batchify.sources import SourceError, read

_INI = "[alembic]\nscript_location = migrations\n"


def _convention(prefix: str) -> str:
    return f'convention = {{"uq": "{prefix}_%(table_name)s"}}\n'


def _shown(prefix: str, where: str) -> Shown:
    return Shown((("uq", f"{prefix}_%(table_name)s"),), where)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project as ``alembic init`` leaves it."""
    return _made(tmp_path / "work" / "project", {"alembic.ini": _INI, "migrations/env.py": "", "app/__init__.py": ""})


def _made(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (root / "migrations" / "versions").mkdir(parents=True, exist_ok=True)
    return root


def _found(root: Path, folder: str = "migrations/versions") -> list[Shown]:
    return list(Project().shown_conventions(os.path.realpath(root / folder)))


def test_nothing(root: Path) -> None:
    assert _found(root) == []


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("migrations/env.py", "target_metadata.naming_convention = {}\n", 1),
        ("app/models.py", "import sqlalchemy as sa\n\nmetadata = sa.MetaData(naming_convention={})\n", 3),
        ("app/constants.py", "CONVENTION = {}\n", 1),
        ("app/db.py", "SQLModel.metadata.naming_convention = {}\n", 1),
        ("models.py", "db = SQLAlchemy(metadata=MetaData(naming_convention={}))\n", 1),
        ("src/app/db/base/core.py", "class Base:\n    metadata = MetaData(naming_convention={})\n", 2),
    ],
)
def test_wherever_it_stands(name: str, text: str, line: int, root: Path) -> None:
    _made(root, {name: text.replace("{}", '{"uq": "uq_%(table_name)s"}')})
    _made(root, {"app/__init__.py": "from .constants import CONVENTION\nMetaData(naming_convention=CONVENTION)\n"})

    assert _found(root) == [_shown("uq", f"{name}:{line}")]


def test_only_of_env_else_of_modules_else_of_tests_and_each_once(root: Path) -> None:
    names = ["tests/models.py", "docs/a.py", "app/test/b.py"]
    _made(root, {name: _convention(name[:-3].replace("/", "_")) for name in names})
    assert [each.where for each in _found(root)] == ["app/test/b.py:1", "docs/a.py:1", "tests/models.py:1"]

    names = ["app/z.py", "app/a/b.py", "app/a.py"]
    _made(root, {name: _convention(name[:-3].replace("/", "_")) for name in names})
    _made(root, {"app/again.py": "\n" + _convention("other") + _convention("app_z")})
    wanted = ["app/a/b.py:1", "app/a.py:1", "app/again.py:2", "app/again.py:3"]
    assert [each.where for each in _found(root)] == wanted

    _made(root, {"migrations/env.py": _convention("env")})
    assert [each.where for each in _found(root)] == ["migrations/env.py:1"]


@pytest.mark.parametrize(
    "name",
    [
        "venv/lib/models.py",
        "lib/site-packages/models.py",
        "conda/lib/models.py",
        "node_modules/models.py",
        ".hidden/models.py",
        ".models.py",
        "__pycache__/models.py",
        "build/models.py",
        "app/dist/models.py",
        "migrations/versions/one.py",
        "migrations/versions/older/helpers.py",
        "models.txt",
        "models.py/models.txt",
    ],
)
def test_left_out(name: str, root: Path) -> None:
    _made(root, {name: _convention("uq"), "venv/pyvenv.cfg": "", "conda/conda-meta/history": ""})

    assert _found(root) == []


def test_scripts_of_other_folders_are_left_out(root: Path) -> None:
    _made(root, {"migrations/archive/one.py": 'revision = "a1"\n' + _convention("uq")})

    assert _found(root) == []


@pytest.mark.parametrize(
    "content",
    [
        (_convention("uq") + "x = (\n").encode(),
        b"# \xff\n" + _convention("uq").encode(),
        b"# coding: nonsense\n" + _convention("uq").encode(),
        _convention("uq").encode("utf-16"),
        b"\0" + _convention("uq").encode(),
        _convention("uq").encode() + b"#" * 1_000_000,
    ],
    ids=["syntax", "bytes", "coding", "utf-16", "null", "large"],
)
def test_what_cannot_be_read_is_passed_over(content: bytes, root: Path) -> None:
    _made(root, {"app/a.py": content, "app/b.py": _convention("b")})

    assert _found(root) == [_shown("b", "app/b.py:1")]


def test_files_are_decoded_as_python_does(root: Path) -> None:
    _made(root, {"app/a.py": b"# coding: latin-1\n" + _convention("é").encode("latin-1")})
    _made(root, {"app/b.py": b"\xef\xbb\xbf" + _convention("b").encode().replace(b"\n", b"\r\n")})

    assert _found(root) == [_shown("é", "app/a.py:2"), _shown("b", "app/b.py:1")]


def test_links_to_folders_are_not_followed(root: Path, tmp_path: Path) -> None:
    _made(tmp_path / "other", {"models.py": _convention("other")})
    (root / "linked").symlink_to(tmp_path / "other")
    (root / "app" / "round").symlink_to(root)
    (root / "app" / "lost.py").symlink_to(root / "nowhere")

    assert _found(root) == []

    (root / "models.py").symlink_to(tmp_path / "other" / "models.py")
    assert _found(root) == [_shown("other", "models.py:1")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.py")

    assert _found(root) == []


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.cfg", "setup.py", ".git/HEAD"])
def test_the_package_around_alembic_ini_is_searched(marker: str, root: Path) -> None:
    """For alembic.ini may lie in the package itself."""
    _made(root.parent, {marker: "", "models/base.py": _convention("uq")})
    assert _found(root) == [_shown("uq", "models/base.py:1")]

    _made(root, {"app/models.py": _convention("nearer")})
    assert _found(root) == [_shown("nearer", "project/app/models.py:1")]


@pytest.mark.parametrize("end", [".git", "pyproject.toml"])
def test_other_projects_are_not_searched(end: str, root: Path) -> None:
    _made(root, {end: ""})
    _made(root.parent, {"pyproject.toml": "", "other/models.py": _convention("uq")})

    assert _found(root) == []


def test_alembic_ini_above_the_package(tmp_path: Path) -> None:
    root = _made(tmp_path / "repository", {"alembic.ini": _INI, "models.py": _convention("uq")})
    _made(root / "backend", {"pyproject.toml": "", "migrations/env.py": ""})

    assert _found(root, "backend/migrations/versions") == [_shown("uq", "models.py:1")]


def test_flask_migrate_has_alembic_ini_in_the_script_location(tmp_path: Path) -> None:
    own = {"migrations/alembic.ini": "[alembic]\n# file_template = %%(rev)s\n", "migrations/env.py": ""}
    root = _made(tmp_path / "project", {**own, "app/__init__.py": _convention("uq")})

    assert _found(root) == [_shown("uq", "app/__init__.py:1")]


def test_scripts_beside_env_and_models(tmp_path: Path) -> None:
    files = {"alembic.ini": "[alembic]\nscript_location = .\n", "env.py": "", "models.py": _convention("uq")}
    root = _made(tmp_path / "project", files)
    _made(tmp_path, {"models.py": _convention("another")})
    _made(root, {"one.py": 'revision = "a1"\n' + _convention("script")})

    assert _found(root, ".") == [_shown("uq", "models.py:1")]


def test_without_a_configuration_only_beside_env(tmp_path: Path) -> None:
    root = _made(tmp_path, {"migrations/env.py": _convention("env"), "models.py": _convention("uq")})
    assert _found(root) == [_shown("env", "env.py:1")]

    (root / "migrations" / "env.py").unlink()
    assert _found(root) == []


def test_env_may_lie_higher(root: Path) -> None:
    _made(root, {"migrations/env.py": _convention("z"), "app/models.py": _convention("a"), "migrations/versions/b": ""})
    (root / "migrations" / "versions" / "2020").mkdir()

    assert _found(root, "migrations/versions/2020") == [_shown("z", "migrations/env.py:1")]


def test_a_project_in_an_environment_of_its_own(root: Path) -> None:
    _made(root, {"pyvenv.cfg": "", "app/models.py": _convention("uq"), "lib/site-packages/a.py": _convention("a")})

    assert _found(root) == [_shown("uq", "app/models.py:1")]


def test_never_above_site_packages_or_at_home(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _made(tmp_path / "lib" / "site-packages" / "package", {"migrations/env.py": ""})
    _made(tmp_path, {"pyproject.toml": "", "models.py": _convention("uq")})
    assert _found(package) == []
    assert _found(root) == [_shown("uq", "models.py:1")]

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert _found(root) == []


def test_a_folder_is_searched_once(root: Path) -> None:
    project, folder = Project(), os.path.realpath(root / "migrations" / "versions")
    first = project.shown_conventions(folder)
    _made(root, {"app/models.py": _convention("uq")})

    assert project.shown_conventions(folder) is first
    assert hash(Project().shown_conventions(folder)) == hash(Project().shown_conventions(folder))


def test_folders_that_are_not_there() -> None:
    assert Project().shown_conventions(os.path.abspath(os.sep)) == ()
    assert Project().shown_conventions(os.path.join(os.path.abspath(os.sep), "nowhere", "versions")) == ()


def test_not_from_far_below(tmp_path: Path) -> None:
    _made(tmp_path, {"pyproject.toml": "", "models.py": _convention("uq")})
    folder = Path(tmp_path, *"abcdefghijkl")
    folder.mkdir(parents=True)

    assert _found(folder.parents[2], "j/k/l") == []
    assert _found(folder.parents[3], ".") == [_shown("uq", "models.py:1")]


def test_what_is_forbidden_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _made(root, {"app/a.py": _convention("a"), "app/b.py": _convention("b"), "closed/c.py": _convention("c")})
    scandir = os.scandir

    def scan(folder: str) -> Iterator[os.DirEntry[str]]:
        if folder.endswith("closed"):
            raise PermissionError
        return scandir(folder)

    def refuse(path: str) -> bytes:
        if path.endswith("a.py"):
            raise SourceError("Permission denied")
        return read(path)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(modules, "read", refuse)

    assert _found(root) == [_shown("b", "app/b.py:1")]
