"""A plan carried out: text + plan -> text.

``script.py`` goes down the suites that the plan names, ``blocks.py`` makes and extends blocks, ``calls.py`` changes the
arguments of calls, and ``text.py`` stands between a text and LibCST's tree. ``fixes.py`` replaces statements in a text.

LibCST is imported here, and nowhere else but in the codemod.
"""
