"""What a shell is answered through argcomplete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _answers(line: str, folder: Path) -> set[str]:
    """What ends up in the menu, asked as bash asks: the answers come on the descriptor 8."""
    environment = {
        **os.environ,
        **{"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9"},
        **{"_ARGCOMPLETE_IFS": "\n", "_ARGCOMPLETE_SHELL": "bash", "_ARGCOMPLETE_SUPPRESS_SPACE": "1"},
    }
    program = f'"{Path(sys.executable).with_name("sqlite-batchify")}"'
    asked = subprocess.run(
        ["bash", "-c", f"{program} 8>answers 9>/dev/null"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (asked.stdout, asked.stderr) == (b"", b"")
    return set((folder / "answers").read_text().replace("\v", "\n").split("\n")) - {""}


@pytest.mark.parametrize(
    ("line", "there", "missing"),
    [
        ("sqlite-batchify ", {"verify", "explain", "init", "script.py"}, {"notes.txt"}),
        ("sqlite-batchify ver", {"verify"}, {"explain", "script.py"}),
        ("sqlite-batchify --st", {"--style", "--stdin-filename"}, {"--strict"}),
        ("sqlite-batchify --style ", {"minimal", "autogenerate"}, {"verify"}),
        ("sqlite-batchify verify --st", {"--stub-imports"}, {"--style"}),
        ("sqlite-batchify verify --foreign-keys ", {"auto", "on", "off", "both"}, {"minimal"}),
        ("sqlite-batchify init --w", {"--write"}, {"--style"}),
        ("sqlite-batchify --check scr", {"script.py"}, {"verify"}),
    ],
)
def test_the_shell_is_told_what_fits(line: str, there: set[str], missing: set[str], tmp_path: Path) -> None:
    (tmp_path / "script.py").touch()
    (tmp_path / "notes.txt").touch()

    answers = {each.strip() for each in _answers(line, tmp_path)}

    assert there <= answers
    assert not missing & answers
