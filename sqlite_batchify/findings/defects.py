"""Defects of the program itself. A script with one of these is left as it was."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

UNSTABLE = Code(
    "SB201",
    "self-check-failed",
    ERROR,
    "the rewritten script did not pass the self-check ({detail}), so the file was left as it was",
    "please report this with the script: it is a defect of sqlite-batchify",
    Explanation(
        why="""
        Before a file is written, the new script is parsed and rewritten once more, which must change nothing. One of
        the two failed, so the file is as it was. This is a defect of the program: please report it with the script.
        Until it is mended, write the block by hand and let a comment leave it alone.
        """,
        before="",
        after="""
        with op.batch_alter_table("account") as batch_op:  # sqlite-batchify: skip
            batch_op.drop_column("age")
        """,
        page=pages.BLOCK,
    ),
)
INTERNAL = Code(
    "SB202",
    "internal-error",
    ERROR,
    "a defect of sqlite-batchify: {detail}",
    "please report this with the script and with what --traceback shows",
    Explanation(
        why="""
        The program failed at this script, through a defect of its own; the script is as it was, and all others are
        done. The message names the kind of error, and --traceback prints where it happened. Please report both with the
        script. Until it is mended, leave the script out of the run (exclude in pyproject.toml), or write the block by
        hand and let a comment leave the statement alone.
        """,
        before="",
        after="""
        with op.batch_alter_table("account") as batch_op:  # sqlite-batchify: skip
            batch_op.drop_column("age")
        """,
        page=pages.BLOCK,
    ),
)
