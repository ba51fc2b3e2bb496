"""Stand-ins for the applications that revision scripts import and that are not installed here."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from sqlalchemy.types import UserDefinedType

_LIBRARIES = ("alembic", "sqlalchemy", "mako", "markupsafe", "greenlet", "typing_extensions", "tomli")
_REAL = frozenset({*sys.stdlib_module_names, *_LIBRARIES})


class Answers:
    """What the stand-ins say when a script asks them whether something is so, and whether one did ask."""

    value = True
    asked = False


class Stub(str):
    """A function, object or constant of an application: it takes everything, and its text is its name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{self!s}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # A decorator leaves the function as it is, so that its operations run.
        if len(args) == 1 and isinstance(args[0], FunctionType) and not kwargs:
            return args[0]
        return Stub(f"{self!s}()")

    def __bool__(self) -> bool:
        Answers.asked = True
        return Answers.value

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __getitem__(self, key: Any) -> Any:
        return Stub(f"{self!s}[]")

    def __enter__(self) -> Stub:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __int__(self) -> int:
        return 1

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)


class _StubMeta(type(UserDefinedType)):  # type: ignore[misc]
    """The class of a stand-in class: what it lacks is a stand-in as well, and its text is its name."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_") and name != "__tablename__":
            raise AttributeError(name)
        return stand_in(f"{cls.__name__}.{name}")

    def __len__(cls) -> int:
        return 0

    def __bool__(cls) -> bool:
        return True

    def __iter__(cls) -> Iterator[Any]:
        return iter(())

    def __repr__(cls) -> str:
        return str(cls.__name__)


def _stub_class(path: str) -> type:
    """A class that can be a column's type, or whatever else an application's class is used as."""
    name = path.rpartition(".")[2]

    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        self.arguments = args

    def get_col_spec(self: Any, **kwargs: Any) -> str:
        plain = [repr(each) for each in self.arguments if isinstance(each, (int, str))]
        return f"{name}({', '.join(plain)})" if plain else name

    def missing(self: Any, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return Stub(f"{name}().{attribute}")

    body = {"__init__": remember, "get_col_spec": get_col_spec, "__getattr__": missing, "arguments": ()}
    return _StubMeta(name, (UserDefinedType,), {**body, "cache_ok": True, "__module__": "stand_in"})


def stand_in(path: str) -> Any:
    """The stand-in for what a path names: a class for a CapWords name or an acronym, else a Stub.

    What comes out of a module of constants is none.
    """
    within, _, name = path.rpartition(".")
    if name[:1].isupper() and "_" not in name and "constants" not in within.split("."):
        return _stub_class(path)
    return Stub(path)


class _StubModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = stand_in(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in _REAL or top.startswith("_"):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


@contextmanager
def stand_ins() -> Iterator[None]:
    """While this lasts, every module but those of Python, Alembic and SQLAlchemy is a stand-in, also if it is there."""
    hidden = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if not name.startswith("_")
        and name.partition(".")[0] not in _REAL | {"sqlite_batchify", __name__.partition(".")[0]}
    }
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, _StubModule)]:
            del sys.modules[name]
        sys.modules.update(hidden)
