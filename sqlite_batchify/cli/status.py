"""The exit statuses of the program."""

FINE, REMAINS, FAILED = 0, 1, 2
INTERRUPTED = 130
