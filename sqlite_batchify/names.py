"""The names of constraints: those that PostgreSQL and MySQL make up, and those of a naming convention. Pure.

PostgreSQL: ``makeObjectName``, ``ChooseIndexName`` (src/backend/commands/indexcmds.c) and ``ChooseConstraintName``
(src/backend/catalog/pg_constraint.c), the same since PostgreSQL 12. Naming conventions:
https://docs.sqlalchemy.org/en/20/core/constraints.html#constraint-naming-conventions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from hashlib import md5
from itertools import count
from typing import NamedTuple

UNKNOWN = "*"
"""Stands in a set of names for a name that only running the script can tell."""

_MARK = "\0"


def variable_part(variable: str) -> str:
    """What stands in a name for the value of a variable of the script."""
    return f"{_MARK}{variable}{_MARK}"


def parts_of(name: str) -> list[str]:
    """A name in its parts: a text, a variable, a text, ..."""
    return name.split(_MARK)


def name_of(parts: Sequence[str]) -> str:
    """The opposite."""
    return _MARK.join(parts)


FOREIGN_KEY, UNIQUE, PRIMARY_KEY, CHECK, INDEX = "fk", "uq", "pk", "ck", "ix"
"""The kinds, by their keys in a naming convention."""
KINDS = {
    INDEX: "an index",
    UNIQUE: "a unique constraint",
    CHECK: "a CHECK",
    FOREIGN_KEY: "a foreign key",
    PRIMARY_KEY: "a primary key",
}

CREATES = {
    "create_foreign_key": FOREIGN_KEY,
    "create_unique_constraint": UNIQUE,
    "create_primary_key": PRIMARY_KEY,
    "create_check_constraint": CHECK,
}
"""What the operations create."""

AUTO, POSTGRESQL, KEEP = "auto", "postgresql", "keep"

MYSQL_PRIMARY_KEY = "PRIMARY"
"""What MySQL calls every primary key, whatever name it is given."""
_CUT = re.compile(r".+_[0-9a-f]{4}")
_LIMIT = 63  # bytes; NAMEDATALEN - 1
_LABELS = {FOREIGN_KEY: "fkey", UNIQUE: "key", PRIMARY_KEY: "pkey", CHECK: "check"}
_COLUMN_TOKEN = re.compile(
    r"column_(?:([0-9]{1,9})|0(_?N))_(name|key|label)|referred_column_(?:([0-9]{1,9})|0(_?N))_name"
)
_KEY_NUMBER = re.compile(r"_ibfk_([1-9][0-9]{0,9})")
TOKEN = re.compile(r"%\(\w+\)s")
"""A token in a template."""
_TOKEN = re.compile(r"%(?:%|\((\w+)\)s)?")


class Shape(NamedTuple):
    """What the name of a constraint is made from.

    ``columns`` are those of the table that it covers, in order; ``of_type`` for the CHECK that a column's type makes.
    """

    kind: str
    schema: str | None
    table: str
    columns: tuple[str, ...]
    referred_table: str = ""
    referred_columns: tuple[str, ...] = ()
    of_type: bool = False


def postgresql_name(shape: Shape, taken: Collection[str] = ()) -> str:
    """The name that PostgreSQL gives this constraint, where ``taken`` are the names in its schema."""
    return next(name for name in map(partial(tried_name, shape), count()) if name not in taken)


def tried_name(shape: Shape, number: int) -> str:
    """The first (0), second, ... name that PostgreSQL tries for this constraint, until one is free.

    A CHECK gets the name of its column if it looks at just one.
    """
    columns = None
    if shape.kind in (FOREIGN_KEY, UNIQUE) or (shape.kind == CHECK and len(shape.columns) == 1):
        columns = _joined(shape.columns)
    return _object_name(_clipped(shape.table), columns, f"{_LABELS[shape.kind]}{number or ''}")


def _joined(columns: Sequence[str]) -> bytes:
    joined = b""
    for column in columns:
        joined += (b"_" if joined else b"") + _clipped(column)
        if len(joined) > _LIMIT:
            break
    return joined


def _object_name(table: bytes, columns: bytes | None, label: str) -> str:
    """``{table}_{columns}_{label}``: what is too long is cut from the longer of the first two."""
    room = _LIMIT - len(label) - 1 - (columns is not None)
    first, second = len(table), len(columns or b"")
    while first + second > room:
        if first > second:
            first -= 1
        else:
            second -= 1
    parts = [_clipped(table, first), *([] if columns is None else [_clipped(columns, second)]), label.encode()]
    return b"_".join(parts).decode()


def _clipped(name: str | bytes, limit: int = _LIMIT) -> bytes:
    """At most so many bytes, and no half characters; a lone surrogate, which no name can have, becomes ``?``."""
    encoded = name[:limit].encode(errors="replace") if isinstance(name, str) else name
    return encoded[:limit].decode(errors="ignore").encode()


def mysql_name(shape: Shape, taken: Collection[str] = ()) -> str:
    """The name that MySQL and MariaDB give a foreign key (``t_ibfk_1``) or a unique constraint (its first column).

    For a foreign key ``taken`` are the names of those that the table had before the statement, even if the statement
    drops them, and of the nameless ones before it in the statement; named ones in the same statement do not count.
    For a unique constraint they are the names of the table's indexes and of those before it in the statement. An index
    that a foreign key made for itself is one of them, named as its constraint or else like a unique constraint; not if
    it made none or loses it to this statement, because another index begins with its columns.
    """
    if shape.kind == FOREIGN_KEY:
        return mysql_key_name(shape.table, max((mysql_key_number(name, shape.table) for name in taken), default=0) + 1)
    known = {"primary", *(name.lower() for name in taken)}
    name, number = shape.columns[0], 1
    while name.lower() in known:
        number += 1
        name = f"{shape.columns[0]}_{number}"
    return name


def mysql_key_name(table: str, number: int) -> str:
    """The name of the foreign key of a table that has this number."""
    return f"{table}_ibfk_{number}"


def mysql_key_number(name: str, table: str) -> int:
    """The number of a foreign key of this table whose name MySQL has made up, 0 for other names."""
    found = _KEY_NUMBER.fullmatch(name, len(table)) if name.startswith(table) else None
    return 0 if found is None else int(found[1])


def cut_names(name: str) -> set[str]:
    """What SQLAlchemy makes of the name of a naming convention that is too long for PostgreSQL or MySQL.

    ``IdentifierPreparer._truncate_and_render_maxlen`` of sqlalchemy/sql/compiler.py; MySQL takes 64 characters.
    """
    mark = md5(name.encode(errors="replace"), usedforsecurity=False).hexdigest()[-4:]
    return {f"{name[: most - 8]}_{mark}" for most in (_LIMIT, _LIMIT + 1) if len(name) > most}


def may_be_cut(name: str) -> bool:
    """Whether a name has the form and the length of one that was too long."""
    return len(name) in (_LIMIT - 3, _LIMIT - 2) and _CUT.fullmatch(name) is not None


def may_be_mysql_name(name: str, shape: Shape) -> bool:
    """Whether the name has the form that MySQL gives to such a constraint."""
    if shape.kind == FOREIGN_KEY:
        form = rf"{re.escape(shape.table.lower())}_ibfk_[1-9][0-9]{{0,9}}"
    elif shape.kind == UNIQUE and shape.columns:
        form = rf"{re.escape(shape.columns[0].lower())}(?:_(?:[2-9]|[1-9][0-9]))?"
    else:
        return False
    return re.fullmatch(form, name.lower()) is not None


class ConventionError(ValueError):
    """A naming convention that is none, or that cannot be worked out without running the project."""


POSTGRESQL_CONVENTION = {
    FOREIGN_KEY: "%(table_name)s_%(column_0_N_name)s_fkey",
    UNIQUE: "%(table_name)s_%(column_0_N_name)s_key",
    PRIMARY_KEY: "%(table_name)s_pkey",
}
"""PostgreSQL's names as a naming convention, as long as none is too long or taken."""


