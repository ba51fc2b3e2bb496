"""The rewriter on real revision scripts: those in the wheels of packages that ship their Alembic history.

``python -m tests.corpus`` downloads the wheels and checks the promises on every script: nothing crashes, the bytes
outside the operations stay, the operations stay the same and in order, nothing that SQLite cannot do is left without a
finding, and the DDL for the other databases is the same text. Nothing here uses the code of the rewriter to judge it.
"""
