"""Bytes in, bytes out: which files are meant, how they are encoded, and a write that is whole or not at all."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import FrameType

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#|\r?$)")
_REVISION = re.compile(rb"^revision\s*(?::[^=\n]*)?=", re.MULTILINE)


class SourceError(Exception):
    """A file that cannot be read, decoded or written. ``line`` counts from 1, 0 means the whole file."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Decoded(NamedTuple):
    """The text of a script, and what is needed to turn text into bytes again."""

    text: str
    encoding: str
    bom: bytes

    def encode(self, text: str) -> bytes:
        """The bytes; what the encoding lacks is a name that another script told, in a string that takes escapes."""
        return self.bom + text.encode(self.encoding, "backslashreplace")


class Candidate(NamedTuple):
    """A file to look at, links followed in ``real``; ``named`` if it was given itself and not found in a folder."""

    path: str
    real: str
    named: bool


def decode(source: bytes) -> Decoded:
    """Decode a script as Python would: by its BOM, by its coding line (PEP 263), else as UTF-8. Raises SourceError."""
    bom = codecs.BOM_UTF8 if source.startswith(codecs.BOM_UTF8) else b""
    encoding = "utf-8"
    if not bom:
        for head in source.split(b"\n", 2)[:2]:
            found = _CODING.match(head)
            if found:
                encoding = _known_as(found.group(1).decode("ascii"))
            if found or not _BLANK.match(head):
                break
    try:
        decoded = Decoded(source[len(bom) :].decode(encoding), encoding, bom)
        same = decoded.encode(decoded.text) == source
    except LookupError as error:
        raise SourceError(f"unknown encoding {encoding}", 1) from error
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start + len(bom)) + 1
        raise SourceError(f"not {error.encoding}: byte 0x{source[error.start + len(bom)]:02x}", line) from error
    except UnicodeError as error:
        raise SourceError(f"not {encoding}: {error}", 1) from error
    if not same:
        raise SourceError(f"{encoding} does not give the bytes back as they are", 1)
    return decoded


def _known_as(encoding: str) -> str:
    """The name by which Python takes what editors write in a coding line (``utf-8-unix``, ``latin-1-dos``)."""
    folded = encoding.lower().replace("_", "-")
    for name in ("utf-8", "latin-1", "iso-8859-1", "iso-latin-1"):
        if folded == name or folded.startswith(f"{name}-"):
            return name
    return encoding


def is_revision_script(source: bytes) -> bool:
    """Whether a module names its revision, as Alembic asks of the scripts in a versions folder."""
    return _REVISION.search(source.removeprefix(codecs.BOM_UTF8)) is not None


def discover(paths: Sequence[str]) -> Iterator[Candidate]:
    """The files that these paths mean, each once, in the order of the paths and sorted within a folder.

    A file that is named is taken whatever it holds; of a folder, the Python files below it, but not those in hidden
    folders. Raises SourceError through ``read`` later, not here: a path that does not exist comes back as it is.
    """
    seen: set[str] = set()
    for path in paths:
        found = _python_files(path) if os.path.isdir(path) else [path]
        for each in found:
            real = os.path.realpath(each)
            if real not in seen:
                seen.add(real)
                yield Candidate(each, real, named=each is path)


def _python_files(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(names):
            if name.endswith(".py") and not name.startswith("."):
                path = os.path.join(root, name)
                if not _may_stall(path):
                    yield path


def _may_stall(path: str) -> bool:
    """Whether this is there and no file: a pipe would be waited for."""
    return os.path.exists(path) and not os.path.isfile(path)


def siblings(folder: str) -> dict[str, bytes]:
    """The revision scripts that lie directly in a folder, by name; what cannot be read is left out."""
    found: dict[str, bytes] = {}
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return found
    for name in names:
        if name.endswith(".py") and not _may_stall(os.path.join(folder, name)):
            try:
                source = read(os.path.join(folder, name))
            except SourceError:
                continue
            if is_revision_script(source):
                found[name] = source
    return found


def read(path: str) -> bytes:
    """The bytes of a file. Raises SourceError."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from error


def write(path: str, data: bytes) -> None:
    """Replace a file's bytes: through a temporary file beside it, its mode kept, links followed. Raises SourceError."""
    target = os.path.realpath(path)
    try:
        mode = stat.S_IMODE(os.stat(target).st_mode)
        if not mode & 0o222 or not os.access(target, os.W_OK):
            raise SourceError("the file is read-only")
        replace_whole(target, data, mode)
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """An interrupt waits until this is done: nothing half done stays."""
    import signal

    waiting: list[tuple[int, FrameType | None]] = []
    try:
        usual = signal.signal(signal.SIGINT, lambda number, frame: waiting.append((number, frame)))
    except ValueError:  # only the main thread is ever interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if waiting and callable(usual):
            usual(*waiting[0])


def replace_whole(target: str, data: bytes, mode: int) -> None:
    """Write a file, whole or not at all, whether it is there or not. Raises OSError."""
    import tempfile

    folder, name = os.path.split(target)
    with uninterrupted():
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise


def shown_path(path: str) -> str:
    """A path as people want to read it: relative to this folder if it is below it."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def parse_toml(text: str) -> dict[str, Any]:
    """The document. Raises ValueError if it is no TOML."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    parsed: dict[str, Any] = tomllib.loads(text)
    return parsed