def literal_template(name: str) -> str:
    """A template that gives just this name."""
    return name.replace("%", "%%")


class Exact(NamedTuple):
    """In place of a template: the names themselves, by the columns of the constraints, joined by ``_``.

    For names that nothing but the order of the constraints tells apart (``t_ibfk_1``, ``t_ibfk_2``).
    """

    names: tuple[tuple[str, str], ...]


Template = str | Exact


def columns_key(columns: Sequence[str]) -> str:
    """How Exact knows constraints by their columns."""
    return "_".join(columns)


def from_template(template: Template, shape: Shape) -> str | None:
    """The name that a template of a naming convention gives a nameless constraint, None if it gives none.

    A template in a script may hold anything; what is neither ``%(token)s`` nor ``%%`` is no template of SQLAlchemy's.
    """
    if isinstance(template, Exact):
        return dict(template.names).get(columns_key(shape.columns))
    tokens = _Tokens(shape)

    def value(found: re.Match[str]) -> str:
        return "%" if found.group() == "%%" else tokens[found.group(1) or ""]

    try:
        return _TOKEN.sub(value, template)
    except (KeyError, IndexError):
        return None


class _Tokens:
    """The values of the tokens for one constraint."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def __getitem__(self, token: str) -> str:
        shape = self.shape
        if token == "table_name":
            return shape.table
        if token == "referred_table_name" and shape.referred_table:
            return shape.referred_table
        found = _COLUMN_TOKEN.fullmatch(token)
        if found is None:
            raise KeyError(token)
        index, several, what, referred_index, referred_several = found.groups()
        if what is None:
            if not shape.referred_columns:
                raise KeyError(token)
            return _chosen(shape.referred_columns, referred_index, referred_several)
        in_text = shape.kind == CHECK and not shape.of_type  # where SQLAlchemy sees no columns
        names = () if in_text else shape.columns
        if what == "label":
            if shape.schema == UNKNOWN:
                raise KeyError(token)
            prefix = f"{shape.schema.replace('.', '_')}_{shape.table}" if shape.schema else shape.table
            names = tuple(f"{prefix}_{name}" for name in names)
        beyond = index is not None and int(index) >= len(names)
        return "" if beyond else _chosen(names, index, several)


def _chosen(names: Sequence[str], index: str | None, several: str) -> str:
    return names[int(index)] if index is not None else ("_" if several == "_N" else "").join(names)


class Shown(NamedTuple):
    """A naming convention that a project shows: its templates by kind, None for one that only running it tells.

    ``where`` is the module, from the project's outermost folder, and the line.
    """

    templates: tuple[tuple[str, str | None], ...]
    where: str


class Naming(NamedTuple):
    """How nameless constraints are named: a mode, or the templates of a naming convention.

    ``templates`` are by kind; several of a kind are those that may be meant, and a name is what all of them give. One
    that cannot be told is None. ``where`` says where the convention stands, for a finding; "" if in the settings.
    Kinds without a template get PostgreSQL's names if ``whole``: then it is known that the convention has none.
    """

    mode: str = AUTO
    templates: tuple[tuple[str, str | None], ...] = ()
    where: str = ""
    whole: bool = False

    def of_kind(self, kind: str) -> tuple[str | None, ...]:
        return tuple(template for each, template in self.templates if each == kind)

    def governs(self, kind: str) -> bool:
        """Whether what has no name by the templates has none at all."""
        return bool(self.of_kind(kind) if self.whole else self.templates)

    def leaves_nameless(self, kind: str) -> bool:
        """Whether the project surely has no naming convention for this kind."""
        return self.mode != KEEP and not self.governs(kind)

    def name(self, shape: Shape) -> str | None:
        """The name that a nameless constraint gets by the templates, None if it gets none."""
        names = {template and from_template(template, shape) for template in self.of_kind(shape.kind)}
        return names.pop() if len(names) == 1 else None

    def lacks(self, kind: str) -> str:
        """Why a constraint of this kind gets no name by the templates."""
        convention = f"the naming convention{self.where and ' '}{self.where}"
        templates = self.of_kind(kind)
        if not templates:
            return f"{convention} has none for {KINDS[kind]}"
        if None in templates:
            return f"what {convention} has for {KINDS[kind]} is no literal"
        listed = " or ".join(f'"{each}"' for each in sorted(filter(None, templates), key=len)[:2])
        if len(templates) > 1:
            return f"{convention} may be {listed} for {KINDS[kind]}"
        return f"{convention} has {listed} for {KINDS[kind]}, and not all that it takes can be told"


def read_naming(value: object) -> Naming:
    """The setting: ``"auto"``, ``"postgresql"``, ``"keep"`` or a table of templates. Raises ConventionError."""
    if isinstance(value, str) and value in (AUTO, POSTGRESQL, KEEP):
        return Naming(value)
    if not isinstance(value, Mapping):
        raise ConventionError(
            f"{value!r} is neither auto, postgresql, keep nor a table such as "
            '{fk = "fk_%(table_name)s_%(column_0_name)s"}; a convention in Python has to be written out here'
        )
    if not value:
        raise ConventionError('the table is empty; "keep" leaves constraints without a name')
    for kind, template in value.items():
        _check_template(kind, template)
    return Naming("", tuple(value.items()))


def is_template(text: str, own: Collection[str] = ()) -> bool:
    """Whether SQLAlchemy fills in all of a template with its tokens, where ``own`` are tokens of the project's."""
    try:
        _check_template(INDEX, text)
    except ConventionError:
        return False
    return not any(found.group(1) in own for found in _TOKEN.finditer(text))


def _check_template(kind: object, template: object) -> None:
    if kind not in KINDS:
        raise ConventionError(f"{kind!r} is not one of {', '.join(KINDS)}")
    if not isinstance(template, str):
        raise ConventionError(f"{kind} is {template!r}, not a text; a function cannot be worked out without running it")
    for found in _TOKEN.finditer(template):
        token = found.group(1)
        if found.group() == "%":
            raise ConventionError(f"{kind}: {template!r} has a % that begins no token; write %% for a percent sign")
        known = ("table_name", "referred_table_name", "constraint_name")
        if token and token not in known and not _COLUMN_TOKEN.fullmatch(token):
            raise ConventionError(
                f"{kind}: %({token})s is not a token of SQLAlchemy's; one that is a function cannot be worked out "
                "without running it"
            )
