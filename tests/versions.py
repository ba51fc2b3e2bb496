"""``python -m tests.versions``: the suite on the oldest and newest supported Python, Alembic, SQLAlchemy and SQLite.

Each corner has an environment of its own. Without its interpreter a corner is left out, and that is said. What takes
long and hangs on no version (the corpus, servers, generated scripts, growth) is run by the suite itself and not again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT

_LONG = (
    *("reading/test_depth", "rewriting/test_growth", "rewriting/test_mutations", "verify/test_growth"),
    *("test_layers", "test_readme", "verify/test_law"),
    *("cli/test_pre_commit", "cli/test_sharing", "history/test_names_on_servers", "history/test_portable"),
    *("names/test_mariadb", "names/test_postgresql", "rewriting/test_corpus", "rewriting/test_fixed_law"),
    *("rewriting/test_law", "rewriting/test_law_corpus", "rewriting/test_layouts", "rewriting/test_lossless_law"),
    *("rewriting/test_odd_arguments", "rewriting/test_other_databases", "rewriting/test_parity"),
    *("rewriting/test_parity_of_rows", "rewriting/test_portable", "rewriting/test_same_schema", "verify/test_corpus"),
    *("history/test_naming_convention", "test_library", "verify/test_remedies"),
)
_LONG_TESTS = ("rewriting/test_fixtures.py::test_whichever_sqlite_is_the_oldest",)

_ASKING = tuple(f"tests/{each}" for each in ("history", "names", "reading", "rewriting", "verify"))
"""What runs on SQLite, or asks it."""


@dataclass(frozen=True)
class Corner:
    """An interpreter, requirements that pin what is installed, and the module for SQLite if it is not Python's own.

    ``tests`` are the folders of what may hang on what is special about it.
    """

    name: str
    python: str
    pins: tuple[str, ...] = ()
    sqlite: str = ""
    tests: tuple[str, ...] = ("tests",)


def oldest_pins() -> tuple[str, ...]:
    """The lower bounds in pyproject.toml as exact versions."""
    dependencies = re.search(
        r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE
    )
    assert dependencies is not None
    return tuple(f"{name}=={low}" for name, low in re.findall(r'"([\w-]+)>=([\d.]+)"', dependencies[1]))


CORNERS = (
    Corner("oldest", "3.10", oldest_pins()),
    Corner("newest", "3.13"),
    Corner("new SQLite", "3.12", ("pysqlite3-binary",), "pysqlite3", _ASKING),
)


def find_python(version: str) -> str | None:
    """An interpreter of this version: on the PATH, or one of pyenv's."""
    candidates = [shutil.which(f"python{version}")]
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += [str(path) for path in sorted(home.glob(f"versions/{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        told = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
        )
        if told.returncode == 0 and told.stdout.startswith(f"{version}."):
            return candidate
    return None


def run_corner(corner: Corner, python: str, folder: Path) -> bool:
    """Make the environment and run the suite in it. Returns whether it passes."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    bin_folder = folder / "bin"
    install = [
        str(bin_folder / "pip"),
        "install",
        "-q",
        "--disable-pip-version-check",
        "-e",
        f"{ROOT}[test]",
        *corner.pins,
    ]
    subprocess.run(install, check=True)
    environment = {**os.environ, "SQLITE_BATCHIFY_TEST_SQLITE": corner.sqlite}
    ignored = [f"--ignore=tests/{name}.py" for name in _LONG]
    ignored += [f"--deselect=tests/{name}" for name in _LONG_TESTS]
    command = [str(bin_folder / "pytest"), "-q", "-n", "2", "-p", "no:cacheprovider", *ignored, *corner.tests]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main() -> int:
    wanted = set(sys.argv[1:]) or {corner.name for corner in CORNERS}
    failed = []
    for corner in CORNERS:
        python = find_python(corner.python)
        if corner.name not in wanted:
            continue
        if python is None:
            print(f"{corner.name}: there is no Python {corner.python} here", flush=True)
            continue
        print(f"{corner.name}: Python {corner.python} with {' '.join(corner.pins) or 'the newest'}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            if not run_corner(corner, python, Path(folder)):
                failed.append(corner.name)
    print("failed: " + ", ".join(failed) if failed else "all corners pass")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
