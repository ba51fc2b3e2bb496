"""Operations as Python code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


class NotUnderstoodError(Exception):
    """There is something in the SQL that has no counterpart, or whose counterpart is not known."""


class Code(str):
    """A piece of Python, where other strings are values."""

    __slots__ = ()


Keywords = Mapping[str, object]


@dataclass(frozen=True)
class Writer:
    """How operations are written: the names of ``op`` and of ``sqlalchemy`` (None if it has none), and strings."""

    op: str
    sqlalchemy: str | None
    quote: Callable[[str], str]

    def operation(self, name: str, args: tuple[object, ...], keywords: Keywords) -> str:
        """A call of ``op``; a tuple among the arguments becomes a list."""
        return self._call(f"{self.op}.{name}", args, keywords)

    def build(self, name: str, args: tuple[object, ...] = (), keywords: Keywords | None = None) -> Code:
        """A call of something of SQLAlchemy's. Raises NotUnderstoodError if that has no name in the script."""
        if self.sqlalchemy is None:
            raise NotUnderstoodError
        return Code(self._call(f"{self.sqlalchemy}.{name}", args, keywords or {}))

    def _call(self, function: str, args: tuple[object, ...], keywords: Keywords) -> str:
        written = [self._value(each) for each in args]
        written += [f"{name}={self._value(each)}" for name, each in keywords.items()]
        return f"{function}({', '.join(written)})"

    def _value(self, value: object) -> str:
        if isinstance(value, Code):
            return value
        if isinstance(value, str):
            return self.quote(value)
        if isinstance(value, tuple):
            return f"[{', '.join(map(self._value, value))}]"
        if isinstance(value, Mapping):
            return f"{{{', '.join(f'{self._value(key)}: {self._value(each)}' for key, each in value.items())}}}"
        return repr(value)
