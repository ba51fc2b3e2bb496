"""``op.run_async`` on a driver that is not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from alembic.operations import Operations


def run_async(op: Operations, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """As ``Operations.run_async``."""

    async def main() -> Any:
        return await function(_AsyncConnection(op.get_bind()), *args, **keywords)

    return asyncio.run(main())


class _AsyncConnection:
    """A connection whose methods are awaited, as those of SQLAlchemy's AsyncConnection are."""

    def __init__(self, connection: Any) -> None:
        self.sync_connection = connection

    async def run_sync(self, function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        return function(self.sync_connection, *args, **keywords)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.sync_connection, name)
        if not callable(value):
            return value

        async def call(*args: Any, **keywords: Any) -> Any:
            return value(*args, **keywords)

        return call
