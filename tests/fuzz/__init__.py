"""Fuzzing of every decoder that faces strangers: `python -m tests.fuzz` searches, tests replay the corpora."""
