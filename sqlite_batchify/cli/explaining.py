"""``sqlite-batchify explain``"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence

from ..findings import CODES, ERROR, Code, nearest_code
from ..report.text import BOLD, CYAN, RED, YELLOW, paint
from .status import FINE
from .terminal import PROGRAM, HelpFormatter, complain, wants_colour

_EPILOG = """\
examples:
  sqlite-batchify explain                       all codes, one in a line
  sqlite-batchify explain SB101                 why it exists, with an example
  sqlite-batchify explain nameless-constraint   the same, by its name

exit status: 0 fine; 2 there is no such code
"""
_WIDTH = 80
_INDENT = "    "


def run(arguments: Sequence[str]) -> int:
    """Explain codes, or list them all. Returns the exit status."""
    asked = parser().parse_args(arguments).codes
    known = {name.lower(): code for code in CODES.values() for name in (code.code, code.name)}
    unknown = [word for word in asked if word.lower() not in known]
    if unknown:
        return complain(f"no code or name {unknown[0]!r}{_nearest(unknown[0])}", "explain")
    colour = wants_colour(sys.stdout)
    if asked:
        print("\n\n\n".join("\n".join(_screen(known[word.lower()], colour)) for word in asked))
    else:
        print("\n".join(_line(code, colour) for _, code in sorted(CODES.items())))
    return FINE


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} explain",
        description="Explain findings: why they exist, an example before and after, and the page of\n"
        "the documentation that they rest on.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("codes", metavar="CODE", nargs="*", help="a code or its name (default: list all codes)")
    return parser


def _nearest(word: str) -> str:
    """What the word may have meant, and else what helps."""
    from difflib import get_close_matches

    names = get_close_matches(word.lower(), [code.name for code in CODES.values()], 1)
    near = f"; did you mean {names[0]}?" if names else nearest_code(word)
    return near or f"; {PROGRAM} explain lists them all"


def _line(code: Code, colour: bool) -> str:
    return f"{_painted(code, colour)}  {code.severity:7}  {code.name}"


def _painted(code: Code, colour: bool) -> str:
    return paint(code.code, RED if code.severity == ERROR else YELLOW, colour)


def _screen(code: Code, colour: bool) -> Iterator[str]:
    """The lines that explain one code."""
    explanation = code.explanation
    yield f"{_painted(code, colour)} {paint(code.name, BOLD, colour)} ({code.severity})"
    yield ""
    yield textwrap.fill(explanation.why, _WIDTH, break_on_hyphens=False)
    for title in ("given", "before", "after"):
        example: str = getattr(explanation, title)
        if example:
            yield from ("", paint(title, BOLD, colour), textwrap.indent(example, _INDENT))
    yield from ("", paint(explanation.page, CYAN, colour))
