"""What is made once in a run of the tests: the first process that needs it makes it, and the others wait."""

import atexit
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

VARIABLE = "TEST_RUN_FOLDER"


@functools.cache
def run_folder() -> Path:
    """Return the folder of this run; its first process creates it and removes it at its end."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="stickyboard-run-")
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
    return Path(os.environ[VARIABLE])


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that `make` fills, unless a process of this run has made one of that name."""
    folder = run_folder() / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = Path(tempfile.mkdtemp(dir=run_folder()))
            make(unfinished)
            unfinished.rename(folder)
    return folder
