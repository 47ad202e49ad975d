"""A store's file as tests of the file itself write it."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import Batch, Bounds, Delta, Write
from tests.support import warm
from tests.support.server import ROOT

BOUNDS = Bounds(max_keys=100_000)


def put(path: Path, number: int = 1, key: str = "a") -> Delta:
    return SQLiteCache(str(path), {}).apply([Batch("k", BOUNDS, [Write(key, value=json.dumps(number))])])[0]


def make(path: Path, script: str) -> SQLiteCache:
    """Make a file by hand; return a store that opens it."""
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()
    return SQLiteCache(str(path), {})


def await_later_time(path: Path) -> None:
    """Wait until a change of a file shows in its time, which advances some hundred times a second."""
    other = path.with_suffix(".time")
    other.touch()
    while other.stat().st_mtime_ns <= path.stat().st_mtime_ns:
        other.touch()
    other.unlink()


def written(path: Path) -> Path:
    """Return the path of a store that was written and closed."""
    for number in range(200):
        put(path, number, key=f"key-{number}")
    close_engines()
    return path


def run(script: str, *words: object, is_new: bool = False, **options) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a process of their own, in which `put(path, number)` writes.

    With `is_new`, it is a new interpreter, which closes the files at its end; a fork does not.
    """
    prelude = (
        "import json, os, resource, signal, sys\nfrom pathlib import Path\nfrom tests.support.sqlite_files import put\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", prelude + script, *map(str, words)]
    if not (is_new or options):
        return warm.run(command, environment, ROOT)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=240, cwd=ROOT, **options
    )
