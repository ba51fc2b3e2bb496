"""The naming conventions that stand in a module."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlite_batchify.names import KINDS, Shape, from_template
from sqlite_batchify.reading.conventions import Written, conventions_in

FULL = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_ALL = tuple(FULL.items())
_UQ = "uq_%(table_name)s"
_ONE = (("uq", _UQ),)
_LITERAL = f'{{"uq": "{_UQ}"}}'


def _templates(text: str) -> list[tuple[tuple[str, str | None], ...]]:
    return [each.templates for each in conventions_in(dedent(text))]


@pytest.mark.parametrize(
    "text",
    [
        "metadata = MetaData(naming_convention={})",
        "metadata = sa.MetaData(schema='a', naming_convention={})",
        "anything = {}",
        "anything: dict[str, str] = {}",
        "SQLModel.metadata.naming_convention = {}",
        "db = SQLAlchemy(metadata=MetaData(naming_convention={}))",
        "class Base(DeclarativeBase):\n    metadata = MetaData(naming_convention={})",
        "class Base:\n    convention = {}\n    metadata = MetaData(naming_convention=convention)",
        "def convention():\n    return {}",
        "async def f(convention={}):\n    pass",
        "if (convention := {}):\n    pass",
        "MetaData(naming_convention=immutabledict({}))",
        "MetaData(**{'naming_convention': {}})",
        "try:\n    pass\nexcept E:\n    target_metadata.naming_convention = {}",
    ],
)
def test_it_counts_wherever_it_stands(text: str) -> None:
    assert _templates(text.replace("{}", repr(FULL))) == [_ALL]


@pytest.mark.parametrize(
    "literal",
    [
        "dict(uq='uq_%(table_name)s')",
        "dict({'uq': 'uq_%(table_name)s'})",
        "dict({'uq': 'another_%(table_name)s'}, uq='uq_%(table_name)s')",
        "{sa.UniqueConstraint: 'uq_%(table_name)s'}",
        "{UniqueConstraint: 'uq_%(table_name)s'}",
        "{sa.schema.UniqueConstraint: 'another_%(table_name)s', 'uq': 'uq_%(table_name)s'}",
        "{KEY: 'uq_%(table_name)s'}",
        "{'uq': 'uq_' '%(table_name)s'}",
        "{'uq': 'uq_' + '%(table' + '_name)s'}",
        "{'uq': PREFIX + '_%(table_name)s'}",
        "{'uq': f'{PREFIX}_%(table_name)s'}",
        "{'uq': TEMPLATE}",
        "{**{'uq': 'uq_%(table_name)s'}}",
        "{**BASE, 'uq': 'uq_%(table_name)s'}",
        "{**AGAIN}",
        "BASE | {'uq': 'uq_%(table_name)s'}",
        "dict(BASE, uq=TEMPLATE)",
        "dict(**BASE, **{'uq': TEMPLATE})",
        "{'uq': TEMPLATE, 'ck': None, 'pk': ''}",
        "{'uq': TEMPLATE, 'label': lambda constraint, table: 'x'}",
    ],
)
def test_ways_to_write_the_same(literal: str) -> None:
    constants = f"""
        KEY = "uq"
        PREFIX = "uq"
        TEMPLATE = PREFIX + "_" + "%(table_name)s"
        BASE = dict(uq="another_%(table_name)s")
        AGAIN = {{**BASE, **{{"uq": "{_UQ}"}}}}
    """
    assert _templates(f"{constants}\n        MetaData(naming_convention={literal})")[-1] == _ONE


def test_classes_stand_for_all_kinds() -> None:
    classes = ("Index", "UniqueConstraint", "CheckConstraint", "ForeignKeyConstraint", "PrimaryKeyConstraint")
    pairs = ", ".join(f"sa.{each}: {template!r}" for each, template in zip(classes, FULL.values(), strict=True))

    assert _templates(f"x = {{{pairs}}}") == [_ALL]


@pytest.mark.parametrize(
    "value",
    [
        "make_name",
        "lambda constraint, table: 'x'",
        "templates.UNIQUE",
        "f'{schema}_%(table_name)s'",
        "shorten('uq_%(table_name)s')",
        "'uq_%(own)s'",
        "'uq_%(column_0_own)s'",
        "'uq_%(table_name)s_%d'",
        "'uq_%(table_name)5s'",
        "'100%'",
        "b'uq_%(table_name)s'",
        "5",
        "AGAIN + 'x'",
        "CHANGING",
        "'uq_%(referred_table_name)s_%(overridden)s'",
    ],
)
def test_what_only_running_it_tells_is_known_to_be_there(value: str) -> None:
    text = f"""
        AGAIN = AGAIN + "x"
        CHANGING = "a_%(table_name)s"
        CHANGING = "b_%(table_name)s"
        x = {{"uq": {value}, "pk": "pk_%(table_name)s", "own": own, "overridden": own}}
    """
    assert _templates(text) == [(("uq", None), ("pk", "pk_%(table_name)s"))]


def test_a_token_of_its_own_may_have_the_name_of_one_of_sqlalchemys() -> None:
    assert _templates('x = {"uq": "uq_%(table_name)s", "pk": "p_%(column_0_name)s", "table_name": short}') == [
        (("uq", None), ("pk", "p_%(column_0_name)s"))
    ]


@pytest.mark.parametrize(
    ("literal", "known"),
    [
        (f'{{**elsewhere, "uq": "{_UQ}"}}', {"uq": _UQ}),
        (f'{{"uq": "{_UQ}", **elsewhere}}', {}),
        (f'elsewhere | {{"uq": "{_UQ}"}}', {"uq": _UQ}),
        (f'dict(elsewhere.convention, uq="{_UQ}")', {"uq": _UQ}),
    ],
)
def test_another_that_goes_into_it_may_have_all_kinds(literal: str, known: dict[str, str]) -> None:
    assert _templates(f"x = {literal}") == [tuple((kind, known.get(kind)) for kind in KINDS)]


def test_percent_signs() -> None:
    assert _templates('x = {"uq": "100%%_%(table_name)s"}') == [(("uq", "100%%_%(table_name)s"),)]


def test_in_order_with_their_lines() -> None:
    text = f"""\
        def later():
            return {_LITERAL}


        x = dict(
            pk="pk_%(table_name)s",
        ); y = {_LITERAL}
    """
    pk = (("pk", "pk_%(table_name)s"),)

    assert conventions_in(dedent(text)) == [Written(2, _ONE), Written(5, pk), Written(7, _ONE)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = {}",
        'x = {"uq": "uq", "pk": "pk_%s"}',
        'x = {"uq": make_name}',
        'x = {"format": "%(table_name)s"}',
        'x = {"Index": "ix_%(table_name)s"}',
        'x = {"uq": "uq_%%(table_name)"}',
        '# naming_convention = {"uq": "uq_%(table_name)s"}',
        '"""naming_convention = {"uq": "uq_%(table_name)s"}"""',
        'update(uq="uq_%(table_name)s")',
        "MetaData(naming_convention=elsewhere)",
        'x = {"uq": "uq_%(table_name)s"',
        'x = "\0"',
        'x = {"uq": "uq_%(table_name)s"}; y = \ud800',
    ],
)
def test_none(text: str) -> None:
    assert conventions_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "op.batch_alter_table('t', naming_convention={})",
        "with batch_alter_table('t', naming_convention={}) as batch_op: pass",
        "with self.op.batch_alter_table('t', naming_convention=dict({})) as batch_op: pass",
        "with op.batch_alter_table('t', naming_convention=dict(BASE, **{})) as batch_op: pass",
        "def f():\n    x = {}\n    op.batch_alter_table('t', naming_convention=x)",
        "x = {}\nop.batch_alter_table('t', naming_convention=x)\nx = {}",
        "x = {}\nblock = partial(op.batch_alter_table, naming_convention=x)",
        "x = {}\nop.batch_alter_table('t', naming_convention={**x})",
    ],
)
def test_that_of_a_block_is_none_of_the_project(text: str) -> None:
    assert conventions_in(text.replace("{}", _LITERAL)) == []


@pytest.mark.parametrize("use", ["MetaData(naming_convention=x)", "Base.metadata.naming_convention = x"])
def test_that_of_a_block_and_of_the_metadata_counts(use: str) -> None:
    assert _templates(f"x = {_LITERAL}\nop.batch_alter_table('t', naming_convention=x)\n{use}") == [_ONE]


def test_one_that_goes_into_another_counts_if_it_is_used_itself() -> None:
    text = f'x = {_LITERAL}\ny = {{**x, "pk": "pk_%(table_name)s"}}\n'
    both = (*_ONE, ("pk", "pk_%(table_name)s"))

    assert _templates(text) == [both]
    assert _templates(text + "MetaData(naming_convention=x)\n") == [_ONE, both]


@pytest.mark.parametrize("template", FULL.values())
def test_templates_give_sqlalchemys_names(template: str) -> None:
    """What is told from the text is what SQLAlchemy makes of it."""
    kind = template[:2]
    [(_, told)] = _templates(f"x = {{{kind!r}: {template!r}}}")[0]
    assert told is not None
    metadata = sa.MetaData(naming_convention={kind: template})
    sa.Table("parent", metadata, sa.Column("id", sa.Integer))
    column = sa.Column("a", sa.Integer)
    made: dict[str, sa.Constraint | sa.Index] = {
        "uq": sa.UniqueConstraint(column),
        "fk": sa.ForeignKeyConstraint(["a"], ["parent.id"]),
        "pk": sa.PrimaryKeyConstraint(column),
        "ix": sa.Index(None, column),
    }
    if kind in made:
        sa.Table("t", metadata, column, made[kind])
        assert from_template(told, Shape(kind, None, "t", ("a",), "parent", ("id",))) == str(made[kind].name)


def _dictionary(pairs: list[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"**{value}" if key[0] == "*" else f"{key}: {value}" for key, value in pairs) + "}"


_KEYS = st.sampled_from(["'ix'", "'fk'", "sa.Index", "KEY", "'own'", "1", "*KEY", "f'{x}'", "None", "a.b()", "**x"])
_VALUES = st.recursive(
    st.sampled_from(
        [
            "'%(table_name)s'",
            "'%(own)s'",
            "'%'",
            "A",
            "B",
            "C",
            "f'{A}%(table_name)s'",
            "None",
            "x.y",
            "[*a]",
            "1",
            "...",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "|", "%", "or"]), inner).map(lambda each: f"({' '.join(each)})"),
        st.lists(st.tuples(_KEYS, inner), max_size=4).map(_dictionary),
        inner.map("dict({}, ix='%(table_name)s')".format),
        inner.map("dict(**({}))".format),
        inner.map("batch_alter_table(naming_convention={})".format),
        inner.map("(lambda: {})()".format),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.tuples(_VALUES, _VALUES, _VALUES, st.sampled_from(["A", "B", "self.naming_convention", "a, *b", "C[0]"])))
def test_nothing_is_too_odd(drawn: tuple[str, str, str, str]) -> None:
    first, second, third, target = drawn
    text = f"A = {first}\nB = {second}\nclass C:\n    {target} = {third}\n"
    ast.parse(text)

    for line, templates in conventions_in(text):
        assert 1 <= line <= 4
        assert [kind for kind in KINDS if kind in dict(templates)] == [kind for kind, _ in templates]


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "{'uq': " * 150 + "'%(table_name)s'" + "}" * 150,
        "x = " + " | ".join(["{'uq': '%(table_name)s'}"] * 1_500),
        "x = {'uq': " + " + ".join(["'%(table_name)s'"] * 1_500) + "}",
        "\n".join(f"a{number} = {{**a{number + 1}, **a{number + 1}}}" for number in range(500)),
        "\n".join(f"a{number} = a{number + 1} + a{number + 1}" for number in range(60)) + "\nx = {'uq': a0}",
        "if a:\n    pass\n" + "elif b:\n    pass\n" * 2_000,
        "x = {'uq': '%(table_name)s'}\n" * 5_000,
    ],
    ids=["nested", "unions", "sums", "spread", "doubled", "elifs", "many"],
)
def test_much_of_it(text: str) -> None:
    conventions_in(text)


_BOTH = (("uq", _UQ), ("fk", "fk_%(table_name)s"))


@pytest.mark.parametrize(
    "text",
    [
        "C = {}\nC.update({'fk': 'fk_%(table_name)s'})",
        "C = {}\nC.update(fk='fk_%(table_name)s')",
        "C = {}\nC.update({sa.ForeignKeyConstraint: 'fk_%(table_name)s'})",
        "C = {}\nC['fk'] = 'fk_%(table_name)s'",
        "C = {}\nC |= {'fk': 'fk_%(table_name)s'}",
        "C: dict[str, str] = {}\nC['fk'] = 'another_%(table_name)s'\nC['fk'] = 'fk_%(table_name)s'",
        "MORE = dict(fk='fk_%(table_name)s')\nC = {}\nC.update(MORE)\nMetaData(naming_convention=C)",
        "C = {}\nC.update({'fk': 'fk_%(table_name)s'})\nMetaData(naming_convention=C)",
    ],
)
def test_what_is_put_into_it_later_counts(text: str) -> None:
    assert _templates(text.replace("{}", _LITERAL, 1)) == [_BOTH]


def test_all_of_it_may_be_put_into_it_later() -> None:
    assert _templates(f"C = {{}}\nC['uq'] = {_UQ!r}") == [_ONE]


@pytest.mark.parametrize(
    "text",
    ["if x:\n    C['uq'] = 'u'", "def f():\n    C.update(uq='u')", "C.update(other())", "C.update(**other)"],
)
def test_what_may_be_put_into_it_later_is_not_known(text: str) -> None:
    (templates,) = _templates(f"C = {_LITERAL}\n{text}")

    assert dict(templates)["uq"] is None


@pytest.mark.parametrize("text", ["D = {}\nD['uq'] = 'u'", "C.get('uq')", "C['label'] = label", "x = C['uq']"])
def test_what_is_put_elsewhere_does_not_count(text: str) -> None:
    assert _templates(f"C = {_LITERAL}\n{text}") == [_ONE]
