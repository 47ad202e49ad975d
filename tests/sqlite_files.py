"""A store's file as tests of the file itself write it."""

import json
import sqlite3
from pathlib import Path

from broadcast.caches.sqlite import SQLiteCache
from broadcast.words import Batch, Bounds, Delta, Write

BOUNDS = Bounds(max_keys=100_000)


def put(path: Path, number: int = 1, key: str = "a") -> Delta:
    return SQLiteCache(str(path), {}).apply([Batch("k", BOUNDS, [Write(key, value=json.dumps(number))])])[0].delta


def make(path: Path, script: str) -> SQLiteCache:
    """Make a file by hand; return a store that opens it."""
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()
    return SQLiteCache(str(path), {})
