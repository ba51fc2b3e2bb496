"""Which methods of Alembic's objects are operations."""

from __future__ import annotations

from functools import cache

_UNTOUCHED = ("f", "get_bind", "get_context", "inline_literal", "context", "invoke", "run_async", "batch_alter_table")
_CLASS_METHODS = ("create_module_class_proxy", "implementation_for", "register_operation")


@cache
def operation_names(of: type) -> list[str]:
    """The methods of Alembic's ``op``, or of a block's variable, that are operations."""
    names = (name for name in dir(of) if not name.startswith("_") and name not in _UNTOUCHED)
    return [
        name
        for name in names
        if not isinstance(of.__dict__.get(name), (classmethod, staticmethod, property))
        and callable(getattr(of, name))
        and name not in _CLASS_METHODS
    ]
