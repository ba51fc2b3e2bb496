"""Many scripts, from wheels or folders, to figures, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sqlite_batchify.history.scripts import History

from .checks import Checked, check
from .manifest import Package, Script, scripts

_CHUNK = 20
Chunk = tuple[Sequence[Script], int]
"""All scripts of a group, and the first of those to check."""


def check_packages(wheels: Sequence[tuple[Package, Path]]) -> dict[str, Checked]:
    """Check the scripts of these wheels. Returns what was found, by package."""
    return check_groups({package.name: scripts(package, wheel) for package, wheel in wheels})


def check_groups(groups: Mapping[str, Sequence[Script]], jobs: int | None = None) -> dict[str, Checked]:
    """Check groups of scripts that lie together, in so many processes. Returns what was found, by group."""
    chunks: list[tuple[str, Chunk]] = []
    for name, found in groups.items():
        chunks += [(name, (found, start)) for start in range(0, len(found), _CHUNK)]
    result = {name: Checked() for name in groups}
    # A fresh interpreter for each worker: what the tests have loaded must not be seen by the scripts.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs or min(os.cpu_count() or 1, 8), mp_context=context) as pool:
        done = pool.map(check_scripts, [chunk for _, chunk in chunks])
        for (name, _), checked in zip(chunks, done, strict=True):
            result[name].add(checked)
    return result


def check_scripts(chunk: Chunk) -> Checked:
    """Check some scripts of a group one after another."""
    found, start = chunk
    folders: dict[str, dict[str, bytes]] = {}
    for script in found:
        folder, name = os.path.split(script.name)
        folders.setdefault(folder, {})[name] = script.source
    histories = {folder: History(sources.copy) for folder, sources in folders.items()}
    total = Checked()
    for script in found[start : start + _CHUNK]:
        total.add(check(script, histories[os.path.dirname(script.name)]))
    return total
