"""Revision scripts laid out in every way that Python allows, for hypothesis."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent

from hypothesis import strategies as st

SUITE, BLOCK = "§¶"
"""Where a suite goes; a block is one that has lines of its own."""
_A_BLOCK = "\n  pass"
_PLAIN = (
    "pass",
    "x = 1",
    "x: int = 1",
    "x: 'list[int]'",
    "print(x,)",
    "x = y = (1 ,\n  2,  # two\n )",
    "x = [1, *y, *[2]] if (z := len(y)) else {**a, 'op.drop_column(': b}",
    "x = lambda a, /, b=1, *c, d, **e: (a, b, *c)",
    "assert x, 'why'",
    "del x",
    "x  =  1",
    "x=1",
    "x = 1\\\n  + 2",
    "x = 'a' \\\n\t'b'",
    "x = '''\nop.drop_column('t', 'a')\n  # no comment\n\n\t'''",
    'x = """a\rb"""',
    'x = r"""\\\n  op.drop_column("t", "a")\n"""',
    "x = rb'op.drop_column(\"t\", \"a\")' + b'\\x00'",
    "x = 'op.drop_column(\\\n    \"t\")'",
    "x = f'{x!r:>{y}} op.drop_column({{' f\"{x['a']}\"",
    "x = f'''{\n  x\n} op.drop_column('''",
    'x = f"{f"{f"{x}"}"}"',
    "x = f'{x['op.drop_column(']  # why\n}'",
    "x = f'{x = }'",
    "x = t'op.drop_column({x!r:>{y}}'",
    "type X = int",
    "type X[T: (int, str) = int, *U, **V] = dict[T, U]",
    "x = a[1:2, ::3, *b]",
    "x = a @ b ** -c if not d else ~e",
    "x = 0xFF_FF + 1_0j + .5e-3",
    "x.y.z['a'](b)(c).d += 1",
    "op.execute('SELECT 1')",
    "op.execute('''\n    ALTER TABLE t DROP COLUMN a\n  ''')",
    "op.create_table('n', sa.Column('a', sa.Integer()),  # why\n    sa.Column('b', sa.Integer()),\n\n)",
    "conn = op.get_bind()",
    "x = ()",
    "x = {\n}",
    "x = (yield)",
    "(x)",
    "x = ('ü'\n # ü\n  'ü')",
    "global q",
    "import os, sys as s",
    "from os import (path,  # why\n  sep)",
    "x = 'a\x0cb'",
    "x = (\x0c1)",
    "x =\x0c1",
)
_SUITES = (
    "if x:§",
    "if x :§\nelif (y\n):§\nelse :§",
    "for x in y,:§",
    "for x, *y in z:§\nelse:§",
    "while x:§\nelse:§",
    "try:§\nfinally:§",
    "try:§\nexcept (A, B) as e :§\nelse:§\nfinally:§",
    "try:§\nexcept* A:§\nexcept* B as e:§",
    "try:§\nexcept A, B:§",
    "with a, b as c:§",
    "with (a as b, c,):§",
    "with(\n  a  # why\n):§",
    "def f(a, /, b: int = 1, *, c) -> 'int':§",
    "def f(\n  a,  # type: int\n  *b: *c\n):§",
    "def f():  # type: () -> None¶",
    "def f[T: int, *U, **V](a: T) -> T:§",
    "class C:§",
    "class C(B, metaclass=M):§",
    "class C[T = int]:§",
    "@a.b(c)\n# between\n@(lambda f: f)\ndef f():§",
    "@d\nclass C():§",
    "async def f():§",
)
_BLOCKS = (
    "match x:\n\tcase [a, *b] | {'k': v, **r} if c:§\n\tcase C(a, b=1) as d:§",
    "match (x):\n  case 1 | 'a':§\n  case _:§",
    "async def f():\n  async with a as b:§\n  async for c in d:§\n  [e async for e in f if await g]",
)
_UNITS = ("    ", "    ", "    ", "  ", " ", "\t", "        ", "   ")
_COMMENTS = (
    "# why",
    "#",
    "#!x",
    "#: y",
    "# type: ignore[x]",
    "# type: int",
    "#  op.drop_column('t', 'a')",
    "#\ttab ",
    "# ü",
    "# '''",
    "# \\",
    "# \x0c",
)
_ODD = ("", "", " ", "  ", "    ", "      ", "\t", "            ")
_BLANK = ("", "", "", "", "    ", "  ", "\t", "        ", " \t", "\x0c", "  \x0c")
_GAPS = ("", "", "", "", "", "", " ", "  ", "\t", "\n", "\n  ", "\n        ", "\n\n\t", "\\\n ", " \\\n", "\x0c")
_CODINGS = ("", "", "", "# coding: utf-8\n", "# -*- coding: latin-1 -*-\n", "# vim: set fileencoding=utf-8 :\n")
_TABLES = ("t", "t", "t", "t", "t", "u", "T u")
_ENDS = (
    "",
    "\n",
    "\n\n",
    "\n    \n",
    "\n# end",
    "\n    # end\n",
    "\n  # a\n\n\t# b\n    ",
    "\n\x0c\n",
    "\n  \x0c# x\n",
)

Arguments = list[tuple[str, str]]


def _compiles(code: str) -> bool:
    try:
        compile(code, "<string>", "exec", ast.PyCF_ONLY_AST)
    except SyntaxError:
        return False
    return True


def _as_function(template: str) -> str:
    return f"def g():\n{indent(template.replace(SUITE, ' pass').replace(BLOCK, _A_BLOCK), ' ')}\n"


PLAIN = [each for each in _PLAIN if _compiles("def g():\n " + each)]
SUITES = [each for each in _SUITES if _compiles(_as_function(each))]
BLOCKS = [each for each in _BLOCKS if _compiles(_as_function(each))]
"""Those that this Python reads."""


@dataclass(frozen=True)
class Alias:
    """How a script reaches Alembic's operations."""

    imports: str
    prefix: str

    @property
    def has_blocks(self) -> bool:
        return bool(self.prefix) or "batch_alter_table" in self.imports


