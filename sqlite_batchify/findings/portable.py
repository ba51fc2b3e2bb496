"""What --portable finds in a script and leaves as it is."""

from __future__ import annotations

from . import pages
from .code import ERROR, Code, Explanation

NOT_GUARDED = Code(
    "SB130",
    "foreign-statement-left",
    ERROR,
    "raw SQL that means nothing on SQLite was left as it is ({hint}): {detail}",
    'put it under a test of its own: if op.get_context().dialect.name != "sqlite":',
    Explanation(
        why="""
        Under --portable a statement that is about something that SQLite does not have (an extension, a sequence, a
        setting) runs on other databases only. Here that cannot be done without more: its result is used, it shares its
        line, or what is executed at once means something on SQLite as well. Write it as a statement of its own, or
        guard it together with what uses its result.
        """,
        before="""
        made = op.get_bind().execute(sa.text("SELECT setval('ids', 7)"))
        """,
        after="""
        if op.get_context().dialect.name == "postgresql":
            made = op.get_bind().execute(sa.text("SELECT setval('ids', 7)"))
        """,
        page=f"{pages.SQLITE}/lang.html",
    ),
)
NOT_PORTABLE = Code(
    "SB131",
    "statement-not-portable",
    ERROR,
    "raw SQL that SQLite does not take: {detail}",
    "say it to SQLite in its own words, or leave it to other databases{hint}",
    Explanation(
        why="""
        SQLite does not take the statement, and it cannot be left out, as rows or tables depend on it. Say it in words
        that every database takes, or tell SQLite another one by the name of the dialect. This code stands only where
        --portable is on.
        """,
        before="""
        op.execute("UPDATE account SET age = email::integer")
        """,
        after="""
        op.execute("UPDATE account SET age = CAST(email AS INTEGER)")
        """,
        page=f"{pages.SQLITE}/lang.html",
    ),
)
DEFAULT_NOT_PORTABLE = Code(
    "SB132",
    "default-not-portable",
    ERROR,
    "a server default that SQLite does not take: {detail}",
    'give SQLite one of its own, or none: server_default=None if op.get_context().dialect.name == "sqlite" else ...',
    Explanation(
        why="""
        The default calls something that SQLite does not have, and nothing is known that does the same there; or it
        stands at the top of the script, where the database is not known. A table with it cannot be made, or takes no
        rows. This code stands only where --portable is on.
        """,
        before="""
        default = sa.text("current_user")
        op.add_column("account", sa.Column("by", sa.Text(), server_default=default))
        """,
        after="""
        here = op.get_context().dialect.name == "sqlite"
        default = None if here else sa.text("current_user")
        op.add_column("account", sa.Column("by", sa.Text(), server_default=default))
        """,
        page=f"{pages.SQLITE}/lang_createtable.html#the_default_clause",
    ),
)
