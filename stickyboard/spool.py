"""A producer's buffer on disk: it survives the end of the process, however the process ends.

One SQLite file per producer stores the unacknowledged events, the messages that they are in, the producer's name and
its next message number. The next process with this file sends the unacknowledged messages again under the same
numbers, and the server applies each once. This order guarantees it:

1. An event is committed to the file before `publish` returns.
2. The number of a message, and the events in it, are committed before the message is sent.
3. A message is removed only after its acknowledgement.

The file is locked while it is open, so that no two processes use one name; a killed process leaves no lock behind.
Commits do not wait for the disk (`synchronous=NORMAL`): the end of the process loses nothing, but a power failure may
undo the newest commits. Their events may then be sent twice. No number is reused, however: the server would treat the
events as duplicates. Each opening therefore skips as many numbers as may have been lost.
"""

import contextlib
import ctypes
import logging
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stickyboard.errors import SpoolUnusable

log = logging.getLogger(__name__)

APPLICATION_ID = 0x53544B50  # "STKP" marks the file as a spool
# Skipped at each opening. SQLite syncs its log every 1,000 pages, and storing a number writes two.
SKIPPED_NUMBERS = 1000
SCHEMA = """
CREATE TABLE producer (name TEXT NOT NULL, next_seq INTEGER NOT NULL);
CREATE TABLE event (id INTEGER PRIMARY KEY, encoded BLOB NOT NULL);
CREATE TABLE message (seq INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""


class Unacknowledged(NamedTuple):
    """Messages by number, and events that are in no message, as (row, encoded)."""

    messages: dict[int, list[tuple[int, bytes]]]
    waiting: list[tuple[int, bytes]]


class Spool:
    """An open spool file.

    Args:
        path: the file; it and its folder are created if they do not exist.
        name: the producer's name in a new file; an existing file keeps its own.

    Each method raises SpoolUnusable if the file cannot be written, for example because the disk is full; it has then
    changed nothing. The first such error is logged, and also the first success after it.

    Raises:
        SpoolUnusable: another process has the file open, it is not a spool, it is damaged, it belongs to a producer
            of another name, or it cannot be written.
    """

    def __init__(self, path: str | Path, name: str | None = None) -> None:
        self.path = Path(path)
        self._last_row = 0
        self._is_open = self._is_failing = False
        with self._errors_translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Readable only by its owner; SQLite gives its log the same permissions.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
                self.path.chmod(0o600)  # regardless of the umask
            # Used by the producer's thread, which may differ from the one that opened it.
            self._db = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._errors_translated():
                self._open(name or "spool")
        except SpoolUnusable:
            self._db.close()
            raise
        self.name, self.next_seq = self._db.execute("SELECT name, next_seq FROM producer").fetchone()
        if name is not None and name not in (self.name, own := name_of(self.name)):
            self._db.close()
            raise SpoolUnusable(
                self.path, f'it belongs to the producer "{own}"', f'omit the name "{name}", or use another file'
            )
        self._is_open = True

    def _open(self, name: str) -> None:
        run = self._db.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA synchronous=FULL")
        run("BEGIN IMMEDIATE")
        (mark,), tables = run("PRAGMA application_id").fetchone(), run("SELECT count(*) FROM sqlite_master").fetchone()
        if mark != APPLICATION_ID:
            if tables[0]:
                raise SpoolUnusable(self.path, "it belongs to another program", "use another file")
            for statement in SCHEMA.split(";"):
                run(statement)
            run("INSERT INTO producer VALUES (?, 1)", (new_identity(name),))
            run(f"PRAGMA application_id={APPLICATION_ID}")
        else:
            run("UPDATE producer SET next_seq = next_seq + ?", (SKIPPED_NUMBERS,))
        run("COMMIT")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        (self._last_row,) = run("SELECT coalesce(max(id), 0) FROM event").fetchone()

    def unacknowledged(self) -> Unacknowledged:
        """Return the contents of the file, oldest first."""
        with self._errors_translated():
            events = self._db.execute("SELECT id, encoded FROM event ORDER BY id").fetchall()
            messages = self._db.execute("SELECT seq, first, last FROM message ORDER BY seq").fetchall()
        numbered = {seq: [event for event in events if first <= event[0] <= last] for seq, first, last in messages}
        last_numbered = messages[-1][2] if messages else 0
        return Unacknowledged(numbered, [event for event in events if event[0] > last_numbered])

    def add(self, encoded: bytes) -> int:
        """Store an event; return its row, which is greater than all previous ones."""
        with self._errors_translated():
            self._db.execute("INSERT OR REPLACE INTO event VALUES (?, ?)", (self._last_row + 1, encoded))
        self._last_row += 1
        return self._last_row

    def number(self, seq: int, first: int, last: int) -> None:
        """Store that the events from row `first` to row `last` are in message `seq`."""
        with self._errors_translated(), self._transaction():
            self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", (seq, first, last))
            self._db.execute("UPDATE producer SET next_seq = ?", (seq + 1,))

    def remove(self, first: int, last: int, seq: int | None = None) -> None:
        """Remove the events from row `first` to row `last`, and their message if they are in one."""
        with self._errors_translated(), self._transaction():
            self._db.execute("DELETE FROM event WHERE id BETWEEN ? AND ?", (first, last))
            if seq is not None:
                self._db.execute("DELETE FROM message WHERE seq = ?", (seq,))

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def abandon(self) -> None:
        """Leave the file to the parent process from which this one was forked.

        The connection is never closed, because SQLite would then delete the log, even though the parent holds the lock.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._db))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def _errors_translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            failure = self._failure_of(exc)
            if self._is_open:
                self._note_failure(failure)
            raise failure from exc
        if self._is_failing:
            self._is_failing = False
            log.warning("the spool %s can be written again", self.path)

    def _failure_of(self, exc: Exception) -> SpoolUnusable:
        if "locked" in str(exc):
            return SpoolUnusable(self.path, "another process has it open", "use one file per producer")
        if isinstance(exc, sqlite3.DatabaseError) and "not a database" in str(exc):
            return SpoolUnusable(self.path, "it belongs to another program", "use another file")
        return SpoolUnusable(self.path, str(exc), "check the disk and the permissions")

    def _note_failure(self, failure: SpoolUnusable) -> None:
        if not self._is_failing:
            self._is_failing = True
            log.warning("%s; trying again", failure)
        # The log restarts in its existing space, so that acknowledged events can be removed when the disk is full.
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(RESTART)")


_SUFFIX = re.compile(r"-[0-9a-f]{16}$")


def new_identity(name: str) -> str:
    """Return the name with a random suffix of 64 bits.

    >>> name_of(new_identity("gpu-2"))
    'gpu-2'
    """
    return f"{name}-{secrets.token_hex(8)}"


def name_of(identity: str) -> str:
    """Return an identity without its random suffix."""
    return _SUFFIX.sub("", identity)
