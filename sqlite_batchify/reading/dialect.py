"""How a script asks whether it runs on SQLite; ``op.get_context()`` holds for --sql too, where nothing is connected."""

from __future__ import annotations


def sqlite_test(op: str = "op", sign: str = "==") -> str:
    """The test, as code; ``op`` is how that is written there, and with the sign ``!=`` it holds elsewhere."""
    return f'{op}.get_context().dialect.name {sign} "sqlite"'


def copied_on_sqlite(op: str = "op") -> str:
    """What ``recreate`` says, as code, so that a block copies its table there, and only there."""
    return f'"always" if {sqlite_test(op)} else "auto"'
