"""Where a module sets PRAGMA foreign_keys, and what leads there: listeners, calls, imports.

https://www.sqlite.org/pragma.html#pragma_foreign_keys
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .parsing import UnparsableError, parse
from .syntax import descendants, dotted, keywords_of, last_name
from .values import Values

ON, OFF, UNTOLD = "on", "off", ""
"""What the PRAGMA is set to; the last if only running the module tells it."""
CREATOR = "creator"
_UNKNOWN = "?"
IMPORT = 0
"""The part of a module that runs when it is imported, outside of definitions."""
_SETS = re.compile(
    r"""(?:^|[;\n])\s*PRAGMA\s+(?:\w+\.)?["'`\[]?foreign_keys["'`\]]?\s*[=(]\s*["']?(\w*)""", re.IGNORECASE
)
_SETS_ANY = re.compile(r"\s*PRAGMA\s*(?:$|[\0%{])", re.IGNORECASE)
_ENTRY = re.compile(r"\s*foreign_keys\s*=\s*(\w+)\s*;?\s*", re.IGNORECASE)
_NAME = "foreign_keys"
_TRUE = frozenset({"on", "yes", "true"})
_SPOKEN = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "fail"})
_LISTENS, _LISTEN = "listens_for", "listen"
_OF_OTHERS = re.compile("create|drop|after_|flush|load|attach|detach|checkin|close|reset")
"""Events of sessions, mappers and tables, and of connections that are given back."""
_NO_ENGINE = re.compile(r"(?:session(?:_?(?:local|maker|factory))?|metadata|mapper)$", re.IGNORECASE)
_ENGINES = frozenset({"create_engine", "engine_from_config", "create_async_engine", "async_engine_from_config"})
_IMPORT, _DYNAMIC = frozenset({"import_module", "__import__"}), frozenset({"walk_packages", "iter_modules"})
_OWN = frozenset({("sqlite3", "connect"), ("aiosqlite", "connect"), ("dbapi2", "connect")})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Setting(NamedTuple):
    """A place that sets the PRAGMA. An ``entry`` (``"foreign_keys": "ON"``) does so where a statement is made of it."""

    line: int
    value: str
    entry: bool = False


@dataclass
class Part:
    """A function, a class, an assignment, or what runs when the module is imported.

    ``mentions`` are the names in it, dotted as they stand; ``inside`` the parts that are defined in it. ``runs`` if it
    is an assignment that calls something; ``makes`` a statement of any PRAGMA's name; ``connects`` to SQLite itself.
    """

    mentions: set[str] = field(default_factory=set)
    inside: set[int] = field(default_factory=set)
    settings: list[Setting] = field(default_factory=list)
    makes: bool = False
    connects: bool = False
    function: bool = False
    runs: bool = False


class Listener(NamedTuple):
    """What is called for connections: a part, or what a name stands for.

    ``target`` is the name of the one engine, "" for all of them, None for what is no engine; ``around`` is the part
    where it is registered. ``event`` is CREATOR for a function that makes connections.
    """

    event: str
    target: str | None
    around: int
    part: int | None
    name: str


class Import(NamedTuple):
    """``from ..module import name``; ``name`` is "" for ``import module``."""

    level: int
    module: str
    name: str = ""


@dataclass
class Module:
    """What a module does for the PRAGMA.

    ``dynamic`` if it imports what its text does not tell; ``migrates`` if it runs Alembic itself; ``receives`` if its
    connections come from an application that has been set up elsewhere.
    """

    parts: list[Part] = field(default_factory=lambda: [Part()])
    names: dict[str, list[int]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    imported: list[Import] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    dynamic: bool = False
    migrates: bool = False
    receives: bool = False
    makes_engine: bool = False


def read_module(text: str) -> Module | None:
    """What the text of a module says, None if it cannot be parsed."""
    try:
        return _Reader(parse(text)).module
    except (UnparsableError, RecursionError):
        return None


def _values_in(text: str) -> list[str]:
    return [_meaning(each.group(1)) for each in _SETS.finditer(text)]


def _meaning(word: object) -> str:
    """What SQLite takes a value for, which is no boolean but a word of its own."""
    word = str(int(word) if isinstance(word, bool) else word).lower()
    if not word:
        return UNTOLD
    return ON if word in _TRUE or (word.isdigit() and int(word) % 256) else OFF


def _template(node: ast.expr, values: Values) -> str:
    """The text of a string, with a null character for what an f-string fills in and the module does not tell."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = (each.value if isinstance(each, ast.FormattedValue) else each for each in node.values)
    return "".join("\0" if (text := values.text(each)) is None else text for each in parts)


