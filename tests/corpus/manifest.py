"""The packages whose revision scripts are the corpus, and how their wheels get here."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import THOROUGH

_MANIFEST = Path(__file__).with_name("manifest.json")
_REVISION = re.compile(rb"^revision\s*(?::[^=\n]*)?=", re.MULTILINE)
SMALL = 8_000_000 if THOROUGH else 3_000_000
"""Wheels below this size, in bytes, are checked by default."""


class UnavailableError(Exception):
    """A wheel could not be downloaded."""


class MismatchError(Exception):
    """A wheel is not the one that the manifest names."""


@dataclass(frozen=True)
class Package:
    """One wheel. ``folder`` is where the revision scripts are inside it, ``size`` the size of the wheel in bytes."""

    name: str
    version: str
    wheel: str
    sha256: str
    size: int
    folder: str


@dataclass(frozen=True)
class Script:
    """One revision script: its name inside the wheel, and its bytes."""

    name: str
    source: bytes


def packages(every: bool) -> list[Package]:
    """The packages of the manifest: all of them, or those with a small wheel."""
    listed = [Package(**each) for each in json.loads(_MANIFEST.read_text(encoding="utf-8"))]
    return [package for package in listed if every or package.size < SMALL]


def default_cache() -> Path:
    """Where the wheels are kept, in the user's folder for caches."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "sqlite-batchify" / "corpus"


def fetch(package: Package, cache: Path) -> Path:
    """The wheel of a package, downloaded if it is not in the cache.

    Raises UnavailableError if it cannot be downloaded, MismatchError if its hash is not that of the manifest.
    """
    kept = cache / package.wheel
    if kept.exists() and _sha256(kept) == package.sha256:
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        _download(package, Path(folder))
        fresh = Path(folder) / package.wheel
        if not fresh.exists():
            raise MismatchError(f"{package.name} {package.version}: no wheel {package.wheel}")
        if _sha256(fresh) != package.sha256:
            raise MismatchError(f"{package.wheel} has the hash {_sha256(fresh)}, the manifest says {package.sha256}")
        os.replace(fresh, kept)
    return kept


def scripts(package: Package, wheel: Path) -> list[Script]:
    """The revision scripts in a wheel, by name. They are read from the archive; nothing is unpacked or installed."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(
            name for name in archive.namelist() if name.startswith(f"{package.folder}/") and name.endswith(".py")
        )
        found = [Script(name, archive.read(name)) for name in names]
    return [script for script in found if is_script(script.source)]


def is_script(source: bytes) -> bool:
    """Whether a module is a revision script."""
    return _REVISION.search(source) is not None


def _download(package: Package, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--ignore-requires-python", "--dest", str(folder)]
    done = subprocess.run([*command, f"{package.name}=={package.version}"], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip download failed"])[-1]
        raise UnavailableError(f"{package.name} {package.version}: {last}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
