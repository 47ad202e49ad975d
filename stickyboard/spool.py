"""A producer's buffer on disk: what is in it survives the end of the process, whatever ended it.

One SQLite file per producer. It holds the events that are not acknowledged yet, the messages they
are in, the producer's name and its next number. So a process that comes after another sends again
what that one was not told of, in the same messages under the same numbers, and the server applies
each once. The order that makes it so:

1. an event is committed to the file before `publish` returns;
2. a message's number, and which events it bears, is committed before the message is sent;
3. it is removed only after its acknowledgement.

The file is locked for as long as it is open, so no two processes count under one name; a process
that is killed leaves no lock behind. Commits are not waited for by the disk (`synchronous=NORMAL`):
the end of the process at any moment loses nothing, the loss of power perhaps the newest commits. What
they took out may then be sent twice, but no number is given twice: each opening leaves out as many as
may have been lost, as the server would take the events under a number that it knows for repeats.
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

APPLICATION_ID = 0x53544B50  # "STKP", so that no other program's file is taken for one
# Left out at each opening. SQLite has the disk wait for its log every 1,000 pages, and a message's number takes two.
LOST_NUMBERS = 1000
SCHEMA = """
CREATE TABLE producer (name TEXT NOT NULL, next_seq INTEGER NOT NULL);
CREATE TABLE event (place INTEGER PRIMARY KEY, encoded BLOB NOT NULL);
CREATE TABLE message (seq INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""


class Kept(NamedTuple):
    """What an earlier process left: messages by their number, and events that are in none, as (place, encoded)."""

    messages: dict[int, list[tuple[int, bytes]]]
    waiting: list[tuple[int, bytes]]


class Spool:
    """An open spool file.

    Args:
        path: where it is; made with its folder when it is missing.
        name: the producer's name in a new file, see `identity.py`; one that exists keeps its own.

    Each method raises SpoolUnusable where the file cannot be written now, as the disk is full, say, and has
    then changed nothing. That is logged once, and once more when it works again.

    Raises:
        SpoolUnusable: another process has it open, it is no spool, is damaged or of another name, or it
            cannot be written.
    """

    def __init__(self, path: str | Path, name: str | None = None) -> None:
        self.path = Path(path)
        self._place = 0
        self._is_open = self._is_failing = False
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # For its owner only; SQLite gives the files beside it the same permissions.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
                self.path.chmod(0o600)  # whatever the umask
            # Used by the thread that runs the producer, which need not be the one that made it.
            self._db = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                self._open(name or "spool")
        except SpoolUnusable:
            self._db.close()
            raise
        self.name, self.next_seq = self._db.execute("SELECT name, next_seq FROM producer").fetchone()
        if name is not None and name not in (self.name, own := name_of(self.name)):
            self._db.close()
            raise SpoolUnusable(
                self.path, f'it belongs to the producer "{own}"', f'leave the name "{name}" out, or take another'
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
                raise SpoolUnusable(self.path, "it is a file of another program", "name another file")
            for statement in SCHEMA.split(";"):
                run(statement)
            run("INSERT INTO producer VALUES (?, 1)", (new_identity(name),))
            run(f"PRAGMA application_id={APPLICATION_ID}")
        else:
            run("UPDATE producer SET next_seq = next_seq + ?", (LOST_NUMBERS,))
        run("COMMIT")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        (self._place,) = run("SELECT coalesce(max(place), 0) FROM event").fetchone()

    def kept(self) -> Kept:
        """Return what an earlier process left, oldest first."""
        with self._told():
            events = self._db.execute("SELECT place, encoded FROM event ORDER BY place").fetchall()
            messages = self._db.execute("SELECT seq, first, last FROM message ORDER BY seq").fetchall()
        numbered = {seq: [event for event in events if first <= event[0] <= last] for seq, first, last in messages}
        beyond = messages[-1][2] if messages else 0
        return Kept(numbered, [event for event in events if event[0] > beyond])

    def add(self, encoded: bytes) -> int:
        """Keep an event; return its place, which is greater than those before it."""
        with self._told():
            self._db.execute("INSERT OR REPLACE INTO event VALUES (?, ?)", (self._place + 1, encoded))
        self._place += 1
        return self._place

    def number(self, seq: int, first: int, last: int) -> None:
        """Keep which events, from place to place, the message has that is sent next."""
        with self._told(), self._transaction():
            self._db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", (seq, first, last))
            self._db.execute("UPDATE producer SET next_seq = ?", (seq + 1,))

    def forget(self, first: int, last: int, seq: int | None = None) -> None:
        """Remove events from place to place, and their message where they are in one."""
        with self._told(), self._transaction():
            self._db.execute("DELETE FROM event WHERE place BETWEEN ? AND ?", (first, last))
            if seq is not None:
                self._db.execute("DELETE FROM message WHERE seq = ?", (seq,))

    def close(self) -> None:
        """Let another process have the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def abandon(self) -> None:
        """Never touch the file again: this process was forked from the one that has it open.

        SQLite takes a closed connection's log away even where a lock is the parent's, so it is never closed.
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
    def _told(self) -> Iterator[None]:
        """Tell what SQLite raises as what it means here."""
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            failure = self._meaning_of(exc)
            if self._is_open:
                self._note_failure(failure)
            raise failure from exc
        if self._is_failing:
            self._is_failing = False
            log.warning("the spool %s can be written again", self.path)

    def _meaning_of(self, exc: Exception) -> SpoolUnusable:
        if "locked" in str(exc):
            return SpoolUnusable(self.path, "another process has it open", "give each its own file")
        if isinstance(exc, sqlite3.DatabaseError) and "not a database" in str(exc):
            return SpoolUnusable(self.path, "it is a file of another program", "name another file")
        return SpoolUnusable(self.path, str(exc), "look at the disk and at who may write there")

    def _note_failure(self, failure: SpoolUnusable) -> None:
        if not self._is_failing:
            self._is_failing = True
            log.warning("%s; trying again", failure)
        # Has the log begin anew in the space that it has: so a full disk can be cleared of what was acknowledged.
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(RESTART)")


_RANDOM_PART = re.compile(r"-[0-9a-f]{16}$")


def new_identity(name: str) -> str:
    """Return the name with 64 random bits behind it.

    >>> name_of(new_identity("gpu-2"))
    'gpu-2'
    """
    return f"{name}-{secrets.token_hex(8)}"


def name_of(identity: str) -> str:
    """Return an identity without its random part."""
    return _RANDOM_PART.sub("", identity)
