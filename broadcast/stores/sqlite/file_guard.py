"""Detects whether the files of an open SQLite database were moved, replaced or changed by another program.

A process continues to write to a file that was unlinked, renamed or replaced, and SQLite to a log that was
truncated; all of that is lost at the next start. Therefore the writer compares the files before each
transaction and after each commit, with a few calls of `stat`.
"""

import contextlib
import os
import sqlite3
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from broadcast.stores.sqlite.checkpoint import DUE_LOG, LONG_LOG
from broadcast.stores.sqlite.connect import connect_to_read
from broadcast.stores.sqlite.errors import changed

PARTS: Final = ("", "-wal", "-shm")
WAL_HEADER_BYTES: Final = 32
FRAME_HEADER_BYTES: Final = 24
DATABASE_HEADER_BYTES: Final = 28  # up to and including the change counter
INDEX_HEADER: Final = struct.Struct("=16xI4xII8s")  # frames in the log, the checksum of the last one, and the salts
INDEX_CHECKPOINT: Final = struct.Struct("=16xI76xI")  # frames in the log, and how many were written back
WAL_MAGIC: Final = (0x377F0682, 0x377F0683)

VERIFY_EVERY_S: Final = 10.0  # while there are writes
VERIFY_SHARE: Final = 0.02  # of the time, at most


class FileState(NamedTuple):
    """The identity of a file, and its metadata that a write changes."""

    device: int
    inode: int
    size: int
    changed_ns: int


class FileGuard:
    """Records the state of the database, its write-ahead log and the log's index when they are opened.

    Source: https://www.sqlite.org/fileformat.html sections 1.3 and 4, for the headers.
    """

    def __init__(self, path: Path) -> None:
        self._paths = [f"{path}{part}" for part in PARTS]
        self._opened = self._states()
        # Closed only after all connections: closing any descriptor of a database drops the process's locks on it.
        self._database_fd = os.open(self._paths[0], os.O_RDONLY | os.O_CLOEXEC)
        self._log_fd, self._index_fd = (
            os.open(path, os.O_RDONLY | os.O_CLOEXEC) if state else -1
            for path, state in zip(self._paths[1:], self._opened[1:], strict=True)
        )
        self._in_use = threading.Lock()  # by `sync`, so that no other file gets the descriptor meanwhile
        self._is_open = True
        self.note()

    def close(self) -> None:
        """Close the files; only after the last connection to them is closed."""
        with self._in_use:
            self._is_open = False
            for descriptor in (self._database_fd, self._log_fd, self._index_fd):
                if descriptor >= 0:
                    os.close(descriptor)

    def sync(self) -> None:
        """Return when everything that was committed to these files before is on disk.

        What is no longer in the log was written back into the database and synchronised by SQLite.

        Raises:
            OSError: the disk failed.
            StoreUnavailable: the files were closed, or are not those that were opened.
        """
        with self._in_use:
            if self._is_open:
                os.fdatasync(self._log_fd)
            fault = self.moved() if self._is_open else "the connections to it were closed"
        if fault:
            raise changed(fault)

    def note(self) -> None:
        """Record the state of the files after a write of this process."""
        self._noted, self._header = self._states(), self._read_header()

    def moved(self, states: list[FileState | None] | None = None) -> str | None:
        """Return which file is not the one that was opened; None if all are."""
        for path, was, now in zip(self._paths, self._opened, states or self._states(), strict=True):
            if _differs(was, now):
                return f"{path} {'was replaced' if now else 'is missing'}"
        return None

    def shrunk(self) -> str | None:
        """Return which file is shorter or older than after this process's last write; None if none is."""
        return self._shrunk(self._states(), self._read_header())

    def are_as_noted(self) -> bool:
        """Whether database and log were not written since the last note, for example by a checkpoint or a rollback."""
        return self._noted[:2] == [_state_of(path) for path in self._paths[:2]]

    def overwritten_log(self) -> str | None:
        """Return a message if the log does not end with the last commit in its index.

        What follows that commit is harmless: another process was killed in a transaction, or undid one. The caller is
        in a transaction, so no other process commits meanwhile.
        """
        frames, *checksum, salts = self._read_index(INDEX_HEADER)
        header = os.pread(self._log_fd, WAL_HEADER_BYTES, 0)
        found = header[16:24] + self._read_frame(frames, header)[8:24]
        is_as_written = not frames or found == salts * 2 + struct.pack(">II", *checksum)
        return None if is_as_written else f"{self._paths[1]} was written by another program"

    def permits_append(self) -> bool:
        """Whether a small commit only appends to the log, so that SQLite does not wait for the disk.

        It does if the log becomes long enough to be written back, and if all of it was, so that it starts over.
        """
        frames, written_back = self._read_index(INDEX_CHECKPOINT)
        return bool(written_back < frames < LONG_LOG)

    def is_log_due(self) -> bool:
        """Whether the log should be written back before a commit has to."""
        return bool(self._read_index(INDEX_CHECKPOINT)[0] >= DUE_LOG)

    def _read_index(self, form: struct.Struct) -> tuple[Any, ...]:
        return form.unpack(os.pread(self._index_fd, form.size, 0).ljust(form.size, b"\0"))

    def _read_frame(self, number: int, log_header: bytes) -> bytes:
        """Return the header of a frame of the log; the first one has number 1."""
        frame_bytes = FRAME_HEADER_BYTES + int.from_bytes(log_header[8:12], "big")
        return os.pread(self._log_fd, FRAME_HEADER_BYTES, WAL_HEADER_BYTES + max(0, number - 1) * frame_bytes)

    @property
    def version(self) -> tuple[FileState | None, bytes]:
        return self._noted[0], self._header

    def continues(self, version: tuple[FileState | None, bytes]) -> bool:
        """Whether the database may be a later version of `version`: the same file, and not older."""
        (was, header), now = version, self._noted[0]
        is_same = was is not None and not _differs(was, now) and now is not None and now.size >= was.size
        return is_same and not _is_older(self._header, header)

    def save_log(self, db: sqlite3.Connection) -> None:
        """Write a log that the next opening would not find back into its database, wherever that is now."""
        states = self._states()
        is_there = not _differs(self._opened[0], states[0])
        if not is_there or (states[1] is None and not self.shrunk()):
            with contextlib.suppress(sqlite3.Error):
                db.execute("PRAGMA wal_checkpoint(FULL)")
        if is_there:
            return
        # SQLite would apply the log to the database that replaced the old one.
        for path, opened in zip(self._paths[1:], self._opened[1:], strict=True):
            if opened is not None and not _differs(opened, _state_of(path)):
                with contextlib.suppress(OSError):
                    Path(path).replace(f"{path}.old")

    def note_commit(self, *, is_written: bool) -> str | None:
        """Record the state of the files after a commit of this process.

        Returns:
            Why the commit may be in no file that the next start reads; nothing is recorded then.
        """
        states, header = self._states(), self._read_header()
        fault = self.moved(states) or self._shrunk(states, header) or self._torn(states[1], is_written)
        if fault is None:
            self._noted, self._header = states, header
        return fault

    def _states(self) -> list[FileState | None]:
        return [_state_of(path) for path in self._paths]

    def _shrunk(self, states: list[FileState | None], header: bytes) -> str | None:
        for path, was, now in zip(self._paths[:2], self._noted[:2], states[:2], strict=True):
            if was and now and now.size < was.size:
                return f"{path} was truncated"
        return f"{self._paths[0]} was replaced in place" if _is_older(header, self._header) else None

    def _read_header(self) -> bytes:
        return os.pread(self._database_fd, DATABASE_HEADER_BYTES, 0)

    def _torn(self, log: FileState | None, is_written: bool) -> str | None:
        """Return a message if the log was truncated before the last append, so that it has a gap."""
        before = self._noted[1]
        if log is None or before is None or not is_written:
            return None
        header = os.pread(self._log_fd, WAL_HEADER_BYTES, 0)
        is_torn = int.from_bytes(header[:4], "big") not in WAL_MAGIC
        frames = (before.size - WAL_HEADER_BYTES) // (FRAME_HEADER_BYTES + int.from_bytes(header[8:12], "big"))
        if not is_torn and frames > 0 and log.size > before.size:
            is_torn = self._read_frame(frames, header)[8:16] != header[16:24]  # the salts of this run of the log
        return f"{self._paths[1]} was truncated" if is_torn else None