def _not_executed(tree: ast.Module) -> set[int]:
    """The strings that are said, compared or documentation, and those in f-strings, which are read as a whole."""
    found: set[int] = set()
    for node in descendants(tree):
        if isinstance(node, ast.Expr):
            roots: list[ast.AST] = [node.value] if isinstance(node.value, ast.Constant) else []
        elif isinstance(node, (ast.Raise, ast.Compare, ast.Assert)):
            roots = [node]
        elif isinstance(node, ast.Call) and last_name(node) in _SPOKEN:
            roots = [*node.args, *node.keywords]
        elif isinstance(node, ast.JoinedStr):
            roots = list(node.values)
        else:
            continue
        found.update(id(each) for root in roots for each in descendants(root))
    return found


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self.module = Module()
        self._values = Values(tree)
        self._silent = _not_executed(tree)
        self._entries = dict(_entries_in(tree))
        self._done: set[int] = set()
        self._suite(tree.body, IMPORT)

    def _suite(self, statements: list[ast.stmt], part: int) -> None:
        for statement in statements:
            self._visit(statement, part)

    def _visit(self, node: ast.AST, part: int) -> None:
        if isinstance(node, _DEFINITIONS):
            self._definition(node, part)
        elif part == IMPORT and isinstance(node, (ast.Assign, ast.AnnAssign)):
            own = self._part_of(node)
            self._children(node, own)
            self.module.parts[own].runs = any(isinstance(each, ast.Call) for each in descendants(node))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node)
        elif isinstance(node, ast.If) and _test_of(node) in ("__name__", "TYPE_CHECKING"):
            self._suite(node.orelse, part)
        else:
            self._expression(node, part)

    def _children(self, node: ast.AST, part: int) -> None:
        for child in ast.iter_child_nodes(node):
            if id(child) not in self._done:
                self._visit(child, part)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, part: int) -> None:
        own = self._new(node.name)
        self.module.parts[own].function = isinstance(node, _FUNCTIONS)
        if part != IMPORT:
            self.module.parts[part].inside.add(own)
        for decorator in node.decorator_list:
            self._visit(decorator, part)
            if isinstance(decorator, ast.Call) and last_name(decorator) == _LISTENS:
                self._listen(decorator, part, own)
        for child in ast.iter_child_nodes(node):
            if child not in node.decorator_list:
                self._visit(child, own)

    def _part_of(self, node: ast.Assign | ast.AnnAssign) -> int:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [each.id for target in targets for each in descendants(target) if isinstance(each, ast.Name)]
        return self._new(*names)

    def _new(self, *names: str) -> int:
        self.module.parts.append(Part())
        number = len(self.module.parts) - 1
        for name in names:
            self.module.names.setdefault(name, []).append(number)
        return number

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = self.module
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found = Import(node.level, node.module or "", alias.name)
                module.imports[alias.asname or alias.name] = found
                module.receives = module.receives or alias.name == "current_app"
            else:
                found = Import(0, alias.name)
                name = alias.asname or alias.name.partition(".")[0]
                module.imports[name] = found if alias.asname else Import(0, name)
            module.imported.append(found)

    def _expression(self, node: ast.AST, part: int) -> None:
        here = self.module.parts[part]
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            self._string(node, here)
        elif isinstance(node, ast.Call):
            self._call(node, part)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = dotted(node)
            if name:
                here.mentions.add(".".join(name[1:] if name[0] in ("self", "cls") else name))
                self.module.receives = self.module.receives or "attributes" in name
                return
        self._children(node, part)

    def _string(self, node: ast.Constant | ast.JoinedStr, here: Part) -> None:
        text = _template(node, self._values)
        entry = self._entries.get(id(node))
        if id(node) in self._silent:
            return
        here.settings += [Setting(node.lineno, value) for value in _values_in(text)]
        here.makes = here.makes or _SETS_ANY.match(text) is not None
        if entry is not None:
            here.settings.append(Setting(node.lineno, entry, entry=True))

    def _call(self, call: ast.Call, part: int) -> None:
        module, name = self.module, last_name(call)
        here = module.parts[part]
        module.makes_engine = module.makes_engine or name in _ENGINES
        if name in _IMPORT and _text(call.args[0] if call.args else None):
            module.imported.append(Import(0, _text(call.args[0])))
        else:
            module.dynamic = module.dynamic or name in _DYNAMIC or name in _IMPORT
        here.connects = here.connects or dotted(call.func)[-2:] in _OWN
        if name == "upgrade":
            module.migrates = module.migrates or any(_is_alembic(each) for each in module.imported)
        if name == _LISTEN:
            self._listen(call, part, None)
        if isinstance(call.func, ast.Call) and last_name(call.func) == _LISTENS and call.args:
            self._listen(call.func, part, None, call.args[0])
        for keyword in call.keywords:
            if keyword.arg in ("creator", "async_creator"):
                module.listeners.append(Listener(CREATOR, _UNKNOWN, part, *self._called(keyword.value)))
            if keyword.arg == _NAME and isinstance(keyword.value, ast.Constant):
                here.settings.append(Setting(call.lineno, _meaning(keyword.value.value), entry=True))

    def _listen(self, call: ast.Call, part: int, function: int | None, given_to: ast.expr | None = None) -> None:
        given = {**dict(zip(("target", "identifier", "fn"), call.args, strict=False)), **keywords_of(call)}
        event, target, listens = given.get("identifier"), given.get("target"), given.get("fn", given_to)
        name = event.value if isinstance(event, ast.Constant) and isinstance(event.value, str) else ""
        on = None if _OF_OTHERS.search(name) else _target(target, self.module.imports)
        called = (function, "") if function is not None else self._called(listens)
        self.module.listeners.append(Listener(name, on, part, *called))

    def _called(self, node: ast.expr | None) -> tuple[int | None, str]:
        """The part, or the name, of a function that is handed over."""
        if isinstance(node, ast.Lambda):
            own = self._new()
            self._visit(node.body, own)
            self._done.add(id(node))
            return own, ""
        if isinstance(node, ast.Call) and node.args and last_name(node) == "partial":
            node = node.args[0]
        name = () if node is None else dotted(node)
        return None, ".".join(name[1:] if name[:1] in (("self",), ("cls",)) else name)


