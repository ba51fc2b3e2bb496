"""The rewriter as a codemod of LibCST, for those who run others with it. Nothing else imports this module.

python -m libcst.tool codemod --no-format -x sqlite_batchify.codemod.BatchifyCommand migrations

https://libcst.readthedocs.io/en/latest/codemods_tutorial.html
"""

from __future__ import annotations

import argparse
import functools

from libcst import Module, parse_module
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from .config import MINIMUM_SQLITE, ConfigError, read_naming_option, read_version
from .findings import UNDONE
from .operations import STYLES
from .project import Project
from .report.text import finding_line
from .rewriting import Rewriter
from .sources import SourceError, is_revision_script, read


class BatchifyCommand(CodemodCommand):
    """Does to each revision script what ``sqlite-batchify`` does; other modules are left alone.

    ``style``, ``naming_convention``, ``minimum_sqlite`` and ``portable`` are those of the command line, None for what
    is configured. The folder that a script lies in tells names. Findings that remain become warnings; what cannot be
    done is skipped.
    """

    DESCRIPTION = "Put Alembic operations that SQLite cannot do into batch_alter_table blocks."

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        arg_parser.add_argument("--style", choices=STYLES, help="blocks where SQLite needs them, or as Alembic writes")
        arg_parser.add_argument(
            "--naming-convention",
            metavar="NAMES",
            type=_naming,
            help="for constraints without a name: postgresql, keep, auto, or a table as in pyproject.toml",
        )
        arg_parser.add_argument(
            "--minimum-sqlite",
            metavar="VERSION",
            type=_version,
            help=f"the oldest SQLite that the scripts shall run on (default: {MINIMUM_SQLITE})",
        )
        arg_parser.add_argument(
            "--portable",
            action="store_const",
            const=True,
            help="make scripts for PostgreSQL or MySQL run on plain SQLite",
        )

    def __init__(
        self,
        context: CodemodContext,
        style: str | None = None,
        naming_convention: str | None = None,
        minimum_sqlite: str | None = None,
        portable: bool | None = None,
    ) -> None:
        super().__init__(context)
        self.style = style
        self.naming_convention = naming_convention
        self.minimum_sqlite = minimum_sqlite
        self.portable = portable

    def transform_module_impl(self, tree: Module) -> Module:
        path, source = self.context.filename, tree.bytes
        if path is not None and _loses_bytes(path, source):
            raise self._skipped("LibCST does not give all of its bytes back; run sqlite-batchify on it")
        rewriter = _rewriter(self.style, self.naming_convention, self.minimum_sqlite, self.portable)
        try:
            if path is not None and (not is_revision_script(source) or rewriter.project.excludes(path)):
                return tree
            rewritten = rewriter.rewrite(source, path or "<stdin>")
        except ConfigError as error:
            raise self._skipped(str(error)) from error
        for finding in rewritten.remaining:
            if finding.code in UNDONE:
                raise self._skipped(finding_line(finding))
            self.warn(finding_line(finding))
        for finding in rewritten.beside:
            self.warn(finding_line(finding))
        if not rewritten.changed:
            return tree
        return parse_module(rewritten.result.decode(tree.encoding), tree.config_for_parsing)

    def _skipped(self, reason: str) -> SkipFile:
        """LibCST prints why a file is skipped; of standard input it prints the warnings only."""
        if self.context.filename is None:
            self.warn(reason)
        return SkipFile(reason)


@functools.cache
def _rewriter(
    style: str | None, naming_convention: str | None, minimum_sqlite: str | None, portable: bool | None
) -> Rewriter:
    """One for all files of a process: LibCST makes a command for each file."""
    naming = None if naming_convention is None else read_naming_option(naming_convention)
    return Rewriter(Project(style, naming, minimum_sqlite=minimum_sqlite, portable=portable))


def _naming(text: str) -> str:
    try:
        read_naming_option(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _version(text: str) -> str:
    try:
        read_version(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _loses_bytes(path: str, kept: bytes) -> bool:
    """Whether a file holds what LibCST drops when it parses (a form feed between statements), and would not write."""
    try:
        source = read(path)
    except SourceError:
        return False
    return source != kept and parse_module(source).bytes == kept
