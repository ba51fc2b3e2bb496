"""The screenshots in the README: ``python -m tests.support.screens`` runs the program in a terminal and writes them."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

from tests.support import FIXTURES, SHOP

FOLDER = FIXTURES / "screens"
SCREENS = {
    "diff": ["sqlite-batchify --diff migrations/versions/0004_referrals.py"],
    "verify": ["sqlite-batchify verify --rewritten migrations"],
}
"""The name of a picture, and the commands that it shows, in a copy of the shop project."""
_PROGRESS = re.compile(r"\x1b\[\?25l.*?\x1b\[\?25h\r\x1b\[1A\x1b\[2K", re.DOTALL)
"""The bar that shows on a slow machine, and is taken away again."""
_TIME = re.compile(r"on SQLite \S+ in \d+\.\d s")


def screen(commands: list[str], columns: int) -> str:
    """What a terminal of so many columns is sent, escape sequences included."""
    with tempfile.TemporaryDirectory() as folder:
        shop = shutil.copytree(SHOP, Path(folder, "shop"))
        return "".join(f"$ {command}\n{_run(command, shop, columns)}" for command in commands)


def _run(command: str, folder: Path, columns: int) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "50"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["bash", "-c", f"stty cols {columns} rows 50; {command}"],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux says so that the other end is closed
                break
            if not chunk:
                break
            text += chunk
    os.close(ours)
    assert process.returncode == 0, text.decode()
    shown = _PROGRESS.sub("", text.decode().replace("\r\n", "\n"))
    return _TIME.sub("on SQLite 3.40.1 in 0.1 s", shown)


def picture(name: str, columns: int = 110, theme: TerminalTheme = DIMMED_MONOKAI) -> str:
    """An SVG of one of SCREENS."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=columns, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(screen(SCREENS[name], columns)))
    return console.export_svg(title="sqlite-batchify", theme=theme, unique_id=name)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in SCREENS:
        (FOLDER / f"{each}.svg").write_text(picture(each))
