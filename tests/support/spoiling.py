"""Ways to spoil revision scripts and histories; what has been spoiled has a seed and a number."""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

from sqlite_batchify import Rewritten, rewrite_source
from sqlite_batchify.history.scripts import History
from sqlite_batchify.operations import STYLES
from tests.support.layouts import BITS
from tests.support.odd_arguments import ODD

_NAMINGS: tuple[object, ...] = (
    "auto",
    "postgresql",
    "keep",
    {"fk": "fk_%(table_name)s_%(column_0_name)s", "uq": "u_%(table_name)s"},
)
_KEYWORDS = (
    "schema",
    "type_",
    "name",
    "columns",
    "existing_type",
    "index",
    "unique",
    "if_exists",
    "constraint_name",
    "x",
)
_CODINGS = ("utf-8", "latin-1", "utf-16", "utf-8-sig", "cp1252", "ascii", "no-such", "utf-7", "rot13")
_HEADER = re.compile(rb"^(revision|down_revision)\b.*$", re.MULTILINE)
_MOST = 8

Folder = dict[str, bytes]
"""Scripts by file name."""


@dataclass(frozen=True)
class Spoiled:
    """A history in which something has been changed, mostly in one script, and how that one is to be rewritten."""

    folder: Folder
    script: str
    original: Folder
    style: str
    naming: object
    unsafe_fixes: bool
    changes: tuple[str, ...]

    def rewrite(self, source: bytes, folder: Folder | None = None) -> Rewritten:
        history = History((self.folder if folder is None else folder).copy)
        how = partial(rewrite_source, style=self.style, naming=self.naming, unsafe_fixes=self.unsafe_fixes)
        return how(source, path=self.script, history=lambda: history)

    @property
    def source(self) -> bytes:
        return self.folder[self.script]


def spoil(folders: Sequence[Folder], seed: int, number: int) -> Spoiled:
    """The spoiled history of this number; the same for the same arguments."""
    chance = random.Random(f"{seed}:{number}")
    whole = chance.choice(folders)
    names = sorted(whole)
    start = chance.randrange(len(names))
    original = {name: whole[name] for name in names[start : start + _MOST]}
    folder, script = dict(original), names[start]
    changes = [chance.choice(_ON_SCRIPTS) for _ in range(chance.randint(1, 3))]
    for change in changes:
        folder[script] = change(chance, folder[script])
    done = [change.__name__ for change in changes]
    if chance.random() < 0.3:
        spoiling = chance.choice(_ON_HISTORIES)
        spoiling(chance, folder, script)
        done.append(spoiling.__name__)
    style, naming = chance.choice(STYLES), chance.choice(_NAMINGS)
    return Spoiled(folder, script, original, style, naming, chance.random() < 0.3, tuple(done))


# On scripts: by the tree, if there is one


@dataclass
class _Parsed:
    """The tree of a script, and what of its bytes a node is."""

    source: bytes
    starts: list[int] = field(default_factory=list)
    nodes: list[ast.AST] = field(default_factory=list)

    def span(self, node: ast.AST) -> tuple[int, int]:
        line, column, end, stop = (
            getattr(node, f"{at}") for at in ("lineno", "col_offset", "end_lineno", "end_col_offset")
        )
        return self.starts[line - 1] + column, self.starts[end - 1] + stop

    def replaced(self, node: ast.AST, data: bytes) -> bytes:
        start, stop = self.span(node)
        return self.source[:start] + data + self.source[stop:]

    def text(self, node: ast.AST) -> bytes:
        start, stop = self.span(node)
        return self.source[start:stop]


