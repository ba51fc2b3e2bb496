"""Modules that scripts import and that are not there: what to do about it, and what may stand in for them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

from sqlalchemy.types import UserDefinedType

from ..reading.handlers import caught, handlers
from .functions import belongs_to_a_project

_ABSENCE = ("ModuleNotFoundError", "ImportError", "Exception", "BaseException")
_NOT_ANY = ("impl", "impl_instance")  # which SQLAlchemy looks for to tell one kind of types from another


def remedy_for(error: ImportError, folder: str) -> str:
    """What makes a module importable; ``folder`` is one of the project."""
    name = error.name or ""
    if not isinstance(error, ModuleNotFoundError) or not name:
        return "mend the import, or install what it needs in the environment that sqlite-batchify runs in"
    top = name.partition(".")[0]
    for place in _places(folder):
        if top == name and any(os.path.exists(os.path.join(place, each)) for each in (top, f"{top}.py")):
            return f"let Python find it: PYTHONPATH={os.path.relpath(place)} sqlite-batchify verify ..."
    return f"install it where sqlite-batchify runs (pip install {top}), or let a stub stand in for it: --stub-imports"


def _places(folder: str) -> Iterator[str]:
    """Where the modules of a project lie: its folders from this one up to that of the repository, and src in them."""
    folder = os.path.abspath(folder)
    while True:
        yield from (folder, os.path.join(folder, "src"))
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above


@contextlib.contextmanager
def stubbed_imports() -> Iterator[set[str]]:
    """Let modules that the project imports and that are not there be empty ones, of which every name is a stub.

    Gives the names of those that are, and takes them away again in the end.
    """
    finder = _Finder()
    sys.meta_path.append(finder)
    try:
        yield finder.stubbed
    finally:
        sys.meta_path.remove(finder)
        for name in finder.made:
            sys.modules.pop(name, None)


class _Finder(MetaPathFinder):
    """Asked last, so only for what nobody finds."""

    def __init__(self) -> None:
        self.stubbed: set[str] = set()
        self.made: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent = fullname.rpartition(".")[0]
        if parent not in self.made:
            if not _asked_by_a_project():
                return None
            self.stubbed.add(fullname)
        self.made.append(fullname)
        return ModuleSpec(fullname, _Loader(), is_package=True)


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def _asked_by_a_project() -> bool:
    """Whether the import stands in a file of a project, and not in a ``try`` that knows what else to do."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (frame.f_code.co_filename == __file__ or "importlib" in frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None or not belongs_to_a_project(frame.f_code.co_filename):
        return False
    with open(frame.f_code.co_filename, "rb") as file:
        return caught(_ABSENCE, handlers(file.read()), [frame.f_lineno]) is None


class _StubModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _stub(name)


class _StubClass(type(UserDefinedType)):  # type: ignore[misc]
    def __getattr__(cls, name: str) -> Any:
        return _stub(name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class Stub(UserDefinedType[Any], metaclass=_StubClass):
    """Stands for whatever a module has: a type (TEXT), a function, a class, a constant."""

    cache_ok = True

    def __init__(self, *args: Any, **keywords: Any) -> None:
        pass

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) else Stub()

    def __getattr__(self, name: str) -> Any:
        return _stub(name)

    def __getitem__(self, _: Any) -> Any:
        return Stub()

    def __iter__(self) -> Iterator[Any]:
        return iter(())


def _stub(name: str) -> Any:
    if name.startswith("_") or name in _NOT_ANY:
        raise AttributeError(name)
    return Stub
