"""What surrounds a script: the configuration that holds for it, and the other scripts of its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .config import Config, find_config
from .rewrite import MINIMAL, Rewritten, open_history, rewrite_source
from .sources import siblings

if TYPE_CHECKING:
    from .rewrite import History


@dataclass
class Project:
    """Rewrites scripts where they lie; each folder is looked up once.

    ``style`` and ``naming`` are stronger than the configuration, None leaves it to that.
    """

    style: str | None = None
    naming: object = None
    _configs: dict[str, Config] = field(default_factory=dict)
    _histories: dict[str, History] = field(default_factory=dict)

    def rewrite(self, source: bytes, path: str) -> Rewritten:
        """Rewrite the script with these bytes that lies, or is to lie, at this path. Raises ConfigError."""
        folder = os.path.dirname(os.path.realpath(path))
        config = self.config(folder)
        return rewrite_source(
            source,
            style=self.style or config.style or MINIMAL,
            naming=self.naming or config.naming_convention or "auto",
            path=path,
            history=lambda: self._history(folder),
        )

    def config(self, folder: str) -> Config:
        if folder not in self._configs:
            self._configs[folder] = find_config(folder)
        return self._configs[folder]

    def _history(self, folder: str) -> History:
        if folder not in self._histories:
            self._histories[folder] = open_history(lambda: siblings(folder))
        return self._histories[folder]
