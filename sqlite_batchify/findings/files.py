"""Why a file could not be looked at or written."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

UNREADABLE = Code(
    "SB901",
    "unreadable",
    ERROR,
    "cannot be read: {detail}",
    "check the path and its permissions",
    Explanation(
        why="""
        The file is not there, or the system does not let it be read. The other files are done, and the exit status is
        2. Check the path and its permissions.
        """,
        before="""
        $ sqlite-batchify migrations/version/0001_accounts.py
        """,
        after="""
        $ sqlite-batchify migrations/versions/0001_accounts.py
        """,
        page=f"{pages.PYTHON}/library/exceptions.html#os-exceptions",
    ),
)
UNDECODABLE = Code(
    "SB902",
    "undecodable",
    ERROR,
    "cannot be decoded: {detail}",
    "save it as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-",
    Explanation(
        why="""
        Python reads a script as UTF-8 unless its first or second line names another encoding, and the bytes of this one
        do not fit. Python would not import it either. Save it as UTF-8, or name the encoding that it has.
        """,
        before='''
        """Prices in €, saved as cp1252"""
        ''',
        after='''
        # -*- coding: cp1252 -*-
        """Prices in €, saved as cp1252"""
        ''',
        page=f"{pages.PYTHON}/reference/lexical_analysis.html#encoding-declarations",
    ),
)
UNPARSABLE = Code(
    "SB903",
    "unparsable",
    ERROR,
    "cannot be parsed: {detail}",
    "correct the syntax",
    Explanation(
        why="""
        The file is not valid Python, so its statements cannot be told apart, and Alembic could not load it either.
        Nothing was changed. Correct the syntax; the message says where the parser gave up.
        """,
        before="""
        op.drop_column("account", "age"
        """,
        after="""
        op.drop_column("account", "age")
        """,
        page=f"{pages.PYTHON}/tutorial/errors.html#syntax-errors",
    ),
)
CONFLICT = Code(
    "SB904",
    "merge-conflict",
    ERROR,
    "holds the marker of a merge conflict: {detail}",
    "resolve the conflict first",
    Explanation(
        why="""
        The file still holds the marker of a merge conflict, so that it is two scripts at once, and neither can be
        rewritten. Resolve the conflict first. If both sides have added a revision, keep both files and join them with
        alembic merge, or let one follow the other.
        """,
        before="""
        <<<<<<< HEAD
        down_revision = "a1"
        =======
        down_revision = "b1"
        >>>>>>> feature
        """,
        after="""
        down_revision = ("a1", "b1")
        """,
        page=f"{pages.ALEMBIC}/branches.html#merging-branches",
    ),
)
UNWRITABLE = Code(
    "SB905",
    "unwritable",
    ERROR,
    "cannot be written: {detail}",
    "check the permissions of the file",
    Explanation(
        why="""
        The new script is written beside the old one and then takes its place, so that a file is never half written. The
        folder or the file does not permit it, or the disk is full. The old file is whole. Mend the permissions and run
        the program again.
        """,
        before="""
        $ ls -ld migrations/versions
        dr-xr-xr-x 2 ann ann 4096 migrations/versions
        """,
        after="""
        $ chmod u+w migrations/versions
        """,
        page=f"{pages.PYTHON}/library/os.html#os.replace",
    ),
)
NO_SCRIPTS = Code(
    "SB906",
    "no-scripts",
    ERROR,
    "no revision script below this folder",
    "name the folder that Alembic's version_locations names",
    Explanation(
        why="""
        A folder stands for the revision scripts below it: the Python files that name a revision, as Alembic asks. There
        are none below this one. Name the script location, or the folder that version_locations names.
        """,
        before="""
        $ sqlite-batchify src
        """,
        after="""
        $ sqlite-batchify migrations/versions
        """,
        page=f"{pages.ALEMBIC}/tutorial.html#the-migration-environment",
    ),
)
