"""A script's place in the history: ``revision``, ``down_revision``, ``branch_labels`` and ``depends_on``."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

from .model import Revision

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")
_MOST_LINES = 50
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def read_identifiers(source: bytes) -> dict[str, object]:
    """What a script says of its revision, by name, read without running it; what is no literal is left out."""
    body = _parsed(source)
    return _values(_statements(source.decode(errors="replace")) if body is None else body)


def read_revision(text: str) -> Revision:
    """The place of a script with this text, found without parsing all of it."""
    values = _values(_statements(text))
    revision = values.get("revision")
    before = (tuple(_texts(values.get(name))) for name in ("down_revision", "depends_on"))
    return Revision(revision if isinstance(revision, str) else "", *before)


def _statements(text: str) -> list[ast.stmt]:
    """The lines that begin with one of the names, as statements."""
    starts = [start for name in IDENTIFIERS for start in _places(text, name)]
    lines = [text[start : text.find("\n", start) + 1 or len(text)] for start in starts]
    body = _parsed("".join(lines))
    if body is None:  # one takes more than its line, or is none
        body = [each for start in starts for each in _statement(text, start)]
    return body


def _places(text: str, name: str) -> Iterator[int]:
    """Where lines begin with a name."""
    if text.startswith(name):
        yield 0
    start = text.find(f"\n{name}") + 1
    while start:
        yield start
        start = text.find(f"\n{name}", start) + 1


def _statement(text: str, start: int) -> list[ast.stmt]:
    """The statement that begins here; as many lines as it takes, up to a few."""
    stop = start
    for _ in range(_MOST_LINES):
        stop = text.find("\n", stop) + 1 or len(text)
        body = _parsed(text[start:stop])
        if body is not None or stop == len(text):
            return body or []
    return []


def _parsed(source: str | bytes) -> list[ast.stmt] | None:
    """The statements, None if Python cannot parse them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except _UNPARSABLE:
        return None


def _values(statements: Iterable[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for statement in statements:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name) and target.id in IDENTIFIERS:
                    try:
                        found[target.id] = ast.literal_eval(statement.value)
                    except (ValueError, TypeError, RecursionError, MemoryError):
                        continue
    return found


def _texts(value: object) -> Iterator[str]:
    listed = value if isinstance(value, (tuple, list, set)) else (value,)
    return (each for each in listed if isinstance(each, str))
