"""Where a history is found, which of the files are its revisions, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config

from sqlite_batchify import rewrite_source
from sqlite_batchify.verify.dialects import compare_histories, text_of
from sqlite_batchify.verify.history import History, load_history
from sqlite_batchify.verify.replay import Options, Replay
from sqlite_batchify.verify.revisions import HistoryError

_READS_TOML = hasattr(Config, "get_alembic_option")


def _script(path: Path, revision: str, down: str | None = None, body: str = "", head: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"{head}from alembic import op\n\nrevision = {revision!r}\ndown_revision = {down!r}\n\n\ndef upgrade():\n"
    path.write_text(f"{text}    {body or 'pass'}\n", "utf-8")
    return path


def _ids(history: History) -> list[str]:
    return [revision.id for revision in history.revisions]


def _refusal(target: str | None) -> str:
    with pytest.raises(HistoryError) as refused:
        load_history(target)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_here() -> None:
    assert _refusal(None).startswith(".: no Alembic project; looked for an alembic.ini with a script_location, ")


def test_a_folder_that_the_configuration_names_and_that_is_not_there() -> None:
    Path("alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")

    assert "alembic.ini: " in _refusal("alembic.ini")
    assert "nowhere" in _refusal("alembic.ini")


@pytest.mark.parametrize("text", ["[alembic]\n[alembic]\n", "script_location = here\n"])
def test_an_ini_file_that_is_none(text: str) -> None:
    Path("alembic.ini").write_text(text)

    assert _refusal(None).startswith("alembic.ini: ")


@pytest.mark.skipif(not _READS_TOML, reason="this Alembic reads no pyproject.toml")
def test_a_toml_file_that_is_none() -> None:
    Path("pyproject.toml").write_text("[tool.alembic\n")

    assert _refusal("pyproject.toml").startswith("pyproject.toml: ")


@pytest.mark.skipif(_READS_TOML, reason="this Alembic reads pyproject.toml")
def test_a_toml_file_that_this_alembic_does_not_read() -> None:
    Path("pyproject.toml").write_text('[tool.alembic]\nscript_location = "migrations"\n')

    assert "this Alembic reads no pyproject.toml" in _refusal("pyproject.toml")


def test_revisions_that_follow_on_each_other_in_a_circle() -> None:
    _script(Path("v/a.py"), "a", "b")
    _script(Path("v/b.py"), "b", "a")

    assert _refusal("v").startswith("v: ")


def test_a_revision_that_no_script_has_is_named() -> None:
    _script(Path("v/b.py"), "b", "gone")

    assert _refusal("v") == "v/b.py: revision 'gone' is referred to, but no script has it; correct the identifier"


def test_a_script_that_cannot_be_read_is_named() -> None:
    _script(Path("v/b.py"), "b")
    for name in ("a.py", "c.py"):
        Path("v", name).symlink_to("gone.py")

    assert "a.py: No such file or directory" in _refusal("v")


def test_the_lock_of_an_editor_is_no_script() -> None:
    _script(Path("v/b.py"), "b")
    for name in (".#a.py", ".#b.py", ".#c.py"):
        Path("v", name).symlink_to("somebody@somewhere.1234")

    assert _ids(load_history("v")) == ["b"]


def _configured(**options: str) -> str:
    Path("env").mkdir(exist_ok=True)
    Path("env/env.py").touch()
    lines = "".join(f"{name} = {value}\n" for name, value in {"script_location": "env", **options}.items())
    Path("alembic.ini").write_text(f"[alembic]\n{lines}")
    return "alembic.ini"


def test_a_location_that_is_named_twice_is_read_once() -> None:
    _script(Path("v/a.py"), "a")
    target = _configured(version_locations="v:./v", path_separator=":", version_path_separator=":")

    assert _ids(load_history(target)) == ["a"]


def test_what_is_no_revision_script_is_passed_over() -> None:
    _script(Path("v/a.py"), "a")
    for name in ("__init__.py", ".#a.py", "a.pyc", "README", "helpers.py"):
        Path("v", name).write_text("x = 1\n")

    assert _ids(load_history("v")) == ["a"]


def test_a_folder_whose_ini_file_is_for_something_else_goes_by_its_scripts() -> None:
    Path("project").mkdir()
    Path("project/alembic.ini").write_text("[loggers]\nkeys = root\n")
    _script(Path("project/a.py"), "a")

    assert _ids(load_history("project")) == ["a"]


def test_the_ini_file_beside_a_folder_counts_if_it_names_this_folder_and_no_other() -> None:
    for name in ("mine", "other"):
        _script(Path(name, "versions/a.py"), name)
        Path(name, "env.py").touch()
        _script(Path(f"extra_{name}", "b.py"), f"extra_{name}", name)
    locations = "other/versions:extra_other"
    options = f"version_locations = {locations}\npath_separator = :\nversion_path_separator = :\n"
    Path("alembic.ini").write_text(f"[alembic]\nscript_location = other\n{options}")

    assert _ids(load_history("other")) == ["other", "extra_other"]
    assert _ids(load_history("mine")) == ["mine"]


def test_what_a_broken_script_says_of_itself_is_read_as_far_as_it_is_written_out() -> None:
    _script(Path("v/a.py"), "a")
    broken = _script(Path("v/b.py"), "b", "a", head="import no_such_application\n")
    broken.write_text(broken.read_text() + "\nbranch_labels = label()\ndepends_on = None  # nothing\n")

    history = load_history("v")

    assert _ids(history) == ["a", "b"]
    assert isinstance(history.revisions[1].error, ModuleNotFoundError)
    assert history.revisions[1].script.branch_labels == set()


def test_what_a_script_handles_is_told_from_the_text_that_runs() -> None:
    body = 'op.alter_column("t", "a", nullable=True)\n    try:\n        op.execute("DROP TABLE never")'
    body += "\n    except Exception:\n        pass"
    create = 'op.execute("CREATE TABLE t (a TEXT NOT NULL)")\n    '
    _script(Path("v/a.py"), "a", body=create + body)

    replay = Replay(load_history("v", lambda source, _: rewrite_source(source).result), Options())
    list(replay.steps())

    assert replay.report.problems == []


def test_a_direction_that_a_script_has_not_has_no_text_for_other_databases() -> None:
    _script(Path("v/a.py"), "a", body='op.drop_table("t")')
    _script(Path("v/b.py"), "b", "a", head="import no_such_application\n")
    history = load_history("v")

    texts = [
        text_of(history, each, direction, "mysql")
        for each in history.revisions
        for direction in ("upgrade", "downgrade")
    ]

    assert texts == ["DROP TABLE t;\n\n", "", "", ""]
    assert compare_histories(history, history, history).differences == ()


def test_a_syntax_error_is_told_with_its_line() -> None:
    broken = _script(Path("v/a.py"), "a")
    broken.write_text(broken.read_text() + "\n\ndef downgrade(:\n    pass\n")
    replay = Replay(load_history("v"), Options())
    list(replay.steps())

    assert [(each.code.code, each.line) for each in replay.report.problems] == [("SB304", 11)]
