"""``render_as_batch=True`` in a call of ``context.configure``.

https://alembic.sqlalchemy.org/en/latest/batch.html#batch-mode-with-autogenerate
"""

from __future__ import annotations

import ast
import re

from .edits import Insertion, newline_of
from .module import Module, calls

KEYWORD = "render_as_batch"
_SETTING = f"{KEYWORD}=True".encode()
_GAP = re.compile(rb"(?:\s|\\|#[^\r\n]*)*")
_LONG = 88  # the line length of black and ruff; a longer line is broken
_SIMPLE = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


def is_configured(module: Module, call: ast.Call) -> bool:
    """Whether the call has the keyword, or gets it through ``**`` from what the module itself has set."""
    for keyword in call.keywords:
        if keyword.arg == KEYWORD or (keyword.arg is None and KEYWORD in _constants(keyword.value)):
            return True
    return bool(_spread(call)) and _is_set_elsewhere(module)


def turned_off(call: ast.Call) -> bool:
    """Whether the call says ``render_as_batch=False``."""
    return any(
        keyword.arg == KEYWORD and isinstance(keyword.value, ast.Constant) and not keyword.value.value
        for keyword in call.keywords
    )


def spread_name(module: Module, call: ast.Call) -> str | None:
    """What a call takes further keywords from (``conf_args`` in ``**conf_args``), None if there is no such thing."""
    spread = _spread(call)
    return module.text(spread[0].value).decode() if spread else None


def place(module: Module, call: ast.Call) -> list[Insertion] | None:
    """The insertions that add the keyword, None if it takes a person to do it.

    Keywords that come through ``**`` may have it as well, and a call that gets it twice raises a TypeError. There it
    goes into a dictionary of its own, in front of those: ``**{"render_as_batch": True, **conf_args}``.
    """
    spread = _spread(call)
    if len(spread) > 1 or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    return _place_in_dictionary(module, spread[0]) if spread else _place_as_keyword(module, call)


def _spread(call: ast.Call) -> list[ast.keyword]:
    return [
        each
        for each in call.keywords
        if each.arg is None and not (isinstance(each.value, ast.Dict) and None not in each.value.keys)
    ]


def _constants(node: ast.AST) -> set[object]:
    found = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    return found | {each.arg for each in ast.walk(node) if isinstance(each, ast.keyword)}


def _is_set_elsewhere(module: Module) -> bool:
    inside = {node for call in calls(module.tree) if _is_configure(call) for node in ast.walk(call)}
    return any(
        (isinstance(node, ast.Constant) and node.value == KEYWORD)
        or (isinstance(node, ast.keyword) and node.arg == KEYWORD)
        for node in ast.walk(module.tree)
        if node not in inside
    )


def _is_configure(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "configure"


def _place_in_dictionary(module: Module, keyword: ast.keyword) -> list[Insertion]:
    start, end = module.start(keyword) + len(b"**"), module.end(keyword)
    left, right = (b"", b"") if isinstance(keyword.value, _SIMPLE) else (b"(", b")")
    return [
        Insertion(start, f'{{"{KEYWORD}": True, **'.encode() + left),
        Insertion(end, right + b"}"),
    ]


def _place_as_keyword(module: Module, call: ast.Call) -> list[Insertion]:
    close = module.end(call) - len(b")")
    if not _arguments(call):
        return [Insertion(close, _SETTING)]
    last = max(_arguments(call), key=module.end)
    end = module.end(last)
    gap = _GAP.match(module.source, end, close)
    comma = gap is not None and module.source[gap.end() : gap.end() + 1] == b"," and gap.end()
    line = module.line_at(module.start(last))
    below = module.line_at(comma or end).end
    alone = module.source[line.start : module.start(last)].strip() == b""
    newline = newline_of(module.source)
    if below <= close and (comma or alone):
        indent = _indent(module, call, last)
        tail = b"," if comma else b""
        head = [] if comma else [Insertion(end, b",")]
        return [*head, Insertion(below, indent + _SETTING + tail + newline)]
    if comma:
        return [Insertion(comma + 1, b" " + _SETTING)]
    long = len(module.line_at(end).text) + len(b", " + _SETTING) > _LONG
    return [Insertion(end, b"," + (newline + _indent(module, call, last) if long else b" ") + _SETTING)]


def _indent(module: Module, call: ast.Call, argument: ast.expr | ast.keyword) -> bytes:
    """The white space before an argument on a line of its own: as the line has it, or below the first argument."""
    line = module.line_at(module.start(argument))
    if line.start > module.start(call):
        return module.indent(line.start)
    first = min(map(module.start, _arguments(call)))
    indent = module.indent(line.start)
    return indent + b" " * len(module.source[line.start + len(indent) : first].decode("utf-8"))


def _arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    return [*call.args, *call.keywords]
