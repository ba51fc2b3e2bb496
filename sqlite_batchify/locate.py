"""Where configuration may stand."""

from __future__ import annotations

import os
from collections.abc import Iterator

_FILE = "pyproject.toml"
_NAME = b"sqlite-batchify"


def configurations(folder: str) -> Iterator[tuple[str, bytes]]:
    """The paths and bytes of the files that may hold a section for scripts in a folder, the nearest first."""
    folder = os.path.abspath(folder)
    while True:
        path = os.path.join(folder, _FILE)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            content = b""
        if _NAME in content:
            yield path, content
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