_NAMES = "add_column, alter_column, create_check_constraint, create_foreign_key, create_index"
_MORE = "create_unique_constraint, drop_column, drop_constraint, drop_index, f"
ALIASES = (
    Alias("from alembic import op", "op."),
    Alias("from alembic import op", "op."),
    Alias("from alembic import context, op as o  # why", "o."),
    Alias("from alembic import (op)", "op."),
    Alias("import alembic", "alembic.op."),
    Alias("import alembic as al, os", "al.op."),
    Alias("import alembic.op as alembic_op", "alembic_op."),
    Alias(f"from alembic.op import {_NAMES}, \\\n  {_MORE}", ""),
    Alias(f"from alembic.op import (  # a\n\t{_NAMES},  # b\n\n # c\n\t{_MORE} # d\n)", ""),
    Alias(f"from alembic.op import {_MORE}, {_NAMES}", ""),
    Alias(f"from alembic.op import batch_alter_table, {_NAMES}, {_MORE}", ""),
)


@dataclass
class Writer:
    """Draws one script piece by piece."""

    draw: st.DrawFn
    alias: Alias
    nameless: bool

    def one(self, options: tuple[str, ...] | list[str]) -> str:
        return self.draw(st.sampled_from(options))

    def chance(self, parts: int) -> bool:
        """True once in so many times; hypothesis shrinks towards False."""
        return self.draw(st.integers(0, parts - 1)) == parts - 1

    # Operations

    def operation(self) -> str:
        kinds: list[Callable[[str], tuple[str, Arguments]]] = [self._drop, self._alter, self._add, self._index]
        kinds += [self._key, self._unique, self._check, self._end]
        name, arguments = self.draw(st.sampled_from(kinds))(repr(self.one(_TABLES)))
        code = self._call(name, arguments)
        if self.chance(12):
            return f"({self._gap(True)}{code}{self._gap(True)})"
        return code

    def _drop(self, table: str) -> tuple[str, Arguments]:
        return "drop_column", [("table_name", table), ("column_name", self._column())]

    def _alter(self, table: str) -> tuple[str, Arguments]:
        what = self.one(
            ["nullable=False", "new_column_name='z'", "type_=sa.Text()", "server_default=sa.text('''\n''')"]
        )
        keyword, _, value = what.partition("=")
        return "alter_column", [("table_name", table), ("column_name", self._column()), ("=" + keyword, value)]

    def _add(self, table: str) -> tuple[str, Arguments]:
        gap = self._gap(True)
        more = ["", ", unique=False", f", sa.ForeignKey('u.id',{gap}name='f')", ",\n server_default=sa.func.now()"]
        if self.nameless:
            more += [f", sa.ForeignKey('u.id'{gap})", f",{gap}sa.ForeignKey('u.id'),{gap}", f", unique=True{gap}"]
            more += [f", unique=True,{gap}nullable=False", f", {gap}sa.ForeignKey({gap}'u.id',{gap}), unique=True"]
        column = f"sa.Column({self._column()},{gap}sa.Integer(){self.one(more)})"
        return "add_column", [("table_name", table), ("column", column)]

    def _index(self, table: str) -> tuple[str, Arguments]:
        if self.chance(2):
            return "drop_index", [("index_name", "'i'"), ("table_name", table)]
        return "create_index", [("index_name", "'i'"), ("table_name", table), ("columns", f"[{self._column()}]")]

    def _key(self, table: str) -> tuple[str, Arguments]:
        names = ("source_table", "referent_table", "local_cols", "remote_cols")
        values = (table, "'u'", f"[{self._gap(True)}{self._column()}]", "('id',)")
        return "create_foreign_key", [("constraint_name", self._name()), *zip(names, values, strict=True)]

    def _unique(self, table: str) -> tuple[str, Arguments]:
        columns = f"[{self._column()},{self._gap(True)}]"
        return "create_unique_constraint", [
            ("constraint_name", self._name()),
            ("table_name", table),
            ("columns", columns),
        ]

    def _check(self, table: str) -> tuple[str, Arguments]:
        condition = self.one(["'a > 0'", '"""a\n  > 0"""', "sa.text(r'a > 0')"])
        return "create_check_constraint", [("constraint_name", "'c'"), ("table_name", table), ("condition", condition)]

    def _end(self, table: str) -> tuple[str, Arguments]:
        kind = self.one(["'unique'", "'foreignkey'"])
        return "drop_constraint", [("constraint_name", self._name()), ("table_name", table), ("type_", kind)]

    def _column(self) -> str:
        if self.chance(4):
            return self.one(['"b"', "'''c'''", "'d' 'e'", "name", "'ü'"])
        return f"'a{self.draw(st.integers(0, 9))}'"

    def _name(self) -> str:
        if self.nameless and self.chance(2):
            return "None"
        name = f"'n{self.draw(st.integers(0, 9))}'"
        return self.one([name, name, f"{self.alias.prefix}f({self._gap(True)}{name})"])

    def _gap(self, inside: bool) -> str:
        """White space; ``inside`` parentheses there may be line breaks and comments."""
        if not inside:
            return self.one(["", "", "", "", "", " ", "\t", " \\\n  "])
        gap = self.one(_GAPS)
        if "\n" in gap and "\\" not in gap and self.chance(4):
            gap = f"  {self.one(_COMMENTS)}{gap}"
        return gap

    def _call(self, name: str, arguments: Arguments) -> str:
        if self.chance(4):
            arguments = [*arguments, (self.one(["=source_schema" if "foreign" in name else "=schema"]), "'s'")]
        by_name = self.draw(st.integers(0, 3 * len(arguments)))
        parts = []
        for number, (parameter, value) in enumerate(arguments):
            keyword = parameter.lstrip("=")
            if parameter != keyword or number >= len(arguments) - by_name // 3:
                value = f"{keyword}{self.one(['=', '=', ' = ', '= '])}{value}"
            parts.append(value)
        lead, between = self._gap(True), self._gap(True)
        odd = self.draw(st.integers(0, 2 * len(parts)))
        code = f"{self.alias.prefix}{name}{self._gap(False)}({lead}"
        for number, part in enumerate(parts):
            code += ("," + (self._gap(True) if number == odd else between or " ") if number else "") + part
        return code + self.one(["", ","]) + self._gap(True) + ")"

    # Statements

    def simple(self) -> str:
        return self.operation() if self.draw(st.integers(0, 4)) else self.one(PLAIN)

    def line(self) -> str:
        """Simple statements on one line."""
        code = self.simple()
        while self.chance(6):
            code += self.one([";", "; ", " ; ", ";\\\n  ", ";\t"]) + self.simple()
        code += self.one(["", "", "", "", "", ";", " ;", " "])
        return code + self._trailing()

    def _trailing(self) -> str:
        return self.one(["", " ", "  ", "\t"]) + self.one(_COMMENTS) if self.chance(6) else ""

    def between(self) -> str:
        """Lines of blanks and comments."""
        if not self.chance(3):
            return ""
        lines = [
            self.one(_ODD) + self.one(_COMMENTS) if self.chance(2) else self.one(_BLANK)
            for _ in range(self.draw(st.integers(1, 3)))
        ]
        return "\n".join(lines) + "\n"

    def suite(self, indentation: str, depth: int) -> str:
        """What stands behind a colon, up to the last line but its end."""
        if self.chance(5):
            return self.one(["", " ", "  ", "\t"]) + self.line()
        return self.block(indentation, depth)

    def block(self, indentation: str, depth: int) -> str:
        return self._trailing() + "\n" + self.statements(indentation + self.one(_UNITS), depth).removesuffix("\n")

    def statements(self, indentation: str, depth: int) -> str:
        code = ""
        for _ in range(self.draw(st.integers(1, 3))):
            fed, between = self.one(["\f", "  \f", "\t\f\f"]) if self.chance(25) else "", self.between()
            statement = self.statement(indentation, depth)
            # The head of a block may move up from what stands in front of it.
            fed = "" if "batch_alter_table" in statement.partition("\n")[0] else fed
            code += f"{between}{fed}{indentation}{statement}\n"
        return code

    def statement(self, indentation: str, depth: int) -> str:
        if depth > 0 and self.chance(3):
            return self.compound(indentation, depth - 1)
        if self.alias.has_blocks and self.chance(9):
            return self.handwritten(indentation)
        return self.line()

    def compound(self, indentation: str, depth: int) -> str:
        lines = []
        for line in self.one([*SUITES, *BLOCKS]).split("\n"):
            inner = indentation + line[: len(line) - len(line.lstrip())]
            first, *rest = re.split(f"([{SUITE}{BLOCK}])", line)
            for mark, more in zip(rest[::2], rest[1::2], strict=True):
                first += (self.suite(inner, depth) if mark == SUITE else self.block(inner, depth)) + more
            lines.append(first)
        return f"\n{indentation}".join(lines)

    def handwritten(self, indentation: str) -> str:
        """A block that stands in the script already."""
        table = repr(self.one(_TABLES))
        name = self.one(["batch_op", "b"])
        unit = self.one(_UNITS)
        code = f"with {self.alias.prefix}batch_alter_table({table}) as {name}:{self._trailing()}\n"
        for _ in range(self.draw(st.integers(1, 2))):
            what = self.one([f"drop_column({self._column()})", f"create_unique_constraint({self._name()}, ['a'])"])
            code += f"{self.between()}{indentation}{unit}{name}.{what}{self._trailing()}\n"
        return code.rstrip("\n")

    # Scripts

    def script(self) -> str:
        code = self.one(["", '"""Why\n\nop.drop_column("t", "a")\n"""\n', "'x'\n", "# a comment\n\n", "\x0c\n"])
        code += f"import sqlalchemy as sa\n{self.alias.imports}\nrevision = 'a1'\ndown_revision = None\n"
        code += self.between()
        for name in ("upgrade", "downgrade")[: 1 + self.chance(2)]:
            code += self.one(["", "\n", "\n\n", "\x0c\n"]) + f"def {name}():{self.suite('', 2)}\n"
            code += self.between()
        if self.chance(6):
            code += self.statements("", 1)
        return code.rstrip("\n") + self.one(_ENDS)


