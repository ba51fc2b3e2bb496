"""What surrounds a script: the configuration that holds for it, and the other scripts of its folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .config import Config, find_config
from .rewrite import BATCH_NAME, MINIMAL, Rewritten, may_change, open_history, rewrite_source
from .sources import siblings

if TYPE_CHECKING:
    from .rewrite import History


class Project:
    """Rewrites scripts where they lie; each folder is looked up once.

    ``style``, ``naming`` and ``batch_name`` are stronger than the configuration, None leaves it to that.
    ``unsafe_fixes`` is that of ``rewrite_source``.
    """

    def __init__(
        self,
        style: str | None = None,
        naming: object = None,
        batch_name: str | None = None,
        unsafe_fixes: bool = False,
    ) -> None:
        self.settings = (style, naming, batch_name, unsafe_fixes)
        self.style = style
        self.naming = naming
        self.batch_name = batch_name
        self.unsafe_fixes = unsafe_fixes
        self._folders: dict[str, str] = {}
        self._configs: dict[str, Config] = {}
        self._histories: dict[str, History] = {}

    def place(self, path: str) -> tuple[str, str]:
        """The folder that a file really lies in, and its name there."""
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)
        return os.path.split(os.path.realpath(real) if os.path.islink(real) else real)

    def describe(self, folder: str) -> str:
        """All that scripts of a folder are rewritten by. Raises ConfigError."""
        return repr((self.settings, self.config(folder)))

    def may_change(self, source: bytes, path: str) -> bool:
        """Whether there may be more to say of the script than that it stays as it is. Raises ConfigError."""
        config = self._config_of(path)
        try:
            return may_change(source, self.style or config.style or MINIMAL)
        except Exception:  # a defect, which rewriting reports
            return True

    def rewrite(self, source: bytes, path: str) -> Rewritten:
        """Rewrite the script with these bytes that lies, or is to lie, at this path. Raises ConfigError."""
        folder, _ = self.place(path)
        config = self.config(folder)
        rewritten = rewrite_source(
            source,
            style=self.style or config.style or MINIMAL,
            naming=self.naming or config.naming_convention or "auto",
            path=path,
            history=lambda: self._history(folder),
            batch_name=self.batch_name or config.batch_name or BATCH_NAME,
            unsafe_fixes=self.unsafe_fixes,
        )
        return rewritten.without(config.ignored(path)) if rewritten.findings else rewritten

    def excludes(self, path: str) -> bool:
        """Whether a file is left out of what its folder stands for. Raises ConfigError."""
        return self._config_of(path).excludes(path)

    def ignored(self, path: str) -> frozenset[str]:
        """The codes that are not reported for a script. Raises ConfigError."""
        return self._config_of(path).ignored(path)

    def _config_of(self, path: str) -> Config:
        return self.config(self.place(path)[0])

    def config(self, folder: str) -> Config:
        if folder not in self._configs:
            self._configs[folder] = find_config(folder)
        return self._configs[folder]

    def _history(self, folder: str) -> History:
        if folder not in self._histories:
            self._histories[folder] = open_history(lambda: siblings(folder))
        return self._histories[folder]
