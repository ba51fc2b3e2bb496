"""[tool.sqlite-batchify] in pyproject.toml, and the options that are stronger."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from helpers import HEAD, Run

from sqlite_batchify.cli import main
from sqlite_batchify.config import Config, ConfigError, find_config, read_naming_option

_NAMELESS = HEAD + '    op.create_unique_constraint(None, "orders", ["number"])\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "app" / "migrations"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text(_NAMELESS)
    return folder / "one.py"


def configure(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def test_the_nearest_file_with_the_section_holds(tmp_path: Path, script: Path) -> None:
    configure(tmp_path, '[tool.sqlite-batchify]\nnaming-convention = "keep"\nstyle = "autogenerate"\n')
    configure(tmp_path / "app", "[tool.ruff]\n")

    assert find_config(str(script.parent)) == Config("autogenerate", "keep")

    configure(tmp_path / "app", "[tool.sqlite-batchify]\n")
    assert find_config(str(script.parent)) == Config()


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("", '"orders_number_key"'),
        ('naming-convention = "auto"', '"orders_number_key"'),
        ('naming-convention = "keep"', "None"),
        ('naming-convention = { uq = "uq_%(table_name)s" }', 'batch_op.f("uq_orders")'),
    ],
)
def test_names_by_configuration(setting: str, name: str, tmp_path: Path, script: Path, run: Run) -> None:
    configure(tmp_path, f"[tool.sqlite-batchify]\n{setting}\n")
    run(script)

    assert f"batch_op.create_unique_constraint({name}, " in script.read_text()


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("postgresql", '"orders_number_key"'),
        ("keep", "None"),
        ('{uq = "uq_%(table_name)s_%(column_0_name)s"}', 'batch_op.f("uq_orders_number")'),
    ],
)
def test_the_option_is_stronger(option: str, name: str, tmp_path: Path, script: Path, run: Run) -> None:
    configure(tmp_path, '[tool.sqlite-batchify]\nnaming-convention = { uq = "other" }\n')
    run("--naming-convention", option, script)

    assert f"batch_op.create_unique_constraint({name}, " in script.read_text()


def test_standard_input_has_the_configuration_of_its_name(
    tmp_path: Path, script: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    configure(tmp_path, '[tool.sqlite-batchify]\nnaming-convention = { uq = "uq_%(table_name)s" }\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(_NAMELESS.encode())))
    status, out, _ = run("-", "--stdin-filename", script)

    assert status == 0
    assert 'batch_op.f("uq_orders")' in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.sqlite-batchify]\nnameing-convention = 1\n",
            "no key 'nameing-convention'; did you mean naming-convention?",
        ),
        ("[tool.sqlite-batchify]\nqqq = 1\n", "no key 'qqq'; it has style, naming-convention"),
        ('[tool.sqlite-batchify]\nstyle = "maximal"\n', "style: 'maximal' is not one of minimal, autogenerate"),
        ("[tool.sqlite-batchify]\nstyle = []\n", "style: [] is not one of"),
        ('[tool.sqlite-batchify]\nnaming-convention = "app:names"\n', "naming-convention: 'app:names' is neither auto"),
        (
            '[tool.sqlite-batchify.naming-convention]\nfk = "%(guid)s"\n',
            "naming-convention: fk: %(guid)s is not",
        ),
        ("[tool]\nsqlite-batchify = 3\n", "tool.sqlite-batchify is no table"),
        ("[tool.sqlite-batchify\n", "pyproject.toml: "),
    ],
)
def test_a_broken_configuration_is_one_line(text: str, message: str, tmp_path: Path, script: Path, run: Run) -> None:
    path = configure(tmp_path, text)
    status, out, err = run(script)

    assert (status, out) == (2, "")
    assert err.startswith(f"sqlite-batchify: {path}: ")
    assert message in err
    assert err.count("\n") == 1
    assert script.read_text() == _NAMELESS
    with pytest.raises(ConfigError):
        find_config(str(script.parent))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("postgres", "'postgres' is neither auto, postgresql, keep nor a table"),
        ("{uq = ", "not a TOML table"),
        ('{uq = "%(mine)s"}', "%(mine)s is not a token"),
    ],
)
def test_a_broken_option_is_a_usage_error(
    option: str, message: str, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--naming-convention", option, str(script)])

    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    with pytest.raises(ValueError, match=re.escape(message)):
        read_naming_option(option)