@dataclass(frozen=True)
class Layout:
    """A script, and the naming that goes with it."""

    source: bytes
    naming: str


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Scripts in every encoding and with every kind of newlines."""
    nameless = draw(st.booleans())
    text = Writer(draw, draw(st.sampled_from(ALIASES)), nameless).script()
    coding = draw(st.sampled_from(_CODINGS))
    bom = b"\xef\xbb\xbf" if "latin" not in coding and draw(st.integers(0, 5)) == 5 else b""
    newline = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    encoded = (coding + text).replace("\n", newline).encode("latin-1" if "latin" in coding else "utf-8")
    return Layout(bom + encoded, "auto" if nameless and draw(st.booleans()) else "keep")


BITS = (
    b"",
    b"\0",
    b"\r",
    b"\n",
    b"\\",
    b"\f",
    b"\t",
    b"(",
    b")",
    b"'",
    b'"""',
    b"#",
    b";",
    b":",
    b"\xff",
    b"\xc3",
    b"{",
    b"=",
)


@st.composite
def spoiled(draw: st.DrawFn, scripts: list[bytes]) -> bytes:
    """One of these scripts, cut off somewhere, with parts that are gone, doubled, exchanged or of another script."""
    return _spoiled(draw, draw(st.sampled_from(scripts)), st.sampled_from(scripts))


@st.composite
def spoiled_layouts(draw: st.DrawFn) -> bytes:
    """The same of a layout."""
    source = draw(layouts()).source
    return _spoiled(draw, source, st.just(source))


def _spoiled(draw: st.DrawFn, source: bytes, others: st.SearchStrategy[bytes]) -> bytes:
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(source)))
        stop = min(len(source), start + draw(st.integers(0, 30)))
        match draw(st.sampled_from(["cut", "drop", "double", "put", "exchange", "take", "line"])):
            case "cut":
                source = source[:start]
            case "drop":
                source = source[:start] + source[stop:]
            case "double":
                source = source[:stop] + source[start:]
            case "put":
                source = source[:start] + draw(st.sampled_from(BITS)) + source[start:]
            case "exchange":
                source = source[:start] + draw(st.binary(max_size=3)) + source[stop:]
            case "take":
                source = source[:start] + draw(others)[start:]
            case _:
                lines = source.splitlines(keepends=True)
                number, other = draw(st.integers(0, len(lines))), draw(st.integers(0, len(lines)))
                source = b"".join([*lines[:number], *lines[other : other + 2], *lines[number:]])
    return source
