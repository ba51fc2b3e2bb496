"""The wheels of the corpus, for tests: without a package index they are skipped, but not in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.corpus import manifest
from tests.corpus.manifest import Package, UnavailableError


def wheel_of(package: Package) -> Path:
    """The wheel of a package, downloaded if need be."""
    try:
        return manifest.fetch(package, manifest.default_cache())
    except UnavailableError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no wheels of the corpus: {error}")
