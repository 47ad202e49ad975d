"""One process's connections to one SQLite file: a writer thread, two readers, and recovery from file faults."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable
from broadcast.stores.base import Listener
from broadcast.stores.outage_log import Outage
from broadcast.stores.sqlite.checkpoint import LogTruncation
from broadcast.stores.sqlite.connect import (
    MEMORY,
    CommitObserver,
    Connection,
    all_locked,
    connect_to_write,
    data_version,
    log_of,
    log_set_aside,
    make_file,
    refuse_damaged,
    transact,
)
from broadcast.stores.sqlite.errors import error_for
from broadcast.stores.sqlite.file_guard import FileGuard, FileState
from broadcast.stores.sqlite.schema import begin_new_epochs
from broadcast.stores.sqlite.verify import Verifier

log = logging.getLogger("broadcast.stores")

T = TypeVar("T")

READERS: Final = 2
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"

_engines: dict[tuple[int, str], "Engine"] = {}
_engines_lock = threading.Lock()


def engine_of(location: str, synchronous: str = "FULL") -> "Engine":
    """Return this process's engine for a location; a forked child gets its own."""
    with _engines_lock:
        key = (os.getpid(), _resolved(location))
        if key not in _engines:
            _engines[key] = Engine(location, synchronous)
        return _engines[key]


@lru_cache  # called for every operation, and resolving a path looks at every folder in it
def _resolved(location: str) -> str:
    return location if location.startswith(MEMORY) else str(Path(location).resolve())


def close_engines() -> None:
    """Close every engine of this process; the next use opens them again."""
    with _engines_lock:
        engines = [_engines.pop(key) for key in list(_engines) if key[0] == os.getpid()]
    for engine in engines:
        engine.close()


