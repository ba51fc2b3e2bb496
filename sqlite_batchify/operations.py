"""The per-table operations of Alembic: where each keeps its table, and what its batch counterpart takes.

Data only. The signatures are those of ``alembic.operations.Operations`` and ``BatchOperations`` (Alembic 1.20,
https://alembic.sqlalchemy.org/en/latest/ops.html); ``tests/test_operations.py`` compares them with the Alembic that is
installed.
"""

from __future__ import annotations

MINIMAL, AUTOGENERATE = "minimal", "autogenerate"
STYLES = (MINIMAL, AUTOGENERATE)
"""How much goes into blocks: what SQLite needs, or every run, as Alembic writes them under render_as_batch=True."""

ALWAYS = "always"
UNLESS_RENAME = "unless it only renames the column"
BY_COLUMN = "if SQLite's ADD COLUMN refuses the column"
UNLESS_PLAIN = "unless SQLite drops the column by itself"
NEVER = "no"
IMPOSSIBLE = "impossible"


class Operation:
    """One operation of ``op``.

    ``positional`` are the parameters that may be given by position, in order, ``required`` how many of them have no
    default; ``keywords`` are keyword-only, and ``open_keywords`` says whether others are taken as well. The ``batch_*``
    fields say the same of the method of ``BatchOperations``. ``refused`` are keywords that the batch method does not
    take, or takes and then fails on or ignores when SQLite's table is copied. ``needs_block`` is one of the constants
    above, ``reason`` says why.

    It is no dataclass, since the import of dataclasses takes longer than the rest of a run that finds nothing to do.
    """

    __slots__ = (
        *("name", "positional", "required", "keywords", "open_keywords"),
        *("batch_positional", "batch_required", "batch_keywords", "batch_open_keywords"),
        *("needs_block", "reason", "table", "schema", "refused"),
    )

    def __init__(
        self,
        name: str,
        *,
        positional: tuple[str, ...],
        required: int,
        keywords: tuple[str, ...],
        open_keywords: bool,
        batch_positional: tuple[str, ...],
        batch_required: int,
        batch_keywords: tuple[str, ...],
        batch_open_keywords: bool,
        needs_block: str,
        reason: str,
        table: str = "table_name",
        schema: str = "schema",
        refused: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.positional = positional
        self.required = required
        self.keywords = keywords
        self.open_keywords = open_keywords
        self.batch_positional = batch_positional
        self.batch_required = batch_required
        self.batch_keywords = batch_keywords
        self.batch_open_keywords = batch_open_keywords
        self.needs_block = needs_block
        self.reason = reason
        self.table = table
        self.schema = schema
        self.refused = refused


_EXISTING = ("existing_type", "existing_server_default", "existing_nullable", "existing_comment")
_FOREIGN_KEY = ("onupdate", "ondelete", "deferrable", "initially", "match", "referent_schema")
_NO_ALTER_OF_CONSTRAINTS = "SQLite cannot add or drop a constraint of an existing table"

_TABLE = (
    Operation(
        "add_column",
        positional=("table_name", "column"),
        required=2,
        keywords=("schema", "if_not_exists", "inline_references", "inline_primary_key"),
        open_keywords=False,
        batch_positional=("column",),
        batch_required=1,
        batch_keywords=("insert_before", "insert_after", "if_not_exists", "inline_references", "inline_primary_key"),
        batch_open_keywords=False,
        needs_block=BY_COLUMN,
        reason="SQLite's ADD COLUMN takes no foreign key apart from the column, no UNIQUE, no PRIMARY KEY, no stored "
        "generated column and no default that is not a constant",
        refused=("if_not_exists",),
    ),
    Operation(
        "alter_column",
        positional=("table_name", "column_name"),
        required=2,
        keywords=("nullable", "comment", "server_default", "new_column_name", "type_", *_EXISTING, "schema"),
        open_keywords=True,
        batch_positional=("column_name",),
        batch_required=1,
        batch_keywords=(
            *("nullable", "comment", "server_default", "new_column_name", "type_", *_EXISTING),
            *("insert_before", "insert_after"),
        ),
        batch_open_keywords=True,
        needs_block=UNLESS_RENAME,
        reason="SQLite has no ALTER COLUMN (but for RENAME COLUMN, and for NOT NULL since 3.53)",
    ),
    Operation(
        "drop_column",
        positional=("table_name", "column_name"),
        required=2,
        keywords=("schema",),
        open_keywords=True,
        batch_positional=("column_name",),
        batch_required=1,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=UNLESS_PLAIN,
        reason="SQLite's DROP COLUMN (since 3.35) refuses columns that are a key, unique, indexed or checked, or that "
        "a view or trigger mentions",
    ),
    Operation(
        "create_foreign_key",
        positional=("constraint_name", "source_table", "referent_table", "local_cols", "remote_cols"),
        required=5,
        keywords=(*_FOREIGN_KEY, "source_schema"),
        open_keywords=True,
        batch_positional=("constraint_name", "referent_table", "local_cols", "remote_cols"),
        batch_required=4,
        batch_keywords=_FOREIGN_KEY,
        batch_open_keywords=True,
        needs_block=ALWAYS,
        reason=_NO_ALTER_OF_CONSTRAINTS,
        table="source_table",
        schema="source_schema",
    ),
    Operation(
        "create_unique_constraint",
        positional=("constraint_name", "table_name", "columns"),
        required=3,
        keywords=("schema",),
        open_keywords=True,
        batch_positional=("constraint_name", "columns"),
        batch_required=2,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=ALWAYS,
        reason=_NO_ALTER_OF_CONSTRAINTS,
    ),
    Operation(
        "create_check_constraint",
        positional=("constraint_name", "table_name", "condition"),
        required=3,
        keywords=("schema",),
        open_keywords=True,
        batch_positional=("constraint_name", "condition"),
        batch_required=2,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=ALWAYS,
        reason=_NO_ALTER_OF_CONSTRAINTS,
    ),
    Operation(
        "create_primary_key",
        positional=("constraint_name", "table_name", "columns"),
        required=3,
        keywords=("schema",),
        open_keywords=False,
        batch_positional=("constraint_name", "columns"),
        batch_required=2,
        batch_keywords=(),
        batch_open_keywords=False,
        needs_block=ALWAYS,
        reason=_NO_ALTER_OF_CONSTRAINTS,
    ),
    Operation(
        "drop_constraint",
        positional=("constraint_name", "table_name", "type_"),
        required=2,
        keywords=("schema", "if_exists"),
        open_keywords=False,
        batch_positional=("constraint_name", "type_"),
        batch_required=1,
        batch_keywords=(),
        batch_open_keywords=False,
        needs_block=ALWAYS,
        reason=_NO_ALTER_OF_CONSTRAINTS,
        refused=("if_exists",),
    ),
    Operation(
        "create_index",
        positional=("index_name", "table_name", "columns"),
        required=3,
        keywords=("schema", "unique", "if_not_exists"),
        open_keywords=True,
        batch_positional=("index_name", "columns"),
        batch_required=2,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=NEVER,
        reason="SQLite has CREATE INDEX",
        refused=("if_not_exists",),
    ),
    Operation(
        "drop_index",
        positional=("index_name", "table_name"),
        required=1,
        keywords=("schema", "if_exists"),
        open_keywords=True,
        batch_positional=("index_name",),
        batch_required=1,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=NEVER,
        reason="SQLite has DROP INDEX",
        refused=("if_exists",),
    ),
    Operation(
        "create_table_comment",
        positional=("table_name", "comment"),
        required=2,
        keywords=("existing_comment", "schema"),
        open_keywords=False,
        batch_positional=("comment",),
        batch_required=1,
        batch_keywords=("existing_comment",),
        batch_open_keywords=False,
        needs_block=ALWAYS,
        reason="SQLite has no comments; only a block leaves them out",
    ),
    Operation(
        "drop_table_comment",
        positional=("table_name",),
        required=1,
        keywords=("existing_comment", "schema"),
        open_keywords=False,
        batch_positional=(),
        batch_required=0,
        batch_keywords=("existing_comment",),
        batch_open_keywords=False,
        needs_block=ALWAYS,
        reason="SQLite has no comments; only a block leaves them out",
    ),
    Operation(
        "create_exclude_constraint",
        positional=("constraint_name", "table_name"),
        required=2,
        keywords=(),
        open_keywords=True,
        batch_positional=("constraint_name",),
        batch_required=1,
        batch_keywords=(),
        batch_open_keywords=True,
        needs_block=IMPOSSIBLE,
        reason="SQLite has no EXCLUDE constraints",
    ),
)

OPERATIONS = {operation.name: operation for operation in _TABLE}

IN_PLACE = frozenset({"add_column", "create_index", "drop_index"})
"""What makes no block copy its table on SQLite, but for some columns (``SQLiteImpl.requires_recreate_in_batch``)."""

BATCH_ALTER_TABLE = "batch_alter_table"
BATCH_ALTER_TABLE_PARAMETERS = (
    *("table_name", "schema", "recreate", "partial_reordering", "copy_from", "table_args", "table_kwargs"),
    *("reflect_args", "reflect_kwargs", "naming_convention"),
)

AT_ONCE = frozenset({"create_unique_constraint", "create_primary_key", "create_check_constraint"})
"""What makes a constraint that SQLite checks at once, and has no words to defer for."""
OTHER_METHODS = frozenset(
    {
        *("batch_alter_table", "bulk_insert", "context", "create_module_class_proxy", "create_table", "drop_table"),
        *("execute", "f", "get_bind", "get_context", "implementation_for", "inline_literal", "invoke"),
        *("register_operation", "rename_table", "run_async"),
    }
)
"""What else ``op`` has: barriers, or no operations at all. Any other method comes from a plug-in."""

OF_POSTGRESQL = frozenset({"create_entity", "drop_entity", "replace_entity", "revert_entity", "sync_enum_values"})
"""What plug-ins have for functions, triggers, extensions, policies and enums of PostgreSQL (alembic_utils,
alembic_postgresql_enum): none of them is on SQLite."""

UNNAMED_WARNING = (
    "# WARNING: constraint name is None; this directive will fail as",
    "# rendered.  Add a name, or use a naming convention; see",
    "# https://alembic.sqlalchemy.org/en/latest/naming.html",
)
"""What Alembic writes above an operation whose constraint has no name (``alembic.autogenerate.render``, since 1.20)."""
