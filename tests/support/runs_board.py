"""The boards of the server in the tests of runs."""

from broadcast.runs import RUNS

BOARDS = [RUNS]
