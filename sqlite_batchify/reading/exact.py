"""The naming convention of a block, with a function in it where only that gives each constraint its name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..names import Exact, Template
from .model import Convention
from .syntax import in_quotes, literal

_FUNCTION = "lambda key, table: {names}[{key}]"
_KEY = "{quote}_{quote}.join(key.columns.keys())"
"""What tells one constraint from others, as ``columns_key`` does."""


class Told(NamedTuple):
    """What can be told of a naming convention; ``whole`` if that is all of it."""

    convention: Convention
    whole: bool


def token_of(kind: str) -> str:
    """The token that stands for the names of a kind."""
    return f"{kind}_name"


def convention_code(convention: Mapping[str, Template], quotes: str) -> str:
    """A naming convention as code."""
    pairs: dict[str, str] = {}
    for kind, template in convention.items():
        if isinstance(template, Exact):
            names = ", ".join(f"{in_quotes(key, quotes)}: {in_quotes(name, quotes)}" for key, name in template.names)
            pairs[kind] = in_quotes(f"%({token_of(kind)})s", quotes)
            pairs[token_of(kind)] = _function(f"{{{names}}}", quotes)
        else:
            pairs[kind] = in_quotes(template, quotes)
    return f"{{{', '.join(f'{in_quotes(key, quotes)}: {value}' for key, value in pairs.items())}}}"


def _function(names: str, quote: str) -> str:
    return _FUNCTION.format(names=names, key=_KEY.format(quote=quote))


def read_convention(node: ast.Dict, text: Callable[[ast.expr | None], str | None]) -> Told:
    """What a dictionary says; ``text`` gives the text of an expression where that is known."""
    templates: dict[str, Template] = {}
    functions: dict[str, Exact] = {}
    whole = True
    for key, value in zip(node.keys, node.values, strict=True):
        name, template = text(key), text(value)
        names = _names(value)
        if name is not None and template is not None:
            templates[name] = template
        elif name is not None and names is not None:
            functions[name] = names
        else:
            whole = False
    for kind, stands_for in {each: f"%({token_of(each)})s" for each in templates}.items():
        if templates[kind] == stands_for:
            templates[kind] = functions.get(token_of(kind), stands_for)
    return Told(tuple(templates.items()), whole)


def _names(node: ast.expr) -> Exact | None:
    body = node.body if isinstance(node, ast.Lambda) else None
    listed = body.value if isinstance(body, ast.Subscript) else None
    if not isinstance(listed, ast.Dict) or ast.unparse(node) != _function(ast.unparse(listed), "'"):
        return None
    pairs = [(literal(key), literal(value)) for key, value in zip(listed.keys, listed.values, strict=True)]
    return Exact(tuple((key, value) for key, value in pairs if key is not None and value is not None))