def _target(node: ast.expr | None, imports: Mapping[str, Import]) -> str | None:
    """The name of what is listened to: "" for all engines, None for what is no engine."""
    node = node.func if isinstance(node, ast.Call) else node
    name = () if node is None else dotted(node)
    if len(name) == 1 and name[0] in imports:
        name = (imports[name[0]].name or name[0],)
    last = name[-1] if name else ""
    if _NO_ENGINE.search(last):
        return None
    if last[:1].isupper() and not last.isupper():
        return ""
    return ".".join(name[1:] if name[:1] == ("self",) else name) or _UNKNOWN


def _entries_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings that name the PRAGMA beside what it is set to, by their identity: ``"foreign_keys": "ON"``."""
    for node in descendants(tree):
        if isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        elif isinstance(node, (ast.Tuple, ast.List)):
            pairs = list(zip(node.elts, node.elts[1:], strict=False))
        elif isinstance(node, ast.Call):
            pairs = list(zip(node.args, [*node.args[1:], *(each.value for each in node.keywords)], strict=False))
        else:
            pairs = []
        for key, value in pairs:
            if _text(key).lower() == _NAME:
                told = isinstance(value, ast.Constant) and value.value is not None
                yield id(key), _meaning(value.value) if told and isinstance(value, ast.Constant) else UNTOLD
        whole = _ENTRY.fullmatch(_text(node)) if isinstance(node, ast.Constant) else None
        if whole:
            yield id(node), _meaning(whole.group(1))


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _test_of(node: ast.If) -> str:
    test = node.test.left if isinstance(node.test, ast.Compare) else node.test
    return dotted(test)[-1] if dotted(test) else ""


def _is_alembic(imported: Import) -> bool:
    return imported.module.partition(".")[0] in ("alembic", "flask_migrate")
