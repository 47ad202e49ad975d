"""Translates errors of SQLite and the operating system into the store's own errors."""

import sqlite3
from pathlib import Path
from typing import Final

from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable

# By a part of SQLite's message: the reason for clients, and the hint for operators.
_CAUSES: Final = {
    "full": ("its disk is full", "free space on the volume of {path}"),
    "readonly": ("it is read-only", "give the server's user write permission on {path} and its folder"),
    "unable to open": ("its file cannot be opened", "give the server's user write permission on {path.parent}"),
    "locked": ("another process holds it", "another process has held {path} for over {busy_s} s"),
    "disk I/O": ("its disk failed", "look at the disk of {path}, and at the system's log"),
}
_OTHER: Final = ("its file cannot be used", "look at {path}")


def error_for(exc: Exception, path: Path, busy_ms: int) -> StoreError | None:
    """Return the store's error for an exception; None if it is a bug of the caller.

    Args:
        busy_ms: how long a connection waited for another process's transaction.
    """
    if isinstance(exc, StoreError):
        return exc
    if isinstance(exc, sqlite3.OperationalError):
        reason, hint = next((cause for sign, cause in _CAUSES.items() if sign in str(exc)), _OTHER)
        return StoreUnavailable(reason, hint.format(path=path, busy_s=busy_ms // 1000), str(exc))
    if type(exc) is sqlite3.DatabaseError:  # its subclasses are bugs of the caller, not faults of the file
        return damaged(path, str(exc))
    if isinstance(exc, PermissionError):
        hint = f"give the server's user write permission on {path.parent}"
        return StoreUnavailable("it cannot be opened", hint, str(exc))
    if isinstance(exc, OSError):
        return StoreUnavailable(exc.strerror or "its file cannot be opened", f"look at {path}", str(exc))
    return None


def damaged(path: Path, verdict: str) -> StoreUnusable:
    """Return the error for a file that SQLite cannot read."""
    hint = f"{path} was left as it is: move it away to start with an empty store, or restore a copy"
    return StoreUnusable("the store's file is damaged", hint, " ".join(verdict.split()))


def read_only(path: Path) -> StoreUnavailable:
    """Return the error for a file that may not be written."""
    reason, hint = _CAUSES["readonly"]
    return StoreUnavailable(reason, hint.format(path=path))


def changed(fault: str) -> StoreUnavailable:
    """Return the error for files that are not as this process left them."""
    return StoreUnavailable("its file was changed by another program", "producers send their events again", fault)
