"""A Python module with the places of its nodes in bytes. It is parsed, never run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from .. import sources
from .edits import Line, lines_of

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A module: its text in UTF-8, which ``ast`` counts in, whatever the encoding of the file, and its tree."""

    source: bytes
    decoded: sources.Decoded
    tree: ast.Module

    @cached_property
    def lines(self) -> list[Line]:
        return lines_of(self.source)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.lines[node.lineno - 1].start + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.end_lineno - 1].start + node.end_col_offset

    def text(self, node: ast.expr) -> bytes:
        return self.source[self.start(node) : self.end(node)]

    def line_at(self, offset: int) -> Line:
        """The line in which the byte at this offset stands; the end of the file belongs to the last."""
        return next(line for line in reversed(self.lines) if line.start <= offset)

    def indent(self, offset: int) -> bytes:
        """The white space at the beginning of the line of this offset."""
        text = self.line_at(offset).text
        return text[: len(text) - len(text.lstrip())]

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds a node."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def function(self, node: ast.AST) -> Function | ast.Module:
        """The innermost function that holds a node, else the module."""
        node = self.parents[node]
        while not isinstance(node, Function | ast.Module):
            node = self.parents[node]
        return node

    def encode(self, source: bytes) -> bytes:
        """The bytes of the file for another text."""
        return self.decoded.encode(source.decode("utf-8"))


def parse_module(source: bytes) -> Module:
    """Parse the bytes of a file. Raises SourceError, SyntaxError, ValueError (null bytes)."""
    decoded = sources.decode(source)
    return Module(decoded.text.encode("utf-8"), decoded, ast.parse(decoded.text))


def calls(tree: ast.AST) -> list[ast.Call]:
    """The calls in a tree, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))