class Engine:
    """Runs functions of a connection, each in one transaction.

    One thread runs all writes, one after the other, and two threads run reads. A database in memory has one
    connection and one thread.

    If the files are not those that were opened, or a program other than SQLite wrote to them, the engine closes
    all connections, opens and verifies the file, and begins new epochs. Until that succeeds, every call fails.
    """

    def __init__(
        self, location: str, synchronous: str = "FULL", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.listeners: set[Listener] = set()
        self._in_memory = location.startswith(MEMORY)
        self._path = Path(location)
        self._name, self._synchronous = MEMORY if self._in_memory else str(self._path), synchronous
        self.verifier = Verifier(self._path, monotonic)
        self._log_truncation = LogTruncation(self._path)
        self._opening = threading.RLock()  # held to open or close connections; acquired before a connection's lock
        self._connections: list[Connection] = []
        self._guard: FileGuard | None = None  # set while there are connections to a file
        self._was_opened = self._needs_new_epochs = False
        self._last_version: tuple[FileState | None, bytes] | None = None  # of the file, when all were closed
        self._suspicion: str | None = None  # why the file must be opened and verified again
        self._outages = {READ: Outage("read"), WRITE: Outage("written")}
        self._local = threading.local()
        self._observer: CommitObserver | None = None  # set and unset with the guard
        self._writer = ThreadPoolExecutor(1, "sticky-writer")
        self._readers = self._writer if self._in_memory else ThreadPoolExecutor(READERS, "sticky-reader")

    def submit_write(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in the writer thread, in a transaction that excludes all other writers."""
        return self._writer.submit(self._run, WRITE, work)

    def submit_read(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in a reader thread; everything it reads is from one instant."""
        return self._readers.submit(self._run, READ, work)

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
        with self._opening, all_locked(self._connections):
            is_sound = self._guard is None or not (self._fault() or self._guard.shrunk())
            self._close_all(writes_log_back=is_sound)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        outage = self._outages[begin]
        with self._translated(outage):
            connection = self._acquire(outage)
            try:
                run = self._write if begin == WRITE and not self._in_memory else transact
                result = run(connection, begin, work)
            finally:
                connection.lock.release()
        outage.end()
        return result

    def _write(self, connection: Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        guard, db = self._guard, connection.db
        assert guard is not None  # noqa: S101  # set with the first connection, which this thread holds
        changes = db.total_changes

        def checked(db: sqlite3.Connection) -> T:
            # Inside the transaction, because then no other process commits or writes the log back.
            commits = data_version(db)
            if commits == connection.foreign_commits:
                self._check_files(guard)
            connection.foreign_commits = commits
            return work(db)

        result = transact(connection, begin, checked)
        fault = guard.lost_commit(is_written=db.total_changes > changes)
        # A later commit of another process may have truncated the log.
        if fault and (guard.moved() or data_version(db) == connection.foreign_commits):
            raise self._suspect(fault)
        guard.note()
        if self._log_truncation.after_commit(db):
            guard.note()
        self.verifier.verify_when_due(self._readers.submit)
        return result

    def _check_files(self, guard: FileGuard) -> None:
        """Refuse a transaction if a program other than SQLite wrote to the files since the last one."""
        if fault := guard.log_written_elsewhere() or guard.shrunk():
            raise self._suspect(fault)
        # Otherwise its contents were overwritten, or another process wrote its log back right after its commit.
        if not guard.is_database_as_noted() and self.verifier.verify_now():
            if self.verifier.damage:
                raise self._suspect(self.verifier.damage)
            guard.note()

    def _suspect(self, fault: str) -> StoreUnavailable:
        self._suspicion = fault
        error = StoreUnavailable("its file was changed by another program", "producers send their events again", fault)
        error.is_logged = True  # `_abandon` logs it
        return error

    # opening

    def _acquire(self, outage: Outage) -> Connection:
        """Return this thread's connection, locked, to a file that no other program changed."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.lock.acquire()
            if connection.is_open and self._fault() is None:
                return connection
            connection.lock.release()
        with self._opening:
            if fault := self._fault():
                self._abandon(fault)
            if connection is None or not connection.is_open:
                try:
                    connection = self._local.connection = self._open()
                except StoreError as exc:
                    outage.note(exc)
                    raise
            connection.lock.acquire()
            return connection

    def _fault(self) -> str | None:
        """Return why the file must be opened again, None if the connections are good."""
        known = self._suspicion or self.verifier.damage
        return known or (self._guard.moved() if self._guard is not None else None)

    def _open(self) -> Connection:
        """Open the file. If it is damaged, try without its log, which may be that of another database."""
        try:
            return self._open_with_log()
        except (StoreUnusable, sqlite3.DatabaseError):
            if not self._needs_new_epochs or not log_of(self._path).exists():
                raise
            with log_set_aside(self._path):
                return self._open_with_log()

    def _open_with_log(self) -> Connection:
        is_first = self._guard is None and not self._in_memory
        connection = self._open_first() if is_first else Connection(connect_to_write(self._name, self._synchronous))
        self._connections.append(connection)
        return connection

    def _open_first(self) -> Connection:
        # The file is only inspected while this process has no connection to it: closing any descriptor of a
        # file releases all of the process's locks on it, and another process would then delete a log in use.
        # Source: https://www.sqlite.org/howtocorrupt.html section 2.2.
        make_file(self._path, was_opened=self._was_opened)
        refuse_damaged(self._path, with_indexes=self._needs_new_epochs)
        db = connect_to_write(self._name, self._synchronous)
        opened: list[sqlite3.Connection | CommitObserver | FileGuard] = [db]  # closed in this order
        try:
            opened.append(observer := CommitObserver(self._path))
            opened.append(guard := FileGuard(self._path))
            if self._needs_new_epochs or (self._last_version and not guard.continues(self._last_version)):
                begin_new_epochs(db)
                guard.note()
        except BaseException:
            for each in opened:
                each.close()
            raise
        self._observer, self._guard = observer, guard
        self._was_opened, self._needs_new_epochs = True, False
        self.verifier.note_opened()
        return Connection(db)

    # closing

    def _abandon(self, fault: str) -> None:
        """Close all connections to a file that was changed; the next one begins new epochs."""
        log.error("the store's file is opened again, and browsers start over: %s", fault)
        with all_locked(self._connections):
            self._needs_new_epochs, self._suspicion, self.verifier.damage = True, None, None
            if self._guard is not None and self._connections:
                self._guard.save_log(self._connections[0].db)
            self._close_all(writes_log_back=False)

    def _close_all(self, *, writes_log_back: bool) -> None:
        """Close every connection; the caller holds their locks.

        The connection that is closed last writes the log back into the file, which a torn log may damage. The
        observer cannot write, so closing it last prevents that.
        """
        observer, self._observer = self._observer, None
        if observer is not None and writes_log_back:
            observer.close()
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if observer is not None and not writes_log_back:
            observer.close()
        if self._guard is not None:
            self._guard.close()
            self._last_version, self._guard = self._guard.version, None

    @contextmanager
    def _translated(self, outage: Outage) -> Iterator[None]:
        try:
            yield
        except Exception as exc:
            error = error_for(exc, self._path)
            if error is None or error is exc:
                raise
            outage.note(error)
            if not self._in_memory:  # closing the connection would delete a database in memory
                self._close_after(exc)
            raise error from exc

    def _close_after(self, exc: Exception) -> None:
        """Close all connections after an error of the file, so that the next use opens it as it is then.

        All of them, because the connections of a process share the index of the log: one that was opened while
        the folder was read-only keeps it read-only for all.
        """
        with self._opening:
            if self._guard is None:  # opening failed, so nothing is open
                return
            fault = self._guard.moved() or self._guard.shrunk()
            if fault or not isinstance(exc, (sqlite3.OperationalError, OSError)):
                self._suspicion = fault or str(exc)
            elif not any(sign in str(exc) for sign in ("locked", "full")):
                with all_locked(self._connections):
                    self._close_all(writes_log_back=False)
