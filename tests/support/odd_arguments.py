"""Calls of Alembic's operations and of what stands in them, with arguments that nobody would write, for hypothesis.

The parameters are those of the installed Alembic and SQLAlchemy.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from hypothesis import strategies as st

from sqlite_batchify.operations import BATCH_ALTER_TABLE, OPERATIONS
from tests.support import part

CALL = "§"
"""Where the call goes."""
ODD = (
    *("None", "True", "1", "-1.5", "...", "''", "' '", "'A'", "'a' 'b'", "'ü'", "'.'", "'a.b.c'", "'%'", "'%(x)s'"),
    *(r"'\0'", r"'\ud800'", "b'a'", "'a' * 3", f"'{'long' * 40}'", "r'a'", "u'a'", "'''a\n  b'''", "f'a'", "f'{name}'"),
    *("f'{name!r:>{x}}'", "f'{TABLE}'", "name", "TABLE", "COLUMNS", "NOTHING", "x.y", "x[0]", "f()", "f(x)(y)"),
    *("lambda: 0", "not x", "x if y else z", "(x := 1)", "x or 'a'", "'a' + name", "'a %s' % name", "'a'.join(x)"),
    *("[]", "()", "{}", "[['a']]", "[None]", "[1]", "[*x]", "[name]", "['a', 'a']", "['', '.']", "['a', x.y, *z]"),
    *("'ab'[0]", "{'a'}", "{'a': 1}", "{**x}", "{None: 'x'}", "{'uq': 1, 'fk': name}", "{'uq': '%', 'fk': '%d'}"),
    *("{'uq': '%(table_name)d', 'ck': '%s', 'pk': '%(column_9_name)s'}", "{'fk': '%(column_0_label)s%('}"),
    *("{'uq': '%(column_" + "9" * 5000 + "_name)s'}", "'t_ibfk_" + "9" * 5000 + "'"),
    *("[x for x in y]", "(x for x in y)", "{x: x for x in y}", "op.f('a')", "op.f()", "op.f(None)", "op.f(*x)", "op.f"),
    *("op.f('a', 'b')", "op.f(op.f('a'))", "op.add_column('t', sa.Column('a'))", "sa.Column", "sa.Column()"),
    *("sa.Column(*x)", "sa.Column('a', **x)", "sa.Column('a', unique=True)", "sa.Column('a', index=True)"),
    *("sa.Column(None)", "sa.Column(sa.Integer())", "sa.Column(name='a', type_=sa.Integer(), index=True, unique=True)"),
    *("sa.Column(unique=True)", "sa.Column(index=True, *x)", "sa.Column(sa.ForeignKey())", "sa.ForeignKey()"),
    *("sa.ForeignKey('u')", "sa.ForeignKey(1)", "sa.ForeignKey(*x, name=None)", "sa.UniqueConstraint()"),
    *(
        "sa.CheckConstraint()",
        "sa.PrimaryKeyConstraint()",
        "sa.ForeignKeyConstraint()",
        "sa.ForeignKeyConstraint([], [])",
    ),
    *("sa.Index()", "sa.Index(None)", "sa.Computed()", "sa.Enum()", "sa.Boolean(create_constraint=True)", "sa.text()"),
    *("sa.text('a > 0')", "sa.text('((')", "sa.text(*x)", "sa.func.now()", "sa.column()", "sa.column('a') > 0"),
)
"""Arguments of every wrong kind, and of some right ones in the wrong place."""
_USUAL = {
    **dict.fromkeys(("table_name", "source_table", "name"), "'t'"),
    **dict.fromkeys(("referent_table", "old_table_name", "new_table_name", "new_column_name"), "'u'"),
    **dict.fromkeys(("columns", "local_cols", "remote_cols"), "['a']"),
    **dict.fromkeys(("constraint_name", "index_name"), "None"),
    **{
        "column": "sa.Column('a', sa.Integer())",
        "column_name": "'a'",
        "type_": "sa.Integer()",
        "refcolumns": "['u.a']",
    },
    **{"condition": "'a > 0'", "sqltext": "'a > 0'", "sql": "'ALTER TABLE t ADD COLUMN a TEXT'"},
}
_HEAD = """\
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {before}
TABLE = "t"
COLUMNS = ["a", "b"]
NOTHING = []
"""
_FIRST = """\
op.create_table('t', sa.Column('a', sa.Integer(), sa.ForeignKey('u.id')), sa.Column('b', sa.Integer()),
        sa.PrimaryKeyConstraint('b'), sa.UniqueConstraint('a'), sa.UniqueConstraint('b', 'a'),
        sa.ForeignKeyConstraint(['a', 'b'], ['u.a', 'u.b']), sa.CheckConstraint('a > 0'), sa.Index('i', 'a'))
