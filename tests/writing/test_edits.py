"""Remedies that are put into scripts: what becomes of the text, and what has no place in it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from sqlite_batchify.planning import edits
from sqlite_batchify.planning.edits import Edit, Remedy, edits_of, joined, put
from sqlite_batchify.planning.placing import PlacingError, place_edits
from sqlite_batchify.writing.edits import write_edits

ON_SQLITE = 'if op.get_context().dialect.name == "sqlite": '
ELSEWHERE = ON_SQLITE.replace("==", "!=")
KWARGS = Edit(edits.KEYWORDS, 'op.batch_alter_table("t", table_kwargs={"sqlite_autoincrement": True})')
COLUMN = Edit(edits.KEYWORDS, 'op.batch_alter_table("t", reflect_args=[sa.Column("a", sa.Text(), nullable=False)])')
IMPORTS = "from alembic import op\nimport sqlalchemy as sa\n"


def _write(text: str, *given: Edit) -> str:
    return write_edits(text, place_edits(text, given))


def _line(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def _edited(body: str, *given: Edit, imports: str = IMPORTS, at: str = "batch_alter_table") -> str:
    """An upgrade() with edits at the line that has these words; its body as it is then."""
    before = f"{imports}\n\ndef upgrade():\n" + "".join(
        f"    {line}\n" if line else "\n" for line in dedent(body).strip("\n").split("\n")
    )
    after = _write(before, *(each.at(_line(before, at)) for each in given))
    return after.partition("def upgrade():\n")[2]


def _body(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in dedent(text).strip("\n").split("\n"))


def test_keywords_of_a_block() -> None:
    plain = _edited('with op.batch_alter_table("t") as b:\n    b.drop_column("x")', KWARGS, COLUMN)
    assert plain == _body("""
        with op.batch_alter_table("t", table_kwargs={"sqlite_autoincrement": True}, reflect_args=[sa.Column("a", sa.Text(), nullable=False)]) as b:
            b.drop_column("x")
        """)  # noqa: E501


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('reflect_args=[sa.Column("a")]', 'reflect_args=[sa.Column("a", sa.Text(), nullable=False)]'),
        (
            "reflect_args=[sa.Column('b'), sa.Column('a')]",
            "reflect_args=[sa.Column('b'), sa.Column('a', sa.Text(), nullable=False)]",
        ),
        ("reflect_args=[x]", 'reflect_args=[x, sa.Column("a", sa.Text(), nullable=False)]'),
        ("reflect_args=None", 'reflect_args=[sa.Column("a", sa.Text(), nullable=False)]'),
    ],
)
def test_a_column_is_there_once(before: str, after: str) -> None:
    text = 'with op.batch_alter_table("t", {}) as b:\n    b.drop_column("x")'

    assert _edited(text.format(before), COLUMN).replace('"', "'") == _body(text.format(after)).replace('"', "'")


def test_around_and_in_a_block() -> None:
    made = _edited(
        """
        # about the block
        with op.batch_alter_table('t') as b:
            b.drop_column('x')  # gone
            # the end
        pass
        """,
        Edit(edits.BEFORE_BLOCK, f'{ON_SQLITE}op.execute("a"); op.execute("b")'),
        Edit(edits.FIRST_IN_BLOCK, f'{ON_SQLITE}b.drop_index("i")'),
        Edit(edits.IN_BLOCK, f'{ON_SQLITE}b.create_index("i", ["y"])'),
        Edit(edits.BEHIND_BLOCK, f'{ON_SQLITE}op.execute("""c""")'),
        Edit(edits.BEHIND_BLOCK, f'{ON_SQLITE}op.execute("d")'),
        Edit(edits.BEHIND_BLOCK, f'{ON_SQLITE}op.execute("d")'),
    )

    assert made == _body("""
        # about the block
        if op.get_context().dialect.name == 'sqlite':
            op.execute('a')
            op.execute('b')
        with op.batch_alter_table('t') as b:
            if op.get_context().dialect.name == 'sqlite':
                b.drop_index('i')
            b.drop_column('x')  # gone
            if op.get_context().dialect.name == 'sqlite':
                b.create_index('i', ['y'])
            # the end
        if op.get_context().dialect.name == 'sqlite':
            op.execute('c')
            op.execute('d')
        pass
        """)


def test_a_block_on_one_line_among_others() -> None:
    made = _edited(
        'pass; x = 1\nwith op.batch_alter_table("t") as b: b.drop_column("x"); b.drop_column("y")  # why',
        Edit(edits.FIRST_IN_BLOCK, f'{ON_SQLITE}b.drop_index("i")'),
    )

    assert made == _body("""
        pass; x = 1
        with op.batch_alter_table("t") as b:
            if op.get_context().dialect.name == "sqlite":
                b.drop_index("i")
            b.drop_column("x")
            b.drop_column("y")  # why
        """)


def test_a_block_is_divided() -> None:
    body = """
        with op.batch_alter_table("t", recreate="auto") as b:
            b.add_column(x)

            # the last one
            b.drop_column("y")
        """
    text = f"{IMPORTS}\n\ndef upgrade():\n{_body(body)}"

    made = _write(text, Edit(edits.DIVIDE, line=_line(text, "drop_column")))

    assert made.partition("def upgrade():\n")[2] == _body("""
        with op.batch_alter_table("t", recreate="auto") as b:
            b.add_column(x)

        with op.batch_alter_table("t", recreate="auto") as b:
            # the last one
            b.drop_column("y")
        """)


def test_what_leaves_a_block_takes_its_comments_along() -> None:
    body = """
        # about the block
        with op.batch_alter_table("t") as b:
            # about the index
            b.create_index("i", [sa.text("lower(x)")])  # and more
        """
    text = f"{IMPORTS}\n\ndef upgrade():\n{_body(body)}"
    line = _line(text, "create_index")
    behind = Edit(edits.BEHIND_BLOCK, 'op.create_index("i", "t", [sa.text("lower(x)")])', line)

    made = _write(text, Edit(edits.LEAVE_OUT, line=line), behind)

    assert made.partition("def upgrade():\n")[2] == _body("""
        # about the block
        # about the index
        # and more
        op.create_index("i", "t", [sa.text("lower(x)")])
        """)


def test_a_statement_instead_of_another_has_its_arguments_and_comments() -> None:
    made = _edited(
        """
        with op.batch_alter_table("t") as b:
            # say why
            b.drop_index(
                NAME,
                if_exists=True,
            )  # here
        """,
        Edit(
            edits.INSTEAD,
            f"{ON_SQLITE.replace('==', '!=')}b.drop_index(..., if_exists=True)\n{ON_SQLITE}b.drop_index(...)",
        ),
        at="b.drop_index",
    )

    assert made == _body("""
        with op.batch_alter_table("t") as b:
            # say why
            # here
            if op.get_context().dialect.name != "sqlite":
                b.drop_index(NAME, if_exists=True)
            if op.get_context().dialect.name == "sqlite":
                b.drop_index(NAME)
        """)


def test_arguments_of_a_call() -> None:
    where = Edit(edits.ARGUMENT, 'sqlite_where=sa.text("x")', of="create_index")
    made = _edited(
        """
        op.create_index(
            "i", "t", ["x"],
            postgresql_where=sa.text("x"),
            unique=True,
        )
        """,
        where,
        Edit(edits.WITHOUT_ARGUMENT, of="unique"),
        Edit(edits.BEFORE, f'{ON_SQLITE}op.execute("a")'),
        Edit(edits.AT_END, f'{ON_SQLITE}op.execute("z")'),
        at="postgresql_where",
    )

    assert made == _body("""
        if op.get_context().dialect.name == "sqlite":
            op.execute("a")
        op.create_index(
            "i", "t", ["x"],
            postgresql_where=sa.text("x"),
            sqlite_where=sa.text("x"),
        )
        if op.get_context().dialect.name == "sqlite":
            op.execute("z")
        """)


def test_the_words_of_the_script() -> None:
    text = (
        "import alembic\nimport sqlalchemy\n\ndef upgrade():\n\twith (\n\t\thelper('t'),\n"
        "\t\talembic.op.batch_alter_table('t') as b,\n\t):\n\t\tb.drop_column('x')\n"
    )

    made = _write(text, COLUMN.at(5), Edit(edits.BEHIND_BLOCK, f'{ON_SQLITE}op.execute("a")', 5))

    assert "reflect_args=[sqlalchemy.Column('a', sqlalchemy.Text(), nullable=False)]" in made
    assert made.endswith("\tif alembic.op.get_context().dialect.name == 'sqlite':\n\t\talembic.op.execute('a')\n")


@pytest.mark.parametrize(
    "imports",
    [
        '"""Doc"""\nfrom alembic import op\n',
        "from alembic.op import batch_alter_table\n",
        "from __future__ import annotations\n\nfrom alembic import op  # here\n",
    ],
)
def test_sqlalchemy_is_imported_where_an_edit_names_it(imports: str) -> None:
    dot = "" if "batch" in imports else "op."
    text = f'{imports}\n\ndef upgrade():\n    with {dot}batch_alter_table("t") as b:\n        b.drop_column("x")\n'

    assert _write(text, COLUMN.at(_line(text, "with "))).startswith(f"{imports}import sqlalchemy as sa\n")
    assert "sqlalchemy" not in _write(text, KWARGS.at(_line(text, "with ")))


def test_the_table_of_copy_from() -> None:
    given = Edit(edits.IN_COPY_FROM, 'sa.Column("a", sa.Text()), sa.UniqueConstraint("a")')
    made = _edited(
        """
        table = sa.Table("t", sa.MetaData(), sa.Column("id"), sa.Column("a"), sqlite_strict=True)
        with op.batch_alter_table("t", copy_from=table) as b:
            b.drop_column("x")
        """,
        given,
    )

    assert made.splitlines()[0].strip() == (
        'table = sa.Table("t", sa.MetaData(), sa.Column("id"), sa.Column("a", sa.Text()), sa.UniqueConstraint("a"), '
        "sqlite_strict=True)"
    )


@pytest.mark.parametrize(
    ("body", "edit", "why"),
    [
        ('for t in "ab":\n    with op.batch_alter_table(t) as b:\n        pass', KWARGS, "is not written out"),
        ('with op.batch_alter_table("t", table_kwargs=x) as b:\n    pass', KWARGS, "table_kwargs is not written out"),
        ('helper("batch_alter_table")', KWARGS, "the block is opened elsewhere"),
        ('with op.batch_alter_table("t") as b:\n    pass', Edit(edits.WITHOUT_KEYWORD, of="recreate"), "no recreate="),
        ('with op.batch_alter_table("t") as b:\n    pass', Edit(edits.DIVIDE), "cannot be divided"),
        ('with op.batch_alter_table("t") as b:\n    pass', Edit(edits.INSTEAD, "pass"), "compound"),
        ('x = "batch_alter_table"', Edit(edits.WITHOUT_ARGUMENT, of="y"), "is no call"),
        ('x = "batch_alter_table"', Edit(edits.ARGUMENT, "a=1", of="y"), "does not call y once"),
        ('f("batch_alter_table")', Edit(edits.INSTEAD, "op.f(...).g(...)"), "not all of the statement"),
        (
            'with op.batch_alter_table("t", copy_from=x()) as b:\n    pass',
            Edit(edits.IN_COPY_FROM, "x"),
            "Table of copy",
        ),
    ],
)
def test_edits_without_a_place(body: str, edit: Edit, why: str) -> None:
    with pytest.raises(PlacingError, match=why):
        _edited(body, edit)


def test_a_script_without_a_name_for_op() -> None:
    text = 'from alembic.op import batch_alter_table\n\nwith batch_alter_table("t") as b:\n    pass\n'

    assert "table_kwargs" in _write(text, KWARGS.at(3))
    with pytest.raises(PlacingError, match="no name for alembic"):
        _write(text, Edit(edits.BEHIND_BLOCK, f'{ON_SQLITE}op.execute("a")', 3))


def test_words_and_edits_come_from_one_thing() -> None:
    first, last = put(edits.FIRST_IN_BLOCK, "a()"), put(edits.BEHIND_BLOCK, "b()")

    both = joined("do it; ", first, "; ", last, "; or not")

    assert both == "do it; first in the block: a(); behind the block: b(); or not"
    assert both.edits == (Edit(edits.FIRST_IN_BLOCK, "a()"), Edit(edits.BEHIND_BLOCK, "b()"))
    assert edits_of(["a", both, Remedy("c")]) == both.edits
