"""``# sqlite-batchify: skip`` and ``ignore[CODE]``."""

from __future__ import annotations

import pytest

from sqlite_batchify import rewrite_source

_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n\n\n"


def _codes(source: str) -> list[str]:
    return [f"{each.line} {each.code.code}" for each in rewrite_source(source.encode()).findings]


@pytest.mark.parametrize(
    "script",
    [
        f"# sqlite-batchify: skip\n{_HEAD}def upgrade():\n    op.drop_column('t', 'a')\n",
        f'"""Why."""\n\n# sqlite-batchify: skip because of it\n{_HEAD}def upgrade():\n    op.drop_column("t", "a")\n',
        f"{_HEAD}def upgrade():  # sqlite-batchify: skip\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}# sqlite-batchify: skip\ndef upgrade():\n    if x:\n        op.drop_column('t', 'a')\n",
        f"{_HEAD}def upgrade(\n    a,\n):  # sqlite-batchify: skip\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}@f\n# sqlite-batchify: skip\ndef upgrade():\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}def upgrade():\n    op.drop_column('t', 'a')  # sqlite-batchify: skip\n",
        f"{_HEAD}def upgrade():\n    # sqlite-batchify: skip\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}def upgrade():\n    # sqlite-batchify: skip\n    # why\n\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}def upgrade():\n    op.drop_column(\n        't',  # sqlite-batchify: skip\n        'a',\n    )\n",
        f"{_HEAD}def upgrade():\n    op.drop_column(\n        't',\n        'a',\n    )  #sqlite-batchify:skip\n",
        f"{_HEAD}def upgrade():\n    op.drop_column('t', 'a'); op.drop_column('t', 'b')  # sqlite-batchify: skip\n",
        f"{_HEAD}def upgrade():\n    if x: op.drop_column('t', 'a')  # sqlite-batchify: skip\n",
        f"{_HEAD}if x:\n    pass\nelif y:  # sqlite-batchify: skip\n    op.drop_column('t', 'a')\n",
        f"{_HEAD}def upgrade():\n    with x:  # sqlite-batchify: skip\n        [op.drop_column('t', c) for c in y]\n",
        f"{_HEAD}def upgrade():\n    op.execute('ALTER TABLE t ALTER c TYPE int')  # sqlite-batchify: skip\n",
    ],
)
def test_what_is_to_be_skipped_stays_and_has_no_finding(script: str) -> None:
    plain = script.replace("sqlite-batchify:", "")
    rewritten = rewrite_source(plain.encode())
    assert rewritten.changed or rewritten.findings

    rewritten = rewrite_source(script.encode())
    assert not rewritten.changed
    assert rewritten.findings == ()


def test_only_the_statement_that_is_meant_is_skipped() -> None:
    script = f"""{_HEAD}def upgrade():
    op.drop_column("t", "a")
    op.drop_column("t", "b")  # sqlite-batchify: skip
    op.drop_column("t", "c")


def downgrade():
    op.drop_column("t", "d")
"""
    expected = f"""{_HEAD}def upgrade():
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("a")
    op.drop_column("t", "b")  # sqlite-batchify: skip
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("c")


def downgrade():
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_column("d")
"""

    assert rewrite_source(script.encode()).result.decode() == expected
    assert not rewrite_source(expected.encode()).changed


_RAW = "op.execute('ALTER TABLE t ALTER c TYPE int')"


@pytest.mark.parametrize(
    "script",
    [
        f"def upgrade():\n    {_RAW}  # sqlite-batchify: ignore[SB108]\n",
        f"def upgrade():\n    {_RAW}  # sqlite-batchify: ignore[SB101, SB108] there is a reason\n",
        f"def upgrade():\n    {_RAW}  # sqlite-batchify: ignore\n",
        f"def upgrade():\n    # sqlite-batchify: ignore[SB108]\n    {_RAW}\n",
        f"def upgrade():  # sqlite-batchify: ignore[SB108]\n    pass\n    {_RAW}\n",
        "op.execute(  # sqlite-batchify: ignore[SB108]\n    'ALTER TABLE t ALTER c TYPE int'\n)\n",
    ],
)
def test_what_is_to_be_ignored_is_no_finding(script: str) -> None:
    assert _codes(_HEAD + script.replace("sqlite-batchify:", "")) != []
    assert _codes(_HEAD + script) == []