def _state_of(path: str) -> FileState | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # a Path costs more than the call
    except OSError:
        return None
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _is_older(now: bytes, was: bytes) -> bool:
    """Whether a header is that of another database or an older one; its last four bytes count changes."""
    return now[:24] != was[:24] or now[24:] < was[24:]


def _differs(was: FileState | None, now: FileState | None) -> bool:
    return was is not None and (now is None or was[:2] != now[:2])


class Verifier:
    """Reads the whole file from time to time. `damage` is what it found, None if nothing."""

    def __init__(self, path: Path) -> None:
        self.damage: str | None = None
        self.rests_until = 0.0
        self._path = path
        self._verified_at = 0.0
        self._running = threading.Lock()

    def note_opened(self) -> None:
        """Count the check at opening as a verification."""
        self._verified_at = time.monotonic()

    def verify_now(self) -> bool:
        """Verify the file, unless that must wait; it is then due as soon as it may run. Return whether it ran."""
        if time.monotonic() < self.rests_until or not self._running.acquire(blocking=False):
            self._verified_at = min(self._verified_at, self.rests_until - VERIFY_EVERY_S)
            return False
        self._verify()
        return True

    def verify_when_due(self, submit: Callable[[Callable[[], None]], object]) -> None:
        """Pass the verification to `submit`, which runs it in another thread, if one is due."""
        is_due = time.monotonic() - self._verified_at >= VERIFY_EVERY_S
        if is_due and self._running.acquire(blocking=False):
            submit(self._verify)

    def _verify(self) -> None:
        started = time.monotonic()
        try:
            # A new connection: the caches of the others may have the earlier contents.
            with contextlib.closing(connect_to_read(self._path)) as db:
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                self.damage = f"{self._path} is damaged: {verdict}"
        except sqlite3.OperationalError:
            pass  # for example, the file is being replaced; the guard reports that at the next use
        except sqlite3.DatabaseError as exc:
            self.damage = f"{self._path} is damaged: {exc}"
        finally:
            ended = time.monotonic()
            self.rests_until = ended + (ended - started) / VERIFY_SHARE
            self._verified_at = max(ended, self.rests_until - VERIFY_EVERY_S)
            self._running.release()
