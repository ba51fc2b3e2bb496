"""Promises 1 and 2 about one script: what is not an operation stays, and the operations stay the same, in order."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from .places import SCHEMAS, TABLES, Block, Place, Places, arguments, places
from .skeleton import Line, comments, lines_of, skeleton

_KEEPING = {"reflect_args", "table_args", "table_kwargs"}
"""What a block is given so that its copy of the table loses nothing."""
_PLAIN_KEYWORDS = {"schema", "naming_convention"} | _KEEPING
_ON_SQLITE_ONLY = re.compile(r"'always' if [\w.]+\.get_context\(\)\.dialect\.name == 'sqlite' else 'auto'")
"""What ``recreate`` may say: on other databases it changes nothing."""


@dataclass(frozen=True)
class Text:
    """A script, decoded as Python decodes it, and where its operations are."""

    text: str
    bom: bool
    tree: ast.Module
    places: Places = field(repr=False)

    @cached_property
    def lines(self) -> list[bytes]:
        return [line.encode() for line in lines_of(self.text)]

    def segment(self, node: ast.expr) -> str:
        """The text of a node (``ast.get_source_segment`` splits the text into lines each time)."""
        first, last = node.lineno, node.end_lineno or node.lineno
        lines = self.lines[first - 1 : last]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode()


def read(source: bytes) -> Text:
    """Raises SyntaxError if it is no Python."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    text = source.decode(encoding)
    tree = ast.parse(source)
    return Text(text, encoding == "utf-8-sig", tree, places(tree))


def broken(before: Text, after: Text) -> Iterator[str]:
    """What is promised and not kept, if the script ``before`` has become ``after``."""
    yield from broken_outside(before, after)
    yield from _broken_heads(before, after)
    old, new = before.places.operations, after.places.operations
    if len(old) != len(new):
        yield f"there were {len(old)} operations, now there are {len(new)}"
        return
    for one, other in zip(old, new, strict=True):
        for reason in _broken_operation(one, other, before, after):
            yield f"line {one.call.lineno}: {one.name}: {reason}"


def broken_outside(before: Text, after: Text) -> Iterator[str]:
    """What has become of the bytes around the operations."""
    if before.bom != after.bom or _ends(before.text) != _ends(after.text):
        yield "the BOM, the kind of the newlines or the final newline has changed"
    if comments(before.text, before.places) != comments(after.text, after.places):
        yield "the comments are not the same in the same order"
    yield from _broken_lines(before, after)


def _ends(text: str) -> tuple[set[str], bool]:
    ends = {line[len(line.rstrip("\r\n")) :] for line in lines_of(text)} - {""}
    return ends, text.endswith(("\r", "\n"))


def _broken_lines(before: Text, after: Text) -> Iterator[str]:
    missing = Line("(nothing)", False)
    rows = zip_longest(skeleton(before.text, before.places), skeleton(after.text, after.places), fillvalue=missing)
    for one, other in rows:
        if not one.stays(other):
            yield f"outside the operations {one.text!r} has become {other.text!r}"
            return
    imported = [_imported(each) for each in (before, after)]
    if imported[1] - imported[0] - {"batch_alter_table"} or imported[0] - imported[1]:
        yield "other names are imported from alembic.op"


def _imported(script: Text) -> set[str]:
    return {ast.unparse(alias) for each in script.places.imports for alias in each.names}


def _broken_heads(before: Text, after: Text) -> Iterator[str]:
    """The blocks that stood there stay with their arguments, and new ones are plain."""
    kept = iter(after.places.blocks)
    for own in before.places.blocks:
        head = before.segment(own.call)
        for block in kept:
            if after.segment(block.call) == head or _keeps_more(own, block):
                break
            yield from _not_plain(block)
        else:
            yield f"the block {head} is gone"
    for block in kept:
        yield from _not_plain(block)


