"""One revision script, loaded as Alembic loads it: its module, what it says of its revision, the words of its text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, ModuleType
from typing import Any

from alembic.script import Script

from .. import sources
from ..reading.revisions import IDENTIFIERS, read_identifiers
from ..sources import shown_path
from .errors import describe, told
from .loading import Uses
from .scripts import run_script

_WORD = re.compile(r"\w+")
_ESCAPE = re.compile(r"\\[abfnrtv]")  # in "DELETE FROM\naccount" no letter belongs to the name
_NAME = re.compile(r"""["'](\w+)["']""")
_REVISION = "revision"
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

Transform = Callable[[bytes, str], bytes]


class HistoryError(Exception):
    """The history cannot be found or ordered; the message is one line for the user, with the script's path if any."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{shown_path(path)}: {reason}" if path else reason)


@dataclass(frozen=True)
class Revision:
    """One revision: Alembic's script, the error if its module could not be imported, and the bytes that were run.

    ``bound``: its module uses the database while it is imported, so that it has to be imported for each.
    """

    script: Script
    error: BaseException | None
    source: bytes
    bound: bool = False

    @cached_property
    def text(self) -> str:
        return self.source.decode("utf-8", "replace")

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text in lower case: what the script may touch."""
        text = self.text.lower()
        return frozenset({*_WORD.findall(text), *_WORD.findall(_ESCAPE.sub(" ", text))})

    def mentions(self, name: str) -> bool:
        """Whether the script may touch a table of this name, as far as its text tells."""
        return self.words.issuperset(_WORD.findall(name.lower()))

    @cached_property
    def names(self) -> frozenset[str]:
        """The words that stand in quotes, in lower case: what may be missing if the script did not run."""
        return frozenset(_NAME.findall(self.text.lower()))

    @property
    def id(self) -> str:
        return str(self.script.revision)

    @property
    def path(self) -> str:
        return str(self.script.path)

    @property
    def module(self) -> ModuleType:
        return self.script.module

    def import_again(self) -> ModuleType:
        """Its module anew, where it is bound. Raises what the script raises."""
        if not self.bound:
            return self.module
        module = _new_module(self.path)
        exec(compile(self.source, self.path, "exec", dont_inherit=True), module.__dict__)
        return module


def load_script(path: str, transform: Transform | None, uses: Uses) -> Revision | None:
    """Load one script as Alembic does; one that cannot be imported keeps its place in the history.

    ``uses`` notices whether its module uses the database. Returns None for a module that is no revision. Raises
    HistoryError if it cannot be read, or what it says of its revision is nothing that Alembic takes.
    """
    source = _read(path)
    if _REVISION.encode() not in source:
        return None
    if transform is not None:
        source = transform(source, path)
    module = _new_module(path)
    code, error = _compile(source, path)
    uses.begin()
    if code is not None:
        error = run_script(lambda: exec(code, module.__dict__))
    if error is not None:
        for name, value in read_identifiers(source).items():
            module.__dict__.setdefault(name, value)
    values = {name: vars(module)[name] for name in IDENTIFIERS if name in vars(module)}
    if _REVISION in values:
        _check(path, values)
        module.__dict__.setdefault("down_revision", None)
        try:
            return Revision(Script(module, values[_REVISION], path), error, source, uses.seen)
        except Exception as refused:  # also what the module's own __getattr__ raises
            raise HistoryError(f"{told(refused)}; correct the identifier", path) from refused
    if error is not None and code is None:
        raise HistoryError(f"cannot be parsed ({describe(error)}) and no revision is seen in it; correct it", path)
    return None


def _new_module(path: str) -> ModuleType:
    module = ModuleType(re.sub(r"\W", "_", os.path.basename(path)))
    module.__file__ = path
    return module


def _read(path: str) -> bytes:
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise sources.SourceError("this is no file")  # a pipe would be waited for
        source = sources.read(path)
        if _REVISION.encode() not in source:
            sources.decode(source)  # what is no text may have a revision all the same
    except sources.SourceError as refused:
        raise HistoryError(f"{refused.reason}; correct it, or move it out of the folder", path) from refused
    return source


def _compile(source: bytes, path: str) -> tuple[CodeType | None, BaseException | None]:
    try:
        return compile(source, path, "exec", dont_inherit=True), None
    except _UNPARSABLE as error:
        return None, error


def _check(path: str, values: dict[str, Any]) -> None:
    revision = values[_REVISION]
    if not isinstance(revision, str) or not revision or revision == "base":
        raise HistoryError(f"Alembic takes no revision = {_shown(revision)}; write a string of its own", path)
    for name in IDENTIFIERS[1:]:
        value = values.get(name)
        listed = list(value) if isinstance(value, (tuple, list, set, frozenset)) else [value]
        if not all(each is None or isinstance(each, str) for each in listed):
            raise HistoryError(f"Alembic takes no {name} = {_shown(value)}; write a string, a tuple or None", path)


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, (str, bytes, int, type(None), tuple, list)) else type(value).__name__
    return text if len(text) < 60 else f"{text[:60]}..."
