"""Code that is put into a script, in the words of that script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from ..planning.placing import PlacingError
from ..reading.syntax import in_quotes
from . import blocks
from .calls import dotted
from .given import named

_NAMES = ("op", "sa")


class Codes:
    """``op`` and ``sqlalchemy`` are what these are called in the script, ``quotes`` those that it uses; ``builds`` if
    code has named SQLAlchemy."""

    def __init__(self, op: str | None, sqlalchemy: str, quotes: str) -> None:
        self.builds = False
        self._spelling = _Spelling(self, dict(zip(_NAMES, (op, sqlalchemy), strict=True)), quotes)

    def arguments(self, code: str) -> list[cst.Arg]:
        """Those of a call."""
        args = cst.ensure_type(cst.parse_expression(code), cst.Call).args
        return [arg.with_changes(value=arg.value.visit(self._spelling)) for arg in args]

    def statements(self, code: str, indent: str | None) -> list[cst.BaseStatement]:
        """Statements, each on a line of its own; what stands under a condition is indented by ``indent``."""
        module = cst.parse_module(f"{code}\n").visit(self._spelling)
        return list(_unfolded(module.body, indent))

    def merged(self, statements: Iterable[cst.BaseStatement]) -> list[cst.BaseStatement]:
        """What stands under one condition, one after the other, under one ``if``."""
        result: list[cst.BaseStatement] = []
        for each in statements:
            last = result[-1] if result else None
            if isinstance(each, cst.If) and isinstance(last, cst.If) and each.test.deep_equals(last.test):
                suite, more = (cst.ensure_type(part.body, cst.IndentedBlock) for part in (last, each))
                result[-1] = last.with_changes(body=suite.with_changes(body=[*suite.body, *more.body]))
            else:
                result.append(each)
        return result

    def filled(self, statement: cst.BaseStatement, original: cst.BaseStatement) -> cst.BaseStatement:
        """Code with what stands in the original in place of its ``...``. Raises PlacingError if nothing does."""
        collected = _Calls()
        original.visit(collected)
        changed = statement.visit(_Filling(collected.by_name))
        assert isinstance(changed, cst.BaseStatement)
        open_ends = _Open()
        changed.visit(open_ends)
        if open_ends.found:
            raise PlacingError("not all of the statement is understood")
        return changed


class _Spelling(cst.CSTTransformer):
    def __init__(self, codes: Codes, names: Mapping[str, str | None], quotes: str) -> None:
        super().__init__()
        self.codes, self.names, self.quotes = codes, names, quotes

    def leave_SimpleString(  # noqa: N802
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        value = updated_node.evaluated_value
        return updated_node if "\n" in value else cst.SimpleString(in_quotes(str(value), self.quotes))

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        root = updated_node.value
        if not isinstance(root, cst.Name) or root.value not in self.names:
            return updated_node
        name = self.names[root.value]
        if name is None:
            raise PlacingError("the script has no name for alembic.op")
        self.codes.builds |= root.value == _NAMES[1]
        return updated_node.with_changes(value=cst.parse_expression(name))


def _unfolded(statements: Iterable[cst.BaseStatement], indent: str | None) -> Iterator[cst.BaseStatement]:
    for each in statements:
        if isinstance(each, cst.SimpleStatementLine):
            yield from blocks.unfolded(each.body, [], cst.TrailingWhitespace())
        elif isinstance(each, cst.If) and isinstance(each.body, cst.SimpleStatementSuite):
            lines = blocks.unfolded(each.body.body, [], cst.TrailingWhitespace())
            yield each.with_changes(body=cst.IndentedBlock(lines, indent=indent), leading_lines=[])
        else:
            yield each


def _method(node: cst.Call) -> str:
    return dotted(node.func).rpartition(".")[2]


class _Calls(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.by_name: dict[str, cst.Call] = {}

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        self.by_name.setdefault(_method(node), node)


class _Filling(cst.CSTTransformer):
    def __init__(self, known: Mapping[str, cst.Call]) -> None:
        super().__init__()
        self.known = known

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        known = self.known.get(_method(updated_node))
        if known is None:
            return updated_node
        keywords = {named(each): each.value for each in known.args if each.keyword is not None}
        args = list(updated_node.args)
        for place, arg in enumerate(args):
            if _is_open(arg.value):
                if arg.keyword is not None and named(arg) in keywords:
                    args[place] = arg.with_changes(value=keywords[named(arg)])
                elif arg.keyword is None and place < len(known.args) and known.args[place].keyword is None:
                    args[place] = arg.with_changes(value=known.args[place].value)
        return updated_node.with_changes(args=args)


def _is_open(node: cst.BaseExpression) -> bool:
    """Whether code stands for what the script has there: ``...``, or a column of which only the name is known."""
    if isinstance(node, cst.Call) and _method(node) == "Column":
        return any(isinstance(each.value, cst.Ellipsis) for each in node.args)
    return isinstance(node, cst.Ellipsis)


class _Open(cst.CSTVisitor):
    found = False

    def visit_Ellipsis(self, node: cst.Ellipsis) -> None:  # noqa: N802
        self.found = True
