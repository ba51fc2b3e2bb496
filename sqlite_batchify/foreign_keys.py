"""Whether a project turns PRAGMA foreign_keys on for the connection of its migrations. It is read, never run.

It does so in env.py, in what env.py calls, or by a listener: one for all engines, in a module that env.py imports, or
one for an engine that env.py uses. What an application is that runs env.py itself cannot be told from env.py: there all
listeners of the project count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from .modules import ASIDE, modules, places
from .reading.pragmas import CREATOR, IMPORT, OFF, UNTOLD, Import, Listener, Module, Setting, read_module
from .sources import SourceError, decode, is_revision_script, read, shown_path

_PRAGMA, _NAME = re.compile(rb"pragma", re.IGNORECASE), re.compile(rb"foreign_keys", re.IGNORECASE)
_MIGRATES = re.compile(rb"\b(?:alembic|flask_migrate)\b")
_TEST = re.compile(r"conftest\.py|test_.*\.py|.*_test\.py")
_MOST_STEPS = 20  # from one module to another, for a name
_Node = tuple[str, int]


@dataclass(frozen=True, order=True)
class Place:
    """Where the PRAGMA is set. ``event`` is that of the listener that does it, "" if there is none.

    ``told`` if the text tells what it is set to.
    """

    path: str
    line: int
    event: str = ""
    told: bool = True

    def __str__(self) -> str:
        return f"{shown_path(self.path)}:{self.line}"


@dataclass(frozen=True)
class ForeignKeys:
    """Where the PRAGMA is turned on, and off, for migrations, and where it is turned on for other connections only.

    ``begins`` if a listener sends BEGIN itself; ``unread`` if there is no env.py, or none that can be parsed, so that
    nothing is known.
    """

    on: tuple[Place, ...] = ()
    off: tuple[Place, ...] = ()
    elsewhere: tuple[Place, ...] = ()
    begins: bool = False
    unread: bool = False

    @property
    def enforced(self) -> bool:
        """Whether migrations run with foreign keys enforced."""
        return bool(self.on) and not self.off

    def __str__(self) -> str:
        if self.unread:
            return f"turned on or not, which cannot be told without an {_ENV} that can be parsed"
        if self.on and self.off:
            return f"turned on in {self.on[0]}, and off in {self.off[0]} for migrations"
        if self.on:
            more = f" and {len(self.on) - 1} more" if len(self.on) > 1 else ""
            return f"turned on in {self.on[0]}{more}"
        if self.elsewhere:
            return f"turned on in {self.elsewhere[0]}, but not for the connection of {_ENV}"
        return "turned on nowhere"


_ENV = "env.py"


def foreign_keys_of(folder: str) -> ForeignKeys:
    """What the project of a script location does with the PRAGMA."""
    env, roots = places(os.path.realpath(folder))
    if not roots or not os.path.isfile(env):
        return ForeignKeys(unread=True)
    sources = dict(_sources(roots))
    if roots == [os.path.dirname(env)]:
        sources |= dict(_sources(_named(env, sources.get(env, b""))))
    if not any(map(_PRAGMA.search, sources.values())) or not any(map(_NAME.search, sources.values())):
        return ForeignKeys()
    return _Project(env, roots[0], sources).found()


def foreign_keys_in(path: str, source: bytes) -> ForeignKeys:
    """The same, as far as env.py alone tells it."""
    env = os.path.realpath(path)
    return _Project(env, os.path.dirname(env), {env: source}).found()


def _sources(roots: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The project's own modules: not its tests, and no revision scripts."""
    done: set[str] = set()
    for root in roots:
        for path, source in [(root, read(root))] if os.path.isfile(root) else modules(root, done):
            folders = os.path.relpath(path, root).split(os.sep)[:-1]
            if ASIDE.isdisjoint(folders) and not _TEST.fullmatch(os.path.basename(path)):
                yield path, source
        done.add(root)


def _named(env: str, source: bytes) -> Iterator[str]:
    """What env.py imports from the folder above its own, where nothing shows how far the project reaches."""
    with suppress(SourceError):
        module = read_module(decode(source).text)
        names = {each.module.partition(".")[0] for each in module.imported if not each.level} if module else set()
        above = os.path.dirname(os.path.dirname(env))
        paths = (os.path.join(above, each) for name in sorted(names) for each in (f"{name}.py", name))
        yield from (path for path in paths if os.path.exists(path))


@dataclass
class _Reached:
    """The parts that something leads to."""

    nodes: dict[_Node, None] = field(default_factory=dict)
    makes: bool = False