def _parsed(source: bytes, *kinds: type[ast.AST]) -> _Parsed:
    """The nodes of these kinds, none if the script cannot be parsed or is not in UTF-8."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.decode())
    except (SyntaxError, ValueError, RecursionError):
        return _Parsed(source)
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    return _Parsed(source, starts, [node for node in ast.walk(tree) if isinstance(node, kinds)])


def _on_statements(chance: random.Random, source: bytes) -> bytes:
    """A statement is gone, doubled, or stands where another did as well."""
    parsed = _parsed(source, ast.stmt)
    if not parsed.nodes:
        return source
    one, other = chance.choice(parsed.nodes), chance.choice(parsed.nodes)
    indentation = b"\n" + b" " * getattr(one, "col_offset", 0)
    new = (b"pass", b"", parsed.text(one) + indentation + parsed.text(one), parsed.text(other))
    return parsed.replaced(one, chance.choice(new))


def _on_arguments(chance: random.Random, source: bytes) -> bytes:
    """An argument is gone, doubled, another one, an odd one, or has another keyword."""
    parsed = _parsed(source, ast.Call)
    calls = [each for each in parsed.nodes if isinstance(each, ast.Call) and (each.args or each.keywords)]
    if not calls:
        return source
    call = chance.choice(calls)
    arguments = [parsed.text(each) for each in (*call.args, *call.keywords)]
    place = chance.randrange(len(arguments))
    keyword, equal, value = arguments[place].rpartition(b"=")
    changed = {
        "gone": [],
        "doubled": [arguments[place]] * 2,
        "exchanged": [chance.choice(arguments)],
        "odd": [keyword + equal + chance.choice(ODD).encode(errors="surrogatepass")],
        "renamed": [chance.choice(_KEYWORDS).encode() + b"=" + value],
        "starred": [b"*x" if chance.random() < 0.5 else b"**x"],
    }
    arguments[place : place + 1] = changed[chance.choice(sorted(changed))]
    return parsed.replaced(call, parsed.text(call.func) + b"(" + b", ".join(arguments) + b")")


def _on_strings(chance: random.Random, source: bytes) -> bytes:
    """A string is cut, or is a very long one."""
    parsed = _parsed(source, ast.Constant)
    strings = [each for each in parsed.nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not strings:
        return source
    one = chance.choice(strings)
    text = parsed.text(one)
    if chance.random() < 0.1:
        return parsed.replaced(one, repr(str(one.value) * 50).encode())
    at = chance.randrange(len(text) + 1)
    return parsed.replaced(
        one, chance.choice((text[:at], text[at:], text[:1] + text[at:], repr(text[:at])[1:].encode()))
    )


def _on_names(chance: random.Random, source: bytes) -> bytes:
    """A name is another name of the script."""
    parsed = _parsed(source, ast.Name)
    if not parsed.nodes:
        return source
    return parsed.replaced(chance.choice(parsed.nodes), parsed.text(chance.choice(parsed.nodes)))


def _nested(chance: random.Random, source: bytes) -> bytes:
    """A statement stands in others."""
    parsed = _parsed(source, ast.Expr)
    if not parsed.nodes:
        return source
    one = chance.choice(parsed.nodes)
    margin = b"\n" + b" " * getattr(one, "col_offset", 0)
    heads = (
        b"if x:",
        b"for x in y:",
        b"with op.batch_alter_table('t') as batch_op:",
        b"def f(op):",
        b"try:",
        b"class C:",
    )
    text, depth = b"", chance.randint(1, 12)
    for level in range(depth):
        text += chance.choice(heads) + margin + b" " * (level + 1)
    return parsed.replaced(one, text + parsed.text(one))


# On scripts: by the bytes


def _truncated(chance: random.Random, source: bytes) -> bytes:
    return source[: chance.randrange(len(source) + 1)]


def _with_bytes(chance: random.Random, source: bytes) -> bytes:
    """Something is put in, or stands in place of some bytes."""
    at = chance.randrange(len(source) + 1)
    put = chance.choice((*BITS, chance.randbytes(chance.randint(1, 4))))
    return source[:at] + put + source[at + chance.choice((0, 0, 1, 10)) :]


def _encoded(chance: random.Random, source: bytes) -> bytes:
    """Other newlines, another encoding, or a coding line that says so, be it true or not."""
    coding = chance.choice(_CODINGS)
    text = source.decode("latin-1").replace("\n", chance.choice(("\n", "\r\n", "\r", "\f\n")))
    line = chance.choice(("", f"# coding: {coding}\n", f"#!x\n# vim: fileencoding={coding}\n"))
    try:
        return (line + text).encode(chance.choice((coding, "latin-1")), "replace")
    except LookupError:
        return (line + text).encode("latin-1", "replace")


# On histories


def _header(chance: random.Random, folder: Folder, script: str, which: bytes, value: bytes) -> None:
    """Another value for ``revision`` or ``down_revision``."""

    def changed(found: re.Match[bytes]) -> bytes:
        return which + b" = " + value if found[1] == which else found[0]

    folder[script] = _HEADER.sub(changed, folder[script])


def _revisions(folder: Folder) -> list[bytes]:
    found = (re.search(rb"^revision\b[^=\n]*=\s*([^\n]+)", source, re.MULTILINE) for source in folder.values())
    return [each[1] for each in found if each] or [b"'a'"]


def _one_revision_twice(chance: random.Random, folder: Folder, script: str) -> None:
    _header(chance, folder, chance.choice(sorted(folder)), b"revision", chance.choice(_revisions(folder)))


def _loop(chance: random.Random, folder: Folder, script: str) -> None:
    for name in sorted(folder):
        _header(chance, folder, name, b"down_revision", chance.choice(_revisions(folder)))


def _nothing_before(chance: random.Random, folder: Folder, script: str) -> None:
    values = (b"'no_such'", b"('no_such', 'nor_this')", b"x", b"[]", b"('a',", b"None", b"1", b"'" + b"a" * 1000 + b"'")
    _header(chance, folder, script, chance.choice((b"revision", b"down_revision")), chance.choice(values))


def _copied(chance: random.Random, folder: Folder, script: str) -> None:
    folder[f"copy_of_{script}"] = folder[script]


def _neighbours_spoiled(chance: random.Random, folder: Folder, script: str) -> None:
    for name in sorted(folder):
        if name != script:
            folder[name] = chance.choice(_ON_SCRIPTS)(chance, folder[name])


def _exchanged(chance: random.Random, folder: Folder, script: str) -> None:
    """Under the names of the others lies what another one holds."""
    for name in sorted(folder):
        if name != script:
            folder[name] = folder[chance.choice(sorted(folder))]


_ON_SCRIPTS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_on_statements, _on_statements, _on_arguments, _on_arguments, _on_arguments, _on_strings, _on_names, _nested),
    *(_truncated, _with_bytes, _encoded),
)
_ON_HISTORIES: tuple[Callable[[random.Random, Folder, str], None], ...] = (
    *(_one_revision_twice, _loop, _nothing_before, _copied, _neighbours_spoiled, _exchanged),
)
