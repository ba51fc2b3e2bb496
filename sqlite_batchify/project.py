"""What surrounds a script: where it really lies, and the configuration that holds for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .config import BATCH_NAME, MINIMUM_SQLITE, Config, find_config
from .operations import MINIMAL

if TYPE_CHECKING:
    from .names import Shown


class Project:
    """How scripts are rewritten where they lie; each folder is looked up once.

    ``style``, ``naming``, ``batch_name``, ``minimum_sqlite`` and ``portable`` are stronger than the configuration, None
    leaves it to that. ``unsafe_fixes`` is that of ``rewrite_source``.
    """

    def __init__(
        self,
        style: str | None = None,
        naming: object = None,
        batch_name: str | None = None,
        unsafe_fixes: bool = False,
        minimum_sqlite: str | None = None,
        portable: bool | None = None,
    ) -> None:
        self.settings = (style, naming, batch_name, unsafe_fixes, minimum_sqlite, portable)
        self.style = style
        self.naming = naming
        self.batch_name = batch_name
        self.unsafe_fixes = unsafe_fixes
        self.minimum_sqlite = minimum_sqlite
        self.portable = portable
        self._folders: dict[str, str] = {}
        self._configs: dict[str, Config] = {}
        self._shown: dict[str, tuple[Shown, ...]] = {}
        self._enforcing: dict[str, bool] = {}

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

    def style_in(self, folder: str) -> str:
        """Raises ConfigError."""
        return self.style or self.config(folder).style or MINIMAL

    def naming_in(self, folder: str) -> object:
        """Raises ConfigError."""
        return self.naming or self.config(folder).naming_convention or "auto"

    def batch_name_in(self, folder: str) -> str:
        """Raises ConfigError."""
        return self.batch_name or self.config(folder).batch_name or BATCH_NAME

    def minimum_sqlite_in(self, folder: str) -> str:
        """Raises ConfigError."""
        return self.minimum_sqlite or self.config(folder).minimum_sqlite or MINIMUM_SQLITE

    def portable_in(self, folder: str) -> bool:
        """Raises ConfigError."""
        return bool(self.config(folder).portable if self.portable is None else self.portable)

    def shown_conventions(self, folder: str) -> tuple[Shown, ...]:
        """The naming conventions in the modules around a folder of scripts, that of env.py first."""
        if folder not in self._shown:
            from .metadata import shown_conventions

            self._shown[folder] = shown_conventions(folder)
        return self._shown[folder]

    def enforces_keys(self, folder: str) -> bool:
        """Whether the project of a folder of scripts turns foreign keys on for migrations."""
        if folder not in self._enforcing:
            from .foreign_keys import foreign_keys_of

            self._enforcing[folder] = foreign_keys_of(folder).enforced
        return self._enforcing[folder]

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