class _Project:
    def __init__(self, env: str, root: str, sources: dict[str, bytes]) -> None:
        self._env = env
        self._root = root
        self._sources = sources
        self._read: dict[str, Module | None] = {}
        self._paths = _by_name(sources)

    def found(self) -> ForeignKeys:
        env = self._module(self._env)
        if env is None:
            return ForeignKeys(unread=True)
        listeners = list(self._listeners())
        on: dict[Place, None] = {}
        other: dict[Place, None] = {}
        for place, setting in self._settings(self._direct):
            if setting.value != OFF:
                on[place] = None
        for path, listener in listeners:
            if listener.target is None:
                continue
            counts = self._counts(path, listener)
            reached = self._reach(self._functions(path, listener))
            for place, setting in self._settings(reached, listener.event):
                if setting.value != OFF:
                    (on if counts else other)[place] = None
        lines = {(each.path, each.line) for each in on}
        elsewhere = [each for each in other if (each.path, each.line) not in lines]
        begins = any(each.event == "begin" for _, each in listeners)
        return ForeignKeys(_once(on), self._off(env), _once(elsewhere), begins)

    # Modules

    def _module(self, path: str) -> Module | None:
        if path not in self._read:
            source = self._sources.get(path, b"")
            self._read[path] = None
            if path == self._env or not is_revision_script(source):
                with suppress(SourceError):
                    self._read[path] = read_module(decode(source).text)
        return self._read[path]

    @cached_property
    def _imported(self) -> dict[str, None]:
        """env.py and the modules that it imports, also through others."""
        found = {self._env: None}
        pending = [self._env]
        while pending:
            path = pending.pop()
            module = self._module(path)
            for each in module.imported if module is not None else ():
                for other in self._found(path, each):
                    if other not in found and self._module(other) is not None:
                        found[other] = None
                        pending.append(other)
        return found

    def _found(self, path: str, wanted: Import) -> list[str]:
        """The modules that an import runs: the packages on the way, the module, and the name if that is one too."""
        parts = [part for part in wanted.module.split(".") if part]
        names = [parts[:stop] for stop in range(1, len(parts) + 1)]
        names += [[*parts, wanted.name]] if wanted.name else []
        return [found for each in names for found in self._paths_of(path, wanted.level, each)]

    def _paths_of(self, path: str, level: int, parts: list[str]) -> list[str]:
        if not level:
            return self._paths.get(".".join(parts), [])
        folder = path
        for _ in range(level):
            folder = os.path.dirname(folder)
        base = os.path.join(folder, *parts)
        return [each for each in (f"{base}.py", os.path.join(base, "__init__.py")) if each in self._sources]

    @cached_property
    def _receives(self) -> bool:
        """Whether env.py gets its connection, or its modules, from what its text does not tell."""
        env = self._module(self._env)
        own = env is not None and (env.makes_engine or len(self._imported) > 1)
        reads = [each for path in self._imported if (each := self._module(path)) is not None]
        return not own or any(each.dynamic for each in reads) or bool(env and env.receives)

    @cached_property
    def _migrates(self) -> bool:
        """Whether the application runs the migrations itself, so that all of its modules may be there."""
        holding = [path for path, source in self._sources.items() if _MIGRATES.search(source) and path != self._env]
        return any(each.migrates for path in holding if (each := self._module(path)) is not None)

    # What leads where

    def _listeners(self) -> Iterator[tuple[str, Listener]]:
        holding = [path for path, source in self._sources.items() if b"listen" in source or b"creator" in source]
        for path in dict.fromkeys([*self._imported, *sorted(holding)]):
            module = self._module(path)
            yield from ((path, each) for each in (module.listeners if module is not None else ()))

    def _counts(self, path: str, listener: Listener) -> bool:
        """Whether a listener is called for the connection of env.py."""
        if path == self._env:
            return True
        inside = os.path.commonpath([self._root, path]) == self._root
        if self._receives and inside:
            return True
        if not listener.target:
            return path in self._imported or (self._migrates and inside)
        registered = (path, listener.around)
        on = set(self._resolved(path, listener.target))
        if not on and registered in self._at_import.nodes:
            return True  # which engine a loop or a parameter stands for cannot be told
        return not on.isdisjoint(self._direct.nodes) or registered in self._direct.nodes

    @cached_property
    def _direct(self) -> _Reached:
        """What env.py runs and takes from other modules, and what that mentions."""
        env = self._module(self._env)
        if env is None:
            return _Reached()
        parts = [IMPORT, *(number for number, part in enumerate(env.parts) if part.runs)]
        taken = [node for name in env.imports for node in self._resolved(self._env, name)]
        return self._reach([*((self._env, part) for part in parts), *taken])

    @cached_property
    def _at_import(self) -> _Reached:
        """What the modules do that env.py imports, when they are imported."""
        return self._reach((path, IMPORT) for path in self._imported)

    def _functions(self, path: str, listener: Listener) -> list[_Node]:
        if listener.part is not None:
            return [(path, listener.part)]
        return list(self._resolved(path, listener.name))

    def _reach(self, nodes: Iterable[_Node]) -> _Reached:
        reached = _Reached(dict.fromkeys(nodes))
        pending = list(reached.nodes)
        while pending:
            path, number = pending.pop()
            module = self._module(path)
            if module is None:
                continue
            part = module.parts[number]
            reached.makes = reached.makes or part.makes
            following = [(path, each) for each in part.inside]
            for name in part.mentions:
                following += self._resolved(path, name)
            for node in following:
                if node not in reached.nodes:
                    reached.nodes[node] = None
                    pending.append(node)
        return reached

    def _resolved(self, path: str, name: str, steps: int = 0) -> Iterator[_Node]:
        """The parts that a name in a module stands for, wherever in the project they are."""
        module = self._module(path)
        if module is None or not name or steps > _MOST_STEPS:
            return
        root, _, rest = name.partition(".")
        if root in module.names:
            yield from ((path, part) for part in module.names[root])
        elif root in module.imports:
            yield from self._imported_name(path, module.imports[root], rest, steps)
        else:
            for each in module.imported:
                if each.name == "*":
                    for other in self._paths_of(path, each.level, each.module.split(".") if each.module else []):
                        yield from self._resolved(other, name, steps + 1)

    def _imported_name(self, path: str, wanted: Import, rest: str, steps: int) -> Iterator[_Node]:
        parts = [part for part in wanted.module.split(".") if part]
        if wanted.name:
            for other in self._paths_of(path, wanted.level, parts):
                yield from self._resolved(other, wanted.name, steps + 1)
            parts = [*parts, wanted.name]
        attributes = rest.split(".") if rest else []
        for taken in range(len(attributes)):  # app.database.engine: module after module, then the name
            for other in self._paths_of(path, wanted.level, [*parts, *attributes[:taken]]):
                yield from self._resolved(other, attributes[taken], steps + 1)

    # What is set there

    def _settings(self, reached: _Reached, event: str = "") -> Iterator[tuple[Place, Setting]]:
        for path, number in reached.nodes:
            module = self._module(path)
            if module is None or (number == IMPORT and path != self._env):
                continue
            part = module.parts[number]
            if part.connects and path != self._env and event != CREATOR:
                continue  # that is a connection of its own
            for each in part.settings:
                if reached.makes or not each.entry:
                    yield Place(path, each.line, "" if event == CREATOR else event, each.value != UNTOLD), each

    def _off(self, env: Module) -> tuple[Place, ...]:
        """Where env.py, or a function that it names, turns the PRAGMA off."""
        mentioned = {node for part in env.parts for name in part.mentions for node in self._resolved(self._env, name)}
        nodes = [(self._env, part) for part in range(len(env.parts))]
        nodes += [node for node in sorted(mentioned) if node[0] != self._env]
        heard = {node for each in env.listeners for node in self._functions(self._env, each)}
        found: list[Place] = []
        for path, number in nodes:
            module = self._module(path)
            part = module.parts[number] if module is not None else None
            if part is None or not (path == self._env or part.function):
                continue
            values = {each.value for each in part.settings}
            if (path, number) not in heard or values == {OFF}:
                found += [Place(path, each.line) for each in part.settings if each.value == OFF and not each.entry]
        return _once(found)


def _once(found: Iterable[Place]) -> tuple[Place, ...]:
    """Each line once, in order."""
    by_line = {(each.path, each.line): each for each in sorted(found, reverse=True)}
    return tuple(sorted(by_line.values()))


def _by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """The modules by each name under which they may be imported: from every folder that is no package itself."""
    known = set(paths)
    found: dict[str, list[str]] = {}
    for path in sorted(known):
        folder, name = os.path.split(path)
        parts = [] if name == "__init__.py" else [name[:-3]]
        while True:
            if parts and os.path.join(folder, "__init__.py") not in known:
                found.setdefault(".".join(parts), []).append(path)
            above, name = os.path.split(folder)
            if above == folder:
                break
            parts = [name, *parts]
            folder = above
    return found
