"""Fuzzing of every decoder that faces strangers: `python -m tests.fuzz` searches, tests replay the corpora."""

from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
BYTES = ("message", "body", "query", "browser", "origin", "dump", "event_file", "options")
WIDGETS, HTTP = "widgets", "http"
ALL = (*BYTES, WIDGETS, HTTP)
ROOT = Path(__file__).parent.parent.parent