def _keeps_more(own: Block, block: Block) -> bool:
    """Whether a block is the one that stood there, and has been given what keeps something besides."""
    given = {each.arg for each in own.call.keywords}
    others = [each for each in block.call.keywords if each.arg in given or each.arg not in _KEEPING]
    without = ast.Call(block.call.func, block.call.args, others)
    return len(others) < len(block.call.keywords) and ast.dump(without) == ast.dump(own.call)


def _not_plain(block: Block) -> Iterator[str]:
    others = {each.arg: each.value for each in block.call.keywords if each.arg not in _PLAIN_KEYWORDS}
    recreate = others.pop("recreate", None)
    if (
        len(block.call.args) != 1
        or others
        or not (recreate is None or _ON_SQLITE_ONLY.fullmatch(ast.unparse(recreate)))
    ):
        yield f"a new block has other arguments: {ast.unparse(block.call)}"


def _broken_operation(one: Place, other: Place, before: Text, after: Text) -> Iterator[str]:
    if one.name != other.name:
        yield f"has become {other.name}"
    elif (one.block is None) == (other.block is None):
        if not _is_written_the_same(one, other, before, after):
            yield "was not moved and yet is written differently"
        if one.block and other.block and before.segment(one.block.call) != after.segment(other.block.call):
            yield "has got into another block"
    elif other.block is None:
        yield "was taken out of its block"
    else:
        yield from _broken_arguments(one, other, before, after)


def _is_written_the_same(one: Place, other: Place, before: Text, after: Text) -> bool:
    if before.segment(one.call) == after.segment(other.call):
        return True
    shares_its_line = before.lines[one.call.lineno - 1][: one.call.col_offset].strip() != b""
    return shares_its_line and _layout(one.call, one, before) == _layout(other.call, other, after)


def _broken_arguments(one: Place, other: Place, before: Text, after: Text) -> Iterator[str]:
    old, new = (_without_no_schema(arguments(place)) for place in (one, other))
    if old is None or new is None:
        yield "was moved though its arguments cannot be told"
        return
    if one.name == "drop_column" and "existing_type" not in old:  # it takes the CHECK of its type along
        new = {name: value for name, value in new.items() if name != "existing_type"}
    if set(old) != set(new):
        yield f"had the arguments {sorted(old)}, and has {sorted(new)}"
        return
    for name, value in new.items():
        moved = name in (*TABLES, *SCHEMAS)
        if _meaning(old[name], one, before) != _meaning(value, other, after):
            yield f"{name} was {ast.unparse(old[name])} and is {ast.unparse(value)}"
        elif not moved and _layout(old[name], one, before) != _layout(value, other, after):
            yield f"{name} is written differently"


def _without_no_schema(given: dict[str, ast.expr] | None) -> dict[str, ast.expr] | None:
    """``schema=None`` says as much as no schema."""
    if given is None:
        return None
    return {name: value for name, value in given.items() if name not in SCHEMAS or ast.unparse(value) != "None"}


def _op(place: Place, script: Text) -> set[str]:
    """What ``f`` may be a method of."""
    return {"op", *script.places.op, *([place.block.name] if place.block else [])}


def _meaning(value: ast.expr, place: Place, script: Text) -> str:
    """The expression as data, with ``batch_op.f`` as ``op.f``, and strings by their value."""
    names = _op(place, script)
    copy = ast.parse(ast.unparse(value), mode="eval")
    for node in ast.walk(copy):
        if isinstance(node, ast.Attribute) and node.attr == "f" and ast.unparse(node.value) in names:
            node.value = ast.Name("op", ast.Load())
        elif isinstance(node, ast.Constant):
            node.kind = None  # u"..." is the same string
    return ast.dump(copy)


def _layout(value: ast.expr, place: Place, script: Text) -> str:
    """The text of an argument, but for the indentation of its lines and the name before ``.f``."""
    names = "|".join(map(re.escape, sorted(_op(place, script))))
    plain = re.sub(rf"\b(?:{names})\.f\b", "op.f", script.segment(value))
    return "\n".join(line.strip() for line in plain.splitlines())
