"""Which databases env.py attaches, as its text tells."""

from __future__ import annotations

import pytest

from sqlite_batchify.reading.attached import read_attached


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("""c.execute("ATTACH DATABASE 'crm.db' AS crm")""", {"crm"}),
        ("""c.execute("attach 'a.db' as CRM"); c.execute('ATTACH ":memory:" AS "hr"')""", {"crm", "hr"}),
        ("""c.execute(f"ATTACH DATABASE '{path}' AS crm")""", {"crm"}),
        ("""c.execute("ATTACH DATABASE ? AS crm", (path,))""", {"crm"}),
        ("""c.execute("ATTACH DATABASE '%s' AS crm" % path)""", {"crm"}),
        ("""for n in ["crm", "hr"]:\n    c.execute(f"ATTACH DATABASE '{n}.db' AS {n}")""", {"crm", "hr"}),
        ("""for n in {"crm": "a.db"}:\n    c.execute("ATTACH DATABASE ? AS " + n)""", {"crm"}),
        ("""c.execute("ATTACH DATABASE 'x' AS main")""", set()),
        ("""log("attached as ever")""", set()),
        ("""names = ["crm", "hr"]""", set()),
    ],
)
def test_names(text: str, names: set[str]) -> None:
    assert read_attached(text.encode()) == names
