"""The command line: dispatch and exit status. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from .quick import settles
from .status import FAILED, FINE, INTERRUPTED

COMMANDS = {"verify": "verifying", "explain": "explaining", "init": "initialising"}
"""The first argument -> the module of this package whose ``run`` does it; rewriting is what is left."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. ``argv`` are the arguments without the program's name. Returns the exit status."""
    if "_ARGCOMPLETE" in os.environ:  # a shell asks
        from .completing import complete

        complete(COMMANDS)
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if settles(arguments):
        return FINE
    module = COMMANDS.get(arguments[0]) if arguments else None
    from ..config import ConfigError
    from .terminal import complain

    try:
        command = import_module(f".{module or 'rewriting'}", __name__)
        status: int = command.run(arguments[1:] if module else arguments)
        return status
    except ConfigError as error:
        return complain(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("interrupted; every file is whole", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # there is no folder to be in any more, or no space for the output
        place = f"{error.filename}: " if error.filename else ""
        return complain(f"{place}{error.strerror or error}; correct that and try again")
    except Exception as error:  # a defect outside of what is done for one script
        from ..findings import internal_error

        finding = internal_error("", error)
        if "--traceback" in arguments:
            print(finding.hint, end="", file=sys.stderr)
        return complain(f"a defect of sqlite-batchify: {finding.detail}; please report this with the command")
