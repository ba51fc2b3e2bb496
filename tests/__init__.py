"""The tests, laid out as the package is.

A test lies in the folder of the room whose rules it asserts (``tests/verify`` for ``sqlite_batchify/verify``), whatever
else has to run for it: what a script as a whole becomes is ``rewriting``, what is printed and returned to the shell is
``cli``, what only all scripts together tell is ``history``. A file is named for the module or for the promise that it
tests; the same name may stand in two folders. A new room gets a folder with an ``__init__.py``.

- A room that is one module has ``test_MODULE.py`` in this folder. Three have a folder, since their tests are many:
  ``rewriting``, ``names`` and ``project`` (with ``config`` and ``cache``).
- What is about the package as a whole is in this folder too: its layers, the library, the README.
- ``support`` is what tests share, none of it a test: generators, stand-ins, databases, paths. They import it as
  ``from tests.support.helpers import Run``. What tests compare is written by ``python -m tests.support.readme`` and
  ``python -m tests.support.screens``.
- ``python -m tests.corpus``, ``python -m tests.benchmarks`` and ``python -m tests.versions`` are commands.
"""
