"""What two real histories import from elsewhere, so that they run without their applications.

Functions and values only: nothing here decides what a schema is like, but the columns of oslo.db that hold JSON as
text. manila's own modules come out of its wheel.
"""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm  # which manila takes for granted
from alembic import op

HISTORIES = {"ironic": ("head", 81), "manila": ("3db9992c30f3", 12)}
"""The histories that run on PostgreSQL from an empty database to their end: how far they go on SQLite, and its number.

manila's next script asks the database for the names of foreign keys that have none on SQLite.
"""


class _Json(sa.types.TypeDecorator[Any]):
    """JsonEncodedDict and JsonEncodedList of oslo.db: text, but on MySQL."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, mysql_as_long: bool = False) -> None:
        super().__init__()


def _index_exists(_: sa.Connection, table: str, name: str) -> bool:
    return any(index["name"] == name for index in sa.inspect(op.get_bind()).get_indexes(table))


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _modules(wheel: Path) -> Iterator[ModuleType]:
    packages = ("ironic", "oslo_db", "oslo_log", "oslo_utils")
    yield from (_module(name) for name in packages)
    yield from (
        _module(name, paths=[f"{wheel}/{name.replace('.', '/')}"])
        for name in ("manila", "manila.common", "manila.db", "manila.db.migrations")
    )
    dhcp = SimpleNamespace(dhcp_provider="neutron")
    conf = SimpleNamespace(default_network_interface=None, dhcp=dhcp, default_portgroup_mode="active-backup")
    yield _module("ironic.conf", CONF=conf)
    yield _module("oslo_db.exception", DBNonExistentConstraint=type("DBNonExistentConstraint", (Exception,), {}))
    reader = SimpleNamespace(get_engine=lambda: op.get_bind())
    yield _module("oslo_db.sqlalchemy")
    yield _module("oslo_db.sqlalchemy.enginefacade", reader=reader)
    yield _module("oslo_db.sqlalchemy.types", JsonEncodedDict=_Json, JsonEncodedList=_Json)
    yield _module("oslo_db.sqlalchemy.utils", index_exists=_index_exists)
    yield _module("oslo_log.log", getLogger=logging.getLogger)
    yield _module("oslo_utils.strutils")
    yield _module("oslo_utils.timeutils", utcnow=_now)
    yield _module("oslo_utils.uuidutils", generate_uuid=lambda: str(uuid.uuid4()))


def _module(name: str, paths: list[str] | None = None, **contents: Any) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = paths or []
    vars(module).update(contents)
    return module


@contextmanager
def importable(wheel: Path) -> Iterator[None]:
    """While this lasts, the scripts of these histories find what they import."""
    before = set(sys.modules)
    for module in _modules(wheel):
        assert module.__name__ not in before
        sys.modules[module.__name__] = module
        package, _, name = module.__name__.rpartition(".")
        if package:
            setattr(sys.modules[package], name, module)
    try:
        yield
    finally:
        tops = {"manila", "ironic", "oslo_db", "oslo_log", "oslo_utils"}
        for name in [name for name in sys.modules if name.partition(".")[0] in tops and name not in before]:
            del sys.modules[name]