"""
"""What the calls of a history are about: a table with a nameless constraint of every kind."""
_UNIQUE = "op.create_table('t', sa.Column('a', sa.Integer(), unique=True))\n    "


@dataclass(frozen=True)
class Form:
    """Something that is called: its parameters, and a statement in which the call stands."""

    name: str
    positional: tuple[str, ...]
    keywords: tuple[str, ...]
    statement: str
    several: str = ""

    def usual(self) -> list[tuple[str, str]]:
        """Arguments that make sense; parameters and values."""
        return [(name, _USUAL.get(name, "'a'")) for name in self.positional]

    @property
    def id(self) -> str:
        return self.statement.replace(CALL, self.name).replace("\n    ", " ")


def _form(name: str, function: Callable[..., Any], statement: str, prefix: str = "") -> Form:
    """The form of a function of Alembic's or SQLAlchemy's."""
    kinds = {each.name: each.kind for each in inspect.signature(function).parameters.values()}
    by_place = [
        n for n, kind in kinds.items() if kind.name.startswith("POSITIONAL") and n not in ("self", "operations")
    ]
    several = next((n.lstrip("_") for n, kind in kinds.items() if kind.name == "VAR_POSITIONAL"), "")
    keywords = [n for n, kind in kinds.items() if kind.name == "KEYWORD_ONLY" and not n.startswith("_")]
    positional = tuple(n.lstrip("_") for n in by_place)
    return Form(prefix + name, positional, tuple(keywords), statement, several)


_BLOCK = f"with op.batch_alter_table('t') as batch_op:\n        {CALL}"
_METHODS = (BATCH_ALTER_TABLE, "create_table", "drop_table", "rename_table", "bulk_insert", "execute")


def _operations() -> Iterator[Form]:
    for each in OPERATIONS.values():
        yield Form(f"op.{each.name}", each.positional, each.keywords, CALL)
        yield Form(f"batch_op.{each.name}", each.batch_positional, each.batch_keywords, _BLOCK)
    for name in _METHODS:
        block = f"with {CALL} as batch_op:\n        batch_op.drop_column('a')"
        statement = block if name == BATCH_ALTER_TABLE else CALL
        yield _form(name, getattr(Operations, name), statement, "op.")


_COLUMN_ITEMS: tuple[Any, ...] = (sa.ForeignKey, sa.CheckConstraint, sa.Computed, sa.Identity, sa.Sequence)
_TYPES: tuple[Any, ...] = (sa.Boolean, sa.Enum, sa.String, sa.Numeric)
_TABLE_ITEMS: tuple[Any, ...] = (
    *(sa.Column, sa.ForeignKeyConstraint, sa.UniqueConstraint, sa.PrimaryKeyConstraint, sa.CheckConstraint, sa.Index),
)


def _items() -> Iterator[Form]:
    for item in (*_TABLE_ITEMS, *_COLUMN_ITEMS, *_TYPES):
        column = CALL if item is sa.Column else f"sa.Column('b', sa.Integer(), {CALL}, unique=True)"
        held = CALL if item in _TABLE_ITEMS else column
        for statement in (
            f"op.create_table('t', {held})",
            f"sa.Table('t', sa.MetaData(), {held}).create(op.get_bind())",
        ):
            yield _form(item.__name__, item.__init__, statement, "sa.")
        for statement in (f"op.add_column('t', {column})", _BLOCK.replace(CALL, f"batch_op.add_column({column})")):
            yield _form(item.__name__, item.__init__, statement, "sa.")


FORMS = (*_operations(), *_items())


def systematic(form: Form) -> list[bytes]:
    """A script for each parameter, in which it is given in every odd way, the others as usual.

    Each statement has a table of its own, so that the names that are made up do not collide. Of the ways every fifth is
    taken, by turns, if the tests are not to be thorough.
    """
    step = part(5, 1)
    parameters = (*form.positional, form.several, *form.keywords)
    named = [each for each in dict.fromkeys(parameters) if each]
    first = "" if form.name.startswith("sa.") else _UNIQUE
    ways = ([*_one_odd(form, name)][number % step :: step] for number, name in enumerate((*named, "unheard_of")))
    suites = [[first + _statement(form, each) for each in way] for way in ways]
    return written([[each.replace("'t'", f"'t{place}'") for place, each in enumerate(suite)] for suite in suites])


def _one_odd(form: Form, name: str) -> Iterator[list[str]]:
    usual = form.usual()
    others = [f"{parameter}={value}" for parameter, value in usual if parameter != name]
    yield others
    yield [*others, "**x"]
    yield ["*x"]
    place = [parameter for parameter, _ in usual].index(name) if name in form.positional else len(usual)
    before, behind = ([value for _, value in part] for part in (usual[:place], usual[place + 1 :]))
    yield [*before, "*x", *behind]
    for value in ODD:
        yield [*others, f"{name}={value}"]
        yield [*before, _in_parentheses(value), *behind]
    yield [*before, "'a'", *behind, f"{name}='a'"]
    yield [*before, *behind, f"{name}='a'", f"{name}='b'"]


def _in_parentheses(value: str) -> str:
    return f"({value})" if " for " in value or ":=" in value else value


def _statement(form: Form, arguments: Sequence[str]) -> str:
    return form.statement.replace(CALL, f"{form.name}({', '.join(arguments)})")


def history(scripts: Sequence[Sequence[str]]) -> list[bytes]:
    """The script that creates a table, and those with these statements behind it."""
    return written([[_FIRST], *scripts])


def written(scripts: Sequence[Sequence[str]]) -> list[bytes]:
    """Scripts that follow one on another: every statement in ``upgrade``, every other one in ``downgrade`` as well."""
    result = []
    for number, statements in enumerate(scripts):
        text = _HEAD.format(revision=f"r{number}", before=repr(f"r{number - 1}") if number else None)
        for name, suite in (("upgrade", statements), ("downgrade", statements[::2])):
            text += f"\n\ndef {name}():\n    " + "\n    ".join(suite or ["pass"])
        result.append(f"{text}\n".encode("utf-8", "surrogatepass"))
    return result


@st.composite
def calls(draw: st.DrawFn, form: Form) -> str:
    """A call of this form with any number of odd arguments."""
    by_place: list[str] = []
    by_name: list[str] = []
    usual = dict(form.usual())
    for name in (*form.positional, *form.keywords, *([form.several] if form.several else [])):
        value = draw(
            st.sampled_from([usual.get(name, "'a'"), *ODD]) if draw(st.booleans()) else st.just(usual.get(name))
        )
        how = draw(st.sampled_from(["place", "place", "name", "missing", "twice"]))
        if value is None or how == "missing":
            continue
        if how != "name" and name not in form.keywords:
            by_place.append(_in_parentheses(value))
        if how in ("name", "twice") or name in form.keywords:
            by_name.append(f"{name}={value}")
    star = draw(
        st.sampled_from(["", "", "", "", "*x", "**x", "unheard_of=1", *(f"{each}=None" for each in form.positional)])
    )
    if star:
        (by_place if star == "*x" else by_name).insert(0, star)
    return _statement(form, [*by_place, *by_name])


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """Up to six scripts of such calls."""
    some = st.sampled_from(FORMS).flatmap(calls)
    return history(draw(st.lists(st.lists(some, max_size=4), min_size=1, max_size=6)))
