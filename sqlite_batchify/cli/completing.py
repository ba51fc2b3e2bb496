"""Completion in shells, by argcomplete (https://kislyuk.github.io/argcomplete/), which asks through the environment."""

from __future__ import annotations

import os
from importlib import import_module


def complete(commands: dict[str, str]) -> None:
    """Answer the shell and end the process; ``commands`` are those that may come first, and their modules.

    Returns if argcomplete is not installed.
    """
    try:
        import argcomplete
    except ImportError:
        return
    line, point = os.environ.get("COMP_LINE", ""), int(os.environ.get("COMP_POINT", "0"))
    words = line.split()
    command = words[1] if len(words) > 1 else ""
    if command in commands and point > line.index(command) + len(command):
        # To argcomplete it is as if the command did not stand there.
        os.environ["COMP_LINE"] = line.replace(f"{command} ", "", 1)
        os.environ["COMP_POINT"] = str(point - len(command) - 1)
        parser = import_module(f".{commands[command]}", __package__).parser()
    else:
        parser = import_module(".rewriting", __package__).parser()
        if len(words) < 3:
            paths = argcomplete.completers.FilesCompleter(["py"])
            parser._positionals._group_actions[0].completer = lambda prefix, **given: [
                *(each for each in commands if each.startswith(prefix)),
                *paths(prefix, **given),
            ]
    argcomplete.autocomplete(parser)
