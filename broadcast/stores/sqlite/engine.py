"""One process's connections to one SQLite file: a writer thread, two readers, and recovery from file faults."""

import atexit
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, TypeVar

from broadcast.errors import StoreError, StoreUnavailable
from broadcast.stores.base import Committed, Listener
from broadcast.stores.notify import Notifier
from broadcast.stores.outage_log import Outage
from broadcast.stores.sqlite.boot import current_boot_id, touch
from broadcast.stores.sqlite.checkpoint import AUTOCHECKPOINT, LogTruncation
from broadcast.stores.sqlite.connect import (
    MEMORY,
    READ,
    WRITE,
    Connection,
    data_version,
    log_of,
    transact,
)
from broadcast.stores.sqlite.errors import changed
from broadcast.stores.sqlite.file_guard import FileGuard
from broadcast.stores.sqlite.files import Files
from broadcast.stores.syncer import Syncer

log = logging.getLogger("broadcast.stores")

T = TypeVar("T")

READERS: Final = 2
SYNC = "fsync"

_engines: dict[tuple[int, str], "Engine"] = {}
_engines_lock = threading.Lock()


def engine_of(location: str, synchronous: str = "FULL") -> "Engine":
    """Return this process's engine for a location; a forked child gets its own."""
    with _engines_lock:
        key = (os.getpid(), _resolved(location))
        if key not in _engines:
            _engines[key] = Engine(key[1], synchronous)  # not a link: SQLite puts the log next to the file
        return _engines[key]


@lru_cache  # called for every operation, and resolving a path looks at every folder in it
def _resolved(location: str) -> str:
    return location if location.startswith(MEMORY) else str(Path(location).resolve())


def close_engines(location: str | None = None) -> None:
    """Close this process's engine for a location, or every one; the next use opens them again."""
    places = None if location is None else {_resolved(location)}
    with _engines_lock:
        mine = [key for key in _engines if key[0] == os.getpid() and (places is None or key[1] in places)]
        engines = [_engines.pop(key) for key in mine]
    for engine in engines:
        engine.close()


# A program that ends without this leaves a file that its next opening under another boot begins new epochs for.
atexit.register(close_engines)


class MustWait(Exception):
    """A commit in the event loop would wait; nothing was written."""


