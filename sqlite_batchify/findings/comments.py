"""What is wrong with the comments that speak to this program."""

from __future__ import annotations

from . import pages
from .code import WARNING, Code, Explanation

UNUSED_IGNORE = Code(
    "SB112",
    "unused-ignore",
    WARNING,
    "{detail} silences nothing",
    "remove the comment",
    Explanation(
        why="""
        The comment silences a finding that does not occur where it stands, since the script or the program has changed.
        Left there, it would hide the next real one. Remove it, or the code that is not needed any more.
        """,
        before="""
        op.rename_table("account", "user")  # sqlite-batchify: ignore[SB108]
        """,
        after="""
        op.rename_table("account", "user")
        """,
        page=f"{pages.PYTHON}/reference/lexical_analysis.html#comments",
    ),
)
UNKNOWN_COMMENT = Code(
    "SB113",
    "unknown-comment",
    WARNING,
    "the comment means nothing: {detail}",
    "write # sqlite-batchify: skip, or # sqlite-batchify: ignore[CODE], on or above a statement",
    Explanation(
        why="""
        The comment begins as one for this program does, and goes on with a word or a code that it does not know. So it
        has no effect, although it looks as if it had. The two that there are: skip leaves a statement alone, and
        ignore[CODE] silences a finding.
        """,
        before="""
        op.drop_column("account", "age")  # sqlite-batchify: leave
        """,
        after="""
        op.drop_column("account", "age")  # sqlite-batchify: skip
        """,
        page=f"{pages.PYTHON}/reference/lexical_analysis.html#comments",
    ),
)
