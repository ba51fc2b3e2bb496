"""[tool.sqlite-batchify] in pyproject.toml, and the options that are stronger."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sqlite_batchify import config, rewrite_source
from sqlite_batchify.cli import main
from sqlite_batchify.config import Config, ConfigError, find_config, read_config, read_naming_option
from tests.support.helpers import HEAD, Run

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

    assert find_config(str(script.parent)) == Config(str(tmp_path), "autogenerate", "keep")

    configure(tmp_path / "app", "[tool.sqlite-batchify]\n")
    assert find_config(str(script.parent)) == Config(str(tmp_path / "app"))


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
        ('[tool.sqlite-batchify]\nbatch-name = "a b"\n', "batch-name: 'a b' is no name for a variable"),
        ('[tool.sqlite-batchify]\nbatch-name = "class"\n', "batch-name: 'class' is no name for a variable"),
        ("[tool.sqlite-batchify]\nminimum-sqlite = 3.35\n", "minimum-sqlite: 3.35 is no version of SQLite as a text"),
        ('[tool.sqlite-batchify]\nminimum-sqlite = "new"\n', "minimum-sqlite: 'new' is no version of SQLite"),
        ('[tool.sqlite-batchify]\nexclude = "a"\n', "exclude: 'a' is no list of strings"),
        ("[tool.sqlite-batchify]\nexclude = [1]\n", "exclude: 1 is no string"),
        ("[tool.sqlite-batchify]\nper-file-ignores = []\n", "per-file-ignores: [] is no table"),
        (
            '[tool.sqlite-batchify.per-file-ignores]\n"a.py" = ["SB1O8"]\n',
            "per-file-ignores: there is no code SB1O8; did you mean SB",
        ),
        ("[tool.sqlite-batchify]\nverify = true\n", "tool.sqlite-batchify.verify is no table"),
        (
            "[tool.sqlite-batchify.verify]\nforeign_keys = 1\n",
            "[tool.sqlite-batchify.verify] has no key 'foreign_keys'; did you mean foreign-keys?",
        ),
        ('[tool.sqlite-batchify.verify]\nstub-imports = "yes"\n', "stub-imports: 'yes' is neither true nor false"),
        ('[tool.sqlite-batchify.verify]\nonly = ["all"]\n', "only: 'all' is not one of alter, batch, lost, foreign"),
        (
            '[tool.sqlite-batchify.verify]\nforeign-keys = "no"\n',
            "foreign-keys: 'no' is not one of auto, off, on, both",
        ),
        ('[tool.sqlite-batchify.verify]\ntarget = ""\n', "target: '' is no string"),
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


_DROPPED = f"""{HEAD}    op.add_column("account", sa.Column("age", sa.Integer()))


def downgrade():
    op.drop_column("account", "age")