def test_in_front_of_the_first_statement_it_holds_for_the_script() -> None:
    assert _codes(f"# sqlite-batchify: ignore[SB108]\n{_HEAD}def upgrade():\n    {_RAW}\n    {_RAW}\n") == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"def upgrade():\n    {_RAW}  # sqlite-batchify: ignore[SB101]\n", ["6 SB108", "6 SB112"]),
        (f"def upgrade():\n    pass  # sqlite-batchify: ignore\n    {_RAW}\n", ["6 SB112", "7 SB108"]),
        ("def upgrade():\n    pass  # sqlite-batchify: ignore[SB108]\n", ["6 SB112"]),
        ("def upgrade():\n    pass  # sqlite-batchify: ignore[SB417]\n", []),
        (f"def upgrade():\n    {_RAW}  # sqlite-batchify: ignore[SB18]\n", ["6 SB108", "6 SB113"]),
        (f"def upgrade():\n    {_RAW}  # sqlite-batchify: skipp\n", ["6 SB108", "6 SB113"]),
        (f"def upgrade():\n    {_RAW}\n    # sqlite-batchify: skip\n\n\nx = 1\n", ["6 SB108", "7 SB113"]),
        ("def upgrade():\n    if x:\n        pass\n    else:  # sqlite-batchify: skip\n        pass\n", ["8 SB113"]),
    ],
)
def test_comments_that_do_nothing_are_found(script: str, expected: list[str]) -> None:
    assert _codes(_HEAD + script) == expected


def test_the_nearest_code_is_named() -> None:
    source = f"{_HEAD}def upgrade():\n    {_RAW}  # sqlite-batchify: ignore[SB0108]\n"

    (found,) = [each for each in rewrite_source(source.encode()).findings if each.code.code == "SB113"]

    assert found.detail == "there is no code SB0108; did you mean SB108?"


def test_findings_that_could_not_be_looked_for_are_not_silenced() -> None:
    found = rewrite_source(f"# sqlite-batchify: ignore\n{_HEAD}op.drop_column(\n".encode()).findings

    assert [each.code.code for each in found] == ["SB903"]


def test_strings_are_no_comments() -> None:
    source = f"{_HEAD}def upgrade():\n    op.drop_column('# sqlite-batchify: skip', 'a')\n"

    assert rewrite_source(source.encode()).changed


def test_the_variable_of_new_blocks_has_the_name_that_is_given() -> None:
    source = f"{_HEAD}def upgrade():\n    op.drop_column('t', 'a')\n"

    result = rewrite_source(source.encode(), batch_name="batch").result.decode()

    assert "with op.batch_alter_table('t') as batch:\n        batch.drop_column('a')" in result
    with pytest.raises(ValueError, match="'a b' is no name for a variable"):
        rewrite_source(source.encode(), batch_name="a b")


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
def test_lines_are_counted_as_python_does(newline: bytes) -> None:
    source = (
        f"{_HEAD}def upgrade():\n".encode()
        + b'    op.drop_column("t", "a")\n    op.drop_column("t", "b")  # sqlite-batchify: skip\n'
    )
    wrong = b"    op.drop_table('u')  # sqlite-batchify: no\n"
    line = _HEAD.count("\n") + 4

    rewritten = rewrite_source((source + wrong).replace(b"\n", newline))

    assert rewritten.result == rewrite_source(source + wrong).result.replace(b"\n", newline)
    assert rewritten.result.count(b"batch_op.drop_column") == 1
    assert [(each.code.code, each.line) for each in rewritten.findings] == [("SB113", line)]
