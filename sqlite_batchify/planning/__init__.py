"""What is to be done to one script: a reading and what the history says of it -> a plan. Pure.

``runs.py`` says which operations of a suite go into one block, ``naming.py`` which names constraints get, and
``script.py`` puts both together for all suites. ``model.py`` is what comes out: plain data, with statements and
arguments by their numbers.
"""