"""


def test_the_oldest_sqlite_can_be_configured(tmp_path: Path, script: Path, run: Run) -> None:
    script.write_text(_DROPPED)
    run(script)
    assert script.read_text() == _DROPPED

    configure(tmp_path, '[tool.sqlite-batchify]\nminimum-sqlite = "3.34"\n')
    assert run("--check", "--minimum-sqlite", "3.35.5", script)[0] == 0
    run(script)
    assert 'batch_op.drop_column("age")' in script.read_text()


@pytest.mark.parametrize("version", ["3", "newest", "3.35 or so"])
def test_a_broken_version_is_a_usage_error(version: str, script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--minimum-sqlite", version, str(script)])

    message = f'argument --minimum-sqlite: {version!r} is no version of SQLite as a text, such as "3.35"'
    assert message in capsys.readouterr().err
    with pytest.raises(ValueError, match="is no version of SQLite"):
        rewrite_source(script.read_bytes(), minimum_sqlite=version)


def test_blocks_have_the_configured_name(tmp_path: Path, script: Path, run: Run) -> None:
    configure(tmp_path, '[tool.sqlite-batchify]\nbatch-name = "batch"\n')
    run(script)
    assert "as batch:\n        batch.create_unique_constraint(" in script.read_text()

    script.write_text(_NAMELESS)
    run("--batch-name", "b", script)
    assert "as b:\n        b.create_unique_constraint(" in script.read_text()


def test_scripts_are_made_portable_if_that_is_configured(tmp_path: Path, script: Path, run: Run) -> None:
    source = 'from alembic import op\n\n\ndef upgrade():\n    op.execute("CREATE EXTENSION citext")\n'
    script.write_text(source)
    run(script)
    assert script.read_text() == source

    configure(tmp_path, "[tool.sqlite-batchify]\nportable = true\n")
    run("--no-portable", script)
    assert script.read_text() == source
    _, out, _ = run(script)
    assert 'if op.get_context().dialect.name != "sqlite":' in script.read_text()
    assert "(1 place made portable)" in out
    assert run("--check", script)[0] == 0


@pytest.mark.parametrize(
    ("pattern", "excluded"),
    [
        ("one.py", True),
        ("o*.py", True),
        ("two.py", False),
        ("migrations", True),
        ("app/migrations", True),
        ("/app/*/one.py", True),
        ("app/", True),
        ("app/one.py", False),
        ("migrations/one.py", False),
    ],
)
def test_a_folder_does_not_stand_for_what_is_excluded(
    pattern: str, excluded: bool, tmp_path: Path, script: Path, run: Run
) -> None:
    configure(tmp_path, f'[tool.sqlite-batchify]\nexclude = ["{pattern}"]\n')
    status, _, _ = run(tmp_path)
    assert (status, script.read_text() == _NAMELESS) == ((2, True) if excluded else (0, False))

    assert run(script)[0] == 0
    assert script.read_text() != _NAMELESS


def test_what_is_ignored_for_a_file_is_not_reported(tmp_path: Path, script: Path, run: Run) -> None:
    script.write_text(HEAD + '    op.execute("ALTER TABLE t ALTER COLUMN c TYPE integer USING c::integer")\n')
    assert run(script)[0] == 1

    configure(tmp_path, '[tool.sqlite-batchify.per-file-ignores]\n"app/*" = ["SB101", "SB108", "SB903"]\n')
    assert run("-q", script) == (0, "", "")

    script.write_text(HEAD + "    op.drop_column(\n")
    assert run("-q", script)[0] == 2


def test_verify_has_the_configured_options(
    tmp_path: Path, script: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.write_text(HEAD + '    op.execute("SELECT no_such_function()")\n\n\ndef downgrade():\n    pass\n')
    monkeypatch.chdir(tmp_path)
    configure(tmp_path, '[tool.sqlite-batchify.verify]\ntarget = "app/migrations"\nonly = ["alter"]\n')
    assert run("verify", "-q")[0] == 0

    configure(tmp_path, '[tool.sqlite-batchify.verify]\ntarget = "app/migrations"\n')
    assert run("verify", "-q")[0] == 1
    assert run("verify", "-q", "--only", "batch")[0] == 0
    monkeypatch.chdir(tmp_path / "app")
    assert run("verify", "-q", "migrations")[0] == 1
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write('[tool.sqlite-batchify.per-file-ignores]\n"app/migrations" = ["SB303"]\n')
    assert run("verify", "-q", "migrations")[0] == 0


_SCHEMA = json.loads((Path(config.__file__).parent / "config.schema.json").read_text())
_TAKEN: list[dict[str, Any]] = [
    {},
    {"style": "autogenerate", "batch-name": "größe", "portable": True, "exclude": ["a/*", "b"]},
    *({"minimum-sqlite": each} for each in ("3.35", "3.53.4", "4.0")),
    *({"naming-convention": each} for each in ("auto", "keep", {"fk": "fk_%(table_name)s", "uq": "u"})),
    {"per-file-ignores": {"a/*.py": ["SB101", "SB417"], "b": []}},
    {"verify": {"target": "a", "rewritten": True, "foreign-keys": "off", "metadata": "a:b", "from": "a", "to": "b"}},
    {"verify": {"x": ["a=b"], "only": ["alter", "lost"], "stub-imports": False, "sqlite-module": "pysqlite3"}},
]
_NO_NAMING: list[Any] = ["app:names", {}, {"xx": "a"}, {"fk": 1}]
_NO_IGNORES: list[Any] = [[], {"a": "SB101"}, {"a": ["E501"]}]
_NO_VERIFY: list[Any] = [
    True,
    {"foreign-keys": "no"},
    {"x": "a"},
    {"target": ""},
    {"only": ["all"]},
    {"stub-imports": 1},
]
_REFUSED: list[dict[str, Any]] = [
    *({key: 1} for key in (*_SCHEMA["properties"], "other")),
    *({"verify": {key: 1}} for key in (*_SCHEMA["properties"]["verify"]["properties"], "other")),
    *({"style": "maximal"}, {"batch-name": "a b"}, {"batch-name": "1"}, {"exclude": [""]}, {"exclude": "a"}),
    *({"naming-convention": each} for each in _NO_NAMING),
    *({"minimum-sqlite": each} for each in ("", "3", "3.x", "3.35.", "3.35.0.1", ">=3.35", "٣.٣٥", 3.35)),
    *({"per-file-ignores": each} for each in _NO_IGNORES),
    *({"verify": each} for each in _NO_VERIFY),
]


@pytest.mark.parametrize("section", _TAKEN, ids=str)
def test_schema_takes_what_is_taken(section: dict[str, Any]) -> None:
    read_config(section, "pyproject.toml")
    jsonschema.validate(section, _SCHEMA)


@pytest.mark.parametrize("section", _REFUSED, ids=str)
def test_schema_refuses_what_is_refused(section: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        read_config(section, "pyproject.toml")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(section, _SCHEMA)


def test_schema_has_every_key() -> None:
    settings = {key for section in _TAKEN for key in section}
    assert settings == set(_SCHEMA["properties"])
    verifying = {key for section in _TAKEN for key in section.get("verify", ())}
    assert verifying == set(_SCHEMA["properties"]["verify"]["properties"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("postgres", "'postgres' is neither auto, postgresql, keep nor a table"),
        ("{uq = ", "not a TOML table"),
        ('{uq = "%(mine)s"}', "%(mine)s is not a token"),
    ],
)
def test_a_broken_naming_convention_is_a_usage_error(
    option: str, message: str, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--naming-convention", option, str(script)])

    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    with pytest.raises(ValueError, match=re.escape(message)):
        read_naming_option(option)


def test_a_broken_batch_name_is_a_usage_error(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--batch-name", "a b", str(script)])

    assert caught.value.code == 2
    assert "argument --batch-name: 'a b' is no name for a variable" in capsys.readouterr().err
