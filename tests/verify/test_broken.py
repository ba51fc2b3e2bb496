"""A history, a configuration or a database that is broken is one clear line, and never a traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sqlite_batchify.cli import main
from sqlite_batchify.verify import verify_history

HEAD = "revision = {revision}\ndown_revision = {down}\n"
BODY = "\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"


def put(folder: Path, name: str, revision: str, down: str, more: str = "") -> Path:
    """A script that does nothing. ``revision`` and ``down`` are what stands in it, with quotes if any."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(HEAD.format(revision=revision, down=down) + more + BODY)
    return path


def complaint(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What is said where nothing could be done: one line on stderr, and exit status 2."""
    assert main(["verify", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "defect" not in captured.err
    return captured.err


# The order of the revisions

DISORDER = {
    "a revision twice": ([("'one'", "None"), ("'one'", "None")], "revision one is in two scripts"),
    "a loop of all": ([("'one'", "'two'"), ("'two'", "'one'")], "Cycle is detected in revisions (one, two)"),
    "a loop beside": ([("'one'", "None"), ("'two'", "'six'"), ("'six'", "'two'")], "(six, two)"),
    "its own parent": ([("'one'", "'one'")], "0.py: Self-loop is detected in revisions (one)"),
    "a parent that is missing": ([("'one'", "None"), ("'two'", "'gone'")], "1.py: revision 'gone' is referred to"),
    "one of two parents missing": ([("'one'", "None"), ("'two'", "('one', 'gone')")], "revision 'gone'"),
    "a beginning of an identifier": ([("'one'", "None"), ("'two'", "'on'")], "revision 'on' is referred to"),
    "a character that is refused": ([("'one-two'", "None")], "'-' not allowed in revision identifier"),
    "a number": ([("7", "None")], "0.py: Alembic takes no revision = 7"),
    "nothing": ([("None", "None")], "Alembic takes no revision = None"),
    "an empty string": ([("''", "None")], "Alembic takes no revision = ''"),
    "the name of the start": ([("'base'", "None")], "Alembic takes no revision = 'base'"),
    "bytes": ([("b'one'", "None")], "Alembic takes no revision = b'one'"),
    "a parent that is a number": ([("'one'", "None"), ("'two'", "1")], "1.py: Alembic takes no down_revision = 1"),
    "a parent that is called": ([("'one'", "None"), ("'two'", "lambda: 0")], "down_revision = function"),
    "a number among the parents": ([("'one'", "None"), ("'two'", "('one', 1)")], "down_revision = ('one', 1)"),
}


@pytest.mark.parametrize(("scripts", "says"), DISORDER.values(), ids=DISORDER)
def test_revisions_without_an_order_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scripts: list[tuple[str, str]], says: str
) -> None:
    for number, (revision, down) in enumerate(scripts):
        put(tmp_path, f"{number}.py", revision, down)
    assert says in complaint(capsys, tmp_path)
    assert says in complaint(capsys, "--rewritten", tmp_path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("depends_on = 'gone'\n", "0.py: revision 'gone' is referred to"),
        ("depends_on = 'one'\n", "0.py: Dependency self-loop"),
        ("depends_on = 'two'\n", "Dependency cycle is detected in revisions (one, two)"),
        ("depends_on = 3\n", "0.py: Alembic takes no depends_on = 3"),
        ("branch_labels = 'twin'\n", "Branch name 'twin' in revision"),
        ("branch_labels = object()\n", "0.py: Alembic takes no branch_labels = object"),
        ("def __getattr__(name):\n    raise RuntimeError(f'no {name}')\n", "0.py: no "),
    ],
)
def test_other_identifiers_that_alembic_does_not_take_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, says: str
) -> None:
    put(tmp_path, "0.py", "'one'", "None", more)
    put(tmp_path, "1.py", "'two'", "'one'", "branch_labels = 'twin'\n")
    assert says in complaint(capsys, tmp_path)


@pytest.mark.parametrize(
    "scripts",
    [
        [("'one'", "None"), ("'two'", "'one'"), ("'six'", "'one'")],
        [("'one'", "None"), ("'two'", "None"), ("'six'", "['one', 'two']")],
        [("'one'", "()"), ("'two'", "('one', 'one')"), ("'six'", "{'two'}")],
        [("'heads'", "None"), ("'o ne'", "'heads'"), ("'x' * 5000", "'o ne'")],
    ],
)
def test_heads_bases_and_odd_but_possible_identifiers_are_replayed(
    tmp_path: Path, scripts: list[tuple[str, str]]
) -> None:
    for number, (revision, down) in enumerate(scripts):
        put(tmp_path, f"{number}.py", revision, down)
    report = verify_history(str(tmp_path))
    assert len(report.steps) == 3
    assert report.problems == []


# Scripts

SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "a syntax error": lambda source: source + b"def (:\n",
    "a merge conflict": lambda source: b"<<<<<<< ours\n" + source,
    "tabs and spaces": lambda source: source + b"\tx = 1\n  y = 2\n",
    "a null byte": lambda source: source + b"\0",
    "an unknown encoding": lambda source: b"# -*- coding: runic -*-\n" + source,
    "bytes that are no text": lambda source: source + b"name = '\xff'\n",
    "parentheses without end": lambda source: source + b"x = " + b"(" * 5000,
    "signs without end": lambda source: source + b"x = " + b"-" * 100_000 + b"1\n",
    "attributes without end": lambda source: source + b"x = a" + b".a" * 20_000 + b"\n",
    "an application": lambda source: b"import no_such_application\n" + source,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_script_that_cannot_be_loaded_keeps_its_place(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    path = put(tmp_path, "1.py", "'two'", "'one'")
    put(tmp_path, "2.py", "'six'", "'two'")
    path.write_bytes(spoil(path.read_bytes()))
    report = verify_history(str(tmp_path))
    assert [step.revision for step in report.steps] == ["one", "two", "six"]
    assert {(each.revision, each.code.code) for each in report.problems} == {("two", "SB304")}


@pytest.mark.parametrize("down", ["(\n    'one',\n    'two',\n)", "('one',\n  'two')", "['one', 'two']  # merged"])
def test_what_a_script_says_of_its_revision_is_read_though_it_cannot_be_imported(tmp_path: Path, down: str) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    put(tmp_path, "1.py", "'two'", "None")
    path = put(tmp_path, "2.py", "'six'", down)
    path.write_text("import no_such_application\n" + path.read_text())
    put(tmp_path, "3.py", "'ten'", "'six'")
    assert [step.revision for step in verify_history(str(tmp_path)).steps][2:] == ["six", "ten"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (HEAD.format(revision="'two'", down="'one'").encode("utf-16"), "1.py: not utf-8: byte 0x"),
        (b"if revision:\n  (", "1.py: cannot be parsed (SyntaxError"),
    ],
)
def test_a_script_that_tells_no_revision_because_it_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: bytes, says: str
) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    (tmp_path / "1.py").write_bytes(source)
    assert says in complaint(capsys, tmp_path)


@pytest.mark.parametrize("source", ["", "x = 1\n", "import no_such_application\n", "raise SystemExit\n"])
def test_a_module_that_is_no_revision_is_none(tmp_path: Path, source: str) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    (tmp_path / "helper.py").write_text(source)
    report = verify_history(str(tmp_path))
    assert [step.revision for step in report.steps] == ["one"]
    assert report.problems == []


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.symlink_to("gone.py"), "1.py: No such file"),
        (lambda path: path.symlink_to("1.py"), "1.py: Too many levels"),
        (os.mkfifo, "1.py: this is no file"),
    ],
)
def test_what_is_there_and_is_no_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], says: str
) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    make(tmp_path / "1.py")
    assert says in complaint(capsys, tmp_path)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(".")])
def test_a_folder_with_the_name_of_a_script_is_a_folder(tmp_path: Path, make: Callable[[Path], None]) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    make(tmp_path / "1.py")
    assert len(verify_history(str(tmp_path)).steps) == 1


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    os.mkfifo(tmp_path / "1.py")
    command = [sys.executable, "-m", "sqlite_batchify", str(tmp_path)]
    assert subprocess.run(command, timeout=60, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "body",
    [
        "upgrade = None\ndowngrade = None\n",
        "from unittest.mock import MagicMock\nupgrade = downgrade = MagicMock()\n",
        "async def upgrade():\n    pass\n",
        "__doc__ = 5\ndef upgrade():\n    pass\n",
        "import sys\nsys.modules[__name__] = None\n__file__ = __name__ = 5\n",
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_functions_and_modules_may_be_anything(tmp_path: Path, body: str) -> None:
    (tmp_path / "0.py").write_text(HEAD.format(revision="'one'", down="None") + body)
    report = verify_history(str(tmp_path))
    assert report.unseen == []
    assert report.problems == []


def test_functions_that_cannot_be_called_are_the_scripts_error(tmp_path: Path) -> None:
    more = "def downgrade(*, of):\n    pass\n"
    (tmp_path / "0.py").write_text(HEAD.format(revision="'one'", down="None") + "upgrade = 5\n" + more)
    assert [each.code.code for each in verify_history(str(tmp_path)).problems] == ["SB304", "SB304"]


# Options

CONFIGURATIONS = {
    "alembic.ini": [
        "",
        "no section",
        "[alembic\n",
        "[alembic]\n",
        "[alembic]\nscript_location = nowhere\n",
        "[alembic]\nscript_location = no_such_package:migrations\n",
        "[alembic]\nscript_location = %(nothing)s/m\n",
        "[alembic]\nscript_location = m\nscript_location = m\n",
        "[alembic]\nscript_location = %(here)s/m\nversion_locations = %(nothing)s\n",
        "[alembic]\nscript_location = %(here)s/m\npath_separator = comma\n",
        "[alembic]\nscript_location = %(here)s/m\ntruncate_slug_length = short\n",
        "[alembic]\nscript_location = %(here)s/m\nversion_locations = \0\n",
    ],
    "pyproject.toml": [
        "",
        "tool = 5\n",
        "x = [",
        "[tool.alembic]\nscript_location = 5\n",
        '[tool.alembic]\nscript_location = "%(nothing)s/m"\n',
        '[tool.alembic]\nscript_location = "%(here)s/m"\nversion_locations = 5\n',
        '[tool.alembic]\nscript_location = "%(here)s/m"\nversion_locations = [1]\n',
    ],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in CONFIGURATIONS.items() for text in texts])
def test_a_configuration_that_alembic_cannot_use_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / name).write_text(text)
    assert name in complaint(capsys, tmp_path / name)


@pytest.mark.parametrize("target", ["\0", "x" * 5000, "nowhere:x", os.devnull])
def test_a_target_that_is_nothing_is_one_line(capsys: pytest.CaptureFixture[str], target: str) -> None:
    assert "name a folder of scripts" in complaint(capsys, target)


@pytest.mark.parametrize("revision", ["@", "on", "one:two", "one-5", "twin@", "\udcff", "base-", "+", "  "])
@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_revision_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, revision: str
) -> None:
    put(tmp_path, "0.py", "'one0'", "None")
    put(tmp_path, "1.py", "'one1'", "'one0'")
    assert "name a revision of" in complaint(capsys, f"{option}={revision}", tmp_path)


@pytest.mark.parametrize("value", ["NULL", "7", "x'ff'", "''", "'@'", "'gone'"])
def test_a_database_at_a_revision_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.executescript(f"CREATE TABLE alembic_version (v); INSERT INTO alembic_version VALUES ({value})")
        database.execute("ALTER TABLE alembic_version RENAME v TO version_num")
    assert "name a revision of" in complaint(capsys, "--database", tmp_path / "a.db", tmp_path)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut in the header": lambda data: data[:90],
    "cut in the middle": lambda data: data[: len(data) // 2],
    "another header": lambda data: b"\0" * 100 + data[100:],
    "another page size": lambda data: data[:16] + b"\xff\xff" + data[18:],
    "no pages but the first": lambda data: data[:4096] + b"\xff" * (len(data) - 4096),
    "a schema that is none": lambda data: data.replace(b"CREATE TABLE t (x)", b"CREATE TABLE t ((("),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_database_that_is_damaged_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[bytes], bytes]
) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")
        database.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('one')")
    path.write_bytes(damage(path.read_bytes()))
    assert "a.db" in complaint(capsys, "--database", path, tmp_path)


def test_a_pipe_is_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    os.mkfifo(tmp_path / "a.db")
    assert "this is no file" in complaint(capsys, "--database", tmp_path / "a.db", tmp_path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("raise NameError('x')", "module_of_test:metadata"),
        ("import sys; sys.exit(0)", "module_of_test:metadata"),
        ("raise KeyboardInterrupt", "module_of_test:metadata"),
        ("def (", "module_of_test:metadata"),
        ("x = 5", "module_of_test:x.y"),
        ("x = 5", "module_of_test"),
        ("x = 5", ":x"),
        ("x = 5", "..:x"),
    ],
)
def test_metadata_that_cannot_be_had_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "module_of_test", raising=False)
    (tmp_path / "module_of_test.py").write_text(text + "\n")
    put(tmp_path / "versions", "0.py", "'one'", "None")
    assert "check --sqlite-module and --metadata" in complaint(capsys, f"--metadata={name}", "versions")


@pytest.mark.parametrize("name", ["", ".", "no_such_module", "json", "a b"])
def test_a_sqlite_module_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    put(tmp_path, "0.py", "'one'", "None")
    assert "check --sqlite-module and --metadata" in complaint(capsys, f"--sqlite-module={name}", tmp_path)
