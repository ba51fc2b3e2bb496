"""Between a script's text and its syntax tree, without losing a character."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .depth import too_deep

_NEWLINE = re.compile(r"(?:\r?\n)?")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_TOO_DEEP = "nested too deeply"
_HALF = re.compile("[\ud800-\udfff]")
_FED = re.compile(r"[ \t\f]*\f")


class UnparsableError(Exception):
    """The text is not Python that libcst reads. ``line`` and ``column`` count from 1."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


class UnkeptError(UnparsableError):
    """The text is Python, but libcst does not keep all of it."""


def split_tail(text: str) -> tuple[str, str]:
    """A script's text, and the lines of blanks and comments at its end.

    libcst loses some of those lines where their indentation is not that of the suite before them, and a newline that is
    a lone CR or follows a comment with a backslash.
    """
    stop = len(text)
    for line in reversed(LINE.findall(text)[1:]):
        if not _says_nothing(line.rstrip("\r\n")):
            break
        stop -= len(line)
    stop = len(text[:stop].rstrip("\r\n"))
    if not text.endswith("\\", 0, stop):
        stop = _NEWLINE.match(text, stop).end()  # type: ignore[union-attr]
    elif not _ends_in_comment(text[:stop]):
        return text, ""
    return text[:stop], text[stop:]


def _ends_in_comment(text: str) -> bool:
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text, newline=None).readline)
        last = [each.type for each in tokens if each.string.strip()][-1:]
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == [tokenize.COMMENT]


def _says_nothing(line: str) -> bool:
    return (line.lstrip(" \t\f") or "#").startswith("#")


def parse(text: str) -> cst.Module:
    """Parse a script. Raises UnparsableError."""
    fed = _form_feeds(text) if "\f" in text else {}
    if not fed:
        return _parse(text)
    lines = enumerate(LINE.findall(text), 1)
    plain = _parse("".join(line.removeprefix(fed.get(number, "")) for number, line in lines))
    return plain.visit(_Feeding({node: fed[number] for node, number in _lines(plain).items() if number in fed}))


def _parse(text: str) -> cst.Module:
    own = _complaint(text)
    try:
        return cst.parse_module(text)
    except cst.CSTValidationError as error:  # a name in letters that are newer than this Python
        raise own or UnparsableError(1, 1, str(error)) from error
    except cst.ParserSyntaxError as error:
        reason = error.message.strip().splitlines()[0] if error.message.strip() else "syntax error"
        raise own or _at(text, error.raw_line, error.raw_column + 1, reason) from error
    except RecursionError as error:
        raise UnparsableError(1, 1, _TOO_DEEP) from error


def _complaint(text: str) -> UnparsableError | None:
    """What Python itself has against the script: libcst often does not know the place.

    Raises UnparsableError for half a character, which no script can hold and libcst fails on, and for a script so
    deeply nested that it would end the process there.
    """
    if (found := _HALF.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise UnparsableError(line, column, f"the character {found.group()!a}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        complaint = _at(text, error.lineno or 1, error.offset or 1, error.msg)
        if "too many nested" in error.msg:
            raise complaint from None
        return complaint
    except ValueError:  # a null byte, before Python 3.12
        return None
    except (RecursionError, MemoryError) as error:
        raise UnparsableError(1, 1, _TOO_DEEP) from error
    if (deep := too_deep(tree, text)) is not None:
        raise UnparsableError(deep, 1, _TOO_DEEP)
    return None


def _at(text: str, line: int, column: int, reason: str) -> UnparsableError:
    lines = LINE.findall(text)
    line = min(line, len(lines))
    return UnparsableError(line, max(1, min(column, len(lines[line - 1]) + 1)), reason)


def _form_feeds(text: str) -> dict[int, str]:
    """The form feeds in front of the indentation of a statement, and what stands before them, by line.

    They do not count as indentation (https://docs.python.org/3/reference/lexical_analysis.html#indentation), but libcst
    loses some of them and cannot read others.
    """
    lines = LINE.findall(text)
    found: dict[int, str] = {}
    begins = True
    try:
        for token in tokenize.generate_tokens(iter([line.rstrip("\r\n") + "\n" for line in lines]).__next__):
            if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
                begins = begins or token.type == tokenize.NEWLINE
                continue
            line = lines[token.start[0] - 1] if begins and token.type != tokenize.ENDMARKER else ""
            if (fed := _FED.match(line)) is not None:
                found[token.start[0]] = fed.group()
            begins = False
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found


def _lines(module: cst.Module) -> dict[cst.CSTNode, int]:
    """Where each node begins that may begin a line; of several on one line, the outermost."""
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    found: dict[int, cst.CSTNode] = {}
    for node, each in positions.items():
        if hasattr(node, "leading_lines"):
            found.setdefault(each.start.line, node)
    return {node: number for number, node in found.items()}


class _Feeding(cst.CSTTransformer):
    """Puts form feeds in front of the indentation of statements."""

    def __init__(self, fed: dict[cst.CSTNode, str]) -> None:
        super().__init__()
        self.fed = fed

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> cst.CSTNodeT:
        if original_node not in self.fed:
            return updated_node
        name = "lines_after_decorators" if getattr(original_node, "decorators", ()) else "leading_lines"
        space = cst.SimpleWhitespace(self.fed[original_node])
        line = cst.EmptyLine(indent=False, whitespace=space, newline=cst.Newline(""))
        return updated_node.with_changes(**{name: [*getattr(updated_node, name), line]})


def can_be_parsed(text: str) -> bool:
    """Whether Python itself can parse a script; for what is newer than this Python, only ``parse`` can tell."""
    try:
        return _complaint(text) is None
    except UnparsableError:
        return False


def spliced(text: str, old: cst.Module, new: cst.Module) -> str:
    """The code of ``new``. Raises UnkeptError if ``old`` does not give its text back."""
    kept = old.code
    if kept != text:
        lines = zip(LINE.findall(text), LINE.findall(kept), strict=False)
        line = next((number for number, (one, other) in enumerate(lines, 1) if one != other), 1)
        raise UnkeptError(line, 1, "libcst, which edits the script, does not give this back as it is")
    return new.code
