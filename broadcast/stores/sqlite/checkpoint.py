"""Keeps the write-ahead log small."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

log = logging.getLogger("broadcast.stores")

AUTOCHECKPOINT: Final = 1000  # frames in the log, which SQLite then writes back in a commit; its default
LONG_LOG: Final = 800  # frames, from which on a commit may do so; a small one has less than 200
DUE_LOG: Final = 600  # frames, after which the writer writes them back while nothing else is to do
MAX_LOG_BYTES: Final = 64 * 1024 * 1024
LOG_WAIT_MS: Final = 500  # for readers; a read takes milliseconds


def truncate_log(db: sqlite3.Connection, wait_ms: int = LOG_WAIT_MS) -> bool:
    """Write the log back into the database and truncate it. Return False if a reader prevented that."""
    busy_ms = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        is_busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        db.execute(f"PRAGMA busy_timeout = {busy_ms}")
    return not is_busy


class LogTruncation:
    """Truncates the log of a database file after commits.

    SQLite writes the log back by itself, but starts it over only at a moment without readers. While both
    readers are always busy there is no such moment, and the log would grow without bound.
    Source: https://www.sqlite.org/wal.html, "Avoiding Excessively Large WAL Files".

    Args:
        max_bytes: a longer log is truncated.
        truncate: truncates it; see `truncate_log`.
    """

    def __init__(
        self,
        path: Path,
        max_bytes: int = MAX_LOG_BYTES,
        truncate: Callable[[sqlite3.Connection], bool] = truncate_log,
    ) -> None:
        self._path, self._max_bytes, self._limit_bytes = Path(f"{path}-wal"), max_bytes, max_bytes
        self._truncate = truncate

    def after_commit(self, db: sqlite3.Connection) -> bool:
        """Truncate the log if it is too long. Return whether that was tried."""
        if self._size_bytes() <= self._limit_bytes:
            return False
        try:
            is_truncated = self._truncate(db)
        except sqlite3.Error as exc:  # the commit before it is unaffected
            log.warning("%s could not be truncated: %s", self._path, exc)
            is_truncated = False
        # A reader that takes minutes, such as a backup, must not delay every commit.
        self._limit_bytes = self._max_bytes + (0 if is_truncated else self._size_bytes())
        return True

    def _size_bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


def write_log_back(db: sqlite3.Connection) -> None:
    """Write the whole log back into the database, which SQLite then synchronises.

    Raises:
        OSError: a reader or writer prevented that.
    """
    is_busy, in_log, written = db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    if is_busy or written < in_log:
        raise OSError("the write-ahead log is in use")