class Engine(Files):
    """Runs functions of a connection, each in one transaction.

    One thread runs all writes that may wait, one after the other, another one brings them to the disk, and two threads
    run reads. A database in memory has one connection and one thread.

    If the files are not those that were opened, or a program other than SQLite wrote to them, the engine closes
    all connections, opens and verifies the file, and begins new epochs. Until that succeeds, every call fails.
    """

    def __init__(
        self,
        location: str,
        synchronous: str = "FULL",
        boot_id: str | None = None,
    ) -> None:
        super().__init__(location, synchronous, current_boot_id() if boot_id is None else boot_id)
        self.listeners: set[Listener] = set()
        self.notifier = Notifier(self._path)
        self._syncer = Syncer[FileGuard](self._sync)
        self.log_truncation = LogTruncation(self._path)
        self._outages = {READ: Outage("read"), WRITE: Outage("written"), SYNC: Outage("synchronised")}
        self._writer = ThreadPoolExecutor(1, "sticky-writer")
        self._writing: Connection | None = None  # the writer's, after its first commit
        self._is_prepared = self._is_shortening = False
        self._readers = self._writer if self._in_memory else ThreadPoolExecutor(READERS, "sticky-reader")

    def prepare(self) -> None:
        """Let the writer thread open the file and bring the boot ID to the disk, once."""
        if not (self._is_prepared or self._in_memory):
            self._is_prepared = True
            self._writer.submit(self._commit, touch)

    def submit_commit(self, work: Callable[[sqlite3.Connection], T]) -> "Future[Committed[T]]":
        """Run `work` in the writer thread, in a transaction that excludes all other writers.

        `sync` also covers earlier commits, because the work may find that one of them has done it.
        """
        return self._writer.submit(self._commit, work)

    def commit_now(self, work: Callable[[sqlite3.Connection], T]) -> Committed[T] | None:
        """Run small work like `submit_commit`, but in the calling thread; return None where that would wait.

        Two changes of thread cost as much as a small transaction. It would wait for another writer or an `fsync`, and
        after a write of another process or program.
        """
        connection = self._writing
        waits_for_disk = self._synchronous == "FULL" or self._boot.is_due or self._syncer.is_busy
        if connection is None or waits_for_disk or not connection.lock.acquire(blocking=False):
            return None
        try:
            is_sound = connection.is_open and not (self._suspicion or self.verifier.damage)
            if not is_sound or self._guard is None or not self._guard.permits_append():
                return None
            committed = self._write(connection, work, may_wait=False)
        except MustWait:
            return None
        finally:
            connection.lock.release()
        self._outages[WRITE].end()
        return committed

    def shorten_log(self) -> None:
        """Let the writer thread write a log back that has become long, so that no commit of an event has to."""
        connection = self._writing
        if connection is None or self._is_shortening or not connection.lock.acquire(blocking=False):
            return
        try:  # with the lock, because another thread may close the files
            self._is_shortening = self._guard is not None and self._guard.is_log_due()
        finally:
            connection.lock.release()
        if self._is_shortening:
            self._writer.submit(self._shorten_log)

    def submit_read(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in a reader thread; everything it reads is from one instant."""
        return self._readers.submit(self._run, READ, lambda connection: transact(connection.db, READ, work))

    def stamp(self) -> Hashable | None:
        """Return a value that changes with each commit of any process, or None if it is unknown.

        Takes a few microseconds and never blocks, so an event loop may call it.
        """
        observer = self._observer
        return observer.stamp() if observer is not None and self._fault() is None else None

    def close(self) -> None:
        """Finish what was submitted, then close every connection."""
        for executor in {self._readers, self._writer}:
            executor.shutdown(wait=True)
        self._syncer.close()
        self.notifier.close()
        self.close_files()

    def _run(self, begin: str, run: Callable[[Connection], T]) -> T:
        outage = self._outages[begin]
        with self._translated(outage):
            connection = self._acquire(outage)
            try:
                result = run(connection)
            finally:
                connection.lock.release()
        outage.end()
        return result

    def _commit(self, work: Callable[[sqlite3.Connection], T]) -> Committed[T]:
        if self._in_memory:
            return Committed(self._run(WRITE, lambda connection: transact(connection.db, WRITE, work)))
        return self._run(WRITE, lambda connection: self._write(connection, work))

    def _write(
        self, connection: Connection, work: Callable[[sqlite3.Connection], T], *, may_wait: bool = True
    ) -> Committed[T]:
        guard, db = self._guard, connection.db
        assert guard is not None  # noqa: S101  # set with the first connection, which this thread holds
        changes = db.total_changes

        def checked(db: sqlite3.Connection) -> T:
            # Inside the transaction, because then no other process commits or writes the log back.
            commits = data_version(db)
            is_foreign = commits != connection.foreign_commits
            if is_foreign or not guard.are_as_noted():
                if not may_wait:
                    raise MustWait
                if is_foreign:
                    self._boot.forget()
                    guard.note()  # another process may have started the log over
                else:
                    self._check_files(guard)
            connection.foreign_commits = commits
            result = work(db)
            if db.total_changes > changes:
                self._boot.write(db)
            return result

        connection.let_wait(may_wait=may_wait)
        try:
            result = transact(db, WRITE, checked)
        except sqlite3.DatabaseError as exc:
            if may_wait:
                raise
            raise MustWait from exc  # if it is another error, it occurs again
        is_written = db.total_changes > changes
        fault = guard.note_commit(is_written=is_written)
        # A later commit of another process may have truncated the log.
        if fault:
            if guard.moved() or data_version(db) == connection.foreign_commits:
                raise self._suspect(fault)
            guard.note()
        if may_wait and self.log_truncation.after_commit(db):
            guard.note()
        self.verifier.verify_when_due(self._readers.submit)
        if is_written:
            self._boot.committed(partial(self._bring_to_disk, guard))
        self._writing = connection
        return Committed(result, partial(self._syncer.request, guard) if self._is_synced_later else None)

    def _shorten_log(self) -> None:
        try:
            self._run(WRITE, self._write_back)
        except StoreError as exc:  # the next commit fails likewise
            log.warning("%s could not be shortened: %s", log_of(self._path), exc)
        finally:
            self._is_shortening = False

    def _write_back(self, connection: Connection) -> None:
        """Write the log back in a commit that changes nothing, and begin it again with another one."""
        connection.let_wait(may_wait=True)
        connection.db.execute("PRAGMA wal_autocheckpoint = 1")
        try:
            self._write(connection, touch)
        finally:
            connection.db.execute(f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT}")
        self._write(connection, touch)

    def _sync(self, guard: FileGuard) -> None:
        outage = self._outages[SYNC]
        with self._translated(outage):
            self._bring_to_disk(guard)
        outage.end()

    def _bring_to_disk(self, guard: FileGuard) -> None:
        try:
            guard.sync()
        except OSError:
            self._must_write_back = True
            raise

    def _check_files(self, guard: FileGuard) -> None:
        """Refuse a transaction if a program other than SQLite wrote to the files since the last one, as it seems."""
        if fault := guard.overwritten_log() or guard.shrunk():
            raise self._suspect(fault)
        # Otherwise contents were overwritten, or another process wrote the log back, or was killed in a transaction.
        if self.verifier.verify_now():
            if self.verifier.damage:
                raise self._suspect(self.verifier.damage)
            guard.note()

    def _suspect(self, fault: str) -> StoreUnavailable:
        self._suspicion = fault
        error = changed(fault)
        error.is_logged = True  # `_abandon` logs it
        return error
